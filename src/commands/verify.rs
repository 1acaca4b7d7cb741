//! `lessonbook verify`: in a target's own CI, without store, token or network: are the blocks there, whole and unedited?

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit};
use crate::report::{UserError, findings, verify as report};
use crate::repository::{self, LocalRepository};
use crate::run::context::{from_here, name_files_from_here};
use crate::run::format::FindingsFormat;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::verify::{self, VerifyInput};
use lessonbook_store::read::fields::{listed, nearest};
use lessonbook_store::{EntryPoint, Files};

/// Say whether the lessons in this repository stand as they were merged
///
/// For a repository that receives lessons. Reads its files as they stand and needs nothing else: no store, no token, no network.
/// Every block of any store at an entry point of the built-in table is to be whole and unedited, behind front matter that is
/// ours, hidden by no comment, fence or other file, and before the place where a reader stops. Whether the right lessons stand
/// there, only the store knows: that is `coverage`.
///
/// In a git repository, files that are not committed yet count as they stand; without DIR its top folder is looked at, wherever
/// you are in it. In any other folder the files are read plainly, and a second file of one name further down is not known.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The repository's top folder, or any folder that holds its files; without: the repository that you are in
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Entry points that must hold a block; without: what is there is looked at, and nothing at all is fine
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub expect: Vec<String>,

    /// Only blocks of this store
    #[arg(long, value_name = "STORE")]
    pub name: Option<String>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: FindingsFormat,
}

/// The programs from which no block may be hidden; which assistants a store's teams use is not known here.
const READERS: [&str; 10] = [
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
  lessonbook verify --expect copilot,claude     fails, too, where one of them holds no block
  lessonbook verify ../shop --format github     annotations in a workflow

Exit codes: 0 nothing is wrong, 1 something is, 2 wrong use.";

/// Looks and prints.
pub fn run(args: &VerifyArgs, context: &Context) -> anyhow::Result<Exit> {
    // The built-in table: a store's own entry points are not known here.
    let store = lessonbook_store::load(&Files::new(), context.today).0;
    let expect = expected(&args.expect, &store.entry_points)?;
    let top = top(args.dir.as_deref())?;
    let tree = read(&top, &store.entry_points, context)?;
    let asked = VerifyInput {
        rows: &store.entry_points,
        assistants: &READERS.map(str::to_owned),
        name: args.name.as_deref(),
        expect: &expect,
    };
    let mut seen = verify::verify(asked, &tree);
    let exit = Exit::findings_if(!seen.is_ok());
    let prefix = from_here(&top);
    let summary = report::sum(&seen);
    if !matches!(args.format, FindingsFormat::Json) {
        name_files_from_here(&mut seen.findings, &prefix);
    }
    let text = match args.format {
        FindingsFormat::Human => report::human(&seen),
        FindingsFormat::Json => format!("{:#}\n", report::json(&seen)),
        FindingsFormat::Github => findings::github(&seen.findings),
        FindingsFormat::Sarif => findings::sarif(&seen.findings, &prefix)?,
    };
    match args.format {
        FindingsFormat::Github => context.printer.runner_commands(&text)?,
        _ => context.printer.data(&text)?,
    }
    if !(seen.files.is_empty() && seen.findings.is_empty()) {
        context.printer.talk(&format!("verify: {summary}"));
    }
    Ok(exit)
}

/// The names that must be there, each once.
fn expected(typed: &[String], rows: &[EntryPoint]) -> anyhow::Result<Vec<String>> {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut expect: Vec<String> = Vec::new();
    // A variable that was never set would else expect nothing, and nobody would notice.
    if !typed.is_empty() && typed.iter().all(|name| name.trim().is_empty()) {
        let trouble = UserError::wrong_use("--expect names no entry point");
        return Err(trouble.help(format!("there are {}", listed(&names))).into());
    }
    for name in typed
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
    {
        if !names.contains(&name) {
            let help = match nearest(name, &names) {
                Some(meant) => format!("did you mean `{meant}`? There are {}", listed(&names)),
                None => format!("there are {}", listed(&names)),
            };
            return Err(
                UserError::wrong_use(format!("no entry point of the table is called `{name}`"))
                    .help(help)
                    .into(),
            );
        }
        if !expect.iter().any(|known| known == name) {
            expect.push(name.to_owned());
        }
    }
    Ok(expect)
}

/// The folder as it was named; without a name the top of the repository that we are in, else the current folder.
fn top(dir: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(dir) = dir else {
        let here = Path::new(".");
        return Ok(repository::find_top(here).unwrap_or_else(|| here.to_owned()));
    };
    if !dir.is_dir() {
        return Err(
            UserError::wrong_use(format!("there is no folder {}", dir.display()))
                .help("name the top folder of a repository, or none for the one that you are in")
                .into(),
        );
    }
    Ok(dir.to_owned())
}

/// The files as they stand. Where git's own data can't be read, because there is none, it is another user's (as in a container) or
/// it holds no commit, the files alone are.
fn read(top: &Path, rows: &[EntryPoint], context: &Context) -> anyhow::Result<Tree> {
    let wanted = |path: &str| verify::wants(rows, path);
    let places = verify::places(rows);
    if top.join(".git").exists() {
        let opened = LocalRepository::open(top, &top.display().to_string());
        match opened.and_then(|repository| repository.work_tree_snapshot(&wanted, &places)) {
            Ok(snapshot) => return Ok(snapshot.tree),
            Err(finding) => context.printer.talk(&format!(
                "verify: {}; so the files are read plainly, and nested ones are not known",
                finding.message
            )),
        }
    }
    repository::read_plainly(top, &wanted, &places).map_err(|error| {
        UserError::new(format!("the files of {} can't be read: {error}", top.display()))
            .help("look at their permissions")
            .into()
    })
}
