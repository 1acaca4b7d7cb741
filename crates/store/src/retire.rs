//! Retires a lesson in its file: it changes one value or adds one line, and no other byte.
//!
//! Input: the file. Output: its new text, or why it must be edited by hand. Not here: writing it.

use super::yaml::{self, YamlNode};

const KEY: &str = "status";
const RETIRED: &str = "retired";

/// The file with `status: retired`; `None` if it already has it.
pub fn retire(file: &str, bytes: &[u8]) -> Result<Option<String>, String> {
    let (Some((source, root)), _) = yaml::parse(file, bytes) else {
        return Err("it can't be read as YAML".to_owned());
    };
    let mut text = source.text;
    match root.entries().iter().find(|(key, _)| key.is_text(KEY)) {
        Some((_, value)) if value.is_text(RETIRED) => return Ok(None),
        Some((_, value)) => {
            if text.get(value.span.clone()).is_none() {
                return Err("the position of its `status` is unclear".to_owned());
            }
            text.replace_range(value.span.clone(), RETIRED);
        }
        None => {
            let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
            if !text.ends_with('\n') {
                text.push_str(ending);
            }
            text.push_str(&format!("{KEY}: {RETIRED}{ending}"));
        }
    }
    let (after, _) = yaml::parse(file, text.as_bytes());
    match after {
        Some((_, after)) if is_retired(&root, &after) => Ok(Some(text)),
        _ => Err("its YAML does not have one key on each line".to_owned()),
    }
}

/// Whether the second file has the same values as the first one, except that the lesson is retired.
fn is_retired(before: &YamlNode, after: &YamlNode) -> bool {
    before.is_same_without(after, KEY)
        && after
            .entries()
            .iter()
            .any(|(key, value)| key.is_text(KEY) && value.is_text(RETIRED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retired(text: &str) -> Result<Option<String>, String> {
        retire("lessons/a/b.yaml", text.as_bytes())
    }

    #[test]
    fn one_line_is_added_or_one_word_changes() {
        for (before, after) in [
            ("title: A\nrule: B\n", "title: A\nrule: B\nstatus: retired\n"),
            ("title: A\nrule: B", "title: A\nrule: B\nstatus: retired\n"),
            (
                "title: A\r\nrule: B\r\n",
                "title: A\r\nrule: B\r\nstatus: retired\r\n",
            ),
            (
                "status: active # for now\ntitle: A\n",
                "status: retired # for now\ntitle: A\n",
            ),
            ("title: A\nstatus: \"draft\"\n", "title: A\nstatus: retired\n"),
            ("good: |\n  a\n  b\n", "good: |\n  a\n  b\nstatus: retired\n"),
        ] {
            assert_eq!(retired(before).as_ref().map(Option::as_deref), Ok(Some(after)));
        }
        assert_eq!(retired("status: retired\ntitle: A\n"), Ok(None));
    }

    #[test]
    fn a_file_that_must_be_edited_by_hand_is_refused() {
        for text in ["{ title: A, rule: B }\n", "title: [\n", "- a\n"] {
            assert!(retired(text).is_err(), "{text}");
        }
    }
}
