//! Retires a lesson in its own file: one value changes or one line comes, and every other byte stays.
//!
//! Input: the file. Output: its new text, or why nobody but a person can write it. Not here: writing it.

use super::yaml::{self, YamlNode, YamlValue};

const KEY: &str = "status";
const RETIRED: &str = "retired";

/// The file with `status: retired`; none where it says so already.
pub fn retire(file: &str, bytes: &[u8]) -> Result<Option<String>, String> {
    let (Some((source, root)), _) = yaml::parse(file, bytes) else {
        return Err("it can't be read as YAML".to_owned());
    };
    let mut text = source.text;
    match entries(&root).iter().find(|(key, _)| is_text(key, KEY)) {
        Some((_, value)) if is_text(value, RETIRED) => return Ok(None),
        Some((_, value)) => {
            if text.get(value.span.clone()).is_none() {
                return Err("nobody can tell where its status stands".to_owned());
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
        _ => Err("its YAML is not one key a line".to_owned()),
    }
}

/// Whether the second file says what the first one says, and that the lesson is retired.
fn is_retired(before: &YamlNode, after: &YamlNode) -> bool {
    let rest = |node: &YamlNode| -> Vec<(YamlNode, YamlNode)> {
        let all = entries(node).iter();
        all.filter(|(key, _)| !is_text(key, KEY)).cloned().collect()
    };
    let (before, kept) = (rest(before), rest(after));
    let same = before.len() == kept.len()
        && before
            .iter()
            .zip(&kept)
            .all(|(a, b)| says_same(&a.0, &b.0) && says_same(&a.1, &b.1));
    same && entries(after)
        .iter()
        .any(|(key, value)| is_text(key, KEY) && is_text(value, RETIRED))
}

fn says_same(a: &YamlNode, b: &YamlNode) -> bool {
    match (&a.value, &b.value) {
        (YamlValue::List(a), YamlValue::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| says_same(a, b))
        }
        (YamlValue::Map(a), YamlValue::Map(b)) => {
            let pairs = || a.iter().zip(b);
            a.len() == b.len() && pairs().all(|(a, b)| says_same(&a.0, &b.0) && says_same(&a.1, &b.1))
        }
        (a, b) => a == b,
    }
}

fn entries(node: &YamlNode) -> &[(YamlNode, YamlNode)] {
    match &node.value {
        YamlValue::Map(entries) => entries,
        _ => &[],
    }
}

fn is_text(node: &YamlNode, text: &str) -> bool {
    matches!(&node.value, YamlValue::Text(said) if said == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retired(text: &str) -> Result<Option<String>, String> {
        retire("lessons/a/b.yaml", text.as_bytes())
    }

    #[test]
    fn one_line_comes_or_one_word_changes() {
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
    fn what_only_a_person_can_write_is_left_to_one() {
        for text in ["{ title: A, rule: B }\n", "title: [\n", "- a\n"] {
            assert!(retired(text).is_err(), "{text}");
        }
    }
}
