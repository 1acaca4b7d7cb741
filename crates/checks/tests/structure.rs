//! What structural checks report, and where.

#![allow(clippy::unwrap_used)]

mod support;

use lessonbook_checks::document::Document;
use lessonbook_checks::path::KeyPath;
use lessonbook_checks::read::FileFormat;
use lessonbook_checks::structure::{MAX_HITS, PlaceStep, StructureGroup, StructureResult, run};

fn documents(path: &str, text: &str) -> Vec<Document> {
    FileFormat::new(path, text).unwrap().read(text).unwrap()
}

fn result(check: &str, text: &str) -> StructureResult {
    run(&support::check(check), &documents("a.yaml", text))
}

/// `line: message` of each hit.
fn hits(check: &str, text: &str) -> Vec<String> {
    let hits = result(check, text).hits;
    hits.iter()
        .map(|hit| format!("{}: {}", hit.line, hit.message))
        .collect()
}

#[test]
fn require_reports_the_deepest_part_of_the_path_that_exists() {
    let check = "{each: '**.containers[]', require: {resources.limits.memory: present, image: nginx, hostPort: absent}}";
    let text = "spec:\n  containers:\n  - image: apache\n    resources:\n      limits:\n        cpu: 1\n  - image: nginx\n    hostPort: 80\n  - image: nginx\n    resources:\n";
    let expected = [
        "3: image is \"apache\", must be \"nginx\"",
        "6: resources.limits.memory is missing (resources.limits ends here)",
        "7: resources.limits.memory is missing",
        "8: hostPort is present, must be absent",
        "10: resources.limits.memory is missing (resources ends here)",
    ];
    assert_eq!(hits(check, text), expected);
}

#[test]
fn forbid_reports_the_value_of_the_last_condition_if_all_hold() {
    let check = "{each: '**.rules[]', forbid: {resources: ['*', secrets], verbs: {matches: '.'}}}";
    let text = "rules:\n- resources: [pods]\n  verbs: [get]\n- verbs:\n  - get\n  resources:\n  - pods\n  - secrets\n";
    let expected = [
        "5: resources is [\"pods\", \"secrets\"] (\"*\" or \"secrets\") and verbs is [\"get\"] (matching `.`)",
    ];
    assert_eq!(hits(check, text), expected);
    let check = "{forbid: {'on.pull_request_target': present}}";
    assert_eq!(
        hits(
            check,
            "on:\n  pull_request_target:\n    # which\n    types: [x]\n"
        ),
        ["2: on.pull_request_target is present"]
    );
    assert_eq!(
        hits("{forbid: {a.b: absent}}", "a:\n  c: 1\n"),
        ["2: a.b is missing (a ends here)"]
    );
}

#[test]
fn brackets_step_into_lists_only_and_a_path_without_them_into_both() {
    let text = "containers: [{image: a}]\nx:\n  containers: {image: b}\n";
    assert_eq!(
        hits("{each: '**.containers[]', forbid: {image: present}}", text).len(),
        1
    );
    assert_eq!(
        hits("{each: '**.containers', forbid: {image: present}}", text).len(),
        2
    );
    assert_eq!(
        hits("{each: '', forbid: {image: present}}", "- image: a\n- image: b\n").len(),
        2
    );
    assert_eq!(
        hits(
            "{each: '[].tasks[]', forbid: {shell: present}}",
            "- tasks:\n  - shell: x\n"
        )
        .len(),
        1
    );
    assert!(
        hits(
            "{each: '[].tasks[]', forbid: {shell: present}}",
            "tasks:\n- shell: x\n"
        )
        .is_empty()
    );
}

#[test]
fn any_depth_includes_none() {
    let text = "kind: A\nb:\n  kind: A\n  c: [[{kind: A}]]\n";
    assert_eq!(hits("{each: '**', forbid: {kind: A}}", text).len(), 3);
    assert_eq!(hits("{each: 'b.**', forbid: {kind: A}}", text).len(), 2);
    assert_eq!(hits("{each: '**.b.**.c', forbid: {kind: A}}", text).len(), 1);
    assert_eq!(hits("{forbid: {'**.kind': A}}", text).len(), 1);
    assert_eq!(hits("{each: '*.c', forbid: {kind: A}}", text).len(), 1);
}

#[test]
fn the_nearest_map_around_decides() {
    let check = "{each: '**.containers[]', within: {kind: Deployment}, require: {probe: present}}";
    let text = "kind: List\nitems:\n- kind: Deployment\n  spec:\n    containers: [{image: a}]\n- kind: Job\n  spec:\n    containers: [{image: a}]\n";
    assert_eq!(hits(check, text), ["5: probe is missing"]);
    assert!(hits(check, "containers: [{image: a}]\n").is_empty());
}

#[test]
fn a_list_holds_what_one_of_its_elements_holds() {
    for (condition, value, holds) in [
        ("{drop: ALL}", "[NET, ALL]", true),
        ("{drop: ALL}", "[NET]", false),
        ("{drop: {not: ALL}}", "[NET, ALL]", false),
        ("{drop: {not: ALL}}", "[NET]", true),
        ("{drop: {not: ALL}}", "[]", true),
        (
            "{drop: {matches: '@', not: {matches: sha}}}",
            "[a@1, b@sha]",
            true,
        ),
        ("{drop: {matches: '@', not: {matches: sha}}}", "[a, b@sha]", false),
        ("{drop: {at_least: 1, at_most: 5}}", "[0, 10]", false),
        ("{drop: {at_least: 1, at_most: 5}}", "[0, [3]]", true),
        ("{drop.name: x}", "[{name: y}, {name: x}]", true),
        ("{drop.name: absent}", "[{name: y}, {}]", false),
        ("{drop: present}", "[]", true),
        ("{drop: present}", "", true),
        ("{drop: absent}", "", false),
    ] {
        let check = format!("{{forbid: {condition}}}");
        let text = format!("drop: {value}\n");
        assert_eq!(!hits(&check, &text).is_empty(), holds, "{condition} {value}");
    }
}

#[test]
fn values_are_compared_as_what_they_are() {
    for (condition, value, holds) in [
        ("'22'", "22", true),
        ("22", "'22'", true),
        ("22", "22.0", true),
        ("'1.1'", "'1.10'", false),
        ("true", "'true'", true),
        ("true", "yes", false),
        ("{matches: '2'}", "22", false),
        ("{matches: '2'}", "'22'", true),
        ("{below: 1Gi}", "512Mi", true),
        ("{above: 100m}", "0.1", false),
        ("{at_least: 100m}", "0.1", true),
        ("{above: 1}", "many", false),
        ("{not: {above: 1}}", "many", true),
        ("{not: x}", "", true),
    ] {
        let check = format!("{{forbid: {{k: {condition}}}}}");
        assert_eq!(
            !hits(&check, &format!("k: {value}\n")).is_empty(),
            holds,
            "{condition} {value}"
        );
    }
}

#[test]
fn what_is_unknown_is_counted_and_neither_right_nor_wrong() {
    let text = "a: \"{{ x }}\"\nb: $(y)\nc: [1, \"${z}\"]\nd:\n  e: 1\n";
    for (check, undecided) in [
        ("{forbid: {a: x}}", 1),
        ("{require: {a: x}}", 1),
        ("{require: {a.b.c: present}}", 1),
        ("{forbid: {b: {not: x}}}", 1),
        ("{require: {c: 2}}", 1),
        ("{when: {a: x}, require: {gone: present}}", 1),
        ("{when: {a: x}, require: {b: present}}", 0),
        ("{within: {a: x}, each: d, require: {gone: present}}", 1),
        ("{require: {a: present, c: 1}}", 0),
        ("{forbid: {a: absent, d.e: 1}}", 0),
        ("{each: '**.b', require: {x: present}}", 1),
    ] {
        let result = result(check, text);
        assert!(result.hits.is_empty(), "{check} {result:?}");
        assert_eq!(result.undecided, undecided, "{check}");
    }
    assert_eq!(hits("{forbid: {a: present}}", text), ["1: a is present"]);
    assert_eq!(hits("{forbid: {c: 1}}", text).len(), 1);
}

#[test]
fn nothing_is_missing_where_a_template_inserts() {
    let text = "kind: Deployment\nspec:\n  containers:\n  - image: a\n    {{- toYaml .Values.x | nindent 4 }}\n  - image: b\n";
    let check =
        support::check("{each: '**.containers[]', within: {kind: Deployment}, require: {probe: present}}");
    let result = run(&check, &documents("chart/templates/a.yaml", text));
    let lines: Vec<u32> = result.hits.iter().map(|hit| hit.line).collect();
    assert_eq!((lines, result.undecided), (vec![6], 1));
}

#[test]
fn a_place_is_reported_once_however_many_aliases_lead_to_it() {
    let text = "base: &base\n  privileged: true\na:\n  s: *base\nb:\n  s: *base\nc:\n  <<: *base\n";
    let expected = ["2: privileged is true"];
    assert_eq!(hits("{each: '**', forbid: {privileged: true}}", text), expected);
}

#[test]
fn at_most_a_hundred_hits_are_collected_for_a_check_and_a_file() {
    let text = "- a: 1\n".repeat(5_000);
    let result = result("{each: '**', forbid: {a: 1}}", &text);
    assert_eq!((result.hits.len(), result.more), (MAX_HITS, true));
}

#[test]
fn a_place_keeps_its_identity_when_lines_move_and_the_file_is_rewritten() {
    let check = "{each: '**.containers[]', forbid: {image: {matches: ':latest$'}}}";
    let before = "kind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - name: a\n    image: n:latest\n  - name: b\n    image: n:latest\n";
    let after = "# first\n---\nspec: {containers: [{image: \"n:latest\", name: b}, {image: 'n:latest', name: a}]}\nmetadata:\n    name: x\nkind: Pod\n";
    let (before, after) = (result(check, before), result(check, after));
    let identities = |result: &StructureResult| {
        let mut all: Vec<_> = result.hits.iter().map(|hit| hit.identity.clone()).collect();
        all.sort();
        all
    };
    assert_eq!(identities(&before), identities(&after));
    let first = &identities(&before)[0];
    assert_eq!(
        (first.kind.as_deref(), first.name.as_deref()),
        (Some("Pod"), Some("x"))
    );
    let steps = [
        PlaceStep::Key("spec".to_owned()),
        PlaceStep::Key("containers".to_owned()),
        PlaceStep::Element(Some("a".to_owned())),
    ];
    assert_eq!(first.steps, steps);
    let nameless = identities(&before);
    assert_eq!(nameless[0].without_names(), nameless[1].without_names());
}

#[test]
fn a_group_gives_what_each_check_gives_alone() {
    let checks = [
        "{each: '**.containers[]', require: {a: present}}",
        "{each: ['**.containers[]', '**.image', '**'], forbid: {image: {matches: '.'}}}",
        "{require: {kind: present}}",
        "{each: 'spec.*', forbid: {image: x}}",
    ];
    let checks: Vec<_> = checks.iter().map(|check| support::check(check)).collect();
    let documents = documents(
        "a.yaml",
        "spec:\n  containers:\n  - image: x\n  other: {image: x}\n---\nkind: a\n",
    );
    let together = StructureGroup::new(&checks).run(&documents);
    let alone: Vec<_> = checks.iter().map(|check| run(check, &documents)).collect();
    assert_eq!(together, alone);
    assert!(together.iter().all(|result| !result.hits.is_empty()));
}

#[test]
fn many_any_depths_cost_no_more_than_one() {
    let path = vec!["**.a"; 31].join(".");
    let nested = "{a: ".repeat(60) + "1" + &"}".repeat(60);
    let text = format!("x: {nested}\n");
    let check = format!("{{each: '**', forbid: {{'{path}': 2, '{path}.**.b': absent}}}}");
    assert!(KeyPath::parse(&path).is_ok());
    hits(&check, &text);
}
