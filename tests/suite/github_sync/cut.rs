//! Cut off after any write, or without any write's answer, and run again: the same end.

use std::collections::BTreeMap;

use super::World;
use lessonbook_github_standin::{Fault, How, Match, Rule, Visibility};

/// What stands in the end: each branch's files, and each proposal; not how often it was tried.
type End = BTreeMap<String, String>;

fn end(world: &World) -> End {
    let mut end = End::new();
    for repo in world.hub.repos() {
        for branch in repo.branches().keys() {
            let files: BTreeMap<String, Option<String>> = repo
                .files(branch)
                .into_keys()
                .map(|path| (path.clone(), repo.text(branch, &path)))
                .collect();
            end.insert(format!("{} {branch}", repo.name()), format!("{files:?}"));
        }
        let pulls: Vec<String> = repo
            .pulls()
            .iter()
            .filter(|pull| pull.state != "MERGED")
            .map(|pull| {
                format!(
                    "{} {} {:?} {}",
                    pull.state,
                    pull.title,
                    pull.labels,
                    pull.comments.len()
                )
            })
            .collect();
        end.insert(repo.name(), pulls.join("\n"));
    }
    end
}

/// Two repositories in front of a run: `due` has no proposal, and `open` has one that is ready for what `then` does.
fn world(then: fn(&World)) -> World {
    let world = World::new("  acme/due: [all]\n  acme/open: [all]\n");
    world.repository("due");
    world.repository("open");
    world.run(&["sync", "--yes", "acme/open"]);
    then(&world);
    world.hub.forget();
    world
}

/// Nothing is open yet where it matters: new proposals.
fn nothing(_: &World) {}

/// The open one is renewed.
fn changed(world: &World) {
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
}

/// The open one is made anew on the base.
fn conflicts(world: &World) {
    world
        .hub
        .repo("acme/open")
        .commit("main")
        .write("CLAUDE.md", "# Mine\n\nBe very kind.\n")
        .push();
}

/// The open one has nothing to say any more.
fn obsolete(world: &World) {
    let open = world.hub.repo("acme/open");
    for path in ["CLAUDE.md", super::COPILOT] {
        let text = open.text(super::BRANCH, path).unwrap();
        open.commit("main").write(path, text).push();
    }
}

/// It was merged, and its branch is left.
fn merged(world: &World) {
    world.hub.repo("acme/open").merge(1, "dana", How::Squash);
}

/// A person pushed to it, and it is outdated: that is said.
fn edited(world: &World) {
    world
        .hub
        .repo("acme/open")
        .commit(super::BRANCH)
        .by("dana")
        .write("notes.md", "mine\n")
        .push();
    changed(world);
}

/// Only signed commits are taken: one branch is made, one is renewed.
fn signed(world: &World) {
    for name in ["acme/due", "acme/open"] {
        let repo = world.hub.repo(name);
        repo.ruleset("Signed", &["refs/heads/lessonbook/**"], &[Rule::Signatures]);
    }
    changed(world);
}

/// The same, and the base moved since a run made the new branch and was killed.
fn signed_late(world: &World) {
    signed(world);
    world.hub.cut_off_after_writes(1);
    world.run(&["sync", "--yes", "acme/due"]);
    world.hub.heal();
    let due = world.hub.repo("acme/due");
    due.commit("main").write("README.md", "# Hello again\n").push();
}

/// It was written for insiders, and everyone can read it now.
fn published(world: &World) {
    let open = world.hub.repo("acme/open");
    open.visibility(Visibility::Private);
    let lesson = "title: T\nseverity: critical\ntags: [all]\nrule: Never name the inner cluster.\nrationale: It bites.\naudience: internal\n";
    world.sandbox.write("store/lessons/basics/inner.yaml", lesson);
    world.commit();
    world.run(&["sync", "--yes", "acme/open"]);
    assert!(open.pulls()[0].body.contains("inner cluster"));
    open.visibility(Visibility::Public);
}

fn undisturbed(then: fn(&World)) -> (usize, End) {
    let world = world(then);
    world.sync();
    let writes = world.hub.writes().len();
    (writes, end(&world))
}

fn heals(then: fn(&World), disturb: fn(&World, usize)) {
    let (writes, wanted) = undisturbed(then);
    assert!(writes > 0);
    for nth in 1..=writes {
        let world = world(then);
        disturb(&world, nth);
        let run = world.run(&["sync", "--yes"]);
        world.hub.heal();
        let first = world.hub.lines();
        world.sync();
        let end = end(&world);
        assert_eq!(
            end, wanted,
            "write {nth} of {writes}: {}\n{}\n{first:#?}",
            run.stdout, run.stderr
        );
        assert_eq!(world.hub.doubled(), Vec::<String>::new(), "write {nth}");
        assert_eq!(world.hub.closed_by_move(), [], "write {nth}");
        assert_eq!(world.hub.lost_commits(), [], "write {nth}");
        for repo in world.hub.repos() {
            for pull in repo.pulls() {
                assert!(!pull.body.contains("inner cluster"), "write {nth}: {}", pull.body);
            }
        }
        world.rests();
    }
}

fn killed(world: &World, nth: usize) {
    world.hub.cut_off_after_writes(nth - 1);
}

fn lost(world: &World, nth: usize) {
    world.hub.fail(Match::writes().nth(nth), Fault::LostAnswer);
}

macro_rules! property {
    ($($name:ident: $then:ident, $disturb:ident;)*) => {
        $(#[test] fn $name() { heals($then, $disturb); })*
    };
}

property! {
    killed_while_proposing: nothing, killed;
    killed_while_renewing: changed, killed;
    killed_while_making_anew: conflicts, killed;
    killed_while_closing: obsolete, killed;
    killed_while_cleaning: merged, killed;
    killed_while_speaking: edited, killed;
    killed_while_signing: signed, killed;
    killed_while_signing_late: signed_late, killed;
    killed_while_taking_out: published, killed;
    answers_lost_while_signing: signed, lost;
    answers_lost_while_signing_late: signed_late, lost;
    answers_lost_while_taking_out: published, lost;
    answers_lost_while_proposing: nothing, lost;
    answers_lost_while_renewing: changed, lost;
    answers_lost_while_making_anew: conflicts, lost;
    answers_lost_while_closing: obsolete, lost;
    answers_lost_while_cleaning: merged, lost;
    answers_lost_while_speaking: edited, lost;
}
