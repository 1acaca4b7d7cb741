//! The rules see what they look for: made-up files, and what must be found in them.

use super::source::split;
use super::*;

#[test]
fn an_import_that_points_up_is_found_in_any_spelling() {
    for code in [
        "use crate::store::Lesson;",
        "use crate::{\n    edit::Edit,\n    store::{self as s},\n};",
        "fn f(x: &crate::store::Lesson) {}",
        "use super::store;",
    ] {
        let found = wrong_imports(&[Source::new("globs.rs", code)]);
        assert!(
            found.len() == 1 && found[0].contains("`globs` (rank 1) imports `store` (rank 2)"),
            "{code}: {found:?}"
        );
    }
    let nested = wrong_imports(&[Source::new("text/hidden.rs", "use super::super::pipeline::Plan;")]);
    assert_eq!(
        nested,
        ["src/text/hidden.rs:1: `text` (rank 1) imports `pipeline` (rank 3)"]
    );
    let group = wrong_imports(&[Source::new(
        "edit.rs",
        "use crate::{\n    tree::{Mode, Tree as T},\n    cli,\n};",
    )]);
    assert_eq!(group, ["src/edit.rs:3: `edit` (rank 0) imports `cli` (rank 5)"]);
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
            "store/lesson.rs",
            "use super::Place; use crate::{finding::Finding, globs::Glob};",
        ),
        Source::new(
            "globs.rs",
            "//! `crate::store` in a comment\nconst A: &str = \"crate::store\"; // crate::store",
        ),
        Source::new(
            "marker.rs",
            "#[cfg(test)]\nmod tests { use crate::store::Store; fn f() {} }",
        ),
        Source::new("text/mod.rs", "use super::finding::Code; mod hidden;"),
    ];
    assert_eq!(wrong_imports(&sources), [""; 0]);
}

#[test]
fn circles_strangers_and_modules_without_a_rank_are_found() {
    let circle = wrong_imports(&[
        Source::new("globs.rs", "use crate::marker::find;"),
        Source::new("marker.rs", "\nuse crate::globs::Glob;"),
        Source::new("text/mod.rs", "use crate::globs::Glob;"),
    ]);
    assert_eq!(
        circle,
        [
            "modules import each other in a circle: `globs` -> `marker` (src/globs.rs:1) `marker` -> `globs` (src/marker.rs:2)"
        ]
    );
    let strangers = wrong_imports(&[Source::new("report/mod.rs", "use crate::repository::Repository;")]);
    assert_eq!(
        strangers,
        ["src/report/mod.rs:1: `report` imports `repository`, and they may not know each other"]
    );
    let new = wrong_imports(&[Source::new("helpers.rs", "")]);
    assert!(new[0].contains("`helpers` has no rank"), "{new:?}");
}

#[test]
fn a_proof_that_asks_the_stage_it_judges_is_found_in_any_spelling() {
    let found = |path: &str, code: &str| proofs_that_excuse_themselves(&[Source::new(path, code)]).len();
    let read = "pipeline/verify/read.rs";
    assert_eq!(found(read, "use crate::pipeline::place;"), 1);
    assert_eq!(found(read, "use super::super::select::Selection;"), 1);
    assert_eq!(
        found("pipeline/verify/mod.rs", "fn f() { super::merge::merge(); }"),
        1
    );
    assert_eq!(
        found(
            "pipeline/verify/mod.rs",
            "use {crate::pipeline::{verify::View, fit}};"
        ),
        1
    );
    assert_eq!(
        found(
            read,
            "use super::{Cell, limits};\nuse crate::store::Store;\nuse self::x;"
        ),
        0
    );
    assert_eq!(found("pipeline/observe.rs", "use super::place;"), 0);
}

#[test]
fn what_touches_the_world_or_prints_is_found_outside_its_home() {
    let core = Source::new(
        "pipeline/mod.rs",
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
        ["src/commands/add.rs:2: `std::fs` belongs into repository"]
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
    assert_eq!(away("store/mod.rs", "use serde_yaml as yaml;"), 0);
    assert_eq!(away("pipeline/place.rs", "use serde_yaml as yaml;"), 1);
    assert_eq!(away("pipeline/render.rs", "use tera::Tera;"), 0);
    assert_eq!(away("pipeline/render_data.rs", "use tera::Tera;"), 0);
    assert_eq!(away("pipeline/merge.rs", "fn f() { tera::Tera::default(); }"), 1);
    assert_eq!(away("text/prose.rs", "use pulldown_cmark::{Event, Parser};"), 0);
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
