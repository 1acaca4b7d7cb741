//! Compares what holds new lessons back: canaries, gates opened by hand, and the hosts that lessons may name.
//!
//! Input: two stores. Output: differences. Not here: which lessons wait where (`target`).

use super::policy::one_sided;
use super::{Class, DifferenceKind, DifferenceList};
use lessonbook_store::{Release, Rollout, Store};

/// Compares the stores.
pub(super) fn compare(old: &Store, new: &Store, found: &mut DifferenceList) {
    for (class, host, gone) in one_sided(&old.policy.hosts, &new.policy.hosts) {
        let word = if gone { "no longer names" } else { "now names" };
        let text = format!("`policy.hosts` {word} `{host}`");
        found.push(class, DifferenceKind::Bound, "policy.hosts", text);
    }
    match (&old.rollout, &new.rollout) {
        (None, None) => {}
        (Some(_), None) => {
            let text = "`rollout` is no longer set: new lessons reach all targets at once";
            found.push(Class::Wider, DifferenceKind::Bound, "rollout", text);
        }
        (None, Some(_)) => {
            let text = "`rollout` is set: new lessons reach the canaries first";
            found.push(Class::Narrower, DifferenceKind::Bound, "rollout", text);
        }
        (Some(was), Some(is)) => rollout(was, is, found),
    }
    openings(&old.open, &new.open, found);
}

fn rollout(was: &Rollout, is: &Rollout, found: &mut DifferenceList) {
    // A new canary gets lessons without waiting; a former canary is no longer counted by the gate. Both make the plan wider.
    for (_, canary, gone) in one_sided(&was.canary, &is.canary) {
        let word = if gone { "no longer names" } else { "now names" };
        let text = format!("`rollout.canary` {word} `{canary}`");
        found.push(Class::Wider, DifferenceKind::Bound, "rollout.canary", text);
    }
    let (before, now) = (i64::from(was.quorum), i64::from(is.quorum));
    for (name, unit, before, now, widens) in [
        ("rollout.quorum", " %", before, now, now < before),
        ("rollout.bake", " s", was.bake, is.bake, is.bake < was.bake),
        (
            "rollout.give_up",
            " s",
            was.give_up,
            is.give_up,
            is.give_up > was.give_up,
        ),
    ] {
        if before != now {
            let class = if widens { Class::Wider } else { Class::Narrower };
            let text = format!("`{name}`: {before}{unit} → {now}{unit}");
            found.push(class, DifferenceKind::Bound, name, text);
        }
    }
}

/// Gates that a person opened by hand.
fn openings(old: &[Release], new: &[Release], found: &mut DifferenceList) {
    let has = |list: &[Release], one: &Release| {
        let mut list = list.iter();
        list.any(|other| other.lesson == one.lesson && other.version == one.version)
    };
    for (class, one, other, word) in [
        (Class::Wider, new, old, "is now open for all targets"),
        (Class::Narrower, old, new, "is no longer open"),
    ] {
        for opening in one.iter().filter(|opening| !has(other, opening)) {
            let Release {
                lesson,
                version,
                reason,
                by,
            } = opening;
            let text = format!("`{lesson}` ({version}) {word}, by {by}: {reason}");
            found.push(class, DifferenceKind::Bound, "open", text);
        }
    }
}
