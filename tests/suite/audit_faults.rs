//! The audit finds the known faults of generated stores, and is silent about what only looks like one.
//!
//! Input: stores in memory whose lessons say by their id what is wrong with them. Output: how many of the findings are right, and how
//! many faults are found. Not here: the program (`audit`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::collections::{BTreeMap, BTreeSet};

use lessonbook_audit::{AuditFiles, AuditInput, AuditTarget, audit};
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_store::{Evidence, Files, Store};

use crate::support::library::{TODAY, snapshot};

/// Things that rules are about: no two share a word.
const THINGS: [&str; 12] = [
    "invoice", "ledger", "queue", "socket", "banner", "parser", "cursor", "bucket", "ticket", "widget",
    "carrier", "quota",
];

/// A lesson, and the codes of the findings that it must have.
struct KnownLesson {
    id: String,
    text: String,
    codes: BTreeSet<&'static str>,
}

/// Lessons of every shape.
#[derive(Default)]
struct KnownStore {
    lessons: Vec<KnownLesson>,
}

impl KnownStore {
    fn add(&mut self, id: &str, head: &str, rule: &str, codes: &[&'static str]) {
        let rule = serde_json::to_string(rule).unwrap();
        self.lessons.push(KnownLesson {
            id: id.to_owned(),
            text: format!(
                "title: {id}\nseverity: medium\n{head}rule: {rule}\nrationale: It went wrong once.\n"
            ),
            codes: codes.iter().copied().collect(),
        });
    }

    fn files(&self) -> Files {
        let targets = "version: 1\nname: acme\nuse: [claude, reference]\ntargets:\n  acme/web: [web, both, ts]\n  acme/api: [api, both, py]\n";
        let mut files = Files::from([("targets.yaml".to_owned(), targets.as_bytes().to_vec())]);
        for lesson in &self.lessons {
            files.insert(
                format!("lessons/known/{}.yaml", lesson.id),
                lesson.text.clone().into_bytes(),
            );
        }
        files
    }
}

const WEB: &str = "tags: [web]\n";
const API: &str = "tags: [api]\n";
const BOTH: &str = "tags: [both]\n";

fn trees() -> BTreeMap<&'static str, Tree> {
    let mut web = Tree::new();
    let mut api = Tree::new();
    for thing in THINGS {
        web.list(format!("src/{thing}/index.ts"), Mode::File);
        web.list(format!("packages/shop/lib/{thing}.ts"), Mode::File);
        api.list(format!("docs/{thing}.md"), Mode::File);
        api.list(format!("app/{thing}.py"), Mode::File);
    }
    web.load(".gitignore", Mode::File, "generated/\n");
    web.load(
        "package.json",
        Mode::File,
        "{\n  \"scripts\": { \"lint\": \"eslint .\", \"check:types\": \"tsc\" }\n}\n",
    );
    web.load(
        ".eslintrc.json",
        Mode::File,
        "{\n  \"rules\": {\n    \"no-console\": \"error\",\n    \"no-var\": [\"error\"],\n    \"no-debugger\": \"warn\",\n    \"eqeqeq\": \"error\"\n  },\n  \
         \"overrides\": [{ \"files\": [\"old/*\"], \"rules\": { \"eqeqeq\": \"off\" } }]\n}\n",
    );
    web.load(
        "tsconfig.json",
        Mode::File,
        "{\n  // strict\n  \"compilerOptions\": { \"strict\": true }\n}\n",
    );
    web.load(
        ".prettierrc",
        Mode::File,
        "semi: false\nsingleQuote: true\nprintWidth: 100\n",
    );
    web.load(
        ".editorconfig",
        Mode::File,
        "root = true\n[*]\ninsert_final_newline = true\n[*.md]\ntrim_trailing_whitespace = true\n",
    );
    web.load("deploy/web.yaml", Mode::File, "a: 1\nb: 2\nc: 3\nd: 4\n");
    api.load("Makefile", Mode::File, ".PHONY: test\ntest:\n\tpytest\n");
    api.load(
        "pyproject.toml",
        Mode::File,
        "[tool.ruff]\nline-length = 88\n[tool.ruff.lint]\nselect = [\n  \"E\",\n  \"F\",\n  \"B006\",\n  \"T20\",\n]\n[tool.ruff.lint.per-file-ignores]\n\"app/old/*\" = [\"F401\"]\n",
    );
    BTreeMap::from([("acme/web", web), ("acme/api", api)])
}

/// References to what does not exist, and to what only seems not to.
fn references(known: &mut KnownStore) {
    for (at, thing) in THINGS.into_iter().enumerate() {
        let mut add = |kind: &str, head: &str, rule: String, codes: &[&'static str]| {
            known.add(&format!("{kind}-{thing}"), head, &rule, codes);
        };
        match at % 4 {
            0 => {
                add(
                    "gone-path",
                    BOTH,
                    format!("Read `docs/{thing}/history.md` before you touch a {thing}."),
                    &["path-gone"],
                );
                add(
                    "gone-edit",
                    WEB,
                    format!("Never edit `src/{thing}/schema.json` by hand; the {thing} owns it."),
                    &["path-gone"],
                );
                add(
                    "gone-script",
                    WEB,
                    format!("Run `npm run {thing}` after a change of that {thing}."),
                    &["command-gone"],
                );
                add(
                    "gone-make",
                    API,
                    format!("Check each {thing} with `make {thing}`."),
                    &["command-gone"],
                );
            }
            1 => {
                add(
                    "gone-glob",
                    API,
                    format!("Keep the fixtures of a {thing} in step with `tests/{thing}/*.json`."),
                    &["path-gone"],
                );
                add(
                    "gone-file",
                    API,
                    format!("Check the {thing} with `python tools/{thing}.py`."),
                    &["command-gone"],
                );
                add(
                    "gone-folder",
                    WEB,
                    format!("Review changes of `src/{thing}/legacy/` with the owner of the {thing}."),
                    &["path-gone"],
                );
                add(
                    "ok-one-target",
                    BOTH,
                    format!("Update `docs/{thing}.md` together with its {thing}."),
                    &[],
                );
            }
            2 => {
                add(
                    "ok-package",
                    WEB,
                    format!("Use the helpers of `lib/{thing}.ts` for every {thing}."),
                    &[],
                );
                add(
                    "ok-made",
                    WEB,
                    format!("Put the snapshots of a {thing} into `test/{thing}/snapshots/`."),
                    &[],
                );
                add(
                    "ok-ignored",
                    WEB,
                    format!("Regenerate `generated/{thing}/api.ts` when the {thing} changes."),
                    &[],
                );
                add(
                    "ok-forbidden",
                    WEB,
                    format!("Never commit `config/{thing}.json` with the {thing} in it."),
                    &[],
                );
                add(
                    "ok-script",
                    WEB,
                    format!("Run `npm run check:types` before the {thing} is merged."),
                    &[],
                );
                add(
                    "ok-make",
                    API,
                    format!("Run `make test` when the {thing} changes."),
                    &[],
                );
            }
            _ => {
                add(
                    "ok-example",
                    WEB,
                    format!(
                        "Name files after their content, for example `src/{thing}/total.ts` for {thing} sums."
                    ),
                    &[],
                );
                add(
                    "ok-placeholder",
                    API,
                    format!("Read `docs/adr/NNN-{thing}.md` first, then the {thing}."),
                    &[],
                );
                add(
                    "ok-module",
                    WEB,
                    format!("Import `{thing}/client` lazily, because the {thing} is large."),
                    &[],
                );
                add(
                    "ok-route",
                    API,
                    format!("Answer `/api/{thing}.json` within the limit of the {thing}."),
                    &[],
                );
                add(
                    "ok-tool",
                    API,
                    format!("Install `uv run pytest` hooks before testing the {thing}."),
                    &[],
                );
                add(
                    "ok-glob",
                    API,
                    format!("Keep `app/*.py` free of {thing} constants."),
                    &[],
                );
            }
        }
    }
}

/// Lessons that nothing receives.
fn unplaced(known: &mut KnownStore) {
    for thing in THINGS {
        let tagged = format!("tags: [old-{thing}]\n");
        known.add(
            &format!("unplaced-{thing}"),
            &tagged,
            &format!("Ask the {thing} team before a rollout of the {thing}."),
            &["never-placed"],
        );
        let paths = format!("paths: [\"legacy/{thing}/**\"]\n");
        known.add(
            &format!("unmatched-{thing}"),
            &paths,
            &format!("Translate each label of the {thing} page."),
            &["never-placed"],
        );
    }
}

/// Pairs that repeat or contradict each other, and pairs that only look so.
fn pairs(known: &mut KnownStore) {
    for (at, thing) in THINGS.into_iter().enumerate() {
        let (one, two) = (format!("pair-{thing}-a"), format!("pair-{thing}-b"));
        let mut add = |rules: [&str; 2], heads: [&str; 2], codes: &[&'static str]| {
            known.add(&one, heads[0], rules[0], &[]);
            known.add(&two, heads[1], rules[1], codes);
        };
        match at % 6 {
            0 => add(
                [
                    &format!("Close every {thing} handle in a finally block after reading."),
                    &format!("Close each open {thing} handle in a finally block after reading."),
                ],
                [BOTH, WEB],
                &["near-duplicate"],
            ),
            1 => add(
                [
                    &format!("Set the retry limit of a remote {thing} call to 3."),
                    &format!("Set the retry limit of a remote {thing} call to 5."),
                ],
                [BOTH, API],
                &["rules-disagree"],
            ),
            2 => add(
                [
                    &format!("Cache the rendered {thing} summary between requests."),
                    &format!("Never cache the rendered {thing} summary between requests."),
                ],
                [WEB, WEB],
                &["rules-disagree"],
            ),
            3 => add(
                [
                    &format!("Set the page size of the {thing} table to 20."),
                    &format!("Set the page size of the {thing} table to 50."),
                ],
                [WEB, API],
                &[],
            ),
            4 => add(
                [
                    &format!("Indent nested {thing} blocks by 2 columns."),
                    &format!("Indent nested {thing} blocks by 4 columns."),
                ],
                [
                    "tags: [both]\npaths: [\"**/*.py\"]\n",
                    "tags: [both]\npaths: [\"**/*.ts\"]\n",
                ],
                &[],
            ),
            _ => add(
                [
                    &format!("Publish the {thing} totals with a checksum."),
                    &format!("Do not publish the {thing} totals without a checksum."),
                ],
                [BOTH, BOTH],
                &[],
            ),
        }
    }
}

/// Rules that a setting enforces, and rules that none does.
fn linters(known: &mut KnownStore) {
    let enforced: [(&str, &str, &str, bool); 25] = [
        (
            "console",
            WEB,
            "Do not leave `console.log` calls in committed code.",
            true,
        ),
        (
            "var",
            "tags: [web]\npaths: [\"**/*.ts\"]\n",
            "Never use `var`.",
            true,
        ),
        ("strict", WEB, "Keep TypeScript in strict mode.", true),
        (
            "semi",
            "tags: [web]\npaths: [\"src/**/*.ts\"]\n",
            "No semicolons.",
            true,
        ),
        (
            "quotes",
            "tags: [web]\npaths: [\"**/*.ts\"]\n",
            "Prefer single quotes over double quotes.",
            true,
        ),
        (
            "width",
            "tags: [web]\npaths: [\"**/*.ts\"]\n",
            "Keep lines under 100 characters.",
            true,
        ),
        ("newline", WEB, "End every file with a newline.", true),
        (
            "ruff-width",
            "tags: [api]\npaths: [\"**/*.py\"]\n",
            "Lines must not exceed 88 characters.",
            true,
        ),
        (
            "mutable",
            "tags: [api]\npaths: [\"**/*.py\"]\n",
            "Avoid mutable default arguments.",
            true,
        ),
        ("bare", API, "Never write a bare `except:` clause.", true),
        (
            "print",
            "tags: [api]\npaths: [\"**/*.py\"]\n",
            "Don't leave `print()` statements in production code.",
            true,
        ),
        ("debugger", WEB, "Never commit a debugger statement.", false), // a warning
        ("eqeqeq", WEB, "Use `===` instead of `==`.", false),           // off for some files
        (
            "unused",
            "tags: [api]\npaths: [\"**/*.py\"]\n",
            "Remove unused imports.",
            false,
        ), // off in a folder
        (
            "width-other",
            "tags: [api]\npaths: [\"**/*.py\"]\n",
            "Keep all lines below 120 characters.",
            false,
        ), // another number
        ("width-all", API, "Wrap lines at 88 characters.", true),       // all sources are Python
        ("console-both", BOTH, "Never log with `console`.", false),     // one of two targets
        (
            "more",
            WEB,
            "Do not use `console.log`; call the audit logger of the shop.",
            false,
        ), // says more
        ("star", API, "Avoid star imports.", true),
        ("unused-local", API, "Never leave unused variables.", true),
        (
            "quotes-named",
            WEB,
            "Use single quotes for strings in TypeScript.",
            true,
        ),
        ("two", WEB, "Use strict TypeScript with no any types.", false), // two rules
        ("quotes-all", BOTH, "Use single quotes.", false),               // one of two targets
        ("whitespace", WEB, "Remove trailing whitespace.", false),       // in Markdown alone
        ("unwrap", WEB, "Never call `unwrap()` outside of tests.", false), // no such setting
    ];
    for (name, head, rule, is_enforced) in enforced {
        let codes: &[&'static str] = if is_enforced { &["linter-enforces"] } else { &[] };
        known.add(&format!("lint-{name}"), head, rule, codes);
    }
}

/// Evidence in every state.
fn evidence(known: &mut KnownStore) {
    let hash = |lines: &[&str]| Evidence::hash(lines);
    for (name, place, codes) in [
        (
            "same",
            format!(
                "acme/web:deploy/web.yaml#L2-L3@sha256:{}",
                hash(&["b: 2", "c: 3"])
            ),
            &[][..],
        ),
        (
            "new",
            "acme/web:deploy/web.yaml#L2-L3".to_owned(),
            &["evidence-unrecorded"],
        ),
        (
            "moved",
            format!(
                "acme/web:deploy/web.yaml#L1-L2@sha256:{}",
                hash(&["c: 3", "d: 4"])
            ),
            &["evidence-moved"],
        ),
        (
            "changed",
            format!(
                "acme/web:deploy/web.yaml#L2-L3@sha256:{}",
                hash(&["b: 2", "c: 4"])
            ),
            &["evidence-changed"],
        ),
        (
            "shorter",
            format!("acme/web:deploy/web.yaml#L4-L9@sha256:{}", hash(&["x"])),
            &["evidence-changed"],
        ),
        (
            "deleted",
            format!("acme/web:deploy/old.yaml#L1@sha256:{}", hash(&["x"])),
            &["evidence-changed"],
        ),
        ("unknown", "acme/gone:a.yaml#L1".to_owned(), &["evidence-unread"]),
    ] {
        let head = format!("tags: [web]\nevidence:\n  - {place}\n");
        known.add(
            &format!("evidence-{name}"),
            &head,
            &format!("Plan the {name} upgrade of the mesh proxies."),
            codes,
        );
    }
}

fn known_store() -> KnownStore {
    let mut known = KnownStore::default();
    for part in [references, unplaced, pairs, linters, evidence] {
        part(&mut known);
    }
    known
}

/// The findings of a store over targets in memory, of which those that are named here were not read.
fn findings(files: &Files, trees: &BTreeMap<&str, Tree>, unread: &[&str]) -> Vec<Finding> {
    let (store, found) = lessonbook_store::load(files, TODAY);
    let errors: Vec<&Finding> = found.iter().filter(|finding| finding.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    audit_of(&store, &found, trees, unread)
}

fn audit_of(store: &Store, found: &[Finding], trees: &BTreeMap<&str, Tree>, unread: &[&str]) -> Vec<Finding> {
    let planner = Planner::new(store).unwrap();
    let plans: Vec<_> = store
        .targets
        .iter()
        .map(|target| planner.plan(target, &snapshot(&trees[target.name.as_str()])))
        .collect();
    let targets = store
        .targets
        .iter()
        .zip(&plans)
        .map(|(target, plan)| AuditTarget {
            target,
            plan,
            tree: trees
                .get(target.name.as_str())
                .filter(|_| !unread.contains(&target.name.as_str())),
        });
    audit(&AuditInput {
        store,
        findings: found,
        targets: targets.collect(),
        is_whole: true,
        effect: None,
        removals: std::collections::BTreeMap::new(),
    })
}

#[test]
fn known_faults_are_found_and_near_misses_are_not() {
    let known = known_store();
    let expected: BTreeSet<(String, String)> = known
        .lessons
        .iter()
        .flat_map(|lesson| {
            lesson
                .codes
                .iter()
                .map(|code| (lesson.id.clone(), (*code).to_owned()))
        })
        .collect();
    let found = findings(&known.files(), &trees(), &[]);
    let budget = "always-reduced";
    let found: BTreeSet<(String, String)> = found
        .iter()
        .filter(|finding| finding.code.name() != budget)
        .map(|finding| {
            (
                finding.lesson.clone().unwrap_or_default(),
                finding.code.name().to_owned(),
            )
        })
        .collect();
    let wrong: Vec<_> = found.difference(&expected).collect();
    let missed: Vec<_> = expected.difference(&found).collect();
    assert!(
        known.lessons.len() > 120 && expected.len() > 70,
        "{} lessons",
        known.lessons.len()
    );
    assert!(
        wrong.is_empty(),
        "{} of {} findings are wrong: {wrong:#?}",
        wrong.len(),
        found.len()
    );
    assert!(
        missed.is_empty(),
        "{} of {} faults are missed: {missed:#?}",
        missed.len(),
        expected.len()
    );
}

#[test]
fn every_finding_has_the_line_that_proves_it_and_a_way_out() {
    for finding in findings(&known_store().files(), &trees(), &[]) {
        let at = finding
            .at
            .as_ref()
            .unwrap_or_else(|| panic!("no place: {finding:?}"));
        assert!(!at.text.trim().is_empty() && at.line > 0, "{finding:?}");
        assert!(finding.help.is_some() && finding.effect.is_some(), "{finding:?}");
        assert!(!finding.is_error(), "{finding:?}");
    }
}

#[test]
fn nothing_is_said_of_what_a_target_that_was_not_read_may_have() {
    let known = known_store();
    let silent = [
        "path-gone",
        "command-gone",
        "linter-enforces",
        "glob-matches-nothing",
    ];
    for name in ["acme/web", "acme/api"] {
        let tag = if name == "acme/web" { "web" } else { "api" };
        for finding in findings(&known.files(), &trees(), &[name]) {
            let lesson = known
                .lessons
                .iter()
                .find(|one| Some(&one.id) == finding.lesson.as_ref());
            let may_be_there = lesson
                .is_some_and(|one| one.text.contains(&format!("[{tag}]")) || one.text.contains("[both]"));
            let is_silent = silent.contains(&finding.code.name());
            assert!(!(may_be_there && is_silent), "{name}: {finding:?}");
        }
    }
}

#[test]
fn a_lesson_that_every_budget_cuts_is_reported_and_one_with_room_somewhere_is_not() {
    let lesson = |tag: &str, at: usize, severity: &str| {
        format!(
            "title: Lesson {at}\nseverity: {severity}\ntags: [{tag}]\nrule: Keep thing number {at} in its own place and say in the commit why it is there.\nrationale: It helps.\n"
        )
    };
    let mut files = Files::from([(
        "targets.yaml".to_owned(),
        b"version: 1\nname: acme\nuse: [claude, reference]\nbudget: { claude: 12 lines }\n\
          redundancy: { low: { always: rule } }\ntargets:\n  acme/web: [web]\n  acme/api: [api]\n"
            .to_vec(),
    )]);
    for at in 0..20 {
        files.insert(
            format!("lessons/a/high-{at}.yaml"),
            lesson("web", at, "high").into_bytes(),
        );
    }
    files.insert(
        "lessons/a/cut.yaml".to_owned(),
        lesson("web", 50, "low").into_bytes(),
    );
    let both = lesson("web, api", 60, "low");
    files.insert("lessons/a/roomy.yaml".to_owned(), both.into_bytes());
    let found = findings(&files, &trees(), &[]);
    let reduced: Vec<&str> = found
        .iter()
        .filter(|finding| finding.code.name() == "always-reduced")
        .map(|finding| finding.message.as_str())
        .collect();
    let all = reduced.join("\n");
    assert!(all.contains("cut"), "{all}");
    assert!(!all.contains("roomy"), "{all}");
}

#[test]
fn an_audit_reads_settings_of_linters_commands_and_evidence_only() {
    let (store, _) = lessonbook_store::load(&known_store().files(), TODAY);
    let files = AuditFiles::new(&store);
    for path in [
        "package.json",
        "web/package.json",
        "Makefile",
        "x/y.mk",
        ".editorconfig",
        "deploy/web.yaml",
        "a/.gitignore",
    ] {
        assert!(files.wants(path), "{path}");
    }
    for path in [
        "src/main.rs",
        "web/.eslintrc.json",
        "deploy/other.yaml",
        ".env",
        "secrets.yaml",
    ] {
        assert!(!files.wants(path), "{path}");
    }
}
