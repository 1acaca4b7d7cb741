//! Renders our block of a file.
//!
//! Input: a planned file and the store's templates. Output: front matter and the block's text, with `\n` endings. Not here: where in the
//! file the block is and its line endings (`merge`), and whether a template changed a lesson (`proof`). Only this module uses tera.

mod check;
mod meter;
mod template_data;

pub use check::check;

use tera::{Context, Tera};

use self::meter::Meter;
use self::template_data::{page, title};

use super::place::PlannedFile;
use super::wrap::tidy;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::front_matter::FrontMatterValue;
use lessonbook_base::markdown;
use lessonbook_base::marker;
use lessonbook_store::Store;
use lessonbook_store::entry_point::FrontMatterForm;

/// The text of one file of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedBlock {
    /// Front matter with its `---` lines and a final newline; empty if the entry point has none.
    pub front_matter: String,
    /// The block from its begin line to its end line's newline.
    pub text: String,
    /// The content hash in the begin line.
    pub hash: String,
}

impl RenderedBlock {
    /// How many lines our own text has, including front matter and the blank line after it.
    pub fn lines(&self) -> usize {
        let blank = usize::from(!self.front_matter.is_empty());
        self.front_matter.lines().count() + blank + self.text.lines().count()
    }
}

/// A block's text without its hash, which is as expensive to compute as rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    front_matter: String,
    entries: Vec<(String, FrontMatterValue)>,
    inner: String,
}

impl Body {
    /// The block with twelve arbitrary digits as its hash, so that it has its final size.
    pub fn unsealed(&self, name: &str) -> RenderedBlock {
        self.with_hash(name, "0".repeat(12))
    }

    /// The block with its hash.
    pub fn seal(&self, name: &str) -> RenderedBlock {
        self.with_hash(name, marker::content_hash(&self.entries, &self.inner))
    }

    fn with_hash(&self, name: &str, hash: String) -> RenderedBlock {
        let (begin, end) = (marker::begin(name, &hash), marker::end(name));
        RenderedBlock {
            front_matter: self.front_matter.clone(),
            text: format!("{begin}\n{}{end}\n", self.inner),
            hash,
        }
    }
}

/// Everything that a block holds besides the lessons of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The reference file, if the target uses one.
    pub reference: Option<String>,
    /// Whether incidents and sources may be printed.
    pub internal: bool,
    /// `@path` of the files that the block must import so that assistants still read them.
    pub imports: Vec<String>,
    /// Whether the block begins with the title of its file.
    pub titled: bool,
}

/// Renders blocks for many targets of one store. The templates are compiled once.
pub struct Renderer<'s> {
    pub(super) store: &'s Store,
    tera: Tera,
    meter: Meter,
}

impl<'s> Renderer<'s> {
    /// Compiles the store's templates.
    pub fn new(store: &'s Store) -> Result<Self, Finding> {
        let mut tera = engine();
        let (meter, templates) = Meter::install(store, &mut tera)?;
        if let Err(error) = tera.add_raw_templates(templates.iter().map(|(name, text)| (name, text))) {
            // Report the error in the text as it was written, if that does not compile either.
            let written = store.templates.iter();
            let mut plain = engine();
            let error = plain.add_raw_templates(written).err().unwrap_or(error);
            return Err(template_finding(store, &error, None));
        }
        meter::depth(store)?;
        Ok(Renderer { store, tera, meter })
    }

    /// Renders a file.
    pub fn render(&self, file: &PlannedFile<'_>, around: &Surroundings) -> Result<RenderedBlock, Finding> {
        Ok(self.draft(file, around)?.seal(&self.store.name))
    }

    /// Renders a file without its hash.
    pub fn draft(&self, file: &PlannedFile<'_>, around: &Surroundings) -> Result<Body, Finding> {
        let context = Context::from_serialize(&page(self.store, file, around))
            .map_err(|error| template_finding(self.store, &error, None))?;
        let body = self
            .meter
            .render(&self.tera, &file.entry_point.template, &context)
            .map_err(|stopped| match stopped {
                Ok(finding) => finding,
                Err(error) => template_finding(self.store, &error, Some(&self.meter)),
            })?;
        let inner = format!("\n{}\n", protected(tidy(&with_imports(&body, &around.imports))));
        if marker::mention(&inner).is_some() && !file.placed.iter().any(|placed| placed.lesson.broken) {
            return Err(writes_a_marker(file));
        }
        let (front_matter, mut entries) = front_matter(self.store, file);
        entries.extend(file.entry_point.hashed_entries(None));
        Ok(Body {
            front_matter,
            entries,
            inner,
        })
    }
}

fn engine() -> Tera {
    let mut tera = Tera::new();
    // The output is Markdown, not HTML: `<` in a rule must stay `<`, whatever a template's file is called.
    tera.autoescape_on(Vec::<&'static str>::new());
    tera
}

/// Puts imports above a text, but below its title: linters want a title in the first line.
fn with_imports(body: &str, imports: &[String]) -> String {
    let imports: String = imports.iter().flat_map(|word| [word, "\n\n"]).collect();
    let body = body.trim_start();
    match body.split_once('\n').filter(|(title, _)| title.starts_with("# ")) {
        Some((title, rest)) => format!("{title}\n\n{imports}{rest}"),
        None => format!("{imports}{body}"),
    }
}

/// A template can build a marker from parts, which can't be seen in its own text.
fn writes_a_marker(file: &PlannedFile<'_>) -> Finding {
    let template = &file.entry_point.template;
    Finding::new(
        Code::MarkerText,
        format!("the template `{template}` writes the text of a block's marker"),
    )
    .at(Location::file(&format!("templates/{template}")))
    .effect(
        "inside a block it would look like the start or end of a block, so nothing is written with this template",
    )
    .help("write about the begin line and the end line of a block instead")
}

/// Puts two comments around a text with examples, so that Prettier does not change it: Prettier formats the code in fences, so the
/// examples would no longer be the lesson's own bytes. In a text without examples, the hash is not affected by what Prettier changes.
fn protected(text: String) -> String {
    // Without a fence or an indented line there is no code, and the text need not be parsed.
    if !["```", "~~~", "    ", "\t"]
        .iter()
        .any(|sign| text.contains(sign))
    {
        return text;
    }
    let mut units = markdown::outline(&text).units.into_iter();
    if units.any(|unit| matches!(unit.shape, markdown::Shape::Code(_))) {
        let [start, end] = marker::UNFORMATTED;
        format!("{start}\n\n{text}\n{end}\n")
    } else {
        text
    }
}

/// tera's report with its location, as a finding: its text ends with ` --> file:line:column` and the line itself.
fn template_finding(store: &Store, error: &tera::Error, meter: Option<&Meter>) -> Finding {
    let report = lessonbook_base::text::redact(&error.to_string());
    let message = report
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    let place = report
        .lines()
        .find_map(|line| line.trim().strip_prefix("--> "))
        .and_then(|place| {
            let mut parts = place.rsplitn(3, ':');
            let column: usize = parts.next()?.parse().ok()?;
            let line: usize = parts.next()?.parse().ok()?;
            let name = parts.next()?;
            let template = store.templates.get(name)?;
            let text = lessonbook_base::text::redact(template.lines().nth(line.checked_sub(1)?)?);
            let column = meter.map_or(column, |meter| meter.written_column(name, template, line, column));
            Some(Location {
                file: format!("templates/{name}"),
                line,
                column,
                length: 1,
                text,
                label: String::new(),
            })
        });
    let finding = Finding::new(Code::TemplateError, message)
        .effect("nothing is rendered until it compiles")
        .help("the language is tera 2; docs/guide/templates.md lists the variables");
    match place {
        Some(place) => finding.at(place),
        None => finding,
    }
}

/// The front matter of a file, and the same as entries for the hash.
fn front_matter(store: &Store, file: &PlannedFile<'_>) -> (String, Vec<(String, FrontMatterValue)>) {
    let globs = file.spellings();
    let globs: Vec<&str> = globs.iter().map(AsRef::as_ref).collect();
    let list = |globs: &[&str]| FrontMatterValue::List(globs.iter().map(|glob| (*glob).to_owned()).collect());
    let scalar = |text: &str| FrontMatterValue::Scalar(text.to_owned());
    match file.entry_point.front_matter {
        FrontMatterForm::None => (String::new(), Vec::new()),
        FrontMatterForm::CopilotInstructions => {
            let joined = if globs.is_empty() {
                "**".to_owned()
            } else {
                globs.join(",")
            };
            (
                format!("---\napplyTo: \"{joined}\"\n---\n"),
                vec![("applyTo".into(), scalar(&joined))],
            )
        }
        // Without `paths` a rule is loaded at launch; `paths: []` would never be (entry-points.md §2.1, §15).
        FrontMatterForm::ClaudeRules if globs.is_empty() => (String::new(), Vec::new()),
        FrontMatterForm::ClaudeRules => {
            let lines: String = globs.iter().flat_map(|glob| ["  - \"", glob, "\"\n"]).collect();
            (
                format!("---\npaths:\n{lines}---\n"),
                vec![("paths".into(), list(&globs))],
            )
        }
        FrontMatterForm::CursorRules => {
            let description = format!("Lessons from {}, {}", store.name, title(store, &file.topic))
                .replace(['\n', ':'], " ");
            let always = if globs.is_empty() { "true" } else { "false" };
            let joined = globs.join(", ");
            let line = if globs.is_empty() {
                String::new()
            } else {
                format!("globs: {joined}\n")
            };
            let mut entries = vec![("description".into(), scalar(&description))];
            if !globs.is_empty() {
                entries.push(("globs".into(), scalar(&joined)));
            }
            entries.push(("alwaysApply".into(), scalar(always)));
            (
                format!("---\ndescription: {description}\n{line}alwaysApply: {always}\n---\n"),
                entries,
            )
        }
    }
}
