//! Properties of import over real instruction files: the account of each file adds up, and nothing depends on the order of files.
//!
//! Input: the corpus, where it is present. Output: nothing, or the file that breaks a property. Not here: how well rules are
//! recognized, which `cargo run -p lessonbook-import --example measure` prints.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lessonbook_base::globs::Glob;
use lessonbook_import::{
    Confidence, Fate, FileReading, ImportFile, ImportResult, KnownLesson, accounts, bring_together, id, read,
};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there is no corpus at {}", folder.display());
    None
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Repository, path and bytes of every file of the corpus.
pub fn files() -> Option<Vec<(String, String, Vec<u8>)>> {
    let top = corpus()?;
    let mut found = Vec::new();
    for part in ["instructions", "markdown-extra"] {
        let top = top.join(part);
        let mut paths = Vec::new();
        collect(&top, &mut paths);
        for path in paths {
            let inside = path
                .strip_prefix(&top)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            if let Some((repository, inside)) = inside.split_once('/') {
                found.push((
                    repository.to_owned(),
                    inside.to_owned(),
                    std::fs::read(&path).unwrap(),
                ));
            }
        }
    }
    Some(found)
}

/// The readings of all files, made once.
fn read_all(files: &[(String, String, Vec<u8>)]) -> Vec<FileReading> {
    static READINGS: OnceLock<Vec<FileReading>> = OnceLock::new();
    READINGS.get_or_init(|| read_fresh(files)).clone()
}

/// What all files yield together, made once.
fn together(files: &[(String, String, Vec<u8>)]) -> &'static ImportResult {
    static RESULT: OnceLock<ImportResult> = OnceLock::new();
    RESULT.get_or_init(|| bring_together(read_all(files), &[]))
}

fn read_fresh(files: &[(String, String, Vec<u8>)]) -> Vec<FileReading> {
    let one = |(repository, path, bytes): &(String, String, Vec<u8>)| {
        read(&ImportFile {
            repository,
            path,
            bytes,
        })
    };
    files.iter().map(one).collect()
}

fn shuffled<T>(items: &mut [T]) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        items.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
    }
}

#[test]
fn every_byte_of_every_file_is_accounted_for_once() {
    let Some(files) = files() else { return };
    let readings = read_all(&files);
    for (reading, (repository, path, bytes)) in readings.iter().zip(&files) {
        let mut at = 0;
        for passage in &reading.passages {
            assert_eq!(passage.bytes.start, at, "{repository}/{path}");
            at = passage.bytes.end;
            if let Fate::Candidate { at } | Fate::Beside { at } = &passage.fate {
                assert!(*at < reading.candidates.len(), "{repository}/{path}");
            }
        }
        assert_eq!(at, bytes.len(), "{repository}/{path}");
    }
    let result = together(&files);
    let taken: BTreeSet<&str> = result
        .clusters
        .iter()
        .filter(|cluster| cluster.confidence >= Confidence::Default)
        .map(|cluster| cluster.id.as_str())
        .collect();
    for account in accounts(result, &taken) {
        assert_eq!(
            account.total(),
            account.size,
            "{}/{}",
            account.repository,
            account.path
        );
    }
}

#[test]
fn the_order_of_files_does_not_matter() {
    let Some(files) = files() else { return };
    let first = together(&files);
    let mut readings = read_all(&files);
    shuffled(&mut readings);
    let second = bring_together(readings, &[]);
    assert!(*first == second, "another order gives another result");
}

#[test]
fn a_rule_is_the_text_of_its_file() {
    let Some(files) = files() else { return };
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for ((_, path, bytes), reading) in files.iter().zip(read_all(&files)) {
        let text = String::from_utf8_lossy(bytes);
        // A byte that is not UTF-8 moves every offset behind it in the lossy text.
        if text.len() != bytes.len() {
            continue;
        }
        for candidate in &reading.candidates {
            let own = squeezed(&text[candidate.bytes.clone()]);
            assert!(
                squeezed(&candidate.rule).contains(&own),
                "{path}:{}: {own}",
                candidate.line
            );
        }
    }
}

#[test]
fn ids_are_names_that_differ_and_paths_are_globs_of_the_store() {
    let Some(files) = files() else { return };
    let result = together(&files);
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for cluster in &result.clusters {
        assert!(lessonbook_store::names::is_name(&cluster.id), "{}", cluster.id);
        assert!(
            lessonbook_store::names::is_name(&cluster.topic),
            "{}",
            cluster.topic
        );
        let known = ids.insert(&cluster.id, &cluster.rule);
        assert_eq!(known, None, "{}", cluster.id);
        for glob in &cluster.paths {
            assert!(Glob::parse(glob).is_ok(), "{glob}");
        }
        assert!(!cluster.title.is_empty(), "{}", cluster.rule);
    }
}

#[test]
fn a_second_import_finds_every_rule_in_the_store() {
    let Some(files) = files() else { return };
    let first = together(&files);
    let known: Vec<KnownLesson> = first
        .clusters
        .iter()
        .map(|cluster| KnownLesson {
            id: cluster.id.clone(),
            rule: cluster.rule.clone(),
            sources: Vec::new(),
        })
        .collect();
    let second: ImportResult = bring_together(read_all(&files), &known);
    let new = second.clusters.iter().find(|cluster| cluster.lesson.is_none());
    assert_eq!(new.map(|cluster| &cluster.rule), None);
    assert!(
        second
            .clusters
            .iter()
            .all(|cluster| cluster.id == id(&cluster.rule))
    );
}

#[test]
fn every_file_with_chinese_japanese_or_korean_rules_yields_some() {
    let Some(files) = files() else { return };
    let is_wide =
        |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    let mut wide = 0;
    for ((repository, path, bytes), reading) in files.iter().zip(read_all(&files)) {
        let text = String::from_utf8_lossy(bytes);
        let share = text.chars().filter(|c| is_wide(*c)).count() * 4 > text.chars().count();
        let is_instruction =
            path.ends_with("CLAUDE.md") || path.ends_with("AGENTS.md") || path.ends_with("instructions.md");
        if share && is_instruction && reading.unreadable.is_none() {
            wide += 1;
            assert!(!reading.candidates.is_empty(), "{repository}/{path}");
        }
    }
    assert!(wide > 0, "the corpus has such files");
}
