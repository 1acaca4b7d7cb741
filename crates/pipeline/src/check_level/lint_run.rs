//! Whether a workflow runs `lessonbook lint` for changes, so that a new mistake makes it fail.
//!
//! Input: a tree with the content of its workflows. Output: the place of the first step that runs `lint`. Not here: whether GitHub
//! requires the workflow, which no file says.
//!
//! What can't be read counts as no run: a workflow of another repository, a script that runs `lint`, another host's CI.

use std::collections::BTreeSet;

use serde::Serialize;

use lessonbook_base::tree::Tree;
use lessonbook_checks::document::{Document, Map, Node, Value};
use lessonbook_checks::read::FileFormat;

/// The folder of workflows.
pub const WORKFLOW_FOLDER: &str = ".github/workflows";

/// The endings of workflows.
pub const WORKFLOW_ENDINGS: [&str; 2] = [".yml", ".yaml"];

/// The events of a change that is not merged yet.
const CHANGE_EVENTS: [&str; 3] = ["pull_request", "pull_request_target", "merge_group"];

/// Programs that print their words and run nothing.
const PRINTERS: [&str; 2] = ["echo", "printf"];

/// A step that runs `lint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LintRun {
    /// The workflow.
    pub path: String,
    /// The step's line, from 1.
    pub line: u32,
}

/// Whether a path is that of a workflow: GitHub reads no folders below.
pub fn is_workflow(path: &str) -> bool {
    let name = path
        .strip_prefix(WORKFLOW_FOLDER)
        .and_then(|rest| rest.strip_prefix('/'));
    let is_name =
        |name: &str| !name.contains('/') && WORKFLOW_ENDINGS.iter().any(|ending| name.ends_with(ending));
    name.is_some_and(is_name)
}

/// A workflow that could be read.
struct Workflow<'t> {
    path: &'t str,
    documents: Vec<Document>,
}

/// The first step, in the order of paths, that runs `lint` for changes.
pub(super) fn find(tree: &Tree) -> Option<LintRun> {
    let workflows: Vec<Workflow> = tree
        .under(WORKFLOW_FOLDER)
        .filter(|(path, _)| is_workflow(path))
        .filter_map(|(path, _)| {
            let text = std::str::from_utf8(tree.file(path)?).ok()?;
            let documents = FileFormat::Yaml.read(text).ok()?;
            Some(Workflow { path, documents })
        })
        .collect();
    let started = started(&workflows);
    let run = workflows
        .iter()
        .filter(|workflow| started.contains(workflow.path));
    run.filter_map(|workflow| workflow.lint_line().map(|line| (workflow, line)))
        .map(|(workflow, line)| LintRun {
            path: workflow.path.to_owned(),
            line,
        })
        .next()
}

/// The workflows that run for changes: by their own events, or called by one that does.
fn started<'t>(workflows: &[Workflow<'t>]) -> BTreeSet<&'t str> {
    let own = workflows.iter().filter(|workflow| workflow.runs_for_changes());
    let mut started: BTreeSet<&str> = own.map(|workflow| workflow.path).collect();
    // Each round adds a workflow, so there are at most as many rounds as workflows.
    loop {
        let running = workflows
            .iter()
            .filter(|workflow| started.contains(workflow.path));
        let called: BTreeSet<String> = running.flat_map(Workflow::calls).collect();
        let known = started.len();
        started.extend(
            workflows
                .iter()
                .map(|workflow| workflow.path)
                .filter(|path| called.contains(*path)),
        );
        if started.len() == known {
            return started;
        }
    }
}

impl Workflow<'_> {
    fn root(&self) -> Option<&Map> {
        map(&self.documents.first()?.root)
    }

    /// Whether an event of a change that is not merged yet starts it.
    fn runs_for_changes(&self) -> bool {
        let Some(on) = self.root().and_then(|root| value(root, "on")) else {
            return false;
        };
        let is_change = |event: &str| CHANGE_EVENTS.contains(&event) || event == "push";
        match &on.value {
            Value::List(events) => events.items.iter().filter_map(text).any(is_change),
            Value::Map(events) => events.entries.iter().any(|event| match event.key.as_str() {
                "push" => pushes_branches(&event.node),
                event => is_change(event),
            }),
            _ => text(on).is_some_and(is_change),
        }
    }

    /// The jobs that can fail.
    fn jobs(&self) -> impl Iterator<Item = &Map> {
        let jobs = self.root().and_then(|root| value(root, "jobs")).and_then(map);
        let entries = jobs.map(|jobs| jobs.entries.as_slice()).unwrap_or_default();
        let jobs = entries.iter().filter_map(|job| map(&job.node));
        jobs.filter(|job| counts(job))
    }

    /// The workflows of the same repository that it calls.
    fn calls(&self) -> impl Iterator<Item = String> {
        let uses = self.jobs().filter_map(|job| value(job, "uses").and_then(text));
        uses.filter_map(|uses| uses.strip_prefix("./").map(str::to_owned))
    }

    /// The line of the first step that runs `lint`.
    fn lint_line(&self) -> Option<u32> {
        let steps = self.jobs().filter_map(|job| value(job, "steps"));
        let steps = steps.flat_map(|steps| match &steps.value {
            Value::List(list) => list.items.as_slice(),
            _ => &[],
        });
        let mut lint = steps.filter(|step| map(step).is_some_and(runs_lint));
        lint.next().map(|step| step.line)
    }
}

/// Whether pushes to other branches than named ones start it. On the base branch alone nothing is new, so `lint` would find nothing.
fn pushes_branches(push: &Node) -> bool {
    let Some(push) = map(push) else {
        return true;
    };
    match value(push, "branches").map(|branches| &branches.value) {
        Some(Value::List(branches)) => branches
            .items
            .iter()
            .filter_map(text)
            .any(|branch| branch.contains('*')),
        Some(Value::Text(branch)) => branch.contains('*'),
        Some(_) => false,
        None => value(push, "tags").is_none() || value(push, "branches-ignore").is_some(),
    }
}

/// Whether a job or a step runs, and a failure of it counts.
fn counts(part: &Map) -> bool {
    let is = |key: &str, word: &str| match value(part, key).map(|node| &node.value) {
        Some(Value::Bool(truth)) => truth.to_string() == word,
        Some(Value::Text(text) | Value::Unknown(text)) => text.trim_matches(['$', '{', '}', ' ']) == word,
        _ => false,
    };
    !is("if", "false") && !is("continue-on-error", "true")
}

fn runs_lint(step: &Map) -> bool {
    if !counts(step) {
        return false;
    }
    let action = value(step, "uses").and_then(text).is_some_and(|uses| {
        let path = uses.split('@').next().unwrap_or_default();
        path.split('/').nth(1) == Some("lessonbook")
    });
    let command = || {
        let with = value(step, "with").and_then(map)?;
        text(value(with, "command")?)
    };
    if action && command() == Some("lint") {
        return true;
    }
    let script = value(step, "run").and_then(text);
    script.is_some_and(script_runs_lint)
}

/// Whether a script runs `lint` so that its exit code counts.
fn script_runs_lint(script: &str) -> bool {
    let script = script.replace("\\\n", " ");
    script.lines().any(|line| {
        let line = line.split(" #").next().unwrap_or_default();
        let line = if line.trim_start().starts_with('#') {
            ""
        } else {
            line
        };
        line.split("&&")
            .flat_map(|part| part.split(';'))
            .any(|command| !command.contains('|') && is_lint(command))
    })
}

/// Whether one command is `lessonbook lint`, in any folder or container, over a change.
fn is_lint(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    if words.first().is_none_or(|first| PRINTERS.contains(first)) {
        return false;
    }
    let is_program = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or(word);
        let name = name.split([':', '@']).next().unwrap_or(name);
        name.trim_matches(['"', '\'']).trim_end_matches(".exe") == "lessonbook"
    };
    words.iter().enumerate().any(|(at, word)| {
        let mut rest = words[at + 1..].iter().skip_while(|word| word.starts_with('-'));
        let has = |option: &str| words[at + 1..].contains(&option);
        is_program(word)
            && rest.next() == Some(&"lint")
            && !has("--staged")
            && (!has("--all") || has("--strict"))
    })
}

fn map(node: &Node) -> Option<&Map> {
    match &node.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn value<'m>(map: &'m Map, key: &'m str) -> Option<&'m Node> {
    map.values(key).next()
}

/// Text, also where a part of it is filled in later.
fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) | Value::Unknown(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessonbook_base::tree::Mode;

    fn line(workflows: &[(&str, &str)]) -> Option<(String, u32)> {
        let mut tree = Tree::new();
        for (name, text) in workflows {
            tree.load(
                format!("{WORKFLOW_FOLDER}/{name}"),
                Mode::File,
                text.as_bytes().to_vec(),
            );
        }
        find(&tree).map(|run| (run.path, run.line))
    }

    fn workflow(on: &str, job: &str, step: &str) -> String {
        format!(
            "on: {on}\njobs:\n  lint:\n    runs-on: x\n{job}    steps:\n      - uses: actions/checkout@v4\n      - {step}\n"
        )
    }

    #[test]
    fn events_of_changes_count() {
        for (on, counts) in [
            ("pull_request", true),
            ("[push, workflow_dispatch]", true),
            ("{ merge_group: { branches: [main] } }", true),
            ("{ pull_request_target: }", true),
            ("{ push: { branches: ['**'] } }", true),
            ("{ push: { branches-ignore: [main] } }", true),
            ("{ push: { branches: [main] } }", false),
            ("{ push: { tags: [v1] } }", false),
            ("{ schedule: [{ cron: '0 4 * * *' }] }", false),
            ("workflow_dispatch", false),
            ("workflow_call", false),
        ] {
            let text = workflow(on, "", "run: lessonbook lint");
            let expected = counts.then(|| (format!("{WORKFLOW_FOLDER}/a.yml"), 7));
            assert_eq!(line(&[("a.yml", &text)]), expected, "{on}");
        }
    }

    #[test]
    fn a_step_that_runs_lint_and_can_fail_counts() {
        for (job, step, counts) in [
            (
                "",
                "uses: lessonbook/lessonbook@v1\n        with: { command: lint }",
                true,
            ),
            (
                "",
                "uses: acme/lessonbook@0123\n        with: { command: lint, strict: true }",
                true,
            ),
            (
                "",
                "uses: lessonbook/lessonbook@v1\n        with: { command: verify }",
                false,
            ),
            ("", "uses: acme/other@v1\n        with: { command: lint }", false),
            (
                "",
                "run: lessonbook lint --base ${{ github.sha }} --format github",
                true,
            ),
            (
                "",
                "run: |\n          cd app && ./bin/lessonbook \\\n            lint",
                true,
            ),
            ("", "run: docker run --rm ghcr.io/acme/lessonbook:1.2 lint", true),
            ("", "run: lessonbook lint --all --strict", true),
            ("", "run: lessonbook lint --all", false),
            ("", "run: lessonbook lint || true", false),
            ("", "run: lessonbook lint | tee log", false),
            ("", "run: '# lessonbook lint'", false),
            ("", "run: echo lessonbook lint", false),
            ("", "run: lessonbook verify", false),
            ("", "continue-on-error: true\n        run: lessonbook lint", false),
            ("", "if: ${{ false }}\n        run: lessonbook lint", false),
            ("    continue-on-error: true\n", "run: lessonbook lint", false),
            (
                "    if: github.event_name == 'push'\n",
                "run: lessonbook lint",
                true,
            ),
        ] {
            let text = workflow("pull_request", job, step);
            assert_eq!(line(&[("a.yaml", &text)]).is_some(), counts, "{text}");
        }
    }

    #[test]
    fn a_workflow_that_another_one_calls_counts() {
        let called = workflow("workflow_call", "", "run: lessonbook lint");
        let middle = "on: workflow_call\njobs:\n  x:\n    uses: ./.github/workflows/lint.yml\n";
        let caller = "on: pull_request\njobs:\n  x:\n    uses: ./.github/workflows/middle.yml\n";
        let all = [("ci.yml", caller), ("lint.yml", &called), ("middle.yml", middle)];
        assert_eq!(
            line(&all).map(|(path, _)| path),
            Some(format!("{WORKFLOW_FOLDER}/lint.yml"))
        );
        assert_eq!(line(&all[1..]), None);
    }

    #[test]
    fn what_cannot_be_read_counts_as_no_run() {
        assert_eq!(line(&[("a.yml", "on: pull_request\njobs: [\n")]), None);
        assert_eq!(
            line(&[("below/a.yml", &workflow("push", "", "run: lessonbook lint"))]),
            None
        );
        assert_eq!(
            line(&[("a.txt", &workflow("push", "", "run: lessonbook lint"))]),
            None
        );
    }
}
