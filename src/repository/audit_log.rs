//! The audit log of a run: a file that lines are only appended to.
//!
//! Input: a path, the values that are the same in every line, and [`AuditRow`]s. Output: each row as a line that is in the file
//! when `write` returns; the user who starts a run, and an id for it. Not here: the content of rows (`pipeline/audit_log`).
//!
//! A line is written in one piece and never changed. If a line can't be written, the log is broken and every later row is
//! refused, so that no write to a target is missing from the log.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::local;
use lessonbook_pipeline::audit_log::{AuditEvent, AuditRow, EventOutcome, RunInfo, line};

/// An open audit log. Clones write to the same file.
#[derive(Debug, Clone)]
pub struct AuditLogFile(Arc<Mutex<AuditLogState>>);

/// Why a row could not be written to the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLogError(pub String);

/// The plan of a run for a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedWrite {
    /// The plan's digest.
    pub digest: Option<String>,
    /// Why it is carried out; written with each of its steps.
    pub why: Option<String>,
}

#[derive(Debug)]
struct AuditLogState {
    file: File,
    path: PathBuf,
    run: RunInfo,
    number: u64,
    plans: BTreeMap<String, PlannedWrite>,
    /// The target of the current step. Requests are logged with it.
    target: Option<String>,
    broken: Option<AuditLogError>,
}

impl AuditLogFile {
    /// Opens a file to append to, or creates it. It is locked until this run ends.
    pub fn open(path: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another run is writing to {}", path.display()));
            }
            // The file system has no locks. Lines of two runs at once can still be distinguished by the runs' ids.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        if !is_record(&mut file).map_err(failed)? {
            return Err(format!("{} is not an audit log", path.display()));
        }
        // A run that was killed may have left an incomplete line.
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

    /// Sets the values that are the same in every following line, and the plan of each target.
    pub fn about(&self, run: RunInfo, plans: BTreeMap<String, PlannedWrite>) {
        let mut inner = self.inner();
        inner.run = run;
        inner.plans = plans;
    }

    /// Writes a row.
    pub fn write(&self, row: &AuditRow) -> Result<(), AuditLogError> {
        self.inner().write(row)
    }

    /// Logs that a request which may write is about to be sent, or its result: method and path, never the body.
    pub fn request(&self, what: &str, outcome: EventOutcome, after: Value) -> Result<(), AuditLogError> {
        let mut inner = self.inner();
        let target = inner.target.clone();
        inner.write(&AuditRow {
            after,
            ..AuditRow::new(AuditEvent::Request, target.as_deref(), what, outcome)
        })
    }

    /// Why nothing more can be written, if the log is broken.
    pub fn broken(&self) -> Option<AuditLogError> {
        self.inner().broken.clone()
    }

    /// How many lines this run has written.
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
                "the audit log {} can't be written: {why}",
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

/// Whether a file is empty, or begins like an audit log. Anything that is not a regular file, like a pipe, counts as empty.
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
    // A run that was killed may have left a part of the first line.
    Ok(START.starts_with(&first)
        || first.starts_with(START) && (whole.contains(NEXT) || first.len() < START.len() + NEXT.len() + 8))
}

/// Whether a file ends with a complete line; `None` if it is empty or can't be read back, like a pipe.
fn ends_in_a_line(file: &mut File) -> Option<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1)).ok()?;
    file.read_exact(&mut last).ok()?;
    Some(last == *b"\n")
}

/// A unique id for a run: the time, and a random number.
pub fn run_id() -> String {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    // The standard library seeds its hashers with random numbers from the system.
    let random = RandomState::new().build_hasher().finish();
    format!("{time}-{random:016x}")
}

/// The user's name from the git configuration of a folder's repository.
pub fn git_user(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    let repo = gix::open_opts(top, local::options()).ok()?;
    let name = repo.config_snapshot().string("user.name")?.to_string();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
