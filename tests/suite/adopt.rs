//! `adopt: true`: hand-written lines that a lesson says word for word move into the block, and back.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use crate::support::Sandbox;
use serde_json::Value;

const RULE: &str = "Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.";

/// A store with one lesson, `adopt: true`, and one target with a `CLAUDE.md`.
fn world(claude: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    settings(&sandbox, "adopt: true\n", "{ tags: [app] }");
    lesson(&sandbox, "pin", RULE);
    sandbox.init("app");
    sandbox.write("app/CLAUDE.md", claude);
    sandbox.commit("app", "Start");
    sandbox
}

fn settings(sandbox: &Sandbox, lines: &str, target: &str) {
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\nassistants: [claude-code]\nuse: [claude]\n{lines}targets:\n  ../app: {target}\n"),
    );
}

fn lesson(sandbox: &Sandbox, id: &str, rule: &str) {
    sandbox.write(
        &format!("store/lessons/ops/{id}.yaml"),
        format!(
            "title: Pin\nseverity: critical\ntags: [app]\nrule: >-\n  {rule}\nrationale: Tags can be moved.\n"
        ),
    );
}

fn retire(sandbox: &Sandbox, id: &str) {
    let path = format!("store/lessons/ops/{id}.yaml");
    let text = String::from_utf8(sandbox.read(&path)).unwrap();
    sandbox.write(&path, format!("status: retired\n{text}"));
}

/// The plan of the only target.
fn plan(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(&["plan", "--store", "store", "--format", "json"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    plan["targets"][0].clone()
}

/// What the plan moves: place, lesson and direction.
fn moved(sandbox: &Sandbox) -> Vec<String> {
    let plan = plan(sandbox);
    let lessons = plan["content"]["lessons"].as_array().unwrap();
    let texts = lessons
        .iter()
        .filter_map(|lesson| lesson["moved"].as_array())
        .flatten();
    texts
        .map(|text| {
            format!(
                "{}:{} {} {}",
                text["path"].as_str().unwrap(),
                text["line"],
                text["lesson"].as_str().unwrap(),
                text["to"].as_str().unwrap()
            )
        })
        .collect()
}

/// Proposes and merges; what `CLAUDE.md` holds then.
fn merged(sandbox: &Sandbox) -> String {
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.git("app", &["merge", "--quiet", "lessonbook/acme"]);
    sandbox.git("app", &["branch", "-D", "lessonbook/acme"]);
    String::from_utf8(sandbox.read("app/CLAUDE.md")).unwrap()
}

/// The hand-written lines of a file.
fn by_hand(text: &str) -> String {
    let begin = text.find("<!-- lessonbook:begin").unwrap();
    let end = text.find("<!-- lessonbook:end acme -->").unwrap() + "<!-- lessonbook:end acme -->".len();
    format!("{}{}", &text[..begin], &text[end..])
}

#[test]
fn a_line_that_a_lesson_says_moves_into_the_block_and_back() {
    let old = format!("# App\n\n## CI\n\n- Run the tests.\n- {RULE}\n- Be kind.\n");
    let sandbox = world(&old);
    assert_eq!(moved(&sandbox), ["CLAUDE.md:6 pin into-block"]);
    let text = merged(&sandbox);
    assert_eq!(
        by_hand(&text),
        "# App\n\n\n\n## CI\n\n- Run the tests.\n- Be kind.\n"
    );
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert!(
        run.stdout.contains("up to date") || run.stdout.contains("UP TO DATE"),
        "{run:?}"
    );
    settings(&sandbox, "adopt: true\n", "{ tags: [app], enabled: false }");
    assert_eq!(moved(&sandbox), ["CLAUDE.md:6 pin back"]);
    assert_eq!(merged(&sandbox), old);
}

/// The text of a file without its block, once the lesson is in it.
fn adopted(claude: &str) -> String {
    let sandbox = world(claude);
    assert_eq!(
        plan(&sandbox)["outcome"]["state"],
        "stale",
        "{claude}: {}",
        plan(&sandbox)
    );
    by_hand(&merged(&sandbox))
}

#[test]
fn a_unit_moves_whatever_its_markup_bullet_and_line_breaks() {
    for unit in [
        "* Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.",
        "+ **Never** pin a GitHub Action to a *tag*; pin it to a full commit SHA of 40 characters.",
        "- Never pin a GitHub Action to a tag;\n  pin it to a full commit SHA\n  of 40 characters.",
        "Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.",
        "  -   Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.  ",
    ] {
        let text = adopted(&format!("# App\n\nHello.\n\n{unit}\n\nBe kind.\n"));
        assert_eq!(text, "# App\n\n\n\nHello.\n\nBe kind.\n", "{unit}");
    }
}

#[test]
fn a_unit_stays_where_its_place_gives_it_another_meaning() {
    for text in [
        // Other words, more words, code instead of words.
        "- Never pin a GitHub Action to a tag; pin it to a full commit SHA of 64 characters.",
        &format!("- {RULE} Ask dana."),
        &format!("- [ ] {RULE}"),
        &format!("- {RULE}\n  - Ask dana.\n- Be kind."),
        &format!("- {RULE}\n\n  Ask dana.\n- Be kind."),
        // Steps, nested items, quotes, tables, code, strike-through, raw HTML.
        &format!("1. Run the tests.\n2. {RULE}\n3. Be kind."),
        &format!("- For actions:\n  - {RULE}\n  - Be kind."),
        &format!("> - {RULE}\n\nBe kind."),
        &format!("| rule |\n|---|\n| {RULE} |\n\nBe kind."),
        &format!("```text\n- {RULE}\n```\n\nBe kind."),
        &format!("- ~~{RULE}~~\n- Be kind."),
        &format!("<div>\n\n- {RULE}\n\n</div>\n\nBe kind."),
        &format!("- {RULE} <!-- old -->\n- Be kind."),
        // Headings and lead-ins that limit or reverse it.
        &format!("## What we do not do\n\n- {RULE}\n- Be kind."),
        &format!("## 🚫 Mistakes\n\n### CI\n\n- {RULE}\n- Be kind."),
        &format!("## Examples\n\n- {RULE}\n- Be kind."),
        &format!("We used to say:\n\n- {RULE}\n- Be kind."),
        &format!("None of these applies here.\n\n- Run the tests.\n- {RULE}"),
        // A heading, or the file, would be left without text.
        &format!("## CI\n\n- {RULE}\n\n## Style\n\n- Be kind."),
        &format!("## CI\n\n{RULE}"),
    ] {
        let text = format!("# App\n\nHello.\n\n{text}\n");
        let sandbox = world(&text);
        assert_eq!(moved(&sandbox), [""; 0], "{text}");
        let after = merged(&sandbox);
        assert_eq!(by_hand(&after).replace("\n\n\n\n", "\n\n"), text);
    }
    let whole = format!("{RULE}\n");
    assert_eq!(moved(&world(&whole)), [""; 0]);
}

#[test]
fn copies_in_several_places_move_and_the_others_are_still_named() {
    let sandbox = world(&format!(
        "- {RULE}\n- Be kind.\n\n## Never\n\n- {RULE}\n- Shout.\n\n## CI\n\n- Never pin a GitHub action to tags; pin them to the full commit \
         SHA (40 characters).\n- {RULE}\n"
    ));
    assert_eq!(
        moved(&sandbox),
        ["CLAUDE.md:1 pin into-block", "CLAUDE.md:12 pin into-block"]
    );
    let plan = plan(&sandbox);
    let copies = plan["outcome"]["findings"].as_array().unwrap().iter();
    let copies: Vec<&str> = copies
        .filter(|finding| finding["code"] == "hand-copy")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    assert_eq!(copies, ["CLAUDE.md:6 repeats pin in hand-written text"]);
}

#[test]
fn the_bytes_of_every_shape_of_file_are_given_back() {
    let rule = |text: &str| text.replace("RULE", RULE);
    for old in [
        "# App\r\n\r\n- One.\r\n- RULE\r\n- Two.\r\n",
        "\u{feff}# App\n\n- One.\n- RULE\n",
        "# App\n\n- One.\n- RULE",
        "- RULE\n- One.",
        "RULE\n\nOne.\n",
        "One.\n\nRULE\n",
        "One.\n\nRULE\n\n\n\nTwo.\n",
        "One.\n\n\nRULE\n\nTwo.\n\n",
        "# App\nRULE\n\n## CI\nOne.\n",
        "# App\n- RULE\n- RULE\n- One.\n\n- RULE\n\n- Two.\n",
        "---\ntitle: x\n---\n\n- RULE\n- One.\n",
        "# App\n\n- One.\n\n- RULE\n\n- Two.\n",
        "App\n===\n\nRULE\n\nTwo\n---\n\nOne.\n",
        "# App\n\n- RULE\n",
    ] {
        let old = rule(old);
        let sandbox = world(&old);
        assert!(!moved(&sandbox).is_empty(), "{old:?}");
        let new = merged(&sandbox);
        assert!(!by_hand(&new).contains(RULE), "{new:?}");
        assert_eq!(moved(&sandbox), [""; 0], "{new:?}");
        retire(&sandbox, "pin");
        assert!(
            moved(&sandbox).iter().all(|text| text.ends_with(" pin back")),
            "{old:?}"
        );
        assert_eq!(merged(&sandbox), old);
    }
}

#[test]
fn text_is_put_back_among_later_edits_or_behind_the_block() {
    let old = format!("# App\n\n## CI\n\n- Run the tests.\n- {RULE}\n- Be kind.\n");
    let sandbox = world(&old);
    lesson(&sandbox, "stay", "Ask before you add a dependency.");
    let new = merged(&sandbox);
    // Other lines change: the place is still there.
    let edited = new.replace("## CI", "## CI and tests") + "- Sleep.\n";
    sandbox.write("app/CLAUDE.md", &edited);
    sandbox.commit("app", "Edit");
    retire(&sandbox, "pin");
    assert!(moved(&sandbox)[0].ends_with(" pin back"), "{:?}", moved(&sandbox));
    let run = sandbox.run(&["plan", "-v", "--store", "store"]);
    assert!(
        run.stdout
            .contains(&format!(" - Run the tests.\n+- {RULE}\n - Be kind.\n")),
        "{}",
        run.stdout
    );
    // The line before it is another one now: the place is gone.
    sandbox.write(
        "app/CLAUDE.md",
        edited.replace("- Run the tests.\n- Be kind.\n", "- Test.\n"),
    );
    sandbox.commit("app", "Edit again");
    assert!(moved(&sandbox)[0].ends_with("pin behind-block"));
    let run = sandbox.run(&["plan", "--store", "store"]);
    assert!(
        run.stdout
            .contains("put back after the block, because its place is no longer there"),
        "{}",
        run.stdout
    );
    let text = merged(&sandbox);
    assert!(
        text.contains(&format!("<!-- lessonbook:end acme -->\n\n- {RULE}\n\n## CI")),
        "{text}"
    );
}

#[test]
fn without_adopt_no_hand_written_byte_changes_and_the_plan_offers_it() {
    let old = format!("# App\n\n- Run the tests.\n- {RULE}\n");
    let sandbox = world(&old);
    settings(&sandbox, "", "{ tags: [app] }");
    assert_eq!(moved(&sandbox), [""; 0]);
    let run = sandbox.run(&["plan", "--store", "store"]);
    assert!(
        run.stdout
            .contains("CLAUDE.md:4 repeats pin in hand-written text"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("`adopt: true` in targets.yaml"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("moved"), "{}", run.stdout);
    // Off for one target, on for the store.
    settings(&sandbox, "adopt: true\n", "{ tags: [app], adopt: false }");
    assert_eq!(moved(&sandbox), [""; 0]);
    // Switched off later: what was moved stays in the block.
    settings(&sandbox, "adopt: true\n", "{ tags: [app] }");
    let new = merged(&sandbox);
    settings(&sandbox, "", "{ tags: [app] }");
    assert_eq!(plan(&sandbox)["outcome"]["state"], "up-to-date");
    assert_eq!(String::from_utf8(sandbox.read("app/CLAUDE.md")).unwrap(), new);
}

#[test]
fn a_lesson_that_is_already_there_takes_its_copy_over_later() {
    let old = format!("# App\n\n- Run the tests.\n- {RULE}\n");
    let sandbox = world(&old);
    settings(&sandbox, "", "{ tags: [app] }");
    let first = merged(&sandbox);
    assert_eq!(
        by_hand(&first),
        "# App\n\n\n\n- Run the tests.\n- ".to_owned() + RULE + "\n"
    );
    settings(&sandbox, "adopt: true\n", "{ tags: [app] }");
    let plan = plan(&sandbox);
    assert_eq!(plan["proposal"]["title"], "docs(ai): 1 lesson moved (pin)");
    let second = merged(&sandbox);
    assert_eq!(by_hand(&second), "# App\n\n\n\n- Run the tests.\n");
    retire(&sandbox, "pin");
    assert_eq!(merged(&sandbox), old);
}

#[test]
fn a_shallow_clone_says_that_it_does_not_know() {
    let sandbox = world(&format!("# App\n\n- Run the tests.\n- {RULE}\n"));
    merged(&sandbox);
    sandbox.write("app/README.md", "# App\n");
    sandbox.commit("app", "Later");
    let from = format!("file://{}", sandbox.path("app").display());
    sandbox.git(".", &["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    std::fs::rename(sandbox.path("app"), sandbox.path("full")).unwrap();
    std::fs::rename(sandbox.path("shallow"), sandbox.path("app")).unwrap();
    retire(&sandbox, "pin");
    let run = sandbox.run(&["plan", "--store", "store"]);
    assert!(
        run.stdout
            .contains("warning[moved-text-unknown]: pin leaves `CLAUDE.md`"),
        "{}",
        run.stdout
    );
}

#[test]
fn an_unknown_word_for_the_setting_is_reported_with_the_right_one() {
    let sandbox = world("# App\n");
    settings(&sandbox, "adopts: true\n", "{ tags: [app] }");
    let run = sandbox.run(&["check", "--store", "store"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stdout.contains("did you mean `adopt`?") || run.stdout.contains("`adopt`"),
        "{}",
        run.stdout
    );
    settings(&sandbox, "adopt: yes please\n", "{ tags: [app] }");
    let run = sandbox.run(&["check", "--store", "store"]);
    assert!(run.stdout.contains("true or false"), "{}", run.stdout);
}
