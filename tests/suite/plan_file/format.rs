//! The form of the file: what is written is what is read, and what is none says why.

use proptest::prelude::*;
use serde_json::Value;

use crate::support::library::{self, Book, TODAY};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::plan_file::{Run, SavedCommit, SavedPlan, SavedTarget, Unusable};

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
        commit: "3f2a9c0d1e4b3f2a9c0d1e4b3f2a9c0d1e4b3f2a".into(),
        branch: Some("main".into()),
        time: 1_767_603_600,
        uncommitted: Vec::new(),
        asked_for: false,
    };
    SavedPlan::new(Run {
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
            "{ tags: [app], visibility: private, base: main, use: [copilot, claude, claude-rules, \"agents?\", reference], \
             redundancy: { medium: { always: none } } }",
        )
        .settings("exceptions:\n  - { lesson: names, target: ../app, entry_point: reference, reason: spelled, by: dana, until: 2027-01-31 }")
        .lesson(
            "review/latin",
            "title: T\nseverity: high\ntags: [app]\nrule: Write été and 日本語 as they are.\nrationale: R.\n",
        );
    let mut tree = library::tree::<&[u8]>(&[
        ("CLAUDE.md", b"\xef\xbb\xbf# Mine\r\n\r\nText \xff\xfe\r\n"),
        (".github/copilot-instructions.md", b"# Ours\n"),
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
fn what_is_written_is_as_the_schema_says_and_the_schema_describes_every_key() {
    let schema: Value = serde_json::from_str(lessonbook::commands::schema::PLAN).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = json(&full());
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    described(&document, &schema, &schema, "");
    for wrong in ["format", "digest", "store", "contents", "targets"] {
        let mut value = document.clone();
        value[wrong] = 1.into();
        assert!(!validator.is_valid(&value), "{wrong}");
    }
}

/// Every key of the document is described.
fn described(value: &Value, schema: &Value, all: &Value, path: &str) {
    let followed = |schema: &Value| {
        let name = schema["$ref"].as_str();
        let named = name.and_then(|name| all.pointer(name.trim_start_matches('#')));
        named.unwrap_or(schema).clone()
    };
    let mut schema = followed(schema);
    for several in ["anyOf", "oneOf"] {
        if let Some(variants) = schema[several].as_array() {
            let fits = variants.iter().map(&followed).find(|variant| {
                let key = |map: &serde_json::Map<String, Value>| {
                    map.keys().all(|key| variant["properties"].get(key).is_some())
                };
                value.is_null() && variant["type"] == "null"
                    || value.as_object().map_or(!value.is_null(), key)
            });
            schema = fits.unwrap_or_else(|| panic!("{path}: no variant"));
        }
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}/{key}");
                let known = schema["properties"]
                    .get(key)
                    .or(schema.get("additionalProperties"));
                match known {
                    Some(known) => described(value, known, all, &path),
                    None => assert!(schema.get("properties").is_none(), "{path} is not described"),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| {
            if let Some(known) = schema.get("items") {
                described(item, known, all, path);
            }
        }),
        _ => {}
    }
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
    let Err(Unusable::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
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
            "it starts like JSON and is not, line 1, column 13",
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
            "it is what `--format json` prints",
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
            "was edited since it was written",
            false,
        ),
        (
            with(&|value| {
                value.as_object_mut().unwrap().shift_remove("digest");
            }),
            "states no digest",
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
    let Err(Unusable::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
        panic!("the digest holds");
    };
    value["digest"] = found.into();
    let unusable = SavedPlan::parse(value.to_string().as_bytes()).unwrap_err();
    let words = format!("content {first} is another one");
    assert!(unusable.message().contains(&words), "{}", unusable.message());
}

#[test]
fn what_is_said_of_one_target_can_not_be_about_another() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = json(&full());
        change(&mut value);
        let Err(Unusable::Edited { found, .. }) = SavedPlan::parse(value.to_string().as_bytes()) else {
            panic!("the digest holds");
        };
        value["digest"] = found.into();
        SavedPlan::parse(value.to_string().as_bytes())
            .unwrap_err()
            .message()
    };
    let other = "what it says of ../app is about another target";
    let renamed = with(&|value| value["targets"][0]["entry"]["name"] = "../bank".into());
    assert!(renamed.contains(other), "{renamed}");
    let moved = with(&|value| value["targets"][0]["entry"]["place"]["local"] = "../bank".into());
    assert!(moved.contains(other), "{moved}");
    let twice = with(&|value| {
        let target = value["targets"][0].clone();
        value["targets"].as_array_mut().unwrap().push(target);
    });
    assert!(twice.contains("../app is in it twice"), "{twice}");
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
