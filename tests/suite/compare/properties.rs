//! Whatever the plans: a comparison with itself is empty, and a widening is never missed or called a narrowing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::library::{self, TODAY, snapshot};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::changes::ChangeKind;
use lessonbook_pipeline::compare::{Class, DifferenceKind, compare};
use lessonbook_pipeline::place::Exemption;
use lessonbook_pipeline::plan_file::{self, SavedPlan, SavedTarget};
use lessonbook_store::{Files, Store, Visibility};

// ---- Plans.

/// What a plan is made from.
#[derive(Debug, Clone)]
struct Seed {
    /// For each lesson: left out, as it is, or in other words.
    lessons: Vec<u8>,
    /// For each target: left out, without files, with a file, or with everything in place.
    targets: Vec<u8>,
    max_targets: Option<usize>,
    max_added_lines: Option<usize>,
    forbid: bool,
    exception: bool,
    private: bool,
}

fn seed() -> impl Strategy<Value = Seed> {
    let bound = |most: usize| prop::option::of(prop::sample::select(vec![3_usize, 9, most]));
    (
        prop::collection::vec(0..3_u8, 5),
        prop::collection::vec(0..4_u8, 3),
        bound(40),
        bound(4000),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(lessons, targets, max_targets, max_added_lines, forbid, exception, private)| Seed {
                lessons,
                targets,
                max_targets,
                max_added_lines,
                forbid,
                exception,
                private,
            },
        )
}

const NAMES: [&str; 3] = ["../a", "../b", "../c"];

fn files(seed: &Seed) -> Files {
    let mut files = Files::new();
    for ((path, text), variant) in library::ALL.iter().zip(&seed.lessons) {
        let text = match variant {
            0 => continue,
            1 => (*text).to_owned(),
            _ => text.replace("rationale: ", "rationale: As we know by now. "),
        };
        files.insert(format!("lessons/{path}.yaml"), text.into_bytes());
    }
    let mut policy = Vec::new();
    policy.extend(seed.max_targets.map(|most| format!("max_targets: {most}")));
    policy.extend(
        seed.max_added_lines
            .map(|most| format!("max_added_lines: {most}")),
    );
    if seed.forbid {
        policy.push("forbid_paths: [AGENTS.md]".to_owned());
    }
    let visibility = if seed.private { ", visibility: private" } else { "" };
    let mut text = format!(
        "version: 1\nname: acme\npolicy: {{ {} }}\ntargets:\n",
        policy.join(", ")
    );
    for (name, variant) in NAMES.iter().zip(&seed.targets) {
        if *variant > 0 {
            text.push_str(&format!("  {name}: {{ tags: [app]{visibility} }}\n"));
        }
    }
    if seed.exception && seed.lessons[4] > 0 {
        text.push_str("exceptions:\n  - { lesson: names, target: ../a, entry_point: reference, reason: spelled, by: dana }\n");
    }
    files.insert("targets.yaml".into(), text.into_bytes());
    files
}

fn saved(store: &Store, files: Files, findings: Vec<Finding>, targets: Vec<SavedTarget>) -> SavedPlan {
    SavedPlan::new(plan_file::PlanFileInput {
        store,
        files,
        commit: None,
        all: store.targets.len(),
        today: TODAY,
        findings,
        bounds: Vec::new(),
        against: Vec::new(),
        targets,
    })
    .unwrap()
}

fn plan(seed: &Seed) -> SavedPlan {
    let files = files(seed);
    let (store, findings) = lessonbook_store::load(&files, TODAY);
    let planner = Planner::new(&store).unwrap_or_else(|finding| panic!("{finding:?}"));
    let variant = |name: &str| {
        let at = NAMES.iter().position(|known| *known == name).unwrap();
        seed.targets[at]
    };
    let targets = store.targets.iter().map(|target| {
        let tree = match variant(&target.name) {
            1 => library::bare(),
            2 => library::tree(&[("CLAUDE.md", "# Mine\n\nBe kind.\nBe kind.\n")]),
            _ => {
                let bare = library::bare();
                bare.with(&planner.plan(target, &snapshot(&bare)).content.edits)
            }
        };
        SavedTarget {
            plan: planner.plan(target, &snapshot(&tree)),
            target: target.clone(),
            branch: None,
            proposal: None,
        }
    });
    let targets: Vec<SavedTarget> = targets.collect();
    saved(&store, files, findings, targets)
}

/// A plan in which something is written, for mutations.
fn full() -> SavedPlan {
    plan(&Seed {
        lessons: vec![1; 5],
        targets: vec![1, 2, 3],
        max_targets: Some(3),
        max_added_lines: Some(4000),
        forbid: true,
        exception: false,
        private: true,
    })
}

// ---- What a plan writes, worked out by plain counting.

type Lines = BTreeMap<String, i64>;

/// For each path: lines gained (above zero) and lost (below), without the line that states our block's hash.
fn balance(edit: &Edit) -> Lines {
    let mut lines = Lines::new();
    for (state, by) in [(&edit.before, -1), (&edit.after, 1)] {
        let bytes = state
            .as_ref()
            .map(|state| state.bytes.to_vec())
            .unwrap_or_default();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = format!("{:?}", String::from_utf8_lossy(line));
            if !line.contains("<!-- lessonbook:begin acme ") {
                *lines.entry(line).or_default() += by;
            }
        }
    }
    lines
}

fn writes(plan: &SavedPlan) -> BTreeMap<(String, String), (&Edit, Lines)> {
    let mut all = BTreeMap::new();
    for target in plan.targets.iter().filter(|target| target.does()) {
        for edit in &target.plan.content.edits {
            let key = (target.plan.target.name.clone(), edit.path.clone());
            all.insert(key, (edit, balance(edit)));
        }
    }
    all
}

/// The first thing that the new plan writes or deletes and the old one does not.
fn beyond(old: &SavedPlan, new: &SavedPlan) -> Option<String> {
    let known = writes(old);
    for (key, (edit, lines)) in writes(new) {
        let Some((was, before)) = known.get(&key) else {
            return Some(format!("{key:?} is written"));
        };
        if edit.after.is_none() && was.after.is_some() {
            return Some(format!("{key:?} is deleted"));
        }
        for (line, by) in &lines {
            let was = before.get(line).copied().unwrap_or_default();
            if *by > was.max(0) || *by < was.min(0) {
                return Some(format!("{key:?}: {line}: {was} → {by}"));
            }
        }
    }
    for target in new.targets.iter().filter(|target| target.does()) {
        let was = old.target(&target.plan.target.name);
        if !was.is_some_and(SavedTarget::does) {
            return Some(format!("{} is written", target.plan.target.name));
        }
    }
    None
}

fn guards(plan: &SavedPlan) -> (usize, usize, bool, usize) {
    let text = String::from_utf8(plan.store.files["targets.yaml"].clone()).unwrap();
    let number = |key: &str| {
        let rest = text.split(&format!("{key}: ")).nth(1);
        let digits = rest.map(|rest| {
            rest.split(|c: char| !c.is_ascii_digit())
                .next()
                .unwrap()
                .to_owned()
        });
        digits.map_or(usize::MAX, |digits| digits.parse().unwrap())
    };
    (
        number("max_targets"),
        number("max_added_lines"),
        !text.contains("forbid_paths"),
        text.matches("reason:").count(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_against_itself_has_no_difference(seed in seed()) {
        let plan = plan(&seed);
        let read = SavedPlan::parse(plan.to_text().unwrap().as_bytes()).unwrap();
        prop_assert_eq!(compare(&plan, &read).differences, []);
    }

    #[test]
    fn what_is_called_no_wider_writes_nothing_that_the_old_plan_did_not(old in seed(), new in seed(), like in any::<bool>()) {
        // Two plans at random nearly always widen something; half of the pairs differ in little.
        let new = if like {
            Seed { lessons: old.lessons.iter().zip(&new.lessons).map(|(was, is)| if *is == 0 { 0 } else { *was }).collect(), ..old.clone() }
        } else {
            new
        };
        let (old, new) = (plan(&old), plan(&new));
        let comparison = compare(&old, &new);
        let (was, is) = (guards(&old), guards(&new));
        let loosened = is.0 > was.0 || is.1 > was.1 || is.2 && !was.2 || is.3 > was.3;
        if !comparison.reaches_further() {
            prop_assert_eq!(beyond(&old, &new), None);
            prop_assert!(!loosened);
        }
        // Nothing is called narrower that is not wider from the other side.
        if comparison.of(Class::Narrower).next().is_some() {
            let back = compare(&new, &old);
            prop_assert!(back.reaches_further(), "{:#?}\n{:#?}", comparison, back);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_way_to_widen_is_called_wider_whatever_narrows_beside_it(
        narrowings in prop::collection::vec((0..NARROWINGS.len(), any::<Index>()), 0..4),
        at in any::<Index>(),
    ) {
        thread_local! {
            static FULL: SavedPlan = full();
        }
        let old = FULL.with(Clone::clone);
        let mut new = old.clone();
        for (narrowing, at) in &narrowings {
            NARROWINGS[*narrowing](&mut new, *at);
        }
        prop_assert!(!compare(&old, &new).reaches_further(), "{:#?}", compare(&old, &new));
        for (number, (what, widen)) in WIDENINGS.iter().enumerate() {
            let mut widened = new.clone();
            if !widen(&mut widened, at) {
                continue;
            }
            let comparison = compare(&old, &widened);
            prop_assert!(
                comparison.of(Class::Wider).any(|difference| difference.what == *what),
                "{number}: {what:?}: {:#?}", comparison
            );
        }
    }
}

// ---- Ways to change a plan.

fn edit_at(plan: &mut SavedPlan, at: Index) -> Option<&mut Edit> {
    let mut edits: Vec<&mut Edit> = plan
        .targets
        .iter_mut()
        .flat_map(|target| &mut target.plan.content.edits)
        .filter(|edit| edit.after.is_some())
        .collect();
    if edits.is_empty() {
        return None;
    }
    let at = at.index(edits.len());
    Some(edits.swap_remove(at))
}

fn target_at(plan: &mut SavedPlan, at: Index) -> Option<&mut SavedTarget> {
    let mut targets: Vec<&mut SavedTarget> = plan.targets.iter_mut().filter(|target| target.does()).collect();
    if targets.is_empty() {
        return None;
    }
    let at = at.index(targets.len());
    Some(targets.swap_remove(at))
}

type Widening = fn(&mut SavedPlan, Index) -> bool;

/// Each says what it widens, and whether it found something to widen.
const WIDENINGS: &[(DifferenceKind, Widening)] = &[
    (DifferenceKind::Target, |plan, at| {
        let Some(target) = target_at(plan, at) else {
            return false;
        };
        let mut target = target.clone();
        target.plan.target.name = "../new".into();
        plan.targets.push(target);
        true
    }),
    (DifferenceKind::File, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            let after = Some(FileState {
                mode: Mode::File,
                bytes: b"# More\n".into(),
            });
            target.plan.content.edits.push(Edit {
                path: "MORE.md".into(),
                before: None,
                after,
            });
            true
        })
    }),
    (DifferenceKind::Deletion, |plan, at| {
        edit_at(plan, at).is_some_and(|edit| {
            let had = edit.before.is_some();
            edit.after = None;
            had
        })
    }),
    (DifferenceKind::AddedLines, |plan, at| {
        edit_at(plan, at).is_some_and(|edit| {
            let bytes = &mut edit.after.as_mut().unwrap().bytes;
            *bytes = [&b"Ignore the rest.\n"[..], bytes].concat().into();
            true
        })
    }),
    // A line that is present already, a second time.
    (DifferenceKind::AddedLines, |plan, at| {
        edit_at(plan, at).is_some_and(|edit| {
            let bytes = &mut edit.after.as_mut().unwrap().bytes;
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
            let first = bytes[..end].to_vec();
            if first.starts_with(b"<!--") {
                return false;
            }
            *bytes = [&first[..], bytes].concat().into();
            true
        })
    }),
    (DifferenceKind::RemovedLines, |plan, at| {
        edit_at(plan, at).is_some_and(|edit| {
            let state = edit.after.as_mut().unwrap();
            let text = String::from_utf8(state.bytes.to_vec()).unwrap();
            state.bytes = text.replacen("Be kind.\n", "", 1).into_bytes().into();
            text.contains("Be kind.\n")
        })
    }),
    (DifferenceKind::Order, |plan, at| {
        edit_at(plan, at).is_some_and(|edit| {
            let state = edit.after.as_mut().unwrap();
            let text = String::from_utf8(state.bytes.to_vec()).unwrap();
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let Some(at) = lines
                .windows(2)
                .position(|two| two[0] != two[1] && two.iter().all(|line| line.starts_with("- ")))
            else {
                return false;
            };
            lines.swap(at, at + 1);
            state.bytes = lines.concat().into_bytes().into();
            true
        })
    }),
    (DifferenceKind::Mode, |plan, at| {
        edit_at(plan, at).is_some_and(|edit| {
            edit.after.as_mut().unwrap().mode = Mode::Executable;
            true
        })
    }),
    (DifferenceKind::Lesson, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            let mut change = target.plan.content.changes[0].clone();
            (change.lesson, change.kind) = ("another".into(), ChangeKind::Added);
            target.plan.content.changes.make_mut().push(change);
            true
        })
    }),
    (DifferenceKind::Lesson, |plan, at| {
        let Some(target) = target_at(plan, at) else {
            return false;
        };
        let moved = target
            .plan
            .content
            .changes
            .iter()
            .find(|change| change.kind != ChangeKind::Unchanged);
        let Some(id) = moved.map(|change| change.lesson.clone()) else {
            return false;
        };
        let lesson = plan.lessons.iter_mut().find(|lesson| lesson.id == id).unwrap();
        lesson.version = Some("ffffff".into());
        true
    }),
    (DifferenceKind::Exception, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            target.plan.content.exempt.push(Exemption {
                lesson: "secrets".into(),
                entry_point: "claude".into(),
                reason: "by dana: because".into(),
            });
            true
        })
    }),
    (DifferenceKind::Exception, |plan, _| {
        settings(plan, |text| {
            text + "exceptions: [{ lesson: names, target: \"**\", reason: no, by: dana }]\n"
        })
    }),
    (DifferenceKind::Bound, |plan, _| {
        settings(plan, |text| text.replace("max_targets: 3", "max_targets: 4"))
    }),
    (DifferenceKind::Bound, |plan, _| {
        settings(plan, |text| text.replace("max_targets: 3, ", ""))
    }),
    (DifferenceKind::Bound, |plan, _| {
        settings(plan, |text| text.replace(", forbid_paths: [AGENTS.md]", ""))
    }),
    (DifferenceKind::Bound, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            target.target.path_policy.max_added_lines = None;
            true
        })
    }),
    (DifferenceKind::Invariant, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            let at = at.index(target.plan.proof.invariants.len());
            target.plan.proof.invariants.remove(at);
            true
        })
    }),
    (DifferenceKind::Invariant, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            let at = at.index(target.plan.proof.invariants.len());
            target.plan.proof.invariants[at].holds = false;
            true
        })
    }),
    (DifferenceKind::Visibility, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            target.plan.target.visibility = Visibility::Public;
            true
        })
    }),
    (DifferenceKind::Proposal, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            target.plan.proposal.action = Action::Update { head: "1".repeat(40) };
            true
        })
    }),
    (DifferenceKind::Proposal, |plan, at| {
        target_at(plan, at).is_some_and(|target| {
            target.plan.target.base.as_mut().unwrap().branch = "release".into();
            true
        })
    }),
    (DifferenceKind::Store, |plan, _| {
        plan.store.name = "other".into();
        true
    }),
];

fn settings(plan: &mut SavedPlan, change: impl Fn(String) -> String) -> bool {
    let bytes = plan.store.files.get_mut("targets.yaml").unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let changed = change(text.clone());
    *bytes = changed.clone().into_bytes();
    changed != text
}

type Narrowing = fn(&mut SavedPlan, Index);

const NARROWINGS: &[Narrowing] = &[
    |plan, at| {
        if plan.targets.len() > 1 {
            plan.targets.remove(at.index(plan.targets.len()));
        }
    },
    |plan, at| {
        if let Some(target) = target_at(plan, at)
            && target.plan.content.edits.len() > 1
        {
            let at = at.index(target.plan.content.edits.len());
            target.plan.content.edits.remove(at);
        }
    },
    |plan, at| {
        if let Some(target) = target_at(plan, at) {
            let moved = target
                .plan
                .content
                .changes
                .iter()
                .position(|change| change.kind != ChangeKind::Unchanged);
            if let Some(at) = moved.filter(|_| target.plan.content.changes.len() > 1) {
                target.plan.content.changes.make_mut().remove(at);
            }
        }
    },
    // A line of ours less.
    |plan, at| {
        if let Some(edit) = edit_at(plan, at) {
            let kept = edit
                .before
                .as_ref()
                .map(|state| String::from_utf8(state.bytes.to_vec()).unwrap());
            let state = edit.after.as_mut().unwrap();
            let text = String::from_utf8(state.bytes.to_vec()).unwrap();
            let ours = |line: &&str| {
                line.starts_with("- ") && !kept.as_ref().is_some_and(|kept| kept.contains(*line))
            };
            if let Some(line) = text.split_inclusive('\n').find(ours) {
                state.bytes = text.replacen(line, "", 1).into_bytes().into();
            }
        }
    },
    |plan, _| {
        settings(plan, |text| text.replace("max_targets: 3", "max_targets: 2"));
    },
    |plan, at| {
        if let Some(target) = target_at(plan, at) {
            target.plan.target.base.as_mut().unwrap().commit = "f".repeat(40);
        }
    },
    |plan, at| {
        if let Some(target) = target_at(plan, at) {
            target.plan.proof.invariants[0].evidence.push_str(", seen again");
        }
    },
];

#[test]
fn the_same_block_around_other_words_of_people_is_no_widening() {
    let seed = Seed {
        lessons: vec![1; 5],
        targets: vec![2, 0, 0],
        max_targets: None,
        max_added_lines: None,
        forbid: false,
        exception: false,
        private: true,
    };
    let old = plan(&seed);
    let (store, findings) = lessonbook_store::load(&files(&seed), TODAY);
    let planner = Planner::new(&store).unwrap();
    let tree: Tree = library::tree(&[("CLAUDE.md", "# Mine\n\nBe kind.\n\nBe kind.\nAnd short.\n")]);
    let target = SavedTarget {
        plan: planner.plan(&store.targets[0], &snapshot(&tree)),
        ..old.targets[0].clone()
    };
    let new = saved(&store, files(&seed), findings, vec![target]);
    let comparison = compare(&old, &new);
    assert!(!comparison.reaches_further(), "{comparison:#?}");
    let changed: Vec<&str> = comparison
        .of(Class::Changed)
        .map(|difference| difference.text.as_str())
        .collect();
    assert_eq!(changed, ["`CLAUDE.md` has other text around our block"]);
}
