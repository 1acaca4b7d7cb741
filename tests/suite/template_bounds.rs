//! A template ends, takes little memory, and writes what a file can hold; where it would not, the finding names it.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use std::time::{Duration, Instant};

use crate::support::library::{Book, bare, in_order, text};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::render;

const LIST: &str = "{% for lesson in lessons -%}\n- {{ lesson.rule }}{% if lesson.rationale %} Why: {{ lesson.rationale }}{% endif %} (`{{ lesson.id }}`, {{ lesson.severity }})\n{% endfor %}\n";

fn checked(files: &[(&str, String)]) -> Vec<Finding> {
    let mut book = Book::new(crate::support::library::ALL).uses("copilot");
    for (name, text) in files {
        book = book.template(name, text.as_bytes());
    }
    render::check(&book.store())
}

#[test]
fn a_template_that_never_ends_or_fills_the_memory_is_refused_at_its_line() {
    let many = |text: &str, times: usize| text.repeat(times);
    let looped = "{% for a in range(end=10000) %}{% for b in range(end=10000) %}{% endfor %}{% endfor %}";
    for (name, above, line) in [
        ("nested", looped.to_owned(), 2),
        ("far", looped.replace("10000", "100000"), 2),
        (
            "over lessons",
            format!("{}{}", many("{% for a in lessons %}", 12), many("{% endfor %}", 12)),
            2,
        ),
        (
            "that print",
            "{% for a in range(end=9999) %}{% for b in range(end=99) %}words and words {% endfor %}{% endfor %}".to_owned(),
            0,
        ),
        (
            "doubled",
            "{% set_global s = \"12345678\" %}{% for a in range(end=60) %}{% set_global s = s ~ s %}{% endfor %}".to_owned(),
            2,
        ),
        ("doubled without a loop", many("{% set s = (s | default(value=\"x\")) ~ s %}\n", 60), 0),
        (
            "captured",
            "{% set s %}{% for a in range(end=9999) %}{% for b in lessons %}{{ b.rule }}{% endfor %}{% endfor %}{% endset %}".to_owned(),
            2,
        ),
        (
            "filtered",
            "{% filter upper %}{% for a in range(end=9999) %}{% for b in range(end=9999) %}x{% endfor %}{% endfor %}{% endfilter %}".to_owned(),
            2,
        ),
        (
            "grown lists",
            format!("{{% set_global l = [1] %}}{}", many("{% set_global l = [l, l, l, l, l, l, l, l] %}", 20)),
            2,
        ),
        (
            "replaced",
            "{% set s = \"aaaaaaaaaaaaaaaa\" %}".to_owned() + &many("{% set s = s | replace(from=\"a\", to=\"aaaaaaaaaaaaaaaa\") %}", 12),
            2,
        ),
        (
            "comprehension",
            "{% set l = [[1 for a in range(end=9999)] for b in range(end=9999)] %}".to_owned(),
            2,
        ),
        ("long tag", format!("{{{{ \"{}\" }}}}", many("x", 3_000)), 2),
        ("joined in one tag", format!("{{{{ \"x\"{} }}}}", many(" ~ store.home", 60)), 2),
    ] {
        let start = Instant::now();
        let findings = checked(&[("always.md.tera", format!("# Lessons\n{above}\n{LIST}"))]);
        let found = findings.iter().find(|finding| finding.is_error());
        let found = found.unwrap_or_else(|| panic!("{name}: nothing was found"));
        assert!(
            matches!(found.code, Code::TemplateTooLarge | Code::TemplateError),
            "{name}: {found:?}"
        );
        let place = found.at.as_ref().unwrap();
        assert_eq!(place.file, "templates/always.md.tera", "{name}");
        assert!(line == 0 || place.line == line, "{name}: {found:?}");
        assert!(start.elapsed() < Duration::from_secs(30), "{name}");
    }
}

#[test]
fn includes_and_components_that_call_each_other_over_and_over_end() {
    let mut files: Vec<(String, String)> = (0..3)
        .map(|at| {
            let next = format!("{{% include \"n{}.tera\" %}}", at + 1);
            (format!("n{at}.tera"), next.repeat(60))
        })
        .collect();
    files.push(("n3.tera".into(), "x".into()));
    files.push(("always.md.tera".into(), "{% include \"n0.tera\" %}".into()));
    let files: Vec<(&str, String)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    assert!(
        checked(&files)
            .iter()
            .any(|finding| finding.code == Code::TemplateTooLarge)
    );
    let many: Vec<(String, String)> = (0..200)
        .map(|at| (format!("m{at:03}.tera"), "x".to_owned()))
        .collect();
    let many: Vec<(&str, String)> = many
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    assert!(
        checked(&many)
            .iter()
            .any(|finding| finding.code == Code::TemplateTooLarge)
    );
    let mut chain: Vec<(String, String)> = (0..40)
        .map(|at| {
            (
                format!("n{at}.tera"),
                format!("{{% include \"n{}.tera\" %}}", at + 1),
            )
        })
        .collect();
    chain.push(("n40.tera".into(), "x".into()));
    let chain: Vec<(&str, String)> = chain
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    let found = checked(&chain);
    assert!(
        found.iter().any(|finding| finding.message.contains("deep")),
        "{found:?}"
    );
    let component =
        "{% component again() %}{{<again/>}}{{<again/>}}{{<again/>}}{% endcomponent again %}{{<again/>}}";
    let found = checked(&[("always.md.tera", component.to_owned())]);
    assert!(found.iter().any(Finding::is_error), "{found:?}");
}

#[test]
fn counting_changes_nothing_of_what_a_template_writes() {
    let odd = "{#- a comment {% for x in y %} -#}\n## Lessons\n\n{%- raw %}{% endraw -%}\n{% set_global words = \"%}\" %}\n{% for lesson in lessons -%}\n- {{- \" \" -}}{{ lesson.rule }}\n  {%- if lesson.rationale %} Why: {{ lesson.rationale }}{% endif %} ({{ '`' ~ lesson.id ~ \"`\" }}, {{ lesson[\"severity\"] }}){% if words == \"%}\" %}\n{% endif -%}\n{%- endfor %}\n";
    let kept = format!("{{% set all %}}{odd}{{% endset %}}{{{{ all }}}}");
    let filtered = format!("{{% filter trim %}}{odd}{{% endfilter %}}");
    let plain = text(
        &Book::new(crate::support::library::ALL)
            .uses("copilot")
            .template("always.md.tera", odd)
            .applied(&bare()),
        ".github/copilot-instructions.md",
    );
    assert!(
        plain.contains("- Never set `failureThreshold` below 3"),
        "{plain}"
    );
    for other in [kept, filtered] {
        let book = Book::new(crate::support::library::ALL)
            .uses("copilot")
            .template("always.md.tera", other);
        in_order(&book.plan(&bare()));
        assert_eq!(
            text(&book.applied(&bare()), ".github/copilot-instructions.md"),
            plain
        );
    }
}

#[test]
fn the_place_of_a_mistake_is_the_written_one() {
    let found = checked(&[(
        "always.md.tera",
        "{% for lesson in lessons %}{% for path in lesson.paths %}{{ nobody.knows }}{% endfor %}{% endfor %}"
            .into(),
    )]);
    let place = found[0].at.clone().unwrap();
    assert_eq!(place.line, 1);
    assert!((60..=64).contains(&place.column), "{place:?}");
}
