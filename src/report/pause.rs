//! Prints that a store is paused, before any other output.
//!
//! Input: a [`Pause`]. Output: who paused it, why, and how to lift the pause, in three lines. Not here: looking for a pause.

use super::sanitize::visible;
use super::style::{ASIDE, BOLD, CAREFUL, paint};
use lessonbook_pipeline::pause::Pause;

/// The pause for a terminal. `before`: the target before which a run stopped.
pub fn page(pause: &Pause, before: Option<&str>) -> String {
    let line = |what: &str, text: &str| format!("\n  {}: {}", paint(ASIDE, what), visible(text));
    let effect = match before {
        Some(target) => format!(
            "the run stops before {}: the current target is finished, and the others wait",
            visible(target)
        ),
        None => "nothing is written to any target".to_owned(),
    };
    format!(
        "{}: {}{}{}{}",
        paint(CAREFUL, "paused"),
        paint(BOLD, &visible(&pause.why)),
        line("who", &format!("{}, by {}", pause.who, pause.place)),
        line("effect", &effect),
        line("to lift it", &pause.way_out()),
    )
}
