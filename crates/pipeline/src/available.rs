//! Where our file may be in a target, and which paths a target's git settings withhold from us.
//!
//! Input: an entry point, a topic, the target's tree. Output: the file's path, or a [`WithheldFile`] with its finding. Not here:
//! what follows for the lessons (`place`), links and folders in the way (`merge/path_conflict`), and the proof's own check
//! (`withheld` of the proof).

use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::git_rules::{self, Conversion};
use lessonbook_base::marker::BlocksInFile;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::{EntryPoint, EntryPointKind, Store};

/// A file that we don't write, although its entry point is in use.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WithheldFile {
    /// The entry point's name.
    pub entry_point: String,
    /// The file.
    pub path: String,
    /// Whether each person has a file of their own there: git does not track it, and we must not cause git to track it.
    pub private: bool,
    /// The reason, as an exemption shows it.
    pub reason: String,
    /// The reason as a finding.
    pub finding: Finding,
}

/// What withholds the file of an entry point and topic; `None` if nothing does, or if the cause is not in git's settings.
pub(super) fn withheld(store: &Store, row: &EntryPoint, topic: &str, tree: &Tree) -> Option<WithheldFile> {
    let path = path_in(store, row, topic, tree).ok()?;
    withheld_path(&row.name, &path, tree)
}

/// The same for a given path of an entry point, by its name.
pub(super) fn withheld_path(entry_point: &str, path: &str, tree: &Tree) -> Option<WithheldFile> {
    let withheld = |private, reason: String, finding| {
        Some(WithheldFile {
            entry_point: entry_point.to_owned(),
            path: path.to_owned(),
            private,
            reason,
            finding,
        })
    };
    let held = tree.get(path);
    let is_untracked = tree.local().untracked.contains(path);
    if (held.is_none() || is_untracked)
        && let Some(rule) = git_rules::ignored(tree, path)
    {
        let reason = format!("`{path}` is ignored by git: {rule}");
        return withheld(true, reason.clone(), ignored(path, reason));
    }
    if held.is_none() && is_untracked {
        let reason = format!("`{path}` is in the work tree and not committed");
        return withheld(true, reason.clone(), untracked(path, reason));
    }
    if held.is_none_or(|entry| matches!(entry.mode, Mode::File | Mode::Executable))
        && let Some((reason, finding)) = converted(path, tree)
    {
        return withheld(false, reason, finding);
    }
    if let Some(variant) = case_variant(path, tree) {
        let reason = format!("`{variant}` differs from `{path}` only in upper and lower case");
        let finding = Finding::new(Code::CaseVariant, reason.clone())
            .effect("on Windows and macOS both are the same file; elsewhere assistants read only the second")
            .help(format!("rename it to `{path}`"));
        return withheld(false, reason, finding);
    }
    None
}

fn ignored(path: &str, reason: String) -> Finding {
    Finding::new(Code::EntryPointIgnored, reason)
        .effect("nothing is proposed for it, because a merge would replace the file that each person keeps there")
        .help(format!(
            "to receive lessons there, let git track it (`git add --force {path}`) or remove the rule; otherwise leave the entry point out of the target's `use`"
        ))
}

fn untracked(path: &str, reason: String) -> Finding {
    Finding::new(Code::EntryPointUntracked, reason)
        .effect("nothing is proposed for it, because a merge would replace that file or fail")
        .help(format!(
            "commit `{path}`, move it away, or leave the entry point out of the target's `use`"
        ))
}

/// What git does to the file between the repository and the disk, if we can't do the same: then we don't write it.
pub(super) fn converted(path: &str, tree: &Tree) -> Option<(String, Finding)> {
    let Conversion { filter, encoding } = git_rules::conversion(tree, path);
    let encrypted = tree.file(path).and_then(git_rules::encrypted_by);
    let out_of_use = "or leave the entry point out of the target's `use`";
    let (code, reason, effect, help) = match (encrypted, filter.as_deref(), encoding) {
        (_, Some("lfs"), _) => (
            Code::LfsPointer,
            format!("`{path}` is stored in Git LFS (`filter=lfs` in .gitattributes)"),
            "its text is not in the repository, so nothing can be merged into it",
            format!("stop storing it in LFS: git lfs untrack '{path}'"),
        ),
        (Some(tool), ..) => (
            Code::ContentFiltered,
            format!("`{path}` is encrypted with {tool}"),
            "a block would destroy the encrypted file, so it is not changed",
            format!("keep it unencrypted (`{path} !filter !diff` in .gitattributes), {out_of_use}"),
        ),
        (None, Some(filter), _) => (
            Code::ContentFiltered,
            format!("git passes `{path}` through `filter={filter}` (.gitattributes)"),
            "we don't know what the filter does to our text, so the file is not changed",
            format!("remove the filter from this file (`{path} !filter`), {out_of_use}"),
        ),
        (None, None, Some(encoding)) => (
            Code::NotText,
            format!("`{path}` is {encoding} on disk (`working-tree-encoding` in .gitattributes)"),
            "assistants read the file on disk and expect UTF-8, so lessons there do not count as present",
            format!("remove `working-tree-encoding` from this file, {out_of_use}"),
        ),
        (None, None, None) => return None,
    };
    let finding = Finding::new(code, reason.clone()).effect(effect).help(help);
    Some((reason, finding))
}

/// The path of an entry point's file in this tree: its name, or the second name if the first is someone else's.
pub(super) fn path_in(store: &Store, row: &EntryPoint, topic: &str, tree: &Tree) -> Result<String, Finding> {
    let first = row.file(topic);
    if row.kind != EntryPointKind::Scoped {
        return Ok(first);
    }
    let beside = row.file_beside(topic);
    let ours = |path: &str| {
        tree.block(path, &store.name)
            .is_some_and(|found| found != BlocksInFile::Nothing)
    };
    // On Windows and macOS a name with other letter case is the same file, so it is taken as well.
    let has_twin = |path: &str| twin(path, tree).is_some();
    if !has_twin(&first) && (ours(&first) || tree.get(&first).is_none() && !ours(&beside)) {
        return Ok(first);
    }
    if !has_twin(&beside) && (ours(&beside) || tree.get(&beside).is_none()) {
        return Ok(beside);
    }
    let message = format!("both `{first}` and `{beside}` hold hand-written text");
    Err(Finding::new(Code::EntryPointBlocked, message).help("rename one of them, or the topic"))
}

/// A tracked file in the same folder whose name differs only in case.
pub(super) fn twin<'t>(path: &str, tree: &'t Tree) -> Option<&'t str> {
    let (folder, _) = path.rsplit_once('/')?;
    let mut below = tree.under(folder).map(|(other, _)| other);
    below.find(|other| *other != path && other.eq_ignore_ascii_case(path))
}

/// A tracked path, or folder of one, that differs from this one only in case.
pub(super) fn case_variant(path: &str, tree: &Tree) -> Option<String> {
    let lower = path.to_lowercase();
    let first = lower.split('/').next().unwrap_or_default();
    let roots = tree.roots().filter(|root| root.to_lowercase() == first);
    let mut paths = roots.flat_map(|root| {
        let itself = tree.get(root).map(|_| root);
        itself.into_iter().chain(tree.under(root).map(|(path, _)| path))
    });
    paths.find_map(|other| {
        let head = other.get(..path.len())?;
        let whole = other.len() == path.len() || other.as_bytes().get(path.len()) == Some(&b'/');
        (whole && head != path && head.to_lowercase() == lower).then(|| head.to_owned())
    })
}
