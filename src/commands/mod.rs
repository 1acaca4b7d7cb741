//! The commands, one file each: its arguments with their help, and the function that runs it.
//!
//! Input: parsed arguments and a [`Context`]. Output: an [`Exit`], or an error of the environment. Not here: what several commands
//! share (`run/`), planning (`pipeline/`), reading and writing (`repository/`), and printing (`report/`).

pub mod add;
pub mod apply;
pub mod audit;
pub mod backtest;
pub mod check;
pub mod compare;
pub mod completions;
pub mod coverage;
pub mod demo;
pub mod diff;
pub mod doctor;
pub mod effect;
pub mod entry_points;
pub mod explain;
pub mod import;
pub mod incident;
pub mod init;
pub mod lint;
pub mod list;
pub mod man;
pub mod plan;
pub mod plan_view;
pub mod release;
pub mod render;
pub mod schema;
pub mod shards;
pub mod show;
pub mod site;
pub mod status;
pub mod sync;
pub mod verify;
pub mod withdraw;

use clap::Subcommand;

use crate::run::{Context, Exit};

/// A command and its arguments. The help of each is the doc comment of its arguments.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "a doc comment here would hide the one of the arguments from the help"
)]
pub enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    Import(import::ImportArgs),
    Add(add::AddArgs),
    List(list::ListArgs),
    Check(check::CheckArgs),
    Render(render::RenderArgs),
    Plan(plan::PlanArgs),
    Diff(diff::DiffArgs),
    Sync(sync::SyncArgs),
    Show(show::ShowArgs),
    Apply(apply::ApplyArgs),
    Compare(compare::CompareArgs),
    Withdraw(withdraw::WithdrawArgs),
    Status(status::StatusArgs),
    Release(release::ReleaseArgs),
    Coverage(coverage::CoverageArgs),
    Explain(explain::ExplainArgs),
    Site(site::SiteArgs),
    EntryPoints(entry_points::EntryPointsArgs),
    Verify(verify::VerifyArgs),
    Lint(lint::LintArgs),
    Backtest(backtest::BacktestArgs),
    Effect(effect::EffectArgs),
    Audit(audit::AuditArgs),
    Incident(incident::IncidentArgs),
    Doctor(doctor::DoctorArgs),
    Shards(shards::ShardsArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs a command.
pub fn run(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(&args, context),
        Command::Init(args) => init::run(&args, context),
        Command::Import(args) => import::run(&args, context),
        Command::Add(args) => add::run(&args, context),
        Command::List(args) => list::run(&args, context),
        Command::Check(args) => check::run(&args, context),
        Command::Render(args) => render::run(&args, context),
        Command::Plan(args) => plan::run(&args, context),
        Command::Diff(args) => diff::run(&args, context),
        Command::Sync(args) => sync::run(&args, context),
        Command::Show(args) => show::run(&args, context),
        Command::Apply(args) => apply::run(&args, context),
        Command::Compare(args) => compare::run(&args, context),
        Command::Withdraw(args) => withdraw::run(&args, context),
        Command::Status(args) => status::run(&args, context),
        Command::Release(args) => release::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Lint(args) => lint::run(&args, context),
        Command::Backtest(args) => backtest::run(&args, context),
        Command::Effect(args) => effect::run(&args, context),
        Command::Audit(args) => audit::run(&args, context),
        Command::Incident(args) => incident::run(&args, context),
        Command::Doctor(args) => doctor::run(&args, context),
        Command::Shards(args) => shards::run(&args, context),
        Command::Coverage(args) => coverage::run(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        Command::Site(args) => site::run(&args, context),
        Command::EntryPoints(args) => entry_points::run(&args, context),
        Command::Schema(args) => schema::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
    }
}
