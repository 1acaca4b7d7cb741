//! Compares the rules with the answers of git itself for the same files.

use std::process::Command;

use super::*;
use crate::tree::Mode;

/// A repository with these files on disk, and the same as a [`Tree`].
fn repository_and_tree(files: &[(&str, &str)], exclude: &str, attributes: &str) -> (tempfile::TempDir, Tree) {
    let folder = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let done = Command::new("git")
            .args(args)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(done.status.success());
    };
    git(&["init", "--quiet"]);
    let mut tree = Tree::new();
    for (path, text) in files {
        let full = folder.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text).unwrap();
        tree.load(*path, Mode::File, *text);
    }
    std::fs::create_dir_all(folder.path().join(".git/info")).unwrap();
    std::fs::write(folder.path().join(".git/info/exclude"), exclude).unwrap();
    std::fs::write(folder.path().join(".git/info/attributes"), attributes).unwrap();
    tree.set_local(LocalState {
        excludes: vec![(".git/info/exclude".into(), exclude.into())],
        attributes_above: vec![(".git/info/attributes".into(), attributes.into())],
        ..LocalState::default()
    });
    (folder, tree)
}

fn git(folder: &tempfile::TempDir, args: &[&str]) -> String {
    let done = Command::new("git")
        .args(args)
        .current_dir(folder.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned()
}

const PATHS: [&str; 8] = [
    "CLAUDE.md",
    "AGENTS.md",
    "docs/ai-lessons.md",
    ".github/copilot-instructions.md",
    ".github/instructions/ops.instructions.md",
    ".claude/rules/ops.md",
    ".cursor/rules/ops.mdc",
    "deep/er/AGENTS.md",
];

#[test]
fn git_ignores_the_same_paths() {
    let cases: &[&[(&str, &str)]] = &[
        &[(".gitignore", "CLAUDE.md\n")],
        &[(".gitignore", "# a\n\n/AGENTS.md   \n*.mdc\r\n")],
        &[(".gitignore", "docs/\n!docs/ai-lessons.md\n")],
        &[(".gitignore", "docs/*\n!docs/ai-lessons.md\n")],
        &[(".gitignore", "*.md\n!CLAUDE.md\n")],
        &[
            (".gitignore", "*\n!.github/\n"),
            (".github/.gitignore", "!*.md\ninstructions\n"),
        ],
        &[(".gitignore", ".claude\n"), (".claude/.gitignore", "!rules/\n")],
        &[(
            ".github/.gitignore",
            "/instructions/*.md\n!instructions/ops.instructions.md\n",
        )],
        &[(".github/instructions/.gitignore", "*\n!ops*\n")],
        &[(".gitignore", "**/rules/\n\\#x\n\\!y\nAGENTS.m[d]\n")],
        &[(".gitignore", "/deep/**/AGENTS.md\n.GITHUB\n")],
        &[
            ("deep/.gitignore", "AGENTS.md\n"),
            ("deep/er/.gitignore", "!AGENTS.md\n"),
        ],
    ];
    for files in cases {
        for exclude in ["", "AGENTS.md\n/docs\n", "!CLAUDE.md\n"] {
            let (folder, tree) = repository_and_tree(files, exclude, "");
            for path in PATHS {
                let theirs = !git(&folder, &["check-ignore", "--no-index", path]).is_empty();
                assert_eq!(
                    ignored(&tree, path).is_some(),
                    theirs,
                    "{files:?} {exclude:?}: {path}"
                );
            }
        }
    }
}

#[test]
fn git_converts_the_same_files() {
    let cases: &[&[(&str, &str)]] = &[
        &[(
            ".gitattributes",
            "* filter=git-crypt diff=git-crypt\nAGENTS.md !filter !diff\n.gitattributes -filter\n",
        )],
        &[(
            ".gitattributes",
            "CLAUDE.md text working-tree-encoding=UTF-16LE-BOM eol=crlf\nAGENTS.md working-tree-encoding=utf8\n",
        )],
        &[(
            ".gitattributes",
            "[attr]secret filter=git-crypt diff=git-crypt\n*.md secret\ndocs/** -secret\n",
        )],
        &[(
            ".gitattributes",
            "[attr]secret filter=x\nCLAUDE.md secret\nAGENTS.md !secret\n*.mdc binary\n",
        )],
        &[
            (".gitattributes", "*.md filter=lfs\n"),
            (
                ".github/.gitattributes",
                "*.md -filter\ninstructions/* filter=other\n",
            ),
        ],
        &[
            (".github/.gitattributes", "[attr]no filter=x\n*.md no\n"),
            ("docs/.gitattributes", "* filter=y\n"),
        ],
        &[(
            ".gitattributes",
            "docs/ filter=x\n/deep/** filter=y\n.claude/rules/*.md filter\n\"CLAUDE.md\" filter=quoted\n",
        )],
    ];
    for files in cases {
        for attributes in ["", "CLAUDE.md filter=mine\n", "*.md -filter\n"] {
            let (folder, tree) = repository_and_tree(files, "", attributes);
            for path in PATHS {
                let answer = git(
                    &folder,
                    &["check-attr", "filter", "working-tree-encoding", "--", path],
                );
                let value = |name: &str| {
                    let start = format!("{path}: {name}: ");
                    let value = answer
                        .lines()
                        .find_map(|line| line.strip_prefix(&start))
                        .unwrap()
                        .to_owned();
                    (!["set", "unset", "unspecified"].contains(&value.as_str())).then_some(value)
                };
                let theirs = Conversion {
                    filter: value("filter"),
                    encoding: value("working-tree-encoding").filter(|name| !is_utf8(name)),
                };
                assert_eq!(
                    conversion(&tree, path),
                    theirs,
                    "{files:?} {attributes:?}: {path}"
                );
            }
        }
    }
}

#[test]
fn ciphertext_is_known_by_its_first_bytes() {
    for bytes in [
        &b"\0GITCRYPT\0\x01\x02"[..],
        b"U2FsdGVkX1+abc=\n",
        b"\xef\xbb\xbfSalted__x",
        b"age-encryption.org/v1\n-> X25519",
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
        b"{\n\t\"data\": \"ENC[AES256_GCM,data:x]\",\n\t\"sops\": {}\n}",
    ] {
        assert!(encrypted_by(bytes).is_some(), "{bytes:?}");
    }
    for bytes in [
        &b""[..],
        b"# App\n\nWe use git-crypt: `\\0GITCRYPT`.\n",
        b"Text with ENC[AES256_GCM,x] and \"sops\".\n",
    ] {
        assert_eq!(encrypted_by(bytes), None);
    }
}

#[test]
fn a_rule_is_named_with_its_file_and_line() {
    let mut tree = Tree::new();
    tree.load(".github/.gitignore", Mode::File, "# private\n\n/instructions/\n");
    assert_eq!(
        ignored(&tree, ".github/instructions/ops.instructions.md").as_deref(),
        Some(".github/.gitignore, line 3 (`/instructions/`)")
    );
}

#[test]
fn only_rule_files_above_an_entry_point_are_read() {
    let rows = || [".github/instructions", "CLAUDE.md"].into_iter();
    for path in [
        ".gitignore",
        ".gitattributes",
        ".github/.gitignore",
        ".github/instructions/.gitattributes",
    ] {
        assert!(is_rule_file(path, rows()), "{path}");
    }
    for path in [
        "src/.gitignore",
        ".git/.gitignore",
        "CLAUDE.md",
        ".github/x/.gitignore",
        "x.gitignore",
    ] {
        assert!(!is_rule_file(path, rows()), "{path}");
    }
}
