//! The lines of a target that a lesson was learned from, and a hash by which a change of them is noticed.
//!
//! Input: one text of the list `evidence`. Output: an [`Evidence`]. Not here: comparing it with the target (crate `audit`).

use std::fmt;

use sha2::{Digest, Sha256};

/// How many hexadecimal digits of the SHA-256 are kept.
const DIGITS: usize = 16;
const HASH: &str = "@sha256:";

/// Lines of a file: `acme/shop:deploy/web.yaml#L3-L9@sha256:1f0a9c3b7d2e4f60`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The target's name in `targets.yaml`.
    pub target: String,
    /// The file in it.
    pub path: String,
    /// The first line, from 1.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// What [`Evidence::hash`] returned for these lines; none until `audit --fix` writes it.
    pub hash: Option<String>,
}

impl Evidence {
    /// Reads `TARGET:PATH#Lfirst-Llast`, with or without the hash.
    pub fn parse(text: &str) -> Option<Self> {
        let (place, hash) = match text.split_once(HASH) {
            Some((place, hash)) => (place, Some(hash)),
            None => (text, None),
        };
        let is_hash =
            |hash: &str| hash.len() == DIGITS && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hash.is_some_and(|hash| !is_hash(hash)) {
            return None;
        }
        let (file, lines) = place.rsplit_once("#L")?;
        let (target, path) = file.split_once(':')?;
        let (first, last) = lines.split_once("-L").unwrap_or((lines, lines));
        let (first, last) = (number(first)?, number(last)?);
        let is_path = !path.is_empty() && !path.starts_with('/') && !path.ends_with('/');
        (is_path && !target.is_empty() && first <= last).then(|| Evidence {
            target: target.to_owned(),
            path: path.to_owned(),
            first,
            last,
            hash: hash.map(str::to_owned),
        })
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.last - self.first + 1
    }

    /// Never: there is at least one line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The hash of lines. Line ends and blanks at the ends of lines do not count.
    pub fn hash(lines: &[&str]) -> String {
        let text: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        let digest = Sha256::digest(text.join("\n"));
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        digits.collect::<String>().chars().take(DIGITS).collect()
    }

    /// Lines and file, without the target and the hash: `deploy/web.yaml#L3-L9`.
    pub fn place(&self) -> String {
        let Evidence {
            path, first, last, ..
        } = self;
        if first == last {
            format!("{path}#L{first}")
        } else {
            format!("{path}#L{first}-L{last}")
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.target, self.place())?;
        match &self.hash {
            Some(hash) => write!(f, "{HASH}{hash}"),
            None => Ok(()),
        }
    }
}

/// A number of a line, from 1, without a sign or zeros before it.
fn number(text: &str) -> Option<usize> {
    let number: usize = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_and_written_back_as_it_was() {
        for text in [
            "acme/shop:deploy/web.yaml#L3-L9",
            "acme/shop:deploy/web.yaml#L3-L9@sha256:1f0a9c3b7d2e4f60",
            "../shop:a b#c.md#L7",
            "./:src/a:b.rs#L1-L1000",
        ] {
            let read = Evidence::parse(text).expect(text);
            assert_eq!(read.to_string(), text);
        }
        let read = Evidence::parse("acme/shop:a.md#L3-L9").expect("evidence");
        assert_eq!(
            (read.target.as_str(), read.path.as_str(), read.len()),
            ("acme/shop", "a.md", 7)
        );
    }

    #[test]
    fn what_is_no_place_is_not_read() {
        for text in [
            "",
            "acme/shop",
            "acme/shop:a.md",
            "acme/shop:a.md#L0",
            "acme/shop:a.md#L9-L3",
            "acme/shop:a.md#L03",
            "acme/shop:a.md#L+3",
            "acme/shop:#L3",
            ":a.md#L3",
            "acme/shop:/a.md#L3",
            "acme/shop:a.md#L3-9",
            "acme/shop:a.md#L3@sha256:xyz",
            "acme/shop:a.md#L3@sha256:1F0A9C3B7D2E4F60",
        ] {
            assert_eq!(Evidence::parse(text), None, "{text}");
        }
    }

    #[test]
    fn line_ends_do_not_change_a_hash_and_words_do() {
        let hash = Evidence::hash(&["a:", "  b"]);
        assert_eq!(hash, Evidence::hash(&["a:\r", "  b  "]));
        assert_eq!(hash.len(), DIGITS);
        assert_ne!(hash, Evidence::hash(&["a:", "b"]));
        assert_ne!(hash, Evidence::hash(&["a:"]));
    }
}
