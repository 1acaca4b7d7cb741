//! No command prints what a file says that it was given by mistake, and no snippet shows a secret.
//!
//! Input: files that are not plans, records or settings, with a token in them. Output: what kind of file it is, and no byte of the token.
//! Not here: the file `PAUSE` (`pause.rs`), and names (`names.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{Run, Sandbox};

const LESSON: &str =
    "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\n";
const TARGETS: &str = "version: 1\nname: acme\nuse: [claude]\ntargets:\n  ../app: [all]\n";

fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("README.md", "# App\n")]);
    sandbox.repository(
        "store",
        &[("targets.yaml", TARGETS), ("lessons/basics/pin.yaml", LESSON)],
    );
    sandbox
}

/// In no form that a scanner of secrets would know: only printing nothing helps.
const TOKEN: &str = "hunter2-correct-horse";

fn shows_nothing(run: &Run, what: &str) {
    assert!(!format!("{run:?}").contains(TOKEN), "{what}: {run:?}");
    assert!((1..=5).contains(&run.code), "{what}: {run:?}");
}

#[test]
fn a_file_that_is_not_a_plan_is_called_what_it_is_and_not_printed() {
    let world = world();
    assert_eq!(world.run_in("store", &["plan", "--out", "good.json"]).code, 0);
    let files = [
        (format!("{TOKEN}\n"), "it is text, but not JSON"),
        (format!("DB_PASSWORD={TOKEN}\n"), "it is text, but not JSON"),
        (format!("#!/bin/sh\necho {TOKEN}\n"), "it is a script"),
        (format!("password: {TOKEN}\n"), "it is text, but not JSON"),
        (format!("{TOKEN}\0\u{1}"), "it is a binary file"),
        (String::new(), "it is empty"),
        (" \n".to_owned(), "it contains only white space"),
        (format!("\"{TOKEN}\""), "it is JSON, but not an object"),
        (format!("[\"{TOKEN}\"]"), "it is JSON, but not an object"),
        (
            format!("{{\"token\": \"{TOKEN}\"}}"),
            "it is JSON, but has no `format",
        ),
        (
            format!("{{\"format\": \"{TOKEN}\"}}"),
            "its `format` is not \"lessonbook-plan\"",
        ),
        (
            format!("{{\"format\": {{\"a\": \"{TOKEN}\"}}}}"),
            "its `format` is not",
        ),
        (
            format!("{{\"format\": \"{TOKEN}\", \"format\": 1}}"),
            "is not a saved plan",
        ),
        (
            format!("{{ token: {TOKEN} }}"),
            "it starts like JSON but is not JSON",
        ),
        (format!("{{\"token\": \"{TOKEN}\""), "ends in the middle"),
        (
            format!(
                "{{\"format\": \"lessonbook-plan\", \"format_version\": \"{TOKEN}\", \"tool_version\": \"{TOKEN} A\"}}"
            ),
            "is a plan of format version something else",
        ),
        (
            format!(
                "{{\"format\": \"lessonbook-plan\", \"format_version\": \"1.0\", \"digest\": \"{TOKEN}\"}}"
            ),
            "was edited after it was written",
        ),
    ];
    for (text, kind) in &files {
        world.write("store/given", text);
        for args in [
            &["show", "given"][..],
            &["show", "given", "--format", "markdown"],
            &["show", "given", "--format", "json"],
            &["apply", "given", "--yes"],
            &["compare", "given", "good.json"],
            &["compare", "good.json", "given"],
            &["sync", "--yes", "--within", "given"],
        ] {
            let run = world.run_in("store", args);
            shows_nothing(&run, &format!("{args:?} of {text:?}"));
            assert!(run.stderr.contains(kind), "{args:?} of {text:?}: {}", run.stderr);
            assert!(
                run.stderr.contains("help: "),
                "{args:?} of {text:?}: {}",
                run.stderr
            );
        }
    }
    let branches = world.git("app", &["branch", "--list", "lessonbook/*"]);
    assert_eq!(branches, "", "nothing is written");
}

#[test]
fn a_file_that_is_not_a_record_or_a_plan_is_not_written_over_or_printed() {
    let world = world();
    let text = format!("password: {TOKEN}\n");
    world.write("store/given", &text);
    for args in [
        &["sync", "--yes", "--log", "given"][..],
        &["plan", "--out", "given"],
    ] {
        let run = world.run_in("store", args);
        shows_nothing(&run, &format!("{args:?}"));
        assert_eq!(world.read("store/given"), text.as_bytes());
    }
}

#[test]
fn a_snippet_of_a_broken_file_shows_no_secret() {
    let secret = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    for (path, text) in [
        (
            "store/targets.yaml",
            format!("{TARGETS}report: {{ token: {secret}\n"),
        ),
        ("store/targets.yaml", format!("{TARGETS}token: {secret}\n")),
        ("store/targets.yaml", format!("{TARGETS}home: \"{secret}\n")),
        ("store/targets.yaml", format!("{TARGETS}---\ntoken: {secret}\n")),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}owner: {secret} and: more\n"),
        ),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}owner: see #41 {secret}\n"),
        ),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}bad: *{secret}\n"),
        ),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}severity: {secret}\n"),
        ),
        (
            "store/lessons/basics/pin.yaml",
            LESSON.replace("critical", &secret),
        ),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}status: {secret}\n"),
        ),
        ("store/lessons/basics/pin.yaml", format!("{LESSON}{secret}: x\n")),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}review_by: {secret}\n"),
        ),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}paths: [\"{secret}*\"]\n"),
        ),
        (
            "store/lessons/basics/pin.yaml",
            format!("{LESSON}tags: [\"{secret}\"]\n"),
        ),
        ("store/templates/always.md.tera", format!("{{{{ {secret} }}}}\n")),
    ] {
        let world = world();
        world.write(path, &text);
        for args in [
            &["check"][..],
            &["check", "--format", "github"],
            &["check", "--format", "json"],
            &["check", "--format", "sarif"],
            &["plan"],
            &["sync", "--yes"],
        ] {
            let run = world.run_in("store", args);
            assert!(
                !format!("{run:?}").contains(&secret[8..]),
                "{args:?} of {text:?}: {}{}",
                run.stdout,
                run.stderr
            );
        }
    }
}

#[test]
fn verify_shows_no_secret_of_the_file_that_it_looks_at() {
    let world = world();
    assert_eq!(world.run_in("store", &["sync", "--yes"]).code, 0);
    world.git("app", &["merge", "--quiet", "lessonbook/acme"]);
    let secret = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let text = String::from_utf8(world.read("app/CLAUDE.md")).unwrap();
    let edited = text.replace("Pin every version.", &format!("Use {secret} everywhere.\u{202e}"));
    assert_ne!(edited, text);
    world.write("app/CLAUDE.md", edited);
    world.commit("app", "Edit");
    for format in ["human", "json", "github", "sarif"] {
        let run = world.run_in("app", &["verify", "--format", format]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(!format!("{run:?}").contains(&secret[8..]), "{format}: {run:?}");
    }
    for args in [
        &["plan"][..],
        &["plan", "-v"],
        &["plan", "--format", "json"],
        &["status"],
    ] {
        let run = world.run_in("store", args);
        assert!(!run.stderr.contains(&secret[8..]), "{args:?}: {run:?}");
    }
}
