//! The README and the pages under `docs/` are true: commands work, tables are complete, links lead somewhere, named tests exist.
//!
//! Input: the pages. Output: the first statement that does not hold. `LESSONBOOK_REFRESH=1 cargo test --test suite docs_pages`
//! updates the demo's plan in the README. Not here: the words (`voice.rs`), findings (`findings_doc.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::path::{Path, PathBuf};

use support::Sandbox;

use crate::support;
use lessonbook_base::finding::Code;
use lessonbook_store::read::{entry_points, exceptions, lesson, policy, target, targets, topic};
use lessonbook_store::{EntryPointKind, Files, Redundancy, Severity, load};

const REFRESH: &str = "LESSONBOOK_REFRESH";

/// Pages made from the program, or by it.
const GENERATED: [&str; 2] = ["docs/cli.md", "docs/ai-lessons.md"];
const AT_THE_ROOT: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "CODE_OF_CONDUCT.md",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(path: &str) -> String {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.replace("\r\n", "\n")
}

/// Every Markdown page that people write: at the root and under `docs/`. Generated files are left out.
pub fn written_pages() -> Vec<String> {
    fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|end| end == "md") {
                into.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    collect(&root().join("docs"), &mut paths);
    let mut pages: Vec<String> = paths
        .iter()
        .map(|path| {
            path.strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/")
        })
        .filter(|page| !GENERATED.contains(&page.as_str()))
        .collect();
    pages.extend(AT_THE_ROOT.map(str::to_owned));
    pages.sort();
    pages
}

/// A page's part from a second-level heading to the next.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let start = page
        .find(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("no section `{heading}`"));
    let rest = &page[start + 1..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

/// The fenced blocks of a language.
fn blocks<'p>(text: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    text.split(fence.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

/// The words in code font in the first cells of a section's tables.
fn first_cells(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[cfg(unix)]
#[test]
fn the_first_lesson_works_as_the_guide_describes() {
    let guide = page("docs/guide/first-lesson.md");
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            ("CLAUDE.md", "# Shop\n\nPrices are in cents.\n"),
            ("charts/web/values.yaml", "replicas: 2\n"),
        ],
    );
    let script: Vec<String> = blocks(&guide, "sh")
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| !line.starts_with("cargo install"))
        .map(|line| line.replace("~/src", &sandbox.root().to_string_lossy()))
        // Without a terminal, `sync` asks for `--yes`.
        .map(|line| line.replace("lessonbook sync", "lessonbook sync --yes"))
        .collect();
    let run = sandbox.shell(".", &script.join("\n"));
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let read = |path: &str| String::from_utf8(sandbox.read(path)).unwrap();
    let rule = "Never set `failureThreshold` below 3 on a liveness probe.";
    let text = read("shop/CLAUDE.md");
    assert!(
        text.contains(rule) && text.contains("Prices are in cents.\n"),
        "{text}"
    );
    assert!(run.stdout.contains("cleaned ../shop"), "{}", run.stdout);
    assert_eq!(sandbox.git("shop", &["branch", "--list", "lessonbook/*"]), "");
}

#[test]
fn the_excerpts_of_the_demo_are_what_the_demo_prints() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["demo"]);
    for (file, heading, starts, ends) in [
        ("README.md", "A plan", "\n../trade-bot ", "\n\n"),
        (
            "README.md",
            "Did it help?",
            "\nliveness-failure-threshold ",
            "\n  by incident",
        ),
        (
            "docs/effect.md",
            "An example",
            "\nliveness-failure-threshold ",
            "\n\n",
        ),
    ] {
        let start = run
            .stdout
            .find(starts)
            .unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
        let printed = run.stdout[start + 1..].split(ends).next().unwrap();
        let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let printed = format!("{}\n", lines.join("\n"));
        let text = page(file);
        let shown = blocks(section(&text, heading), "text")[0];
        if std::env::var_os(REFRESH).is_some_and(|value| !value.is_empty()) {
            std::fs::write(root().join(file), text.replacen(shown, &printed, 1)).unwrap();
            continue;
        }
        assert!(
            shown == printed,
            "the excerpt in {file} is stale; `{REFRESH}=1 cargo test --test suite docs_pages` updates it:\n{printed}"
        );
    }
}

#[test]
fn the_readme_fits_a_few_screens() {
    let lines = page("README.md").lines().count();
    assert!(lines <= 160, "README.md has {lines} lines; move details to docs/");
}

#[test]
fn the_tables_of_keys_are_complete() {
    let lessons = page("docs/guide/lessons.md");
    assert_eq!(missing(&lesson::KEYS, &first_cells(&lessons)), [""; 0]);
    assert!(
        topic::KEYS
            .iter()
            .all(|key| lessons.contains(&format!("`{key}`")))
    );
    let page = page("docs/guide/targets.md");
    let tables = first_cells(&page);
    assert_eq!(missing(&targets::KEYS, &tables), [""; 0]);
    assert_eq!(missing(&target::TARGET_KEYS, &tables), [""; 0]);
    assert_eq!(missing(&policy::POLICY_KEYS, &tables), [""; 0]);
    assert_eq!(missing(&policy::PROPOSAL_KEYS, &tables), [""; 0]);
    let known = [
        &targets::KEYS[..],
        &target::TARGET_KEYS,
        &policy::POLICY_KEYS,
        &policy::PROPOSAL_KEYS,
    ]
    .concat();
    let unknown: Vec<&&str> = tables.iter().filter(|key| !known.contains(key)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let keys = entry_points::KEYS.iter().chain(&exceptions::KEYS);
    assert_eq!(
        keys.filter(|key| !page.contains(&format!("`{key}`")))
            .collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

#[test]
fn the_examples_of_yaml_are_read_without_an_error() {
    let [lessons, targets, entry_points] =
        ["lessons", "targets", "entry-points"].map(|name| page(&format!("docs/guide/{name}.md")));
    let example = blocks(&lessons, "yaml")[0];
    let policy = blocks(&targets, "yaml")[0];
    let own = blocks(&entry_points, "yaml")[0];
    let mut files = Files::new();
    files.insert("targets.yaml".into(), format!("{policy}{own}").into_bytes());
    files.insert("lessons/kubernetes/probes.yaml".into(), example.into());
    let (store, findings) = load(&files, jiff::civil::date(2026, 11, 20));
    assert_eq!((store.lessons.len(), store.targets.len()), (1, 3));
    assert!(store.entry_point("responder").is_some());
    // The example names lessons and targets that it does not contain.
    let alone = [Code::OneSidedTag, Code::ExceptionForNobody];
    let wrong: Vec<_> = findings.iter().filter(|f| !alone.contains(&f.code)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_tables_of_entry_points_and_redundancy_are_those_of_the_program() {
    let text = page("docs/guide/entry-points.md");
    let rows = load(&Files::new(), jiff::civil::date(2026, 11, 20))
        .0
        .entry_points;
    for row in &rows {
        let start = format!(
            "| `{}` | `{}` |",
            row.name,
            row.path.replace("{topic}", "<topic>")
        );
        assert!(text.contains(&start), "no line begins with {start}");
    }
    assert_eq!(first_cells(&text).len(), rows.len());
    let text = page("docs/guide/redundancy.md");
    let table = Redundancy::standard();
    for severity in Severity::ALL {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("| {} |", severity.word())))
            .unwrap();
        let cells: Vec<&str> = line.split('|').skip(2).map(str::trim).collect();
        for (kind, cell) in [
            EntryPointKind::Always,
            EntryPointKind::Scoped,
            EntryPointKind::Reference,
        ]
        .into_iter()
        .zip(cells)
        {
            let row = rows.iter().find(|row| row.kind == kind).unwrap();
            let detail = table.of_severity(severity, row, kind).word();
            assert!(
                cell == detail || cell.starts_with(&format!("{detail}, ")),
                "{line}"
            );
        }
    }
}

#[test]
fn every_command_and_template_has_its_line() {
    let reference = page("docs/cli.md");
    let table = page("docs/reference/commands.md");
    let architecture = page("docs/architecture.md");
    let reasons = section(&architecture, "The commands, and why each exists");
    let commands = reference
        .lines()
        .filter_map(|line| line.strip_prefix("## `lessonbook "));
    for command in commands {
        let command = command.trim_end_matches('`');
        assert!(
            table.contains(&format!("`{command}")),
            "`{command}` is not in docs/reference/commands.md"
        );
        assert!(
            reasons.contains(&format!("`{command}`")),
            "docs/architecture.md does not say why `{command}` exists"
        );
    }
    let templates = page("docs/guide/templates.md");
    for (name, _) in lessonbook_templates::TEMPLATES {
        assert!(templates.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_words_that_may_be_beside_a_rule_are_those_of_the_proof() {
    let source = page("crates/proof/src/wording.rs");
    let list = source.split("const DECORATION").nth(1).unwrap();
    let list = list.split("];").next().unwrap();
    let templates = page("docs/guide/templates.md");
    let listed = templates.split("and these words: *").nth(1).unwrap();
    let listed: Vec<&str> = listed
        .split('*')
        .next()
        .unwrap()
        .split([',', '\n', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    let known: Vec<&str> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(listed, known);
}

#[test]
fn the_variables_of_templates_are_those_that_the_program_passes() {
    let source = page("crates/pipeline/src/render/template_data.rs");
    let fields = |name: &str| -> Vec<String> {
        let body = source.split(&format!("struct {name}<'a> {{\n")).nth(1).unwrap();
        let body = body.split("\n}").next().unwrap();
        body.lines()
            .filter(|line| !line.trim_start().starts_with("///"))
            .map(|line| line.trim_start().split(':').next().unwrap().to_owned())
            .collect()
    };
    let templates = page("docs/guide/templates.md");
    let listed = first_cells(section(&templates, "Variables"));
    let passed = [fields("TemplateData"), fields("LessonData")].concat();
    let mut unknown: Vec<&str> = listed
        .iter()
        .copied()
        .filter(|name| !passed.iter().any(|field| field == name))
        .collect();
    unknown.extend(
        passed
            .iter()
            .map(String::as_str)
            .filter(|field| !listed.contains(field)),
    );
    assert_eq!(unknown, [""; 0]);
}

/// The anchors that GitHub gives the headings of a page.
fn anchors(page: &str) -> Vec<String> {
    let mut code = false;
    page.lines()
        .filter(|line| {
            code ^= line.starts_with("```");
            !code && line.starts_with('#')
        })
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// Links of a page that lead to no file, or to no heading.
fn broken_links(name: &str) -> Vec<String> {
    let text = page(name);
    let folder = root().join(name).parent().map(Path::to_owned).unwrap();
    let mut broken = Vec::new();
    for rest in text.split("](").skip(1) {
        let link = rest.split(')').next().unwrap();
        if link.contains("://") || link.contains('\n') {
            continue;
        }
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let file = if path.is_empty() {
            root().join(name)
        } else {
            folder.join(path)
        };
        let found = if anchor.is_empty() {
            file.exists()
        } else {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            anchors(&text).iter().any(|known| known == anchor)
        };
        if !found {
            broken.push(format!("{name}: {link}"));
        }
    }
    broken
}

#[test]
fn links_lead_to_a_file_and_to_a_heading() {
    let broken: Vec<String> = written_pages()
        .iter()
        .flat_map(|name| broken_links(name))
        .collect();
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_book_contains_every_page_once() {
    let summary = page("docs/SUMMARY.md");
    let listed: Vec<&str> = summary
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    let mut wanted: Vec<String> = written_pages()
        .into_iter()
        .filter_map(|name| name.strip_prefix("docs/").map(str::to_owned))
        .filter(|name| name != "SUMMARY.md")
        .collect();
    wanted.push("cli.md".to_owned());
    wanted.sort();
    let mut listed: Vec<String> = listed.into_iter().map(str::to_owned).collect();
    listed.sort();
    assert_eq!(listed, wanted);
}

#[test]
fn the_tests_that_the_architecture_names_exist() {
    let architecture = page("docs/architecture.md");
    let promises = section(&architecture, "The promises, and where each is kept");
    let mut named = 0;
    for line in promises
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- `"))
    {
        let (file, test) = line.split_once("`: `").unwrap_or_else(|| panic!("{line}"));
        let test = test.trim_end_matches('`');
        assert!(
            page(file).contains(&format!("fn {test}(")),
            "{file} has no test `{test}`"
        );
        named += 1;
    }
    assert!(named >= 7, "only {named} tests are named");
}

fn missing<'k>(keys: &[&'k str], table: &[&str]) -> Vec<&'k str> {
    keys.iter().copied().filter(|key| !table.contains(key)).collect()
}
