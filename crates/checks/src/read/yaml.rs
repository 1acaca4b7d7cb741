//! YAML as documents.
//!
//! Input: the text of a file or of a part of it. Output: [`Document`]s; aliases and `<<` are followed.
//!
//! The events of the parser are collected first. An alias reads the events of its anchor again, so nothing is copied that
//! is not used, and the budget of values bounds what aliases multiply.

mod map;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag};

use self::map::MapBuilder;
use super::{Budget, Lines, MAX_DEPTH, MAX_VALUES, Origin, text_value};
use crate::condition::is_number;
use crate::document::{Document, List, Node, Unread, Value};

/// What is allowed beside plain YAML, and what is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YamlDialect<'a> {
    /// Of equal keys the last one counts, as most programs read them.
    Yaml,
    /// Equal keys are alternatives: a template writes one of them.
    Template(TemplateText<'a>),
    /// Only what JSON has.
    Json,
}

/// Parts of a text that a template fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateText<'a> {
    /// The text before it was blanked, of the same length.
    pub written: &'a str,
    /// In the order of the file.
    pub ranges: &'a [Range<usize>],
}

impl TemplateText<'_> {
    fn touches(&self, span: &Range<usize>) -> bool {
        let next = self.ranges.partition_point(|range| range.end <= span.start);
        self.ranges.get(next).is_some_and(|range| range.start < span.end)
    }
}

/// Each value has at most one event for its key and one for its end.
const MAX_EVENTS: usize = 4 * MAX_VALUES;

/// Few files have more than one event for so many bytes.
const BYTES_OF_AN_EVENT: usize = 10;

/// Reads all documents of a text that begins at `origin` in its file.
pub fn read(text: &str, dialect: YamlDialect<'_>, origin: Origin) -> Result<Vec<Document>, Unread> {
    let mut reader = YamlReader {
        text,
        dialect,
        origin,
        lines: Lines::new(text),
        events: Vec::new(),
        anchors: BTreeMap::new(),
        open_anchors: Vec::new(),
        budget: Budget::default(),
    };
    reader.collect()?;
    reader.documents()
}

/// An event of the parser, and where it is in the file.
struct YamlEvent<'a> {
    event: Event<'a>,
    range: Range<usize>,
    line: u32,
}

struct YamlReader<'a> {
    text: &'a str,
    dialect: YamlDialect<'a>,
    origin: Origin,
    /// A lone carriage return ends a line for the parser and for no editor, so its numbers of lines are not used.
    lines: Lines,
    events: Vec<YamlEvent<'a>>,
    /// The event that an alias repeats.
    anchors: BTreeMap<usize, usize>,
    /// Anchors whose value is being read.
    open_anchors: Vec<usize>,
    budget: Budget,
}

impl<'a> YamlReader<'a> {
    fn collect(&mut self) -> Result<(), Unread> {
        // One more than our own limit, so that the message is ours.
        let options = granit_parser::options! {
            flow_nesting_limit: MAX_DEPTH + 2,
            block_nesting_limit: MAX_DEPTH + 2,
        };
        // A buffer for comments fails on real files, so comments are never read here.
        let mut options = options;
        options.set_emit_comments(false);
        // Most files have fewer; growing step by step would copy all events again and again.
        self.events
            .reserve((self.text.len() / BYTES_OF_AN_EVENT).min(MAX_EVENTS));
        let mut last = 0;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = event.map_err(|error| self.syntax(&error))?;
            let (range, line) = self.place(&span, &mut last);
            if self.events.len() >= MAX_EVENTS {
                let reason = format!("the file has more than {MAX_VALUES} values");
                return Err(unread(range, line, reason));
            }
            let anchor = event.anchor_id().filter(|_| !event.is_alias());
            if let Some(anchor) = anchor {
                self.anchors.insert(anchor, self.events.len());
            }
            self.events.push(YamlEvent { event, range, line });
        }
        Ok(())
    }

    fn syntax(&self, error: &ScanError) -> Unread {
        let at = error.marker().byte_offset().unwrap_or_default();
        let at = floor(self.text, at);
        let len = self.text[at..].chars().next().map_or(0, char::len_utf8);
        let line = self.origin.lines + self.lines.line(at);
        let at = at + self.origin.bytes;
        unread(at..at + len, line, error.info())
    }

    fn documents(&mut self) -> Result<Vec<Document>, Unread> {
        let mut documents = Vec::new();
        let mut at = 0;
        while let Some(next) = self.events.get(at) {
            if next.event.is_node() {
                let root = self.node(&mut at, 0)?;
                documents.push(Document { root });
            } else {
                at += 1;
            }
        }
        // A file of comments only has one document, which is empty.
        documents.retain(|document| !matches!(document.root.value, Value::Null));
        Ok(documents)
    }

    /// The bytes and the line of a span. `last`: the line of the span before it, from 0.
    fn place(&self, span: &Span, last: &mut usize) -> (Range<usize>, u32) {
        let range = span.byte_range().unwrap_or_default();
        let range = floor(self.text, range.start)..floor(self.text, range.end);
        let start = range.start + self.origin.bytes;
        let end = range.end.max(range.start) + self.origin.bytes;
        let line = self.origin.lines + self.lines.line_after(range.start, last);
        (start..end, line)
    }

    /// The node at an event. The position moves past it.
    fn node(&mut self, at: &mut usize, depth: usize) -> Result<Node, Unread> {
        let Some(YamlEvent { event, range, line }) = self.events.get(*at) else {
            return Err(unread(0..0, 1, "the file ends inside a value".to_owned()));
        };
        let (range, line) = (range.clone(), *line);
        self.budget.value(depth, &range, line)?;
        if self.dialect == YamlDialect::Json {
            refuse_yaml(event, &range, line)?;
        }
        *at += 1;
        let is_custom = |tag: &Option<Cow<'_, Tag>>| tag.as_ref().is_some_and(|tag| tag.is_custom());
        let (value, is_custom) = match event {
            Event::Scalar(text, style, _, tag) => {
                let span = self.text_span(range, *style);
                let value = match self.dialect {
                    YamlDialect::Template(filled) if filled.touches(&span) => {
                        let written = filled.written.get(span.clone()).unwrap_or_default();
                        Value::Unknown(written.to_owned())
                    }
                    _ => scalar(text, *style, tag.as_deref()),
                };
                return Ok(Node { span, line, value });
            }
            Event::Alias(anchor) => return self.alias(*anchor, depth, range, line),
            Event::SequenceStart(_, _, tag) => {
                let is_custom = is_custom(tag);
                (self.list(at, depth)?, is_custom)
            }
            Event::MappingStart(_, _, tag) => {
                let is_custom = is_custom(tag);
                (self.map(at, depth)?, is_custom)
            }
            _ => return Err(unread(range, line, "a value is missing".to_owned())),
        };
        let end = self.end(&value, *at, &range);
        let span = range.start..end;
        let written = self.written(&span);
        // `{{ x }}` without quotes is a map in a map to YAML, and `!If` a list to no program but its own.
        let value = if written.starts_with("{{") || is_custom {
            Value::Unknown(written.to_owned())
        } else {
            value
        };
        Ok(Node { span, line, value })
    }

    fn written(&self, span: &Range<usize>) -> &'a str {
        let start = span.start - self.origin.bytes;
        let end = span.end - self.origin.bytes;
        self.text.get(start..end).unwrap_or_default()
    }

    /// The span of a scalar without the line break at the end of a block.
    fn text_span(&self, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return range;
        }
        let len = self.written(&range).trim_end().len();
        range.start..range.start + len
    }

    /// A flow collection ends at its bracket, a block collection with its last value.
    fn end(&self, value: &Value, next: usize, start: &Range<usize>) -> usize {
        let bracket = self
            .events
            .get(next.saturating_sub(1))
            .map(|bracket| bracket.range.clone());
        let flow = start.end > start.start;
        let last = match value {
            Value::List(list) => list.items.iter().map(|item| item.span.end).max(),
            Value::Map(map) => map.entries.iter().map(|entry| entry.node.span.end).max(),
            _ => None,
        };
        match (bracket, last) {
            (Some(bracket), _) if flow => bracket.end,
            // A value from `<<` or an alias is elsewhere in the file.
            (Some(bracket), Some(last)) => last.clamp(start.start, bracket.end.max(start.start)),
            _ => start.end,
        }
    }

    fn alias(&mut self, anchor: usize, depth: usize, range: Range<usize>, line: u32) -> Result<Node, Unread> {
        let Some(&target) = self.anchors.get(&anchor) else {
            return Err(unread(range, line, "an alias has no anchor".to_owned()));
        };
        if self.open_anchors.contains(&anchor) {
            let reason = "an alias repeats the value that it is a part of".to_owned();
            return Err(unread(range, line, reason));
        }
        self.open_anchors.push(anchor);
        let mut at = target;
        let node = self.node(&mut at, depth);
        self.open_anchors.pop();
        node
    }

    fn list(&mut self, at: &mut usize, depth: usize) -> Result<Value, Unread> {
        let mut list = List::default();
        while !self.closes(*at, &Event::SequenceEnd) {
            list.items.push(self.node(at, depth + 1)?);
        }
        *at += 1;
        Ok(Value::List(list))
    }

    fn map(&mut self, at: &mut usize, depth: usize) -> Result<Value, Unread> {
        // An anchor of a collection is open while its children are read: `&a [*a]` has no end.
        let mut builder = MapBuilder::new(!matches!(self.dialect, YamlDialect::Template(_)));
        while !self.closes(*at, &Event::MappingEnd) {
            let merges = self.is_merge_key(*at);
            let key = self.node(at, depth + 1)?;
            let value = self.node(at, depth + 1)?;
            if merges {
                builder.merge(value);
            } else {
                builder.entry(key, value);
            }
        }
        *at += 1;
        Ok(Value::Map(builder.build()))
    }

    fn closes(&self, at: usize, end: &Event) -> bool {
        self.events.get(at).is_none_or(|next| next.event == *end)
    }

    fn is_merge_key(&self, at: usize) -> bool {
        let event = self.events.get(at).map(|next| &next.event);
        let plain = matches!(event, Some(Event::Scalar(text, ScalarStyle::Plain, _, _)) if text == "<<");
        plain && self.dialect != YamlDialect::Json
    }
}

/// What YAML accepts and JSON does not would be read as something else than was meant.
fn refuse_yaml(event: &Event, range: &Range<usize>, line: u32) -> Result<(), Unread> {
    let valid = match event {
        Event::Scalar(text, ScalarStyle::Plain, _, tag) => {
            let literal = matches!(text.as_ref(), "null" | "true" | "false") || is_number(text);
            literal && tag.is_none() && range.start < range.end
        }
        Event::Scalar(_, style, _, tag) => *style == ScalarStyle::DoubleQuoted && tag.is_none(),
        Event::SequenceStart(style, _, tag) | Event::MappingStart(style, _, tag) => {
            *style == StructureStyle::Flow && tag.is_none()
        }
        _ => false,
    };
    if valid && event.anchor_id().is_none() {
        Ok(())
    } else {
        Err(unread(range.clone(), line, "this is not JSON".to_owned()))
    }
}

/// The core schema of YAML. A tag that is not part of it names a value that another program makes.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if let Some(tag) = tag {
        if tag.is_custom() && tag.suffix() != "" {
            return Value::Unknown(format!("!{} {text}", tag.suffix()));
        }
        if tag.is_yaml_core_schema_tag("str") {
            return text_value(text.to_owned());
        }
    } else if style != ScalarStyle::Plain {
        return text_value(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        number if is_number(number) => Value::Number(number.to_owned()),
        text => text_value(text.to_owned()),
    }
}

fn unread(span: Range<usize>, line: u32, reason: String) -> Unread {
    Unread { span, line, reason }
}

/// The nearest character boundary before a byte of the text.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
