//! Patterns in GitHub's rules on branch names, commit messages and addresses.
//!
//! Input: a rule's settings. Output: whether the rule refuses a text. Not here: where the text is used.

use regex_automata::meta::Regex;
use serde_json::Value;

/// The most memory of a compiled pattern. A larger one counts as unreadable.
const MOST: usize = 1 << 20;

/// A pattern that a text must match, or must not match.
#[derive(Debug)]
pub struct Pattern {
    test: PatternTest,
    /// Whether the text must not match.
    negate: bool,
    words: String,
}

#[derive(Debug)]
enum PatternTest {
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Regex(Box<Regex>),
}

impl Pattern {
    /// Reads `operator`, `pattern` and `negate`; none if their meaning is unknown.
    pub fn from_rule(parameters: &Value) -> Option<Self> {
        let word = |key: &str| parameters.get(key).and_then(Value::as_str);
        let (operator, pattern) = (word("operator")?, word("pattern")?);
        let negate = parameters.get("negate").and_then(Value::as_bool) == Some(true);
        let test = match operator {
            "starts_with" => PatternTest::StartsWith(pattern.to_owned()),
            "ends_with" => PatternTest::EndsWith(pattern.to_owned()),
            "contains" => PatternTest::Contains(pattern.to_owned()),
            "regex" => {
                let config = Regex::config()
                    .nfa_size_limit(Some(MOST))
                    .onepass_size_limit(Some(MOST));
                PatternTest::Regex(Box::new(Regex::builder().configure(config).build(pattern).ok()?))
            }
            _ => return None,
        };
        let must = if negate { "must not" } else { "must" };
        let verb = match operator {
            "starts_with" => "begin with",
            "ends_with" => "end with",
            "contains" => "contain",
            _ => "match",
        };
        let shown: String = pattern.chars().take(100).map(plain).collect();
        Some(Pattern {
            test,
            negate,
            words: format!("it {must} {verb} `{shown}`"),
        })
    }

    /// Whether a rule with this pattern refuses the text.
    pub fn refuses(&self, text: &str) -> bool {
        let fits = match &self.test {
            PatternTest::StartsWith(pattern) => text.starts_with(pattern.as_str()),
            PatternTest::EndsWith(pattern) => text.ends_with(pattern.as_str()),
            PatternTest::Contains(pattern) => text.contains(pattern.as_str()),
            PatternTest::Regex(regex) => regex.is_match(text),
        };
        fits == self.negate
    }

    /// The pattern in words.
    pub fn words(&self) -> &str {
        &self.words
    }
}

/// A character that is safe on one line of a terminal.
fn plain(character: char) -> char {
    if character.is_control() { '?' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_operator_refuses_what_github_refuses() {
        let cases = [
            ("starts_with", "bot/", "lessonbook/acme", true),
            ("starts_with", "lessonbook/", "lessonbook/acme", false),
            ("ends_with", "acme", "lessonbook/acme", false),
            ("contains", "JIRA-", "Add lessons", true),
            ("regex", "^(feature|lessonbook)/", "lessonbook/acme", false),
            ("regex", "^JIRA-[0-9]+", "Add lessons", true),
            (
                "regex",
                "(?m)^Lessonbook:",
                "Add lessons\n\nLessonbook: acme 1",
                false,
            ),
        ];
        for (operator, pattern, text, refused) in cases {
            let rule = |negate: bool| {
                let rule = json!({ "operator": operator, "pattern": pattern, "negate": negate });
                Pattern::from_rule(&rule).expect("a pattern")
            };
            assert_eq!(rule(false).refuses(text), refused, "{operator} {pattern} {text}");
            assert_eq!(
                rule(true).refuses(text),
                !refused,
                "not {operator} {pattern} {text}"
            );
        }
    }

    #[test]
    fn what_can_not_be_read_is_no_pattern() {
        for rule in [
            json!({ "operator": "regex", "pattern": "(?=ahead)" }),
            json!({ "operator": "regex", "pattern": "((((a{1000}){1000}){1000}){1000})" }),
            json!({ "operator": "sounds_like", "pattern": "x" }),
            json!({ "pattern": "x" }),
            json!(null),
        ] {
            assert!(Pattern::from_rule(&rule).is_none(), "{rule}");
        }
    }
}
