//! The code that several commands share, in the order of a run.
//!
//! | module | does |
//! |---|---|
//! | [`global_args`], [`context`], [`format`](mod@format), [`outcome`] | what every command needs; the values of `--format`; all exit codes |
//! | [`targets`], [`duplicate_targets`], [`lesson_ids`], [`lessons_and_targets`] | the targets and lessons that arguments name; one repository under two names |
//! | [`planning`], [`github_targets`], [`branch_rules`], [`canary_queries`] | the store, its targets, and a plan for each; those on GitHub; rules on our branch; which lessons wait for canaries |
//! | [`tree_checks`], [`check_counts`] | the checks of lessons over the files of one repository; how many places new ones find |
//! | [`effect`] | the history of every target, and what a lesson did there |
//! | [`audit`] | what in the store is stale, unused, repeated or contradictory |
//! | [`plan_file`], [`approved_plan`] | a plan as a file; what goes beyond an approved one |
//! | [`run_limits`], [`pause`] | what keeps a run from writing at all |
//! | [`propose`], [`execute`], [`audit_log`], [`dashboard`] | asks, writes and reports; the writes of each target; the audit log; the dashboard |
//! | [`target_states`] | the state of every target at the end |

pub mod approved_plan;
pub mod audit;
pub mod audit_log;
pub mod branch_rules;
pub mod canary_queries;
pub mod check_counts;
pub mod context;
pub mod dashboard;
pub mod duplicate_targets;
pub mod effect;
pub mod execute;
pub mod format;
pub mod github_targets;
pub mod global_args;
pub mod lesson_ids;
pub mod lessons_and_targets;
pub mod outcome;
pub mod pause;
pub mod plan_file;
pub mod planning;
pub mod propose;
pub mod run_limits;
pub mod target_states;
pub mod targets;
pub mod tree_checks;

pub use context::Context;
pub use outcome::Exit;
