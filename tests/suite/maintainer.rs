//! The hour of a new maintainer, on the real binary and real repositories: from `init` to proposals that are merged.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::{Run, Sandbox};

use crate::support;

const LESSON: [&str; 8] = [
    "--title",
    "T",
    "--severity",
    "high",
    "--rule",
    "Mind the step.",
    "--rationale",
    "It bites.",
];

fn add(sandbox: &Sandbox, id: &str, more: &[&str]) -> Run {
    let mut words = vec!["add", id, "--store", "rules"];
    words.extend(LESSON);
    words.extend(more);
    sandbox.run(&words)
}

fn text(sandbox: &Sandbox, path: &str) -> String {
    String::from_utf8(sandbox.read(path)).unwrap()
}

/// A store with these targets, whose repositories exist.
fn store(targets: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut settings = "version: 1\nname: rules\ntargets:\n".to_owned();
    for (name, tags) in targets {
        sandbox.repository(
            name,
            &[("src/app.py", "\n"), ("CLAUDE.md", "# Ours\n\nBe kind.\n")],
        );
        settings.push_str(&format!("  ../{name}: [{tags}]\n"));
    }
    sandbox.write("rules/targets.yaml", settings);
    sandbox
}

#[test]
fn lessons_or_targets_may_have_a_tag_first() {
    let sandbox = store(&[("shop", "python")]);
    let check = |code: i32| {
        let run = sandbox.run(&["check", "--strict", "--store", "rules"]);
        assert_eq!(run.code, code, "{run:?}");
        run.stdout
    };
    assert_eq!(check(0), "", "no lesson has a tag yet");
    let run = add(&sandbox, "basics/go-first", &["--tag", "go"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("warning[one-sided-tag]"), "{}", run.stderr);
    let found = check(0);
    assert_eq!(found.matches("warning[one-sided-tag]").count(), 2, "{found}");
    assert!(!found.contains("error"), "{found}");
    sandbox.write(
        "rules/targets.yaml",
        text(&sandbox, "rules/targets.yaml").replace("[python]", "[go]"),
    );
    assert_eq!(check(0), "");
}

#[test]
fn a_critical_lesson_may_have_its_tag_first_and_strict_reminds_of_it() {
    let sandbox = store(&[("shop", "python")]);
    let run = add(
        &sandbox,
        "basics/go-first",
        &["--tag", "go", "--severity", "critical"],
    );
    assert_eq!(run.code, 2, "clap takes --severity once: {run:?}");
    sandbox.write(
        "rules/lessons/basics/go.yaml",
        "title: T\nseverity: critical\ntags: [go]\nrule: Mind the step.\nrationale: It bites.\n",
    );
    let run = sandbox.run(&["check", "--store", "rules"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("warning[critical-reaches-nobody]"),
        "{}",
        run.stdout
    );
    assert_eq!(sandbox.run(&["check", "--strict", "--store", "rules"]).code, 1);
}

#[test]
fn add_to_tags_the_lesson_for_these_targets_and_as_few_others_as_possible() {
    let sandbox = store(&[("shop", "python, shop"), ("web", "python"), ("bare", "")]);
    let tags = |id: &str, to: &[&str]| {
        let more: Vec<&str> = to.iter().flat_map(|target| ["--to", target]).collect();
        let run = add(&sandbox, &format!("basics/{id}"), &more);
        assert_eq!(run.code, 0, "{run:?}");
        let lesson = text(&sandbox, &format!("rules/lessons/basics/{id}.yaml"));
        lesson
            .lines()
            .find(|line| line.starts_with("tags"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(tags("one", &["../shop"]), "tags: [shop]");
    assert_eq!(tags("two", &["../web"]), "tags: [python]");
    assert_eq!(tags("both", &["../shop", "../web"]), "tags: [python]");
    let bare = add(&sandbox, "basics/bare", &["--to", "../bare"]);
    assert_eq!(bare.code, 2, "{bare:?}");
    assert!(bare.stderr.contains("`tags: [bare]`"), "{}", bare.stderr);
    let wrong = add(&sandbox, "basics/wrong", &["--to", "../shpo"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("did you mean `../shop`?"),
        "{wrong:?}"
    );
}

#[test]
fn add_prints_ten_lines_at_most_however_many_targets_receive_the_lesson() {
    let names: Vec<String> = (0..12).map(|number| format!("t{number:02}")).collect();
    let targets: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "python")).collect();
    let sandbox = store(&targets);
    let run = add(
        &sandbox,
        "basics/all",
        &["--tag", "python", "--path", "**/*.nothing", "--tag", "other"],
    );
    assert_eq!(run.code, 0, "{run:?}");
    let lines = run.stdout.lines().count() + run.stderr.lines().count();
    assert!(lines <= 10, "{lines}: {}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("reach: all concerns 12 of 12 targets"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("and 8 more targets"), "{}", run.stderr);
}

/// A new store beside two repositories with addresses.
fn begun() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[("pyproject.toml", "\n"), (".claude/CLAUDE.md", "# Shop\n")],
    );
    sandbox.git(
        "shop",
        &["remote", "add", "origin", "git@github.com:acme/the-shop.git"],
    );
    sandbox.repository(
        "web",
        &[
            ("package.json", "{}\n"),
            ("src/a.ts", "\n"),
            ("infra/net/main.tf", "\n"),
        ],
    );
    sandbox.init("guardrails");
    sandbox.git(
        "guardrails",
        &["remote", "add", "origin", "https://github.com/acme/Rules.git"],
    );
    let run = sandbox.run_in("guardrails", &["init"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox
}

#[test]
fn init_takes_name_and_home_from_origin_and_proposes_tags() {
    let sandbox = begun();
    let targets = text(&sandbox, "guardrails/targets.yaml");
    assert!(targets.contains("\nname: rules\n"), "{targets}");
    assert!(targets.contains("\nhome: acme/Rules\n"), "{targets}");
    assert!(
        targets.contains(
            "  # acme/the-shop. Found .claude/CLAUDE.md.\n  ../shop: { tags: [python], assistants: [claude-code] }\n  # Found no instruction file.\n  \
             ../web: { tags: [typescript, terraform] }\n"
        ),
        "{targets}"
    );
    let lesson = text(&sandbox, "guardrails/lessons/delivery/run-the-tests.yaml");
    assert!(lesson.ends_with("status: draft\n"), "{lesson}");
    let check = sandbox.run_in("guardrails", &["check", "--strict"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{check:?}");
}

#[test]
fn the_new_store_passes_its_check_on_a_runner_without_its_neighbours() {
    let sandbox = begun();
    std::fs::create_dir(sandbox.path("runner")).unwrap();
    std::fs::rename(sandbox.path("guardrails"), sandbox.path("runner/guardrails")).unwrap();
    let check = sandbox.run_in("runner/guardrails", &["check", "--strict"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert_eq!(
        check.stdout.matches("warning[target-missing]").count(),
        1,
        "once for all: {}",
        check.stdout
    );
    for word in ["--> targets.yaml:", "../shop, ../web", "`owner/name`"] {
        assert!(check.stdout.contains(word), "{word}: {}", check.stdout);
    }
    let marked = sandbox.run_in("runner/guardrails", &["check", "--strict", "--format", "github"]);
    assert_eq!(marked.code, 0, "{marked:?}");
    assert!(
        marked.stdout.contains("::warning file=targets.yaml,line="),
        "{}",
        marked.stdout
    );
    let plan = sandbox.run_in("runner/guardrails", &["plan"]);
    assert_eq!(plan.code, 1, "a plan needs them: {plan:?}");
}

#[test]
fn a_day_that_passes_never_fails_strict() {
    let sandbox = store(&[("shop", "python")]);
    sandbox.write(
        "rules/lessons/basics/old.yaml",
        "title: T\nseverity: high\ntags: [python]\nrule: Mind the step.\nrationale: It bites.\nreview_by: 2020-01-01\n",
    );
    let settings = text(&sandbox, "rules/targets.yaml")
        + "exceptions:\n  - { lesson: old, target: ../shop, entry_point: claude, reason: r, by: d, until: 2020-01-01 }\n\
           acknowledge:\n  - { target: ../shop, state: refused, reason: r, until: 2020-01-01 }\n";
    sandbox.write("rules/targets.yaml", settings);
    let run = sandbox.run(&["check", "--strict", "--store", "rules"]);
    assert!(run.stdout.contains("warning[review-overdue]"), "{}", run.stdout);
    assert!(run.stdout.contains("warning[exception-past]"), "{}", run.stdout);
    let other = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("error"))
        .count();
    assert_eq!(run.code, i32::from(other > 0), "{run:?}");
    assert_eq!(other, 0, "{}", run.stdout);
}

#[test]
fn one_command_prints_what_merges_every_proposal_and_runs_none_of_it() {
    let sandbox = store(&[("shop", "python"), ("my web", "python")]);
    assert_eq!(add(&sandbox, "basics/mind", &["--tag", "python"]).code, 0);
    sandbox.init("rules");
    sandbox.commit("rules", "store");
    let sync = sandbox.run(&["sync", "--yes", "--store", "rules"]);
    assert_eq!(sync.code, 0, "{sync:?}");
    assert!(
        sync.stdout.contains("`lessonbook status --merge-commands`"),
        "{}",
        sync.stdout
    );
    let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
    let merge = sandbox.run(&["status", "--merge-commands", "--store", "rules"]);
    assert_eq!(merge.code, 0, "{merge:?}");
    assert_eq!(
        merge.stdout,
        "git -C shop switch --quiet main && git -C shop merge --quiet --no-edit lessonbook/rules\n\
         git -C 'my web' switch --quiet main && git -C 'my web' merge --quiet --no-edit lessonbook/rules\n"
    );
    assert_eq!(sandbox.git("shop", &["rev-parse", "HEAD"]), before);
    let run = sandbox.shell(".", &merge.stdout);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(text(&sandbox, "my web/CLAUDE.md").contains("Mind the step."));
    let done = sandbox.run(&["status", "--merge-commands", "--store", "rules"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, ""), "{done:?}");
}

#[test]
fn a_plan_shows_hand_written_files_first_and_equal_diffs_once() {
    let names = ["shop", "web", "alpha", "beta"];
    let sandbox = store(&names.map(|name| (name, "python")));
    sandbox.write("web/CLAUDE.md", "# Another\n\nBe quick.\n");
    sandbox.commit("web", "more");
    for name in ["alpha", "beta"] {
        std::fs::remove_file(sandbox.path(&format!("{name}/CLAUDE.md"))).unwrap();
        sandbox.commit(name, "no instruction file");
    }
    assert_eq!(
        add(&sandbox, "basics/mind", &["--tag", "python", "--path", "src/**"]).code,
        0
    );
    let plan = sandbox.run(&["plan", "-v", "--store", "rules"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    let at = |word: &str| {
        plan.stdout
            .find(word)
            .unwrap_or_else(|| panic!("{word}: {}", plan.stdout))
    };
    assert!(at("Changes in hand-written files") < at("+++ b/CLAUDE.md"));
    assert!(at("+++ b/CLAUDE.md") < at("Files that hold lessons only"));
    assert_eq!(plan.stdout.matches("+++ b/").count(), 2, "{}", plan.stdout);
    assert!(plan.stdout.contains("in ../alpha, ../beta; "), "{}", plan.stdout);
    let saved = sandbox.run(&["plan", "--store", "rules", "--out", "plan.json"]);
    assert_eq!(saved.code, 0, "{saved:?}");
    let page = sandbox.run(&["show", "plan.json", "--format", "markdown", "--store", "rules"]);
    let at = |word: &str| {
        page.stdout
            .find(word)
            .unwrap_or_else(|| panic!("{word}: {}", page.stdout))
    };
    assert!(at("### Changes in hand-written files") < at("### Files that hold lessons only"));
    assert!(at("### Files that hold lessons only") < at("### Each target"));
    assert!(page.stdout.contains("`../alpha`, `../beta`"), "{}", page.stdout);
}

#[test]
fn a_plan_says_in_one_line_that_all_is_well() {
    let sandbox = store(&[("shop", "python")]);
    assert_eq!(add(&sandbox, "basics/mind", &["--tag", "python"]).code, 0);
    let brief = sandbox.run(&["plan", "--store", "rules"]);
    let proof = |run: &Run| run.stdout.lines().filter(|line| line.contains('✓')).count();
    assert_eq!(proof(&brief), 1, "{}", brief.stdout);
    assert!(brief.stdout.contains("invariants hold"), "{}", brief.stdout);
    let whole = sandbox.run(&["plan", "-v", "--store", "rules"]);
    assert!(proof(&whole) > 1, "{}", whole.stdout);
}

#[test]
fn coverage_as_a_page_is_a_matrix() {
    let sandbox = store(&[("shop", "python")]);
    for id in ["one", "two"] {
        assert_eq!(
            add(&sandbox, &format!("basics/{id}"), &["--tag", "python"]).code,
            0
        );
    }
    let run = sandbox.run(&["coverage", "--format", "markdown", "--store", "rules"]);
    assert_eq!(run.stdout.matches("| `one` |").count(), 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("| lesson | severity | `claude` |"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("| none → summary |"), "{}", run.stdout);
}

#[test]
fn mistyped_words_are_named_with_the_nearest_known_one() {
    let sandbox = store(&[("shop", "python")]);
    assert_eq!(add(&sandbox, "basics/mind", &["--tag", "python"]).code, 0);
    for (args, said) in [
        (&["list", "--tag", "pyton"][..], "did you mean `python`?"),
        (&["list", "--topic", "basic"], "did you mean `basics`?"),
        (&["status", "--lesson", "mnid"], "did you mean `mind`?"),
        (&["plan", "--until", "5"], "write 5s, 5m or 5h"),
    ] {
        let mut args = args.to_vec();
        args.extend(["--store", "rules"]);
        let run = sandbox.run(&args);
        assert!(run.code == 2 && run.stderr.contains(said), "{run:?}");
        assert_eq!(run.stdout, "");
    }
    sandbox.write(
        "rules/targets.yaml",
        text(&sandbox, "rules/targets.yaml") + "shelf: [go]\n",
    );
    let run = sandbox.run(&["check", "--store", "rules"]);
    assert!(
        run.code == 1 && run.stdout.contains("`shelf` was renamed: write `library_tags`"),
        "{run:?}"
    );
    let run = sandbox.run(&["check", "--fix", "--store", "rules"]);
    assert!(
        text(&sandbox, "rules/targets.yaml").contains("\nlibrary_tags: [go]\n"),
        "{run:?}"
    );
}

#[test]
fn what_a_program_reads_is_not_cut() {
    let sandbox = store(&[("shop", "python")]);
    let title = "a long title ".repeat(12);
    let run = sandbox.run(&[
        "add",
        "basics/long",
        "--store",
        "rules",
        "--tag",
        "python",
        "--severity",
        "low",
        "--rule",
        "Mind.",
        "--rationale",
        "It bites.",
        "--title",
        title.trim(),
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let list = sandbox.run(&["list", "--store", "rules"]);
    assert!(list.stdout.contains(title.trim()), "{}", list.stdout);
}

#[test]
fn a_source_in_words_and_a_rationale_of_one_word_are_proved() {
    let sandbox = store(&[("shop", "python")]);
    for (rationale, source) in [
        ("It restarts healthy pods.", "postmortem 17"),
        ("It restarts healthy pods.", "RFC 8785, part *2* of `3`"),
        ("It restarts healthy pods.", "https://example.com/a_b_c?x=1&y=*2*"),
        ("Because.", "the review of May"),
        ("Reason: files.", "Source: files"),
    ] {
        sandbox.write(
            "rules/lessons/basics/one.yaml",
            format!("title: One\nseverity: critical\ntags: [python]\nrule: Keep it short.\nrationale: '{rationale}'\nsource: '{source}'\n"),
        );
        let settings = "version: 1\nname: rules\nuse: [claude, reference]\ntargets:\n  ../shop: { tags: [python], visibility: private }\n";
        sandbox.write("rules/targets.yaml", settings);
        let plan = sandbox.run(&["plan", "--store", "rules"]);
        assert_eq!(plan.code, 0, "{rationale} {source}\n{}", plan.stdout);
    }
}
