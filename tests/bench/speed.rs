//! How long the core takes: `cargo bench`, or `cargo bench -- store` for one group. No test depends on the figures.
//!
//! Where a ratio tells more than a time, the yardstick stands in the same group and runs in the same process: parsing the same
//! YAML alone, the bare Markdown parser over the same text, a copy of the same bytes. docs/performance.md has a run's figures.

// Each group uses most of what stands above it; and which tree was measured is said beside the table, not in it.
#![allow(clippy::wildcard_imports, clippy::print_stderr)]

use divan::{Bencher, black_box};
use lessonbook_base::snapshot::{Base, EarlierStates, Snapshot};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_base::{markdown, marker};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::select::Selector;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::{Store, Visibility};

mod check_files;
mod generate;

fn main() {
    let (tree, which) = generate::large_tree();
    eprintln!("the large tree has {} paths: {which}", tree.len());
    divan::main();
}

fn snapshot(tree: Tree) -> Snapshot {
    Snapshot {
        base: Base {
            branch: "main".into(),
            commit: "0".repeat(40),
            time: 0,
        },
        tree,
        branch: None,
        past: None,
        earlier: EarlierStates::default(),
        findings: Vec::new(),
    }
}

/// A plan that was refused measures nothing.
fn sound(plan: &TargetPlan) {
    assert_eq!(
        plan.outcome.state,
        TargetState::Stale,
        "{:?}",
        plan.outcome.findings.iter().find(|finding| finding.is_error())
    );
    assert!(plan.proof.invariants.iter().all(|invariant| invariant.holds));
}

mod store_of_1000_lessons {
    use super::*;

    #[divan::bench]
    fn load_and_check(bencher: Bencher) {
        let files = generate::files(1000, &["../target".to_owned()]);
        bencher.bench_local(|| lessonbook_store::load(black_box(&files), generate::TODAY));
    }

    /// The yardstick: the same files as YAML, and nothing else.
    #[divan::bench]
    fn parse_the_same_yaml(bencher: Bencher) {
        let files = generate::files(1000, &["../target".to_owned()]);
        bencher.bench_local(|| {
            for (path, bytes) in &files {
                black_box(lessonbook_store::yaml::parse(path, bytes));
            }
        });
    }
}

mod plan_of_1000_lessons {
    use super::*;

    fn sides() -> (Store, Snapshot) {
        (generate::store(1000, 1), snapshot(generate::tree(2000, 0)))
    }

    #[divan::bench]
    fn read_templates_lessons_and_globs(bencher: Bencher) {
        let (store, _) = sides();
        bencher.bench_local(|| Planner::new(black_box(&store)).map(drop));
    }

    #[divan::bench]
    fn four_entry_points_with_proof(bencher: Bencher) {
        let (store, snapshot) = sides();
        let planner = Planner::new(&store).expect("the templates compile");
        sound(&planner.plan(&store.targets[0], &snapshot));
        bencher.bench_local(|| planner.plan(&store.targets[0], black_box(&snapshot)));
    }

    /// The same where everybody can read: no incident is printed, and the proof looks for each.
    #[divan::bench]
    fn four_entry_points_in_public(bencher: Bencher) {
        let (mut store, snapshot) = sides();
        store.targets[0].visibility = Visibility::Public;
        let planner = Planner::new(&store).expect("the templates compile");
        sound(&planner.plan(&store.targets[0], &snapshot));
        bencher.bench_local(|| planner.plan(&store.targets[0], black_box(&snapshot)));
    }

    /// After the proposal was merged: nothing changes, and everything is proved all the same.
    #[divan::bench]
    fn in_sync_with_proof(bencher: Bencher) {
        let (store, mut snapshot) = sides();
        let planner = Planner::new(&store).expect("the templates compile");
        let plan = planner.plan(&store.targets[0], &snapshot);
        snapshot.tree = snapshot.tree.with(&plan.content.edits);
        let again = planner.plan(&store.targets[0], &snapshot);
        assert_eq!(
            again.outcome.state,
            TargetState::UpToDate,
            "{:?}",
            again.outcome.findings
        );
        bencher.bench_local(|| planner.plan(&store.targets[0], black_box(&snapshot)));
    }

    /// The yardstick: the Markdown parser alone, once over the text that the plan writes.
    #[divan::bench]
    fn parse_the_written_text(bencher: Bencher) {
        let (store, snapshot) = sides();
        let planner = Planner::new(&store).expect("the templates compile");
        let plan = planner.plan(&store.targets[0], &snapshot);
        let texts: Vec<String> = plan
            .content
            .edits
            .iter()
            .filter_map(|edit| edit.after.as_ref())
            .map(|after| String::from_utf8_lossy(&after.bytes).into_owned())
            .collect();
        bencher.bench_local(|| {
            for text in &texts {
                black_box(pulldown_cmark::Parser::new(text).count());
            }
        });
    }
}

mod audit_of_1000_lessons_in_200_targets {
    use super::*;
    use lessonbook_audit::{AuditInput, AuditTarget, audit};

    /// Each target has 2,000 paths and receives all lessons; the plans are made before.
    #[divan::bench(sample_count = 3, sample_size = 1)]
    fn all_findings(bencher: Bencher) {
        let store = generate::store(1000, 200);
        let planner = Planner::new(&store).expect("the templates compile");
        // Four trees and plans stand for two hundred, so that making them is not what is measured.
        let trees: Vec<Tree> = (0..4).map(|variant| generate::tree(2000, variant)).collect();
        let plans: Vec<TargetPlan> = trees
            .iter()
            .map(|tree| planner.plan(&store.targets[0], &snapshot(tree.clone())))
            .collect();
        let made = trees.iter().zip(&plans).cycle();
        let targets: Vec<AuditTarget<'_>> = store
            .targets
            .iter()
            .zip(made)
            .map(|(target, (tree, plan))| AuditTarget {
                target,
                plan,
                tree: Some(tree),
            })
            .collect();
        let input = AuditInput {
            store: &store,
            findings: &[],
            targets,
            is_whole: true,
            effect: None,
            removals: std::collections::BTreeMap::new(),
        };
        bencher.bench_local(|| audit(black_box(&input)).len());
    }
}

mod large_tree {
    use super::*;

    #[divan::bench(args = [60, 1000])]
    fn select(bencher: Bencher, lessons: usize) {
        let store = generate::store(lessons, 1);
        let (tree, _) = generate::large_tree();
        let selector = Selector::new(&store);
        bencher.bench_local(|| selector.select(&store.targets[0], black_box(&tree)));
    }

    /// The yardstick: look at every path once.
    #[divan::bench]
    fn walk(bencher: Bencher) {
        let (tree, _) = generate::large_tree();
        bencher.bench_local(|| {
            black_box(&tree)
                .paths()
                .filter(|path| path.ends_with('y'))
                .count()
        });
    }

    #[divan::bench]
    fn plan_of_60_lessons(bencher: Bencher) {
        let store = generate::store(60, 1);
        let (tree, _) = generate::large_tree();
        let snapshot = snapshot(tree);
        let planner = Planner::new(&store).expect("the templates compile");
        sound(&planner.plan(&store.targets[0], &snapshot));
        bencher.bench_local(|| planner.plan(&store.targets[0], black_box(&snapshot)));
    }
}

mod many_targets {
    use super::*;

    /// 60 lessons, targets of 2,000 paths, one at a time: what stays of each is its edits.
    #[divan::bench(args = [1000, 10_000], sample_count = 1, sample_size = 1)]
    fn plan_of_60_lessons(bencher: Bencher, targets: usize) {
        let store = generate::store(60, targets);
        let planner = Planner::new(&store).expect("the templates compile");
        // Ten trees stand for all, so that making them is not what is measured.
        let snapshots: Vec<Snapshot> = (0..10)
            .map(|variant| snapshot(generate::tree(2000, variant)))
            .collect();
        bencher.bench_local(|| -> Vec<_> {
            let plans = store.targets.iter().zip(snapshots.iter().cycle());
            plans
                .map(|(target, snapshot)| planner.plan(target, snapshot).content.edits)
                .collect()
        });
    }
}

/// 20 structural checks and 10 of text, in one thread and without reading from disk.
mod checks {
    use super::*;
    use lessonbook_checks::linter::Linter;
    use lessonbook_checks::read::FileFormat;

    fn run(linter: &Linter, files: &[(String, String)]) -> usize {
        let reports = files
            .iter()
            .map(|(path, text)| linter.file(path, text.as_bytes()));
        reports.map(|report| report.hits.len()).sum()
    }

    #[divan::bench(args = [50, 5000])]
    fn lint(bencher: Bencher, count: usize) {
        let lessons = check_files::lessons();
        let linter = Linter::new(&lessons);
        let files = check_files::files(count);
        assert!(run(&linter, &files) > 0);
        bencher.bench_local(|| run(&linter, black_box(&files)));
    }

    /// The yardstick: the same files as trees, and nothing else.
    #[divan::bench]
    fn read_the_same_5000_files(bencher: Bencher) {
        let files = check_files::files(5000);
        bencher.bench_local(|| {
            for (path, text) in black_box(&files) {
                black_box(FileFormat::new(path, text).map(|format| format.read(text))).map(Result::ok);
            }
        });
    }

    #[divan::bench]
    fn choose_files_of_the_large_tree(bencher: Bencher) {
        let lessons = check_files::lessons();
        let linter = Linter::new(&lessons);
        let (tree, _) = generate::large_tree();
        bencher.bench_local(|| black_box(&tree).paths().filter(|path| linter.reads(path)).count());
    }
}

mod texts {
    use super::*;

    #[divan::bench]
    fn plan_into_a_file_of_635_kb(bencher: Bencher) {
        let store = generate::store(60, 1);
        let mut tree = generate::tree(2000, 0);
        tree.load("CLAUDE.md", Mode::File, generate::markdown(635_000));
        let snapshot = snapshot(tree);
        let planner = Planner::new(&store).expect("the templates compile");
        sound(&planner.plan(&store.targets[0], &snapshot));
        bencher.bench_local(|| planner.plan(&store.targets[0], black_box(&snapshot)));
    }

    #[divan::bench]
    fn find_the_block_in_1_mb(bencher: Bencher) {
        let text = generate::markdown(1_000_000);
        let block = format!(
            "{}\n- a rule\n{}\n",
            marker::begin("acme", "0123456789ab"),
            marker::end("acme")
        );
        let text = text.clone() + &block;
        assert!(matches!(
            marker::find(text.as_bytes(), "acme"),
            marker::BlocksInFile::Block(_)
        ));
        bencher.bench_local(|| marker::find(black_box(text.as_bytes()), "acme"));
    }

    #[divan::bench]
    fn read_a_page_of_1_mb(bencher: Bencher) {
        let text = generate::markdown(1_000_000);
        bencher.bench_local(|| markdown::read(black_box(&text)));
    }

    /// The yardstick: the same text's events, with none of them kept.
    #[divan::bench]
    fn parse_the_same_text(bencher: Bencher) {
        let text = generate::markdown(1_000_000);
        bencher.bench_local(|| {
            pulldown_cmark::Parser::new_ext(black_box(&text), pulldown_cmark::Options::ENABLE_GFM).count()
        });
    }
}

/// What `effect` does with the commits of a history, without reading from disk.
mod effect {
    use super::*;
    use std::collections::BTreeMap;

    use lessonbook_checks::history::{ChangedFile, CommitContents, FileContent, HistoryJudge};
    use lessonbook_checks::linter::Linter;
    use lessonbook_checks::tree_hits::FileBytes;
    use lessonbook_effect::presence::{CommitPoint, LessonInTarget, PresencePeriod, PresenceState};
    use lessonbook_effect::record::{CommitRecord, IntroducedPlace, JudgedCommit};
    use lessonbook_effect::recurrence::by_check;

    /// Texts by an id of their own.
    #[derive(Default)]
    struct Texts(BTreeMap<String, String>);

    impl CommitContents for Texts {
        type Error = String;

        fn bytes(&self, id: &str) -> Result<FileBytes, String> {
            let text = self.0.get(id).ok_or_else(|| id.to_owned())?;
            Ok(FileBytes::Whole(text.clone().into_bytes()))
        }

        fn paths(&self) -> Result<Vec<String>, String> {
            Ok(Vec::new())
        }
    }

    /// The commits, and all their texts.
    fn history(commits: usize) -> (Vec<Vec<ChangedFile>>, Texts) {
        let mut texts = Texts::default();
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let commits = check_files::history(commits).into_iter().enumerate();
        let commits = commits
            .map(|(number, changes)| {
                let changes = changes.into_iter().map(|(path, _, after)| {
                    let id = format!("{number}:{path}");
                    texts.0.insert(id.clone(), after);
                    let before = ids.insert(path.clone(), id.clone());
                    ChangedFile {
                        path,
                        before: before.map(FileContent::Regular),
                        after: Some(FileContent::Regular(id)),
                    }
                });
                changes.collect()
            })
            .collect();
        (commits, texts)
    }

    #[divan::bench(args = [2500], sample_count = 5)]
    fn judge_commits(bencher: Bencher, commits: usize) {
        let lessons = check_files::lessons();
        let linter = Linter::new(&lessons).listing_places();
        let (commits, texts) = history(commits);
        bencher.bench_local(|| -> usize {
            let mut judge = HistoryJudge::new(&linter, &[]);
            let judged = commits.iter().map(|files| {
                let hits = judge.commit(files, generate::TODAY, &|_| false, &texts);
                hits.expect("every text is known").introduced.len()
            });
            judged.sum()
        });
    }

    /// A target whose commits introduce a place one time in ten, and the lesson's merge in the middle.
    fn target(number: usize, commits: usize) -> LessonInTarget {
        const DAY: i64 = 24 * 60 * 60;
        let point = |index: usize| CommitPoint {
            index,
            commit: format!("{index:040x}"),
            time: i64::try_from(index).unwrap_or(0) * DAY,
        };
        let place = || IntroducedPlace {
            file: "deploy/app.yaml".to_owned(),
            line: Some(9),
            detail: "failureThreshold is 1 (below 3)".to_owned(),
            content: None,
        };
        let judged = (1..=commits).map(|index| JudgedCommit {
            index,
            commit: format!("{index:040x}"),
            time: i64::try_from(index).unwrap_or(0) * DAY,
            record: CommitRecord {
                is_exposed: true,
                introduced: ((index + number).is_multiple_of(10))
                    .then(place)
                    .into_iter()
                    .collect(),
                ..CommitRecord::default()
            },
        });
        LessonInTarget {
            target: format!("target-{number}"),
            repository: None,
            state: PresenceState::Merged,
            why: None,
            periods: vec![PresencePeriod {
                from: point(commits / 2 + number % 50),
                until: None,
            }],
            is_start_unknown: false,
            is_judged: true,
            commits: judged.collect(),
        }
    }

    #[divan::bench(args = [1, 200])]
    fn compare_targets_of_500_commits(bencher: Bencher, count: usize) {
        let targets: Vec<LessonInTarget> = (0..count).map(|number| target(number, 500)).collect();
        bencher.bench_local(|| by_check(black_box(&targets)));
    }
}
