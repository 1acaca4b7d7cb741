//! Links to the pages of the store on GitHub, if its home is the name of a repository.
//!
//! Input: the store's home and the server. Output: links, or plain names. Not here: the text around them.

use crate::gfm_escape::code;
use crate::pr_body::BodyInput;
use lessonbook_store::Store;

/// Links to the store's pages, if its home is a repository's name.
pub(super) struct StorePages<'a> {
    name: &'a str,
    pages: Option<String>,
}

impl<'a> StorePages<'a> {
    pub(super) fn new(store: &'a Store, about: &BodyInput<'_>) -> Self {
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let is_name = store
            .home
            .split_once('/')
            .is_some_and(|(owner, name)| word(owner) && word(name));
        StorePages {
            name: &store.home,
            pages: is_name.then(|| format!("{}/{}", about.server.trim_end_matches('/'), store.home)),
        }
    }

    pub(super) fn link(&self, text: &str, path: &str) -> String {
        match &self.pages {
            Some(pages) => format!("[{text}]({pages}/{path})"),
            None => format!("{text} in {}", code(self.name)),
        }
    }

    /// A lesson's id, with a link to its file.
    pub(super) fn lesson(&self, store: &Store, id: &str) -> String {
        match (&self.pages, store.lesson(id)) {
            (Some(pages), Some(lesson)) if lesson.file.len() < 200 => {
                format!("[{}]({pages}/blob/HEAD/{})", code(id), lesson.file)
            }
            _ => code(id),
        }
    }
}
