//! How `plan` and `show` print plans: as text, a page or JSON.
//!
//! Input: plans of a run, or a saved plan. Output: what is printed. Not here: making plans (`plan`), and reading the file (`show`).

use super::Context;
use crate::report;
use crate::report::check_counts::TargetCheckCounts;
use crate::report::plan::page_input::PlanPage;
use crate::report::plan::{NextCommands, header};
use crate::report::plan_json;
use crate::report::plan_json::GithubStates;
use crate::repository::StoreCommit;
use crate::run::format::TableFormat;
use crate::run::{plan_file, targets};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::{SavedPlan, SavedTarget};
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// Plans, with everything that a page about them shows.
pub struct PlanView<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its commit.
    pub commit: Option<&'a StoreCommit>,
    /// The findings in it.
    pub findings: &'a [Finding],
    /// The limits of the run, and the findings that stop the whole run from writing.
    pub gate: (&'a [Invariant], &'a [Finding]),
    /// Who paused, and why.
    pub paused: Option<&'a Pause>,
    /// The plans.
    pub plans: &'a [TargetPlan],
    /// The states of the targets on GitHub.
    pub github_states: &'a GithubStates,
    /// Which lessons still wait for the canaries.
    pub gates: &'a [lessonbook_pipeline::rollout::RolloutGate],
    /// How many places new and changed checks find, where they were counted.
    pub check_counts: &'a [TargetCheckCounts],
    /// The saved plan that they are from, and its file's name.
    pub saved: Option<(&'a SavedPlan, &'a str)>,
    /// Whether everyone may read the page.
    pub for_all: bool,
}

/// Prints plans.
pub fn print(view: &PlanView<'_>, context: &Context, format: TableFormat) -> anyhow::Result<()> {
    let PlanView {
        store,
        commit,
        findings,
        gate: (bounds, against),
        plans,
        github_states,
        saved,
        ..
    } = *view;
    let text = match format {
        TableFormat::Json => {
            let commit = commit.map(|commit| commit.commit.as_str());
            let mut document = plan_json::plans(store, commit, findings, plans, github_states, bounds);
            document["paused"] = serde_json::json!(view.paused);
            document["rollout"] = report::rollout::json(view.gates);
            if !view.check_counts.is_empty() {
                document["new_checks"] = serde_json::json!(view.check_counts);
            }
            if let Some((saved, _)) = saved {
                document["plan"] = saved.digest.as_str().into();
            }
            format!("{document:#}\n")
        }
        TableFormat::Markdown => report::plan::page::page(&PlanPage {
            store,
            commit: &commit_label(commit),
            findings,
            bounds,
            against,
            plans,
            states: github_states,
            saved,
            for_all: view.for_all,
        }),
        TableFormat::Human => {
            let errors: Vec<Finding> = findings
                .iter()
                .filter(|finding| finding.is_error())
                .cloned()
                .collect();
            context.printer.data(&report::findings::human(&errors))?;
            let verbose = context.printer.verbose() > 0;
            let next = saved.map_or_else(NextCommands::default, |(_, file)| NextCommands {
                diffs: format!("show {file} -v"),
                apply: format!("apply {file}"),
            });
            let digest = saved
                .map(|(saved, _)| report::plan::saved(saved))
                .unwrap_or_default();
            header(store, &commit_label(commit), findings)
                + &digest
                + &report::plan::bounds(bounds, against)
                + &report::plan::plans(store, plans, github_states, &next, verbose)
                + &report::check_counts::human(view.check_counts)
        }
    };
    context.printer.data(&text)?;
    Ok(())
}

/// How a saved plan is printed.
#[derive(Debug, Clone, Copy)]
pub struct SavedPlanView<'a> {
    /// Names or globs of targets; none: all.
    pub targets: &'a [String],
    /// The format.
    pub format: TableFormat,
    /// The file's name.
    pub file: &'a str,
    /// Who paused, and why.
    pub paused: Option<&'a Pause>,
    /// Whether everyone may read the page.
    pub for_all: bool,
}

/// Prints a saved plan, or a part of it.
pub fn print_saved(saved: &SavedPlan, how: &SavedPlanView<'_>, context: &Context) -> anyhow::Result<()> {
    let (mut store, _) = lessonbook_store::load(&saved.store.files, saved.today);
    store.targets = saved.targets.iter().map(|target| target.target.clone()).collect();
    let chosen: Vec<&str> = targets::select(&store, how.targets)?
        .into_iter()
        .map(|target| target.name.as_str())
        .collect();
    let is_chosen = |target: &&SavedTarget| chosen.contains(&target.plan.target.name.as_str());
    let targets = || saved.targets.iter().filter(is_chosen);
    let plans: Vec<TargetPlan> = targets().map(|target| target.plan.clone()).collect();
    let commit = saved.store.commit.as_ref().map(StoreCommit::from);
    let view = PlanView {
        store: &store,
        commit: commit.as_ref(),
        findings: &saved.findings,
        gate: (&saved.bounds, &saved.against),
        paused: how.paused,
        plans: &plans,
        github_states: &plan_file::github_states(targets()),
        gates: &[],
        check_counts: &[],
        saved: Some((saved, how.file)),
        for_all: how.for_all,
    };
    print(&view, context, how.format)
}

/// The store's commit and its state: `@3f2a9c0 (main, clean)`.
pub fn commit_label(commit: Option<&StoreCommit>) -> String {
    let Some(commit) = commit else {
        return " (not in a git repository)".to_owned();
    };
    let state = if commit.is_clean() {
        "clean"
    } else {
        "uncommitted changes"
    };
    let branch = commit.branch.as_deref().unwrap_or("detached");
    format!("@{} ({branch}, {state})", commit.short())
}
