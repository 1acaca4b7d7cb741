//! Decides whether an invisible character is normal where it is.
//!
//! Input: a text and the offset of an invisible character. Output: whether its neighbours need it.
//! Not here: which characters are invisible (`hidden.rs`).
//!
//! Each rule reads only the direct neighbours, so that nothing can hide in a sequence: a second joiner or selector in a row has an
//! invisible neighbour and is not normal.

use unicode_script::{Script, UnicodeScript};

/// Whether its script or an emoji needs the character at this offset.
pub(super) fn is_normal(text: &str, at: usize, c: char) -> bool {
    let before = &text[..at];
    let after = &text[at + c.len_utf8()..];
    match c {
        '\u{FEFF}' => at == 0,
        '\u{FE0F}' => {
            before.chars().next_back().is_some_and(is_emoji)
                || (ends_in_keycap(before) && after.starts_with('\u{20E3}'))
        }
        '\u{200D}' => joins_emoji(before, after) || joins_letters(before, after),
        '\u{200C}' => joins_letters(before, after),
        '\u{200E}' | '\u{200F}' | '\u{061C}' => beside_right_to_left(before, after),
        '\u{3000}' => [before.chars().next_back(), after.chars().next()]
            .into_iter()
            .flatten()
            .any(is_cjk),
        '\u{A0}' | '\u{202F}' => before.ends_with('«') || after.starts_with([':', ';', '!', '?', '%', '»']),
        '\u{180B}'..='\u{180F}' => before
            .chars()
            .next_back()
            .is_some_and(|c| c.script() == Script::Mongolian && c.is_alphabetic()),
        '\u{2800}' => {
            let is_dots = |c: char| matches!(c, '\u{2801}'..='\u{28FF}');
            before.chars().next_back().is_some_and(is_dots) || after.chars().next().is_some_and(is_dots)
        }
        _ => false,
    }
}

/// How many bytes at the start are one of the three subdivision flags that Unicode recommends for general interchange
/// (England, Scotland, Wales; UTS #51, ED-14a): the only place where tag characters are normal.
pub(super) fn flag_length(rest: &str) -> usize {
    let Some(tags) = rest.strip_prefix('\u{1F3F4}') else {
        return 0;
    };
    let flag = ["gbeng", "gbsct", "gbwls"].into_iter().find_map(|name| {
        let spelled = name
            .chars()
            .filter_map(|c| char::from_u32(0xE0000 + u32::from(c)));
        let spelled: String = spelled.chain(['\u{E007F}']).collect();
        tags.starts_with(&spelled).then_some(spelled.len())
    });
    flag.map_or(0, |length| '\u{1F3F4}'.len_utf8() + length)
}

fn joins_emoji(before: &str, after: &str) -> bool {
    let base = before.trim_end_matches([
        '\u{FE0F}',
        '\u{1F3FB}',
        '\u{1F3FC}',
        '\u{1F3FD}',
        '\u{1F3FE}',
        '\u{1F3FF}',
    ]);
    let styled = before.len() - base.len();
    // There is at most one selector and one skin tone between the base and the joiner.
    styled <= 7
        && base.chars().next_back().is_some_and(is_emoji)
        && after.chars().next().is_some_and(is_emoji)
}

/// Persian, Urdu and the scripts of India need both joiners between letters; after a virama also at the end of a word.
fn joins_letters(before: &str, after: &str) -> bool {
    // Arabic vowel signs have no script of their own; the letter precedes them.
    let before = before.trim_end_matches(|c| matches!(c, '\u{064B}'..='\u{065F}' | '\u{0670}'));
    let Some(left) = before.chars().next_back().filter(|c| has_joiners(c.script())) else {
        return false;
    };
    match after.chars().next() {
        Some(right) if right.script() == left.script() => true,
        Some('\u{200B}'..='\u{200F}') => false,
        _ => is_virama(left),
    }
}

fn has_joiners(script: Script) -> bool {
    matches!(
        script,
        Script::Arabic
            | Script::Syriac
            | Script::Nko
            | Script::Mongolian
            | Script::Devanagari
            | Script::Bengali
            | Script::Gurmukhi
            | Script::Gujarati
            | Script::Oriya
            | Script::Tamil
            | Script::Telugu
            | Script::Kannada
            | Script::Malayalam
            | Script::Sinhala
            | Script::Myanmar
            | Script::Khmer
    )
}

fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{094D}'
            | '\u{09CD}'
            | '\u{0A4D}'
            | '\u{0ACD}'
            | '\u{0B4D}'
            | '\u{0BCD}'
            | '\u{0C4D}'
            | '\u{0CCD}'
            | '\u{0D4D}'
            | '\u{0DCA}'
    )
}

/// A direction mark belongs next to a right-to-left letter, or to the punctuation and digits beside one.
fn beside_right_to_left(before: &str, after: &str) -> bool {
    fn first_letter(mut chars: impl Iterator<Item = char>) -> bool {
        let reach = chars.by_ref().take(3).find(|c| c.is_alphabetic());
        reach.is_some_and(|c| {
            matches!(
                c.script(),
                Script::Hebrew
                    | Script::Arabic
                    | Script::Syriac
                    | Script::Thaana
                    | Script::Nko
                    | Script::Samaritan
                    | Script::Mandaic
            )
        })
    }
    let doubled = |c: Option<char>| matches!(c, Some('\u{200E}' | '\u{200F}' | '\u{061C}'));
    !doubled(before.chars().next_back())
        && (first_letter(before.chars().rev()) || first_letter(after.chars()))
}

/// Letters and punctuation of scripts without spaces between words.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{303F}' | '\u{FF01}'..='\u{FF60}')
        || matches!(
            c.script(),
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Hangul
                | Script::Bopomofo
                | Script::Yi
        )
}

fn ends_in_keycap(before: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '#' | '*'))
}

/// Pictographs, by block: slightly more than Unicode's `Extended_Pictographic`, and all of them visible.
fn is_emoji(c: char) -> bool {
    matches!(
        c,
        '\u{1F000}'..='\u{1FAFF}'
            | '\u{2600}'..='\u{27BF}'
            | '\u{2300}'..='\u{23FF}'
            | '\u{2B00}'..='\u{2BFF}'
            | '\u{2190}'..='\u{21FF}'
            | '\u{25A0}'..='\u{25FF}'
            | '\u{2900}'..='\u{297F}'
            | '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | 'Ⓜ' | '〰' | '〽' | '㊗' | '㊙'
    )
}
