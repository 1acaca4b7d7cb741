//! Tests of `yaml`: what goes in, and what a caller sees.

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

fn root(text: &str) -> Node {
    match parse("a.yaml", text.as_bytes()) {
        (Some((_, node)), _) => node,
        (None, findings) => panic!("{findings:?}"),
    }
}

fn entry<'n>(node: &'n Node, name: &str) -> &'n Node {
    let Value::Map(entries) = &node.value else {
        panic!("no map")
    };
    let found = entries
        .iter()
        .find(|(key, _)| key.value == Value::Text(name.to_owned()));
    &found.expect("the key").1
}

#[test]
fn values_know_their_bytes() {
    let text = "\u{feff}a: é\nb: [\"*.tf\"]\nc: |\n  one\n  two\n";
    let node = root(text);
    assert_eq!(&text[entry(&node, "a").span.clone()], "é");
    let Value::List(items) = &entry(&node, "b").value else {
        panic!("no list")
    };
    assert_eq!(&text[items[0].span.clone()], "\"*.tf\"");
    assert_eq!(entry(&node, "c").value, Value::Text("one\ntwo\n".into()));
}

#[test]
fn booleans_are_true_and_false_only() {
    let node = root("a: on\nb: no\nc: true\nd: 010\n");
    assert_eq!(entry(&node, "a").value, Value::Text("on".into()));
    assert_eq!(entry(&node, "b").value, Value::Text("no".into()));
    assert_eq!(entry(&node, "c").value, Value::Bool(true));
}

#[test]
fn each_way_not_to_be_yaml_has_its_own_finding_and_place() {
    for (text, expected) in [
        ("", vec!["empty-file 1:1"]),
        ("# only a comment\n", vec!["empty-file 1:1"]),
        ("a: 1\nb:\n\t- c\n", vec!["tab-indentation 3:1"]),
        ("a: @x\n", vec!["yaml-syntax 1:4"]),
        ("a: b: c\n", vec!["yaml-syntax 1:5"]),
        ("a: b\n---\nc: d\n", vec!["yaml-syntax 3:1"]),
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
    assert_eq!(entry(&node, "a").value, Value::Number(Some(1)));
    assert_eq!(entry(&node, "b").value, Value::Number(Some(3)));
}

#[test]
fn an_alias_bomb_is_called_one_and_stops_early() {
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
fn a_part_of_a_value_is_found_in_every_style_of_writing() {
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
        let Value::Text(value) = &node.value else {
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
