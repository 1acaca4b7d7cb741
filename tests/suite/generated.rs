//! Files that are generated from the program are up to date.
//!
//! `LESSONBOOK_REFRESH=1 cargo test --test suite generated` refreshes them.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't write")]

use std::path::PathBuf;
use std::process::Command;

const REFRESH: &str = "LESSONBOOK_REFRESH";

#[test]
fn the_command_line_reference_is_fresh() {
    check("docs/cli.md", &lessonbook::cli::reference());
}

#[test]
fn the_schemas_that_are_printed_are_those_in_the_docs_and_valid() {
    for name in ["lesson", "targets", "plan"] {
        let run = Command::new(env!("CARGO_BIN_EXE_lessonbook"))
            .args(["schema", name])
            .output()
            .unwrap();
        assert!(run.status.success() && run.stderr.is_empty());
        let schema: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        check(
            &format!("docs/schema/{name}.json"),
            &String::from_utf8(run.stdout).unwrap(),
        );
    }
}

/// Compares a file with what it should be, or writes it.
fn check(file: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os(REFRESH).is_some_and(|value| !value.is_empty()) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == expected,
        "{file} is stale; `{REFRESH}=1 cargo test --test suite generated` refreshes it"
    );
}
