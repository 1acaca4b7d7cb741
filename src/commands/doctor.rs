//! `lessonbook doctor`: checks that the token and the settings on GitHub allow what a sync would do.
//!
//! Input: credentials, and the settings of each target on GitHub. Output: questions with their answers. Not here: the requests
//! (`repository/github`).

use clap::Args;
use serde_json::{Value, json};

use super::{Context, Exit};
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::style::{BAD, BOLD, CAREFUL, GOOD, paint};
use crate::report::{Progress, UserError, findings};
use crate::repository;
use crate::repository::github::{Github, RepositorySettings};
use crate::run::format::Format;
use crate::run::{github_access, targets};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pull_request::{Permission, Rule};
use lessonbook_store::{Store, TargetLocation, verification_age};

/// Check whether the token allows a sync of each target on GitHub, and whether the default branch is protected
///
/// Also names the assistants in use whose facts in the table of entry points are old. Writes nothing. The exit code is 1 if a sync would fail
/// in a target. docs/github.md explains each permission.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {
    /// Names or globs of targets [default: all on GitHub, and the store]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook doctor
  lessonbook doctor acme/cardboard --format json";

/// A question and its answer.
struct DoctorCheck {
    question: &'static str,
    /// `None`: GitHub does not show it to this token.
    yes: Option<bool>,
    /// Whether a sync fails if the answer is no.
    required: bool,
    detail: String,
}

/// Checks and prints.
pub fn run(args: &DoctorArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let files = repository::read_store(&root)?;
    let (store, _) = lessonbook_store::load(&files, context.today);
    let Some(github) = github_access::start(context, &store).map_err(user_error)? else {
        let missing = UserError::wrong_use("there are no credentials for GitHub");
        return Err(missing
            .help("set GITHUB_TOKEN, or LESSONBOOK_APP_ID and LESSONBOOK_APP_PRIVATE_KEY")
            .into());
    };
    let chosen = targets::select(&store, &args.targets)?;
    let names: Vec<&str> = chosen
        .iter()
        .filter_map(|target| match &target.place {
            TargetLocation::Github(name) => Some(name.as_str()),
            TargetLocation::Local(_) => None,
        })
        .collect();
    let progress = Progress::start(&context.printer, "asking GitHub", names.len());
    let mut sheets: Vec<(String, Result<Vec<DoctorCheck>, Finding>)> = Vec::new();
    for name in names {
        progress.now(name);
        let facts = github.settings(name, &store.branch());
        sheets.push((name.to_owned(), facts.map(|facts| target(&facts, &store))));
        progress.done();
    }
    if args.targets.is_empty() && store.home.contains('/') {
        sheets.push((format!("{} (the store)", store.home), home(&github, &store)));
    }
    drop(progress);
    let overdue = verification_age::check_age(&store, context.today);
    let text = match args.format {
        Format::Human => human(&sheets) + &findings::human(overdue.as_slice()),
        Format::Json => format!("{:#}\n", document(&store, &sheets, overdue.as_slice())),
    };
    context.printer.data(&text)?;
    let no = |answer: &DoctorCheck| answer.required && answer.yes == Some(false);
    Ok(Exit::findings_if(sheets.iter().any(|(_, sheet)| {
        sheet.as_ref().map_or(true, |answers| answers.iter().any(no))
    })))
}

fn user_error(finding: Finding) -> anyhow::Error {
    let error = UserError::wrong_use(finding.message);
    match finding.help {
        Some(help) => error.help(help).into(),
        None => error.into(),
    }
}

fn target(facts: &RepositorySettings, store: &Store) -> Vec<DoctorCheck> {
    let push = facts.permission >= Permission::Write && !facts.archived;
    let granted = if facts.grants.is_empty() {
        format!("{:?}", facts.permission).to_lowercase()
    } else {
        facts.grants.join(", ")
    };
    let blocking: Vec<&Rule> = facts
        .branch_rules
        .iter()
        .flatten()
        .filter(|rule| rule.stops().is_some())
        .collect();
    let protected = facts
        .base_rules
        .as_ref()
        .map(|rules| rules.iter().any(|rule| rule.stops().is_some()));
    let protected = match (protected, facts.base_protected) {
        (None, None) => None,
        (rules, older) => Some(rules.unwrap_or(false) || older.unwrap_or(false)),
    };
    vec![
        DoctorCheck {
            question: "the token may push a branch and open a pull request",
            yes: Some(push),
            required: true,
            detail: granted,
        },
        DoctorCheck {
            question: "the branch name is allowed",
            yes: facts.branch_rules.as_ref().map(|_| blocking.is_empty()),
            required: true,
            detail: match blocking.first() {
                Some(rule) => format!(
                    "a rule forbids {} on {}",
                    rule.stops().unwrap_or_default(),
                    store.branch()
                ),
                None => store.branch(),
            },
        },
        DoctorCheck {
            question: "GitHub protects the default branch",
            yes: protected,
            required: false,
            detail: "Lessonbook never pushes there; a rule enforces it".into(),
        },
    ]
}

fn home(github: &Github, store: &Store) -> Result<Vec<DoctorCheck>, Finding> {
    let facts = github.settings(&store.home, "main")?;
    let reviews = facts.approvals.map(|approvals| approvals > 0);
    Ok(vec![
        DoctorCheck {
            question: "a change of a lesson needs a review",
            yes: reviews,
            required: false,
            detail: "everyone who can merge here writes to the assistants of every repository".into(),
        },
        DoctorCheck {
            question: "CODEOWNERS names the reviewers of lessons",
            yes: Some(
                facts
                    .owners
                    .as_deref()
                    .is_some_and(|owners| owners.contains("lessons")),
            ),
            required: false,
            detail: "`lessonbook init` writes one".into(),
        },
    ])
}

fn human(sheets: &[(String, Result<Vec<DoctorCheck>, Finding>)]) -> String {
    let mut out = String::new();
    for (name, sheet) in sheets {
        out.push_str(&format!("{}\n", paint(BOLD, name)));
        match sheet {
            Ok(answers) => {
                for answer in answers {
                    let (style, mark) = match (answer.yes, answer.required) {
                        (Some(true), _) => (GOOD, "yes"),
                        (Some(false), true) => (BAD, "no"),
                        (Some(false), false) => (CAREFUL, "no"),
                        (None, _) => (CAREFUL, "unknown"),
                    };
                    out.push_str(&format!(
                        "  {:<7} {}: {}\n",
                        paint(style, mark),
                        answer.question,
                        answer.detail
                    ));
                }
            }
            Err(finding) => {
                let help = finding.help.as_deref().unwrap_or_default();
                out.push_str(&format!(
                    "  {}: {}\n    help: {help}\n",
                    paint(BAD, "error"),
                    finding.message
                ));
            }
        }
    }
    if sheets.is_empty() {
        out.push_str("no target is on GitHub\n");
    }
    out
}

fn document(
    store: &Store,
    sheets: &[(String, Result<Vec<DoctorCheck>, Finding>)],
    findings: &[Finding],
) -> Value {
    let targets: Vec<Value> = sheets
        .iter()
        .map(|(name, sheet)| match sheet {
            Ok(answers) => {
                let answers: Vec<Value> = answers
                    .iter()
                    .map(|answer| json!({ "question": answer.question, "answer": answer.yes, "required": answer.required, "detail": answer.detail }))
                    .collect();
                json!({ "target": name, "answers": answers })
            }
            Err(finding) => json!({ "target": name, "finding": finding }),
        })
        .collect();
    envelope(
        DocumentSubject::Store(store),
        json!({ "targets": targets, "findings": findings }),
    )
}
