//! Hand-written lines that a lesson says word for word: they are removed where our block in the same file says the lesson, and put back
//! when the lesson leaves it.
//!
//! Input: a file's bytes with our block, and the lessons in it. Output: the bytes without those lines. Not here: whether that is right
//! (the proof decides it again, in its own way), and putting them back (`put_back`).
//!
//! "Word for word" means the same words and code in the same order, whatever the emphasis, the bullet and the line breaks. A line stays
//! wherever something beside it may change its meaning: numbers and steps, nested items, headings that forbid or limit, lead-ins.

mod put_back;

use std::collections::BTreeSet;
use std::ops::Range;

use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::hand_text::{HandText, HandUnit, LineChanges};
use lessonbook_base::markdown::{self, Shape, VisibleToken};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::word_list::WordList;
use lessonbook_proof::MovedText;
use lessonbook_store::{Lesson, Target};

pub(crate) use put_back::{leaving, put_back};

/// The files in which our block would lose a lesson, if the target adopts lines. Their history shows what the lesson replaced.
pub fn losing(store_name: &str, target: &Target, edits: &[Edit]) -> Vec<String> {
    let loses = |edit: &&Edit| {
        let ids = |state: Option<&FileState>| {
            state.map_or_else(BTreeSet::new, |state| leaving(&state.bytes, store_name, &[]))
        };
        !ids(edit.before.as_ref()).is_subset(&ids(edit.after.as_ref()))
    };
    let edits = edits.iter().filter(|_| target.adopt);
    edits.filter(loses).map(|edit| edit.path.clone()).collect()
}

/// A warning for each lesson that leaves a block while the history that was read does not show whether it replaced hand-written text.
pub(crate) fn unknown(
    store_name: &str,
    snapshot: &Snapshot,
    edits: &[Edit],
    moved: &[MovedText],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for edit in edits.iter().filter(|_| snapshot.earlier.is_cut) {
        let (Some(before), path) = (&edit.before, &edit.path) else {
            continue;
        };
        let stays = edit
            .after
            .as_ref()
            .map_or_else(BTreeSet::new, |after| leaving(&after.bytes, store_name, &[]));
        let stays: Vec<&str> = stays.iter().map(String::as_str).collect();
        for id in leaving(&before.bytes, store_name, &stays) {
            if moved.iter().any(|text| text.path == *path && text.lesson == id) {
                continue;
            }
            let message =
                format!("{id} leaves `{path}`, and the history that was read does not show what it replaced");
            findings.push(
                Finding::new(Code::MovedTextUnknown, message)
                    .at(Location::file(path))
                    .lesson(&id)
                    .effect("if the lesson replaced a hand-written line, that line is not put back")
                    .help(format!(
                        "in a complete clone, `git log -p -- {path}` shows the line; add it by hand where it belongs"
                    )),
            );
        }
    }
    findings
}

/// Words in a heading or in the paragraph above a list that limit or reverse what is below.
static LIMITING: WordList = WordList::new(
    "never not don't don’t dont no nor none avoid without forbidden prohibited anti antipattern \
antipatterns bad wrong mistake mistakes pitfall pitfalls except exception exceptions unless only optional deprecated obsolete old outdated \
legacy former formerly previously removed instead example examples if when until while draft drafts proposed proposal idea ideas todo \
question questions rejected maybe may might can't cannot can’t won't won’t shouldn't shouldn’t stop smell smells issue issues problem problems \
history",
);
/// The same in scripts without spaces, and as signs.
const LIMITING_SIGNS: [&str; 13] = [
    "❌",
    "🚫",
    "⛔",
    "✗",
    "✘",
    "⚠",
    "👎",
    "禁止",
    "不要",
    "避",
    "勿",
    "しない",
    "금지",
];

/// A rule's words, to compare a line with.
struct RuleText {
    tokens: Vec<VisibleToken>,
    addresses: Vec<String>,
}

impl RuleText {
    /// None if a part of the rule is not shown on a page, so that it can't be compared.
    fn new(lesson: &Lesson) -> Option<Self> {
        let (tokens, is_whole) = markdown::inline(&lesson.rule);
        let page = markdown::read(&lesson.rule);
        let is_plain = is_whole && !tokens.is_empty() && !page.links.iter().any(|link| link.by_definition);
        is_plain.then(|| RuleText {
            tokens,
            addresses: page.links.into_iter().map(|link| link.address).collect(),
        })
    }
}

/// The file without the hand-written lines that its block says. None if there are none.
pub(crate) fn take_over(bytes: &[u8], store_name: &str, lessons: &[&Lesson]) -> Option<Vec<u8>> {
    /// A line that has to stay beside another may be free once that is gone.
    const ROUNDS: usize = 8;
    let rules: Vec<RuleText> = lessons
        .iter()
        .filter_map(|lesson| RuleText::new(lesson))
        .collect();
    let mut result: Option<Vec<u8>> = None;
    for _ in 0..ROUNDS {
        match one_round(result.as_deref().unwrap_or(bytes), store_name, &rules) {
            Some(after) => result = Some(after),
            None => break,
        }
    }
    result
}

fn one_round(bytes: &[u8], store_name: &str, rules: &[RuleText]) -> Option<Vec<u8>> {
    let hand = HandText::read(bytes, store_name)?;
    hand.block.as_ref()?;
    let says = |unit: &HandUnit| {
        rules
            .iter()
            .any(|rule| rule.tokens == unit.unit.tokens && rule.addresses == unit.addresses)
    };
    let mut chosen: BTreeSet<usize> = (0..hand.units.len())
        .filter(|at| says(&hand.units[*at]) && can_move(&hand, *at))
        .collect();
    keep_headings_filled(&hand, &mut chosen);
    if chosen.len() == hand.units.len() {
        return None; // the file would hold nothing but our block, and look as if we had created it
    }
    // Two lists may become one, or a paragraph may join the next: then less is removed, down to nothing.
    while !chosen.is_empty() {
        let after = without(&hand, &chosen);
        match first_changed(&hand, &chosen, &after, store_name) {
            None => return Some(after),
            Some(at) => {
                let next = chosen.range(..=at).next_back().or_else(|| chosen.first());
                let next = next.copied();
                next.map(|at| chosen.remove(&at));
                keep_headings_filled(&hand, &mut chosen);
            }
        }
    }
    None
}

/// Whether a unit can be removed without a change in what the text around it says.
fn can_move(hand: &HandText<'_>, at: usize) -> bool {
    let unit = &hand.units[at];
    unit.is_alone
        && !unit.needs_definition
        && !ends_with_colon(unit)
        && !hand.headings(at).iter().any(|heading| limits(heading))
        && !introduces_list(hand, at)
        && !lead_in(hand, at).is_some_and(|lead| is_item(unit) && limits(lead) || ends_with_colon(lead))
}

fn is_item(unit: &HandUnit) -> bool {
    unit.unit.item.is_some()
}

/// Whether a paragraph is directly above a list. Its items might mean something else without it.
fn introduces_list(hand: &HandText<'_>, at: usize) -> bool {
    let next = hand.units.get(at + 1);
    !is_item(&hand.units[at]) && next.is_some_and(|next| is_item(next) && !next.follows_block)
}

/// The paragraph that introduces a list or the next paragraph.
fn lead_in<'h>(hand: &'h HandText<'_>, at: usize) -> Option<&'h HandUnit> {
    let mut first = at;
    while is_item(&hand.units[at])
        && first > 0
        && is_item(&hand.units[first - 1])
        && !hand.units[first].follows_block
    {
        first -= 1;
    }
    if hand.units[first].follows_block {
        return None;
    }
    let lead = hand.units.get(first.checked_sub(1)?)?;
    (lead.unit.shape == Shape::Paragraph).then_some(lead)
}

fn limits(unit: &HandUnit) -> bool {
    unit.unit.tokens.iter().any(|token| match token {
        VisibleToken::Word(word) => {
            let small = word.to_lowercase();
            small
                .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
                .any(|word| LIMITING.has(word))
                || LIMITING_SIGNS.iter().any(|sign| word.contains(sign))
        }
        VisibleToken::Code(_) => false,
        VisibleToken::Gap => true,
    })
}

fn ends_with_colon(unit: &HandUnit) -> bool {
    matches!(unit.unit.tokens.last(), Some(VisibleToken::Word(word)) if word.ends_with([':', '：']))
}

/// Keeps all units of a section that would be empty otherwise, unless our block is in it.
fn keep_headings_filled(hand: &HandText<'_>, chosen: &mut BTreeSet<usize>) {
    for section in sections(hand) {
        let mut content = section.clone().skip(1).peekable();
        let holds_block = section.clone().skip(1).any(|at| hand.units[at].follows_block)
            || hand.units.get(section.end).is_some_and(|next| next.follows_block)
            || section.end == hand.units.len() && block_is_last(hand);
        if content.peek().is_some() && !holds_block && content.all(|at| chosen.contains(&at)) {
            for at in section {
                chosen.remove(&at);
            }
        }
    }
}

/// Each heading with the units below it, up to the next heading.
fn sections(hand: &HandText<'_>) -> Vec<Range<usize>> {
    let is_heading = |at: &usize| matches!(hand.units[*at].unit.shape, Shape::Heading(_));
    let starts: Vec<usize> = (0..hand.units.len()).filter(is_heading).collect();
    let ends = starts.iter().skip(1).copied().chain([hand.units.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

/// Whether no unit follows our block.
fn block_is_last(hand: &HandText<'_>) -> bool {
    hand.block.is_some() && !hand.units.iter().any(|unit| unit.follows_block)
}

/// The file without the lines of these units. A blank line that would follow another one, or begin or end the file, is removed, too.
fn without(hand: &HandText<'_>, chosen: &BTreeSet<usize>) -> Vec<u8> {
    let mut gone: BTreeSet<usize> = chosen
        .iter()
        .flat_map(|at| hand.units[*at].lines.clone())
        .collect();
    let block = hand.block.clone().unwrap_or_default();
    // The blank lines beside our block belong to it: they show how it was added.
    let beside_block = |at: usize| {
        let line = &hand.lines[at];
        line.end == block.start || line.start == block.end
    };
    for at in chosen {
        let lines = &hand.units[*at].lines;
        let before = (0..lines.start).rev().find(|line| !gone.contains(line));
        let behind = (lines.end..hand.lines.len()).find(|line| !gone.contains(line));
        let is_edge = |line: Option<usize>| line.is_none_or(|line| hand.is_blank(line));
        let adjacent =
            |line: usize, to: usize| hand.lines[line.min(to)].end == hand.lines[line.max(to)].start;
        let takes = |line: usize| hand.is_blank(line) && !beside_block(line);
        if !is_edge(before) || !is_edge(behind) {
            continue;
        }
        match (before, behind) {
            (_, Some(line)) if takes(line) && adjacent(line, line - 1) => drop(gone.insert(line)),
            (Some(line), None) if takes(line) => drop(gone.insert(line)),
            _ => {}
        }
    }
    let mut after = Vec::with_capacity(hand.bytes.len());
    let mut at = 0;
    for line in gone {
        let range = &hand.lines[line];
        after.extend_from_slice(&hand.bytes[at..range.start]);
        at = range.end;
    }
    after.extend_from_slice(&hand.bytes[at..]);
    after
}

/// The first unit that would read differently without the chosen ones; none if all others stay as they are.
fn first_changed(
    hand: &HandText<'_>,
    chosen: &BTreeSet<usize>,
    after: &[u8],
    store_name: &str,
) -> Option<usize> {
    let is_block = matches!(marker::find(after, store_name), BlocksInFile::Block(_));
    let Some(new) = HandText::read(after, store_name).filter(|_| is_block) else {
        return Some(hand.units.len());
    };
    let gone: BTreeSet<usize> = chosen
        .iter()
        .flat_map(|at| hand.units[*at].lines.clone())
        .collect();
    if LineChanges::new(hand, &new).gone != gone {
        return Some(hand.units.len()); // equal lines are beside each other, so that the change could be read in two ways
    }
    let kept = (0..hand.units.len()).filter(|at| !chosen.contains(at));
    let mut units = new.units.iter();
    for at in kept {
        if !units.next().is_some_and(|unit| is_same(&hand.units[at], unit)) {
            return Some(at);
        }
    }
    let is_same_block = hand.block_units.len() == new.block_units.len();
    (units.next().is_some() || !is_same_block).then_some(hand.units.len())
}

fn is_same(one: &HandUnit, other: &HandUnit) -> bool {
    one.unit.shape == other.unit.shape
        && one.unit.tokens == other.unit.tokens
        && one.unit.code == other.unit.code
        && one.unit.hiding == other.unit.hiding
}
