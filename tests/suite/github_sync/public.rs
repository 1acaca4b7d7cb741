//! A target is made public while a proposal with lessons for insiders is open.

use super::{BRANCH, World};
use lessonbook_github_standin::{How, Visibility};

const INCIDENT: &str = "On Monday the whole shop was down for three hours.";
const INTERNAL: &str = "Never call the billing cluster by its inner name.";

/// A private shop with a lesson that has an incident and one for insiders, and an open proposal of both.
fn world() -> World {
    let world = World::new("  acme/shop: [all]\n");
    world.private("shop");
    let lesson = format!(
        "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\nincidents:\n  - {{ date: 2025-11-03, \
         repository: acme/secret-shop, summary: {INCIDENT} }}\n"
    );
    world.sandbox.write("store/lessons/basics/pin.yaml", lesson);
    let lesson = format!(
        "title: T\nseverity: critical\ntags: [all]\nrule: {INTERNAL}\nrationale: It bites.\naudience: internal\n"
    );
    world.sandbox.write("store/lessons/basics/inner.yaml", lesson);
    world.targets(
        "",
        "targets:\n  acme/shop: { tags: [all], use: [copilot, claude, reference] }\n",
    );
    world.commit();
    world.sync();
    let text = shown(&world);
    assert!(text.contains("inner name"), "{text}");
    assert!(text.contains("down for three hours"), "{text}");
    world
}

/// Everything that an open proposal shows: title, text, and every commit of its branch.
fn shown(world: &World) -> String {
    let shop = world.hub.repo("acme/shop");
    let pull = &world.pulls()[0];
    let mut text = format!("{}\n{}\n", pull.title, pull.body);
    if shop.head(BRANCH).is_some() {
        for path in shop.files(BRANCH).keys() {
            text.push_str(&shop.text(BRANCH, path).unwrap_or_default());
        }
        text.push_str(&shop.log(BRANCH).join("\n"));
    }
    // Compared word by word, because our text is wrapped.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_clean(world: &World) {
    let text = shown(world);
    for secret in ["inner name", "three hours", "secret-shop", "`inner`", "inner@"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn the_open_proposal_is_cleaned_and_what_stays_readable_is_reported() {
    let world = world();
    let shop = world.hub.repo("acme/shop");
    let old = shop.head(BRANCH).unwrap();
    shop.visibility(Visibility::Public);
    let run = world.sync();
    assert_clean(&world);
    // The branch is created again on the base, so a merge contains no old commit.
    assert_eq!(shop.log(BRANCH).len(), 2, "{:?}", shop.log(BRANCH));
    for said in [
        "proposal-exposed",
        &old,
        "under `edited`",
        "https://support.github.com/contact",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    assert!(
        shop.text(BRANCH, "CLAUDE.md")
            .unwrap()
            .contains("Pin every version.")
    );
    world.rests();
    assert!(!world.run(&["plan"]).stdout.contains("proposal-exposed"));
}

#[test]
fn neither_a_hold_nor_an_approval_nor_a_persons_text_keeps_it() {
    for before in [
        (|world| world.hub.repo("acme/shop").label(1, "dana", "lessonbook:hold")) as fn(&World),
        |world| world.hub.repo("acme/shop").approve(1, "dana"),
        |world| world.hub.repo("acme/shop").auto_merge(1, "dana"),
        |world| {
            let body = &world.pulls()[0].body;
            world
                .hub
                .repo("acme/shop")
                .rewrite(1, "Mine", &format!("Mine.\n\n{body}"));
        },
        // A person removed the hidden line.
        |world| {
            let body = world.pulls()[0].body.clone();
            let body = body.split("<!-- lessonbook:v1").next().unwrap_or_default();
            world.hub.repo("acme/shop").rewrite(1, "Mine", body);
        },
    ] {
        let world = world();
        before(&world);
        world.hub.repo("acme/shop").visibility(Visibility::Public);
        world.sync();
        assert_clean(&world);
        world.rests();
    }
}

#[test]
fn a_persons_commits_are_kept_and_the_text_is_cleaned() {
    let world = world();
    let shop = world.hub.repo("acme/shop");
    let theirs = shop.commit(BRANCH).by("dana").write("notes.md", "mine\n").push();
    shop.visibility(Visibility::Public);
    let run = world.sync();
    assert_eq!(shop.head(BRANCH), Some(theirs));
    let pull = &world.pulls()[0];
    assert!(
        !pull.body.contains("inner name") && !pull.body.contains("`inner`"),
        "{}",
        pull.body
    );
    assert!(run.stdout.contains("remove it from the branch"), "{}", run.stdout);
    // Each run reports it as long as it is there.
    assert!(world.run(&["plan"]).stdout.contains("proposal-exposed"));
}

#[test]
fn where_a_rule_keeps_the_branch_the_proposal_is_closed() {
    let world = world();
    let shop = world.hub.repo("acme/shop");
    shop.ruleset(
        "Frozen",
        &["refs/heads/lessonbook/**"],
        &[lessonbook_github_standin::Rule::Update],
    );
    shop.visibility(Visibility::Public);
    world.sync_ends(1, &[]);
    let pull = &world.pulls()[0];
    assert_eq!(pull.state, "CLOSED");
    assert!(
        !pull.body.contains("inner name") && !pull.body.contains("`inner`"),
        "{}",
        pull.body
    );
    assert_eq!(world.states()[0].1, "blocked");
    world.hub.forget();
    world.sync_ends(1, &[]);
    assert_eq!(world.hub.writes().len(), 0);
}

#[test]
fn the_text_of_a_proposal_that_is_over_is_taken_out() {
    for end in [
        (|world| world.hub.repo("acme/shop").merge(1, "dana", How::Squash)) as fn(&World),
        |world| world.hub.repo("acme/shop").close(1, "dana"),
    ] {
        let world = world();
        end(&world);
        world.hub.repo("acme/shop").visibility(Visibility::Public);
        world.sync();
        let pulls = world.pulls();
        let first = pulls.iter().find(|pull| pull.number == 1).unwrap();
        assert!(!first.body.contains("inner name"), "{}", first.body);
        assert!(!first.body.contains("inner@"), "{}", first.body);
        world.rests();
    }
}

#[test]
fn a_target_that_was_transferred_and_made_public_is_cleaned_under_its_new_name() {
    let world = world();
    let shop = world.hub.repo("acme/shop");
    shop.rename("globex/store-front");
    shop.visibility(Visibility::Public);
    let run = world.sync();
    assert_clean(&world);
    assert!(
        run.stdout.contains("globex/store-front/commit/"),
        "{}",
        run.stdout
    );
    world.rests();
}

#[test]
fn nothing_is_written_to_an_archived_target_and_it_is_still_reported() {
    let world = world();
    let shop = world.hub.repo("acme/shop");
    shop.visibility(Visibility::Public);
    shop.archive(true);
    world.hub.forget();
    let run = world.sync();
    assert_eq!(world.hub.writes().len(), 0);
    assert!(run.stdout.contains("proposal-exposed"), "{}", run.stdout);
}

#[test]
fn a_proposal_of_another_store_of_our_name_is_never_touched() {
    let world = World::new("  acme/shop: [all]\n");
    world.repository("shop");
    world.targets("", "home: acme/lessons\ntargets:\n  acme/shop: [all]\n");
    world.commit();
    world.sync();
    assert!(
        world.pulls()[0].body.contains(" home=acme%2Flessons "),
        "{}",
        world.pulls()[0].body
    );
    world.targets("", "home: globex/lessons\ntargets:\n  acme/shop: [all]\n");
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    world.hub.forget();
    world.sync_ends(1, &[]);
    assert_eq!(world.hub.writes().len(), 0);
    let (_, state, why) = world.states().remove(0);
    assert_eq!(state, "blocked");
    assert!(
        why.contains("its home is acme/lessons, ours is globex/lessons"),
        "{why}"
    );
}
