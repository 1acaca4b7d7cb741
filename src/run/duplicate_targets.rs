//! Targets that are one repository under two names: two plans would write one branch, and take each other back on every run.
//!
//! Input: the store's folder and its targets. Output: a finding for each name too many (`check`), or for each name that shares
//! its repository (whatever plans). Not here: two spellings of one path, which need no disk to be seen (`read`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::repository::LocalRepository;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_store::{Store, Target, TargetLocation};

/// One finding for each repository's second name and those after it.
pub fn told(root: &Path, store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for names in shared(root, store) {
        if let [first, others @ ..] = &names[..] {
            findings.extend(others.iter().map(|other| finding(store, other, first)));
        }
    }
    findings
}

/// Every target that shares its repository with another one, and why it must not be planned. Also where only one of them was asked
/// for: the next run may be asked for the other one.
pub fn refused(root: &Path, store: &Store) -> BTreeMap<String, Finding> {
    let mut findings = BTreeMap::new();
    for names in shared(root, store) {
        for name in &names {
            if let Some(other) = names.iter().find(|other| *other != name) {
                findings.insert(name.clone(), finding(store, name, other));
            }
        }
    }
    findings
}

/// The names of each repository that has several, in the order of `targets.yaml`. What can't be opened has its own finding. Targets that
/// are switched off count: their branches are written, too.
fn shared(root: &Path, store: &Store) -> Vec<Vec<String>> {
    let mut names: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for target in &store.targets {
        if let Some(common) = common_dir(root, target) {
            names.entry(common).or_default().push(target.name.clone());
        }
    }
    names.into_values().filter(|names| names.len() > 1).collect()
}

fn common_dir(root: &Path, target: &Target) -> Option<PathBuf> {
    let TargetLocation::Local(path) = &target.place else {
        return None;
    };
    let opened = LocalRepository::open(&root.join(path), &target.name);
    opened.ok().map(|repository| repository.common_dir())
}

fn finding(store: &Store, name: &str, other: &str) -> Finding {
    let finding = Finding::new(
        Code::TargetTwice,
        format!("`{name}` is the same repository as `{other}`"),
    )
    .target(name)
    .effect("two plans would write the same branch, so none of them is carried out")
    .help("keep one of them, with the tags of both; a link to a repository, or another work tree of it, is that repository");
    Finding {
        at: store.places.target(name),
        ..finding
    }
}
