//! Changes that people made to our text since it was merged, with the real binary and real repositories: `plan` and `status` distinguish
//! them and show the lines that would be lost; with `on_drift: stop` the target waits for a person.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;
use support::Sandbox;

use crate::support;

const COPILOT: &str = ".github/copilot-instructions.md";
const SCOPED: &str = ".github/instructions/kubernetes.instructions.md";

/// A store, and two repositories into which its proposal was merged.
fn merged() -> Sandbox {
    merged_with("")
}

fn merged_with(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["shop", "cluster"] {
        sandbox.repository(
            name,
            &[
                ("CLAUDE.md", "# Ours\n\nBe kind.\n"),
                ("AGENTS.md", "# Agents\n\nHello.\n"),
                ("deploy.yaml", "replicas: 2\n"),
            ],
        );
    }
    lesson(
        &sandbox,
        "Never set `failureThreshold` below 3 on a liveness probe.",
    );
    sandbox.write(
        "store/lessons/kubernetes/limits.yaml",
        "title: T\nseverity: high\ntags: [all]\nrule: Set a memory limit on every container.\nrationale: One leak takes the node.\n",
    );
    targets(&sandbox, settings, "[all]");
    sync_and_merge(&sandbox);
    sandbox
}

fn lesson(sandbox: &Sandbox, rule: &str) {
    let text = format!(
        "title: Probes\nseverity: critical\ntags: [all]\npaths: [\"**/*.yaml\"]\nrule: {rule}\nrationale: One failed check restarts every pod at \
         once.\n"
    );
    sandbox.write("store/lessons/kubernetes/probe.yaml", text);
}

fn targets(sandbox: &Sandbox, settings: &str, shop: &str) {
    sandbox.write(
        "store/targets.yaml",
        format!(
            "version: 1\nname: acme\nuse: [copilot, claude, agents, copilot-scoped, reference]\n{settings}targets:\n  ../shop: {shop}\n  \
             ../cluster: [all]\n"
        ),
    );
}

fn sync_and_merge(sandbox: &Sandbox) {
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    for name in ["shop", "cluster"] {
        sandbox.git(
            name,
            &["merge", "--quiet", "--no-ff", "-m", "Merge", "lessonbook/acme"],
        );
        sandbox.git(name, &["branch", "-D", "lessonbook/acme"]);
    }
}

fn change(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(sandbox.read(path)).unwrap();
    assert!(text.contains(from), "{path} holds no {from:?}: {text}");
    sandbox.write(path, text.replace(from, to));
}

/// The plan of a target: the page and the JSON of that target.
fn plan(sandbox: &Sandbox, target: &str) -> (String, Value) {
    let page = sandbox.run(&["plan", target, "--store", "store"]);
    let json = sandbox.run(&["plan", target, "--store", "store", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    (page.stdout, json["targets"][0].clone())
}

/// `path kind`, and the numbers of the lines that would be lost, of every drifted file.
fn drift(target: &Value) -> Vec<String> {
    let files = target["content"]["drift"].as_array().unwrap().iter();
    let words = files.map(|file| {
        let lines: Vec<String> = file["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["number"].to_string())
            .collect();
        let known = if file["known"] == true { "" } else { " unknown" };
        format!(
            "{} {}{known} {}",
            file["path"].as_str().unwrap(),
            file["kind"].as_str().unwrap(),
            lines.join(",")
        )
    });
    words.map(|text| text.trim_end().to_owned()).collect()
}

fn codes(target: &Value) -> Vec<&str> {
    target["outcome"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

fn status(sandbox: &Sandbox) -> (String, Value) {
    let page = sandbox.run(&["status", "--store", "store"]);
    let json = sandbox.run(&["status", "--store", "store", "--format", "json"]);
    (page.stdout, serde_json::from_str(&json.stdout).unwrap())
}

#[test]
fn after_a_merge_nothing_drifted() {
    let sandbox = merged();
    let (page, json) = plan(&sandbox, "../shop");
    assert!(
        page.contains("   UP TO DATE\n") && !page.contains("drift"),
        "{page}"
    );
    assert_eq!(drift(&json), [""; 0]);
    assert_eq!(status(&sandbox).1["counts"]["up-to-date"], 2);
}

#[test]
fn a_history_that_can_not_be_read_is_reported_and_the_plan_goes_on() {
    let sandbox = merged();
    change(
        &sandbox,
        "shop/CLAUDE.md",
        "- Set a memory limit",
        "- Never deploy on Fridays.\n- Set a memory limit",
    );
    sandbox.commit("shop", "Add a rule of ours");
    let ours = sandbox.git("shop", &["rev-parse", "HEAD~1^2"]);
    let (folder, file) = ours.trim().split_at(2);
    std::fs::remove_file(sandbox.path(&format!("shop/.git/objects/{folder}/{file}"))).unwrap();
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), ["CLAUDE.md edited 8"]);
    assert_eq!(codes(&json), ["repository-unreadable", "block-edited"], "{page}");
    assert_eq!(
        json["outcome"]["findings"][0]["effect"],
        "changes that people made to merged text may not be noticed"
    );
    assert!(
        page.contains("warning[repository-unreadable]: the history of the base branch can't be read"),
        "{page}"
    );
}

#[test]
fn an_edit_is_shown_with_its_hand_written_lines_and_reverted() {
    let sandbox = merged();
    let merged_text = sandbox.read("shop/CLAUDE.md");
    change(
        &sandbox,
        "shop/CLAUDE.md",
        "- Set a memory limit",
        "- Never deploy on Fridays.\n- Ask Dana before touching prices.\n- Set a memory limit",
    );
    sandbox.commit("shop", "Add rules of ours");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), ["CLAUDE.md edited 8,9"]);
    for part in [
        "drift  CLAUDE.md:8 edited by hand",
        "2 hand-written lines would be lost:",
        "8 | - Never deploy on Fridays.",
        "9 | - Ask Dana before touching prices.",
        "warning[block-edited]",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (page, json) = status(&sandbox);
    let shop = &json["targets"][0];
    assert_eq!(
        (
            shop["outcome"]["state"].as_str(),
            shop["content"]["drift"][0]["kind"].as_str()
        ),
        (Some("drifted"), Some("edited"))
    );
    assert!(
        page.contains("../shop: CLAUDE.md edited by hand, 2 hand-written lines would be lost"),
        "{page}"
    );
    assert_eq!(
        json["targets"][1]["content"]["drift"].as_array().unwrap().len(),
        0
    );
    sync_and_merge_only(&sandbox, "shop");
    assert_eq!(sandbox.read("shop/CLAUDE.md"), merged_text);
}

#[test]
fn a_proposal_from_before_an_edit_is_made_again() {
    let told = "- Never deploy on Fridays.\n- Set a memory limit";
    for reworded in [
        // The proposal changes the edited file in another line.
        "Never set `failureThreshold` below 4 on a liveness probe.",
        // The proposal does not change the edited file.
        "Never set `failureThreshold` below 3 on a liveness probe.",
    ] {
        let sandbox = merged();
        lesson(&sandbox, reworded);
        sandbox.write(
            "store/lessons/kubernetes/requests.yaml",
            "title: R\nseverity: low\ntags: [all]\npaths: [\"**/*.yaml\"]\nrule: Set a memory request.\nrationale: The scheduler guesses.\n",
        );
        let sync = || sandbox.run(&["sync", "../shop", "--yes", "--store", "store"]);
        let head = || sandbox.git("shop", &["rev-parse", "lessonbook/acme"]);
        assert_eq!(sync().code, 0);
        let before_the_edit = head();
        change(&sandbox, "shop/CLAUDE.md", "- Set a memory limit", told);
        sandbox.commit("shop", "Add a rule of ours");
        let run = sync();
        let after_it = head();
        assert_ne!(after_it, before_the_edit, "{}", run.stdout);
        sync();
        assert_eq!(head(), after_it, "nothing changed since");
        sandbox.git("shop", &["merge", "--quiet", "--no-edit", "lessonbook/acme"]);
        let text = String::from_utf8(sandbox.read("shop/CLAUDE.md")).unwrap();
        assert!(!text.contains("Fridays") && text.contains(reworded), "{text}");
        let (_, json) = plan(&sandbox, "../shop");
        assert_eq!(drift(&json), [""; 0]);
    }
}

fn sync_and_merge_only(sandbox: &Sandbox, name: &str) {
    let run = sandbox.run(&["sync", &format!("../{name}"), "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.git(name, &["merge", "--quiet", "lessonbook/acme"]);
}

#[test]
fn if_the_store_changed_too_the_history_shows_the_hand_written_lines() {
    let sandbox = merged();
    change(
        &sandbox,
        "shop/CLAUDE.md",
        "- Set a memory",
        "- Be brave.\n- Set a memory",
    );
    sandbox.commit("shop", "Add a rule");
    lesson(&sandbox, "Set `failureThreshold` to at least 4.");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), ["CLAUDE.md edited 8"], "{page}");
    assert_eq!(
        (
            &json["content"]["drift"][0]["by_hand"],
            &json["content"]["drift"][0]["restores"]
        ),
        (&true.into(), &false.into())
    );
    assert_eq!(status(&sandbox).1["targets"][0]["outcome"]["state"], "stale");
    // If the history is cut off, every line that would be lost is shown, and the page notes that.
    let url = format!("file://{}", sandbox.path("shop").display());
    sandbox.git(".", &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    targets(&sandbox, "", "[all]\n  ../shallow: [all]");
    let (page, json) = plan(&sandbox, "../shallow");
    let lines = json["content"]["drift"][0]["lines"].as_array().unwrap();
    assert_eq!(json["content"]["drift"][0]["by_hand"], false);
    assert!(
        lines.len() > 1 && lines.iter().any(|line| line["text"] == "- Be brave."),
        "{json}"
    );
    assert!(
        page.contains("it is unknown which of them are hand-written"),
        "{page}"
    );
}

#[test]
fn removed_words_of_ours_are_restored_and_no_line_is_lost() {
    let sandbox = merged();
    change(
        &sandbox,
        "shop/CLAUDE.md",
        "- Set a memory limit on every container. Why: One leak takes the node. (`limits`, high)\n",
        "",
    );
    sandbox.commit("shop", "Shorter");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), ["CLAUDE.md edited"]);
    assert!(!page.contains("would go"), "{page}");
}

#[test]
fn many_lines_are_counted_and_all_of_them_shown_with_v() {
    let sandbox = merged();
    let mine: String = (1..=9).map(|nth| format!("- My rule number {nth}.\n")).collect();
    change(
        &sandbox,
        "shop/CLAUDE.md",
        "- Set a memory",
        &format!("{mine}- Set a memory"),
    );
    sandbox.commit("shop", "Many");
    let (page, _) = plan(&sandbox, "../shop");
    assert!(
        page.contains("9 hand-written lines would be lost") && page.contains("and 4 more; -v lists all"),
        "{page}"
    );
    assert!(!page.contains("My rule number 6."), "{page}");
    let verbose = sandbox.run(&["plan", "../shop", "-v", "--store", "store"]).stdout;
    assert!(verbose.contains("| - My rule number 9."), "{verbose}");
}

#[test]
fn a_reformatted_block_is_up_to_date_and_never_stops() {
    let sandbox = merged_with("policy: { on_drift: stop }\n");
    change(&sandbox, "shop/CLAUDE.md", "\n- ", "\n* ");
    change(&sandbox, "shop/CLAUDE.md", " Why:", "\n  Why:"); // wrapped
    change(&sandbox, &format!("shop/{SCOPED}"), "\n- ", "\n* ");
    let before = sandbox.commit("shop", "Format");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(
        drift(&json),
        [
            "CLAUDE.md reformatted".to_owned(),
            format!("{SCOPED} reformatted")
        ],
        "{page}"
    );
    assert_eq!(
        (json["outcome"]["state"].as_str(), codes(&json)),
        (Some("up-to-date"), vec!["block-reformatted"; 2])
    );
    let (page, json) = status(&sandbox);
    assert_eq!(json["counts"]["up-to-date"], 2);
    assert!(!page.contains("reformatted"), "{page}");
    assert_eq!(sandbox.run(&["sync", "--yes", "--store", "store"]).code, 0);
    assert_eq!(sandbox.git("shop", &["rev-parse", "--all"]), before);
}

#[test]
fn a_deleted_block_or_file_is_distinguished_from_one_that_never_existed() {
    let sandbox = merged();
    let text = String::from_utf8(sandbox.read("shop/AGENTS.md")).unwrap();
    let (head, rest) = text.split_once("<!-- lessonbook:begin").unwrap();
    let (_, tail) = rest.split_once("<!-- lessonbook:end acme -->\n").unwrap();
    sandbox.write("shop/AGENTS.md", format!("{head}{tail}"));
    std::fs::remove_file(sandbox.path(&format!("shop/{COPILOT}"))).unwrap();
    std::fs::remove_file(sandbox.path(&format!("shop/{SCOPED}"))).unwrap();
    sandbox.commit("shop", "Less");
    // An entry point that the store has required only since then never had a block.
    targets(&sandbox, "", "{ tags: [all], use: [+gemini, +claude-rules] }");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(
        drift(&json),
        [
            format!("{COPILOT} deleted"),
            "AGENTS.md deleted".to_owned(),
            format!("{SCOPED} deleted")
        ],
        "{page}"
    );
    assert!(
        page.contains("and the file no longer exists") && page.contains("and the block is missing"),
        "{page}"
    );
    assert_eq!(
        codes(&json)
            .iter()
            .filter(|code| **code == "block-deleted")
            .count(),
        3
    );
}

#[test]
fn without_a_history_a_deletion_is_reported_as_uncertain() {
    let sandbox = merged();
    std::fs::remove_file(sandbox.path(&format!("shop/{COPILOT}"))).unwrap();
    sandbox.git("shop", &["checkout", "--quiet", "--orphan", "fresh"]);
    sandbox.commit("shop", "All in one");
    sandbox.git("shop", &["branch", "-M", "fresh", "main"]);
    targets(&sandbox, "policy: { on_drift: stop }\n", "[all]");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), [format!("{COPILOT} deleted unknown")]);
    assert!(
        page.contains("either it was removed, or the store has required it only since then"),
        "{page}"
    );
    // What is uncertain stops nothing.
    assert_eq!(json["outcome"]["state"], "stale");
}

#[cfg(unix)]
#[test]
fn a_link_that_replaces_a_file_is_distinguished_from_one_to_our_file() {
    let sandbox = merged();
    let link = |target: &str, path: &str| {
        std::fs::remove_file(sandbox.path(path)).unwrap();
        std::os::unix::fs::symlink(target, sandbox.path(path)).unwrap();
    };
    link("deploy.yaml", "shop/AGENTS.md");
    link("AGENTS.md", "cluster/CLAUDE.md");
    sandbox.commit("shop", "A link");
    sandbox.commit("cluster", "A link");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), ["AGENTS.md link"]);
    assert!(page.contains("AGENTS.md:1 replaced by a link"), "{page}");
    let (_, json) = plan(&sandbox, "../cluster");
    assert_eq!(
        (drift(&json), json["outcome"]["state"].as_str()),
        (Vec::new(), Some("up-to-date"))
    );
}

#[test]
fn changed_front_matter_is_distinguished_from_an_edited_block() {
    let sandbox = merged();
    change(
        &sandbox,
        &format!("shop/{SCOPED}"),
        "applyTo: \"**/*.yaml\"",
        "applyTo: \"charts/**\"",
    );
    sandbox.commit("shop", "Narrow");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), [format!("{SCOPED} front-matter 2")]);
    assert!(page.contains("2 | applyTo: \"charts/**\""), "{page}");
    assert_eq!(codes(&json), ["front-matter-edited"]);
    // A key that is not ours is never overwritten.
    change(
        &sandbox,
        &format!("shop/{SCOPED}"),
        "applyTo:",
        "excludeAgent: code-review\napplyTo:",
    );
    sandbox.commit("shop", "Exclude");
    let (_, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), [format!("{SCOPED} front-matter")]);
    assert_eq!(
        (
            json["content"]["drift"][0]["line"].as_u64(),
            json["outcome"]["state"].as_str()
        ),
        (Some(2), Some("refused"))
    );
}

#[test]
fn damaged_markers_are_reported_with_their_line() {
    let sandbox = merged();
    change(&sandbox, "shop/CLAUDE.md", "<!-- lessonbook:end acme -->\n", "");
    change(
        &sandbox,
        "cluster/CLAUDE.md",
        "# Ours\n",
        "# Ours\n\n```sh\nmake\n",
    );
    sandbox.commit("shop", "Oops");
    sandbox.commit("cluster", "Oops");
    for (target, line) in [("../shop", 3), ("../cluster", 3)] {
        let (_, json) = plan(&sandbox, target);
        assert_eq!(drift(&json), ["CLAUDE.md damaged"], "{target}");
        assert_eq!(json["content"]["drift"][0]["line"], line, "{target}");
    }
}

#[test]
fn stop_leaves_that_target_to_people_and_names_the_lines() {
    let sandbox = merged();
    for name in ["shop", "cluster"] {
        change(
            &sandbox,
            &format!("{name}/CLAUDE.md"),
            "- Set a memory",
            "- Be brave.\n- Set a memory",
        );
        sandbox.commit(name, "Mine");
    }
    targets(&sandbox, "", "{ tags: [all], on_drift: stop }");
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        sandbox
            .git("shop", &["branch", "--list", "lessonbook/*"])
            .is_empty()
    );
    assert!(
        !sandbox
            .git("cluster", &["branch", "--list", "lessonbook/*"])
            .is_empty()
    );
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(
        (json["outcome"]["state"].as_str(), codes(&json)),
        (Some("refused"), vec!["drift-stops"])
    );
    for part in ["(line 8)", "8 | - Be brave.", "move the lines out of the block"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (page, json) = status(&sandbox);
    assert_eq!(json["targets"][0]["outcome"]["state"], "refused");
    assert!(
        page.contains("../shop: CLAUDE.md edited by hand, 1 hand-written line would be lost"),
        "{page}"
    );
    // The ways out: the line moves out of the block, or the store's setting changes.
    change(&sandbox, "shop/CLAUDE.md", "- Be brave.\n", "");
    change(&sandbox, "shop/CLAUDE.md", "Be kind.", "Be kind. Be brave.");
    sandbox.commit("shop", "Out of the block");
    assert_eq!(plan(&sandbox, "../shop").1["outcome"]["state"], "up-to-date");
    targets(
        &sandbox,
        "policy: { on_drift: stop }\n",
        "{ tags: [all], on_drift: propose }",
    );
    assert_eq!(plan(&sandbox, "../shop").1["outcome"]["state"], "up-to-date");
    assert_eq!(plan(&sandbox, "../cluster").1["outcome"]["state"], "refused");
}

#[test]
fn a_block_that_is_removed_shows_its_hand_written_lines() {
    let sandbox = merged();
    change(
        &sandbox,
        "shop/CLAUDE.md",
        "- Set a memory",
        "- Be brave.\n- Set a memory",
    );
    sandbox.commit("shop", "Mine");
    targets(&sandbox, "", "{ tags: [all], enabled: false }");
    let (page, json) = plan(&sandbox, "../shop");
    assert_eq!(drift(&json), ["CLAUDE.md edited 8"], "{page}");
    assert!(page.contains("8 | - Be brave."), "{page}");
}

proptest::proptest! {
    #[test]
    fn a_line_with_a_word_that_is_lost_is_always_shown(
        before in "(([-*] )?[a-d]{1,2}([ \r\t][a-d*_]{1,3}){0,4}\n){0,12}",
        after in "(([-*] )?[a-c]{1,2}([ \r\t][a-c*_]{1,3}){0,4}\n){0,12}",
    ) {
        let lost = lessonbook_base::text_diff::lost_lines(&before, &after);
        let words = |text: &str| -> Vec<String> {
            let words = text.split_whitespace().map(|word| word.trim_matches(['*', '_']).to_owned());
            words.filter(|word| !word.is_empty() && word != "-").collect()
        };
        let kept = words(&after);
        for (at, line) in before.lines().enumerate() {
            let gone = words(line).iter().any(|word| !kept.contains(word));
            proptest::prop_assert!(!gone || lost.contains(&at), "{line:?} of {before:?} after {after:?}: {lost:?}");
        }
        proptest::prop_assert!(lessonbook_base::text_diff::lost_lines(&before, &before).is_empty());
    }
}

#[test]
fn a_single_carriage_return_does_not_end_a_line() {
    let lost = |before: &str, after: &str| lessonbook_base::text_diff::lost_lines(before, after);
    assert_eq!(lost("a\rb\rc\rd\n", "a b c d\n"), [0]);
    assert_eq!(lost("x\na\rb\n", "x\na b\n"), [1]);
}
