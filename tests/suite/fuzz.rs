//! Thousands of damaged lessons, settings, templates, targets' files and saved plans: nothing panics, hangs, or takes all memory.
//!
//! Input: right files, damaged by a fixed seed. Output: that every call returns in time. Not here: whether a finding is the right one.
//!
//! `LESSONBOOK_FUZZ=N` does N rounds instead of one, each with other seeds. A case that fails is named by its number: the same number is
//! the same case on every machine.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod mutate;
#[cfg(target_os = "linux")]
mod program;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::support::library::{ALL, Book, TODAY, snapshot};
use crate::support::{Sandbox, sandbox_of_parent};
use lessonbook::report::findings;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::assistant_view::AssistantViews;
use lessonbook_pipeline::plan_file::{PlanFileError, SavedPlan};
use lessonbook_pipeline::{Planner, compare, explain, render, verify};
use lessonbook_store::{Files, Store};
use mutate::{Random, mutate};

/// Cases in one round. The first share is cheap, so that a round stays below a minute on two cores without optimization.
const CASES: u64 = 4_200;
/// The time for one case: some thousand times of what a case takes.
const LIMIT: Duration = Duration::from_secs(20);
/// The time for a round. A machine that is busy does fewer cases rather than to fail; what was done is said.
const ROUND: Duration = Duration::from_secs(58);

fn rounds() -> u64 {
    std::env::var("LESSONBOOK_FUZZ")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(1)
}

const TARGETS: &str = "version: 1\nname: acme\nhome: acme/lessons\nuse: [copilot, claude, agents?, copilot-scoped, reference]\n\
    redundancy: { low: { always: rule } }\nbudget: 90 lines\nproposal: { title: Lessons, labels: [bot], pace: 1s }\n\
    policy: { max_targets: 5, forbid_paths: [\"docs/**\"], hosts: [acme.example] }\n\
    entry_points:\n  own: { kind: always, path: prompts/own.md, limit: 8000 characters }\n\
    targets:\n  ../app: { tags: [app], visibility: private, use: [+own, -reference] }\n  acme/x: { tags: [app], enabled: false }\n\
    exceptions:\n  - { lesson: probe, target: ../app, entry_point: claude, reason: it is tried, by: dana, until: 2027-01-01 }\n";

/// Target files in many shapes, with and without a block of ours.
const PAGES: [&str; 7] = [
    "# Mine\n\nText.\n",
    "---\napplyTo: \"**\"\n---\n\nText\n",
    "\u{feff}# Mine\r\n\r\nText\r\n",
    "@AGENTS.md\n\n- one\n- two\n\n```sh\nls\n```\n",
    "# Mine\n\n<!-- lessonbook:begin acme 0123456789ab -->\n\n- Pin every image. (`images`)\n\n<!-- lessonbook:end acme -->\n\nBelow.\n",
    "<!-- lessonbook:begin other 0123456789ab -->\n\nx\n\n<!-- lessonbook:end other -->\n",
    "<details>\n<summary>x</summary>\n\n[1]: https://acme.example\n\n</details>\n",
];

const TEMPLATE: &str = "# Rules of {{ store.name }}\n\n{% for lesson in lessons %}- {{ lesson.rule }} (`{{ lesson.id }}`)\n{% endfor %}\n";

/// One damaged input through everything that would read it. `right`: a store without mistakes, for damaged targets.
fn case(seed: u64, plan: &[u8], right: &(&Store, Planner<'_>)) {
    let mut random = Random::new(seed);
    let lessons: Vec<&[u8]> = ALL.iter().map(|(_, text)| text.as_bytes()).collect();
    let pages: Vec<&[u8]> = PAGES.iter().map(|text| text.as_bytes()).collect();
    let mut files: Files = ALL
        .iter()
        .map(|(path, text)| (format!("lessons/{path}.yaml"), text.as_bytes().to_vec()))
        .collect();
    files.insert("targets.yaml".into(), TARGETS.as_bytes().to_vec());
    files.insert(
        "lessons/review/_topic.yaml".into(),
        b"title: Reviews\nowner: acme/core\ntags: [app]\n".to_vec(),
    );
    let mut page = random.of(&PAGES).as_bytes().to_vec();
    match seed % 5 {
        0 => {
            let (path, text) = random.of(ALL);
            files.insert(
                format!("lessons/{path}.yaml"),
                mutate(&mut random, text.as_bytes(), &lessons),
            );
        }
        1 => drop(files.insert(
            "targets.yaml".into(),
            mutate(&mut random, TARGETS.as_bytes(), &lessons),
        )),
        2 => {
            let name = *random.of(&[
                "always.md.tera",
                "lesson.md.tera",
                "scoped.md.tera",
                "reference.md.tera",
            ]);
            let bytes = mutate(&mut random, TEMPLATE.as_bytes(), &[TEMPLATE.as_bytes()]);
            files.insert(format!("templates/{name}"), bytes);
        }
        3 => {
            page = mutate(&mut random, &page, &pages);
            let tree = repository(&mut random, &page);
            looked_at(right.0, &tree);
            return planned(right.0, &right.1, &tree, seed.is_multiple_of(8));
        }
        _ => return saved(&mut random, plan),
    }
    let store = read(&files);
    // To plan takes most of the time, and most damages stop before it.
    if (seed / 5).is_multiple_of(8)
        && let Ok(planner) = Planner::new(&store)
    {
        let tree = repository(&mut random, &page);
        planned(&store, &planner, &tree, seed.is_multiple_of(4));
    }
}

fn right_store() -> Store {
    let mut files = Book::new(ALL).files;
    files.insert("targets.yaml".into(), TARGETS.as_bytes().to_vec());
    let (store, findings) = lessonbook_store::load(&files, TODAY);
    assert!(findings.iter().all(|finding| !finding.is_error()), "{findings:?}");
    store
}

/// A store, from reading to every format of findings.
fn read(files: &Files) -> Store {
    let (store, mut found) = lessonbook_store::load(files, TODAY);
    found.extend(render::check(&store));
    let summary = findings::Summary::new(&found, store.lessons.len());
    let github = findings::github(&found);
    assert!(github.lines().all(|line| line.starts_with("::")), "{github}");
    assert_eq!(github.lines().count(), found.len(), "one line a finding");
    findings::human(&found);
    findings::json(
        lessonbook::report::envelope::DocumentSubject::Store(&store),
        &found,
        summary,
    )
    .unwrap();
    findings::sarif(&found, "").unwrap();
    store
}

/// A repository in which some entry points hold the same page.
fn repository(random: &mut Random, page: &[u8]) -> Tree {
    let mut tree = Tree::new();
    tree.list("charts/app/values.yaml", Mode::File);
    tree.list("src/main.py", Mode::File);
    for path in [
        "CLAUDE.md",
        ".github/instructions/kubernetes.instructions.md",
        "docs/ai-lessons.md",
    ] {
        if random.below(3) > 0 {
            tree.load(path, Mode::File, page);
        }
    }
    tree
}

/// What `verify` says of a repository.
fn looked_at(store: &Store, tree: &Tree) {
    let asked = verify::VerifyInput {
        rows: &store.entry_points,
        assistants: &["Claude Code".to_owned()],
        name: None,
        expect: &[],
    };
    let report = verify::verify(asked, tree);
    lessonbook::report::verify::human(&report);
}

/// The plan of each target with its diffs; `all`: also what it comes to, and what assistants see.
fn planned(store: &Store, planner: &Planner<'_>, tree: &Tree, all: bool) {
    for target in store.targets.iter().take(2) {
        let plan = planner.plan(target, &snapshot(tree));
        for edit in &plan.content.edits {
            assert!(edit.unified().len() < 20_000_000);
        }
        if !all {
            continue;
        }
        if plan.verified().is_some() {
            let again = planner.plan(target, &snapshot(&tree.with(&plan.content.edits)));
            assert!(
                again.content.edits.is_empty(),
                "a second run changes {:?}",
                again.content.edits
            );
        }
        let shown = explain::explain(
            &AssistantViews::new(store),
            target,
            &plan,
            tree,
            "charts/app/values.yaml",
        );
        lessonbook::report::explain::human(store, &plan, &shown, true);
    }
}

/// A damaged saved plan; in half of the cases with a digest that fits, so that what is behind the digest is read.
fn saved(random: &mut Random, plan: &[u8]) {
    let mut text = mutate(random, plan, &[plan]);
    if random.below(2) == 0
        && let Err(PlanFileError::Edited { stated, found }) = SavedPlan::parse(&text)
        && let Ok(whole) = String::from_utf8(text.clone())
    {
        text = whole.replacen(&stated, &found, 1).into_bytes();
    }
    match SavedPlan::parse(&text) {
        Ok(read) => {
            let comparison = compare::compare(&read, &read);
            assert!(!comparison.reaches_further(), "a plan against itself");
            assert!(!read.to_text().unwrap().is_empty());
            read.sights();
        }
        Err(unusable) => {
            let words = format!("{} {}", unusable.message(), unusable.help());
            assert!(words.len() < 2_000, "{words}");
        }
    }
}

/// A plan of a right store, as a file.
fn plan_file() -> Vec<u8> {
    let sandbox = Sandbox::new();
    let book = Book::new(ALL);
    for (path, bytes) in &book.files {
        sandbox.write(&format!("store/{path}"), bytes);
    }
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nuse: [claude, copilot-scoped]\ntargets:\n  ../app: [app]\n",
    );
    sandbox.repository("app", &[("CLAUDE.md", "# App\n"), ("deploy.yaml", "a: 1\n")]);
    let run = sandbox.run_in("store", &["plan", "--out", "plan.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.read("store/plan.json")
}

/// Runs in a process of its own, whose memory is its own.
#[test]
fn no_damaged_file_makes_the_library_panic_hang_or_take_all_memory() {
    if sandbox_of_parent().is_none() {
        let rounds = rounds().to_string();
        let sandbox = Sandbox::new();
        sandbox.run_test(
            "fuzz::no_damaged_file_makes_the_library_panic_hang_or_take_all_memory",
            &[("LESSONBOOK_FUZZ", &rounds)],
        );
        return;
    }
    let plan = plan_file();
    for round in 0..rounds() {
        let begun = Instant::now();
        let done: u64 = std::thread::scope(|scope| {
            let halves = [0, 1].map(|half| {
                let plan = plan.clone();
                scope.spawn(move || in_time(round * CASES, half, begun, plan))
            });
            halves.into_iter().map(|half| half.join().unwrap()).sum()
        });
        eprintln!("round {round}: {done} of {CASES} cases in {:?}", begun.elapsed());
        assert!(done >= CASES || begun.elapsed() >= ROUND);
    }
    let peak = peak_memory();
    assert!(peak < 1 << 30, "{peak} bytes of memory at most");
}

/// Every second case of a round. Each case is waited for; one that takes longer than the limit fails the test.
fn in_time(first: u64, half: u64, begun: Instant, plan: Vec<u8>) -> u64 {
    let (ask, asked) = channel::<u64>();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let store = right_store();
        let right = || (&store, Planner::new(&store).unwrap());
        let mut ready = right();
        for (nth, seed) in asked.into_iter().enumerate() {
            // A planner remembers what it read; a run has a few targets for each.
            if nth % 32 == 0 {
                ready = right();
            }
            let run = std::panic::AssertUnwindSafe(|| case(seed, &plan, &ready));
            let ended = std::panic::catch_unwind(run).is_ok();
            if tell.send(ended).is_err() {
                return;
            }
        }
    });
    let mut done = 0;
    for seed in (first..first + CASES).filter(|seed| seed % 2 == half) {
        if begun.elapsed() > ROUND {
            break;
        }
        ask.send(seed).unwrap();
        match told.recv_timeout(LIMIT) {
            Ok(true) => done += 1,
            Ok(false) => panic!("case {seed} panicked"),
            Err(RecvTimeoutError::Timeout) => panic!("case {seed} takes longer than {LIMIT:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("case {seed} ended its thread"),
        }
    }
    done
}

/// The most memory that this process had, in bytes; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
