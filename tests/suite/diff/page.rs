//! The page for a pull request: it stays below GitHub's size, and other people's words do nothing on it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::diff::{PROBE, World, line};

#[test]
fn the_page_says_first_what_matters_and_folds_the_diffs_away() {
    let world = World::three();
    world.change(PROBE, "three tries", "five tries");
    world.commit();
    let page = world.page(0, &["main...fix"]);
    let (head, rest) = page.split_once("\n\n").unwrap();
    assert_eq!(
        head,
        "<!-- lessonbook diff -->\n## 1 lesson changed; reaches 3 repositories, 9 files, +18 −18; no lesson is shortened to keep a budget"
    );
    assert!(
        rest.contains("| changed | `probe` | critical | rule | 3 repositories |\n"),
        "{page}"
    );
    assert!(
        rest.contains("- `probe` rule was: Give each probe three tries.\n- `probe` rule now: Give each probe five tries.\n"),
        "{page}"
    );
    assert!(
        rest.contains(" invariants, checked on the final bytes, hold in 3 repositories\n"),
        "{page}"
    );
    assert!(
        rest.contains("| `../a` | CHANGES | 3 files | +6 | -6 | \\~ `probe` |"),
        "{page}"
    );
    let folded = "<details><summary><code>.github/copilot-instructions.md</code>, <code>CLAUDE.md</code>: the same in 6 files of \
                  3 repositories (+2 −2)</summary>\n\nin `../a`, `../b`, `../c`; the first is shown\n\n~~~diff\ndiff --git ";
    assert!(rest.contains(folded), "{page}");
    assert!(
        line(rest, "The page shows")
            .ends_with("To see it on your own machine, run `lessonbook diff main...fix`"),
        "{page}"
    );
    // The same to a file beside another format.
    let run = world.run(&["diff", "main...fix", "--format", "json", "--page", "../page.md"]);
    assert!(run.code == 0 && run.stdout.starts_with('{'), "{run:?}");
    assert_eq!(String::from_utf8(world.sandbox.read("page.md")).unwrap(), page);
}

#[test]
fn a_large_change_is_cut_at_60000_characters_and_the_rest_is_named() {
    let targets: String = (0..40)
        .map(|number| format!("  ../r{number}: [t{number}, all]\n"))
        .collect();
    let world = World::new(&targets);
    for number in 0..40 {
        world.repository(&format!("r{number}"), &[]);
        let word = "wörter ".repeat(600);
        world.write(
            &format!("lessons/review/own-{number}.yaml"),
            &format!("title: T\nseverity: high\ntags: [t{number}]\nrule: Do {number}.\nrationale: So.\ngood: |\n  {word}\n"),
        );
    }
    let page = world.page(0, &[]);
    assert!(page.chars().count() <= 60_000, "{}", page.chars().count());
    assert!(page.chars().count() > 40_000, "{}", page.chars().count());
    let left = page
        .rsplit_once("**Left out, because a page has at most 60000 characters:** ")
        .unwrap()
        .1;
    assert!(
        left.contains("`docs/ai-lessons.md: in ../r")
            && left.ends_with("Run `lessonbook diff` to see everything.\n"),
        "{left}"
    );
    // The page is whole: what is opened is closed.
    assert_eq!(
        page.matches("<details>").count(),
        page.matches("</details>").count()
    );
    assert_eq!(page.matches("\n~~~").count() % 2, 0);

    // One diff of a hundred thousand lines is cut at a line.
    let world = World::new("  ../a: [all]\n");
    world.repository("a", &[]);
    let long: String = (0..2_000).map(|number| format!("  line {number}\n")).collect();
    world.lesson(
        "lessons/review/long.yaml",
        "high",
        "Do so.",
        &format!("good: |\n{long}"),
    );
    let page = world.page(0, &[]);
    assert!(
        page.contains(" more lines.\n") && page.contains("line 3\n") && !page.contains("line 1999"),
        "{page}"
    );
    assert!(page.chars().count() < 60_000);
}

/// Words that would do something on GitHub.
const LOUD: &str =
    "ask @dana of @acme/sre, see #17, GH-4, acme/x#2, https://github.com/acme/x/issues/3 and fixes #5";

/// What an outside parser sees that is no code: texts, each on its own, and pieces of HTML.
fn seen(markdown: &str) -> (Vec<String>, Vec<String>) {
    let (mut texts, mut html) = (vec![String::new()], Vec::new());
    let mut code = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(_) if code => {}
            Event::Text(text) => texts.last_mut().unwrap().push_str(&text),
            Event::Html(text) | Event::InlineHtml(text) => {
                texts.push(String::new());
                html.push(text.to_string());
            }
            _ => texts.push(String::new()),
        }
    }
    (texts, html)
}

#[test]
fn words_of_lessons_templates_settings_and_files_do_nothing_on_the_page() {
    let loud =
        "`````\n~~~~~~\n</summary></details>\n<script>alert(1)</script>\n@dana #17\n[x](javascript:alert)\n";
    let world = World::new("  ../a: [all]\n  ../b: [all]\n");
    world.repository("a", &[("CLAUDE.md", &format!("# A\n\n{LOUD}\n\n{loud}"))]);
    world.repository(
        "b",
        &[("CLAUDE.md", "# B\r\n\r\nwritten \u{202e}backwards\u{1b}[31m\r\n")],
    );
    world.change(
        "targets.yaml",
        "use: [copilot, claude, reference]",
        "use: [claude]",
    );
    world.commit();
    let examples = "good: |\n  ```\n  ~~~~\n  </details> @dana #17\n  <!-- lessonbook diff -->\n";
    world.lesson(
        PROBE,
        "critical",
        &LOUD.replace("@dana", "`@dana`").replace("@acme/sre", "`x`"),
        examples,
    );
    world.lesson(
        "lessons/review/more.yaml",
        "high",
        "Use **bold**, `a|b` and <!-- x --> ~~not~~ <b>.",
        "owner: '@acme/sre | <b>'\n",
    );
    let template = include_str!("../../../templates/always.md.tera")
        .replace("## Lessons", "Ask @dana `#17` <img src=x> `` ` ``\n\n## Lessons");
    world.write("templates/always.md.tera", &template);
    let exceptions = "redundancy: { critical: { always: full } }\nexceptions:\n  - { lesson: names, target: ../b, reason: 'ask @dana <b>#17</b>\n    </details>', by: '@dana', until: 2027-01-31 }\n";
    let text = String::from_utf8(world.sandbox.read("store/targets.yaml")).unwrap();
    world.write("targets.yaml", &(text + exceptions));
    let page = world.run(&["diff", "--format", "markdown"]).stdout;
    assert!(page.starts_with("<!-- lessonbook diff -->\n## "), "{page}");
    let (texts, html) = seen(&page);
    for text in &texts {
        for acts in ["@dana", "@acme", "#17", "#5", "#2", "GH-4", "issues/3"] {
            assert!(!text.contains(acts), "`{acts}` acts in: {text}\n{page}");
        }
    }
    let ours = [
        "<details>",
        "<summary>",
        "</summary>",
        "</details>",
        "<code>",
        "</code>",
        "<!-- -->",
        "<!-- lessonbook diff -->",
    ];
    for piece in &html {
        let left = ours.iter().fold(piece.clone(), |left, tag| left.replace(tag, ""));
        assert!(!left.contains(['<', '>']), "HTML of others: {piece}\n{page}");
        assert!(!piece.contains("@dana"), "{piece}");
    }
    assert_eq!(
        html.concat().matches("<details>").count(),
        html.concat().matches("</details>").count(),
        "{page}"
    );
    assert_eq!(page.matches("<!-- lessonbook diff -->\n## ").count(), 1);
    assert!(!page.contains(['\u{202e}', '\u{1b}', '\r']), "{page}");
    // On a terminal neither: nothing steers it.
    let said = world.run(&["diff", "--color", "never"]).stdout;
    assert!(!said.contains(['\u{202e}', '\u{1b}']), "{said}");
}
