//! This repository's own entry points are what its own lessons make of them.
//!
//! `cargo run -- render --out .` refreshes them.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::path::Path;

use lessonbook::report::Printer;
use lessonbook::run::Context;
use lessonbook::run::planning::Planning;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::merge::BlockState;

const REFRESH: &str = "`cargo run -- render --out .` writes them anew";

#[test]
fn our_own_entry_points_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join(".git").exists() {
        println!("skipped: this is no git repository");
        return;
    }
    let context = Context {
        printer: Printer::default(),
        store_dir: Some(root.to_owned()),
        remote: lessonbook::run::remote_args::RemoteArgs::default(),
        today: jiff::civil::date(2026, 11, 20),
        now: 0,
    };
    // The work tree with uncommitted changes, as `render --out .` reads it.
    let planning = Planning::in_work_tree(&context, &["./".to_owned()], root).unwrap();
    let [plan] = planning.plans.as_slice() else {
        panic!("targets.yaml names `./` no more");
    };
    let errors: Vec<&Finding> = plan
        .outcome
        .findings
        .iter()
        .filter(|found| found.is_error())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let stale: Vec<&str> = plan
        .content
        .files
        .iter()
        .filter(|file| file.state != BlockState::Unchanged)
        .map(|file| file.path.as_str())
        .collect();
    assert!(stale.is_empty(), "stale: {}; {REFRESH}", stale.join(", "));
    assert!(plan.content.edits.is_empty(), "stale; {REFRESH}");
    assert!(plan.content.files.len() >= 5, "{:?}", plan.content.files);
}
