//! Names and paths that are refused in `check`, before any target is planned; and paths in two Unicode spellings.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::Sandbox;

fn store(rows: &str, name: &str, topic: &str, id: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: {name}\n{rows}targets:\n  ../app: {{ tags: [app], use: [claude] }}\n"),
    );
    sandbox.write(
        &format!("store/lessons/{topic}/{id}.yaml"),
        "title: T\nseverity: critical\ntags: [app]\nrule: Keep the rule.\nrationale: It hurt.\n",
    );
    sandbox.init("app");
    sandbox.write("app/README.md", "# App\n");
    sandbox.commit("app", "First");
    sandbox
}

#[test]
fn what_windows_takes_for_a_device_is_refused_as_a_name() {
    for (name, topic, id, code) in [
        ("acme", "aux", "probe", "bad-topic"),
        ("acme", "com1", "probe", "bad-topic"),
        ("acme", "ops", "con", "bad-id"),
        ("nul", "ops", "probe", "bad-store-name"),
    ] {
        let sandbox = store("", name, topic, id);
        let run = sandbox.run_in("store", &["check"]);
        assert!(
            run.code == 1 && run.stdout.contains(&format!("error[{code}]")),
            "{run:?}"
        );
        assert!(run.stdout.contains("Windows"), "{}", run.stdout);
        assert_ne!(sandbox.run_in("store", &["sync", "--yes"]).code, 0);
    }
    let sandbox = store("", "acme", "ops", "probe");
    assert_eq!(sandbox.run_in("store", &["check"]).code, 0);
}

#[test]
fn a_row_that_would_write_what_acts_is_refused_by_check_and_writes_nothing() {
    for path in [
        ".claude/skills/deploy/SKILL.md",
        ".GITHUB/Prompts/x.md",
        "apps/web/.github/workflows/x.md",
        ".cursor/commands/x.md",
        ".woodpecker/x.md",
        "docs/what?.md",
        "docs/lpt1.md",
    ] {
        let rows =
            format!("entry_points:\n  mine: {{ kind: always, path: \"{path}\" }}\nuse: [claude, mine]\n");
        let sandbox = store(&rows, "acme", "ops", "probe");
        let run = sandbox.run_in("store", &["check"]);
        assert!(
            run.code == 1 && run.stdout.contains("error[not-writable]"),
            "{path}: {run:?}"
        );
        sandbox.run_in("store", &["sync", "--yes"]);
        assert_eq!(sandbox.git("app", &["branch", "--list", "lessonbook/*"]), "");
    }
}

const COMPOSED: &str = "gr\u{f6}\u{df}e";
const DECOMPOSED: &str = "gro\u{308}\u{df}e";

fn with_paths(severity: &str, tags: &str, glob: &str, folder: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../app: { tags: [app], use: [claude, copilot-scoped, claude-rules, cursor-rules] }\n",
    );
    sandbox.write(
        "store/lessons/ops/size.yaml",
        format!("title: T\nseverity: {severity}\n{tags}paths: [\"{glob}\"]\nrule: Keep the rule.\nrationale: It hurt.\n"),
    );
    sandbox.write(
        "store/lessons/ops/other.yaml",
        "title: T\nseverity: low\ntags: [app]\nrule: Be kind.\nrationale: It helps.\n",
    );
    sandbox.init("app");
    sandbox.write(&format!("app/{folder}/a.py"), "x\n");
    sandbox.commit("app", "First");
    sandbox
}

#[test]
fn a_folder_in_the_other_unicode_spelling_is_matched_and_loaded() {
    for tags in ["", "tags: [app]\n"] {
        for (glob, folder) in [
            (COMPOSED, DECOMPOSED),
            (DECOMPOSED, COMPOSED),
            (COMPOSED, COMPOSED),
        ] {
            let sandbox = with_paths("critical", tags, &format!("{glob}/**"), folder);
            let run = sandbox.run_in("store", &["check"]);
            assert!(
                run.code == 0 && !run.stdout.contains("glob-matches-nothing"),
                "{run:?}"
            );
            let run = sandbox.run_in("store", &["sync", "--yes"]);
            assert_eq!(run.code, 0, "{run:?}");
            for file in [
                ".github/instructions/ops.instructions.md",
                ".claude/rules/ops.md",
                ".cursor/rules/ops.mdc",
            ] {
                let text = sandbox.git("app", &["show", &format!("lessonbook/acme:{file}")]);
                let front = text.split("\n---").next().unwrap_or_default();
                assert!(front.contains(&format!("{folder}/**")), "{file}: {text}");
            }
            let run = sandbox.run_in("store", &["explain", "../app", &format!("{folder}/a.py")]);
            assert!(run.stdout.contains("size"), "{run:?}");
        }
    }
}

#[test]
fn a_path_that_mixes_the_spellings_is_named_with_both() {
    let folder = format!("{COMPOSED}/{DECOMPOSED}");
    let glob = format!("{COMPOSED}/{COMPOSED}/**");
    for (severity, level) in [("critical", "error"), ("high", "warning")] {
        let sandbox = with_paths(severity, "", &glob, &folder);
        for command in ["check", "plan"] {
            let run = sandbox.run_in("store", &[command]);
            let said = run.stdout.replace('\n', " ");
            assert!(said.contains(&format!("{level}[path-normal-form]")), "{said}");
            assert!(
                said.contains("gr\\u00f6\\u00dfe/gro\\u0308\\u00dfe/a.py"),
                "{said}"
            );
        }
    }
    // The way out works as it is written.
    let sandbox = with_paths(
        "critical",
        "",
        "gr\\u00f6\\u00dfe/gro\\u0308\\u00dfe/a.py",
        &folder,
    );
    assert_eq!(sandbox.run_in("store", &["sync", "--yes"]).code, 0);
}
