//! Many targets are planned by several threads. What each gets, and the order, is the same as when it is planned alone.

use serde_json::Value;

use crate::support::{Run, Sandbox};

const LESSON: &str = "title: Probes tolerate a slow answer\nseverity: critical\nrule: Never set `failureThreshold` below 3.\nrationale: One failed check restarts every pod.\n";

/// A store with `count` targets, of which every third can't be read, and every third has a hand-written file.
fn fleet(count: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("store/lessons/kubernetes/failure-threshold.yaml", LESSON);
    let mut targets = "version: 1\nname: acme\nhome: acme/lessons\ntargets:\n".to_owned();
    for number in 0..count {
        let name = format!("r{number:02}");
        targets.push_str(&format!("  ../{name}: {{}}\n"));
        match number % 3 {
            0 => drop(sandbox.repository(&name, &[("README.md", "# App\n")])),
            1 => drop(sandbox.repository(&name, &[("CLAUDE.md", &format!("# Rules of {name}\n"))])),
            _ => {}
        }
    }
    sandbox.write("store/targets.yaml", targets);
    sandbox
}

fn targets(run: &Run) -> Vec<Value> {
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    document["targets"].as_array().expect("targets").clone()
}

#[test]
fn each_of_many_targets_gets_the_plan_that_it_gets_alone_in_the_order_of_the_store() {
    let sandbox = fleet(40);
    let whole = sandbox.run(&["plan", "--store", "store", "--format", "json"]);
    let all = targets(&whole);
    assert_eq!(all.len(), 40, "{}", whole.stderr);
    let stale = all.iter().filter(|target| target["outcome"]["state"] == "stale");
    assert_eq!(stale.count(), 27, "those that could be read: {}", whole.stdout);
    for (number, target) in all.iter().enumerate() {
        let name = format!("../r{number:02}");
        assert_eq!(target["target"]["name"], name.as_str());
        let alone = sandbox.run(&["plan", "--store", "store", "--format", "json", &name]);
        assert_eq!(targets(&alone), std::slice::from_ref(target), "{name}");
    }
    let again = sandbox.run(&["plan", "--store", "store", "--format", "json"]);
    assert_eq!(again.stdout, whole.stdout);
}
