//! Saved plans as files: written by `plan --out`, read by `show` and `apply`.
//!
//! Input: a survey and a path, or a path. Output: the file, or the [`SavedPlan`] in it. Not here: what a plan's form is
//! (`pipeline/plan_file`), and carrying it out (`apply`).

use lessonbook_pipeline::target_state::TargetState;
use std::path::Path;

use super::planning::Planning;
use super::run_limits::WriteGate;
use super::{Context, target_states};
use crate::report::UserError;
use crate::report::findings::counted;
use crate::report::plan_json::{GithubState, GithubStates, PullLink};
use crate::repository::{self, StoreCommit};
use lessonbook_pipeline::plan_file::{PlanFileError, PlanFileInput, SavedCommit, SavedPlan, SavedTarget};
use lessonbook_store::{Target, TargetLocation};

/// The plan of a run, with all that carrying it out takes.
pub fn of(survey: &Planning, gate: &WriteGate, context: &Context) -> anyhow::Result<SavedPlan> {
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
    let run = PlanFileInput {
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
    let wrong = |message: String, help: &str| Err(UserError::wrong_use(message).help(help).into());
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
            Err(PlanFileError::Foreign { .. }) => true,
            Err(PlanFileError::NotJson { .. }) => !bytes.is_empty(),
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
        let trouble = UserError::wrong_use(format!("{shown} is a folder, and a plan is one file"));
        return Err(trouble
            .help("name the file that `lessonbook plan --out FILE` wrote")
            .into());
    }
    if !path.exists() {
        let trouble = UserError::wrong_use(format!("there is no file {shown}"));
        return Err(trouble
            .help(format!("`lessonbook plan --out {shown}` writes one"))
            .into());
    }
    let bytes = repository::read_named(path)?;
    SavedPlan::parse(&bytes).map_err(|unusable| {
        let message = format!("{shown} {}", unusable.message());
        let trouble = if unusable.is_wrong_file() {
            UserError::wrong_use(message)
        } else {
            UserError::new(message)
        };
        trouble.help(unusable.help()).into()
    })
}

/// Where the targets on GitHub stood.
pub fn stands<'a>(targets: impl IntoIterator<Item = &'a SavedTarget>) -> GithubStates {
    let stand = |target: &SavedTarget| {
        let is_there = matches!(target.target.place, TargetLocation::Github(_));
        if !is_there || target.plan.outcome.state == TargetState::Unreachable && target.proposal.is_none() {
            return None;
        }
        let stand = match &target.proposal {
            Some(expected) => GithubState {
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
fn unread(target: &SavedTarget) -> GithubState {
    let findings = &target.plan.outcome.findings;
    let first = findings
        .iter()
        .find(|finding| finding.is_error())
        .or(findings.first());
    GithubState {
        state: if findings.iter().any(target_states::is_for_now) {
            TargetState::Deferred
        } else {
            TargetState::Unreachable
        },
        why: first.map(|finding| finding.message.clone()).unwrap_or_default(),
        pull: None,
    }
}
