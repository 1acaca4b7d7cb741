//! Reads the assistants that load an entry point.
//!
//! Input: `assistants` of an entry point. Output: [`Assistant`]s. Not here: the entry points ([`super::entry_points`]).

use super::fields::FieldsReader;
use super::size_limit::limit;
use crate::entry_point::{
    Assistant, Comments, EntryPoint, FrontMatterForm, Nested, PastLimit, Scope, assistant_id,
};
use crate::words::nearest;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;
use lessonbook_base::globs::Dialect;

/// The keys of an assistant.
pub const ASSISTANT_KEYS: [&str; 10] = [
    "name",
    "assistant",
    "dialect",
    "comments",
    "shadowed_by",
    "nested",
    "imports",
    "limits",
    "page",
    "verified_on",
];

/// Reads the assistants of an entry point: names of built-in ones, or definitions.
pub(super) fn assistants(
    reader: &mut FieldsReader,
    node: &YamlNode,
    known: &[EntryPoint],
    front_matter: FrontMatterForm,
    today: jiff::civil::Date,
) -> Vec<Assistant> {
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`assistants`", "a list");
        return Vec::new();
    };
    let mut assistants = Vec::new();
    for item in items {
        let found = match &item.value {
            YamlValue::Text(name) => named(reader, item, name, known, front_matter),
            _ => defined(reader, item, None, today),
        };
        assistants.extend(found);
    }
    assistants
}

/// The assistants of a built-in entry point, with the facts that `targets.yaml` has newer.
pub(super) fn changed(
    reader: &mut FieldsReader,
    node: &YamlNode,
    row: &EntryPoint,
    today: jiff::civil::Date,
) -> Vec<Assistant> {
    let mut assistants = row.assistants.clone();
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`assistants`", "a list");
        return assistants;
    };
    for item in items {
        let Some(newer) = defined(reader, item, Some(row), today) else {
            continue;
        };
        match assistants.iter_mut().find(|known| known.name == newer.name) {
            Some(known) => *known = newer,
            None => assistants.push(newer),
        }
    }
    assistants
}

/// A built-in assistant by name, with its settings for other files of this kind, but without their limits.
fn named(
    reader: &mut FieldsReader,
    node: &YamlNode,
    name: &str,
    known: &[EntryPoint],
    front_matter: FrontMatterForm,
) -> Option<Assistant> {
    let mut names: Vec<&str> = Vec::new();
    let mut found: Option<Assistant> = None;
    for row in known {
        for candidate in &row.assistants {
            names.push(&candidate.name);
            let alike = row.front_matter == front_matter;
            if candidate.name == name && (alike || found.is_none()) {
                found = Some(Assistant {
                    dialect: candidate.dialect.filter(|_| alike),
                    shadowed_by: Vec::new(),
                    shadowed_below: Vec::new(),
                    nested: Nested::No,
                    imports: false,
                    limits: Vec::new(),
                    ..candidate.clone()
                });
            }
        }
    }
    if found.is_none() {
        unknown_assistant(reader, node, name, names);
    }
    found
}

fn unknown_assistant(reader: &mut FieldsReader, node: &YamlNode, name: &str, mut names: Vec<&str>) {
    names.sort_unstable();
    names.dedup();
    let finding = reader.finding(
        Code::UnknownAssistant,
        node.span.clone(),
        format!("there is no assistant `{name}`"),
    );
    let help = match nearest_name(name, &names) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            "run `lessonbook entry-points` for a list; define a new assistant as a map with its `name`".into()
        }
    };
    reader.push(finding.help(help));
}

fn nearest_name<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let views: Vec<&str> = lower.iter().map(String::as_str).collect();
    let meant = nearest(name, &views)?;
    let at = views.iter().position(|view| *view == meant)?;
    names.get(at).copied()
}

/// The definition of an assistant. What it does not say about an assistant of `row` stays as it is in the row, and must be dated.
fn defined(
    reader: &mut FieldsReader,
    node: &YamlNode,
    row: Option<&EntryPoint>,
    today: jiff::civil::Date,
) -> Option<Assistant> {
    let fields = reader.map(node, "an assistant", &ASSISTANT_KEYS)?;
    reader.require(&fields, "an assistant", "name");
    if row.is_some() {
        reader.require(&fields, "an assistant of a built-in entry point", "verified_on");
    }
    let name = reader.string(&fields, "name");
    let known = row.into_iter().flat_map(|row| &row.assistants);
    let known = known.clone().find(|known| name.as_ref() == Some(&known.name));
    let base = known.cloned().unwrap_or_else(|| Assistant {
        page: reader.source.file.clone(),
        ..assistant(name.as_deref().unwrap_or_default(), today)
    });
    let dialects = [
        ("portable", Dialect::Portable),
        ("copilot-docs", Dialect::CopilotDocs),
        ("copilot-vscode", Dialect::CopilotVscode),
        ("copilot-cli", Dialect::CopilotCli),
        ("claude-rules", Dialect::ClaudeRules),
        ("cursor", Dialect::Cursor),
    ];
    let comments = [
        ("seen", Comments::Seen),
        ("stripped", Comments::Stripped),
        ("unknown", Comments::Unknown),
    ];
    let nested = [
        Nested::No,
        Nested::Unknown,
        Nested::Nearest,
        Nested::OnDemand,
        Nested::Chain,
    ]
    .map(|nested| (nested.word(), nested));
    let mut limits = base.limits.clone();
    if let Some(node) = reader.value(&fields, "limits") {
        limits.clear();
        if let YamlValue::List(items) = &node.value {
            for item in items {
                limits.extend(limit(reader, item, "a limit", Scope::File, PastLimit::Unknown));
            }
        } else {
            reader.wrong_type(node, "`limits`", "a list");
        }
    }
    let assistant = reader.string(&fields, "assistant").filter(|id| !id.is_empty());
    let found = Assistant {
        assistant: assistant.unwrap_or(base.assistant),
        dialect: reader
            .word(&fields, "dialect", Code::UnknownValue, &dialects)
            .or(base.dialect),
        comments: reader
            .word(&fields, "comments", Code::UnknownValue, &comments)
            .unwrap_or(base.comments),
        shadowed_by: reader.strings(&fields, "shadowed_by").unwrap_or(base.shadowed_by),
        nested: reader
            .word(&fields, "nested", Code::UnknownValue, &nested)
            .unwrap_or(base.nested),
        shadowed_below: base.shadowed_below,
        imports: reader.boolean(&fields, "imports").unwrap_or(base.imports),
        limits,
        page: reader.string(&fields, "page").unwrap_or(base.page),
        verified_on: reader.date(&fields, "verified_on").unwrap_or(base.verified_on),
        name: base.name,
    };
    name.map(|_| found)
}

/// An assistant of which only the name is known, as `targets.yaml` gives it today.
pub(super) fn assistant(name: &str, today: jiff::civil::Date) -> Assistant {
    Assistant {
        name: name.to_owned(),
        assistant: assistant_id(name),
        dialect: None,
        comments: Comments::Unknown,
        shadowed_by: Vec::new(),
        shadowed_below: Vec::new(),
        nested: Nested::No,
        imports: false,
        limits: Vec::new(),
        page: "targets.yaml".into(),
        verified_on: today,
    }
}
