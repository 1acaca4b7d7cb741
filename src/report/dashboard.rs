//! The dashboard issue of a store: the state of every target, for people who do not read logs.
//!
//! Input: one [`TargetStatus`] for each target. Output: the body, with a hidden line of states, and a comment on what changed
//! between two such bodies. Not here: writing it (`repository/github`). The body holds no date, so a run that changes no state
//! changes no byte.

use std::collections::BTreeMap;

use super::findings::counted;
use super::markdown_text::words;
use super::status::{TargetStatus, counts};
use lessonbook_pipeline::redaction::{Disclosure, Disclosures};
use lessonbook_pipeline::target_state::TargetState;

/// The start of the hidden line.
pub fn mark(store: &str) -> String {
    format!("<!-- lessonbook:board name={store} ")
}

/// The body. With `sights` anyone can read it: of targets that are not public it shows no more than those allow. `audit`: how many
/// findings of each code an audit has; may be empty.
pub fn body(
    store: &str,
    home: &str,
    statuses: &[TargetStatus],
    sights: Option<&Disclosures>,
    audit: &str,
) -> String {
    let sight =
        |status: &TargetStatus| sights.map_or(Disclosure::Shown, |sights| sights.sight(&status.target));
    let (unnamed, named): (Vec<&TargetStatus>, Vec<&TargetStatus>) = statuses
        .iter()
        .partition(|status| sight(status) == Disclosure::Counted);
    let counts: Vec<String> = counts(statuses)
        .into_iter()
        .map(|(state, number)| format!("{number} {}", state.word()))
        .collect();
    let missing: usize = statuses.iter().map(|status| status.critical_missing).sum();
    let mut body = format!(
        "The lessons of `{home}` in their targets: {}.\n\n",
        counts.join(", ")
    );
    if missing > 0 {
        body.push_str(&format!(
            "**{}.** An open proposal counts once it is merged.\n\n",
            super::status::critical_gap(missing)
        ));
    }
    body.push_str("| target | state | critical missing | why | next |\n|---|---|---|---|---|\n");
    let mut left = 0;
    for status in named
        .iter()
        .filter(|status| status.state != TargetState::UpToDate)
    {
        if body.len() > 50_000 {
            left += 1;
            continue;
        }
        if sight(status) == Disclosure::Named {
            let state = status.state.word();
            body.push_str(&format!("| `{}` | {state} | | not public | |\n", status.target));
            continue;
        }
        let link = status.link.as_deref().filter(|link| link.starts_with("http"));
        let state = link.map_or_else(
            || status.state.word().to_owned(),
            |link| format!("[{}]({link})", status.state.word()),
        );
        let row = [
            format!("`{}`", status.target),
            state,
            status.critical_missing.to_string(),
            words(&status.why),
            words(&status.next),
        ];
        body.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    if left > 0 {
        body.push_str(&format!("\n…and {left} more: `lessonbook status`.\n"));
    }
    if !unnamed.is_empty() {
        let number = counted(unnamed.len(), "target");
        body.push_str(&format!(
            "\n{number} found by `discover:` and not readable by everyone: not named here.\n"
        ));
    }
    if !audit.is_empty() {
        body.push_str(&format!(
            "\nAudit of the lessons: {audit}. `lessonbook audit` shows them with the lines that prove them, and reads linters, commands and \
             evidence of targets, too.\n"
        ));
    }
    let states: Vec<String> = named
        .iter()
        .map(|status| format!("{}={}", status.target, status.state.word().replace(' ', "-")))
        .collect();
    let states = if states.iter().map(String::len).sum::<usize>() > 12_000 {
        vec![]
    } else {
        states
    };
    body.push_str(&format!("\n{}{} -->\n", mark(store), states.join(" ")));
    body
}

/// What changed between two bodies, as a comment; nothing if no state changed.
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
            .map(|target| format!("- `{target}`: no longer a target; a block that is still there is not updated any more (list it once with `enabled: false` to remove it)")),
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

    fn status(target: &str, state: TargetState) -> TargetStatus {
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
    fn targets_that_are_not_up_to_date_are_listed_and_no_person_is_mentioned() {
        let body = body(
            "acme",
            "acme/lessons",
            &[
                status("acme/a", TargetState::Proposed),
                status("acme/b", TargetState::UpToDate),
            ],
            None,
            "2 `never-placed`",
        );
        assert!(
            body.contains("Audit of the lessons: 2 `never-placed`. "),
            "{body}"
        );
        assert!(
            body.contains("| `acme/a` | [proposed](https://github.com/acme/x/pull/1) | 2 |"),
            "{body}"
        );
        assert!(!body.contains("| `acme/b`"), "{body}");
        assert!(!body.contains("@dana"), "{body}");
        assert!(body.contains("4 critical placements are missing"), "{body}");
    }

    #[test]
    fn only_a_change_of_state_is_news() {
        let open = body(
            "acme",
            "acme/lessons",
            &[status("acme/a", TargetState::Proposed)],
            None,
            "",
        );
        let mut older = status("acme/a", TargetState::Proposed);
        older.why = "something else".into();
        assert_eq!(
            news(&open, &body("acme", "acme/lessons", &[older], None, "")),
            None
        );
        let merged = body(
            "acme",
            "acme/lessons",
            &[status("acme/a", TargetState::UpToDate)],
            None,
            "",
        );
        assert_eq!(
            news(&open, &merged).as_deref(),
            Some("- `acme/a`: proposed → up-to-date\n")
        );
    }
}
