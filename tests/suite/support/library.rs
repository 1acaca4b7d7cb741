//! A store and a repository in memory, for tests of the pipeline that need neither git nor the program.
//!
//! Input: the store's files as text, a target's files as bytes. Output: plans, and trees after them. Not here: the expected
//! results.
//!
//! ```ignore
//! #[path = "support/library.rs"]
//! mod library;
//! let book = Book::new(&[library::PROBE]).tags("[kubernetes]");
//! let plan = book.plan(&tree(&[("CLAUDE.md", "# Mine\n")]));
//! ```

// Each test crate that includes this module uses another part of it.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeSet;

use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::{Base, EarlierStates, Snapshot};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::{Files, Store};

pub const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 20);

/// A critical lesson with paths, examples and an incident.
pub const PROBE: (&str, &str) = (
    "kubernetes/probe",
    "title: Liveness probes survive a lost packet
severity: critical
paths: [\"**/*.yaml\"]
tags: [app]
rule: Never set `failureThreshold` below 3 on a liveness probe.
rationale: One failed check in five seconds restarts every pod at once.
bad: |
  failureThreshold: 1
good: |
  failureThreshold: 5
language: yaml
incidents:
  - { date: 2026-02-17, repository: acme/notifications, summary: 22 minutes without notifications }
source: https://acme.example/postmortems/17
",
);

/// A critical lesson for the whole repository.
pub const SECRETS: (&str, &str) = (
    "review/secrets",
    "title: No secrets in code
severity: critical
tags: [app]
rule: Keep passwords and keys out of the repository.
rationale: History keeps them for ever.
",
);

/// A high lesson with paths.
pub const IMAGES: (&str, &str) = (
    "kubernetes/images",
    "title: Images are pinned
severity: high
paths: [\"charts/**\", \"**/Dockerfile\"]
tags: [app]
rule: Pin every image to a digest.
rationale: A tag can be moved to another image over night.
",
);

/// A medium lesson with paths.
pub const LIMITS: (&str, &str) = (
    "kubernetes/limits",
    "title: Memory has a limit
severity: medium
paths: [\"**/*.yaml\"]
tags: [app]
rule: Set a memory limit on every container.
rationale: One leak takes the whole node down.
",
);

/// A low lesson for the whole repository.
pub const NAMES: (&str, &str) = (
    "review/names",
    "title: Names say what is meant
severity: low
tags: [app]
rule: Spell names out.
rationale: Short names are searched for in vain.
",
);

pub const ALL: &[(&str, &str)] = &[PROBE, SECRETS, IMAGES, LIMITS, NAMES];

/// A store that is being built.
#[derive(Clone)]
pub struct Book {
    pub files: Files,
    /// Lines of `targets.yaml` besides version, name and targets.
    pub settings: String,
    /// Keys of the target in `targets.yaml`.
    pub target: String,
}

impl Book {
    /// A store with these lessons, `topic/id` and text, and one private target with the tag `app`.
    pub fn new(lessons: &[(&str, &str)]) -> Self {
        let mut book = Book {
            files: Files::new(),
            settings: String::new(),
            target: "{ tags: [app], visibility: private }".into(),
        };
        for (path, text) in lessons {
            book = book.lesson(path, text);
        }
        book
    }

    /// Adds or replaces a lesson.
    pub fn lesson(mut self, path: &str, text: &str) -> Self {
        self.files
            .insert(format!("lessons/{path}.yaml"), text.as_bytes().to_vec());
        self
    }

    /// Removes a lesson.
    pub fn without(mut self, path: &str) -> Self {
        self.files.remove(&format!("lessons/{path}.yaml"));
        self
    }

    /// Replaces a part of a lesson's text.
    pub fn change(mut self, path: &str, from: &str, to: &str) -> Self {
        let bytes = self.files.get_mut(&format!("lessons/{path}.yaml")).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{path} holds no `{from}`");
        *bytes = text.replace(from, to).into_bytes();
        self
    }

    /// Adds a template of the user's own.
    pub fn template(mut self, name: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files.insert(format!("templates/{name}"), text.into());
        self
    }

    /// Adds lines to `targets.yaml`.
    pub fn settings(mut self, lines: &str) -> Self {
        self.settings.push_str(lines);
        self.settings.push('\n');
        self
    }

    /// Sets keys of the target.
    pub fn target(mut self, what: &str) -> Self {
        what.clone_into(&mut self.target);
        self
    }

    /// Uses these entry points only.
    pub fn uses(self, names: &str) -> Self {
        self.target(&format!("{{ tags: [app], visibility: private, use: [{names}] }}"))
    }

    /// The parsed store, with all its findings.
    pub fn load(&self) -> (Store, Vec<Finding>) {
        let mut files = self.files.clone();
        let targets = format!(
            "version: 1\nname: acme\n{}targets:\n  ../app: {}\n",
            self.settings, self.target
        );
        files.insert("targets.yaml".into(), targets.into_bytes());
        lessonbook_store::load(&files, TODAY)
    }

    /// The store, which must have no errors except for those that the test makes on purpose.
    pub fn store(&self) -> Store {
        self.load().0
    }

    /// The store's first target, planned.
    pub fn plan(&self, tree: &Tree) -> TargetPlan {
        plan(&self.store(), tree)
    }

    /// The tree after the plan, which must have no errors.
    pub fn applied(&self, tree: &Tree) -> Tree {
        let plan = self.plan(tree);
        in_order(&plan);
        tree.with(&plan.content.edits)
    }
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}target: {}", self.settings, self.target)?;
        for (path, bytes) in &self.files {
            writeln!(f, "== {path}\n{}", String::from_utf8_lossy(bytes))?;
        }
        Ok(())
    }
}

/// A store that is parsed once, for many trees.
pub struct Ready {
    store: &'static Store,
    planner: Planner<'static>,
}

impl Ready {
    pub fn new(book: &Book) -> Self {
        let store: &'static Store = Box::leak(Box::new(book.store()));
        let planner = Planner::new(store).unwrap_or_else(|finding| panic!("{finding:?}"));
        Ready { store, planner }
    }

    pub fn plan(&self, tree: &Tree) -> TargetPlan {
        self.planner.plan(&self.store.targets[0], &snapshot(tree))
    }
}

/// The first target of a store, planned.
pub fn plan(store: &Store, tree: &Tree) -> TargetPlan {
    let planner = Planner::new(store).unwrap_or_else(|finding| panic!("{finding:?}"));
    planner.plan(&store.targets[0], &snapshot(tree))
}

pub fn snapshot(tree: &Tree) -> Snapshot {
    Snapshot {
        base: Base {
            branch: "main".into(),
            commit: "0123456789abcdef0123456789abcdef01234567".into(),
            time: 1_767_603_600,
        },
        tree: tree.clone(),
        branch: None,
        past: None,
        earlier: EarlierStates::default(),
        findings: Vec::new(),
    }
}

/// A repository with these files, and a few paths that lessons match.
pub fn tree<B: AsRef<[u8]>>(files: &[(&str, B)]) -> Tree {
    let mut tree = Tree::new();
    for path in [
        "charts/app/values.yaml",
        "deploy.yaml",
        "src/main.py",
        "Dockerfile",
    ] {
        tree.list(path, Mode::File);
    }
    for (path, bytes) in files {
        tree.load(*path, Mode::File, bytes.as_ref());
    }
    tree
}

/// A repository without instruction files.
pub fn bare() -> Tree {
    tree::<&str>(&[])
}

/// A file's text.
pub fn text(tree: &Tree, path: &str) -> String {
    let bytes = tree.file(path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8_lossy(bytes).into_owned()
}

/// Checks that the plan can be applied, or that there is nothing to do: no error, and every invariant holds.
pub fn in_order(plan: &TargetPlan) {
    assert!(
        plan.outcome.state != TargetState::Refused,
        "refused: {}",
        story(plan)
    );
}

/// The invariants that do not hold.
pub fn failed(plan: &TargetPlan) -> Vec<&str> {
    plan.proof
        .invariants
        .iter()
        .filter(|invariant| !invariant.holds)
        .map(|invariant| invariant.name.as_ref())
        .collect()
}

/// The codes of the findings, without doubles.
pub fn codes(plan: &TargetPlan) -> Vec<Code> {
    let mut codes: Vec<Code> = plan.outcome.findings.iter().map(|finding| finding.code).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Checks that the plan is refused, with this text in a finding.
pub fn refused_for(plan: &TargetPlan, code: Code, words: &str) {
    let said = plan
        .outcome
        .findings
        .iter()
        .any(|finding| finding.code == code && finding.is_error() && finding.message.contains(words));
    assert!(
        plan.outcome.state == TargetState::Refused && said,
        "wanted {code} with `{words}`: {}",
        story(plan)
    );
}

/// A description of a plan, for the message of a failed test.
pub fn story(plan: &TargetPlan) -> String {
    let mut lines = vec![format!("{:?} {:?}", plan.outcome.state, failed(plan))];
    for finding in &plan.outcome.findings {
        lines.push(format!("  {} {}", finding.code, finding.message));
    }
    for edit in &plan.content.edits {
        lines.push(edit.unified());
    }
    lines.join("\n")
}

/// The files of a repository as it differs from another one.
pub fn differing(a: &Tree, b: &Tree) -> Vec<String> {
    let all: BTreeSet<&str> = a.iter().chain(b.iter()).map(|(path, _)| path).collect();
    all.into_iter()
        .filter(|path| a.get(path) != b.get(path))
        .map(str::to_owned)
        .collect()
}
