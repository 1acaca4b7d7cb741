//! Tests of `yaml`.

use super::*;

fn codes(text: &[u8]) -> Vec<String> {
    let (_, findings) = parse("a.yaml", text);
    findings
        .iter()
        .map(|finding| {
            let at = finding.at.as_ref().map_or((0, 0), |at| (at.line, at.column));
            format!("{} {}:{}", finding.code, at.0, at.1)
        })
        .collect()
}

fn root(text: &str) -> YamlNode {
    match parse("a.yaml", text.as_bytes()) {
        (Some((_, node)), _) => node,
        (None, findings) => panic!("{findings:?}"),
    }
}

fn entry<'n>(node: &'n YamlNode, name: &str) -> &'n YamlNode {
    let YamlValue::Map(entries) = &node.value else {
        panic!("no map")
    };
    let found = entries
        .iter()
        .find(|(key, _)| key.value == YamlValue::Text(name.to_owned()));
    &found.expect("the key").1
}

#[test]
fn values_have_their_byte_spans() {
    let text = "\u{feff}a: é\nb: [\"*.tf\"]\nc: |\n  one\n  two\n";
    let node = root(text);
    assert_eq!(&text[entry(&node, "a").span.clone()], "é");
    let YamlValue::List(items) = &entry(&node, "b").value else {
        panic!("no list")
    };
    assert_eq!(&text[items[0].span.clone()], "\"*.tf\"");
    assert_eq!(entry(&node, "c").value, YamlValue::Text("one\ntwo\n".into()));
}

#[test]
fn booleans_are_true_and_false_only() {
    let node = root("a: on\nb: no\nc: true\nd: 010\n");
    assert_eq!(entry(&node, "a").value, YamlValue::Text("on".into()));
    assert_eq!(entry(&node, "b").value, YamlValue::Text("no".into()));
    assert_eq!(entry(&node, "c").value, YamlValue::Bool(true));
}

#[test]
fn each_kind_of_invalid_yaml_has_its_own_finding_and_location() {
    for (text, expected) in [
        ("", vec!["empty-file 1:1"]),
        ("# only a comment\n", vec!["empty-file 1:1"]),
        ("a: 1\nb:\n\t- c\n", vec!["tab-indentation 3:1"]),
        ("a: @x\n", vec!["yaml-syntax 1:4"]),
        ("a: b: c\n", vec!["yaml-syntax 1:5"]),
        ("a: b\n---\nc: d\n", vec!["yaml-syntax 2:1"]),
        ("a: *nope\n", vec!["yaml-syntax 1:4"]),
        (
            "a: 1\nb: 2\na: 3\nb: 4\n",
            vec!["duplicate-key 3:1", "duplicate-key 4:1"],
        ),
        ("x: {a: 1, a: 2}\n", vec!["duplicate-key 1:11"]),
    ] {
        assert_eq!(codes(text.as_bytes()), expected, "{text:?}");
    }
    assert_eq!(codes(b"a: ok\nb: x\xff\n"), ["invalid-utf8 2:5"]);
    assert_eq!(codes(&vec![b'a'; MAX_BYTES + 1]), ["file-too-large 1:1"]);
    assert_eq!(codes("- ".repeat(40).as_bytes()), ["file-too-large 1:65"]);
}

#[test]
fn the_first_of_two_equal_keys_counts_and_the_rest_is_read() {
    let (read, findings) = parse("a.yaml", b"a: 1\na: 2\nb: 3\n");
    let (_, node) = read.expect("a tree");
    assert_eq!(findings.len(), 1);
    assert_eq!(entry(&node, "a").value, YamlValue::Number(Some(1)));
    assert_eq!(entry(&node, "b").value, YamlValue::Number(Some(3)));
}

#[test]
fn an_alias_bomb_is_reported_and_stops_early() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for n in 1..9 {
        let before = format!("*a{}", n - 1);
        text.extend([
            "a",
            &n.to_string(),
            ": &a",
            &n.to_string(),
            " [",
            &[before.as_str(); 9].join(", "),
            "]\n",
        ]);
    }
    let found = codes(text.as_bytes());
    assert!(
        found.len() == 1 && found[0].starts_with("alias-bomb"),
        "{found:?}"
    );
}

#[test]
fn a_part_of_a_value_is_located_in_every_style() {
    for text in [
        "a: one two three\n",
        "a: \"one two three\"\n",
        "a: 'one two three'\n",
        "a: \"one\\x20two three\"\n",
        "a: \"one \\\n   two three\"\n",
        "a: one\n  two\n  three\n",
        "a: |\n  one\n  two three\n",
        "a: >-\n  one\n\n  two\n  three\n",
        "a: >\r\n  one\r\n  two three\r\n",
        "a: \"'one' 'x' two three\"\n",
        "a: 'it''s two three'\n",
        "a: |\n  \"one\" two three \"x\"\n",
    ] {
        let node = root(text);
        let node = entry(&node, "a");
        let YamlValue::Text(value) = &node.value else {
            panic!("no text")
        };
        let joined = value.split_whitespace().collect::<Vec<_>>().join(" ");
        for value in [value.clone(), joined] {
            let at = value.find("two").expect("two");
            let raw = &text[node.span.clone()];
            let found = locate(raw, &value, at..at + 3).map(|found| &raw[found]);
            assert_eq!(found, Some("two"), "{text:?}");
        }
    }
}

#[test]
fn errors_of_the_parser_are_explained_in_plain_words_with_help() {
    for (text, message, help) in [
        (
            "a: b\n---\nc: d\n",
            "`---` starts another one",
            "delete the line `---`",
        ),
        (
            "a: b\n...\nc: d\n",
            "`...` starts another one",
            "delete the line `...`",
        ),
        ("rule: Do: this\n", "starts a map", "write rule: \"Do: this\""),
        (
            "rule: Do\n  Note: this\n",
            "starts a map",
            "write rule: \"Do Note: this\"",
        ),
        ("rule: *Never* do\n", "anchor", "write rule: \"*Never* do\""),
        (
            "rule: @do this\n",
            "can't start with `@`",
            "write rule: \"@do this\"",
        ),
        (
            "rule: `x` is\n",
            "can't start with a backtick",
            "write rule: \"`x` is\"",
        ),
        (
            "rule: \"x\" is\n",
            "text follows the closing quote",
            "write rule: '\"x\" is'",
        ),
        (
            "rule: 'don't\n",
            "text follows the closing quote",
            "write rule: \"don't\"",
        ),
        (
            "rule: \"x\nb: c\n",
            "opened and never closed",
            "write rule: \"x\"",
        ),
        ("rule: [x] is\n", "does not continue", "write rule: \"[x] is\""),
        ("rule: > do it\n", "same line", "write rule: \"do it\""),
        ("rule: \"a\\q\"\n", "no such escape", "single quotes"),
        (
            "rule: x\0y\n",
            "U+0000 is a control character",
            "delete the character",
        ),
        ("a: b\nrule:x\n", "not `key: value`", "a space after the colon"),
        ("paths:\n  - *.rs\n", "anchor", "write - \"*.rs\""),
        ("a: {b: 1\n", "opened and never closed", "close ["),
        ("a: &a [*a]\n", "contains it", "write the value out"),
        ("a: 1\n%YAML 1.2\n", "starts with `%`", "delete the line"),
    ] {
        let (_, findings) = parse("targets.yaml", text.as_bytes());
        let [finding] = &findings[..] else {
            panic!("{text:?}: {findings:?}")
        };
        let actual = finding.help.clone().unwrap_or_default();
        assert!(finding.message.contains(message), "{text:?}: {}", finding.message);
        assert!(actual.contains(help), "{text:?}: {actual}");
        let all = format!("{} {actual}", finding.message);
        for word in [
            "from_str", "Option<", "u64", "EOF", "scalar", "mapping", "sequence", "deserial",
        ] {
            assert!(!all.contains(word), "{text:?} shows the parser's `{word}`: {all}");
        }
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_reported_with_its_encoding() {
    for (bytes, words) in [
        (&b"\xff\xfea\0"[..], "UTF-16"),
        (b"\xfe\xff\0a", "UTF-16"),
        (b"\x89PNG\r\n\0\0", "not text"),
        (b"a: \xe9\n", "byte 0xe9"),
    ] {
        let (_, findings) = parse("a.yaml", bytes);
        assert!(findings[0].message.contains(words), "{findings:?}");
        assert!(findings[0].help.is_some());
    }
}
