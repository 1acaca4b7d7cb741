//! What the table of entry points says about assistants: how old it may be, how a store corrects it, and what its newest facts mean for plans.
//!
//! Input: stores, and repositories with instruction files. Output: what a user reads, and which file gets the lessons.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use lessonbook_base::finding::{Code, Level};
use lessonbook_base::tree::Tree;
use serde_json::Value;

use crate::support::library::{self, Book, codes, in_order, refused_for, story, text, tree};
use crate::support::{Run, Sandbox};

const RULE: &str = "Give each probe three tries.";
const LESSON: &str = "title: Probes\nseverity: critical\ntags: [app]\nrule: Give each probe three tries.\n\
                      rationale: One lost packet restarted every pod.\n";

/// A store for teams that use these assistants, and a repository beside it.
fn world(assistants: &str, files: &[(&str, &str)]) -> Sandbox {
    let world = Sandbox::new();
    world.write("store/targets.yaml", targets(assistants));
    world.write("store/lessons/kubernetes/probes.yaml", LESSON);
    world.repository(
        "shop",
        &[&[("charts/web.yaml", "kind: Deployment\n")], files].concat(),
    );
    world
}

fn targets(assistants: &str) -> String {
    format!("version: 1\nname: acme\nassistants: [{assistants}]\ntargets:\n  ../shop: [app]\n")
}

fn run_on(day: &str, world: &Sandbox, args: &[&str]) -> Run {
    world.run_with("store", args, &[("LESSONBOOK_TODAY", day)])
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    run_on("2026-11-29", world, args)
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// The findings of a code, from a page of `check`, or from the first target of a plan.
fn found(page: &Value, code: &str) -> Vec<Value> {
    let plan = &page["targets"][0]["outcome"]["findings"];
    let findings = plan.as_array().or_else(|| page["findings"].as_array());
    let all = findings
        .unwrap_or_else(|| panic!("no findings in {page:#}"))
        .iter();
    all.filter(|finding| finding["code"] == code).cloned().collect()
}

fn merge(world: &Sandbox) {
    let synced = run(world, &["sync", "--yes"]);
    assert_eq!(synced.code, 0, "{}{}", synced.stdout, synced.stderr);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
}

fn file(world: &Sandbox, path: &str) -> String {
    String::from_utf8(world.read(&format!("shop/{path}"))).unwrap()
}

/// Where an assistant reads the lesson after the merge.
fn reads(world: &Sandbox, assistant: &str) -> Vec<String> {
    let page = json(&run(
        world,
        &["coverage", "--by", "assistant", "--format", "json"],
    ));
    let assistants = page["targets"][0]["assistants"].as_array().unwrap();
    let view = assistants.iter().find(|view| view["assistant"] == assistant);
    let view = view.unwrap_or_else(|| panic!("no {assistant} in {page:#}"));
    let lessons = view["proposed"]["lessons"].as_array().unwrap().iter();
    let copies = lessons.flat_map(|lesson| lesson["copies"].as_array().unwrap());
    copies
        .map(|copy| copy["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn old_facts_about_an_assistant_in_use_are_one_note_that_fails_no_run() {
    let world = world("amazon-q-cli", &[]);
    let checked = run(&world, &["check", "--strict", "--format", "json"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let notes = found(&json(&checked), "verification-overdue");
    let [note] = notes.as_slice() else {
        panic!("{notes:#?}")
    };
    assert_eq!(note["level"], "note");
    let message = note["message"].as_str().unwrap();
    for part in [
        "more than 180 days ago",
        "Amazon Q CLI at `agents` (2026-04-23, aws/amazon-q-developer-cli: paths.rs)",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let people = run(&world, &["check"]);
    assert!(people.stdout.contains("note[verification-overdue]"), "{people:?}");
    // Facts about assistants that no target uses may be as old as they like.
    world.write("store/targets.yaml", targets("codex"));
    assert!(!run(&world, &["check"]).stdout.contains("verification-overdue"));
}

#[test]
fn the_day_that_the_note_asks_for_ends_it() {
    let world = world("amazon-q-cli", &[]);
    let checked = json(&run(&world, &["check", "--format", "json"]));
    let notes = found(&checked, "verification-overdue");
    let help = notes[0]["help"].as_str().unwrap();
    let (_, lines) = help.split_once("into targets.yaml: ").unwrap();
    world.write(
        "store/targets.yaml",
        format!("{}{lines}\n", targets("amazon-q-cli")),
    );
    let checked = run(&world, &["check", "--format", "json"]);
    assert_eq!(
        (checked.code, found(&json(&checked), "verification-overdue").len()),
        (0, 0),
        "{checked:?}"
    );
    let table = run(&world, &["entry-points", "agents"]);
    let line = table
        .stdout
        .lines()
        .find(|line| line.contains("Amazon Q CLI"))
        .unwrap();
    assert!(
        line.ends_with("aws/amazon-q-developer-cli: paths.rs, verified on 2026-11-29"),
        "{line}"
    );
}

#[test]
fn years_later_all_old_facts_are_still_one_note() {
    let world = world("copilot, claude-code", &[]);
    assert!(!run(&world, &["check"]).stdout.contains("verification-overdue"));
    let late = run_on("2029-01-01", &world, &["check", "--format", "json"]);
    let notes = found(&json(&late), "verification-overdue");
    assert_eq!((late.code, notes.len()), (0, 1), "{late:?}");
    let message = notes[0]["message"].as_str().unwrap();
    for part in [
        "Copilot CLI at `claude`, ",
        "Claude Code at `claude-rules`",
        " more, see `lessonbook entry-points`",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_store_can_correct_a_fact_of_the_table_and_plans_follow() {
    let long = format!("# Shop\n\n{}", "Use make. ".repeat(6_000));
    let kiro = "{ tags: [app], visibility: private, assistants: [kiro] }";
    let book = Book::new(&[("kubernetes/probes", LESSON)]).target(kiro);
    let before = tree(&[("AGENTS.md", &long)]);
    refused_for(
        &book.plan(&before),
        Code::LimitExceeded,
        "above 50000, Kiro CLI does not document",
    );
    let newer = "entry_points: { agents: { assistants: [{ name: Kiro CLI, limits: [], page: kiro.dev, verified_on: 2026-11-19 }] } }";
    let corrected = book.settings(newer);
    assert_eq!(corrected.load().1, []);
    in_order(&corrected.plan(&before));
}

#[test]
fn a_doubt_about_an_assistant_that_is_not_in_use_stops_nothing() {
    let long = format!("# Shop\n\n{}", "Use make. ".repeat(6_000));
    let codex = "{ tags: [app], visibility: private, assistants: [cursor] }";
    let plan = Book::new(&[("kubernetes/probes", LESSON)])
        .target(codex)
        .plan(&tree(&[("AGENTS.md", long)]));
    in_order(&plan);
    let kiro = |finding: &&lessonbook_base::finding::Finding| finding.message.contains("Kiro");
    assert!(
        !plan.outcome.findings.iter().any(|finding| kiro(&finding)),
        "{}",
        story(&plan)
    );
}

#[test]
fn a_custom_agent_without_the_line_is_named_with_the_line_that_fixes_it() {
    let agents = [
        (
            ".github/agents/review.agent.md",
            "---\nname: review\ndescription: Reviews\n---\nReview it.\n",
        ),
        (
            ".github/agents/plan.md",
            "---\nname: plan\ninclude-custom-instructions: true\n---\nPlan it.\n",
        ),
        (".github/agents/README.md", "# Our agents\n"),
    ];
    let world = world("copilot", &agents);
    let planned = run(&world, &["plan", "--format", "json"]);
    let gaps = found(&json(&planned), "not-loaded");
    let [gap] = gaps.as_slice() else {
        panic!("{gaps:#?}")
    };
    assert_eq!(
        (&gap["level"], &gap["at"]["file"], &gap["at"]["line"]),
        (
            &"warning".into(),
            &".github/agents/review.agent.md".into(),
            &1.into()
        )
    );
    let help = "add the line `include-custom-instructions: true` after line 1, in the front matter";
    assert_eq!(gap["help"], help);
    for args in [
        &["plan", "-v"][..],
        &["explain", "../shop", "charts/web.yaml"],
        &["coverage", "--by", "assistant"],
    ] {
        let said = run(&world, args);
        let words = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            words.contains("`.github/agents/review.agent.md` does not load the instruction files")
                && words.contains("add the line `include-custom-instructions: true` after line 1"),
            "{args:?}: {}",
            said.stdout
        );
        assert!(
            !words.contains("agents/plan.md") && !words.contains("agents/README.md"),
            "{words}"
        );
    }
    let explained = json(&run(
        &world,
        &["explain", "../shop", "charts/web.yaml", "--format", "json"],
    ));
    assert_eq!(explained["custom_agents"][0]["help"], help);
    // Agents are reported and never written.
    merge(&world);
    for (path, before) in agents {
        assert_eq!(file(&world, path), before);
    }
    // The fix is the named line, at the named place.
    let fixed = agents[0]
        .1
        .replacen("---\n", "---\ninclude-custom-instructions: true\n", 1);
    world.write("shop/.github/agents/review.agent.md", fixed);
    world.commit("shop", "Include the instructions");
    let planned = run(&world, &["plan", "--format", "json"]);
    assert_eq!(found(&json(&planned), "not-loaded").len(), 0, "{planned:?}");
}

#[test]
fn custom_agents_matter_only_to_teams_that_use_copilot() {
    let world = world("claude-code", &[(".github/agents/review.md", "Review it.\n")]);
    let planned = run(&world, &["plan", "--format", "json"]);
    assert_eq!(found(&json(&planned), "not-loaded").len(), 0, "{planned:?}");
}

#[test]
fn a_claude_md_that_only_imports_covers_nothing_for_cursor() {
    let files = [
        ("CLAUDE.md", "@AGENTS.md\n"),
        ("AGENTS.md", "# Shop\n\nUse make.\n"),
    ];
    // Cursor reads AGENTS.md itself; of CLAUDE.md it sees one line.
    let shared = world("claude-code, cursor", &files);
    merge(&shared);
    assert_eq!(file(&shared, "CLAUDE.md"), "@AGENTS.md\n");
    assert_eq!(reads(&shared, "Cursor"), ["AGENTS.md"]);
    assert_eq!(reads(&shared, "Claude Code"), ["AGENTS.md"]);
    // What CLAUDE.md imports from anywhere else does not reach it: the lessons are written where it reads them.
    let elsewhere = [
        ("CLAUDE.md", "@GEMINI.md\n"),
        ("GEMINI.md", "# Shop\n\nUse make.\n"),
    ];
    let apart = world("gemini-cli, cursor", &elsewhere);
    merge(&apart);
    assert!(file(&apart, "GEMINI.md").contains(RULE) && file(&apart, "CLAUDE.md").contains(RULE));
    assert_eq!(reads(&apart, "Cursor"), ["CLAUDE.md"]);
}

#[test]
fn antigravity_reads_agents_md_and_cuts_what_is_beyond_24000_bytes() {
    let book = Book::new(&[("kubernetes/probes", LESSON)])
        .target("{ tags: [app], visibility: private, assistants: [antigravity] }");
    let block = text(&book.applied(&library::bare()), "AGENTS.md");
    assert!(block.contains(RULE), "{block}");
    let filler = "Text that people wrote.\n".repeat(1_001);
    assert!((24_000..32_768).contains(&filler.len()));
    let behind = tree(&[("AGENTS.md", format!("# Mine\n\n{filler}\n{block}"))]);
    refused_for(
        &book.plan(&behind),
        Code::LimitExceeded,
        "above 24000, Antigravity cuts the rest off",
    );
    // At the beginning it is read; the end of the hand-written text is not, and the plan says so.
    let plan = book.plan(&tree(&[("AGENTS.md", format!("# Mine\n\n{filler}"))]));
    in_order(&plan);
    let pushed = plan
        .outcome
        .findings
        .iter()
        .find(|finding| finding.message.contains("pushes"));
    assert_eq!(
        pushed.map(|finding| finding.level),
        Some(Level::Warning),
        "{}",
        story(&plan)
    );
}

/// The plan for a team that uses Junie, and the files after it.
fn junie(files: &[(&str, &str)]) -> (Tree, Vec<Code>) {
    let book = Book::new(&[("kubernetes/probes", LESSON)])
        .target("{ tags: [app], visibility: private, assistants: [junie] }");
    let before = tree(files);
    let plan = book.plan(&before);
    in_order(&plan);
    (before.with(&plan.content.edits), codes(&plan))
}

#[test]
fn junie_gets_the_lessons_in_the_one_place_of_three_that_it_reads() {
    let holds = |tree: &Tree, path: &str| tree.file(path).is_some() && text(tree, path).contains(RULE);
    // Its own file is read alone.
    let (after, _) = junie(&[(".junie/AGENTS.md", "# Mine\n"), ("AGENTS.md", "# All\n")]);
    assert!(holds(&after, ".junie/AGENTS.md") && !holds(&after, "AGENTS.md"));
    // The root's file is read together with the rules of the folder.
    let (after, _) = junie(&[("AGENTS.md", "# All\n"), (".junie/rules/style.md", "# Style\n")]);
    assert!(holds(&after, "AGENTS.md") && after.file(".junie/AGENTS.md").is_none());
    // The old guidelines are read only without the other two, so no other file is created.
    let (after, _) = junie(&[(".junie/guidelines.md", "# Old\n")]);
    assert!(holds(&after, ".junie/guidelines.md") && after.file("AGENTS.md").is_none());
    // Without any of them, the file that many assistants share is created.
    let (after, _) = junie(&[]);
    assert!(holds(&after, "AGENTS.md") && after.file(".junie/AGENTS.md").is_none());
}

#[test]
fn a_new_agents_md_may_not_take_the_old_guidelines_away_from_junie() {
    let plan = Book::new(&[("kubernetes/probes", LESSON)])
        .target("{ tags: [app], visibility: private, assistants: [junie, codex] }")
        .plan(&tree(&[(".junie/guidelines.md", "# Old\n\nUse make.\n")]));
    refused_for(
        &plan,
        Code::WouldShadow,
        "`AGENTS.md` would hide `.junie/guidelines.md` from Junie",
    );
}

#[test]
fn opencode_gets_agents_md_although_a_claude_md_exists() {
    let world = world("opencode", &[("CLAUDE.md", "# Shop\n\nUse make.\n")]);
    merge(&world);
    assert!(file(&world, "AGENTS.md").contains(RULE));
    assert_eq!(file(&world, "CLAUDE.md"), "# Shop\n\nUse make.\n");
    assert_eq!(reads(&world, "opencode"), ["AGENTS.md"]);
}

#[test]
fn a_committed_claude_local_md_hides_agents_md_from_claude_code() {
    let files = [("AGENTS.md", "# Shop\n"), ("CLAUDE.local.md", "My notes.\n")];
    let world = world("claude-code", &files);
    merge(&world);
    assert!(file(&world, "CLAUDE.md").contains(RULE) || file(&world, "CLAUDE.md").contains("@AGENTS.md"));
    assert_eq!(reads(&world, "Claude Code").len(), 1);
}

#[test]
fn cline_leaves_the_rules_of_cursor_alone_where_it_has_its_own() {
    let rule = "---\nglobs: \"**/*.yaml\"\nalwaysApply: true\n---\n- Sort keys.\n";
    let when = |files: &[(&str, &str)]| {
        let world = world("cursor, cline", files);
        let page = json(&run(
            &world,
            &["explain", "../shop", "charts/web.yaml", "--format", "json"],
        ));
        let files = page["files"].as_array().unwrap().iter();
        let file = files
            .clone()
            .find(|file| file["path"] == ".cursor/rules/keys.mdc")
            .unwrap();
        let cline = file["assistants"].as_array().unwrap().iter();
        let cline = cline.clone().find(|view| view["assistant"] == "Cline").unwrap();
        cline["current"]["when"].as_str().unwrap().to_owned()
    };
    let keys = (".cursor/rules/keys.mdc", rule);
    assert_eq!(when(&[keys]), "always");
    assert_eq!(when(&[keys, (".clinerules/own.md", "- Be kind.\n")]), "never");
}
