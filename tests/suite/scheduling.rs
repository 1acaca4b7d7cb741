//! All targets of a run together: who goes first, who waits, what fails, and how the run ends; and what targets may wish.

use hub::Hub;
use lessonbook_pipeline::target_state::TargetState;
use library::{Book, IMAGES, NAMES, PROBE, SECRETS, TODAY, bare, snapshot};

use crate::support::{hub, library};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::lifecycle::ProposalPlan;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::scheduling::{self, End, FailureFilter, ProposalLimit, RunSummary, ScheduledTarget};
use lessonbook_store::{Acknowledge, FAILING, Policy, target_overrides};

// ---- Order and bounds.

/// A member whose plan opens a proposal for lessons of this severity.
fn member<'a>(
    target: &'a str,
    plans: &'a [TargetPlan],
    plan: usize,
    last: Option<i64>,
    life: &ProposalPlan,
) -> ScheduledTarget<'a> {
    ScheduledTarget {
        target,
        plan: &plans[plan],
        last,
        life: life.clone(),
    }
}

fn plans() -> Vec<TargetPlan> {
    let books = [Book::new(&[SECRETS]), Book::new(&[IMAGES]), Book::new(&[NAMES])];
    books.iter().map(|book| Hub::new(book).plan()).collect()
}

fn opening() -> ProposalPlan {
    Hub::new(&Book::new(&[SECRETS])).life()
}

#[test]
fn critical_goes_first_then_who_waited_longest_then_the_name() {
    let (plans, life) = (plans(), opening());
    let members = [
        member("acme/low", &plans, 2, None, &life),
        member("acme/served", &plans, 0, Some(90), &life),
        member("acme/before", &plans, 0, Some(10), &life),
        member("acme/never-b", &plans, 0, None, &life),
        member("acme/never-a", &plans, 0, None, &life),
        member("acme/high", &plans, 1, None, &life),
    ];
    let order: Vec<&str> = scheduling::order(&members)
        .iter()
        .map(|at| members[*at].target)
        .collect();
    let wanted = [
        "acme/never-a",
        "acme/never-b",
        "acme/before",
        "acme/served",
        "acme/high",
        "acme/low",
    ];
    assert_eq!(order, wanted);
}

#[test]
fn past_the_bound_new_proposals_wait_and_everything_else_goes_on() {
    let (plans, life) = (plans(), opening());
    let quiet = ProposalPlan::quiet(TargetState::Proposed, "it waits for a person");
    let mut members = vec![
        member("acme/c", &plans, 0, None, &life),
        member("acme/a", &plans, 0, None, &life),
        member("acme/open", &plans, 0, None, &quiet),
        member("acme/b", &plans, 0, None, &life),
    ];
    let policy = Policy {
        max_new_proposals: 2,
        ..Policy::default()
    };
    scheduling::defer(&mut members, ProposalLimit::new(&policy, None));
    let states: Vec<_> = members
        .iter()
        .map(|member| (member.target, member.life.state))
        .collect();
    let wanted = [
        ("acme/c", TargetState::Deferred),
        ("acme/a", TargetState::Stale),
        ("acme/open", TargetState::Proposed),
        ("acme/b", TargetState::Stale),
    ];
    assert_eq!(states, wanted);
    assert!(members[0].life.steps.is_empty() && !members[0].life.opens);
    let why = &members[0].life.why;
    assert!(
        why.starts_with("this run opens at most 2 proposals (policy.max_new_proposals)"),
        "{why}"
    );
}

#[test]
fn the_lesser_bound_counts_and_a_proposal_that_fails_gives_its_place_back() {
    let policy = Policy {
        max_new_proposals: 5,
        ..Policy::default()
    };
    let life = opening();
    let mut bound = ProposalLimit::new(&policy, Some(1));
    assert!(bound.admits(&life));
    bound.give_back();
    assert!(bound.admits(&life) && !bound.admits(&life));
    assert!(bound.admits(&ProposalPlan::quiet(TargetState::Proposed, "x")));
    assert!(bound.why().contains("at most 1 proposal (--max-proposals)"));
    assert!(
        ProposalLimit::new(&policy, Some(9))
            .why()
            .contains("at most 5 proposals (policy.max_new_proposals)")
    );
    assert!(!ProposalLimit::new(&policy, Some(0)).admits(&life));
}

#[test]
fn a_plan_of_too_many_files_is_refused_with_both_numbers() {
    let book = Book::new(&[PROBE, SECRETS]).settings("policy: { max_files_per_target: 3 }");
    let plan = book.plan(&bare());
    library::refused_for(
        &plan,
        Code::TooManyFiles,
        "changes 4 files, but at most 3 may change",
    );
}

// ---- Failures and the end.

fn known(state: &str, until: Option<jiff::civil::Date>) -> Vec<Acknowledge> {
    vec![Acknowledge {
        target: "acme/*".into(),
        state: state.into(),
        reason: "until the merger".into(),
        until,
    }]
}

#[test]
fn the_states_that_fail_are_those_that_can_be_acknowledged_and_each_has_an_owner_and_a_next_step() {
    let failing: Vec<&str> = TargetState::ALL
        .iter()
        .filter(|state| state.fails())
        .map(|state| state.word())
        .collect();
    assert_eq!(failing, FAILING);
    for state in TargetState::ALL {
        assert_eq!(state.owner().is_some(), state.fails());
        assert_eq!(state.next().is_some(), state.fails());
        assert!(
            state
                .next()
                .is_none_or(|next| next.ends_with('.') && next.matches(". ").count() == 0)
        );
        assert_eq!(
            serde_json::to_value(state).expect("a word"),
            state.word().replace(' ', "-")
        );
    }
}

#[test]
fn a_known_failure_keeps_no_run_red_until_its_day_has_passed() {
    let life = ProposalPlan::quiet(TargetState::Blocked, "our token may not push here");
    let lives = || [("acme/app", &life)];
    let tally = |known: &[Acknowledge], fail_on| RunSummary::new(lives(), known, fail_on, TODAY);
    let end = |known: &[Acknowledge], fail_on| tally(known, fail_on).end(false);
    assert_eq!(end(&[], FailureFilter::New), End::Failed);
    assert_eq!(end(&known("blocked", None), FailureFilter::New), End::Done);
    assert_eq!(end(&known("blocked", Some(TODAY)), FailureFilter::New), End::Done);
    let past = TODAY.yesterday().expect("a day");
    assert_eq!(
        end(&known("blocked", Some(past)), FailureFilter::New),
        End::Failed
    );
    assert_eq!(end(&known("refused", None), FailureFilter::New), End::Failed);
    assert_eq!(end(&known("blocked", None), FailureFilter::Any), End::Failed);
    assert_eq!(end(&[], FailureFilter::None), End::Done);
    let tally = tally(&known("blocked", None), FailureFilter::New);
    let failure = &tally.failures[0];
    assert_eq!(failure.acknowledged.as_deref(), Some("until the merger"));
    assert!(!failure.counts && failure.owner == "the repository's administrators");
}

#[test]
fn of_several_ends_the_heaviest_is_told() {
    let lives = [TargetState::Blocked, TargetState::Deferred, TargetState::Proposed]
        .map(|state| ProposalPlan::quiet(state, "x"));
    let end = |lives: &[ProposalPlan], pending| {
        let named = lives.iter().map(|life| ("acme/app", life));
        RunSummary::new(named, &[], FailureFilter::New, TODAY).end(pending)
    };
    assert_eq!(end(&lives, true), End::Failed);
    assert_eq!(end(&lives[1..], true), End::Deferred);
    assert_eq!(end(&lives[2..], true), End::Pending);
    assert_eq!(end(&lives[2..], false), End::Done);
    let tally = RunSummary::new(
        lives.iter().map(|life| ("acme/app", life)),
        &[],
        FailureFilter::New,
        TODAY,
    );
    assert_eq!(
        (tally.count(TargetState::Blocked), tally.count(TargetState::Stale)),
        (1, 0)
    );
}

// ---- `acknowledge` in targets.yaml.

fn checked(settings: &str) -> Vec<Finding> {
    let book = Book::new(&[SECRETS]).settings(settings);
    book.load().1
}

#[test]
fn an_acknowledgement_of_an_unknown_state_or_target_is_a_finding() {
    let of = |entry: &str| checked(&format!("acknowledge: [{{ {entry}, reason: x }}]"));
    assert!(of("target: ../app, state: blocked").is_empty());
    assert!(of("target: \"**\", state: refused").is_empty());
    let state = &of("target: ../app, state: block")[0];
    assert_eq!(
        (state.code, state.help.as_deref()),
        (
            Code::UnknownValue,
            Some("did you mean `blocked`? Write `blocked`, `unreachable` or `refused`")
        )
    );
    let target = &of("target: ../ap, state: blocked")[0];
    assert_eq!(
        (target.code, target.help.as_deref()),
        (Code::AcknowledgeForNobody, Some("did you mean `../app`?"))
    );
    assert_eq!(target.at.as_ref().map(|at| at.line), Some(3));
    let past = &checked("acknowledge: [{ target: ../app, state: blocked, reason: x, until: 2026-01-01 }]")[0];
    assert_eq!((past.code, past.level), (Code::AcknowledgePast, Level::Warning));
    let silent = &checked("acknowledge: [{ target: ../app, state: blocked }]")[0];
    assert_eq!(silent.code, Code::ExceptionIncomplete);
}

#[test]
fn what_only_discovery_could_know_is_not_called_unknown() {
    let found = |who: &str, target: &str| {
        checked(&format!(
            "discover: [{{ {who} }}]\nacknowledge: [{{ target: {target}, state: blocked, reason: x }}]\nexceptions: [{{ lesson: secrets, target: {target}, reason: x, by: dana }}]"
        ))
    };
    assert!(found("organization: acme", "Acme/shop").is_empty());
    assert!(found("user: dana", "dana/shop").is_empty());
    let codes: Vec<Code> = found("user: dana", "acme/shop")
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(codes, [Code::AcknowledgeForNobody, Code::ExceptionForNobody]);
}

// ---- What targets wish.

fn wish(text: &str) -> (lessonbook_store::TargetOverrides, Vec<Finding>) {
    target_overrides::read(text.as_bytes(), TODAY)
}

#[test]
fn a_target_asks_to_wait_with_a_reason_and_a_day_and_later_it_is_served_again() {
    let (wishes, findings) = wish("hold: { reason: freeze for the\n  release, until: 2026-12-24 }\n");
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        wishes.hold.expect("a hold").clause(),
        "freeze for the release (until 2026-12-24)"
    );
    let (wishes, findings) = wish("hold: { reason: freeze, until: 2026-11-19 }\n");
    assert_eq!((wishes.hold, findings[0].code), (None, Code::WishPast));
    assert!(
        wish("hold: { reason: freeze, until: 2026-11-20 }\n")
            .0
            .hold
            .is_some()
    );
}

#[test]
fn nothing_in_a_targets_own_file_is_an_error_of_the_store() {
    for text in [
        "hold: yes",
        "hold",
        "\thold:",
        "decline: no",
        "more: x",
        "decline: [{ lesson: names }]",
        "\u{0}",
        "hold: { until: soon }",
        "- x",
        ": :",
    ] {
        let (_, findings) = wish(text);
        assert!(!findings.is_empty(), "{text:?} is taken without a word");
        for finding in findings {
            assert!(
                !finding.is_error() && finding.fix.is_none(),
                "{text:?}: {finding:?}"
            );
        }
    }
    assert!(
        target_overrides::read(b"\xff\xfe", TODAY)
            .1
            .iter()
            .all(|finding| finding.code == Code::WishUnclear)
    );
    assert_eq!(
        wish(""),
        (lessonbook_store::TargetOverrides::default(), Vec::new())
    );
}

#[test]
fn a_lesson_below_critical_is_left_out_there_alone_and_a_critical_one_is_asked_and_not_granted() {
    let book = Book::new(&[SECRETS, IMAGES, NAMES]);
    let store = book.store();
    let text = "decline:\n  - { lesson: images, reason: we build nightly }\n  - { lesson: secrets, reason: we know }\n  - { lesson: nobody, reason: x }\n";
    let (wishes, findings) = wish(text);
    assert!(findings.is_empty(), "{findings:?}");
    let mut target = store.targets[0].clone();
    let refused = wishes.grant(&store, &mut target);
    let said: Vec<_> = refused
        .iter()
        .map(|finding| (finding.code, finding.message.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                Code::WishRefused,
                "it declines `secrets`, which is critical, so the request is refused (we know)"
            ),
            (
                Code::WishRefused,
                "it declines `nobody`, which is not in the store"
            ),
        ]
    );
    let planner = Planner::new(&store).expect("a planner");
    let plan = planner.plan(&target, &snapshot(&bare()));
    library::in_order(&plan);
    let text = String::from_utf8(
        plan.content
            .edits
            .iter()
            .flat_map(|edit| edit.after.clone().expect("kept").bytes.to_vec())
            .collect(),
    )
    .expect("text");
    assert!(!text.contains("`images`") && text.contains("`secrets`") && text.contains("`names`"));
    let exempt: Vec<_> = plan
        .content
        .exempt
        .iter()
        .map(|exempt| (exempt.lesson.as_str(), exempt.reason.as_str()))
        .collect();
    assert!(
        exempt
            .iter()
            .all(|exempt| *exempt == ("images", "by the repository itself: we build nightly"))
            && !exempt.is_empty()
    );
    // Every other target still gets it.
    let other = planner.plan(&store.targets[0], &snapshot(&bare()));
    assert!(
        other
            .content
            .changes
            .iter()
            .any(|change| change.lesson == "images")
    );
    assert!(other.content.exempt.is_empty());
}
