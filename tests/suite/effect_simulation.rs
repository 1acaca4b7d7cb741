//! The statistics of `effect` over simulated histories of which the truth is known, and a few of them as real git histories.
//!
//! Input: histories in which commits introduce places with a known probability before and after a merge, with imports, renames and
//! reverts. Output: how often the interval contains the true ratio, and how often a verdict is wrong.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]
#![allow(clippy::cast_precision_loss, reason = "counts are small")]

use std::fmt::Write as _;

use crate::support::{FIRST_COMMIT, Sandbox};
use lessonbook_effect::comparison::{Doubt, Verdict};
use lessonbook_effect::presence::{CommitPoint, LessonInTarget, PresencePeriod, PresenceState};
use lessonbook_effect::record::{CommitRecord, IntroducedPlace, JudgedCommit};
use lessonbook_effect::recurrence::{CheckRecurrence, by_check};

const RUNS: usize = 200;
const DAY: i64 = 24 * 60 * 60;

/// A generator of random numbers that is the same everywhere (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn chance(&mut self, probability: f64) -> bool {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64 <= probability
    }

    fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }
}

/// How a history is made.
#[derive(Clone, Copy)]
struct Recipe {
    /// The probability that an exposed commit introduces a place, on a day, before the lesson.
    rate: fn(i64) -> f64,
    /// By what the lesson multiplies it.
    ratio: f64,
    /// How many targets merge the lesson, and how many do not.
    merged: u64,
    not_reached: u64,
    /// How many of a hundred commits are imports of many places, and how many of a hundred mistakes are reverted.
    imports: f64,
    reverts: f64,
}

const PLAIN: Recipe = Recipe {
    rate: |_| 0.15,
    ratio: 1.0,
    merged: 3,
    not_reached: 2,
    imports: 0.02,
    reverts: 0.25,
};

/// One target over 400 days.
fn target(random: &mut Random, recipe: &Recipe, number: u64, merge: Option<i64>) -> LessonInTarget {
    // Repositories differ: busy ones, careless ones.
    let care = 0.5 + random.below(100) as f64 / 100.0;
    let commits_a_day = 1 + random.below(2);
    let mut commits: Vec<JudgedCommit> = Vec::new();
    let mut period = None;
    let (mut index, mut content) = (0, number << 32);
    // What a revert does on later days: the day, the content, whether it comes back.
    let mut planned: Vec<(i64, u64, bool)> = Vec::new();
    for day in 0..400_i64 {
        let mut add = |record: CommitRecord, index: &mut usize| {
            *index += 1;
            if !record.is_empty() {
                commits.push(JudgedCommit {
                    index: *index,
                    commit: format!("{number:08x}{index:08x}"),
                    time: day * DAY + i64::try_from(*index % 1000).unwrap(),
                    record,
                });
            }
        };
        if merge == Some(day) {
            add(CommitRecord::default(), &mut index);
            period = Some(PresencePeriod {
                from: CommitPoint {
                    index,
                    commit: String::new(),
                    time: day * DAY,
                },
                until: None,
            });
        }
        for (_, content, is_back) in planned
            .extract_if(.., |(due, ..)| *due == day)
            .collect::<Vec<_>>()
        {
            let record = if is_back {
                CommitRecord {
                    is_exposed: true,
                    introduced: vec![place(content)],
                    ..CommitRecord::default()
                }
            } else {
                CommitRecord {
                    left: vec![content],
                    ..CommitRecord::default()
                }
            };
            add(record, &mut index);
        }
        for _ in 0..commits_a_day {
            // Half of the commits touch nothing that is judged; renames are among them.
            if random.chance(0.5) {
                add(CommitRecord::default(), &mut index);
                continue;
            }
            let effect = if period.is_some() { recipe.ratio } else { 1.0 };
            let is_mistake = random.chance((recipe.rate)(day) * care * effect);
            let places = if random.chance(recipe.imports) {
                40
            } else {
                1 + random.below(2)
            };
            let mut record = CommitRecord {
                is_exposed: true,
                ..CommitRecord::default()
            };
            if is_mistake {
                for _ in 0..places {
                    content += 1;
                    record.introduced.push(place(content));
                }
                if random.chance(recipe.reverts) {
                    planned.push((day + 1, content, false));
                    if places == 1 && random.chance(0.5) {
                        planned.push((day + 3, content, true));
                    }
                }
            }
            add(record, &mut index);
        }
    }
    LessonInTarget {
        target: format!("t{number}"),
        repository: None,
        state: if merge.is_some() {
            PresenceState::Merged
        } else {
            PresenceState::Waits
        },
        why: None,
        periods: period.into_iter().collect(),
        is_start_unknown: false,
        is_judged: true,
        commits,
    }
}

fn place(content: u64) -> IntroducedPlace {
    IntroducedPlace {
        file: format!("{content}.yaml"),
        line: Some(1),
        detail: "bad".to_owned(),
        content: Some(content),
    }
}

fn runs(recipe: Recipe) -> Vec<CheckRecurrence> {
    let one = |run: usize| {
        let mut random = Random(run as u64 * 7919 + 1);
        let mut targets = Vec::new();
        for number in 0..recipe.merged + recipe.not_reached {
            let day = 150 + i64::try_from(random.below(100)).unwrap();
            let merge = (number < recipe.merged).then_some(day);
            targets.push(target(&mut random, &recipe, number, merge));
        }
        by_check(&targets)
    };
    (0..RUNS).map(one).collect()
}

/// Of a hundred.
fn share(found: &[CheckRecurrence], is_one: impl Fn(&CheckRecurrence) -> bool) -> f64 {
    100.0 * found.iter().filter(|one| is_one(one)).count() as f64 / found.len() as f64
}

fn contains(found: &CheckRecurrence, truth: f64) -> bool {
    let merged = &found.merged;
    merged.low.is_some_and(|low| low <= truth) && merged.high.is_none_or(|high| truth <= high)
}

#[test]
fn the_interval_contains_the_truth_and_a_placebo_rarely_says_fewer() {
    let mut table = String::new();
    let mut is_right = true;
    for (name, recipe) in [
        ("no effect", PLAIN),
        ("halved", Recipe { ratio: 0.5, ..PLAIN }),
        ("to a fifth", Recipe { ratio: 0.2, ..PLAIN }),
        (
            "doubled",
            Recipe {
                ratio: 2.0,
                rate: |_| 0.08,
                ..PLAIN
            },
        ),
        (
            "rare",
            Recipe {
                rate: |_| 0.02,
                ..PLAIN
            },
        ),
        (
            "frequent",
            Recipe {
                rate: |_| 0.5,
                ..PLAIN
            },
        ),
        (
            "many imports",
            Recipe {
                imports: 0.3,
                ..PLAIN
            },
        ),
        (
            "many reverts",
            Recipe {
                reverts: 0.8,
                ..PLAIN
            },
        ),
        (
            "one target",
            Recipe {
                merged: 1,
                not_reached: 0,
                ..PLAIN
            },
        ),
        (
            "ten targets",
            Recipe {
                merged: 10,
                not_reached: 5,
                ratio: 0.5,
                ..PLAIN
            },
        ),
    ] {
        let found = runs(recipe);
        let covered = share(&found, |one| contains(one, recipe.ratio));
        let is_fewer = |one: &CheckRecurrence| {
            one.placebo
                .as_ref()
                .is_some_and(|placebo| placebo.verdict == Verdict::Fewer)
        };
        let placebo = share(&found, is_fewer);
        let fewer = share(&found, |one| one.merged.verdict == Verdict::Fewer);
        let wrong = if recipe.ratio < 1.0 { 0.0 } else { fewer };
        is_right &= covered >= 93.0 && placebo <= 5.0 && wrong <= 5.0;
        let _ = writeln!(
            table,
            "{name}: truth in {covered:.1}, placebo fewer in {placebo:.1}, fewer in {fewer:.1} of 100"
        );
    }
    assert!(is_right, "{table}");
}

#[test]
fn mistakes_that_arrive_in_waves_make_the_interval_too_narrow() {
    // Every two weeks another rate, the same in all repositories. Commits are not independent then; the page says how far off that is.
    let waves = Recipe {
        rate: |day| [0.03, 0.1, 0.3][usize::try_from(Random(day.unsigned_abs() / 14).below(3)).unwrap_or(0)],
        ..PLAIN
    };
    let found = runs(waves);
    let covered = share(&found, |one| contains(one, 1.0));
    let said = share(&found, |one| one.merged.verdict == Verdict::Fewer);
    assert!(
        covered >= 80.0 && said <= 15.0,
        "truth in {covered}, fewer in {said} of 100"
    );
}

#[test]
fn an_effect_is_found_where_there_are_enough_events() {
    let found = runs(Recipe { ratio: 0.3, ..PLAIN });
    assert!(share(&found, |one| one.merged.verdict == Verdict::Fewer) >= 80.0);
    assert!(share(&found, |one| one.merged.verdict == Verdict::More) < 1.0);
}

#[test]
fn a_fall_that_all_repositories_share_is_no_effect() {
    // The rate falls everywhere in the course of the year: the lesson does nothing.
    let falling = Recipe {
        rate: |day| 0.4 * 0.995_f64.powi(i32::try_from(day).unwrap_or(0)),
        ..PLAIN
    };
    let found = runs(falling);
    let alone = share(&found, |one| one.merged.high.is_some_and(|high| high < 1.0));
    let said = share(&found, |one| one.merged.verdict == Verdict::Fewer);
    let doubted = share(&found, |one| {
        matches!(one.merged.doubt, Some(Doubt::AlsoNotReached | Doubt::AlsoPlacebo))
    });
    assert!(alone >= 80.0, "before and after alone misleads in {alone} of 100");
    assert!(
        said <= 5.0 && doubted >= 80.0,
        "fewer is said in {said} of 100, doubted in {doubted}"
    );
}

/// A history for `git fast-import`, and what a correct program finds in it: introduced and exposed commits before and after the merge.
struct GitHistory {
    stream: String,
    counts: [i64; 4],
    reverts: i64,
}

fn manifest(name: &str, threshold: u64) -> String {
    format!("kind: Deployment\nmetadata:\n  name: {name}\nlivenessProbe:\n  failureThreshold: {threshold}\n")
}

/// Commits one a day: new files, edits, imports, moves, renamed objects, reverts; the lesson's block is merged on a day.
fn git_history(seed: u64, block: &str, merge: i64, days: i64, ratio: f64) -> GitHistory {
    let mut random = Random(seed);
    let (mut stream, mut counts, mut reverts) = (String::new(), [0_i64; 4], 0);
    let mut files: Vec<(String, String, u64)> = Vec::new();
    let mut redo: Option<(String, String, u64)> = None;
    for day in 0..days {
        let mut changes: Vec<(String, Option<String>)> = Vec::new();
        let (mut is_exposed, mut is_event) = (false, false);
        let bad = |random: &mut Random| random.chance(if day > merge { 0.4 * ratio } else { 0.4 });
        if day == 0 {
            changes.push(("CLAUDE.md".to_owned(), Some("# About\n".to_owned())));
        } else if day == merge {
            changes.push(("CLAUDE.md".to_owned(), Some(block.to_owned())));
        } else if let Some((path, name, threshold)) = redo.take() {
            // The fix of yesterday is reverted: the file is as it was.
            changes.push((path.clone(), Some(manifest(&name, threshold))));
            if let Some(file) = files.iter_mut().find(|file| file.0 == path) {
                file.2 = threshold;
            }
            is_exposed = true;
            reverts += 1;
        } else {
            match random.below(10) {
                0 => changes.push((format!("docs/{day}.md"), Some("x\n".to_owned()))),
                1 if !files.is_empty() => {
                    let at = usize::try_from(random.below(files.len() as u64)).unwrap();
                    let (path, name, threshold) = files[at].clone();
                    let moved = format!("moved/{day}.yaml");
                    changes.push((path, None));
                    changes.push((moved.clone(), Some(manifest(&name, threshold))));
                    files[at].0 = moved;
                }
                2 if !files.is_empty() => {
                    let at = usize::try_from(random.below(files.len() as u64)).unwrap();
                    files[at].1 = format!("renamed-{day}");
                    changes.push((files[at].0.clone(), Some(manifest(&files[at].1, files[at].2))));
                }
                3 => {
                    is_exposed = true;
                    for number in 0..20 {
                        let threshold = if bad(&mut random) { 1 } else { 5 };
                        is_event |= threshold == 1;
                        let file = (
                            format!("import/{day}-{number}.yaml"),
                            format!("i-{day}-{number}"),
                            threshold,
                        );
                        changes.push((file.0.clone(), Some(manifest(&file.1, threshold))));
                        files.push(file);
                    }
                }
                4 if files.iter().any(|file| file.2 == 1) && day + 1 != merge => {
                    let file = files.iter_mut().find(|file| file.2 == 1).unwrap();
                    redo = random.chance(0.5).then(|| file.clone());
                    file.2 = 7;
                    changes.push((file.0.clone(), Some(manifest(&file.1, 7))));
                    is_exposed = true;
                }
                _ => {
                    let threshold = if bad(&mut random) { 1 } else { 5 };
                    let file = (format!("deploy/{day}.yaml"), format!("app-{day}"), threshold);
                    changes.push((file.0.clone(), Some(manifest(&file.1, threshold))));
                    files.push(file);
                    (is_exposed, is_event) = (true, threshold == 1);
                }
            }
        }
        let side = if day > merge { 2 } else { 0 };
        counts[side] += i64::from(is_event);
        counts[side + 1] += i64::from(is_exposed);
        commit(&mut stream, day, &changes);
    }
    GitHistory {
        stream,
        counts,
        reverts,
    }
}

fn commit(stream: &mut String, day: i64, changes: &[(String, Option<String>)]) {
    let time = FIRST_COMMIT + day * DAY;
    let message = format!("Day {day}");
    let _ = writeln!(
        stream,
        "commit refs/heads/main\ncommitter Dana <dana@example.com> {time} +0000\ndata {}\n{message}",
        message.len()
    );
    for (path, content) in changes {
        let _ = match content {
            None => writeln!(stream, "D {path}"),
            Some(content) => writeln!(
                stream,
                "M 100644 inline {path}\ndata {}\n{content}",
                content.len()
            ),
        };
    }
    stream.push('\n');
}

const LESSON: &str = "title: Probes\nseverity: high\npaths: [\"**/*.yaml\"]\ntags: [k8s]\nrule: Set failureThreshold to 5.\n\
     rationale: It is so.\nbad: |\n  livenessProbe: { failureThreshold: 1 }\ngood: |\n  livenessProbe: { failureThreshold: 5 }\n\
     checks:\n  - each: \"**.livenessProbe\"\n    forbid: { failureThreshold: { below: 3 } }\n";

#[test]
fn real_histories_are_counted_as_they_were_made() {
    let sandbox = Sandbox::new();
    sandbox.repository("first", &[("CLAUDE.md", "# About\n")]);
    sandbox.write("store/lessons/k8s/probe.yaml", LESSON);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../first: [k8s]\n",
    );
    let run = sandbox.run_in("store", &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}");
    let block = sandbox.git("first", &["show", "lessonbook/acme:CLAUDE.md"]) + "\n";
    let mut list = "version: 1\nname: acme\ntargets:\n".to_owned();
    let mut expected = Vec::new();
    for (seed, ratio) in [(1, 1.0), (2, 0.5), (3, 0.2), (4, 1.0)] {
        let name = format!("r{seed}");
        let history = git_history(seed, &block, 120, 260, ratio);
        sandbox.init(&name);
        sandbox.write(&format!("{name}.stream"), &history.stream);
        let run = sandbox.shell(&name, &format!("git fast-import --quiet < ../{name}.stream"));
        assert_eq!(run.code, 0, "{run:?}");
        list.push_str(&format!("  ../{name}: [k8s]\n"));
        expected.push(history);
    }
    sandbox.write("store/targets.yaml", list);
    let run = sandbox.run_in("store", &["effect", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let checked = &document["lessons"][0]["by_check"];
    for (target, history) in checked["targets"].as_array().unwrap().iter().zip(&expected) {
        let count = |side: &str, key: &str| target["merged"][side][key].as_i64().unwrap();
        let found = [
            count("before", "introduced"),
            count("before", "exposed"),
            count("after", "introduced"),
            count("after", "exposed"),
        ];
        assert_eq!(found, history.counts, "{target:#}");
    }
    let reverts: i64 = expected.iter().map(|history| history.reverts).sum();
    assert!(
        reverts > 0 && checked["reverts"] == reverts,
        "{} of {reverts}",
        checked["reverts"]
    );
}
