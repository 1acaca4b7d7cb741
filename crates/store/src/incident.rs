//! Adds an incident to a lesson's file: it adds lines, and changes no other byte.
//!
//! Input: the file and the incident. Output: its new text, or why it must be edited by hand. Not here: writing it, and whether the
//! incident is right (`load`).

use super::lesson::Incident;
use super::yaml::{self, YamlNode, YamlValue};
use crate::yaml::scalar::scalar;

const KEY: &str = "incidents";

/// Keys that follow the incidents in a tidy file.
const LATER: [&str; 8] = [
    "source",
    "sources",
    "evidence",
    "owner",
    "review_by",
    "supersedes",
    "audience",
    "status",
];

/// The file with one more incident at the end of its list.
pub fn with_incident(file: &str, bytes: &[u8], incident: &Incident) -> Result<String, String> {
    let (Some((source, root)), _) = yaml::parse(file, bytes) else {
        return Err("it can't be read as YAML".to_owned());
    };
    let text = added(&source.text, incident).ok_or("its list `incidents` is not one entry on each line")?;
    let (after, _) = yaml::parse(file, text.as_bytes());
    match after {
        Some((_, after)) if has_one_more(&root, &after) => Ok(text),
        _ => Err("its YAML does not have one key on each line".to_owned()),
    }
}

/// An entry, each key on a line. `indent`: what is before the dash.
pub fn incident_lines(incident: &Incident, indent: &str, ending: &str) -> String {
    let mut lines = format!("{indent}- date: {}{ending}", incident.date);
    if !incident.repository.is_empty() {
        lines.push_str(&format!(
            "{indent}  repository: {}{ending}",
            scalar(&incident.repository)
        ));
    }
    lines.push_str(&format!(
        "{indent}  summary: {}{ending}",
        scalar(&incident.summary)
    ));
    lines
}

/// The text with the entry; none if the list is written in a way to which no line can be added.
fn added(text: &str, incident: &Incident) -> Option<String> {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push_str(ending);
    }
    let is_key = |line: &String, key: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let Some(at) = lines.iter().position(|line| is_key(line, KEY)) else {
        let later = lines
            .iter()
            .position(|line| LATER.iter().any(|key| is_key(line, key)));
        // Comments above a key belong to it.
        let is_comment = |line: &&String| line.starts_with('#');
        let at = later.map_or(lines.len(), |at| {
            at - lines[..at].iter().rev().take_while(is_comment).count()
        });
        let list = format!("{KEY}:{ending}{}", incident_lines(incident, "  ", ending));
        lines.insert(at, list);
        return Some(lines.concat());
    };
    let value = lines[at][KEY.len() + 1..].trim().to_owned();
    if value == "[]" {
        lines[at] = format!("{KEY}:{ending}{}", incident_lines(incident, "  ", ending));
        return Some(lines.concat());
    }
    if !value.is_empty() && !value.starts_with('#') {
        return None;
    }
    // The list ends before the next key; blank lines and comments before that key stay where they are.
    let is_inside = |line: &&String| line.trim().is_empty() || line.starts_with([' ', '-', '#']);
    let below: Vec<&String> = lines[at + 1..].iter().take_while(is_inside).collect();
    let first = below.iter().find(|line| line.trim_start().starts_with('-'))?;
    let indent = first[..first.len() - first.trim_start().len()].to_owned();
    let is_item = |line: &&String| line.starts_with([' ', '-']) && !line.trim().is_empty();
    let last = at + 1 + below.iter().rposition(is_item)?;
    lines.insert(last + 1, incident_lines(incident, &indent, ending));
    Some(lines.concat())
}

/// Whether the second file has the values of the first one, and one more entry at the end of its incidents.
fn has_one_more(before: &YamlNode, after: &YamlNode) -> bool {
    let (known, now) = (incidents(before), incidents(after));
    now.len() == known.len() + 1
        && known.iter().zip(now).all(|(a, b)| a.is_same(b))
        && before.is_same_without(after, KEY)
}

fn incidents(root: &YamlNode) -> &[YamlNode] {
    let entry = root.entries().iter().find(|(key, _)| key.is_text(KEY));
    match entry.map(|(_, value)| &value.value) {
        Some(YamlValue::List(items)) => items,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident() -> Incident {
        Incident {
            date: jiff::civil::Date::constant(2026, 3, 4),
            repository: "acme/shop".to_owned(),
            summary: "22 minutes: all pods".to_owned(),
        }
    }

    fn with(text: &str) -> Result<String, String> {
        with_incident("lessons/a/b.yaml", text.as_bytes(), &incident())
    }

    const ENTRY: &str =
        "  - date: 2026-03-04\n    repository: acme/shop\n    summary: \"22 minutes: all pods\"\n";

    #[test]
    fn a_list_is_added_where_a_tidy_file_has_it() {
        for (before, after) in [
            (
                "title: A\nrule: B",
                format!("title: A\nrule: B\nincidents:\n{ENTRY}"),
            ),
            (
                "title: A\n# who\nowner: dana\nstatus: draft\n",
                format!("title: A\nincidents:\n{ENTRY}# who\nowner: dana\nstatus: draft\n"),
            ),
            (
                "title: A\r\nowner: dana\r\n",
                format!("title: A\nincidents:\n{ENTRY}owner: dana\n").replace('\n', "\r\n"),
            ),
            (
                "incidents: []\ntitle: A\n",
                format!("incidents:\n{ENTRY}title: A\n"),
            ),
        ] {
            assert_eq!(with(before), Ok(after), "{before}");
        }
    }

    #[test]
    fn an_entry_is_added_to_a_list_with_its_indentation_and_comments() {
        let before = "incidents: # ours\n- date: 2026-01-01\n  # quoted\n  summary: >-\n    a\n\n    b\n\n# next\nowner: dana\n";
        let entry = ENTRY.replace("\n  ", "\n").replacen("  ", "", 1);
        let after = before.replacen("    b\n", &format!("    b\n{entry}"), 1);
        assert_eq!(with(before), Ok(after));
    }

    #[test]
    fn a_file_that_must_be_edited_by_hand_is_refused() {
        for text in [
            "{ title: A, rule: B }\n",
            "title: [\n",
            "incidents: [{ date: 2026-01-01, summary: a }]\ntitle: A\n",
            "incidents: none\n",
        ] {
            assert!(with(text).is_err(), "{text}");
        }
    }
}
