//! How many places of targets new and changed checks find, as `plan` shows it.
//!
//! Input: [`TargetCheckCounts`] for each target. Output: one line for each target, or JSON. Not here: counting (`run/check_counts`).

use serde::Serialize;

use super::findings::counted;
use super::style;

/// The new and changed checks of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetCheckCounts {
    /// The target's name.
    pub target: String,
    /// Lessons whose checks are new or changed there, by severity, then id.
    pub lessons: Vec<LessonCheckCount>,
    /// Places that could not be decided.
    pub undecided: usize,
    /// Why nothing was counted; none: it was.
    pub not_counted: Option<String>,
}

/// A lesson whose checks are new or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LessonCheckCount {
    /// Its id.
    pub lesson: String,
    /// Places that nothing excuses.
    pub places: usize,
    /// Places that a comment or an exception excuses.
    pub excused: usize,
}

impl TargetCheckCounts {
    /// `liveness 1 place, image-tag-pinned 12 places (2 excused), nothing for 13 other lessons; 4 places undecided`.
    fn line(&self) -> String {
        let lessons = self.lessons.iter().map(|lesson| {
            let excused = match lesson.excused {
                0 => String::new(),
                excused => format!(" ({excused} excused)"),
            };
            format!("{} {}{excused}", lesson.lesson, counted(lesson.places, "place"))
        });
        let mut line = lessons.collect::<Vec<String>>().join(", ");
        if self.undecided > 0 {
            line.push_str(&format!("; {} undecided", counted(self.undecided, "place")));
        }
        line
    }
}

/// One line for each target; nothing where no check is new or changed.
pub fn human(counts: &[TargetCheckCounts]) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let mut page = format!("\n{}\n", style::paint(style::BOLD, "New and changed checks find"));
    for target in counts {
        let line = target
            .not_counted
            .as_ref()
            .map_or_else(|| target.line(), |why| format!("not counted: {why}"));
        page.push_str(&format!("  {}: {line}\n", target.target));
    }
    page.push_str("  `lessonbook backtest` lists them\n");
    page
}
