//! Repositories whose rules forbid our branch, or require signatures: this is found before anything is written.

use serde_json::Value;

use super::{BRANCH, COPILOT, World};
use crate::support::Run;
use lessonbook_github_standin::{APP_KEY, Protection, ROBOT, Role, Rule};

const OURS: &[&str] = &["refs/heads/lessonbook/**"];

/// The reason of the only target, by a sync that fails and writes nothing.
fn blocked(world: &World) -> String {
    world.hub.forget();
    let run = world.sync_ends(1, &[]);
    let writes: Vec<String> = world
        .hub
        .writes()
        .iter()
        .map(lessonbook_github_standin::Seen::line)
        .collect();
    assert_eq!(writes, Vec::<String>::new(), "{}", run.stdout);
    let (_, state, why) = world.states().remove(0);
    assert_eq!(state, "blocked", "{why}");
    why
}

#[test]
fn what_a_rule_forbids_is_seen_before_the_first_write_and_the_ruleset_is_named() {
    let rules = [
        (Rule::Creation, "creating the branch"),
        (
            Rule::BranchName {
                starts_with: "bot/".into(),
            },
            "it must begin with `bot/`",
        ),
        (
            Rule::Message {
                starts_with: "JIRA-".into(),
            },
            "it must begin with `JIRA-`",
        ),
        (
            Rule::Extension {
                ending: "*.md".into(),
            },
            "files with certain endings",
        ),
        (
            Rule::FilePath {
                starts_with: ".github/".into(),
            },
            "`.github/copilot-instructions.md`",
        ),
        (
            Rule::StatusChecks {
                free_on_create: false,
            },
            "no check has passed",
        ),
    ];
    for (rule, said) in rules {
        let world = World::shop();
        let shop = world.hub.repo("acme/shop");
        shop.ruleset("No bots", OURS, &[rule]);
        let why = blocked(&world);
        assert!(why.contains(said), "{why}");
        assert!(why.contains("ruleset `No bots` (number "), "{why}");
        assert!(why.contains("of acme/shop)"), "{why}");
        assert_eq!(shop.head(BRANCH), None);
        // A second run still writes nothing. When the rule is removed, the next run does.
        blocked(&world);
        shop.unprotect();
        world.sync();
        assert_eq!(world.pulls().len(), 1);
        world.rests();
    }
}

#[test]
fn what_forbids_to_move_the_branch_leaves_an_open_proposal_as_it_is() {
    for rule in [Rule::Update, Rule::PullRequest { approvals: 1 }, Rule::MergeQueue] {
        let world = World::shop();
        let shop = world.hub.repo("acme/shop");
        // Such a rule allows to create a branch.
        shop.ruleset("Frozen", OURS, std::slice::from_ref(&rule));
        world.sync();
        assert_eq!(world.pulls().len(), 1, "{rule:?}");
        world.rests();
        let head = shop.head(BRANCH);
        world.lesson("pin", "critical", "Pin every version by its digest.");
        world.commit();
        let why = blocked(&world);
        assert!(why.contains("ruleset `Frozen`"), "{why}");
        assert_eq!(shop.head(BRANCH), head);
    }
}

#[test]
fn a_ruleset_of_the_organization_is_named_with_its_owner() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    shop.ruleset("Fleet", OURS, &[Rule::Creation]);
    shop.last_ruleset(|set| set.of_owner = true);
    let why = blocked(&world);
    assert!(
        why.contains("ruleset `Fleet`") && why.contains("of acme)"),
        "{why}"
    );
}

#[test]
fn a_ruleset_that_is_only_evaluated_or_that_we_bypass_forbids_nothing() {
    for change in [
        (|set| set.enforcement = "evaluate") as fn(&mut lessonbook_github_standin::Ruleset),
        |set| set.enforcement = "disabled",
        |set| set.bypass = std::iter::once(ROBOT.to_owned()).collect(),
    ] {
        let world = World::shop();
        let shop = world.hub.repo("acme/shop");
        shop.ruleset("Not for us", OURS, &[Rule::Creation, Rule::Signatures]);
        shop.last_ruleset(change);
        world.sync();
        assert_eq!(world.pulls().len(), 1);
        world.rests();
    }
}

#[test]
fn rules_that_our_commits_keep_anyway_forbid_nothing() {
    let world = World::shop();
    let rules = [
        Rule::LinearHistory,
        Rule::Deletion,
        Rule::NonFastForward,
        Rule::StatusChecks { free_on_create: true },
        Rule::BranchName {
            starts_with: "lessonbook/".into(),
        },
        Rule::FilePath {
            starts_with: "src/".into(),
        },
    ];
    world.hub.repo("acme/shop").ruleset("Tidy", OURS, &rules);
    world.sync();
    assert_eq!(world.pulls().len(), 1);
    world.rests();
}

#[test]
fn a_branch_that_may_not_be_deleted_is_kept_and_the_run_succeeds() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    world.sync();
    shop.ruleset("Keep", OURS, &[Rule::Deletion]);
    for path in ["CLAUDE.md", COPILOT] {
        let text = shop.text(BRANCH, path).unwrap();
        shop.commit("main").write(path, text).push();
    }
    world.sync();
    assert_eq!(world.pulls()[0].state, "CLOSED");
    assert!(shop.head(BRANCH).is_some());
    world.rests();
    assert!(
        world.states()[0].2.contains("ruleset `Keep`"),
        "{:?}",
        world.states()
    );
}

#[test]
fn what_only_a_refusal_shows_is_tried_once_and_again_when_the_proposal_changes() {
    for rules in [
        // Only an administrator can read the branch protection for a name that no branch has.
        None,
        // Only GitHub knows which address our commits get.
        Some(Rule::AuthorEmail {
            ends_with: "@acme.example".into(),
        }),
        Some(Rule::Secret {
            text: "Pin every version".into(),
        }),
    ] {
        let world = World::shop();
        let shop = world.hub.repo("acme/shop");
        match &rules {
            None => shop.protect("lessonbook/*", Protection::default()),
            Some(rule) => shop.ruleset("Late", OURS, std::slice::from_ref(rule)),
        }
        world.sync_ends(1, &[]);
        assert!(!world.hub.writes().is_empty());
        assert_eq!(shop.head(BRANCH), None);
        let why = blocked(&world);
        assert!(why.contains("GitHub refused this proposal on "), "{why}");
        world.lesson("logs", "medium", "Log to the standard output.");
        world.commit();
        world.hub.forget();
        world.sync_ends(1, &[]);
        assert!(!world.hub.writes().is_empty(), "another proposal is tried");
        blocked(&world);
        shop.unprotect();
        if matches!(rules, Some(Rule::AuthorEmail { .. })) {
            // The rules changed, so the write is tried again.
            world.sync();
            assert_eq!(world.pulls().len(), 1);
        }
    }
}

#[test]
fn a_locked_branch_is_seen_before_it_is_pushed_to() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    world.sync();
    let protection = Protection {
        locked: true,
        creatable: true,
        ..Protection::default()
    };
    shop.protect("lessonbook/*", protection);
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    let why = blocked(&world);
    assert!(why.contains("the branch protection of `lessonbook/*`"), "{why}");
}

/// A world in which our branch accepts only signed commits.
fn signatures() -> World {
    let world = World::shop();
    world
        .hub
        .repo("acme/shop")
        .ruleset("Signed", OURS, &[Rule::Signatures]);
    world
}

#[test]
fn where_signatures_are_required_commits_are_created_with_the_mutation_that_signs() {
    let world = signatures();
    let shop = world.hub.repo("acme/shop");
    world.sync();
    assert_eq!(world.pulls().len(), 1);
    assert!(shop.is_signed(BRANCH));
    assert!(
        shop.text(BRANCH, "CLAUDE.md")
            .unwrap()
            .contains("Pin every version.")
    );
    assert!(shop.text(BRANCH, "CLAUDE.md").unwrap().contains("Be kind."));
    let lines = world.hub.lines();
    assert!(
        !lines
            .iter()
            .any(|line| line.contains("/git/commits ") && line.starts_with("POST")),
        "{lines:#?}"
    );
    world.rests();
    // A commit on top, also signed.
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    world.sync();
    assert!(shop.is_signed(BRANCH));
    assert!(shop.text(BRANCH, "CLAUDE.md").unwrap().contains("by its digest"));
    assert_eq!(world.pulls().len(), 1);
    world.rests();
}

#[test]
fn the_older_protection_that_asks_for_signatures_is_kept_too() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    world.sync();
    let protection = Protection {
        signatures: true,
        creatable: true,
        ..Protection::default()
    };
    shop.protect("lessonbook/*", protection);
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    world.sync();
    assert!(shop.is_signed(BRANCH));
    world.rests();
}

#[test]
fn what_the_signing_mutation_can_not_do_is_reported_and_nothing_is_written() {
    // It does not support file modes.
    let world = World::new("  acme/modes: [all]\n");
    world
        .hub
        .repository("acme/modes")
        .file_with("CLAUDE.md", "100755", "# Mine\n")
        .create();
    let modes = world.hub.repo("acme/modes");
    modes.ruleset("Signed", OURS, &[Rule::Signatures]);
    let why = blocked(&world);
    assert!(why.contains("keep the mode of `CLAUDE.md`"), "{why}");
    // It can't rebuild the branch of an open pull request, which GitHub would close.
    let world = signatures();
    let shop = world.hub.repo("acme/shop");
    world.sync();
    shop.commit("main")
        .write("CLAUDE.md", "# Mine\n\nBe very kind.\n")
        .push();
    let why = blocked(&world);
    assert!(
        why.contains("can't rebuild the branch of an open pull request"),
        "{why}"
    );
    assert_eq!(world.pulls()[0].state, "OPEN");
}

#[test]
fn an_app_in_its_own_name_is_signed_without_it() {
    let world = World::shop();
    let permissions = [
        ("metadata", Role::Read),
        ("contents", Role::Write),
        ("pull_requests", Role::Write),
        ("issues", Role::Write),
    ];
    let app = world.hub.install("lessons", "acme", &permissions, None);
    world.hub.real_clock();
    let shop = world.hub.repo("acme/shop");
    shop.ruleset("Signed", OURS, &[Rule::Signatures]);
    let run = as_app(&world, app.app, &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}\n{:#?}", world.hub.lines());
    assert!(shop.is_signed(BRANCH));
    let made = world.hub.lines();
    assert!(
        made.iter()
            .any(|line| line.starts_with("POST /repos/acme/shop/git/commits ")),
        "{made:#?}"
    );
}

/// Runs the program with an App's key.
fn as_app(world: &World, app: u64, args: &[&str]) -> Run {
    let (api, graphql, id) = (world.hub.api_url(), world.hub.graphql_url(), app.to_string());
    let environment = [
        ("GITHUB_API_URL", api.as_str()),
        ("GITHUB_GRAPHQL_URL", graphql.as_str()),
        ("LESSONBOOK_APP_ID", id.as_str()),
        ("LESSONBOOK_APP_PRIVATE_KEY", APP_KEY),
    ];
    world.sandbox.run_with("store", args, &environment)
}

#[test]
fn a_locked_conversation_does_not_fail_the_run_and_is_reported_once() {
    let world = World::shop();
    let permissions = [
        ("metadata", Role::Read),
        ("contents", Role::Write),
        ("pull_requests", Role::Write),
        ("issues", Role::Write),
    ];
    let app = world.hub.install("lessons", "acme", &permissions, None);
    world.hub.real_clock();
    let sync = || {
        let run = as_app(&world, app.app, &["sync", "--yes", "--format", "json"]);
        assert_eq!(run.code, 0, "{run:?}\n{:#?}", world.hub.lines());
        run.stdout
    };
    sync();
    let shop = world.hub.repo("acme/shop");
    // A person pushed to it and it is outdated, which a comment says once.
    shop.commit(BRANCH).by("dana").write("notes.md", "mine\n").push();
    shop.lock(1, true);
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    let said = sync();
    assert!(said.contains("the conversation of #1 is locked"), "{said}");
    assert_eq!(world.pulls()[0].comments.len(), 0);
    world.hub.forget();
    let said = sync();
    assert!(!said.contains("is locked"), "{said}");
    assert_eq!(world.hub.writes().len(), 0);
    // A proposal without changes is closed anyway.
    let run: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(run["targets"][0]["target"]["name"], "acme/shop");
}
