//! `lessonbook render`: writes the final files of targets to a folder.
//!
//! Input: targets and a folder. Output: the files of each target as they would be after its plan. If the folder is the target's own
//! work tree, the files there are refreshed, and every uncommitted byte outside our blocks is kept. Not here: the plan
//! (`run/planning`) and writing files (`repository/`).

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit, plan};
use crate::report::findings::{self, counted};
use crate::report::{Line, TextTable, UserError, style};
use crate::repository::{self, new_store};
use crate::run::planning::Planning;
use lessonbook_base::edit::FileState;
use lessonbook_base::finding::Code;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::Mode;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::{Store, TargetLocation};

/// Write the final merged files to a folder
///
/// The files are those that each target would contain after the merge, hand-written text included. The files of one target are
/// written to DIR itself, those of several targets to one folder each. `--out .` in a repository that is its own target refreshes the
/// files in its work tree: your uncommitted changes are kept, and a file with nothing but our text is deleted when no lesson is left.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RenderArgs {
    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// The folder to write to
    #[arg(long, short, value_name = "DIR")]
    pub out: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook render --out /tmp/rendered
  lessonbook render acme/cardboard --out /tmp/cardboard
  lessonbook render ./ --out .";

/// Writes the files.
pub fn run(args: &RenderArgs, context: &Context) -> anyhow::Result<Exit> {
    let planning = Planning::in_work_tree(context, &args.targets, &args.out)?;
    let own = own_work_tree(&planning, &args.out);
    let rendered = match own {
        Some(_) if planning.plans.len() > 1 => return Err(several_into_one(&planning, args, own).into()),
        None if new_store::is_work_tree(&args.out) => return Err(other_work_tree(&args.out).into()),
        _ => rendered(&planning),
    };
    let changed = if own.is_some() {
        refresh(&planning)?
    } else {
        write(&planning.store, &args.out, &rendered)?
    };
    report(&planning, context, &rendered, &changed, own.is_some())?;
    let skipped = !planning.plans.is_empty()
        && planning
            .plans
            .iter()
            .all(|plan| plan.outcome.state == TargetState::Unreachable);
    let withdrawn = planning.plans.iter().any(restores_withdrawn);
    Ok(plan::exit(&planning).and(Exit::findings_if(skipped || withdrawn)))
}

/// Whether the files would again contain a lesson that was withdrawn from the target.
fn restores_withdrawn(plan: &TargetPlan) -> bool {
    plan.outcome
        .findings
        .iter()
        .any(|finding| finding.code == Code::LessonWithdrawn)
}

/// Whether a target's files are not written.
fn is_left_out(plan: &TargetPlan) -> bool {
    matches!(
        plan.outcome.state,
        TargetState::Refused | TargetState::Unreachable
    ) || restores_withdrawn(plan)
}

/// One target's files.
struct Rendered<'s> {
    plan: &'s TargetPlan,
    /// The folder below DIR, with its `/`; empty for the only target, which is written to DIR itself.
    folder: String,
    /// By path in the target.
    files: BTreeMap<&'s str, FileState>,
    /// Files that the plan deletes.
    deleted: Vec<&'s str>,
}

/// The plan of the target that has this folder as its work tree.
fn own_work_tree<'s>(planning: &'s Planning, out: &Path) -> Option<&'s TargetPlan> {
    planning.plans.iter().find(|plan| {
        let target = planning.store.target(&plan.target.name);
        let opened = target.and_then(|target| planning.open(target));
        opened.is_some_and(|opened| opened.is_ok_and(|repository| repository.is_work_tree(out)))
    })
}

fn several_into_one(planning: &Planning, args: &RenderArgs, own: Option<&TargetPlan>) -> UserError {
    let name = own.map_or("", |plan| plan.target.name.as_str());
    let out = args.out.display();
    UserError::wrong_use(format!(
        "{out} is the work tree of `{name}`, but {} would be rendered",
        counted(planning.plans.len(), "target")
    ))
    .help(format!(
        "refresh that target alone: lessonbook render {name} --out {out}"
    ))
}

fn other_work_tree(out: &Path) -> UserError {
    let out = out.display();
    UserError::wrong_use(format!(
        "{out} is a git work tree, but not that of the target; its files could be lost"
    ))
    .help("name another folder")
}

/// The final files of every plan that is not refused.
fn rendered(planning: &Planning) -> Vec<Rendered<'_>> {
    let folders = folders(&planning.store, &planning.root);
    let alone = planning.plans.len() == 1;
    let plans = planning.plans.iter().filter(|plan| !is_left_out(plan));
    plans
        .filter_map(|plan| {
            let before = &planning.snapshots.get(&plan.target.name)?.tree;
            let after = before.with(&plan.content.edits);
            let paths = plan.content.files.iter().map(|file| file.path.as_str());
            let edited = plan.content.edits.iter().map(|edit| edit.path.as_str());
            let files = paths.chain(edited).filter_map(|path| {
                let mode = after.get(path)?.mode;
                let bytes = after.file(path)?.into();
                Some((path, FileState { mode, bytes }))
            });
            Some(Rendered {
                plan,
                folder: if alone {
                    String::new()
                } else {
                    folders.get(plan.target.name.as_str())?.clone() + "/"
                },
                files: files.collect(),
                deleted: plan
                    .content
                    .edits
                    .iter()
                    .filter(|edit| edit.after.is_none())
                    .map(|edit| edit.path.as_str())
                    .collect(),
            })
        })
        .collect()
}

/// A folder's name for every target of the store. It does not depend on which targets are rendered.
fn folders<'s>(store: &'s Store, root: &Path) -> BTreeMap<&'s str, String> {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for target in &store.targets {
        let plain = plain_name(match &target.place {
            TargetLocation::Github(name) => name,
            TargetLocation::Local(path) => path,
        });
        let plain = match root.file_name().and_then(|name| name.to_str()) {
            Some(here) if plain.is_empty() => plain_name(here),
            _ => plain,
        };
        let plain = if plain.is_empty() {
            "target".to_owned()
        } else {
            plain
        };
        let is_taken = |name: &String| names.values().any(|other| other.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone())
            .chain(numbered)
            .find(|name| !is_taken(name));
        names.insert(&target.name, free.unwrap_or(plain));
    }
    names
}

/// A path as a folder's name that is valid on every system: `acme/shop` is `acme-shop`, `../shop` is `shop`.
fn plain_name(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let plain = |c: char| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        };
        let part: String = part.chars().map(plain).collect();
        part.trim_matches('.').to_owned()
    });
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// Writes to a folder that is not a work tree, and returns the paths below it that changed. An existing file is replaced only if it
/// contains a block of this store; any other file is not ours.
fn write(store: &Store, out: &Path, rendered: &[Rendered<'_>]) -> anyhow::Result<Vec<String>> {
    let named = rendered.iter().flat_map(|one| {
        let name = |path: &str| format!("{}{path}", one.folder);
        one.files.iter().map(move |(path, state)| (name(path), state))
    });
    let files: Vec<(String, &FileState)> = named.collect();
    let mut foreign = Vec::new();
    for (path, state) in &files {
        let existing = new_store::read_below(out, path)?;
        if existing.is_some_and(|bytes| bytes != state.bytes && !has_our_block(&bytes, &store.name)) {
            foreign.push(path.as_str());
        }
    }
    if !foreign.is_empty() {
        let error = UserError::wrong_use(format!(
            "{} contains files that were not rendered from this store: {}",
            out.display(),
            foreign.join(", ")
        ));
        return Err(error.help("nothing was written; name an empty folder").into());
    }
    repository::write_folder(out, files.iter().map(|(path, state)| (path.as_str(), *state)))
}

fn has_our_block(bytes: &[u8], store: &str) -> bool {
    matches!(marker::find(bytes, store), BlocksInFile::Block(_))
}

/// Writes to the target's own work tree, and returns the paths that changed.
fn refresh(planning: &Planning) -> anyhow::Result<Vec<String>> {
    let plan = planning.plans.iter().find(|plan| !is_left_out(plan));
    let target = plan.and_then(|plan| planning.store.target(&plan.target.name));
    let (Some(plan), Some(Ok(repository))) = (plan, target.and_then(|target| planning.open(target))) else {
        return Ok(Vec::new());
    };
    repository.write_work_tree(&plan.content.edits)?;
    Ok(plan.content.edits.iter().map(|edit| edit.path.clone()).collect())
}

/// Reports what was written, what was already the same, and what was not rendered.
fn report(
    planning: &Planning,
    context: &Context,
    rendered: &[Rendered<'_>],
    changed: &[String],
    own: bool,
) -> anyhow::Result<()> {
    let mut table = TextTable::new(&[]);
    for one in rendered {
        for (path, state) in &one.files {
            let full = format!("{}{path}", one.folder);
            let word = if changed.contains(&full) {
                Line::styled(style::GOOD, "written")
            } else {
                Line::styled(style::DIM, "same")
            };
            let lines = String::from_utf8_lossy(&state.bytes).lines().count();
            let executable = if state.mode == Mode::Executable {
                ", executable"
            } else {
                ""
            };
            table.row([word, full.into(), (counted(lines, "line") + executable).into()]);
        }
        for path in &one.deleted {
            let (word, note) = if own {
                ("deleted", "no lesson is left in it")
            } else {
                (
                    "omitted",
                    "the proposal deletes it, because no lesson is left in it",
                )
            };
            let full = format!("{}{path}", one.folder);
            table.row([Line::styled(style::BAD, word), full.into(), note.into()]);
        }
    }
    context.printer.data(&table.render())?;
    let errors: Vec<_> = planning
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .cloned()
        .collect();
    let refused: Vec<TargetPlan> = planning
        .plans
        .iter()
        .filter(|plan| is_left_out(plan))
        .cloned()
        .collect();
    if !errors.is_empty() {
        context.printer.complain(&findings::human(&errors));
    }
    if !refused.is_empty() {
        let page = crate::report::plan::plans(
            &planning.store,
            &refused,
            &crate::report::plan_json::GithubStates::new(),
            &crate::report::plan::NextCommands::default(),
            false,
        );
        context.printer.complain(page.trim());
    }
    let targets: Vec<&str> = rendered.iter().map(|one| one.plan.target.name.as_str()).collect();
    context.printer.talk(&format!(
        "render: {}, {} changed",
        counted(targets.len(), "target"),
        counted(changed.len(), "file")
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn the_folder_of_a_target_is_one_plain_name() {
        for (name, folder) in [
            ("acme/shop", "acme-shop"),
            ("../shop", "shop"),
            ("../../a/shop/", "a-shop"),
            ("/srv/git/shop.git", "srv-git-shop.git"),
            ("./", ""),
            ("../.git", "git"),
            ("../a b:c\\d", "a-b-c-d"),
        ] {
            assert_eq!(plain_name(name), folder, "{name}");
        }
    }
}
