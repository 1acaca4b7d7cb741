//! The schemas for editors match the parser: they have the same keys, and accept the same documents.

use std::collections::BTreeSet;

use serde_json::Value;

use lessonbook::commands::schema;
use lessonbook_store::read::{
    assistants, checks, conditions, entry_points, exceptions, github, lesson, policy, rollout, size_limit,
    target, targets,
};
use lessonbook_store::{Files, load};

fn compiled(text: &str) -> Value {
    serde_json::from_str(text).expect("a schema is JSON")
}

fn keys<'s>(schema: &'s Value, pointer: &str) -> BTreeSet<&'s str> {
    let node = schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
    assert_eq!(node["additionalProperties"], Value::Bool(false), "{pointer}");
    let properties = node["properties"].as_object().expect("properties");
    properties.keys().map(String::as_str).collect()
}

fn set<'k>(keys: &[&'k str]) -> BTreeSet<&'k str> {
    keys.iter().copied().collect()
}

#[test]
fn schema_and_parser_have_the_same_keys() {
    let lessons = compiled(schema::LESSON);
    assert_eq!(keys(&lessons, ""), set(&lesson::KEYS));
    assert_eq!(keys(&lessons, "/$defs/check"), set(&checks::CHECK_KEYS));
    assert_eq!(
        keys(&lessons, "/$defs/check/properties/examples/items"),
        set(&checks::CHECK_EXAMPLE_KEYS)
    );
    assert_eq!(
        keys(&lessons, "/$defs/condition/anyOf/2"),
        set(&conditions::CONDITION_KEYS)
    );
    assert_eq!(
        keys(&lessons, "/properties/incidents/items"),
        set(&lesson::INCIDENT_KEYS)
    );
    assert_eq!(
        keys(&lessons, "/properties/sources/items"),
        set(&lesson::SOURCE_KEYS)
    );
    let all = compiled(schema::TARGETS);
    assert_eq!(keys(&all, ""), set(&targets::KEYS));
    assert_eq!(keys(&all, "/$defs/target"), set(&target::TARGET_KEYS));
    assert_eq!(keys(&all, "/properties/exceptions/items"), set(&exceptions::KEYS));
    assert_eq!(
        keys(&all, "/properties/discover/items"),
        set(&github::DISCOVER_KEYS)
    );
    assert_eq!(
        keys(&all, "/properties/acknowledge/items"),
        set(&github::ACKNOWLEDGE_KEYS)
    );
    assert_eq!(keys(&all, "/properties/report"), set(&github::REPORT_KEYS));
    assert_eq!(keys(&all, "/properties/proposal"), set(&policy::PROPOSAL_KEYS));
    assert_eq!(keys(&all, "/properties/policy"), set(&policy::POLICY_KEYS));
    assert_eq!(keys(&all, "/$defs/entry_point"), set(&entry_points::KEYS));
    assert_eq!(keys(&all, "/$defs/assistant"), set(&assistants::ASSISTANT_KEYS));
    let (store, _) = lessonbook_store::load(&lessonbook_store::Files::new(), jiff::civil::date(2026, 11, 29));
    let built_in: Vec<&str> = store.entry_points.iter().map(|row| row.name.as_str()).collect();
    let named = all["properties"]["entry_points"]["properties"]
        .as_object()
        .expect("names");
    assert_eq!(
        named.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        set(&built_in)
    );
    assert_eq!(keys(&all, "/properties/rollout"), set(&rollout::ROLLOUT_KEYS));
    assert_eq!(keys(&all, "/properties/open/items"), set(&rollout::OPEN_KEYS));
    let limit = all.pointer("/$defs/limit/anyOf/1").expect("a limit's map");
    assert_eq!(keys(limit, ""), set(&size_limit::LIMIT_KEYS));
}

#[test]
fn every_key_has_a_description_for_the_editor() {
    fn walk(node: &Value, path: &str, all: &Value) {
        // The map of properties is not itself a schema, even if a property is called `properties`.
        let is_properties = path.ends_with("/properties");
        if let Some(properties) = node
            .get("properties")
            .and_then(Value::as_object)
            .filter(|_| !is_properties)
        {
            for (key, value) in properties {
                let target = value["$ref"]
                    .as_str()
                    .and_then(|pointer| all.pointer(&pointer[1..]));
                let description = value.get("description").or_else(|| target?.get("description"));
                let severities = path == "/$defs/redundancy";
                assert!(
                    description.is_some() || severities,
                    "{path}/{key} has no description"
                );
            }
        }
        match node {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, value)| walk(value, &format!("{path}/{key}"), all)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, all)),
            _ => {}
        }
    }
    for text in [schema::LESSON, schema::TARGETS] {
        let schema = compiled(text);
        walk(&schema, "", &schema);
    }
}

/// Changes of a valid lesson: the key whose line is replaced, the new line, and whether the result is valid.
const LESSONS: &[(&str, &str, bool)] = &[
    ("", "", true),
    ("severity", "severity: high", true),
    ("severity", "severity: urgent", false),
    ("title", "", false),
    ("rationale", "", false),
    ("rationale", "status: draft", true),
    (
        "sources",
        "sources: [{ repository: acme/a, path: CLAUDE.md, line: 3 }]",
        true,
    ),
    ("sources", "sources: [{ path: CLAUDE.md, line: 3 }]", false),
    ("rule", "rule: \"\"", false),
    ("rule", "rule: 3", false),
    ("more", "more: x", false),
    ("paths", "paths: [\"src/**\", \"**/*.{yaml,yml}\"]", true),
    ("paths", "paths: []", true),
    ("paths", "paths: [\"*.tf\"]", false),
    ("paths", "paths: [\"/src/**\"]", false),
    ("paths", "paths: src/**", false),
    ("tags", "tags: [x]", true),
    ("tags", "tags: x", false),
    (
        "incidents",
        "incidents: [{ date: 2026-01-02, summary: It broke }]",
        true,
    ),
    ("incidents", "incidents: [{ date: 2026-01-02 }]", false),
    (
        "incidents",
        "incidents: [{ date: soon, summary: It broke }]",
        false,
    ),
    ("checks", "checks: []", true),
    ("checks", "checks: {}", false),
    ("checks", "checks: [{ forbid: x }]", true),
    (
        "checks",
        "checks: [{ forbid: x, unless: z, paths: [\"a/**\"], except: [b], message: m }]",
        true,
    ),
    ("checks", "checks: [{ forbid: \"\" }]", false),
    ("checks", "checks: [{ forbid: 7 }]", false),
    ("checks", "checks: [{ forbid: x, require: y }]", false),
    ("checks", "checks: [{ forbid: x, each: y }]", false),
    ("checks", "checks: [{ forbid: { x: 1 }, unless: y }]", false),
    (
        "checks",
        "checks: [{ each: [a, b], when: { c: present }, within: { kind: [X, Y] }, require: { d: { at_least: 1Gi }, e: { not: { matches: f } } } }]",
        true,
    ),
    ("checks", "checks: [{ require: { d: { at_leest: 1 } } }]", false),
    (
        "checks",
        "checks: [{ require: { d: { at_least: many } } }]",
        false,
    ),
    ("checks", "checks: [{ require: {} }]", false),
    ("checks", "checks: [{ require: { d: [] } }]", false),
    (
        "checks",
        "checks: [{ forbid_file: [a] }, { require_file: [\"b/*\"] }]",
        true,
    ),
    ("checks", "checks: [{ forbid_file: [] }]", false),
    ("checks", "checks: [{ changed: [a] }]", false),
    (
        "checks",
        "checks: [{ changed: [a], needs: [b] }, { untouched: [\"c/**\"] }]",
        true,
    ),
    ("checks", "checks: [{ needs: [b] }]", false),
    ("checks", "checks: [{ forbid: x, examples: [{ bad: x }] }]", true),
    (
        "checks",
        "checks: [{ forbid: x, examples: [{ file: x }] }]",
        false,
    ),
    ("language", "language: c++", true),
    ("language", "language: two words", false),
    ("review_by", "review_by: 2027-01-02", true),
    ("review_by", "review_by: soon", false),
    ("audience", "audience: internal", true),
    ("audience", "audience: all", false),
    ("status", "status: draft", true),
    ("status", "status: off", false),
];

/// Lines added to a valid `targets.yaml`, and whether the result is valid.
const TARGETS: &[(&str, bool)] = &[
    ("", true),
    ("use: [copilot, \"agents?\"]", true),
    ("use: copilot", false),
    ("home: acme/guardrails", true),
    ("redundancy: { low: { always: rule, copilot: full } }", true),
    ("redundancy: { critical: { always: none } }", false),
    ("redundancy: { low: { always: much } }", false),
    ("redundancy: { huge: { always: rule } }", false),
    ("budget: 90 lines", true),
    (
        "budget: { claude: none, always: { count: 80, unit: lines } }",
        true,
    ),
    ("budget: 90", false),
    ("readers: [Codex]", false),
    ("assistants: [codex, claude-code]", true),
    ("assistants: [\"+codex\"]", true),
    (
        "entry_points: { mine: { kind: always, path: a/b.md, limit: 8000 characters, over: skips } }",
        true,
    ),
    ("entry_points: { mine: { kind: sometimes, path: a/b.md } }", false),
    ("entry_points: { mine: { kind: always } }", false),
    (
        "entry_points: { agents: { assistants: [{ name: Codex, verified_on: 2027-03-01 }] } }",
        true,
    ),
    (
        "entry_points: { agents: { assistants: [{ name: Codex, nearest: true }] } }",
        false,
    ),
    ("entry_points: { agents: { assistants: [Codex] } }", false),
    ("entry_points: { agents: { kind: always, path: a/b.md } }", false),
    (
        "entry_points: { mine: { kind: always, path: a/b.md, assistants: [{ name: Us, comments: seen }] } }",
        true,
    ),
    (
        "entry_points: { mine: { kind: always, path: a/b.md, assistants: [{ comments: seen }] } }",
        false,
    ),
    (
        "proposal: { author: A B <a@b.c>, pace: 2s, open_for: high, labels: [x], draft: true }",
        true,
    ),
    ("proposal: { team_reviewers: [sre], assignees: [dana] }", true),
    ("proposal: { assignees: dana }", false),
    ("proposal: { author: nobody }", false),
    ("proposal: { pace: slow }", false),
    ("policy: { max_new_proposals: 3, hosts: [acme.dev] }", true),
    ("policy: { max_new_proposals: -3 }", false),
    ("policy: { on_drift: stop }", true),
    ("policy: { on_drift: never }", false),
    ("checks: true", true),
    ("checks: often", false),
    ("targets: { ./a: { checks: false } }", true),
    ("targets: { ./a: { checks: 1 } }", false),
    ("targets: { ./a: { on_drift: propose } }", true),
    ("targets: { ./a: { on_drift: true } }", false),
    ("policy: { max_new_proposals_per_hour: 3 }", true),
    ("policy: { max_new_proposals_per_hour: -3 }", false),
    (
        "rollout: { canary: [acme/a], quorum: 80%, bake: 24h, give_up: 7d }\ntargets: { acme/a: [] }",
        true,
    ),
    (
        "rollout: { canary: [acme/a], quorum: 100% }\ntargets: { acme/a: [] }",
        true,
    ),
    (
        "rollout: { canary: [acme/a], quorum: 0% }\ntargets: { acme/a: [] }",
        false,
    ),
    (
        "rollout: { canary: [acme/a], quorum: 101% }\ntargets: { acme/a: [] }",
        false,
    ),
    (
        "rollout: { canary: [acme/a], quorum: 80 }\ntargets: { acme/a: [] }",
        false,
    ),
    (
        "rollout: { canary: [acme/a], bake: 90s }\ntargets: { acme/a: [] }",
        false,
    ),
    (
        "rollout: { canary: [acme/a], give_up: 7 }\ntargets: { acme/a: [] }",
        false,
    ),
    ("rollout: { canary: [] }", false),
    ("rollout: { quorum: 80% }", false),
    (
        "open: [{ lesson: one, version: a1b2c3, reason: x, by: dana }]",
        true,
    ),
    ("open: [{ lesson: one, version: a1b2c3, reason: x }]", false),
    (
        "open: [{ lesson: one, version: A1B2C3, reason: x, by: dana }]",
        false,
    ),
    ("open: [{ lesson: one, reason: x, by: dana }]", false),
    (
        "policy: { forbid_paths: [CLAUDE.md, \"docs/**\"], allow_paths: [\"**/*.md\", \"{AGENTS,GEMINI}.md\"] }",
        true,
    ),
    ("policy: { forbid_paths: [\"*.md\"] }", false),
    ("policy: { forbid_paths: [\"**\"] }", false),
    ("policy: { allow_paths: [/docs/x.md] }", false),
    ("policy: { allow_paths: docs/x.md }", false),
    (
        "policy: { max_targets: 20, max_files: 0, max_changed_lines: 900, max_added_lines: 80 }",
        true,
    ),
    ("policy: { max_targets: many }", false),
    ("policy: { max_changed_lines: 1.5 }", false),
    (
        "targets: { ./b: { max_added_lines: 9, forbid_paths: [\"a/**\"], allow_paths: [] } }",
        true,
    ),
    ("targets: { ./b: { max_targets: 9 } }", false),
    (
        "targets: { acme/a: [], ./b: { visibility: private, base: main, use: [+gemini] } }",
        true,
    ),
    ("targets: { acme/a: { visible: true } }", false),
    ("targets: { acme/a: { enabled: 1 } }", false),
    ("targets: [acme/a]", false),
    (
        "discover: [{ organization: acme, properties: { tier: \"1\" } }]",
        true,
    ),
    (
        "discover: [{ organization: acme, properties: { tier: 1 } }]",
        false,
    ),
    ("discover: [{ user: dana, forks: true }]", true),
    ("discover: [{ user: dana, organization: acme }]", false),
    ("discover: [{ topics: [x] }]", false),
    ("discover: [{ user: dana, forks: some }]", false),
    (
        "acknowledge: [{ target: ./a, state: blocked, reason: x, until: 2027-01-02 }]\ntargets: { ./a: [] }",
        true,
    ),
    (
        "acknowledge: [{ target: ./a, state: edited, reason: x }]\ntargets: { ./a: [] }",
        false,
    ),
    (
        "acknowledge: [{ target: ./a, state: blocked }]\ntargets: { ./a: [] }",
        false,
    ),
    (
        "acknowledge: [{ target: ./a, reason: x }]\ntargets: { ./a: [] }",
        false,
    ),
    ("report: { issue: true }", true),
    ("report: { issue: daily }", false),
    (
        "exceptions: [{ lesson: one, target: \"**\", by: dana, reason: x, until: 2027-01-02 }]\ntargets: { ./a: [] }",
        true,
    ),
    (
        "exceptions: [{ lesson: one, target: \"**\", by: dana }]\ntargets: { ./a: [] }",
        false,
    ),
    ("exceptions: [{ lesson: one, by: dana, reason: x }]", false),
    ("library_tags: [x]", true),
    ("library_tags: x", false),
];

fn errors(files: &Files) -> Vec<String> {
    let (_, findings) = load(files, jiff::civil::date(2026, 11, 20));
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors
        .map(|finding| format!("{}: {}", finding.code, finding.message))
        .collect()
}

fn files(lesson: &str, targets: &str) -> Files {
    Files::from([
        ("targets.yaml".to_owned(), targets.as_bytes().to_vec()),
        ("lessons/a/one.yaml".to_owned(), lesson.as_bytes().to_vec()),
    ])
}

/// Whether the schema accepts a document. The YAML is read into JSON, as an editor does.
fn valid(schema: &Value, yaml: &str) -> bool {
    let value: Value = serde_yaml::from_str(yaml).expect("the table holds YAML");
    jsonschema::is_valid(schema, &value)
}

#[test]
fn schema_and_parser_agree_on_lessons() {
    let good = "title: A title\nseverity: low\nrule: Do it well.\nrationale: It helps.\n";
    let targets = "version: 1\nname: acme\nlibrary_tags: [x]\n";
    let schema = compiled(schema::LESSON);
    for (key, line, is_valid) in LESSONS {
        let kept = good.lines().filter(|old| key.is_empty() || !old.starts_with(key));
        let text: Vec<&str> = kept.chain((!line.is_empty()).then_some(*line)).collect();
        let text = text.join("\n") + "\n";
        let found = errors(&files(&text, targets));
        assert_eq!(found.is_empty(), *is_valid, "{line:?}: {found:?}");
        assert_eq!(valid(&schema, &text), *is_valid, "{line:?}: the schema");
    }
}

#[test]
fn schema_and_parser_agree_on_targets() {
    let lesson = "title: A title\nseverity: low\nrule: Do it well.\nrationale: It helps.\n";
    let schema = compiled(schema::TARGETS);
    for (lines, is_valid) in TARGETS {
        let text = format!("version: 1\nname: acme\n{lines}\n");
        let found = errors(&files(lesson, &text));
        assert_eq!(found.is_empty(), *is_valid, "{lines:?}: {found:?}");
        assert_eq!(valid(&schema, &text), *is_valid, "{lines:?}: the schema");
    }
}
