//! `audit` on the real binary: what it shows of a store and of real repositories, and what it fixes.
//!
//! Not here: which faults are found and which are not (`audit_faults`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{Run, Sandbox};

fn lesson(more: &str, rule: &str) -> String {
    format!("title: A lesson\nseverity: medium\n{more}rule: {rule}\nrationale: It went wrong once.\n")
}

/// A store with three lessons that have nothing to say to the shop any more, and one that has.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            ("src/app.ts", "export {}\n"),
            ("package.json", "{ \"scripts\": { \"build\": \"tsc\" } }\n"),
            (
                ".eslintrc.json",
                "{\n  \"rules\": {\n    \"no-console\": \"error\"\n  }\n}\n",
            ),
            ("deploy/web.yaml", "probe:\n  failureThreshold: 1\n"),
        ],
    );
    sandbox.init("store");
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [app]\n",
    );
    let write = |id: &str, text: String| sandbox.write(&format!("store/lessons/web/{id}.yaml"), text);
    write(
        "types",
        lesson("tags: [app]\n", "Run `npm run types` before each commit."),
    );
    write(
        "console",
        lesson("tags: [app]\n", "Never leave `console.log` in committed code."),
    );
    write(
        "review",
        lesson(
            "tags: [app]\nreview_by: 2026-01-01\n",
            "Ask a second person to review changes of prices.",
        ),
    );
    write(
        "mobile",
        lesson(
            "tags: [mobile]\n",
            "Keep the size of the app below the limit of the shop.",
        ),
    );
    write(
        "probe",
        lesson(
            "tags: [app]\nevidence:\n  - ../shop:deploy/web.yaml#L1-L2\n",
            "Give every probe a second chance.",
        ),
    );
    sandbox.commit("store", "First");
    sandbox
}

fn codes(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let run = sandbox.run_in("store", &[&["audit", "--format", "json"], args].concat());
    assert_eq!(run.code, 0, "{run:?}");
    run.codes_and_lessons()
}

#[test]
fn each_finding_shows_the_line_that_proves_it_and_the_command_that_retires_the_lesson() {
    let sandbox = world();
    assert_eq!(
        codes(&sandbox, &[]),
        [
            "command-gone types",
            "evidence-unrecorded probe",
            "linter-enforces console",
            "never-placed mobile",
            "review-overdue review",
        ]
    );
    let run = sandbox.run_in("store", &["audit"]);
    for part in [
        "3 |     \"no-console\": \"error\"",
        "--> ../shop: .eslintrc.json:3:5",
        "lessonbook withdraw console --reason 'ESLint enforces it'",
        "`npm run types` needs the script `types` of a package.json, which does not exist in ../shop",
        "--> lessons/web/types.yaml:4:12",
        "no target receives `mobile`: no target has the tag `mobile`",
        "--> lessons/web/mobile.yaml:3:8",
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
    assert!(
        run.stderr.contains("audit: 4 warnings, 1 note in 5 lessons"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_path_that_is_gone_is_reported_with_the_commit_that_removed_it() {
    let sandbox = world();
    sandbox.write("shop/docs/cli.md", "# Commands\n");
    sandbox.write("shop/docs/api.md", "# API\n");
    sandbox.commit("shop", "Pages");
    for (id, path) in [("cli", "docs/cli.md"), ("never", "docs/install.md")] {
        let rule = format!("Read `{path}` before you change a command.");
        sandbox.write(
            &format!("store/lessons/web/{id}.yaml"),
            lesson("tags: [app]\n", &rule),
        );
    }
    let gone = |sandbox: &Sandbox| {
        let found = codes(sandbox, &[]);
        let gone = found.into_iter().filter(|code| code.starts_with("path-gone"));
        gone.collect::<Vec<_>>()
    };
    assert_eq!(gone(&sandbox), ["path-gone never"]);
    sandbox.git("shop", &["rm", "-q", "docs/cli.md"]);
    sandbox.commit("shop", "Remove the page of commands");
    sandbox.write("shop/src/more.ts", "export {}\n");
    sandbox.commit("shop", "More");
    assert_eq!(gone(&sandbox), ["path-gone cli", "path-gone never"]);
    let removal = sandbox.git("shop", &["log", "-1", "--skip=1", "--format=%h", "--abbrev=7"]);
    let run = sandbox.run_in("store", &["audit"]);
    let expected = format!(
        "`docs/cli.md` no longer exists in ../shop, the only target that receives `cli`; {} removed it on ",
        removal.trim()
    );
    assert!(run.stdout.contains(&expected), "{expected}\n{}", run.stdout);
    let never = "`docs/install.md` does not exist in ../shop, the only target that receives `never`\n";
    assert!(run.stdout.contains(never), "{}", run.stdout);
}

#[test]
fn the_command_of_a_finding_retires_the_lesson_and_the_finding_is_gone() {
    let sandbox = world();
    let run = sandbox.run_in(
        "store",
        &["withdraw", "mobile", "--reason", "no target needs it", "--yes"],
    );
    assert_eq!(run.code, 0, "{run:?}");
    let left = codes(&sandbox, &[]);
    assert!(!left.iter().any(|code| code.ends_with("mobile")), "{left:?}");
}

#[test]
fn warnings_fail_only_with_strict_and_every_format_has_all_findings() {
    let sandbox = world();
    let run = |args: &[&str]| sandbox.run_in("store", &[&["audit"], args].concat());
    assert_eq!((run(&[]).code, run(&["--strict"]).code), (0, 1));
    for (format, parts) in [
        ("markdown", ["# Audit of the lessons", "`never-placed`"]),
        (
            "github",
            [
                "::warning file=lessons/web/mobile.yaml,line=3",
                "title=never-placed",
            ],
        ),
        (
            "sarif",
            ["\"ruleId\": \"never-placed\"", "\"version\": \"2.1.0\""],
        ),
    ] {
        let Run { code, stdout, .. } = run(&["--format", format]);
        assert_eq!(code, 0, "{format}");
        for part in parts {
            assert!(stdout.contains(part), "{format}: {part}\n{stdout}");
        }
    }
}

#[test]
fn fix_writes_hashes_and_moved_lines_and_leaves_what_changed_to_people() {
    let sandbox = world();
    let fix = |expected: &str| {
        let run = sandbox.run_in("store", &["audit", "--fix"]);
        assert!(run.stderr.contains(expected), "{run:?}");
        String::from_utf8(sandbox.read("store/lessons/web/probe.yaml")).unwrap()
    };
    let evidence = |sandbox: &Sandbox| {
        let all = codes(sandbox, &[]);
        all.into_iter().find(|code| code.ends_with("probe"))
    };
    let first = fix("audit: fixed 1 problem");
    assert!(
        first.contains("  - \"../shop:deploy/web.yaml#L1-L2@sha256:"),
        "{first}"
    );
    assert_eq!(evidence(&sandbox), None);
    assert_eq!(fix("audit: fixed 0 problems"), first);

    sandbox.write("shop/deploy/web.yaml", "# web\nprobe:\n  failureThreshold: 1\n");
    sandbox.commit("shop", "A comment");
    assert_eq!(evidence(&sandbox).as_deref(), Some("evidence-moved probe"));
    let moved = fix("audit: fixed 1 problem");
    assert_eq!(moved, first.replace("#L1-L2", "#L2-L3"));

    sandbox.write("shop/deploy/web.yaml", "# web\nprobe:\n  failureThreshold: 5\n");
    sandbox.commit("shop", "More chances");
    assert_eq!(evidence(&sandbox).as_deref(), Some("evidence-changed probe"));
    assert_eq!(fix("audit: fixed 0 problems"), moved);
    assert_eq!(evidence(&sandbox).as_deref(), Some("evidence-changed probe"));
}

#[test]
fn evidence_that_is_no_place_is_an_error_with_the_form() {
    let sandbox = world();
    sandbox.write(
        "store/lessons/web/probe.yaml",
        lesson(
            "tags: [app]\nevidence: [deploy/web.yaml]\n",
            "Give every probe a second chance.",
        ),
    );
    let run = sandbox.run_in("store", &["check"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("TARGET:PATH#Lfirst-Llast"), "{}", run.stdout);
}

#[test]
fn a_target_that_can_not_be_read_leaves_findings_out_and_is_named() {
    let sandbox = world();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [app]\n  ../gone: [app, mobile]\n",
    );
    let run = sandbox.run_in("store", &["audit"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("there is no folder `[DIR]/store/../gone`"),
        "{}",
        run.stderr
    );
    for code in ["never-placed", "command-gone", "linter-enforces"] {
        assert!(!run.stdout.contains(code), "{code}\n{}", run.stdout);
    }
    assert!(run.stdout.contains("review-overdue"), "{}", run.stdout);
}

#[test]
fn with_effect_checks_that_never_found_anything_are_reported() {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    for at in 0..25 {
        sandbox.write(&format!("shop/k8s/app-{at}.yaml"), format!("replicas: {at}\n"));
        sandbox.commit("shop", "One more");
    }
    sandbox.init("store");
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [app]\n",
    );
    let checked = |path: &str, bad: &str| {
        format!(
            "title: A check\nseverity: high\ntags: [app]\npaths: [\"{path}\"]\nrule: Keep {bad} out.\nrationale: It is so.\nbad: |\n  {bad}: 1\n\
             good: |\n  fine: 1\nchecks:\n  - forbid: '{bad}:'\n"
        )
    };
    sandbox.write("store/lessons/k8s/hit.yaml", checked("k8s/*.yaml", "replicas"));
    sandbox.write("store/lessons/k8s/never.yaml", checked("k8s/*.yaml", "hostPort"));
    sandbox.write("store/lessons/k8s/nothing.yaml", checked("**/*.tf", "ingress"));
    sandbox.commit("store", "First");
    let found = codes(&sandbox, &["--effect"]);
    assert!(found.contains(&"check-never-hit never".to_owned()), "{found:?}");
    assert!(found.contains(&"never-exposed nothing".to_owned()), "{found:?}");
    assert!(!found.iter().any(|code| code.ends_with(" hit")), "{found:?}");
    let without = codes(&sandbox, &[]);
    assert!(
        !without.iter().any(|code| code.starts_with("check-never")),
        "{without:?}"
    );
}

#[test]
fn the_site_shows_findings_on_the_pages_of_lessons_and_a_public_one_shows_none() {
    let sandbox = world();
    let run = sandbox.run_in("store", &["site", "--out", "../site"]);
    assert_eq!(run.code, 0, "{run:?}");
    let page = |path: &str| String::from_utf8(sandbox.read(path)).unwrap();
    let lesson = page("site/lessons/console/index.html");
    assert!(
        lesson.contains("<h2 id=\"findings\">") && lesson.contains("linter-enforces"),
        "{lesson}"
    );
    let index = page("site/index.html");
    assert!(index.contains("lessons/console/index.html#findings"), "{index}");
    assert!(
        !page("site/lessons/review/index.html").contains("review-overdue"),
        "a site has no clock"
    );
    let run = sandbox.run_in("store", &["site", "--out", "../public", "--public"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!page("public/index.html").contains("Findings of the audit"));
}
