//! Opens the maps and lists into which a template inserts lines.
//!
//! Input: documents of a blanked template, and where it inserts. Output: the documents, changed.

use crate::document::{Document, List, Map, Node, Value};
use crate::read::Lines;

/// A line that inserts others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsertionLine {
    /// The line, from 1.
    pub line: u32,
    /// Blanks before the inserted lines.
    pub column: usize,
}

/// Opens what is inserted into.
pub fn open(documents: &mut [Document], insertions: &[InsertionLine], text: &str) {
    let lines = Lines::new(text);
    let numbered = text.lines().zip(1u32..);
    let separators: Vec<u32> = numbered
        .filter(|(line, _)| line.starts_with("---"))
        .map(|(_, number)| number)
        .collect();
    for insertion in insertions {
        // The document between the separators around the line.
        let before = separators.partition_point(|line| *line <= insertion.line);
        let first = before.checked_sub(1).map_or(0, |index| separators[index]);
        let end = separators.get(before).copied().unwrap_or(u32::MAX);
        let index = documents.partition_point(|document| document.root.line < first);
        let document = documents
            .get_mut(index)
            .filter(|document| document.root.line < end);
        if let Some(document) = document {
            let place = InsertionPlace {
                text,
                lines: &lines,
                insertion: *insertion,
            };
            place.open(&mut document.root);
        }
    }
}

struct InsertionPlace<'a> {
    text: &'a str,
    lines: &'a Lines,
    insertion: InsertionLine,
}

impl InsertionPlace<'_> {
    /// Readers bound the depth of a document, and with it this recursion.
    fn open(&self, node: &mut Node) {
        let start = node.span.start;
        let column = start.saturating_sub(self.lines.start(self.lines.line(start)));
        let flow = self.text[start..].starts_with(['{', '[']);
        match &mut node.value {
            Value::Map(map) if flow => map.open = true,
            Value::List(list) if flow => list.open = true,
            Value::Map(map) => self.open_map(map, column),
            Value::List(list) => {
                let dash = self.dash(start);
                self.open_list(list, dash);
            }
            Value::Unknown(_) => {}
            Value::Null => node.value = Value::Unknown(String::new()),
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                let written = self.text.get(node.span.clone()).unwrap_or_default();
                node.value = Value::Unknown(written.to_owned());
            }
        }
    }

    fn open_map(&self, map: &mut Map, column: usize) {
        let InsertionLine { line, column: at } = self.insertion;
        let next = map.entries.partition_point(|entry| entry.line <= line);
        let entry = next.checked_sub(1).and_then(|index| map.entries.get_mut(index));
        if at > column {
            match entry {
                Some(entry) => self.open(&mut entry.node),
                None => map.open = true,
            }
            return;
        }
        map.open = true;
        // A list may be as far to the left as its key, so these lines can be its elements.
        let Some(entry) = entry.filter(|_| at == column) else {
            return;
        };
        match &mut entry.node.value {
            Value::Null => entry.node.value = Value::Unknown(String::new()),
            Value::List(list) if self.dash(entry.node.span.start) == at => list.open = true,
            _ => {}
        }
    }

    fn open_list(&self, list: &mut List, dash: usize) {
        let InsertionLine { line, column: at } = self.insertion;
        let next = list.items.partition_point(|item| item.line <= line);
        let item = next.checked_sub(1).and_then(|index| list.items.get_mut(index));
        match item {
            Some(item) if at > dash => self.open(item),
            _ => list.open = true,
        }
    }

    /// The column of the dash before the first element of a list.
    fn dash(&self, element: usize) -> usize {
        let before = &self.text[..element];
        let dash = before.trim_end_matches([' ', '\n', '\r']).len().saturating_sub(1);
        dash.saturating_sub(self.lines.start(self.lines.line(dash)))
    }
}
