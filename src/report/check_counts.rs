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
        let finds = |lesson: &&LessonCheckCount| lesson.places + lesson.excused > 0;
        let lessons = self.lessons.iter().filter(finds).map(|lesson| {
            let excused = match lesson.excused {
                0 => String::new(),
                excused => format!(" ({excused} excused)"),
            };
            format!("{} {}{excused}", lesson.lesson, counted(lesson.places, "place"))
        });
        let mut parts: Vec<String> = lessons.collect();
        match self.lessons.len() - parts.len() {
            0 => {}
            none if parts.is_empty() => parts.push(format!("nothing for {}", counted(none, "lesson"))),
            none => parts.push(format!("nothing for {}", counted(none, "other lesson"))),
        }
        let mut line = parts.join(", ");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_that_find_nothing_are_counted() {
        let lesson = |id: &str, places, excused| LessonCheckCount {
            lesson: id.to_owned(),
            places,
            excused,
        };
        let line = |lessons: &[LessonCheckCount]| {
            let counts = TargetCheckCounts {
                target: "../shop".into(),
                lessons: lessons.to_vec(),
                undecided: 0,
                not_counted: None,
            };
            counts.line()
        };
        let (probes, pinned, none) = (
            lesson("probes", 1, 0),
            lesson("pinned", 0, 2),
            lesson("none", 0, 0),
        );
        assert_eq!(
            line(&[probes.clone(), pinned, none.clone()]),
            "probes 1 place, pinned 0 places (2 excused), nothing for 1 other lesson"
        );
        assert_eq!(line(&[none.clone(), none]), "nothing for 2 lessons");
        assert_eq!(line(&[probes]), "probes 1 place");
    }
}
