//! The two forms of a plan: with all of its values, and as a saved plan is written, where a target lists the numbers of the values that
//! many targets have.
//!
//! Input: nothing; these are the types. Output: [`PlanForm`], by which the types of `plan` and `plan_file` differ. Not here: numbering
//! the values (`plan_file/document`).

use std::fmt::Debug;

use serde::Serialize;

use super::changes::LessonChange;
use super::merge::WrittenFile;
use lessonbook_base::edit::Edit;
use lessonbook_base::shared_list::SharedList;
use lessonbook_proof::{Coverage, Invariant};

/// How a plan holds the values that many targets have. Everything else is the same in both forms.
pub trait PlanForm: Debug + Clone + PartialEq + Eq {
    /// The changes lesson by lesson.
    type Changes: Debug + Clone + PartialEq + Eq + Serialize;
    /// Every file of ours.
    type Files: Debug + Clone + PartialEq + Eq + Serialize;
    /// The changes of files.
    type Edits: Debug + Clone + PartialEq + Eq + Serialize;
    /// Yes/no properties.
    type Invariants: Debug + Clone + PartialEq + Eq + Serialize;
    /// Which lesson is present where.
    type Coverage: Debug + Clone + PartialEq + Eq + Serialize;
    /// The commit's message.
    type Message: Debug + Clone + PartialEq + Eq + Serialize;
    /// What a saved plan holds once for all of its targets.
    type Shared: Debug + Clone + PartialEq + Eq + Serialize;
    /// The contents of files, which a saved plan holds once.
    type Contents: Debug + Clone + PartialEq + Eq + Serialize;
}

/// A plan with all of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole;

impl PlanForm for Whole {
    type Changes = SharedList<LessonChange>;
    type Files = Vec<WrittenFile>;
    type Edits = Vec<Edit>;
    type Invariants = Vec<Invariant>;
    type Coverage = Coverage;
    type Message = String;
    type Shared = ();
    type Contents = ();
}
