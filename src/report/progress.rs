//! Shows the progress of long work: one line on a terminal's stderr, nothing in a pipe or with `-q`.
//!
//! Input: the number of pieces, and those that are done. Output: a line that is removed when the work is done.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Printer;

/// The progress line. It is removed when the value is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts to show the progress. Work of one piece shows nothing: it would only flicker.
    pub fn start(printer: &Printer, doing: &'static str, pieces: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(pieces as u64), ProgressDrawTarget::hidden());
        if printer.is_watched() && pieces > 1 {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            // The template is a constant. If it were invalid, the default style would be used.
            if let Ok(style) = ProgressStyle::with_template("{prefix} {pos}/{len}, {eta} left {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(doing);
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Progress { bar }
    }

    /// Shows the current piece.
    pub fn now(&self, piece: &str) {
        self.bar.set_message(super::sanitize::visible(piece).into_owned());
    }

    /// Counts a piece as done.
    pub fn done(&self) {
        self.bar.inc(1);
    }

    /// Hides the line while something else is printed.
    pub fn pause<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
