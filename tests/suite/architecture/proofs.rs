//! The rules see what they look for: made-up files, and what must be found in them.

use super::source::split;
use super::*;

#[test]
fn an_import_that_points_up_is_found_in_any_spelling() {
    for code in [
        "use crate::commands::sync;",
        "use crate::{\n    report::Printer,\n    commands::{self as c},\n};",
        "fn f(x: &crate::commands::Command) {}",
        "use super::commands;",
    ] {
        let found = wrong_imports(&[Source::new("run.rs", code)]);
        assert!(
            found.len() == 1 && found[0].contains("`run` (rank 1) imports `commands` (rank 2)"),
            "{code}: {found:?}"
        );
    }
    let nested = wrong_imports(&[Source::new("report/plan.rs", "use super::super::run::Context;")]);
    assert_eq!(
        nested,
        ["src/report/plan.rs:1: `report` (rank 0) imports `run` (rank 1)"]
    );
    let main = wrong_imports(&[Source::new(
        "main.rs",
        "use lessonbook::cli;\nfn main() { lessonbook::cli::run() }",
    )]);
    assert_eq!(main, [""; 0]);
}

#[test]
fn an_import_that_points_down_or_stays_is_fine() {
    let sources = [
        Source::new(
            "run/pause.rs",
            "use super::Context; use crate::{report::Printer, repository::Github};",
        ),
        Source::new(
            "report/mod.rs",
            "//! `crate::run` in a comment\nconst A: &str = \"crate::run\"; // crate::run",
        ),
        Source::new(
            "run/mod.rs",
            "#[cfg(test)]\nmod tests { use crate::commands::Command; fn f() {} }",
        ),
        Source::new("crates/store/lib.rs", "use crate::lesson::Lesson;"),
    ];
    assert_eq!(wrong_imports(&sources), [""; 0]);
}

#[test]
fn strangers_and_modules_without_a_rank_are_found() {
    let strangers = wrong_imports(&[Source::new("report/mod.rs", "use crate::repository::Repository;")]);
    assert_eq!(
        strangers,
        ["src/report/mod.rs:1: `report` imports `repository`, and they may not know each other"]
    );
    let new = wrong_imports(&[Source::new("helpers.rs", "")]);
    assert!(new[0].contains("`helpers` has no rank"), "{new:?}");
}

#[test]
fn what_touches_the_world_or_prints_is_found_outside_its_home() {
    let core = Source::new(
        "crates/pipeline/lib.rs",
        "use std::{env, fs::File};\nuse jiff::Timestamp;\nfn f() { Timestamp::now(); std::process::exit(1) }\nuse std::fmt;",
    );
    let found = touches_of_the_world(&[core]);
    assert_eq!(found.len(), 4, "{found:?}");
    let commands = Source::new(
        "commands/add.rs",
        "use std::env;\nuse std::fs;\nuse std::time::SystemTime;",
    );
    assert_eq!(
        touches_of_the_world(&[commands]),
        ["src/commands/add.rs:2: `std::fs` belongs in repository"]
    );
    assert_eq!(
        touches_of_the_world(&[Source::new("repository/local.rs", "use std::fs;")]),
        [""; 0]
    );

    let printing =
        "fn f() { println!(\"x\"); anstream::eprintln!(); write!(f, \"println!\"); assert!(true) }";
    assert_eq!(prints(&[Source::new("store/mod.rs", printing)]).len(), 2);
    assert_eq!(
        prints(&[
            Source::new("report/human.rs", printing),
            Source::new("main.rs", printing)
        ]),
        [""; 0]
    );
}

#[test]
fn a_heavy_crate_is_found_away_from_home() {
    let away = |path: &str, code: &str| crates_away_from_home(&[Source::new(path, code)]).len();
    assert_eq!(away("crates/store/yaml.rs", "use serde_yaml as yaml;"), 0);
    assert_eq!(away("crates/pipeline/place.rs", "use serde_yaml as yaml;"), 1);
    assert_eq!(away("crates/pipeline/render.rs", "use tera::Tera;"), 0);
    assert_eq!(away("crates/pipeline/render_data.rs", "use tera::Tera;"), 0);
    assert_eq!(
        away("crates/pipeline/merge.rs", "fn f() { tera::Tera::default(); }"),
        1
    );
    assert_eq!(
        away(
            "crates/base/text/prose.rs",
            "use pulldown_cmark::{Event, Parser};"
        ),
        0
    );
    assert_eq!(away("marker.rs", "use {pulldown_cmark::Event};"), 1);
    assert_eq!(away("editor.rs", "use similar;"), 1);
    assert_eq!(
        away("marker.rs", "let similar = 1; let gix = similar; // gix::open"),
        0
    );
}

#[test]
fn a_panic_needs_a_reason_nearby() {
    let found = |code: &str| panics(&[Source::new("globs.rs", code)]).len();
    assert_eq!(found("let a = b.unwrap();"), 1);
    assert_eq!(found("let a = b\n    .c()\n    .expect(\"d\");"), 1);
    assert_eq!(
        found("/// Documented, which is no reason.\nfn f() { panic!(\"x\") }"),
        1
    );
    assert_eq!(
        found("let a = b.unwrap_or_default(); let s = \".unwrap()\"; // .unwrap()"),
        0
    );
    assert_eq!(found("// A literal of this file.\nlet a = b.unwrap();"), 0);
    assert_eq!(
        found("// A literal of this file.\nlet a = b\n    .c()\n    .expect(\"d\");"),
        0
    );
    assert_eq!(
        found("#[expect(clippy::unwrap_used, reason = \"a literal\")]\nlet a = b.unwrap();"),
        0
    );
    assert_eq!(
        found("#[cfg(test)]\nmod tests {\n    fn f() { a.unwrap(); }\n}"),
        0
    );
}

#[test]
fn literals_lifetimes_and_nested_comments_are_told_apart() {
    let text = "fn f<'a>(x: &'a str) -> char { '\"' }\n/* a /* b */ c */ let s = r#\"use \"x\" crate::y\"#; '\\'' ; z()";
    let (code, comments) = split(text);
    assert!(
        code.contains("fn f<'a>(x: &'a str) -> char") && code.contains("z()"),
        "{code}"
    );
    assert!(
        !code.contains("crate") && !code.contains('"') && !code.contains(" c "),
        "{code}"
    );
    assert_eq!(comments.trim(), "/* a /* b */ c */");
    assert_eq!(code.lines().count(), text.lines().count());
}
