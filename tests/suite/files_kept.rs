//! Files that a target keeps to itself: ignored, not committed, encrypted, encoded, linked, or in another letter case.
//!
//! Input: real repositories and the real program. Output: what is proposed, what is left alone, and what is said of it.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{Run, Sandbox};

const BRANCH: &str = "lessonbook/acme";

/// A store with one lesson of a severity, and a target `app` that uses these entry points.
fn world(severity: &str, uses: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\ntargets:\n  ../app: {{ tags: [app], use: [{uses}] }}\n"),
    );
    sandbox.write(
        "store/lessons/ops/probe.yaml",
        format!("title: T\nseverity: {severity}\ntags: [app]\nrule: Keep the rule.\nrationale: It hurt.\n"),
    );
    sandbox.init("app");
    sandbox
}

fn scoped(sandbox: &Sandbox, severity: &str, glob: &str) {
    sandbox.write(
        "store/lessons/ops/paths.yaml",
        format!("title: T\nseverity: {severity}\ntags: [app]\npaths: [\"{glob}\"]\nrule: Set limits.\nrationale: It hurt.\n"),
    );
}

fn plan(sandbox: &Sandbox) -> String {
    sandbox.run_in("store", &["plan"]).stdout
}

fn sync(sandbox: &Sandbox) -> Run {
    sandbox.run_in("store", &["sync", "--yes"])
}

/// The files of our branch that the base does not hold, or holds otherwise.
fn proposed(sandbox: &Sandbox) -> Vec<String> {
    let done = sandbox.try_git("app", &["diff", "--name-only", "main", BRANCH]);
    String::from_utf8_lossy(&done.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn an_ignored_entry_point_stays_private_and_the_others_receive_their_lessons() {
    for (rules, ignored) in [
        (vec![(".gitignore", "CLAUDE.md\n")], true),
        (vec![(".gitignore", "*.md\n!AGENTS.md\n")], true),
        (vec![(".gitignore", "*.md\n!CLAUDE.md\n!AGENTS.md\n")], false),
        (vec![(".gitignore", "docs/CLAUDE.md\n")], false),
    ] {
        let sandbox = world("critical", "claude, agents");
        for (path, text) in rules {
            sandbox.write(&format!("app/{path}"), text);
        }
        sandbox.commit("app", "First");
        sandbox.write("app/CLAUDE.md", "my private notes\n");
        if !ignored {
            sandbox.git("app", &["add", "CLAUDE.md"]);
            sandbox.git("app", &["commit", "-qm", "Mine"]);
        }
        let said = plan(&sandbox);
        assert_eq!(said.contains("entry-point-ignored"), ignored, "{said}");
        assert_eq!(sync(&sandbox).code, 0);
        let expected: &[&str] = if ignored {
            &["AGENTS.md"]
        } else {
            &["AGENTS.md", "CLAUDE.md"]
        };
        assert_eq!(proposed(&sandbox), expected);
        sandbox.git("app", &["merge", "--quiet", BRANCH]);
        let kept = String::from_utf8(sandbox.read("app/CLAUDE.md")).unwrap();
        assert!(kept.contains("my private notes"), "{kept}");
        assert!(!plan(&sandbox).contains("   STALE"));
    }
}

#[test]
fn every_place_of_ignore_rules_counts() {
    let ignored_at = |prepare: &dyn Fn(&Sandbox)| {
        let sandbox = world("critical", "agents, copilot, copilot-scoped, reference");
        scoped(&sandbox, "critical", "**/*.py");
        sandbox.write("app/a.py", "x\n");
        prepare(&sandbox);
        sandbox.commit("app", "First");
        let run = sync(&sandbox);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        proposed(&sandbox)
    };
    let all = ignored_at(&|_| {});
    assert_eq!(all.len(), 4, "{all:?}");
    let without = |gone: &[&str]| -> Vec<String> {
        all.iter()
            .filter(|path| !gone.contains(&path.as_str()))
            .cloned()
            .collect()
    };
    let copilot = ".github/copilot-instructions.md";
    assert_eq!(
        ignored_at(&|sandbox| sandbox.write("app/.github/.gitignore", "/copilot-instructions.md\n")),
        without(&[copilot])
    );
    assert_eq!(
        ignored_at(&|sandbox| sandbox.write("app/.gitignore", "docs/\n")),
        without(&["docs/ai-lessons.md"])
    );
    assert_eq!(
        ignored_at(&|sandbox| sandbox.write("app/.github/instructions/.gitignore", "/ops.*\n")),
        without(&[".github/instructions/ops.instructions.md"])
    );
    assert_eq!(
        ignored_at(&|sandbox| sandbox.write("app/.git/info/exclude", "AGENTS.md\n")),
        without(&["AGENTS.md"])
    );
    assert_eq!(
        ignored_at(&|sandbox| {
            sandbox.write("app/.git/mine", "docs\n");
            sandbox.git("app", &["config", "core.excludesFile", ".git/mine"]);
        }),
        without(&["docs/ai-lessons.md"])
    );
}

#[test]
fn a_reference_that_is_ignored_is_not_linked_to() {
    let sandbox = world("critical", "agents, reference");
    sandbox.write("app/.gitignore", "docs/\n");
    sandbox.commit("app", "First");
    assert_eq!(sync(&sandbox).code, 0);
    let text = sandbox.git("app", &["show", &format!("{BRANCH}:AGENTS.md")]);
    assert!(!text.contains("ai-lessons"), "{text}");
}

#[test]
fn where_the_only_file_of_every_session_is_ignored_the_target_is_refused() {
    let sandbox = world("critical", "claude, reference");
    sandbox.write("app/.gitignore", "CLAUDE.md\n");
    sandbox.commit("app", "First");
    let said = plan(&sandbox);
    assert!(
        said.contains("   REFUSED\n") && said.contains("error[entry-point-ignored]"),
        "{said}"
    );
    assert_eq!(proposed(&sandbox), [""; 0]);
}

#[test]
fn a_tracked_file_is_written_whatever_gitignore_says() {
    let sandbox = world("critical", "claude");
    sandbox.write("app/CLAUDE.md", "# App\n");
    sandbox.commit("app", "First");
    sandbox.write("app/.gitignore", "CLAUDE.md\n");
    sandbox.commit("app", "Ignore");
    assert_eq!(sync(&sandbox).code, 0);
    assert_eq!(proposed(&sandbox), ["CLAUDE.md"]);
}

#[test]
fn a_file_that_is_not_committed_is_not_replaced() {
    let sandbox = world("critical", "claude, agents");
    sandbox.write("app/README.md", "# App\n");
    sandbox.commit("app", "First");
    sandbox.write("app/CLAUDE.md", "my draft\n");
    let said = plan(&sandbox);
    assert!(said.contains("warning[entry-point-untracked]"), "{said}");
    assert_eq!(sync(&sandbox).code, 0);
    assert_eq!(proposed(&sandbox), ["AGENTS.md"]);
    sandbox.git("app", &["merge", "--quiet", BRANCH]);
    assert_eq!(sandbox.read("app/CLAUDE.md"), b"my draft\n");
    // Once it is committed, it is a file like any other.
    sandbox.commit("app", "Mine");
    assert_eq!(sync(&sandbox).code, 0);
    assert_eq!(proposed(&sandbox), ["CLAUDE.md"]);
}

#[test]
fn encrypted_and_filtered_files_are_left_alone_new_ones_too() {
    let crypt = b"\0GITCRYPT\0\x01\x02\x03\xff\xfeabcdefghijklmnop";
    let transcrypt = b"U2FsdGVkX1+Pm2UV0l4T2hFhk3sQ0m0wVJvWQ==\n";
    for (attributes, bytes) in [
        ("CLAUDE.md filter=git-crypt diff=git-crypt\n", Some(&crypt[..])),
        (
            "* filter=git-crypt\n.gitattributes !filter\nAGENTS.md !filter\n",
            None,
        ),
        (
            "[attr]secret filter=git-crypt diff=git-crypt\nCLAUDE.md secret\n",
            None,
        ),
        ("CLAUDE.md filter=lfs diff=lfs merge=lfs -text\n", None),
        ("CLAUDE.md filter=mine\n", Some(&b"# App\n"[..])),
        ("# nothing\n", Some(&transcrypt[..])),
    ] {
        for severity in ["critical", "high"] {
            let sandbox = world(severity, "claude, agents");
            sandbox.write("app/.gitattributes", attributes);
            if let Some(bytes) = bytes {
                sandbox.write("app/CLAUDE.md", bytes);
            }
            // The filter's program is not there: what is committed is what is on disk.
            sandbox.commit("app", "First");
            let said = plan(&sandbox);
            assert!(
                said.contains("content-filtered]") || said.contains("lfs-pointer]"),
                "{attributes}: {said}"
            );
            sync(&sandbox);
            let expected: &[&str] = if severity == "critical" {
                &[]
            } else {
                &["AGENTS.md"]
            };
            assert_eq!(proposed(&sandbox), expected, "{attributes}");
        }
    }
}

#[test]
fn attributes_of_a_folder_and_of_the_clone_count() {
    for (path, text) in [
        (
            "app/.github/.gitattributes",
            "copilot-instructions.md filter=git-crypt\n",
        ),
        ("app/.git/info/attributes", ".github/** filter=git-crypt\n"),
    ] {
        let sandbox = world("high", "copilot, agents");
        sandbox.write(path, text);
        sandbox.commit("app", "First");
        assert_eq!(sync(&sandbox).code, 0);
        assert_eq!(proposed(&sandbox), ["AGENTS.md"], "{path}");
    }
    let sandbox = world("high", "copilot, agents");
    sandbox.write("app/.gitattributes", "*.md text eol=crlf\n*.bin binary\n");
    sandbox.commit("app", "First");
    assert_eq!(sync(&sandbox).code, 0);
    assert_eq!(proposed(&sandbox).len(), 2, "line endings change no word");
    let text = sandbox.git("app", &["show", &format!("{BRANCH}:AGENTS.md")]);
    assert!(
        !text.contains('\r'),
        "the repository holds LF, and git makes CRLF of it on disk"
    );
}

#[test]
fn our_block_stays_in_a_file_that_a_filter_takes_over() {
    let sandbox = world("high", "claude, agents");
    sandbox.commit("app", "First");
    sync(&sandbox);
    sandbox.git("app", &["merge", "--quiet", BRANCH]);
    sandbox.write("app/.gitattributes", "CLAUDE.md filter=mine\n");
    sandbox.commit("app", "Filter");
    let said = plan(&sandbox);
    assert!(
        said.contains("warning[content-filtered]") && !said.contains("   REFUSED\n"),
        "{said}"
    );
    sync(&sandbox);
    assert_eq!(proposed(&sandbox), [""; 0]);
}

#[test]
fn a_file_that_is_utf_16_on_disk_is_refused_and_verify_says_so() {
    let sandbox = world("critical", "claude");
    sandbox.write(
        "app/.gitattributes",
        "CLAUDE.md text working-tree-encoding=UTF-16LE-BOM\n",
    );
    sandbox.write("app/CLAUDE.md", b"\xff\xfe#\0 \0A\0\n\0");
    sandbox.commit("app", "First");
    let said = plan(&sandbox);
    assert!(
        said.contains("error[not-text]") && said.contains("UTF-16LE-BOM"),
        "{said}"
    );
    let run = sandbox.run_in("app", &["verify"]);
    assert!(
        run.code == 0 && run.stdout.contains("warning[not-text]"),
        "{run:?}"
    );
    let run = sandbox.run_in("app", &["verify", "--expect", "claude"]);
    assert!(run.code == 1 && run.stdout.contains("error[not-text]"), "{run:?}");
    assert!(!run.stdout.contains("block-missing"), "{}", run.stdout);
    sandbox.write("app/.gitattributes", "CLAUDE.md working-tree-encoding=UTF-8\n");
    sandbox.write("app/CLAUDE.md", "# App\n");
    sandbox.commit("app", "Plain");
    assert_eq!(sync(&sandbox).code, 0);
}

#[test]
fn a_file_in_another_letter_case_stops_only_what_it_must() {
    let sandbox = world("high", "claude, agents");
    sandbox.write("app/Claude.md", "# Mine\n");
    sandbox.commit("app", "First");
    let said = plan(&sandbox);
    assert!(said.contains("warning[case-variant]"), "{said}");
    sync(&sandbox);
    assert_eq!(proposed(&sandbox), ["AGENTS.md"]);
    let sandbox = world("critical", "claude, agents");
    sandbox.write("app/Claude.md", "# Mine\n");
    sandbox.commit("app", "First");
    let said = plan(&sandbox);
    assert!(
        said.contains("error[case-variant]") && said.contains("rename it to `CLAUDE.md`"),
        "{said}"
    );
}

#[test]
fn in_a_family_our_file_is_put_beside_one_in_another_letter_case() {
    for name in [
        "Ops.instructions.md",
        "OPS.instructions.md",
        "ops.Instructions.md",
    ] {
        let sandbox = world("critical", "claude, copilot-scoped");
        scoped(&sandbox, "critical", "**/*.py");
        sandbox.write("app/a.py", "x\n");
        sandbox.write(
            &format!("app/.github/instructions/{name}"),
            "---\napplyTo: \"**/*.py\"\n---\n# Team\n",
        );
        sandbox.commit("app", "First");
        let run = sync(&sandbox);
        assert_eq!(run.code, 0, "{name}: {}", run.stdout);
        assert!(proposed(&sandbox).contains(&".github/instructions/ops.lessons.instructions.md".to_owned()));
        assert!(!proposed(&sandbox).contains(&".github/instructions/ops.instructions.md".to_owned()));
        sandbox.git("app", &["merge", "--quiet", BRANCH]);
        assert!(!plan(&sandbox).contains("   STALE"), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_git_checks_out_as_text_stays_a_link() {
    let sandbox = world("critical", "claude, agents?");
    sandbox.write("app/AGENTS.md", "# App\n");
    std::os::unix::fs::symlink("AGENTS.md", sandbox.path("app/CLAUDE.md")).unwrap();
    sandbox.commit("app", "First");
    sandbox.git(
        ".",
        &["clone", "--quiet", "-c", "core.symlinks=false", "app", "win"],
    );
    let targets = "version: 1\nname: acme\ntargets:\n  ../win: { tags: [app], use: [claude, agents?] }\n";
    sandbox.write("store/targets.yaml", targets);
    let render = || sandbox.run_in("win", &["--store", "../store", "render", "--out", "."]);
    let run = render();
    assert_eq!(
        (run.code, sandbox.read("win/CLAUDE.md")),
        (0, b"AGENTS.md".to_vec()),
        "{run:?}"
    );
    let agents = String::from_utf8(sandbox.read("win/AGENTS.md")).unwrap();
    assert!(agents.contains("lessonbook:begin acme"), "{agents}");
    assert_eq!(sandbox.git("win", &["diff", "--name-only"]), "AGENTS.md");
    let run = sandbox.run_in("win", &["verify", "--expect", "claude"]);
    assert_eq!(run.code, 0, "{run:?}");
    // The index says what git would commit: once it is a file there, it is one.
    sandbox.git("win", &["rm", "--quiet", "--cached", "CLAUDE.md"]);
    sandbox.write("win/CLAUDE.md", "# Mine\n");
    sandbox.git("win", &["add", "CLAUDE.md"]);
    assert_eq!(render().code, 0);
    let claude = String::from_utf8(sandbox.read("win/CLAUDE.md")).unwrap();
    assert!(
        claude.contains("# Mine") && claude.contains("lessonbook:begin acme"),
        "{claude}"
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_checked_out_as_text_is_not_written_through() {
    let sandbox = world("high", "copilot, agents");
    sandbox.write("app/shared/x.md", "x\n");
    std::os::unix::fs::symlink("shared", sandbox.path("app/.github")).unwrap();
    sandbox.commit("app", "First");
    sandbox.git(
        ".",
        &["clone", "--quiet", "-c", "core.symlinks=false", "app", "win"],
    );
    let targets = "version: 1\nname: acme\ntargets:\n  ../win: { tags: [app], use: [copilot, agents] }\n";
    sandbox.write("store/targets.yaml", targets);
    let run = sandbox.run_in("win", &["--store", "../store", "render", "--out", "."]);
    assert!(run.stderr.contains("`.github` is a symbolic link"), "{run:?}");
    assert_eq!(sandbox.read("win/.github"), b"shared");
}

#[test]
fn render_into_a_work_tree_leaves_what_git_ignores() {
    let sandbox = world("critical", "claude, agents");
    sandbox.write("app/.gitignore", "CLAUDE.md\n");
    sandbox.commit("app", "First");
    sandbox.write("app/CLAUDE.md", "private\n");
    let run = sandbox.run_in("app", &["--store", "../store", "render", "../app", "--out", "."]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.read("app/CLAUDE.md"), b"private\n");
    assert!(sandbox.path("app/AGENTS.md").exists());
}
