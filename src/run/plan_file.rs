//! Writes saved plans to files, for `plan --out`, and reads them, for `show`, `apply`, `compare` and `--within`.
//!
//! Input: the planned targets and a path, or a path. Output: the file, or the [`SavedPlan`] in it. Not here: the format
//! (`pipeline/plan_file`), and carrying a plan out (`apply`).

use std::path::Path;

use super::planning::Planning;
use super::run_limits::WriteGate;
use super::{Context, target_states};
use crate::report::UserError;
use crate::report::findings::counted;
use crate::report::plan_json::{GithubState, GithubStates, PullLink};
use crate::repository;
use lessonbook_pipeline::plan_file::{PlanFileError, PlanFileInput, SavedCommit, SavedPlan, SavedTarget};
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::{Target, TargetLocation};

/// The plan of a run, with everything that is needed to carry it out.
pub fn from_planning(planning: &Planning, gate: &WriteGate, context: &Context) -> anyhow::Result<SavedPlan> {
    let targets = planning.plans.iter().filter_map(|plan| {
        let name = &plan.target.name;
        let target = planning.store.target(name)?;
        let branch = planning
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
            proposal: planning.lives.get(name).map(|live| live.expected.clone()),
        })
    });
    let commit = planning.commit.as_ref().map(|commit| SavedCommit {
        commit: commit.commit.clone(),
        branch: commit.branch.clone(),
        time: commit.time,
        uncommitted: commit.dirty.clone(),
        requested: context.remote.from_commit.is_some(),
    });
    let run = PlanFileInput {
        store: &planning.store,
        files: planning.files.clone(),
        commit,
        all: planning.all,
        today: context.today,
        findings: planning.findings.clone(),
        bounds: gate.bounds.clone(),
        against: gate.blockers.clone(),
        targets: targets.collect(),
    };
    Ok(SavedPlan::new(run)?)
}

/// Refuses a path where a plan can't be written. This is checked before planning, so that no work is lost.
pub fn check_place(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let refuse = |message: String, help: &str| Err(UserError::wrong_use(message).help(help).into());
    if path.is_dir() {
        return refuse(
            format!("{shown} is a folder, and a plan is one file"),
            "name a file in it: --out DIR/plan.json",
        );
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return refuse(
            format!("there is no folder {}", folder.display()),
            "create it first, or name another path",
        );
    }
    if path.exists() && !path.is_file() {
        return refuse(format!("{shown} is not a regular file"), "name a new file");
    }
    if path.is_file() {
        let bytes = repository::read_named(path)?;
        let foreign = match SavedPlan::parse(&bytes) {
            Err(PlanFileError::Foreign { .. }) => true,
            Err(PlanFileError::NotJson { .. }) => !bytes.is_empty(),
            _ => false,
        };
        if foreign {
            return refuse(
                format!("{shown} exists and is not a saved plan, so it is not overwritten"),
                "name another file, or delete this one first",
            );
        }
    }
    Ok(())
}

/// Writes the plan to a file, completely or not at all.
pub fn write(saved: &SavedPlan, path: &Path, context: &Context) -> anyhow::Result<()> {
    repository::write_atomic_with(path, &|file| saved.write_to(file))?;
    let does = saved.targets.iter().filter(|target| target.does()).count();
    let shown = path.display();
    let next = if does == 0 {
        "nothing to apply".to_owned()
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

/// Reads a saved plan. Refuses a file that is not one, or that another version wrote.
pub fn read(path: &Path) -> anyhow::Result<SavedPlan> {
    let shown = path.display();
    if path.is_dir() {
        let error = UserError::wrong_use(format!("{shown} is a folder, and a plan is one file"));
        return Err(error
            .help("name the file that `lessonbook plan --out FILE` wrote")
            .into());
    }
    if !path.exists() {
        let error = UserError::wrong_use(format!("there is no file {shown}"));
        return Err(error
            .help(format!("`lessonbook plan --out {shown}` writes one"))
            .into());
    }
    let bytes = repository::read_named(path)?;
    SavedPlan::parse(&bytes).map_err(|unusable| {
        let message = format!("{shown} {}", unusable.message());
        let error = if unusable.is_wrong_file() {
            UserError::wrong_use(message)
        } else {
            UserError::new(message)
        };
        error.help(unusable.help()).into()
    })
}

/// The states of the targets on GitHub when the plan was made.
pub fn github_states<'a>(targets: impl IntoIterator<Item = &'a SavedTarget>) -> GithubStates {
    let state = |target: &SavedTarget| {
        let is_on_github = matches!(target.target.place, TargetLocation::Github(_));
        if !is_on_github || target.plan.outcome.state == TargetState::Unreachable && target.proposal.is_none()
        {
            return None;
        }
        let state = match &target.proposal {
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
        Some((target.plan.target.name.clone(), state))
    };
    targets.into_iter().filter_map(state).collect()
}

/// The state of a target that could not be read.
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
