//! Text that YAML would cut is an error with the form that works, and real comments stay allowed.
//!
//! Input: lessons, topics and settings as people write them. Output: findings, and the text once the help was followed word for
//! word. Not here: line and column of each (`store_findings.rs`), and what the parser refuses (`crates/store/src/yaml/tests.rs`).

use lessonbook_base::finding::{Code, Finding};
use lessonbook_store::{Files, Store, load};

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 20);
const LESSON: &str = "title: T\nseverity: high\ntags: [all]\nrationale: It bites.\n";
const TARGETS: &str = "version: 1\nname: acme\nhome: acme/lessons\ntargets:\n  ./app: [all]\n";

fn read(lesson: &str, topic: &str, targets: &str) -> (Store, Vec<Finding>) {
    let mut files = Files::from([
        ("targets.yaml".to_owned(), targets.as_bytes().to_vec()),
        ("lessons/ops/a.yaml".to_owned(), lesson.as_bytes().to_vec()),
    ]);
    if !topic.is_empty() {
        files.insert("lessons/ops/_topic.yaml".to_owned(), topic.as_bytes().to_vec());
    }
    load(&files, TODAY)
}

fn lesson(fields: &str) -> String {
    let rule = if fields.contains("rule:") {
        ""
    } else {
        "rule: Do it.\n"
    };
    format!("{LESSON}{rule}{fields}")
}

fn cut(findings: &[Finding]) -> Vec<&Finding> {
    findings
        .iter()
        .filter(|finding| finding.code == Code::TextCut)
        .collect()
}

/// The text that a help shows in quotes: what a person copies.
fn shown(finding: &Finding) -> String {
    let help = finding.help.as_deref().unwrap_or_default();
    let written = help
        .strip_prefix("put the text in quotes: ")
        .unwrap_or_else(|| panic!("{help}"));
    let end = written.find("; if it is a comment").unwrap_or(written.len());
    written[..end].to_owned()
}

#[test]
fn the_help_works_as_written_and_the_whole_text_arrives() {
    for (written, meant) in [
        (
            "See incident #41 before you change the pool.",
            "See incident #41 before you change the pool.",
        ),
        ("See incident\n  in #41 first.", "See incident in #41 first."),
        ("See #41\n  and #42 first.", "See #41 and #42 first."),
        ("Never do what\n  #41 says.", "Never do what #41 says."),
        ("#41 says it.", "#41 says it."),
        ("#41 says\n  it.", "#41 says it."),
        ("!important Do it.", "!important Do it."),
        ("!!important Do it.", "!!important Do it."),
        ("! Do it.", "! Do it."),
        ("&all Do it.", "&all Do it."),
        ("Say \"no\" to #41.", "Say \"no\" to #41."),
        ("It's #41.", "It's #41."),
        ("It's \"C:\\\\x\" #41.", "It's \"C:\\\\x\" #41."),
        ("Tab\t#41.", "Tab #41."),
    ] {
        let (_, findings) = read(&lesson(&format!("rule: {written}\n")), "", TARGETS);
        let found = cut(&findings);
        let [finding] = &found[..] else {
            panic!("{written:?}: {findings:#?}")
        };
        assert!(finding.is_error() && finding.effect.is_some(), "{finding:?}");
        let (store, findings) = read(&lesson(&format!("{}\n", shown(finding))), "", TARGETS);
        assert!(findings.is_empty(), "{written:?}: {findings:#?}");
        let meant = meant.split_whitespace().collect::<Vec<_>>().join(" ");
        let arrived = store.lessons[0]
            .rule
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(arrived, meant);
    }
}

#[test]
fn every_text_of_every_file_is_looked_at() {
    let incident = |rest: &str| lesson(&format!("incidents:\n  - {rest}\n"));
    let exception =
        |rest: &str| format!("{TARGETS}exceptions:\n  - lesson: a\n    target: ./app\n    {rest}\n");
    for (lesson_text, topic, targets) in [
        (
            lesson("rationale: x\n").replace("It bites.", "Broke in #41."),
            "",
            TARGETS.to_owned(),
        ),
        (lesson("bad: kubectl delete # all\n"), "", TARGETS.to_owned()),
        (lesson("owner: platform #oncall\n"), "", TARGETS.to_owned()),
        (lesson("source: see PR #41\n"), "", TARGETS.to_owned()),
        (
            incident("date: 2026-01-01\n    repository: a/b\n    summary: Saw #41 down."),
            "",
            TARGETS.to_owned(),
        ),
        (
            incident("{ date: 2026-01-01, repository: a/b, summary: Saw #41 down. }"),
            "",
            TARGETS.to_owned(),
        ),
        (
            incident("{ date: 2026-01-01, summary: Saw #41 down,\n      repository: a/b }"),
            "",
            TARGETS.to_owned(),
        ),
        (lesson(""), "title: Ops #1\n", TARGETS.to_owned()),
        (lesson(""), "owner: the team # of ops\n", TARGETS.to_owned()),
        (lesson(""), "", exception("reason: See #41.\n    by: dana")),
        (lesson(""), "", exception("reason: !later\n    by: dana")),
        (lesson(""), "", exception("reason: it's known\n    by: Dana #sre")),
        (
            lesson(""),
            "",
            format!("{TARGETS}exceptions:\n  - {{ lesson: a, target: ./app, reason: See #41, by: dana }}\n"),
        ),
        (
            lesson(""),
            "",
            format!("{TARGETS}proposal:\n  title: Lessons #1\n"),
        ),
        (
            lesson(""),
            "",
            format!("{TARGETS}proposal:\n  labels:\n    - prio #1\n"),
        ),
        (lesson(""), "", TARGETS.replace("acme/lessons", "ask in #lessons")),
        (
            lesson(""),
            "",
            format!(
                "{TARGETS}acknowledge:\n  - target: ./app\n    state: unreachable\n    reason: gone, see #41\n"
            ),
        ),
    ] {
        let (_, findings) = read(&lesson_text, topic, &targets);
        let found = cut(&findings);
        assert_eq!(found.len(), 1, "{lesson_text}{topic}{targets}{findings:#?}");
        let at = found[0].at.as_ref();
        assert!(
            at.is_some_and(|at| !at.text.is_empty()),
            "the line is shown: {found:?}"
        );
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(help.starts_with("put the text in quotes: "), "{help}");
    }
}

#[test]
fn comments_that_cut_no_text_stay_allowed() {
    let text = lesson(
        "# Above a key.\nrule: \"See #41.\" # behind quotes\npaths: [\"**/*.rs\"] # behind a list\n\
         status: active  # behind a word\nreview_by: 2027-01-01 # behind a day\nowner: platform  # behind one word\n\
         bad: | # behind the head of a block\n  a: 1 # part of the example\ngood: >-\n  See #41.\n  # still text\n# At the end.\n",
    );
    let text = text.replace("severity: high", "severity: high  # agreed with SRE");
    let targets = "# Top.\nversion: 1 # one\nname: acme # name\nhome: acme/lessons  # where\ntargets: # all\n  ./app: [all] # tags\n\
                   proposal:\n  labels:\n    - bot # one word\nexceptions: # none of these cuts text\n  - lesson: a # id\n    target: ./app # name\n\
                   \u{20}   reason: 'See #41' # quoted\n    by: dana  # on call\n    until: 2027-01-01 # day\n";
    let (store, findings) = read(&text, "title: Ops\n# below\nowner: ops # one word\n", targets);
    assert!(cut(&findings).is_empty(), "{findings:#?}");
    assert!(
        findings.iter().all(|finding| !finding.is_error()),
        "{findings:#?}"
    );
    assert_eq!(store.lessons[0].rule, "See #41.");
    assert_eq!(store.lessons[0].good.as_deref(), Some("See #41. # still text"));
    assert_eq!(store.exceptions[0].reason, "See #41");
}

#[test]
fn anchors_and_core_tags_where_no_text_is_are_as_everywhere_in_yaml() {
    let text = lesson("paths: &all [\"**/*.rs\"]\nrule: !!str Do it.\n");
    let (_, findings) = read(&text, "tags: [all]\n", TARGETS);
    assert!(cut(&findings).is_empty(), "{findings:#?}");
}

#[test]
fn a_secret_in_cut_text_is_shown_nowhere() {
    let secret = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let (_, findings) = read(
        &lesson(&format!("rule: Use #41 with {secret} only.\n")),
        "",
        TARGETS,
    );
    assert!(!cut(&findings).is_empty());
    assert!(!format!("{findings:?}").contains(&secret[6..]), "{findings:#?}");
}
