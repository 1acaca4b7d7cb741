//! Finds characters that people can't see.
//!
//! Input: a text. Output: its invisible characters; a run of one kind is one suspect.
//! Not here: where such a character is normal (`invisible_context.rs`).
//!
//! The tiers are those of microsoft/apm's `content_scanner.py` (read 2026-08-06), with the further code points that other
//! scanners list: U+034F, Hangul fillers, U+17B4–5, control characters, and all that Unicode calls default-ignorable.
//! Its critical tier is `hidden-character`; its warning and info tiers are `suspicious-character`.

use super::{SuspiciousText, invisible_context, quote};
use crate::finding::Code;

/// Finds characters that people can't see and assistants read.
///
/// Normal uses pass: joiners between emoji and inside scripts that need them, direction marks beside right-to-left letters, U+3000
/// in CJK text, U+FE0F after an emoji, U+FEFF as the first character, French spaces before `:;!?%»`, and the three subdivision flags
/// (England, Scotland, Wales) that are written with tag characters.
pub fn hidden(text: &str) -> Vec<SuspiciousText> {
    let mut runs: Vec<CharacterRun> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        // Nearly all text consists of these characters, and none of them is invisible.
        if matches!(c, '\t' | '\n' | '\r' | ' '..='~') {
            at += 1;
            continue;
        }
        let flag = invisible_context::flag_length(&text[at..]);
        let end = at + flag.max(c.len_utf8());
        if flag == 0
            && let Some(row) = row(c)
            && !invisible_context::is_normal(text, at, c)
        {
            match runs.last_mut() {
                Some(run) if run.end == at && run.row.does == row.does => run.end = end,
                _ => runs.push(CharacterRun { start: at, end, row }),
            }
        }
        at = end;
    }
    bounded(runs.iter().map(|run| run.suspect(text)))
}

/// A damaged or binary file contains thousands of them. The first ones of each code are reported, then how many more there are.
const MAX_PER_CODE: usize = 50;

fn bounded(suspects: impl Iterator<Item = SuspiciousText>) -> Vec<SuspiciousText> {
    let mut kept: Vec<SuspiciousText> = Vec::new();
    // Code, number of suspects, and the index of the last one that is kept.
    let mut counts: Vec<(Code, usize, usize)> = Vec::new();
    for suspect in suspects {
        let known = counts.iter().position(|(code, ..)| *code == suspect.code);
        let at = known.unwrap_or_else(|| {
            counts.push((suspect.code, 0, 0));
            counts.len() - 1
        });
        let (_, number, last) = &mut counts[at];
        *number += 1;
        if *number <= MAX_PER_CODE {
            *last = kept.len();
            kept.push(suspect);
        }
    }
    let cut = counts.into_iter().filter(|(_, number, _)| *number > MAX_PER_CODE);
    for (_, number, last) in cut {
        let more = number - MAX_PER_CODE;
        kept[last]
            .message
            .push_str(&format!("; and {more} more in this text"));
    }
    kept
}

/// Neighbouring characters of one kind.
struct CharacterRun {
    start: usize,
    end: usize,
    row: &'static HiddenRow,
}

impl CharacterRun {
    fn suspect(&self, text: &str) -> SuspiciousText {
        let part = &text[self.start..self.end];
        let first = part.chars().next().unwrap_or_default();
        let more = match part.chars().count() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more after it)"),
        };
        let spelled = match spelled(part) {
            Some(words) => format!(": `{words}`"),
            None => String::new(),
        };
        let hides = self.row.code == Code::HiddenCharacter;
        SuspiciousText {
            span: self.start..self.end,
            code: self.row.code,
            message: format!(
                "U+{:04X} {}{more} {}{spelled}",
                u32::from(first),
                name(first, self.row),
                self.row.does
            ),
            effect: if hides {
                "an assistant obeys text that no reviewer sees".into()
            } else {
                "two texts that look the same are different, and a search for one misses the other".into()
            },
            help: if self.row.does == BLANK {
                "write an ordinary space".into()
            } else {
                "delete it; to mention it, write its number".into()
            },
        }
    }
}

struct HiddenRow {
    from: u32,
    to: u32,
    code: Code,
    name: &'static str,
    does: &'static str,
}

const BACKWARDS: &str = "changes the order in which the text around it is shown";
const NO_ROOM: &str = "has no width on the screen";
const BLANK: &str = "looks like an ordinary space but is not one";
const TAGS: &str = "is never shown and contains text that assistants read";
const CONTROL: &str = "is a control character, which terminals obey and pages drop";
const VARIATION: &str = "is never shown by itself and can contain hidden data";
const MARK: &str = "sets the writing direction invisibly";

const fn row_of(from: u32, to: u32, code: Code, name: &'static str, does: &'static str) -> HiddenRow {
    HiddenRow {
        from,
        to,
        code,
        name,
        does,
    }
}

/// The tiers, by code point. Rows with an empty name compute it.
#[rustfmt::skip]
const ROWS: &[HiddenRow] = {
    use Code::{HiddenCharacter as H, SuspiciousCharacter as S};
    &[
        row_of(0x0000, 0x0008, H, "", CONTROL), // all of C0 but tab, line feed and carriage return
        row_of(0x000B, 0x000C, H, "", CONTROL),
        row_of(0x000E, 0x001F, H, "", CONTROL),
        row_of(0x007F, 0x009F, H, "", CONTROL), // delete and C1
        row_of(0x00A0, 0x00A0, S, "NO-BREAK SPACE", BLANK),
        row_of(0x00AD, 0x00AD, S, "SOFT HYPHEN", NO_ROOM),
        row_of(0x034F, 0x034F, S, "COMBINING GRAPHEME JOINER", NO_ROOM),
        row_of(0x061C, 0x061C, S, "ARABIC LETTER MARK", MARK),
        row_of(0x115F, 0x115F, S, "HANGUL CHOSEONG FILLER", NO_ROOM),
        row_of(0x1160, 0x1160, S, "HANGUL JUNGSEONG FILLER", NO_ROOM),
        row_of(0x1680, 0x1680, S, "OGHAM SPACE MARK", BLANK),
        row_of(0x17B4, 0x17B4, S, "KHMER VOWEL INHERENT AQ", NO_ROOM),
        row_of(0x17B5, 0x17B5, S, "KHMER VOWEL INHERENT AA", NO_ROOM),
        row_of(0x180B, 0x180D, S, "MONGOLIAN FREE VARIATION SELECTOR", VARIATION),
        row_of(0x180E, 0x180E, S, "MONGOLIAN VOWEL SEPARATOR", NO_ROOM),
        row_of(0x180F, 0x180F, S, "MONGOLIAN FREE VARIATION SELECTOR FOUR", VARIATION),
        row_of(0x2000, 0x2000, S, "EN QUAD", BLANK),
        row_of(0x2001, 0x2001, S, "EM QUAD", BLANK),
        row_of(0x2002, 0x2002, S, "EN SPACE", BLANK),
        row_of(0x2003, 0x2003, S, "EM SPACE", BLANK),
        row_of(0x2004, 0x2004, S, "THREE-PER-EM SPACE", BLANK),
        row_of(0x2005, 0x2005, S, "FOUR-PER-EM SPACE", BLANK),
        row_of(0x2006, 0x2006, S, "SIX-PER-EM SPACE", BLANK),
        row_of(0x2007, 0x2007, S, "FIGURE SPACE", BLANK),
        row_of(0x2008, 0x2008, S, "PUNCTUATION SPACE", BLANK),
        row_of(0x2009, 0x2009, S, "THIN SPACE", BLANK),
        row_of(0x200A, 0x200A, S, "HAIR SPACE", BLANK),
        row_of(0x200B, 0x200B, S, "ZERO WIDTH SPACE", NO_ROOM),
        row_of(0x200C, 0x200C, S, "ZERO WIDTH NON-JOINER", NO_ROOM),
        row_of(0x200D, 0x200D, S, "ZERO WIDTH JOINER", NO_ROOM),
        row_of(0x200E, 0x200E, S, "LEFT-TO-RIGHT MARK", MARK),
        row_of(0x200F, 0x200F, S, "RIGHT-TO-LEFT MARK", MARK),
        row_of(0x2028, 0x2028, S, "LINE SEPARATOR", "ends a line for some programs only"),
        row_of(0x2029, 0x2029, S, "PARAGRAPH SEPARATOR", "ends a line for some programs only"),
        row_of(0x202A, 0x202A, H, "LEFT-TO-RIGHT EMBEDDING", BACKWARDS),
        row_of(0x202B, 0x202B, H, "RIGHT-TO-LEFT EMBEDDING", BACKWARDS),
        row_of(0x202C, 0x202C, H, "POP DIRECTIONAL FORMATTING", BACKWARDS),
        row_of(0x202D, 0x202D, H, "LEFT-TO-RIGHT OVERRIDE", BACKWARDS),
        row_of(0x202E, 0x202E, H, "RIGHT-TO-LEFT OVERRIDE", "shows the text after it backwards"),
        row_of(0x202F, 0x202F, S, "NARROW NO-BREAK SPACE", BLANK),
        row_of(0x205F, 0x205F, S, "MEDIUM MATHEMATICAL SPACE", BLANK),
        row_of(0x2060, 0x2060, S, "WORD JOINER", NO_ROOM),
        row_of(0x2061, 0x2061, S, "FUNCTION APPLICATION", NO_ROOM),
        row_of(0x2062, 0x2062, S, "INVISIBLE TIMES", NO_ROOM),
        row_of(0x2063, 0x2063, S, "INVISIBLE SEPARATOR", NO_ROOM),
        row_of(0x2064, 0x2064, S, "INVISIBLE PLUS", NO_ROOM),
        row_of(0x2065, 0x2065, S, "(not assigned)", NO_ROOM),
        row_of(0x2066, 0x2066, H, "LEFT-TO-RIGHT ISOLATE", BACKWARDS),
        row_of(0x2067, 0x2067, H, "RIGHT-TO-LEFT ISOLATE", BACKWARDS),
        row_of(0x2068, 0x2068, H, "FIRST STRONG ISOLATE", BACKWARDS),
        row_of(0x2069, 0x2069, H, "POP DIRECTIONAL ISOLATE", BACKWARDS),
        row_of(0x206A, 0x206A, S, "INHIBIT SYMMETRIC SWAPPING", NO_ROOM),
        row_of(0x206B, 0x206B, S, "ACTIVATE SYMMETRIC SWAPPING", NO_ROOM),
        row_of(0x206C, 0x206C, S, "INHIBIT ARABIC FORM SHAPING", NO_ROOM),
        row_of(0x206D, 0x206D, S, "ACTIVATE ARABIC FORM SHAPING", NO_ROOM),
        row_of(0x206E, 0x206E, S, "NATIONAL DIGIT SHAPES", NO_ROOM),
        row_of(0x206F, 0x206F, S, "NOMINAL DIGIT SHAPES", NO_ROOM),
        row_of(0x2800, 0x2800, S, "BRAILLE PATTERN BLANK", BLANK),
        row_of(0x3000, 0x3000, S, "IDEOGRAPHIC SPACE", BLANK),
        row_of(0x3164, 0x3164, S, "HANGUL FILLER", NO_ROOM),
        row_of(0xFE00, 0xFE0F, S, "", VARIATION),
        row_of(0xFEFF, 0xFEFF, S, "ZERO WIDTH NO-BREAK SPACE", NO_ROOM),
        row_of(0xFFA0, 0xFFA0, S, "HALFWIDTH HANGUL FILLER", NO_ROOM),
        row_of(0xFFF0, 0xFFF8, S, "(not assigned)", NO_ROOM),
        row_of(0xFFF9, 0xFFF9, S, "INTERLINEAR ANNOTATION ANCHOR", NO_ROOM),
        row_of(0xFFFA, 0xFFFA, S, "INTERLINEAR ANNOTATION SEPARATOR", NO_ROOM),
        row_of(0xFFFB, 0xFFFB, S, "INTERLINEAR ANNOTATION TERMINATOR", NO_ROOM),
        row_of(0x1BCA0, 0x1BCA3, S, "SHORTHAND FORMAT CHARACTER", NO_ROOM),
        row_of(0x1D173, 0x1D17A, S, "MUSICAL FORMAT CHARACTER", NO_ROOM),
        row_of(0xE0000, 0xE00FF, H, "", TAGS),
        row_of(0xE0100, 0xE01EF, H, "", VARIATION),
        row_of(0xE01F0, 0xE0FFF, H, "(not assigned)", NO_ROOM),
    ]
};

fn row(c: char) -> Option<&'static HiddenRow> {
    if matches!(c, ' '..='~' | '\t' | '\n' | '\r') {
        return None;
    }
    let point = u32::from(c);
    let at = ROWS.partition_point(|row| row.to < point);
    ROWS.get(at).filter(|row| row.from <= point)
}

fn name(c: char, row: &HiddenRow) -> String {
    let point = u32::from(c);
    match point {
        _ if !row.name.is_empty() => row.name.into(),
        ..=0x1F => C0[c as usize].into(),
        0x7F => "DELETE".into(),
        0x85 => "NEXT LINE".into(),
        0x80..=0x9F => "C1 CONTROL".into(),
        0xFE00..=0xFE0F | 0xE0100..=0xE01EF => {
            format!("VARIATION SELECTOR-{}", u32::from(selector_byte(point)) + 1)
        }
        0xE0001 => "LANGUAGE TAG".into(),
        0xE0020 => "TAG SPACE".into(),
        0xE0041..=0xE005A => format!("TAG LATIN CAPITAL LETTER {}", tag_letter(point)),
        0xE0061..=0xE007A => format!(
            "TAG LATIN SMALL LETTER {}",
            tag_letter(point).to_ascii_uppercase()
        ),
        0xE007F => "CANCEL TAG".into(),
        0xE0000..=0xE00FF => "TAG CHARACTER".into(),
        _ => "(no name)".into(),
    }
}

/// Unicode's name aliases (NameAliases.txt) of the first control characters.
#[rustfmt::skip]
const C0: [&str; 32] = [
    "NULL", "START OF HEADING", "START OF TEXT", "END OF TEXT", "END OF TRANSMISSION", "ENQUIRY", "ACKNOWLEDGE", "ALERT",
    "BACKSPACE", "CHARACTER TABULATION", "LINE FEED", "LINE TABULATION", "FORM FEED", "CARRIAGE RETURN", "SHIFT OUT",
    "SHIFT IN", "DATA LINK ESCAPE", "DEVICE CONTROL ONE", "DEVICE CONTROL TWO", "DEVICE CONTROL THREE",
    "DEVICE CONTROL FOUR", "NEGATIVE ACKNOWLEDGE", "SYNCHRONOUS IDLE", "END OF TRANSMISSION BLOCK", "CANCEL",
    "END OF MEDIUM", "SUBSTITUTE", "ESCAPE", "INFORMATION SEPARATOR FOUR", "INFORMATION SEPARATOR THREE",
    "INFORMATION SEPARATOR TWO", "INFORMATION SEPARATOR ONE",
];

/// The ASCII letter that a tag character represents.
fn tag_letter(point: u32) -> char {
    char::from_u32(point - 0xE0000).unwrap_or_default()
}

/// The byte that a variation selector can encode, counted from 0 over both blocks.
fn selector_byte(point: u32) -> u8 {
    let number = if point < 0xE0100 {
        point.wrapping_sub(0xFE00)
    } else {
        point - 0xE0100 + 16
    };
    u8::try_from(number & 0xFF).unwrap_or_default()
}

/// The text that tag characters or variation selectors encode, if it is printable: the two known ways to hide text.
fn spelled(part: &str) -> Option<String> {
    let words: String = part
        .chars()
        .filter_map(|c| match u32::from(c) {
            point @ 0xE0020..=0xE007E => char::from_u32(point - 0xE0000),
            point @ (0xFE00..=0xFE0F | 0xE0100..=0xE01EF) => Some(char::from(selector_byte(point))),
            _ => None,
        })
        .map(|c| if c == '`' { '\'' } else { c })
        .collect();
    let printable = words.chars().all(|c| matches!(c, ' '..='~'));
    (printable && words.trim().len() > 1).then(|| quote(&words))
}
