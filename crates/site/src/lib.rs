//! The catalogue of a store as a static site that needs no JavaScript: every lesson, every target, and what is present where.
//!
//! Input: a [`SiteInput`]. Output: a [`Site`]: the files by path, and what `index.json` says. The same input gives the same bytes.
//! Not here: reading the store and its targets (`src/commands/site`), and writing the files (`src/repository`).
//!
//! Texts of lessons are Markdown and become HTML in [`prose`]. Every other text is escaped by the templates.

mod address;
mod audit_line;
mod coverage_sum;
mod effect_section;
mod engine;
mod feed;
mod heat_map;
mod index;
mod input;
mod lesson_page;
mod matrix;
mod named_link;
mod outline;
pub mod prose;
mod target_page;
mod timeline;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::Engine;
use crate::outline::SiteOutline;
use lessonbook_base::finding::Finding;

pub use crate::input::{ChangeKind, LessonChange, SiteInput, SiteTarget};

/// A site.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Site {
    /// The files by path, without `index.json`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What `index.json` says, as an object.
    pub index: Value,
}

/// Makes the site. An error is a template that does not work.
pub fn render(input: &SiteInput<'_>) -> Result<Site, Finding> {
    let engine = Engine::new(input.store)?;
    let outline = SiteOutline::new(input);
    let mut files = BTreeMap::new();
    for name in ["style.css", "filter.js"] {
        let text = input.store.site_templates.get(name).cloned().unwrap_or_default();
        files.insert(name.to_owned(), text.into_bytes());
    }
    files.extend(index::pages(&engine, &outline)?);
    files.extend(lesson_page::pages(&engine, &outline)?);
    files.extend(target_page::pages(&engine, &outline)?);
    files.extend(timeline::page(&engine, &outline)?);
    files.extend(feed::page(&engine, &outline)?);
    let index = index::json(&outline);
    Ok(Site { files, index })
}
