//! The first proposal as the owners of three real repositories get it: uv, trpc and the Python SDK of MCP.
//!
//! Input: the corpus, where it is present. Output: nothing, or what an owner would object to. Not here: how `init` writes a store
//! (`maintainer`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};

use hub::Hub;
use library::Book;

use crate::support::{Sandbox, hub, library};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::target_state::TargetState;

/// Severity, path, tag, rule and reason of each lesson.
type Written = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const LESSONS: &[Written] = &[
    (
        "ci/full-sha",
        "critical",
        ".github/workflows/**",
        "",
        "Pin third-party actions to a full commit SHA, never to a tag or branch.",
        "A tag can be moved to other code after the review, and the job holds our tokens.",
    ),
    (
        "ci/no-target-trigger",
        "critical",
        ".github/workflows/**",
        "",
        "Never add `pull_request_target` to a workflow.",
        "It runs with our secrets on code that anyone can propose.",
    ),
    (
        "review/no-agent-posts",
        "critical",
        "",
        "",
        "Never open an issue, comment or pull request on a public repository without a person asking for that text.",
        "Readers spent hours on text that no person had read.",
    ),
    (
        "rust/one-package-update",
        "high",
        "**/Cargo.lock",
        "rust",
        "Update one package at a time with `cargo update -p`; never the whole lock file.",
        "A bulk update hid a broken transitive release for a week.",
    ),
    (
        "typescript/no-barrel-files",
        "medium",
        "**/*.ts",
        "typescript",
        "Do not create barrel files; import from the implementing module.",
        "They pull whole folders into each bundle and make cycles.",
    ),
    (
        "typescript/pnpm-only",
        "high",
        "**/package.json",
        "typescript",
        "Install with pnpm; never commit another lock file.",
        "Two lock files resolved to two versions in CI.",
    ),
    (
        "python/keyword-only",
        "high",
        "**/*.py",
        "python",
        "Make new optional parameters of public functions keyword-only.",
        "Callers passed them by position, and a reorder broke them silently.",
    ),
    (
        "python/no-bare-except",
        "critical",
        "**/*.py",
        "python",
        "Never write a bare `except:`; catch the exceptions that you expect.",
        "It swallowed a cancelled task and the worker never stopped.",
    ),
];

struct Owner {
    corpus: &'static str,
    name: &'static str,
    tag: &'static str,
    /// Sources that the corpus leaves out.
    sources: &'static [&'static str],
    /// What the proposal may change, new files last.
    files: &'static [&'static str],
    /// How many lessons it adds.
    lessons: usize,
}

const OWNERS: &[Owner] = &[
    Owner {
        corpus: "astral-sh__uv",
        name: "uv",
        tag: "rust",
        sources: &["Cargo.toml", "Cargo.lock", "src/main.rs"],
        files: &["AGENTS.md"],
        lessons: 4,
    },
    Owner {
        corpus: "trpc__trpc",
        name: "trpc",
        tag: "typescript",
        sources: &["package.json", "pnpm-lock.yaml", "src/index.ts"],
        files: &[".cursor/rules/typescript.mdc", "AGENTS.md"],
        lessons: 5,
    },
    Owner {
        corpus: "modelcontextprotocol__python-sdk",
        name: "python-sdk",
        tag: "python",
        sources: &["pyproject.toml", "src/app.py"],
        files: &["AGENTS.md"],
        lessons: 5,
    },
];

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let folder = folder.join("instructions");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there is no corpus at {}", folder.display());
    None
}

/// The files of an owner's repository, with stubs for its sources.
fn files(corpus: &Path, owner: &Owner) -> Vec<(String, Vec<u8>)> {
    fn collect(top: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                collect(top, &path, files);
            } else if path.is_file() {
                let inside = path
                    .strip_prefix(top)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push((inside, std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    let top = corpus.join(owner.corpus);
    collect(&top, &top, &mut files);
    let stubs = owner.sources.iter().chain(&[".github/workflows/ci.yml"]);
    files.extend(stubs.map(|path| ((*path).to_owned(), b"x\n".to_vec())));
    files
}

fn lesson((_, severity, path, tag, rule, why): &Written) -> String {
    let quoted = |key: &str, value: &str| match value {
        "" => String::new(),
        value => format!("{key}: [\"{value}\"]\n"),
    };
    let title = rule.split_terminator(['.', ';']).next().unwrap_or(rule);
    format!(
        "title: >-\n  {title}\nseverity: {severity}\n{}{}rule: >-\n  {rule}\nrationale: >-\n  {why}\n",
        quoted("paths", path),
        quoted("tags", tag)
    )
}

/// A store beside the three repositories, as `init` writes it.
fn begun() -> Option<Sandbox> {
    let corpus = corpus()?;
    let sandbox = Sandbox::new();
    for owner in OWNERS {
        sandbox.init(owner.name);
        for (path, bytes) in files(&corpus, owner) {
            sandbox.write(&format!("{}/{path}", owner.name), bytes);
        }
        sandbox.commit(owner.name, "start");
    }
    let run = sandbox.run(&["init", "rules"]);
    assert_eq!(run.code, 0, "{run:?}");
    for written in LESSONS {
        sandbox.write(&format!("rules/lessons/{}.yaml", written.0), lesson(written));
    }
    sandbox.init("rules");
    sandbox.commit("rules", "lessons");
    Some(sandbox)
}

#[test]
fn each_owner_gets_one_small_proposal_that_merges_and_is_all_there_is() {
    let Some(sandbox) = begun() else { return };
    let check = sandbox.run(&["check", "--store", "rules"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{check:?}");
    let sync = sandbox.run(&["sync", "--yes", "--store", "rules"]);
    assert_eq!(sync.code, 0, "{sync:?}");
    assert!(sync.stdout.lines().count() <= 10, "{}", sync.stdout);
    for owner in OWNERS {
        let git = |args: &[&str]| sandbox.git(owner.name, args);
        let changed = git(&["diff", "--name-only", "main", "lessonbook/rules"]);
        assert_eq!(changed.lines().collect::<Vec<_>>(), owner.files, "{}", owner.name);
        let diff = git(&["diff", "--unified=0", "main", "lessonbook/rules"]);
        let lines = |sign: char| {
            diff.lines()
                .filter(|line| line.starts_with(sign) && !line.starts_with(&sign.to_string().repeat(3)))
                .count()
        };
        assert_eq!(
            lines('-'),
            0,
            "{}: nothing of theirs is changed\n{diff}",
            owner.name
        );
        assert!(lines('+') <= 23, "{}: {} lines\n{diff}", owner.name, lines('+'));
        for foreign in LESSONS.iter().filter(|one| !["", owner.tag].contains(&one.3)) {
            assert!(!diff.contains(foreign.4), "{}: {}", owner.name, foreign.0);
        }
        let own = LESSONS.iter().filter(|one| ["", owner.tag].contains(&one.3));
        let mut count = 0;
        for one in own {
            assert_eq!(
                diff.matches(one.4).count(),
                1,
                "{}: {} once\n{diff}",
                owner.name,
                one.0
            );
            count += 1;
        }
        assert_eq!(count, owner.lessons);
        let title = git(&["log", "-1", "--format=%s", "lessonbook/rules"]);
        assert!(
            title.starts_with(&format!("docs(ai): {count} lessons added (")),
            "{title}"
        );
    }
    let merge = sandbox.run(&["status", "--merge-commands", "--store", "rules"]);
    assert_eq!(merge.stdout.lines().count(), 3, "{merge:?}");
    assert_eq!(sandbox.shell(".", &merge.stdout).code, 0);
    let again = sandbox.run(&["sync", "--yes", "--store", "rules"]);
    assert_eq!(again.code, 0, "{again:?}");
    for owner in OWNERS {
        let branches = sandbox.git(owner.name, &["branch", "--list", "lessonbook/*"]);
        assert_eq!(branches, "", "{}: merged, so it is cleaned up", owner.name);
    }
}

#[test]
fn the_page_of_the_plan_shows_changes_of_hand_written_files_first() {
    let Some(sandbox) = begun() else { return };
    let plan = sandbox.run(&["plan", "--out", "plan.json", "--store", "rules"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    for warning in ["shadowed", "advice-exceeded"] {
        assert!(!plan.stdout.contains(warning), "{warning}: {}", plan.stdout);
    }
    let page = sandbox.run(&["show", "plan.json", "--format", "markdown"]).stdout;
    let hand = page.find("Changes in hand-written files").unwrap();
    let ours = page.find("Files that hold lessons only").unwrap();
    assert!(hand < ours, "{page}");
    for owner in OWNERS {
        assert!(page.contains(owner.name), "{page}");
    }
    assert!(page.lines().count() < 220, "{}: {page}", page.lines().count());
}

#[test]
fn the_pull_request_decides_on_its_first_screen_and_folds_the_rest() {
    let Some(corpus) = corpus() else { return };
    for owner in OWNERS {
        let assistants = if owner.name == "trpc" {
            "cursor"
        } else {
            "claude-code, codex"
        };
        let book = LESSONS
            .iter()
            .fold(Book::new(&[]), |book, one| book.lesson(one.0, &lesson(one)));
        let book = book.target(&format!(
            "{{ tags: [{}], assistants: [{assistants}] }}",
            owner.tag
        ));
        let mut base = Tree::new();
        for (path, bytes) in files(&corpus, owner) {
            base.load(&path, Mode::File, bytes);
        }
        let hub = Hub::new(&book).with(|hub| hub.base = base);
        assert_eq!(hub.life().state, TargetState::Stale);
        let text = hub.text();
        // `--nocapture` shows it, to be rendered and looked at.
        eprintln!("=== {}\n{}\n\n{}", owner.name, text.title, text.body);
        assert!(text.title.len() <= 72, "{}", text.title);
        assert!(
            text.title.contains(&format!("{} lessons added", owner.lessons)),
            "{}",
            text.title
        );
        let (open, folded) = text.body.split_once("<details>").unwrap();
        assert!(open.lines().count() <= 25, "{open}");
        for path in owner.files {
            assert!(text.body.contains(path), "{path}: {}", text.body);
        }
        assert!(open.contains("Only you can merge this."), "{open}");
        assert!(folded.contains("Proof: ✓"), "{folded}");
        let own = LESSONS.iter().filter(|one| ["", owner.tag].contains(&one.3));
        for one in own {
            let id = one.0.rsplit('/').next().unwrap();
            assert!(text.body.contains(&format!("`{id}`")), "{id}: {}", text.body);
        }
    }
}
