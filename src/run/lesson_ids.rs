//! Looks up lessons, and values of lessons, that a user names on the command line.
//!
//! Input: a word and the store. Output: the lesson, or an error of wrong usage that suggests the most similar known word.

use crate::report::UserError;
use lessonbook_store::words::nearest;
use lessonbook_store::{Lesson, Store};

/// The lesson with this id.
pub fn find<'s>(store: &'s Store, id: &str) -> Result<&'s Lesson, UserError> {
    store.lesson(id).ok_or_else(|| {
        let ids: Vec<&str> = store.lessons.iter().map(|lesson| lesson.id.as_str()).collect();
        let near = nearest(id, &ids).or_else(|| {
            ids.iter()
                .copied()
                .find(|known| !id.is_empty() && known.contains(id))
        });
        let help = near.map_or_else(
            || "`lessonbook list` shows all lessons".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        UserError::wrong_use(format!("there is no lesson `{id}`")).help(help)
    })
}

/// Refuses a word that no lesson has. `what` names its kind, such as "tag"; `words` are the words that exist.
pub fn check_word(what: &str, word: &str, words: &[&str]) -> Result<(), UserError> {
    if words.contains(&word) {
        return Ok(());
    }
    let error = UserError::wrong_use(format!("no lesson has the {what} `{word}`"));
    Err(match nearest(word, words) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if words.is_empty() => error.help(format!("no lesson of this store has a {what}")),
        None => error.help(format!(
            "lessons of this store have {}",
            super::targets::listed(words.iter().copied())
        )),
    })
}
