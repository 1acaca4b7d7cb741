//! How well rules are recognized: precision and recall with intervals of 95 %, and the counts per file.
//!
//! Input: a folder of instruction files (`instructions/OWNER__NAME/PATH`) with `labels.tsv`, as the first argument or in
//! `LESSONBOOK_CORPUS`; `judged.tsv` beside this file, where each row is one part of a file that a person judged, with the reason.
//! Output: a table for each. Not here: the texts themselves, which belong to their repositories.
//!
//! `cargo run -p lessonbook-import --example measure -- FOLDER`
//!
//! The sample was drawn at random from the list items and sentences of all files, and judged before its verdicts were compared. Labels
//! are counts, so a file can be right by chance: what is printed for them is the most that the counts allow.

#![expect(clippy::print_stdout, reason = "an example prints what it measures")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lessonbook_import::{Confidence, Fate, FileReading, ImportFile, read};

const JUDGED: &str = include_str!("judged.tsv");
const LEVELS: [Confidence; 3] = [Confidence::High, Confidence::Default, Confidence::All];

fn main() -> Result<(), String> {
    let folder = std::env::args_os()
        .nth(1)
        .or_else(|| std::env::var_os("LESSONBOOK_CORPUS"))
        .map(PathBuf::from)
        .ok_or("usage: measure FOLDER")?;
    sample(&folder)?;
    labels(&folder)
}

fn reading(folder: &Path, repository: &str, path: &str) -> Result<FileReading, String> {
    let file = folder.join("instructions").join(repository).join(path);
    let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(read(&ImportFile {
        repository,
        path,
        bytes: &bytes,
    }))
}

/// The confidence of the candidate at a byte; none: it is not a rule.
fn confidence(reading: &FileReading, byte: usize) -> Option<Confidence> {
    let passage = reading
        .passages
        .iter()
        .find(|passage| passage.bytes.contains(&byte))?;
    match &passage.fate {
        Fate::Candidate { at } => Some(reading.candidates[*at].confidence),
        Fate::Beside { .. } | Fate::Omitted { .. } => None,
    }
}

fn sample(folder: &Path) -> Result<(), String> {
    let mut judged: Vec<(bool, Option<Confidence>)> = Vec::new();
    for row in JUDGED.lines().skip(1) {
        let [repository, path, byte, _, verdict, _] = row.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("judged.tsv: not six columns: {row}"));
        };
        let byte = byte
            .parse()
            .map_err(|error| format!("judged.tsv: {error}: {row}"))?;
        let found = confidence(&reading(folder, repository, path)?, byte);
        judged.push((verdict == "rule", found));
    }
    let rules = judged.iter().filter(|(rule, _)| *rule).count();
    println!("{} judged parts, {rules} of them rules", judged.len());
    for level in LEVELS {
        let taken = |found: &Option<Confidence>| found.is_some_and(|found| found >= level);
        let all = judged.iter().filter(|(_, found)| taken(found)).count();
        let right = judged
            .iter()
            .filter(|(rule, found)| *rule && taken(found))
            .count();
        println!(
            "  --take {:8} precision {}   recall {}",
            level.word(),
            share(right, all),
            share(right, rules)
        );
    }
    Ok(())
}

fn labels(folder: &Path) -> Result<(), String> {
    let file = folder.join("labels.tsv");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("\nrules by label, and candidates by level");
    let mut sums: BTreeMap<Confidence, (usize, usize, usize)> = BTreeMap::new();
    for row in text.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [path, label, ..] = columns[..] else { continue };
        let label: usize = label
            .parse()
            .map_err(|error| format!("labels.tsv: {error}: {row}"))?;
        let (repository, inside) = path
            .split_once('/')
            .ok_or_else(|| format!("labels.tsv: not a path: {path}"))?;
        let reading = reading(folder, repository, inside)?;
        let count = |level| {
            reading
                .candidates
                .iter()
                .filter(|rule| rule.confidence >= level)
                .count()
        };
        println!("  {label:4} {:?}  {path}", LEVELS.map(count));
        for level in LEVELS {
            let sum = sums.entry(level).or_default();
            *sum = (
                sum.0 + label.min(count(level)),
                sum.1 + count(level),
                sum.2 + label,
            );
        }
    }
    for level in LEVELS {
        let (both, taken, label) = sums.get(&level).copied().unwrap_or_default();
        println!(
            "  --take {:8} at most: precision {}   recall {}",
            level.word(),
            share(both, taken),
            share(both, label)
        );
    }
    Ok(())
}

/// A share with the interval after Wilson.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts are far below the precision of a float"
)]
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let (n, p, z) = (whole as f64, part as f64 / whole as f64, 1.96);
    let middle = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let percent = |x: f64| 100.0 * x.clamp(0.0, 1.0);
    format!(
        "{:3.0} % ({:.0} to {:.0}, {part} of {whole})",
        percent(p),
        percent((middle - reach) / scale),
        percent((middle + reach) / scale)
    )
}
