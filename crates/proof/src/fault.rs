//! Checks lessons in one file, without a target.
//!
//! Input: a file's bytes, and the detail that the lessons should have there. Output: a [`Fault`], or nothing. Not here: which
//! files to try (`trial`).

use super::invariants::block_text::acting_in;
use super::{EntryPointText, Prover};
use lessonbook_base::finding::Code;
use lessonbook_store::Detail;

/// Why the proof would reject lessons in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code that a plan would report.
    pub code: Code,
    /// The reason, as one clause.
    pub why: String,
    /// The text that is the cause, if it is known.
    pub text: Option<String>,
}

impl Prover<'_> {
    /// What is wrong with lessons, given by their index in the store, in a file that holds nothing else.
    pub fn fault(&self, bytes: &[u8], lessons: &[usize], detail: Detail) -> Option<Fault> {
        let view = EntryPointText::read(bytes, &self.store.name);
        let known = |id: &str| self.store.lesson(id).is_some();
        let foreign = self.frame.foreign(&view, &self.words).first();
        let acting = || {
            acting_in(self.store, &self.words, view.block_text())
                .into_iter()
                .next()
        };
        if let Some(suspect) = acting() {
            return Some(Fault {
                code: suspect.code,
                text: view.block_text().get(suspect.span).map(str::to_owned),
                why: suspect.message,
            });
        }
        if let Some(foreign) = foreign {
            return Some(Fault {
                code: Code::UnknownBlockText,
                why: format!("`{}`: {}", foreign.text, foreign.why),
                text: Some(foreign.text.clone()),
            });
        }
        let words = lessons.iter().filter_map(|lesson| self.words.get(*lesson));
        let mut read = words.map(|words| view.read_lesson(words, true, &known));
        let missing = read.find(|read| read.detail < detail)?;
        Some(Fault {
            code: Code::LessonNotCovered,
            why: missing.missing,
            text: None,
        })
    }
}
