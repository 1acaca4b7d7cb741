//! Stop everything: each way of pausing on targets on disk, as a person under stress would use and lift it.
//!
//! Input: a store with targets on disk, and a pause. Output: what was said, and that nothing was written. Not here: the pause
//! at the store's home on GitHub (`github_sync/pause.rs`), and workflows (`workflows.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::{Run, Sandbox};

use crate::support;

const LESSON: &str =
    "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\n";
const BRANCH: &str = "lessonbook/acme";

/// A committed store with two targets on disk.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("one", &[("README.md", "# One\n")]);
    sandbox.repository("two", &[("README.md", "# Two\n")]);
    sandbox.repository(
        "store",
        &[
            (
                "targets.yaml",
                "version: 1\nname: acme\nuse: [claude]\ntargets:\n  ../one: [all]\n  ../two: [all]\n",
            ),
            ("lessons/basics/pin.yaml", LESSON),
        ],
    );
    sandbox
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    world.run_in("store", args)
}

fn sync(world: &Sandbox) -> Run {
    run(world, &["sync", "--yes"])
}

/// Which targets have our branch.
fn proposed(world: &Sandbox) -> Vec<&'static str> {
    let has = |name: &&str| !world.git(name, &["branch", "--list", BRANCH]).is_empty();
    ["one", "two"].into_iter().filter(has).collect()
}

#[test]
fn a_file_in_the_store_stops_every_write_and_says_who_why_and_the_way_out() {
    let world = world();
    world.write("store/PAUSE", "A wrong lesson went out,\nsee #41.\n");
    let commit = world.commit("store", "Stop");
    let before = (world.files("one"), world.files("two"));
    let run = sync(&world);
    assert_eq!(run.code, 5, "{run:?}");
    let who = format!("Dana ({} of 2026-01-05)", &commit[..7]);
    let first: Vec<&str> = run.stderr.lines().take(4).collect();
    assert_eq!(
        first,
        [
            "paused: A wrong lesson went out, see #41.",
            &format!("  who: {who}, by the file [DIR]/store/PAUSE"),
            "  effect: nothing is written to any target",
            "  to lift it: delete the file [DIR]/store/PAUSE, and commit the deletion if the file was committed",
        ],
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("../one"), "the plan is shown: {}", run.stdout);
    let line =
        format!("deferred ../one: left for the next run: paused by {who}: A wrong lesson went out, see #41.");
    assert!(run.stdout.contains(&line), "{}", run.stdout);
    assert_eq!((world.files("one"), world.files("two")), before);

    world.git("store", &["rm", "--quiet", "PAUSE"]);
    world.commit("store", "Go on");
    assert_eq!(sync(&world).code, 0);
    assert_eq!(proposed(&world), ["one", "two"]);
    world.write("store/PAUSE", "");
    let run = sync(&world);
    assert_eq!(run.code, 0, "nothing is pending, so nothing waits: {run:?}");
    assert!(
        run.stderr.starts_with("paused: no reason is given\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn who_paused_is_the_last_who_touched_the_file_or_nobody_who_committed_it() {
    let world = world();
    let who = |world: &Sandbox| {
        let said = sync(world).stderr;
        let line = said.lines().nth(1).unwrap().trim_start().to_owned();
        line.split(", by ").next().unwrap().to_owned()
    };
    world.write("store/PAUSE", "One.\n");
    assert_eq!(who(&world), "who: a person who did not commit it");
    world.commit("store", "Stop");
    world.write("store/PAUSE", "Two.\n");
    world.git("store", &["add", "."]);
    world.git(
        "store",
        &[
            "commit",
            "--quiet",
            "-m",
            "Why",
            "--author",
            "Kim <kim@example.com>",
        ],
    );
    let touched = world.git("store", &["rev-parse", "HEAD"]);
    world.write("store/notes.md", "later\n");
    world.commit("store", "Something else");
    let kim = format!("who: Kim ({} of 2026-01-05)", &touched[..7]);
    assert_eq!(who(&world), kim);
    // A merge that only carries it along did not touch it.
    world.git(
        "store",
        &["checkout", "--quiet", "-b", "side", &format!("{touched}^")],
    );
    world.git("store", &["rm", "--quiet", "PAUSE"]);
    world.commit("store", "Other");
    world.git("store", &["checkout", "--quiet", "main"]);
    world.git(
        "store",
        &["merge", "--quiet", "--strategy=ours", "-m", "Merge", "side"],
    );
    assert_eq!(who(&world), kim);
    world.write("store/PAUSE", "Three.\n");
    assert_eq!(who(&world), "who: a person who did not commit it");
    std::fs::remove_dir_all(world.path("store/.git")).unwrap();
    assert!(who(&world).starts_with("who: an unknown person (the store is not in a git repository)"));
}

#[test]
fn a_shallow_clone_does_not_name_the_wrong_person() {
    let world = world();
    world.write("store/PAUSE", "Stop.\n");
    world.commit("store", "Stop");
    world.write("store/notes.md", "later\n");
    world.git("store", &["add", "."]);
    world.git(
        "store",
        &[
            "commit",
            "--quiet",
            "-m",
            "Later",
            "--author",
            "Kim <kim@example.com>",
        ],
    );
    let url = format!("file://{}", world.path("store").display());
    world.git(".", &["clone", "--quiet", "--depth", "1", &url, "clone"]);
    let run = world.run_in("clone", &["sync", "--yes"]);
    assert_eq!(run.code, 5, "{run:?}");
    assert!(
        run.stderr
            .contains("who: an unknown person (the repository's history is cut off"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_variable_stops_every_write_unless_it_says_no() {
    let world = world();
    let with = |value: &str| world.run_with("store", &["sync", "--yes"], &[("LESSONBOOK_PAUSE", value)]);
    let run = with("release week");
    assert_eq!((run.code, proposed(&world)), (5, vec![]), "{run:?}");
    assert!(run.stderr.starts_with("paused: release week\n"), "{}", run.stderr);
    assert!(
        run.stderr.contains("by the variable LESSONBOOK_PAUSE\n")
            && run.stderr.contains("to lift it: unset LESSONBOOK_PAUSE\n"),
        "{}",
        run.stderr
    );
    let in_workflow = [("LESSONBOOK_PAUSE", "1"), ("GITHUB_ACTIONS", "true")];
    let run = world.run_with("store", &["sync", "--yes"], &in_workflow);
    assert_eq!((run.code, proposed(&world)), (5, vec![]), "{run:?}");
    assert!(
        run.stderr
            .contains("by the repository variable LESSONBOOK_PAUSE\n")
            && run.stderr.contains("`gh variable delete LESSONBOOK_PAUSE`"),
        "{}",
        run.stderr
    );
    assert_eq!(with("0").code, 0);
    assert_eq!(proposed(&world), ["one", "two"]);
}

#[test]
fn what_only_reads_works_and_says_first_that_it_is_paused() {
    let world = world();
    world.write("store/PAUSE", "Stop.\n");
    for args in [
        &["plan"][..],
        &["status"],
        &["coverage"],
        &["sync", "--yes"],
        &["plan", "-q"],
    ] {
        let said = run(&world, args);
        assert!(
            said.stderr.starts_with("paused: Stop.\n"),
            "{args:?}: {}",
            said.stderr
        );
        assert!(said.stdout.contains("../one"), "{args:?}: {}", said.stdout);
        let json = run(&world, &[args, &["--format", "json"]].concat());
        let page: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(page["paused"]["why"], "Stop.", "{args:?}");
        assert_eq!(page["paused"]["by"], "file", "{args:?}");
    }
    let check = run(&world, &["check"]);
    assert_eq!(check.code, 0);
    assert!(
        check.stdout.contains("note[paused]: ") && check.stdout.contains("PAUSE"),
        "{}",
        check.stdout
    );
    // A folder that the user names is no target of anybody's.
    assert_eq!(run(&world, &["render", "../one", "--out", "../out"]).code, 0);
    assert!(world.path("out/CLAUDE.md").is_file());
    assert_eq!(proposed(&world), [""; 0]);
}

#[test]
fn nobody_is_asked_while_nothing_can_be_written() {
    let world = world();
    world.write("store/PAUSE", "Stop.\n");
    let run = run(&world, &["sync"]);
    assert_eq!(run.code, 5, "{run:?}");
    assert!(!run.stderr.contains("no terminal"), "{}", run.stderr);
}

#[test]
fn a_pause_that_cannot_be_read_pauses_all_the_same() {
    let world = world();
    std::fs::create_dir(world.path("store/PAUSE")).unwrap();
    let run = sync(&world);
    assert_eq!((run.code, proposed(&world)), (5, vec![]), "{run:?}");
    assert!(
        run.stderr.starts_with("paused: PAUSE is not a regular file\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_pause_in_the_commit_that_is_read_counts_too() {
    let world = world();
    world.write("store/PAUSE", "Stop.\n");
    let commit = world.commit("store", "Stop");
    world.git("store", &["rm", "--quiet", "PAUSE"]);
    world.commit("store", "Go on");
    let run = run(&world, &["sync", "--yes", "--from-commit", &commit]);
    assert_eq!((run.code, proposed(&world)), (5, vec![]), "{run:?}");
    let place = format!(
        "Dana ({} of 2026-01-05), by the file PAUSE in the commit {commit}",
        &commit[..7]
    );
    assert!(run.stderr.contains(&place), "{}", run.stderr);
    assert_eq!(sync(&world).code, 0);
}

/// What there is, the reason that is shown, and how it is made.
#[cfg(unix)]
type Case<'a> = (&'a str, &'a str, Box<dyn Fn() + 'a>);

/// Whatever has the name pauses at once, and of a file outside the store nothing is shown.
#[cfg(unix)]
#[test]
fn a_link_a_pipe_and_what_no_person_wrote_pause_and_show_no_content() {
    use std::os::unix::fs::symlink;
    let world = world();
    world.write("secret.txt", "token = TOPSECRET\n");
    let pause = world.path("store/PAUSE");
    let link = |to: &str| symlink(to, &pause).unwrap();
    let fifo = || {
        let made = std::process::Command::new("mkfifo").arg(&pause).status();
        assert!(made.unwrap().success());
    };
    let cases: [Case<'_>; 8] = [
        ("a link", LINK, Box::new(|| link("../secret.txt"))),
        ("a link to a device", LINK, Box::new(|| link("/dev/zero"))),
        ("a link to nothing", LINK, Box::new(|| link("../nowhere"))),
        ("a link to itself", LINK, Box::new(|| link("PAUSE"))),
        ("a link to a folder", LINK, Box::new(|| link("lessons"))),
        ("a pipe", "PAUSE is not a regular file", Box::new(fifo)),
        (
            "a large file",
            "the file is too large to be shown",
            Box::new(|| world.write("store/PAUSE", "TOPSECRET ".repeat(1_000_000))),
        ),
        (
            "a binary file",
            "the file is not text",
            Box::new(|| world.write("store/PAUSE", b"TOPSECRET\0\x01")),
        ),
    ];
    for (what, why, make) in cases {
        make();
        for args in [&["sync", "--yes"][..], &["plan", "--format", "json"], &["status"]] {
            let run = run(&world, args);
            assert!(
                run.stderr.starts_with(&format!("paused: {why}\n")),
                "{what}: {run:?}"
            );
            assert!(!format!("{run:?}").contains("TOPSECRET"), "{what}: {run:?}");
        }
        assert_eq!(proposed(&world), [""; 0], "{what}");
        std::fs::remove_file(&pause).unwrap();
    }
    assert_eq!(sync(&world).code, 0);
    assert_eq!(proposed(&world), ["one", "two"]);
}

#[cfg(unix)]
const LINK: &str = "PAUSE is a symbolic link, which is not followed";

#[cfg(unix)]
#[test]
fn a_link_in_the_commit_that_is_read_pauses_and_shows_no_content() {
    let world = world();
    world.write("secret.txt", "token = TOPSECRET\n");
    std::os::unix::fs::symlink("../secret.txt", world.path("store/PAUSE")).unwrap();
    let commit = world.commit("store", "Stop");
    world.git("store", &["rm", "--quiet", "PAUSE"]);
    world.commit("store", "Go on");
    let run = run(&world, &["sync", "--yes", "--from-commit", &commit]);
    assert_eq!((run.code, proposed(&world)), (5, vec![]), "{run:?}");
    assert!(run.stderr.starts_with(&format!("paused: {LINK}\n")), "{run:?}");
    assert!(!format!("{run:?}").contains("secret.txt"), "{run:?}");
}

#[test]
fn a_reason_that_holds_a_secret_is_shown_without_it() {
    let world = world();
    let secret = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    world.write("store/PAUSE", format!("Revoke {secret} first.\n"));
    let run = sync(&world);
    assert!(run.stderr.starts_with("paused: Revoke ghp_****"), "{run:?}");
    assert!(!format!("{run:?}").contains(&secret[6..]), "{run:?}");
}
