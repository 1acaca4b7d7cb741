//! Every setting has a direction, and a narrower change is wider the other way round.

use super::*;
use crate::compare::{effective, tree};
use crate::read::{github, policy, rollout, target, targets};

fn has_row(path: &[&str]) -> bool {
    let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
    let below = |more: usize| [path.clone(), vec!["*".to_owned(); more]].concat();
    (0..3).any(|more| row(&below(more)).is_some())
}

#[test]
fn every_key_of_targets_yaml_has_a_direction() {
    let sections: [(&str, &[&str]); 5] = [
        ("policy", &policy::POLICY_KEYS),
        ("proposal", &policy::PROPOSAL_KEYS),
        ("rollout", &rollout::ROLLOUT_KEYS),
        ("report", &github::REPORT_KEYS),
        ("targets", &target::TARGET_KEYS),
    ];
    for key in targets::KEYS {
        let keys = sections.iter().find(|(section, _)| *section == key);
        let is_target = target::TARGET_KEYS.contains(&key);
        match keys {
            Some(("targets", keys)) => {
                for key in *keys {
                    assert!(has_row(&["target", key]), "target: {key}");
                }
            }
            Some((section, keys)) => {
                for key in *keys {
                    assert!(has_row(&[section, key]), "{section}.{key}");
                }
            }
            // The format's version; and settings that are the defaults of targets.
            None => assert!(key == "version" || is_target || has_row(&[key]), "{key}"),
        }
    }
}

const FULL: &str = "version: 1
name: acme
home: acme/store
policy:
  { max_targets: 3, max_files: 9, max_changed_lines: 90, max_new_proposals_per_hour: 4, forbid_paths: [x.md], allow_paths: [CLAUDE.md],
    max_added_lines: 8, hosts: [example.com] }
rollout: { canary: [../a] }
open: [{ lesson: names, version: a1b2c3, reason: r, by: dana }]
exceptions: [{ lesson: names, target: ../a, reason: r, by: dana, until: 2027-01-31 }]
proposal: { labels: [a], reviewers: [a], team_reviewers: [a], assignees: [a] }
targets:
  ../a: { tags: [app], max_added_lines: 4, allow_paths: [CLAUDE.md], forbid_paths: [y.md] }
";

fn store(text: &str) -> crate::Store {
    let lesson = "title: T\nseverity: high\ntags: [app]\nrule: R.\nrationale: R.\n";
    let files = [("targets.yaml", text), ("lessons/review/names.yaml", lesson)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    crate::load(&files.into(), jiff::civil::date(2026, 11, 20)).0
}

fn leaves(path: &[String], tree: &SettingTree, found: &mut Vec<Vec<String>>) {
    match tree {
        SettingTree::Map(pairs) if row(path).is_none() || path.len() < 3 && path != ["rollout"] => {
            for (key, value) in pairs {
                leaves(&[path, std::slice::from_ref(key)].concat(), value, found);
            }
        }
        SettingTree::Map(pairs) => found.extend(
            pairs
                .iter()
                .map(|(key, _)| [path, std::slice::from_ref(key)].concat()),
        ),
        _ => found.push(path.to_vec()),
    }
}

#[test]
fn every_value_of_a_store_and_of_a_target_has_a_direction() {
    let store = store(FULL);
    let mut found = Vec::new();
    leaves(&[], &effective::of_store(&store), &mut found);
    leaves(&[], &effective::of_target(&store.targets[0]), &mut found);
    assert!(found.len() > 30, "{found:?}");
    for path in found {
        assert!(row(&path).is_some(), "{path:?}");
    }
}

#[test]
fn a_narrower_setting_is_wider_the_other_way_round_and_an_unknown_one_is_wider_both_ways() {
    let bare = "version: 1\nname: acme\nhome: acme/store\ntargets:\n  ../a: [app]\n";
    let others = [
        ("max_targets: 3", "max_targets: 4"),
        ("max_added_lines: 8", "max_added_lines: 80"),
        ("[x.md]", "[x.md, z.md]"),
        ("allow_paths: [CLAUDE.md],\n", "allow_paths: [AGENTS.md],\n"),
        ("hosts: [example.com]", "hosts: []"),
        ("canary: [../a]", "canary: [../a, ../b]"),
        (
            "canary: [../a]",
            "canary: [../a], bake: 2h, quorum: 50%, give_up: 9d",
        ),
        ("a1b2c3", "a1b2c4"),
        ("labels: [a]", "labels: [b], draft: true, open_for: high"),
        ("targets:", "report: { issue: true }\ntargets:"),
        ("reason: r, by: dana, until", "reason: other, by: kim, until"),
    ];
    let mut texts = vec![FULL.to_owned(), bare.to_owned()];
    texts.extend(others.map(|(old, new)| FULL.replace(old, new)));
    for one in &texts {
        for other in &texts {
            let (one, other) = (store(one), store(other));
            let there = crate::compare::store_changes(&one, &other);
            let back = crate::compare::store_changes(&other, &one);
            assert_eq!(there.is_empty(), back.is_empty());
            for change in there.iter().filter(|change| change.class == Class::Narrower) {
                let is_wider =
                    |other: &&SettingChange| other.path == change.path && other.class == Class::Wider;
                assert!(back.iter().any(|other| is_wider(&other)), "{change:?} {back:?}");
            }
        }
    }
    let tree = |word: &str| SettingTree::Map(vec![("weather".to_owned(), SettingTree::text(word))]);
    let changes = tree::changes(Some(&tree("rain")), Some(&tree("sun")), &[]);
    let directed: Vec<SettingChange> = changes.iter().flat_map(directed).collect();
    assert_eq!(directed[0].class, Class::Wider);
}
