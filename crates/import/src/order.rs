//! Whether an element orders, or only shows, names or describes something.
//!
//! Input: the words of an element. Output: points for or against it. Not here: headings, modals and the sum (`signals`).

use crate::inline::InlineText;
use crate::vocabulary as words;

/// Whether it begins with an order: a verb, perhaps after a condition or an adverb.
pub fn order(body: &str, as_written: &str) -> i32 {
    let mut best = imperative(body);
    if body.starts_with("no ") {
        best = best.max(20);
    } else if body.starts_with("not ") || body.starts_with("only ") {
        best = best.max(16);
    }
    if best == 0 {
        let conditions = [
            "when ",
            "if ",
            "before ",
            "after ",
            "for ",
            "while ",
            "once ",
            "in ",
            "on ",
            "during ",
            "whenever ",
            "where ",
            "to ",
            "unless ",
            "with ",
            "as ",
            "at ",
            "by default",
            "from ",
        ];
        if conditions.iter().any(|start| body.starts_with(start)) {
            for (at, sign) in body.match_indices([',', ':']).take(3) {
                best = best.max(imperative(body[at + sign.len()..].trim_start()) - 2);
            }
            for arrow in [" → ", " -> ", " — ", " - "] {
                if let Some((_, then)) = body.split_once(arrow) {
                    best = best.max(imperative(then) - 4);
                }
            }
        }
        // A later clause that orders: `Config lives in x; update y when it changes`.
        for stop in ["; ", ". ", " — ", " – "] {
            for (at, _) in as_written.match_indices(stop).take(4) {
                let rest = as_written
                    .get(at + stop.len()..)
                    .unwrap_or_default()
                    .to_lowercase();
                best = best.max(imperative(&rest) / 2 - 2);
            }
        }
    }
    best
}

/// A label that orders: "Run after all changes".
pub fn labelled_order(text: &InlineText) -> i32 {
    let Some(label) = &text.label else { return 0 };
    if label.split_whitespace().count() < 3 {
        return 0;
    }
    let found = imperative(&label.to_lowercase());
    if found >= 18 { found - 4 } else { 0 }
}

fn imperative(clause: &str) -> i32 {
    let mut parts = clause
        .split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '`' | '\'' | '-' | '@' | '"'))
        })
        .skip_while(|word| {
            words::is_adverb(word) || word.len() > 4 && word.ends_with("ly") && !words::is_verb(word)
        })
        .filter(|word| !word.is_empty());
    let Some(verb) = parts.next() else { return 0 };
    let next = parts.next();
    if verb == "be" {
        return 18;
    }
    if !words::is_verb(verb) {
        // Any word before an article or pronoun may be a verb that the list does not have.
        let is_plain = verb.len() > 2 && verb.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let is_other =
            ["ing", "ed", "s", "ly"].iter().any(|end| verb.ends_with(end)) || words::is_small(verb);
        let bound = matches!(
            next,
            Some(
                "the"
                    | "a"
                    | "an"
                    | "all"
                    | "any"
                    | "each"
                    | "every"
                    | "your"
                    | "them"
                    | "it"
                    | "this"
                    | "these"
                    | "those"
            )
        );
        return if is_plain && !is_other && bound { 16 } else { 0 };
    }
    if verb == "use" && matches!(next, Some("case" | "cases")) {
        return 0;
    }
    if words::is_noun_too(verb) {
        let noun_ends = [
            "tion", "ment", "ing", "ity", "ness", "age", "ance", "ence", "er", "or",
        ];
        return match next {
            Some(next) if words::is_object(next) => 24,
            Some(next) if noun_ends.iter().any(|end| next.ends_with(end)) => 4,
            Some(_) if clause.split_whitespace().count() >= 5 => 18,
            Some(_) => 10,
            None => 0,
        };
    }
    if words::is_tutor(verb) {
        return 8;
    }
    24
}

/// Signs that it describes something.
pub fn describes(body: &str, text: &InlineText) -> i32 {
    let mut parts = body.split_whitespace();
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    let mut minus = 0;
    // `Provides …`, `Handles …`, but not `Tests must …`.
    let stem = first.trim_end_matches('s');
    let is_third_person = first.len() > 3 && stem.len() < first.len();
    if is_third_person && (words::is_verb(stem) || words::is_verb(stem.trim_end_matches('e'))) {
        minus += 14;
    }
    if matches!(
        first,
        "the" | "this" | "it" | "we" | "a" | "an" | "these" | "our" | "there" | "see" | "used"
    ) {
        minus += 10;
    }
    if matches!(
        second,
        "is" | "are" | "was" | "has" | "uses" | "contains" | "provides" | "handles" | "runs"
    ) {
        minus += 6;
    }
    if body.starts_with("you are ") || body.starts_with("you're ") {
        minus += 16;
    }
    if text.body.split_whitespace().count() <= 3 {
        minus += 4;
    }
    minus
}

/// Signs of a command, of a path with a gloss, or of a feature.
pub fn shape(text: &InlineText, small: &str, body: &str, is_hard: bool) -> i32 {
    let mut minus = 0;
    if is_gloss(text) {
        minus += if is_hard { 12 } else { 30 };
    }
    if let Some(label) = &text.label {
        let label = label.to_lowercase();
        let feature = [
            "purpose",
            "description",
            "location",
            "example",
            "examples",
            "file",
            "files",
            "usage",
            "overview",
            "role",
            "goal",
            "input",
            "output",
            "type",
            "tech",
            "language",
            "framework",
            "status",
            "version",
            "stack",
            "key features",
            "features",
            "note to self",
            "frontend",
            "backend",
            "database",
            "see",
            "docs",
            "build",
            "run",
            "test",
            "lint",
            "dev",
            "install",
            "params",
            "returns",
            "source",
            "responsibility",
            "pattern",
            "when to use",
            "symptom",
            "cause",
            "context",
        ];
        if feature.contains(&label.as_str()) {
            minus += if is_hard { 6 } else { 16 };
        }
        let names_path = text.plain.starts_with('`')
            || label.contains(['_', '`'])
            || label.matches('/').count() > 1
            || label.ends_with('/')
            || label.contains('.') && !label.contains(' ');
        if names_path && !is_hard {
            minus += 16;
        }
    }
    if small.ends_with(':') {
        minus += 3;
    }
    if text.begins_with_link && !is_hard {
        minus += 16;
    }
    if body.starts_with("see ") || body.starts_with("refer to ") || body.starts_with("example") {
        minus += 12;
    }
    minus
}

/// A code span or path, then a dash, colon, arrow or bracket and a gloss: a command or a file with its description.
pub fn is_gloss(text: &InlineText) -> bool {
    let plain = text.plain.as_str();
    let Some(rest) = plain.strip_prefix('`') else {
        return false;
    };
    let Some((_, rest)) = rest.split_once('`') else {
        return false;
    };
    let rest = rest.trim_start();
    rest.is_empty()
        || rest.starts_with(['-', '–', '—', ':', '→', '(', '#', '=', '/', ',', '|'])
        || rest.starts_with("to ")
        || rest.starts_with("for ")
}
