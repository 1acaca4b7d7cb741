//! Reads the store's name and the lessons' ids from a block.
//!
//! Input: the text between the markers. Output: the store's home and the lessons' ids, as the built-in templates write them.
//! Not here: whether the lessons are visible to assistants (the proof).

/// The store and the lessons that a block names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockHeader {
    /// The store that manages it; `None` if the template does not write it.
    pub home: Option<String>,
    /// Each id that is followed by a severity, with the text before it.
    pub signed: Vec<(String, String)>,
}

/// The text before the home, and the text after it.
const HOMES: [(&str, &str); 4] = [
    ("From ", ", where changes belong"),
    ("Managed by ", ". Edit it there"),
    ("Managed by ", "; edit it there"),
    ("Lessons from ", ": edit them there"),
];

const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

/// Reads the text of a block.
pub fn frame(inner: &str) -> BlockHeader {
    let text = inner.split_whitespace().collect::<Vec<_>>().join(" ");
    BlockHeader {
        home: home(&text),
        signed: signed(&text),
    }
}

/// The home in a text on one line, which is a block's or a commit message's.
pub fn home(text: &str) -> Option<String> {
    HOMES.iter().find_map(|(before, behind)| {
        let end = text.find(behind)?;
        let start = text[..end].rfind(before)? + before.len();
        let home = text[start..end].trim_matches(['`', '*', '_', ' ']);
        (!home.is_empty()).then(|| home.to_owned())
    })
}

fn signed(text: &str) -> Vec<(String, String)> {
    let mut signed = Vec::new();
    let mut last = 0;
    for (at, _) in text.match_indices("(`") {
        let rest = &text[at + 2..];
        let Some((id, behind)) = rest.split_once("`, ") else {
            continue;
        };
        let is_id = id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let word = behind.split([')', ',']).next().unwrap_or_default();
        if is_id && !id.is_empty() && SEVERITIES.contains(&word) {
            let before = text.get(last..at).unwrap_or_default();
            signed.push((id.to_owned(), before.trim().to_owned()));
            last = at;
        }
    }
    signed
}
