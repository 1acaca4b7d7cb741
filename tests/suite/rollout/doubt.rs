//! Doubt closes a gate: canaries that could not be searched, and words that only look like a lesson.

use lessonbook_pipeline::target_state::TargetState;
use proptest::prelude::*;

use super::github::{Fault, Match};
use super::{COPILOT, DAY, Fleet, RULES};
use crate::support::Sandbox;
use crate::support::library::{self, Book};
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::rollout::{
    CanaryAnswer, CanaryVerdict, EarlierVersion, LessonVersions, NonCanaryPlans, Phase, Question, StoreCache,
    gate,
};
use lessonbook_store::{Rollout, Store};

const DISCOVER: &str = "discover:\n  - { organization: acme, include: [\"canary-*\"], tags: [all] }\n";

/// What is proposed to the repository `shop` on disk.
fn proposed(sandbox: &Sandbox) -> String {
    let shown = sandbox.try_git("shop", &["show", &format!("{}:{COPILOT}", super::BRANCH)]);
    String::from_utf8_lossy(&shown.stdout).into_owned()
}

#[test]
fn without_credentials_a_lesson_whose_canaries_only_github_knows_goes_to_nobody_else() {
    let sandbox = Sandbox::new();
    sandbox.init("store");
    sandbox.repository("shop", &[("README.md", "# Hello\n")]);
    let targets =
        format!("version: 1\nname: acme\nuse: [copilot]\n{RULES}\ntargets:\n  ../shop: [all]\n{DISCOVER}");
    sandbox.write("store/targets.yaml", targets);
    let text = "title: T\nseverity: high\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\n";
    sandbox.write("store/lessons/basics/pin.yaml", text);
    sandbox.commit("store", "Next");
    sandbox.run_in("store", &["sync", "--yes"]);
    assert_eq!(proposed(&sandbox), "");
    let plan = sandbox.run_in("store", &["plan", "../shop"]).stdout;
    let plan = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        plan.contains("some canaries could not be searched (`acme/canary-*`: acme/* was not searched"),
        "{plan}"
    );
}

#[test]
fn a_search_for_canaries_that_fails_opens_nothing() {
    let mut fleet = Fleet::with(RULES, &["canary-1"]);
    fleet.rest = format!("targets:\n  ../shop: [all]\n{DISCOVER}");
    fleet.sandbox.repository("shop", &[("README.md", "# Hello\n")]);
    fleet.rules(RULES);
    fleet.lesson("pin", "high", "Pin every version.");
    fleet.commit();
    let fault = Fault::Status(500);
    fleet
        .hub
        .fail(Match::graphql("repositoryOwner").always(), fault.clone());
    fleet.hub.fail(Match::rest("GET", "/orgs/*").always(), fault);
    let run = fleet.run(&["sync", "--yes", "--until", "5s"]);
    assert_eq!(proposed(&fleet.sandbox), "", "{}{}", run.stdout, run.stderr);
    fleet.hub.heal();
    fleet.sync();
    assert_eq!(proposed(&fleet.sandbox), "");
    assert_eq!(fleet.phase("pin"), "asking");
    fleet.merge("canary-1");
    fleet.hub.advance(DAY);
    fleet.sync();
    assert!(proposed(&fleet.sandbox).contains("Pin every version."));
}

#[test]
fn a_lesson_whose_id_another_lesson_has_in_its_text_still_waits() {
    let deploy =
        "title: T\nseverity: high\ntags: [app]\nrule: Never deploy the `names` tag.\nrationale: It moves.\n";
    let held = Book::new(&[("ops/deploy", deploy)]);
    let before = held.applied(&library::bare());
    let store = held.lesson(library::NAMES.0, library::NAMES.1).store();
    let (after, plan) = carried_out(&store, &[history(Vec::new())], &before);
    assert!(!says(&after, "Spell names out."), "{}", library::story(&plan));
    assert!(says(&after, "Never deploy the `names` tag."));
    assert_eq!(plan.content.waiting.len(), 1);
    assert_ne!(plan.outcome.state, TargetState::Refused);
}

#[test]
fn words_of_a_lesson_that_the_store_never_said_are_neither_replaced_nor_taken_out_while_it_waits() {
    let held = Book::new(&[library::SECRETS, library::NAMES]);
    let before = held.applied(&library::bare());
    let store = held
        .change(library::NAMES.0, "Spell names out.", "Spell all names out.")
        .store();
    let (after, plan) = carried_out(&store, &[history(Vec::new())], &before);
    assert!(
        says(&after, "Spell names out.") && !says(&after, "Spell all names out."),
        "{}",
        library::story(&plan)
    );
    assert_eq!(plan.outcome.state, TargetState::Refused);
}

#[test]
fn targets_for_which_the_same_waits_share_one_store() {
    let old = Book::new(&[library::SECRETS, library::NAMES]);
    let before = old.applied(&library::bare());
    let lesson = old.store().lesson("names").unwrap().clone();
    let store = old
        .change(library::NAMES.0, "Spell names out.", "Spell all names out.")
        .store();
    let planner = Planner::new(&store).unwrap();
    let cache = StoreCache::default();
    let histories = [history(vec![EarlierVersion { lesson, open: true }])];
    let (target, snapshot) = (&store.targets[0], library::snapshot(&before));
    let with = || {
        NonCanaryPlans::new(&store, &planner, &histories, &cache)
            .plan(target, &snapshot)
            .1
    };
    let (one, other) = (with(), with());
    assert!(!std::ptr::eq(one, &raw const store), "the lesson waits");
    assert!(std::ptr::eq(one, other));
}

fn history(versions: Vec<EarlierVersion>) -> LessonVersions {
    LessonVersions {
        lesson: "names".into(),
        why: "waits".into(),
        versions,
        cut: None,
    }
}

fn carried_out(
    store: &Store,
    histories: &[LessonVersions],
    before: &Tree,
) -> (Tree, lessonbook_pipeline::plan::TargetPlan) {
    let planner = Planner::new(store).unwrap();
    let cache = StoreCache::default();
    let rest = NonCanaryPlans::new(store, &planner, histories, &cache);
    let plan = rest.plan(&store.targets[0], &library::snapshot(before)).0;
    (before.with(&plan.content.edits), plan)
}

fn says(tree: &Tree, words: &str) -> bool {
    tree.iter().any(|(_, entry)| {
        let bytes = entry.content.as_deref().unwrap_or_default();
        String::from_utf8_lossy(bytes).contains(words)
    })
}

proptest! {
    #[test]
    fn no_gate_opens_by_itself_while_canaries_could_not_be_looked_for(
        merged in proptest::collection::vec(-20 * DAY..20 * DAY, 0..6),
        quorum in 1_u8..=100,
        now in -30 * DAY..300 * DAY,
    ) {
        let store = Book::new(&[library::NAMES]).store();
        let rules = Rollout { canary: Vec::new(), quorum, bake: DAY, give_up: 7 * DAY };
        let mut words: Vec<CanaryVerdict> = merged.into_iter().map(CanaryVerdict::Merged).collect();
        words.push(CanaryVerdict::Unsearched("no credentials".into()));
        let says: Vec<CanaryAnswer> = words.into_iter().map(|word| CanaryAnswer { canary: "acme/*".into(), word }).collect();
        let question = Question { rules: &rules, lesson: &store.lessons[0], opening: None, introduced: None, now };
        let gate = gate(&question, &says);
        prop_assert_eq!(gate.phase, Phase::Unsearched);
        prop_assert!(!gate.is_open() && gate.opens.is_none());
    }
}
