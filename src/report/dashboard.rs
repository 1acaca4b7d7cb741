//! The dashboard issue of a store: where every target stands, for people who read no logs.
//!
//! Input: standings. Output: title and body with a hidden line of states, and what changed between two such bodies. Leaves to
//! others: keeping it (`repository/github`). It holds no date: a run that changes no state changes no byte.

use std::collections::BTreeMap;

use super::findings::counted;
use super::markdown_page::words;
use super::status::{TargetStatus, counts};
use lessonbook_pipeline::redaction::{Disclosure, Disclosures};

/// The start of the hidden line.
pub fn mark(store: &str) -> String {
    format!("<!-- lessonbook:board name={store} ")
}

/// The body. With `sights` everybody can read it: of targets that are not public it says no more than those allow.
pub fn body(store: &str, home: &str, standings: &[TargetStatus], sights: Option<&Disclosures>) -> String {
    let sight =
        |standing: &TargetStatus| sights.map_or(Disclosure::Shown, |sights| sights.sight(&standing.target));
    let (unnamed, named): (Vec<&TargetStatus>, Vec<&TargetStatus>) = standings
        .iter()
        .partition(|standing| sight(standing) == Disclosure::Counted);
    let counts: Vec<String> = counts(standings)
        .into_iter()
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    let missing: usize = standings.iter().map(|standing| standing.critical_missing).sum();
    let mut body = format!("Where the lessons of `{home}` stand: {}.\n\n", counts.join(", "));
    if missing > 0 {
        body.push_str(&format!("**{missing} critical places where nobody is told now.** An open proposal tells nobody until it is merged.\n\n"));
    }
    body.push_str("| target | state | critical missing | why | next |\n|---|---|---|---|---|\n");
    let mut left = 0;
    for standing in named.iter().filter(|standing| standing.state.word() != "in-sync") {
        if body.len() > 50_000 {
            left += 1;
            continue;
        }
        if sight(standing) == Disclosure::Named {
            let state = standing.state.word();
            body.push_str(&format!("| `{}` | {state} | | not public | |\n", standing.target));
            continue;
        }
        let link = standing.link.as_deref().filter(|link| link.starts_with("http"));
        let state = link.map_or_else(
            || standing.state.word().to_owned(),
            |link| format!("[{}]({link})", standing.state.word()),
        );
        let row = [
            format!("`{}`", standing.target),
            state,
            standing.critical_missing.to_string(),
            words(&standing.why),
            words(&standing.next),
        ];
        body.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    if left > 0 {
        body.push_str(&format!("\n…and {left} more: `lessonbook status`.\n"));
    }
    if !unnamed.is_empty() {
        let number = counted(unnamed.len(), "target");
        body.push_str(&format!(
            "\n{number} that only `discover:` found and that not everybody can read: not named here.\n"
        ));
    }
    let states: Vec<String> = named
        .iter()
        .map(|standing| format!("{}={}", standing.target, standing.state.word()))
        .collect();
    let states = if states.iter().map(String::len).sum::<usize>() > 12_000 {
        vec![]
    } else {
        states
    };
    body.push_str(&format!("\n{}{} -->\n", mark(store), states.join(" ")));
    body
}

/// What changed between two bodies, as a comment; nothing where no state did.
pub fn news(before: &str, after: &str) -> Option<String> {
    let (old, new) = (states(before), states(after));
    let mut lines = Vec::new();
    for (target, state) in &new {
        match old.get(target) {
            Some(was) if was == state => {}
            Some(was) => lines.push(format!("- `{target}`: {was} → {state}")),
            None => lines.push(format!("- `{target}`: new, {state}")),
        }
    }
    lines.extend(
        old.keys()
            .filter(|target| !new.contains_key(*target))
            .map(|target| format!("- `{target}`: no target any more")),
    );
    let more = lines.len().saturating_sub(50);
    lines.truncate(50);
    if more > 0 {
        lines.push(format!("- …and {more} more"));
    }
    (!lines.is_empty()).then(|| format!("{}\n", lines.join("\n")))
}

fn states(body: &str) -> BTreeMap<&str, &str> {
    let line = body
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("<!-- lessonbook:board name="));
    let pairs = line
        .unwrap_or_default()
        .trim_end_matches("-->")
        .split_whitespace()
        .skip(1);
    pairs.filter_map(|pair| pair.rsplit_once('=')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessonbook_pipeline::lifecycle::TargetState;

    fn standing(target: &str, state: TargetState) -> TargetStatus {
        TargetStatus {
            target: target.into(),
            state,
            why: "waits for a person | @dana".into(),
            link: Some("https://github.com/acme/x/pull/1".into()),
            age: Some(99),
            critical_missing: 2,
            drift: Vec::new(),
            next: String::new(),
        }
    }

    #[test]
    fn the_board_names_what_is_not_in_sync_and_mentions_nobody() {
        let body = body(
            "acme",
            "acme/lessons",
            &[
                standing("acme/a", TargetState::Current),
                standing("acme/b", TargetState::InSync),
            ],
            None,
        );
        assert!(
            body.contains("| `acme/a` | [current](https://github.com/acme/x/pull/1) | 2 |"),
            "{body}"
        );
        assert!(!body.contains("| `acme/b`"), "{body}");
        assert!(!body.contains("@dana"), "{body}");
        assert!(body.contains("4 critical places"), "{body}");
    }

    #[test]
    fn only_a_change_of_state_is_news() {
        let open = body(
            "acme",
            "acme/lessons",
            &[standing("acme/a", TargetState::Current)],
            None,
        );
        let mut older = standing("acme/a", TargetState::Current);
        older.why = "something else".into();
        assert_eq!(news(&open, &body("acme", "acme/lessons", &[older], None)), None);
        let merged = body(
            "acme",
            "acme/lessons",
            &[standing("acme/a", TargetState::InSync)],
            None,
        );
        assert_eq!(
            news(&open, &merged).as_deref(),
            Some("- `acme/a`: current → in-sync\n")
        );
    }
}
