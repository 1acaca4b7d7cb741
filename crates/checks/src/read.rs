//! Reads a structured file as documents.
//!
//! Input: a path, which decides the format, and the text of the file. Output: [`Document`]s with exact lines and spans, or
//! [`Unread`]. Not here: bytes that are not UTF-8, and which files are read at all.

mod front_matter;
mod hcl;
mod helm;
mod json;
#[cfg(test)]
mod tests;
mod yaml;

use std::ops::Range;

use crate::document::{Document, Unread, Value};

/// A larger file is not read.
pub const MAX_BYTES: usize = 2_000_000;

/// More values than this, aliases and locals unfolded, are not read.
pub const MAX_VALUES: usize = 100_000;

/// Lists and maps that are nested deeper are not read.
pub const MAX_DEPTH: usize = 64;

/// How a file is read as a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileFormat {
    /// `.yaml`, `.yml`.
    Yaml,
    /// A YAML file below a folder `templates` that holds `{{`.
    HelmTemplate,
    /// `.json`, comments allowed.
    Json,
    /// `.tf`, `.tfvars`, `.hcl`.
    Hcl,
    /// The front matter of `.md`, `.mdc`.
    FrontMatter,
}

impl FileFormat {
    /// The format of a file, if it has a structure.
    pub fn new(path: &str, text: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => {
                let in_templates = path.split('/').rev().skip(1).any(|folder| folder == "templates");
                Some(if in_templates && text.contains("{{") {
                    Self::HelmTemplate
                } else {
                    Self::Yaml
                })
            }
            "json" => Some(Self::Json),
            "tf" | "tfvars" | "hcl" => Some(Self::Hcl),
            "md" | "mdc" => Some(Self::FrontMatter),
            _ => None,
        }
    }

    /// Reads a file of this format. A file without content or without front matter has no document.
    pub fn read(self, text: &str) -> Result<Vec<Document>, Unread> {
        if text.len() > MAX_BYTES {
            return Err(Unread {
                span: 0..0,
                line: 1,
                reason: format!("the file has {} bytes, more than {MAX_BYTES}", text.len()),
            });
        }
        match self {
            Self::Yaml => yaml::read(text, yaml::YamlDialect::Yaml, Origin::default()),
            Self::HelmTemplate => helm::read(text),
            Self::Json => json::read(text),
            Self::Hcl => hcl::read(text),
            Self::FrontMatter => front_matter::read(text),
        }
    }
}

/// Where a part of a file begins.
#[derive(Debug, Clone, Copy, Default)]
struct Origin {
    /// Bytes before it.
    bytes: usize,
    /// Lines before it.
    lines: u32,
}

/// Counts values, so that a small file can't become a large tree.
#[derive(Debug, Default)]
struct Budget {
    values: usize,
}

impl Budget {
    fn value(&mut self, depth: usize, span: &Range<usize>, line: u32) -> Result<(), Unread> {
        self.values += 1;
        let reason = if self.values > MAX_VALUES {
            format!("the file has more than {MAX_VALUES} values")
        } else if depth > MAX_DEPTH {
            format!("values are nested more than {MAX_DEPTH} deep")
        } else {
            return Ok(());
        };
        Err(Unread {
            span: span.clone(),
            line,
            reason,
        })
    }
}

/// A value that a program fills in later.
fn is_unknown(text: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let next = bytes.peek().copied();
        if matches!((byte, next), (b'{', Some(b'{')) | (b'$', Some(b'{' | b'('))) {
            return true;
        }
    }
    false
}

/// Text, unless a part of it is filled in later.
fn text_value(text: String) -> Value {
    if is_unknown(&text) {
        Value::Unknown(text)
    } else {
        Value::Text(text)
    }
}

/// Byte offsets at which lines begin.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        starts.extend(breaks.map(|(at, _)| at + 1));
        Self { starts }
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> u32 {
        let line = self.starts.partition_point(|start| *start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The same, if bytes are asked for in their order: the search begins at the line before, from 0, which is kept in `last`.
    fn line_after(&self, at: usize, last: &mut usize) -> u32 {
        let begins = |line: usize| self.starts.get(line).copied().unwrap_or(usize::MAX);
        if begins(*last) <= at {
            while begins(*last + 1) <= at {
                *last += 1;
            }
        } else {
            *last = self
                .starts
                .partition_point(|start| *start <= at)
                .saturating_sub(1);
        }
        u32::try_from(*last + 1).unwrap_or(u32::MAX)
    }

    /// Where a line, from 1, begins.
    fn start(&self, line: u32) -> usize {
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        self.starts.get(index).copied().unwrap_or_default()
    }
}
