//! Random actions of people and the store's owners, with a sync after each. After any of them a second sync writes nothing.

use std::collections::BTreeSet;

use super::{BRANCH, World};
use lessonbook_github_standin::How;

/// Pseudo-random numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Whether git itself can merge our branch.
fn merges(shop: &lessonbook_github_standin::Place<'_>) -> bool {
    let git = std::process::Command::new("git")
        .arg("-C")
        .arg(shop.git_dir())
        .args(["merge-tree", "--write-tree", "main", BRANCH])
        .output();
    git.unwrap().status.success()
}

/// Carries out a random action; returns its name.
fn happen(world: &World, dice: &mut Dice, turn: usize) -> &'static str {
    let shop = world.hub.repo("acme/shop");
    let open = shop
        .pulls()
        .into_iter()
        .rfind(|pull| pull.state == "OPEN")
        .map(|pull| pull.number);
    let last = shop.pulls().last().map(|pull| pull.number);
    match (dice.roll(12), open, last) {
        (0, ..) => {
            world.lesson(
                "pin",
                "critical",
                &format!("Pin every version, try {}.", dice.roll(3)),
            );
            world.commit();
            "a critical lesson says something else"
        }
        (1, ..) => {
            world.lesson(
                "logs",
                "medium",
                &format!("Log to standard output, try {}.", dice.roll(3)),
            );
            world.commit();
            "a medium lesson says something else"
        }
        (2, ..) => {
            let path = "store/lessons/basics/more.yaml";
            if world.sandbox.path(path).exists() {
                std::fs::remove_file(world.sandbox.path(path)).unwrap();
            } else {
                world.lesson("more", "high", "Say more.");
            }
            world.commit();
            "a lesson comes or goes"
        }
        (3, Some(number), _) if merges(&shop) => {
            let how = if dice.roll(2) == 0 {
                How::Merge
            } else {
                How::Squash
            };
            shop.merge(number, "dana", how);
            "a merge"
        }
        (4, Some(number), _) => {
            shop.close(number, "dana");
            "a close"
        }
        (5, Some(number), _) => {
            shop.approve(number, "dana");
            "an approval"
        }
        (6, Some(number), _) => {
            if shop
                .pull(number)
                .labels
                .iter()
                .any(|label| label == "lessonbook:hold")
            {
                shop.unlabel(number, "dana", "lessonbook:hold");
            } else {
                shop.label(number, "dana", "lessonbook:hold");
            }
            "a hold, or its end"
        }
        (7, Some(_), _) => {
            shop.commit(BRANCH)
                .by("dana")
                .write(&format!("notes-{turn}.md"), "mine\n")
                .push();
            "a person's commit on our branch"
        }
        (8, ..) => {
            let text = format!("# Mine\n\nBe kind, {turn}.\n");
            shop.commit("main").write("CLAUDE.md", text).push();
            "the base's file is written anew"
        }
        (9, ..) => {
            shop.commit("main")
                .write("src/app.py", format!("x = {turn}\n"))
                .push();
            "the base moves elsewhere"
        }
        (10, None, Some(_)) if shop.head(BRANCH).is_some() => {
            shop.delete_branch(BRANCH, "dana");
            "the branch is deleted"
        }
        (11, None, Some(number)) if shop.pull(number).state == "CLOSED" && shop.head(BRANCH).is_some() => {
            // GitHub reopens it only if its head did not move.
            if shop.head(BRANCH).as_deref() == Some(shop.pull(number).head_oid.as_str()) {
                shop.reopen(number, "dana");
            }
            "a person opens it again"
        }
        _ => "nothing",
    }
}

#[test]
fn after_any_actions_the_next_run_writes_nothing_and_nothing_is_lost_or_doubled() {
    let mut seen = BTreeSet::new();
    // For more walks: LESSONBOOK_WALKS=100 cargo test --test suite github_sync walk::
    let walks = std::env::var("LESSONBOOK_WALKS")
        .ok()
        .and_then(|number| number.parse().ok());
    for seed in 0..walks.unwrap_or(6) {
        let world = World::shop();
        let mut dice = Dice(seed);
        let mut story = Vec::new();
        for turn in 0..14 {
            story.push(happen(&world, &mut dice, turn));
            let run = world.run(&["sync", "--yes"]);
            // The only failure that can happen is that another person's branch blocks ours.
            let state = world.state();
            assert!(
                run.code == 0 || (run.code == 1 && state == "blocked"),
                "{story:?}: {run:?}"
            );
            world.hub.forget();
            let again = world.run(&["sync", "--yes"]);
            let writes: Vec<String> = world
                .hub
                .writes()
                .iter()
                .map(lessonbook_github_standin::Seen::line)
                .collect();
            assert_eq!(
                writes,
                Vec::<String>::new(),
                "seed {seed}, {story:?}, {state}: {}{}",
                run.stdout,
                again.stdout
            );
            assert_eq!(world.hub.closed_by_move(), [], "seed {seed}, {story:?}");
            assert_eq!(world.hub.lost_commits(), [], "seed {seed}, {story:?}");
            assert_eq!(
                world.hub.doubled(),
                Vec::<String>::new(),
                "seed {seed}, {story:?}"
            );
            seen.insert(state);
        }
    }
    for state in ["proposed", "up-to-date", "declined", "held", "edited", "approved"] {
        assert!(seen.contains(state), "no walk came to {state}: {seen:?}");
    }
}
