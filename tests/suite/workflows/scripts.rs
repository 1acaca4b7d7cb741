//! The action's scripts with the real binary, as a job runs them.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Run, Sandbox};

const ACTION: &str = env!("CARGO_MANIFEST_DIR");

#[allow(clippy::print_stdout)] // a skipped test says so
fn missing(program: &str) -> bool {
    let is = std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_ok();
    if !is {
        println!("skipped: there is no {program}");
    }
    !is
}

struct Job {
    sandbox: Sandbox,
}

impl Job {
    /// A new store whose sample lesson is active.
    fn store(&self) {
        assert_eq!(self.sandbox.run(&["init", "store"]).code, 0);
        let file = "store/lessons/delivery/run-the-tests.yaml";
        let lesson = String::from_utf8(self.sandbox.read(file)).unwrap();
        assert!(lesson.contains("status: draft"), "{lesson}");
        self.sandbox
            .write(file, lesson.replace("status: draft", "status: active"));
    }

    /// A job whose scripts can run; none if one of these programs is missing.
    fn with(programs: &[&str]) -> Option<Self> {
        let is_runnable = !programs.iter().any(|program| missing(program));
        is_runnable.then(Job::new)
    }

    fn new() -> Self {
        let sandbox = Sandbox::new();
        for file in ["outputs", "summary.md", "path"] {
            sandbox.write(&format!("runner/{file}"), "");
        }
        Job { sandbox }
    }

    /// Runs one of the scripts with these variables.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Run {
        let at = |path: &str| self.sandbox.path(path).display().to_string();
        let mut text = format!(
            "export ACTION_PATH='{ACTION}' RUNNER_TEMP='{}' GITHUB_OUTPUT='{}' GITHUB_STEP_SUMMARY='{}' GITHUB_PATH='{}'\n",
            at("runner"),
            at("runner/outputs"),
            at("runner/summary.md"),
            at("runner/path"),
        );
        for (name, value) in variables {
            text.push_str(&format!("export {name}='{value}'\n"));
        }
        text.push_str(&format!("bash '{ACTION}/.github/action/{script}.sh'\n"));
        self.sandbox.shell(".", &text)
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.sandbox.read(path)).unwrap()
    }

    /// A program of this name that writes down its arguments, one a line, and prints this.
    fn stand_in(&self, name: &str, prints: &str, code: i32) -> String {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{}'\ncat <<'END'\n{prints}\nEND\nexit {code}\n",
            self.sandbox.path("runner/arguments").display()
        );
        self.sandbox.write(&format!("bin/{name}"), script);
        let path = self.sandbox.path(&format!("bin/{name}"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let rest = std::env::var("PATH").unwrap_or_default();
        format!("{}:{rest}", self.sandbox.path("bin").display())
    }
}

#[test]
fn a_plan_becomes_counts_a_file_and_a_page() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    let plan = [
        ("ACTION_COMMAND", "plan"),
        ("ACTION_STORE", "store"),
        ("ACTION_TARGETS", "../sh*"),
    ];
    let run = job.run("run", &plan);
    assert_eq!(run.code, 0, "{run:?}");
    let outputs = job.text("runner/outputs");
    for line in [
        "exit-code=0",
        "targets=1",
        "pending=1",
        "failed=0",
        "errors=0",
        r#"counts={"stale":1}"#,
    ] {
        assert!(outputs.lines().any(|said| said == line), "{line}: {outputs}");
    }
    let json = outputs
        .lines()
        .find_map(|line| line.strip_prefix("json="))
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["targets"][0]["target"]["name"], "../shop");
    let page = job.text("runner/summary.md");
    assert!(
        page.starts_with(
            "## lessonbook plan\n\nStore `store`. 1 target, 0 failed, 0 errors, 0 warnings; exit code 0.\n"
        ),
        "{page}"
    );
    let placed = |side: &str| &json["targets"][0]["proof"]["coverage"]["counts"][side];
    let (required, proposed) = (placed("required"), placed("proposed"));
    let row = format!("\n| `../shop` | stale | 0 of {required} | {proposed} of {required} | ");
    assert!(
        required.as_u64() > Some(0) && page.contains(&row),
        "{row}: {page}"
    );
}

#[test]
fn a_target_that_fails_ends_the_step_and_stands_in_the_page_with_a_way_out() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    std::fs::remove_dir_all(job.sandbox.path("shop")).unwrap();
    let run = job.run("run", &[("ACTION_COMMAND", "plan"), ("ACTION_STORE", "store")]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("title=target-missing::"), "{}", run.stdout);
    assert!(job.text("runner/outputs").contains("\nfailed=1\n"));
    let page = job.text("runner/summary.md");
    assert!(
        page.contains(" `target-missing` ") && page.contains("correct the path"),
        "{page}"
    );
}

#[test]
fn a_sync_keeps_a_record_and_says_where() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    let sync = [
        ("ACTION_COMMAND", "sync"),
        ("ACTION_STORE", "store"),
        ("GITHUB_ACTOR", "kim"),
    ];
    let run = job.run("run", &sync);
    assert_eq!(run.code, 0, "{run:?}");
    let outputs = job.text("runner/outputs");
    let log = outputs
        .lines()
        .find_map(|line| line.strip_prefix("log="))
        .unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.contains(r#""event":"write","target":"../shop","what":"create-branch""#)
            && log.contains(r#""actor":"kim""#),
        "{log}"
    );
    let job = Job::new();
    job.store();
    job.run("run", &[("ACTION_COMMAND", "plan"), ("ACTION_STORE", "store")]);
    assert!(
        !job.text("runner/outputs").contains("log="),
        "what only reads has none"
    );
}

#[test]
fn a_site_leaves_out_what_not_everyone_may_read_unless_the_workflow_says_otherwise() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    job.sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nuse: [claude]\ntargets:\n  ../shop: { visibility: private }\n",
    );
    let site = |folder: &str, public: &str| {
        let out = job.sandbox.path(folder).display().to_string();
        let run = job.run(
            "run",
            &[
                ("ACTION_COMMAND", "site"),
                ("ACTION_STORE", "store"),
                ("ACTION_OUT", &out),
                ("ACTION_PUBLIC", public),
                ("ACTION_URL", "https://acme.github.io/lessons"),
            ],
        );
        (run.code, run.stdout + &run.stderr)
    };
    for (public, is_named) in [("", false), ("true", false), ("false", true)] {
        let folder = format!("site-{public}");
        let (code, output) = site(&folder, public);
        assert_eq!(code, 0, "{output}");
        let page = job.text(&format!("{folder}/targets/index.html"));
        assert_eq!(page.contains("shop"), is_named, "{public}: {page}");
    }
    let page = job.text("runner/summary.md");
    assert!(
        page.contains("## lessonbook site\n\nStore `acme`. ")
            && page.contains(" pages, ")
            && !page.contains("failed"),
        "{page}"
    );
    let (code, output) = site("other", "maybe");
    assert!(
        code == 2 && output.contains("public is true or false"),
        "{output}"
    );
    let plan = [
        ("ACTION_COMMAND", "plan"),
        ("ACTION_STORE", "store"),
        ("ACTION_PUBLIC", "true"),
    ];
    let run = job.run("run", &plan);
    assert!(
        run.code == 2 && run.stdout.contains("`plan` takes no input `public`"),
        "{run:?}"
    );
    let run = job.run("run", &[("ACTION_COMMAND", "site"), ("ACTION_STORE", "store")]);
    assert!(run.code == 2 && run.stdout.contains("the input `out`"), "{run:?}");
}

/// Runs a command of the action in the store, where only readers of this repository see the summary.
fn in_store(job: &Job, command: &str, visibility: &str, more: &[(&str, &str)]) -> Run {
    job.sandbox.write("runner/summary.md", "");
    job.sandbox.write("runner/outputs", "");
    let given = [
        ("ACTION_COMMAND", command),
        ("ACTION_STORE", "store"),
        ("LESSONBOOK_STORE_VISIBILITY", visibility),
    ];
    job.run("run", &[&given[..], more].concat())
}

#[test]
fn an_audit_lists_its_findings_where_not_everyone_can_read_them() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    job.sandbox.write(
        "store/lessons/delivery/mobile.yaml",
        "title: Mobile\nseverity: medium\ntags: [mobile]\nrule: Keep the app small.\nrationale: It bites.\n",
    );
    let run = in_store(&job, "audit", "private", &[]);
    assert_eq!(run.code, 0, "{run:?}");
    let page = job.text("runner/summary.md");
    assert!(
        page.starts_with("## lessonbook audit\n\nStore `store`. 2 lessons, 0 errors, "),
        "{page}"
    );
    assert!(page.contains("`never-placed`"), "{page}");
    let run = in_store(&job, "audit", "public", &[("ACTION_STRICT", "true")]);
    assert_eq!(run.code, 1, "a warning fails a strict audit: {run:?}");
    let page = job.text("runner/summary.md");
    assert!(
        page.contains("2 lessons, 0 errors, ") && !page.contains("never-placed"),
        "{page}"
    );
}

#[test]
fn effect_is_reported_at_once_or_in_parts_that_are_brought_together() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    let run = in_store(&job, "effect", "private", &[]);
    assert_eq!(run.code, 0, "{run:?}");
    let whole = job.text("runner/summary.md");
    assert!(
        whole.contains("1 lesson in 1 target") && whole.contains("`../shop`"),
        "{whole}"
    );
    assert!(job.text("runner/outputs").contains("markdown="), "{run:?}");
    let part = job.sandbox.path("parts/one/part.json").display().to_string();
    std::fs::create_dir_all(job.sandbox.path("parts/one")).unwrap();
    let run = in_store(&job, "effect", "private", &[("ACTION_OUT", &part)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(job.text("runner/summary.md"), "", "a part is no report");
    let parts = job.sandbox.path("parts").display().to_string();
    let run = in_store(&job, "effect", "private", &[("ACTION_FROM", &parts)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(job.text("runner/summary.md"), whole);
    in_store(&job, "effect", "public", &[("ACTION_FROM", &parts)]);
    let page = job.text("runner/summary.md");
    assert!(
        page.contains("1 lesson in 1 target") && !page.contains("shop"),
        "{page}"
    );
    let run = in_store(&job, "effect", "private", &[("ACTION_FROM", "runner")]);
    assert!(
        run.code == 2 && run.stdout.contains("holds no JSON file"),
        "{run:?}"
    );
    let run = in_store(&job, "plan", "private", &[("ACTION_CLONES", "clones")]);
    assert!(
        run.code == 2 && run.stdout.contains("`plan` takes no input `clones`"),
        "{run:?}"
    );
}

#[test]
fn a_plan_may_be_shared_only_where_everyone_who_reads_it_may() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    let write = |visibility: &str| {
        let targets = format!(
            "version: 1\nname: acme\nuse: [claude]\ntargets:\n  ../shop: {{ visibility: {visibility} }}\n"
        );
        job.sandbox.write("store/targets.yaml", targets);
    };
    write("private");
    let file = job.sandbox.path("plan.json").display().to_string();
    let plan = [
        ("ACTION_COMMAND", "plan"),
        ("ACTION_STORE", "store"),
        ("ACTION_PLAN_FILE", file.as_str()),
    ];
    // Whether its file may become an artifact: only where everyone who can read that may read the targets, too.
    let shareable = |variables: &[(&str, &str)]| {
        job.sandbox.write("runner/outputs", "");
        assert_eq!(job.run("run", &[&plan[..], variables].concat()).code, 0);
        let outputs = job.text("runner/outputs");
        let line = outputs.lines().find_map(|line| line.strip_prefix("shareable="));
        line.map(str::to_owned)
    };
    assert_eq!(shareable(&[]).as_deref(), Some("false"));
    for (visibility, is) in [
        ("private", "true"),
        ("internal", "false"),
        ("public", "false"),
        ("odd", "false"),
    ] {
        let said = shareable(&[("LESSONBOOK_STORE_VISIBILITY", visibility)]);
        assert_eq!(said.as_deref(), Some(is), "{visibility}");
    }
    // GitHub is asked where the event does not say it; its answer counts, and no answer is public.
    let asked = [
        ("ACTION_JOB_TOKEN", "ghs_job"),
        ("GITHUB_API_URL", "https://api.example"),
        ("GITHUB_REPOSITORY", "acme/store"),
    ];
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_lessonbook"));
    let stands = job.stand_in("curl", r#"{"visibility":"private"}"#, 0);
    let path = format!("{}:{stands}", program.parent().unwrap().display());
    let asked = [&asked[..], &[("PATH", path.as_str())]].concat();
    assert_eq!(shareable(&asked).as_deref(), Some("true"));
    let sent = job.text("runner/arguments");
    assert!(
        sent.contains("https://api.example/repos/acme/store") && !sent.contains("ghs_job"),
        "{sent}"
    );
    job.stand_in("curl", "", 22);
    assert_eq!(shareable(&asked).as_deref(), Some("false"));
    write("public");
    assert_eq!(shareable(&[]).as_deref(), Some("true"));
}

#[test]
fn a_plan_is_handed_over_and_that_very_plan_is_applied() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    for name in ["shop", "bank"] {
        job.sandbox.repository(name, &[("CLAUDE.md", "# Mine\n")]);
    }
    job.store();
    let targets = "version: 1\nname: acme\nuse: [claude]\ntargets:\n  ../shop: { tags: [review], visibility: private }\n  ../bank: [review]\n";
    job.sandbox.write("store/targets.yaml", targets);
    let lesson = "title: T\nseverity: critical\ntags: [review]\nrule: Keep it simple.\nrationale: R.\n";
    std::fs::remove_dir_all(job.sandbox.path("store/lessons")).unwrap();
    job.sandbox.write("store/lessons/review/simple.yaml", lesson);
    let file = job.sandbox.path("runner/plan.json").display().to_string();
    let plan = [
        ("ACTION_COMMAND", "plan"),
        ("ACTION_STORE", "store"),
        ("ACTION_PLAN_FILE", &file),
    ];
    let run = job.run("run", &plan);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        job.text("runner/outputs")
            .contains(&format!("\nplan-file={file}\n"))
    );
    let page = job.text("runner/summary.md");
    assert!(
        page.starts_with("## Plan of `acme`\n") && page.contains("+Keep it simple.")
            || page.contains("Keep it simple"),
        "{page}"
    );
    // Nobody said that the repository is private: of a private target the page has the name.
    assert!(
        page.contains("| `../shop` | stale |  | not public |  |") && !page.contains("<code>../shop</code>"),
        "{page}"
    );
    assert!(
        page.contains("<summary><code>../bank</code>: stale</summary>"),
        "{page}"
    );
    job.sandbox.write("runner/summary.md", "");
    let private = [&plan[..], &[("ACTION_PRIVATE", "true")]].concat();
    assert_eq!(job.run("run", &private).code, 0);
    assert!(job.text("runner/summary.md").contains("<code>../shop</code>"));

    job.sandbox.write("bank/CLAUDE.md", "# All mine\n");
    job.sandbox.commit("bank", "Mine");
    job.sandbox.write("store/lessons/review/simple.yaml", "no lesson");
    job.sandbox.write("runner/summary.md", "");
    let apply = [
        ("ACTION_COMMAND", "apply"),
        ("ACTION_STORE", "store"),
        ("ACTION_PLAN_FILE", &file),
    ];
    let run = job.run("run", &apply);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .contains("::warning title=lessonbook apply::some targets changed"),
        "{}",
        run.stdout
    );
    assert!(job.text("runner/outputs").contains("\nexit-code=4\n"));
    let page = job.text("runner/summary.md");
    assert!(
        page.contains("| `../bank` | stale, stale |") && page.contains("`CLAUDE.md changed since the plan: "),
        "{page}"
    );
    assert_ne!(
        job.sandbox.git("shop", &["branch", "--list", "lessonbook/acme"]),
        ""
    );
    assert_eq!(job.sandbox.git("bank", &["branch", "--list", "lessonbook/*"]), "");

    let run = job.run("run", &[("ACTION_COMMAND", "apply")]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.contains("takes a saved plan: the input `plan-file`"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_pause_writes_nothing_ends_no_step_and_stands_on_the_page() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    let paused = [
        ("ACTION_COMMAND", "sync"),
        ("ACTION_STORE", "store"),
        ("LESSONBOOK_PAUSE", "see | #41"),
        ("GITHUB_ACTIONS", "true"),
    ];
    let run = job.run("run", &paused);
    assert_eq!(run.code, 0, "{run:?}");
    let outputs = job.text("runner/outputs");
    for line in ["exit-code=5", "deferred=1", "failed=0"] {
        assert!(outputs.lines().any(|said| said == line), "{line}: {outputs}");
    }
    let page = job.text("runner/summary.md");
    assert!(
        page.contains(
            "\n**Paused**, so nothing is written: `see \\| #41`, by `someone who may set variables"
        ),
        "{page}"
    );
    assert_eq!(job.sandbox.git("shop", &["branch", "--list", "lessonbook/*"]), "");
}

#[test]
fn a_pull_request_that_adds_a_forbidden_place_fails_with_an_annotation() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    let checks = "version: 1\nstore: acme\nhome: acme/guardrails\nlessons:\n  - id: no-todo\n    title: Finish it\n    \
                      severity: high\n    rule: Leave no TODO behind.\n    checks:\n      - forbid: TODO\n        paths: [\"**/*.py\"]\n";
    let files = [(".lessonbook/acme.checks.yaml", checks), ("a.py", "# TODO\n")];
    job.sandbox.repository("checked", &files);
    job.sandbox.git("checked", &["checkout", "--quiet", "-b", "fix"]);
    job.sandbox.write("checked/b.py", "\n# TODO\n");
    job.sandbox.commit("checked", "More to do");
    let variables = [
        ("ACTION_COMMAND", "lint"),
        ("ACTION_STORE", "checked"),
        ("ACTION_BASE", "main"),
    ];
    let run = job.run("run", &variables);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stdout.contains("::error file=checked/b.py,line=2,"),
        "{run:?}"
    );
    let page = job.text("runner/summary.md");
    assert!(
        page.starts_with("## lessonbook lint\n\n1 error, 0 warnings; exit code 1.\n"),
        "{page}"
    );
    assert!(page.contains("| error | `check-hit` "), "{page}");
    assert_eq!(
        job.run("run", &variables[..2]).code,
        1,
        "without a base, it is the default branch"
    );
    let head = [
        ("ACTION_COMMAND", "lint"),
        ("ACTION_BASE", "main"),
        ("ACTION_HEAD", "fix"),
    ];
    assert_eq!(job.run("run", &head).code, 2);
}

#[test]
fn a_repository_that_receives_lessons_verifies_itself_without_a_store() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    let variables = [
        ("ACTION_COMMAND", "verify"),
        ("ACTION_STORE", "shop"),
        ("ACTION_EXPECT", "claude"),
    ];
    let run = job.run("run", &variables);
    assert_eq!(run.code, 1, "{run:?}");
    let marks: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("::error"))
        .collect();
    assert_eq!(marks.len(), 1, "{run:?}");
    assert!(
        marks[0].starts_with("::error file=shop/CLAUDE.md,line=1,"),
        "{marks:?}"
    );
    assert!(job.text("runner/outputs").contains("\nerrors=1\n"));
    let page = job.text("runner/summary.md");
    assert!(
        page.starts_with("## lessonbook verify\n\n1 error, 0 warnings; exit code 1.\n"),
        "{page}"
    );
    assert!(page.contains("| error | `block-missing` "), "{page}");
    // Without an expectation there is nothing to find; an input of another command is refused.
    assert_eq!(job.run("run", &variables[..2]).code, 0);
    assert_eq!(
        job.run("run", &[("ACTION_COMMAND", "verify"), ("ACTION_SIZE", "3")])
            .code,
        2
    );
}

#[test]
fn inputs_are_values_and_never_options_or_scripts() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    let path = job.stand_in("lessonbook", r#"{"targets":[]}"#, 0);
    let run = job.run(
        "run",
        &[
            ("PATH", &path),
            ("HOME", "/home/dana"),
            ("ACTION_COMMAND", "sync"),
            ("ACTION_TARGETS", "acme/* --yes\n  $(touch owned) acme/b"),
            ("ACTION_SHARD", "1/4"),
            ("ACTION_UNTIL", "50m --fail-on none"),
            ("ACTION_MAX_PROPOSALS", "`id`"),
            ("ACTION_CACHE", "~/.cache/lessonbook"),
        ],
    );
    assert_eq!(run.code, 0, "{run:?}");
    let arguments = job.text("runner/arguments");
    let (check, sync) = arguments.split_once("--format=github\n").unwrap();
    assert_eq!(check, "--store=.\ncheck\n");
    // The record's folder has a new name each time.
    let log = sync.lines().find(|line| line.starts_with("--log=")).unwrap();
    let sync = sync.replace(log, "--log=RECORD");
    assert_eq!(
        sync,
        "--store=.\nsync\n--shard=1/4\n--cache=/home/dana/.cache/lessonbook\n--max-proposals=`id`\n--until=50m --fail-on none\n\
             --yes\n--log=RECORD\n--format=json\n--\nacme/*\n--yes\n$(touch\nowned)\nacme/b\n"
    );
    assert!(!job.sandbox.path("owned").exists());
    for (command, input, value) in [
        ("check", "ACTION_TARGETS", "a/b"),
        ("plan", "ACTION_UNTIL", "5m"),
        ("merge", "ACTION_SHARD", ""),
    ] {
        let run = job.run(
            "run",
            &[("PATH", &path), ("ACTION_COMMAND", command), (input, value)],
        );
        assert_eq!(run.code, 2, "{run:?}");
        assert!(
            run.stdout.starts_with("::error title=lessonbook action::"),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn what_the_next_run_heals_does_not_end_the_step() {
    if missing("jq") || missing("bash") {
        return;
    }
    for (code, ends, says) in [
        (3, 0, ""),
        (4, 0, "::warning "),
        (5, 0, "::notice "),
        (1, 1, ""),
        (2, 2, ""),
        (101, 101, ""),
    ] {
        let job = Job::new();
        let path = job.stand_in("lessonbook", "", code);
        let run = job.run("run", &[("PATH", &path), ("ACTION_COMMAND", "sync")]);
        assert_eq!(run.code, ends, "{run:?}");
        assert!(run.stdout.contains(says), "{}", run.stdout);
        let outputs = job.text("runner/outputs");
        let (log, rest) = outputs.split_once('\n').unwrap();
        assert!(log.starts_with("log="), "{outputs}");
        assert_eq!(rest, format!("exit-code={code}\n"));
        assert!(job.text("runner/summary.md").contains("gave no report"));
    }
}

#[test]
fn words_from_elsewhere_do_nothing_on_the_page() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    let said = serde_json::json!({ "targets": [{
        "target": { "name": "acme/a|b`<img src=x>" },
        "outcome": { "state": "stale", "why": "one\n\n# two [a](b)" },
        "proposal": { "link": "javascript:alert(1)" },
    }, {
        "target": { "name": "acme/c" },
        "outcome": { "state": "proposed" },
        "proposal": { "link": "https://github.com/acme/c/pull/7" },
    }] });
    let path = job.stand_in("lessonbook", &said.to_string(), 0);
    assert_eq!(
        job.run("run", &[("PATH", &path), ("ACTION_COMMAND", "status")])
            .code,
        0
    );
    let page = job.text("runner/summary.md");
    assert!(
        page.contains("\n| `acme/a\\|b'<img src=x>` | stale |  |  | `one  # two [a](b)` |\n"),
        "{page}"
    );
    assert!(
        page.contains("| `acme/c` | proposed [open](https://github.com/acme/c/pull/7) |"),
        "{page}"
    );
    assert!(!page.contains("javascript"), "{page}");
}

/// A store on a branch that changes a lesson, with one target beside it; gives the commit that it began at.
fn branch(job: &Job) -> String {
    job.sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n")]);
    job.store();
    job.sandbox.init("store");
    let base = job.sandbox.commit("store", "First");
    let lesson = "title: Names say what is meant\nseverity: high\nrule: Spell names out.\nrationale: Short names are \
                      searched for in vain.\n";
    job.sandbox.write("store/lessons/review/names.yaml", lesson);
    job.sandbox.commit("store", "Names");
    base
}

#[test]
fn a_comparison_is_a_page_in_the_summary_and_a_file_for_the_comment() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    let base = branch(&job);
    let compare = [
        ("ACTION_COMMAND", "diff"),
        ("ACTION_STORE", "store"),
        ("ACTION_BASE", base.as_str()),
        ("ACTION_HEAD", "HEAD"),
        ("ACTION_TARGETS", "../sh*"),
    ];
    let run = job.run("run", &compare);
    assert_eq!(run.code, 0, "{run:?}");
    let outputs = job.text("runner/outputs");
    for line in ["exit-code=3", "targets=1", "pending=1", "failed=0"] {
        assert!(outputs.lines().any(|said| said == line), "{line}: {outputs}");
    }
    let page = outputs
        .lines()
        .find_map(|line| line.strip_prefix("markdown="))
        .unwrap();
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.starts_with("<!-- lessonbook diff -->\n## 1 lesson added; reaches 1 repository, "),
        "{page}"
    );
    assert_eq!(page, job.text("runner/summary.md"));

    // The same commit twice: nothing changes, and that is no 3.
    let job = Job::new();
    branch(&job);
    let same = [
        ("ACTION_COMMAND", "diff"),
        ("ACTION_STORE", "store"),
        ("ACTION_BASE", "HEAD"),
        ("ACTION_HEAD", "HEAD"),
    ];
    assert_eq!(job.run("run", &same).code, 0);
    assert!(job.text("runner/outputs").contains("exit-code=0\n"));
}

#[test]
fn a_base_is_no_option_and_belongs_to_diff() {
    let Some(job) = Job::with(&["jq", "bash"]) else {
        return;
    };
    let path = job.stand_in("lessonbook", r#"{"targets":[]}"#, 0);
    for (command, base, head) in [
        ("diff", "--page=/etc/passwd", "HEAD"),
        ("diff", "main", "-x"),
        ("diff", "main --exit-code", ""),
        ("diff", "", "HEAD"),
        ("plan", "main", ""),
    ] {
        let run = job.run(
            "run",
            &[
                ("PATH", &path),
                ("ACTION_COMMAND", command),
                ("ACTION_BASE", base),
                ("ACTION_HEAD", head),
            ],
        );
        assert_eq!(run.code, 2, "{command} {base} {head}: {run:?}");
    }
}

/// What the workflow of a store does with the page: the script of its job `comment`.
fn comment(job: &Job, gh: &str, code: &str) -> Run {
    let text = include_str!("../../../src/commands/init/check.yml");
    let workflow = super::parsed("check.yml", text);
    let script = super::texts(&workflow["jobs"]["comment"], "run").concat();
    job.sandbox
        .write("work/diff.md", "<!-- lessonbook diff -->\n### New\n");
    let exports = format!("export PATH='{gh}' GITHUB_REPOSITORY=acme/lessons PULL=7 CODE={code}\n");
    job.sandbox.write("work/script", exports + &script);
    job.sandbox.shell("work", "bash -e script")
}

#[test]
fn one_comment_is_kept_and_none_is_begun_where_nothing_changes() {
    let Some(job) = Job::with(&["bash"]) else {
        return;
    };
    let gh = job.stand_in("gh", "", 0);
    assert_eq!(comment(&job, &gh, "0").code, 0);
    let asked = job.text("runner/arguments");
    assert!(!asked.contains("POST") && !asked.contains("PATCH"), "{asked}");

    assert_eq!(comment(&job, &gh, "3").code, 0);
    let asked = job.text("runner/arguments");
    let post = "--method\nPOST\nrepos/acme/lessons/issues/7/comments\n--field\nbody=@diff.md\n--silent\n";
    assert!(
        asked.ends_with(post) && asked.contains("startswith(\"<!-- lessonbook diff -->\")"),
        "{asked}"
    );

    // One of ours is there: it is edited, also where nothing changes any more.
    for code in ["3", "0", "1"] {
        let job = Job::new();
        let gh = job.stand_in("gh", "41\n42", 0);
        assert_eq!(comment(&job, &gh, code).code, 0);
        let asked = job.text("runner/arguments");
        let patch =
            "--method\nPATCH\nrepos/acme/lessons/issues/comments/41\n--field\nbody=@diff.md\n--silent\n";
        assert!(asked.ends_with(patch) && !asked.contains("POST"), "{asked}");
    }
}

/// A place with a release of one binary, as release.yml makes it; gives its address.
fn release(job: &Job, version: &str) -> String {
    let name = format!("lessonbook-{version}-x86_64-unknown-linux-musl");
    let at = format!("releases/v{version}");
    job.sandbox.write(
        &format!("{at}/{name}/lessonbook"),
        format!("#!/bin/sh\necho lessonbook {version}\n"),
    );
    let pack = format!(
        "cd {at} && chmod +x {name}/lessonbook && tar -czf {name}.tar.gz {name} && sha256sum *.tar.gz >SHA256SUMS\n"
    );
    assert_eq!(job.sandbox.shell(".", &pack).code, 0);
    // In place of a server: the status and the file, as curl gives them.
    let curl = "#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" = --output ] && out=$2; shift; done\n\
                    if [ -f \"$1\" ]; then cp \"$1\" \"$out\"; printf 200; else printf 404; fi\n";
    job.sandbox.write("bin/curl", curl);
    let curl = job.sandbox.path("bin/curl");
    std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o755)).unwrap();
    job.sandbox.path("releases").display().to_string()
}

fn install(job: &Job, releases: &str, version: &str) -> Run {
    let path = format!(
        "{}:{}",
        job.sandbox.path("bin").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let digests = job.sandbox.path("digests").display().to_string();
    job.run(
        "install",
        &[
            ("PATH", &path),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("LESSONBOOK_RELEASES", releases),
            ("LESSONBOOK_DIGESTS", &digests),
            ("ACTION_VERSION", version),
        ],
    )
}

const ARCHIVE: &str = "lessonbook-9.8.7-x86_64-unknown-linux-musl.tar.gz";

#[test]
fn a_released_binary_is_run_only_with_the_digest_that_the_action_pins() {
    let Some(job) = Job::with(&["bash", "sha256sum"]) else {
        return;
    };
    let releases = release(&job, "9.8.7");
    let pin = format!("cp releases/v9.8.7/SHA256SUMS digests\nsha256sum releases/v9.8.7/{ARCHIVE}");
    assert_eq!(job.sandbox.shell(".", &pin).code, 0);
    let run = install(&job, &releases, "v9.8.7");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "lessonbook 9.8.7\n"),
        "{run:?}"
    );
    assert_eq!(
        job.sandbox.shown(job.text("runner/path").as_bytes()),
        "[DIR]/runner/lessonbook-bin\n"
    );

    // Whoever replaces the archive can replace the checksums beside it, but not the digest in the action.
    let archive = format!("releases/v9.8.7/{ARCHIVE}");
    let mut bytes = job.sandbox.read(&archive);
    bytes.push(0);
    job.sandbox.write(&archive, bytes);
    let renew = "cd releases/v9.8.7 && sha256sum *.tar.gz >SHA256SUMS";
    assert_eq!(job.sandbox.shell(".", renew).code, 0);
    let run = install(&job, &releases, "9.8.7");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stdout
            .contains("is damaged or was replaced, so it is not run"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_binary_that_is_not_pinned_is_run_only_with_a_valid_attestation() {
    let Some(job) = Job::with(&["bash", "sha256sum"]) else {
        return;
    };
    let releases = release(&job, "9.8.7");
    job.sandbox.write("digests", "# none\n");
    job.stand_in("gh", "", 0);
    let run = install(&job, &releases, "9.8.7");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "lessonbook 9.8.7\n"),
        "{run:?}"
    );
    let asked = job.text("runner/arguments");
    assert!(
        asked.starts_with("attestation\nverify\n")
            && asked.contains(&format!("/{ARCHIVE}\n--repo\nlessonbook/lessonbook\n"))
            && asked.contains("--signer-workflow\nlessonbook/lessonbook/.github/workflows/release.yml\n")
            && asked.ends_with("--source-ref\nrefs/tags/v9.8.7\n"),
        "{asked}"
    );

    let job = Job::new();
    let releases = release(&job, "9.8.7");
    job.sandbox.write("digests", "# none\n");
    job.stand_in("gh", "", 1);
    let run = install(&job, &releases, "9.8.7");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stdout.contains("is not valid, so it is not run"),
        "{}",
        run.stdout
    );
    assert_eq!(job.text("runner/path"), "");
}

#[test]
fn without_a_release_the_action_builds_nothing_and_explains_the_choice() {
    let Some(job) = Job::with(&["bash", "sha256sum"]) else {
        return;
    };
    let releases = release(&job, "9.8.7");
    job.sandbox.write("digests", "");
    // A build would call this, and succeed.
    job.stand_in("cargo", "", 0);
    for (version, says) in [
        (
            "",
            "is not released for x86_64-unknown-linux-musl: set `version: source`",
        ),
        ("9.8.6", "lessonbook 9.8.6 is not released"),
        ("latest", "is not a version"),
        ("1.2.3/../../x", "is not a version"),
    ] {
        let run = install(&job, &releases, version);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.contains(says), "{}", run.stdout);
    }
    assert!(!job.sandbox.path("runner/arguments").exists());
}
