//! What Prettier, markdownlint, Sphinx and `MkDocs` demand of our files, as far as it can be tested without them.
//!
//! `tests/data/rendered/` holds what is rendered, and its `README.md` which versions of these programs read it without a report.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::path::{Path, PathBuf};

/// The rendered files: of Markdown, and those of Cursor, which no linter reads as Markdown.
fn files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rendered");
    let mut files = Vec::new();
    for case in std::fs::read_dir(root).unwrap().flatten() {
        for file in std::fs::read_dir(case.path()).into_iter().flatten().flatten() {
            files.push((file.path(), std::fs::read_to_string(file.path()).unwrap()));
        }
    }
    assert!(files.len() > 30, "{}", files.len());
    files
}

/// The lines without front matter; those in fences are empty text, and their fences are kept.
fn lines(text: &str) -> Vec<String> {
    let mut in_fence = None;
    let body = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"));
    let body = body.map_or(text, |(_, body)| body);
    let line = |line: &str| {
        let content = line.trim_start();
        let run: String = content.chars().take_while(|c| *c == '`').collect();
        match &in_fence {
            Some(open) if content == *open => in_fence = None,
            Some(_) => return "code".to_owned(),
            None if run.len() >= 3 => in_fence = Some(run),
            None => {}
        }
        line.to_owned()
    };
    body.lines().map(line).collect()
}

fn is_ours_alone(lines: &[String]) -> bool {
    let first = lines.iter().find(|line| !line.is_empty());
    first.is_some_and(|line| line.starts_with("<!-- lessonbook:begin"))
        && lines
            .last()
            .is_some_and(|line| line.starts_with("<!-- lessonbook:end"))
}

#[test]
fn a_file_of_ours_begins_with_its_only_title_and_its_headings_skip_no_level() {
    let mut seen = 0;
    for (path, text) in files() {
        let lines = lines(&text);
        if !is_ours_alone(&lines) {
            continue;
        }
        seen += 1;
        let mut shown = lines
            .iter()
            .filter(|line| !line.is_empty() && !line.starts_with("<!--"));
        let first = shown.next().unwrap();
        assert!(first.starts_with("# "), "MD041: {}: {first}", path.display());
        let levels = lines.iter().filter(|line| line.starts_with('#'));
        let levels: Vec<usize> = levels.map(|line| line.find(' ').unwrap()).collect();
        assert_eq!(
            levels.iter().filter(|level| **level == 1).count(),
            1,
            "MD025: {}",
            path.display()
        );
        for pair in levels.windows(2) {
            assert!(
                pair[1] <= pair[0] + 1,
                "MD001, myst.header: {} {levels:?}",
                path.display()
            );
        }
        for heading in lines.iter().filter(|line| line.starts_with('#')) {
            assert!(!heading.ends_with(['.', ',', ';', ':', '!']), "MD026: {heading}");
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn blocks_are_separated_by_one_blank_line_and_lines_end_with_their_text() {
    for (path, text) in files() {
        let lines = lines(&text);
        let is_block =
            |line: &str| line.starts_with('#') || line.starts_with("<!--") || line.starts_with("```");
        for (at, pair) in lines.windows(2).enumerate() {
            let [above, below] = pair else { continue };
            let place = format!("{}:{} {above:?} {below:?}", path.display(), at + 1);
            assert!(!(above.is_empty() && below.is_empty()), "MD012: {place}");
            assert!(above.trim_end() == above, "MD009: {place}");
            let apart = above.is_empty() || below.is_empty() || above == "code" || below == "code";
            let opens = above.starts_with("```");
            assert!(
                apart || opens || !is_block(above) && !is_block(below),
                "MD022, MD031, Prettier: {place}"
            );
            let item = |line: &str| line.starts_with("- ");
            assert!(apart || !item(below) || item(above), "MD032: {place}");
        }
        assert!(
            text.ends_with('\n') && !text.ends_with("\n\n"),
            "MD047: {}",
            path.display()
        );
    }
}

#[test]
fn fences_name_a_language_and_addresses_are_links() {
    for (path, text) in files() {
        let mut opens = true;
        for line in lines(&text) {
            let content = line.trim_start();
            if content.starts_with("```") {
                assert!(
                    !opens || !content.trim_start_matches('`').is_empty(),
                    "MD040: {}",
                    path.display()
                );
                opens = !opens;
            }
            for scheme in ["http://", "https://"] {
                let bare = line
                    .find(scheme)
                    .is_some_and(|at| !line[..at].ends_with(['<', '(', '`']));
                assert!(!bare, "MD034: {}: {line}", path.display());
            }
        }
    }
}
