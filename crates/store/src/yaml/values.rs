//! Compares values without their positions.

use super::{YamlNode, YamlValue};

impl YamlNode {
    /// The keys and values of a map; none of anything else.
    pub fn entries(&self) -> &[(YamlNode, YamlNode)] {
        match &self.value {
            YamlValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Whether it is this text.
    pub fn is_text(&self, text: &str) -> bool {
        matches!(&self.value, YamlValue::Text(value) if value == text)
    }

    /// Whether it has the same values in the same order, wherever they are written.
    pub fn is_same(&self, other: &YamlNode) -> bool {
        match (&self.value, &other.value) {
            (YamlValue::List(a), YamlValue::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b))
            }
            (YamlValue::Map(a), YamlValue::Map(b)) => are_same_entries(a.iter(), b.iter()),
            (a, b) => a == b,
        }
    }

    /// Whether two maps are the same except for what they have under one key.
    pub fn is_same_without(&self, other: &YamlNode, key: &str) -> bool {
        let others = |entry: &&(YamlNode, YamlNode)| !entry.0.is_text(key);
        are_same_entries(
            self.entries().iter().filter(others),
            other.entries().iter().filter(others),
        )
    }
}

fn are_same_entries<'n>(
    mut one: impl Iterator<Item = &'n (YamlNode, YamlNode)>,
    mut other: impl Iterator<Item = &'n (YamlNode, YamlNode)>,
) -> bool {
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.0.is_same(&b.0) && a.1.is_same(&b.1) => {}
            _ => return false,
        }
    }
}
