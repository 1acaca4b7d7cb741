//! `lessonbook where`: in which targets a lesson stands, is proposed, declined or absent.

use clap::Args;
use serde_json::json;

use super::{Context, Exit};
use crate::report::envelope::{About, envelope};
use crate::report::table::{Cell, Table};
use crate::report::{Trouble, style};
use crate::run::format::Format;
use crate::run::github_targets::RemoteArgs;
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Survey;
use lessonbook_pipeline::lifecycle::State;
use lessonbook_store::Form;

/// Say in which targets a lesson is merged, open, declined or absent
///
/// Writes nothing. Exits with 3 where it should stand and does not yet, with 1 where nobody could look.
#[derive(Debug, Args)]
#[command(name = "where", after_help = EXAMPLES)]
pub struct WhereArgs {
    /// The lesson's id
    #[arg(value_name = "LESSON")]
    pub lesson: String,

    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook where no-open-ingress
  lessonbook where no-open-ingress 'acme/*' --format json";

/// Looks and prints.
pub fn run(args: &WhereArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let survey = Survey::take(context, &args.targets)?;
    if survey.store.lesson(&args.lesson).is_none() {
        let trouble = Trouble::wrong_use(format!("no lesson is called `{}`", args.lesson));
        return Err(trouble.help("`lessonbook list` names them all").into());
    }
    let standings = crate::run::target_states::standings(&survey, context.now);
    let mut rows = Vec::new();
    for (plan, standing) in survey.plans.iter().zip(&standings) {
        let cells: Vec<_> = plan
            .proof
            .coverage
            .cells
            .iter()
            .filter(|cell| cell.lesson == args.lesson)
            .collect();
        let now = cells.iter().filter(|cell| cell.now.form > Form::None).count();
        let asked = cells.iter().filter(|cell| cell.exempt.is_none()).count();
        let whole = cells
            .iter()
            .all(|cell| cell.exempt.is_some() || cell.is_covered_now());
        let word = match standing.state {
            // Nobody could look, or the plan stopped before it was laid out.
            State::Unreachable | State::Deferred | State::Refused if cells.is_empty() => "unknown",
            _ if cells.is_empty() => "not asked for",
            _ if whole => "merged",
            State::Current | State::Outdated | State::Conflicting | State::Edited | State::Approved => "open",
            State::Held if standing.age.is_some() => "open",
            State::Declined => "declined",
            _ if now > 0 => "in part",
            _ => "absent",
        };
        rows.push((standing, word, now, asked));
    }
    let text = match args.format {
        Format::Human => human(&rows),
        Format::Json => {
            let targets: Vec<_> = rows
                .iter()
                .map(|(standing, word, now, asked)| {
                    json!({ "target": standing.target, "lesson": word, "places_now": now, "places_asked": asked, "state": standing.state, "link": standing.link })
                })
                .collect();
            let data = json!({ "lesson": args.lesson, "targets": targets });
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let document = envelope(About::StoreAt(&survey.store, commit), data);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let lacks = rows
        .iter()
        .any(|(_, word, ..)| !matches!(*word, "merged" | "not asked for"));
    let pending = if lacks { Exit::Pending } else { Exit::Done };
    Ok(outcome::ended(&survey, context, FailArgs::default(), &[]).and(pending))
}

fn human(rows: &[(&crate::report::status::Standing, &str, usize, usize)]) -> String {
    let mut table = Table::new(&["target", "lesson", "places now", "proposal"])
        .right(2)
        .gives_way(3);
    for (standing, word, now, asked) in rows {
        let style = match *word {
            "merged" => style::GOOD,
            "not asked for" => style::DIM,
            _ => style::CAREFUL,
        };
        let places = if *asked == 0 {
            String::new()
        } else {
            format!("{now} of {asked}")
        };
        let link = standing.link.clone().unwrap_or_else(|| standing.why.clone());
        table.row([
            standing.target.as_str().into(),
            Cell::styled(style, *word),
            places.into(),
            link.into(),
        ]);
    }
    table.render()
}
