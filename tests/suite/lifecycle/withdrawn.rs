//! A lesson is withdrawn: what that does in each state, that any cut is healed, and what a sync makes of it afterwards.

use super::{first, is, proposed, rests, reworded};
use crate::support::hub::{Hub, kinds};
use crate::support::library::{Book, PROBE, SECRETS, text};
use lessonbook_pipeline::lifecycle::HOLD;
use lessonbook_pipeline::plan::WaitingLesson;
use lessonbook_pipeline::pull_request::{PullState, Review};
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::Severity;

const CLAUDE: &str = "CLAUDE.md";

/// A target that has merged [`first`].
fn merged() -> Hub {
    proposed().merged()
}

fn retired() -> Book {
    first().change("review/secrets", "severity:", "status: retired\nseverity:")
}

#[test]
fn an_open_proposal_goes_on_without_the_lesson_approved_or_not() {
    for review in [Review::None, Review::Approved, Review::ChangesRequested] {
        let hub = proposed()
            .pull(|pull| pull.review = review)
            .withdrawing("secrets");
        is(&hub.life(), TargetState::Stale, &["push", "rewrite", "say"]);
        let hub = rests(hub);
        let head = hub.head.as_ref().unwrap();
        assert!(!text(&head.tree, CLAUDE).contains("secrets") && text(&head.tree, CLAUDE).contains("probe"));
    }
    let hub = proposed()
        .pull(|pull| pull.conflicting = Some(true))
        .withdrawing("secrets");
    is(&hub.life(), TargetState::Stale, &["force", "rewrite", "say"]);
}

#[test]
fn a_proposal_of_nothing_else_is_closed_with_the_reason() {
    let hub = Hub::new(&Book::new(&[SECRETS])).run().withdrawing("secrets");
    is(
        &hub.life(),
        TargetState::Stale,
        &["say", "rewrite", "close", "delete"],
    );
    let hub = rests(hub);
    assert!(
        hub.said[&(1, "lessonbook:closed".to_owned())].contains(
            "`secrets` was withdrawn, and nothing else is left to propose here. Reason: It is wrong."
        )
    );
    let after = hub.syncing(&Book::new(&[SECRETS]));
    is(&after.life(), TargetState::Proposed, &[]);
}

#[test]
fn what_a_person_holds_or_edited_hears_one_word_and_stays() {
    let starts = [
        (
            proposed().pull(|pull| pull.labels.push(HOLD.to_owned())),
            TargetState::Held,
        ),
        (
            proposed().pull(|pull| pull.about_to_merge = true),
            TargetState::Held,
        ),
        (
            proposed().with(|hub| hub.hold = Some("release week".into())),
            TargetState::Held,
        ),
        (proposed().pushed("x.md", "x\n"), TargetState::Edited),
        (
            proposed().pull(|pull| pull.base_branch = "next".into()),
            TargetState::Edited,
        ),
    ];
    for (start, state) in starts {
        let head = start.head.as_ref().map(|head| head.commit.clone());
        let hub = start.withdrawing("secrets");
        is(&hub.life(), state, &["say", "rewrite"]);
        let hub = rests(hub);
        assert_eq!(hub.head.as_ref().map(|head| head.commit.clone()), head);
        let said = &hub.said[&(1, "lessonbook:withdrawn-secrets".to_owned())];
        assert!(
            said.starts_with("**Do not merge this as it is:** `secrets` was withdrawn: It is wrong."),
            "{said}"
        );
    }
    // A person removed our metadata, so it can't record that the comment was made; the comment's own key prevents a second one.
    let bare = proposed()
        .pushed("x.md", "x\n")
        .pull(|pull| pull.body = "Mine.".into());
    is(&bare.withdrawing("secrets").life(), TargetState::Edited, &["say"]);
}

#[test]
fn a_merged_lesson_gets_a_proposal_that_takes_it_out_also_where_one_was_declined() {
    let hub = merged().withdrawing("secrets");
    is(&hub.life(), TargetState::Stale, &["create", "open"]);
    let hub = rests(hub);
    assert_eq!(
        hub.open().unwrap().title,
        "docs(ai): 1 lesson withdrawn (secrets)"
    );
    let declined = merged().book(&reworded()).run().closed().withdrawing("secrets");
    is(&declined.life(), TargetState::Stale, &["force", "open"]);
    let hub = rests(declined);
    let head = hub.head.as_ref().unwrap();
    assert!(
        !text(&head.tree, CLAUDE).contains("tokens"),
        "nothing of the declined one comes back"
    );
}

#[test]
fn an_open_proposal_for_something_else_takes_the_lesson_out_of_the_base_too() {
    let more = first()
        .lesson("review/names", crate::support::library::NAMES.1)
        .change("review/names", "low", "critical");
    let hub = merged().book(&more).run().withdrawing("secrets");
    is(&hub.life(), TargetState::Stale, &["push", "rewrite", "say"]);
    let hub = rests(hub);
    assert_eq!(
        (hub.pulls.len(), hub.open().unwrap().title.as_str()),
        (2, "docs(ai): 1 lesson withdrawn, 1 added (secrets, names)")
    );
    let body = &hub.open().unwrap().body;
    assert!(
        body.contains("**Withdrawn:** `secrets` was a wrong lesson. This removes it, and adds nothing."),
        "{body}"
    );
}

#[test]
fn where_the_lesson_does_not_stand_nothing_is_done() {
    let hub = Hub::new(&Book::new(&[PROBE])).run();
    is(
        &hub.clone().book(&first()).withdrawing("secrets").life(),
        TargetState::UpToDate,
        &[],
    );
    is(
        &hub.merged().book(&first()).withdrawing("secrets").life(),
        TargetState::UpToDate,
        &[],
    );
    is(
        &Hub::new(&first()).withdrawing("secrets").life(),
        TargetState::UpToDate,
        &[],
    );
}

#[test]
fn a_sync_takes_no_withdrawal_back_and_goes_on_once_the_lesson_is_retired_or_new() {
    let withdrawn = rests(merged().withdrawing("secrets"));
    for hub in [withdrawn.clone(), withdrawn.clone().merged()] {
        is(&hub.clone().syncing(&first()).life(), TargetState::Proposed, &[]);
        let hub = rests(hub.syncing(&retired()));
        assert!(matches!(
            hub.life().state,
            TargetState::Proposed | TargetState::UpToDate
        ));
    }
    let hub = rests(withdrawn.clone().merged().syncing(&reworded()));
    assert!(text(&hub.head.as_ref().unwrap().tree, CLAUDE).contains("tokens"));
    // What a later sync renews still says that it is a withdrawal.
    let more = retired()
        .lesson("review/names", crate::support::library::NAMES.1)
        .change("review/names", "low", "critical");
    let hub = rests(withdrawn.syncing(&more));
    let open = hub.open().unwrap();
    assert_eq!(
        open.title,
        "docs(ai): 1 lesson withdrawn, 1 added (secrets, names)"
    );
    assert!(open.body.contains("> *Why:* It is wrong."), "{}", open.body);
    assert_eq!(open.state, PullState::Open);
}

#[test]
fn a_later_proposal_remembers_what_an_earlier_one_withdrew() {
    let withdrawn = rests(merged().withdrawing("secrets")).merged();
    // For something else, while the target does not get the lesson; and for another withdrawal.
    let elsewhere = |book: Book| {
        book.change("review/secrets", "tags: [app]", "tags: [web]")
            .settings("library_tags: [web]")
    };
    let more = first()
        .lesson("review/names", crate::support::library::NAMES.1)
        .change("review/names", "low", "critical");
    let other = rests(withdrawn.clone().syncing(&elsewhere(more.clone()))).merged();
    let again = rests(withdrawn.book(&first()).withdrawing("probe")).merged();
    let retired = first().change("kubernetes/probe", "severity:", "status: retired\nseverity:");
    for (hub, book) in [(other, more), (again, retired)] {
        is(&hub.syncing(&book).life(), TargetState::Proposed, &[]);
    }
}

#[test]
fn while_a_newer_version_waits_for_canaries_no_earlier_one_takes_the_withdrawal_back() {
    // The store says something else by now, which waits; the plan holds the words that were withdrawn from elsewhere.
    let withdrawn = rests(merged().book(&reworded()).withdrawing("secrets"));
    let hub = withdrawn.merged().syncing(&first());
    is(&hub.life(), TargetState::Stale, &["create", "open"]);
    let mut plan = hub.plan();
    plan.content.waiting.push(WaitingLesson {
        lesson: "secrets".into(),
        severity: Severity::Critical,
        meanwhile: None,
        why: "waits for 1 of 2 canaries".into(),
        file: None,
    });
    is(&hub.life_of(&plan), TargetState::Proposed, &[]);
}

#[test]
fn a_withdrawal_that_is_cut_off_after_any_step_is_healed_by_the_next() {
    let starts = [
        proposed(),
        proposed().pull(|pull| pull.conflicting = Some(true)),
        proposed().pushed("x.md", "x\n"),
        Hub::new(&Book::new(&[SECRETS])).run(),
        Hub::new(&first()).with(|hub| {
            let steps = hub.life().steps;
            hub.carry_out(&steps[..1]);
        }),
        merged(),
        merged().book(&reworded()).run().closed(),
        merged().book(&reworded()).run(),
    ];
    for start in starts {
        let start = start.withdrawing("secrets");
        let steps = start.life().steps;
        let whole = start.clone().run();
        for cut in 0..steps.len() {
            let mut hub = start.clone();
            hub.carry_out(&steps[..cut]);
            let healed = hub.run();
            let life = healed.life();
            assert_eq!(
                kinds(&life),
                Vec::<&str>::new(),
                "cut at {cut}: {:?} {}",
                life.state,
                life.why
            );
            let tree = |hub: &Hub| hub.head.as_ref().map(|head| head.tree.clone());
            assert_eq!(tree(&healed), tree(&whole), "cut at {cut} of {steps:?}");
            let states = |hub: &Hub| hub.pulls.iter().map(|pull| pull.state).collect::<Vec<_>>();
            assert_eq!(states(&healed), states(&whole), "cut at {cut} of {steps:?}");
        }
    }
}
