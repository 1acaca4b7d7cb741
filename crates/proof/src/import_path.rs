//! Paths with which one file names another: `@path` in a text, and the target of a link.
//!
//! Input: the file that names, and the word. Output: the path from the root, or the word. Not here: reading the files (`tree_files`).

use lessonbook_base::markdown::VisibleToken;

/// Whether a word in the file `from` imports another file: `@path`, relative to the folder of `from`.
pub fn is_import(word: &VisibleToken, from: &str, path: &str) -> bool {
    let VisibleToken::Word(word) = word else {
        return false;
    };
    word.strip_prefix('@')
        .is_some_and(|to| follow(from, to).as_deref() == Some(path))
}

/// The word with which the file `from` imports another file.
pub fn import_word(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (mut up, mut shared) = (folder.split('/').filter(|part| !part.is_empty()).count(), 0);
    for (ours, theirs) in folder.split('/').zip(path.split('/')) {
        if up == 0 || ours != theirs {
            break;
        }
        (up, shared) = (up - 1, shared + ours.len() + 1);
    }
    format!("@{}{}", "../".repeat(up), path.get(shared..).unwrap_or(path))
}

/// The path to which a relative symlink leads, if it is inside the repository.
pub fn follow(path: &str, target: &str) -> Option<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = if target.starts_with('/') {
        return None;
    } else {
        format!("{folder}/{target}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{import_word, is_import};
    use lessonbook_base::markdown::VisibleToken;

    #[test]
    fn an_import_is_relative_to_the_file_that_holds_it() {
        for (from, path, word) in [
            ("CLAUDE.md", "AGENTS.md", "@AGENTS.md"),
            (".claude/CLAUDE.md", "AGENTS.md", "@../AGENTS.md"),
            ("CLAUDE.md", "docs/A.md", "@docs/A.md"),
            ("docs/a/C.md", "docs/A.md", "@../A.md"),
            ("docs/C.md", "docs/A.md", "@A.md"),
            ("docs/C.md", "docsy/A.md", "@../docsy/A.md"),
        ] {
            assert_eq!(import_word(from, path), word);
            assert!(is_import(&VisibleToken::Word(word.into()), from, path));
        }
        let word = VisibleToken::Word("@AGENTS.md".into());
        assert!(!is_import(&word, ".claude/CLAUDE.md", "AGENTS.md"));
        assert!(!is_import(
            &VisibleToken::Code("@AGENTS.md".into()),
            "CLAUDE.md",
            "AGENTS.md"
        ));
        assert!(is_import(
            &VisibleToken::Word("@./AGENTS.md".into()),
            "CLAUDE.md",
            "AGENTS.md"
        ));
    }
}
