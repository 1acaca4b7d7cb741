//! HCL as a document: `block.label.attribute`.
//!
//! Input: the text of a file. Output: one [`Document`]. Literals, lists, objects, `jsonencode` of these and `local.NAME` of
//! the same file are values; every other expression is unknown.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, Template};

use super::{Budget, Lines, text_value};
use crate::document::{Document, List, Map, MapEntry, Node, Unread, Value};

/// Reads an HCL file.
pub fn read(text: &str) -> Result<Vec<Document>, Unread> {
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let body = hcl_edit::parser::parse_body(&text[mark..]).map_err(|error| {
        let place = error.location();
        let at = (place.offset() + mark).min(text.len());
        let end = text.get(at..).and_then(|rest| rest.chars().next());
        Unread {
            span: at..at + end.map_or(0, char::len_utf8),
            line: u32::try_from(place.line()).unwrap_or(u32::MAX),
            reason: error.message().to_owned(),
        }
    })?;
    let mut reader = HclReader {
        text,
        mark,
        lines: Lines::new(text),
        locals: locals(&body),
        resolving: Vec::new(),
        budget: Budget::default(),
    };
    let map = reader.body(&body, 0)?;
    if map.entries.is_empty() {
        return Ok(Vec::new());
    }
    let span = mark..text.len();
    let line = map.entries.first().map_or(1, |entry| entry.node.line);
    let root = Node {
        span,
        line,
        value: Value::Map(map),
    };
    Ok(vec![Document { root }])
}

/// The values that the file itself gives to `local.NAME`.
fn locals(body: &Body) -> BTreeMap<&str, &Expression> {
    let blocks = body.get_blocks("locals");
    let attributes = blocks.flat_map(|block| block.body.attributes());
    attributes
        .map(|attribute| (attribute.key.as_str(), &attribute.value))
        .collect()
}

struct HclReader<'a> {
    text: &'a str,
    /// Length of the byte order mark.
    mark: usize,
    lines: Lines,
    locals: BTreeMap<&'a str, &'a Expression>,
    /// Locals that are being read.
    resolving: Vec<&'a str>,
    budget: Budget,
}

impl<'a> HclReader<'a> {
    fn node(&mut self, span: Option<Range<usize>>, depth: usize) -> Result<Node, Unread> {
        let span = span.unwrap_or_default();
        let span = span.start + self.mark..span.end + self.mark;
        let line = self.lines.line(span.start);
        self.budget.value(depth, &span, line)?;
        Ok(Node {
            span,
            line,
            value: Value::Null,
        })
    }

    /// An entry whose key is written at `span`.
    fn entry(&self, key: &str, span: Option<Range<usize>>, node: Node) -> MapEntry {
        let span = span.map_or(node.span.clone(), |span| {
            span.start + self.mark..span.end + self.mark
        });
        MapEntry {
            key: key.to_owned(),
            line: self.lines.line(span.start),
            span,
            node,
        }
    }

    fn body(&mut self, body: &'a Body, depth: usize) -> Result<Map, Unread> {
        let mut map = Map::default();
        for structure in body {
            let entry = match structure {
                Structure::Attribute(attribute) => {
                    let node = self.expression(&attribute.value, depth + 1)?;
                    self.entry(attribute.key.as_str(), attribute.key.span(), node)
                }
                Structure::Block(block) => self.block(block, depth + 1)?,
            };
            map.entries.push(entry);
        }
        Ok(map)
    }

    /// `dynamic "x" { content { … } }` is read as `x { … }`.
    fn block(&mut self, block: &'a Block, depth: usize) -> Result<MapEntry, Unread> {
        let content = block.body.get_blocks("content").next();
        if let ("dynamic", [label], Some(content)) = (block.ident.as_str(), &block.labels[..], content) {
            let mut node = self.node(block.span(), depth)?;
            node.value = Value::Map(self.body(&content.body, depth)?);
            return Ok(self.entry(label.as_str(), block.ident.span(), node));
        }
        let mut outer = Vec::new();
        for number in 0..=block.labels.len() {
            outer.push(self.node(block.span(), depth + number)?);
        }
        let inner = self.body(&block.body, depth + block.labels.len())?;
        // From the last label to the name of the block, each one is a map around the next.
        let mut map = inner;
        for (label, mut node) in block.labels.iter().rev().zip(outer.drain(1..).rev()) {
            node.value = Value::Map(map);
            map = Map {
                entries: vec![self.entry(label.as_str(), label.span(), node)],
                open: false,
            };
        }
        let mut node = outer.swap_remove(0);
        node.value = Value::Map(map);
        Ok(self.entry(block.ident.as_str(), block.ident.span(), node))
    }

    /// The parser bounds the depth of expressions; what locals add to it is bounded by the budget.
    fn expression(&mut self, expression: &'a Expression, depth: usize) -> Result<Node, Unread> {
        let mut node = self.node(expression.span(), depth)?;
        node.value = match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(_) => Value::Number(self.written(&node.span).replace([' ', '\t'], "")),
            Expression::String(text) => text_value(text.value().clone()),
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template, &node),
            Expression::Array(array) => {
                let mut items = Vec::new();
                for item in array {
                    items.push(self.expression(item, depth + 1)?);
                }
                Value::List(List { items, open: false })
            }
            Expression::Object(object) => Value::Map(self.object(object, depth)?),
            Expression::Parenthesis(inner) => self.expression(inner.inner(), depth)?.value,
            Expression::FuncCall(call) => match encoded(call) {
                Some(argument) => self.expression(argument, depth)?.value,
                None => self.unknown(&node),
            },
            Expression::Traversal(traversal) => return self.traversal(traversal, node, depth),
            _ => self.unknown(&node),
        };
        Ok(node)
    }

    fn object(&mut self, object: &'a hcl_edit::expr::Object, depth: usize) -> Result<Map, Unread> {
        let mut map = Map::default();
        for (key, value) in object {
            let node = self.expression(value.expr(), depth + 1)?;
            let name = match key {
                ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => name.as_str(),
                ObjectKey::Expression(Expression::String(name)) => name.value(),
                ObjectKey::Expression(_) => {
                    map.open = true;
                    "(expression)"
                }
            };
            let entry = self.entry(name, key.span(), node);
            map.entries.push(entry);
        }
        Ok(map)
    }

    /// Text between the marks of a heredoc, if nothing is filled in.
    fn template(&self, template: &Template, node: &Node) -> Value {
        let mut text = String::new();
        for element in template {
            match element {
                Element::Literal(literal) => text.push_str(literal),
                Element::Interpolation(_) | Element::Directive(_) => return self.unknown(node),
            }
        }
        text_value(text)
    }

    /// `local.NAME` of the same file, reported where it is used.
    fn traversal(&mut self, traversal: &'a Traversal, mut node: Node, depth: usize) -> Result<Node, Unread> {
        if let Some(value) = self.local(traversal, depth)? {
            node.value = value;
            relocate(&mut node);
        } else {
            node.value = self.unknown(&node);
        }
        Ok(node)
    }

    fn local(&mut self, traversal: &'a Traversal, depth: usize) -> Result<Option<Value>, Unread> {
        let is_local = matches!(&traversal.expr, Expression::Variable(name) if name.as_str() == "local");
        let mut keys = traversal.operators.iter().map(|operator| match operator.value() {
            TraversalOperator::GetAttr(key) => Some(key.as_str()),
            _ => None,
        });
        let Some(name) = keys.next().flatten().filter(|_| is_local) else {
            return Ok(None);
        };
        let Some(expression) = self
            .locals
            .get(name)
            .copied()
            .filter(|_| !self.resolving.contains(&name))
        else {
            return Ok(None);
        };
        self.resolving.push(name);
        let value = self.expression(expression, depth).map(|node| node.value);
        self.resolving.pop();
        let mut value = value?;
        for key in keys {
            let entry = match (key, value) {
                (Some(key), Value::Map(map)) => map.entries.into_iter().find(|entry| entry.key == key),
                _ => None,
            };
            let Some(entry) = entry else {
                return Ok(None);
            };
            value = entry.node.value;
        }
        Ok(Some(value))
    }

    fn unknown(&self, node: &Node) -> Value {
        Value::Unknown(self.written(&node.span).to_owned())
    }

    fn written(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }
}

/// The argument of `jsonencode`, whose result has the structure of its argument.
fn encoded(call: &FuncCall) -> Option<&Expression> {
    let is_encode = call.name.namespace.is_empty() && call.name.name.as_str() == "jsonencode";
    call.args.get(0).filter(|_| is_encode && call.args.len() == 1)
}

/// Gives all values below a node its place.
fn relocate(node: &mut Node) {
    let (span, line) = (node.span.clone(), node.line);
    let move_to_place = |inner: &mut Node| {
        inner.span = span.clone();
        inner.line = line;
        relocate(inner);
    };
    match &mut node.value {
        Value::List(list) => list.items.iter_mut().for_each(move_to_place),
        Value::Map(map) => map
            .entries
            .iter_mut()
            .map(|entry| &mut entry.node)
            .for_each(move_to_place),
        _ => {}
    }
}
