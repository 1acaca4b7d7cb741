//! `docs/findings.md` explains every finding code, and no other.

use std::collections::BTreeSet;

use lessonbook_base::finding::Code;

fn page() -> &'static str {
    include_str!("../../docs/findings.md")
}

fn headings() -> Vec<&'static str> {
    page()
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect()
}

#[test]
fn every_code_has_one_heading_and_every_heading_a_code() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let unique: BTreeSet<&str> = headings().into_iter().collect();
    let missing: Vec<_> = codes.difference(&unique).collect();
    let extra: Vec<_> = unique.difference(&codes).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:?}, extra {extra:?}"
    );
    assert_eq!(headings().len(), Code::ALL.len(), "a heading stands twice");
}

#[test]
fn every_heading_says_level_example_reason_and_way_out() {
    for section in page().split("\n## ").skip(1) {
        let name = section.lines().next().unwrap_or_default();
        let code = Code::ALL.iter().find(|code| code.name() == name).expect("a code");
        let level = code.level().word();
        let first = section.lines().nth(2).unwrap_or_default().to_lowercase();
        assert!(first.starts_with(&format!("*{level}.*")), "{name}: {first}");
        for part in ["- Example: ", "- Why it matters: ", "- Way out: "] {
            assert!(section.contains(part), "{name} has no {part}");
        }
    }
}
