//! That a store is paused, before anything else is said.
//!
//! Input: a [`Pause`]. Output: who, why and the way out, in three lines. Not here: looking for it.

use super::sanitize::visible;
use super::style::{ASIDE, BOLD, CAREFUL, paint};
use lessonbook_pipeline::pause::Pause;

/// For a terminal. `before`: the target that a run stopped in front of.
pub fn page(pause: &Pause, before: Option<&str>) -> String {
    let line = |what: &str, text: &str| format!("\n  {}: {}", paint(ASIDE, what), visible(text));
    let effect = match before {
        Some(target) => format!(
            "the run stops before {}: what was begun is finished, and the rest waits",
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
