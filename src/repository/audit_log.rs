//! The record of a run, in a file that only grows.
//!
//! Input: a path, what is the same in every line, and [`AuditRow`]s. Output: each row as a line that stands in the file before this returns;
//! who starts a run, and an id for it. Not here: what the rows say (`pipeline/audit_log`).
//!
//! A line is written in one piece and never changed. Once one could not be written the record is broken: every later row is refused, so
//! that nothing is written to a target which the record does not tell.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::local;
use lessonbook_pipeline::audit_log::{AuditEvent, AuditRow, EventOutcome, RunInfo, line};

/// A record that is open. Clones write to the same file.
#[derive(Debug, Clone)]
pub struct AuditLogFile(Arc<Mutex<AuditLogState>>);

/// Why a row does not stand in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLogError(pub String);

/// What a run planned for a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedWrite {
    /// The plan's digest.
    pub digest: Option<String>,
    /// Why it is carried out: each of its steps says so.
    pub why: Option<String>,
}

#[derive(Debug)]
struct AuditLogState {
    file: File,
    path: PathBuf,
    run: RunInfo,
    number: u64,
    plans: BTreeMap<String, PlannedWrite>,
    /// The target of the step that is being carried out: requests are about it.
    target: Option<String>,
    broken: Option<AuditLogError>,
}

impl AuditLogFile {
    /// Opens a file to append to, or makes it. Nobody else may write to it until this run ends.
    pub fn open(path: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{} can't be written: {error}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another run writes to {} now", path.display()));
            }
            // A file system without locks: then two runs at once are told apart by their ids.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        if !is_record(&mut file).map_err(failed)? {
            return Err(format!("{} holds something else than a record", path.display()));
        }
        // A run that was killed may have left half a line.
        if ends_in_a_line(&mut file) == Some(false) {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(AuditLogFile(Arc::new(Mutex::new(AuditLogState {
            file,
            path: path.to_owned(),
            run: RunInfo::default(),
            number: 0,
            plans: BTreeMap::new(),
            target: None,
            broken: None,
        }))))
    }

    /// Says what is the same in every line that follows, and what is planned for each target.
    pub fn about(&self, run: RunInfo, plans: BTreeMap<String, PlannedWrite>) {
        let mut inner = self.inner();
        inner.run = run;
        inner.plans = plans;
    }

    /// Writes a row.
    pub fn write(&self, row: &AuditRow) -> Result<(), AuditLogError> {
        self.inner().write(row)
    }

    /// Says that a request which may write is about to be sent, or what became of it: its method and path, never its body.
    pub fn request(&self, what: &str, outcome: EventOutcome, after: Value) -> Result<(), AuditLogError> {
        let mut inner = self.inner();
        let target = inner.target.clone();
        inner.write(&AuditRow {
            after,
            ..AuditRow::new(AuditEvent::Request, target.as_deref(), what, outcome)
        })
    }

    /// Why nothing more can be written, where that is so.
    pub fn broken(&self) -> Option<AuditLogError> {
        self.inner().broken.clone()
    }

    /// How many lines of this run there are.
    pub fn lines(&self) -> u64 {
        self.inner().number
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, AuditLogState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuditLogState {
    fn write(&mut self, row: &AuditRow) -> Result<(), AuditLogError> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let planned = row.target.as_ref().and_then(|target| self.plans.get(target));
        let digest = planned.and_then(|planned| planned.digest.as_deref());
        let why = planned.and_then(|planned| planned.why.clone());
        let row = AuditRow {
            why: row.why.clone().or(why.filter(|_| row.event == AuditEvent::Write)),
            ..row.clone()
        };
        let time = format!("{:.3}", jiff::Timestamp::now());
        let written = line(&self.run, &time, self.number + 1, digest, &row).and_then(|line| {
            self.file
                .write_all(line.as_bytes())
                .map_err(|error| error.to_string())
        });
        if let Err(why) = written {
            let broken = AuditLogError(format!(
                "the record {} can't be written: {why}",
                self.path.display()
            ));
            self.broken = Some(broken.clone());
            return Err(broken);
        }
        self.number += 1;
        if row.event == AuditEvent::Write {
            self.target = row.target.filter(|_| row.outcome == EventOutcome::Began);
        }
        Ok(())
    }
}

/// Whether a file is empty, or begins as every record does. What is no file, like a pipe, holds nothing.
fn is_record(file: &mut File) -> std::io::Result<bool> {
    const START: &[u8] = b"{\"format_version\":\"";
    const NEXT: &str = "\",\"time\":\"";
    if !file.metadata()?.is_file() {
        return Ok(true);
    }
    let mut first = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(64).read_to_end(&mut first)?;
    let whole = String::from_utf8_lossy(&first);
    // A run that was killed may have left less than the first line.
    Ok(START.starts_with(&first)
        || first.starts_with(START) && (whole.contains(NEXT) || first.len() < START.len() + NEXT.len() + 8))
}

/// Whether a file ends with a whole line; `None` where it is empty or can't be read back, as a pipe can't.
fn ends_in_a_line(file: &mut File) -> Option<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1)).ok()?;
    file.read_exact(&mut last).ok()?;
    Some(last == *b"\n")
}

/// An id that no other run has: the time, and a random number.
pub fn run_id() -> String {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    // The standard library seeds its hashes from the system's source of random numbers.
    let random = RandomState::new().build_hasher().finish();
    format!("{time}-{random:016x}")
}

/// The name that git knows the user by, at a folder.
pub fn git_user(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    let repo = gix::open_opts(top, local::options()).ok()?;
    let name = repo.config_snapshot().string("user.name")?.to_string();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
