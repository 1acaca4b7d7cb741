//! Reads `lessons/<topic>/_topic.yaml`: the defaults of the lessons in a folder.
//!
//! Input: the file. Output: [`Defaults`]. Not here: the lessons themselves.

use std::ops::Range;

use super::fields::FieldsReader;
use super::{cut, prose};
use crate::words::one_line;
use crate::yaml::{SourceFile, YamlNode};
use lessonbook_base::finding::Code;
use lessonbook_base::globs::Glob;

/// The keys of `_topic.yaml`.
pub const KEYS: [&str; 4] = ["paths", "tags", "owner", "title"];

/// A glob and where it is written.
#[derive(Debug, Clone)]
pub struct WrittenGlob {
    /// The glob.
    pub glob: Glob,
    /// The file, relative to the store.
    pub file: String,
    /// Its bytes.
    pub span: Range<usize>,
}

/// The values of keys that a lesson's own file does not set.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// Paths.
    pub paths: Vec<WrittenGlob>,
    /// Tags, with the bytes of each.
    pub tags: Vec<(String, Range<usize>)>,
    /// The person or team that is responsible for the lessons.
    pub owner: Option<String>,
    /// The section's title.
    pub title: Option<String>,
    /// The file itself.
    pub file: String,
}

/// Reads `_topic.yaml`.
pub fn read(reader: &mut FieldsReader, root: &YamlNode) -> Defaults {
    let mut defaults = Defaults {
        file: reader.source.file.clone(),
        ..Defaults::default()
    };
    let Some(fields) = reader.map(root, "a topic", &KEYS) else {
        return defaults;
    };
    prose::check_tree(reader, root);
    cut::check_tree(reader, root);
    defaults.paths = globs(reader, reader.source, &fields, None).unwrap_or_default();
    defaults.tags = tags(reader, &fields).unwrap_or_default();
    defaults.owner = reader.string(&fields, "owner");
    if fields.has("title") {
        defaults.title = prose::paragraph(reader, &fields, "title", Code::MissingField, &[]);
    }
    defaults
}

/// The tags of a file, without duplicates.
pub fn tags(
    reader: &mut FieldsReader,
    fields: &super::fields::Fields,
) -> Option<Vec<(String, Range<usize>)>> {
    let mut tags: Vec<(String, Range<usize>)> = Vec::new();
    for (tag, node) in reader.texts(fields, "tags")? {
        let tag = one_line(tag);
        if tag.is_empty() {
            reader.wrong_type(node, "an item of `tags`", "a word");
        } else if !tags.iter().any(|(known, _)| *known == tag) {
            tags.push((tag, node.span.clone()));
        }
    }
    Some(tags)
}

/// The globs of `paths`; one that is not portable is reported and left out.
pub fn globs(
    reader: &mut FieldsReader,
    source: &SourceFile,
    fields: &super::fields::Fields,
    severity: Option<&str>,
) -> Option<Vec<WrittenGlob>> {
    let mut globs = Vec::new();
    for (text, node) in reader.texts(fields, "paths")? {
        match Glob::parse(text) {
            Ok(glob) => globs.push(WrittenGlob {
                glob,
                file: source.file.clone(),
                span: node.span.clone(),
            }),
            Err(problem) => {
                let rule = severity.map_or("a rule".into(), |word| format!("this {word} rule"));
                let mut finding = reader.finding(Code::GlobNotPortable, node.span.clone(), problem.message);
                if problem.readings.is_empty() {
                    finding = finding.effect(format!("no repository would receive {rule} by this glob"));
                } else {
                    finding = finding.effect(format!(
                        "assistants would load {rule} for different files, and some would miss it"
                    ));
                }
                finding.at = finding.at.map(|place| place.label(problem.readings));
                if let Some(portable) = problem.portable {
                    let written = format!("\"{portable}\"");
                    let fix = reader.fix(node.span.clone(), written.clone());
                    finding = finding
                        .help(format!("write {written}, or run `lessonbook check --fix`"))
                        .fix(fix);
                } else {
                    finding = finding
                        .help("start with `**/` or a folder; then use literals, `*`, `?`, `**` and `{a,b}`");
                }
                reader.push(finding);
            }
        }
    }
    Some(globs)
}
