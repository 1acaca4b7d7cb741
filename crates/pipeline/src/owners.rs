//! The owners of the files that a plan changes in scopes, by the target's CODEOWNERS.
//!
//! Input: the edits and the tree. Output: a note that names them, for the plan and the pull request. Not here: requesting reviews, which
//! GitHub does by itself where a rule of the repository asks for it.

use std::collections::BTreeMap;

use lessonbook_base::code_owners::{CODE_OWNERS, CodeOwners};
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::tree::Tree;
use lessonbook_store::folder::is_within;
use lessonbook_store::scope::file_prefix;
use lessonbook_store::{Store, Target};

/// The note; none if no changed file of a scope has owners.
pub(super) fn note(store: &Store, target: &Target, tree: &Tree, edits: &[Edit]) -> Option<Finding> {
    let mut files = CODE_OWNERS.iter().copied();
    let file = files.find(|path| tree.file(path).is_some())?;
    let owners = CodeOwners::parse(&String::from_utf8_lossy(tree.file(file)?));
    let mut by_scope: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edit in edits {
        let Some(folder) = folder_of(store, target, &edit.path) else {
            continue;
        };
        // A family's file is in the target's folder for it, but it is about the scope.
        let path = if is_within(&edit.path, folder) {
            edit.path.clone()
        } else {
            format!("{folder}/CLAUDE.md")
        };
        for owner in owners.owners(&path) {
            let known = by_scope.entry(folder).or_default();
            if !known.contains(&owner.as_str()) {
                known.push(owner);
            }
        }
    }
    if by_scope.is_empty() {
        return None;
    }
    let named = by_scope
        .iter()
        .map(|(folder, owners)| format!("`{folder}` {}", owners.join(" ")));
    let message = format!("owners: {}", named.collect::<Vec<_>>().join("; "));
    Some(
        Finding::new(Code::ScopeOwners, message)
            .at(Location::file(file))
            .effect("they know best whether the lessons fit; GitHub asks them where a rule requires it"),
    )
}

/// The scope that a file is for.
fn folder_of<'t>(store: &Store, target: &'t Target, path: &str) -> Option<&'t str> {
    let scopes = target.scopes.iter().map(|scope| scope.folder.as_str());
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_for = |folder: &&str| {
        is_within(path, folder) || store.owner(path).is_some() && name.starts_with(&file_prefix(folder))
    };
    scopes.filter(is_for).max_by_key(|folder| folder.len())
}
