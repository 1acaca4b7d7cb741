//! What every workflow of ours keeps to: this repository's, the action's, and those that `init` writes. And the action's scripts on
//! the real binary, as a job runs them.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

#[cfg(unix)]
mod scripts;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use support::Sandbox;

use crate::support;

/// Every file of ours that GitHub runs, by name.
fn all() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    let mut add = |name: String, path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        files.insert(name, text);
    };
    add("action.yml".to_owned(), &root.join("action.yml"));
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["init", "store", "--pages"]).code, 0);
    for (from, folder) in [("", root.to_owned()), ("init: ", sandbox.path("store"))] {
        for entry in std::fs::read_dir(folder.join(".github/workflows")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            add(format!("{from}{name}"), &path);
        }
    }
    for name in [
        "ci.yml",
        "diff.yml",
        "sync.yml",
        "release.yml",
        "pages.yml",
        "init: sync.yml",
        "init: check.yml",
        "init: pages.yml",
    ] {
        assert!(files.contains_key(name), "{name}: {:?}", files.keys());
    }
    files
}

fn workflows() -> BTreeMap<String, String> {
    let mut files = all();
    files.remove("action.yml");
    files
}

fn parsed(name: &str, text: &str) -> Value {
    let options = serde_yaml::options! { strict_booleans: true };
    serde_yaml::from_str_with_options(text, options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every map of a document, with its keys.
fn maps<'v>(value: &'v Value, found: &mut Vec<&'v serde_json::Map<String, Value>>) {
    match value {
        Value::Object(map) => {
            found.push(map);
            map.values().for_each(|value| maps(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| maps(value, found)),
        _ => {}
    }
}

/// The texts under a key, anywhere in a document.
fn texts(value: &Value, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    maps(value, &mut found);
    let texts = found.into_iter().filter_map(|map| map.get(key)?.as_str());
    texts.map(str::to_owned).collect()
}

/// Whether a command of the action writes to targets.
fn writes(command: &str) -> bool {
    ["sync", "apply"].contains(&command)
}

#[test]
fn a_workflow_that_writes_to_targets_hands_the_repository_variable_for_a_pause_over() {
    for (name, text) in workflows() {
        if !texts(&parsed(&name, &text), "command")
            .iter()
            .any(|command| writes(command))
        {
            continue;
        }
        let handed = parsed(&name, &text)["env"]["LESSONBOOK_PAUSE"].clone();
        assert_eq!(handed, "${{ vars.LESSONBOOK_PAUSE }}", "{name}");
    }
}

#[test]
fn a_workflow_that_writes_to_targets_keeps_the_record_whatever_becomes_of_the_run() {
    for (name, text) in workflows() {
        let document = parsed(&name, &text);
        let mut steps = Vec::new();
        maps(&document, &mut steps);
        // Where everyone could read the plan, they could read the record, too: it names private targets.
        let command = |step: &&&serde_json::Map<String, Value>| {
            let command = step.get("with").and_then(|with| with["command"].as_str());
            let unshared = step.get("if").and_then(Value::as_str);
            let unshared = unshared.is_some_and(|when| when.contains("shareable != 'true'"));
            command.is_some_and(writes) && !unshared
        };
        let writing = steps.iter().filter(command);
        let kept = steps.iter().filter(|step| {
            let at = step.get("with").and_then(|with| with.get("path"));
            at.is_some_and(|path| path == "${{ steps.apply.outputs.log }}")
                && step["if"].as_str().is_some_and(|when| when.contains("always()"))
        });
        assert_eq!(writing.count(), kept.count(), "{name}");
    }
}

/// Why a pin is not valid; `line` is as written in the file.
fn wrong_with(line: &str) -> Option<&'static str> {
    let uses = line.trim().trim_start_matches("- ").strip_prefix("uses:")?.trim();
    if uses.starts_with("./") {
        return None;
    }
    let Some((what, comment)) = uses.split_once(" # ") else {
        return Some("no comment names its version");
    };
    let Some((_, commit)) = what.split_once('@') else {
        return Some("no commit");
    };
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if commit.len() != 40 || !commit.chars().all(hex) {
        return Some("not a whole commit");
    }
    let parts: Vec<&str> = comment.strip_prefix('v').unwrap_or("-").split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if parts.len() == 3 && parts.iter().all(number) {
        None
    } else {
        Some("the comment is no whole version")
    }
}

/// Expressions that a script holds, other than those whose value only the workflow itself decides.
fn expressions(script: &str) -> Vec<&str> {
    let pieces = script.split("${{").skip(1);
    pieces
        .map(|rest| rest.split("}}").next().unwrap_or(rest).trim())
        .collect()
}

#[test]
fn every_action_of_others_is_pinned_to_a_commit_and_says_its_version() {
    for (name, text) in all() {
        let written = text
            .lines()
            .filter(|line| line.trim().trim_start_matches("- ").starts_with("uses:"));
        for line in written.clone() {
            assert_eq!(wrong_with(line), None, "{name}: {line}");
        }
        // None is written in a way that the look at the lines misses.
        let read = texts(&parsed(&name, &text), "uses");
        assert_eq!(written.count(), read.len(), "{name}");
    }
}

#[test]
fn actions_in_examples_of_the_docs_are_pinned_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = 0;
    for page in crate::docs_pages::written_pages() {
        let text = std::fs::read_to_string(root.join(&page)).unwrap();
        let uses = |line: &&str| line.trim().trim_start_matches("- ").starts_with("uses: ");
        for line in text.lines().filter(uses) {
            lines += 1;
            // Which release of ours a reader takes is not known to a page.
            let line = line.replace("@<commit>", "@0000000000000000000000000000000000000000");
            assert_eq!(wrong_with(&line), None, "{page}: {line}");
        }
    }
    assert!(lines >= 10, "{lines}");
}

#[test]
fn a_site_that_everyone_can_read_is_public_and_what_publishes_it_runs_nothing_else() {
    let files = workflows();
    for name in ["pages.yml", "init: pages.yml"] {
        let workflow = parsed(name, &files[name]);
        assert_eq!(texts(&workflow, "command"), ["site"], "{name}");
        assert_eq!(texts(&workflow, "public"), ["true"], "{name}");
        assert!(!files[name].contains("secrets."), "{name}");
        let jobs = &workflow["jobs"];
        let build = &jobs["build"];
        assert_eq!(build["if"], "${{ vars.LESSONBOOK_PAGES_URL != '' }}", "{name}");
        assert_eq!(
            build["permissions"],
            serde_json::json!({ "contents": "read" }),
            "{name}"
        );
        assert_eq!(jobs["deploy"]["needs"], "build", "{name}");
        assert_eq!(
            jobs["deploy"]["permissions"],
            serde_json::json!({ "pages": "write", "id-token": "write" }),
            "{name}"
        );
        let uses = texts(&jobs["deploy"], "uses");
        assert_eq!(uses.len(), 1, "{name}: {uses:?}");
        assert!(uses[0].starts_with("actions/deploy-pages@"), "{name}: {uses:?}");
        assert_eq!(texts(&jobs["deploy"], "run"), [""; 0], "{name}");
    }
}

#[test]
fn an_action_that_is_not_pinned_would_be_found() {
    let sha = "3d3c42e5aac5ba805825da76410c181273ba90b1";
    assert_eq!(wrong_with(&format!("  - uses: a/b@{sha} # v7.0.1")), None);
    assert_eq!(wrong_with("  - uses: ./"), None);
    assert_eq!(wrong_with("uses: a/b@v7 # v7.0.1"), Some("not a whole commit"));
    assert_eq!(
        wrong_with(&format!("uses: a/b@{}g # v7.0.1", &sha[..39])),
        Some("not a whole commit")
    );
    assert_eq!(
        wrong_with(&format!("uses: a/b@{sha}")),
        Some("no comment names its version")
    );
    assert_eq!(
        wrong_with(&format!("uses: a/b@{sha} # v7")),
        Some("the comment is no whole version")
    );
    assert_eq!(wrong_with("uses: a/b # v7.0.1"), Some("no commit"));
}

#[test]
fn one_action_has_one_commit_everywhere() {
    let mut pins: BTreeMap<String, String> = BTreeMap::new();
    for (name, text) in all() {
        for uses in texts(&parsed(&name, &text), "uses") {
            let Some((what, commit)) = uses.split_once('@') else {
                continue;
            };
            // `actions/cache/restore` is a part of `actions/cache`.
            let repository: Vec<&str> = what.split('/').take(2).collect();
            let first = pins
                .entry(repository.join("/"))
                .or_insert_with(|| commit.to_owned());
            assert_eq!(first, commit, "{name}: {what}");
        }
    }
    assert!(pins.len() >= 5, "{pins:?}");
}

#[test]
fn no_workflow_runs_with_this_repositorys_rights_on_somebody_elses_change() {
    for (name, text) in workflows() {
        let workflow = parsed(&name, &text);
        let events: Vec<&str> = match &workflow["on"] {
            Value::Object(on) => on.keys().map(String::as_str).collect(),
            Value::Array(on) => on.iter().filter_map(Value::as_str).collect(),
            Value::String(on) => vec![on],
            other => panic!("{name}: {other}"),
        };
        assert!(!events.is_empty(), "{name}");
        for event in ["pull_request_target", "workflow_run", "issue_comment"] {
            assert!(!events.contains(&event), "{name}: {event}");
        }
        assert!(!text.contains("pull_request_target"), "{name}");
    }
}

#[test]
fn every_workflow_starts_without_a_right_to_write_and_no_secret_is_near_a_pull_request() {
    for (name, text) in workflows() {
        let workflow = parsed(&name, &text);
        let granted = workflow["permissions"].as_object();
        let granted = granted.unwrap_or_else(|| panic!("{name}: no `permissions:` at the top"));
        assert!(
            granted.values().all(|right| right == "read"),
            "{name}: {granted:?}"
        );
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            assert!(
                body["timeout-minutes"].is_u64(),
                "{name}: {job} may hang for six hours"
            );
        }
        if workflow["on"].get("pull_request").is_some() {
            assert!(!text.contains("secrets."), "{name}");
            let mut inside = Vec::new();
            maps(&workflow["jobs"], &mut inside);
            let granted = inside.iter().filter_map(|map| map.get("permissions"));
            for right in granted {
                assert_eq!(right, &serde_json::json!({ "pull-requests": "write" }), "{name}");
            }
        }
    }
}

#[test]
fn what_may_comment_runs_nothing_of_the_change_and_stays_away_from_forks() {
    let mut seen = 0;
    for (name, text) in workflows() {
        let workflow = parsed(&name, &text);
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            if body["permissions"].get("pull-requests").is_none() {
                continue;
            }
            seen += 1;
            let condition = body["if"].as_str().unwrap_or_default();
            assert!(
                condition.contains("github.event.pull_request.head.repo.full_name == github.repository"),
                "{name}: {job}"
            );
            for uses in texts(body, "uses") {
                assert!(
                    uses.starts_with("actions/download-artifact@"),
                    "{name}: {job}: {uses}"
                );
            }
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_comparison_has_the_whole_history() {
    let mut seen = 0;
    for (name, text) in workflows() {
        let workflow = parsed(&name, &text);
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            if texts(body, "command").iter().any(|command| command == "diff") {
                seen += 1;
                let mut inside = Vec::new();
                maps(body, &mut inside);
                let whole = inside.iter().any(|map| map.get("fetch-depth") == Some(&0.into()));
                assert!(whole, "{name}: {job}");
            }
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn what_can_write_elsewhere_is_in_the_environment_that_people_protect() {
    let files = workflows();
    for name in ["sync.yml", "init: sync.yml"] {
        let workflow = parsed(name, &files[name]);
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            let writes = body.to_string().contains("LESSONBOOK_APP_PRIVATE_KEY");
            let protected = body["environment"] == "lessonbook";
            assert_eq!(writes, protected, "{name}: {job}");
            assert_eq!(job == "apply", writes, "{name}: {job}");
        }
    }
}

#[test]
fn what_is_approved_is_what_is_applied() {
    let files = workflows();
    for name in ["sync.yml", "init: sync.yml"] {
        let jobs = &parsed(name, &files[name])["jobs"];
        let step = |job: &str, key: &str, value: &str| {
            let steps = jobs[job]["steps"].as_array().unwrap();
            let says = |step: &&Value| {
                step["with"][key] == value || step[key].as_str().is_some_and(|uses| uses.starts_with(value))
            };
            let found = steps.iter().find(says);
            found.unwrap_or_else(|| panic!("{name}: no {key}: {value}"))["with"].clone()
        };
        let file = "${{ runner.temp }}/plan.json";
        assert_eq!(step("plan", "command", "plan")["plan-file"], file);
        let up = step("plan", "uses", "actions/upload-artifact@");
        assert_eq!(up["path"], "${{ steps.plan.outputs.plan-file }}");
        let down = step("apply", "uses", "actions/download-artifact@");
        assert_eq!(
            (&down["name"], &down["path"]),
            (&up["name"], &"${{ runner.temp }}".into())
        );
        assert_eq!(step("apply", "command", "apply")["plan-file"], file);
        let starts = jobs["apply"]["if"].as_str().unwrap();
        assert!(starts.contains("needs.plan.outputs.plan-file != ''"), "{starts}");
        // Where everyone could read it, it is not handed over, and made again.
        let steps = jobs["apply"]["steps"].as_array().unwrap();
        let condition = |command: &str| {
            let step = steps.iter().find(|step| step["with"]["command"] == command);
            step.unwrap()["if"].clone()
        };
        assert_eq!(
            condition("apply"),
            "${{ needs.plan.outputs.shareable == 'true' }}"
        );
        assert_eq!(condition("sync"), "${{ needs.plan.outputs.shareable != 'true' }}");
        assert_eq!(
            jobs["plan"]["outputs"]["plan-file"],
            "${{ steps.plan.outputs.plan-file }}"
        );
    }
}

#[test]
fn nothing_of_a_private_target_is_kept_where_others_can_read_it() {
    let files = workflows();
    for name in ["sync.yml", "init: sync.yml", "init: check.yml", "diff.yml"] {
        let workflow = parsed(name, &files[name]);
        let uses = texts(&workflow, "uses");
        assert!(
            !uses.iter().any(|uses| uses.starts_with("actions/cache")),
            "{name}"
        );
        let mut inside = Vec::new();
        maps(&workflow, &mut inside);
        assert!(inside.iter().all(|map| !map.contains_key("cache")), "{name}");
        // The page of a change is cut for its readers (docs/github.md); everything else comes of a plan that may be shared.
        for step in inside {
            let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
            let path = step.get("with").and_then(|with| with["path"].as_str());
            if uses.starts_with("actions/upload-artifact@")
                && path != Some("${{ steps.diff.outputs.markdown }}")
            {
                let condition = step["if"].as_str().unwrap_or_default();
                let is_kept = condition.contains("steps.plan.outputs.shareable == 'true'")
                    || condition.contains("steps.apply.outputs.");
                assert!(is_kept, "{name}: {condition}");
            }
        }
    }
}

#[test]
fn no_script_holds_an_expression() {
    let mut scripts = 0;
    for (name, text) in all() {
        for script in texts(&parsed(&name, &text), "run") {
            scripts += 1;
            assert_eq!(expressions(&script), [""; 0], "{name}: {script}");
        }
    }
    assert!(scripts >= 8, "{scripts}");
    assert_eq!(
        expressions("echo ${{ github.event.issue.title }}, ${{inputs.x}}"),
        ["github.event.issue.title", "inputs.x"]
    );
}

#[test]
fn every_input_of_the_action_is_used_and_every_input_that_is_given_exists() {
    let files = all();
    let action = parsed("action.yml", &files["action.yml"]);
    let inputs: Vec<&String> = action["inputs"].as_object().unwrap().keys().collect();
    let steps = action["runs"]["steps"].to_string();
    for input in &inputs {
        assert!(steps.contains(&format!("${{{{ inputs.{input} }}}}")), "{input}");
    }
    let mut calls = 0;
    for (name, text) in &files {
        let workflow = parsed(name, text);
        let mut found = Vec::new();
        maps(&workflow, &mut found);
        for step in found {
            let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
            if uses == "./" || uses.starts_with("lessonbook/lessonbook@") {
                calls += 1;
                let given = step["with"].as_object().unwrap();
                assert!(
                    given.keys().all(|input| inputs.contains(&input)),
                    "{name}: {given:?}"
                );
                assert!(given.contains_key("command"), "{name}: {given:?}");
            }
        }
    }
    assert_eq!(calls, 11);
}
