//! Checks a store's templates.
//!
//! Input: a store. Output: findings with locations in the templates. Not here: rendering (`render`).

use super::{Renderer, Surroundings};
use crate::place::{PlacedLesson, PlannedFile};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_store::{Detail, Store};

/// Every problem in the store's templates: each is compiled, its variables are checked, and it is rendered with every detail.
pub fn check(store: &Store) -> Vec<Finding> {
    let renderer = match Renderer::new(store) {
        Ok(renderer) => renderer,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    let mut checked: Vec<&str> = Vec::new();
    for row in &store.entry_points {
        if checked.contains(&row.template.as_str()) {
            continue;
        }
        checked.push(&row.template);
        if !store.templates.contains_key(&row.template) {
            let message = format!(
                "entry point `{}` uses the template `{}`, which does not exist",
                row.name, row.template
            );
            findings.push(
                Finding::new(Code::TemplateError, message).help(format!("create templates/{}", row.template)),
            );
            continue;
        }
        for name in unknown_variables(&renderer, &row.template) {
            let at = place_of(store, &row.template, &name);
            let name = lessonbook_base::text::redact(&name);
            findings.push(
                Finding::new(Code::TemplateVariable, format!("`{name}` is not a variable of a template"))
                    .at(at)
                    .effect("nothing would be rendered with this template")
                    .help("a template gets store, entry_point, topic, globs, reference, titled, loose, shortened, lessons and sections"),
            );
        }
        let sample: Vec<PlacedLesson<'_>> = store
            .lessons
            .iter()
            .take(20)
            .map(|lesson| PlacedLesson::new(lesson, Detail::Full))
            .collect();
        let file = PlannedFile {
            entry_point: row,
            topic: sample.first().map(|p| p.lesson.topic.clone()).unwrap_or_default(),
            placed: sample,
        };
        let around = Surroundings {
            reference: Some("docs/ai-lessons.md".into()),
            internal: true,
            imports: Vec::new(),
            titled: true,
        };
        if let Err(finding) = renderer.render(&file, &around)
            && !findings.contains(&finding)
        {
            findings.push(finding);
        }
    }
    findings
}

/// The names that a template defines with `set` and `for`.
fn locals(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for tag in tags(text).map(|range| &text[range]) {
        let mut words = tag
            .trim_start_matches(['{', '%', '-'])
            .split([' ', ',', '='])
            .filter(|word| !word.is_empty());
        match words.next() {
            Some("set" | "set_global") => names.extend(words.next()),
            Some("for") => names.extend(words.take_while(|word| *word != "in")),
            _ => {}
        }
    }
    names
}

/// The ranges of a template's tags, without comments.
fn tags(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + text[at..].find('{')?;
            let close = match text.as_bytes().get(open + 1) {
                Some(b'{') => "}}",
                Some(b'%') => "%}",
                Some(b'#') => "#}",
                _ => {
                    at = open + 1;
                    continue;
                }
            };
            let end = text[open..]
                .find(close)
                .map_or(text.len(), |found| open + found + 2);
            at = end;
            if close != "#}" {
                return Some(open..end);
            }
        }
    })
}

/// Where a variable is used: in the template itself, otherwise in any other.
fn place_of(store: &Store, template: &str, name: &str) -> Location {
    let others = store
        .templates
        .keys()
        .map(String::as_str)
        .filter(|other| *other != template);
    for file in std::iter::once(template).chain(others) {
        let Some(text) = store.templates.get(file) else {
            continue;
        };
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        for tag in tags(text) {
            let found = text[tag.clone()]
                .match_indices(name)
                .map(|(at, _)| tag.start + at)
                .find(|at| {
                    !text[..*at].ends_with(part_of_word)
                        && !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                });
            if let Some(at) = found {
                let shown = lessonbook_base::text::redact(text);
                return Location::in_text(&format!("templates/{file}"), &shown, at..at + name.len());
            }
        }
    }
    Location::file(&format!("templates/{template}"))
}

/// The top-level variables that a template uses, but that are not defined.
fn unknown_variables(renderer: &Renderer<'_>, template: &str) -> Vec<String> {
    let known = [
        "store",
        "entry_point",
        "topic",
        "globs",
        "reference",
        "titled",
        "loose",
        "shortened",
        "lessons",
        "sections",
    ];
    let Ok(used) = renderer.tera.get_template_variables(template) else {
        return Vec::new();
    };
    // tera does not resolve the variables of included templates, so names that any template defines count as known.
    let defined: Vec<&str> = renderer
        .store
        .templates
        .values()
        .flat_map(|text| locals(text))
        .collect();
    let mut unknown: Vec<String> = used
        .into_iter()
        .filter(|name| !known.contains(name) && !defined.contains(name) && *name != "loop")
        .map(str::to_owned)
        .collect();
    unknown.sort();
    unknown
}
