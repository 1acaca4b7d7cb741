//! Whether a rule expects that what a code span names exists.
//!
//! Input: a rule and the bytes of one of its code spans. Output: yes or no. Not here: what the span names (`references`).
//!
//! "Run `make lint`" expects it. "Put decisions in `docs/adr/`", "never commit `config/local.env`" and "a file such as `src/shop.ts`" do
//! not: the file is made later, must not exist, or is an example.

use std::ops::Range;

use lessonbook_base::word_list::WordList;

/// Words before a span that is made, made elsewhere, an example, or optional.
static MAKES: WordList = WordList::new(
    "add added adding become becomes build builds call called calls copy create created creates creating dump emit emits example \
exist existing exists export exports generate generates generating goes introduce invent like live lives make makes missing move moved name named names naming new \
optional optionally output outputs place places produce produces put rename replace save saves scaffold store stores suggest such temporary tmp \
untracked upload write writes writing e.g i.e eg ie",
);

/// Words after a span that say the same of it.
static MADE: WordList = WordList::new(
    "absent built created example exist exists generated ignored instead missing optional present produced temporary untracked",
);

/// Words that reverse what follows.
static TURNS: WordList = WordList::new(
    "avoid don't don’t dont except exclude excluded excludes forbidden ignore ignored instead neither never no nor not rather skip \
stop unless without",
);

/// Verbs whose object must exist, even in what is forbidden.
static NEEDS: WordList = WordList::new("alter bypass change depend edit import modify touch update");

/// Whether the sentence around a span expects that what it names exists.
pub fn expects(rule: &str, span: &Range<usize>) -> bool {
    let masked = masked(rule);
    let (start, end) = sentence(&masked, span);
    let before = words(&masked[start..span.start.max(start)]);
    let has = |words: &[String], list: &WordList| words.iter().any(|word| list.has(word));
    let after = words(&masked[span.end.min(end)..end]);
    !has(&before, &MAKES) && !has(&after, &MADE) && (!has(&before, &TURNS) || has(&before, &NEEDS))
}

/// The rule with the content of its code spans blanked out, so that a dot in code ends no sentence.
fn masked(rule: &str) -> String {
    let mut in_code = false;
    let mask = |c: char| {
        if c == '`' {
            in_code = !in_code;
            return "`".to_owned();
        }
        if in_code {
            "x".repeat(c.len_utf8())
        } else {
            c.to_string()
        }
    };
    rule.chars().map(mask).collect()
}

/// The bytes of the sentence around a span.
fn sentence(masked: &str, span: &Range<usize>) -> (usize, usize) {
    let is_end = |at: usize| {
        let rest = &masked[at..];
        let is_short_form = ["e.g", "i.e", "etc", "vs"]
            .iter()
            .any(|short| masked[..at].ends_with(short));
        !is_short_form
            && [". ", "; ", "! ", "? ", ": "]
                .iter()
                .any(|end| rest.starts_with(end))
    };
    let ends: Vec<usize> = masked
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| is_end(*at))
        .collect();
    let start = ends
        .iter()
        .rev()
        .find(|at| **at < span.start)
        .map_or(0, |at| at + 1);
    let end = ends
        .iter()
        .find(|at| **at >= span.end)
        .copied()
        .unwrap_or(masked.len());
    (start, end)
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '.')))
        .map(|word| word.trim_matches('.').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_exist_is_expected() {
        for (rule, expected) in [
            ("Run `make lint` before a commit.", true),
            ("Read `docs/api.md` first. Add tests.", true),
            ("Never edit `src/gen/api.ts` by hand.", true),
            ("Do not import from `src/legacy/`.", true),
            ("Update `docs/cli.md` when adding a command.", true),
            ("`src/gen/api.ts` is generated.", false),
            ("Keep it small; follow `docs/style.md`.", true),
            ("Put decisions in `docs/adr/`.", false),
            ("Never commit `config/local.env`.", false),
            ("Name it after the page, like `pages/shop.tsx`.", false),
            ("Use `a/b.ts` instead of `a/c.ts`.", false),
            ("Prefer e.g. `a/b.ts`.", false),
            ("Follow `docs/a.md` if it exists.", false),
            (
                "Follow the template if one exists in `.github/templates/`.",
                false,
            ),
        ] {
            let start = rule.find('`').unwrap_or_default();
            let end = start + 1 + rule[start + 1..].find('`').unwrap_or_default() + 1;
            assert_eq!(expects(rule, &(start..end)), expected, "{rule}");
        }
    }
}
