//! `incident` on the real binary: one more entry in a lesson's file, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{Run, Sandbox};

const FILE: &str = "store/lessons/k8s/probe.yaml";
const LESSON: &str = "# A comment of ours.\ntitle: Probes\nseverity: high # for now\ntags: [k8s]\nrule: Do it.\nrationale: It is so.\n\
     incidents:\n  # The first one.\n  - { date: 2026-01-02, summary: An outage }\n\nowner: dana\n";

fn world(lesson: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  acme/shop: [k8s]\n",
    );
    sandbox.write(FILE, lesson);
    sandbox
}

fn incident(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_with(
        "store",
        &[&["incident"], args].concat(),
        &[("LESSONBOOK_TODAY", "2026-06-01")],
    )
}

#[test]
fn an_entry_is_added_and_comments_and_layout_are_kept() {
    let sandbox = world(LESSON);
    let args = [
        "probe",
        "--date",
        "2026-05-04",
        "--repository",
        "acme/shop",
        "--summary",
        "All pods: restarted\nat once",
    ];
    let dry = incident(&sandbox, &[&args[..], &["--dry-run"]].concat());
    assert_eq!(
        (dry.code, sandbox.read(FILE)),
        (0, LESSON.as_bytes().to_vec()),
        "{dry:?}"
    );
    let run = incident(&sandbox, &args);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        "incident  lessons/k8s/probe.yaml: 2026-05-04 acme/shop\n"
    );
    let entry =
        "  - date: 2026-05-04\n    repository: acme/shop\n    summary: \"All pods: restarted at once\"\n";
    let expected = LESSON.replace("An outage }\n", &format!("An outage }}\n{entry}"));
    assert_eq!(
        (String::from_utf8(sandbox.read(FILE)).unwrap(), dry.stdout),
        (expected.clone(), expected.clone())
    );
    // The same incident again changes nothing.
    let again = incident(&sandbox, &args);
    assert!(
        again.code == 0 && again.stderr.contains("has this incident already"),
        "{again:?}"
    );
    assert_eq!(sandbox.read(FILE), expected.into_bytes());
    assert_eq!(sandbox.run_in("store", &["check"]).code, 0);
}

#[test]
fn what_can_t_be_right_or_can_t_be_written_is_refused_with_a_way_out() {
    let sandbox = world(LESSON);
    let with = |date: &str, summary: &str, lesson: &str| {
        incident(&sandbox, &[lesson, "--date", date, "--summary", summary])
    };
    for (run, words) in [
        (
            with("2026-06-02", "x", "probe"),
            "--date 2026-06-02 is after today",
        ),
        (with("soon", "x", "probe"), "YYYY-MM-DD"),
        (with("2026-05-04", " ", "probe"), "--summary is empty"),
        (with("2026-05-04", "x", "prob"), "did you mean `probe`?"),
    ] {
        assert!(run.code == 2 && run.stderr.contains(words), "{words}: {run:?}");
    }
    let hidden = with("2026-05-04", "An out\u{200b}age", "probe");
    assert!(
        hidden.code == 2 && hidden.stderr.contains("would add a problem to the store"),
        "{hidden:?}"
    );
    assert_eq!(sandbox.read(FILE), LESSON.as_bytes());
    let sandbox =
        world("{ title: Probes, severity: high, tags: [k8s], rule: Do it., rationale: It is so. }\n");
    let run = incident(&sandbox, &["probe", "--date", "2026-05-04", "--summary", "x"]);
    assert!(
        run.code == 2 && run.stderr.contains("add these lines by hand"),
        "{run:?}"
    );
}
