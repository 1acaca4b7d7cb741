//! `add --to TARGET`: chooses tags with which the named targets receive the lesson.
//!
//! Input: the store and the names. Output: tags of these targets that as few other targets as possible have, too.

use std::collections::BTreeSet;

use crate::report::UserError;
use crate::run::targets;
use lessonbook_store::{Store, Target};

/// Adds tags until each of the named targets has at least one of them.
pub fn add(tags: &mut Vec<String>, store: &Store, names: &[String]) -> anyhow::Result<()> {
    let named = targets::select(store, names)?;
    if let Some(target) = named.iter().find(|target| !target.enabled) {
        let error = UserError::wrong_use(format!(
            "`{}` has `enabled: false`, so it receives no lesson",
            target.name
        ));
        return Err(error
            .help("remove that key from targets.yaml, or leave the target out of --to")
            .into());
    }
    if let Some(target) = named.iter().find(|target| target.tags.is_empty()) {
        let tag = super::slug(
            target
                .name
                .rsplit('/')
                .find(|part| part.len() > 1)
                .unwrap_or("own"),
            40,
        );
        let error = UserError::wrong_use(format!(
            "`{}` has no tag, so no lesson can be written for it alone",
            target.name
        ));
        let help = format!("add one in targets.yaml, like `tags: [{tag}]`; or use --path instead of --to");
        return Err(error.help(help).into());
    }
    loop {
        let uncovered: Vec<&&Target> = named
            .iter()
            .filter(|target| !target.tags.iter().any(|tag| tags.contains(tag)))
            .collect();
        // Take the tag that the fewest other targets have. If several qualify, take the one that covers most of the named targets.
        let candidates: BTreeSet<&String> = uncovered.iter().flat_map(|target| &target.tags).collect();
        let best = candidates.into_iter().min_by_key(|tag| {
            let has = |target: &Target| target.tags.contains(tag);
            let others = store
                .targets
                .iter()
                .filter(|target| target.enabled && has(target));
            let others = others.filter(|target| !named.iter().any(|one| one.name == target.name));
            let covered = uncovered.iter().filter(|target| has(target)).count();
            (others.count(), std::cmp::Reverse(covered), (*tag).clone())
        });
        match best {
            Some(tag) => tags.push(tag.clone()),
            None => return Ok(()),
        }
    }
}
