//! Finds targets that name the same repository twice. Their two plans would write the same branch, and each would revert the other.
//!
//! Input: the store's folder and its targets. Output: a finding for each duplicate (for `check`), or for each target that shares its
//! repository (for planning). Not here: two spellings of one path, which the store's reader finds (`crates/store`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::repository::LocalRepository;
use crate::run::threads;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_store::{Store, Target, TargetLocation};

/// One finding for each name of a repository after the first.
pub fn findings(root: &Path, store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for names in shared(root, store) {
        if let [first, others @ ..] = &names[..] {
            findings.extend(others.iter().map(|other| finding(store, other, first)));
        }
    }
    findings
}

/// Every target that shares its repository with another one, with the finding that stops it. It is stopped even if the run is limited
/// to one of them, because the next run may be about the other one.
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

/// The names of each repository that has several, in the order of `targets.yaml`. A repository that can't be opened is left out, because
/// it has a finding of its own. Disabled targets are included, because their branches are written, too.
fn shared(root: &Path, store: &Store) -> Vec<Vec<String>> {
    let mut names: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    let opened =
        lessonbook_base::threads::map(&store.targets, threads::count(store.targets.len()), |target| {
            common_dir(root, target)
        });
    for (target, common) in store.targets.iter().zip(opened) {
        if let Some(common) = common {
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
    .effect("two plans would write the same branch, so neither of them is carried out")
    .help("keep one of them, with the tags of both; a link to a repository or another work tree of it counts as the same repository");
    Finding {
        at: store.places.target(name),
        ..finding
    }
}
