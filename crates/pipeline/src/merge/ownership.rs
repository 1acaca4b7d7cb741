//! To which store a block belongs: two stores may have the same name, and each would overwrite the other's blocks.
//!
//! Input: a store and a block with its name. Output: nothing if the block is this store's, otherwise a finding that explains why it is
//! not. Not here: blocks with other names, which are hand-written text for us.
//!
//! A block names the store's home and its lessons. The home decides, if the store has one that differs from its name. Otherwise the
//! lessons decide: those that the store has, or once had as far as its history is known.

use super::{managed_file, present};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::marker::{self, Block, BlockHeader, BlocksInFile};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_store::{EntryPoint, EntryPointKind, Store};

/// To which store a block belongs.
enum Owner {
    Ours,
    /// Ours, although it names another home: all of its lessons are ours.
    OurEarlierHome(String),
    /// Another store's, with the reason.
    Another(String),
}

/// Refuses a block of another store. If the block names an earlier home of ours, the finding is a note.
pub(crate) fn check(
    store: &Store,
    row: &EntryPoint,
    path: &str,
    bytes: &[u8],
    block: &Block,
) -> Option<Finding> {
    let at = Location {
        line: managed_file::line_of(bytes, block.range.start),
        ..Location::file(path)
    };
    match owner(store, row, bytes, block) {
        Owner::Ours => None,
        Owner::OurEarlierHome(home) => Some(
            Finding {
                level: Level::Note,
                ..Finding::new(
                    Code::NameTaken,
                    format!(
                        "`{path}` names `{home}` as its store, but this store is `{}`",
                        store.home
                    ),
                )
            }
            .at(at)
            .effect("all of its lessons are of this store, so the block counts as ours"),
        ),
        Owner::Another(why) => Some(
            Finding::new(
                Code::NameTaken,
                format!(
                    "`{path}` holds a block of another store that is also called `{}`: {why}",
                    store.name
                ),
            )
            .at(at)
            .effect("the block would be overwritten, so nothing is written in this repository")
            .help(help(store)),
        ),
    }
}

/// Refuses our branch if another store of the same name made it.
pub(crate) fn check_branch(store: &Store, snapshot: &Snapshot) -> Option<Finding> {
    let branch = snapshot
        .branch
        .as_ref()
        .filter(|branch| branch.ours && !branch.merged)?;
    let mut why = None;
    let mut is_ours = false;
    for row in &store.entry_points {
        for path in present(row, &branch.tree) {
            let Some(bytes) = branch.tree.file(path) else {
                continue;
            };
            if snapshot.tree.file(path) == Some(bytes) {
                continue;
            }
            if let BlocksInFile::Block(block) = marker::find(bytes, &store.name) {
                match owner(store, row, bytes, &block) {
                    Owner::Another(reason) => why = why.or(Some(format!("`{path}` there: {reason}"))),
                    Owner::Ours | Owner::OurEarlierHome(_) => is_ours = true,
                }
            }
        }
    }
    if why.is_none() && !is_ours {
        let other = branch.home.as_ref().filter(|home| **home != store.home);
        why = other.map(|home| format!("its commit names `{home}` as its store"));
    }
    let name = store.branch();
    Some(
        Finding::new(
            Code::NameTaken,
            format!(
                "`{name}` was made by another store that is also called `{}`: {}",
                store.name, why?
            ),
        )
        .effect("moving the branch would lose that store's proposal, so it is not moved")
        .help(format!("{}; or delete `{name}` if it is not needed", help(store))),
    )
}

fn help(store: &Store) -> String {
    format!(
        "choose another `name:` in targets.yaml, because `{}` is in use here; or, if the block is this store's and `home:` or ids were \
         changed, keep each of its lessons in the store until the next proposal is merged, with `status: retired` if it is no longer used",
        store.name
    )
}

fn owner(store: &Store, row: &EntryPoint, bytes: &[u8], block: &Block) -> Owner {
    let frame = marker::frame(&String::from_utf8_lossy(&bytes[block.inner.clone()]));
    let unknown: Vec<&str> = frame
        .signed
        .iter()
        .filter(|(id, text)| !is_known(store, id, text))
        .map(|(id, _)| id.as_str())
        .collect();
    let (known, history) = (frame.signed.len() - unknown.len(), &store.history);
    let unknown_lessons = || format!("this store has never had {}", listed(&unknown));
    let BlockHeader { home, signed } = &frame;
    if let Some(home) = home.as_ref().filter(|home| !is_home(store, home)) {
        return if unknown.is_empty() && known > 0 {
            Owner::OurEarlierHome(home.clone())
        } else {
            Owner::Another(format!("it names `{home}`, but this store is `{}`", store.home))
        };
    }
    // A home that equals the name decides nothing.
    let has_own_home = home.is_some() && store.home != store.name;
    let has_own_lessons = known > 0 || signed.is_empty();
    if !has_own_lessons && (!has_own_home || history.is_whole) {
        return Owner::Another(unknown_lessons());
    }
    let is_unedited = || {
        let front =
            lessonbook_base::front_matter::split(bytes).filter(|_| row.kind == EntryPointKind::Scoped);
        managed_file::hash_of(row, bytes, front.as_ref(), block) == block.hash
    };
    if !unknown.is_empty() && !has_own_home && history.is_whole && is_unedited() {
        return Owner::Another(unknown_lessons());
    }
    Owner::Ours
}

fn is_home(store: &Store, home: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(&store.home) == home
}

/// Whether the store has or had a lesson, or has its rule under another id.
fn is_known(store: &Store, id: &str, text: &str) -> bool {
    let is_same_rule = |rule: &str| {
        let rule = rule.split_whitespace().collect::<Vec<_>>().join(" ");
        !rule.is_empty() && text.contains(&rule)
    };
    store.lesson(id).is_some()
        || store.history.ids.contains(id)
        || store.lessons.iter().any(|lesson| is_same_rule(&lesson.rule))
}

/// The first few ids, and how many more there are.
fn listed(ids: &[&str]) -> String {
    let shown: Vec<String> = ids.iter().take(3).map(|id| format!("`{id}`")).collect();
    match ids.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
