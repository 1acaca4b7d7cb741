//! Whatever the store and GitHub say: one state, no harm, and rest after one run.

use lessonbook_pipeline::target_state::TargetState;
use proptest::prelude::*;

use crate::support::hub::{BASE, Hub, kinds};
use crate::support::library::{Book, IMAGES, NAMES, PROBE, SECRETS, bare};
use lessonbook_base::tree::Mode;
use lessonbook_pipeline::lifecycle::HOLD;
use lessonbook_pipeline::pull_request::{Permission, PullState, Review, Step};

/// The stores that a target may have heard of.
fn books() -> [Book; 5] {
    let labels = "proposal: { labels: [guardrails] }";
    let two = Book::new(&[PROBE, SECRETS]).settings(labels);
    [
        two.clone(),
        two.clone()
            .change("review/secrets", "passwords and keys", "all keys"),
        Book::new(&[SECRETS, NAMES]).settings("proposal: { open_for: high }"),
        Book::new(&[IMAGES]).settings(labels),
        two.target("{ tags: [app], enabled: false }"),
    ]
}

thread_local! {
    static HUBS: Vec<Hub> = books().iter().map(Hub::new).collect();
}

/// Numbers that choose what happened to a target before this run.
#[derive(Debug, Clone)]
struct Past {
    stores: [usize; 3],
    what: [u8; 2],
    pull: u8,
    bits: u16,
}

fn past() -> impl Strategy<Value = Past> {
    let stores = [0..5usize, 0..5usize, 0..5usize];
    (stores, [0..9u8, 0..9u8], 0..12u8, any::<u16>()).prop_map(|(stores, what, pull, bits)| Past {
        stores,
        what,
        pull,
        bits,
    })
}

/// Something that happens between two runs.
fn happens(hub: Hub, what: u8) -> Hub {
    let has_pull = hub.open().is_some();
    let has_head = hub.head.is_some();
    match what {
        1 if has_pull && has_head => hub.merged(),
        2 if has_pull => hub.closed(),
        3 if has_head => hub.pushed("CLAUDE.md", "# A person's\n"),
        4 => hub.with(|hub| hub.base.load("CLAUDE.md", Mode::File, "# Ours\n\nBy hand.\n")),
        5 => hub.with(|hub| hub.base = bare()),
        6 if has_head => hub.with(|hub| hub.base = hub.head.as_ref().expect("a head").tree.clone()),
        7 if has_head && !has_pull => hub.with(|hub| hub.head = None),
        8 if has_head => hub.with(|hub| hub.pulls.clear()),
        _ => hub,
    }
}

fn situation(past: &Past) -> Hub {
    let stores: Vec<_> = HUBS.with(|hubs| hubs.iter().map(|hub| hub.store).collect());
    let mut hub = HUBS.with(|hubs| hubs[past.stores[0]].clone()).run();
    hub = happens(hub, past.what[0]);
    hub.store = stores[past.stores[1]];
    hub = happens(hub.run(), past.what[1]);
    hub.store = stores[past.stores[2]];
    let bit = |at: u16| past.bits >> at & 1 == 1 && past.bits >> (at + 1) & 1 == 1;
    if !hub.pulls.is_empty() {
        hub = hub.pull(|pull| match past.pull {
            0 => pull.labels.clear(),
            1 => pull.labels.push(HOLD.into()),
            2 => pull.conflicting = Some(true),
            3 => pull.review = Review::Approved,
            4 => pull.about_to_merge = true,
            5 => pull.base_branch = "release".into(),
            6 => pull.body = pull.body.replace('\n', "\r\n"),
            7 => pull.body = "gone".into(),
            8 => pull.body.insert_str(0, "A person's.\n\n"),
            9 => pull.title = "A person's".into(),
            10 => pull.requested = Some(Vec::new()),
            _ => {}
        });
    }
    // Without its line nothing tells which commit a proposal was made from; a line that this run writes is no newer than the run.
    hub.newer = bit(0) && past.pull != 7;
    hub.remote.permission = if bit(2) {
        Permission::Read
    } else {
        Permission::Write
    };
    hub.remote.archived = bit(4) && bit(6);
    hub.hold = (bit(8) && bit(10)).then(|| "freeze".to_owned());
    hub
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_one_run_nothing_is_left_to_do_and_no_harm_was_done(past in past()) {
        let mut hub = situation(&past);
        let life = hub.life();
        let open = hub.open().map(|pull| pull.number);
        let foreign = hub.head.clone().filter(|head| !head.foreign.is_empty());
        let place = |wanted: fn(&Step) -> bool| life.steps.iter().position(wanted);
        let reopens = place(|step| matches!(step, Step::Reopen { .. }));
        let moves = place(|step| matches!(step, Step::MoveBranch { .. }));
        let pulls = place(|step| matches!(step, Step::Open { .. }));
        prop_assert!(reopens.is_none() || moves.is_none() || reopens < moves, "{:?}", kinds(&life));
        prop_assert!(pulls.is_none() || open.is_none(), "a second pull request");
        prop_assert!(TargetState::ALL.contains(&life.state) && !life.why.is_empty());
        if matches!(life.state, TargetState::Declined | TargetState::Held | TargetState::Blocked | TargetState::Refused | TargetState::Disabled)
        {
            prop_assert!(life.steps.is_empty(), "{:?} writes {:?}", life.state, kinds(&life));
        }
        for step in &life.steps {
            if let Step::MoveBranch { to, force, .. } = step {
                prop_assert!(!force || to.onto == BASE);
                prop_assert!(foreign.is_none(), "a foreign branch is moved");
            }
        }
        hub.carry_out(&life.steps); // refuses what GitHub refuses
        if let Some(number) = open.filter(|_| life.state != TargetState::Stale) {
            let pull = hub.pulls.iter().find(|pull| pull.number == number).expect("it is there");
            prop_assert_eq!(pull.state, PullState::Open, "closed in {:?}", life.state);
        }
        if let Some(before) = foreign {
            prop_assert_eq!(hub.head.as_ref().map(|head| &head.commit), Some(&before.commit));
        }
        prop_assert!(hub.pulls.iter().filter(|pull| pull.state == PullState::Open).count() <= 1);
        let again = hub.life();
        prop_assert!(again.steps.is_empty(), "{:?} → {:?}: {:?}", life.state, again.state, kinds(&again));
    }

    #[test]
    fn a_run_that_is_cut_off_anywhere_ends_where_a_whole_one_ends(past in past(), cut in 0..6usize) {
        let start = situation(&past);
        let steps = start.life().steps;
        let mut cut_off = start.clone();
        cut_off.carry_out(&steps[..cut.min(steps.len())]);
        let (whole, healed) = (start.run(), cut_off.run());
        let end = |hub: &Hub| {
            let tree = hub.head.as_ref().map(|head| head.tree.clone());
            // Cut off between the labels and its note, a run takes no note of them: they are there.
            let body = |body: &str| body.replace(" told=marked", "").replace(",marked", "");
            let pulls = hub.pulls.iter().map(|pull| (pull.state, body(&pull.body), pull.labels.clone()));
            let pulls: Vec<_> = pulls.collect();
            (hub.life().state, hub.life().steps, tree, pulls)
        };
        let (whole, healed) = (end(&whole), end(&healed));
        prop_assert!(whole == healed, "{:?} {:?}\n{:?} {:?}", whole.0, whole.3, healed.0, healed.3);
    }
}
