//! Runs the templates of a site.
//!
//! Input: the store's site templates, and values. Output: files. Not here: what the values are. Only this module uses tera.
//!
//! Every text is escaped: HTML characters, and characters that people can't see. A template writes HTML only where it says `safe`.

use std::io::{self, Write};

use serde::Serialize;
use tera::{Context, Tera};

use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::text::visible::visible_lines;
use lessonbook_store::Store;

/// At most so many bytes are in one file, so that a template without an end stops.
const LARGEST: usize = 32 * 1024 * 1024;

/// The endings of files whose texts are escaped.
const ESCAPED: [&str; 2] = [".html.tera", ".xml.tera"];

/// The compiled templates.
pub struct Engine<'s> {
    store: &'s Store,
    tera: Tera,
}

impl<'s> Engine<'s> {
    /// Compiles the store's site templates.
    pub fn new(store: &'s Store) -> Result<Self, Finding> {
        let mut tera = Tera::new();
        tera.autoescape_on(ESCAPED.to_vec());
        tera.set_escape_fn(escape);
        let templates = store.site_templates.iter();
        let templates = templates.filter(|(name, _)| ESCAPED.iter().any(|ending| name.ends_with(ending)));
        tera.add_raw_templates(templates)
            .map_err(|error| template_finding(store, &error))?;
        Ok(Engine { store, tera })
    }

    /// Renders one file.
    pub fn render(&self, template: &str, values: &impl Serialize) -> Result<Vec<u8>, Finding> {
        let context =
            Context::from_serialize(values).map_err(|error| template_finding(self.store, &error))?;
        let mut output = BoundedOutput::default();
        let rendered = self.tera.render_to(template, &context, &mut output);
        if output.is_full {
            return Err(too_large(template));
        }
        rendered.map_err(|error| template_finding(self.store, &error))?;
        Ok(output.bytes)
    }
}

/// What a template writes.
#[derive(Default)]
struct BoundedOutput {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for BoundedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LARGEST {
            self.is_full = true;
            return Err(io::Error::other("the file is too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Escapes a text for HTML and XML, between tags and in quotes.
fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    let text = visible_lines(text);
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escaped: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            b'\'' => b"&#39;",
            _ => continue,
        };
        output.write_all(&bytes[start..at])?;
        output.write_all(escaped)?;
        start = at + 1;
    }
    output.write_all(&bytes[start..])
}

/// tera's report as a finding. Its text ends with ` --> file:line:column` and the line itself.
fn template_finding(store: &Store, error: &tera::Error) -> Finding {
    let report = lessonbook_base::text::redact(&error.to_string());
    let message = report.lines().next().unwrap_or_default();
    let message = message.trim_start_matches("error: ");
    let place = report.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let place = place.and_then(|place| location(store, place));
    let finding = Finding::new(Code::TemplateError, format!("site: {message}"))
        .effect("no file of the site is written")
        .help("the language is tera 2; docs/site.md lists the templates and their values");
    match place {
        Some(place) => finding.at(place),
        None => finding,
    }
}

fn location(store: &Store, place: &str) -> Option<Location> {
    let mut parts = place.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let text = store
        .site_templates
        .get(name)?
        .lines()
        .nth(line.checked_sub(1)?)?;
    Some(Location {
        file: format!("templates/site/{name}"),
        line,
        column,
        length: 1,
        text: lessonbook_base::text::redact(text),
        label: String::new(),
    })
}

fn too_large(template: &str) -> Finding {
    let message = format!("site: a file would be larger than {} MB", LARGEST / 1024 / 1024);
    Finding::new(Code::TemplateError, message)
        .at(Location::file(&format!("templates/site/{template}")))
        .effect("no file of the site is written")
        .help("write less in loops")
}
