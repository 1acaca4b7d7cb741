//! The ranks of `docs/architecture.md` hold: imports point down, the world has one home, and so has each heavy crate.
//!
//! Input: the text of every file in `src/`. Output: a list of lines that break a rule. The tables below are the rules.
//! Not here: reading Rust (`architecture/source.rs`) and tests of the rules themselves (`architecture/proofs.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod proofs;
pub(crate) mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use source::{Source, is_name, sources};

/// Every module of the root package with its rank. An import may point down, or stay in its own module; between two modules of one rank
/// it may point one way only. Among the crates the compiler sees to it.
const RANKS: &[(u8, &[&str])] = &[
    (0, &["repository", "report"]),
    (1, &["run"]),
    (2, &["commands", "cli"]),
    (3, &["main"]),
];

/// Modules of one rank that may not know each other at all.
const STRANGERS: &[(&str, &str)] = &[("repository", "report")];

/// Modules of one rank that are two halves of one thing: `cli` lists the commands, and completions are made of that list.
const HALVES: &[(&str, &str)] = &[("cli", "commands")];

/// Who may know the environment and the clock.
const OUTER: &[&str] = &["repository", "run", "commands", "cli", "main"];

/// What touches the world, and the modules that may. The first row that fits counts.
const WORLD: &[(&str, &[&str])] = &[
    ("std::fs", &["repository"]),
    ("std::net", &["repository"]),
    ("std::process::ExitCode", &["run", "cli", "main"]), // a value, unlike its neighbours
    ("std::process", &["repository", "main"]),
    ("std::env", OUTER),
    ("std::time::SystemTime", OUTER),
    ("jiff::Timestamp::now", OUTER),
    ("jiff::Zoned::now", OUTER),
];

/// Each heavy crate and its home. A star ends a home that is the beginning of a file's name.
const HOMES: &[(&str, &[&str])] = &[
    ("gix", &["repository"]),
    ("octocrab", &["repository/github"]),
    ("hyper_util", &["repository/github"]),
    ("hyper_rustls", &["repository/github"]),
    ("ring", &["repository/github"]),
    ("secrecy", &["repository/github"]),
    ("tokio", &["repository/github", "run", "main"]),
    ("tera", &["crates/pipeline/render*", "crates/site/engine"]),
    (
        "pulldown_cmark",
        &[
            "crates/base/markdown",
            "crates/base/text",
            "crates/import/inline",
            "crates/import/outline",
            "crates/site/prose",
        ],
    ),
    ("globset", &["crates/base/globs"]),
    ("gix_attributes", &["crates/base/git_rules"]),
    ("gix_glob", &["crates/base/git_rules"]),
    ("gix_ignore", &["crates/base/git_rules"]),
    (
        "regex_automata",
        &["crates/checks/expression", "crates/pipeline/rule_pattern"],
    ),
    ("regex_syntax", &["crates/checks/expression"]),
    ("granit_parser", &["crates/checks/read/yaml"]),
    ("hcl_edit", &["crates/checks/read/hcl"]),
    ("serde_yaml", &["crates/store"]),
    ("clap", &["cli", "run", "commands", "main"]),
    ("similar", &["crates/base/text_diff"]),
    ("annotate_snippets", &["report"]),
    ("indicatif", &["report"]),
];

/// Macros that print, and who may.
const PRINTS: (&[&str], &[&str]) = (
    &["print", "println", "eprint", "eprintln", "dbg"],
    &["report", "main"],
);

#[test]
fn imports_point_down_the_ranks() {
    none(wrong_imports(&sources()));
}

#[test]
fn only_the_repository_touches_the_world() {
    none(touches_of_the_world(&sources()));
}

#[test]
fn each_heavy_crate_is_named_in_its_home_only() {
    none(crates_away_from_home(&sources()));
}

#[test]
fn only_reports_print() {
    none(prints(&sources()));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let opens = |source: &&Source| !source.text.starts_with("//!");
    none(
        sources()
            .iter()
            .filter(opens)
            .map(|source| format!("src/{}: opens without `//!`", source.path))
            .collect(),
    );
}

#[test]
fn nothing_panics_without_a_reason() {
    none(panics(&sources()));
}

fn none(mut violations: Vec<String>) {
    violations.dedup();
    assert!(
        violations.is_empty(),
        "{} lines break a rule:\n  {}\n",
        violations.len(),
        violations.join("\n  ")
    );
}

// ---- The rules.

fn wrong_imports(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut sideways: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    let is_root = |source: &&Source| source.path != "lib.rs" && !source.path.starts_with("crates/");
    for source in sources.iter().filter(is_root) {
        let own = source.module();
        let Some(own_rank) = rank(own) else {
            violations.push(format!(
                "src/{}: `{own}` has no rank; give it one in tests/architecture.rs",
                source.path
            ));
            continue;
        };
        for (line, path) in &source.paths {
            let Some(other) = source.module_of(path).filter(|other| other != own) else {
                continue;
            };
            let place = format!("src/{}:{line}", source.path);
            let are = |(a, b): &(&str, &str)| (*a == own && *b == other) || (*b == own && *a == other);
            match rank(&other) {
                Some(rank) if rank > own_rank => {
                    violations.push(format!(
                        "{place}: `{own}` (rank {own_rank}) imports `{other}` (rank {rank})"
                    ));
                }
                Some(_) if STRANGERS.iter().any(are) => {
                    violations.push(format!(
                        "{place}: `{own}` imports `{other}`, and they may not know each other"
                    ));
                }
                Some(rank) if rank == own_rank && !HALVES.iter().any(are) => {
                    sideways.entry(own).or_default().entry(other).or_insert(place);
                }
                // Down the ranks, or a name of the crate's root that is no module, such as a macro.
                Some(_) | None => {}
            }
        }
    }
    violations.extend(circles(&sideways));
    violations
}

fn rank(module: &str) -> Option<u8> {
    RANKS
        .iter()
        .find(|(_, modules)| modules.contains(&module))
        .map(|(rank, _)| *rank)
}

/// Modules of one rank that reach themselves: each circle once, with a place for every step.
fn circles(edges: &BTreeMap<&str, BTreeMap<String, String>>) -> Vec<String> {
    fn walk(
        edges: &BTreeMap<&str, BTreeMap<String, String>>,
        way: &mut Vec<String>,
        found: &mut BTreeMap<BTreeSet<String>, String>,
    ) {
        let here = way.last().cloned().unwrap_or_default();
        for next in edges.get(here.as_str()).into_iter().flat_map(BTreeMap::keys) {
            if let Some(start) = way.iter().position(|module| module == next) {
                let circle = &way[start..];
                let mut told = String::from("modules import each other in a circle:");
                for (at, module) in circle.iter().enumerate() {
                    let to = &circle[(at + 1) % circle.len()];
                    write!(told, " `{module}` -> `{to}` ({})", edges[module.as_str()][to]).unwrap();
                }
                found.entry(circle.iter().cloned().collect()).or_insert(told);
            } else {
                way.push(next.clone());
                walk(edges, way, found);
                way.pop();
            }
        }
    }
    let mut found = BTreeMap::new();
    for start in edges.keys() {
        walk(edges, &mut vec![(*start).to_owned()], &mut found);
    }
    found.into_values().collect()
}

fn touches_of_the_world(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        for (line, path) in &source.paths {
            let path = path.join("::");
            let touched = WORLD.iter().find(|(what, _)| {
                let name = what.split_once("::").map_or(*what, |(_, name)| name);
                // `Timestamp::now` after `use jiff::Timestamp`.
                let short = what.starts_with("jiff") && path.starts_with(name);
                short
                    || path
                        .strip_prefix(what)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            });
            if let Some((what, homes)) = touched
                && !source.stands_in(homes)
            {
                violations.push(format!(
                    "src/{}:{line}: `{what}` belongs in {}",
                    source.path,
                    homes.join(", ")
                ));
            }
        }
    }
    violations
}

fn crates_away_from_home(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        for (line, path) in &source.paths {
            let home = HOMES.iter().find(|(name, _)| path[0] == *name);
            if let Some((name, homes)) = home
                && !source.stands_in(homes)
            {
                violations.push(format!(
                    "src/{}:{line}: `{name}` belongs in {}",
                    source.path,
                    homes.join(", ")
                ));
            }
        }
    }
    violations
}

fn prints(sources: &[Source]) -> Vec<String> {
    let (macros, homes) = PRINTS;
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| !source.stands_in(homes)) {
        for (number, line) in source.code.lines().enumerate() {
            for (at, _) in line.match_indices('!') {
                let start = line[..at]
                    .rfind(|c: char| !is_name(c))
                    .map_or(0, |before| before + 1);
                let name = &line[start..at];
                if macros.contains(&name) {
                    violations.push(format!(
                        "src/{}:{}: `{name}!` belongs in {}",
                        source.path,
                        number + 1,
                        homes.join(", ")
                    ));
                }
            }
        }
    }
    violations
}

/// A reason is a comment on the same line or the one above the statement, or an `#[expect(…, reason = "…")]` above it.
fn panics(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let code: Vec<&str> = source.code.lines().collect();
        let comments: Vec<&str> = source.comments.lines().collect();
        let raw: Vec<&str> = source.text.lines().collect();
        let has_reason = |line: usize| {
            let comment = comments[line].trim();
            let plain =
                comment.starts_with("//") && !comment.starts_with("///") && !comment.starts_with("//!");
            plain || (raw[line].contains("#[expect(") && raw[line].contains("reason"))
        };
        for (number, line) in code.iter().enumerate() {
            let Some(word) = [".unwrap()", ".expect(", "panic!("]
                .into_iter()
                .find(|word| line.contains(word))
            else {
                continue;
            };
            // A chain of calls is one statement: its reason may stand above its first line.
            let chained = code[..=number]
                .iter()
                .rev()
                .take_while(|line| line.trim_start().starts_with('.'))
                .count();
            let above = (number - chained.min(number)).saturating_sub(1);
            if !(above..=number).any(has_reason) {
                violations.push(format!(
                    "src/{}:{}: `{word}` without a reason beside or above it",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    violations
}
