//! Hand-written bytes are kept, only instruction files and our checks file are written, and only files that held nothing else than our block are
//! deleted.
//!
//! Input: the edits. Output: three invariants. Not here: what is inside our block.

use super::moved::{self, MovedText};
use super::{Invariant, InvariantInput, checks_file, count, invariant};
use crate::withheld;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::marker::{self, Block, BlocksInFile};
use lessonbook_base::tree::Mode;
use lessonbook_base::{front_matter, git_rules, text};
use lessonbook_store::{ChecksFile, EntryPointKind};

/// The evidence where no changed file holds hand-written text.
pub const NOTHING_TO_KEEP: &str = "the changed files hold no hand-written text";

/// Promise 3: without our block, a file is the same before and after, except for what `moved` explains where the target adopts lines.
pub(crate) fn kept(
    facts: &InvariantInput<'_>,
    moved: &mut Vec<MovedText>,
    findings: &mut Vec<Finding>,
) -> Invariant {
    let mut files = 0;
    let mut lost: Vec<String> = Vec::new();
    for edit in facts.edits {
        let Some(before) = &edit.before else { continue };
        // The whole checks file is ours, also where a person edited it.
        if checks_file::is_own(facts.store, &edit.path, &before.bytes) {
            continue;
        }
        let family = is_family(facts, &edit.path);
        let old = AroundBlock::new(&before.bytes, &facts.store.name);
        let mut why = String::new();
        let kept = match &edit.after {
            Some(after) => {
                let new = AroundBlock::new(&after.bytes, &facts.store.name);
                let is_same = is_same_around(&old, &new, family);
                let explained = if is_same || family || !facts.target.adopt {
                    Ok(Vec::new())
                } else {
                    moved::explain(facts, &edit.path, &before.bytes, &after.bytes)
                };
                let is_explained = is_same || facts.target.adopt && !family && explained.is_ok();
                match explained {
                    Ok(found) => moved.extend(found),
                    Err(unexplained) => why = format!(": {unexplained}"),
                }
                after.mode == before.mode && is_explained
            }
            None => old.is_only_ours(family),
        };
        files += usize::from(!old.is_only_ours(family));
        // Another store's markers are hand-written text for us, even if a person moved them into our block.
        let after = edit.after.as_ref().map_or(&[][..], |after| &after.bytes);
        let name = &facts.store.name;
        let kept = kept && marker::foreign(&before.bytes, name) <= marker::foreign(after, name);
        if !kept {
            lost.push(format!("`{}`", edit.path));
            let message = format!("`{}`: a byte outside our block would change{why}", edit.path);
            findings.push(
                Finding::new(Code::BytesLost, message).help("this is a bug in Lessonbook: please report it"),
            );
        }
    }
    let evidence = if lost.is_empty() {
        match files {
            0 => NOTHING_TO_KEEP.to_owned(),
            // The bytes are still there, but no longer read: "kept" would be misleading.
            _ if super::assistants::pushes(facts) => format!(
                "hand-written bytes unchanged in {}, but pushed beyond the limit of an assistant",
                count(files, "file")
            ),
            _ if !moved.is_empty() => format!(
                "hand-written bytes kept in {}, except {}",
                count(files, "file"),
                count(moved.len(), "moved text")
            ),
            _ => format!("hand-written bytes kept in {}", count(files, "file")),
        }
    } else {
        format!("hand-written bytes would change in {}", lost.join(", "))
    };
    invariant("bytes-kept", lost.is_empty(), evidence)
}

fn is_family(facts: &InvariantInput<'_>, path: &str) -> bool {
    facts
        .store
        .entry_points
        .iter()
        .any(|row| row.kind == EntryPointKind::Scoped && row.owns(path))
}

/// A file, and where our block is in it.
struct AroundBlock<'b> {
    bytes: &'b [u8],
    block: Option<Block>,
}

impl<'b> AroundBlock<'b> {
    fn new(bytes: &'b [u8], name: &str) -> Self {
        let block = match marker::find(bytes, name) {
            BlocksInFile::Block(block) => Some(block),
            _ => None,
        };
        AroundBlock { bytes, block }
    }

    /// The bytes before and after the block; without a block, all bytes are before.
    fn around(&self) -> (&'b [u8], &'b [u8]) {
        match &self.block {
            Some(block) => (&self.bytes[..block.range.start], &self.bytes[block.range.end..]),
            None => (self.bytes, &[]),
        }
    }

    /// The same without the front matter at the start, which is ours in a family, and the blank lines that follow it.
    fn around_in_family(&self) -> (&'b [u8], &'b [u8]) {
        let (before, behind) = self.around();
        let Some(front) = front_matter::split(self.bytes).filter(|front| front.range.start == 0) else {
            return (before, behind);
        };
        let before = before.get(front.range.end..).unwrap_or_default();
        (strip_endings(before), behind)
    }

    /// Whether the file holds nothing that is not ours.
    fn is_only_ours(&self, family: bool) -> bool {
        let (before, behind) = if family {
            self.around_in_family()
        } else {
            self.around()
        };
        before.is_empty() && behind.is_empty()
    }
}

/// Whether two files are equal byte for byte outside the block. If the block is added or removed, at most two line endings before
/// it and one after it may be added or removed with it.
fn is_same_around(old: &AroundBlock<'_>, new: &AroundBlock<'_>, family: bool) -> bool {
    match (&old.block, &new.block) {
        (Some(_), Some(_)) if family => old.around_in_family() == new.around_in_family(),
        (Some(_), Some(_)) => old.around() == new.around(),
        (None, None) => old.bytes == new.bytes,
        (None, Some(_)) => is_without(old.bytes, new.around()),
        (Some(_), None) => is_without(new.bytes, old.around()),
    }
}

fn is_without(whole: &[u8], (before, behind): (&[u8], &[u8])) -> bool {
    let once = strip_last(before);
    [before, once, strip_last(once)].into_iter().any(|before| {
        [behind, strip_first(behind)]
            .into_iter()
            .any(|behind| [before, behind].concat() == whole)
    })
}

fn strip_last(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"))
        .unwrap_or(bytes)
}

fn strip_first(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_prefix(b"\r\n")
        .or_else(|| bytes.strip_prefix(b"\n"))
        .unwrap_or(bytes)
}

fn strip_endings(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
    first.map_or(&[], |at| &bytes[at..])
}

/// Promise 5 of docs/architecture.md: only Markdown files of the entry points, as plain files, and nothing that acts.
pub(crate) fn writable_only(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let mut outside: Vec<String> = Vec::new();
    for edit in facts.edits {
        if let Err(why) = may_write(facts, edit) {
            outside.push(format!("`{}`", edit.path));
            findings.push(Finding::new(
                Code::OutsideWritableArea,
                format!("`{}`: {why}", edit.path),
            ));
        }
    }
    let evidence = if outside.is_empty() {
        match facts.edits.len() {
            0 => "no file touched".to_owned(),
            number => {
                let checks = facts
                    .edits
                    .iter()
                    .filter(|edit| edit.path == ChecksFile::path_for(&facts.store.name))
                    .count();
                match (number - checks, checks) {
                    (0, _) => "only the checks file touched".to_owned(),
                    (files, 0) => format!("only {} touched", count(files, "instruction file")),
                    (files, _) => format!(
                        "only {} and the checks file touched",
                        count(files, "instruction file")
                    ),
                }
            }
        }
    } else {
        format!("outside the writable area: {}", outside.join(", "))
    };
    invariant("writable-only", outside.is_empty(), evidence)
}

fn may_write(facts: &InvariantInput<'_>, edit: &Edit) -> Result<(), String> {
    let path = edit.path.as_str();
    let row = facts.store.entry_points.iter().find(|row| row.owns(path));
    // By its name alone: the one file that is not an instruction file.
    let is_checks = path == ChecksFile::path_for(&facts.store.name);
    if row.is_none() && !is_checks {
        return Err("it belongs to no entry point".into());
    }
    let parts: Vec<&str> = path.split('/').collect();
    let lower = path.to_lowercase();
    if path.starts_with('/')
        || path.contains(['\\', ':', '\0'])
        || parts.iter().any(|part| matches!(*part, "" | "." | ".."))
    {
        return Err("it is not a plain path inside the repository".into());
    }
    if parts
        .iter()
        .any(|part| part.to_lowercase().starts_with(".git") && !part.eq_ignore_ascii_case(".github"))
    {
        return Err("git reads it".into());
    }
    if let Some(why) = active_use(&lower).filter(|_| !is_checks) {
        return Err(why.into());
    }
    if let Some(why) = withheld::unreadable(facts.current.tree, path) {
        return Err(why);
    }
    if edit.before.is_none()
        && let Some(rule) = git_rules::ignored(facts.current.tree, path)
    {
        return Err(format!("git ignores it: {rule}"));
    }
    if edit.before.is_none() && facts.current.tree.local().untracked.contains(path) {
        return Err("the work tree holds a file there that is not committed".into());
    }
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    let markdown = matches!(extension, "md" | "mdc");
    let is_prompt = row.is_some_and(|row| row.prompt);
    let is_other = !markdown && !is_prompt || extension == "json" || lower.contains("/hooks/");
    if is_other && !is_checks {
        return Err("it is not an instruction file".into());
    }
    for (at, _) in path.match_indices('/') {
        if facts.proposed.tree.get(&path[..at]).is_some() {
            return Err(format!("`{}` is not a folder", &path[..at]));
        }
    }
    let before = edit.before.as_ref();
    if let Some(why) = before.and_then(|before| text::not_text(&before.bytes)) {
        return Err(format!("it {why}"));
    }
    match (&edit.before, &edit.after) {
        (Some(before), _) if !matches!(before.mode, Mode::File | Mode::Executable) => {
            Err("it is not a regular file".into())
        }
        (Some(before), Some(after)) if before.mode != after.mode => Err("its mode would change".into()),
        (None, Some(after)) if after.mode != Mode::File => Err("it would not be a regular file".into()),
        _ => Ok(()),
    }
}

/// Why a program, a host or an assistant runs the file or reads its configuration from it. The path is in lower case.
fn active_use(path: &str) -> Option<&'static str> {
    const RUN_BELOW_DOT: [&str; 16] = [
        "actions",
        "agent",
        "agents",
        "chatmodes",
        "command",
        "commands",
        "extensions",
        "hooks",
        "modes",
        "plugins",
        "prompts",
        "scripts",
        "skill",
        "skills",
        "tools",
        "workflows",
    ];
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    let hidden = folders.iter().position(|folder| folder.starts_with('.'));
    if hidden.is_some_and(|at| folders[at..].iter().any(|folder| RUN_BELOW_DOT.contains(folder))) {
        return Some("a host or an assistant runs what is in its folder");
    }
    let ci = [
        ".circleci",
        ".buildkite",
        ".forgejo",
        ".woodpecker",
        ".husky",
        ".vscode",
        ".idea",
        ".devcontainer",
    ];
    if folders.iter().any(|folder| ci.contains(folder)) {
        return Some("a CI system or an editor reads it");
    }
    if name.contains("codeowners")
        || path.contains("issue_template")
        || path.contains("pull_request_template")
    {
        return Some("GitHub acts on it");
    }
    let called = [".prompt.md", ".chatmode.md", ".agent.md"];
    (name == "skill.md" || called.iter().any(|ending| name.ends_with(ending)))
        .then_some("an assistant calls it as a skill, a prompt or an agent")
}

/// Only files that held nothing else than our unedited block are deleted, and the evidence names them.
pub(crate) fn deleted_by_name(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let deleted: Vec<&Edit> = facts.edits.iter().filter(|edit| edit.after.is_none()).collect();
    let mut foreign: Vec<String> = Vec::new();
    for edit in &deleted {
        let bytes = edit
            .before
            .as_ref()
            .map(|state| state.bytes.as_slice())
            .unwrap_or_default();
        if !checks_file::is_own_unedited(facts.store, &edit.path, bytes)
            && !is_unedited(facts, &edit.path, bytes)
        {
            foreign.push(format!("`{}`", edit.path));
            findings.push(Finding::new(
                Code::BytesLost,
                format!(
                    "`{}` would be deleted, but it does not hold our unedited block only",
                    edit.path
                ),
            ));
        }
    }
    let names: Vec<String> = deleted.iter().map(|edit| format!("`{}`", edit.path)).collect();
    let evidence = match (names.is_empty(), foreign.is_empty()) {
        (true, _) => "nothing deleted".into(),
        (false, true) => format!("deleted, all text was ours: {}", names.join(", ")),
        (false, false) => format!(
            "would be deleted, but not all text is ours: {}",
            foreign.join(", ")
        ),
    };
    invariant("deleted-by-name", foreign.is_empty(), evidence)
}

/// Whether the hash in the begin line matches the block.
fn is_unedited(facts: &InvariantInput<'_>, path: &str, bytes: &[u8]) -> bool {
    let BlocksInFile::Block(block) = marker::find(bytes, &facts.store.name) else {
        return false;
    };
    let owner = facts.store.owner(path);
    let entries = owner.map_or_else(Vec::new, |row| {
        row.hashed_entries(front_matter::split(bytes).as_ref())
    });
    let inner = String::from_utf8_lossy(&bytes[block.inner.clone()]);
    marker::content_hash(&entries, &inner) == block.hash
}
