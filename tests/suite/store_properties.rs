//! Properties of every store: no input makes it panic, and a lesson that is written is read back unchanged.

use proptest::prelude::*;

use lessonbook_store::lesson::{Audience, Incident, Lesson, LessonSource, Severity, Status};
use lessonbook_store::{Evidence, Files, apply_fixes, load, to_yaml};

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 20);

const LESSON: &str = "title: Liveness probes\nseverity: critical\npaths: [\"**/*.yaml\"]\ntags: [kubernetes]\n\
    rule: >-\n  Never set `failureThreshold`\n  below 3 on a \"liveness\" probe.\nrationale: 'It''s a restart.'\n\
    bad: |\n  failureThreshold: 1\nincidents:\n  - { date: 2026-02-17, summary: 22 minutes }\nsupersedes: [b]\n";

const TARGETS: &str = "version: 1\nname: acme\nuse: [copilot, claude]\nredundancy: { low: { always: rule } }\n\
    entry_points: { own: { kind: always, path: a/b.md, limit: 8000 characters } }\nbudget: 90 lines\n\
    targets:\n  ./app: [kubernetes]\n  acme/x: { tags: [a], use: [+own] }\n\
    exceptions:\n  - { lesson: a, target: acme/x, reason: x, by: y, until: 2027-01-01 }\n";

/// Pieces of text that are difficult for YAML and Markdown.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "\t",
            "\n",
            "- ",
            ": ",
            "&a ",
            "*a",
            "!!binary ",
            "!x ",
            "? ",
            "|",
            ">",
            "\"",
            "'",
            "{",
            "}",
            "[",
            "]",
            "<<: ",
            "~",
            "null",
            "\u{feff}",
            "\u{200b}",
            "\r\n",
            "#",
            "---\n",
            "...\n",
            "title: ",
            "rule: ",
            "paths: ",
            "**/*.{a,b",
            "use: ",
            "targets: ",
            "12",
            "true",
            "<b>",
            "@x",
            "`",
            "**",
            "é",
            "😀",
            "\\",
            "%TAG ! x\n",
        ])
        .prop_map(str::to_owned),
    ]
}

fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        (any::<prop::sample::Index>(), 0..20usize, piece(), any::<bool>()),
        0..6,
    )
    .prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, length, piece, raw) in changes {
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            let piece = if raw {
                vec![0xff; length % 3]
            } else {
                piece.into_bytes()
            };
            bytes.splice(start..end, piece);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_store_panic(
        lesson in mutated(LESSON),
        topic in mutated("title: A\ntags: [x]\npaths: [\"a/**\"]\n"),
        targets in mutated(TARGETS),
        template in mutated("{{ x }}"),
        path in "lessons/[a-zA-Z_./-]{0,12}(\\.yaml|\\.yml|)",
    ) {
        let files = Files::from([
            ("targets.yaml".to_owned(), targets),
            ("lessons/a/a.yaml".to_owned(), lesson.clone()),
            ("lessons/a/_topic.yaml".to_owned(), topic),
            ("lessons/a/b.yaml".to_owned(), LESSON.as_bytes().to_vec()),
            ("templates/always.md.tera".to_owned(), template),
            (path, lesson),
        ]);
        let (store, findings) = load(&files, TODAY);
        for finding in &findings {
            prop_assert!(!finding.message.is_empty());
            if let (Some(fix), Some(text)) = (&finding.fix, finding.fix.as_ref().and_then(|fix| files.get(&fix.file)))
                && let Ok(text) = std::str::from_utf8(text) {
                apply_fixes(text, std::slice::from_ref(fix));
            }
        }
        let trees = std::collections::BTreeMap::from([("./app".to_owned(), lessonbook_base::tree::Tree::new())]);
        lessonbook_store::reach::check_reach(&store, &trees);
    }

    #[test]
    fn a_lesson_that_is_written_is_read_back(lesson in lesson()) {
        let text = to_yaml(&lesson);
        let files = Files::from([
            ("targets.yaml".to_owned(), b"version: 1\nname: acme\n".to_vec()),
            (lesson.file.clone(), text.clone().into_bytes()),
        ]);
        let (store, _) = load(&files, TODAY);
        let read = store.lesson(&lesson.id).cloned().map(|read| Lesson { broken: false, ..read });
        prop_assert_eq!(read.as_ref(), Some(&lesson), "{}", text);
        prop_assert_eq!(read.map(|read| to_yaml(&read)), Some(text));
    }
}

/// A text of one line, without line ends and without white space at its ends.
fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => "[a-z]{1,9}",
        1 => "[ -~]{1,12}",
        1 => prop::sample::select(vec![
            "true", "12", "2026-01-01", "~", "a: b", "# x", "- x", "é", "😀", "`code`", "\"q\"", "it's", "\\n", "null",
            "*x*", "&a", "!b", "%", "@", "{x}", "[y]", "|", ">", "key:", "a  b", "0x1", "1e3", "No", "日本語",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 1..40).prop_map(|words| words.join(" ").trim().to_owned() + "x")
}

fn example() -> impl Strategy<Value = Option<String>> {
    let text = prop_oneof![
        "[ -~]{0,20}(\n[ -~\t]{0,20}){0,4}",
        line(),
        prop::sample::select(vec![
            "  a: 1\nb: 2",
            "\n\nx",
            "x\n",
            "x\n\n",
            "a\tb",
            "\tx",
            " \n x",
            "x \ny ",
            "# x",
            "---",
            "é\u{a0}"
        ])
        .prop_map(str::to_owned),
    ];
    prop::option::of(text).prop_map(|text| text.filter(|text| !text.trim().is_empty()))
}

fn day() -> impl Strategy<Value = jiff::civil::Date> {
    (2020i16..2040, 1i8..13, 1i8..29).prop_map(|(year, month, day)| jiff::civil::date(year, month, day))
}

fn lesson() -> impl Strategy<Value = Lesson> {
    let texts = (line(), line(), line(), example(), example(), "[a-z+#]{0,6}");
    let lists = (
        prop::sample::subsequence(
            vec!["**/*.yaml", "charts/**", "a/b?/{c,d}.rs", ".github/**"],
            0..4,
        ),
        prop::collection::btree_set("[a-z]{1,5}|true|1\\.5|no|[A-Z]x: y", 0..3),
        prop::collection::vec((day(), prop::option::of("[a-z]{1,5}/[a-z]{1,5}"), line()), 0..3),
        prop::collection::vec("[a-z-]{1,6}", 0..2),
        prop::collection::vec(
            (line(), line(), 1..900usize, prop::option::of("[0-9a-f]{8}")),
            0..3,
        ),
    );
    let rest = (
        prop::option::of(line()),
        prop::option::of(line()),
        prop::option::of(day()),
        0..4usize,
        0..3usize,
        any::<bool>(),
    );
    (texts, lists, rest).prop_map(|(texts, lists, rest)| {
        let (title, rule, rationale, bad, good, language) = texts;
        let (paths, tags, incidents, supersedes, sources) = lists;
        let (source, owner, review_by, severity, status, internal) = rest;
        let paths: Vec<_> = paths
            .iter()
            .filter_map(|glob| lessonbook_base::globs::Glob::parse(glob).ok())
            .collect();
        Lesson {
            id: "one".into(),
            topic: "a".into(),
            file: "lessons/a/one.yaml".into(),
            title,
            severity: Severity::ALL[severity],
            // A language that is not set is read from the paths.
            language: if language.is_empty() && !paths.is_empty() {
                "x".into()
            } else {
                language
            },
            paths,
            tags: tags.into_iter().collect(),
            rule,
            rationale,
            bad,
            good,
            checks: Vec::new(),
            incidents: incidents
                .into_iter()
                .map(|(date, repository, summary)| Incident {
                    date,
                    repository: repository.unwrap_or_default(),
                    summary,
                })
                .collect(),
            source,
            sources: sources
                .into_iter()
                .map(|(repository, path, line, commit)| LessonSource {
                    repository,
                    path,
                    line,
                    commit,
                })
                .collect(),
            evidence: if internal {
                let places = [
                    "acme/shop:a b/c#d.yaml#L3-L9@sha256:0123456789abcdef",
                    "../x:a.md#L1",
                ];
                places.iter().filter_map(|place| Evidence::parse(place)).collect()
            } else {
                Vec::new()
            },
            owner,
            review_by,
            supersedes,
            audience: if internal {
                Audience::Internal
            } else {
                Audience::Everyone
            },
            status: [Status::Active, Status::Draft, Status::Retired][status],
            broken: false,
        }
    })
}
