//! Saved plans as files: written by `plan --out`, read by `show` and `apply`.
//!
//! Comes in: a survey and a path, or a path. Goes out: the file, or the [`SavedPlan`] in it. Leaves to others: what a plan's form is
//! (`pipeline/plan_file`), and carrying it out (`apply`).

use std::path::Path;

use super::planning::Survey;
use super::run_limits::Gate;
use super::{Context, target_states};
use crate::report::Trouble;
use crate::report::findings::counted;
use crate::report::plan_json::{PullLink, Stand, Stands};
use crate::repository::{self, StoreCommit};
use lessonbook_pipeline::lifecycle::State;
use lessonbook_pipeline::plan::Verdict;
use lessonbook_pipeline::plan_file::{Run, SavedCommit, SavedPlan, SavedTarget, Unusable};
use lessonbook_store::{Place, Target};

/// The plan of a run, with all that carrying it out takes.
pub fn of(survey: &Survey, gate: &Gate, context: &Context) -> anyhow::Result<SavedPlan> {
    let targets = survey.plans.iter().filter_map(|plan| {
        let name = &plan.target.name;
        let target = survey.store.targets.iter().find(|target| target.name == *name)?;
        let branch = survey
            .snapshots
            .get(name)
            .and_then(|snapshot| snapshot.branch.as_ref());
        Some(SavedTarget {
            plan: plan.clone(),
            target: Target {
                visibility: plan.target.visibility,
                ..target.clone()
            },
            branch: branch.map(|branch| branch.head.clone()),
            proposal: survey.lives.get(name).map(|live| live.expected.clone()),
        })
    });
    let commit = survey.commit.as_ref().map(|commit| SavedCommit {
        commit: commit.commit.clone(),
        branch: commit.branch.clone(),
        time: commit.time,
        uncommitted: commit.dirty.clone(),
        asked_for: context.remote.from_commit.is_some(),
    });
    let run = Run {
        store: &survey.store,
        files: survey.files.clone(),
        commit,
        all: survey.all,
        today: context.today,
        findings: survey.findings.clone(),
        bounds: gate.bounds.clone(),
        against: gate.against.clone(),
        targets: targets.collect(),
    };
    Ok(SavedPlan::new(run)?)
}

/// The store's commit as it was.
pub fn store_commit(saved: &SavedCommit) -> StoreCommit {
    StoreCommit {
        commit: saved.commit.clone(),
        branch: saved.branch.clone(),
        time: saved.time,
        dirty: saved.uncommitted.clone(),
    }
}

/// Whether a plan can be written there; asked before the work and not after it.
pub fn check_place(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let wrong = |message: String, help: &str| Err(Trouble::wrong_use(message).help(help).into());
    if path.is_dir() {
        return wrong(
            format!("{shown} is a folder, and a plan is one file"),
            "name a file in it: --out DIR/plan.json",
        );
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return wrong(
            format!("there is no folder {}", folder.display()),
            "make it first, or name another place",
        );
    }
    if path.exists() && !path.is_file() {
        return wrong(format!("{shown} is no regular file"), "name a new file");
    }
    if path.is_file() {
        let bytes = repository::read_named(path)?;
        let foreign = match SavedPlan::parse(&bytes) {
            Err(Unusable::Foreign { .. }) => true,
            Err(Unusable::NotJson { .. }) => !bytes.is_empty(),
            _ => false,
        };
        if foreign {
            return wrong(
                format!("{shown} exists and is no saved plan, so it is not written over"),
                "name another file, or delete this one first",
            );
        }
    }
    Ok(())
}

/// Writes it: all of it, or nothing.
pub fn write(saved: &SavedPlan, path: &Path, context: &Context) -> anyhow::Result<()> {
    repository::write_atomic(path, saved.to_text()?.as_bytes())?;
    let does = saved.targets.iter().filter(|target| target.does()).count();
    let shown = path.display();
    let next = if does == 0 {
        "there is nothing to apply".to_owned()
    } else {
        format!("apply it with `lessonbook apply {shown}`")
    };
    context.printer.talk(&format!(
        "wrote {shown}: {}, {does} to change, {}; {next}",
        counted(saved.targets.len(), "target"),
        saved.short_digest()
    ));
    Ok(())
}

/// Reads it. What is no plan, or none of ours, is refused.
pub fn read(path: &Path) -> anyhow::Result<SavedPlan> {
    let shown = path.display();
    if path.is_dir() {
        let trouble = Trouble::wrong_use(format!("{shown} is a folder, and a plan is one file"));
        return Err(trouble
            .help("name the file that `lessonbook plan --out FILE` wrote")
            .into());
    }
    if !path.exists() {
        let trouble = Trouble::wrong_use(format!("there is no file {shown}"));
        return Err(trouble
            .help(format!("`lessonbook plan --out {shown}` writes one"))
            .into());
    }
    let bytes = repository::read_named(path)?;
    SavedPlan::parse(&bytes).map_err(|unusable| {
        let message = format!("{shown} {}", unusable.message());
        let trouble = if unusable.is_wrong_file() {
            Trouble::wrong_use(message)
        } else {
            Trouble::new(message)
        };
        trouble.help(unusable.help()).into()
    })
}

/// Where the targets on GitHub stood.
pub fn stands<'a>(targets: impl IntoIterator<Item = &'a SavedTarget>) -> Stands {
    let stand = |target: &SavedTarget| {
        let is_there = matches!(target.target.place, Place::Github(_));
        if !is_there || target.plan.outcome.verdict == Verdict::Skipped && target.proposal.is_none() {
            return None;
        }
        let stand = match &target.proposal {
            Some(expected) => Stand {
                state: expected.state,
                why: expected.why.clone(),
                pull: expected.pull.as_ref().map(|pull| PullLink {
                    url: pull.url.clone(),
                    number: pull.number,
                }),
            },
            None => unread(target),
        };
        Some((target.plan.target.name.clone(), stand))
    };
    targets.into_iter().filter_map(stand).collect()
}

/// A target that GitHub did not show.
fn unread(target: &SavedTarget) -> Stand {
    let findings = &target.plan.outcome.findings;
    let first = findings
        .iter()
        .find(|finding| finding.is_error())
        .or(findings.first());
    Stand {
        state: if findings.iter().any(target_states::is_for_now) {
            State::Deferred
        } else {
            State::Unreachable
        },
        why: first.map(|finding| finding.message.clone()).unwrap_or_default(),
        pull: None,
    }
}
