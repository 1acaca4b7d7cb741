//! Whose a block is: two stores may have the same name, and each would overwrite the other's blocks.
//!
//! Input: a store and a block of its name. Output: whether the block is this store's, or a finding that says why it is not. Not
//! here: blocks of other names, which are hand-written text to us.
//!
//! A block says where changes belong (`home`) and which lessons it holds. The home tells, where the store names one of its own; else
//! the lessons do: those that the store holds, or held once as far as its history is known.

use super::{managed_file, present};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::marker::{self, Block, BlockHeader, BlocksInFile};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_store::{EntryPoint, EntryPointKind, Store};

/// Whose a block is.
enum Owner {
    Ours,
    /// Ours, though it names another home: every lesson in it is ours.
    OurEarlierHome(String),
    /// Another store's, and why.
    Another(String),
}

/// Refuses a block of another store. The finding is a note where the block names an earlier home of ours.
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
                        "`{path}` names `{home}` as its store, and this store is `{}`",
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
                    "`{path}` holds a block of another store that is called `{}` too: {why}",
                    store.name
                ),
            )
            .at(at)
            .effect("the block would be overwritten, so nothing is written in this repository")
            .help(way_out(store)),
        ),
    }
}

/// Refuses our branch where another store of the same name made it.
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
                "`{name}` was made by another store that is called `{}` too: {}",
                store.name, why?
            ),
        )
        .effect("moving the branch would lose that store's proposal, so it is left alone")
        .help(format!(
            "{}; or delete `{name}` if nobody needs it",
            way_out(store)
        )),
    )
}

fn way_out(store: &Store) -> String {
    format!(
        "choose another `name:` in targets.yaml, for `{}` is in use here; if the block is this store's, after a change of `home:` or of \
         ids, hold each of its lessons in the store until the next proposal is merged, with `status: retired` where it is not used any more",
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
    let strangers = || format!("this store has never had {}", listed(&unknown));
    let BlockHeader { home, signed } = &frame;
    if let Some(home) = home.as_ref().filter(|home| !is_home(store, home)) {
        return if unknown.is_empty() && known > 0 {
            Owner::OurEarlierHome(home.clone())
        } else {
            Owner::Another(format!("it names `{home}`, and this store is `{}`", store.home))
        };
    }
    // A home that is no more than the name tells nothing.
    let is_told = home.is_some() && store.home != store.name;
    let has_own_lessons = known > 0 || signed.is_empty();
    if !has_own_lessons && (!is_told || history.is_whole) {
        return Owner::Another(strangers());
    }
    let is_unedited = || {
        let front =
            lessonbook_base::front_matter::split(bytes).filter(|_| row.kind == EntryPointKind::Scoped);
        managed_file::hash_of(row, bytes, front.as_ref(), block) == block.hash
    };
    if !unknown.is_empty() && !is_told && history.is_whole && is_unedited() {
        return Owner::Another(strangers());
    }
    Owner::Ours
}

fn is_home(store: &Store, home: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(&store.home) == home
}

/// Whether the store holds a lesson, or held it, or says its rule under another id.
fn is_known(store: &Store, id: &str, text: &str) -> bool {
    let says = |rule: &str| {
        let rule = rule.split_whitespace().collect::<Vec<_>>().join(" ");
        !rule.is_empty() && text.contains(&rule)
    };
    store.lesson(id).is_some()
        || store.history.ids.contains(id)
        || store.lessons.iter().any(|lesson| says(&lesson.rule))
}

/// The first few ids, and how many more there are.
fn listed(ids: &[&str]) -> String {
    let shown: Vec<String> = ids.iter().take(3).map(|id| format!("`{id}`")).collect();
    match ids.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
