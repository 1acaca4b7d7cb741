//! For which paths the assistants load a file of a family.
//!
//! Input: a file's front matter in the final bytes, a lesson's globs, and the paths of the tree that they match. Output:
//! nothing if every assistant loads the file for every such path, otherwise the reason why not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use lessonbook_base::front_matter::{self, FileScope, FrontMatter};
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_store::entry_point::{self, EntryPoint};

/// Compiled globs in the assistants' dialects, kept for many targets.
#[derive(Debug, Default)]
pub struct Dialects {
    compiled: RefCell<MatcherCache>,
}

/// A matcher for each dialect and list of globs.
type MatcherCache = BTreeMap<(Dialect, Vec<String>), Rc<Matcher>>;

impl Dialects {
    fn matcher(&self, dialect: Dialect, globs: &[String]) -> Rc<Matcher> {
        let key = (dialect, globs.to_vec());
        Rc::clone(
            self.compiled
                .borrow_mut()
                .entry(key)
                .or_insert_with(|| Rc::new(Matcher::new(dialect, globs))),
        )
    }
}

/// Why a file is not loaded for everything that a lesson concerns; `None` if it is.
pub fn hole<'t>(
    dialects: &Dialects,
    row: &EntryPoint,
    front: Option<&FrontMatter>,
    lesson_globs: &[&str],
    mut paths: impl Iterator<Item = &'t str>,
) -> Option<String> {
    if let Some(why) = foreign(row, front) {
        return Some(why);
    }
    let mut seen: Vec<Dialect> = Vec::new();
    let mut matchers: Vec<(&str, Rc<Matcher>)> = Vec::new();
    for assistant in &row.assistants {
        let Some(dialect) = assistant.dialect.filter(|dialect| !seen.contains(dialect)) else {
            continue;
        };
        seen.push(dialect);
        let name = &assistant.name;
        let globs = match front_matter::reach(dialect, front) {
            FileScope::Always => continue,
            FileScope::Never => return Some(format!("{name} never loads the file")),
            FileScope::OnRequest => return Some(format!("{name} loads the file only on request")),
            FileScope::Globs(globs) => globs,
        };
        if let Some(but) = globs.iter().find(|glob| glob.starts_with('!')) {
            return Some(format!(
                "its front matter holds `{but}`, which an assistant may read as an exception"
            ));
        }
        if lesson_globs.is_empty() {
            return Some(format!(
                "{name} loads the file for some paths only, but the lesson is for all paths"
            ));
        }
        if let Some(missing) = lesson_globs
            .iter()
            .find(|glob| !globs.iter().any(|held| held == *glob))
        {
            return Some(format!("its front matter lacks the lesson's glob `{missing}`"));
        }
        matchers.push((name, dialects.matcher(dialect, &globs)));
    }
    paths.find_map(|path| {
        let (name, _) = matchers.iter().find(|(_, matcher)| !matcher.is_match(path))?;
        Some(format!("{name} does not load it for `{path}`"))
    })
}

/// A key that we do not write can hide the file (`excludeAgent`), whatever its value. Some assistants ignore front matter after a BOM.
fn foreign(row: &EntryPoint, front: Option<&FrontMatter>) -> Option<String> {
    let ours: &[&str] = match row.front_matter {
        entry_point::FrontMatterForm::None => &[],
        entry_point::FrontMatterForm::CopilotInstructions => &["applyTo"],
        entry_point::FrontMatterForm::ClaudeRules => &["paths"],
        entry_point::FrontMatterForm::CursorRules => &["description", "globs", "alwaysApply"],
    };
    let front = front?;
    if front.after_bom {
        return Some("a byte order mark precedes its front matter".to_owned());
    }
    let mut seen: Vec<&str> = Vec::new();
    for (key, _) in &front.entries {
        if !ours.contains(&key.as_str()) {
            return Some(format!("its front matter holds the foreign key `{key}`"));
        }
        if seen.contains(&key.as_str()) {
            return Some(format!("its front matter holds `{key}` twice"));
        }
        seen.push(key);
    }
    None
}
