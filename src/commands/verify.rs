//! `lessonbook verify`: checks in a target's own CI, without store, token or network, that its blocks are complete and unedited.
//!
//! Input: a repository or a folder. Output: findings. Not here: the checks (`pipeline/verify`).

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit};
use crate::report::{UserError, findings, verify as report};
use crate::repository::{self, LocalRepository};
use crate::run::context::{from_here, name_files_from_here};
use crate::run::format::FindingsFormat;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::verify::{self, VerifyInput};
use lessonbook_store::scope::rows_of_blocks;
use lessonbook_store::words::{listed, nearest};
use lessonbook_store::{EntryPoint, Files};

/// Check in a target that its lessons are still as they were merged
///
/// Run it in a repository that receives lessons. It reads the files of that repository and needs nothing else: no store, no token,
/// no network. Every block of any store at an entry point of the built-in table must be complete and unedited, follow our own front
/// matter, not be hidden by a comment, a fence or another file, and end before the place where an assistant stops reading. Every checks
/// file must be readable and unedited. Whether the right lessons are present is checked by `coverage`, in the store.
///
/// In a git repository, uncommitted files are read as they are; without DIR, the repository's top folder is checked from anywhere
/// inside it. In any other folder, the files are read without git, and files of the same name in folders below are not found.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The repository's top folder, or any folder with its files [default: the repository of the current folder]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Entry points that must contain a block [default: none, so a repository without blocks passes]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub expect: Vec<String>,

    /// Check only blocks of this store
    #[arg(long, value_name = "STORE")]
    pub name: Option<String>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: FindingsFormat,
}

/// The assistants from which no block may be hidden. Which ones the store's teams use is unknown here, so these are the best-known.
const ASSISTANTS: [&str; 10] = [
    "GitHub Copilot in VS Code",
    "Copilot cloud agent",
    "Copilot code review",
    "Copilot CLI",
    "Copilot in JetBrains, Visual Studio and Xcode",
    "Copilot Chat on github.com",
    "Claude Code",
    "Cursor",
    "Codex",
    "Gemini CLI",
];

const EXAMPLES: &str = "\
Examples:
  lessonbook verify
  lessonbook verify --expect copilot,claude     also fail if one of them contains no block
  lessonbook verify ../shop --format github     annotations in a workflow

Exit codes: 0 no errors, 1 errors, 2 wrong usage.";

/// Checks and prints.
pub fn run(args: &VerifyArgs, context: &Context) -> anyhow::Result<Exit> {
    // The built-in table: a store's own entry points are not known here.
    let mut store = lessonbook_store::load(&Files::new(), context.today).0;
    let expect = expected(&args.expect, &store.entry_points)?;
    let top = top(args.dir.as_deref())?;
    let tree = read(&top, &store.entry_points, context)?;
    let nested = rows_of_blocks(&store.entry_points, &tree);
    store.entry_points.extend(nested);
    let input = VerifyInput {
        rows: &store.entry_points,
        assistants: &ASSISTANTS.map(str::to_owned),
        name: args.name.as_deref(),
        expect: &expect,
    };
    let mut result = verify::verify(input, &tree);
    let exit = Exit::findings_if(!result.is_ok());
    let prefix = from_here(&top);
    let summary = report::sum(&result);
    if !matches!(args.format, FindingsFormat::Json) {
        name_files_from_here(&mut result.findings, &prefix);
    }
    let text = match args.format {
        FindingsFormat::Human => report::human(&result),
        FindingsFormat::Json => format!("{:#}\n", report::json(&result)),
        FindingsFormat::Github => report::github(&result),
        FindingsFormat::Sarif => findings::sarif(&result.findings, &prefix)?,
    };
    match args.format {
        FindingsFormat::Github => context.printer.runner_commands(&text)?,
        _ => context.printer.data(&text)?,
    }
    if !(result.files.is_empty() && result.findings.is_empty()) {
        context.printer.talk(&format!("verify: {summary}"));
    }
    Ok(exit)
}

/// The entry points of `--expect`, each once.
fn expected(typed: &[String], rows: &[EntryPoint]) -> anyhow::Result<Vec<String>> {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut expect: Vec<String> = Vec::new();
    // An unset variable in a script would otherwise silently expect nothing.
    if !typed.is_empty() && typed.iter().all(|name| name.trim().is_empty()) {
        let error = UserError::wrong_use("--expect names no entry point");
        return Err(error
            .help(format!("the entry points are {}", listed(&names)))
            .into());
    }
    for name in typed
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
    {
        if !names.contains(&name) {
            let help = match nearest(name, &names) {
                Some(near) => format!("did you mean `{near}`? The entry points are {}", listed(&names)),
                None => format!("the entry points are {}", listed(&names)),
            };
            return Err(UserError::wrong_use(format!("there is no entry point `{name}`"))
                .help(help)
                .into());
        }
        if !expect.iter().any(|known| known == name) {
            expect.push(name.to_owned());
        }
    }
    Ok(expect)
}

/// The given folder; without one, the top of the repository of the current folder, else the current folder.
fn top(dir: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(dir) = dir else {
        let here = Path::new(".");
        return Ok(repository::find_top(here).unwrap_or_else(|| here.to_owned()));
    };
    if !dir.is_dir() {
        return Err(
            UserError::wrong_use(format!("there is no folder {}", dir.display()))
                .help("name the top folder of a repository, or leave DIR out to check the repository of the current folder")
                .into(),
        );
    }
    Ok(dir.to_owned())
}

/// The files in the work tree. If git's own data can't be read (it is missing, belongs to another user as in a container, or has no
/// commit), the files are read without it.
fn read(top: &Path, rows: &[EntryPoint], context: &Context) -> anyhow::Result<Tree> {
    let is_needed = |path: &str| verify::wants(rows, path);
    let places = verify::places(rows);
    if top.join(".git").exists() {
        let opened = LocalRepository::open(top, &top.display().to_string());
        match opened.and_then(|repository| repository.work_tree_snapshot(&is_needed, &places)) {
            Ok(snapshot) => return Ok(snapshot.tree),
            Err(finding) => context.printer.talk(&format!(
                "verify: {}; the files are read without git, and nested files are not found",
                finding.message
            )),
        }
    }
    repository::read_plainly(top, &is_needed, &places).map_err(|error| {
        UserError::new(format!("the files of {} can't be read: {error}", top.display()))
            .help("check their permissions")
            .into()
    })
}
