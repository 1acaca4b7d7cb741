//! What a value must be, and whether it is: true, false, or not known.
//!
//! Input: a [`Condition`] and the values at its path. Output: [`Truth`].
//! Not here: reading conditions from a lesson, and finding the values (`structure`).

mod number;

use std::fmt;

pub use self::number::{Quantity, is_number};
use crate::document::{List, Node, Value};
use crate::expression::Expression;

/// What is required of the values at a path. All tests hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// At least one.
    pub tests: Vec<Test>,
}

/// One key of a condition, or its short form.
#[derive(Debug, Clone)]
pub enum Test {
    /// The key is there, even if it is empty.
    Present,
    /// The key is not there.
    Absent,
    /// Equal to one of these.
    OneOf(Vec<Scalar>),
    /// Text that the expression matches somewhere.
    Matches(Expression),
    /// A number or quantity in this relation to another.
    Compare(Relation, Quantity),
    /// The condition does not hold, or nothing is there.
    Not(Box<Condition>),
}

/// How numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Less than.
    Below,
    /// Greater than.
    Above,
    /// Not less than.
    AtLeast,
    /// Not greater than.
    AtMost,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// Text.
    Text(String),
}

/// An answer that may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// A value is decided elsewhere.
    Unknown,
}

impl Truth {
    /// Holds if both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// Holds if one of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// The values that a path leads to.
#[derive(Debug, Default)]
pub struct PathValues<'a> {
    /// In the order of the file.
    pub nodes: Vec<&'a Node>,
    /// There may be more: a part of the path is unknown or open.
    pub open: bool,
}

impl Condition {
    /// The short form of a condition: one test.
    pub fn from_test(test: Test) -> Self {
        Self { tests: vec![test] }
    }

    /// Whether the condition holds for the values at its path. A list holds what one of its elements holds; `absent` and
    /// `not` alone are about all of them together.
    pub fn holds(&self, values: &PathValues) -> Truth {
        let mut truth = Truth::Yes;
        for test in &self.tests {
            truth = truth.and(match test {
                Test::Present => present(values),
                Test::Absent => !present(values),
                Test::Not(inner) if !self.names_value() => !inner.holds(values),
                _ => continue,
            });
        }
        if self.names_value() {
            truth = truth.and(any(values, &|node| self.holds_for(node)));
        }
        truth
    }

    /// The element of a list for which the condition holds, if it is about elements.
    pub fn element<'a>(&self, node: &'a Node) -> Option<&'a Node> {
        let Value::List(list) = &node.value else {
            return None;
        };
        list.items.iter().filter(|_| self.names_value()).find_map(|item| {
            let inner = self.element(item);
            let is_list = matches!(item.value, Value::List(_));
            inner.or_else(|| (!is_list && self.holds_for(item) == Truth::Yes).then_some(item))
        })
    }

    /// Whether it says what a value is, and not only what it is not or whether it is there.
    fn names_value(&self) -> bool {
        let mut tests = self.tests.iter();
        tests.any(|test| matches!(test, Test::OneOf(_) | Test::Matches(_) | Test::Compare(..)))
    }

    /// For one value that is not a list.
    fn holds_for(&self, node: &Node) -> Truth {
        let tests = self.tests.iter();
        tests.fold(Truth::Yes, |truth, test| truth.and(test.holds_for(node)))
    }
}

fn present(values: &PathValues) -> Truth {
    match (values.nodes.is_empty(), values.open) {
        (false, _) => Truth::Yes,
        (true, true) => Truth::Unknown,
        (true, false) => Truth::No,
    }
}

fn any(values: &PathValues, holds: &dyn Fn(&Node) -> Truth) -> Truth {
    let start = if values.open { Truth::Unknown } else { Truth::No };
    values.nodes.iter().fold(start, |truth, node| {
        if truth == Truth::Yes {
            return truth;
        }
        truth.or(any_element(node, holds))
    })
}

/// Readers bound the depth of a document, and with it this recursion.
fn any_element(node: &Node, holds: &dyn Fn(&Node) -> Truth) -> Truth {
    let Value::List(List { items, open }) = &node.value else {
        return holds(node);
    };
    let start = if *open { Truth::Unknown } else { Truth::No };
    items
        .iter()
        .fold(start, |truth, item| truth.or(any_element(item, holds)))
}

impl Test {
    /// For one value that is not a list.
    fn holds_for(&self, node: &Node) -> Truth {
        if matches!(node.value, Value::Unknown(_)) {
            return match self {
                Self::Present => Truth::Yes,
                Self::Absent => Truth::No,
                _ => Truth::Unknown,
            };
        }
        match self {
            Self::Present => Truth::Yes,
            Self::Absent => Truth::No,
            Self::OneOf(scalars) => scalars.iter().any(|scalar| scalar.equals(&node.value)).into(),
            Self::Matches(expression) => match &node.value {
                Value::Text(text) => expression.is_match(text).into(),
                _ => Truth::No,
            },
            Self::Compare(relation, quantity) => match &node.value {
                Value::Number(text) | Value::Text(text) => Quantity::parse(text)
                    .is_some_and(|value| relation.holds(value, *quantity))
                    .into(),
                _ => Truth::No,
            },
            Self::Not(inner) => !inner.holds_for(node),
        }
    }
}

impl Relation {
    fn holds(self, value: Quantity, limit: Quantity) -> bool {
        match self {
            Self::Below => value < limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::AtMost => value <= limit,
        }
    }
}

impl Scalar {
    /// Numbers by value, truth values by truth, two texts by their letters.
    fn equals(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool(wanted), Value::Bool(there)) => wanted == there,
            (Self::Bool(wanted), Value::Text(text)) => truth_of(text) == Some(*wanted),
            (Self::Text(text), Value::Bool(there)) => truth_of(text) == Some(*there),
            (Self::Text(wanted), Value::Text(text)) => wanted == text,
            (Self::Number(wanted) | Self::Text(wanted), Value::Number(text))
            | (Self::Number(wanted), Value::Text(text)) => number::equal(wanted, text),
            _ => false,
        }
    }
}

fn truth_of(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, test) in self.tests.iter().enumerate() {
            if number > 0 {
                f.write_str(" and ")?;
            }
            write!(f, "{test}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Absent => f.write_str("absent"),
            Self::OneOf(scalars) => {
                let all: Vec<String> = scalars.iter().map(ToString::to_string).collect();
                f.write_str(&all.join(" or "))
            }
            Self::Matches(expression) => write!(f, "matching `{}`", expression.as_written()),
            Self::Compare(relation, quantity) => write!(f, "{relation} {quantity}"),
            Self::Not(inner) => write!(f, "not {inner}"),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "below",
            Self::Above => "above",
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
        })
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => write!(f, "\"{}\"", text.escape_debug()),
        }
    }
}
