//! Comments that excuse a place: `lessonbook:allow ID reason`, with an optional `until=2027-01-31` before the reason.
//!
//! Input: a file's text and its hits. Output: which hits are excused, and what is wrong with a comment. Not here: exceptions for
//! whole paths, which the store has (`targets.yaml`).
//!
//! Comments are found by text (`comment`), because the readers of structured files drop them. A string literal never counts as one. A
//! comment excuses a hit on its own line, or on the next line that is not such a comment.

use std::ops::Range;

use jiff::civil::Date;

use crate::comment::CommentSyntax;

/// What begins such a comment.
const WORD: &str = "lessonbook:allow";

/// At most so many comments of one file count.
const MAX_ALLOWS: usize = 1_000;

/// A comment that excuses a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// Bytes of the file, from the word to the end of the reason.
    pub span: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// The line that it is about: its own, or the next one.
    pub lines: Range<usize>,
    /// The lesson's id; may be empty.
    pub id: String,
    /// Its last day.
    pub until: Option<Until>,
    /// Why; empty where it is missing.
    pub reason: String,
}

/// The value of `until=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// The last day on which it excuses.
    Day(Date),
    /// What is written there is not a day.
    Unreadable(String),
}

impl Allow {
    /// Whether it excuses hits on a day.
    pub fn holds_on(&self, today: Date) -> bool {
        match &self.until {
            None => true,
            Some(Until::Day(day)) => today <= *day,
            Some(Until::Unreadable(_)) => false,
        }
    }

    /// Whether it is about a hit of this lesson on this line.
    pub fn is_about(&self, id: &str, line: usize) -> bool {
        self.id == id && self.lines.contains(&line)
    }
}

/// The comments of a file, in its order. Its path shows how comments are written.
pub fn allows(path: &str, text: &str) -> Vec<Allow> {
    let mut found = Vec::new();
    if !text.contains(WORD) {
        return found;
    }
    let comments = CommentSyntax::new(path).comments(text);
    let mut start = 0;
    // The first of a run of lines that hold such a comment only: each of them is about the line below the run.
    let mut run = 0;
    for (number, whole) in text.split_inclusive('\n').enumerate() {
        let line = start..start + whole.trim_end_matches(['\n', '\r']).len();
        let comment = comment(text, line.clone(), &comments).filter(|_| found.len() < MAX_ALLOWS);
        let mut is_alone = false;
        if let Some((comment, at)) = &comment {
            let before = &text[line.start..comment.start.max(line.start)];
            let after = &text[comment.end.min(line.end)..line.end];
            is_alone = before.trim().is_empty() && after.trim_matches([' ', '\t', '-', '}']).is_empty();
            found.push(allow(&text[*at..comment.end.min(line.end)], *at, number + 1));
        }
        if !is_alone {
            let below = found.len() - usize::from(comment.is_some());
            for above in &mut found[run..below] {
                above.lines = above.line..number + 2;
            }
            run = found.len();
        }
        start += whole.len();
    }
    found
}

/// The comment of a line that holds the word, and where the word is.
fn comment(text: &str, line: Range<usize>, comments: &[Range<usize>]) -> Option<(Range<usize>, usize)> {
    let words = text[line.clone()]
        .match_indices(WORD)
        .map(|(at, _)| line.start + at);
    let is_whole = |at: &usize| {
        let after = &text[at + WORD.len()..line.end];
        after.is_empty() || after.starts_with([' ', '\t'])
    };
    let mut all = words.filter(is_whole).filter_map(|at| {
        let next = comments.partition_point(|comment| comment.end <= at);
        let comment = comments.get(next).filter(|comment| comment.start <= at)?;
        Some((comment.clone(), at))
    });
    all.next()
}

fn allow(words: &str, at: usize, line: usize) -> Allow {
    let said = words.trim_end();
    let said = ["*/", "-->", "*/}}", "--}}", "#}"]
        .iter()
        .find_map(|end| said.strip_suffix(end))
        .unwrap_or(said)
        .trim_end();
    let rest = said.get(WORD.len()..).unwrap_or_default().trim_start();
    let (id, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let rest = rest.trim_start();
    let (until, reason) = match rest.strip_prefix("until=") {
        Some(rest) => {
            let (day, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            (Some(until(day)), reason.trim())
        }
        None => (None, rest),
    };
    Allow {
        span: at..at + said.len(),
        line,
        lines: line..line + 1,
        id: id.to_owned(),
        until,
        reason: reason.to_owned(),
    }
}

fn until(day: &str) -> Until {
    let is_day = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match day.parse() {
        Ok(date) if is_day => Until::Day(date),
        _ => Until::Unreadable(day.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(path: &str, text: &str) -> Vec<(String, Range<usize>, String)> {
        let allows = allows(path, text).into_iter();
        allows
            .map(|allow| (allow.id, allow.lines, allow.reason))
            .collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_the_line_below() {
        for (path, text, expected) in [
            ("a.yaml", "a: 1 # lessonbook:allow x it is a test\n", 1..2),
            ("a.yaml", "# lessonbook:allow x it is a test\na: 1\n", 1..3),
            (
                "a.sql",
                "-- lessonbook:allow x it is a test\nCREATE INDEX a;",
                1..3,
            ),
            ("a.md", "<!-- lessonbook:allow x it is a test -->\na", 1..3),
            ("a.c", "/* lessonbook:allow x it is a test */\na", 1..3),
            ("a.c", "/* lessonbook:allow x it is a test */ a();\nb();\n", 1..2),
            ("a.c", "/*\n * lessonbook:allow x it is a test\n */", 2..4),
            ("a.yaml", "  {{/* lessonbook:allow x it is a test */}}\na", 1..3),
            ("a.yaml", "# lessonbook:allow x it is a test", 1..2),
        ] {
            let expected = ("x".to_owned(), expected, "it is a test".to_owned());
            assert_eq!(about(path, text), [expected], "{text}");
        }
        let two = "# lessonbook:allow x one\n# lessonbook:allow y two\na: 1\nb: 1\n";
        let lines: Vec<_> = allows("a.yaml", two)
            .into_iter()
            .map(|allow| (allow.id, allow.lines))
            .collect();
        assert_eq!(lines, [("x".to_owned(), 1..4), ("y".to_owned(), 2..4)]);
    }

    #[test]
    fn a_value_and_a_longer_word_are_not_such_a_comment() {
        for (path, text) in [
            ("a.yaml", "a: lessonbook:allow x y\n"),
            ("a.yaml", "# lessonbook:allowed x y\n"),
            ("a.yaml", "a: \"# lessonbook:allow x y\"\n"),
            ("a.py", "url = \"http://example.com lessonbook:allow x y\"\n"),
            ("a.py", "text = \"\"\"\n# lessonbook:allow x y\n\"\"\"\n"),
            ("a.ts", "const text = '// lessonbook:allow x y';\n"),
            ("a.go", "text := `\n// lessonbook:allow x y\n`\n"),
        ] {
            assert_eq!(about(path, text), [], "{text}");
        }
    }

    #[test]
    fn the_last_day_is_before_the_reason() {
        let day = |day: &str| day.parse::<Date>().unwrap_or_default();
        let allow = &allows("a.yaml", "# lessonbook:allow x until=2027-01-31 moved then\n")[0];
        assert_eq!(allow.reason, "moved then");
        assert!(allow.holds_on(day("2027-01-31")) && !allow.holds_on(day("2027-02-01")));
        let wrong = &allows("a.yaml", "# lessonbook:allow x until=soon moved\n")[0];
        assert_eq!(wrong.until, Some(Until::Unreadable("soon".to_owned())));
        assert!(!wrong.holds_on(day("2020-01-01")));
        let bare = &allows("a.yaml", "# lessonbook:allow\n")[0];
        assert_eq!((bare.id.as_str(), bare.reason.as_str()), ("", ""));
    }
}
