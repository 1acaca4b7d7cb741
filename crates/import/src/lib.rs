//! Hand-written rules of many repositories as candidates for lessons.
//!
//! Input: files as values. Output: candidates in clusters, and for each file what became of each of its bytes.
//! Not here: reading repositories (`src/repository/`) or writing lessons (crate `store`).

mod account;
mod candidate;
mod clusters;
mod guess;
mod inline;
mod known;
mod managed;
mod order;
mod outline;
mod passage;
mod paths;
mod polarity;
mod read_file;
mod records;
mod rule_elements;
mod rule_files;
mod rule_pairs;
mod rule_walk;
mod signals;
mod text_file;
mod verbs;
mod vocabulary;
mod wording;

pub use account::{Account, Sum, accounts};
pub use candidate::{Candidate, Citation, FileReading};
pub use clusters::{Cluster, Disagreement, ImportResult, bring_together};
pub use guess::{id, normal, title};
pub use known::KnownLesson;
pub use passage::{Fate, Omission, Passage};
pub use read_file::{left_out, read};
pub use rule_files::is_rule_file;
pub use rule_pairs::{RulePair, RuleRelation, rule_pairs};
pub use signals::{Confidence, NoRule};
pub use text_file::{ImportFile, MAX_BYTES, Unreadable};
pub use wording::RuleWords;
