//! What happens to one target, as values: its plan ([`Planner`], in the order select → place → budget and render → merge → proof), and
//! everything that follows from plans.
//!
//! Not here: reading and writing repositories (`repository/`) and printing (`report/`).

pub mod adopt;
pub mod assistant_view;
pub mod audit_log;
mod available;
pub mod branch_action;
mod budget;
mod budgeted_blocks;
pub mod changes;
pub mod check_level;
pub mod checks_delivery;
pub mod compare;
pub mod custom_agents;
pub mod drift;
pub mod duplicate_rules;
pub mod explain;
pub mod gfm_escape;
mod hand_copies;
pub mod impact;
pub mod lifecycle;
pub mod merge;
mod owners;
pub mod pause;
pub mod place;
pub mod plan;
pub mod plan_file;
mod plan_form;
mod planner;
pub mod pr_body;
pub mod pull_request;
pub mod redaction;
pub mod render;
pub mod rollout;
mod rule_pattern;
pub mod run_limits;
pub mod scheduling;
pub mod select;
mod splice;
mod target_lints;
pub mod target_state;
pub mod trial;
pub mod verify;
pub mod withdraw;
pub mod withdrawn_lesson;
mod wrap;

pub use plan_form::{PlanForm, Whole};
pub use planner::Planner;
