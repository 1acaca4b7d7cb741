//! The code that several commands share, in the order of a run.
//!
//! | module | does |
//! |---|---|
//! | [`global_args`], [`context`], [`remote_args`], [`format`](mod@format), [`exit`] | what every command needs; the values of `--format`; all exit codes |
//! | [`targets`], [`duplicate_targets`], [`lesson_ids`], [`lessons_and_targets`] | the targets and lessons that arguments name; one repository under two names |
//! | [`planning`], [`canary_queries`] | the store, its targets, and a plan for each; which lessons wait for canaries |
//! | [`github_access`], [`discovery`], [`github_targets`] | GitHub's client; targets that are found there; a plan for each target there, and the rules on our branch |
//! | [`tree_checks`], [`check_counts`] | the checks of lessons over the files of one repository; how many places new ones find |
//! | [`effect`] | the history of every target, and what a lesson did there |
//! | [`audit`] | what in the store is stale, unused, repeated or contradictory |
//! | [`plan_file`], [`approved_plan`] | a plan as a file; what exceeds an approved one |
//! | [`run_limits`], [`pause`] | what keeps a run from writing at all |
//! | [`propose`], [`execute`], [`audit_log`], [`dashboard`] | asks, writes and reports; the writes of each target; the audit log; the dashboard |
//! | [`target_states`], [`outcome`] | the state of every target at the end; the exit code of the run |

pub mod approved_plan;
pub mod audit;
pub mod audit_log;
pub mod canary_queries;
pub mod check_counts;
pub mod context;
pub mod dashboard;
pub mod discovery;
pub mod duplicate_targets;
pub mod effect;
pub mod execute;
pub mod exit;
pub mod format;
pub mod github_access;
pub mod github_targets;
pub mod global_args;
pub mod lesson_ids;
pub mod lessons_and_targets;
pub mod outcome;
pub mod pause;
pub mod plan_file;
pub mod planning;
pub mod propose;
pub mod remote_args;
pub mod run_limits;
pub mod target_states;
pub mod targets;
pub mod threads;
pub mod tree_checks;

pub use context::Context;
pub use exit::Exit;
