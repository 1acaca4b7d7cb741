//! Damaged files through the program: it ends in time with a documented exit code, and writes all or nothing.
//!
//! Input: a store and a repository, one file of them damaged. Output: exit codes, and files and references before and after. Not here:
//! the library (`fuzz.rs`).

use std::time::Instant;

use super::mutate::{Random, mutate};
use super::{PAGES, ROUND, TEMPLATE, plan_file, rounds};
use crate::support::library::ALL;
use crate::support::{Run, Sandbox};

/// Runs in one round.
const RUNS: u64 = 400;
/// Virtual memory in kilobytes; a run takes a tenth of it.
const MEMORY: u64 = 2 << 20;
const SECONDS: u64 = 20;
const BRANCH: &str = "lessonbook/acme";

/// The commands that a case tries; the first of them may write.
const COMMANDS: [&str; 9] = [
    "sync --yes",
    "apply plan.json --yes",
    "check",
    "plan --format json",
    "show plan.json -v",
    "explain ../app deploy.yaml",
    "withdraw secrets --reason 'see #41' --yes",
    "compare plan.json plan.json",
    "diff HEAD",
];

fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut files: Vec<(String, &str)> = ALL
        .iter()
        .map(|(path, text)| (format!("lessons/{path}.yaml"), *text))
        .collect();
    files.push((
        "targets.yaml".into(),
        "version: 1\nname: acme\nuse: [claude, copilot-scoped]\ntargets:\n  ../app: [app]\n",
    ));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    sandbox.repository("store", &files);
    sandbox.repository("app", &[("CLAUDE.md", PAGES[0]), ("deploy.yaml", "a: 1\n")]);
    sandbox
}

/// Runs a command with bounded time and memory.
fn bounded(world: &Sandbox, folder: &str, command: &str) -> Run {
    let script = format!("ulimit -v {MEMORY}; exec timeout -s KILL {SECONDS} lessonbook {command}");
    world.shell(folder, &script)
}

/// Everything of a repository that a proposal must not touch.
fn rest_of(world: &Sandbox) -> String {
    let script = "git for-each-ref --format='%(refname) %(objectname)' | grep -v refs/heads/lessonbook/; \
                  git rev-parse HEAD; git status --porcelain; ls .git";
    world.shell("app", script).stdout
}

/// Both repositories as they were at first.
fn reset(world: &Sandbox, base: &str) {
    let script = format!(
        "git -C store reset -q --hard; git -C store clean -fdqx; git -C app reset -q --hard {base}; rm -rf app/.git/refs/heads/lessonbook"
    );
    let run = world.shell(".", &script);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn no_damaged_file_makes_the_program_crash_hang_or_write_a_half() {
    let plan = plan_file();
    let world = world();
    let base = world.git("app", &["rev-parse", "HEAD"]);
    let begun = Instant::now();
    for seed in 0..RUNS * rounds() {
        if begun.elapsed() > ROUND * u32::try_from(rounds()).unwrap_or(1) {
            eprintln!("{seed} of {} runs", RUNS * rounds());
            return;
        }
        let mut random = Random::new(seed ^ 0x5eed);
        reset(&world, &base);
        world.write("store/plan.json", &plan);
        let lessons: Vec<&[u8]> = ALL.iter().map(|(_, text)| text.as_bytes()).collect();
        match seed % 5 {
            0 => {
                let (path, text) = random.of(ALL);
                world.write(
                    &format!("store/lessons/{path}.yaml"),
                    mutate(&mut random, text.as_bytes(), &lessons),
                );
            }
            1 => {
                let text = world.read("store/targets.yaml");
                world.write("store/targets.yaml", mutate(&mut random, &text, &lessons));
            }
            2 => world.write(
                "store/templates/always.md.tera",
                mutate(&mut random, TEMPLATE.as_bytes(), &[TEMPLATE.as_bytes()]),
            ),
            3 => {
                let page = random.of(&PAGES).as_bytes();
                world.write("app/CLAUDE.md", mutate(&mut random, page, &[PAGES[4].as_bytes()]));
                world.commit("app", "Damage");
            }
            _ => world.write("store/plan.json", mutate(&mut random, &plan, &[&plan])),
        }
        let writes = [
            "sync --yes",
            "apply plan.json --yes",
            "withdraw secrets --reason x --yes",
        ];
        let command = if random.below(2) == 0 {
            *random.of(&writes)
        } else {
            *random.of(&COMMANDS)
        };
        let (before, store) = (rest_of(&world), world.files("store"));
        let what = format!("case {seed}: {command}");
        let run = bounded(&world, "store", command);
        assert!((0..=5).contains(&run.code), "{what}: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{what}: {run:?}");
        assert_eq!(
            rest_of(&world),
            before,
            "{what}: another reference or file changed"
        );
        let mut changed: Vec<_> = world
            .files("store")
            .into_iter()
            .filter(|(path, bytes)| store.get(path) != Some(bytes))
            .collect();
        // A withdrawal retires the lesson in its file.
        changed.retain(|(path, _)| {
            !(command.starts_with("withdraw") && path.ends_with("lessons/review/secrets.yaml"))
        });
        assert!(changed.is_empty(), "{what}: the store changed: {changed:?}");
        let ours = world.try_git("app", &["rev-parse", "--verify", "--quiet", BRANCH]);
        if ours.status.success() {
            assert!([0, 1, 5].contains(&run.code), "{what}: written, though {run:?}");
            let whole = world.try_git("app", &["fsck", "--strict", "--no-dangling"]);
            assert!(whole.status.success(), "{what}: {whole:?}");
            let parents = world.git("app", &["rev-list", "--count", &format!("main..{BRANCH}")]);
            assert_eq!(parents, "1", "{what}: one commit on the base");
        }
    }
}
