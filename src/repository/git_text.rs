//! Errors of git and paths as text for messages.
//!
//! Input: an error or a path. Output: text that is safe to print. Not here: the messages.

use std::path::Path;

/// The message of an error of gix, from the outermost to the innermost cause, on one line.
pub(super) fn causes(error: &gix::Error) -> String {
    let mut messages: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = format!("{cause:#}").replace(char::is_control, " ");
        if !text.is_empty() && !messages.contains(&text) {
            messages.push(text);
        }
    }
    messages.join(": ")
}

/// A path quoted for a shell, for commands in help texts.
pub(super) fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |sign: char| sign.is_alphanumeric() || "/._-+@%:,".contains(sign);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
