//! Which relative paths may be written at all, in a repository or in a folder.
//!
//! Input: a path of an edit. Output: why it is refused. Not here: the area that a policy allows (`pipeline/`).

use lessonbook_store::writable;

/// Why a path must not be written in a target: as [`refused`], or because nothing that acts is ever written there.
pub fn refused_in_target(path: &str) -> Option<String> {
    let acts = || writable::never(path).err().map(|why| format!("`{path}`: {why}"));
    refused(path).or_else(acts)
}

/// Why a path must not be written: it is absolute, leaves its folder, is git's own, or means something else on another
/// system. `None` where nothing is wrong with it.
pub fn refused(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(format!("`{path}` is not relative"));
    }
    for (sign, name) in [('\\', "a backslash"), (':', "a colon")] {
        if path.contains(sign) {
            return Some(format!("`{path}` holds {name}"));
        }
    }
    let strict = gix::validate::path::component::Options::default();
    // gix knows what `.git` looks like to HFS+ and NTFS, and which names are devices on Windows.
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
