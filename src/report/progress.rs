//! Progress of long work: one line on a terminal's stderr, nothing in a pipe and nothing with `-q`.
//!
//! Input: what is done and how many there are. Output: a line that is gone when the work is. Not here: the work.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Printer;

/// The line. It is taken away when the value is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts to show how much of the work is done. Work of one piece shows nothing: it would only flicker.
    pub fn start(printer: &Printer, doing: &'static str, pieces: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(pieces as u64), ProgressDrawTarget::hidden());
        if printer.is_watched() && pieces > 1 {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            // The template is a constant; should it ever be wrong, the default style does.
            if let Ok(style) = ProgressStyle::with_template("{prefix} {pos}/{len}, {eta} left {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(doing);
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Progress { bar }
    }

    /// Says which piece is worked on now.
    pub fn now(&self, piece: &str) {
        self.bar.set_message(super::sanitize::visible(piece).into_owned());
    }

    /// Says that a piece is done.
    pub fn done(&self) {
        self.bar.inc(1);
    }

    /// Takes the line away while something else is printed.
    pub fn pause<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
