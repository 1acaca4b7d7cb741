//! Prints findings for a terminal, in the style of the Rust compiler.
//!
//! Input: findings. Output: text with colors, with a blank line after each finding. The crate annotate-snippets draws gutters
//! and carets, and measures wide characters.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Padding, Renderer, Snippet};

use crate::report::sanitize::{shown_in_line, visible, width};
use lessonbook_base::finding::{Finding, Level as Weight, Location};

/// The findings as text with colors. Warnings and notes with the same effect and help as an earlier one are a line each below it.
pub fn human(findings: &[Finding]) -> String {
    let mut out = String::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut by_kind: BTreeMap<_, usize> = BTreeMap::new();
    for finding in findings {
        let kind = (finding.code.name(), &finding.effect, &finding.help);
        if let Some(group) = by_kind.get(&kind).filter(|_| !finding.is_error()) {
            groups[*group].push(finding);
        } else {
            by_kind.insert(kind, groups.len());
            groups.push(vec![finding]);
        }
    }
    for group in groups {
        let (first, rest) = group.split_at(1);
        out.extend(first.iter().map(|finding| one(finding) + "\n"));
        out.extend(rest.iter().map(|finding| also(finding)));
        out.push('\n');
    }
    out
}

/// A finding in one line.
fn also(finding: &Finding) -> String {
    let place = finding.at.as_ref().map(|at| {
        let file = visible(&at.file);
        format!("  --> {file}:{}:{}", at.line, at.column)
    });
    format!(
        "  also: {}{}\n",
        plain(&finding.message),
        place.unwrap_or_default()
    )
}

/// How many columns of a line are shown; a longer line is cut around the caret.
const LINE: usize = 90;

fn one(finding: &Finding) -> String {
    let level = weight(finding.level);
    let title = level
        .clone()
        .primary_title(visible(&finding.message))
        .id(finding.code.name());
    let source = finding.at.as_ref().and_then(SourceLine::new);
    let mut head = Group::with_title(title);
    let mut body = Group::with_level(level);
    if let Some(place) = &finding.at {
        head = head.element(
            Origin::path(visible(&place.file))
                .line(place.line)
                .char_column(place.column),
        );
    }
    let mut tail: Vec<Element<'_>> = vec![Padding.into()];
    tail.extend(
        footer(finding).map(|(name, text)| Element::from(Level::NOTE.with_name(name).message(plain(&text)))),
    );
    if let (Some(shown), Some(place)) = (&source, &finding.at) {
        let caret = AnnotationKind::Primary.span(shown.caret.clone());
        let label = (!place.label.is_empty()).then(|| visible(&place.label).into_owned());
        body = body.element(
            Snippet::source(shown.text.as_str())
                .line_start(place.line)
                .annotation(caret.label(label)),
        );
    }
    body = body.elements(tail);
    // The place is a group of its own, because the caret's column in the line as shown differs from the column in the file if
    // a character is spelled out or the line is cut. Only the first group of a report is closed automatically. So the report
    // begins with an empty group, and the other two look like one.
    let groups = [Group::with_level(Level::ERROR), head, body];
    let text = Renderer::styled().term_width(usize::MAX / 2).render(&groups);
    let text = text.trim_matches('\n');
    // Without a line number the renderer leaves no room for one.
    let indent = if source.is_some() { "\n " } else { "\n  " };
    text.replace('\n', indent)
}

fn weight(level: Weight) -> Level<'static> {
    match level {
        Weight::Error => Level::ERROR,
        Weight::Warning => Level::WARNING,
        Weight::Note => Level::NOTE,
    }
}

/// The named lines below the source.
fn footer(finding: &Finding) -> impl Iterator<Item = (&'static str, String)> {
    let named = |text: &Option<String>, name: &'static str| text.clone().map(|text| (name, text));
    // A target that is already in the message or the place is not repeated.
    let target = finding.target.as_ref().filter(|target| {
        let in_place = finding
            .at
            .as_ref()
            .is_some_and(|place| place.file.contains(target.as_str()));
        !in_place && !finding.message.contains(target.as_str())
    });
    [
        named(&target.cloned(), "target"),
        named(&finding.effect, "effect"),
        named(&finding.help, "help"),
        Some(("more", super::page(finding.code))),
    ]
    .into_iter()
    .flatten()
}

/// Escapes styles in a message, because the renderer prints messages unchanged.
fn plain(text: &str) -> String {
    visible(text).replace('\t', " ")
}

/// A source line as it is shown: tabs as spaces, hidden characters spelled out, cut around the caret.
struct SourceLine {
    text: String,
    caret: Range<usize>,
}

impl SourceLine {
    /// `None` if the place has no line to show: a whole file, or an empty line without a label.
    fn new(place: &Location) -> Option<SourceLine> {
        if place.text.is_empty() && place.label.is_empty() {
            return None;
        }
        let first = place.column.saturating_sub(1);
        let last = first + place.length.max(1);
        // A line can have ten megabytes; only a few hundred characters around the caret are processed.
        let from = first.saturating_sub(LINE);
        let mut pieces: Vec<SourcePiece> = Vec::new();
        let (mut before, mut column) = (' ', 0);
        for (at, c) in place.text.chars().enumerate().skip(from).take(3 * LINE) {
            let underlined = (first..last).contains(&at);
            let text = shown_in_line(c, before, column, underlined).into_owned();
            column += width(&text);
            before = c;
            pieces.push(SourcePiece { text, underlined });
        }
        let more = place.text.chars().nth(from + 3 * LINE).is_some();
        Some(Self::cut(&pieces, from > 0, more))
    }

    fn cut(pieces: &[SourcePiece], mut cut_left: bool, mut cut_right: bool) -> SourceLine {
        let caret = pieces
            .iter()
            .position(|piece| piece.underlined)
            .unwrap_or(pieces.len());
        let total: usize = pieces.iter().map(SourcePiece::width).sum();
        let (mut start, mut end) = (0, pieces.len());
        if cut_left || cut_right || total > LINE {
            // A third of the width is for the text before the caret, the rest for the text from there on.
            let wide = |range: Range<usize>| pieces[range].iter().map(SourcePiece::width).sum::<usize>();
            while wide(start..caret) > LINE / 3 && wide(start..end) > LINE {
                start += 1;
                cut_left = true;
            }
            while end > caret + 1 && wide(start..end) > LINE {
                end -= 1;
                cut_right = true;
            }
        }
        let mut text = String::from(if cut_left { "…" } else { "" });
        let mut underline: Option<Range<usize>> = None;
        for piece in &pieces[start..end] {
            let at = text.len();
            text.push_str(&piece.text);
            if piece.underlined {
                underline = Some(underline.map_or(at, |range| range.start)..text.len());
            }
        }
        let caret = underline.unwrap_or(text.len()..text.len());
        if cut_right {
            text.push('…');
        }
        SourceLine { text, caret }
    }
}

struct SourcePiece {
    text: String,
    underlined: bool,
}

impl SourcePiece {
    fn width(&self) -> usize {
        width(&self.text)
    }
}
