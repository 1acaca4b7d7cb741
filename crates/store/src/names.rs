//! Which words can be names: of lessons, topics, entry points and stores.
//!
//! Input: a word. Output: whether it is a valid name, and otherwise the rule that it breaks. Not here: paths (`writable`).

/// Whether a word can be the name of a lesson, topic or entry point: `[a-z0-9-]+`, and not a device on Windows, where a file of that
/// name can't be checked out.
pub fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !is_device(word)
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The rule that a name breaks, as an instruction.
pub fn name_rule(word: &str) -> &'static str {
    if is_device(word) {
        "use a longer word: Windows reads this name as a device and can't check out a file of that name"
    } else {
        "use only lower-case letters, digits and hyphens"
    }
}

/// Whether a word can be the name of a store, which is used in markers and branch names.
pub fn is_store_name(word: &str) -> bool {
    is_name(word)
        && word.len() <= 60
        && !word.starts_with('-')
        && !word.ends_with('-')
        && !word.contains("--")
}

/// Whether Windows reads a file of this name, with any ending, as a device: `aux`, `con.md`, `COM1`.
pub fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let stem = stem.to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']) || matches!(rest, "¹" | "²" | "³"))
    };
    matches!(
        stem.as_str(),
        "aux" | "con" | "nul" | "prn" | "conin$" | "conout$"
    ) || numbered("com")
        || numbered("lpt")
}
