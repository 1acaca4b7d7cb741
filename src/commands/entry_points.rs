//! `lessonbook entry-points`: prints the table of entry points and of the assistants that load them.
//!
//! Input: the built-in table, and the store's own entry points if there is a store. Output: a page for people, scripts or Markdown.
//! Not here: the table itself (`crates/store/src/entry-points.yaml`).

use clap::Args;
use serde_json::json;

use super::{Context, Exit};
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::sanitize::{visible, width};
use crate::report::style;
use crate::run::format::TableFormat;
use lessonbook_base::globs::Dialect;
use lessonbook_store::EntryPointKind;
use lessonbook_store::entry_point::{
    Assistant, Comments, EntryPoint, Limit, LimitUnit, Nested, PastLimit, Scope,
};

/// Show which assistants load which file, how they read globs, and where they stop reading
///
/// Prints the table of entry points and their assistants. Each line about an assistant names the source and the day on which the
/// facts were last compared with it. In a store, the store's own entry points are listed, too.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EntryPointsArgs {
    /// Names of entry points [default: all]
    #[arg(value_name = "ENTRY_POINT")]
    names: Vec<String>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: TableFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook entry-points
  lessonbook entry-points copilot-scoped claude-rules
  lessonbook entry-points --format markdown > docs/entry-points.md";

/// Prints the table.
pub fn run(args: &EntryPointsArgs, context: &Context) -> anyhow::Result<Exit> {
    let store = context.entry_point_store()?;
    let all = store.as_ref().map_or_else(
        || {
            lessonbook_store::load(&lessonbook_store::Files::new(), context.today)
                .0
                .entry_points
        },
        |store| store.entry_points.clone(),
    );
    let about = store
        .as_ref()
        .map_or(DocumentSubject::NoStore, DocumentSubject::Store);
    let known = |name: &String| all.iter().any(|row| row.name == *name);
    if let Some(name) = args.names.iter().find(|name| !known(name)) {
        let names: Vec<&str> = all.iter().map(|row| row.name.as_str()).collect();
        let error = crate::report::UserError::wrong_use(format!("there is no entry point `{name}`"));
        return Err(error
            .help(format!("the entry points are {}", names.join(", ")))
            .into());
    }
    let chosen = |row: &&EntryPoint| args.names.is_empty() || args.names.contains(&row.name);
    let rows: Vec<&EntryPoint> = all.iter().filter(chosen).collect();
    let text = match args.format {
        TableFormat::Human => human(&rows),
        TableFormat::Json => {
            let page = envelope(about, json!({ "entry_points": rows }));
            serde_json::to_string_pretty(&page)? + "\n"
        }
        TableFormat::Markdown => markdown(&rows),
    };
    context.printer.data(&text)?;
    Ok(Exit::Done)
}

fn human(rows: &[&EntryPoint]) -> String {
    let blocks: Vec<String> = rows.iter().map(|row| block(row)).collect();
    blocks.join("\n")
}

fn block(row: &EntryPoint) -> String {
    let own = if row.own { "   of this store" } else { "" };
    let mut lines = vec![format!(
        "{}   {}   {}{own}",
        style::paint(style::BOLD, &visible(&row.name)),
        visible(&row.path),
        style::paint(style::DIM, when(row.kind)),
    )];
    lines.extend(
        row.budget
            .map(|budget| format!("  budget of our block: {}", size(budget))),
    );
    let widest = row
        .assistants
        .iter()
        .map(|assistant| width(&assistant.name))
        .max();
    for assistant in &row.assistants {
        let gap = widest.unwrap_or_default() - width(&assistant.name);
        lines.push(format!(
            "  {}{}  {}",
            visible(&assistant.name),
            " ".repeat(gap),
            style::paint(style::DIM, &visible(&source(assistant))),
        ));
        let facts = facts(assistant).into_iter();
        lines.extend(facts.map(|(name, value)| format!("    {name:<10} {}", visible(&value))));
    }
    lines.join("\n") + "\n"
}

/// The vendor's page, and the day on which a person last compared the facts with it.
fn source(assistant: &Assistant) -> String {
    format!("{}, verified on {}", assistant.page, assistant.verified_on)
}

/// The known facts about an assistant, one line each. Facts that the vendor does not document are left out.
fn facts(assistant: &Assistant) -> Vec<(&'static str, String)> {
    let mut facts = vec![("assistant", assistant.assistant.clone())];
    if let Some(dialect) = assistant.dialect {
        facts.push(("globs", dialect_words(dialect).to_owned()));
    }
    if assistant.comments != Comments::Unknown {
        facts.push(("comments", comments(assistant.comments).to_owned()));
    }
    facts.extend(
        assistant
            .limits
            .iter()
            .map(|limit| ("limit", limit_words(*limit))),
    );
    if !assistant.shadowed_by.is_empty() {
        facts.push(("hidden by", assistant.shadowed_by.join(", ")));
    }
    facts.extend(nested(assistant.nested).map(|words| ("nested", words.to_owned())));
    if assistant.imports {
        facts.push(("imports", "replaces `@path` with that file".to_owned()));
    }
    facts
}

fn markdown(rows: &[&EntryPoint]) -> String {
    let mut lines = vec![
        "| entry point | path | loaded | assistant | globs | comments | limits | hidden by | nested | imports | source | verified on |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for row in rows {
        lines.extend(
            row.assistants
                .iter()
                .map(|assistant| markdown_row(row, assistant)),
        );
    }
    lines.join("\n") + "\n"
}

fn markdown_row(row: &EntryPoint, assistant: &Assistant) -> String {
    let limits = assistant.limits.iter().map(|limit| limit_words(*limit));
    let shadows = assistant.shadowed_by.iter().map(|path| format!("`{path}`"));
    let cells = [
        format!("`{}`", row.name),
        format!("`{}`", row.path),
        when(row.kind).to_owned(),
        assistant.name.clone(),
        assistant
            .dialect
            .map(dialect_words)
            .unwrap_or_default()
            .to_owned(),
        comments(assistant.comments).to_owned(),
        limits.collect::<Vec<_>>().join("; "),
        shadows.collect::<Vec<_>>().join(", "),
        match assistant.nested {
            Nested::No => String::new(),
            nested => nested.word().to_owned(),
        },
        if assistant.imports { "`@path`" } else { "" }.to_owned(),
        assistant.page.clone(),
        assistant.verified_on.to_string(),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    format!("| {} |", cells.join(" | "))
}

/// What an assistant does with files of the same name below the root.
fn nested(nested: Nested) -> Option<&'static str> {
    match nested {
        Nested::No => None,
        Nested::Unknown => Some("unclear whether it reads files of this name in folders below the root"),
        Nested::Nearest => Some("reads the nearest file of this name instead of the one at the root"),
        Nested::OnDemand => {
            Some("also reads the files of this name down to the folder where it works on a file")
        }
        Nested::Chain => Some("also reads the files of this name down to the folder where it works"),
    }
}

fn when(kind: EntryPointKind) -> &'static str {
    match kind {
        EntryPointKind::Always => "always loaded",
        EntryPointKind::Scoped => "loaded for matching paths",
        EntryPointKind::Reference => "read on request",
    }
}

fn dialect_words(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Portable => "as the store writes them",
        Dialect::CopilotDocs => "as GitHub documents applyTo: `*.ts` matches in the top folder only",
        Dialect::CopilotVscode => {
            "as VS Code reads applyTo: `*.ts` matches in any folder, in any letter case"
        }
        Dialect::CopilotCli => "as Copilot CLI reads applyTo: `*.ts` matches in any folder",
        Dialect::ClaudeRules => "as Claude Code reads paths: `*.ts` matches in the top folder only",
        Dialect::Cursor => "as Cursor reads globs: `*.ts` matches in the top folder only",
    }
}

fn comments(comments: Comments) -> &'static str {
    match comments {
        Comments::Seen => "are sent to the model",
        Comments::Stripped => "are removed",
        Comments::Unknown => "not documented",
    }
}

/// `200 lines`.
fn size(limit: Limit) -> String {
    let unit = match limit.unit {
        LimitUnit::Lines => "lines",
        LimitUnit::Characters => "characters",
        LimitUnit::Bytes => "bytes",
    };
    format!("{} {unit}", limit.count)
}

fn limit_words(limit: Limit) -> String {
    let scope = match limit.scope {
        Scope::File => "in a file",
        Scope::Chain => "in all files of this name from the root to a folder",
        Scope::Family => "in all its files together",
    };
    let over = match limit.over {
        PastLimit::CutsTail => "the rest is not read",
        PastLimit::Skips => "a larger file is not read at all",
        PastLimit::Unknown => "what happens beyond it is not documented",
        PastLimit::Advice => "the vendor's advice; more is read",
    };
    format!("{} {scope}: {over}", size(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessonbook_store::entry_point::FrontMatterForm;

    fn row() -> EntryPoint {
        EntryPoint {
            name: "claude-rules".into(),
            folder: String::new(),
            kind: EntryPointKind::Scoped,
            path: ".claude/rules/{topic}.md".into(),
            front_matter: FrontMatterForm::ClaudeRules,
            template: "scoped.md.tera".into(),
            if_exists: false,
            topics: Vec::new(),
            budget: Some(Limit {
                count: 120,
                unit: LimitUnit::Lines,
                scope: Scope::File,
                over: PastLimit::Advice,
            }),
            prompt: false,
            assistants: vec![Assistant {
                name: "Claude Code".into(),
                assistant: "claude-code".into(),
                dialect: Some(Dialect::ClaudeRules),
                comments: Comments::Unknown,
                shadowed_by: vec!["CLAUDE.local.md".into()],
                shadowed_below: Vec::new(),
                limits: vec![Limit {
                    count: 22000,
                    unit: LimitUnit::Bytes,
                    scope: Scope::Family,
                    over: PastLimit::Skips,
                }],
                nested: Nested::Nearest,
                imports: true,
                page: "https://code.claude.com/docs/en/memory".into(),
                verified_on: jiff::civil::date(2026, 11, 20),
            }],
            own: false,
        }
    }

    #[test]
    fn a_page_shows_what_an_assistant_does_and_its_source() {
        let text = anstream::adapter::strip_str(&human(&[&row()])).to_string();
        let expected = "\
claude-rules   .claude/rules/{topic}.md   loaded for matching paths
  budget of our block: 120 lines
  Claude Code  https://code.claude.com/docs/en/memory, verified on 2026-11-20
    assistant  claude-code
    globs      as Claude Code reads paths: `*.ts` matches in the top folder only
    limit      22000 bytes in all its files together: a larger file is not read at all
    hidden by  CLAUDE.local.md
    nested     reads the nearest file of this name instead of the one at the root
    imports    replaces `@path` with that file
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_markdown_table_has_one_row_per_assistant_and_one_cell_per_column() {
        let page = markdown(&[&row()]);
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(lines.len(), 3);
        let cells = |line: &str| line.matches(" | ").count();
        assert_eq!(cells(lines[0]), cells(lines[2]), "{page}");
        assert!(
            lines[2].contains("| `.claude/rules/{topic}.md` | loaded for matching paths | Claude Code |")
        );
    }
}
