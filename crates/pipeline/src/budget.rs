//! Keeps our block within its budget: the detail of lessons is reduced, from the lowest severity up.
//!
//! Input: planned files with the policy's details. Output: the same with less detail where the budget requires it, and the
//! blocks. Not here: what an assistant's limit means for the whole file (`verify`). Critical lessons keep their detail. The
//! budget counts our block only, so the result depends on the store and the target's entry, and on whether the block has
//! a title, but on no other edit in the target.

use std::collections::BTreeSet;

use super::place::{PlacedLessons, PlannedFile};
use super::render::{Body, RenderedBlock, Renderer, Surroundings};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_store::entry_point::{LimitUnit, Scope};
use lessonbook_store::folder::is_within;
use lessonbook_store::{Detail, EntryPoint, Limit, Severity};

/// Renders the planned files, with less detail where a budget requires it. Returns a block for every file, in the same order.
pub fn fit(
    placement: &mut PlacedLessons<'_>,
    renderer: &Renderer<'_>,
    around: &[Surroundings],
) -> Result<(Vec<RenderedBlock>, Vec<Finding>), Finding> {
    let mut findings = Vec::new();
    let mut blocks = Vec::with_capacity(placement.files.len());
    let mut start = 0;
    while start < placement.files.len() {
        let row = placement.files[start].entry_point;
        let family = placement.files[start..]
            .iter()
            .take_while(|file| file.entry_point.name == row.name)
            .count();
        let range = start..start + family;
        let (rendered, finding) =
            fit_entry_point(row, &mut placement.files[range.clone()], renderer, &around[range])?;
        findings.extend(finding);
        blocks.extend(rendered);
        start += family;
    }
    fit_scopes(placement, renderer, around, &mut blocks, &mut findings)?;
    Ok((blocks, findings))
}

/// Reduces details further where the files of a scope's family and those of the folders above it, which are loaded together, exceed
/// the budget that they share.
fn fit_scopes(
    placement: &mut PlacedLessons<'_>,
    renderer: &Renderer<'_>,
    around: &[Surroundings],
    blocks: &mut [RenderedBlock],
    findings: &mut Vec<Finding>,
) -> Result<(), Finding> {
    let mut rows: Vec<&EntryPoint> = Vec::new();
    for file in &placement.files {
        let row = file.entry_point;
        let is_shared = row.budget.is_some_and(|budget| budget.scope == Scope::Family);
        if is_shared && !row.folder.is_empty() && !rows.iter().any(|known| known.name == row.name) {
            rows.push(row);
        }
    }
    for row in rows {
        let is_loaded = |other: &EntryPoint| {
            other.base_name() == row.base_name() && is_within(&row.folder, &other.folder)
        };
        let files = placement.files.iter().enumerate();
        let together: Vec<usize> = files
            .filter(|(_, file)| is_loaded(file.entry_point))
            .map(|(at, _)| at)
            .collect();
        let folders = together.iter().map(|at| &placement.files[*at].entry_point.folder);
        if folders.collect::<BTreeSet<_>>().len() < 2 {
            continue; // it has the budget to itself
        }
        let mut files: Vec<PlannedFile<'_>> =
            together.iter().map(|at| placement.files[*at].clone()).collect();
        let around: Vec<Surroundings> = together.iter().map(|at| around[*at].clone()).collect();
        let (rendered, finding) = fit_entry_point(row, &mut files, renderer, &around)?;
        findings.extend(finding);
        for ((at, file), block) in together.into_iter().zip(files).zip(rendered) {
            placement.files[at] = file;
            blocks[at] = block;
        }
    }
    Ok(())
}

/// Finds the smallest number of reducing steps that fits: more steps never make a block larger.
fn fit_entry_point(
    row: &EntryPoint,
    files: &mut [PlannedFile<'_>],
    renderer: &Renderer<'_>,
    around: &[Surroundings],
) -> Result<(Vec<RenderedBlock>, Option<Finding>), Finding> {
    let name = &renderer.store.name;
    let draft = |files: &[PlannedFile<'_>]| -> Result<Vec<Body>, Finding> {
        let drafts = files.iter().zip(around);
        drafts
            .map(|(file, around)| renderer.draft(file, around))
            .collect()
    };
    let seal = |drafts: &[Body]| drafts.iter().map(|body| body.seal(name)).collect();
    let size = |budget: &Limit, drafts: &[Body]| size(budget, drafts.iter().map(|body| body.unsealed(name)));
    let Some(budget) = row.budget else {
        return Ok((seal(&draft(files)?), None));
    };
    let steps = steps(files, budget.unit);
    // A file of 120 lines can't hold a thousand lessons. Then the search begins where few are left, to save rendering.
    let hopeless = files.iter().any(|file| file.placed.len() > budget.count);
    let mut known = None;
    if !hopeless {
        let drafts = draft(files)?;
        let full = size(&budget, &drafts);
        if full <= budget.count {
            return Ok((seal(&drafts), None));
        }
        known = Some(full);
    }
    let required: Vec<PlannedFile<'_>> = files.to_vec();
    let mut best: Option<(usize, Vec<Body>)> = None;
    let guess = known.map_or(steps.len(), |full| steps.len() * (full - budget.count) / full);
    let enough = search(usize::from(known.is_some()), steps.len(), guess, |number| {
        shrink(files, &required, &steps[..number]);
        let drafts = draft(files)?;
        let fits = size(&budget, &drafts) <= budget.count;
        if fits {
            best = Some((number, drafts));
        }
        Ok(fits)
    })?;
    shrink(files, &required, &steps[..enough]);
    let drafts = match best {
        Some((number, drafts)) if number == enough => drafts,
        _ => draft(files)?,
    };
    let over = size(&budget, &drafts);
    let finding = (over > budget.count).then(|| exceeded(row, budget, over, files));
    Ok((seal(&drafts), finding))
}

/// What is left exceeds the budget: critical lessons keep their detail, and a block has a frame even without lessons.
fn exceeded(row: &EntryPoint, budget: Limit, over: usize, files: &[PlannedFile<'_>]) -> Finding {
    let mut placed = files.iter().flat_map(|file| &file.placed);
    let has_critical =
        placed.any(|placed| placed.lesson.severity == Severity::Critical && placed.detail > Detail::None);
    let (what, help) = if has_critical {
        (
            "critical lessons alone take",
            "retire or merge critical lessons, shorten their rationale, or set their detail to `rule` in `redundancy`",
        )
    } else {
        (
            "a block without any lesson takes",
            "raise the budget of this entry point (`budget`), shorten its template, or remove it from `use`",
        )
    };
    let message = format!(
        "{what} {over} {} of `{}`, which has a budget of {}",
        unit(budget.unit),
        row.name,
        budget.count
    );
    Finding::new(Code::BudgetExceeded, message)
        .effect("the file is longer than its assistants can follow well")
        .help(help)
}

/// The smallest number from `low` to `high` that fits; `high` if no smaller number does. Starts at a guess, takes growing steps,
/// then halves the interval.
fn search(
    mut low: usize,
    mut high: usize,
    mut guess: usize,
    mut fits: impl FnMut(usize) -> Result<bool, Finding>,
) -> Result<usize, Finding> {
    let (mut stride, mut under, mut over) = (1, false, false);
    while low < high {
        let at = if under && over {
            usize::midpoint(low, high)
        } else {
            guess.clamp(low, high - 1)
        };
        if fits(at)? {
            (high, under, guess) = (at, true, at.saturating_sub(stride));
        } else {
            (low, over, guess) = (at + 1, true, at + stride);
        }
        stride *= 2;
    }
    Ok(high)
}

/// Every way to reduce, in order: low before medium before high, one level of detail at a time, the last lesson of the last file
/// first. A rationale is on the rule's line, so leaving it out saves no line.
fn steps(files: &[PlannedFile<'_>], unit: LimitUnit) -> Vec<(usize, usize, Detail)> {
    let mut steps = Vec::new();
    for severity in [Severity::Low, Severity::Medium, Severity::High] {
        let details = [Detail::Summary, Detail::Rule, Detail::None].into_iter();
        for detail in details.filter(|detail| unit != LimitUnit::Lines || *detail != Detail::Rule) {
            for (f, file) in files.iter().enumerate().rev() {
                for (p, placed) in file.placed.iter().enumerate().rev() {
                    if placed.lesson.severity == severity && placed.detail > detail {
                        steps.push((f, p, detail));
                    }
                }
            }
        }
    }
    steps
}

fn shrink<'s>(files: &mut [PlannedFile<'s>], required: &[PlannedFile<'s>], steps: &[(usize, usize, Detail)]) {
    files.clone_from_slice(required);
    for (f, p, detail) in steps {
        files[*f].placed[*p].detail = *detail;
    }
}

/// The size of our own text in the budget's unit: of the largest file, or of all files.
fn size(budget: &Limit, blocks: impl Iterator<Item = RenderedBlock>) -> usize {
    let sizes = blocks.map(|block| match budget.unit {
        LimitUnit::Lines => block.lines(),
        LimitUnit::Characters => block.front_matter.chars().count() + block.text.chars().count(),
        LimitUnit::Bytes => block.front_matter.len() + block.text.len(),
    });
    if budget.scope == Scope::File {
        sizes.max().unwrap_or(0)
    } else {
        sizes.sum()
    }
}

fn unit(unit: LimitUnit) -> &'static str {
    match unit {
        LimitUnit::Lines => "lines",
        LimitUnit::Characters => "characters",
        LimitUnit::Bytes => "bytes",
    }
}

#[cfg(test)]
mod tests {
    use super::search;

    #[test]
    fn the_search_finds_the_smallest_number_from_any_guess() {
        for high in 0..20 {
            for answer in 0..=high {
                for guess in 0..=high + 1 {
                    let mut tried = 0;
                    let found = search(0, high, guess, |number| {
                        tried += 1;
                        Ok(number >= answer)
                    });
                    assert_eq!(found.ok(), Some(answer));
                    assert!(tried <= 10, "{high} {answer} {guess}: {tried}");
                }
            }
        }
    }
}
