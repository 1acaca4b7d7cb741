//! Gates and what the others get meanwhile, as properties of values.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{DAY, HOUR};
use crate::support::library::{self, Book};
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pr_body::BodyMetadata;
use lessonbook_pipeline::pull_request::PastPull;
use lessonbook_pipeline::rollout::canary_state::holds;
use lessonbook_pipeline::rollout::{
    CanaryAnswer, CanaryState, CanaryVerdict, EarlierVersion, LessonVersion, LessonVersions, NonCanaryPlans,
    Phase, Question, RolloutGate, StoreCache, gate,
};
use lessonbook_store::{Lesson, Rollout, Store};

const RULES: Rollout = Rollout {
    canary: Vec::new(),
    quorum: 60,
    bake: DAY,
    give_up: 7 * DAY,
};

/// Two lessons for the whole repository.
static STORE: LazyLock<Store> = LazyLock::new(|| Book::new(&[library::SECRETS, library::NAMES]).store());

/// A target where they do not stand, and one where they do.
static PLANS: LazyLock<[TargetPlan; 2]> = LazyLock::new(|| {
    let bare = library::bare();
    let plan = library::plan(&STORE, &bare);
    let held = library::plan(&STORE, &bare.with(&plan.content.edits));
    [plan, held]
});

fn asked(says: &[CanaryVerdict], quorum: u8, now: i64) -> RolloutGate {
    let says: Vec<CanaryAnswer> = says
        .iter()
        .enumerate()
        .map(|(at, word)| CanaryAnswer {
            canary: format!("acme/canary-{at}"),
            word: word.clone(),
        })
        .collect();
    let rules = Rollout { quorum, ..RULES };
    let question = Question {
        rules: &rules,
        lesson: &STORE.lessons[0],
        opening: None,
        introduced: None,
        now,
    };
    gate(&question, &says)
}

fn word() -> impl Strategy<Value = CanaryVerdict> {
    let time = -20 * DAY..20 * DAY;
    prop_oneof![
        time.clone().prop_map(CanaryVerdict::Merged),
        proptest::option::of(time).prop_map(CanaryVerdict::Asked),
        Just(CanaryVerdict::Left("declined".to_owned())),
    ]
}

proptest! {
    #[test]
    fn what_is_open_stays_open_however_late_it_is(
        says in proptest::collection::vec(word(), 0..7),
        quorum in 1_u8..=100,
        now in -30 * DAY..30 * DAY,
        later in 0..300 * DAY,
    ) {
        if asked(&says, quorum, now).is_open() {
            prop_assert!(asked(&says, quorum, now + later).is_open());
        }
    }

    #[test]
    fn the_order_in_which_canaries_are_asked_means_nothing(
        says in proptest::collection::vec(word(), 0..7),
        now in -30 * DAY..30 * DAY,
    ) {
        let mut turned = says.clone();
        turned.reverse();
        let (one, other) = (asked(&says, 60, now), asked(&turned, 60, now));
        prop_assert_eq!((one.phase, one.opens, one.since), (other.phase, other.opens, other.since));
    }

    #[test]
    fn who_leaves_without_having_merged_shuts_nothing(
        says in proptest::collection::vec(word(), 1..7),
        at in any::<proptest::sample::Index>(),
        now in -30 * DAY..30 * DAY,
    ) {
        let at = at.index(says.len());
        let mut fewer = says.clone();
        let merged = |says: &[CanaryVerdict]| says.iter().any(|word| matches!(word, CanaryVerdict::Merged(_)));
        if matches!(says[at], CanaryVerdict::Asked(_)) && merged(&says) {
            fewer[at] = CanaryVerdict::Left("archived".to_owned());
            prop_assert!(!asked(&says, 60, now).is_open() || asked(&fewer, 60, now).is_open());
        }
    }

    #[test]
    fn a_lower_quorum_opens_no_later(
        says in proptest::collection::vec(word(), 0..7),
        quorum in 2_u8..=100,
        now in -30 * DAY..30 * DAY,
    ) {
        prop_assert!(!asked(&says, quorum, now).is_open() || asked(&says, quorum - 1, now).is_open());
    }

    #[test]
    fn proposals_of_other_lessons_move_no_gate(
        own in proptest::collection::vec(past(), 0..6),
        others in proptest::collection::vec(past(), 0..6),
        held in any::<bool>(),
    ) {
        let lesson = STORE.lesson("secrets").unwrap();
        let of = |id: &str, all: &[(i64, Option<i64>, bool)]| -> Vec<PastPull> {
            all.iter().map(|past| proposal(id, *past)).collect()
        };
        let mut all = of("secrets", &own);
        let alone = witness(held, all.clone());
        all.extend(of("names", &others));
        let together = witness(held, all);
        let said = |witness: &CanaryState| witness.verdict(lesson, LessonVersion::Present, DAY);
        prop_assert_eq!(said(&alone), said(&together));
    }
}

/// When a proposal was opened, for how long it was open until it was merged, and whether it says the present version.
fn past() -> impl Strategy<Value = (i64, Option<i64>, bool)> {
    (0..10 * DAY, proptest::option::of(0..3 * DAY), any::<bool>())
}

fn proposal(id: &str, (opened, open_for, present): (i64, Option<i64>, bool)) -> PastPull {
    let version = if present {
        STORE.lesson(id).unwrap().version()
    } else {
        "000000".to_owned()
    };
    let marker = BodyMetadata {
        name: STORE.name.clone(),
        home: None,
        seen_by: None,
        source: "-".into(),
        want: "w".into(),
        title: "t".into(),
        text: "x".into(),
        lessons: vec![(id.to_owned(), version)],
        more: Vec::new(),
        again: None,
        told: Vec::new(),
        closed_by_us: false,
        withdrawn: Vec::new(),
    };
    PastPull {
        opened,
        merged: open_for.map(|time| opened + time),
        base_branch: "main".into(),
        body: format!("Text.\n\n{}", marker.line()),
    }
}

fn witness(held: bool, past: Vec<PastPull>) -> CanaryState {
    CanaryState::new(&STORE, &PLANS[usize::from(held)], None).with_past(&STORE, "main", past)
}

#[test]
fn the_quorum_is_rounded_up_and_the_bake_begins_with_the_merge_that_makes_it() {
    let merged = |times: &[i64]| {
        times
            .iter()
            .map(|at| CanaryVerdict::Merged(*at))
            .collect::<Vec<_>>()
    };
    let mut says = merged(&[0, 5 * HOUR]);
    says.push(CanaryVerdict::Asked(None));
    let gate = asked(&says, 60, 5 * HOUR);
    assert_eq!(
        (gate.needed, gate.opens, gate.phase),
        (2, Some(5 * HOUR + DAY), Phase::Baking)
    );
    assert_eq!(asked(&says, 60, 5 * HOUR + DAY).phase, Phase::Open);
    // Of three canaries 67 % are more than two.
    assert_eq!(asked(&says, 67, 5 * HOUR + DAY).needed, 3);
    // One that left does not count.
    says[2] = CanaryVerdict::Left("archived".into());
    assert_eq!(asked(&says, 100, 5 * HOUR + DAY).phase, Phase::Open);
    assert_eq!(
        asked(&[CanaryVerdict::Left("archived".into())], 1, 99 * DAY).phase,
        Phase::NoCanaryLeft
    );
    assert_eq!(asked(&[], 100, 0).phase, Phase::NoCanary);
}

#[test]
fn what_the_store_says_since_yesterday_is_not_given_up_for_an_older_proposal() {
    let says = [CanaryAnswer {
        canary: "acme/canary".into(),
        word: CanaryVerdict::Asked(Some(0)),
    }];
    let phase = |introduced: Option<i64>| {
        let question = Question {
            rules: &RULES,
            lesson: &STORE.lessons[0],
            opening: None,
            introduced,
            now: 8 * DAY,
        };
        gate(&question, &says).phase
    };
    assert_eq!(phase(None), Phase::GivenUp);
    assert_eq!(phase(Some(7 * DAY)), Phase::Asking);
}

/// The lessons in their first or second version.
fn book(second: impl Fn(usize) -> Option<bool>) -> Book {
    let mut book = Book::new(&[]);
    for (at, (path, text)) in library::ALL.iter().enumerate() {
        let changed = [
            ("rule: ", "rule: Always and without exception, "),
            ("rationale: ", "rationale: Twice so, "),
            ("rule: ", "rule: At all times, "),
        ];
        let (from, to) = changed[at % 3];
        let (from, to) = if text.contains(from) {
            (from, to)
        } else {
            changed[1]
        };
        match second(at) {
            Some(true) => {
                book = book.lesson(path, &text.replacen(from, to, 1));
            }
            Some(false) => book = book.lesson(path, text),
            None => {}
        }
    }
    book
}

fn stands(planner: &Planner<'_>, store: &Store, tree: &Tree, id: &str) -> bool {
    let now = planner.now(&store.targets[0], tree);
    let cells: Vec<_> = now
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.lesson == id)
        .cloned()
        .collect();
    holds(store, &cells)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_target_never_loses_a_lesson_or_falls_back_because_something_waits(
        standing in proptest::collection::vec(proptest::option::of(any::<bool>()), 5),
        waits in proptest::collection::vec(any::<bool>(), 5),
        open in proptest::collection::vec(any::<bool>(), 5),
        is_new in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let (first, second) = (book(|_| Some(false)).store(), book(|_| Some(true)).store());
        let held = book(|at| standing[at]);
        let before = held.applied(&library::bare());
        let ids: Vec<String> = library::ALL
            .iter()
            .map(|(path, _)| path.rsplit('/').next().unwrap_or_default().to_owned())
            .collect();
        // A lesson that is present in its first version had one.
        let versions = |at: usize| -> Vec<EarlierVersion> {
            let lesson: Lesson = first.lesson(&ids[at]).unwrap().clone();
            let had = !is_new[at] || standing[at] == Some(false);
            had.then_some(EarlierVersion { lesson, open: open[at] }).into_iter().collect()
        };
        let histories: Vec<LessonVersions> = (0..5)
            .filter(|at| waits[*at])
            .map(|at| LessonVersions { lesson: ids[at].clone(), why: "waits".into(), versions: versions(at), cut: None })
            .collect();
        let (old, new) = (Planner::new(&first).unwrap(), Planner::new(&second).unwrap());
        let cache = StoreCache::default();
        let rest = NonCanaryPlans::new(&second, &new, &histories, &cache);
        let (plan, _) = rest.plan(&second.targets[0], &library::snapshot(&before));
        prop_assert!(plan.holds(), "{}", library::story(&plan));
        let after = before.with(&plan.content.edits);
        for at in 0..5 {
            let id = &ids[at];
            let is = (stands(&old, &first, &after, id), stands(&new, &second, &after, id));
            let may_be_old = !versions(at).is_empty() && open[at];
            let expected = match (waits[at], standing[at]) {
                (false, _) | (true, Some(true)) => (false, true),
                (true, Some(false)) => (true, false),
                (true, None) => (may_be_old, false),
            };
            prop_assert_eq!(is, expected, "{} of {:?}\n{}", id, plan.content.waiting, library::story(&plan));
            check_cells(&plan, id, waits[at] && standing[at] != Some(true));
        }
        // And it rests.
        let (again, _) = rest.plan(&second.targets[0], &library::snapshot(&after));
        prop_assert!(again.content.edits.is_empty());
    }
}

/// What waits is listed, is asked for, and is neither covered nor a hole.
fn check_cells(plan: &TargetPlan, id: &str, waits: bool) {
    assert_eq!(
        plan.content.waiting.iter().any(|waiting| waiting.lesson == *id),
        waits
    );
    let cells: Vec<_> = plan
        .proof
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.lesson == *id)
        .collect();
    assert!(!cells.is_empty());
    for cell in cells {
        assert_eq!(cell.waits.is_some(), waits);
        assert!(!waits || !cell.is_covered_now() && !cell.is_covered() && !cell.is_hole());
    }
}
