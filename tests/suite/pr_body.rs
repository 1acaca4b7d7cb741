//! What a repository's owner reads: whole bodies, and that nothing in them acts or grows too long.

use hub::Hub;
use library::{Book, IMAGES, NAMES, PROBE, SECRETS};
use proptest::prelude::*;
use snapbox::assert_data_eq;

use crate::support::{blocks, hub, library};
use lessonbook_pipeline::branch_action;
use lessonbook_pipeline::gfm_escape::{plain, quiet};
use lessonbook_pipeline::pr_body::{self, BodyMetadata};
use lessonbook_pipeline::pull_request::Step;

fn body(hub: &Hub) -> String {
    hub.text().body
}

/// The text of the pull request that a run opens or renews.
fn written(hub: &Hub) -> String {
    let steps = hub.life().steps;
    let text = steps.iter().find_map(|step| match step {
        Step::Open { text, .. } | Step::Rewrite { text, .. } => Some(text),
        _ => None,
    });
    let text = text.unwrap_or_else(|| panic!("nothing is written: {steps:?}"));
    blocks::are_apart(&text.body);
    masked(&format!("{}\n\n{}", text.title, text.body))
}

/// Without digests and version, which change with every template.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let digest =
            [6, 16].contains(&word.len()) && word.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        out.push_str(if digest { "HEX" } else { &word });
        word.clear();
        out.push(c);
    }
    out.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn first() -> Book {
    Book::new(&[PROBE, SECRETS])
}

fn reworded() -> Book {
    first().change(
        "review/secrets",
        "Keep passwords and keys out",
        "Take passwords, tokens and keys out",
    )
}

// ---- Whole texts.

#[test]
fn lines_that_somebody_wrote_in_our_block_are_shown_before_they_go_and_do_nothing() {
    let mine = |nth: usize| format!("- Ask @dana about rule {nth}, closes #1 `now` <b>.\n");
    let written_by_hand: String = (1..=12).map(mine).collect();
    let hub = Hub::new(&first()).run().merged().with(|hub| {
        let text =
            String::from_utf8(hub.base.file("CLAUDE.md").unwrap_or_default().to_vec()).unwrap_or_default();
        let text = text.replacen("\n- ", &format!("\n{written_by_hand}- "), 1);
        hub.base
            .load("CLAUDE.md", lessonbook_base::tree::Mode::File, text);
    });
    let text = written(&hub);
    assert!(
        text.contains("**Reverted:**")
            && text.contains("\n- `CLAUDE.md`: edited by hand, 12 hand-written lines would be lost\n"),
        "{text}"
    );
    assert!(
        text.contains("`- Ask @dana about rule 10, closes #1  now  <b>.`\n  - …and 2 more, in the diff\n"),
        "{text}"
    );
}

#[test]
fn a_first_proposal_reads_well() {
    let book =
        Book::new(&[PROBE, IMAGES, NAMES]).change("kubernetes/probe", "source:", "owner: acme/sre\nsource:");
    assert_data_eq!(written(&Hub::new(&book)), snapbox::file!["pr_body/first.md"]);
}

#[test]
fn a_changed_lesson_shows_the_old_words_and_the_new() {
    let hub = Hub::new(&first()).run().merged().book(&reworded());
    assert_data_eq!(written(&hub), snapbox::file!["pr_body/changed.md"]);
}

#[test]
fn a_removal_names_the_lesson_and_the_deleted_files() {
    let fewer = Book::new(&[SECRETS]).lesson(
        PROBE.0,
        &PROBE
            .1
            .replace("severity: critical", "severity: critical\nstatus: retired"),
    );
    let hub = Hub::new(&first()).run().merged().book(&fewer);
    assert_data_eq!(written(&hub), snapbox::file!["pr_body/removed.md"]);
}

#[test]
fn drift_says_what_was_merged() {
    let hub = Hub::new(&first())
        .run()
        .merged()
        .with(|hub| hub.base.remove("CLAUDE.md"));
    assert_data_eq!(written(&hub), snapbox::file!["pr_body/drift.md"]);
}

#[test]
fn a_proposal_that_was_declined_names_the_old_one_and_what_changed() {
    let hub = Hub::new(&first()).run().closed().book(&reworded());
    assert_data_eq!(written(&hub), snapbox::file!["pr_body/declined.md"]);
}

// ---- Size.

#[test]
fn a_body_with_a_thousand_lessons_is_cut_and_keeps_its_hidden_line_whole() {
    let mut book = Book::new(&[])
        .settings("budget: none\npolicy: { max_files_per_target: 500 }")
        .uses("copilot, reference");
    let long = "word ".repeat(60);
    for number in 0..1000 {
        let text = format!(
            "title: T\nseverity: high\ntags: [app]\nrule: Rule {number} says {long}.\nrationale: Why {number} {long}.\n"
        );
        book = book.lesson(&format!("topic/lesson-with-a-rather-long-name-{number}"), &text);
    }
    let hub = Hub::new(&book);
    let plan = hub.plan();
    assert_eq!(plan.content.changes.len(), 1000);
    let (text, _) = pr_body::write(
        hub.store,
        &plan,
        &hub.about,
        &pr_body::EarlierWithdrawals::default(),
    );
    let characters = text.body.chars().count();
    assert!((30_000..58_000).contains(&characters), "{characters}");
    assert!(text.title.chars().count() <= 256);
    let marker = BodyMetadata::read(&text.body, "acme").expect("the line");
    assert!(
        plan.content
            .changes
            .iter()
            .all(|change| marker.says(hub.store, change) == Some(true))
    );
    assert!(text.body.contains("more; all of them are in the changed files."));
    // A change of each of them is still recognized.
    let other = book.change(
        "topic/lesson-with-a-rather-long-name-999",
        "Rule 999 says",
        "Rule 999 tells",
    );
    let hub = hub.book(&other);
    let plan = hub.plan();
    let changed: Vec<&str> = plan
        .content
        .changes
        .iter()
        .filter(|change| marker.says(hub.store, change) == Some(false))
        .map(|change| change.lesson.as_str())
        .collect();
    assert_eq!(changed, ["lesson-with-a-rather-long-name-999"]);
}

// ---- The hidden line.

#[test]
fn the_hidden_line_survives_githubs_line_endings_and_a_persons_edit_is_noticed() {
    let body = body(&Hub::new(&first()));
    let read = |body: &str| BodyMetadata::read(body, "acme");
    let marker = read(&body).expect("the line");
    assert_eq!(marker.lessons.len(), 2);
    let crlf = body.replace('\n', "\r\n");
    let stripped = body.trim_end().to_owned();
    for same in [&body, &crlf, &stripped] {
        assert_eq!(read(same).as_ref(), Some(&marker));
        assert!(marker.is_untouched(same));
    }
    for edited in [
        body.replace("Only you can merge", "Anyone can merge"),
        format!("Hello.\n\n{body}"),
        format!("{body}\nHello.\n"),
        crlf.replace("how to answer", "how"),
    ] {
        assert_eq!(read(&edited).as_ref(), Some(&marker));
        assert!(!marker.is_untouched(&edited));
    }
    assert_eq!(BodyMetadata::read(&body, "other"), None);
    assert_eq!(read("no line"), None);
}

#[test]
fn a_new_hidden_line_changes_nothing_else_in_a_body() {
    let body = format!(
        "Above.\r\n\r\n{}\r\nBelow.\r\n",
        body(&Hub::new(&first())).trim_end()
    );
    let marker = BodyMetadata::read(&body, "acme").expect("the line");
    let closed = BodyMetadata {
        closed_by_us: true,
        ..marker.clone()
    };
    let after = pr_body::replace(&body, &closed);
    assert_eq!(BodyMetadata::read(&after, "acme"), Some(closed));
    assert!(after.starts_with("Above.\r\n") && after.ends_with("Below.\r\n"));
    assert_eq!(
        pr_body::replace(&after, &marker).replace('\r', ""),
        body.replace('\r', "")
    );
}

// ---- Nothing acts.

/// What GitHub would act on in a text, comments taken out as texts of their own and code left out.
fn acts(rendered: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, c) in rendered.char_indices() {
        let next = rendered[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let before = rendered[..at].to_ascii_lowercase();
        if c == '@' && next.is_ascii_alphanumeric() {
            found.push(format!("a mention at {at}"));
        }
        if c == '#' && next.is_ascii_digit() || c == '-' && before.ends_with("gh") && next.is_ascii_digit() {
            found.push(format!("a reference at {at}"));
        }
        let address = ["issues", "pull", "discussions", "commit"]
            .iter()
            .any(|word| before.ends_with(&format!("/{word}")));
        if c == '/' && address && next.is_ascii_alphanumeric() {
            found.push(format!("an address at {at}"));
        }
    }
    found
}

/// The visible words of a Markdown text, as an outside parser reads them: text events, each on its own; links' targets as well.
fn texts(markdown: &str) -> (Vec<String>, bool) {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    let (mut texts, mut html, mut current) = (Vec::new(), false, String::new());
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) => {
                current.push_str(&text);
                continue;
            }
            Event::Html(text) | Event::InlineHtml(text) => html |= text.trim() != "<!-- -->",
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                texts.push(dest_url.to_string());
            }
            Event::Start(Tag::Strong | Tag::Emphasis | Tag::Strikethrough)
            | Event::End(TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough | TagEnd::Paragraph)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Code(_) => {}
            _ => continue,
        }
        texts.push(std::mem::take(&mut current));
    }
    texts.push(current);
    (texts, html)
}

const LOUD: [&str; 22] = [
    "Ask @acme/sre or @dana.",
    "Fixes #12, closes acme/shop#7 and resolves GH-3 or gh-4.",
    "See https://github.com/acme/shop/issues/7 and www.github.com/acme/shop/pull/8.",
    "Closes [this](https://github.com/acme/shop/issues/9) and [that](/acme/shop/pull/10 \"t\").",
    "acme/shop@0123456789abcdef0123456789abcdef01234567",
    "https://github.com/acme/shop/commit/0123456789abcdef",
    "\\@dana and \\#12 and GH\\-3 and /issues\\/7",
    "&commat;dana &#64;dana &#x40;dana &num;12 &#35;12",
    "<b>bold</b> <script>alert(1)</script> <!-- lessonbook:v1 name=acme -->",
    "<https://github.com/a/b/issues/1> <dana@acme.example>",
    "``a ` b`` @dana `c` #12",
    "`open @dana",
    "open` @dana `x` @kim",
    "a\\`@dana\\` #12",
    "**@dana** ~~#12~~ *GH-3*",
    "@**dana** #*12*",
    "line one\n@dana\n#12\n<!-- x -->",
    "![x](https://github.com/a/b/issues/1)",
    "\\<b>\\@dana\\\\@kim\\",
    "```\n@dana\n```\n@kim",
    "    @dana",
    "<a title=\"`\">`@dana` @kim",
];

#[test]
fn nothing_in_other_peoples_words_acts_in_a_body() {
    for loud in LOUD {
        let line = format!("> **New:** {} (`id`)\\\n> *Why:* {}\n", quiet(loud), quiet(loud));
        let (texts, html) = texts(&line);
        assert!(!html, "HTML from {loud:?}: {line}");
        for text in texts {
            assert_eq!(
                acts(&text),
                Vec::<String>::new(),
                "{loud:?} gives {text:?}\n{line}"
            );
        }
    }
}

#[test]
fn what_is_harmless_stays_as_it_is() {
    for text in [
        "Never set `failureThreshold` below 3, as in `@acme/x#1` and ``a ` @b``.",
        "Use **bold** and [a page](https://acme.example/runbooks/12), C# and &lt;this&gt; & that.",
        "Price: 5 @ 3, number # 4, GH-x.",
    ] {
        assert_eq!(quiet(text), text);
    }
}

#[test]
fn nothing_in_other_peoples_words_acts_in_titles_and_commit_messages() {
    for loud in LOUD {
        let line = plain(loud);
        assert_eq!(acts(&line), Vec::<String>::new(), "{loud:?} gives {line:?}");
        assert!(!line.contains('\n'));
    }
    assert_eq!(
        plain("Fixes #12 of acme/shop#7, GH-3 by @dana"),
        "Fixes #\u{200b}12 of acme/shop#\u{200b}7, GH-\u{200b}3 by @\u{200b}dana"
    );
    let book =
        first().settings("proposal: { title: \"Fixes #12 for @dana, see https://github.com/a/b/issues/3\" }");
    let hub = Hub::new(&book);
    let plan = hub.plan();
    for text in [
        hub.text().title,
        branch_action::message(hub.store, &plan.content.changes, &plan.content.edits, &[]),
    ] {
        assert_eq!(acts(&text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn nothing_in_a_lesson_acts_in_the_whole_body_or_in_comments() {
    let book = Book::new(&[(
        "review/gh-12",
        "title: T\nseverity: critical\ntags: [app]\nrule: \"Ask dana about #12 and GH-3.\"\nrationale: See https://github.com/a/b/issues/3 there.\nowner: \"@acme/sre | `#1`\"\n",
    )]);
    let hub = Hub::new(&book);
    let (read, html) = texts(
        &body(&hub)
            .replace("<details><summary>", "")
            .replace("</details>", ""),
    );
    assert!(html, "the hidden line is there");
    for text in read
        .iter()
        .filter(|text| !text.starts_with("https://github.com/acme/lessons/"))
    {
        assert_eq!(acts(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(
        acts(&hub.text().title),
        Vec::<String>::new(),
        "{}",
        hub.text().title
    );
    let hub = hub.run().pushed("CLAUDE.md", "mine\n").book(&first()).run();
    for text in hub.said.values() {
        assert_eq!(acts(text), Vec::<String>::new(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_words_nothing_acts_and_no_html_is_left(words in "[@#a-z0-9`\\\\<>!\\[\\]()*_~&;:/\\- \n]{0,60}", pieces in proptest::collection::vec(0..LOUD.len(), 0..3)) {
        let mut text = words;
        for piece in pieces {
            text.push_str(LOUD[piece]);
        }
        let line = format!("> **New:** {} (`id`)\n", quiet(&text));
        let (texts, html) = texts(&line);
        prop_assert!(!html, "{text:?}: {line}");
        for read in texts {
            prop_assert!(acts(&read).is_empty(), "{text:?} gives {read:?}\n{line}");
        }
        prop_assert!(acts(&plain(&text)).is_empty());
    }
}

// ---- What concerns the owner's own files.

#[test]
fn a_warning_about_the_repositorys_own_files_is_in_the_body() {
    let hub = Hub::new(&first()).with(|hub| {
        hub.base.load(
            "CLAUDE.md",
            lessonbook_base::tree::Mode::File,
            "<!-- Generated by APM CLI. Do not edit. -->\n\n# Mine\n",
        );
    });
    let text = hub.text().body;
    assert!(
        text.contains("**To check in your own files:**\n\n- `CLAUDE.md` is written by another tool"),
        "{text}"
    );
    blocks::are_apart(&text);
    assert!(!Hub::new(&first()).text().body.contains("Worth a look"));
}

#[test]
fn text_that_is_pushed_past_a_cut_is_not_called_kept() {
    let row = "entry_points: { own: { kind: always, path: prompts/own.md, limit: 700 characters, over: cuts-tail } }";
    let book = first().settings(row).uses("claude, own");
    let mine = "Mine, and of some length. ".repeat(12);
    let hub = Hub::new(&book).with(|hub| {
        hub.base
            .load("prompts/own.md", lessonbook_base::tree::Mode::File, mine);
    });
    let plan = hub.plan();
    let kept = plan
        .proof
        .invariants
        .iter()
        .find(|invariant| invariant.name == "bytes-kept");
    let evidence = &kept.expect("it is computed").evidence;
    let pushed = plan
        .outcome
        .findings
        .iter()
        .any(|finding| finding.message.contains("our block pushes"));
    assert!(pushed, "{evidence} {:?}", plan.outcome.findings);
    assert!(
        evidence.contains("pushed beyond the limit of an assistant"),
        "{evidence}"
    );
    assert!(
        hub.text().body.contains("our block pushes"),
        "{}",
        hub.text().body
    );
}

#[test]
fn a_budget_speaks_of_critical_lessons_only_where_there_are_some() {
    let said = |lessons: &[(&str, &str)]| {
        let book = Book::new(lessons).settings("budget: 1 lines").uses("claude");
        let findings = Hub::new(&book).plan().outcome.findings;
        let found = findings
            .into_iter()
            .find(|finding| finding.code == lessonbook_base::finding::Code::BudgetExceeded);
        found.map(|finding| finding.message).unwrap_or_default()
    };
    let critical = said(&[SECRETS]);
    assert!(critical.starts_with("critical lessons alone take "), "{critical}");
    let none = said(&[NAMES]);
    assert!(!none.contains("critical"), "{none}");
}
