//! The layout of a saved plan's JSON: a line for each key, and for each object of a list.
//!
//! Input: a value. Output: its text. Not here: what the value is. Reviewers read a plan line by line; a line for each number of each
//! lesson at each entry point would make the file several times as large.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The text of a value, with a line feed at its end.
pub(super) fn text(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    write(value, &mut bytes).map_err(serde_json::Error::io)?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// Writes the same text.
pub(super) fn write(value: &impl Serialize, mut to: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut to, Layout::default()))?;
    to.write_all(b"\n")
}

/// Objects of lists that are nested this deep are written on one line: not a target, but each of its lessons and files.
const INLINE: usize = 2;

#[derive(Default)]
struct Layout {
    depth: usize,
    /// The depth of the object that is written on one line.
    inline: Option<usize>,
    /// Whether the next value is an item of a list.
    is_item: bool,
    /// Whether the object that ends now is not empty.
    is_filled: bool,
}

impl Layout {
    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b" "))
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.is_item = false;
        writer.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_item = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_item = false;
        self.is_filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_item && self.inline.is_none() {
            self.line(writer)?;
        }
        self.depth += 1;
        if self.is_item && self.depth > INLINE && self.inline.is_none() {
            self.inline = Some(self.depth);
        }
        self.is_item = false;
        self.is_filled = false;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let is_inline = self.inline.is_some();
        if self.inline == Some(self.depth) {
            self.inline = None;
        }
        self.depth -= 1;
        if self.is_filled && !is_inline {
            self.line(writer)?;
        }
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        match (first, self.inline.is_some()) {
            (true, true) => return Ok(()),
            (false, true) => return writer.write_all(b", "),
            (true, false) => {}
            (false, false) => writer.write_all(b",")?,
        }
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_item = false;
        self.is_filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_has_a_line_and_so_has_an_object_of_a_list() {
        let value = serde_json::json!({
            "a": [1, [2, 3]],
            "b": {},
            "targets": [{ "files": [{ "d": [], "e": { "f": 1 } }, { "d": 2 }] }, { "g": { "h": 1 } }],
        });
        let expected = r#"{
 "a": [1,[2,3]],
 "b": {},
 "targets": [
 {
  "files": [
  {"d": [], "e": {"f": 1}},
  {"d": 2}]
 },
 {
  "g": {
   "h": 1
  }
 }]
}
"#;
        assert_eq!(super::text(&value).unwrap_or_default(), expected);
    }
}
