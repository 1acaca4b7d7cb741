//! Adds the targets that `discover:` finds on GitHub, and records where it could not search.
//!
//! Input: a store and the client. Output: the store with more targets, and findings. Not here: the search (`repository/github`).

use std::collections::BTreeMap;

use crate::repository::github::Github;
use lessonbook_base::finding::Finding;
use lessonbook_store::{Store, Target, TargetLocation};

/// Whether a store or the chosen targets use GitHub.
pub fn uses_github(store: &Store, chosen: &[Target]) -> bool {
    !store.discover.is_empty()
        || chosen
            .iter()
            .any(|target| matches!(target.place, TargetLocation::Github(_)))
}

/// Adds the targets that `discover:` finds. If a discovered target is also written in `targets.yaml`, that entry is kept, and the tags
/// of the rule are added to it.
pub fn discover(github: &Github, store: &mut Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (at, target) in store.targets.iter().enumerate() {
        known.insert(target.name.to_lowercase(), at);
    }
    for rule in store.discover.clone() {
        let repositories = match github.discover(&rule) {
            Ok(repositories) => repositories,
            Err(finding) => {
                findings.push(finding.target(all_targets_of(&rule.organization)));
                continue;
            }
        };
        for repository in repositories {
            use crate::repository::github::SkipReason;
            if repository.left_out.is_some_and(|why| why != SkipReason::OptedOut) {
                continue;
            }
            let at = *known
                .entry(repository.name.to_lowercase())
                .or_insert(store.targets.len());
            if at == store.targets.len() {
                let Some(prototype) = store.prototype.clone() else {
                    break;
                };
                store.targets.push(Target {
                    name: repository.name.clone(),
                    place: TargetLocation::Github(repository.name.clone()),
                    ..prototype
                });
            }
            let Some(target) = store.targets.get_mut(at) else {
                break;
            };
            for tag in &rule.tags {
                if !target.tags.contains(tag) {
                    target.tags.push(tag.clone());
                }
            }
        }
    }
    findings
}

/// The names of canaries that only `discover:` could find, with the reason why it did not. `failures` are the findings of the
/// discovery; none: it did not run.
pub fn canaries_not_searched(store: &Store, failures: Option<&[Finding]>) -> BTreeMap<String, String> {
    let mut not_searched = BTreeMap::new();
    let Some(rules) = &store.rollout else {
        return not_searched;
    };
    for rule in &store.discover {
        let name = all_targets_of(&rule.organization);
        let why = match failures {
            None => {
                format!("{name} was not searched, because there are no valid credentials for GitHub")
            }
            Some(findings) => match findings.iter().find(|one| one.target.as_ref() == Some(&name)) {
                Some(finding) => finding.message.clone(),
                None => continue,
            },
        };
        for pattern in rules.undiscovered(&rule.organization, &store.targets) {
            not_searched.insert(pattern.to_owned(), why.clone());
        }
    }
    not_searched
}

/// The target name under which a failed discovery rule is reported. The finding stops all targets of this owner in `targets.yaml`,
/// because they would otherwise lose the rule's tags.
pub fn all_targets_of(owner: &str) -> String {
    format!("{owner}/*")
}
