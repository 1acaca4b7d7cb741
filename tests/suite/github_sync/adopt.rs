//! `adopt: true` in a repository on GitHub: the pull request lists what is moved, and the history gives it back.

use super::*;
use github::How;

const HAND: &str = "# Mine\n\n- Be kind.\n- Pin every version.\n- Sleep.\n";

#[test]
fn a_line_moves_with_one_pull_request_and_comes_back_with_another() {
    let world = World::with("", "adopt: true\ntargets:\n  acme/shop: [all]\n");
    world
        .hub
        .repository("acme/shop")
        .file("CLAUDE.md", HAND)
        .file("README.md", "# Hello\n")
        .create();
    world.sync();
    let body = &world.pulls()[0].body;
    assert!(body.contains("**Moved into the block:**"), "{body}");
    assert!(
        body.contains("- `CLAUDE.md` line 4: Pin every version. (`pin`)"),
        "{body}"
    );
    assert!(
        body.contains("1 hand-written text moved into the block word for word"),
        "{body}"
    );
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Squash);
    let merged = shop.text("main", "CLAUDE.md").unwrap();
    assert!(
        merged.ends_with("<!-- lessonbook:end acme -->\n\n- Be kind.\n- Sleep.\n"),
        "{merged}"
    );
    world.sync(); // deletes the merged branch
    world.rests();
    // The lesson leaves every block; with the other one, the block stays.
    let text = "title: T\nseverity: critical\ntags: [all]\nstatus: retired\nrule: Pin every version.\nrationale: It bites.\n";
    world.sandbox.write("store/lessons/basics/pin.yaml", text);
    world.commit();
    world.sync();
    let body = &world.pulls()[1].body;
    assert!(
        body.contains("**Put back:**") && body.contains("Pin every version. (`pin`)"),
        "{body}"
    );
    shop.merge(2, "dana", How::Merge);
    let back = shop.text("main", "CLAUDE.md").unwrap();
    assert!(
        back.ends_with("<!-- lessonbook:end acme -->\n\n- Be kind.\n- Pin every version.\n- Sleep.\n"),
        "{back}"
    );
    world.sync();
    world.rests();
}

#[test]
fn import_reads_targets_on_github_and_refuses_their_history() {
    let world = World::new("  acme/shop: [all]\n");
    world
        .hub
        .repository("acme/shop")
        .file(
            "CLAUDE.md",
            "# Rules\n\n- Never log a password; it leaks to everyone.\n",
        )
        .create();
    let run = world.run(&["import", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let place = &found["clusters"][0]["citations"][0];
    assert_eq!(
        (place["repository"].as_str(), place["line"].as_u64()),
        (Some("acme/shop"), Some(3))
    );
    let run = world.run(&["import", "--take", "default"]);
    assert_eq!(run.code, 0, "{run:?}");
    let files = world.sandbox.files("store/lessons/imported");
    let text = String::from_utf8(files.into_values().next().unwrap()).unwrap();
    let head = world.hub.repo("acme/shop").head("main").unwrap();
    assert!(
        text.contains("repository: \"acme/shop\"") && text.contains(&head),
        "{text}"
    );
    let run = world.run(&["import", "--since", "2026-01-01"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr
            .contains("--since reads history on disk; acme/shop is on GitHub"),
        "{}",
        run.stderr
    );
}
