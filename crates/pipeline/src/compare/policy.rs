//! Compares what holds for a run as a whole: its store, and the limits that it keeps.
//!
//! Input: two plans with their stores. Output: differences. Not here: settings (`settings`), and what follows for each target (`target`).

use super::{Class, DifferenceKind, DifferenceList, PlanAndStore, settings};
use lessonbook_proof::Invariant;

/// Compares the policies of two plans.
pub(super) fn compare(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    store(old, new, found);
    settings::stores(old, new, found);
    bounds_kept(&old.plan.bounds, &new.plan.bounds, found);
}

fn store(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    let (was, is) = (&old.plan.store, &new.plan.store);
    if was.name != is.name {
        let text = format!(
            "the plan is made from the store `{}`, before from `{}`",
            is.name, was.name
        );
        found.push(Class::Wider, DifferenceKind::Store, "name", text);
    }
    if was.home != is.home {
        let text = format!("the store's home is {}, before {}", is.home, was.home);
        found.push(Class::Changed, DifferenceKind::Store, "home", text);
    }
    let commit = |side: &PlanAndStore<'_>| {
        let commit = side.plan.store.commit.as_ref();
        commit.map_or("no commit".to_owned(), |commit| {
            let short = commit.commit.get(..7).unwrap_or(&commit.commit);
            let changed = if commit.uncommitted.is_empty() {
                ""
            } else {
                " with uncommitted changes"
            };
            format!("{short}{changed}")
        })
    };
    let (before, now) = (commit(old), commit(new));
    if before != now {
        found.push(
            Class::Changed,
            DifferenceKind::Store,
            "commit",
            format!("{before} → {now}"),
        );
    } else if was.digest != is.digest {
        found.push(
            Class::Changed,
            DifferenceKind::Store,
            "files",
            "its files have other content",
        );
    }
    let tools = (&old.plan.tool_version, &new.plan.tool_version);
    if tools.0 != tools.1 {
        let text = format!("lessonbook {} → {}", tools.0, tools.1);
        found.push(Class::Changed, DifferenceKind::Store, "tool", text);
    }
    if old.plan.today != new.plan.today {
        let text = format!("{} → {}", old.plan.today, new.plan.today);
        found.push(Class::Changed, DifferenceKind::Store, "day", text);
    }
    // A finding about a target is attributed to it: people who may not see the target may not see the finding either.
    for finding in &new.plan.findings {
        if !old.plan.findings.contains(finding) {
            let text = format!("new: {}", finding.message);
            found.target.clone_from(&finding.target);
            found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
        }
    }
    for finding in &old.plan.findings {
        if !new.plan.findings.contains(finding) {
            let text = format!("no longer: {}", finding.message);
            found.target.clone_from(&finding.target);
            found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
        }
    }
    found.target = None;
}

/// Limits of the run that were kept and are exceeded now. A limit that was removed is reported elsewhere.
fn bounds_kept(old: &[Invariant], new: &[Invariant], found: &mut DifferenceList) {
    let set = |list: &[Invariant], name: &str| list.iter().any(|invariant| invariant.name == name);
    let both = |one: &[Invariant], other: &[Invariant]| -> Vec<Invariant> {
        let both = one.iter().filter(|invariant| set(other, &invariant.name));
        both.cloned().collect()
    };
    invariants(&both(old, new), &both(new, old), found);
}

/// Compares invariants. One that held and fails now, or is no longer checked, makes the plan wider.
pub(super) fn invariants(old: &[Invariant], new: &[Invariant], found: &mut DifferenceList) {
    for invariant in old {
        let name = invariant.name.as_ref();
        let now = new.iter().find(|now| now.name == invariant.name);
        let (class, text) = match now {
            Some(now) if now == invariant => continue,
            None if invariant.holds => (Class::Wider, format!("`{name}` is no longer checked")),
            None => (
                Class::Changed,
                format!("`{name}` is no longer checked; it failed before"),
            ),
            Some(now) if invariant.holds && !now.holds => {
                (Class::Wider, format!("`{name}` fails: {}", now.evidence))
            }
            Some(now) => (
                Class::Changed,
                format!("`{name}`: {} → {}", invariant.evidence, now.evidence),
            ),
        };
        found.push(class, DifferenceKind::Invariant, name, text);
    }
    for invariant in new {
        if !old.iter().any(|was| was.name == invariant.name) {
            let (name, evidence) = (invariant.name.as_ref(), &invariant.evidence);
            let fails = if invariant.holds { "" } else { " and fails" };
            let text = format!("`{name}` is checked now{fails}: {evidence}");
            found.push(Class::Changed, DifferenceKind::Invariant, name, text);
        }
    }
}
