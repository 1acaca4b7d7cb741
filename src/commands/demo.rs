//! `lessonbook demo`: the whole way on three real repositories, offline.
//!
//! Input: a folder's name. Output: a store and three git repositories in it, and the transcript of a first run: check,
//! plan, sync, one diff, coverage, and a second run that has nothing to do. Not here: each of these steps.

use std::path::{Path, PathBuf};

use clap::{Args, Parser};
use include_dir::{Dir, include_dir};

use super::{Context, Exit};
use crate::cli::Cli;
use crate::report::style::{BOLD, DIM, paint};
use crate::report::{Printer, UserError};
use crate::repository;
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::run_limits::WriteGate;

/// Show the whole way on three real git repositories, offline and without a token
///
/// Makes a Flask app with PostgreSQL on Kubernetes, a cluster repository and a trading bot, each with instruction files that
/// somebody wrote by hand, and a store of lessons beside them. Then: check, plan, sync, coverage, and a second run that
/// changes nothing. A former demo is replaced; any other folder is refused.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// Where to make it
    #[arg(value_name = "DIR", default_value = "lessonbook-demo")]
    pub dir: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook demo
  lessonbook demo /tmp/demo";

/// The file that says that a folder is a former demo.
const MARK: &str = ".lessonbook-demo";
static LESSONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");
static REPOSITORIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/commands/demo");
/// The topics of the shipped lessons that the demo's store takes over.
const TOPICS: [&str; 5] = ["delivery", "kubernetes", "review", "terraform", "trading"];

/// Makes the folder and goes the whole way.
pub fn run(args: &DemoArgs, context: &Context) -> anyhow::Result<Exit> {
    make(&args.dir)?;
    let shown = args.dir.display().to_string();
    let store = args.dir.join("guardrails");
    let inside = Context {
        store_dir: Some(store),
        ..context.clone()
    };
    let out = &context.printer;
    say(
        out,
        &format!(
            "Made three repositories and a store of lessons in {shown}: shop, cluster, trade-bot, guardrails.\n"
        ),
    )?;

    step(out, "1. check", "is anything wrong with the lessons?")?;
    let mut exit = typed(&["check"], &inside)?;
    step(
        out,
        "2. plan",
        "what would change, and the proof on the final bytes",
    )?;
    exit = exit.and(typed(&["plan"], &inside)?);
    step(
        out,
        "3. sync",
        "one commit on a branch of each repository; no work tree is touched",
    )?;
    let survey = Planning::take(&inside, &[])?;
    exit = exit.and(propose(&survey, &inside)?);
    step(
        out,
        "4. the diff",
        "of one file that somebody wrote by hand, trade-bot/CLAUDE.md",
    )?;
    one_diff(out, &survey)?;
    step(
        out,
        "5. coverage",
        "which lesson stands where: now, and once the branches are merged",
    )?;
    exit = exit.and(typed(&["coverage"], &inside)?);
    step(out, "6. sync again", "a second run finds nothing to do")?;
    exit = exit.and(propose(&Planning::take(&inside, &[])?, &inside)?);
    step(out, "Look further", "")?;
    say(out, &further(&shown))?;
    Ok(exit)
}

/// Sync, without the question.
fn propose(survey: &Planning, inside: &Context) -> anyhow::Result<Exit> {
    let mut watch = PauseWatch::of(survey, inside);
    propose::propose(
        survey,
        &WriteGate::default(),
        inside,
        &mut watch,
        (&WriteArgs::default(), None),
        Vec::new(),
    )
}

fn say(out: &Printer, text: &str) -> anyhow::Result<()> {
    Ok(out.data(text)?)
}

fn step(out: &Printer, title: &str, what: &str) -> anyhow::Result<()> {
    let what = if what.is_empty() {
        String::new()
    } else {
        paint(DIM, &format!(": {what}"))
    };
    say(out, &format!("\n== {}{what}\n\n", paint(BOLD, title)))
}

/// Runs a command as a user would type it.
fn typed(words: &[&str], context: &Context) -> anyhow::Result<Exit> {
    let line = Cli::try_parse_from(std::iter::once("lessonbook").chain(words.iter().copied()))?;
    super::run(line.command, context)
}

/// The plan's diff of one hand-written file.
fn one_diff(out: &Printer, survey: &Planning) -> anyhow::Result<()> {
    let plans = survey
        .plans
        .iter()
        .filter(|plan| plan.target.name == "../trade-bot");
    for edit in plans
        .flat_map(|plan| &plan.content.edits)
        .filter(|edit| edit.path == "CLAUDE.md")
    {
        say(out, &crate::report::plan::diff(&edit.unified()))?;
    }
    Ok(())
}

fn further(shown: &str) -> String {
    let commands = [
        ("git -C {}/cluster show lessonbook/demo", "a whole proposal"),
        (
            "lessonbook plan -v --store {}/guardrails",
            "every diff and every reason",
        ),
        (
            "lessonbook coverage --by assistant --store {}/guardrails",
            "what each assistant sees",
        ),
        (
            "lessonbook explain ../shop k8s/deployment.yaml --store {}/guardrails",
            "what is loaded for one file",
        ),
        (
            "git -C {}/shop merge lessonbook/demo",
            "merge a proposal, then plan again",
        ),
        (
            "lessonbook list --severity critical --store {}/guardrails",
            "the lessons themselves",
        ),
    ];
    // As it was typed: after `cargo run` the program is on nobody's path.
    let typed = std::env::args().next().filter(|program| program.contains('/'));
    let program = typed.unwrap_or_else(|| "lessonbook".to_owned());
    let line = |(command, what): (&str, &str)| {
        let command = command.replace("{}", shown);
        let command = command
            .strip_prefix("lessonbook ")
            .map_or(command.clone(), |rest| format!("{program} {rest}"));
        format!("  {command}\n      {what}\n")
    };
    commands.into_iter().map(line).collect()
}

/// Makes the demo's folder; replaces a former one, refuses any other.
fn make(dir: &Path) -> anyhow::Result<()> {
    if !repository::replace_marked(dir, MARK)? {
        let trouble = UserError::wrong_use(format!("{} exists and is no former demo", dir.display()));
        return Err(trouble.help("name another folder: lessonbook demo DIR").into());
    }
    repository::write_new(
        &dir.join(MARK),
        b"Made by `lessonbook demo`, which replaces this folder when it runs again.\n",
    )?;
    repository::write_new(&dir.join(".gitignore"), b"*\n")?;
    for name in ["shop", "cluster", "trade-bot"] {
        let files = files_of(name);
        let files = files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        repository::create(&dir.join(name), files, "Start\n")?;
    }
    let store = store_files();
    let files = store
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    repository::create(&dir.join("guardrails"), files, "Start a store of lessons\n")
}

/// A repository's files, with the odd bytes that real ones have.
fn files_of(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    if let Some(folder) = REPOSITORIES.get_dir(name) {
        collect(folder, name, &mut files);
    }
    for (path, bytes) in &mut files {
        match (name, path.as_str()) {
            ("shop", "CLAUDE.md") => {
                *bytes = String::from_utf8_lossy(bytes).replace('\n', "\r\n").into_bytes();
            }
            ("trade-bot", ".github/copilot-instructions.md") => {
                *bytes = [b"\xef\xbb\xbf", bytes.as_slice()].concat();
            }
            _ => {}
        }
    }
    files
}

fn store_files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        (
            "docs/schema/lesson.json".to_owned(),
            super::schema::LESSON.as_bytes().to_vec(),
        ),
        (
            "docs/schema/targets.json".to_owned(),
            super::schema::TARGETS.as_bytes().to_vec(),
        ),
    ];
    for topic in TOPICS.iter().filter_map(|topic| LESSONS.get_dir(topic)) {
        let name = topic.path().display().to_string();
        let mut lessons = Vec::new();
        collect(topic, &name, &mut lessons);
        files.extend(
            lessons
                .into_iter()
                .map(|(path, bytes)| (format!("lessons/{name}/{path}"), bytes)),
        );
    }
    let own = [
        ("targets.yaml", "targets.yaml"),
        ("one-worker-per-pool.yaml", "lessons/web/one-worker-per-pool.yaml"),
    ];
    let own = own
        .into_iter()
        .filter_map(|(from, to)| Some((to.to_owned(), REPOSITORIES.get_file(from)?.contents().to_vec())));
    files.extend(own);
    files
}

/// The files of an embedded folder, by their paths inside it.
fn collect(folder: &Dir<'_>, root: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for file in folder.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        let name = path.display().to_string().replace('\\', "/");
        // Instruction files wear `.txt` in our own tree, where no assistant must take them for its own.
        let name = name.strip_suffix(".txt").map_or(name.clone(), str::to_owned);
        into.push((name, file.contents().to_vec()));
    }
    for inner in folder.dirs() {
        collect(inner, root, into);
    }
}
