//! Limits that a newer plan lacks, and what is still within an approved plan although it has fewer of them.

use crate::compare::stories::{compared, ends, says, targets, world};
use crate::support::Sandbox;

/// Commits the store, whose history a rollout reads, and saves its plan.
fn save(world: &Sandbox, file: &str) {
    if !world.path("store/.git").exists() {
        world.git(".", &["init", "--quiet", "store"]);
    }
    world.commit("store", "Next");
    crate::compare::stories::save(world, file);
}

#[test]
fn a_guard_of_new_lessons_that_is_dropped_is_wider_and_one_that_is_set_is_narrower() {
    let world = world();
    let all = ["../shop: [app]", "../club: [app]"];
    let strict = "rollout: { canary: [../shop], quorum: 100%, bake: 2d, give_up: 7d }\n";
    let hour = "policy: { max_new_proposals_per_hour: 5 }\n";
    targets(&world, hour, &all, strict);
    save(&world, "../old.json");
    let cases = [
        (
            "policy: { max_new_proposals_per_hour: 6 }\n",
            strict,
            "`policy.max_new_proposals_per_hour`: 5 → 6",
        ),
        ("", strict, "`policy.max_new_proposals_per_hour`: 5 → no limit"),
        (
            "policy: { max_new_proposals_per_hour: 5, hosts: [evil.example] }\n",
            strict,
            "`policy.hosts` now names `evil.example`",
        ),
        (hour, "", "`rollout` is no longer set"),
        (
            hour,
            "rollout: { canary: [../club], quorum: 90%, bake: 1d, give_up: 8d }\n",
            "`rollout.quorum`: 100 % → 90 %",
        ),
    ];
    for (policy, rest, text) in cases {
        targets(&world, policy, &all, rest);
        save(&world, "../new.json");
        let run = ends(&world, 3, &["compare", "../old.json", "../new.json"]);
        says(&run.stdout, &["\nWider\n", text]);
    }
    let run = ends(&world, 3, &["compare", "../old.json", "../new.json"]);
    says(
        &run.stdout,
        &[
            "`rollout.canary` now names `../club`",
            "`rollout.canary` no longer names `../shop`",
            "`rollout.bake`: 172800 s → 86400 s",
            "`rollout.give_up`: 604800 s → 691200 s",
        ],
    );
    // Where nothing held new lessons back before, each of them narrows.
    targets(&world, "", &all, "");
    save(&world, "../new.json");
    let run = ends(&world, 0, &["compare", "../new.json", "../old.json"]);
    let narrower = run.stdout.split("\nNarrower\n").nth(1).unwrap();
    says(narrower, &["`rollout` is set", "no limit → 5"]);
}

#[test]
fn a_gate_that_is_opened_by_hand_is_wider() {
    let world = world();
    let all = ["../shop: [app]", "../club: [app]"];
    let rollout = "rollout: { canary: [../shop] }\n";
    targets(&world, "", &all, rollout);
    save(&world, "../old.json");
    let open =
        format!("{rollout}open:\n  - {{ lesson: secrets, version: 0a1b2c, reason: urgent, by: dana }}\n");
    targets(&world, "", &all, &open);
    save(&world, "../new.json");
    let run = ends(&world, 3, &["compare", "../old.json", "../new.json"]);
    says(
        &run.stdout,
        &["`secrets` (0a1b2c) is now open for all targets, by dana: urgent"],
    );
    let wider = compared(&world)["differences"][0].clone();
    assert_eq!(
        (&wider["class"], &wider["what"]),
        (&"wider".into(), &"bound".into())
    );
}

#[test]
fn a_target_in_which_nothing_would_be_written_is_not_refused() {
    let world = world();
    let fenced = ["../shop: { tags: [app], max_added_lines: 900 }", "../club: [app]"];
    targets(&world, "", &fenced, "");
    ends(&world, 0, &["sync", "--yes", "../shop"]);
    save(&world, "../old.json");
    targets(&world, "", &["../shop: [app]", "../club: [app]"], "");
    let run = ends(&world, 0, &["sync", "--yes", "--within", "../old.json"]);
    says(&run.stdout, &["proposed ../club: "]);
}

#[test]
fn the_first_line_of_a_block_behind_a_byte_order_mark_is_no_more_than_a_hash() {
    let world = world();
    let all = ["../shop: [app]"];
    targets(&world, "", &all, "");
    world.write("shop/CLAUDE.md", "");
    world.commit("shop", "Empty");
    ends(&world, 0, &["sync", "--yes"]);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
    let merged = std::fs::read_to_string(world.path("shop/CLAUDE.md")).unwrap();
    world.write("shop/CLAUDE.md", format!("\u{feff}{merged}"));
    world.commit("shop", "Mark");
    let lesson = std::fs::read_to_string(world.path("store/lessons/review/secrets.yaml")).unwrap();
    let says_now = |rule: &str| {
        let text = lesson.replace("Keep passwords out", rule);
        world.write("store/lessons/review/secrets.yaml", text);
    };
    says_now("Keep keys out");
    save(&world, "../old.json");
    says_now("Keep tokens out");
    save(&world, "../new.json");
    let run = ends(&world, 3, &["compare", "../old.json", "../new.json"]);
    says(&run.stdout, &["Keep tokens out"]);
    assert!(!run.stdout.contains("lessonbook:begin"), "{}", run.stdout);
}
