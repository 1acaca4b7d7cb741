//! The life of a proposal: for each row of the table one test, for each rule of order one, and what holds whatever GitHub says.
//!
//! Everything goes through the real plan of a real store; GitHub is `support/hub.rs`.

use crate::support::{hub, library};
use lessonbook_pipeline::target_state::TargetState;

mod properties;
mod withdrawn;

use hub::{Hub, kinds};
use lessonbook_pipeline::lifecycle::{HOLD, OFF, ProposalPlan};
use lessonbook_pipeline::pull_request::{Permission, Review, Step};
use library::{Book, NAMES, PROBE, SECRETS};

/// Two critical lessons.
fn first() -> Book {
    Book::new(&[PROBE, SECRETS]).settings("proposal: { labels: [guardrails] }")
}

/// One of them in other words.
fn reworded() -> Book {
    first().change(
        "review/secrets",
        "passwords and keys",
        "passwords, tokens and keys",
    )
}

/// A target with an open proposal of [`first`].
fn proposed() -> Hub {
    Hub::new(&first()).run()
}

#[track_caller]
fn is(life: &ProposalPlan, state: TargetState, steps: &[&str]) {
    assert_eq!((life.state, kinds(life)), (state, steps.to_vec()), "{}", life.why);
}

/// Nothing is left to do after this run.
#[track_caller]
fn rests(hub: Hub) -> Hub {
    let hub = hub.run();
    let life = hub.life();
    assert_eq!(kinds(&life), Vec::<&str>::new(), "{:?}: {}", life.state, life.why);
    hub
}

// ---- Rows of the table.

#[test]
fn an_archived_disabled_empty_or_forked_repository_is_excluded_with_the_reason() {
    type Change = fn(&mut lessonbook_pipeline::pull_request::Remote);
    let cases: [(Change, &str); 4] = [
        (|remote| remote.archived = true, "archived"),
        (|remote| remote.disabled = true, "disabled by GitHub"),
        (|remote| remote.empty = true, "empty"),
        (|remote| remote.fork = true, "a fork"),
    ];
    for (change, why) in cases {
        let life = proposed()
            .book(&reworded())
            .with(|hub| change(&mut hub.remote))
            .life();
        is(&life, TargetState::Disabled, &[]);
        assert_eq!(life.why, why);
    }
}

#[test]
fn a_repository_that_opted_out_is_told_with_the_critical_lessons_that_it_lacks() {
    let out = |hub: Hub| hub.with(|hub| hub.remote.topics = vec![OFF.into()]);
    let life = out(Hub::new(&first())).life();
    is(&life, TargetState::Disabled, &[]);
    assert_eq!(
        life.why,
        "opted out by the topic `lessonbook-off`; it lacks 2 critical lessons"
    );
    let life = out(proposed().merged()).life();
    assert_eq!(
        life.why,
        "opted out by the topic `lessonbook-off`; it lacks no critical lesson"
    );
}

#[test]
fn a_target_that_holds_everything_is_in_sync() {
    is(&proposed().merged().life(), TargetState::UpToDate, &[]);
}

#[test]
fn our_branch_goes_when_nothing_is_left_to_say_and_a_persons_stays() {
    let left = |hub: Hub| {
        let head = hub.head.clone();
        hub.merged().with(|hub| hub.head = head)
    };
    is(&left(proposed()).life(), TargetState::Merged, &["delete"]);
    let foreign = left(proposed()).pushed("README.md", "mine\n");
    is(&foreign.life(), TargetState::UpToDate, &[]);
}

#[test]
fn a_missing_proposal_is_made_as_branch_then_pull_request() {
    let life = Hub::new(&first()).life();
    is(&life, TargetState::Stale, &["create", "open"]);
    assert!(life.opens);
    is(&proposed().life(), TargetState::Proposed, &[]);
}

#[test]
fn after_a_merge_a_new_lesson_gets_a_new_proposal() {
    let life = proposed().merged().book(&reworded()).life();
    is(&life, TargetState::Stale, &["create", "open"]);
}

#[test]
fn a_branch_without_a_pull_request_gets_one_and_is_moved_only_where_it_is_old() {
    let orphan = |hub: Hub| hub.with(|hub| hub.pulls.clear());
    is(&orphan(proposed()).life(), TargetState::Stale, &["open"]);
    is(
        &orphan(proposed()).book(&reworded()).life(),
        TargetState::Stale,
        &["force", "open"],
    );
    let second = proposed()
        .merged()
        .book(&reworded())
        .run()
        .with(|hub| drop(hub.pulls.pop()));
    is(&second.life(), TargetState::Stale, &["open"]);
}

#[test]
fn a_branch_with_somebody_elses_commits_and_no_pull_request_blocks() {
    let life = proposed()
        .pushed("x.md", "mine\n")
        .with(|hub| hub.pulls.clear())
        .book(&reworded())
        .life();
    is(&life, TargetState::Blocked, &[]);
    assert!(life.why.contains("fffffff Mine (dana)"), "{}", life.why);
}

#[test]
fn an_open_proposal_that_says_it_all_is_left_alone_in_another_run_of_a_newer_store_too() {
    let later = proposed().with(|hub| {
        hub.about.store_commit = Some("0123456789012345678901234567890123456789");
        hub.about.run = Some("9000");
    });
    is(&later.life(), TargetState::Proposed, &[]);
}

#[test]
fn an_old_proposal_is_renewed_on_top_of_its_head_without_force() {
    let hub = proposed().book(&reworded());
    let life = hub.life();
    is(&life, TargetState::Stale, &["push", "rewrite"]);
    let Some(Step::MoveBranch { from, to, .. }) = life.steps.first() else {
        panic!("{:?}", life.steps)
    };
    assert_eq!(*from, to.onto);
    let hub = rests(hub);
    assert_eq!(hub.life().state, TargetState::Proposed);
    assert_eq!(
        hub.head.as_ref().expect("a branch").tree,
        hub.base.with(&hub.plan().content.edits)
    );
}

#[test]
fn a_file_that_is_not_proposed_any_more_goes_back_to_the_bases() {
    let with_paths = first();
    let without = Book::new(&[SECRETS]).settings("proposal: { labels: [guardrails] }");
    let hub = Hub::new(&with_paths).run();
    let path = ".github/instructions/kubernetes.instructions.md";
    assert!(hub.head.as_ref().expect("a branch").tree.get(path).is_some());
    let hub = rests(hub.book(&without));
    assert!(hub.head.as_ref().expect("a branch").tree.get(path).is_none());
    assert_eq!(hub.life().state, TargetState::Proposed);
}

#[test]
fn a_conflicting_proposal_is_made_anew_on_the_base_in_one_move() {
    for book in [first(), reworded()] {
        let hub = proposed().book(&book).pull(|pull| pull.conflicting = Some(true));
        let life = hub.life();
        assert_eq!((life.state, kinds(&life)[0]), (TargetState::Stale, "force"));
        let Some(Step::MoveBranch { to, .. }) = life.steps.first() else {
            panic!("{:?}", life.steps)
        };
        assert_eq!(to.onto, hub::BASE);
        rests(hub);
    }
}

#[test]
fn a_persons_commit_is_never_touched_and_that_is_said_once() {
    let hub = proposed().pushed("CLAUDE.md", "mine\n").book(&reworded());
    is(&hub.life(), TargetState::Edited, &["say", "rewrite"]);
    let head = hub.head.clone().expect("a branch").commit;
    let hub = rests(hub);
    assert_eq!(hub.life().state, TargetState::Edited);
    assert_eq!(hub.head.as_ref().expect("a branch").commit, head);
    assert!(
        hub.said
            .values()
            .next()
            .expect("a comment")
            .contains("a person pushed to the branch")
    );
}

#[test]
fn a_persons_commit_beside_what_we_would_say_needs_no_word() {
    let hub = proposed().with(|hub| hub.head.as_mut().expect("a branch").foreign.push("x".into()));
    is(&hub.life(), TargetState::Edited, &[]);
}

#[test]
fn a_proposal_that_a_person_turned_to_another_base_is_left_alone() {
    let hub = proposed()
        .book(&reworded())
        .pull(|pull| pull.base_branch = "release".into());
    is(&hub.life(), TargetState::Edited, &["say", "rewrite"]);
    rests(hub);
}

#[test]
fn a_persons_text_and_title_stay_when_the_branch_is_renewed() {
    for crlf in [false, true] {
        let hub = proposed().book(&reworded()).pull(|pull| {
            pull.title = "JIRA-7: rules".into();
            pull.body = pull.body.replace("Only you can merge this.", "I asked Dana.");
            if crlf {
                pull.body = pull.body.replace('\n', "\r\n");
            }
        });
        is(&hub.life(), TargetState::Stale, &["push", "say", "rewrite"]);
        let hub = rests(hub);
        let pull = hub.open().expect("open");
        assert_eq!(pull.title, "JIRA-7: rules");
        assert!(pull.body.contains("I asked Dana."));
        // And once more, for the hidden line was renewed.
        let hub = rests(hub.book(&first()));
        assert!(hub.open().expect("open").body.contains("I asked Dana."));
        assert_eq!(hub.open().expect("open").title, "JIRA-7: rules");
    }
}

#[test]
fn words_that_a_person_wrote_below_our_text_stay() {
    let hub = proposed()
        .book(&reworded())
        .pull(|pull| pull.body.push_str("\nLooks good to me.\n"));
    let hub = rests(hub);
    assert!(hub.open().expect("open").body.contains("Looks good to me."));
}

#[test]
fn our_own_text_is_renewed_with_the_branch_whatever_githubs_line_endings() {
    let hub = proposed()
        .book(&reworded())
        .pull(|pull| pull.body = pull.body.replace('\n', "\r\n"));
    let hub = rests(hub);
    assert!(
        hub.open()
            .expect("open")
            .body
            .contains("passwords, tokens and keys")
    );
}

#[test]
fn an_approved_proposal_is_pushed_to_for_a_critical_change_only() {
    let book = Book::new(&[SECRETS, NAMES]);
    let approved = |hub: Hub| hub.pull(|pull| pull.review = Review::Approved);
    let hub = approved(Hub::new(&book).run());
    is(&hub.life(), TargetState::Approved, &[]);
    let minor = book
        .clone()
        .change("review/names", "Spell names out.", "Spell all names out.");
    is(&hub.clone().book(&minor).life(), TargetState::Approved, &[]);
    let major = book
        .clone()
        .change("review/secrets", "passwords and keys", "all keys");
    is(
        &hub.clone().book(&major).life(),
        TargetState::Stale,
        &["push", "rewrite"],
    );
    let new = book.clone().lesson(PROBE.0, PROBE.1);
    is(
        &hub.clone().book(&new).life(),
        TargetState::Stale,
        &["push", "rewrite"],
    );
    let retired = book.change(
        "review/secrets",
        "severity: critical",
        "severity: critical\nstatus: retired",
    );
    is(
        &hub.book(&retired).life(),
        TargetState::Stale,
        &["push", "rewrite"],
    );
}

#[test]
fn a_held_proposal_is_not_pushed_to_and_tells_since_when() {
    let hub = proposed().book(&reworded());
    let label = hub.clone().pull(|pull| {
        pull.labels.push(HOLD.to_uppercase());
        pull.held_since = Some(77);
    });
    is(&label.life(), TargetState::Held, &[]);
    assert_eq!(label.life().since, Some(77));
    is(
        &hub.clone().pull(|pull| pull.about_to_merge = true).life(),
        TargetState::Held,
        &[],
    );
    let own = hub.with(|hub| hub.hold = Some("freeze".into()));
    is(&own.life(), TargetState::Held, &[]);
    assert_eq!(own.life().why, "held by the repository's own file: freeze");
    let none = Hub::new(&first()).with(|hub| hub.hold = Some("freeze".into()));
    is(&none.life(), TargetState::Held, &[]);
}

#[test]
fn a_proposal_with_nothing_left_to_say_is_told_why_marked_closed_and_its_branch_deleted() {
    let hub = proposed().with(|hub| hub.base = hub.head.as_ref().expect("a branch").tree.clone());
    is(
        &hub.life(),
        TargetState::Stale,
        &["say", "rewrite", "close", "delete"],
    );
    let hub = rests(hub);
    is(&hub.life(), TargetState::UpToDate, &[]);
    assert!(hub.pulls[0].body.contains(" closed-by=lessonbook "));
}

#[test]
fn a_lesson_that_was_taken_back_closes_its_proposal_even_when_it_is_about_to_merge() {
    let hub = Hub::new(&Book::new(&[SECRETS]))
        .run()
        .pull(|pull| pull.about_to_merge = true);
    let hub = hub.book(&Book::new(&[SECRETS]).change(
        "review/secrets",
        "severity: critical",
        "severity: critical\nstatus: retired",
    ));
    is(
        &hub.life(),
        TargetState::Stale,
        &["say", "rewrite", "close", "delete"],
    );
}

#[test]
fn a_proposal_with_nothing_left_to_say_and_a_persons_commits_gets_one_comment() {
    let hub = proposed().pushed("README.md", "mine\n");
    let hub = hub.with(|hub| hub.base = hub.base.with(&hub.plan().content.edits));
    is(&hub.life(), TargetState::Edited, &["say", "rewrite"]);
    let hub = rests(hub);
    assert!(hub.open().is_some() && hub.head.is_some());
}

#[test]
fn a_pull_request_whose_branch_is_not_ours_to_see_is_never_closed() {
    let hub = proposed()
        .merged()
        .pull(|pull| pull.state = lessonbook_pipeline::pull_request::PullState::Open);
    is(&hub.life(), TargetState::Blocked, &[]);
}

#[test]
fn what_we_closed_ourselves_is_opened_again_before_its_branch_moves() {
    let closed = proposed().with(|hub| hub.base = hub.base.with(&hub.plan().content.edits));
    let steps = closed.life().steps;
    // The run was cut off before the branch was deleted; then the base went back.
    let back = closed.with(|hub| {
        hub.carry_out(&steps[..3]);
        hub.base = library::bare();
    });
    is(&back.life(), TargetState::Stale, &["reopen", "rewrite"]);
    let hub = back.book(&reworded());
    is(&hub.life(), TargetState::Stale, &["reopen", "push", "rewrite"]);
    assert!(hub.life().opens);
    let hub = rests(hub);
    assert!(!hub.pulls[0].body.contains("closed-by"));
}

#[test]
fn what_we_closed_and_whose_branch_is_gone_gets_a_new_proposal_that_names_the_old() {
    let hub = proposed()
        .with(|hub| hub.base = hub.base.with(&hub.plan().content.edits))
        .run();
    let hub = hub.with(|hub| hub.base = library::bare());
    is(&hub.life(), TargetState::Stale, &["create", "open"]);
    let hub = rests(hub);
    assert!(
        hub.open()
            .expect("open")
            .body
            .starts_with("**Again:** lessonbook closed #1")
    );
}

#[test]
fn a_declined_proposal_is_respected_while_its_lessons_stay_the_same() {
    let declined = proposed().closed();
    is(&declined.life(), TargetState::Declined, &[]);
    assert_eq!(declined.life().since, Some(30));
    // Another lesson does not nag, whatever it is.
    let more = first().lesson(NAMES.0, NAMES.1);
    is(&declined.clone().book(&more).life(), TargetState::Declined, &[]);
    // Nor does the same plan over other hand-written text.
    let text = declined.with(|hub| {
        hub.base
            .load("CLAUDE.md", lessonbook_base::tree::Mode::File, "# Ours\n");
    });
    is(&text.life(), TargetState::Declined, &[]);
}

#[test]
fn a_declined_proposal_comes_again_when_one_of_its_lessons_changed_and_says_so() {
    let hub = proposed().closed().with(|hub| hub.head = None).book(&reworded());
    is(&hub.life(), TargetState::Stale, &["create", "open"]);
    let hub = rests(hub);
    let body = &hub.open().expect("open").body;
    assert!(
        body.starts_with("**Again:** #1 was declined; `secrets` has changed since then."),
        "{body}"
    );
    // A later change keeps that line.
    let hub = rests(hub.book(&first().change("review/secrets", "passwords and keys", "keys")));
    assert!(
        hub.open()
            .expect("open")
            .body
            .starts_with("**Again:** #1 was declined")
    );
}

#[test]
fn a_lesson_that_left_a_declined_proposal_does_not_bring_the_others_back() {
    let fewer = Book::new(&[PROBE]);
    is(
        &proposed().closed().book(&fewer).life(),
        TargetState::Declined,
        &[],
    );
}

#[test]
fn a_declined_proposal_whose_text_tells_nothing_any_more_stays_declined() {
    let hub = proposed()
        .closed()
        .pull(|pull| pull.body = "no".into())
        .book(&reworded());
    is(&hub.life(), TargetState::Declined, &[]);
}

#[test]
fn what_was_merged_and_changed_back_is_proposed_as_drift() {
    let hub = proposed().merged().with(|hub| {
        hub.base.remove("CLAUDE.md"); // one of several files
    });
    is(&hub.life(), TargetState::Drifted, &["create", "open"]);
    let hub = rests(hub);
    assert!(
        hub.open()
            .expect("open")
            .body
            .starts_with("**Again:** #1 was merged")
    );
}

#[test]
fn a_proposal_of_a_newer_store_is_left_alone_open_or_closed_or_merged() {
    let newer = |hub: Hub| hub.with(|hub| hub.newer = true);
    let hub = proposed().book(&reworded());
    is(&newer(hub.clone()).life(), TargetState::Proposed, &[]);
    is(&newer(hub.clone().closed()).life(), TargetState::Proposed, &[]);
    is(
        &newer(hub.merged().book(&first()))
            .with(|hub| hub.base = library::bare())
            .life(),
        TargetState::Proposed,
        &[],
    );
    let nothing_left = proposed().with(|hub| hub.base = hub.base.with(&hub.plan().content.edits));
    is(&newer(nothing_left).life(), TargetState::Proposed, &[]);
    is(&newer(proposed().merged()).life(), TargetState::UpToDate, &[]);
}

#[test]
fn lessons_below_open_for_wait_for_the_next_proposal() {
    let book = Book::new(&[NAMES]).settings("proposal: { open_for: high }");
    is(&Hub::new(&book).life(), TargetState::Held, &[]);
    let both = book.lesson(SECRETS.0, SECRETS.1);
    is(&Hub::new(&both).life(), TargetState::Stale, &["create", "open"]);
}

#[test]
fn a_change_of_mere_template_wording_waits_for_the_next_proposal() {
    let wording = |book: Book| {
        let text = include_str!("../../templates/always.md.tera")
            .replace(": edit them there, changes here are overwritten", "");
        book.template("always.md.tera", text)
    };
    let merged = proposed().merged();
    let hub = merged.clone().book(&wording(first()));
    assert!(!hub.plan().content.edits.is_empty());
    is(&hub.life(), TargetState::Held, &[]);
    is(
        &merged.book(&wording(reworded())).life(),
        TargetState::Stale,
        &["create", "open"],
    );
}

#[test]
fn a_target_that_is_switched_off_gets_its_proposal_whatever_the_severity() {
    let book = Book::new(&[NAMES]).settings("proposal: { open_for: high }");
    let low = Hub::new(&Book::new(&[NAMES])).run().merged();
    let off = low.book(&book.target("{ tags: [app], enabled: false }"));
    is(&off.life(), TargetState::Stale, &["create", "open"]);
}

#[test]
fn without_permission_to_push_what_is_due_is_blocked_and_what_stands_is_told() {
    let reader = |hub: Hub| hub.with(|hub| hub.remote.permission = Permission::Read);
    is(&reader(Hub::new(&first())).life(), TargetState::Blocked, &[]);
    is(
        &reader(proposed().book(&reworded())).life(),
        TargetState::Blocked,
        &[],
    );
    is(&reader(proposed()).life(), TargetState::Proposed, &[]);
    is(&reader(proposed().closed()).life(), TargetState::Declined, &[]);
    is(&reader(proposed().merged()).life(), TargetState::UpToDate, &[]);
    is(
        &reader(proposed().book(&reworded()).pushed("x.md", "x\n")).life(),
        TargetState::Edited,
        &[],
    );
}

#[test]
fn a_plan_that_does_not_hold_is_refused_and_nothing_is_done() {
    let two = "<!-- lessonbook:begin acme 000000000000 -->\n".repeat(2);
    let hub = proposed().with(|hub| hub.base.load("CLAUDE.md", lessonbook_base::tree::Mode::File, two));
    is(&hub.life(), TargetState::Refused, &[]);
    let small = first().settings("policy: { max_files_per_target: 1 }");
    let life = Hub::new(&small).life();
    is(&life, TargetState::Refused, &[]);
}

// ---- The order of steps, and cut-off runs.

#[test]
fn a_run_that_is_cut_off_after_any_step_is_healed_by_the_next() {
    let obsolete = || proposed().with(|hub| hub.base = hub.base.with(&hub.plan().content.edits));
    let cut_then_back = || {
        let closed = obsolete();
        let steps = closed.life().steps;
        closed.with(|hub| {
            hub.carry_out(&steps[..3]);
            hub.base = library::bare();
        })
    };
    let starts = [
        Hub::new(&first()),
        proposed().book(&reworded()),
        proposed().pull(|pull| pull.conflicting = Some(true)),
        proposed().book(&reworded()).pushed("x.md", "x\n"),
        obsolete(),
        cut_then_back().book(&reworded()),
        proposed().closed().book(&reworded()),
        proposed().merged().with(|hub| hub.base.remove("CLAUDE.md")),
    ];
    for start in starts {
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
            assert_eq!(life.state, whole.life().state, "cut at {cut} of {steps:?}");
            let tree = |hub: &Hub| hub.head.as_ref().map(|head| head.tree.clone());
            assert_eq!(tree(&healed), tree(&whole), "cut at {cut}");
            let states = |hub: &Hub| hub.pulls.iter().map(|pull| pull.state).collect::<Vec<_>>();
            assert_eq!(states(&healed), states(&whole), "cut at {cut}");
        }
    }
}

#[test]
fn labels_that_were_lost_are_put_on_once_and_stay_off_when_a_person_takes_them_off() {
    let lost = proposed().pull(|pull| pull.labels.clear());
    is(&lost.life(), TargetState::Proposed, &["mark", "rewrite"]);
    let hub = rests(lost);
    assert_eq!(hub.open().expect("open").labels, ["guardrails"]);
    is(
        &hub.pull(|pull| pull.labels.clear()).life(),
        TargetState::Proposed,
        &[],
    );
}

#[test]
fn reviewers_that_were_lost_are_asked_once_where_github_was_asked_who_is() {
    let book = first().change("review/secrets", "a", "a");
    let mut book = book;
    book.settings = "proposal: { reviewers: [dana], team_reviewers: [sre], assignees: [kim] }\n".into();
    let hub = Hub::new(&book).run();
    is(&hub.life(), TargetState::Proposed, &[]);
    let seen = hub
        .clone()
        .pull(|pull| pull.requested = Some(vec!["Dana".into(), "sre".into(), "kim".into()]));
    is(&seen.life(), TargetState::Proposed, &[]);
    let lost = hub.pull(|pull| pull.requested = Some(vec!["dana".into()]));
    is(&lost.life(), TargetState::Proposed, &["mark", "rewrite"]);
    let reviewed = lost.clone().pull(|pull| pull.review = Review::ChangesRequested);
    is(&reviewed.life(), TargetState::Proposed, &[]);
    rests(lost);
}

#[test]
fn the_commit_says_which_store_commit_and_which_run_it_comes_from() {
    let life = Hub::new(&first()).life();
    let Some(Step::CreateBranch(commit)) = life.steps.first() else {
        panic!("{:?}", life.steps)
    };
    let last = commit.message.trim_end().rsplit("\n\n").next().expect("trailers");
    let keys: Vec<&str> = last.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(keys, ["Lessonbook", "Lessonbook-Store", "Lessonbook-Run"]);
    assert!(last.contains("Lessonbook-Store: acme/lessons 5701e0"));
}

#[test]
fn an_edit_in_our_block_opens_a_proposal_though_every_lesson_stands_and_closing_it_is_an_answer() {
    let edited = |hub: Hub| {
        hub.with(|hub| {
            let text = String::from_utf8(hub.base.file("CLAUDE.md").unwrap_or_default().to_vec())
                .unwrap_or_default();
            let text = text.replacen("\n- ", "\n- Be brave.\n- ", 1);
            hub.base
                .load("CLAUDE.md", lessonbook_base::tree::Mode::File, text);
        })
    };
    let hub = edited(proposed().merged());
    is(&hub.life(), TargetState::Drifted, &["create", "open"]);
    let hub = rests(hub);
    let body = &hub.open().expect("open").body;
    assert!(body.starts_with("**Again:** #1 was merged"), "{body}");
    assert!(
        body.contains("`- Be brave.`") && body.contains("are reverted."),
        "{body}"
    );
    // A person who closes it wants to keep the line; a lesson that changes is news all the same.
    let hub = hub.closed();
    is(&hub.life(), TargetState::Declined, &[]);
    assert_eq!(hub.book(&reworded()).life().state, TargetState::Stale);
}
