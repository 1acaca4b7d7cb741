//! A run is interrupted after any write, or loses the response of any write, and is run again: the result is the same.

use std::collections::BTreeMap;

use super::World;
use lessonbook_github_standin::{Fault, How, Match, Rule, Visibility};

/// The result: each branch's files, and each proposal; not the number of attempts.
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

/// Two repositories before a run: `due` has no proposal, and `open` has one, on which `then` acts.
fn world(then: fn(&World)) -> World {
    let world = World::new("  acme/due: [all]\n  acme/open: [all]\n");
    world.repository("due");
    world.repository("open");
    world.run(&["sync", "--yes", "acme/open"]);
    then(&world);
    world.hub.forget();
    world
}

/// No action: the run opens a new proposal.
fn nothing(_: &World) {}

/// The open proposal is updated.
fn changed(world: &World) {
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
}

/// The open proposal is created again on the base.
fn conflicts(world: &World) {
    world
        .hub
        .repo("acme/open")
        .commit("main")
        .write("CLAUDE.md", "# Mine\n\nBe very kind.\n")
        .push();
}

/// The open proposal has no changes left.
fn obsolete(world: &World) {
    let open = world.hub.repo("acme/open");
    for path in ["CLAUDE.md", super::COPILOT] {
        let text = open.text(super::BRANCH, path).unwrap();
        open.commit("main").write(path, text).push();
    }
}

/// The proposal was merged, and its branch still exists.
fn merged(world: &World) {
    world.hub.repo("acme/open").merge(1, "dana", How::Squash);
}

/// A person pushed to the proposal, and it is outdated: a comment says so.
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

/// Only signed commits are accepted: one branch is created, one is updated.
fn signed(world: &World) {
    for name in ["acme/due", "acme/open"] {
        let repo = world.hub.repo(name);
        repo.ruleset("Signed", &["refs/heads/lessonbook/**"], &[Rule::Signatures]);
    }
    changed(world);
}

/// The same, and the base moved since a run created the new branch and was killed.
fn signed_late(world: &World) {
    signed(world);
    world.hub.cut_off_after_writes(1);
    world.run(&["sync", "--yes", "acme/due"]);
    world.hub.heal();
    let due = world.hub.repo("acme/due");
    due.commit("main").write("README.md", "# Hello again\n").push();
}

/// The proposal contains a lesson for insiders, and the repository is public now.
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
    // At the same time, because a run whose requests fail waits for seconds before it gives up.
    std::thread::scope(|scope| {
        for nth in 1..=writes {
            let wanted = &wanted;
            scope.spawn(move || heals_at((nth, writes), wanted, then, disturb));
        }
    });
}

/// Disturbs one write, given by its number and that of all writes.
fn heals_at((nth, writes): (usize, usize), wanted: &End, then: fn(&World), disturb: fn(&World, usize)) {
    let world = world(then);
    disturb(&world, nth);
    let run = world.run(&["sync", "--yes"]);
    world.hub.heal();
    let first = world.hub.lines();
    world.sync();
    assert_eq!(
        end(&world),
        *wanted,
        "write {nth} of {writes}: {}\n{}\n{first:#?}",
        run.stdout,
        run.stderr
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
