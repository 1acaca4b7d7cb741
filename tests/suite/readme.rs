//! What the README and `docs/architecture.md` say is so: their commands work, their tables are whole, their tests exist.
//!
//! Comes in: the two pages. Goes out: the first statement that does not hold. `LESSONBOOK_REFRESH=1 cargo test --test suite readme`
//! writes the demo's excerpt anew. Leaves to others: prose.

use std::path::{Path, PathBuf};

use support::Sandbox;

use crate::support;
use lessonbook_base::finding::Code;
use lessonbook_store::read::{entry_points, lesson, policy, targets, topic};
use lessonbook_store::{Files, Kind, Redundancy, Severity, load};

const REFRESH: &str = "LESSONBOOK_REFRESH";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(path: &str) -> String {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.replace("\r\n", "\n")
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
fn the_first_lesson_goes_all_the_way_as_it_is_told() {
    let readme = page("README.md");
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            ("CLAUDE.md", "# Shop\n\nPrices are in cents.\n"),
            ("charts/web/values.yaml", "replicas: 2\n"),
        ],
    );
    let script: Vec<String> = blocks(section(&readme, "A first lesson in five minutes"), "sh")
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| !line.starts_with("cargo install"))
        .map(|line| line.replace("~/src", &sandbox.root().to_string_lossy()))
        // Where nobody can answer, `sync` wants to be told.
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
fn the_excerpt_of_the_demo_is_what_the_demo_prints() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["demo"]);
    let start = run
        .stdout
        .find("\n../trade-bot ")
        .unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let plan = run.stdout[start + 1..].split("\n\n").next().unwrap();
    let lines: Vec<&str> = plan.lines().map(str::trim_end).collect();
    let printed = format!("{}\n", lines.join("\n"));
    let readme = page("README.md");
    let shown = blocks(section(&readme, "What the demo shows"), "text")[0];
    if std::env::var_os(REFRESH).is_some_and(|value| !value.is_empty()) {
        std::fs::write(root().join("README.md"), readme.replacen(shown, &printed, 1)).unwrap();
        return;
    }
    assert!(
        shown == printed,
        "the excerpt is stale; `{REFRESH}=1 cargo test --test suite readme` writes it anew:\n{printed}"
    );
}

#[test]
fn the_tables_of_keys_are_whole() {
    let readme = page("README.md");
    let lessons = first_cells(section(&readme, "Lessons"));
    assert_eq!(missing(&lesson::KEYS, &lessons), [""; 0]);
    let written = section(&readme, "targets.yaml");
    let tables = first_cells(written);
    assert_eq!(missing(&targets::KEYS, &tables), [""; 0]);
    assert_eq!(missing(&targets::TARGET_KEYS, &tables), [""; 0]);
    assert_eq!(missing(&policy::POLICY_KEYS, &tables), [""; 0]);
    let known = [&targets::KEYS[..], &targets::TARGET_KEYS, &policy::POLICY_KEYS].concat();
    let unknown: Vec<&&str> = tables.iter().filter(|key| !known.contains(key)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let told = |key: &&str| written.contains(&format!("`{key}`"));
    let keys = entry_points::KEYS.iter().chain(&targets::EXCEPTION_KEYS);
    assert_eq!(
        keys.filter(|key| !told(key)).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    let topics = section(&readme, "Lessons");
    assert!(topic::KEYS.iter().all(|key| topics.contains(&format!("`{key}`"))));
}

#[test]
fn the_examples_of_yaml_are_read_without_an_error() {
    let readme = page("README.md");
    let example = blocks(section(&readme, "Lessons"), "yaml")[0];
    let policy = blocks(section(&readme, "targets.yaml"), "yaml")[0];
    let own = blocks(section(&readme, "Entry points"), "yaml")[0];
    let mut files = Files::new();
    files.insert("targets.yaml".into(), format!("{policy}{own}").into_bytes());
    files.insert("lessons/kubernetes/probes.yaml".into(), example.into());
    let (store, findings) = load(&files, jiff::civil::date(2026, 11, 20));
    assert_eq!((store.lessons.len(), store.targets.len()), (1, 3));
    assert!(store.entry_point("responder").is_some());
    // The example has neither all the lessons nor all the targets that it speaks of.
    let alone = [Code::OneSidedTag, Code::ExceptionForNobody];
    let wrong: Vec<_> = findings.iter().filter(|f| !alone.contains(&f.code)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_tables_of_entry_points_and_redundancy_are_those_of_the_program() {
    let readme = page("README.md");
    let rows = load(&Files::new(), jiff::civil::date(2026, 11, 20))
        .0
        .entry_points;
    let text = section(&readme, "Entry points");
    for row in &rows {
        let start = format!(
            "| `{}` | `{}` |",
            row.name,
            row.path.replace("{topic}", "<topic>")
        );
        assert!(text.contains(&start), "no line begins with {start}");
    }
    assert_eq!(first_cells(text).len(), rows.len());
    let text = section(&readme, "Redundancy");
    let table = Redundancy::standard();
    for severity in Severity::ALL {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("| {} |", severity.word())))
            .unwrap();
        let cells: Vec<&str> = line.split('|').skip(2).map(str::trim).collect();
        for (kind, cell) in [Kind::Always, Kind::Scoped, Kind::Reference]
            .into_iter()
            .zip(cells)
        {
            let row = rows.iter().find(|row| row.kind == kind).unwrap();
            let form = table.form(severity, row).word();
            assert!(cell == form || cell.starts_with(&format!("{form}, ")), "{line}");
        }
    }
}

#[test]
fn every_command_and_template_has_its_line() {
    let readme = page("README.md");
    let reference = page("docs/cli.md");
    let commands = reference
        .lines()
        .filter_map(|line| line.strip_prefix("## `lessonbook "));
    let table = section(&readme, "Commands");
    for command in commands {
        let command = command.trim_end_matches('`');
        assert!(
            table.contains(&format!("`{command}")),
            "`{command}` is not in the table"
        );
    }
    let table = section(&readme, "Templates");
    for (name, _) in lessonbook_templates::TEMPLATES {
        assert!(table.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_words_that_may_stand_beside_a_rule_are_those_of_the_proof() {
    let source = page("crates/proof/src/wording.rs");
    let list = source.split("const DECORATION").nth(1).unwrap();
    let list = list.split("];").next().unwrap();
    let readme = page("README.md");
    let told = section(&readme, "Templates");
    let told = told.split("and these words: *").nth(1).unwrap();
    let told = told.split('*').next().unwrap();
    let told: Vec<&str> = told
        .split([',', '\n', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    let known: Vec<&str> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(told, known);
}

#[test]
fn links_lead_somewhere_and_named_tests_exist() {
    for name in ["README.md", "CONTRIBUTING.md", "docs/architecture.md"] {
        let text = page(name);
        let folder = root().join(name).parent().map(Path::to_owned).unwrap();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if !target.starts_with("http") {
                let path = target.split('#').next().unwrap();
                assert!(folder.join(path).exists(), "{name}: {path} does not exist");
            }
        }
    }
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
