//! Structural checks over real files agree with checkov and zizmor, line by line.
//!
//! `cargo test -p lessonbook-checks --test agreement -- --nocapture` prints the table.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lessonbook_checks::read::FileFormat;
use lessonbook_checks::structure::{StructureCheck, StructureGroup};

/// A place at which a check fires: file, lesson, line.
type Place = (String, String, u32);

struct LessonOfCorpus {
    id: String,
    paths: String,
    checks: Vec<StructureCheck>,
}

#[test]
#[allow(clippy::print_stdout)]
fn every_place_that_another_tool_reports_is_found_and_silent_files_stay_silent() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let lessons = lessons(&corpus);
    let found = found(&corpus, &lessons);
    let expected = std::fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let mut known: BTreeSet<Place> = BTreeSet::new();
    let mut silent = BTreeSet::new();
    // The corpus was made without reading `local.NAME`; a local of the same file is known by now.
    let mut resolved = Vec::new();
    let mut table: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in expected.lines().skip(1) {
        let [file, lesson, line, oracle, verdict] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        if verdict == "silent" {
            silent.insert(file.to_owned());
            continue;
        }
        let Ok(line) = line.parse() else {
            if verdict == "oracle only: local/var" {
                let lines = oracle
                    .rsplit_once(' ')
                    .and_then(|(_, lines)| lines.split_once('-'))
                    .unwrap();
                let lines: (u32, u32) = (lines.0.parse().unwrap(), lines.1.parse().unwrap());
                resolved.push((file.to_owned(), lesson.to_owned(), lines.0..=lines.1));
            }
            continue;
        };
        let structural = lessons
            .iter()
            .any(|one| one.id == lesson && !one.checks.is_empty());
        let place = (file.to_owned(), lesson.to_owned(), line);
        let is_found = found.contains(&place);
        let counts = table.entry(lesson.to_owned()).or_default();
        let column = if verdict == "agree" { 0 } else { 2 };
        counts[column] += 1;
        counts[column + 1] += usize::from(is_found);
        if !is_found && structural {
            wrong.push(format!("not found: {file}:{line} {lesson} ({oracle}, {verdict})"));
        }
        known.insert(place);
    }
    println!(
        "{:32} {:>9} {:>9}  {:>9} {:>9}  {:>9}",
        "lesson", "agree", "found", "others", "found", "more"
    );
    for (lesson, counts) in &table {
        let more = found
            .iter()
            .filter(|place| place.1 == *lesson && !known.contains(place))
            .count();
        let [agree, agreed, others, other] = counts;
        println!("{lesson:32} {agree:>9} {agreed:>9}  {others:>9} {other:>9}  {more:>9}");
    }
    for (file, lesson, line) in &found {
        if silent.contains(file) {
            wrong.push(format!("not silent: {file}:{line} {lesson}"));
        }
        let is_local = resolved
            .iter()
            .any(|(other, id, lines)| other == file && id == lesson && lines.contains(line));
        if !known.contains(&(file.clone(), lesson.clone(), *line)) && !is_local {
            wrong.push(format!("more than expected: {file}:{line} {lesson}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn lessons(corpus: &Path) -> Vec<LessonOfCorpus> {
    let text = std::fs::read_to_string(corpus.join("checks.yaml")).unwrap();
    let root = support::yaml(&text);
    let entries = support::map(&root).entries.iter();
    entries
        .map(|entry| {
            let lesson = support::map(&entry.node);
            let paths = lesson.values("paths").next().unwrap();
            let checks = lesson.values("checks").next().unwrap();
            let lessonbook_checks::document::Value::List(list) = &checks.value else {
                panic!("{checks:?}");
            };
            let structural = list.items.iter().map(support::map);
            LessonOfCorpus {
                id: entry.key.clone(),
                paths: support::texts(paths).concat(),
                checks: structural.filter_map(support::structure_check).collect(),
            }
        })
        .collect()
}

/// The paths of a group of lessons, as the corpus names them.
fn is_about(paths: &str, file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap();
    let yaml = has_extension(file, &["yaml", "yml"]);
    let workflow = file.contains("/.github/workflows/") || matches!(name, "action.yml" | "action.yaml");
    match paths {
        "k8s" => yaml && !file.contains("/.github/"),
        "wf" => yaml && workflow,
        "tf" => has_extension(file, &["tf"]),
        _ => false,
    }
}

fn has_extension(file: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(file)
        .extension()
        .and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
}

fn found(corpus: &Path, lessons: &[LessonOfCorpus]) -> BTreeSet<Place> {
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let mut found = BTreeSet::new();
    for row in index.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let file = if cells[0] == "-" || cells[0].is_empty() {
            cells[1].to_owned()
        } else {
            format!("{}/{}", cells[0].replace('/', "__"), cells[1])
        };
        let path = corpus.join("files").join(&file);
        let (file, path) = if path.is_file() {
            (file, path)
        } else {
            (cells[1].to_owned(), corpus.join("files").join(cells[1]))
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let format = FileFormat::new(&file, &text).unwrap();
        let documents = format
            .read(&text)
            .unwrap_or_else(|unread| panic!("{file}: {unread:?}"));
        let about: Vec<&LessonOfCorpus> = lessons
            .iter()
            .filter(|lesson| is_about(&lesson.paths, &file))
            .collect();
        let checks = about
            .iter()
            .flat_map(|lesson| lesson.checks.iter().map(|check| (&lesson.id, check)));
        let checks: Vec<(&String, &StructureCheck)> = checks.collect();
        let results = StructureGroup::new(checks.iter().map(|(_, check)| *check)).run(&documents);
        for ((id, _), result) in checks.iter().zip(results) {
            found.extend(
                result
                    .hits
                    .iter()
                    .map(|hit| (file.clone(), (*id).clone(), hit.line)),
            );
        }
    }
    found
}
