//! `add --to TARGET`: the tags by which the named targets receive a lesson.
//!
//! Input: the store and the names. Output: tags that the targets have, chosen so that as few other targets as possible have them, too.

use std::collections::BTreeSet;

use crate::report::UserError;
use crate::run::targets;
use lessonbook_store::{Store, Target};

/// Adds tags until each of the targets has one of them.
pub fn add(tags: &mut Vec<String>, store: &Store, names: &[String]) -> anyhow::Result<()> {
    let wanted = targets::select(store, names)?;
    if let Some(target) = wanted.iter().find(|target| !target.enabled) {
        let trouble = UserError::wrong_use(format!(
            "`{}` has `enabled: false`, so it receives no lesson",
            target.name
        ));
        return Err(trouble
            .help("take that key out of targets.yaml, or leave the target out of --to")
            .into());
    }
    if let Some(target) = wanted.iter().find(|target| target.tags.is_empty()) {
        let tag = super::slug(
            target
                .name
                .rsplit('/')
                .find(|part| part.len() > 1)
                .unwrap_or("own"),
            40,
        );
        let trouble = UserError::wrong_use(format!(
            "`{}` has no tag, so no lesson can be meant for it alone",
            target.name
        ));
        let help =
            format!("give it one in targets.yaml, like `tags: [{tag}]`; or leave --to out and use --path");
        return Err(trouble.help(help).into());
    }
    loop {
        let open: Vec<&&Target> = wanted
            .iter()
            .filter(|target| !target.tags.iter().any(|tag| tags.contains(tag)))
            .collect();
        // The next tag: the one that the fewest others have; of several the one that most of the wanted have.
        let candidates: BTreeSet<&String> = open.iter().flat_map(|target| &target.tags).collect();
        let best = candidates.into_iter().min_by_key(|tag| {
            let has = |target: &Target| target.tags.contains(tag);
            let others = store
                .targets
                .iter()
                .filter(|target| target.enabled && has(target));
            let others = others.filter(|target| !wanted.iter().any(|one| one.name == target.name));
            let covered = open.iter().filter(|target| has(target)).count();
            (others.count(), std::cmp::Reverse(covered), (*tag).clone())
        });
        match best {
            Some(tag) => tags.push(tag.clone()),
            None => return Ok(()),
        }
    }
}
