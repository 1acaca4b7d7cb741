//! Where comments are in a file, by the language that its name shows.
//!
//! Input: a path and a text. Output: the bytes of each comment; how a new comment is written. Not here: what a comment says (`allow`).
//!
//! This reads comments and literals only, no language as a whole, so it may miss a comment that follows an unusual literal. It does
//! not take a literal for a comment. Where a string has no end, its quote counts as an ordinary character.

use std::ops::Range;

/// What comments and literals look like in a language.
#[derive(Debug)]
pub struct CommentSyntax {
    /// What begins a comment up to the end of the line, and where it may be.
    line: &'static [(&'static str, SignPlace)],
    /// What begins and what ends a comment.
    block: &'static [(&'static str, &'static str)],
    strings: &'static [StringSyntax],
    /// Whether `'` is around one character only, as in Rust, where it also begins a lifetime.
    has_char_literals: bool,
    /// How a person writes a comment; none: the format has none, or not everywhere.
    usual: Option<(&'static str, &'static str)>,
}

/// Where a sign begins a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignPlace {
    Anywhere,
    /// After a blank, or as the first character of a line.
    AfterBlank,
    /// With nothing but blanks before it in its line.
    LineStart,
}

/// What a literal looks like.
#[derive(Debug)]
struct StringSyntax {
    open: &'static str,
    close: &'static str,
    /// Whether `\` keeps the next character from ending it.
    has_escapes: bool,
    spans_lines: bool,
    /// Whether it may begin after a letter or digit, as in `f"…"`. Otherwise that is an apostrophe.
    after_word: bool,
}

const fn quoted(quote: &'static str, has_escapes: bool) -> StringSyntax {
    StringSyntax {
        open: quote,
        close: quote,
        has_escapes,
        spans_lines: false,
        after_word: false,
    }
}

const fn long(open: &'static str, close: &'static str, has_escapes: bool) -> StringSyntax {
    StringSyntax {
        open,
        close,
        has_escapes,
        spans_lines: true,
        after_word: true,
    }
}

use SignPlace::{AfterBlank, Anywhere, LineStart};

const HASH: CommentSyntax = CommentSyntax {
    line: &[("#", AfterBlank)],
    block: &[("{{/*", "*/"), ("{{- /*", "*/"), ("{#", "#}")],
    strings: &[quoted("\"", true), quoted("'", false)],
    has_char_literals: false,
    usual: Some(("# ", "")),
};
const PYTHON: CommentSyntax = CommentSyntax {
    line: &[("#", Anywhere)],
    block: &[],
    strings: &[
        long("\"\"\"", "\"\"\"", true),
        long("'''", "'''", true),
        StringSyntax {
            after_word: true,
            ..quoted("\"", true)
        },
        StringSyntax {
            after_word: true,
            ..quoted("'", true)
        },
    ],
    ..HASH
};
const TOML: CommentSyntax = CommentSyntax { block: &[], ..PYTHON };
const POWERSHELL: CommentSyntax = CommentSyntax {
    block: &[("<#", "#>")],
    strings: &[quoted("\"", false), quoted("'", false)],
    ..HASH
};
const HCL: CommentSyntax = CommentSyntax {
    line: &[("#", Anywhere), ("//", Anywhere)],
    block: &[("/*", "*/")],
    strings: &[quoted("\"", true)],
    ..HASH
};
const C_LIKE: CommentSyntax = CommentSyntax {
    line: &[("//", Anywhere)],
    block: &[("/*", "*/")],
    strings: &[
        long("\"\"\"", "\"\"\"", true),
        StringSyntax {
            after_word: true,
            ..quoted("\"", true)
        },
        quoted("'", true),
        long("`", "`", true),
    ],
    has_char_literals: false,
    usual: Some(("// ", "")),
};
const GO: CommentSyntax = CommentSyntax {
    strings: &[quoted("\"", true), quoted("'", true), long("`", "`", false)],
    ..C_LIKE
};
const RUST: CommentSyntax = CommentSyntax {
    strings: &[
        long("r##\"", "\"##", false),
        long("r#\"", "\"#", false),
        long("r\"", "\"", false),
        long("\"", "\"", true),
    ],
    has_char_literals: true,
    ..C_LIKE
};
const PHP: CommentSyntax = CommentSyntax {
    line: &[("//", Anywhere), ("#", AfterBlank)],
    ..C_LIKE
};
const JSON: CommentSyntax = CommentSyntax {
    strings: &[quoted("\"", true)],
    usual: None,
    ..C_LIKE
};
const CSS: CommentSyntax = CommentSyntax {
    line: &[("//", AfterBlank)],
    usual: Some(("/* ", " */")),
    ..C_LIKE
};
const DASHES: CommentSyntax = CommentSyntax {
    line: &[("--", Anywhere)],
    block: &[("/*", "*/"), ("{-", "-}")],
    strings: &[
        StringSyntax {
            spans_lines: true,
            ..quoted("'", false)
        },
        quoted("\"", true),
    ],
    usual: Some(("-- ", "")),
    ..HASH
};
// Front matter has comments of YAML.
const MARKUP: CommentSyntax = CommentSyntax {
    line: &[("#", LineStart)],
    block: &[("<!--", "-->"), ("/*", "*/")],
    strings: &[],
    usual: Some(("<!-- ", " -->")),
    ..HASH
};
const SEMICOLON: CommentSyntax = CommentSyntax {
    line: &[(";", AfterBlank), ("#", AfterBlank)],
    block: &[],
    strings: &[quoted("\"", true)],
    usual: Some(("; ", "")),
    ..HASH
};
const PERCENT: CommentSyntax = CommentSyntax {
    line: &[("%", Anywhere)],
    block: &[],
    strings: &[quoted("\"", true)],
    usual: Some(("% ", "")),
    ..HASH
};
const BASIC: CommentSyntax = CommentSyntax {
    line: &[
        ("'", Anywhere),
        ("rem ", LineStart),
        ("REM ", LineStart),
        ("Rem ", LineStart),
        ("::", LineStart),
    ],
    block: &[],
    strings: &[quoted("\"", false)],
    usual: Some(("rem ", "")),
    ..HASH
};
const UNKNOWN: CommentSyntax = CommentSyntax {
    line: &[
        ("#", AfterBlank),
        ("//", AfterBlank),
        ("--", AfterBlank),
        (";", AfterBlank),
        ("%", AfterBlank),
    ],
    block: &[("/*", "*/"), ("<!--", "-->")],
    ..HASH
};

impl CommentSyntax {
    /// The syntax of a file, by its name.
    pub fn new(path: &str) -> &'static Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            // Without an ending: Dockerfile, Makefile, CODEOWNERS, scripts.
            "" | "yaml" | "yml" | "sh" | "bash" | "zsh" | "fish" | "rb" | "pl" | "r" | "ex" | "exs"
            | "nix" | "mk" | "dockerfile" | "conf" | "env" | "tpl" => &HASH,
            "py" | "pyi" => &PYTHON,
            "toml" => &TOML,
            "ps1" | "psm1" => &POWERSHELL,
            "tf" | "tfvars" | "hcl" => &HCL,
            "rs" => &RUST,
            "go" => &GO,
            "php" => &PHP,
            "java" | "kt" | "kts" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "c"
            | "h" | "cc" | "cpp" | "hpp" | "cs" | "swift" | "proto" | "scala" | "gradle" | "groovy"
            | "dart" => &C_LIKE,
            "json" | "jsonc" | "json5" => &JSON,
            "css" | "scss" | "less" => &CSS,
            "sql" | "lua" | "hs" => &DASHES,
            "md" | "mdc" | "html" | "xml" | "vue" | "svelte" => &MARKUP,
            "ini" | "cfg" | "clj" | "lisp" | "el" | "asm" => &SEMICOLON,
            "tex" | "erl" => &PERCENT,
            "vb" | "vbs" | "bas" | "bat" | "cmd" => &BASIC,
            _ => &UNKNOWN,
        }
    }

    /// How a person writes a comment: what is before it and after it. None: the format has none, or not everywhere.
    pub fn usual(&self) -> Option<(&'static str, &'static str)> {
        self.usual
    }

    /// The bytes of each comment, in the order of the text.
    pub fn comments(&self, text: &str) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        // For each kind of literal: up to where it is known that none ends, so that no part of the text is searched twice for an end.
        let mut endless = vec![0; self.strings.len()];
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let block = self
                .block
                .iter()
                .find(|(open, _)| rest.starts_with(open.as_bytes()));
            let line = || {
                let mut signs = self.line.iter();
                signs.any(|(sign, place)| rest.starts_with(sign.as_bytes()) && place.holds(&bytes[..at]))
            };
            if let Some((open, close)) = block {
                let end = find(bytes, at + open.len(), close).unwrap_or(bytes.len());
                found.push(at..end);
                at = end;
            } else if line() {
                let end = rest.iter().position(|byte| *byte == b'\n');
                let end = end.map_or(bytes.len(), |length| at + length);
                found.push(at..end);
                at = end;
            } else {
                at = self.literal(bytes, at, &mut endless).unwrap_or(at + 1);
            }
        }
        found
    }

    /// The end of the literal that begins at a byte; none: there is none.
    fn literal(&self, bytes: &[u8], at: usize, endless: &mut [usize]) -> Option<usize> {
        if self.has_char_literals && bytes[at] == b'\'' {
            return char_literal(bytes, at);
        }
        let is_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let opens = |string: &StringSyntax| bytes[at..].starts_with(string.open.as_bytes());
        let kind = self.strings.iter().position(opens)?;
        let string = &self.strings[kind];
        if is_word && !string.after_word || at < endless[kind] {
            return None;
        }
        match string.end(bytes, at + string.open.len()) {
            Ok(end) => Some(end),
            Err(searched) => {
                endless[kind] = searched;
                None
            }
        }
    }
}

impl SignPlace {
    /// Whether a sign after these bytes begins a comment.
    fn holds(self, before: &[u8]) -> bool {
        let last = before.last().copied();
        match self {
            SignPlace::Anywhere => true,
            SignPlace::AfterBlank => last.is_none_or(|byte| byte.is_ascii_whitespace()),
            SignPlace::LineStart => {
                let mut others = before
                    .iter()
                    .rev()
                    .skip_while(|byte| matches!(byte, b' ' | b'\t'));
                others.next().is_none_or(|byte| *byte == b'\n')
            }
        }
    }
}

impl StringSyntax {
    /// The end of a literal of which the text begins at a byte; an error: it has none up to this byte.
    fn end(&self, bytes: &[u8], start: usize) -> Result<usize, usize> {
        let mut at = start;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(self.close.as_bytes()) {
                return Ok(at + self.close.len());
            }
            match rest[0] {
                b'\\' if self.has_escapes => at += 2,
                b'\n' if !self.spans_lines => return Err(at),
                _ => at += 1,
            }
        }
        Err(bytes.len())
    }
}

/// The end of `'x'` or `'\n'`; none: the quote begins a lifetime.
fn char_literal(bytes: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 12; // '\u{10ffff}'
    let near = bytes.get(at + 1..bytes.len().min(at + LONGEST))?;
    let from = match near.first()? {
        b'\\' => 2,
        first => match first.leading_ones() {
            0 => 1,
            length => usize::try_from(length).unwrap_or(1),
        },
    };
    let is_escape = near.first() == Some(&b'\\');
    let closing = near.iter().skip(from).position(|byte| *byte == b'\'')?;
    (is_escape || closing == 0).then_some(at + 1 + from + closing + 1)
}

/// The end of the first `word` at or after a byte.
fn find(bytes: &[u8], start: usize, word: &str) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let at = rest
        .windows(word.len())
        .position(|window| window == word.as_bytes())?;
    Some(start + at + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments<'t>(path: &str, text: &'t str) -> Vec<&'t str> {
        let found = CommentSyntax::new(path).comments(text);
        found.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn comments_are_found_and_literals_are_none() {
        for (path, text, expected) in [
            (
                "a.yaml",
                "a: 1 # one\nb: \"x # y\"\nc: don't # two\nd: 'e # f' # g",
                &["# one", "# two", "# g"][..],
            ),
            ("a.yaml", "a: b#c\nurl: http://x#y\n{{/* z */}}\n", &["{{/* z */"]),
            (
                "a.py",
                "x = f'# a'  # b\ny = '''\n# c\n'''\nz = \"\\\"# d\" #e\n",
                &["# b", "#e"],
            ),
            (
                "a.rs",
                "let s = \"// a\n// b\"; // c\nfn f<'a>(x: &'a str) {} // d\nlet q = '\"'; // e\n",
                &["// c", "// d", "// e"],
            ),
            (
                "a.rs",
                "let s = r#\"\" // a\"#; /* b\n c */ let c = '\\''; // d",
                &["/* b\n c */", "// d"],
            ),
            (
                "a.ts",
                "const u = \"http://x // a\"; // b\nconst t = `\n// c\n`;\n<p>don't</p> // d",
                &["// b", "// d"],
            ),
            ("a.go", "s := `\\` // a", &["// a"]),
            ("a.sql", "SELECT '-- a', 'it''s' -- b\n", &["-- b"]),
            ("a.tf", "a = \"# ${b}\" // c\n# d", &["// c", "# d"]),
            (
                "a.md",
                "---\n# a\n---\nb # c <!-- d -->\n",
                &["# a", "<!-- d -->"],
            ),
            ("a.json", "{ \"a\": \"// b\" } // c", &["// c"]),
            ("Dockerfile", "RUN echo \"# a\"\n# b", &["# b"]),
            ("a.vbs", "x = \"' a\" ' b\nREM c", &["' b", "REM c"]),
            ("a.zig", "x = \"// a\"; // b", &["// b"]),
            ("a.cpp", "int n = 1'000; // a", &["// a"]),
            ("a.py", "\"\"\"open # a", &["# a"]),
            ("a.c", "/* open", &["/* open"]),
        ] {
            assert_eq!(comments(path, text), expected, "{path}: {text}");
        }
    }

    #[test]
    fn any_bytes_are_read_in_time_that_grows_with_them() {
        for path in ["a.yaml", "a.rs", "a.ts", "a.sql", "a.md", "a.unknown", "a.py"] {
            for piece in [
                "'", "\"", "`", "\\\"", "'\\", "/*", "{{/*", "ä'", "r#\"", "\"\"\"", "\n\"#",
            ] {
                let text = piece.repeat(20_000);
                let found = CommentSyntax::new(path).comments(&text);
                assert!(
                    found.iter().all(|range| text.get(range.clone()).is_some()),
                    "{path} {piece}"
                );
            }
        }
    }
}
