//! What a user of the program sees: streams, exit codes, help.

use std::process::{Command, Stdio};

use support::{Run, Sandbox};

use crate::support;

#[test]
fn help_is_data_and_a_bare_call_is_wrong_use() {
    let help = lessonbook(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for part in ["Examples:", "Exit codes:"] {
        assert!(help.stdout.contains(part), "{}", help.stdout);
    }
    let bare = lessonbook(&[]);
    assert_eq!((bare.code, bare.stdout.as_str()), (2, ""));
    assert!(bare.stderr.contains("Usage: lessonbook"), "{}", bare.stderr);
}

#[test]
fn the_help_of_a_command_ends_with_examples() {
    for command in ["check", "list", "entry-points", "add", "sync"] {
        let help = lessonbook(&[command, "--help"]).stdout;
        let start = format!("Examples:\n  lessonbook {command}");
        assert!(help.contains(&start), "{help}");
    }
}

#[test]
fn an_unknown_word_is_wrong_use_with_the_nearest_one() {
    let run = lessonbook(&["chek"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("'check'"), "{}", run.stderr);
    assert_eq!(lessonbook(&["check", "--format", "xml"]).code, 2);
}

#[test]
fn without_a_store_the_help_shows_how_to_get_one() {
    let run = lessonbook(&["list"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(
        run.stderr,
        "error: there is no store here or in the folders above\n  help: a store is a folder with targets.yaml: change to one, \
         name one with --store DIR, or create one with `lessonbook init`\n"
    );
    let run = lessonbook(&["list", "--store", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.starts_with("error: there is no folder nowhere\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_wrong_day_is_wrong_use() {
    let run = Sandbox::new().run_with(".", &["list"], &[("LESSONBOOK_TODAY", "soon")]);
    assert_eq!(run.code, 2);
    let help = "help: write it as YYYY-MM-DD, or unset it";
    assert!(run.stderr.contains(help), "{}", run.stderr);
}

#[test]
fn colors_come_when_they_are_asked_for_and_not_into_a_pipe() {
    let colored = |args: &[&str], environment: &[(&str, &str)]| {
        let run = Sandbox::new().run_with(".", args, environment);
        run.stderr.contains('\u{1b}')
    };
    assert!(!colored(&["list"], &[]));
    assert!(colored(&["list", "--color", "always"], &[]));
    assert!(colored(&["list"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(
        &["list", "--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(!colored(&["list"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn completions_are_data_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = lessonbook(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        assert!(run.stdout.contains("LESSONBOOK_COMPLETE"), "{shell}");
    }
}

#[test]
fn manual_pages_are_written_one_for_each_command() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["man", "pages/man1"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let pages = std::fs::read_dir(sandbox.path("pages/man1")).unwrap().count();
    assert!(pages > 20, "one for each command: {pages}");
    assert_eq!(run.stderr, format!("man: {pages} pages in pages/man1\n"));
    let page = sandbox.read("pages/man1/lessonbook-check.1");
    let page = String::from_utf8_lossy(&page);
    assert!(
        page.contains("lessonbook\\-check") && page.contains("\\-\\-fix"),
        "{page}"
    );
    let quiet = sandbox.run(&["man", "-q", "pages/man1"]);
    assert_eq!((quiet.code, quiet.stdout + &quiet.stderr), (0, String::new()));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_lessonbook"))
        .args(["completions", "zsh"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(run.stdout.take());
    let done = run.wait_with_output().unwrap();
    assert_eq!(
        (done.status.code(), done.stderr.as_slice()),
        (Some(0), b"".as_slice())
    );
}

/// Runs the program in an empty folder.
fn lessonbook(args: &[&str]) -> Run {
    Sandbox::new().run(args)
}
