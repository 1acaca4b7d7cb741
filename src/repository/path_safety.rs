//! Decides which relative paths may be written in a repository or folder.
//!
//! Input: a path of an edit. Output: why it is refused, or `None`. Not here: the paths that a policy allows (`pipeline/`).

use lessonbook_store::writable;

/// Why a path must not be written in a target: for a reason of [`refused`], or because it is a file that programs execute or
/// obey, such as a workflow.
pub fn refused_in_target(path: &str) -> Option<String> {
    let acts = || writable::never(path).err().map(|why| format!("`{path}`: {why}"));
    refused(path).or_else(acts)
}

/// Why a path must not be written: it is absolute, leads out of its folder, is inside `.git`, or means something else on
/// another operating system. `None` if it may be written.
pub fn refused(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(format!("`{path}` is not relative"));
    }
    for (sign, name) in [('\\', "a backslash"), (':', "a colon")] {
        if path.contains(sign) {
            return Some(format!("`{path}` contains {name}"));
        }
    }
    let strict = gix::validate::path::component::Options::default();
    // gix knows which names HFS+ and NTFS treat as `.git`, and which names are devices on Windows.
    path.split('/').find_map(|part| {
        gix::validate::path::component(part.into(), None, strict)
            .err()
            .map(|error| format!("`{path}` is refused: {error}").replace(char::is_control, "?"))
    })
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn paths_that_leave_or_act_are_refused() {
        let paths = [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            ".git/config",
            "a/.GIT/x",
            ".Git",
            ".g\u{200c}it/x",
            "git~1/x",
            "a\\b",
            "C:/x",
            "a:stream",
            "aux.md",
            "a\nb.md",
            "trailing./x",
        ];
        for path in paths {
            assert!(refused(path).is_some(), "{path:?} was not refused");
        }
    }

    #[test]
    fn ordinary_paths_are_not_refused() {
        for path in [
            "CLAUDE.md",
            ".github/copilot-instructions.md",
            ".claude/rules/a.md",
            "docs/ai lessons.md",
            "ä/[x]$(y){z}.md",
            ".gitlab/x",
        ] {
            assert_eq!(refused(path), None);
        }
    }
}
