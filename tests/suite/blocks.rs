//! Stories about blocks: whose they are, how people and formatters damage them, and what a proposal says of what it removes.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{Run, Sandbox};

const BRANCH: &str = "lessonbook/acme";

/// A store and one repository with a `CLAUDE.md`.
struct World {
    sandbox: Sandbox,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.repository(
            "app",
            &[("CLAUDE.md", "# App\n\nRun the tests.\n"), ("a.yaml", "x: 1\n")],
        );
        let world = World { sandbox };
        world.settings(
            "acme",
            "home: acme/guardrails\n",
            "../app: { tags: [app], use: [claude] }",
        );
        world
    }

    fn settings(&self, name: &str, more: &str, target: &str) {
        let text = format!("version: 1\nname: {name}\n{more}targets:\n  {target}\n");
        self.sandbox.write("store/targets.yaml", text);
    }

    fn lesson(&self, id: &str, severity: &str, more: &str) {
        let text = format!(
            "title: Lesson {id}\nseverity: {severity}\ntags: [app]\nrule: Keep the rule of {id} word for word.\nrationale: It \
             hurt once.\n{more}"
        );
        self.sandbox.write(&format!("store/lessons/ops/{id}.yaml"), text);
    }

    fn forget(&self, id: &str) {
        std::fs::remove_file(self.sandbox.path(&format!("store/lessons/ops/{id}.yaml"))).unwrap();
    }

    fn run(&self, args: &[&str]) -> Run {
        self.sandbox.run_in("store", args)
    }

    /// Proposes, merges, and lets the next run delete the branch.
    fn merged(&self) {
        let run = self.run(&["sync", "--yes"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        self.sandbox.git("app", &["merge", "--quiet", BRANCH]);
        self.run(&["sync", "--yes"]);
        assert!(!self.has_branch());
    }

    fn has_branch(&self) -> bool {
        let run = self
            .sandbox
            .try_git("app", &["rev-parse", "--verify", "--quiet", BRANCH]);
        run.status.success()
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.sandbox.read(&format!("app/{path}"))).unwrap()
    }

    fn change(&self, path: &str, text: &str) {
        self.sandbox.write(&format!("app/{path}"), text);
        self.sandbox.commit("app", "Change");
    }

    /// The message of the commit that a first run proposes.
    fn message(&self) -> String {
        if self.has_branch() {
            self.sandbox.git("app", &["branch", "--quiet", "-D", BRANCH]);
        }
        let run = self.run(&["sync", "--yes"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        self.sandbox.git("app", &["log", "-1", "--format=%B", BRANCH])
    }

    /// Both `plan` and `sync` refuse, with this finding; no branch is made.
    #[track_caller]
    fn assert_refused(&self, code: &str, said: &[&str]) {
        let plan = self.run(&["plan"]);
        let sync = self.run(&["sync", "--yes"]);
        for run in [&plan, &sync] {
            let all = format!("{}{}", run.stdout, run.stderr);
            assert!(run.code != 0 && all.contains(code), "{}: {all}", run.code);
        }
        for said in said {
            assert!(plan.stdout.contains(said), "no `{said}` in\n{}", plan.stdout);
        }
        assert!(!self.has_branch(), "{}", sync.stdout);
    }
}

#[track_caller]
fn assert_says(text: &str, all: &[&str]) {
    for said in all {
        assert!(text.contains(said), "no `{said}` in\n{text}");
    }
}

#[test]
fn a_second_store_of_the_same_name_does_not_overwrite_the_first_ones_block() {
    let world = World::new();
    world.lesson("probe", "critical", "");
    world.merged();
    let before = world.text("CLAUDE.md");

    world.forget("probe");
    world.lesson("limits", "high", "");
    let target = "../app: { tags: [app], use: [claude] }";
    for home in ["home: other/guardrails\n", ""] {
        world.settings("acme", home, target);
        world.assert_refused("name-taken", &["`CLAUDE.md`", "choose another `name:`"]);
        assert_eq!(world.text("CLAUDE.md"), before);
    }
    let off = "../app: { tags: [app], use: [claude], enabled: false }";
    world.settings("acme", "home: other/guardrails\n", off);
    world.assert_refused("name-taken", &[]);

    world.settings("other", "home: other/guardrails\n", target);
    assert_eq!(world.run(&["sync", "--yes"]).code, 0);
    let both = world.sandbox.git("app", &["show", "lessonbook/other:CLAUDE.md"]);
    assert_says(&both, &["rule of probe", "rule of limits"]);
}

#[test]
fn two_stores_without_a_home_are_told_apart_by_their_lessons() {
    let world = World::new();
    let target = "../app: { tags: [app], use: [claude] }";
    world.settings("acme", "", target);
    world.lesson("probe", "high", "");
    world.merged();
    world.forget("probe");
    world.lesson("limits", "high", "");
    world.assert_refused("name-taken", &["this store has never had `probe`"]);
    // The way out, if it was this store's all the same.
    world.lesson("probe", "high", "status: retired\n");
    let message = world.message();
    assert_says(&message, &["removed: probe (high): it is retired", "new: limits"]);
}

#[test]
fn a_store_that_moves_keeps_its_blocks() {
    let world = World::new();
    world.lesson("probe", "critical", "");
    world.merged();
    world.settings(
        "acme",
        "home: acme/lessons\n",
        "../app: { tags: [app], use: [claude] }",
    );
    let plan = world.run(&["plan"]);
    assert_says(&plan.stdout, &["names `acme/guardrails` as its store"]);
    world.merged();
    assert!(world.text("CLAUDE.md").contains("acme/lessons"));
}

#[test]
fn another_stores_open_proposal_is_left_alone() {
    let world = World::new();
    world.lesson("probe", "critical", "");
    assert_eq!(world.run(&["sync", "--yes"]).code, 0);
    let head = world.sandbox.git("app", &["rev-parse", BRANCH]);
    world.forget("probe");
    world.lesson("limits", "critical", "");
    world.settings(
        "acme",
        "home: other/guardrails\n",
        "../app: { tags: [app], use: [claude] }",
    );
    let run = world.run(&["sync", "--yes"]);
    assert_says(
        &format!("{}{}", run.stdout, run.stderr),
        &["name-taken", "`lessonbook/acme` was made by another store"],
    );
    assert_eq!(world.sandbox.git("app", &["rev-parse", BRANCH]), head);
}

#[test]
fn a_store_with_a_history_knows_the_lessons_that_it_had() {
    let world = World::new();
    world.settings("acme", "", "../app: { tags: [app], use: [claude] }");
    world.sandbox.init("store");
    world.lesson("probe", "high", "");
    world.sandbox.commit("store", "Probe");
    world.merged();
    world.forget("probe");
    world.lesson("limits", "high", "");
    world.sandbox.commit("store", "Limits");
    assert_says(
        &world.message(),
        &["removed: probe (high): its file was deleted from the store"],
    );
}

#[test]
fn damaged_markers_stop_the_file_and_the_help_mends_them() {
    let world = World::new();
    world.lesson("probe", "critical", "");
    world.merged();
    let whole = world.text("CLAUDE.md");
    let marker = |line: &str| line.contains("lessonbook:");
    let each = |change: &dyn Fn(&str) -> String| -> String {
        whole
            .lines()
            .map(|line| {
                format!(
                    "{}\n",
                    if marker(line) {
                        change(line)
                    } else {
                        line.to_owned()
                    }
                )
            })
            .collect()
    };
    let quoted: String = whole.lines().map(|line| format!("> {line}\n")).collect();
    let in_list: String = whole.lines().map(|line| format!("  {line}\n")).collect();
    let fenced = each(&|line| {
        if line.contains("begin") {
            format!("```md\n{line}")
        } else {
            format!("{line}\n```")
        }
    });
    let cases = [
        quoted,
        format!("- Team rules:\n\n{in_list}"),
        each(&|line| line.replace("<!--", "\\<!--")),
        each(&|line| line.replace('<', "&lt;").replace('>', "&gt;")),
        each(&|line| line.replace("lessonbook:", "Lessonbook:")),
        each(&|line| line.replace(" -->", " do not edit -->")).replace("lessonbook:end", " lessonbook:end"),
        each(&|line| {
            line.replace("lessonbook:begin ", "lessonbook:begin\n")
                .replace("<!-- lessonbook:end", "<!--\nlessonbook:end")
        }),
        each(&|line| line.replace("<!-- ", "[//]: # (").replace(" -->", ")")),
        each(&|line| line.replace("lessonbook", "lesson\u{200b}book")),
        fenced.clone(),
        format!("\u{feff}{}", in_list.replace('\n', "\r\n")),
    ];
    for text in &cases {
        world.change("CLAUDE.md", text);
        world.assert_refused(
            if *text == fenced {
                "block-swallowed"
            } else {
                "marker-unbalanced"
            },
            &["CLAUDE.md"],
        );
        assert_eq!(world.sandbox.run_in("app", &["verify"]).code, 1, "{text}");
    }
    world.change("CLAUDE.md", &format!("{whole}\n{}", cases[1]));
    world.assert_refused("marker-unbalanced", &["delete this copy"]);

    // As the help says: both lines as they were.
    let begin = whole.lines().find(|line| line.contains("begin")).unwrap();
    let end = whole
        .lines()
        .find(|line| line.contains("lessonbook:end"))
        .unwrap();
    world.change("CLAUDE.md", &cases[0]);
    assert_says(&world.run(&["plan"]).stdout, &[begin, end]);
    world.change(
        "CLAUDE.md",
        &cases[0]
            .replace(&format!("> {begin}"), begin)
            .replace(&format!("> {end}"), end),
    );
    world.merged();
    assert_eq!(world.text("CLAUDE.md").matches("rule of probe").count(), 1);

    world.change(
        "CLAUDE.md",
        "# App\n\nText between `lessonbook:begin acme` and `lessonbook:end acme` is generated.\n",
    );
    world.merged();
}

#[test]
fn blocks_of_two_stores_that_overlap_are_refused_and_nothing_is_removed() {
    let world = World::new();
    let target = "../app: { tags: [app], use: [claude] }";
    world.lesson("probe", "critical", "");
    world.merged();
    world.settings("beta", "home: beta/store\n", target);
    world.lesson("theirs", "high", "");
    assert_eq!(world.run(&["sync", "--yes"]).code, 0);
    world.sandbox.git("app", &["merge", "--quiet", "lessonbook/beta"]);
    world.run(&["sync", "--yes"]);
    world.settings("acme", "home: acme/guardrails\n", target);
    let whole = world.text("CLAUDE.md");
    let start = whole.find("<!-- lessonbook:begin beta").unwrap();
    let end = whole.find("<!-- lessonbook:end beta -->\n").unwrap() + "<!-- lessonbook:end beta -->\n".len();
    let theirs = &whole[start..end];
    let rest = whole.replace(theirs, "");
    let indented: String = theirs.lines().map(|line| format!("  {line}\n")).collect();
    let ours = &rest
        [rest.find("<!-- lessonbook:begin acme").unwrap()..rest.find("<!-- lessonbook:end acme").unwrap()];
    let (their_head, their_tail) = theirs.split_once('\n').unwrap();
    for text in [
        rest.replace(
            "<!-- lessonbook:end acme",
            &format!("{theirs}\n<!-- lessonbook:end acme"),
        ),
        rest.replace(
            "<!-- lessonbook:end acme",
            &format!("{indented}\n<!-- lessonbook:end acme"),
        ),
        rest.replace(ours, &format!("{their_head}\n{ours}")) + "\n" + their_tail,
        rest.replace(
            "<!-- lessonbook:end acme",
            &format!("{their_head}\n<!-- lessonbook:end acme"),
        ) + their_tail,
        rest.replace(
            "<!-- lessonbook:end acme",
            &format!("{theirs}\n<!-- lessonbook:end acme"),
        )
        .replace('\n', "\r\n"),
    ] {
        world.change("CLAUDE.md", &text);
        world.assert_refused("marker-unbalanced", &["overlap", "CLAUDE.md"]);
        let verify = world.sandbox.run_in("app", &["verify"]);
        assert!(
            verify.code == 1 && verify.stdout.contains("overlap"),
            "{}",
            verify.stdout
        );
        assert_eq!(world.text("CLAUDE.md"), text);
    }
    world.change("CLAUDE.md", &whole);
    assert_eq!(world.run(&["plan"]).code, 0);
}

#[test]
fn a_formatter_that_indents_an_example_is_left_alone_and_a_person_is_not() {
    let world = World::new();
    world.settings(
        "acme",
        "home: acme/guardrails\n",
        "../app: { tags: [app], use: [claude, reference] }",
    );
    world.lesson(
        "probe",
        "critical",
        "language: yaml\nbad: |\n  probe:\n    threshold: 1\n    list:\n      - a\n  other: 2\n",
    );
    world.merged();
    let whole = world.text("docs/ai-lessons.md");
    assert_says(
        &whole,
        &["<!-- prettier-ignore-start -->", "<!-- prettier-ignore-end -->"],
    );
    for indent in ["    ", "\t", "   "] {
        let text = whole.replace("\n    - a", &format!("\n{indent}{indent}- a"));
        let text = text.replace("\n  threshold", &format!("\n{indent}threshold"));
        let text = text.replace("\n  list", &format!("\n{indent}list"));
        assert_ne!(text, whole);
        for text in [
            text.clone(),
            text.replace("<!-- prettier-ignore-start -->\n\n", ""),
        ] {
            world.change("docs/ai-lessons.md", &text);
            let plan = world.run(&["plan"]);
            assert_eq!(plan.code, 0, "{}", plan.stdout);
            assert_says(
                &plan.stdout,
                &[
                    "reformatted, not changed",
                    "1 with an example that a formatter indented",
                ],
            );
            assert_eq!(world.sandbox.run_in("app", &["verify"]).code, 0);
            assert_eq!(world.run(&["sync", "--yes"]).code, 0);
            assert!(!world.has_branch());
        }
    }
    for text in [
        whole.replace("threshold: 1", "threshold: 2"),
        whole.replace("\nother: 2", "\n  other: 2"),
    ] {
        world.change("docs/ai-lessons.md", &text);
        assert_says(&world.run(&["plan"]).stdout, &["edited by hand"]);
    }
}

#[test]
fn what_a_proposal_removes_is_named_with_the_reason_whatever_the_store_knows() {
    let world = World::new();
    world.lesson("keep", "high", "");
    world.lesson("two", "high", "");
    world.merged();
    let two = std::fs::read_to_string(world.sandbox.path("store/lessons/ops/two.yaml")).unwrap();

    let title = |message: &str| message.lines().next().unwrap().to_owned();
    world.forget("two");
    let message = world.message();
    assert_eq!(title(&message), "docs(ai): 1 lesson removed (two)");
    assert_says(
        &message,
        &["- removed: two (high): its file was deleted from the store"],
    );
    assert_says(
        &world.run(&["plan"]).stdout,
        &["-  two  high  its file was deleted from the store"],
    );
    let json = world.run(&["plan", "--format", "json"]).stdout;
    assert_says(
        &json,
        &[
            "\"because\": \"its file was deleted from the store\"",
            "\"severity\": \"high\"",
        ],
    );

    world.sandbox.write("store/lessons/ops/second.yaml", &two);
    let message = world.message();
    assert_eq!(
        title(&message),
        "docs(ai): 1 lesson added, 1 removed (second, two)"
    );
    assert_says(
        &message,
        &["- removed: two (high): its id in the store is `second` now"],
    );
    world.forget("second");

    let cases = [
        (
            two.replace("severity", "status: retired\nseverity"),
            "it is retired",
        ),
        (
            two.replace("severity", "status: draft\nseverity"),
            "it is a draft again",
        ),
        (
            two.replace("[app]", "[other]"),
            "this repository no longer has any of its tags (other)",
        ),
        (
            two.replace("tags: [app]", "paths: [\"**/*.tf\"]"),
            "its paths no longer match a file here",
        ),
        (
            two.replace("severity", "audience: internal\nseverity"),
            "it is internal, and this repository counts as public",
        ),
    ];
    for (text, because) in cases {
        world.sandbox.write("store/lessons/ops/two.yaml", &text);
        world.sandbox.write("store/targets.yaml", "version: 1\nname: acme\nhome: acme/guardrails\nlibrary_tags: [other]\ntargets:\n  ../app: { tags: [app], use: [claude] }\n");
        assert_says(
            &world.message(),
            &[
                "1 lesson removed (two)",
                &format!("- removed: two (high): {because}"),
            ],
        );
    }
    world.sandbox.write("store/lessons/ops/two.yaml", &two);
    world.settings(
        "acme",
        "home: acme/guardrails\nexceptions:\n  - { lesson: two, target: ../app, reason: Not here, by: dana }\n",
        "../app: { tags: [app], use: [claude] }",
    );
    let message = world.message();
    assert_eq!(title(&message), "docs(ai): 1 lesson removed (two)", "{message}");
    assert_says(&message, &["- removed: two (high): exempt by dana: Not here"]);
}

#[test]
fn a_lesson_that_moves_or_a_target_that_is_disabled_is_named_too() {
    let world = World::new();
    world.lesson("two", "high", "paths: [\"**/*.yaml\"]\n");
    world.settings(
        "acme",
        "home: acme/guardrails\n",
        "../app: { tags: [app], use: [claude-rules, claude] }",
    );
    world.merged();
    let path = |topic: &str| world.sandbox.path(&format!("store/lessons/{topic}"));
    std::fs::rename(path("ops"), path("platform")).unwrap();
    let message = world.message();
    assert_says(
        &message,
        &[
            "- moved: two (high): from `.claude/rules/ops.md` to `.claude/rules/platform.md`",
            "docs(ai): 1 lesson moved (two)",
        ],
    );
    std::fs::rename(path("platform"), path("ops")).unwrap();
    world.settings(
        "acme",
        "home: acme/guardrails\n",
        "../app: { tags: [app], use: [claude-rules, claude], enabled: false }",
    );
    assert_says(
        &world.message(),
        &["- removed: two (high): the target is disabled in the store"],
    );
}

#[test]
fn withdraw_names_each_file_that_still_says_the_lesson() {
    let world = World::new();
    world.settings(
        "acme",
        "home: acme/guardrails\n",
        "../app: { tags: [app], use: [claude, copilot] }",
    );
    world.lesson("two-rules", "critical", "");
    world.lesson("keep", "critical", "");
    world.merged();
    let copilot = world.text(".github/copilot-instructions.md");
    world.sandbox.write(
        "app/AGENTS.md",
        "# Mine\n\nKeep the rule of two-rules word for word.\n",
    );
    world
        .sandbox
        .write("app/GEMINI.md", "# Mine\n\n- As `two-rules` says.\n");
    world.sandbox.write("app/sub/CLAUDE.md", &copilot);
    let quoted: String = copilot.lines().map(|line| format!("> {line}\n")).collect();
    world.change(".github/copilot-instructions.md", &quoted);
    let run = world.run(&["withdraw", "two-rules", "--reason", "wrong", "--yes"]);
    let left = run.stdout.split("Left to do").nth(1).unwrap_or_default();
    assert_says(
        left,
        &[
            ".github/copilot-instructions.md",
            "AGENTS.md:3",
            "GEMINI.md:3",
            "sub/CLAUDE.md:",
        ],
    );

    let world = World::new();
    world.lesson("two-rules", "critical", "");
    world.change(
        "AGENTS.md",
        "# Mine\n\n> Keep the rule of two-rules word for word.\n",
    );
    let run = world.run(&["withdraw", "two-rules", "--reason", "wrong", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_says(
        &run.stdout,
        &["AGENTS.md:3, hand-written text contains the lesson"],
    );
    assert!(!world.has_branch());
}
