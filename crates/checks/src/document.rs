//! A structured file as a tree: what YAML, JSON, HCL and front matter have in common.
//!
//! Input: nothing; the readers build it. Output: [`Document`], which structural checks walk, and [`Unread`], the reason
//! why there is none.

use std::ops::Range;

/// One document of a file. A YAML file can hold several.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The outermost node.
    pub root: Node,
}

/// A file, or the rest of it, that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Bytes of the file at which reading ended.
    pub span: Range<usize>,
    /// Line in the file, from 1.
    pub line: u32,
    /// Why: a mistake in the syntax, or a limit.
    pub reason: String,
}

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Bytes of the file. An alias has the span of the value that it repeats, so that a place is reported once.
    pub span: Range<usize>,
    /// Line in the file, from 1.
    pub line: u32,
    /// What is written there.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Present, but decided elsewhere: a template action, a variable, an expression. Holds the text as written.
    Unknown(String),
    /// Empty, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
}

/// The elements of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// In the order of the file.
    pub items: Vec<Node>,
    /// A template inserts more elements, so nothing can be missing.
    pub open: bool,
}

/// The entries of a map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// In the order of the file. HCL repeats a key for blocks of the same type and labels.
    pub entries: Vec<MapEntry>,
    /// A template inserts more entries, so nothing can be missing.
    pub open: bool,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct MapEntry {
    /// The key as text: `on` stays `on`.
    pub key: String,
    /// Bytes of the key in the file.
    pub span: Range<usize>,
    /// Line of the key, from 1.
    pub line: u32,
    /// The value.
    pub node: Node,
}

impl Map {
    /// The values of a key, in the order of the file.
    pub fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Node> {
        let entries = self.entries.iter().filter(move |entry| entry.key == key);
        entries.map(|entry| &entry.node)
    }
}
