//! Reads limits of a file's size: the `limit` and the `budget` of an entry point, and those of an assistant.
//!
//! Input: a value like `8000 characters`, or a map. Output: a [`Limit`]. Not here: the limits of a run (`limits`).

use super::fields::{Fields, FieldsReader};
use crate::entry_point::{Limit, LimitUnit, PastLimit, Scope};
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of a limit.
pub const LIMIT_KEYS: [&str; 4] = ["count", "unit", "scope", "over"];

const UNITS: [(&str, LimitUnit); 3] = [
    ("lines", LimitUnit::Lines),
    ("characters", LimitUnit::Characters),
    ("bytes", LimitUnit::Bytes),
];

const SCOPES: [(&str, Scope); 3] = [
    ("file", Scope::File),
    ("chain", Scope::Chain),
    ("family", Scope::Family),
];

const OVERS: [(&str, PastLimit); 4] = [
    ("cuts-tail", PastLimit::CutsTail),
    ("skips", PastLimit::Skips),
    ("unknown", PastLimit::Unknown),
    ("advice", PastLimit::Advice),
];

/// Reads a budget: `120 lines`, a map, or `none`.
pub fn budget(reader: &mut FieldsReader, node: &YamlNode, scope: Scope) -> Option<Option<Limit>> {
    if node.value == YamlValue::Text("none".into()) {
        return Some(None);
    }
    Some(Some(Limit {
        over: PastLimit::Advice,
        ..limit(reader, node, "`budget`", scope, PastLimit::Advice)?
    }))
}

/// Reads the entry point's own `limit` and `over`.
pub(super) fn own_limit(reader: &mut FieldsReader, fields: &Fields) -> Option<Limit> {
    let over = reader
        .word(fields, "over", Code::UnknownValue, &OVERS)
        .unwrap_or(PastLimit::Unknown);
    let node = reader.value(fields, "limit")?;
    limit(reader, node, "`limit`", Scope::File, over)
}

/// Reads a limit: `8000 characters`, or a map with its four keys.
pub(super) fn limit(
    reader: &mut FieldsReader,
    node: &YamlNode,
    what: &str,
    scope: Scope,
    over: PastLimit,
) -> Option<Limit> {
    if let YamlValue::Text(text) = &node.value {
        let unit = |word: &str| {
            let units = UNITS.iter();
            units
                .clone()
                .find(|(name, _)| *name == word)
                .map(|(_, unit)| *unit)
        };
        if let Some((count, word)) = text.split_once(' ')
            && let Ok(count) = count.replace('_', "").parse()
            && let Some(unit) = unit(word.trim())
        {
            return Some(Limit {
                count,
                unit,
                scope,
                over,
            });
        }
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                format!("{what} can't be `{text}`"),
            )
            .help("write it like `8000 characters`, `120 lines` or `32768 bytes`");
        reader.push(finding);
        return None;
    }
    let fields = reader.map(node, what, &LIMIT_KEYS)?;
    reader.require(&fields, what, "count");
    reader.require(&fields, what, "unit");
    let count = reader.count(&fields, "count");
    let unit = reader.word(&fields, "unit", Code::UnknownValue, &UNITS);
    let scope = reader
        .word(&fields, "scope", Code::UnknownValue, &SCOPES)
        .unwrap_or(scope);
    let over = reader
        .word(&fields, "over", Code::UnknownValue, &OVERS)
        .unwrap_or(over);
    Some(Limit {
        count: count?,
        unit: unit?,
        scope,
        over,
    })
}
