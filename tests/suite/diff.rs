//! `diff` on real repositories, as a reviewer of a lesson sees it.
//!
//! Input: a store on a branch, and targets beside it. Output: what the program said of the change. Not here: the workflow
//! that asks for it (`workflows`), and what a plan does in one target (`proof`, `rest`).

#![allow(missing_docs, reason = "the names of a test's helpers say it")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support;

mod broken;
mod many_targets;
mod page;
mod property;
mod range;
mod review;

use serde_json::Value;
use support::{Run, Sandbox};

/// A store on the branch `fix`, which began at `main`, and repositories beside it.
pub struct World {
    pub sandbox: Sandbox,
}

const PROBE: &str = "lessons/kubernetes/probe.yaml";

impl World {
    /// A store with three lessons, the probe's critical, and these targets; the last commit is on `main`, and `fix` begins.
    pub fn new(targets: &str) -> Self {
        Self::with("", targets)
    }

    /// The same with more settings.
    pub fn with(settings: &str, targets: &str) -> Self {
        let world = World {
            sandbox: Sandbox::new(),
        };
        world.sandbox.init("store");
        world.targets(settings, targets);
        world.lesson(
            PROBE,
            "critical",
            "Give each probe three tries.",
            "paths: [\"**/*.yaml\"]\n",
        );
        world.lesson(
            "lessons/review/secrets.yaml",
            "critical",
            "Keep passwords out of the repository.",
            "",
        );
        world.lesson("lessons/review/names.yaml", "low", "Spell names out.", "");
        world.commit();
        world.sandbox.git("store", &["checkout", "--quiet", "-b", "fix"]);
        world
    }

    /// Three targets, `../a` to `../c`, of which `../c` has words of its own above the block's place.
    pub fn three() -> Self {
        let world = World::new("  ../a: [all]\n  ../b: [all]\n  ../c: [all]\n");
        world.repository("a", &[]);
        world.repository("b", &[]);
        world.repository("c", &[("CLAUDE.md", "# C\n\nBe kind.\n")]);
        world
    }

    pub fn repository(&self, name: &str, files: &[(&str, &str)]) {
        let files: Vec<(&str, &str)> = [("charts/web.yaml", "kind: Deployment\n")]
            .iter()
            .chain(files)
            .copied()
            .collect();
        self.sandbox.repository(name, &files);
    }

    pub fn targets(&self, settings: &str, targets: &str) {
        let text = format!(
            "version: 1\nname: acme\nhome: acme/lessons\nuse: [copilot, claude, reference]\n{settings}targets:\n{targets}"
        );
        self.write("targets.yaml", &text);
    }

    pub fn lesson(&self, file: &str, severity: &str, rule: &str, more: &str) {
        let text = format!(
            "title: T\nseverity: {severity}\ntags: [all]\nrule: {rule:?}\nrationale: It bites.\n{more}"
        );
        self.write(file, &text);
    }

    pub fn write(&self, file: &str, text: &str) {
        self.sandbox.write(&format!("store/{file}"), text);
    }

    /// Replaces a part of a file of the store.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.sandbox.read(&format!("store/{file}"))).unwrap();
        assert!(text.contains(from), "{file} holds no `{from}`: {text}");
        self.write(file, &text.replace(from, to));
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.sandbox.path(&format!("store/{file}"))).unwrap();
    }

    pub fn commit(&self) -> String {
        self.sandbox.commit("store", "Next")
    }

    pub fn run(&self, args: &[&str]) -> Run {
        self.sandbox.run_in("store", args)
    }

    /// What `diff` says, for a person; it must end with this code.
    pub fn diff(&self, code: i32, args: &[&str]) -> String {
        let run = self.run(&[&["diff"], args].concat());
        assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
        run.stdout
    }

    pub fn json(&self, code: i32, args: &[&str]) -> Value {
        let said = self.diff(code, &[args, &["--format", "json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    pub fn page(&self, code: i32, args: &[&str]) -> String {
        self.diff(code, &[args, &["--format", "markdown"]].concat())
    }
}

/// The said line that begins so, without the blanks around it.
pub fn line<'t>(text: &'t str, begins: &str) -> &'t str {
    let mut lines = text.lines().map(str::trim);
    lines
        .find(|line| line.starts_with(begins))
        .unwrap_or_else(|| panic!("no line begins with `{begins}`:\n{text}"))
}

/// What a list of a document holds under a key.
pub fn each<'v>(list: &'v Value, key: &str) -> Vec<&'v Value> {
    list.as_array().unwrap().iter().map(|item| &item[key]).collect()
}
