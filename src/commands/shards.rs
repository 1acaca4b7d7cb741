//! `lessonbook shards`: parts of a fleet for a matrix of jobs.

use clap::Args;
use serde_json::json;

use super::{Context, Exit};
use crate::run::planning::Planning;
use crate::run::{github_targets, targets};
use lessonbook_base::finding::Finding;

/// Print a matrix that parts the targets over several jobs
///
/// Each job says `--shard K/N`. A target's part depends on its name alone, so that a new target moves no other.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ShardsArgs {
    /// About how many targets a part should hold
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub size: u32,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook shards --size 200
  # in a workflow:  strategy: { matrix: ${{ fromJSON(needs.shards.outputs.matrix) }} }";

/// Counts the targets and prints.
pub fn run(args: &ShardsArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let files = crate::repository::read_store(&root)?;
    let (mut store, _) = lessonbook_store::load(&files, context.today);
    let mut findings = Vec::new();
    if !store.discover.is_empty() {
        match github_targets::start(context, &store) {
            Ok(Some(github)) => findings = github_targets::discover(&github, &mut store),
            Ok(None) => {}
            Err(finding) => findings.push(finding),
        }
    }
    Planning::report(context, &findings);
    let number = targets::select(&store, &[])?.len();
    let parts = number.div_ceil(args.size as usize).max(1);
    let shards: Vec<String> = (1..=parts).map(|part| format!("{part}/{parts}")).collect();
    context
        .printer
        .data(&format!("{}\n", json!({ "shard": shards })))?;
    context
        .printer
        .talk(&format!("{number} targets in {parts} parts"));
    // A matrix that misses targets would look like a whole fleet.
    Ok(Exit::findings_if(findings.iter().any(Finding::is_error)))
}
