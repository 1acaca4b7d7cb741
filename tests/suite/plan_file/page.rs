//! The page of a saved plan: whole where it fits, cut by name where it does not, and nothing of others' words acts in it.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::plan_file::stories::World;

/// The text outside of code, and the fenced blocks.
fn read(page: &str) -> (String, Vec<String>) {
    let (mut text, mut blocks, mut inside) = (String::new(), Vec::new(), false);
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert_eq!(&*language, "diff");
                inside = true;
                blocks.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(said) if inside => blocks.last_mut().unwrap().push_str(&said),
            Event::Text(said) | Event::Html(said) => text.push_str(&said),
            _ => {}
        }
    }
    (text, blocks)
}

#[test]
fn the_verdicts_come_first_then_each_target_folded_with_its_proof_and_its_diffs() {
    let world = World::new();
    world.ends(0, &["sync", "--yes", "../farm"]);
    world.save();
    let page = world
        .ends(0, &["show", "plan.json", "--format", "markdown"])
        .stdout;
    let digest = world.document()["digest"].as_str().unwrap().to_owned();
    for part in [
        "## Plan of `acme`\n\nStore `acme`",
        &format!("Plan `{digest}`, made on 2026-11-20 by lessonbook "),
        "**2 to update (4 files, ",
        "| `../shop` | stale | +2 | 2 files, +",
        "<details><summary><code>../shop</code>: stale</summary>\n\n- ✓ `critical-everywhere`: 1 critical lesson at 2 of 2 entry points\n",
        "| new | `pin` | critical | tag all |",
        "### Changes in hand-written files\n\n<details><summary><code>CLAUDE.md</code>: the same in 2 files of 2 repositories",
        "<details><summary>1 target with nothing to do</summary>\n\n",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let places = [
        "| target | state |",
        "~~~diff",
        "<code>../shop</code>: stale",
        "nothing to do",
    ];
    let places: Vec<usize> = places.iter().map(|part| page.find(part).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(
        page.matches("<details>").count(),
        page.matches("</details>").count()
    );
}

#[test]
fn nothing_in_a_target_or_a_store_acts_on_the_page() {
    let world = World::new();
    world.lesson(
        "fence",
        "high",
        "Close it with `~~~`, never with **two** of a_b_c.",
    );
    world.commit("store");
    let hostile = "# Mine\n\n~~~~\n@dana #1 </details>\n```\n````\n~~~~~\n";
    world.sandbox.write("shop/CLAUDE.md", hostile);
    world.commit("shop");
    world.save();
    let page = world
        .ends(0, &["show", "plan.json", "--format", "markdown", "../shop"])
        .stdout;
    let (text, blocks) = read(&page);
    assert_eq!(blocks.len(), 2, "{page}");
    for block in &blocks {
        assert!(block.starts_with("diff --git a/"), "{block}");
    }
    assert!(blocks.iter().any(|block| block.contains("@dana")), "{blocks:?}");
    for act in ["@dana", "#1", "<b>", "+++", "@@"] {
        assert!(!text.contains(act), "{act}: {text}");
    }
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
}

#[test]
fn a_long_diff_that_is_equal_in_all_targets_is_shown_once_and_leaves_nothing_out() {
    let world = World::new();
    for at in 0..150 {
        let rule = format!("Do number {at} {}.", "and check it twice ".repeat(10).trim_end());
        world.lesson(&format!("l{at:03}"), "critical", &rule);
    }
    world.commit("store");
    world.ends(0, &["plan", "--out", "plan.json"]);
    let page = world
        .ends(0, &["show", "plan.json", "--format", "markdown"])
        .stdout;
    assert!(page.chars().count() <= 60_000, "{}", page.chars().count());
    assert!(!page.contains("**Left out"), "{}", &page[page.len() - 600..]);
    assert_eq!(page.matches("+++ b/CLAUDE.md").count(), 1);
    assert!(page.contains("the same in 3 files of 3 repositories"));
    for target in ["shop", "bank", "farm"] {
        assert!(
            page.contains(&format!("<code>../{target}</code>: stale")),
            "{target} has its own part"
        );
    }
}

#[test]
fn a_page_for_everybody_names_private_targets_and_says_no_more() {
    let world = World::new();
    world.save();
    let page = world
        .ends(0, &["show", "plan.json", "--format", "markdown", "--public"])
        .stdout;
    assert!(
        page.contains("| `../shop` | stale |  | not public |  |"),
        "{page}"
    );
    assert!(
        !page.contains("<code>../shop</code>") && page.contains("<code>../bank</code>"),
        "{page}"
    );
    let run = world.ends(2, &["show", "plan.json", "--public"]);
    assert!(run.stderr.contains("add --format markdown"), "{}", run.stderr);
}
