//! Rollouts on the real binary: canaries first, the others when a version of a lesson has baked; gates as pure properties; and the bound
//! of an hour.
//!
//! Input: a store that is a committed git repository, repositories of the stand-in for GitHub or on disk, what people do there, and
//! the time. Output: what the program proposed where, and what it said of the rest. Not here: the life of a proposal
//! (`github_sync`), and what a plan holds (`proof`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support;
use lessonbook_github_standin as github;

mod checks;
mod disk;
mod doubt;
mod gates;
mod hour;
mod release;
mod stories;
mod taken_back;

use github::{Github, How, Place};
use serde_json::Value;
use support::{Run, Sandbox};

/// Our branch everywhere.
const BRANCH: &str = "lessonbook/acme";
/// An entry point that every target uses.
const COPILOT: &str = ".github/copilot-instructions.md";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The rules of most stories.
const RULES: &str = "rollout: { canary: [\"acme/canary-*\"], quorum: 60%, bake: 24h, give_up: 7d }";

/// A store, GitHub, a token, and canaries.
struct Fleet {
    sandbox: Sandbox,
    hub: Github,
    token: String,
    rest: String,
}

impl Fleet {
    /// Three canaries and two shops, and a store with the lesson `pin`, which was merged everywhere long ago.
    fn new() -> Self {
        let fleet = Fleet::with(RULES, &["canary-1", "canary-2", "canary-3", "shop-1", "shop-2"]);
        fleet.lesson("pin", "critical", "Pin every version.");
        fleet.commit();
        fleet.everywhere();
        fleet
    }

    /// These repositories, and an empty store with these rules.
    fn with(rules: &str, names: &[&str]) -> Self {
        let hub = Github::start();
        let token = hub.token();
        let sandbox = Sandbox::new();
        sandbox.init("store");
        for name in names {
            hub.repository(&format!("acme/{name}"))
                .file("README.md", "# Hello\n")
                .create();
        }
        let lines: Vec<String> = names
            .iter()
            .map(|name| format!("  acme/{name}: [all]\n"))
            .collect();
        let rest = format!("targets:\n{}", lines.concat());
        let fleet = Fleet {
            sandbox,
            hub,
            token,
            rest,
        };
        fleet.rules(rules);
        fleet
    }

    /// Writes `targets.yaml` with these lines; nothing is committed.
    fn rules(&self, rules: &str) {
        let text = format!(
            "version: 1\nname: acme\nuse: [copilot, claude]\nproposal: {{ pace: 0s }}\n{rules}\n{}",
            self.rest
        );
        self.sandbox.write("store/targets.yaml", text);
    }

    /// Writes a lesson; nothing is committed.
    fn lesson(&self, id: &str, severity: &str, rule: &str) {
        let text =
            format!("title: T\nseverity: {severity}\ntags: [all]\nrule: {rule}\nrationale: It bites.\n");
        self.sandbox
            .write(&format!("store/lessons/basics/{id}.yaml"), text);
    }

    fn commit(&self) -> String {
        self.sandbox.commit("store", "Next")
    }

    /// Everything is proposed and merged everywhere, by waves, and bakes.
    fn everywhere(&self) {
        for _ in 0..2 {
            self.sync();
            self.merge_all();
            self.hub.advance(2 * DAY);
        }
    }

    fn merge_all(&self) {
        for name in ["canary-1", "canary-2", "canary-3", "shop-1", "shop-2"] {
            self.merge(name);
        }
    }

    /// A person merges the open proposal of a repository, if there is one.
    fn merge(&self, name: &str) {
        if let Some(number) = self.proposed(name) {
            self.repo(name).merge(number, "dana", How::Squash);
        }
    }

    fn repo(&self, name: &str) -> Place<'_> {
        self.hub.repo(&format!("acme/{name}"))
    }

    /// The number of a repository's open proposal.
    fn proposed(&self, name: &str) -> Option<u64> {
        let pulls = self.repo(name).pulls();
        let open = pulls.iter().find(|pull| pull.state == "OPEN");
        open.map(|pull| pull.number)
    }

    /// What a repository's base says, or would once the open proposal is merged.
    fn says(&self, name: &str, words: &str) -> bool {
        let branch = if self.proposed(name).is_some() {
            BRANCH
        } else {
            "main"
        };
        let text = self.repo(name).text(branch, COPILOT);
        text.is_some_and(|text| text.contains(words))
    }

    /// Runs the program in the store; its clock is GitHub's.
    fn run(&self, args: &[&str]) -> Run {
        let mut environment = self.hub.environment(&self.token).to_vec();
        let now = jiff::Timestamp::from_second(self.hub.now()).unwrap();
        environment.push(("LESSONBOOK_NOW", now.to_string()));
        let pairs: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.sandbox.run_with("store", args, &pairs)
    }

    fn sync(&self) -> Run {
        let run = self.run(&["sync", "--yes"]);
        assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
        run
    }

    fn json(&self, args: &[&str]) -> Value {
        let run = self.run(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    }

    /// A lesson's phase and the sentence about it, by `status`; none: it is simply open.
    fn gate(&self, lesson: &str) -> Option<(String, String)> {
        let status = self.json(&["status"]);
        let gates = status["rollout"].as_array().unwrap();
        let gate = gates.iter().find(|gate| gate["lesson"] == lesson)?;
        let word = |key: &str| gate[key].as_str().unwrap_or_default().to_owned();
        Some((word("phase"), word("why")))
    }

    /// The phase alone.
    fn phase(&self, lesson: &str) -> String {
        self.gate(lesson)
            .map_or_else(|| "open".to_owned(), |(phase, _)| phase)
    }
}
