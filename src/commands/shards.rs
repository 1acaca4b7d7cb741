//! `lessonbook shards`: prints a workflow matrix that divides the targets among several jobs.
//!
//! Input: the number of targets. Output: the values of `--shard`, as JSON. Not here: which target is in which part
//! (`run/github_targets`).

use clap::Args;
use serde_json::json;

use super::{Context, Exit};
use crate::report::findings::counted;
use crate::run::planning::Planning;
use crate::run::{discovery, github_access, targets};
use lessonbook_base::finding::Finding;

/// Print a workflow matrix that divides the targets among several jobs
///
/// Each job passes its part as `--shard K/N`. A target's part depends only on its name, so a new target does not move the others.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ShardsArgs {
    /// Approximately how many targets are in one part
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
        match github_access::start(context, &store) {
            Ok(Some(github)) => findings = discovery::discover(&github, &mut store),
            Ok(None) => {}
            Err(finding) => findings.push(finding),
        }
    }
    Planning::print_findings(context, &findings);
    let number = targets::select(&store, &[])?.len();
    let parts = number.div_ceil(args.size as usize).max(1);
    let shards: Vec<String> = (1..=parts).map(|part| format!("{part}/{parts}")).collect();
    context
        .printer
        .data(&format!("{}\n", json!({ "shard": shards })))?;
    context.printer.talk(&format!(
        "{} in {}",
        counted(number, "target"),
        counted(parts, "part")
    ));
    // Fail if a discovery failed: a matrix without these targets would look complete.
    Ok(Exit::findings_if(findings.iter().any(Finding::is_error)))
}
