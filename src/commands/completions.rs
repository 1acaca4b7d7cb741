//! `lessonbook completions`: prints a completion script for a shell, and answers the shell while someone types.
//!
//! Input: a shell, or the words typed so far. Output: the script, or the words that could follow: commands, options, and the names of the
//! store's lessons, targets, tags, topics and entry points. Not here: the shells' own syntax (`clap_complete`).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use clap_complete::{Shell, ValueHint};

use super::{Context, Exit};
use crate::run::global_args::GlobalArgs;
use lessonbook_store::Store;

/// Print a completion script for a shell
///
/// The script asks the program while you type, so it completes the names of lessons, targets, tags and topics of the store in the current
/// folder or in `--store`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook completions bash > ~/.local/share/bash-completion/completions/lessonbook
  lessonbook completions zsh > ~/.zfunc/_lessonbook
  lessonbook completions fish > ~/.config/fish/completions/lessonbook.fish";

/// The variable by which a shell asks: it holds the shell's name.
const ASKED_BY: &str = "LESSONBOOK_COMPLETE";

/// Prints the script.
pub fn run(args: &CompletionsArgs, context: &Context) -> anyhow::Result<Exit> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let mut script = Vec::new();
    if let Some(shell) = shells.completer(&name) {
        let program = "lessonbook";
        shell.write_registration(ASKED_BY, program, program, program, &mut script)?;
    }
    context.printer.bytes(&script)?;
    Ok(Exit::Done)
}

/// Answers a shell that asks what could follow. Returns false if no shell asks. `words` are the program's arguments, its own name first.
pub fn answer(words: impl IntoIterator<Item = OsString>) -> clap::error::Result<bool> {
    let words: Vec<OsString> = words.into_iter().collect();
    let store = named_store(&words);
    CompleteEnv::with_factory(|| with_names(crate::cli::command(), store.as_ref()))
        .var(ASKED_BY)
        .try_complete(words, None)
}

/// The value of `--store` among the words.
fn named_store(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--store" {
            return words.next().map(PathBuf::from);
        }
        if let Some(folder) = word.to_str().and_then(|word| word.strip_prefix("--store=")) {
            return Some(PathBuf::from(folder));
        }
    }
    None
}

/// Adds the store's names to the arguments that take them, which the help shows by the names of their values.
fn with_names(mut command: Command, store: Option<&PathBuf>) -> Command {
    command.build();
    let subcommands: Vec<String> = crate::cli::subcommands(&command);
    for name in subcommands {
        command = command.mut_subcommand(name, |sub| {
            sub.mut_args(|arg| {
                let values: Vec<String> = arg
                    .get_value_names()
                    .into_iter()
                    .flatten()
                    .flat_map(|name| name.split('|').map(str::to_owned))
                    .collect();
                let takes_names = values.iter().any(|value| kind(value).is_some());
                if !takes_names || arg.get_value_hint() != ValueHint::Unknown {
                    return arg;
                }
                let store = store.cloned();
                arg.add(ArgValueCandidates::new(move || names(store.as_ref(), &values)))
            })
        });
    }
    command
}

/// What the names of a store are for.
type Names = fn(&Store) -> Vec<(String, String)>;

/// The names that a value may have, and what each is: by the word that the help shows for the value.
fn kind(value: &str) -> Option<Names> {
    match value {
        "LESSON" | "ID" => Some(|store| {
            let lessons = store.lessons.iter();
            lessons
                .map(|lesson| (lesson.id.clone(), lesson.title.clone()))
                .collect()
        }),
        "TARGET" => Some(|store| {
            let targets = store.targets.iter();
            targets
                .map(|target| (target.name.clone(), target.tags.join(", ")))
                .collect()
        }),
        "TAG" => Some(|store| {
            let lessons = store.lessons.iter().flat_map(|lesson| &lesson.tags);
            let targets = store.targets.iter().flat_map(lessonbook_store::Target::all_tags);
            lessons
                .chain(targets)
                .map(|tag| (tag.clone(), String::new()))
                .collect()
        }),
        "TOPIC" => Some(topics),
        // A new lesson's id is up to its author.
        "TOPIC/ID" => Some(|store| {
            let topics = topics(store).into_iter();
            topics.map(|(topic, title)| (topic + "/", title)).collect()
        }),
        "OWNER" => Some(|store| {
            let owners = store.lessons.iter().filter_map(|lesson| lesson.owner.clone());
            owners.map(|owner| (owner, String::new())).collect()
        }),
        "ENTRY_POINT" => Some(|store| {
            let rows = store.entry_points.iter();
            rows.map(|row| (row.name.clone(), row.path.clone())).collect()
        }),
        _ => None,
    }
}

fn topics(store: &Store) -> Vec<(String, String)> {
    let title = |topic: &String| store.topics.get(topic).cloned().unwrap_or_default();
    let topics = store.lessons.iter().map(|lesson| &lesson.topic);
    topics.map(|topic| (topic.clone(), title(topic))).collect()
}

/// The candidates for a value, sorted. Without a store there are none: a shell shows nothing rather than a message in the line being typed.
fn names(store: Option<&PathBuf>, values: &[String]) -> Vec<CompletionCandidate> {
    let global = GlobalArgs {
        store: store.cloned(),
        ..GlobalArgs::default()
    };
    let loaded = Context::new(&global).and_then(|context| context.load_store());
    let Ok((store, _)) = loaded else { return Vec::new() };
    let mut names: Vec<(String, String)> = values
        .iter()
        .filter_map(|value| kind(value))
        .flat_map(|names| names(&store))
        .collect();
    names.sort();
    names.dedup_by(|a, b| a.0 == b.0);
    let candidate = |(name, about): (String, String)| {
        let about = (!about.is_empty()).then(|| about.into());
        CompletionCandidate::new(name).help(about)
    };
    names.into_iter().map(candidate).collect()
}
