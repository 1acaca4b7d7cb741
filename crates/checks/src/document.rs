//! A structured file as a tree: what YAML, JSON, HCL and front matter have in common.
//!
//! Input: nothing; the readers below this module build it. Output: [`Document`], which structural checks walk.

use std::ops::Range;

/// One document of a file. A YAML file can hold several.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The outermost node.
    pub root: Node,
}

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Bytes of the whole file. An alias has the span of the value that it repeats, so a place is reported once.
    pub span: Range<usize>,
    /// Line in the file, from 1.
    pub line: u32,
    /// What is written there.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Present, but decided elsewhere: a template action, a variable, an expression.
    Unknown,
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
    pub entries: Vec<Entry>,
    /// A template inserts more entries, so nothing can be missing.
    pub open: bool,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key as text: `on` stays `on`.
    pub key: String,
    /// Line of the key, from 1.
    pub line: u32,
    /// The value.
    pub node: Node,
}
