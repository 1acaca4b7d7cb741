//! What a run does with our branch, and the message of the commit that it would get.
//!
//! Input: a target's edits and our branch as it is. Output: an [`Action`] and the commit's message. Not here: carrying it out
//! (`repository/`).

use sha2::{Digest, Sha256};

use super::changes::{ChangeKind, LessonChange};
use super::checks_delivery::ChecksChange;
use super::gfm_escape;
use super::withdrawn_lesson::{WithdrawnLesson, is_still_active};
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::marker;
use lessonbook_base::snapshot::{Branch, Snapshot};
use lessonbook_proof::MoveDirection;
use lessonbook_store::Store;

/// What a run would do with our branch.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Action {
    /// Nothing: the target is up to date, and there is no branch.
    Nothing,
    /// Nothing: the branch holds the proposal already.
    Keep {
        /// The branch's commit.
        head: String,
    },
    /// Create the branch.
    Create,
    /// Move the branch to a new commit on the base.
    Update {
        /// The branch's commit now.
        head: String,
    },
    /// Delete the branch, because there is nothing left to propose.
    Remove {
        /// The branch's commit now.
        head: String,
        /// Whether the base contains it.
        merged: bool,
    },
    /// Nothing, because something is in the way; a finding reports it.
    Refuse,
}

/// Decides what to do. A branch with commits that a person made or changed is never moved, and neither is a checked-out branch.
pub fn decide(store: &Store, edits: &[Edit], branch: Option<&Branch>) -> (Action, Option<Finding>) {
    let Some(branch) = branch else {
        return (
            if edits.is_empty() {
                Action::Nothing
            } else {
                Action::Create
            },
            None,
        );
    };
    let head = branch.head.clone();
    let name = store.branch();
    let action = if edits.is_empty() {
        if !branch.ours {
            return (Action::Nothing, None);
        }
        Action::Remove {
            head,
            merged: branch.merged,
        }
    } else if holds(branch, edits) {
        return (Action::Keep { head }, None);
    } else {
        Action::Update { head }
    };
    if !branch.ours {
        let commits = branch.foreign.join("; ");
        let finding = Finding::new(
            Code::BranchForeign,
            format!("`{name}` holds commits that a person made or changed: {commits}"),
        )
        .effect("moving the branch would lose them, so it is not moved")
        .help(format!(
            "merge `{name}`, or move those commits elsewhere and delete it"
        ));
        return (Action::Refuse, Some(finding));
    }
    if let Some(place) = &branch.checked_out {
        let finding = Finding::new(
            Code::BranchCheckedOut,
            format!("`{name}` is checked out in {place}"),
        )
        .effect("moving the branch would make that work tree look changed")
        .help("switch to another branch there, then run again");
        return (Action::Refuse, Some(finding));
    }
    (action, None)
}

/// A branch on disk that withdraws a lesson stays as it is while the lesson is still active in the store with the same words;
/// otherwise the next run would revert the withdrawal. The same holds for a target that merged the withdrawal: the branch shows
/// it, or the history once the branch is deleted.
pub fn after_withdrawal(
    store: &Store,
    changes: &[LessonChange],
    action: Action,
    snapshot: &Snapshot,
) -> (Action, Option<Finding>) {
    let (withdraws, merged, rests) = match (&snapshot.branch, &snapshot.past) {
        (Some(branch), _) if branch.ours => {
            let head = branch.head.clone();
            let rests = if branch.merged {
                Action::Nothing
            } else {
                Action::Keep { head }
            };
            (&branch.withdraws, branch.merged, rests)
        }
        (None, Some(past)) => (&past.withdraws, true, Action::Nothing),
        _ => return (action, None),
    };
    let returns = |id: &str| {
        let changed = |change: &LessonChange| change.lesson == id && change.kind != ChangeKind::Unchanged;
        !merged || changes.iter().any(changed)
    };
    let still = |(id, version): &&(String, String)| is_still_active(store, id, version) && returns(id);
    let Some((id, _)) = withdraws.iter().find(still) else {
        return (action, None);
    };
    let file = store.lesson(id).map_or("", |lesson| lesson.file.as_str());
    let finding = Finding::new(
        Code::LessonWithdrawn,
        format!("{id} was withdrawn here, but it is still active in the store"),
    )
    .lesson(id)
    .effect("nothing is proposed here, because it would bring the lesson back")
    .help(format!(
        "set `status: retired` in {file}, or reword the lesson; then run again"
    ));
    (rests, Some(finding))
}

/// Whether a plan may bring a withdrawn lesson back. Only the history of the base can decide that.
pub fn may_return(changes: &[LessonChange], snapshot: &Snapshot) -> bool {
    let may_come_back =
        |change: &LessonChange| matches!(change.kind, ChangeKind::Added | ChangeKind::Changed);
    snapshot.branch.is_none() && changes.iter().any(may_come_back)
}

/// Whether a merge of the branch gives exactly the edits, whatever commit of the base it is on.
pub(super) fn holds(branch: &Branch, edits: &[Edit]) -> bool {
    let same = edits.iter().all(|edit| match &edit.after {
        Some(after) => branch
            .tree
            .get(&edit.path)
            .is_some_and(|entry| entry.mode == after.mode && entry.content.as_ref() == Some(&after.bytes)),
        None => branch.tree.get(&edit.path).is_none(),
    });
    // A merge keeps what changed on the base since, for example an edit in our block that the plan reverts.
    let is_edited_since = |edit: &Edit| branch.changed_on_base.binary_search(&edit.path).is_ok();
    same && !branch.merged
        && !edits.iter().any(is_edited_since)
        && branch
            .touched
            .iter()
            .all(|path| edits.iter().any(|edit| edit.path == *path))
}

/// Sixteen hexadecimal digits that identify what would be written: paths, modes, bytes.
pub fn digest(edits: &[Edit]) -> String {
    let mut hash = Sha256::new();
    for edit in edits {
        hash.update(edit.path.as_bytes());
        hash.update([0]);
        match &edit.after {
            Some(after) => {
                hash.update(after.mode.octal().as_bytes());
                hash.update(after.bytes.len().to_le_bytes());
                hash.update(&after.bytes);
            }
            None => hash.update(b"deleted"),
        }
    }
    let first = hash
        .finalize()
        .iter()
        .take(8)
        .fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    format!("{first:016x}")
}

/// The proposal's title, which reviewers read first. `withdrawn`: lessons that were wrong, and that this proposal removes.
pub fn title(
    store: &Store,
    changes: &[LessonChange],
    edits: &[Edit],
    withdrawn: &[WithdrawnLesson],
) -> String {
    let is_withdrawn = |change: &LessonChange| {
        change.kind == ChangeKind::Removed && withdrawn.iter().any(|one| one.lesson == change.lesson)
    };
    if let Some(title) = &store.proposal.title {
        let title = gfm_escape::plain(title);
        let removed: Vec<&LessonChange> = changes.iter().filter(|change| is_withdrawn(change)).collect();
        return match removed.first() {
            Some(first) => format!("{title}: withdraws {}", gfm_escape::plain(&first.lesson)),
            None => title,
        };
    }
    let number_of = |kind: ChangeKind| {
        let all = changes.iter();
        all.filter(move |change| change.kind == kind && !is_withdrawn(change))
            .count()
    };
    let parts: Vec<String> = [
        (
            changes.iter().filter(|change| is_withdrawn(change)).count(),
            "withdrawn",
        ),
        (number_of(ChangeKind::Added), "added"),
        (number_of(ChangeKind::Changed), "changed"),
        (number_of(ChangeKind::Removed), "removed"),
        (number_of(ChangeKind::Moved), "moved"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .enumerate()
    .map(|(at, (number, word))| match (at, number) {
        (0, 1) => format!("1 lesson {word}"),
        (0, _) => format!("{number} lessons {word}"),
        _ => format!("{number} {word}"),
    })
    .collect();
    if parts.is_empty() {
        if let Some(title) = ChecksChange::new(edits).and_then(|change| checks_title(&change)) {
            return title;
        }
        let files = edits.len();
        return format!(
            "docs(ai): no lesson changes; formatting refreshed in {files} file{}",
            if files == 1 { "" } else { "s" }
        );
    }
    let changed = changes
        .iter()
        .filter(|change| change.kind != ChangeKind::Unchanged);
    let (first, mut rest): (Vec<&LessonChange>, Vec<&LessonChange>) =
        changed.partition(|change| is_withdrawn(change));
    if first.len() + rest.len() > 2 {
        rest.sort_by_key(|change| change.kind != ChangeKind::Removed); // if there are more than fit, removed lessons are named first
    }
    let named: Vec<String> = first
        .into_iter()
        .chain(rest)
        .map(|change| gfm_escape::plain(&change.lesson))
        .collect();
    let more = if named.len() > 2 { ", …" } else { "" };
    format!(
        "docs(ai): {} ({}{more})",
        parts.join(", "),
        named[..named.len().min(2)].join(", ")
    )
}

/// The title of a proposal that changes nothing but checks; none if no lesson's checks change.
fn checks_title(change: &ChecksChange) -> Option<String> {
    let groups: Vec<_> = change.groups().collect();
    let ids: Vec<String> = groups
        .iter()
        .flat_map(|(_, ids)| ids.iter().map(|id| gfm_escape::plain(id)))
        .collect();
    let word = match groups.as_slice() {
        [] => return None,
        [("new", _)] => "added",
        [("removed", _)] => "removed",
        _ => "changed",
    };
    let lessons = match ids.len() {
        1 => "1 lesson".to_owned(),
        number => format!("{number} lessons"),
    };
    let more = if ids.len() > 2 { ", …" } else { "" };
    Some(format!(
        "docs(ai): checks of {lessons} {word} ({}{more})",
        ids[..ids.len().min(2)].join(", ")
    ))
}

/// The whole commit message, with the trailers that name the store and the withdrawn lessons.
pub fn message(
    store: &Store,
    changes: &[LessonChange],
    edits: &[Edit],
    withdrawn: &[WithdrawnLesson],
) -> String {
    use std::fmt::Write;
    let mut text = format!("{}\n\n", title(store, changes, edits, withdrawn));
    for change in changes
        .iter()
        .filter(|change| change.kind != ChangeKind::Unchanged)
    {
        let word = match change.kind {
            ChangeKind::Added => "new",
            ChangeKind::Changed => "changed",
            ChangeKind::Moved => "moved",
            ChangeKind::Removed | ChangeKind::Unchanged => "removed",
        };
        let severity = change
            .severity
            .map(|severity| format!(" ({})", severity.word()))
            .unwrap_or_default();
        let because = change
            .because
            .as_ref()
            .map(|because| format!(": {}", gfm_escape::plain(because)))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "- {word}: {}{severity}{because}",
            gfm_escape::plain(&change.lesson)
        ); // writing to a String can't fail
        for moved in &change.moved {
            let word = match moved.to {
                MoveDirection::IntoBlock => "replaces",
                MoveDirection::Back | MoveDirection::BehindBlock => "restores",
            };
            let path = gfm_escape::plain(&moved.path);
            let _ = writeln!(text, "  {word} line {} of {path}", moved.line);
        }
    }
    let checks = ChecksChange::new(edits).unwrap_or_default();
    for (word, ids) in checks.groups() {
        let ids: Vec<String> = ids.iter().map(|id| gfm_escape::plain(id)).collect();
        let _ = writeln!(text, "- {word} checks: {}", ids.join(", "));
    }
    if changes.iter().any(|change| change.kind != ChangeKind::Unchanged) || checks.groups().next().is_some() {
        text.push('\n');
    }
    for one in withdrawn {
        let _ = writeln!(
            text,
            "Withdrawn: {}: {}\n",
            one.lesson,
            gfm_escape::plain(&one.reason)
        );
    }
    let _ = write!(
        text,
        "Managed by {}. Edit it there.\n\nLessonbook: {} {}\n",
        gfm_escape::plain(&store.home),
        store.name,
        digest(edits)
    );
    for one in withdrawn {
        let _ = writeln!(text, "{WITHDRAWS} {}@{}", one.lesson, one.version);
    }
    text
}

/// The store that a commit message of ours names.
pub fn home(message: &str) -> Option<String> {
    message.lines().find_map(marker::home)
}

/// The trailer that names a withdrawn lesson with its version.
const WITHDRAWS: &str = "Lessonbook-Withdraws:";

/// The lessons that a commit message withdraws, each with its version.
pub fn withdraws(message: &str) -> Vec<(String, String)> {
    let lines = message
        .lines()
        .filter_map(|line| line.trim().strip_prefix(WITHDRAWS));
    let pairs = lines.filter_map(|line| line.trim().split_once('@'));
    pairs
        .map(|(id, version)| (id.to_owned(), version.to_owned()))
        .collect()
}
