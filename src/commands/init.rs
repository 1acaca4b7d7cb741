//! `lessonbook init`: a store that explains itself.
//!
//! Input: a folder, and the git repositories beside it. Output: the files of a store that `check` finds nothing wrong with.
//! Not here: the words of `targets.yaml` (`init/targets.rs`) and writing (`repository/`).

mod tags;
mod targets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use self::targets::Neighbour;
use super::{Context, Exit};
use crate::report::findings::{self, counted};
use crate::report::{Progress, TableCell, TextTable, UserError, style};
use crate::repository::{self, LocalRepository, new_store};
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::Tree;
use lessonbook_store::{EntryPoint, Files};

/// Start a store that explains itself
///
/// Writes one commented lesson (a draft), targets.yaml with the git repositories beside the store (which instruction files they
/// have, and tags from their manifests), the schemas for your editor, CODEOWNERS, two workflows for GitHub, and a README where there is none. `check` passes
/// at once. Nothing that exists is overwritten: where a file is in the way, nothing is written at all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// The folder; made where it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,

    /// The store's name, in markers and branch names; else the repository's at `origin`, else the folder's
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook init
  lessonbook init guardrails --name acme";

const LESSON: &str = include_str!("init/lesson.yaml");
const README: &str = "README.md";
const LESSON_FILE: &str = "lessons/delivery/run-the-tests.yaml";
const CHECK: &str = ".github/workflows/check.yml";
const SYNC: &str = ".github/workflows/sync.yml";

/// The commit that a released program was built from: release.yml sets it. The workflows take the action from there.
const COMMIT: Option<&str> = option_env!("LESSONBOOK_COMMIT");
/// What stands there in a program that was built by hand, for somebody to replace.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Starts the store.
pub fn run(args: &InitArgs, context: &Context) -> anyhow::Result<Exit> {
    let dir = new_store::absolute(&args.dir)?;
    let home = repository::owner_and_name(&dir);
    let name = name(args, &dir, home.as_deref())?;
    let rows = lessonbook_store::load(&Files::new(), context.today)
        .0
        .entry_points;
    let (neighbours, trees) = neighbours(context, &dir, &name, &rows);
    let targets = targets::text(&name, home.as_deref(), &neighbours);
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        (README, include_bytes!("init/README.md").to_vec()),
        ("targets.yaml", targets.into_bytes()),
        (LESSON_FILE, LESSON.into()),
        (".github/CODEOWNERS", include_bytes!("init/CODEOWNERS").to_vec()),
        (CHECK, workflow(include_str!("init/check.yml")).into_bytes()),
        (SYNC, workflow(include_str!("init/sync.yml")).into_bytes()),
        ("docs/schema/lesson.json", super::schema::LESSON.into()),
        ("docs/schema/targets.json", super::schema::TARGETS.into()),
    ];
    // Most hosts put a README into a new repository; it is no part of the store.
    let has_readme = dir.join(README).symlink_metadata().is_ok();
    if has_readme {
        files.remove(0);
    }
    refuse_what_is_there(&args.dir, &dir, &files)?;
    check(&files, &trees, context)?;
    new_store::write_all_new(&dir, &files)?;
    say(args, context, &files, &neighbours, has_readme)?;
    Ok(Exit::Done)
}

/// A workflow that takes the action from the commit of this program.
fn workflow(template: &str) -> String {
    let text = template.replace("{commit}", COMMIT.unwrap_or(NO_COMMIT));
    text.replace("{version}", env!("CARGO_PKG_VERSION"))
}

/// The store's name: as given, else the repository's at `origin`, else the folder's.
fn name(args: &InitArgs, dir: &Path, home: Option<&str>) -> anyhow::Result<String> {
    let folder = dir.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let repository = home
        .and_then(|home| home.split_once('/'))
        .map(|(_, name)| name.to_lowercase());
    let fits = |name: &str| lessonbook_store::read::targets::is_store_name(name);
    match &args.name {
        Some(name) if fits(name) => Ok(name.clone()),
        Some(name) => Err(
            UserError::wrong_use(format!("`{name}` can't stand in markers and branch names"))
                .help("small letters, digits and single hyphens between them, at most 60: --name acme")
                .into(),
        ),
        None => {
            let names = [repository, folder].into_iter().flatten();
            let mut names = names.map(|name| super::add::slug(&name, 60));
            if let Some(name) = names.find(|name| fits(name)) {
                return Ok(name);
            }
            Err(
                UserError::wrong_use("the folder's name makes no name for a store")
                    .help("say one: --name acme")
                    .into(),
            )
        }
    }
}

/// The repositories beside the store, and the trees of those that can be targets.
fn neighbours(
    context: &Context,
    dir: &Path,
    store: &str,
    rows: &[EntryPoint],
) -> (Vec<Neighbour>, BTreeMap<String, Tree>) {
    let names = new_store::work_trees_beside(dir);
    let progress = Progress::start(&context.printer, "reading repositories", names.len());
    let (mut neighbours, mut trees) = (Vec::new(), BTreeMap::new());
    let mut folders: BTreeMap<PathBuf, String> = BTreeMap::new();
    // A store in a linked work tree is a repository of its own, too.
    if let Ok(own) = LocalRepository::open(dir, "") {
        folders.insert(own.common_dir(), "this store".to_owned());
    }
    for name in names {
        let path = format!("../{name}");
        progress.now(&path);
        let seen = tree(dir, &path, store, rows, &mut folders);
        let seen = seen.map(|tree| {
            let seen = targets::look(&tree, rows);
            trees.insert(path.clone(), tree);
            seen
        });
        let folder = dir.parent().unwrap_or(dir).join(path.trim_start_matches("../"));
        let origin = repository::owner_and_name(&folder);
        neighbours.push(Neighbour { path, seen, origin });
        progress.done();
    }
    (neighbours, trees)
}

/// What a neighbour tracks, or why it can't be a target: `check` would refuse it.
fn tree(
    dir: &Path,
    path: &str,
    store: &str,
    rows: &[EntryPoint],
    folders: &mut BTreeMap<PathBuf, String>,
) -> Result<Tree, String> {
    let why = |finding: Finding| targets::one_line(&finding.message);
    if path.chars().any(char::is_control) {
        return Err("its name can't be written here".to_owned());
    }
    // The store's folder may not exist yet, so the path is not followed through it.
    let folder = dir.parent().unwrap_or(dir).join(path.trim_start_matches("../"));
    let repository = LocalRepository::open(&folder, path).map_err(why)?;
    let snapshot = repository
        .snapshot(None, store, &|path| rows.iter().any(|row| row.owns(path)))
        .map_err(why)?;
    if let Some(first) = folders.get(&repository.common_dir()) {
        return Err(format!("it is another work tree of {first}"));
    }
    folders.insert(repository.common_dir(), path.to_owned());
    Ok(snapshot.tree)
}

fn refuse_what_is_there(shown: &Path, dir: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), UserError> {
    let taken = new_store::existing_paths(dir, files.iter().map(|(path, _)| *path));
    if taken.is_empty() {
        return Ok(());
    }
    let verb = if taken.len() == 1 { "stands" } else { "stand" };
    let there = format!("in {}, {} {verb} in the way", shown.display(), taken.join(", "));
    Err(UserError::wrong_use(there).help("nothing was written; move them away, or name another folder"))
}

/// A new store starts without a mistake, or not at all.
fn check(files: &[(&str, Vec<u8>)], trees: &BTreeMap<String, Tree>, context: &Context) -> anyhow::Result<()> {
    let read = |path: &str| path == "targets.yaml" || path.starts_with("lessons/");
    let files: Files = files
        .iter()
        .filter(|(path, _)| read(path))
        .map(|(path, bytes)| ((*path).to_owned(), bytes.clone()))
        .collect();
    let (store, mut found) = lessonbook_store::load(&files, context.today);
    found.extend(lessonbook_store::reach::check_reach(&store, trees));
    found.retain(Finding::is_error);
    if found.is_empty() {
        return Ok(());
    }
    context.printer.complain(&findings::human(&found));
    Err(UserError::new("the new store would not pass its own check, so nothing was written").into())
}

fn say(
    args: &InitArgs,
    context: &Context,
    files: &[(&str, Vec<u8>)],
    neighbours: &[Neighbour],
    has_readme: bool,
) -> anyhow::Result<()> {
    let what = |path: &str| match path {
        README => "what to do next".to_owned(),
        "targets.yaml" => {
            let (found, left_out): (Vec<_>, Vec<_>) = neighbours.iter().partition(|one| one.seen.is_ok());
            let left_out = match left_out.len() {
                0 => String::new(),
                number => format!(", {number} left out"),
            };
            match found.len() {
                0 => format!("who receives lessons: no repository beside it{left_out}"),
                1 => format!("who receives lessons: 1 repository beside it{left_out}"),
                number => format!("who receives lessons: {number} repositories beside it{left_out}"),
            }
        }
        LESSON_FILE => "a draft that shows every key".to_owned(),
        ".github/CODEOWNERS" => "who reviews lessons".to_owned(),
        CHECK => "checks every pull request".to_owned(),
        SYNC => "proposes every night, once you set it up".to_owned(),
        _ => "for your editor".to_owned(),
    };
    let mut table = TextTable::new(&[]);
    for (path, _) in files {
        table.row([
            TableCell::styled(style::GOOD, "new"),
            (*path).into(),
            what(path).into(),
        ]);
    }
    if has_readme {
        table.row([
            TableCell::styled(style::DIM, "same"),
            README.into(),
            "is yours".into(),
        ]);
    }
    context.printer.data(&table.render())?;
    let store = match args.dir.to_string_lossy() {
        dir if dir == "." => String::new(),
        dir => format!(" --store {}", crate::report::sanitize::visible(&dir)),
    };
    let by_hand = match COMMIT {
        Some(_) => String::new(),
        None => format!(
            "\n\nThis program was built by hand: before you push, put the commit of a release of lessonbook in place of the \
             zeros in {CHECK} and {SYNC}."
        ),
    };
    context.printer.talk(&format!(
        "init: {}\n\nNext:\n  lessonbook check{store}   nothing is wrong yet; run it after every change\n  \
         lessonbook plan{store}    what would change in which repository\n  \
         lessonbook add{store}     a lesson of your own{by_hand}",
        counted(files.len(), "file")
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::LESSON;
    use lessonbook_store::read::lesson::KEYS;

    #[test]
    fn the_first_lesson_shows_every_key() {
        for key in KEYS {
            let shown = |line: &str| {
                line.trim_start_matches("# ").starts_with(&format!("{key}: "))
                    || line.trim_start_matches("# ") == format!("{key}:")
            };
            assert!(LESSON.lines().any(shown), "{key}");
        }
    }
}
