//! Tests of `front_matter`.

use proptest::prelude::*;

use super::*;

fn scalar(text: &str) -> FrontMatterValue {
    FrontMatterValue::Scalar(text.to_owned())
}

fn items(items: &[&str]) -> FrontMatterValue {
    FrontMatterValue::List(items.iter().map(|&item| item.to_owned()).collect())
}

fn globs(items: &[&str]) -> FileScope {
    FileScope::Globs(items.iter().map(|&item| item.to_owned()).collect())
}

fn front(lines: &str) -> FrontMatter {
    split(format!("---\n{lines}\n---\nText\n").as_bytes()).expect(lines)
}

fn value(line: &str) -> FrontMatterValue {
    let mut entries = front(line).entries;
    assert_eq!(entries.len(), 1, "{line}: {entries:?}");
    entries.remove(0).1
}

#[test]
fn front_matter_is_between_two_rules_at_the_first_byte() {
    let file = b"---\napplyTo: \"**\"\n---\nText\n";
    let front = split(file).expect("front matter");
    assert_eq!(&file[front.range.clone()], b"---\napplyTo: \"**\"\n---\n");
    assert_eq!(front.entries, [("applyTo".to_owned(), scalar("**"))]);
    assert!(!front.after_bom);

    let empty = split(b"---\n---").expect("empty front matter");
    assert_eq!((empty.range, empty.entries), (0..7, vec![]));

    for not_front_matter in [
        &b""[..],
        b"---",
        b"---\n",
        b"---\na: b\n",
        b"---\na: b\n ---\n",
        b"---\na: b\n----\n",
        b" ---\na: b\n---\n",
        b"\n---\na: b\n---\n",
        b"----\na: b\n---\n",
        b"# Title\n---\na: b\n---\n",
        b"\xef\xbb\xbf\xef\xbb\xbf---\n---\n",
    ] {
        assert_eq!(
            split(not_front_matter),
            None,
            "{}",
            not_front_matter.escape_ascii()
        );
    }
}

#[test]
fn a_bom_crlf_and_invalid_utf8_do_not_hide_it() {
    let bom = split(b"\xef\xbb\xbf---\na: b\n---\nText").expect("behind a BOM");
    assert_eq!((bom.range.clone(), bom.after_bom), (3..16, true));

    let crlf = split(b"---\r\na: b\r\nlist:\r\n  - x\r\n---\r\nText").expect("CRLF");
    assert_eq!(crlf.range, 0..30);
    assert_eq!(crlf.get("a"), Some(&scalar("b")));
    assert_eq!(crlf.get("list"), Some(&items(&["x"])));

    let broken = split(b"---\na: \xff\n\xfe: x\n---\n").expect("invalid UTF-8");
    assert_eq!(broken.get("a"), Some(&scalar("\u{fffd}")));
}

#[test]
fn only_the_first_of_two_front_matters_counts() {
    let front = split(b"---\na: 1\n---\n---\nb: 2\n---\n").expect("front matter");
    assert_eq!((front.range.end, front.entries.len()), (13, 1));
}

#[test]
#[rustfmt::skip]
fn values_are_read_as_people_write_them() {
    for (line, expected) in [
        ("a: b c", scalar("b c")),
        ("a:", scalar("")),
        ("a:   ", scalar("")),
        ("a: # nothing", scalar("")),
        ("a: b # why", scalar("b")),
        ("a: b#c", scalar("b#c")),
        ("a: https://example.org: x", scalar("https://example.org: x")),
        ("globs: **/*", scalar("**/*")),
        ("a: \"b: \\\"c\\\" \\\\ \\u00e9\\x41\\t.\" # why", scalar("b: \"c\" \\ \u{e9}A\t.")),
        ("a: \"\\q\\u00\\uD800\"", scalar("\\q\\u00\\uD800")),
        ("a: 'it''s # not'", scalar("it's # not")),
        ("a: \"b\", \"c\"", scalar("\"b\", \"c\"")),
        ("a: \"b", scalar("\"b")),
        ("a: 'b", scalar("'b")),
        ("a: []", items(&[])),
        ("a: [b, \"c, d\", 'e']  # why", items(&["b", "c, d", "e"])),
        ("a: [**/*.{ts,tsx}, x]", items(&["**/*.{ts,tsx}", "x"])),
        ("a: [Tt]est/**", scalar("[Tt]est/**")),
        ("a: [b, c", scalar("[b, c")),
        ("a: [\n  \"b\",\n  c,\n]", items(&["b", "c"])),
        ("a:\n  - b\n  # why\n\n  - 'c'\n  -", items(&["b", "c", ""])),
        ("a:\n- b\n- \"c\"", items(&["b", "c"])),
        ("a: # list\n- b", items(&["b"])),
        ("a: b\n  c\n  d", scalar("b c d")),
        ("a: \"b\n  c\"", scalar("b c")),
        ("a: |\n  b\n  c # d", scalar("b\nc # d")),
        ("a: >-\n  b\n  c", scalar("b c")),
        ("a:\n  b: c\n  d: e", scalar("b: c d: e")),
        ("a: |-not", scalar("|-not")),
    ] {
        assert_eq!(value(line), expected, "{line}");
    }
}

#[test]
fn keys_keep_their_order_and_a_line_without_one_is_not_lost() {
    let front = front("# generated\nb: 1\n\"a\": 2\nb: 3\n\nnonsense\nx:y\n  indented\n- dash\n: none");
    let keys: Vec<&str> = front.entries.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["b", "a", "b", "", "", "", "", ""]);
    assert_eq!(front.get("b"), Some(&scalar("3")));
    assert_eq!(front.entries[3].1, scalar("nonsense"));
}

const COPILOT: [Dialect; 3] = [Dialect::CopilotDocs, Dialect::CopilotVscode, Dialect::CopilotCli];

#[test]
#[rustfmt::skip]
fn copilot_reads_apply_to() {
    for dialect in COPILOT {
        for (lines, expected) in [
            ("description: x", FileScope::OnRequest),
            ("applyTo:", FileScope::OnRequest),
            ("applyTo: \"\"", FileScope::OnRequest),
            ("applyTo: []", FileScope::OnRequest),
            ("applyTo: \"**\"", FileScope::Always),
            ("applyTo: '**/*'", FileScope::Always),
            ("applyTo: \"src/**, **\"", FileScope::Always),
            ("applyTo: \"**/*.{ts,tsx},**/*.md\"", globs(&["**/*.{ts,tsx}", "**/*.md"])),
            ("applyTo:\n  - \"**/*.cs\"\n  - a/b", globs(&["**/*.cs", "a/b"])),
            ("applyto: \"**\"", FileScope::OnRequest),
            ("applyTo: a/b\napplyTo: \"**\"", FileScope::Never),
        ] {
            assert_eq!(reach(dialect, Some(&front(lines))), expected, "{dialect:?} {lines}");
        }
        assert_eq!(reach(dialect, None), FileScope::OnRequest);
        let star = reach(dialect, Some(&front("applyTo: '*'")));
        let root_only = dialect == Dialect::CopilotDocs;
        assert_eq!(star, if root_only { globs(&["*"]) } else { FileScope::Always });
    }
}

#[test]
#[rustfmt::skip]
fn claude_reads_paths() {
    for (lines, expected) in [
        ("description: x", FileScope::Always),
        ("paths: []", FileScope::Never),
        ("paths:", FileScope::Never),
        ("paths: ~", FileScope::Never),
        ("paths: null", FileScope::Never),
        ("paths: ['']", FileScope::Never),
        ("paths:\n  - \"src/**\"\n  - 'a/*.{b,c}'", globs(&["src/**", "a/*.{b,c}"])),
        ("paths: src/**, a/*.{b,c}", globs(&["src/**", "a/*.{b,c}"])),
        ("paths: [a/b]\npaths: [c/d]", FileScope::Never),
    ] {
        assert_eq!(reach(Dialect::ClaudeRules, Some(&front(lines))), expected, "{lines}");
    }
    assert_eq!(reach(Dialect::ClaudeRules, None), FileScope::Always);
}

#[test]
#[rustfmt::skip]
fn cursor_reads_always_apply_and_globs() {
    for (lines, expected) in [
        ("description: x\nglobs:\nalwaysApply: true", FileScope::Always),
        ("globs: a/**\nalwaysApply: true # yes", FileScope::Always),
        ("globs: a/**\nalwaysApply: \"true\"", globs(&["a/**"])),
        ("globs:\nalwaysApply: 'true'", FileScope::OnRequest),
        ("globs: crates/net/**/*.rs, tests/net_*.rs\nalwaysApply: false", globs(&["crates/net/**/*.rs", "tests/net_*.rs"])),
        ("globs: **/*\nalwaysApply: false", globs(&["**/*"])),
        ("globs: ['a/**']", globs(&["a/**"])),
        ("description: x\nglobs:\nalwaysApply: false", FileScope::OnRequest),
        ("alwaysApply: true\nalwaysApply: false", FileScope::Never),
    ] {
        assert_eq!(reach(Dialect::Cursor, Some(&front(lines))), expected, "{lines}");
    }
    assert_eq!(reach(Dialect::Cursor, None), FileScope::OnRequest);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_the_range_ends_after_the_closing_line(
        bom in any::<bool>(),
        lines in prop::collection::vec(
            prop_oneof![
                Just("---".as_bytes().to_vec()),
                "[a\"'\\[\\]{}:,#|>\\\\ é-]{0,12}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..12),
            ],
            0..12,
        ),
    ) {
        let mut file = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        file.extend(b"---\n");
        file.extend(lines.join(&b'\n'));
        if let Some(front) = split(&file) {
            let text = &file[front.range.clone()];
            prop_assert_eq!(front.range.start, if bom { 3 } else { 0 });
            prop_assert!(text.starts_with(b"---"));
            prop_assert!(text.trim_ascii_end().ends_with(b"\n---"));
            for dialect in Dialect::ALL {
                reach(dialect, Some(&front));
            }
        }
    }
}
