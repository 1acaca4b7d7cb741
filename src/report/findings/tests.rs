//! What each format prints, read as a user would.

use super::*;
use crate::report::envelope::DocumentSubject;
use lessonbook_base::finding::Location;

/// A mistake in the store, with a location and a label.
fn glob() -> Finding {
    let text =
        "title: No open ingress\nseverity: critical\ntags: [terraform]\npaths: [\"*.tf\", \"modules/**\"]\n";
    let at = text.find("\"*.tf\"").unwrap_or_default();
    Finding::new(
        Code::GlobNotPortable,
        "`*.tf` does not mean the same to all assistants",
    )
    .at(
        Location::in_text("lessons/terraform/no-open-ingress.yaml", text, at..at + 6)
            .label("Copilot in VS Code, Copilot CLI: any folder · Claude Code, Cursor: the root only"),
    )
    .effect("in Claude Code and Cursor this critical rule would miss `envs/prod/db.tf`")
    .help("write \"**/*.tf\" (any folder) or \"envs/**/*.tf\" (one folder); `check --fix` writes the first")
    .lesson("no-open-ingress")
}

fn leaves() -> Finding {
    Finding::new(
        Code::LessonLeaves,
        "no-open-ingress (critical) is in CLAUDE.md now and would be missing after this plan",
    )
    .target("acme/infra-net")
    .help("retire the lesson, or name an exception with a reason")
}

fn placed(text: &str, what: &str) -> Finding {
    let at = text.find(what).unwrap_or(text.len());
    Finding::new(Code::EmptyRule, "a rule without words").at(Location::in_text(
        "lessons/a/b.yaml",
        text,
        at..at + what.len(),
    ))
}

fn plain(findings: &[Finding]) -> String {
    anstream::adapter::strip_str(&human(findings)).to_string()
}

#[test]
fn a_mistake_in_the_store_looks_like_the_mock_up() {
    let expected = r#"error[glob-not-portable]: `*.tf` does not mean the same to all assistants
  --> lessons/terraform/no-open-ingress.yaml:4:9
   |
 4 | paths: ["*.tf", "modules/**"]
   |         ^^^^^^ Copilot in VS Code, Copilot CLI: any folder · Claude Code, Cursor: the root only
   |
   = effect: in Claude Code and Cursor this critical rule would miss `envs/prod/db.tf`
   = help: write "**/*.tf" (any folder) or "envs/**/*.tf" (one folder); `check --fix` writes the first
   = more: docs/findings.md#glob-not-portable

"#;
    assert_eq!(plain(&[glob()]), expected);
}

#[test]
fn the_gutter_grows_with_the_line_number() {
    let text = "\n".repeat(119) + "rule: \"\"\n";
    let expected = r#"error[empty-rule]: a rule without words
    --> lessons/a/b.yaml:120:7
     |
 120 | rule: ""
     |       ^^
     |
     = more: docs/findings.md#empty-rule

"#;
    assert_eq!(plain(&[placed(&text, "\"\"")]), expected);
}

#[test]
fn a_finding_without_a_place_tells_its_target_and_the_way_out() {
    let expected = "error[lesson-leaves]: no-open-ingress (critical) is in CLAUDE.md now and would be missing after this plan
   |
   = target: acme/infra-net
   = help: retire the lesson, or name an exception with a reason
   = more: docs/findings.md#lesson-leaves

";
    assert_eq!(plain(&[leaves()]), expected);
}

#[test]
fn a_finding_about_a_whole_file_names_the_file() {
    let finding = Finding::new(Code::EmptyFile, "the file is empty")
        .at(Location::file("lessons/a/b.yaml"))
        .help("write a lesson, or delete the file");
    let expected = "error[empty-file]: the file is empty
  --> lessons/a/b.yaml:1:1
   |
   = help: write a lesson, or delete the file
   = more: docs/findings.md#empty-file

";
    assert_eq!(plain(&[finding]), expected);
}

#[test]
fn the_caret_stands_below_the_character_in_a_line_of_wide_and_combined_ones() {
    let expected = "error[empty-rule]: a rule without words
  --> lessons/a/b.yaml:1:9
   |
 1 | title: 日本 here
   |          ^^
   |
   = more: docs/findings.md#empty-rule

";
    assert_eq!(plain(&[placed("title: 日本 here\n", "本")]), expected);
}

#[test]
fn a_place_at_the_end_of_the_file_has_a_caret_behind_the_text() {
    let expected = "error[empty-rule]: a rule without words
  --> lessons/a/b.yaml:1:6
   |
 1 | rule:
   |      ^
   |
   = more: docs/findings.md#empty-rule

";
    assert_eq!(plain(&[placed("rule:", "nowhere in it")]), expected);
}

#[test]
fn hidden_characters_are_spelled_out_and_the_column_stays_that_of_the_file() {
    let expected = "error[empty-rule]: a rule without words
  --> lessons/a/b.yaml:1:9
   |
 1 | rule: \\u{200b}x\\u{202e}y
   |                ^^^^^^^^
   |
   = more: docs/findings.md#empty-rule

";
    assert_eq!(
        plain(&[placed("rule: \u{200b}x\u{202e}y\n", "\u{202e}")]),
        expected
    );
}

#[test]
fn tabs_line_up() {
    let shown = plain(&[placed("a\tb:\tc\n", "c")]);
    assert!(shown.contains(" 1 | a   b:  c\n   |         ^\n"), "{shown}");
}

#[test]
fn a_very_long_line_is_cut_around_the_caret() {
    let text = format!("rule: {} here {}", "x ".repeat(5000), "y ".repeat(5000));
    let shown = plain(&[placed(&text, "here")]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{shown}");
    assert!(
        lines[3].contains("… x x") && lines[3].contains(" here ") && lines[3].ends_with('…'),
        "{shown}"
    );
    let column = |line: &str, what: &str| line.find(what).map(|at| line[..at].chars().count());
    assert_eq!(column(lines[3], "here"), column(lines[4], "^^^^"), "{shown}");
}

#[test]
fn a_finding_that_covers_a_long_line_does_not_fill_the_screen() {
    let text = "é".repeat(100_000);
    let shown = plain(&[placed(&text, &text)]);
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    assert!(shown.contains("^^^^"));
}

#[test]
fn a_finding_cannot_steer_the_terminal() {
    let finding = Finding::new(Code::UnknownKey, "unknown key `\u{1b}[2J`")
        .at(Location::in_text("lessons/\u{202e}.yaml", "\u{1b}[2J: 1", 0..1).label("\u{7}"))
        .effect("\u{1b}]0;title\u{7}")
        .help("\u{9b}31m");
    let shown = plain(std::slice::from_ref(&finding));
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    assert!(shown.contains(r"1 | \u{1b}[2J: 1"), "{shown}");
    let styled = human(&[finding]);
    assert!(
        !styled.contains("\u{1b}[2J") && !styled.contains("\u{1b}]0"),
        "{styled:?}"
    );
}

#[test]
fn the_summary_counts_with_the_right_plurals() {
    let mut warning = leaves();
    warning.level = Level::Warning;
    let summary = Summary::new(&[glob(), leaves(), warning], 47);
    assert_eq!(summary.line(), "2 errors, 1 warning, 0 notes in 47 lessons");
    assert_eq!(
        Summary::new(&[], 1).line(),
        "0 errors, 0 warnings, 0 notes in 1 lesson"
    );
}

#[test]
fn json_has_a_version_every_field_and_the_counts() {
    let findings = [glob(), leaves()];
    let text = json(DocumentSubject::NoStore, &findings, Summary::new(&findings, 47)).unwrap();
    let expected = r#"{
  "format_version": "1.0",
  "tool_version": "0.1.0",
  "store": null,
  "findings": [
    {
      "code": "glob-not-portable",
      "level": "error",
      "message": "`*.tf` does not mean the same to all assistants",
      "at": {
        "file": "lessons/terraform/no-open-ingress.yaml",
        "line": 4,
        "column": 9,
        "length": 6,
        "text": "paths: [\"*.tf\", \"modules/**\"]",
        "label": "Copilot in VS Code, Copilot CLI: any folder · Claude Code, Cursor: the root only"
      },
      "effect": "in Claude Code and Cursor this critical rule would miss `envs/prod/db.tf`",
      "help": "write \"**/*.tf\" (any folder) or \"envs/**/*.tf\" (one folder); `check --fix` writes the first",
      "lesson": "no-open-ingress",
      "more": "docs/findings.md#glob-not-portable"
    },
    {
      "code": "lesson-leaves",
      "level": "error",
      "message": "no-open-ingress (critical) is in CLAUDE.md now and would be missing after this plan",
      "help": "retire the lesson, or name an exception with a reason",
      "target": "acme/infra-net",
      "more": "docs/findings.md#lesson-leaves"
    }
  ],
  "summary": {
    "errors": 2,
    "warnings": 0,
    "notes": 0,
    "lessons": 47
  }
}
"#;
    assert_eq!(text, expected);
}

#[test]
fn an_annotation_is_one_line_with_githubs_escapes() {
    let mut finding = placed("rule: 100%\n", "100%").effect("a, b: 50%\nsecond line");
    finding.level = Level::Note;
    if let Some(place) = &mut finding.at {
        place.file = "lessons/a,b:c%d.yaml".into();
    }
    assert_eq!(
        github(&[finding, leaves()]),
        "::notice file=lessons/a%2Cb%3Ac%25d.yaml,line=1,col=7,endColumn=11,title=empty-rule::a rule without words\
         %0Aeffect: a, b: 50%25\\nsecond line%0Amore: docs/findings.md#empty-rule\n\
         ::error title=lesson-leaves::no-open-ingress (critical) is in CLAUDE.md now and would be missing after this plan\
         %0Atarget: acme/infra-net%0Ahelp: retire the lesson, or name an exception with a reason\
         %0Amore: docs/findings.md#lesson-leaves\n"
    );
}

#[test]
fn a_message_cannot_start_a_workflow_command_of_its_own() {
    let finding = Finding::new(
        Code::UnknownKey,
        "unknown key `x\n::set-env name=A::b\r\n::stop-commands::t`",
    );
    let shown = github(&[finding]);
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(!shown.contains('\r'), "{shown}");
}

#[test]
fn a_place_in_a_target_is_no_annotation_in_the_store() {
    let mut finding = leaves();
    let mut place = Location::file("acme/infra-net: CLAUDE.md");
    place.line = 41;
    finding.at = Some(place);
    assert!(!github(std::slice::from_ref(&finding)).contains("file="));
    let log: serde_json::Value = serde_json::from_str(&sarif(&[finding], "store/").unwrap()).unwrap();
    let result = &log["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "store/targets.yaml");
    assert!(
        result["message"]["text"]
            .as_str()
            .unwrap()
            .contains("at: acme/infra-net: CLAUDE.md:41:1")
    );
}

#[test]
fn sarif_has_what_the_standard_and_github_need() {
    let mut odd = placed("rule: \"\"\n", "\"\"");
    if let Some(place) = &mut odd.at {
        place.file = "lessons/a b/é.yaml".into();
    }
    let findings = [glob(), leaves(), odd];
    let log: serde_json::Value = serde_json::from_str(&sarif(&findings, "").unwrap()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "Lessonbook");

    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Code::ALL.len());
    for (rule, code) in rules.iter().zip(Code::ALL) {
        assert_eq!(rule["id"], code.name());
        assert_eq!(rule["shortDescription"]["text"], code.title());
        assert!(rule["help"]["text"].as_str().unwrap().contains(&page(*code)));
        // An absolute URI, or none: a relative one is not valid here.
        if let Some(uri) = rule.get("helpUri") {
            let uri = uri.as_str().unwrap();
            assert!(
                uri.starts_with("https://") && uri.ends_with(&page(*code)),
                "{uri}"
            );
        }
    }

    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(&findings) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["ruleId"], finding.code.name());
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(
            result["message"]["text"]
                .as_str()
                .unwrap()
                .starts_with(&finding.message)
        );
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(
            uri.is_ascii() && !uri.contains(' ') && !uri.starts_with('/'),
            "{uri}"
        );
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        *region,
        serde_json::json!({ "startLine": 4, "startColumn": 9, "endColumn": 15 })
    );
    let uri = &results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "lessons/a%20b/%C3%A9.yaml");
}
