//! Files that are moved, rewritten, split or renamed have no new hits; new bad objects have.

#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write as _;

use lessonbook_checks::check::{Check, CheckKind, LessonChecks};
use lessonbook_checks::document::{Node, Value};
use lessonbook_checks::hit::Hit;
use lessonbook_checks::linter::Linter;
use lessonbook_checks::pairing::pair;
use lessonbook_checks::read::FileFormat;

/// A path and its text.
type File = (String, String);

/// Real manifests with at least one hit.
fn manifests(linter: &Linter) -> Option<Vec<File>> {
    let corpus = support::corpus()?;
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let mut files = Vec::new();
    for row in index.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let path = format!("{}/{}", cells[0].replace('/', "__"), cells[1]);
        if cells[5] != "yaml" {
            continue;
        }
        let text = std::fs::read_to_string(corpus.join("files").join(&path)).unwrap();
        if !linter.file(&path, text.as_bytes()).hits.is_empty() {
            files.push((path, text));
        }
    }
    // Many files have dozens of hits; a few of them would decide the figures.
    Some(files)
}

fn lessons() -> Option<Vec<LessonChecks>> {
    let corpus = support::corpus()?;
    let text = std::fs::read_to_string(corpus.join("checks.yaml")).unwrap();
    let root = support::yaml(&text);
    let mut lessons = Vec::new();
    for entry in &support::map(&root).entries {
        let lesson = support::map(&entry.node);
        if support::texts(lesson.values("paths").next().unwrap()) != ["k8s"] {
            continue;
        }
        let Value::List(list) = &lesson.values("checks").next().unwrap().value else {
            panic!("{}", entry.key);
        };
        let checks = list
            .items
            .iter()
            .filter_map(|item| support::structure_check(support::map(item)));
        lessons.push(LessonChecks {
            id: entry.key.clone(),
            title: entry.key.clone(),
            paths: vec!["**".to_owned()],
            checks: checks
                .map(|check| Check {
                    written: String::new(),
                    paths: None,
                    except: Vec::new(),
                    message: None,
                    examples: Vec::new(),
                    kind: CheckKind::Structure(check),
                })
                .collect(),
        });
    }
    Some(lessons)
}

fn hits(linter: &Linter, files: &[File]) -> Vec<Hit> {
    let reports = files
        .iter()
        .map(|(path, text)| linter.file(path, text.as_bytes()));
    reports.flat_map(|report| report.hits).collect()
}

fn new(linter: &Linter, before: &[File], after: &[File]) -> Vec<Hit> {
    let (before, after) = (hits(linter, before), hits(linter, after));
    let pairs = pair(&before, &after);
    let new = after.into_iter().zip(pairs).filter(|(_, old)| old.is_none());
    new.map(|(hit, _)| hit).collect()
}

/// The text with each of these parts replaced.
fn splice(text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    edits.dedup_by_key(|(span, _)| span.start);
    let mut text = text.to_owned();
    for (span, new) in edits {
        text.replace_range(span, &new);
    }
    text
}

/// A new text for each value of a key, anywhere in the file.
fn edit(text: &str, key: &str, new: &dyn Fn(&str) -> Option<String>) -> String {
    fn collect(
        node: &Node,
        key: &str,
        text: &str,
        new: &dyn Fn(&str) -> Option<String>,
        edits: &mut Vec<(std::ops::Range<usize>, String)>,
    ) {
        match &node.value {
            Value::Map(map) => {
                for entry in &map.entries {
                    if entry.key == key
                        && !matches!(entry.node.value, Value::Map(_) | Value::List(_) | Value::Null)
                    {
                        let written = &text[entry.node.span.clone()];
                        edits.extend(new(written).map(|new| (entry.node.span.clone(), new)));
                    }
                    collect(&entry.node, key, text, new, edits);
                }
            }
            Value::List(list) => list
                .items
                .iter()
                .for_each(|item| collect(item, key, text, new, edits)),
            _ => {}
        }
    }
    let mut edits = Vec::new();
    for document in FileFormat::Yaml.read(text).unwrap() {
        collect(&document.root, key, text, new, &mut edits);
    }
    splice(text, edits)
}

/// As another program would write it: sorted keys, other indentation, quotation marks, no comments.
fn rewritten(text: &str) -> String {
    let mut written = String::new();
    for document in FileFormat::Yaml.read(text).unwrap() {
        written.push_str("---\n");
        write_node(&document.root, 0, &mut written);
    }
    written
}

fn write_node(node: &Node, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    match &node.value {
        Value::Map(map) if map.entries.is_empty() => writeln!(out, "{indent}{{}}").unwrap(),
        Value::List(list) if list.items.is_empty() => writeln!(out, "{indent}[]").unwrap(),
        Value::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|one, other| one.key.cmp(&other.key));
            for entry in entries {
                writeln!(out, "{indent}{}:", quoted(&entry.key)).unwrap();
                write_node(&entry.node, depth + 1, out);
            }
        }
        Value::List(list) => {
            for item in &list.items {
                writeln!(out, "{indent}-").unwrap();
                write_node(item, depth + 1, out);
            }
        }
        Value::Null => writeln!(out, "{indent}null").unwrap(),
        Value::Bool(value) => writeln!(out, "{indent}{value}").unwrap(),
        Value::Number(text) => writeln!(out, "{indent}{text}").unwrap(),
        Value::Text(text) | Value::Unknown(text) => writeln!(out, "{indent}{}", quoted(text)).unwrap(),
    }
}

fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t");
    format!("\"{escaped}\"")
}

/// A file for each document.
fn split(files: &[File]) -> Vec<File> {
    let mut parts = Vec::new();
    for (path, text) in files {
        for (number, part) in format!("\n{text}").split("\n---").enumerate() {
            // What follows the dashes on their line, such as a comment, belongs to no document.
            let text = if number == 0 {
                part
            } else {
                part.split_once('\n').map_or("", |(_, text)| text)
            };
            parts.push((format!("{path}.{number}.yaml"), text.to_owned()));
        }
    }
    parts
}

fn each(files: &[File], change: impl Fn(&str) -> String) -> Vec<File> {
    files
        .iter()
        .map(|(path, text)| (path.clone(), change(text)))
        .collect()
}

fn bad_pod(number: usize) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: bad-{number}\nspec:\n  containers:\n  - name: c{number}\n    image: n{number}:latest\n    securityContext:\n      privileged: true\n"
    )
}

#[test]
#[allow(clippy::print_stdout)]
fn refactoring_adds_no_hits_and_ten_bad_pods_do() {
    let Some(lessons) = lessons() else {
        return;
    };
    let linter = Linter::new(&lessons);
    let Some(files) = manifests(&linter) else {
        return;
    };
    let renamed = each(&files, |text| {
        edit(text, "name", &|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                .then(|| format!("{name}-renamed"))
        })
    });
    let refactorings = [
        (
            "a comment on top",
            each(&files, |text| format!("# Ours.\n{text}")),
        ),
        ("written by a program", each(&files, rewritten)),
        (
            "moved",
            files
                .iter()
                .map(|(path, text)| (format!("deploy/{path}"), text.clone()))
                .collect(),
        ),
        ("split", split(&files)),
        (
            "more replicas",
            each(&files, |text| edit(text, "replicas", &|_| Some("7".to_owned()))),
        ),
        ("objects renamed", renamed),
    ];
    let count = hits(&linter, &files).len();
    println!("{} manifests, {count} hits", files.len());
    let mut alarms = Vec::new();
    for (name, after) in &refactorings {
        let new = new(&linter, &files, after);
        println!(
            "{name:24} {:3} hits, {} new",
            hits(&linter, after).len(),
            new.len()
        );
        alarms.extend(
            new.into_iter()
                .map(|hit| format!("{name}: {}:{} {}", hit.file, hit.line, hit.detail)),
        );
        let with_pods = after.iter().enumerate().map(|(number, (path, text))| {
            let pod = if number < 10 {
                bad_pod(number)
            } else {
                String::new()
            };
            (path.clone(), format!("{}\n{pod}", text.trim_end()))
        });
        let with_pods: Vec<File> = with_pods.collect();
        let found = self::new(&linter, &files, &with_pods);
        for (number, (file, text)) in with_pods.iter().take(10).enumerate() {
            let image = text.find(&format!("n{number}:latest")).unwrap();
            let line = text[..image].matches('\n').count() + 1;
            let is_new = found.iter().any(|hit| hit.file == *file && hit.line == line);
            assert!(
                is_new,
                "{name}: pod {number} in {file}:{line} is not new: {found:?}"
            );
        }
    }
    assert!(alarms.len() <= 3, "{}", alarms.join("\n"));
}
