//! Who gets new lessons first: canaries, and what the others wait for.
//!
//! Input: `rollout` and `open` of `targets.yaml`. Output: [`Rollout`] and [`Release`]s. Not here: whether a gate is
//! open (`pipeline/rollout`).

use serde::Serialize;

use super::target::{Target, is_glob, is_named};

/// `rollout` of `targets.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// Names of targets, or globs of names.
    pub canary: Vec<String>,
    /// The share of the canaries, in percent, that must have merged a version before the others get it.
    pub quorum: u8,
    /// For how many seconds it must have stood there.
    pub bake: i64,
    /// After so many seconds without the quorum it stays shut until somebody opens it.
    pub give_up: i64,
}

impl Rollout {
    /// The default quorum, in percent.
    pub const QUORUM: u8 = 100;
    /// The default bake: a day.
    pub const BAKE: i64 = 24 * 3600;
    /// The default time after which it gives up: a week.
    pub const GIVE_UP: i64 = 7 * 24 * 3600;

    /// Whether a target gets new lessons at once.
    pub fn is_canary(&self, name: &str) -> bool {
        self.canary.iter().any(|pattern| is_named(pattern, name))
    }

    /// The names and globs that repositories of an owner can have besides these targets.
    pub fn sought<'s>(&'s self, owner: &str, targets: &[Target]) -> Vec<&'s str> {
        let may_be = |pattern: &&str| {
            let its = pattern.split('/').next().unwrap_or_default();
            // A name is that of one target; a glob may always stand for one more.
            if !is_glob(pattern) {
                let known = targets.iter().any(|target| target.name == **pattern);
                return !known && its.eq_ignore_ascii_case(owner);
            }
            is_glob(its) || its.eq_ignore_ascii_case(owner)
        };
        let patterns = self.canary.iter().map(String::as_str);
        patterns.filter(may_be).collect()
    }
}

/// A gate that somebody opened by hand, for one version of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Which lesson.
    pub lesson: String,
    /// Which version of it: six hexadecimal digits ([`super::Lesson::version`]).
    pub version: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
}
