//! Refactorings of many manifests add nothing, whatever they change; new bad pods beside them are found.
//!
//! Input: 60 generated manifests with some 500 places, and six refactorings of all of them. Output: how many places `lint` takes for
//! new. At most 3 of them may be false alarms; of ten new pods each must be found.

use std::fmt::Write as _;

use serde_json::Value;

use super::CHECKS;
use crate::support::Sandbox;

const LESSONS: &str = r#"version: 1
store: acme
home: acme/guardrails
lessons:
  - id: liveness
    title: "Liveness"
    severity: high
    rule: "Never below 3."
    paths: ["**/*.yaml"]
    checks:
      - each: "**.livenessProbe"
        forbid: { failureThreshold: { below: 3 } }
  - id: memory
    title: "Memory"
    severity: high
    rule: "State memory."
    paths: ["**/*.yaml"]
    checks:
      - each: ["**.containers[]", "**.initContainers[]"]
        when: { image: present }
        require: { resources.requests.memory: present, resources.limits.memory: present }
  - id: image
    title: "Image"
    severity: high
    rule: "Pin it."
    paths: ["**/*.yaml"]
    checks:
      - each: "**.containers[]"
        forbid: { image: { matches: '^[^:]+(:latest)?$' } }
  - id: root
    title: "Root"
    severity: high
    rule: "Not as root."
    paths: ["**/*.yaml"]
    checks:
      - each: "**.containers[]"
        require: { securityContext.runAsNonRoot: true, securityContext.capabilities.drop: ALL }
  - id: text
    title: "Text"
    severity: high
    rule: "No such host."
    paths: ["**/*.yaml"]
    checks:
      - forbid: 'old-registry\.example'
"#;

/// How a file is written.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// As people write it.
    Block,
    /// As a program writes it: other order, other quotes, lists and maps on one line.
    Writer,
}

struct Pod {
    kind: &'static str,
    name: String,
    replicas: u32,
    containers: Vec<Container>,
}

struct Container {
    name: String,
    image: String,
    threshold: u32,
    memory: u32,
    drop: bool,
}

/// A small generator, so that every run tests the same files.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % bound).unwrap()
    }
}

fn pods(numbers: &mut Numbers, file: usize) -> Vec<Pod> {
    let count = 1 + numbers.below(3);
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    (0..count)
        .map(|pod| Pod {
            kind: kinds[numbers.below(3) as usize],
            name: format!("app-{file}-{pod}"),
            replicas: 1 + numbers.below(5),
            containers: (0..=numbers.below(2))
                .map(|container| Container {
                    name: format!("c{container}"),
                    image: match numbers.below(4) {
                        0 => "shop/app".to_owned(),
                        1 => "shop/app:latest".to_owned(),
                        2 => "old-registry.example/app:1.2".to_owned(),
                        _ => "shop/app:1.2".to_owned(),
                    },
                    threshold: 1 + numbers.below(4),
                    memory: numbers.below(4),
                    drop: numbers.below(2) == 0,
                })
                .collect(),
        })
        .collect()
}

fn manifest(pod: &Pod, style: Style) -> String {
    let mut text = String::new();
    let Pod {
        kind, name, replicas, ..
    } = pod;
    if style == Style::Block {
        let _ = write!(
            text,
            "apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  replicas: {replicas}\n  template:\n    spec:\n      containers:\n"
        );
        for container in &pod.containers {
            let Container {
                name,
                image,
                threshold,
                memory,
                drop,
            } = container;
            let _ = write!(
                text,
                "        - name: {name}\n          image: {image}\n          livenessProbe:\n            failureThreshold: {threshold}\n            \
                 httpGet: {{ path: /, port: 80 }}\n"
            );
            if *memory > 0 {
                let _ = write!(
                    text,
                    "          resources:\n            requests:\n              memory: {memory}Gi\n"
                );
            }
            let _ = write!(text, "          securityContext:\n            runAsUser: 1000\n");
            if *drop {
                text.push_str("            capabilities:\n              drop:\n                - ALL\n");
            }
        }
    } else {
        let containers: Vec<String> = pod.containers.iter().map(flow).collect();
        let _ = write!(
            text,
            "spec:\n    template: {{\"spec\": {{\"containers\": [{}]}}}}\n    replicas: {replicas}\nmetadata: {{\"name\": \"{name}\"}}\nkind: '{kind}'\napiVersion: 'apps/v1'\n",
            containers.join(",\n        ")
        );
    }
    text
}

fn flow(container: &Container) -> String {
    let Container {
        name,
        image,
        threshold,
        memory,
        drop,
    } = container;
    let resources = if *memory > 0 {
        format!(", \"resources\": {{\"requests\": {{\"memory\": \"{memory}Gi\"}}}}")
    } else {
        String::new()
    };
    let drop = if *drop {
        ", \"capabilities\": {\"drop\": [\"ALL\"]}"
    } else {
        ""
    };
    format!(
        "{{\"securityContext\": {{\"runAsUser\": 1000{drop}}}{resources}, \"livenessProbe\": {{\"httpGet\": {{\"port\": 80, \"path\": \"/\"}}, \
         \"failureThreshold\": {threshold}}}, \"image\": \"{image}\", \"name\": \"{name}\"}}"
    )
}

fn file(pods: &[Pod], style: Style) -> String {
    let documents: Vec<String> = pods.iter().map(|pod| manifest(pod, style)).collect();
    documents.join("---\n")
}

/// Removes all manifests and writes others.
fn replace(sandbox: &Sandbox, files: &[(String, String)]) {
    sandbox.git(
        "shop",
        &[
            "rm",
            "-r",
            "-f",
            "--quiet",
            "--ignore-unmatch",
            "apps",
            "moved",
            "new",
        ],
    );
    for (path, text) in files {
        sandbox.write(&format!("shop/{path}"), text);
    }
    sandbox.git("shop", &["add", "--all"]);
}

/// The new places, with their files.
fn new_places(sandbox: &Sandbox) -> Vec<String> {
    let run = sandbox.run_in("shop", &["lint", "--format", "json"]);
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let findings = document["repositories"][0]["findings"].as_array().unwrap();
    assert!(
        findings.iter().all(|finding| finding["code"] == "check-hit"),
        "{run:?}"
    );
    let place = |finding: &Value| {
        format!(
            "{}:{} {}",
            finding["at"]["file"].as_str().unwrap(),
            finding["at"]["line"],
            finding["lesson"]
        )
    };
    findings.iter().map(place).collect()
}

#[test]
fn refactorings_add_nothing_and_new_bad_pods_are_found() {
    let sandbox = Sandbox::new();
    let mut numbers = Numbers(7);
    let mut all: Vec<Vec<Pod>> = (0..60).map(|file| pods(&mut numbers, file)).collect();
    let path = |folder: &str, number: usize| format!("{folder}/team-{}/app-{number}.yaml", number % 7);
    let written = |all: &[Vec<Pod>], style: Style, folder: &str| -> Vec<(String, String)> {
        let files = all.iter().enumerate();
        files
            .map(|(number, pods)| (path(folder, number), file(pods, style)))
            .collect()
    };
    sandbox.repository("shop", &[(CHECKS, LESSONS)]);
    replace(&sandbox, &written(&all, Style::Block, "apps"));
    sandbox.commit("shop", "Manifests");
    sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
    let everything = sandbox.run_in("shop", &["lint", "--all", "--format", "json"]);
    let document: Value = serde_json::from_str(&everything.stdout).unwrap();
    let places = document["repositories"][0]["counts"]["new"].as_u64().unwrap();
    assert!(places > 450, "{places} places are too few for a test");

    let commented: Vec<_> = written(&all, Style::Block, "apps")
        .into_iter()
        .map(|(path, text)| {
            (
                path,
                format!("# Owned by the team.\n# Ask before you change it.\n\n{text}"),
            )
        })
        .collect();
    let rewritten = written(&all, Style::Writer, "apps");
    let moved = written(&all, Style::Block, "moved");
    let split: Vec<_> = all
        .iter()
        .enumerate()
        .flat_map(|(number, pods)| {
            let one = move |(index, pod): (usize, &Pod)| {
                (
                    format!("apps/team-{}/app-{number}/{index}.yaml", number % 7),
                    manifest(pod, Style::Block),
                )
            };
            pods.iter().enumerate().map(one).collect::<Vec<_>>()
        })
        .collect();
    for pod in all.iter_mut().flatten() {
        pod.replicas += 3;
    }
    let scaled = written(&all, Style::Block, "apps");
    for pod in all.iter_mut().flatten() {
        pod.name = pod.name.replace("app", "service");
    }
    let renamed = written(&all, Style::Block, "apps");

    let mut false_alarms = Vec::new();
    for (what, files) in [
        ("a comment on top", commented),
        ("rewritten by a program", rewritten),
        ("moved", moved),
        ("split", split),
        ("replicas changed", scaled),
        ("every object renamed", renamed),
    ] {
        replace(&sandbox, &files);
        let found = new_places(&sandbox);
        false_alarms.extend(found.into_iter().map(|place| format!("{what}: {place}")));
        let bad: Vec<(String, String)> = (0..10)
            .map(|number| {
                let pod = Pod {
                    kind: "Deployment",
                    name: format!("bad-{number}"),
                    replicas: 1,
                    containers: vec![Container {
                        name: "app".to_owned(),
                        image: "shop/app".to_owned(),
                        threshold: 1,
                        memory: 0,
                        drop: false,
                    }],
                };
                (format!("new/{number}.yaml"), manifest(&pod, Style::Block))
            })
            .collect();
        let with_bad: Vec<_> = files.into_iter().chain(bad).collect();
        replace(&sandbox, &with_bad);
        let found = new_places(&sandbox);
        for number in 0..10 {
            let file = format!("new/{number}.yaml:");
            let count = found.iter().filter(|place| place.starts_with(&file)).count();
            assert_eq!(count, 6, "{what}: the places of {file} {found:#?}");
        }
    }
    assert!(
        false_alarms.len() <= 3,
        "{} false alarms: {false_alarms:#?}",
        false_alarms.len()
    );
    eprintln!(
        "{} false alarms in six refactorings of {places} places",
        false_alarms.len()
    );
}
