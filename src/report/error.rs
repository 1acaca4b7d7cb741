//! Prints an error of the environment: the message, its causes, and help.
//!
//! Input: errors of any kind; ours have help. Output: the lines that are printed. Not here: mistakes in the user's content, which
//! are findings, and the exit code (`run/outcome.rs`).

use super::sanitize::visible;
use super::style;

/// An error with help for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    message: String,
    help: Option<String>,
    wrong_use: bool,
}

impl UserError {
    /// An error of the environment.
    pub fn new(message: impl Into<String>) -> Self {
        UserError {
            message: message.into(),
            help: None,
            wrong_use: false,
        }
    }

    /// An error of wrong usage.
    pub fn wrong_use(message: impl Into<String>) -> Self {
        UserError {
            wrong_use: true,
            ..UserError::new(message)
        }
    }

    /// Sets what the user can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the command was used wrongly (exit code 2).
    pub fn is_wrong_use(&self) -> bool {
        self.wrong_use
    }
}

impl std::fmt::Display for UserError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UserError {}

/// The whole error as it is printed, with colors: `error: …`, one `caused by: …` per cause, then `help: …`.
pub fn page(error: &anyhow::Error) -> String {
    let mut lines = Vec::new();
    let mut last = String::new();
    for (depth, cause) in error.chain().enumerate() {
        let message = visible(&cause.to_string()).into_owned();
        // Some crates print their cause as part of their own message, and also return it as the source.
        if depth > 0 && last.ends_with(&message) {
            continue;
        }
        lines.push(if depth == 0 {
            format!("{}: {message}", style::paint(style::BAD, "error"))
        } else {
            format!("  {}: {message}", style::paint(style::BOLD, "caused by"))
        });
        last = message;
    }
    for help in helps(error) {
        lines.push(format!(
            "  {}: {}",
            style::paint(style::ASIDE, "help"),
            visible(help)
        ));
    }
    lines.join("\n")
}

fn helps(error: &anyhow::Error) -> impl Iterator<Item = &str> {
    let context = error
        .downcast_ref::<UserError>()
        .and_then(|trouble| trouble.help.as_deref());
    let causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<UserError>())
        .filter_map(|trouble| trouble.help.as_deref())
        .filter(move |help| Some(*help) != context);
    context.into_iter().chain(causes)
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    fn plain(error: &anyhow::Error) -> String {
        anstream::adapter::strip_str(&page(error)).to_string()
    }

    #[test]
    fn an_error_shows_its_causes_and_help() {
        let error = Err::<(), _>(std::io::Error::other("disk is full"))
            .context(UserError::new("can't write docs/ai-lessons.md").help("make room, then run it again"))
            .unwrap_err();
        assert_eq!(
            plain(&error),
            "error: can't write docs/ai-lessons.md\n  caused by: disk is full\n  help: make room, then run it again"
        );
    }

    #[test]
    fn the_help_of_a_cause_is_shown_too() {
        let error = anyhow::Error::from(UserError::wrong_use("no terminal").help("pass --yes"))
            .context("nothing was applied");
        assert_eq!(
            plain(&error),
            "error: nothing was applied\n  caused by: no terminal\n  help: pass --yes"
        );
    }

    #[test]
    fn an_error_cannot_control_the_terminal() {
        let error = anyhow::anyhow!("no file \u{1b}[2Jx");
        assert_eq!(plain(&error), "error: no file \\u{1b}[2Jx");
    }
}
