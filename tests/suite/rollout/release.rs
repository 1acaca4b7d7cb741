//! `open` puts one line into `targets.yaml` and leaves every other byte as it is.

use crate::support::{Run, Sandbox};

const HEAD: &str =
    "version: 1\nname: acme\nrollout: { canary: [\"./a\"] }\ntargets:\n  ./a: [all]\n  ./b: [all]\n";

fn store(more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("targets.yaml", format!("{HEAD}{more}"));
    for id in ["pin", "logs"] {
        let text = "title: T\nseverity: high\ntags: [all]\nrule: Do it.\nrationale: It bites.\n";
        sandbox.write(&format!("lessons/basics/{id}.yaml"), text);
    }
    sandbox
}

fn open(sandbox: &Sandbox, lesson: &str) -> Run {
    sandbox.run(&[
        "release",
        lesson,
        "--reason",
        "tried: by hand, twice",
        "--by",
        "dana",
    ])
}

/// The line for a lesson; both have the same words, so they have the same version.
fn entry(sandbox: &Sandbox, lesson: &str) -> String {
    let run = open(sandbox, lesson);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let at = run.stdout.find('{').unwrap();
    run.stdout[at..].trim_end().to_owned()
}

#[test]
fn an_entry_comes_last_and_every_other_byte_stays() {
    let old = "{ lesson: logs, version: \"000000\", reason: x, by: d }";
    let details: [(&str, &str, &str); 6] = [
        ("", "open:\n  - ", "\n"),
        ("open: []\n# End.\n", "open: [", "]\n# End.\n"),
        (&format!("open: [{old}]\n"), &format!("open: [{old}, "), "]\n"),
        (
            &format!("open: # by hand\n  - {old}\n\n# More.\nlibrary_tags: [x]\n"),
            &format!("open: # by hand\n  - {old}\n  - "),
            "\n\n# More.\nlibrary_tags: [x]\n",
        ),
        (
            "open:\n- lesson: logs\n  version: \"000000\"\n  reason: x\n  by: d\nlibrary_tags: [x]\n",
            "open:\n- lesson: logs\n  version: \"000000\"\n  reason: x\n  by: d\n- ",
            "\nlibrary_tags: [x]\n",
        ),
        ("library_tags: [x]", "library_tags: [x]\nopen:\n  - ", "\n"),
    ];
    for (before, start, end) in details {
        let sandbox = store(before);
        let entry = entry(&sandbox, "pin");
        assert!(entry.contains("\"tried: by hand, twice\""), "{entry}");
        let text = String::from_utf8(sandbox.read("targets.yaml")).unwrap();
        assert_eq!(text, format!("{HEAD}{start}{entry}{end}"));
        // Once is enough.
        let again = open(&sandbox, "pin");
        assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
        assert_eq!(String::from_utf8(sandbox.read("targets.yaml")).unwrap(), text);
    }
}

#[test]
fn carriage_returns_stay() {
    let sandbox = store("");
    sandbox.write("targets.yaml", HEAD.replace('\n', "\r\n"));
    let entry = entry(&sandbox, "pin");
    let text = String::from_utf8(sandbox.read("targets.yaml")).unwrap();
    assert_eq!(
        text,
        HEAD.replace('\n', "\r\n") + &format!("open:\r\n  - {entry}\r\n")
    );
}

#[test]
fn a_list_that_is_written_in_another_way_is_left_alone_and_the_line_is_said() {
    let sandbox = store("open: [\n  { lesson: logs, version: \"000000\", reason: x, by: d },\n]\n");
    let before = sandbox.read("targets.yaml");
    let run = open(&sandbox, "pin");
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(
        run.stderr
            .contains("add this line by hand to the list `open`: { lesson: pin, version: "),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.read("targets.yaml"), before);
}

#[test]
fn what_makes_no_sense_is_wrong_use() {
    let sandbox = store("");
    for (args, said) in [
        (
            ["release", "pim", "--reason", "x", "--by", "d"],
            "did you mean `pin`?",
        ),
        (
            ["release", "pin", "--reason", " ", "--by", "d"],
            "--reason is empty",
        ),
    ] {
        let run = sandbox.run(&args);
        assert!(run.code == 2 && run.stderr.contains(said), "{}", run.stderr);
    }
    sandbox.write(
        "targets.yaml",
        HEAD.replace("rollout: { canary: [\"./a\"] }\n", ""),
    );
    let run = open(&sandbox, "pin");
    assert!(
        run.code == 2 && run.stderr.contains("no `rollout`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_dry_run_prints_and_writes_nothing() {
    let sandbox = store("");
    let run = sandbox.run(&["release", "pin", "--reason", "x", "--by", "d", "--dry-run"]);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.starts_with(HEAD) && run.stdout.contains("by: d }"),
        "{}",
        run.stdout
    );
    assert_eq!(String::from_utf8(sandbox.read("targets.yaml")).unwrap(), HEAD);
}
