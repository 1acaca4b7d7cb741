//! Other people's bytes stay, only instruction files are touched, and only what was ours alone is deleted.
//!
//! Input: the edits. Output: three invariants. Not here: what stands inside our block.

use super::{Invariant, InvariantInput, count, invariant};
use crate::withheld;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::marker::{self, Block, BlocksInFile};
use lessonbook_base::tree::Mode;
use lessonbook_base::{front_matter, git_rules, text};
use lessonbook_store::EntryPointKind;

/// What is seen where no touched file holds anything of other people.
pub const NOTHING_TO_KEEP: &str = "no hand-written byte in what is touched";

/// Promise 3: take our block out of both sides, and the rest is the same.
pub(crate) fn kept(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let mut files = 0;
    let mut lost: Vec<String> = Vec::new();
    for edit in facts.edits {
        let Some(before) = &edit.before else { continue };
        let family = is_family(facts, &edit.path);
        let old = AroundBlock::of(&before.bytes, &facts.store.name);
        let kept = match &edit.after {
            Some(after) => {
                let new = AroundBlock::of(&after.bytes, &facts.store.name);
                after.mode == before.mode && same_outside(&old, &new, family)
            }
            None => old.is_nothing(family),
        };
        files += usize::from(!old.is_nothing(family));
        // Another store's markers are other people's text, also where somebody moved them into our block.
        let after = edit.after.as_ref().map_or(&[][..], |after| &after.bytes);
        let name = &facts.store.name;
        let kept = kept && marker::foreign(&before.bytes, name) <= marker::foreign(after, name);
        if !kept {
            lost.push(format!("`{}`", edit.path));
            let message = format!("`{}`: a byte outside our block would change", edit.path);
            findings.push(
                Finding::new(Code::BytesLost, message)
                    .help("this is a fault of Lessonbook: please report it"),
            );
        }
    }
    let evidence = if lost.is_empty() {
        match files {
            0 => NOTHING_TO_KEEP.to_owned(),
            // They are there, and not read any more: to call that kept would mislead.
            _ if super::assistants::pushes(facts) => format!(
                "hand-written bytes unchanged in {}, and pushed past an assistant's cut",
                count(files, "file")
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

/// A file around our block.
struct AroundBlock<'b> {
    bytes: &'b [u8],
    block: Option<Block>,
}

impl<'b> AroundBlock<'b> {
    fn of(bytes: &'b [u8], name: &str) -> Self {
        let block = match marker::find(bytes, name) {
            BlocksInFile::Block(block) => Some(block),
            _ => None,
        };
        AroundBlock { bytes, block }
    }

    /// What stands before and behind the block; without one everything comes first.
    fn outside(&self) -> (&'b [u8], &'b [u8]) {
        match &self.block {
            Some(block) => (&self.bytes[..block.range.start], &self.bytes[block.range.end..]),
            None => (self.bytes, &[]),
        }
    }

    /// The same without the front matter at the head, which is ours in a family, and the blank lines that follow it.
    fn outside_of_family(&self) -> (&'b [u8], &'b [u8]) {
        let (before, behind) = self.outside();
        let Some(front) = front_matter::split(self.bytes).filter(|front| front.range.start == 0) else {
            return (before, behind);
        };
        let before = before.get(front.range.end..).unwrap_or_default();
        (strip_endings(before), behind)
    }

    /// Whether nothing but ours stands in the file.
    fn is_nothing(&self, family: bool) -> bool {
        let (before, behind) = if family {
            self.outside_of_family()
        } else {
            self.outside()
        };
        before.is_empty() && behind.is_empty()
    }
}

/// Equal byte for byte; where the block comes or goes, but for at most two line endings before it and one behind, which come and
/// go with it.
fn same_outside(old: &AroundBlock<'_>, new: &AroundBlock<'_>, family: bool) -> bool {
    match (&old.block, &new.block) {
        (Some(_), Some(_)) if family => old.outside_of_family() == new.outside_of_family(),
        (Some(_), Some(_)) => old.outside() == new.outside(),
        (None, None) => old.bytes == new.bytes,
        (None, Some(_)) => is_without(old.bytes, new.outside()),
        (Some(_), None) => is_without(new.bytes, old.outside()),
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
            number => format!("only {} touched", count(number, "instruction file")),
        }
    } else {
        format!("outside the writable area: {}", outside.join(", "))
    };
    invariant("writable-only", outside.is_empty(), evidence)
}

fn may_write(facts: &InvariantInput<'_>, edit: &Edit) -> Result<(), String> {
    let path = edit.path.as_str();
    let row = facts
        .store
        .entry_points
        .iter()
        .find(|row| row.owns(path))
        .ok_or("it belongs to no entry point")?;
    let parts: Vec<&str> = path.split('/').collect();
    let lower = path.to_lowercase();
    if path.starts_with('/')
        || path.contains(['\\', ':', '\0'])
        || parts.iter().any(|part| matches!(*part, "" | "." | ".."))
    {
        return Err("it is no plain path inside the repository".into());
    }
    if parts
        .iter()
        .any(|part| part.to_lowercase().starts_with(".git") && !part.eq_ignore_ascii_case(".github"))
    {
        return Err("git reads it".into());
    }
    if let Some(why) = acts(&lower) {
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
    if !markdown && !row.prompt || extension == "json" || lower.contains("/hooks/") {
        return Err("it is no instruction file".into());
    }
    for (at, _) in path.match_indices('/') {
        if facts.proposed.tree.get(&path[..at]).is_some() {
            return Err(format!("`{}` is no folder", &path[..at]));
        }
    }
    let before = edit.before.as_ref();
    if let Some(why) = before.and_then(|before| text::not_text(&before.bytes)) {
        return Err(format!("it {why}"));
    }
    match (&edit.before, &edit.after) {
        (Some(before), _) if !matches!(before.mode, Mode::File | Mode::Executable) => {
            Err("it is no regular file".into())
        }
        (Some(before), Some(after)) if before.mode != after.mode => Err("its mode would change".into()),
        (None, Some(after)) if after.mode != Mode::File => Err("it would not be a regular file".into()),
        _ => Ok(()),
    }
}

/// Why a program, a host or an assistant runs the file or is configured by it. The path is in small letters.
fn acts(path: &str) -> Option<&'static str> {
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

/// Deletions are of files that were ours alone, as we wrote them; they are named.
pub(crate) fn deleted_by_name(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let deleted: Vec<&Edit> = facts.edits.iter().filter(|edit| edit.after.is_none()).collect();
    let mut foreign: Vec<String> = Vec::new();
    for edit in &deleted {
        let bytes = edit
            .before
            .as_ref()
            .map(|state| state.bytes.as_slice())
            .unwrap_or_default();
        if !is_unedited(bytes, &facts.store.name, is_family(facts, &edit.path)) {
            foreign.push(format!("`{}`", edit.path));
            findings.push(Finding::new(
                Code::BytesLost,
                format!("`{}` would be deleted, but it is not ours alone", edit.path),
            ));
        }
    }
    let names: Vec<String> = deleted.iter().map(|edit| format!("`{}`", edit.path)).collect();
    let evidence = match (names.is_empty(), foreign.is_empty()) {
        (true, _) => "nothing deleted".into(),
        (false, true) => format!("deleted, ours alone: {}", names.join(", ")),
        (false, false) => format!("would be deleted, and not ours alone: {}", foreign.join(", ")),
    };
    invariant("deleted-by-name", foreign.is_empty(), evidence)
}

/// Whether the block says what its begin line's hash was made of.
fn is_unedited(bytes: &[u8], name: &str, family: bool) -> bool {
    let BlocksInFile::Block(block) = marker::find(bytes, name) else {
        return false;
    };
    let front = front_matter::split(bytes).filter(|_| family);
    let entries = front.map(|front| front.entries).unwrap_or_default();
    let inner = String::from_utf8_lossy(&bytes[block.inner.clone()]);
    marker::content_hash(&entries, &inner) == block.hash
}
