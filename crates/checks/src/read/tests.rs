//! Readers: what a tree holds, where, and what is refused.

use super::*;
use crate::document::Node;

/// One line for each scalar: path, line, text as written, value.
fn leaves(path: &str, text: &str) -> Vec<String> {
    let format = FileFormat::new(path, text).unwrap();
    let documents = format.read(text).unwrap_or_else(|unread| panic!("{unread:?}"));
    let mut leaves = Vec::new();
    for document in &documents {
        collect(&document.root, "", text, &mut leaves);
    }
    leaves
}

fn collect(node: &Node, path: &str, text: &str, leaves: &mut Vec<String>) {
    match &node.value {
        Value::Map(map) => {
            if map.open {
                leaves.push(format!("{path} open"));
            }
            for entry in &map.entries {
                assert!(text.get(entry.span.clone()).is_some(), "{path}");
                collect(&entry.node, &format!("{path}.{}", entry.key), text, leaves);
            }
        }
        Value::List(list) => {
            if list.open {
                leaves.push(format!("{path}[] open"));
            }
            for item in &list.items {
                collect(item, &format!("{path}[]"), text, leaves);
            }
        }
        value => {
            let written = text[node.span.clone()].replace('\n', "\\n");
            let value = match value {
                Value::Unknown(_) => "?".to_owned(),
                Value::Null => "null".to_owned(),
                Value::Bool(value) => value.to_string(),
                Value::Number(text) => format!("#{text}"),
                Value::Text(text) => text.replace('\n', "\\n"),
                Value::List(_) | Value::Map(_) => String::new(),
            };
            leaves.push(format!("{path} {} {written} = {value}", node.line));
        }
    }
}

fn unread(path: &str, text: &str) -> Unread {
    FileFormat::new(path, text).unwrap().read(text).unwrap_err()
}

#[test]
fn yaml_has_the_values_of_the_core_schema_where_they_are_written() {
    let text = "\u{feff}on: push\r\nn: [1, 0x1F, 1e3, '1', ~]\nb: True\n---\nd: |\n  é\n  z\n'q': !!str 5\ne:\nu: a-${x}\nw: {{ x }}\nr: !Ref y\n";
    let expected = [
        ".on 1 push = push",
        ".n[] 2 1 = #1",
        ".n[] 2 0x1F = #0x1F",
        ".n[] 2 1e3 = #1e3",
        ".n[] 2 '1' = 1",
        ".n[] 2 ~ = null",
        ".b 3 True = true",
        ".d 6 é\\n  z = é\\nz\\n",
        ".q 8 5 = 5",
        ".e 9  = null",
        ".u 10 a-${x} = ?",
        ".w 11 {{ x }} = ?",
        ".r 12 y = ?",
    ];
    assert_eq!(leaves("a.yaml", text), expected);
}

#[test]
fn aliases_and_merges_have_the_place_of_what_they_repeat() {
    let text = "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\nd:\n  <<: [{z: 4}, *a, \"{{ m }}\"]\n";
    let expected = [
        ".a.x 1 1 = #1",
        ".a.y 1 2 = #2",
        ".b.x 1 1 = #1",
        ".b.y 1 2 = #2",
        ".c.y 5 3 = #3",
        ".c.x 1 1 = #1",
        ".d open",
        ".d.z 7 4 = #4",
        ".d.x 1 1 = #1",
        ".d.y 1 2 = #2",
    ];
    assert_eq!(leaves("a.yml", text), expected);
    assert_eq!(
        leaves("a.yml", "a: 1\nb: 2\na: 3\n"),
        [".b 2 2 = #2", ".a 3 3 = #3"]
    );
}

#[test]
fn json_may_have_comments_and_no_other_yaml() {
    let text =
        "{\n\t\"a\": [1, -2.5, true, null], // \"x\": 1\n\t/* { */ \"b\\\"\\/\": \"// \\uD83D\\uDE00\",\n}\n";
    let expected = [
        ".a[] 2 1 = #1",
        ".a[] 2 -2.5 = #-2.5",
        ".a[] 2 true = true",
        ".a[] 2 null = null",
        ".b\"/ 3 \"// \\uD83D\\uDE00\" = // 😀",
    ];
    assert_eq!(leaves("a.json", text), expected);
    for (text, line) in [
        ("{a: 1}", 1),
        ("{\n\"a\": b}", 2),
        ("a: 1", 1),
        ("{\"a\": 'b'}", 1),
        ("{\"a\": &x 1}", 1),
        ("{\"a\": 1", 1),
        ("{\"a\"}", 1),
    ] {
        assert_eq!(unread("a.json", text).line, line, "{text}");
    }
}

#[test]
fn hcl_is_read_as_block_label_attribute() {
    let text = r#"resource "aws_x" "y" {
  n = 5
  s = "a"
  v = "${var.x}-a"
  c = [1, local.two, local.gone]
  o = { k = true, "l m" = null, (var.x) = 1 }
  j = jsonencode({ Effect = "Allow" })
  m = merge({}, {})
  d = local.deep.key
  dynamic "ingress" {
    for_each = [1]
    content {
      port = 22
    }
  }
  ingress {
    port = (23)
  }
  h = <<-EOT
    one
  EOT
}
locals {
  two  = 2
  loop = local.loop
  deep = { key = "z" }
}
"#;
    let expected = [
        ".resource.aws_x.y.n 2 5 = #5",
        ".resource.aws_x.y.s 3 \"a\" = a",
        ".resource.aws_x.y.v 4 \"${var.x}-a\" = ?",
        ".resource.aws_x.y.c[] 5 1 = #1",
        ".resource.aws_x.y.c[] 5 local.two = #2",
        ".resource.aws_x.y.c[] 5 local.gone = ?",
        ".resource.aws_x.y.o open",
        ".resource.aws_x.y.o.k 6 true = true",
        ".resource.aws_x.y.o.l m 6 null = null",
        ".resource.aws_x.y.o.(expression) 6 1 = #1",
        ".resource.aws_x.y.j.Effect 7 \"Allow\" = Allow",
        ".resource.aws_x.y.m 8 merge({}, {}) = ?",
        ".resource.aws_x.y.d 9 local.deep.key = z",
        ".resource.aws_x.y.ingress.port 13 22 = #22",
        ".resource.aws_x.y.ingress.port 17 (23) = #23",
        ".locals.two 24 2 = #2",
        ".locals.loop 25 local.loop = ?",
        ".locals.deep.key 26 \"z\" = z",
    ];
    let found = leaves("a.tf", text);
    let without_heredoc: Vec<&String> = found.iter().filter(|leaf| !leaf.contains(".h ")).collect();
    assert_eq!(without_heredoc, expected.iter().collect::<Vec<_>>());
    assert!(
        found
            .iter()
            .any(|leaf| leaf.starts_with(".resource.aws_x.y.h 19 ")),
        "{found:?}"
    );
    assert_eq!(
        leaves("a.tfvars", "\u{feff}a = -1\r\nb = 2\r\n"),
        [".a 1 -1 = #-1", ".b 2 2 = #2"]
    );
    let broken = unread("a.hcl", "a = 1\nb = [\n");
    assert!(broken.line >= 2, "{broken:?}");
}

#[test]
fn front_matter_has_the_lines_of_its_file() {
    let text = "---\r\ndescription: x\r\nglobs: [a, b]\r\n---\r\n# T\r\nk: v\r\n";
    let expected = [".description 2 x = x", ".globs[] 3 a = a", ".globs[] 3 b = b"];
    assert_eq!(leaves("rules/a.mdc", text), expected);
    assert!(leaves("a.md", "# T\n---\na: b\n---\n").is_empty());
    assert!(leaves("a.md", "---\n---\n").is_empty());
    let broken = unread("a.mdc", "---\na: b\nglobs: **/*.ts\n---\n");
    assert_eq!(broken.line, 3);
}

#[test]
fn helm_templates_keep_their_lines() {
    let text = r#"{{- if .Values.on -}}
apiVersion: v1
kind: {{ .Values.kind | default "}}" }}
metadata:
  labels:
    {{- include "labels" . | nindent 4 }}
    own: x
  annotations: {{- toYaml .Values.annotations | nindent 4 }}
spec:
  {{- with .Values.pod }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  containers:
  - name: "a-{{ .Release.Name }}"
    env:
      {{- range $k, $v := .Values.env }}
      - name: {{ $k }}
        value: b
      {{- end }}
      {{ toYaml .Values.more | nindent 6 }}
    script: |
      {{- if .x }}
        one
      {{- end }}
    port: 80
{{- end }}
"#;
    let expected = [
        ".apiVersion 2 v1 = v1",
        ".kind 3 {{ .Values.kind | default \"}}\" }} = ?",
        ".metadata.labels open",
        ".metadata.labels.own 7 x = x",
        ".metadata.annotations 8  = ?",
        ".spec open",
        ".spec.containers[].name 14 \"a-{{ .Release.Name }}\" = ?",
        ".spec.containers[].env[] open",
        ".spec.containers[].env[].name 17 {{ $k }} = ?",
        ".spec.containers[].env[].value 18 b = b",
        ".spec.containers[].port 25 80 = #80",
    ];
    let found = leaves("chart/templates/deep/a.yaml", text);
    let without_script: Vec<&String> = found.iter().filter(|leaf| !leaf.contains("script")).collect();
    assert_eq!(without_script, expected.iter().collect::<Vec<_>>());
    assert_eq!(FileFormat::new("chart/values.yaml", text), Some(FileFormat::Yaml));
    assert_eq!(
        FileFormat::new("templates/a.yaml", "a: b"),
        Some(FileFormat::Yaml)
    );
}

#[test]
fn what_is_too_large_or_too_deep_is_unread_with_its_place() {
    let deep = |open: &str, close: &str| format!("a: {}{}", open.repeat(65), close.repeat(65));
    let nested = (0..70).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n");
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    for (path, text) in [
        ("a.yaml", deep("[", "]")),
        ("a.yaml", deep("{x: ", "}")),
        ("a.yaml", nested),
        ("a.yaml", bomb.to_owned()),
        ("a.yaml", format!("a: [{}]", "1,".repeat(MAX_VALUES + 1))),
        ("a.yaml", "a: &a [*a]".to_owned()),
        (
            "a.json",
            format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        (
            "a.tf",
            format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000)),
        ),
        ("a.tf", format!("a = {}true", "!".repeat(100_000))),
        ("a.tf", format!("a = {}1", "true ? 1 : ".repeat(10_000))),
        ("a.tf", format!("a = {}1", "1 + ".repeat(10_000))),
        (
            "a.tf",
            format!("{}{}", "a {\n".repeat(1_000), "}\n".repeat(1_000)),
        ),
        (
            "a.tf",
            format!(
                "locals {{\n a0 = [1,1,1,1,1,1,1,1,1,1]\n{}}}\n",
                (1..9)
                    .map(|n| format!(" a{n} = [{}]\n", format!("local.a{},", n - 1).repeat(10)))
                    .collect::<String>()
            ),
        ),
        (
            "a.tf",
            format!("a = \"{}x{}\"", "${\"".repeat(1_000), "\"}".repeat(1_000)),
        ),
        ("a.yaml", "x".repeat(MAX_BYTES + 1)),
        (
            "templates/a.yaml",
            format!("a: {{{{ x }}}}\nb: {}", "[".repeat(1_000)),
        ),
    ] {
        let unread = unread(path, &text);
        assert!(!unread.reason.is_empty() && unread.line >= 1, "{path}");
        assert!(text.get(unread.span.clone()).is_some(), "{path} {unread:?}");
    }
}
