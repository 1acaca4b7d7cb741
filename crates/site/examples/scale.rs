//! Makes the site of a large store, and prints its size and what it took.
//!
//! `cargo run --release -p lessonbook-site --example scale -- 1000 200 [DIR]`: so many lessons in so many targets, of which each asks
//! for every fifth lesson at four entry points. With DIR the files are written there.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for figures")]

use std::collections::BTreeMap;

use lessonbook_base::snapshot::Base;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::{Placement, Presence};
use lessonbook_site::{ChangeKind, LessonChange, SiteInput, SiteTarget};
use lessonbook_store::{Detail, Files, Store};

const ENTRY_POINTS: [&str; 4] = ["copilot", "claude", "agents", "reference"];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (lessons, targets): (usize, usize) = (args[1].parse().unwrap(), args[2].parse().unwrap());
    let every = args.get(4).map_or(5, |every| every.parse().unwrap());
    let store = store(lessons, targets);
    let plans: Vec<TargetPlan> = store
        .targets
        .iter()
        .map(|target| plan(&store, target, every))
        .collect();
    let input = SiteInput {
        store: &store,
        targets: plans
            .iter()
            .map(|plan| SiteTarget {
                plan,
                state: TargetState::Proposed,
                why: "it waits for review".to_owned(),
                link: None,
                assistants: Vec::new(),
                levels: PlannedLevels::default(),
            })
            .collect(),
        changes: changes(&store),
        effects: BTreeMap::new(),
        findings: Vec::new(),
        is_history_whole: true,
        disclosures: None,
        url: None,
    };
    let before = cpu();
    let site = lessonbook_site::render(&input).unwrap();
    let took = cpu() - before;
    let bytes: usize = site.files.values().map(Vec::len).sum();
    let largest = |folder: &str| {
        let files = site.files.iter().filter(|(path, _)| path.starts_with(folder));
        files.map(|(path, bytes)| (bytes.len(), path.clone())).max()
    };
    println!(
        "{} files, {} kB, {took} ms of CPU",
        site.files.len(),
        bytes / 1000
    );
    for folder in [
        "lessons/lesson",
        "targets/",
        "lessons/index",
        "topics/",
        "coverage/",
        "index",
        "feed",
    ] {
        println!("largest {folder}: {:?}", largest(folder));
    }
    if let Some(folder) = args.get(3) {
        for (path, bytes) in &site.files {
            let file = std::path::Path::new(folder).join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
    }
}

fn store(lessons: usize, targets: usize) -> Store {
    let mut files = Files::new();
    let list: String = (0..targets)
        .map(|at| {
            format!(
                "  ../acme-service-{at:03}: {{ tags: [t{}], visibility: private }}\n",
                at % 20
            )
        })
        .collect();
    files.insert(
        "targets.yaml".to_owned(),
        format!("version: 1\nname: acme\nhome: acme/guardrails\nuse: [claude]\ntargets:\n{list}")
            .into_bytes(),
    );
    for at in 0..lessons {
        let severity = ["critical", "high", "medium", "low"][at % 4];
        let text = format!(
            "title: Lesson number {at} about probes and lost packets\nseverity: {severity}\ntags: [t{}, t{}]\npaths: [\"charts/{at}/**\"]\n\
             rule: Never set `failureThreshold` below {at}.\nrationale: One failed check restarted every pod of service {at} at once.\n\
             bad: |\n  failureThreshold: 1\ngood: |\n  failureThreshold: {at}\nowner: acme/team-{}\n\
             incidents:\n  - date: 2026-02-03\n    repository: acme/shop\n    summary: All pods restarted.\n",
            at % 20,
            (at + 7) % 20,
            at % 12
        );
        files.insert(
            format!("lessons/topic-{}/lesson-{at:04}.yaml", at % 25),
            text.into_bytes(),
        );
    }
    lessonbook_store::load(&files, jiff::civil::date(2026, 6, 1)).0
}

fn plan(store: &Store, target: &lessonbook_store::Target, every: usize) -> TargetPlan {
    let mut plan = TargetPlan::refused(target, None, Vec::new());
    plan.outcome.state = TargetState::Proposed;
    plan.target.base = Some(Base {
        branch: "main".to_owned(),
        commit: "0".repeat(40),
        time: 0,
    });
    let number = store
        .targets
        .iter()
        .position(|other| other.name == target.name)
        .unwrap();
    for (at, lesson) in store.lessons.iter().enumerate() {
        if (at + number) % every != 0 {
            continue;
        }
        for (nth, entry_point) in ENTRY_POINTS.into_iter().enumerate() {
            let presence = |detail: Detail| Presence {
                detail,
                path: "CLAUDE.md".into(),
                line: at,
                missing: "".into(),
                named: true,
                through: None,
            };
            let now = if (at + nth + number) % 7 == 0 {
                Detail::None
            } else {
                Detail::Summary
            };
            plan.proof.coverage.placements.make_mut().push(Placement {
                lesson: lesson.id.as_str().into(),
                severity: lesson.severity,
                entry_point: entry_point.into(),
                required: Detail::Summary,
                exempt: None,
                waits: None,
                current: presence(now),
                proposed: presence(Detail::Summary),
            });
        }
    }
    plan
}

fn changes(store: &Store) -> BTreeMap<String, Vec<LessonChange>> {
    let change = |nth: i64| LessonChange {
        time: 1_767_603_600 + nth * 86_400,
        commit: format!("{nth:040x}"),
        subject: "Reword the rule after review (#123)".to_owned(),
        author: "Dana".to_owned(),
        kind: if nth == 0 {
            ChangeKind::Added
        } else {
            ChangeKind::Changed
        },
    };
    let lessons = store.lessons.iter();
    lessons
        .map(|lesson| (lesson.id.clone(), (0..6).rev().map(change).collect()))
        .collect()
}

/// User and system time of the process in milliseconds.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    (ticks(11) + ticks(12)) * 10
}
