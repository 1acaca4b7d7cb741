//! The checks of the lessons that the project ships: right over real files, and the guide knows which lessons have none.
//!
//! Input: `lessons/`, the guide, and the corpus of real files with the lines that other tools report. Output: what differs. Not
//! here: the self-test by each lesson's examples, which `check` runs over our own store.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Run, Sandbox};

/// The topics that are for other stores; `lessonbook` is about this project.
const TOPICS: [&str; 6] = [
    "agents",
    "delivery",
    "kubernetes",
    "review",
    "terraform",
    "trading",
];

/// Its paths are the manifests of assistants, of which the corpus has none.
const OTHER_PATHS: [&str; 1] = ["read-only-service-account"];

/// A file and the line of a hit, with the lesson.
type Place = (String, String, u64);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Id and text of every lesson for other stores.
fn shipped() -> Vec<(String, String)> {
    let mut lessons = Vec::new();
    for topic in TOPICS {
        for entry in fs::read_dir(root().join("lessons").join(topic)).unwrap() {
            let path = entry.unwrap().path();
            let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if id != "_topic" {
                lessons.push((id, fs::read_to_string(path).unwrap()));
            }
        }
    }
    lessons.sort();
    lessons
}

fn has_checks(text: &str) -> bool {
    text.lines().any(|line| line == "checks:")
}

/// The files of a folder, by their paths in it.
fn files(folder: &Path, inside: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{inside}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), into);
        } else {
            into.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}

/// A sandbox with a store of the shipped lessons, `store`, whose targets have every tag.
fn store(targets: &BTreeSet<String>) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = "version: 1\nname: demo\ntargets:\n".to_owned();
    for target in targets {
        text.push_str(&format!(
            "  ../{target}: [kubernetes, terraform, trading, agents, delivery]\n"
        ));
    }
    sandbox.write("store/targets.yaml", text);
    for topic in TOPICS {
        let mut lessons = Vec::new();
        files(&root().join("lessons").join(topic), "", &mut lessons);
        for (name, bytes) in lessons {
            sandbox.write(&format!("store/lessons/{topic}/{name}"), bytes);
        }
    }
    sandbox
}

/// The hits of a report, their files with the target's name before them.
fn hits(run: &Run) -> BTreeSet<Place> {
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let mut hits = BTreeSet::new();
    for repository in document["repositories"].as_array().unwrap() {
        let name = repository["name"].as_str().unwrap().trim_start_matches("../");
        for finding in repository["findings"].as_array().unwrap() {
            if finding["code"] == "check-hit" {
                let file = finding["at"]["file"].as_str().unwrap();
                let file = file.rsplit_once(": ").map_or(file, |(_, file)| file);
                let lesson = finding["lesson"].as_str().unwrap().to_owned();
                hits.insert((
                    format!("{name}/{file}"),
                    lesson,
                    finding["at"]["line"].as_u64().unwrap(),
                ));
            }
        }
    }
    hits
}

#[test]
fn the_guide_lists_every_lesson_without_a_check_and_no_other() {
    let guide = fs::read_to_string(root().join("docs/guide/checks.md")).unwrap();
    let section = guide.split("\n## The shipped lessons\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let lessons = shipped();
    let without: Vec<&str> = lessons
        .iter()
        .filter(|(_, text)| !has_checks(text))
        .map(|(id, _)| id.as_str())
        .collect();
    assert_eq!(listed, without);
    let figures = format!(
        "Of the {} lessons in this repository that other stores can copy, {} have checks.",
        lessons.len(),
        lessons.len() - without.len()
    );
    let other = format!("The other {} have none:", without.len());
    for sentence in [&figures, &other] {
        assert!(section.contains(sentence.as_str()), "{sentence}");
    }
}

#[test]
fn a_change_with_a_mistake_of_each_topic_is_stopped_and_the_same_change_done_right_is_not() {
    let sandbox = store(&BTreeSet::from(["app".to_owned()]));
    sandbox.repository("app", &[("README.md", "# App\n")]);
    sandbox.git("app", &["checkout", "--quiet", "-b", "change"]);
    let changes = [
        (
            "k8s/job.yaml",
            "kind: CronJob\nspec:\n  env:\n    - { name: DB_PASSWORD, value: hunter2 }\n",
            "kind: CronJob\nspec:\n  env:\n    - { name: DB_PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }\n",
            "no-plaintext-secrets",
        ),
        (
            "main.tf",
            "resource \"aws_vpc_security_group_ingress_rule\" \"db\" {\n  from_port = 5432\n  to_port = 5432\n  cidr_ipv4 = \"0.0.0.0/0\"\n}\n",
            "resource \"aws_vpc_security_group_ingress_rule\" \"db\" {\n  from_port = 5432\n  to_port = 5432\n  cidr_ipv4 = var.office\n}\n",
            "no-open-ingress",
        ),
        (
            ".github/workflows/release.yml",
            "permissions: {}\njobs:\n  a:\n    steps:\n      - run: gh pr merge --auto\n",
            "permissions: {}\njobs:\n  a:\n    steps:\n      - run: gh pr create --draft\n",
            "humans-merge",
        ),
        (
            "agents/triage/pods.sh",
            "# kubectl delete pod web\nkubectl logs -n shop backup-x7k2p\n",
            "# kubectl delete pod web\nkubectl logs -n shop -l job-name=backup\n",
            "label-selector-not-guess",
        ),
        (
            "bot/main.py",
            "DRY_RUN: bool = False\n",
            "DRY_RUN: bool = True\n",
            "dry-run-default",
        ),
        (
            "deploy/binding.yaml",
            "kind: ClusterRoleBinding\nroleRef: { kind: ClusterRole, name: cluster-admin }\n",
            "kind: ClusterRoleBinding\nroleRef: { kind: ClusterRole, name: view }\n",
            "permissions-never-widen",
        ),
    ];
    let lint = || sandbox.run_in("store", &["lint", "../app", "--format", "json"]);
    for (path, bad, ..) in &changes {
        sandbox.write(&format!("app/{path}"), bad);
    }
    sandbox.git("app", &["add", "--all"]);
    let run = lint();
    assert_eq!(run.code, 1, "{run:?}");
    let found: BTreeSet<(String, String)> = hits(&run)
        .into_iter()
        .map(|(file, lesson, _)| (file, lesson))
        .collect();
    let expected = changes
        .iter()
        .map(|(path, _, _, lesson)| (format!("app/{path}"), (*lesson).to_owned()));
    assert_eq!(found, expected.collect());
    for (path, _, good, _) in &changes {
        sandbox.write(&format!("app/{path}"), good);
    }
    let run = lint();
    assert_eq!((run.code, hits(&run)), (0, BTreeSet::new()), "{run:?}");
}

#[test]
fn shipped_checks_find_what_other_tools_find_in_real_files_and_nothing_in_silent_ones() {
    let Some(corpus) = corpus() else {
        return;
    };
    let mut all = Vec::new();
    files(&corpus.join("files"), "", &mut all);
    // Each top folder is a repository; the files beside them are one of their own.
    let place = |name: &str| match name.split_once('/') {
        Some(_) => name.to_owned(),
        None => format!("own/{name}"),
    };
    let targets: BTreeSet<String> = all
        .iter()
        .map(|(name, _)| place(name).split('/').next().unwrap().to_owned())
        .collect();
    let sandbox = store(&targets);
    for (name, bytes) in &all {
        sandbox.write(&place(name), bytes);
    }
    for target in &targets {
        sandbox.git(target, &["init", "--quiet"]);
        sandbox.git(target, &["add", "--all", "--force"]);
        sandbox.git(target, &["commit", "--quiet", "-m", "Start"]);
    }
    let names: Vec<String> = targets.iter().map(|target| format!("../{target}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = sandbox.run_in(
        "store",
        &[&["lint", "--all", "--format", "json"], &names[..]].concat(),
    );
    let found = hits(&run);
    let ids: BTreeSet<String> = shipped()
        .into_iter()
        .filter(|(id, text)| has_checks(text) && !OTHER_PATHS.contains(&id.as_str()))
        .map(|(id, _)| id)
        .collect();
    let (mut rows, mut wrong) = (0, Vec::new());
    for row in fs::read_to_string(corpus.join("expected.tsv"))
        .unwrap()
        .lines()
        .skip(1)
    {
        let [file, lesson, line, _, verdict] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        // The corpus counts this check of `container-not-root` as a lesson of its own.
        let lesson = if lesson == "privileged" {
            "container-not-root"
        } else {
            lesson
        };
        if verdict == "silent" {
            let here = found.iter().filter(|hit| hit.0 == place(file));
            wrong.extend(here.map(|hit| format!("not silent: {hit:?}")));
        } else if let (true, Ok(line)) = (ids.contains(lesson), line.parse()) {
            rows += 1;
            if !found.contains(&(place(file), lesson.to_owned(), line)) {
                wrong.push(format!("not found: {row}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 150, "{rows} rows were compared");
}

/// The folder of real files, if it is there.
#[allow(clippy::print_stdout, reason = "a skipped test says so")]
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), PathBuf::from)
        .join("checks");
    let is_there = folder.join("expected.tsv").is_file();
    if !is_there {
        println!("skipped: no corpus at {}", folder.display());
    }
    is_there.then_some(folder)
}
