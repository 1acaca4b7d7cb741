//! The store's grammar of globs.
//!
//! Input: a glob from a lesson.
//! Output: its brace expansions; or what is wrong, how each assistant would read it, and the portable spelling.
//! Not here: matching.
//!
//! Sources for how assistants read globs: GitHub's and Claude Code's documentation, VS Code's source, Copilot CLI's bundle (2026-09).

use std::ops::Range;

use super::{Glob, GlobProblem};

/// A glob with more expansions than this should be written as a wider glob.
const MAX_EXPANSIONS: usize = 64;
/// Longer than real paths; it bounds the work on invalid input.
const MAX_BYTES: usize = 1024;

const ROOT_OR_ANY: &str = "Copilot in VS Code, Copilot CLI: any folder · GitHub's documentation, Claude Code, Cursor: the root only";
const VSCODE_ANY: &str =
    "Copilot in VS Code: any folder · GitHub's documentation, Claude Code, Cursor: from the root";

/// The expansions of a glob of the grammar, in source order, without duplicates.
pub(super) fn expand_and_check(text: &str) -> Result<Vec<String>, GlobProblem> {
    check_characters(text)?;
    check_start(text)?;
    let expanded = expand(text)?;
    for one in &expanded {
        let Some((span, message, readings, portable)) = check_segments(one) else {
            continue;
        };
        if one == text {
            return Err(problem(text, span, &message, readings, portable));
        }
        let message = format!("its braces expand to `{one}`: {message}");
        let no_folder = expanded.iter().all(|one| !one.contains('/'));
        let portable = no_folder.then(|| format!("**/{text}"));
        return Err(problem(text, 0..text.len(), &message, readings, portable));
    }
    Ok(expanded)
}

/// Makes a problem. A portable spelling that is itself outside the grammar is replaced by its own portable spelling.
fn problem(
    text: &str,
    span: Range<usize>,
    message: &str,
    readings: &str,
    portable: Option<String>,
) -> GlobProblem {
    let portable = portable
        .filter(|candidate| candidate != text)
        .and_then(|candidate| match Glob::parse(&candidate) {
            Ok(_) => Some(candidate),
            Err(worse) => worse.portable,
        });
    GlobProblem {
        span,
        message: message.to_owned(),
        readings: readings.to_owned(),
        portable,
    }
}

/// Checks single characters, anywhere in the glob.
fn check_characters(text: &str) -> Result<(), GlobProblem> {
    let whole = 0..text.len();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(problem(text, whole, "the glob is empty", "", None));
    }
    if text.len() > MAX_BYTES {
        let message = format!("the glob is longer than {MAX_BYTES} bytes");
        return Err(problem(text, whole, &message, "", None));
    }
    if trimmed != text {
        return Err(problem(
            text,
            whole,
            "the glob has white space around it",
            "Copilot in VS Code: ignored · others: not documented",
            Some(trimmed.to_owned()),
        ));
    }
    for (at, c) in text.char_indices() {
        let span = at..at + c.len_utf8();
        let (message, readings, portable) = match c {
            c if c.is_control() || c == '\u{2028}' || c == '\u{2029}' => {
                ("a glob can't contain line breaks or control characters", "", None)
            }
            '"' | '\'' | '`' => (
                "a glob can't contain quotation marks: they would end the quoted text that contains the glob",
                "",
                Some(text.trim_matches(c).to_owned()),
            ),
            '\\' => (
                "a glob can't contain a backslash; folders are separated by `/`",
                "Claude Code, Copilot CLI: the next character as it is · others: not documented",
                Some(text.replace('\\', "/")),
            ),
            '[' | ']' => (
                "a glob can't contain brackets",
                "Claude Code, Copilot: one of the characters in the brackets · a file or folder with brackets in its name is not matched",
                without_classes(text),
            ),
            _ => continue,
        };
        return Err(problem(text, span, message, readings, portable));
    }
    Ok(())
}

/// Checks how the glob begins, and syntax that only some assistants support.
fn check_start(text: &str) -> Result<(), GlobProblem> {
    if matches!(text, "*" | "**") {
        let readings = if text == "*" {
            "Copilot in VS Code, Copilot CLI: every file · GitHub's documentation, Claude Code, Cursor: the root only"
        } else {
            "all: every file"
        };
        let message = "for every file, leave `paths` out";
        return Err(problem(text, 0..text.len(), message, readings, None));
    }
    if text.starts_with('!') {
        return Err(problem(
            text,
            0..1,
            "a glob can't be negated: write which files it matches, not which ones it excludes",
            "Claude Code, Copilot: not supported · Cline, Continue: everything else",
            None,
        ));
    }
    let comment = text.starts_with('#').then_some(0);
    if let Some(at) = comment.or_else(|| text.find(" #").map(|at| at + 1)) {
        return Err(problem(
            text,
            at..at + 1,
            "a `#` at the start or after a space begins a comment",
            "Copilot CLI, Cursor: a comment · others: the character",
            None,
        ));
    }
    let rest = text.trim_start_matches('/');
    if rest.len() < text.len() {
        return Err(problem(
            text,
            0..text.len() - rest.len(),
            "a glob is relative to the repository's root, so it must not begin with `/`",
            "Copilot in VS Code: an absolute path on the machine · others: not documented",
            Some(rest.to_owned()),
        ));
    }
    let rest = text.trim_start_matches("./");
    if rest.len() < text.len() {
        return Err(problem(
            text,
            0..text.len() - rest.len(),
            "a glob is relative to the repository's root, so it must not begin with `./`",
            "Copilot in VS Code: matches nothing · Amp: from the root · others: not documented",
            Some(rest.to_owned()),
        ));
    }
    let bytes = text.as_bytes();
    if let Some(at) = (1..bytes.len()).find(|&at| bytes[at] == b'(' && b"?*+@!".contains(&bytes[at - 1])) {
        return Err(problem(
            text,
            at - 1..at + 1,
            "some assistants read this as a list of patterns",
            "Copilot CLI: a list of patterns up to `)` · others: the characters",
            None,
        ));
    }
    Ok(())
}

/// Checks the segments of a glob without braces. Returns the bytes, the message, how assistants read it, and the portable spelling.
#[allow(clippy::type_complexity)]
fn check_segments(glob: &str) -> Option<(Range<usize>, String, &'static str, Option<String>)> {
    let whole = 0..glob.len();
    if glob.is_empty() {
        return Some((whole, "the glob is empty".into(), "", None));
    }
    if let Some(folder) = glob.strip_suffix('/') {
        return Some((
            glob.len() - 1..glob.len(),
            "a final `/` names a folder; a glob names files".into(),
            "git's ignore files: everything below · assistants: not documented",
            Some(format!("{}/**", folder.trim_end_matches('/'))),
        ));
    }
    let mut start = 0;
    for segment in glob.split('/') {
        let span = start..start + segment.len();
        start = span.end + 1;
        let message = match segment {
            "" => "the glob contains two slashes in a row, or begins with one",
            "." | ".." => "a glob can't contain `.` or `..` as a folder",
            "**" => continue,
            _ if segment.contains("**") => "`**` must be a whole folder name; within a name, write `*`",
            _ => continue,
        };
        let span = if span.is_empty() {
            span.start.saturating_sub(1)..span.start + 1
        } else {
            span
        };
        return Some((span, message.into(), "", None));
    }
    let first = glob.split('/').next().unwrap_or_default();
    let wild = first != "**" && first.contains(['*', '?']);
    if first.len() == glob.len() {
        if first == "**" {
            return Some((
                whole,
                "for every file, leave `paths` out".into(),
                "all: every file",
                None,
            ));
        }
        let message = "a glob needs at least one `/`, so that all assistants agree on the folder".into();
        return Some((whole, message, ROOT_OR_ANY, Some(format!("**/{glob}"))));
    }
    if wild {
        let message = format!(
            "the first folder `{first}` is neither `**` nor a plain name, so assistants disagree on where it is"
        );
        return Some((0..first.len(), message, VSCODE_ANY, None));
    }
    None
}

/// Expands `{a,b}` in source order, without duplicates.
fn expand(text: &str) -> Result<Vec<String>, GlobProblem> {
    let mut done = vec![String::new()];
    let mut rest = 0;
    while let Some(open) = text[rest..].find(['{', '}', ',']).map(|at| at + rest) {
        let at = open..open + 1;
        match text.as_bytes()[open] {
            b',' => {
                return Err(problem(
                    text,
                    at,
                    "a comma outside braces separates globs: write each glob as a separate list item",
                    "Copilot, Cursor: two globs · Claude Code: one",
                    None,
                ));
            }
            b'}' => return Err(problem(text, at, "a `}` has no `{` before it", "", None)),
            _ => {}
        }
        let Some(close) = text[open + 1..].find(['{', '}']).map(|at| at + open + 1) else {
            return Err(problem(text, at, "a `{` has no `}` after it", "", None));
        };
        if text.as_bytes()[close] == b'{' {
            let message = "braces can't be nested: write all alternatives in one pair";
            return Err(problem(text, close..close + 1, message, "", None));
        }
        let inside = &text[open + 1..close];
        if !inside.contains(',') {
            return Err(problem(
                text,
                open..close + 1,
                "braces need at least two alternatives, separated by a comma",
                "Copilot in VS Code: without the braces · Copilot CLI: the braces as they are",
                Some(format!("{}{inside}{}", &text[..open], &text[close + 1..])),
            ));
        }
        let mut next: Vec<String> = Vec::new();
        for head in &done {
            for alternative in inside.split(',') {
                let one = format!("{head}{}{alternative}", &text[rest..open]);
                if !next.contains(&one) {
                    next.push(one);
                }
            }
            if next.len() > MAX_EXPANSIONS {
                let message = format!("the braces expand to more than {MAX_EXPANSIONS} globs");
                return Err(problem(text, 0..text.len(), &message, "", None));
            }
        }
        done = next;
        rest = close + 1;
    }
    let mut all: Vec<String> = Vec::with_capacity(done.len());
    for mut one in done {
        one.push_str(&text[rest..]);
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Ok(all)
}

/// Writes `[Tt]` as `{T,t}`. `None` if a class is not one letter in both cases: `[id]` is most likely a folder's name.
fn without_classes(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, behind)) = rest.split_once('[') {
        let (class, behind) = behind.split_once(']')?;
        let &[one, other] = class.as_bytes() else {
            return None;
        };
        if one == other || !one.is_ascii_alphabetic() || !one.eq_ignore_ascii_case(&other) {
            return None;
        }
        let (one, other) = (one as char, other as char);
        out.extend([head, "{"]);
        out.extend([one, ',', other, '}']);
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}
