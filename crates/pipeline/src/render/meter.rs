//! Limits what a template does: steps and bytes are counted, so that the same template always stops at the same place.
//!
//! Input: the store's templates. Output: the same templates with counting calls, the functions that they call, and where a limit was
//! exceeded. Not here: rendering (`render`).
//!
//! tera has no limits of its own: two nested loops can run forever, and a text that is joined to itself fills the memory. A time limit
//! would give another result on another machine, so every round of a loop and every value that is kept is counted instead.

mod filters;
mod tags;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use self::tags::{Tag, TagKind};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_store::Store;

/// The largest file of ours: the size that Lessonbook can still read (`tree::LARGEST`).
const MOST_BYTES: usize = lessonbook_base::tree::LARGEST;
/// The rounds of all loops together. A file of 1,000 lessons with five paths each takes 6,000.
const MOST_STEPS: u64 = 200_000;
/// Bytes that loops and values may copy in all.
const MOST_COPIED: u64 = 64 * 1024 * 1024;
/// The size of a value that a template creates itself.
const MOST_KEPT: usize = 256 * 1024;
/// How many templates there may be, and how large. They are limited because tera follows includes by recursion.
const MOST_TEMPLATES: usize = 64;
const LARGEST_TEMPLATE: usize = 64 * 1024;
/// How deep includes may be nested. At 30, tera overflows the stack of a thread.
const DEEPEST: usize = 6;
/// How long a tag may be, and how many texts and values it may join.
const LONGEST_TAG: usize = 2_000;
const MOST_JOINED: usize = 32;

/// The counts so far, and where a limit was exceeded.
#[derive(Debug, Default)]
struct Tally {
    steps: u64,
    copied: u64,
    passed: Option<(usize, String)>,
}

/// A place at which something is counted, and what each pass costs.
#[derive(Debug)]
struct CountedPoint {
    place: Location,
    steps: u64,
    bytes: u64,
}

/// Text that was inserted into a template, recorded so that errors can be reported with the original columns.
#[derive(Debug)]
struct Insertion {
    at: usize,
    text: String,
}

/// The meter of a store's templates.
#[derive(Debug, Default)]
pub(super) struct Meter {
    counted: Arc<Mutex<Tally>>,
    points: Arc<Vec<CountedPoint>>,
    insertions: BTreeMap<String, Vec<Insertion>>,
}

impl Meter {
    /// Inserts counting calls into the templates and registers the functions. An error is a template that is refused as it is written.
    pub fn install(store: &Store, tera: &mut Tera) -> Result<(Self, Vec<(String, String)>), Finding> {
        sizes(store)?;
        let parsed: Vec<(&String, &String, Vec<Tag>)> = store
            .templates
            .iter()
            .map(|(name, text)| (name, text, tags::read(text)))
            .collect();
        for (name, text, tags) in &parsed {
            for tag in tags {
                allowed(name, text, tag)?;
            }
        }
        // Without captures, all output is written to our writer, which has a limit of its own.
        let captures = parsed.iter().flat_map(|(.., tags)| tags).any(Tag::captures);
        let (mut points, mut insertions, mut templates) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (name, text, tags) in &parsed {
            let inserted = Counting {
                name,
                text,
                tags,
                points: &mut points,
                insertions: Vec::new(),
            }
            .run(captures);
            templates.push(((*name).clone(), with(text, &inserted)));
            insertions.insert((*name).clone(), inserted);
        }
        let meter = Meter {
            counted: Arc::default(),
            points: Arc::new(points),
            insertions,
        };
        meter.register(tera);
        Ok((meter, templates))
    }

    fn register(&self, tera: &mut Tera) {
        let (counted, points) = (Arc::clone(&self.counted), Arc::clone(&self.points));
        tera.register_function("lessonbook_step", move |args: Kwargs, _: &State| {
            let at = args.must_get::<usize>("at")?;
            let (steps, bytes) = points.get(at).map_or((1, 0), |point| (point.steps, point.bytes));
            count(&counted, at, steps, bytes).map(|()| "")
        });
        let counted = Arc::clone(&self.counted);
        tera.register_function("lessonbook_keep", move |args: Kwargs, _: &State| {
            let at = args.must_get::<usize>("at")?;
            let size = args.get::<&Value>("v")?.map_or(0, |value| size(value, MOST_KEPT));
            if size > MOST_KEPT {
                return Err(stop(
                    &counted,
                    at,
                    format!("a value of more than {} is created here", kib(MOST_KEPT)),
                ));
            }
            count(&counted, at, 0, size as u64).map(|()| "")
        });
        let counted = Arc::clone(&self.counted);
        tera.register_function("lessonbook_value", move |args: Kwargs, _: &State| {
            let at = args.must_get::<usize>("at")?;
            let value = args.must_get::<&Value>("v")?;
            let size = size(value, MOST_BYTES);
            if size > MOST_BYTES {
                return Err(stop(&counted, at, too_much()));
            }
            count(&counted, at, 0, size as u64).map(|()| value.clone())
        });
        let counted = Arc::clone(&self.counted);
        filters::register(tera, move |size| count(&counted, usize::MAX, 0, size));
    }

    /// Renders a template. The error is a finding if a limit was exceeded, otherwise tera's error.
    pub fn render(
        &self,
        tera: &Tera,
        template: &str,
        context: &tera::Context,
    ) -> Result<String, Result<Finding, Error>> {
        *self.lock() = Tally::default();
        let mut out = BoundedWriter::default();
        let result = tera.render_to(template, context, &mut out);
        let passed = self.lock().passed.take();
        match (passed, result) {
            (Some((at, why)), _) => {
                let place = self.points.get(at).map(|point| point.place.clone());
                Err(Ok(passed_at(template, place, why)))
            }
            (None, _) if out.is_full => Err(Ok(passed_at(template, None, too_much()))),
            (None, Err(error)) => Err(Err(error)),
            (None, Ok(())) => Ok(String::from_utf8_lossy(&out.bytes).into_owned()),
        }
    }

    /// The column in a template as it was written; columns are counted from 1.
    pub fn written_column(&self, template: &str, text: &str, line: usize, column: usize) -> usize {
        let Some(insertions) = self.insertions.get(template) else {
            return column;
        };
        let start: usize = text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let (mut shift, mut last) = (0, column);
        for insertion in insertions.iter().filter(|one| start <= one.at && one.at <= end) {
            let here = text[start..insertion.at].chars().count() + 1;
            if here + shift >= column {
                break;
            }
            shift += insertion.text.chars().count();
            last = column.saturating_sub(shift).max(here);
        }
        last
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counted: &Mutex<Tally>, at: usize, steps: u64, bytes: u64) -> TeraResult<()> {
    let mut now = counted.lock().unwrap_or_else(PoisonError::into_inner);
    now.steps = now.steps.saturating_add(steps);
    now.copied = now.copied.saturating_add(bytes);
    let why = if now.steps > MOST_STEPS {
        format!("the template's loops make more than {MOST_STEPS} steps")
    } else if now.copied > MOST_COPIED {
        format!("the template copies more than {}", kib(MOST_COPIED))
    } else {
        return Ok(());
    };
    now.passed.get_or_insert((at, why));
    Err(Error::message("a limit was exceeded"))
}

fn stop(counted: &Mutex<Tally>, at: usize, why: String) -> Error {
    let mut now = counted.lock().unwrap_or_else(PoisonError::into_inner);
    now.passed.get_or_insert((at, why));
    Error::message("a limit was exceeded")
}

fn too_much() -> String {
    format!("the template writes more than {}", kib(MOST_BYTES))
}

fn kib(bytes: impl TryInto<u64>) -> String {
    format!("{} KiB", bytes.try_into().unwrap_or(u64::MAX) / 1024)
}

/// How many bytes a value takes as text. Counting stops when there are more than `enough`.
fn size(value: &Value, enough: usize) -> usize {
    if let Some(text) = value.as_str() {
        return text.len();
    }
    let mut total = 16;
    if let Some(items) = value.as_array() {
        for item in items {
            total += size(item, enough.saturating_sub(total)) + 2;
            if total > enough {
                return total;
            }
        }
    } else if let Some(entries) = value.as_map() {
        for item in entries.values() {
            total += size(item, enough.saturating_sub(total)) + 16;
            if total > enough {
                return total;
            }
        }
    }
    total
}

/// A writer that stops at the limit.
#[derive(Default)]
struct BoundedWriter {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for BoundedWriter {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + piece.len() > MOST_BYTES {
            self.is_full = true;
            return Err(std::io::Error::other("a limit was exceeded"));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn passed_at(template: &str, place: Option<Location>, why: String) -> Finding {
    let place = place.unwrap_or_else(|| Location::file(&format!("templates/{template}")));
    refused(place, why).help(
        "loop only over `lessons`, `sections` and their fields, and do not nest loops over all lessons; or place fewer lessons in one file",
    )
}

fn refused(place: Location, why: impl Into<String>) -> Finding {
    Finding::new(Code::TemplateTooLarge, why)
        .at(place)
        .effect("nothing is rendered with this template, so its entry points receive no lesson")
}

/// Refuses too many or too large templates.
fn sizes(store: &Store) -> Result<(), Finding> {
    for (name, text) in &store.templates {
        if text.len() > LARGEST_TEMPLATE {
            let place = Location::file(&format!("templates/{name}"));
            let why = format!("the template has more than {}", kib(LARGEST_TEMPLATE));
            return Err(refused(place, why).help("a template is a page of text: remove what is not used"));
        }
    }
    if let Some((name, _)) = store.templates.iter().nth(MOST_TEMPLATES) {
        let place = Location::file(&format!("templates/{name}"));
        let why = format!("the store has more than {MOST_TEMPLATES} templates");
        return Err(refused(place, why).help("delete the templates that no entry point uses"));
    }
    Ok(())
}

/// Refuses templates that include others too deeply. Call it only for templates that compile: then no template includes itself.
pub(super) fn depth(store: &Store) -> Result<(), Finding> {
    let mut deep: BTreeMap<&str, usize> = store.templates.keys().map(|name| (name.as_str(), 0)).collect();
    for _ in 0..=DEEPEST {
        let mut next = deep.clone();
        for (name, text) in &store.templates {
            for tag in tags::read(text) {
                let included = included(text, &tag).and_then(|other| deep.get(other)).copied();
                let Some(below) = included else { continue };
                if below >= DEEPEST {
                    let place = Location::in_text(&format!("templates/{name}"), text, tag.range);
                    let why = format!("templates include each other more than {DEEPEST} levels deep");
                    return Err(refused(place, why).help("copy the text of one template into the other"));
                }
                let at = next.entry(name).or_default();
                *at = (*at).max(below + 1);
            }
        }
        deep = next;
    }
    Ok(())
}

/// The template that a tag includes or extends.
fn included<'t>(text: &'t str, tag: &Tag) -> Option<&'t str> {
    if tag.kind != TagKind::Block || !matches!(tag.word.as_str(), "include" | "extends") {
        return None;
    }
    let name = text[tag.inner.clone()]
        .trim()
        .strip_prefix(tag.word.as_str())?
        .trim();
    name.get(1..name.len().checked_sub(1)?)
}

/// Refuses a tag whose steps can't be counted.
fn allowed(name: &str, text: &str, tag: &Tag) -> Result<(), Finding> {
    let place = || Location::in_text(&format!("templates/{name}"), text, tag.range.clone());
    if tag.range.len() > LONGEST_TAG {
        let why = format!("a tag has more than {LONGEST_TAG} bytes");
        return Err(refused(place(), why).help("write the text outside of tags"));
    }
    if tag.joins > MOST_JOINED {
        let why = format!("a tag joins more than {MOST_JOINED} values");
        return Err(
            refused(place(), why).help("write the values one after the other, each in a tag of its own")
        );
    }
    if tag.comprehension {
        let why =
            "a template can't use a list comprehension (`[… for … in …]`), whose steps can't be counted";
        return Err(refused(place(), why).help("write a `for` loop, with an `if` inside"));
    }
    Ok(())
}

/// Inserts the calls into one template.
struct Counting<'c> {
    name: &'c str,
    text: &'c str,
    tags: &'c [Tag],
    points: &'c mut Vec<CountedPoint>,
    insertions: Vec<Insertion>,
}

impl Counting<'_> {
    fn run(mut self, captures: bool) -> Vec<Insertion> {
        if !self.tags.iter().any(|tag| tag.word == "extends") {
            let at = self.point(0..1, 1, self.text.len());
            self.insert(0, format!("{{{{ lessonbook_step(at={at}) }}}}"));
        }
        let mut blocks: Vec<String> = Vec::new();
        for nth in 0..self.tags.len() {
            let tag = &self.tags[nth];
            match (tag.kind, tag.word.as_str()) {
                (TagKind::Value, _) if captures && !tag.is_component => {
                    let at = self.point(tag.range.clone(), 0, 0);
                    self.insert(tag.inner.start, " lessonbook_value(v=".to_owned());
                    self.insert(tag.inner.end, format!(", at={at}) "));
                }
                (TagKind::Block, "for" | "block" | "component") => {
                    let (bytes, pipes) = body(self.tags, nth, self.text.len());
                    let at = self.point(tag.range.clone(), 1 + 4 * pipes, bytes);
                    self.call(tag, &format!("lessonbook_step(at={at})"));
                }
                (TagKind::Block, "set" | "set_global") => match &tag.assigned {
                    Some(name) if tag.is_made => {
                        let at = self.point(tag.range.clone(), 0, 0);
                        self.call(tag, &format!("lessonbook_keep(v={name}, at={at})"));
                    }
                    Some(_) => {}
                    None => blocks.push(tag.second.clone()),
                },
                (TagKind::Block, "endset" | "endset_global") => {
                    if let Some(name) = blocks.pop() {
                        let at = self.point(tag.range.clone(), 0, 0);
                        self.call(tag, &format!("lessonbook_keep(v={name}, at={at})"));
                    }
                }
                _ => {}
            }
        }
        self.insertions.sort_by_key(|insertion| insertion.at);
        self.insertions
    }

    /// Inserts a call after a tag, which removes white space if the tag does.
    fn call(&mut self, tag: &Tag, call: &str) {
        let end = if tag.trims { "-}}" } else { "}}" };
        self.insert(tag.range.end, format!("{{{{ {call} {end}"));
    }

    fn insert(&mut self, at: usize, text: String) {
        self.insertions.push(Insertion { at, text });
    }

    fn point(&mut self, range: std::ops::Range<usize>, steps: u64, bytes: usize) -> usize {
        self.points.push(CountedPoint {
            place: Location::in_text(&format!("templates/{}", self.name), self.text, range),
            steps,
            bytes: bytes as u64,
        });
        self.points.len() - 1
    }
}

/// How many bytes a body has up to the tag that ends it, and how many filters it applies.
fn body(tags: &[Tag], start: usize, length: usize) -> (usize, u64) {
    let open = &tags[start];
    let end = format!("end{}", open.word);
    let (mut depth, mut pipes) = (0_usize, 0);
    for tag in &tags[start + 1..] {
        pipes += tag.pipes;
        if tag.kind == TagKind::Block && tag.word == open.word {
            depth += 1;
        } else if tag.kind == TagKind::Block && tag.word == end {
            if depth == 0 {
                return (tag.range.start - open.range.end, pipes);
            }
            depth -= 1;
        }
    }
    (length - open.range.end, pipes)
}

fn with(text: &str, insertions: &[Insertion]) -> String {
    let mut out = String::with_capacity(text.len() + insertions.len() * 32);
    let mut done = 0;
    for insertion in insertions {
        out.push_str(&text[done..insertion.at]);
        out.push_str(&insertion.text);
        done = insertion.at;
    }
    out.push_str(&text[done..]);
    out
}
