//! A regular expression of a check.
//!
//! Input: the expression as a lesson has it, and text. Output: whether and where it matches, or which bytes of it are wrong.
//! Not here: what a match means (`text_check`, `condition`). The syntax is that of the crate regex: no look-around and no back
//! references, so one search takes time in proportion to the text.

use std::ops::Range;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_syntax::hir::Hir;

/// A longer expression is refused: people could not review it.
pub const MAX_CHARACTERS: usize = 500;

/// What a compiled expression may take, so that `(a{1000}){1000}` is refused at once.
const MAX_COMPILED: usize = 1 << 20;

/// A compiled expression. `^` and `$` match at lines, also at those that end with CRLF; `.` matches inside one.
#[derive(Debug, Clone)]
pub struct Expression {
    written: String,
    regex: Regex,
}

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionProblem {
    /// The bytes of the expression that are wrong.
    pub span: Range<usize>,
    /// What is wrong, one sentence.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

impl Expression {
    /// Compiles an expression.
    pub fn parse(written: &str) -> Result<Expression, ExpressionProblem> {
        let whole = 0..written.len();
        let characters = written.chars().count();
        if characters > MAX_CHARACTERS {
            return Err(ExpressionProblem {
                span: whole,
                message: format!("the expression has {characters} characters, more than {MAX_CHARACTERS}"),
                help: Some("write two checks, each with a shorter expression".to_owned()),
            });
        }
        if written.is_empty() {
            return Err(ExpressionProblem {
                span: whole,
                message: "the expression is empty, so it matches everywhere".to_owned(),
                help: Some("write what must, or must not, be in the file".to_owned()),
            });
        }
        let tree = hir(written)?;
        let config = Regex::config()
            .nfa_size_limit(Some(MAX_COMPILED))
            .onepass_size_limit(Some(MAX_COMPILED));
        match Regex::builder().configure(config).build_from_hir(&tree) {
            Ok(regex) => Ok(Expression {
                written: written.to_owned(),
                regex,
            }),
            Err(_) => Err(ExpressionProblem {
                span: whole,
                message: "the expression is too large once it is compiled".to_owned(),
                help: Some("write smaller numbers in braces".to_owned()),
            }),
        }
    }

    /// The expression as the lesson has it.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// Whether it matches somewhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Whether it matches somewhere in a part of the text; what is around the part counts for `^`, `$` and `\b`.
    pub fn is_match_within(&self, text: &str, part: Range<usize>) -> bool {
        part.start <= part.end && part.end <= text.len() && self.regex.is_match(Input::new(text).range(part))
    }

    /// The first match that begins at or after a byte.
    pub fn find_from(&self, text: &str, start: usize) -> Option<Range<usize>> {
        if start > text.len() {
            return None;
        }
        let input = Input::new(text).range(start..);
        self.regex.find(input).map(|found| found.range())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Expression {}

/// The parsed expression, or the bytes that are wrong.
fn hir(written: &str) -> Result<Hir, ExpressionProblem> {
    let parsed = regex_syntax::ParserBuilder::new()
        .multi_line(true)
        .crlf(true)
        .nest_limit(100)
        .build()
        .parse(written);
    let (span, message, looks_around) = match parsed {
        Ok(tree) => return Ok(tree),
        Err(regex_syntax::Error::Parse(error)) => {
            use regex_syntax::ast::ErrorKind;
            let looks_around = matches!(error.kind(), ErrorKind::UnsupportedLookAround);
            let refers_back = matches!(error.kind(), ErrorKind::UnsupportedBackreference);
            (
                *error.span(),
                error.kind().to_string(),
                looks_around || refers_back,
            )
        }
        Err(regex_syntax::Error::Translate(error)) => (*error.span(), error.kind().to_string(), false),
        Err(other) => {
            return Err(ExpressionProblem {
                span: 0..written.len(),
                message: other.to_string(),
                help: None,
            });
        }
    };
    let help = looks_around.then(|| "write what excuses a match as `unless: '…'`".to_owned());
    Err(ExpressionProblem {
        span: span.start.offset..span.end.offset.max(span.start.offset),
        message: format!("the expression can't be read: {message}"),
        help,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

    use super::*;

    #[test]
    fn anchors_match_at_lines_and_a_dot_stays_inside_one() {
        let user = Expression::parse("^USER +[^ ]").unwrap();
        assert!(user.is_match("FROM a\nUSER app\n"));
        assert!(!user.is_match("FROM a\n # USER app\n"));
        let windows = Expression::parse("^USER [a-z]+$").unwrap();
        assert!(windows.is_match("FROM a\r\nUSER app\r\n"));
        let dots = Expression::parse("a.*b").unwrap();
        assert!(!dots.is_match("a\nb"));
        assert_eq!(dots.find_from("ab ab", 1), Some(3..5));
        assert_eq!(dots.find_from("ab", 3), None);
    }

    #[test]
    fn a_mistake_has_its_bytes() {
        for (written, span, word) in [
            ("CREATE (INDEX", 7..8, "unclosed group"),
            ("a(?!b)", 1..4, "look-around"),
            ("(a)\\1", 3..5, "backreferences"),
            ("[z-a]", 1..4, "invalid character class range"),
            ("", 0..0, "empty"),
        ] {
            let problem = Expression::parse(written).unwrap_err();
            assert_eq!(problem.span, span, "{written}: {problem:?}");
            assert!(problem.message.contains(word), "{written}: {problem:?}");
        }
    }

    #[test]
    fn bombs_are_refused_at_once() {
        for bomb in [
            "(a{1000}){1000}".to_owned(),
            "((((a{100}){100}){100}){100})".to_owned(),
            "(".repeat(400),
            "x".repeat(501),
            r"(\w{1000}\d{1000}){500}".to_owned(),
        ] {
            assert!(Expression::parse(&bomb).is_err(), "{bomb}");
        }
    }
}
