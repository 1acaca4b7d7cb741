//! How large our block is, against its budget and the advice of assistants.
//!
//! Input: a file of a plan. Output: `block 10 of 120, advised 200`. Not here: keeping the budget (`pipeline/budget`).

use lessonbook_base::front_matter;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_pipeline::merge::WrittenFile;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::entry_point::{Assistant, Limit, LimitUnit, PastLimit, Scope};
use lessonbook_store::{EntryPointKind, Store};

/// The size of our block against its budget, and the advice for the whole file of the assistants in use.
pub fn room(store: &Store, plan: &TargetPlan, file: &WrittenFile) -> String {
    let Some(row) = store.entry_point(&file.entry_point) else {
        return String::new();
    };
    let per_file = row.budget.filter(|budget| budget.scope == Scope::File);
    let budget = per_file.and_then(|budget| {
        let size = match budget.unit {
            LimitUnit::Lines => file.lines,
            unit => our_size(store, plan, file, unit)?,
        };
        Some(format!("block {size} of {}", quantity(budget.count, budget.unit)))
    });
    let target = store.target(&plan.target.name);
    let in_use = |assistant: &&Assistant| {
        target.is_none_or(|target| target.has_assistant(&store.entry_points, &assistant.assistant))
    };
    let limits: Vec<&Limit> = row
        .assistants
        .iter()
        .filter(in_use)
        .flat_map(|assistant| &assistant.limits)
        .filter(|limit| limit.over == PastLimit::Advice)
        .collect();
    let units = [LimitUnit::Lines, LimitUnit::Characters, LimitUnit::Bytes].into_iter();
    let advice = units.filter_map(|unit| {
        let counts = limits.iter().filter(|limit| limit.unit == unit);
        let least = counts.map(|limit| limit.count).min()?;
        Some(format!("advised {}", quantity(least, unit)))
    });
    budget.into_iter().chain(advice).collect::<Vec<_>>().join(", ")
}

/// A number of lines without its unit, which the column before it has; others with it.
fn quantity(count: usize, unit: LimitUnit) -> String {
    match unit {
        LimitUnit::Lines => count.to_string(),
        unit => format!("{count} {}", lessonbook_proof::limits::unit(unit)),
    }
}

/// The size of our own text in a file that the plan writes, front matter included.
fn our_size(store: &Store, plan: &TargetPlan, file: &WrittenFile, unit: LimitUnit) -> Option<usize> {
    let edit = plan.content.edits.iter().find(|edit| edit.path == file.path)?;
    let bytes = &edit.after.as_ref()?.bytes;
    let BlocksInFile::Block(block) = marker::find(bytes, &store.name) else {
        return None;
    };
    let scoped = store
        .entry_point(&file.entry_point)
        .is_some_and(|row| row.kind == EntryPointKind::Scoped);
    let front = front_matter::split(bytes).filter(|_| scoped);
    let front = front.and_then(|front| bytes.get(front.range));
    let parts = [front, bytes.get(block.range)].into_iter().flatten();
    let size = |part: &[u8]| match unit {
        LimitUnit::Characters => String::from_utf8_lossy(part).chars().count(),
        LimitUnit::Lines | LimitUnit::Bytes => part.len(),
    };
    Some(parts.map(size).sum())
}
