//! The form of the file: what is written is what is read, and what is none says why.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::Value;

use crate::support::library::{self, Book, TODAY};
use crate::support::schema::Closed;
use crate::support::{any, saved_plan};
use lessonbook_base::finding::{Code, Finding, Fix};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::drift::{self, Drift};
use lessonbook_pipeline::plan::{ReducedDetail, WaitingLesson};
use lessonbook_pipeline::plan_file::{
    ExpectedPull, PlanFileError, PlanFileInput, ProposalState, SavedCommit, SavedPlan, SavedTarget,
};
use lessonbook_pipeline::pull_request::PullState;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::{MoveDirection, MovedText};
use lessonbook_store::{Detail, Severity, TargetLocation};

const HEAD: &str = "3f2a9c0d1e4b3f2a9c0d1e4b3f2a9c0d1e4b3f2a";

/// A saved plan of one target with these files.
fn planned(book: &Book, tree: &Tree) -> SavedPlan {
    let (store, findings) = book.load();
    let target = SavedTarget {
        plan: library::plan(&store, tree),
        target: store.targets[0].clone(),
        branch: None,
        proposal: None,
    };
    let commit = SavedCommit {
        commit: HEAD.into(),
        branch: Some("main".into()),
        time: 1_767_603_600,
        uncommitted: Vec::new(),
        requested: false,
    };
    SavedPlan::new(PlanFileInput {
        store: &store,
        files: book.files.clone(),
        commit: Some(commit),
        all: store.targets.len(),
        today: TODAY,
        findings,
        bounds: Vec::new(),
        against: Vec::new(),
        targets: vec![target],
    })
    .unwrap()
}

fn text(plan: &SavedPlan) -> String {
    plan.to_text().unwrap()
}

fn json(plan: &SavedPlan) -> Value {
    serde_json::from_str(&text(plan)).unwrap()
}

/// A target whose files have every shape, so that something is said of everything.
fn full() -> SavedPlan {
    let book = Book::new(library::ALL)
        .target(
            "{ tags: [app], visibility: private, base: main, adopt: true, scopes: { charts: [app], docs: { enabled: false } }, use: [copilot, claude, claude-rules, \"agents?\", reference], \
             redundancy: { medium: { always: none } } }",
        )
        .settings("exceptions:\n  - { lesson: names, target: ../app, entry_point: reference, reason: spelled, by: dana, until: 2027-01-31 }")
        .lesson(
            "review/latin",
            "title: T\nseverity: high\ntags: [app]\nrule: Write été and 日本語 as they are.\nrationale: R.\n",
        );
    let mut tree = library::tree::<&[u8]>(&[
        ("CLAUDE.md", b"\xef\xbb\xbf# Mine\r\n\r\nText \xff\xfe\r\n"),
        (
            ".github/copilot-instructions.md",
            "# Ours\n\n- Be kind.\n- Write été and 日本語 as they are.\n".as_bytes(),
        ),
    ]);
    tree.load("AGENTS.md", Mode::Executable, "# Agents");
    planned(&book, &tree)
}

#[test]
fn what_is_written_is_what_is_read() {
    let plan = full();
    assert!(
        plan.targets[0].plan.content.edits.len() >= 4,
        "{:?}",
        plan.targets[0].plan
    );
    let read = SavedPlan::parse(text(&plan).as_bytes()).unwrap();
    assert_eq!(read, plan);
    assert_eq!(text(&read), text(&plan));
    assert!(plan.digest.starts_with("sha256:") && plan.digest.len() == 71);
}

#[test]
fn what_is_written_is_as_the_schema_says() {
    let document = json(&full());
    let mut schema = Closed::new(lessonbook::commands::schema::PLAN);
    assert_eq!(schema.errors(&document), [""; 0]);
    for wrong in ["format", "digest", "store", "contents", "targets"] {
        let mut value = document.clone();
        value[wrong] = 1.into();
        assert_ne!(schema.errors(&value), [""; 0], "{wrong}");
    }
    let mut value = document;
    value["targets"][0]["plan"]["proof"]["weather"] = "rain".into();
    assert_ne!(schema.errors(&value), [""; 0], "an unknown key");
}

/// A plan with what only GitHub, canaries, budgets or a person's edit bring about.
fn rare() -> SavedPlan {
    let mut plan = full();
    let target = &mut plan.targets[0];
    target.target.place = TargetLocation::Github("acme/app".to_owned());
    target.proposal = Some(ProposalState {
        state: TargetState::Proposed,
        why: "it waits for a person".to_owned(),
        pull: Some(ExpectedPull {
            number: 7,
            url: "https://github.com/acme/app/pull/7".to_owned(),
            state: PullState::Open,
            head: HEAD.to_owned(),
            base_branch: "main".to_owned(),
            source: Some(HEAD.to_owned()),
        }),
        steps: vec!["close #7".to_owned()],
        opens: false,
    });
    let content = &mut target.plan.content;
    content.drift.push(Drift {
        path: "CLAUDE.md".to_owned(),
        entry_point: "claude".to_owned(),
        kind: drift::DriftKind::Edited,
        line: 3,
        known: true,
        evidence: "it was merged so".to_owned(),
        lines: vec![drift::ChangedLine {
            number: 3,
            text: "By hand.".to_owned(),
        }],
        by_hand: true,
        restores: false,
    });
    content.shrunk.push(ReducedDetail {
        lesson: "names".to_owned(),
        entry_point: "claude".to_owned(),
        wanted: Detail::Full,
        detail: Detail::Rule,
    });
    content.waiting.push(WaitingLesson {
        lesson: "names".to_owned(),
        severity: Severity::Low,
        meanwhile: Some("0a1b2c".to_owned()),
        why: "too few canaries merged it".to_owned(),
        file: Some(("lessons/review/names.yaml".to_owned(), "title: T\n".to_owned())),
    });
    content.changes.make_mut()[0].was = Some("Other words.".to_owned());
    content.changes.make_mut()[0].moved.push(MovedText {
        path: "CLAUDE.md".to_owned(),
        line: 3,
        lesson: "names".to_owned(),
        text: "By hand.".to_owned(),
        to: MoveDirection::IntoBlock,
    });
    content.changes.make_mut()[0].because = Some("it is retired".to_owned());
    target.plan.proof.coverage.placements.make_mut()[0].current.line = 3;
    target.plan.proof.coverage.placements.make_mut()[0].waits = Some("waits for canaries".into());
    target.plan.proposal.action = Action::Remove {
        head: HEAD.to_owned(),
        merged: true,
    };
    target.plan.outcome.findings.push(Finding {
        fix: Some(Fix {
            file: "targets.yaml".to_owned(),
            span: 0..1,
            replacement: String::new(),
        }),
        ..Finding::new(Code::GlobNotPortable, "x")
            .help("y")
            .effect("z")
            .lesson("names")
            .target("a")
    });
    plan
}

#[test]
fn every_generated_plan_is_as_the_schema_says_and_every_key_of_the_schema_occurs() {
    let mut schema = Closed::new(lessonbook::commands::schema::PLAN);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let cases = (any::book(), any::repository());
    for _ in 0..60 {
        let (book, tree) = cases.new_tree(&mut runner).unwrap().current();
        assert_eq!(schema.errors(&json(&planned(&book, &tree))), [""; 0]);
    }
    for plan in [full(), rare()] {
        assert_eq!(schema.errors(&json(&plan)), [""; 0]);
    }
    assert_eq!(schema.unseen(), [""; 0]);
}

#[test]
fn layout_does_not_matter() {
    let plan = full();
    let compact = json(&plan).to_string();
    assert_eq!(SavedPlan::parse(compact.as_bytes()).unwrap(), plan);
    // Keys in another order.
    let Value::Object(map) = json(&plan) else { panic!() };
    let turned: serde_json::Map<String, Value> = map.into_iter().rev().collect();
    assert_eq!(
        SavedPlan::parse(Value::Object(turned).to_string().as_bytes()).unwrap(),
        plan
    );
}

#[test]
fn a_key_that_a_newer_minor_version_added_is_passed_over_but_counted() {
    let mut value = json(&full());
    value["format_version"] = "1.7".into();
    value["weather"] = "rain".into();
    let Err(PlanFileError::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
        panic!("the digest covers a key that nobody knows");
    };
    value["digest"] = found.into();
    let read = SavedPlan::parse(value.to_string().as_bytes()).unwrap();
    assert_eq!(
        (read.format_version.as_str(), read.targets),
        ("1.7", full().targets)
    );
}

#[test]
fn each_file_that_is_no_plan_says_why() {
    let good = text(&full());
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = json(&full());
        change(&mut value);
        value.to_string()
    };
    let half = &good[..good.len() / 2];
    for (bytes, words, is_wrong_file) in [
        (String::new(), "it is empty", true),
        (half.to_owned(), "ends in the middle, line ", true),
        (
            "{ \"format\": lessonbook }".to_owned(),
            "it starts like JSON but is not JSON, line 1, column 13",
            true,
        ),
        ("[1]".to_owned(), "it is JSON, but not an object", true),
        (
            "{\"a\": 1}".to_owned(),
            "it is JSON, but has no `format: \"lessonbook-plan\"`",
            true,
        ),
        (
            "{\"format_version\": \"1.0\", \"targets\": []}".to_owned(),
            "it is output of `--format json`",
            true,
        ),
        (
            with(&|value| value["format"] = "terraform".into()),
            "its `format` is not \"lessonbook-plan\"",
            true,
        ),
        (
            with(&|value| {
                value["format_version"] = "2.0".into();
                value["tool_version"] = "3.1.4".into();
            }),
            "is a plan of format version 2.0, written by lessonbook 3.1.4; this is lessonbook",
            true,
        ),
        (
            with(&|value| value["targets"][0]["plan"]["proposal"]["title"] = "x".into()),
            "was edited after it was written",
            false,
        ),
        (
            with(&|value| {
                value.as_object_mut().unwrap().shift_remove("digest");
            }),
            "has no digest",
            false,
        ),
    ] {
        let unusable = SavedPlan::parse(bytes.as_bytes()).unwrap_err();
        assert!(
            unusable.message().contains(words),
            "{words}: {}",
            unusable.message()
        );
        assert_eq!(unusable.is_wrong_file(), is_wrong_file, "{words}");
        assert!(!unusable.help().is_empty());
    }
    let message = SavedPlan::parse(half.as_bytes()).unwrap_err().message();
    assert!(
        message.contains(&format!("line {}", half.lines().count())),
        "{message}"
    );
}

#[test]
fn who_writes_a_new_digest_still_can_not_lie_about_a_content() {
    let mut value = json(&full());
    let contents = value["contents"].as_object_mut().unwrap();
    let first = contents.keys().next().unwrap().clone();
    contents[&first] = serde_json::json!({ "text": "something else" });
    let Err(PlanFileError::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
        panic!("the digest holds");
    };
    value["digest"] = found.into();
    let unusable = SavedPlan::parse(value.to_string().as_bytes()).unwrap_err();
    let words = format!("content {first} has another digest");
    assert!(unusable.message().contains(&words), "{}", unusable.message());
}

/// The plan of two files with the same block, whose other text differs.
fn of_two_files_with_one_block() -> (SavedPlan, Value) {
    let book = Book::new(library::ALL).target("{ tags: [app], visibility: private, use: [claude, agents] }");
    let tree = library::tree(&[("AGENTS.md", "# Agents\n"), ("CLAUDE.md", "# Claude\n")]);
    let plan = planned(&book, &tree);
    let value = json(&plan);
    (plan, value)
}

#[test]
fn a_block_that_two_files_have_is_in_the_file_once() {
    let (plan, value) = of_two_files_with_one_block();
    let contents = value["contents"].as_object().unwrap();
    let in_parts: Vec<&Value> = contents
        .values()
        .filter_map(|content| content.get("parts"))
        .collect();
    assert_eq!(in_parts.len(), 2, "{value}");
    for edit in &plan.targets[0].plan.content.edits {
        let after = edit.after.as_ref().unwrap();
        let id = Value::from(after.bytes.sha256());
        assert_eq!(
            saved_plan::content(&value, &id),
            after.bytes.as_slice(),
            "{}",
            edit.path
        );
    }
    assert_eq!(SavedPlan::parse(text(&plan).as_bytes()), Ok(plan));
}

#[test]
fn a_part_that_is_missing_or_has_parts_itself_is_refused() {
    let (_, value) = of_two_files_with_one_block();
    let contents = value["contents"].as_object().unwrap();
    let with_parts: Vec<&String> = contents
        .iter()
        .filter(|(_, content)| content.get("parts").is_some())
        .map(|(id, _)| id)
        .collect();
    let nowhere = "0".repeat(64);
    for other in [nowhere.as_str(), with_parts[1]] {
        let mut changed = value.clone();
        changed["contents"][with_parts[0]] = serde_json::json!({ "parts": [{ "content": other }] });
        let Err(PlanFileError::Edited { found, .. }) = SavedPlan::parse(changed.to_string().as_bytes())
        else {
            panic!("the digest holds");
        };
        changed["digest"] = found.into();
        let unusable = SavedPlan::parse(changed.to_string().as_bytes()).unwrap_err();
        let words = format!("content {other}, a part of {}, is missing", with_parts[0]);
        assert!(unusable.message().contains(&words), "{}", unusable.message());
    }
}

#[test]
fn a_number_without_a_value_is_refused_wherever_it_is() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = json(&full());
        change(&mut value);
        let Err(PlanFileError::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
            panic!("the digest holds");
        };
        value["digest"] = found.into();
        let unusable = SavedPlan::parse(value.to_string().as_bytes()).unwrap_err();
        assert!(!unusable.is_wrong_file());
        unusable.message()
    };
    for (group, list, what) in [
        ("content", "lessons", "lesson"),
        ("content", "files", "file"),
        ("content", "edits", "edit"),
        ("proof", "invariants", "invariant"),
    ] {
        let message = with(&|value| value["targets"][0]["plan"][group][list][0] = 4000.into());
        let words = format!("../app: it refers to {what} 4000, which does not exist");
        assert!(message.contains(&words), "{message}");
    }
    let message = with(&|value| value["targets"][0]["plan"]["proposal"]["message"] = 1.into());
    assert!(message.contains("it refers to message 1, which"), "{message}");
    let message = with(&|value| value["targets"][0]["plan"]["proof"]["coverage"]["placements"] = 9.into());
    assert!(message.contains("it refers to placements 9, which"), "{message}");
    let message = with(&|value| {
        let lines = &mut value["targets"][0]["plan"]["proof"]["coverage"]["proposed"];
        lines.as_array_mut().unwrap().pop();
    });
    assert!(message.contains(" placements, but "), "{message}");
    let message = with(&|value| {
        value["targets"][0]["plan"]["proof"]["coverage"]["counts"]["proposed"] = 0.into();
    });
    assert!(
        message.contains("the counts of its coverage do not match"),
        "{message}"
    );
}

#[test]
fn targets_with_the_same_values_store_them_once() {
    let mut plan = full();
    let mut other = plan.targets[0].clone();
    other.plan.target.name = "../bank".to_owned();
    other.target.name = "../bank".to_owned();
    other.target.place = TargetLocation::Local("../bank".to_owned());
    plan.targets.push(other);
    let (one, two) = (json(&full()), json(&plan));
    assert_eq!(one["shared"], two["shared"]);
    assert_eq!(one["contents"], two["contents"]);
    let read = SavedPlan::parse(text(&plan).as_bytes());
    assert!(
        matches!(read, Err(PlanFileError::Edited { .. })),
        "the digest is the old one"
    );
}

#[test]
fn what_is_said_of_one_target_can_not_be_about_another() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = json(&full());
        change(&mut value);
        let Err(PlanFileError::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
            panic!("the digest holds");
        };
        value["digest"] = found.into();
        SavedPlan::parse(value.to_string().as_bytes())
            .unwrap_err()
            .message()
    };
    let other = "the entry of ../app describes another target";
    let renamed = with(&|value| value["targets"][0]["entry"]["name"] = "../bank".into());
    assert!(renamed.contains(other), "{renamed}");
    let moved = with(&|value| value["targets"][0]["entry"]["place"]["local"] = "../bank".into());
    assert!(moved.contains(other), "{moved}");
    let twice = with(&|value| {
        let target = value["targets"][0].clone();
        value["targets"].as_array_mut().unwrap().push(target);
    });
    assert!(twice.contains("it contains ../app twice"), "{twice}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_byte_that_is_changed_is_refused_or_means_the_same(at in any::<prop::sample::Index>(), byte in any::<u8>(), compact in any::<bool>()) {
        thread_local! {
            static PLANS: (SavedPlan, String, String) = {
                let plan = full();
                let (long, short) = (text(&plan), json(&plan).to_string());
                (plan, long, short)
            };
        }
        PLANS.with(|(plan, long, short)| {
            let mut bytes = if compact { short } else { long }.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(read) = SavedPlan::parse(&bytes) {
                prop_assert_eq!(&read, plan);
            }
            Ok(())
        })?;
    }
}
