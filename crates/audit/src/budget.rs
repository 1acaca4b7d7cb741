//! Lessons that a budget shortens wherever they are.
//!
//! Input: the plans. Output: a finding for each lesson that no target shows as the policy asks, at any entry point with a budget.

use std::collections::BTreeMap;

use crate::{AuditInput, active, counted, retire, targets};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_pipeline::plan::ReducedDetail;
use lessonbook_store::{Detail, Lesson};

/// More lessons than this are one finding for each entry point.
const MOST: usize = 10;

/// In how many targets a lesson is at an entry point, and how it is shortened there.
#[derive(Default)]
struct AtEntryPoint<'a> {
    is_full_somewhere: bool,
    reduced: Vec<&'a ReducedDetail>,
}

type Counts<'a> = BTreeMap<&'a str, BTreeMap<&'a str, AtEntryPoint<'a>>>;

/// A finding for each lesson that is always shortened at an entry point.
pub fn findings(input: &AuditInput) -> Vec<Finding> {
    let mut counts: Counts = BTreeMap::new();
    for one in &input.targets {
        let shrunk = &one.plan.content.shrunk;
        for reduced in shrunk {
            let at = counts.entry(&reduced.lesson).or_default();
            at.entry(&reduced.entry_point).or_default().reduced.push(reduced);
        }
    }
    for placement in input
        .targets
        .iter()
        .flat_map(|one| &one.plan.proof.coverage.placements)
    {
        let Some(at) = counts
            .get_mut(placement.lesson.as_str())
            .and_then(|rows| rows.get_mut(placement.entry_point.as_str()))
        else {
            continue;
        };
        at.is_full_somewhere |= placement.required > Detail::None && placement.exempt.is_none();
    }
    let mut groups: BTreeMap<(&str, bool), Vec<AlwaysReduced>> = BTreeMap::new();
    for lesson in active(input.store) {
        if let Some(always) = counts
            .get(lesson.id.as_str())
            .and_then(|rows| always(lesson, rows))
        {
            let key = (always.entry_point, always.detail == Detail::None);
            groups.entry(key).or_default().push(always);
        }
    }
    let findings = groups.into_values().flat_map(|group| match group.len() {
        0..=MOST => group.iter().map(|always| one(input, always)).collect(),
        _ => vec![many(input, &group)],
    });
    findings.collect()
}

/// A lesson that no target shows as the policy asks, at an entry point.
struct AlwaysReduced<'a> {
    lesson: &'a Lesson,
    entry_point: &'a str,
    wanted: Detail,
    /// The most that a target shows.
    detail: Detail,
    targets: usize,
    /// How many other entry points there are of which the same is true.
    others: usize,
}

fn always<'a>(lesson: &'a Lesson, rows: &BTreeMap<&'a str, AtEntryPoint<'a>>) -> Option<AlwaysReduced<'a>> {
    let mut always = rows.iter().filter(|(_, at)| !at.is_full_somewhere);
    let (entry_point, at) = always.next()?;
    Some(AlwaysReduced {
        lesson,
        entry_point,
        wanted: at.reduced.first()?.wanted,
        detail: at.reduced.iter().map(|reduced| reduced.detail).max()?,
        targets: at.reduced.len(),
        others: always.count(),
    })
}

fn one(input: &AuditInput, always: &AlwaysReduced) -> Finding {
    let AlwaysReduced {
        lesson, entry_point, ..
    } = always;
    let id = &lesson.id;
    let more = match always.others {
        0 => String::new(),
        more => format!(", and at {} more", counted(more, "entry point")),
    };
    let where_ = match always.targets {
        1 => "the only target".to_owned(),
        many => format!("all {}", targets(many)),
    };
    let what = match always.detail {
        Detail::None => format!("leaves `{id}` out of `{entry_point}`"),
        detail => format!("shortens `{id}` at `{entry_point}` to its {}", detail.word()),
    };
    let wanted = match always.wanted {
        Detail::Full => "full text",
        wanted => wanted.word(),
    };
    let message = format!("the budget {what} in {where_} that would hold its {wanted} there{more}");
    let help = format!(
        "raise its severity or the budget, shorten it, or retire it: {}",
        retire(id, "no target has room for it")
    );
    place(
        input,
        always,
        Finding::new(Code::AlwaysReduced, message).lesson(id).help(help),
    )
}

/// One finding for many lessons, because then the budget is the reason and not a lesson.
fn many(input: &AuditInput, group: &[AlwaysReduced]) -> Finding {
    let first = &group[0];
    let names: Vec<String> = group
        .iter()
        .take(3)
        .map(|always| format!("`{}`", always.lesson.id))
        .collect();
    let what = match first.detail {
        Detail::None => "leaves out",
        _ => "shortens",
    };
    let message = format!(
        "the budget of `{}` {what} {} in every target that would hold them there: {} and {} more",
        first.entry_point,
        counted(group.len(), "lesson"),
        names.join(", "),
        group.len() - names.len()
    );
    let help = "raise the budget, give fewer lessons to each target, or retire those that matter least: `lessonbook list --severity low`";
    place(
        input,
        first,
        Finding::new(Code::AlwaysReduced, message).help(help),
    )
}

fn place(input: &AuditInput, always: &AlwaysReduced, finding: Finding) -> Finding {
    let (effect, level) = match always.detail {
        Detail::None => ("no assistant reads there what the lesson says", Level::Warning),
        _ => ("no assistant reads there why the rule exists", Level::Note),
    };
    let at = input.store.places.lesson(&always.lesson.id);
    Finding {
        at: at.map(|at| at.label("lessons of a lower severity are shortened first")),
        level,
        ..finding.effect(effect)
    }
}
