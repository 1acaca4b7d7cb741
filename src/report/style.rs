//! The styles of reports, named after their meaning.
//!
//! Styles use the terminal's own sixteen colors, so that they are readable on every background. Not here: whether colors are
//! wanted (the stream decides).

use anstyle::{AnsiColor, Style};

use lessonbook_base::finding::Level;
use lessonbook_store::Severity;

/// Headings and names.
pub const BOLD: Style = Style::new().bold();
/// Less important text.
pub const DIM: Style = Style::new().dimmed();
/// What is in order, and added lines.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is broken.
pub const BAD: Style = AnsiColor::BrightRed.on_default().bold();
/// Removed text.
pub const REMOVED: Style = AnsiColor::BrightRed.on_default();
/// What a person should look at.
pub const CAREFUL: Style = AnsiColor::Yellow.on_default().bold();
/// Additional information.
pub const ASIDE: Style = AnsiColor::BrightCyan.on_default().bold();

/// The text in the style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The style of a level's word.
pub fn level(level: Level) -> Style {
    match level {
        Level::Error => BAD,
        Level::Warning => CAREFUL,
        Level::Note => ASIDE,
    }
}

/// The style of a severity's word.
pub fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => BAD,
        Severity::High => CAREFUL,
        Severity::Medium => Style::new(),
        Severity::Low => DIM,
    }
}
