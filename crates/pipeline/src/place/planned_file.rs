//! A file of ours and its lessons, as they are planned.
//!
//! Input: nothing; these are the types of `place`. Output: a file's globs. Not here: which lessons a file holds (`place`).

use std::borrow::Cow;

use lessonbook_store::{Detail, EntryPoint, Lesson};

/// A lesson at an entry point.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLesson<'s> {
    /// The lesson.
    pub lesson: &'s Lesson,
    /// The detail it gets; `budget` may reduce it.
    pub detail: Detail,
    /// The detail that the policy requires.
    pub required_detail: Detail,
    /// Origin and folder of its globs, as in [`Lesson::globs_in`]; empty where they are as the lesson states them.
    pub relative_to: Vec<(String, String)>,
}

impl<'s> PlacedLesson<'s> {
    /// A lesson whose globs are as it states them.
    pub fn new(lesson: &'s Lesson, detail: Detail) -> Self {
        PlacedLesson {
            lesson,
            detail,
            required_detail: detail,
            relative_to: Vec::new(),
        }
    }

    /// Its globs.
    pub fn globs(&self) -> Vec<Cow<'s, str>> {
        self.placed(Lesson::globs, Lesson::globs_in)
    }

    fn placed(&self, plain: PlainGlobs<'s>, placed: PlacedGlobs<'s>) -> Vec<Cow<'s, str>> {
        if self.relative_to.is_empty() {
            return plain(self.lesson).into_iter().map(Cow::Borrowed).collect();
        }
        let all = self.relative_to.iter();
        all.flat_map(|(origin, folder)| placed(self.lesson, origin, folder))
            .map(Cow::Owned)
            .collect()
    }
}

type PlainGlobs<'s> = fn(&'s Lesson) -> Vec<&'s str>;
type PlacedGlobs<'s> = fn(&'s Lesson, &str, &str) -> Vec<String>;

/// A file of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFile<'s> {
    /// The entry point to which it belongs.
    pub entry_point: &'s EntryPoint,
    /// The topic, for a file of a family; empty otherwise.
    pub topic: String,
    /// The lessons, in the order in which they are written.
    pub placed: Vec<PlacedLesson<'s>>,
}

impl<'s> PlannedFile<'s> {
    /// Whether it is written: it holds a lesson, or is there to import another file.
    pub fn is_written(&self) -> bool {
        self.placed.is_empty() || self.placed.iter().any(|placed| placed.detail != Detail::None)
    }

    /// The globs for which a file of a family is loaded: those of its lessons, in order, without duplicates.
    pub fn globs(&self) -> Vec<Cow<'s, str>> {
        self.each(Lesson::globs, Lesson::globs_in)
    }

    /// The same with their other Unicode spellings, for front matter.
    pub fn spellings(&self) -> Vec<Cow<'s, str>> {
        self.each(Lesson::spellings, Lesson::spellings_in)
    }

    fn each(&self, plain: PlainGlobs<'s>, placed_globs: PlacedGlobs<'s>) -> Vec<Cow<'s, str>> {
        let mut globs = Vec::new();
        let shown = self.placed.iter().filter(|placed| placed.detail != Detail::None);
        for glob in shown.flat_map(|placed| placed.placed(plain, placed_globs)) {
            if !globs.contains(&glob) {
                globs.push(glob);
            }
        }
        globs
    }
}
