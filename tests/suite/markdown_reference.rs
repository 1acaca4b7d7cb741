//! What we call visible is what the reference implementations of CommonMark and of GitHub's Markdown call visible.
//!
//! Input: `tests/data/commonmark-visible.json`, made once with them (its head names the versions), and the corpus where
//! there is one.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use lessonbook_base::markdown::{self, HidingReason, Shape, TextUnit, VisibleToken};

fn ours(unit: &TextUnit) -> Value {
    let shape = match &unit.shape {
        Shape::Paragraph => "paragraph".to_owned(),
        Shape::Item => "item".to_owned(),
        Shape::Heading(level) => format!("heading {level}"),
        Shape::Cell => "cell".to_owned(),
        Shape::Code(info) => format!("code {info}"),
    };
    if matches!(unit.shape, Shape::Code(_)) {
        return json!({ "shape": shape, "code": unit.code });
    }
    let tokens: Vec<String> = unit
        .tokens
        .iter()
        .map(|token| match token {
            VisibleToken::Word(word) => format!("w:{word}"),
            VisibleToken::Code(code) => format!("c:{code}"),
            VisibleToken::Gap => "gap".to_owned(),
        })
        .collect();
    json!({ "shape": shape, "tokens": tokens })
}

#[test]
fn the_reference_implementations_see_the_same_words_in_the_same_units() {
    let data = include_str!("../data/commonmark-visible.json");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let documents = data["documents"].as_array().expect("documents");
    assert!(documents.len() > 500);
    let mut different = Vec::new();
    for document in documents {
        let text = document["text"].as_str().expect("text");
        let page = markdown::read(text);
        let units: Vec<&TextUnit> = page
            .units
            .iter()
            .filter(|unit| unit.hiding != Some(HidingReason::Footnote))
            .collect();
        let read: Vec<Value> = units.iter().map(|unit| ours(unit)).collect();
        let expected = document["units"].as_array().expect("units");
        let bare: Vec<Value> = expected
            .iter()
            .map(|unit| {
                let mut unit = unit.clone();
                let fields = unit.as_object_mut().expect("object");
                fields.remove("quote");
                fields.remove("strike");
                unit
            })
            .collect();
        if read != bare {
            different.push(format!("{text:?}\n  ours:   {read:?}\n  theirs: {bare:?}"));
            continue;
        }
        for (unit, expected) in units.iter().zip(expected) {
            if expected["quote"] == true || expected["strike"] == true {
                assert!(unit.hiding.is_some(), "{text:?}: {unit:?}");
            }
        }
        let html = document["html"].as_array().expect("html").len();
        if page.hidden.len() != html {
            different.push(format!("{text:?}\n  ours:   {:?}\n  theirs: {html}", page.hidden));
        }
    }
    let share = different.len();
    assert!(different.is_empty(), "{share} differ:\n{}", different.join("\n"));
}

#[allow(clippy::print_stdout)] // a skipped test says so
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus")),
        PathBuf::from,
    );
    let there = folder.join("instructions").is_dir();
    if !there {
        println!("skipped: no corpus at {}", folder.display());
    }
    there.then_some(folder)
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let entry = entry.expect("entry");
        let kind = entry.file_type().expect("type");
        if kind.is_dir() {
            files(&entry.path(), into);
        } else if kind.is_file() {
            into.push(entry.path());
        }
    }
}

#[test]
fn every_file_of_the_corpus_is_read_with_sound_ranges_in_source_order() {
    let Some(corpus) = corpus() else { return };
    let mut paths = Vec::new();
    files(&corpus.join("instructions"), &mut paths);
    files(&corpus.join("markdown-extra"), &mut paths);
    let mut units = 0;
    for path in &paths {
        let bytes = std::fs::read(path).expect("file");
        let text = String::from_utf8_lossy(&bytes);
        let page = markdown::read(&text);
        units += page.units.len();
        let items = page.units.iter().filter_map(|unit| unit.item.as_ref());
        let ranges = page.units.iter().map(|unit| &unit.range).chain(items);
        for range in ranges.chain(page.hidden.iter().map(|hidden| &hidden.range)) {
            assert!(text.get(range.clone()).is_some(), "{} {range:?}", path.display());
        }
        let sorted = page.units.is_sorted_by_key(|unit| unit.range.start);
        assert!(sorted, "{}", path.display());
    }
    assert!(
        paths.len() > 300 && units > 10_000,
        "{} files, {units} units",
        paths.len()
    );
}
