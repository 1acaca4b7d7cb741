//! Staged rollout: the canaries, which get new lessons first, and the gate that the other targets wait for.
//!
//! Not here: reading `rollout` and `open` (`read/rollout`), and whether a gate is open (`pipeline/rollout`).

use serde::Serialize;

use super::target::Target;
use crate::name_pattern::{is_glob, is_named};

/// `rollout` of `targets.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// Names of targets, or globs of names.
    pub canary: Vec<String>,
    /// The share of the canaries, in percent, that must have merged a version before the other targets get it.
    pub quorum: u8,
    /// How many seconds it must have been merged there.
    pub bake: i64,
    /// After this many seconds without the quorum, the gate remains closed until someone opens it.
    pub give_up: i64,
}

impl Rollout {
    /// The default quorum, in percent.
    pub const QUORUM: u8 = 100;
    /// The default bake time: a day.
    pub const BAKE: i64 = 24 * 3600;
    /// The default of `give_up`: a week.
    pub const GIVE_UP: i64 = 7 * 24 * 3600;

    /// Whether a target gets new lessons at once.
    pub fn is_canary(&self, name: &str) -> bool {
        self.canary.iter().any(|pattern| is_named(pattern, name))
    }

    /// The canary patterns that can match further repositories of an owner, besides these targets.
    pub fn undiscovered<'s>(&'s self, owner: &str, targets: &[Target]) -> Vec<&'s str> {
        let can_match = |pattern: &&str| {
            let pattern_owner = pattern.split('/').next().unwrap_or_default();
            // A name belongs to one target; a glob can always match one more.
            if !is_glob(pattern) {
                let known = targets.iter().any(|target| target.name == **pattern);
                return !known && pattern_owner.eq_ignore_ascii_case(owner);
            }
            is_glob(pattern_owner) || pattern_owner.eq_ignore_ascii_case(owner)
        };
        let patterns = self.canary.iter().map(String::as_str);
        patterns.filter(can_match).collect()
    }
}

/// A gate that someone opened by hand, for one version of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The lesson's id.
    pub lesson: String,
    /// Its version: six hexadecimal digits ([`super::Lesson::version`]).
    pub version: String,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: String,
}
