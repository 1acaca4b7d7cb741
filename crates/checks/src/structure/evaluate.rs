//! Whether a check fires at one node, where, and with which message.
//!
//! Input: a check, a node and the maps around it. Output: [`Evaluation`].

use std::ops::Range;

use super::lookup::{deepest, entry, values};
use super::{Demand, PathCondition, StructureCheck};
use crate::condition::{PathValues, Test, Truth};
use crate::document::{Node, Value};

/// Text of a value or an expression in a message is cut after so many characters.
const SHOWN: usize = 60;

/// What a check says about one node.
#[derive(Default)]
pub struct Evaluation {
    /// Where it fires.
    pub strikes: Vec<Strike>,
    /// A condition that matters could not be decided.
    pub undecided: bool,
    /// The check is about this node, whatever it says of it.
    pub is_about: bool,
}

/// One place at which a check fires.
pub struct Strike {
    /// Bytes of the place.
    pub span: Range<usize>,
    /// Its line.
    pub line: u32,
    /// Which of the conditions.
    pub condition: usize,
    /// Path, condition and what is there.
    pub message: String,
    /// The values found, for the identity.
    pub values: Vec<String>,
}

/// Judges a node. `around` are the maps around it, the outermost first.
pub fn evaluate(check: &StructureCheck, node: &Node, around: &[&Node]) -> Evaluation {
    let mut applies = Truth::Yes;
    for condition in &check.when {
        applies = applies.and(condition.holds(node));
        if applies == Truth::No {
            return Evaluation::default();
        }
    }
    for condition in &check.within {
        applies = applies.and(holds_around(condition, node, around));
        if applies == Truth::No {
            return Evaluation::default();
        }
    }
    let mut verdict = match &check.demand {
        Demand::Forbid(conditions) => forbid(conditions, node, applies),
        Demand::Require(conditions) => require(conditions, node, applies),
    };
    verdict.is_about = applies == Truth::Yes;
    verdict
}

/// What the conditions of a check find at a node, as text: a node with other values is another place.
pub fn found_values(check: &StructureCheck, node: &Node) -> Vec<String> {
    let (Demand::Forbid(conditions) | Demand::Require(conditions)) = &check.demand;
    let of_condition = |condition: &PathCondition| {
        let found = values(node, &condition.path).nodes;
        let texts: Vec<String> = found.into_iter().map(text).collect();
        texts.join(", ")
    };
    conditions.iter().map(of_condition).collect()
}

impl PathCondition {
    fn holds(&self, node: &Node) -> Truth {
        self.condition.holds(&values(node, &self.path))
    }
}

/// The nearest map that has the path decides. Where a template may add the path, nothing is decided.
fn holds_around(condition: &PathCondition, node: &Node, around: &[&Node]) -> Truth {
    for map in std::iter::once(&node).chain(around.iter().rev()) {
        let found = values(map, &condition.path);
        if !found.nodes.is_empty() {
            return condition.condition.holds(&found);
        }
        if found.open {
            return Truth::Unknown;
        }
    }
    condition.condition.holds(&PathValues::default())
}

fn forbid(conditions: &[PathCondition], node: &Node, applies: Truth) -> Evaluation {
    let mut all = applies;
    for condition in conditions {
        all = all.and(condition.holds(node));
        if all == Truth::No {
            return Evaluation::default();
        }
    }
    let Some((last, _)) = conditions.split_last().filter(|_| all == Truth::Yes) else {
        return Evaluation {
            undecided: all == Truth::Unknown,
            ..Evaluation::default()
        };
    };
    let (span, line) = forbidden_place(last, node);
    let said: Vec<String> = conditions.iter().map(|one| describe(one, node)).collect();
    let values = conditions.iter().map(|one| value_text(one, node, Truth::Yes));
    Evaluation {
        strikes: vec![Strike {
            span,
            line,
            condition: conditions.len() - 1,
            message: said.join(" and "),
            values: values.collect(),
        }],
        ..Evaluation::default()
    }
}

fn require(conditions: &[PathCondition], node: &Node, applies: Truth) -> Evaluation {
    let mut verdict = Evaluation::default();
    for (number, condition) in conditions.iter().enumerate() {
        match applies.and(!condition.holds(node)) {
            Truth::No => {}
            Truth::Unknown => verdict.undecided = true,
            Truth::Yes => {
                let (place, _) = place(condition, node, Truth::No);
                verdict.strikes.push(Strike {
                    span: place.span.clone(),
                    line: place.line,
                    condition: number,
                    message: lacking(condition, node),
                    values: vec![value_text(condition, node, Truth::No)],
                });
            }
        }
    }
    verdict
}

/// The value for which the condition has this answer, else the deepest part of the path that exists, and whether the
/// whole path exists.
fn place<'a>(condition: &PathCondition, node: &'a Node, answer: Truth) -> (&'a Node, bool) {
    let found = values(node, &condition.path).nodes;
    let alone = |node: &&&'a Node| {
        let values = PathValues {
            nodes: vec![**node],
            open: false,
        };
        condition.condition.holds(&values) == answer
    };
    match found.iter().find(alone).or(found.first()) {
        Some(node) => (node, true),
        None => (deepest(node, &condition.path).0, false),
    }
}

/// Of a list the element for which the condition holds; of a map or a whole list its key, which can be lines above it.
fn forbidden_place(condition: &PathCondition, node: &Node) -> (Range<usize>, u32) {
    let (place, exists) = place(condition, node, Truth::Yes);
    let element = condition.condition.element(place);
    if let Some(element) = element {
        return (element.span.clone(), element.line);
    }
    let is_block = matches!(place.value, Value::Map(_) | Value::List(_));
    match entry(node, &condition.path, place).filter(|_| exists && is_block) {
        Some(entry) => (entry.span.clone(), entry.line),
        None => (place.span.clone(), place.line),
    }
}

/// What is there, for a condition of `forbid` that holds.
fn describe(condition: &PathCondition, node: &Node) -> String {
    let path = &condition.path;
    let (place, exists) = place(condition, node, Truth::Yes);
    if !exists {
        return missing(condition, node);
    }
    let value = shown(place);
    match condition.condition.tests.as_slice() {
        [Test::Present] => format!("{path} is present"),
        [Test::OneOf(_)] if !matches!(place.value, Value::List(_)) => format!("{path} is {value}"),
        _ => format!("{path} is {value} ({})", cut(&condition.condition.to_string())),
    }
}

/// What is wrong, for a condition of `require` that does not hold.
fn lacking(condition: &PathCondition, node: &Node) -> String {
    let path = &condition.path;
    let (place, exists) = place(condition, node, Truth::No);
    let wanted = match condition.condition.tests.as_slice() {
        [Test::Present] => return missing(condition, node),
        [Test::Absent] => return format!("{path} is present, must be absent"),
        _ => cut(&condition.condition.to_string()),
    };
    if exists {
        format!("{path} is {}, must be {wanted}", shown(place))
    } else {
        format!("{}, must be {wanted}", missing(condition, node))
    }
}

fn missing(condition: &PathCondition, node: &Node) -> String {
    let path = &condition.path;
    match prefix(condition, deepest(node, path).1) {
        Some(prefix) => format!("{path} is missing ({prefix} ends here)"),
        None => format!("{path} is missing"),
    }
}

/// The text of the first segments of a path; `None` for none of them.
fn prefix(condition: &PathCondition, segments: usize) -> Option<String> {
    let parts: Vec<String> = condition.path.segments()[..segments]
        .iter()
        .map(ToString::to_string)
        .collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

fn value_text(condition: &PathCondition, node: &Node, answer: Truth) -> String {
    match place(condition, node, answer) {
        (place, true) => text(place),
        (_, false) => String::new(),
    }
}

fn shown(node: &Node) -> String {
    cut(&lessonbook_base::text::redact(&text(node)))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value in one line. Maps are named only: their text would be long, and identities would change with every key in them.
fn text(node: &Node) -> String {
    match &node.value {
        Value::Unknown(text) | Value::Number(text) => text.clone(),
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Text(text) => format!("\"{}\"", text.escape_debug()),
        Value::Map(_) => "a map".to_owned(),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().take(20).map(text).collect();
            format!("[{}]", items.join(", "))
        }
    }
}
