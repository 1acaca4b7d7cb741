//! The questions of `import` on a terminal: take, edit, skip, merge, quit.
//!
//! Input: answers typed at a pseudo-terminal (`script` of util-linux). Output: the files of the store. Skipped with a message where
//! there is no such program.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use crate::support::{Run, Sandbox};

const RULES: &str = "# Rules\n\n- Never log a password; it leaks to everyone who reads the logs.\n- Always use `uv` to install packages.\n\
    - Never push to main; open a pull request.\n";

fn store() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", RULES)]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [python]\n",
    );
    sandbox
}

/// Runs `import` with these answers, one a line; none without a pseudo-terminal.
fn answered(sandbox: &Sandbox, answers: &[&str]) -> Option<Run> {
    if !sandbox
        .shell(".", "script --version || true")
        .stdout
        .contains("util-linux")
    {
        eprintln!("skipped: there is no `script` of util-linux");
        return None;
    }
    sandbox.write("answers", answers.join("\n") + "\n");
    Some(sandbox.shell(
        ".",
        "script -qec 'lessonbook import --store store' /dev/null < answers",
    ))
}

/// The lesson files of the store with their texts.
fn lessons(sandbox: &Sandbox) -> Vec<String> {
    if !sandbox.path("store/lessons").exists() {
        return Vec::new();
    }
    let files = sandbox.files("store/lessons").into_values();
    files.map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn each_rule_is_taken_edited_or_skipped_as_it_was_answered() {
    let sandbox = store();
    let answers = ["take", "edit", "", "Install packages with `uv` only.", "skip"];
    let Some(run) = answered(&sandbox, &answers) else {
        return;
    };
    assert_eq!(run.code, 0, "{run:?}");
    for words in ["1 of 3", "3 of 3", "What to do", "a rule needs words", "draft"] {
        assert!(run.stdout.contains(words), "no `{words}`: {}", run.stdout);
    }
    let lessons = lessons(&sandbox);
    assert_eq!(lessons.len(), 2, "{lessons:?}");
    assert!(lessons.iter().all(|text| text.contains("status: draft")));
    assert!(
        lessons
            .iter()
            .any(|text| text.contains("Install packages with `uv` only."))
    );
    assert!(sandbox.run(&["check", "--store", "store"]).code == 0);
}

#[test]
fn quitting_keeps_what_was_answered_before_and_an_empty_line_skips() {
    let sandbox = store();
    let Some(run) = answered(&sandbox, &["", "1", "quit"]) else {
        return;
    };
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(lessons(&sandbox).len(), 1);
}

#[test]
fn merging_appends_sources_to_a_lesson_with_and_without_some() {
    let sandbox = store();
    let text = "title: Uv\nseverity: high\ntags: [python]\nrule: Packages come from uv.\nrationale: One lock file.\n";
    sandbox.write("store/lessons/tools/uv.yaml", text);
    let merge = ["skip", "merge", "nobody", "uv", "quit"];
    let Some(run) = answered(&sandbox, &merge) else {
        return;
    };
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("the store has no lesson `nobody`"),
        "{}",
        run.stdout
    );
    let first = lessons(&sandbox).remove(0);
    assert!(
        first.starts_with(text) && first.matches("  - { repository:").count() == 1,
        "{first}"
    );
    // Another repository says it, too; a comment behind the list stays where it is.
    sandbox.write(
        "store/lessons/tools/uv.yaml",
        format!("{first}# Reviewed in May.\nowner: '@acme/tools'\n"),
    );
    sandbox.repository(
        "web",
        &[(
            "AGENTS.md",
            "# Rules\n\n- Always use `uv` to install every package.\n",
        )],
    );
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../web: [python]\n",
    );
    let run = answered(&sandbox, &["merge", "uv"]).unwrap();
    assert_eq!(run.code, 0, "{run:?}");
    let second = lessons(&sandbox).remove(0);
    let own = first.lines().last().unwrap();
    let added = second.lines().find(|line| line.contains("../web")).unwrap();
    assert_eq!(
        second,
        format!("{first}{added}\n# Reviewed in May.\nowner: '@acme/tools'\n"),
        "{own}"
    );
    assert_eq!(sandbox.run(&["check", "--store", "store"]).code, 0);
    // A list on one line can't be extended without rewriting it.
    let inline = format!("{text}sources: [{{ repository: x, path: y, line: 1 }}]\n");
    sandbox.write("store/lessons/tools/uv.yaml", &inline);
    let run = answered(&sandbox, &["merge", "uv"]).unwrap();
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stdout
            .contains("its `sources` are not a list with one item on each line"),
        "{}",
        run.stdout
    );
    assert_eq!(lessons(&sandbox), [inline]);
}
