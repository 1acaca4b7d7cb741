//! `lessonbook add`: writes a new lesson from flags or from answers to questions.
//!
//! Input: flags, and answers on a terminal. Output: the lesson's file, unless the lesson adds an error to the store, and which
//! repositories receive it. Not here: building the lesson (`lesson_input`), and the repositories that receive it (`reach`).

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

/// Write a new lesson, check it, and show which repositories receive it
///
/// On a terminal, add asks for whatever is missing. Elsewhere the topic, --title, --severity, --rule and --rationale are required.
/// The store is checked with the lesson before anything is written; if the lesson adds an error, nothing is written. The file is
/// plain YAML that you can edit afterwards.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AddArgs {
    /// Topic and id: lessons/TOPIC/ID.yaml; with TOPIC alone, the id is made from the title
    #[arg(value_name = "TOPIC/ID")]
    pub name: Option<String>,

    /// A heading for people
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// How much harm it does if an assistant misses the lesson
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub severity: Option<SeverityWord>,

    /// What to do or not to do, in one or two imperative sentences
    #[arg(long, value_name = "TEXT")]
    pub rule: Option<String>,

    /// The reason for the rule
    #[arg(long, value_name = "TEXT")]
    pub rationale: Option<String>,

    /// A glob of the files that the lesson concerns; can be repeated [default: all files]
    #[arg(long = "path", value_name = "GLOB")]
    pub paths: Vec<String>,

    /// A tag of the targets that the lesson concerns; can be repeated [default: the paths decide alone]
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,

    /// A target that must receive the lesson, by name or glob; can be repeated. The lesson gets tags of these targets
    #[arg(long, value_name = "TARGET")]
    pub to: Vec<String>,

    /// An example of what not to write
    #[arg(long, value_name = "CODE")]
    pub bad: Option<String>,

    /// An example of what to write instead
    #[arg(long, value_name = "CODE")]
    pub good: Option<String>,

    /// The language of the examples [default: taken from the paths]
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,

    /// What happened: a date, a repository or `-`, and a sentence; can be repeated
    #[arg(long = "incident", value_names = ["DATE", "REPOSITORY", "TEXT"], num_args = 3)]
    pub incidents: Vec<String>,

    /// Where the lesson was learned
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,

    /// Who is responsible for the lesson
    #[arg(long, value_name = "OWNER")]
    pub owner: Option<String>,

    /// When the lesson should be reviewed again
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub review_by: Option<jiff::civil::Date>,

    /// Write the lesson only to targets that are known to be private or internal
    #[arg(long)]
    pub internal: bool,

    /// Whether targets receive the lesson now, or it stays a draft first
    #[arg(long, value_name = "STATUS", value_enum, default_value = "active")]
    pub status: StatusWord,

    /// Check the lesson and print the file instead of writing it
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
    let planning = Planning::new(context, &[])?;
    let mut lesson = lesson_input::lesson(args, context, &planning.store)?;
    if !args.to.is_empty() {
        tags_for::add(&mut lesson.tags, &planning.store, &args.to)?;
    }
    let mut files = repository::read_store(&planning.root)?;
    if files.contains_key(&lesson.file) {
        return Err(UserError::wrong_use(format!("{} already exists", lesson.file))
            .help("choose another id, or edit that file")
            .into());
    }
    let yaml = to_yaml(&lesson);
    files.insert(lesson.file.clone(), yaml.clone().into_bytes());
    let (store, added) = with_lesson(&planning, &files, context);
    report(&planning, &added, context);
    let is_valid = !added.iter().any(Finding::is_error);
    if args.dry_run {
        context.printer.data(&yaml)?;
    } else if is_valid {
        repository::write_new(&planning.root.join(&lesson.file), yaml.as_bytes())?;
        let file = format!("{}{}", from_here(&planning.root), lesson.file);
        context
            .printer
            .data(&format!("{}  {file}\n", style::paint(style::GOOD, "new")))?;
    }
    if !is_valid {
        let what = if args.dry_run {
            "would not be written"
        } else {
            "was not written"
        };
        context.printer.complain(&format!(
            "add: {} {what}; correct the lesson and run the command again",
            lesson.file
        ));
        return Ok(Exit::Findings);
    }
    context.printer.talk(&reach::text(&planning, &store, &lesson.id));
    Ok(Exit::Done)
}

/// The store with the new file, and the findings of `check` that this file adds.
fn with_lesson(planning: &Planning, files: &Files, context: &Context) -> (Store, Vec<Finding>) {
    let (store, mut findings) = lessonbook_store::load(files, context.today);
    findings.extend(render::check(&store));
    findings.extend(trial::check(&store));
    let trees = planning
        .snapshots
        .iter()
        .map(|(name, snapshot)| (name.clone(), snapshot.tree.clone()))
        .collect();
    findings.extend(lessonbook_store::reach::check_reach(&store, &trees));
    findings.retain(|finding| !planning.findings.contains(finding));
    finding::sort(&mut findings);
    (store, findings)
}

/// Reports the findings that the lesson adds, and whether the store has errors without it.
fn report(planning: &Planning, added: &[Finding], context: &Context) {
    let mut shown = added.to_vec();
    name_files_from_here(&mut shown, &from_here(&planning.root));
    if shown.iter().any(Finding::is_error) {
        context.printer.complain(&findings::human(&shown));
    } else if !shown.is_empty() {
        context.printer.complain(&in_brief(&shown));
    }
    let old = planning
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .count();
    if old > 0 {
        context.printer.complain(&format!(
            "{}: the store already has {} without this lesson; run `lessonbook check` for details",
            style::paint(style::CAREFUL, "warning"),
            counted(old, "error")
        ));
    }
}

/// Warnings, one line each: the first two, and how many more `check` shows.
fn in_brief(findings: &[Finding]) -> String {
    const SHOWN: usize = 2;
    let line = |finding: &Finding| {
        let word = style::paint(style::level(finding.level), finding.level.word());
        let help = finding.help.as_ref().map(|help| format!("; {help}"));
        let (code, message) = (finding.code, &finding.message);
        format!("{word}[{code}]: {message}{}", help.unwrap_or_default())
    };
    let mut lines: Vec<String> = findings.iter().take(SHOWN).map(line).collect();
    if findings.len() > SHOWN {
        lines.push(format!(
            "{} more: `lessonbook check` shows all",
            findings.len() - SHOWN
        ));
    }
    lines.join("\n")
}
