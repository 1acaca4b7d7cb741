//! What every command needs: the printer, the store's folder, the date and the time.
//!
//! Input: the global arguments, the clock, `LESSONBOOK_TODAY` and `LESSONBOOK_NOW`. Output: a [`Context`] that loads the store and reads
//! local targets. Not here: what to do with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::civil::Date;

use super::global_args::GlobalArgs;
use super::remote_args::RemoteArgs;
use crate::report::{Printer, Progress, UserError};
use crate::repository::{self, LocalRepository};
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::Tree;
use lessonbook_store::{Store, Target, TargetLocation};

/// The variable that replaces the current date, for debugging and for repeatable output.
pub const TODAY: &str = "LESSONBOOK_TODAY";

/// The variable that replaces the current time, to the second. It also sets the date if [`TODAY`] is not set.
pub const NOW: &str = "LESSONBOOK_NOW";

/// What every command needs.
#[derive(Debug, Clone)]
pub struct Context {
    /// Prints to stdout and stderr.
    pub printer: Printer,
    /// The store's folder as the user gave it; none: search for it.
    pub store_dir: Option<PathBuf>,
    /// How GitHub is reached.
    pub remote: RemoteArgs,
    /// The date with which review and exception dates are compared.
    pub today: Date,
    /// The time in seconds since 1970, from which ages, bake times and the last hour are counted.
    pub now: i64,
}

impl Context {
    /// Reads the global arguments, the clock and the environment.
    pub fn new(global: &GlobalArgs) -> anyhow::Result<Self> {
        let now = now(std::env::var_os(NOW).as_deref())?;
        Ok(Context {
            printer: global.printer(),
            store_dir: global.store.clone(),
            remote: RemoteArgs::default(),
            today: today(std::env::var_os(TODAY).as_deref(), now)?,
            now: now.as_second(),
        })
    }

    /// The same at another time, in seconds since 1970.
    pub fn at(&self, second: i64) -> anyhow::Result<Self> {
        let now = jiff::Timestamp::from_second(second)?;
        Ok(Context {
            today: today(None, now)?,
            now: second,
            ..self.clone()
        })
    }

    /// The store's folder: `--store`, else the current folder or the next one above with `targets.yaml`.
    pub fn store_root(&self) -> anyhow::Result<PathBuf> {
        let start = self.store_dir.as_deref().unwrap_or(Path::new("."));
        if self.store_dir.is_some() && !start.is_dir() {
            let error = UserError::wrong_use(format!("there is no folder {}", start.display()));
            return Err(error
                .help("pass --store with the folder that contains targets.yaml")
                .into());
        }
        repository::find_store(start).ok_or_else(|| {
            let message = match &self.store_dir {
                Some(dir) => format!("there is no store in {} or in the folders above it", dir.display()),
                None => "there is no store here or in the folders above".to_owned(),
            };
            UserError::wrong_use(message)
                .help("a store is a folder with targets.yaml: change to one, name one with --store DIR, or create one with `lessonbook init`")
                .into()
        })
    }

    /// Reads the store: everything that can be read, and a finding for everything that can't.
    pub fn load_store(&self) -> anyhow::Result<(Store, Vec<Finding>)> {
        let root = self.store_root()?;
        let files = repository::read_store(&root)?;
        Ok(lessonbook_store::load(&files, self.today))
    }

    /// The store whose entry points are shown; none if there is no store here and `--store` was not given.
    pub fn entry_point_store(&self) -> anyhow::Result<Option<Store>> {
        if self.store_dir.is_none() && self.store_root().is_err() {
            return Ok(None);
        }
        Ok(Some(self.load_store()?.0))
    }

    /// The trees of the enabled local targets by name, and a finding for each target that can't be read.
    pub fn local_trees(&self, store: &Store) -> anyhow::Result<(BTreeMap<String, Tree>, Vec<Finding>)> {
        let root = self.store_root()?;
        let local: Vec<_> = store.targets.iter().filter(|target| target.enabled).collect();
        let progress = Progress::start(&self.printer, "reading targets", local.len());
        let (mut trees, mut findings) = (BTreeMap::new(), Vec::new());
        for target in local {
            progress.now(&target.name);
            if let Some(tree) = local_tree(&root, target, &store.name, &mut findings) {
                trees.insert(target.name.clone(), tree);
            }
            progress.done();
        }
        Ok((trees, findings))
    }
}

/// The tree of a target on disk, or none with a finding. Targets on GitHub are left out.
fn local_tree(root: &Path, target: &Target, store: &str, findings: &mut Vec<Finding>) -> Option<Tree> {
    let TargetLocation::Local(path) = &target.place else {
        return None;
    };
    let read = match LocalRepository::open(&root.join(path), &target.name) {
        Ok(repository) => repository.snapshot(target.base.as_deref(), store, &|_| false),
        Err(finding) => Err(finding),
    };
    match read {
        Ok(snapshot) => {
            findings.extend(snapshot.findings);
            Some(snapshot.tree)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

/// Prefixes the files that findings name with the store's folder, so that they can be opened from the current folder. `shown` is empty,
/// or a relative path with a final `/`.
pub fn name_files_from_here(findings: &mut [Finding], shown: &str) {
    for finding in findings {
        let in_target = finding.target.clone();
        let Some(location) = &mut finding.at else {
            continue;
        };
        // `target: path` names a file of a target, not of the store.
        if in_target.is_some_and(|target| location.file.starts_with(&format!("{target}: "))) {
            continue;
        }
        location.file.insert_str(0, shown);
    }
}

/// The store's folder relative to the current one; empty if they are the same, or if the store is not below the current folder.
pub fn from_here(root: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let root = root.canonicalize().ok();
    let below = here.zip(root).and_then(|(here, root)| {
        let below = root.strip_prefix(&here).ok()?;
        Some(below.to_str()?.replace('\\', "/"))
    });
    match below {
        Some(below) if !below.is_empty() => below + "/",
        _ => String::new(),
    }
}

fn now(given: Option<&std::ffi::OsStr>) -> anyhow::Result<jiff::Timestamp> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Ok(jiff::Timestamp::now());
    };
    let given = given.to_string_lossy();
    given.parse().with_context(|| {
        UserError::wrong_use(format!("{NOW} is `{given}`, which is not a time"))
            .help("write it as YYYY-MM-DDTHH:MM:SSZ, or unset it")
    })
}

fn today(given: Option<&std::ffi::OsStr>, now: jiff::Timestamp) -> anyhow::Result<Date> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Ok(now.to_zoned(jiff::tz::TimeZone::UTC).date());
    };
    let given = given.to_string_lossy();
    given.parse().with_context(|| {
        UserError::wrong_use(format!("{TODAY} is `{given}`, which is not a date"))
            .help("write it as YYYY-MM-DD, or unset it")
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::run::Exit;
    use lessonbook_base::finding::{Code, Location as At};

    #[test]
    fn the_date_can_be_set_and_an_invalid_one_is_wrong_use() {
        let time = now(Some(OsStr::new("2026-03-04T05:06:07Z"))).unwrap();
        let day = today(Some(OsStr::new("2027-01-31")), time).unwrap();
        assert_eq!(day, jiff::civil::date(2027, 1, 31));
        assert_eq!(
            today(Some(OsStr::new("")), time).unwrap(),
            jiff::civil::date(2026, 3, 4)
        );
        assert!(now(None).unwrap() > time);
        for error in [
            today(Some(OsStr::new("tomorrow")), time).unwrap_err(),
            now(Some(OsStr::new("noon"))).unwrap_err(),
        ] {
            assert_eq!(Exit::from_error(&error), Exit::WrongUse);
        }
    }

    #[test]
    fn files_of_the_store_are_named_from_here_and_files_of_targets_are_not() {
        let in_store = Finding::new(Code::EmptyRule, "x").at(At::file("lessons/a/b.yaml"));
        let in_target = Finding::new(Code::HandCopy, "x")
            .target("../shop")
            .at(At::file("../shop: CLAUDE.md"));
        let mut findings = [in_store, in_target, Finding::new(Code::OneSidedTag, "x")];
        name_files_from_here(&mut findings, "store/");
        let files: Vec<_> = findings
            .iter()
            .map(|f| f.at.as_ref().map(|at| at.file.as_str()))
            .collect();
        assert_eq!(
            files,
            [Some("store/lessons/a/b.yaml"), Some("../shop: CLAUDE.md"), None]
        );
    }
}
