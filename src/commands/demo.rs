//! `lessonbook demo`: shows the whole workflow on three real repositories, offline.
//!
//! Input: a folder's name. Output: a store and three git repositories in it, and the output of a first run: check, plan, sync, one
//! diff, coverage, a second run that has nothing to do, a change that `lint` stops, and what a lesson did. Not here: the steps
//! themselves, which are other commands, and the past of the repositories (`demo/history`).

mod history;

use std::path::{Path, PathBuf};

use clap::{Args, Parser};
use include_dir::{Dir, include_dir};

use super::{Context, Exit};
use crate::cli::Cli;
use crate::report::style::{BOLD, DIM, paint};
use crate::report::{Document, Printer, UserError};
use crate::repository::{self, FIRST_DAY, NewCommit};
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::run_limits::WriteGate;

/// Show the whole workflow on three real git repositories, offline and without a token
///
/// Creates a Flask app with PostgreSQL on Kubernetes, a cluster repository and a trading bot, each with hand-written instruction
/// files, and a store of lessons beside them. Then runs check, plan, sync, coverage, a second sync that changes nothing, lint over a
/// change that a lesson forbids and over the same change done right, and effect over half a year in which one repository merged a lesson.
/// Replaces an earlier demo, and refuses any other folder that is not empty.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// The folder to create
    #[arg(value_name = "DIR", default_value = "lessonbook-demo")]
    pub dir: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook demo
  lessonbook demo /tmp/demo";

/// The file that marks a folder as an earlier demo, which may be replaced.
const MARK: &str = ".lessonbook-demo";
static LESSONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");
static REPOSITORIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/commands/demo");
/// The topics of our own lessons that are copied into the demo's store.
const TOPICS: [&str; 5] = ["delivery", "kubernetes", "review", "terraform", "trading"];

/// Our branch in the demo's repositories.
const PROPOSAL: &str = "lessonbook/demo";
/// The branch on which a developer of the shop works.
const DEVELOPER_BRANCH: &str = "add-probe";
/// The file of the shop that a developer changes. It ends inside a container, to which the change adds a probe.
const CHANGED_FILE: &str = "k8s/deployment.yaml";
const CARELESS_PROBE: &str = "          livenessProbe:
            httpGet: { path: /healthz, port: 8000 }
            periodSeconds: 5
            failureThreshold: 1
";
const CAREFUL_PROBE: &str = "          livenessProbe:
            httpGet: { path: /healthz, port: 8000 }
            initialDelaySeconds: 30
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 5
";

/// Creates the folder and runs every step.
pub fn run(args: &DemoArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &context.at(history::TODAY)?;
    create(&args.dir, context)?;
    let shown = args.dir.display().to_string();
    let store = args.dir.join("guardrails");
    let inside = Context {
        store_dir: Some(store),
        ..context.clone()
    };
    let out = &context.printer;
    print(
        out,
        &format!(
            "Created three repositories (shop, cluster, trade-bot) and a store of lessons (guardrails) in {shown}.\n"
        ),
    )?;

    step(out, "1. check", "does the store have any problems?")?;
    let mut exit = run_command(&["check"], &inside)?;
    step(
        out,
        "2. plan",
        "what would change, and the proof on the final bytes",
    )?;
    exit = exit.and(run_command(&["plan"], &inside)?);
    step(
        out,
        "3. sync",
        "one commit on a branch of each repository; no work tree is changed",
    )?;
    let planning = Planning::new(&inside, &[])?;
    exit = exit.and(propose(&planning, &inside)?);
    step(
        out,
        "4. diff",
        "the change of one hand-written file, trade-bot/CLAUDE.md",
    )?;
    one_diff(out, &planning)?;
    step(
        out,
        "5. coverage",
        "which lesson is present where, now and after the branches are merged",
    )?;
    exit = exit.and(run_command(&["coverage"], &inside)?);
    step(out, "6. sync again", "a second run finds nothing to do")?;
    exit = exit.and(propose(&Planning::new(&inside, &[])?, &inside)?);
    step(
        out,
        "7. lint",
        "in shop, without the store: a change that a lesson forbids, and the same change done right",
    )?;
    exit = exit.and(lint_two_changes(out, &args.dir.join("shop"), context)?);
    step(
        out,
        "8. effect",
        "a lesson that shop merged in spring: did the mistake come back?",
    )?;
    let cache = args.dir.join(".cache").display().to_string();
    exit = exit.and(run_command(
        &["effect", history::LESSON, "--cache", &cache],
        &inside,
    )?);
    step(out, "What to try next", "")?;
    print(out, &next_commands(&shown))?;
    Ok(exit)
}

/// Sync, without the question.
fn propose(planning: &Planning, inside: &Context) -> anyhow::Result<Exit> {
    let mut watch = PauseWatch::from_planning(planning, inside);
    propose::propose(
        planning,
        &WriteGate::default(),
        inside,
        &mut watch,
        (&WriteArgs::default(), None),
        Vec::new(),
    )
}

fn print(out: &Printer, text: &str) -> anyhow::Result<()> {
    Ok(out.data(text)?)
}

fn step(out: &Printer, title: &str, what: &str) -> anyhow::Result<()> {
    let what = if what.is_empty() {
        String::new()
    } else {
        paint(DIM, &format!(": {what}"))
    };
    print(out, &format!("\n== {}{what}\n\n", paint(BOLD, title)))
}

/// Runs a command with arguments as a user would type them.
fn run_command(words: &[&str], context: &Context) -> anyhow::Result<Exit> {
    let line = Cli::try_parse_from(std::iter::once("lessonbook").chain(words.iter().copied()))?;
    super::run(line.command, context)
}

/// The plan's diff of one hand-written file.
fn one_diff(out: &Printer, planning: &Planning) -> anyhow::Result<()> {
    let plans = planning
        .plans
        .iter()
        .filter(|plan| plan.target.name == "../trade-bot");
    for edit in plans
        .flat_map(|plan| &plan.content.edits)
        .filter(|edit| edit.path == "CLAUDE.md")
    {
        print(out, &Document::diff_only(edit.unified()).human())?;
    }
    Ok(())
}

/// A developer's change of the shop, twice: `lint` must stop the first and let the second pass, which stays on disk. The branch starts at
/// our proposal, as if it were merged, so `lint` reads the checks file that was delivered.
fn lint_two_changes(out: &Printer, shop: &Path, context: &Context) -> anyhow::Result<Exit> {
    repository::start_branch(shop, DEVELOPER_BRANCH, &format!("refs/heads/{PROPOSAL}"))?;
    let folder = shop.display().to_string();
    let plain = Context {
        store_dir: None,
        ..context.clone()
    };
    print(
        out,
        &format!(
            "A developer of shop starts the branch {DEVELOPER_BRANCH} on the proposal, as if it were merged, and adds a probe:\n\n"
        ),
    )?;
    let path = shop.join(CHANGED_FILE);
    let before = repository::read_named(&path)?;
    let mut exit = Exit::Done;
    for (probe, expected, then) in [
        (
            CARELESS_PROBE,
            Exit::Findings,
            "\nExit code 1: as a check of a pull request, it stops here. The same change done right:\n\n",
        ),
        (
            CAREFUL_PROBE,
            Exit::Done,
            "\nExit code 0: the change adds no mistake. Mistakes that were there before do not stop it.\n",
        ),
    ] {
        repository::write_atomic(&path, &[before.as_slice(), probe.as_bytes()].concat())?;
        let added: String = probe.lines().map(|line| format!("+{line}\n")).collect();
        let shown = Document::diff_only(format!("+++ shop/{CHANGED_FILE}\n{added}")).human();
        print(out, &format!("{shown}\n"))?;
        let ended = run_command(&["lint", "--base", PROPOSAL, &folder], &plain)?;
        if ended != expected {
            exit = exit.and(Exit::Findings);
        }
        print(out, then)?;
    }
    Ok(exit)
}

fn next_commands(shown: &str) -> String {
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
            "what assistants load for one file",
        ),
        (
            "git -C {}/cluster merge lessonbook/demo",
            "merge a proposal, then plan again",
        ),
        (
            "lessonbook list --severity critical --store {}/guardrails",
            "the lessons themselves",
        ),
        (
            "lessonbook site --out {}/site --effect --store {}/guardrails",
            "a catalogue: then open {}/site/index.html in a browser",
        ),
        (
            "lessonbook lint --all {}/shop",
            "every place that a check finds, new or not",
        ),
    ];
    // The program as it was called, because after `cargo run` it is not on the PATH.
    let called = std::env::args().next().filter(|program| program.contains('/'));
    let program = called.unwrap_or_else(|| "lessonbook".to_owned());
    let line = |(command, what): (&str, &str)| {
        let command = command.replace("{}", shown);
        let command = command
            .strip_prefix("lessonbook ")
            .map_or(command.clone(), |rest| format!("{program} {rest}"));
        format!("  {command}\n      {}\n", what.replace("{}", shown))
    };
    commands.into_iter().map(line).collect()
}

/// Creates the demo's folder. Replaces an earlier demo and refuses any other folder.
fn create(dir: &Path, context: &Context) -> anyhow::Result<()> {
    if !repository::replace_marked(dir, MARK)? {
        let error = UserError::wrong_use(format!("{} exists and is not an earlier demo", dir.display()));
        return Err(error.help("name another folder: lessonbook demo DIR").into());
    }
    repository::write_new(
        &dir.join(MARK),
        b"Created by `lessonbook demo`, which replaces this folder when it runs again.\n",
    )?;
    repository::write_new(&dir.join(".gitignore"), b"*\n")?;
    for name in ["shop", "cluster", "trade-bot"] {
        repository::create(
            &dir.join(name),
            &[first_commit(repository_files(name), "Start\n")],
        )?;
    }
    let store = dir.join("guardrails");
    let first = first_commit(store_files(), "Start a store of lessons\n");
    repository::create(&store, &[first])?;
    history::add(dir, &store, context)
}

fn first_commit(files: Vec<(String, Vec<u8>)>, message: &str) -> NewCommit {
    NewCommit {
        files,
        message: message.to_owned(),
        time: FIRST_DAY,
    }
}

/// A repository's files. One has CRLF line ends and one a byte order mark, as real repositories do.
fn repository_files(name: &str) -> Vec<(String, Vec<u8>)> {
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

/// Adds the files of an embedded folder, with their paths inside it.
fn collect(folder: &Dir<'_>, root: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for file in folder.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        let name = path.display().to_string().replace('\\', "/");
        // In our own repository instruction files end in `.txt`, so that no assistant loads them there.
        let name = name.strip_suffix(".txt").map_or(name.clone(), str::to_owned);
        into.push((name, file.contents().to_vec()));
    }
    for inner in folder.dirs() {
        collect(inner, root, into);
    }
}
