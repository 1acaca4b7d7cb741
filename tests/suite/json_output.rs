//! Every command that prints JSON prints the same first keys: the version of the form, the program's, and the store.
//!
//! Input: a store and a target on disk. Output: the first keys of each command's JSON. Not here: what follows them.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Sandbox;

const LESSON: &str = "title: No secrets\nseverity: critical\ntags: [app]\nrule: Keep passwords out.\nrationale: History keeps them.\n";

/// `doctor` asks GitHub, so its envelope is checked with the other tests of GitHub.
const ON_GITHUB: [&str; 1] = ["doctor"];

#[test]
fn every_json_begins_with_the_same_keys() {
    let world = Sandbox::new();
    world.repository("shop", &[("src/app.py", "print()\n")]);
    world.write("notes/CLAUDE.md", "- Never push to main.\n");
    world.init("store");
    world.write("store/lessons/review/secrets.yaml", LESSON);
    world.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [app]\n",
    );
    world.commit("store", "First");
    for file in ["../old.json", "../new.json"] {
        assert_eq!(world.run_in("store", &["plan", "--out", file]).code, 0);
    }
    let commands: [&[&str]; 20] = [
        &["import", "../notes"],
        &["check"],
        &["list"],
        &["entry-points"],
        &["plan"],
        &["show", "../new.json"],
        &["coverage"],
        &["coverage", "--by", "assistant"],
        &["explain", "../shop", "src/app.py"],
        &["status", "--lesson", "secrets"],
        &["status"],
        &["backtest", "--commits", "5"],
        &["effect"],
        &["audit"],
        &["site", "--out", "../site"],
        &["diff", "HEAD"],
        &["compare", "../old.json", "../new.json"],
        &["sync", "--yes"],
        &["apply", "../new.json", "--yes"],
        &["withdraw", "secrets", "--reason", "It is wrong", "--yes"],
    ];
    let mut checked: BTreeSet<&str> = BTreeSet::new();
    for command in commands {
        begins(&world, command, true);
        checked.insert(command[0]);
    }
    begins(&world, &["verify", "../shop"], false);
    checked.insert("verify");
    begins(&world, &["lint", "--all", "../shop"], false);
    checked.insert("lint");
    checked.extend(ON_GITHUB);
    let all = lessonbook::cli::command();
    for command in all.get_subcommands() {
        let prints_json = command.get_arguments().any(|argument| {
            let values = argument.get_possible_values();
            argument.get_id() == "format" && values.iter().any(|value| value.matches("json", false))
        });
        let name = command.get_name();
        assert!(
            !prints_json || checked.contains(name),
            "`{name} --format json` is not checked here"
        );
    }
}

fn begins(world: &Sandbox, command: &[&str], has_store: bool) {
    let run = world.run_in("store", &[command, &["--format", "json"]].concat());
    let page: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}: {run:?}"));
    let keys: Vec<&String> = page.as_object().unwrap().keys().take(3).collect();
    assert_eq!(keys, ["format_version", "tool_version", "store"], "{command:?}");
    assert_eq!(page["format_version"], "1.0", "{command:?}");
    assert_eq!(page["tool_version"], env!("CARGO_PKG_VERSION"), "{command:?}");
    if has_store {
        assert_eq!(page["store"]["name"], "acme", "{command:?}");
        assert!(page["store"]["home"].is_string(), "{command:?}");
    } else {
        assert_eq!(page["store"], Value::Null, "{command:?}");
    }
}
