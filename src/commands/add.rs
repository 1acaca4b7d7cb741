//! `lessonbook add`: a new lesson, from flags or from answers.
//!
//! Input: flags, and answers on a terminal. Output: the lesson's file, if the store is as sound with it as without, and
//! whom it reaches. Not here: turning words into a lesson (`add/words.rs`) and working out the reach (`add/reach.rs`).

mod lesson_input;
mod reach;
pub(super) mod tags_for;

use clap::Args;

use super::list::{SeverityWord, StatusWord};
use super::{Context, Exit};
use crate::report::findings::{self, counted};
use crate::report::{UserError, style};
use crate::repository;
use crate::run::context::{from_here, name_files_from_here};
use crate::run::planning::Planning;
use lessonbook_base::finding::{self, Finding};
use lessonbook_pipeline::{render, trial};
use lessonbook_store::{Files, Store, to_yaml};

pub use lesson_input::slug;

/// Write a new lesson, check it, and say whom it reaches
///
/// On a terminal it asks for what is missing. Elsewhere a lesson needs its topic, --title, --severity, --rule and
/// --rationale. The store is checked with the lesson before anything is written; an error that the lesson brings stops it.
/// The file is tidy YAML, and you can edit it afterwards like any other.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AddArgs {
    /// Topic and id: lessons/TOPIC/ID.yaml; with TOPIC alone the id is made from the title
    #[arg(value_name = "TOPIC/ID")]
    pub name: Option<String>,

    /// A heading for people
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// How bad it is to miss it
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub severity: Option<SeverityWord>,

    /// What to do or not to do, in an imperative sentence or two
    #[arg(long, value_name = "TEXT")]
    pub rule: Option<String>,

    /// Why it holds
    #[arg(long, value_name = "TEXT")]
    pub rationale: Option<String>,

    /// A glob that it concerns; several times for several; without: the whole repository
    #[arg(long = "path", value_name = "GLOB")]
    pub paths: Vec<String>,

    /// A tag of the targets that it concerns; several times for several; without: decided by paths alone
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,

    /// A target that has to receive it, by name or glob; several times for several: the lesson gets tags of theirs
    #[arg(long, value_name = "TARGET")]
    pub to: Vec<String>,

    /// An example of what not to write
    #[arg(long, value_name = "CODE")]
    pub bad: Option<String>,

    /// An example of what to write instead
    #[arg(long, value_name = "CODE")]
    pub good: Option<String>,

    /// The language of the examples; else from the paths
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,

    /// What happened: a date, a repository or `-`, and a sentence; several times for several
    #[arg(long = "incident", value_names = ["DATE", "REPOSITORY", "TEXT"], num_args = 3)]
    pub incidents: Vec<String>,

    /// Where it was learned
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,

    /// Who answers for it
    #[arg(long, value_name = "OWNER")]
    pub owner: Option<String>,

    /// When somebody should look again
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub review_by: Option<jiff::civil::Date>,

    /// Only for targets known to be private or internal
    #[arg(long)]
    pub internal: bool,

    /// Placed from the start, or a draft first
    #[arg(long, value_name = "STATUS", value_enum, default_value = "active")]
    pub status: StatusWord,

    /// Check, and print the file instead of writing it
    #[arg(long)]
    pub dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook add
  lessonbook add ci/full-sha --to ../shop --severity high --title 'Pin actions' \\
    --rule 'Pin actions to a full commit SHA.' --rationale 'A tag can be moved.'
  lessonbook add kubernetes/liveness-failure-threshold --severity critical \\
    --title 'Liveness probes survive a lost packet' \\
    --rule 'Never set `failureThreshold` below 3 on a liveness probe.' \\
    --rationale 'One failed check in five seconds restarts every pod at once.' \\
    --path 'charts/**' --tag kubernetes \\
    --incident 2026-02-17 acme/notifications '22 minutes without notifications'";

/// Writes the lesson.
pub fn run(args: &AddArgs, context: &Context) -> anyhow::Result<Exit> {
    let survey = Planning::take(context, &[])?;
    let mut lesson = lesson_input::lesson(args, context, &survey.store)?;
    if !args.to.is_empty() {
        tags_for::add(&mut lesson.tags, &survey.store, &args.to)?;
    }
    let mut files = repository::read_store(&survey.root)?;
    if files.contains_key(&lesson.file) {
        return Err(UserError::wrong_use(format!("{} exists already", lesson.file))
            .help("choose another id, or edit that file")
            .into());
    }
    let yaml = to_yaml(&lesson);
    files.insert(lesson.file.clone(), yaml.clone().into_bytes());
    let (store, found) = with_lesson(&survey, &files, context);
    let sound = show(&survey, &found, context);
    if args.dry_run {
        context.printer.data(&yaml)?;
    } else if sound {
        repository::write_new(&survey.root.join(&lesson.file), yaml.as_bytes())?;
        let file = format!("{}{}", from_here(&survey.root), lesson.file);
        context
            .printer
            .data(&format!("{}  {file}\n", style::paint(style::GOOD, "new")))?;
    }
    if !sound {
        let what = if args.dry_run {
            "would not be written"
        } else {
            "was not written"
        };
        context.printer.complain(&format!(
            "add: {} {what}; mend it and say the command again",
            lesson.file
        ));
        return Ok(Exit::Findings);
    }
    context.printer.talk(&reach::text(&survey, &store, &lesson.id));
    Ok(Exit::Done)
}

/// The store with the new file, and what is wrong with it that is not wrong without: the checks of `check`.
fn with_lesson(survey: &Planning, files: &Files, context: &Context) -> (Store, Vec<Finding>) {
    let (store, mut found) = lessonbook_store::load(files, context.today);
    found.extend(render::check(&store));
    found.extend(trial::check(&store));
    let trees = survey
        .snapshots
        .iter()
        .map(|(name, snapshot)| (name.clone(), snapshot.tree.clone()))
        .collect();
    found.extend(lessonbook_store::reach::check_reach(&store, &trees));
    found.retain(|finding| !survey.findings.contains(finding));
    finding::sort(&mut found);
    (store, found)
}

/// Shows what the lesson brings, and says whether it may be written.
fn show(survey: &Planning, found: &[Finding], context: &Context) -> bool {
    let mut shown = found.to_vec();
    name_files_from_here(&mut shown, &from_here(&survey.root));
    if shown.iter().any(Finding::is_error) {
        context.printer.complain(&findings::human(&shown));
    } else if !shown.is_empty() {
        context.printer.complain(&in_brief(&shown));
    }
    let old = survey
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .count();
    if old > 0 {
        context.printer.complain(&format!(
            "{}: the store has {} without this lesson, too; `lessonbook check` says more",
            style::paint(style::CAREFUL, "warning"),
            counted(old, "error")
        ));
    }
    !found.iter().any(Finding::is_error)
}

/// Warnings that stop nothing, a line each: the first two, and how many more `check` shows.
fn in_brief(found: &[Finding]) -> String {
    const SHOWN: usize = 2;
    let line = |finding: &Finding| {
        let word = style::paint(style::level(finding.level), finding.level.word());
        let help = finding.help.as_ref().map(|help| format!("; {help}"));
        let (code, message) = (finding.code, &finding.message);
        format!("{word}[{code}]: {message}{}", help.unwrap_or_default())
    };
    let mut lines: Vec<String> = found.iter().take(SHOWN).map(line).collect();
    if found.len() > SHOWN {
        lines.push(format!(
            "{} more: `lessonbook check` shows all",
            found.len() - SHOWN
        ));
    }
    lines.join("\n")
}
