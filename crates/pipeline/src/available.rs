//! Where a file of ours may be in a target, and what the target's own git files keep from us.
//!
//! Input: a row of the table, a topic, the target's tree. Output: the file's path, or a [`WithheldFile`] with its finding.
//! Not here: what follows for the lessons (`place`), links and folders in the way (`merge/path_conflict`), the proof's own view of it
//! (`withheld` of the proof).

use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::git_rules::{self, Conversion};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::{EntryPoint, EntryPointKind, Store};

/// A file that we don't write although its entry point is in use.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WithheldFile {
    /// The entry point's name.
    pub entry_point: String,
    /// The file.
    pub path: String,
    /// The file is each person's own: git does not track it here, and must not begin to by our doing.
    pub private: bool,
    /// Why, as an exemption says it.
    pub reason: String,
    /// The same as a finding.
    pub finding: Finding,
}

/// What keeps us from the file of a row and topic; `None` where nothing does, or where something else than git's files does.
pub(super) fn withheld(store: &Store, row: &EntryPoint, topic: &str, tree: &Tree) -> Option<WithheldFile> {
    let path = path_in(store, row, topic, tree).ok()?;
    withheld_path(row, &path, tree)
}

/// The same for a path that is chosen.
pub(super) fn withheld_path(row: &EntryPoint, path: &str, tree: &Tree) -> Option<WithheldFile> {
    let withheld = |private, reason: String, finding| {
        Some(WithheldFile {
            entry_point: row.name.clone(),
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
        let reason = format!("`{variant}` differs from `{path}` in upper and lower case only");
        let finding = Finding::new(Code::CaseVariant, reason.clone())
            .effect("on Windows and macOS the two are one file; elsewhere assistants read only the second")
            .help(format!("rename it to `{path}`"));
        return withheld(false, reason, finding);
    }
    None
}

fn ignored(path: &str, reason: String) -> Finding {
    Finding::new(Code::EntryPointIgnored, reason)
        .effect("nothing is proposed for it: a merge would replace the file that each person keeps there")
        .help(format!(
            "to receive lessons there, let git track it (`git add --force {path}`) or take the rule out; else leave the entry point out of the target's `use`"
        ))
}

fn untracked(path: &str, reason: String) -> Finding {
    Finding::new(Code::EntryPointUntracked, reason)
        .effect("nothing is proposed for it: a merge would replace that file, or stop at it")
        .help(format!(
            "commit `{path}`, move it away, or leave the entry point out of the target's `use`"
        ))
}

/// What git does to the file between the repository and the disk that we can't do: why we leave it alone.
pub(super) fn converted(path: &str, tree: &Tree) -> Option<(String, Finding)> {
    let Conversion { filter, encoding } = git_rules::conversion(tree, path);
    let encrypted = tree.file(path).and_then(git_rules::encrypted_by);
    let out_of_use = "or leave the entry point out of the target's `use`";
    let (code, reason, effect, help) = match (encrypted, filter.as_deref(), encoding) {
        (_, Some("lfs"), _) => (
            Code::LfsPointer,
            format!("`{path}` is stored in Git LFS (`filter=lfs` in .gitattributes)"),
            "its text is not in the repository, so nothing can be merged into it",
            format!("take it out of LFS: git lfs untrack '{path}'"),
        ),
        (Some(tool), ..) => (
            Code::ContentFiltered,
            format!("`{path}` is encrypted with {tool}"),
            "a block in the encrypted file would destroy it, so it is left alone",
            format!("keep it unencrypted (`{path} !filter !diff` in .gitattributes), {out_of_use}"),
        ),
        (None, Some(filter), _) => (
            Code::ContentFiltered,
            format!("git passes `{path}` through `filter={filter}` (.gitattributes)"),
            "what the filter makes of our text is not known here, so the file is left alone",
            format!("take the filter off this file (`{path} !filter`), {out_of_use}"),
        ),
        (None, None, Some(encoding)) => (
            Code::NotText,
            format!("`{path}` is {encoding} on disk (`working-tree-encoding` in .gitattributes)"),
            "assistants read the file on disk and expect UTF-8, so lessons there do not count as present",
            format!("take `working-tree-encoding` off this file, {out_of_use}"),
        ),
        (None, None, None) => return None,
    };
    let finding = Finding::new(code, reason.clone()).effect(effect).help(help);
    Some((reason, finding))
}

/// The path that a file of a row has in this tree: its name, or the one beside it where the name is someone else's.
pub(super) fn path_in(store: &Store, row: &EntryPoint, topic: &str, tree: &Tree) -> Result<String, Finding> {
    let first = row.file(topic);
    if row.kind != EntryPointKind::Scoped {
        return Ok(first);
    }
    let beside = row.file_beside(topic);
    let ours = |path: &str| {
        tree.file(path)
            .is_some_and(|bytes| marker::find(bytes, &store.name) != BlocksInFile::Nothing)
    };
    // On Windows and macOS a name in another case is the same file, so it is as good as taken.
    let has_twin = |path: &str| twin(path, tree).is_some();
    if !has_twin(&first) && (ours(&first) || tree.get(&first).is_none() && !ours(&beside)) {
        return Ok(first);
    }
    if !has_twin(&beside) && (ours(&beside) || tree.get(&beside).is_none()) {
        return Ok(beside);
    }
    let message = format!("`{first}` and `{beside}` are both somebody else's");
    Err(Finding::new(Code::EntryPointBlocked, message).help("rename one of them, or the topic"))
}

/// A tracked file in the same folder whose name differs in case only.
pub(super) fn twin<'t>(path: &str, tree: &'t Tree) -> Option<&'t str> {
    let (folder, _) = path.rsplit_once('/')?;
    let mut below = tree.under(folder).map(|(other, _)| other);
    below.find(|other| *other != path && other.eq_ignore_ascii_case(path))
}

/// A tracked path, or folder of one, that differs from this one in case only.
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
