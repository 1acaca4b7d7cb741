//! Words that several reports share.
//!
//! Input: a number or a commit. Output: text. Not here: counts of other things (`findings::counted`).

pub(super) fn repositories(number: usize) -> String {
    format!(
        "{number} {}",
        if number == 1 { "repository" } else { "repositories" }
    )
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}
