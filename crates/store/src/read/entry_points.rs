//! Reads entry points, both the built-in ones and the user's own.
//!
//! Input: `entry-points.yaml`, or `entry_points:` of `targets.yaml`. Output: [`EntryPoint`]s.
//! Not here: which lessons are written there.

use super::assistants::{assistant, assistants, changed};
use super::fields::FieldsReader;
use super::size_limit::{budget, own_limit};
use crate::entry_point::{EntryPoint, EntryPointKind, FrontMatterForm, Limit, LimitUnit, PastLimit, Scope};
use crate::names::{is_name, name_rule};
use crate::writable::writable;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of an entry point.
pub const KEYS: [&str; 10] = [
    "kind",
    "path",
    "template",
    "topics",
    "limit",
    "over",
    "front_matter",
    "assistants",
    "prompt",
    "budget",
];

/// A key that only the built-in table has: rows of a store never follow from `assistants`.
const IF_EXISTS: &str = "if_exists";

const KINDS: [(&str, EntryPointKind); 3] = [
    ("always", EntryPointKind::Always),
    ("scoped", EntryPointKind::Scoped),
    ("reference", EntryPointKind::Reference),
];

/// Reads entry points: new ones, and built-in ones with newer facts about their assistants. `known`: the built-in ones, whose assistants
/// can be named; empty while the built-in ones are read.
pub fn read(
    reader: &mut FieldsReader,
    node: &YamlNode,
    known: &[EntryPoint],
    today: jiff::civil::Date,
) -> Vec<EntryPoint> {
    if !matches!(node.value, YamlValue::Map(_)) {
        reader.wrong_type(node, "`entry_points`", "a map of names");
        return Vec::new();
    }
    let mut rows: Vec<EntryPoint> = Vec::new();
    for (name, key, value) in reader.entries(node) {
        if let Some(row) = known.iter().find(|row| row.name == name) {
            rows.extend(with_newer_facts(reader, row, (key, value), today));
            continue;
        }
        let Some(row) = row(reader, &name, (key, value), known, today) else {
            continue;
        };
        if name_fits(reader, &name, key, known.is_empty()) && path_fits(reader, &row, value, known, &rows) {
            rows.push(row);
        }
    }
    rows
}

/// A built-in entry point with what `targets.yaml` says about some of its assistants.
fn with_newer_facts(
    reader: &mut FieldsReader,
    row: &EntryPoint,
    (key, node): (&YamlNode, &YamlNode),
    today: jiff::civil::Date,
) -> Option<EntryPoint> {
    let fields = reader.map(node, "an entry point", &KEYS)?;
    if KEYS.iter().any(|key| *key != "assistants" && fields.has(key)) {
        let message = format!(
            "`{}` is a built-in entry point, of which only `assistants` can be changed",
            row.name
        );
        let finding = reader.finding(Code::BadEntryPoint, key.span.clone(), message);
        reader.push(finding.help(
            "give a new entry point another name; for newer facts about an assistant write only `assistants`",
        ));
        return None;
    }
    reader.require(&fields, "a built-in entry point", "assistants");
    let node = reader.value(&fields, "assistants")?;
    Some(EntryPoint {
        assistants: changed(reader, node, row, today),
        ..row.clone()
    })
}

fn row(
    reader: &mut FieldsReader,
    name: &str,
    (key, node): (&YamlNode, &YamlNode),
    known: &[EntryPoint],
    today: jiff::civil::Date,
) -> Option<EntryPoint> {
    let mut keys = KEYS.to_vec();
    keys.extend(known.is_empty().then_some(IF_EXISTS));
    let fields = reader.map(node, "an entry point", &keys)?;
    reader.require(&fields, "an entry point", "kind");
    reader.require(&fields, "an entry point", "path");
    let kind = reader.word(&fields, "kind", Code::UnknownValue, &KINDS);
    let path = reader.string(&fields, "path");
    let front_matter = [
        ("none", FrontMatterForm::None),
        ("copilot-instructions", FrontMatterForm::CopilotInstructions),
        ("claude-rules", FrontMatterForm::ClaudeRules),
        ("cursor-rules", FrontMatterForm::CursorRules),
    ];
    let front_matter = reader
        .word(&fields, "front_matter", Code::UnknownValue, &front_matter)
        .unwrap_or(FrontMatterForm::None);
    let template = reader.string(&fields, "template");
    let topics = reader.strings(&fields, "topics").unwrap_or_default();
    let prompt = reader.boolean(&fields, "prompt").unwrap_or(false);
    let if_exists = reader.boolean(&fields, IF_EXISTS).unwrap_or(false);
    let (kind, path) = (kind?, path?);
    let scope = if kind == EntryPointKind::Scoped {
        Scope::Family
    } else {
        Scope::File
    };
    let budget = match reader.value(&fields, "budget") {
        Some(node) => budget(reader, node, scope).unwrap_or_default(),
        None if kind == EntryPointKind::Always => Some(DEFAULT_BUDGET),
        None => None,
    };
    let limit = own_limit(reader, &fields);
    let mut assistants = match reader.value(&fields, "assistants") {
        Some(node) => assistants(reader, node, known, front_matter, today),
        None => vec![assistant(name, today)],
    };
    for assistant in &mut assistants {
        assistant.limits.extend(limit);
    }
    let contradiction = match (kind, front_matter) {
        (EntryPointKind::Scoped, FrontMatterForm::None) => {
            Some("a scoped entry point needs `front_matter`, which states the paths of its files")
        }
        (EntryPointKind::Scoped, _) | (_, FrontMatterForm::None) => None,
        (EntryPointKind::Always | EntryPointKind::Reference, _) => {
            Some("only a scoped entry point can have `front_matter`")
        }
    };
    if let Some(message) = contradiction {
        let finding = reader.finding(Code::BadEntryPoint, key.span.clone(), message);
        reader.push(finding);
        return None;
    }
    Some(EntryPoint {
        name: name.to_owned(),
        folder: String::new(),
        kind,
        path,
        front_matter,
        template: template.unwrap_or_else(|| format!("{}.md.tera", kind.word())),
        if_exists,
        topics,
        budget,
        prompt,
        assistants,
        own: !known.is_empty(),
    })
}

/// The budget of every entry point that is always loaded, unless `budget` sets another.
const DEFAULT_BUDGET: Limit = Limit {
    count: 120,
    unit: LimitUnit::Lines,
    scope: Scope::File,
    over: PastLimit::Advice,
};

fn name_fits(reader: &mut FieldsReader, name: &str, key: &YamlNode, built_in: bool) -> bool {
    let message = if KINDS.iter().any(|(word, _)| *word == name) && !built_in {
        format!("`{name}` is a kind of entry point, not a name")
    } else if !is_name(name) {
        format!("`{name}` is not a valid name: {}", name_rule(name))
    } else {
        return true;
    };
    let finding = reader
        .finding(Code::BadEntryPoint, key.span.clone(), message)
        .help("give the entry point another name");
    reader.push(finding);
    false
}

fn path_fits(
    reader: &mut FieldsReader,
    row: &EntryPoint,
    node: &YamlNode,
    known: &[EntryPoint],
    own: &[EntryPoint],
) -> bool {
    let span = path_span(node);
    let families = row.path.matches("{topic}").count();
    let wrong = match row.kind {
        EntryPointKind::Scoped if families != 1 => {
            Some("the path of a scoped entry point must contain `{topic}` once")
        }
        EntryPointKind::Scoped if !row.path.contains("/{topic}.") => {
            Some("`{topic}` must be the start of the file name, in a folder: `prompts/{topic}.md`")
        }
        EntryPointKind::Scoped if row.family().is_some_and(|(_, ending)| ending.contains('/')) => {
            Some("the files of a scoped entry point must be in one folder")
        }
        EntryPointKind::Always | EntryPointKind::Reference if families > 0 => {
            Some("only the path of a scoped entry point can contain `{topic}`")
        }
        _ => None,
    };
    if let Some(message) = wrong {
        let finding = reader.finding(Code::BadEntryPoint, span, message);
        reader.push(finding);
        return false;
    }
    if let Err(why) = writable(&row.file("topic"), row.prompt) {
        let finding = reader
            .finding(
                Code::NotWritable,
                span,
                format!("Lessonbook does not write `{}`", row.path),
            )
            .effect(why)
            .help("write the path of an instruction file, like `prompts/responder.md`");
        reader.push(finding);
        return false;
    }
    if let Some(other) = known.iter().chain(own).find(|other| collide(row, other)) {
        let finding = reader
            .finding(
                Code::EntryPointsCollide,
                span,
                format!("`{}` and `{}` write the same file", row.name, other.name),
            )
            .effect(format!(
                "each would replace the other's block in `{}`",
                other.path
            ))
            .help(format!("use `{}`, or write another file", other.name));
        reader.push(finding);
        return false;
    }
    true
}

/// Whether a file can belong to both, also on a file system that ignores case.
fn collide(a: &EntryPoint, b: &EntryPoint) -> bool {
    let lower = |row: &EntryPoint| EntryPoint {
        path: row.path.to_lowercase(),
        ..row.clone()
    };
    let (a, b) = (lower(a), lower(b));
    a.owns(&b.file("topic")) || b.owns(&a.file("topic"))
}

fn path_span(node: &YamlNode) -> std::ops::Range<usize> {
    if let YamlValue::Map(entries) = &node.value {
        for (key, value) in entries {
            if key.value == YamlValue::Text("path".into()) {
                return value.span.clone();
            }
        }
    }
    node.span.clone()
}
