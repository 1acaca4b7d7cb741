//! `lessonbook explain`: shows what each assistant sees when it edits a file.
//!
//! Input: a target and a path in it. Output: the lessons that each assistant loads, and why others are not loaded. Not here: working
//! that out (`pipeline/explain`) and printing it (`report/explain`).

use clap::Args;

use super::{Context, Exit};
use crate::report::{self, UserError};
use crate::run::format::Format;
use crate::run::planning::Planning;
use crate::run::targets;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::assistant_view::AssistantViews;
use lessonbook_pipeline::explain;

/// Show which lessons each assistant sees when it edits a file, and why it does not see the others
///
/// Lists the lessons about the path, with the detail at each entry point on the base branch and after the merge; the instruction files
/// that each assistant loads for the path; and the lessons that an assistant does not load, with the reason. Writes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// The target
    #[arg(value_name = "TARGET")]
    pub target: String,

    /// The file, relative to the target's top folder; it need not exist
    #[arg(value_name = "PATH")]
    pub path: String,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook explain ../shop charts/web.yaml
  lessonbook explain acme/cardboard app/models.py --format json";

/// Prints what each assistant sees.
pub fn run(args: &ExplainArgs, context: &Context) -> anyhow::Result<Exit> {
    let (known, _) = context.load_store()?;
    let name = targets::one(&known, &args.target)?.name.clone();
    let path = path_inside(&args.path, &name)?;
    let planning = Planning::new(context, std::slice::from_ref(&name))?;
    let target = planning.store.target(&name);
    let plan = planning.plans.iter().find(|plan| plan.target.name == name);
    let read = target.zip(plan).zip(planning.snapshots.get(&name));
    let Some(((target, plan), snapshot)) = read else {
        return Err(unread(&planning, &name).into());
    };
    require_file(&path, &snapshot.tree)?;
    let with_scopes = planning.store.with_scopes(target, &snapshot.tree);
    let store = with_scopes.as_ref().unwrap_or(&planning.store);
    let views = AssistantViews::new(store);
    let explanation = explain::explain(&views, target, plan, &snapshot.tree, &path);
    let text = match args.format {
        Format::Json => {
            let page = report::explain::json(store, plan, &explanation);
            format!("{page:#}\n")
        }
        Format::Human => {
            let verbose = context.printer.verbose() > 0;
            report::explain::human(store, plan, &explanation, verbose)
        }
    };
    context.printer.data(&text)?;
    Ok(Exit::Done)
}

/// The path as git spells it; an error of wrong usage if it is outside the target.
fn path_inside(typed: &str, target: &str) -> Result<String, UserError> {
    let help = "write it relative to the target's top folder, as in charts/web.yaml";
    let slashed = typed.replace('\\', "/");
    let own = slashed.strip_prefix(target.trim_end_matches('/'));
    let below = own
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|rest| !rest.is_empty());
    if slashed.starts_with(['/', '~']) || slashed.as_bytes().get(1) == Some(&b':') {
        let error = UserError::wrong_use(format!("`{typed}` is not a path inside {target}"));
        return Err(error.help(below.map_or(help.to_owned(), |below| format!("write `{below}`"))));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in slashed.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part != ".." {
            parts.push(part);
        } else if parts.pop().is_none() {
            let error = UserError::wrong_use(format!("`{typed}` is outside {target}"));
            return Err(error.help(below.map_or(help.to_owned(), |below| format!("write `{below}`"))));
        }
    }
    if parts.is_empty() || slashed.ends_with('/') {
        let error = UserError::wrong_use(format!("`{typed}` is a folder, and assistants edit files"));
        return Err(error.help(format!(
            "name a file in it, which need not exist: {}new.txt",
            folder(&parts)
        )));
    }
    Ok(parts.join("/"))
}

fn folder(parts: &[&str]) -> String {
    parts.iter().flat_map(|part| [part, "/"]).collect()
}

/// Refuses a folder, a submodule, and a path below a file or a submodule.
fn require_file(path: &str, tree: &Tree) -> Result<(), UserError> {
    if tree.under(path).next().is_some() {
        let error = UserError::wrong_use(format!("`{path}` is a folder, and assistants edit files"));
        return Err(error.help(format!("name a file in it, which need not exist: {path}/new.txt")));
    }
    let above = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
    for above in above {
        let what = match tree.get(above).map(|entry| entry.mode) {
            Some(Mode::Submodule) => "a submodule, which is a repository of its own",
            Some(_) if above != path => "a file, not a folder",
            _ => continue,
        };
        let error = UserError::wrong_use(format!("`{above}` is {what}"));
        return Err(error.help("name a file of the target itself"));
    }
    Ok(())
}

/// Why a target can't be explained, taken from the findings of its plan.
fn unread(planning: &Planning, name: &str) -> UserError {
    let plan = planning.plans.iter().find(|plan| plan.target.name == name);
    let own = plan.into_iter().flat_map(|plan| &plan.outcome.findings);
    let Some(finding) = own
        .chain(&planning.findings)
        .find(|finding| finding.is_error())
        .or_else(|| plan.and_then(|plan| plan.outcome.findings.first()))
    else {
        return UserError::new(format!("{name} can't be read")).help("run `lessonbook plan` to see why");
    };
    let error = UserError::new(format!("{name} can't be explained: {}", finding.message));
    error.help(
        finding
            .help
            .clone()
            .unwrap_or_else(|| "run `lessonbook check` for details".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_spelled_as_git_does_and_stays_inside() {
        for (typed, meant) in [
            ("charts/web.yaml", Some("charts/web.yaml")),
            ("./charts//web.yaml", Some("charts/web.yaml")),
            ("charts/../app/x.py", Some("app/x.py")),
            ("charts\\web.yaml", Some("charts/web.yaml")),
            ("..charts", Some("..charts")),
            ("../shop/charts/web.yaml", None),
            ("charts/../../x", None),
            ("/etc/passwd", None),
            ("C:/x", None),
            ("~/x", None),
            ("", None),
            (".", None),
            ("charts/", None),
        ] {
            assert_eq!(path_inside(typed, "../shop").ok().as_deref(), meant, "{typed}");
        }
    }
}
