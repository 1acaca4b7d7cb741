//! Sync, plan, status, where, doctor and shards on the real binary, against the stand-in for GitHub.
//!
//! Input: a store that is a committed git repository, repositories of the stand-in, and people's actions between two runs.
//! Output: what the program printed, wrote and did not touch. After every run the output is searched for the token. When a world
//! is dropped, it checks that no proposal was closed by a move or opened twice, and that no person's commit was lost.
//! Not here: tests of the client (`github_client`), and the texts of proposals (`pr_body`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support;
use lessonbook_github_standin as github;

mod adopt;
mod approved_plan;
mod audit;
mod audit_log;
mod checks;
mod cut;
mod dashboard;
mod limits;
mod outcome;
mod ownership;
mod pause;
mod people;
mod plan_file;
mod public;
mod refused;
mod rules;
mod run_limits;
mod scheduling;
mod scopes;
mod walk;
mod withdraw;

use github::{Github, PullView};
use serde_json::Value;
use support::{Run, Sandbox};

/// Our branch in every repository.
const BRANCH: &str = "lessonbook/acme";
/// An entry point that every target uses.
const COPILOT: &str = ".github/copilot-instructions.md";

/// A store, GitHub, and a token of the bot.
struct World {
    sandbox: Sandbox,
    hub: Github,
    token: String,
}

impl World {
    /// A store with a critical and a medium lesson, and these lines below `targets:`.
    fn new(targets: &str) -> Self {
        World::with("", &format!("targets:\n{targets}"))
    }

    /// The same with more lines in `proposal:`, and these after it.
    fn with(proposal: &str, rest: &str) -> Self {
        let hub = Github::start();
        let token = hub.token();
        let sandbox = Sandbox::new();
        sandbox.init("store");
        let world = World { sandbox, hub, token };
        world.targets(proposal, rest);
        world.lesson("pin", "critical", "Pin every version.");
        world.lesson("logs", "medium", "Log to standard output.");
        world.commit();
        world
    }

    /// One repository, `acme/shop`.
    fn shop() -> Self {
        let world = World::new("  acme/shop: [all]\n");
        world.repository("shop");
        world
    }

    /// Writes `targets.yaml`; nothing is committed.
    fn targets(&self, proposal: &str, rest: &str) {
        let text = format!(
            "version: 1\nname: acme\nuse: [copilot, claude]\nproposal: {{ pace: 0s, labels: [guardrails]{proposal} }}\n{rest}"
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

    /// A repository of acme with a sentence in one entry point.
    fn repository(&self, name: &str) {
        self.hub
            .repository(&format!("acme/{name}"))
            .file("README.md", "# Hello\n")
            .file("CLAUDE.md", "# Mine\n\nBe kind.\n")
            .create();
    }

    /// The same, but private.
    fn private(&self, name: &str) {
        self.hub
            .repository(&format!("acme/{name}"))
            .private()
            .file("README.md", "# Hello\n")
            .file("CLAUDE.md", "# Mine\n\nBe kind.\n")
            .create();
    }

    /// Runs the program in the store, and checks that its output does not contain the token.
    fn run(&self, args: &[&str]) -> Run {
        let environment = self.hub.environment(&self.token);
        let pairs = environment
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let run = self.sandbox.run_with("store", args, &pairs);
        for said in [&run.stdout, &run.stderr] {
            assert!(
                !said.contains(&self.token),
                "the token is in what was said: {said}"
            );
        }
        run
    }

    /// A sync that succeeds.
    fn sync(&self) -> Run {
        self.sync_ends(0, &[])
    }

    /// A sync that ends with this exit code.
    fn sync_ends(&self, code: i32, more: &[&str]) -> Run {
        let args: Vec<&str> = ["sync", "--yes"].iter().chain(more).copied().collect();
        let run = self.run(&args);
        assert_eq!(
            run.code,
            code,
            "{}\n{}\n{:#?}",
            run.stdout,
            run.stderr,
            self.hub.lines()
        );
        run
    }

    /// The state's word and the reason of each target, by `status`.
    fn states(&self) -> Vec<(String, String, String)> {
        let run = self.run(&["status", "--format", "json"]);
        let status: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let targets = status["targets"].as_array().unwrap();
        targets
            .iter()
            .map(|target| {
                let outcome = &target["outcome"];
                (
                    word(&target["target"]["name"]),
                    word(&outcome["state"]),
                    word(&outcome["why"]),
                )
            })
            .collect()
    }

    /// The only target's state.
    fn state(&self) -> String {
        let mut states = self.states();
        assert_eq!(states.len(), 1, "{states:?}");
        states.remove(0).1
    }

    /// The proposals of `acme/shop`.
    fn pulls(&self) -> Vec<PullView> {
        self.hub.repo("acme/shop").pulls()
    }

    /// Checks that a run writes nothing and succeeds.
    fn rests(&self) {
        self.hub.forget();
        let run = self.sync();
        let writes: Vec<String> = self.hub.writes().iter().map(github::Seen::line).collect();
        assert_eq!(writes, Vec::<String>::new(), "{}", run.stdout);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.hub.closed_by_move(), []);
            assert_eq!(self.hub.lost_commits(), []);
            assert_eq!(self.hub.doubled(), Vec::<String>::new());
        }
    }
}
