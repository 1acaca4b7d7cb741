//! Text checks: an expression that no line may match, or that each file must match.
//!
//! Input: a file's text. Output: hits with their lines. Not here: which files are read (`linter`).

use std::ops::Range;

use crate::expression::Expression;
use crate::hit::{FileHits, HitPlace, Identity, MAX_HITS};

/// So many bytes may be searched for one check in one file. A search may read the rest of the file before it knows a match that is
/// near, so the rest is what each search counts as: a file of 50 kB has room for 10,000 matches that `unless` excuses, one of 2 MB
/// for 250.
const MAX_SEARCHED: usize = 500_000_000;

/// A check of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCheck {
    /// Whether a match is wrong, or its absence.
    pub verb: TextVerb,
    /// What is searched for.
    pub expression: Expression,
    /// Excuses a match on whose lines it matches. Only with [`TextVerb::Forbid`].
    pub unless: Option<Expression>,
}

/// What is wrong about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextVerb {
    /// Each line where a match begins is a hit.
    Forbid,
    /// A file without a match is a hit.
    Require,
}

impl TextCheck {
    /// The hits in one file.
    pub fn hits(&self, text: &str) -> FileHits {
        match self.verb {
            TextVerb::Forbid => self.forbidden(text, MAX_SEARCHED),
            TextVerb::Require => self.missing(text),
        }
    }

    fn missing(&self, text: &str) -> FileHits {
        let mut hits = FileHits::default();
        if !self.expression.is_match(text) {
            hits.places.push(HitPlace {
                span: 0..0,
                line: 1,
                detail: format!("no line matches `{}`", shown(self.expression.as_written())),
                identity: Identity::default(),
            });
        }
        hits
    }

    fn forbidden(&self, text: &str, mut budget: usize) -> FileHits {
        let mut hits = FileHits::default();
        let mut lines = LineCounter::new(text);
        let mut at = 0;
        while let Some(found) = self.expression.find_from(text, at) {
            budget = budget.saturating_sub(text.len() - at);
            if budget == 0 || hits.places.len() == MAX_HITS {
                hits.is_cut = true;
                break;
            }
            let touched = lines_around(text, &found);
            let excused = |unless: &Expression| unless.is_match_within(text, touched.clone());
            let next_line = text[found.start..]
                .find('\n')
                .map_or(text.len() + 1, |length| found.start + length + 1);
            // One hit for each line where a match begins; and the search always moves on, also after an empty match.
            at = found.end.max(next_line);
            if self.unless.as_ref().is_some_and(excused) {
                continue;
            }
            let words = &text[found.clone()];
            hits.places.push(HitPlace {
                line: lines.line_of(found.start),
                detail: format!("`{}`", shown(words)),
                identity: Identity::nameless(folded(words)),
                span: found,
            });
        }
        hits
    }
}

/// The bytes of the lines that a match touches, without the last line's end.
fn lines_around(text: &str, found: &Range<usize>) -> Range<usize> {
    let start = text[..found.start].rfind('\n').map_or(0, |newline| newline + 1);
    // A match that ends with a line's end touches no further line.
    let last = found.end - usize::from(found.end > found.start && text[..found.end].ends_with('\n'));
    let end = text[last..].find('\n').map_or(text.len(), |length| last + length);
    start..end
}

/// Blanks folded to one, so that a reformatted match is the same one.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first words of a match, on one line.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let line = folded(text);
    let mut cut: String = line.chars().take(MOST).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

/// Counts lines up to places that only move forward.
struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> LineCounter<'t> {
    fn new(text: &'t str) -> Self {
        LineCounter { text, at: 0, line: 1 }
    }

    fn line_of(&mut self, place: usize) -> usize {
        let passed = self.text.as_bytes().get(self.at..place).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').count() - 1;
        self.at = self.at.max(place);
        self.line
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

    use super::*;

    fn forbid(expression: &str, unless: Option<&str>) -> TextCheck {
        TextCheck {
            verb: TextVerb::Forbid,
            expression: Expression::parse(expression).unwrap(),
            unless: unless.map(|unless| Expression::parse(unless).unwrap()),
        }
    }

    fn lines(check: &TextCheck, text: &str) -> Vec<usize> {
        check.hits(text).places.iter().map(|place| place.line).collect()
    }

    #[test]
    fn each_line_where_a_match_begins_is_one_hit_unless_its_lines_are_excused() {
        let index = forbid("CREATE +(UNIQUE +)?INDEX", Some("CONCURRENTLY"));
        let text =
            "CREATE INDEX a; CREATE INDEX b;\nCREATE INDEX CONCURRENTLY c;\n-- x\nCREATE UNIQUE  INDEX d;";
        assert_eq!(lines(&index, text), [1, 4]);
        let d = &index.hits(text).places[1];
        assert_eq!(
            (&text[d.span.clone()], d.identity.named.as_str()),
            ("CREATE UNIQUE  INDEX", "CREATE UNIQUE INDEX")
        );
    }

    #[test]
    fn a_match_over_lines_is_excused_by_any_line_that_it_touches() {
        let kinds = forbid(r"(?s)enum Kind \{.*?\}", Some(r"Unknown,?\s*\}"));
        assert_eq!(lines(&kinds, "enum Kind {\n A,\n B\n}\n"), [1]);
        assert_eq!(
            lines(&kinds, "x\nenum Kind {\n A,\n Unknown\n}\n"),
            Vec::<usize>::new()
        );
    }

    #[test]
    fn an_empty_match_is_a_hit_and_the_search_ends() {
        assert_eq!(lines(&forbid("^", None), "a\nb\n"), [1, 2, 3]);
        assert_eq!(lines(&forbid("x*", None), ""), [1]);
        assert_eq!(lines(&forbid(r"\n", None), "a\n\nb"), [1, 2]);
    }

    #[test]
    fn a_file_without_a_required_match_is_one_hit_on_line_1() {
        let user = TextCheck {
            verb: TextVerb::Require,
            expression: Expression::parse("^USER +[^ ]").unwrap(),
            unless: None,
        };
        assert_eq!(lines(&user, "FROM a\n"), [1]);
        assert_eq!(lines(&user, "FROM a\nUSER app\n"), Vec::<usize>::new());
    }

    #[test]
    fn quadratic_searches_end_after_a_hundred_hits() {
        let check = forbid(".*[^A-Z]|[A-Z]", None);
        let hits = check.hits(&"A".repeat(80_000));
        assert_eq!((hits.places.len(), hits.is_cut), (1, false));
        let hits = check.hits(&"A\n".repeat(80_000));
        assert_eq!((hits.places.len(), hits.is_cut), (MAX_HITS, true));
        let excused = forbid("(?s)a.*z|a", Some("a"));
        let hits = excused.forbidden(&"a\n".repeat(50_000), 5_000_000);
        assert_eq!((hits.places.len(), hits.is_cut), (0, true));
    }
}
