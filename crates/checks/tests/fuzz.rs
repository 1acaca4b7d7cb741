//! Readers and structural checks over arbitrary text: no panic, bounded time, exact places, and unknown never fires.

#![allow(clippy::unwrap_used)]

mod support;

use lessonbook_checks::document::{Node, Value};
use lessonbook_checks::read::{FileFormat, MAX_DEPTH};
use lessonbook_checks::structure::{StructureCheck, StructureGroup, run};
use proptest::prelude::*;

const FORMATS: [FileFormat; 5] = [
    FileFormat::Yaml,
    FileFormat::HelmTemplate,
    FileFormat::Json,
    FileFormat::Hcl,
    FileFormat::FrontMatter,
];

/// Pieces of all formats, so that many texts are nearly or really well-formed.
fn piece() -> impl Strategy<Value = String> {
    let fixed: &'static [&'static str] = &[
        "a",
        "b: ",
        "kind: x",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        "\t",
        " ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "\\",
        "#",
        "&x ",
        "*x",
        "<<: *x",
        "!t ",
        "!!str ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "|\n",
        ">-\n",
        "? ",
        "~",
        "null",
        "true",
        "12",
        "0x",
        "{{ x }}",
        "{{",
        "}}",
        "{{- if y }}",
        "{{ end }}",
        "{{ toYaml . | nindent 4 }}",
        "${",
        "$(",
        "$${",
        "%{ if x }",
        "/* ",
        "*/",
        "//",
        "\u{feff}",
        "é",
        "😀",
        "\u{85}",
        "\u{2028}",
        "\0",
        "resource \"a\" \"b\" {\n",
        "locals {\n",
        "x = ",
        "local.x",
        "jsonencode(",
        ")",
        "(",
        "<<EOT\n",
        "EOT\n",
        "dynamic \"x\" {\n content {\n",
        "!",
        "-",
        "?",
        "for",
        "...",
        "=>",
        "==",
        "1e999",
        "\\u12",
        "\\x",
    ];
    prop_oneof![
        8 => proptest::sample::select(fixed).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|char| char.to_string()),
        1 => (proptest::sample::select(fixed), 1usize..80).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat()),
        1 => ".{0,200}",
    ]
}

fn checks() -> Vec<StructureCheck> {
    let texts = [
        "{each: '**', forbid: {'*': {matches: '.'}}}",
        "{each: '**.a', require: {b.c: present, 'd[].e': 1}}",
        "{each: ['**.b[]', ''], within: {kind: x}, require: {'**.a': {above: 1}}}",
        "{each: 'resource.**', when: {a: present}, forbid: {'x[]': {not: {at_least: 2}}}}",
    ];
    texts.iter().map(|text| support::check(text)).collect()
}

/// Every node is inside the text, on the line of its first byte, and within the limit of depth.
fn well_placed(node: &Node, text: &str, depth: usize) -> Result<(), TestCaseError> {
    prop_assert!(depth <= MAX_DEPTH + 1);
    let written = text.get(node.span.clone());
    prop_assert!(written.is_some(), "{node:?}");
    let line = text[..node.span.start].matches('\n').count() + 1;
    prop_assert_eq!(usize::try_from(node.line).unwrap(), line, "{:?}", node);
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                prop_assert!(text.get(entry.span.clone()).is_some());
                well_placed(&entry.node, text, depth + 1)?;
            }
        }
        Value::List(list) => {
            for item in &list.items {
                well_placed(item, text, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn holds_up(text: &str) -> Result<(), TestCaseError> {
    let checks = checks();
    for format in FORMATS {
        match format.read(text) {
            Ok(documents) => {
                for document in &documents {
                    well_placed(&document.root, text, 0)?;
                }
                for result in StructureGroup::new(&checks).run(&documents) {
                    for hit in &result.hits {
                        prop_assert!(text.get(hit.span.clone()).is_some(), "{hit:?}");
                        let line = text[..hit.span.start].matches('\n').count() + 1;
                        prop_assert_eq!(usize::try_from(hit.line).unwrap(), line);
                        prop_assert!(!hit.message.contains('\n'), "{}", hit.message);
                    }
                }
            }
            Err(unread) => {
                prop_assert!(text.get(unread.span.clone()).is_some(), "{format:?} {unread:?}");
                prop_assert!(
                    unread.line >= 1 && !unread.reason.is_empty(),
                    "{format:?} {unread:?}"
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_with_its_place(text in text()) {
        holds_up(&text)?;
    }

    /// Whatever the unknown value will be, a hit that does not wait for it would be there, too.
    #[test]
    fn a_hit_never_depends_on_what_is_unknown(
        values in proptest::collection::vec(value(), 6),
        hole in 0usize..6,
        fillings in proptest::collection::vec(value(), 1..6),
        check in check(),
    ) {
        let check = support::check(&check);
        let lines = |filling: &str| {
            let mut values = values.clone();
            filling.clone_into(&mut values[hole]);
            let text = document(&values);
            let documents = FileFormat::Yaml.read(&text).unwrap();
            let hits = run(&check, &documents).hits;
            hits.iter().map(|hit| (hit.identity.path.clone(), hit.line)).collect::<Vec<_>>()
        };
        let unknown = lines("\"${x}\"");
        for filling in fillings {
            let known = lines(&filling);
            // The place may be another element or a shallower part, but the same condition fires as often or more.
            for (path, _) in &unknown {
                let count = |hits: &[(String, u32)]| hits.iter().filter(|hit| hit.0 == *path).count();
                prop_assert!(count(&known) >= count(&unknown), "{filling}: {known:?} {unknown:?}");
            }
        }
    }
}

/// More cases on request, for a longer search.
fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

fn value() -> impl Strategy<Value = String> {
    let fixed: &'static [&'static str] = &[
        "1", "5", "'1'", "true", "x", "latest", "512Mi", "", "[x, 1]", "[]", "{k: 1}", "'${y}'",
    ];
    proptest::sample::select(fixed).prop_map(str::to_owned)
}

fn document(values: &[String]) -> String {
    let shape = "a: 0\nb:\n  a: 1\n  c: 2\nl:\n- a: 3\n  k: 4\n- k: 5\n";
    let lines = shape
        .lines()
        .map(|line| match line.split_once(|char: char| char.is_ascii_digit()) {
            Some((key, _)) => {
                let number: usize = line[key.len()..].parse().unwrap();
                format!("{key}{}\n", values[number])
            }
            None => format!("{line}\n"),
        });
    lines.collect()
}

fn check() -> impl Strategy<Value = String> {
    let condition = proptest::sample::select(
        &[
            "present",
            "absent",
            "1",
            "true",
            "[x, 5]",
            "{matches: 'x|la'}",
            "{below: 3}",
            "{at_least: 1Ki}",
            "{not: 1}",
            "{not: [x, 1]}",
            "{matches: '.', not: x}",
            "{not: {above: 2}}",
            "{not: present}",
        ][..],
    );
    let path = proptest::sample::select(&["a", "k", "b.a", "b.c.k", "l.a", "'l[].k'", "'**.k'", "'*'"][..]);
    let each = proptest::sample::select(&["''", "b", "'l[]'", "'**'", "l"][..]);
    let one = (path, condition).prop_map(|(path, condition)| format!("{path}: {condition}"));
    let part = proptest::collection::vec(one, 1..3).prop_map(|parts| {
        let mut parts = parts;
        parts.dedup_by_key(|part| part.split(": ").next().unwrap_or_default().to_owned());
        format!("{{{}}}", parts.join(", "))
    });
    (
        each,
        proptest::option::of(part.clone()),
        proptest::option::of(part.clone()),
        part,
        any::<bool>(),
    )
        .prop_map(|(each, when, within, demand, forbid)| {
            let when = when.map_or(String::new(), |when| format!("when: {when}, "));
            let within = within.map_or(String::new(), |within| format!("within: {within}, "));
            let verb = if forbid { "forbid" } else { "require" };
            format!("{{each: {each}, {when}{within}{verb}: {demand}}}")
        })
}

#[test]
fn large_texts_of_one_piece_are_bounded() {
    let pieces = [
        "[",
        "{",
        "- ",
        "? ",
        "a: ",
        "\"",
        "'",
        "&a ",
        "*a ",
        "!",
        "|",
        "#\n",
        "{{",
        "{{ x }}",
        "{{ x }}\n",
        "{{ `",
        "{{\"",
        "${",
        "\"${",
        "(",
        "a = [",
        "a = {",
        "a {\n",
        "- - ",
        "-\n",
        "[{",
        "{\"a\":",
        "//",
        "/*",
        "\\\"",
        "<<EOT\n",
        "a=<<E\n",
        "x ? ",
        "!-",
        "1+",
        "a.",
        "a[0]",
        "\n",
        "\r",
        " ",
        "\t",
        "%",
        "---\n",
        "...\n",
        ": ",
        ":\n",
        ",",
        "é",
        "a: {{ x | nindent 4 }}\n",
        "- {{ x | nindent 99 }}\n",
        "a: \"${b}\"\n",
        "a = \"${b}\"\n",
        "a = f(",
        "a = [for x in ",
        "\"%{ if x }",
        "? - ",
        "a: b\n",
        "a=1\n",
        "- a\n",
    ];
    for piece in pieces {
        let text = piece.repeat(100_000 / piece.len());
        for format in FORMATS {
            let _ = format.read(&text);
        }
    }
}
