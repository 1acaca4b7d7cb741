//! Finds passwords and keys in a text.
//!
//! Input: a text. Output: what looks like a secret, and its bytes; a message shows at most its first characters.
//! Not here: how the line around it is printed (see [`redact`]).
//!
//! The list is short and precise: token formats that vendors document, private keys, and literals that are assigned to a name such as
//! `password`. Placeholders, as documentation uses them, are not secrets.

use std::ops::Range;

use super::{SuspiciousText, without_overlaps};
use crate::finding::Code;

/// Finds passwords and keys.
pub fn secrets(text: &str) -> Vec<SuspiciousText> {
    let mut found = tokens(text);
    found.extend(private_keys(text));
    found.extend(web_tokens(text));
    // A vendor's name is more precise than "a password", so it takes precedence.
    for span in [assigned(text), in_addresses(text), bearers(text)].concat() {
        if found
            .iter()
            .all(|other| other.span.end <= span.start || span.end <= other.span.start)
        {
            found.push(suspect(text, span, "a password or key"));
        }
    }
    without_overlaps(found)
}

/// The text with the bytes of every secret after the first four characters replaced by `*`. The length does not change, so offsets
/// remain valid.
pub fn redact(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for secret in secrets(text) {
        let kept = shown(&text[secret.span.clone()]).len();
        let start = secret.span.start + kept;
        for byte in &mut bytes[start..secret.span.end] {
            // A private key spans lines, and locations count lines.
            if !matches!(byte, b'\r' | b'\n') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn suspect(text: &str, span: Range<usize>, what: &str) -> SuspiciousText {
    let secret = &text[span.clone()];
    let length = secret.chars().count();
    let begins = match shown(secret) {
        "" => String::new(),
        first => format!(" that begin with `{first}`"),
    };
    SuspiciousText {
        code: Code::LikelySecret,
        message: format!("{length} characters{begins} look like {what}"),
        effect: "everyone who can read a target can use it".into(),
        help: "revoke it, then write a placeholder such as `<your-key>` or `${NAME}`".into(),
        span,
    }
}

/// The first four characters; empty for a short secret, which they would help to guess.
fn shown(secret: &str) -> &str {
    let end = secret.char_indices().nth(4).map_or(0, |(at, _)| at);
    if secret.chars().count() < 12 {
        ""
    } else {
        &secret[..end]
    }
}

struct SecretToken {
    prefix: &'static str,
    /// The smallest and the largest number of characters after the prefix.
    length: (usize, usize),
    alphabet: fn(char) -> bool,
    what: &'static str,
}

const ANY: usize = usize::MAX;

/// Token formats that vendors document: pages of GitHub, GitLab, Slack, Google, Stripe, npm and AWS, and the secret-scanning patterns
/// in GitHub's docs (read 2026-11).
#[rustfmt::skip]
const TOKENS: &[SecretToken] = &[
    SecretToken { prefix: "AKIA", length: (16, 16), alphabet: is_upper, what: "an AWS access key id" },
    SecretToken { prefix: "ASIA", length: (16, 16), alphabet: is_upper, what: "an AWS access key id" },
    SecretToken { prefix: "ghp_", length: (36, ANY), alphabet: is_alphanumeric, what: "a GitHub token" },
    SecretToken { prefix: "gho_", length: (36, ANY), alphabet: is_alphanumeric, what: "a GitHub token" },
    SecretToken { prefix: "ghu_", length: (36, ANY), alphabet: is_alphanumeric, what: "a GitHub token" },
    SecretToken { prefix: "ghs_", length: (36, ANY), alphabet: is_word, what: "a GitHub token" },
    SecretToken { prefix: "ghr_", length: (36, ANY), alphabet: is_alphanumeric, what: "a GitHub token" },
    SecretToken { prefix: "github_pat_", length: (22, ANY), alphabet: is_word, what: "a GitHub token" },
    SecretToken { prefix: "glpat-", length: (20, ANY), alphabet: is_word, what: "a GitLab token" },
    SecretToken { prefix: "xoxa-", length: (10, ANY), alphabet: is_word, what: "a Slack token" },
    SecretToken { prefix: "xoxb-", length: (10, ANY), alphabet: is_word, what: "a Slack token" },
    SecretToken { prefix: "xoxe-", length: (10, ANY), alphabet: is_word, what: "a Slack token" },
    SecretToken { prefix: "xoxp-", length: (10, ANY), alphabet: is_word, what: "a Slack token" },
    SecretToken { prefix: "xoxr-", length: (10, ANY), alphabet: is_word, what: "a Slack token" },
    SecretToken { prefix: "xoxs-", length: (10, ANY), alphabet: is_word, what: "a Slack token" },
    SecretToken { prefix: "AIza", length: (35, 35), alphabet: is_word, what: "a Google API key" },
    SecretToken { prefix: "sk_live_", length: (16, ANY), alphabet: is_alphanumeric, what: "a Stripe key" },
    SecretToken { prefix: "rk_live_", length: (16, ANY), alphabet: is_alphanumeric, what: "a Stripe key" },
    SecretToken { prefix: "npm_", length: (36, 36), alphabet: is_alphanumeric, what: "an npm token" },
    SecretToken { prefix: "sk-ant-", length: (20, ANY), alphabet: is_word, what: "an Anthropic key" },
    SecretToken { prefix: "sk-proj-", length: (20, ANY), alphabet: is_word, what: "an OpenAI key" },
];

fn is_upper(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn tokens(text: &str) -> Vec<SuspiciousText> {
    let mut found = Vec::new();
    // One pass for all formats: every text is checked, and nearly none contains a token.
    let pairs = text.as_bytes().windows(2).enumerate();
    for (at, _) in pairs.filter(|(_, pair)| may_start(pair)) {
        for token in TOKENS.iter().filter(|token| text[at..].starts_with(token.prefix)) {
            let body = run(&text[at + token.prefix.len()..], token.alphabet);
            let fits = (token.length.0..=token.length.1).contains(&body.len());
            let starts_word = !text[..at].ends_with(is_word);
            if fits && starts_word && body.contains(|c: char| c.is_ascii_digit()) && !is_placeholder(body) {
                let span = at..at + token.prefix.len() + body.len();
                found.push(suspect(text, span, token.what));
            }
        }
    }
    found
}

/// Whether one of the token formats begins with these two bytes.
fn may_start(pair: &[u8]) -> bool {
    matches!(
        pair,
        b"AK" | b"AS" | b"AI" | b"gh" | b"gi" | b"gl" | b"np" | b"rk" | b"sk" | b"xo"
    )
}

fn run(text: &str, alphabet: fn(char) -> bool) -> &str {
    &text[..text.find(|c| !alphabet(c)).unwrap_or(text.len())]
}

/// Private keys, up to their last line if there is one. A first line that is only quoted, as in "files with `…`", does not count.
fn private_keys(text: &str) -> Vec<SuspiciousText> {
    let mut found = Vec::new();
    if !text.contains("-----BEGIN ") {
        return found;
    }
    // The last key's name, and the offset of the end line that was found for it.
    let mut ends: Option<(String, Option<usize>)> = None;
    for (at, begin) in text.match_indices("-----BEGIN ") {
        let rest = &text[at + begin.len()..];
        let name = run(rest, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
        let after = rest[name.len()..].strip_prefix("-----");
        if let Some(after) = after
            && (name.ends_with("PRIVATE KEY") || name.ends_with("PRIVATE KEY BLOCK"))
            && !after.starts_with(['`', '\'', '"'])
        {
            let here = text.len() - after.len();
            // A search that an earlier key already made is not repeated.
            let known = match &ends {
                Some((known, end)) if known == name && end.is_none_or(|end| end >= here) => *end,
                _ => {
                    let end_line = format!("-----END {name}-----");
                    after.find(&end_line).map(|length| here + length + end_line.len())
                }
            };
            ends = Some((name.to_owned(), known));
            let length = known.map_or(0, |end| end - here);
            found.push(SuspiciousText {
                message: "a private key begins here".into(),
                ..suspect(text, at..text.len() - after.len() + length, "a private key")
            });
        }
    }
    found
}

/// JSON web tokens: three parts, the first two of which are JSON objects in base64.
fn web_tokens(text: &str) -> Vec<SuspiciousText> {
    /// The signature of the token that jwt.io and many manuals show.
    const DOCUMENTED: &str = "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let mut found = Vec::new();
    if !text.contains("eyJ") {
        return found;
    }
    for (at, _) in text.match_indices("eyJ") {
        if text[..at].ends_with(is_word) {
            continue;
        }
        let part = |from: usize| run(text.get(from..).unwrap_or_default(), is_word);
        let behind = |from: usize| match text.get(from..) {
            Some(rest) if rest.starts_with('.') => part(from + 1),
            _ => "",
        };
        let head = part(at);
        let body = behind(at + head.len());
        let signature = behind(at + head.len() + 1 + body.len());
        let long = head.len() > 12 && body.len() > 12 && signature.len() > 12;
        if long && body.starts_with("eyJ") && signature != DOCUMENTED {
            let length = head.len() + body.len() + signature.len() + 2;
            found.push(suspect(text, at..at + length, "a JSON web token"));
        }
    }
    found
}

/// The literals in `password: literal`, `api_key = "literal"`, `"clientSecret": "literal"`.
fn assigned(text: &str) -> Vec<Range<usize>> {
    /// How far to search for the name before a colon. Names are shorter, and the limit bounds the work on a text of only colons.
    const MAX_DISTANCE: usize = 200;
    const KEYS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "accesskey",
        "access_key",
        "access-key",
        "secretkey",
        "secret_key",
        "secret-key",
        "privatekey",
        "private_key",
        "private-key",
        "authkey",
        "auth_key",
    ];
    let mut found = Vec::new();
    let signs = text.bytes().enumerate();
    for (at, sign) in signs.filter(|(_, byte)| matches!(byte, b':' | b'=')) {
        let mut from = at.saturating_sub(MAX_DISTANCE);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let left = text[from..at]
            .trim_end_matches([' ', '\t', ':'])
            .trim_end_matches(['"', '\'', '`']);
        let key_length = left.chars().rev().take_while(|c| is_word(*c)).count();
        let key = &left.as_bytes()[left.len() - key_length..];
        let ends_with = |name: &&str| {
            let end = key.len().checked_sub(name.len());
            end.is_some_and(|end| key[end..].eq_ignore_ascii_case(name.as_bytes()))
        };
        if !KEYS.iter().any(ends_with) {
            continue;
        }
        let rest = &text[at + 1..];
        let value = rest
            .trim_start_matches(['=', '>'])
            .trim_start_matches([' ', '\t']);
        // `token:abc` is part of something else; in YAML and JSON a space or a quote follows the colon.
        if sign == b':' && !rest.starts_with([' ', '\t', '"', '\'', '=']) {
            continue;
        }
        let start = text.len() - value.len();
        let quoted = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let (start, value) = match quoted {
            Some(mark) => {
                let line = value[1..].lines().next().unwrap_or_default();
                (start + 1, line.split(mark).next().unwrap_or_default())
            }
            None => (
                start,
                value
                    .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '`'))
                    .next()
                    .unwrap_or_default(),
            ),
        };
        let value = if quoted.is_some() {
            value
        } else {
            value.trim_end_matches(['.', ')', ']', '}', '!', '?', ':'])
        };
        if is_literal_secret(value, quoted.is_some()) {
            found.push(start..start + value.len());
        }
    }
    found
}

/// The literals in `https://user:literal@host`.
fn in_addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains("://") {
        return found;
    }
    for (at, sign) in text.match_indices("://") {
        let start = at + sign.len();
        let rest = &text[start..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>'));
        let authority = &rest[..end.unwrap_or(rest.len())];
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((name, password)) = user.split_once(':')
            && is_literal_secret(password, true)
        {
            let start = start + name.len() + 1;
            found.push(start..start + password.len());
        }
    }
    found
}

/// The literals in `Authorization: Bearer literal`.
fn bearers(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains("Bearer ") {
        return found;
    }
    for (at, sign) in text.match_indices("Bearer ") {
        let start = at + sign.len();
        let token = run(&text[start..], |c| {
            is_word(c) || matches!(c, '.' | '~' | '+' | '/' | '=')
        });
        if token.len() >= 20 && is_literal_secret(token, true) {
            found.push(start..start + token.len());
        }
    }
    found
}

/// Whether an assigned value is itself a secret, and not a placeholder, a variable, a name or a word.
fn is_literal_secret(value: &str, quoted: bool) -> bool {
    let length = value.chars().count();
    if !(8..=512).contains(&length) || value.contains(char::is_whitespace) {
        return false;
    }
    let refers = value.starts_with([
        '$', '<', '{', '[', '(', '&', '%', '@', '/', '.', '~', '\\', '#', '*',
    ]) || ["${", "$(", "{{", "://", "...", "…", "***", "::"]
        .iter()
        .any(|part| value.contains(part))
        || (!quoted && value.contains(['(', ')', '[', ']', '{', '}', '<', '>']));
    let lower = value.to_ascii_lowercase();
    let weak = ["password", "passwort", "secret", "test", "token", "none", "null"]
        .iter()
        .any(|word| lower.contains(word));
    if refers || weak || is_name(value, quoted) || is_placeholder(value) {
        return false;
    }
    let has = |class: fn(char) -> bool| value.contains(class);
    let letter_and_digit = has(char::is_alphabetic) && has(|c| c.is_ascii_digit());
    let three_classes = length >= 10
        && has(char::is_uppercase)
        && has(char::is_lowercase)
        && has(|c| c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '.'));
    // With less entropy, a text of this length repeats itself: `aaaa1111`.
    (letter_and_digit || three_classes) && entropy(value) >= 2.9
}

/// Whether a value is a name such as `var.db_password`, `app-db-v2` or `githubToken2`: parts that are words, each followed by at most
/// two digits.
fn is_name(value: &str, quoted: bool) -> bool {
    let parts: Vec<&str> = value.split(['.', '-', '_', '/']).collect();
    let is_part = |part: &&str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        let word = letters.chars().all(char::is_alphabetic);
        let cased = letters.chars().skip(1).filter(|c| c.is_uppercase()).count() <= 2
            || letters.chars().all(char::is_uppercase);
        word && cased && (digits <= 2 || (letters.is_empty() && digits <= 4))
    };
    let identifier = parts.len() > 1 || !quoted;
    identifier && parts.iter().all(|part| is_part(part) && part.len() <= 16)
}

/// Whether documentation would write this value instead of a secret: a word such as `example`, the alphabet, one repeated character.
fn is_placeholder(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "example",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "your",
        "dummy",
        "sample",
        "fake",
        "redacted",
        "xxxx",
        "replace",
        "insert",
        "notreal",
        "not-real",
        "todo",
    ];
    let lower = value.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || varied(&lower) < 6
}

/// The number of characters outside runs such as `1234`, `abcd` and `xxxx`.
fn varied(value: &str) -> usize {
    let bytes = value.as_bytes();
    let mut left = 0;
    let mut start = 0;
    while start < bytes.len() {
        let length = |step: u8| {
            let run = bytes[start..]
                .windows(2)
                .take_while(|pair| pair[1] == pair[0].wrapping_add(step));
            run.count() + 1
        };
        let longest = length(0).max(length(1));
        let counted = if longest >= 4 { longest } else { 1 };
        left += usize::from(counted == 1);
        start += counted;
    }
    left
}

/// Shannon entropy in bits per byte.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    let mut total = 0_u32;
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
        total += 1;
    }
    let share = |count: &u32| f64::from(*count) / f64::from(total);
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| share(count) * share(count).log2())
        .sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::{TOKENS, may_start};

    #[test]
    fn every_token_format_is_searched() {
        for token in TOKENS {
            assert!(may_start(&token.prefix.as_bytes()[..2]), "{}", token.prefix);
        }
    }
}
