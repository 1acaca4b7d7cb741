//! Whether an incident happened again in a repository in which the lesson was merged.
//!
//! Input: a lesson's incidents, and the lesson in each target. Output: an [`IncidentRecurrence`].

use jiff::civil::Date;
use lessonbook_store::Incident;
use serde::Serialize;

use crate::day;
use crate::presence::LessonInTarget;

/// When an incident was, compared with the lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentTime {
    /// The lesson was not in that repository.
    Before,
    /// On the day of the merge: which was first is not known.
    SameDay,
    /// The lesson was in that repository: a recurrence.
    AfterMerge,
    /// The incident names no repository that the lesson concerns.
    UnknownRepository,
}

/// An incident of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatedIncident {
    /// As it is in the lesson.
    #[serde(flatten)]
    pub incident: Incident,
    /// The target that it names.
    pub target: Option<String>,
    /// When it was.
    pub when: IncidentTime,
    /// Days after the merge, if it is a recurrence.
    pub days_after: Option<i32>,
}

/// All incidents of a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IncidentRecurrence {
    /// How many were before the merge, or in a repository without the lesson.
    pub before: usize,
    /// How many were after it.
    pub after: usize,
    /// Each of them, oldest first.
    pub incidents: Vec<DatedIncident>,
}

/// Compares the incidents with the merges.
pub fn by_incident(incidents: &[Incident], targets: &[LessonInTarget]) -> IncidentRecurrence {
    let mut dated: Vec<DatedIncident> = incidents
        .iter()
        .map(|incident| of_one(incident, targets))
        .collect();
    dated.sort_by_key(|dated| dated.incident.date);
    let count = |when: IncidentTime| dated.iter().filter(|dated| dated.when == when).count();
    IncidentRecurrence {
        before: count(IncidentTime::Before),
        after: count(IncidentTime::AfterMerge),
        incidents: dated,
    }
}

fn of_one(incident: &Incident, targets: &[LessonInTarget]) -> DatedIncident {
    let is_named = |target: &&LessonInTarget| {
        let names = [Some(target.target.as_str()), target.repository.as_deref()];
        let is_it = |name: &str| name.eq_ignore_ascii_case(&incident.repository);
        !incident.repository.is_empty() && names.into_iter().flatten().any(is_it)
    };
    let target = targets.iter().find(is_named);
    let (when, days_after) = match target {
        None => (IncidentTime::UnknownRepository, None),
        Some(target) => on(incident.date, target),
    };
    DatedIncident {
        incident: incident.clone(),
        target: target.map(|target| target.target.clone()),
        when,
        days_after,
    }
}

fn on(date: Date, target: &LessonInTarget) -> (IncidentTime, Option<i32>) {
    let mut when = IncidentTime::Before;
    for (number, period) in target.periods.iter().enumerate() {
        let (from, until) = (
            day(period.from.time),
            period.until.as_ref().map(|until| day(until.time)),
        );
        let is_earlier_unknown = number == 0 && target.is_start_unknown;
        if date > from && until.is_none_or(|until| date <= until) {
            let days = date.since(from).map(|span| span.get_days()).unwrap_or_default();
            return (IncidentTime::AfterMerge, Some(days));
        }
        if date == from || is_earlier_unknown && date < from {
            when = IncidentTime::SameDay;
        }
    }
    (when, None)
}
