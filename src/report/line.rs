//! One line of a report, or a cell of a table: texts in their styles.
//!
//! Input: texts. Output: the line for a terminal, or for a page. Not here: documents (`document`) and tables (`table`).

use anstyle::Style;

use super::markdown_text::words;
use super::sanitize::{visible, width};
use super::style::{BAD, BOLD, CAREFUL, paint};
use lessonbook_pipeline::gfm_escape::code;

/// One line of a report, or a cell of a table: texts in their styles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Span>);

/// A text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) is_code: bool,
}

impl<T: Into<String>> From<T> for Line {
    fn from(text: T) -> Self {
        Line::styled(Style::new(), text)
    }
}

impl Line {
    /// A text in a style. A page shows strong styles as bold.
    pub fn styled(style: Style, text: impl Into<String>) -> Self {
        let text = text.into();
        let is_code = false;
        Line(vec![Span { text, style, is_code }])
    }

    /// A name, path or piece of code. A page shows it as a code span.
    pub fn code(text: impl Into<String>) -> Self {
        let (text, style) = (text.into(), Style::new());
        let is_code = true;
        Line(vec![Span { text, style, is_code }])
    }

    /// Names as code, separated by commas; of more than `most` the first ones, and the number of the others.
    pub fn names(names: &[impl AsRef<str>], most: usize) -> Self {
        let mut line = Line::default();
        for (number, name) in names.iter().take(most).enumerate() {
            let gap = if number == 0 { "" } else { ", " };
            line = line.then(gap).then(Line::code(name.as_ref()));
        }
        match names.len().saturating_sub(most) {
            0 => line,
            more => line.then(format!(" and {more} more")),
        }
    }

    /// The line, with another one at its end.
    #[must_use]
    pub fn then(mut self, rest: impl Into<Line>) -> Self {
        let rest: Line = rest.into();
        self.0
            .extend(rest.0.into_iter().filter(|span| !span.text.is_empty()));
        self
    }

    /// The line in one style.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        for span in &mut self.0 {
            span.style = style;
        }
        self
    }

    /// The lines, with a text between them.
    pub fn join(lines: impl IntoIterator<Item = Line>, between: &str) -> Self {
        let mut all = Line::default();
        for (number, line) in lines.into_iter().enumerate() {
            all = if number == 0 {
                line
            } else {
                all.then(between).then(line)
            };
        }
        all
    }

    /// Whether it has no text.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|span| span.text.is_empty())
    }

    /// The columns that it takes on a terminal.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|span| width(&span.text)).sum()
    }

    pub(super) fn spans(&self) -> &[Span] {
        &self.0
    }

    /// The same on one line, with invisible characters spelled out.
    pub(super) fn visible(mut self) -> Self {
        for span in &mut self.0 {
            span.text = visible(&span.text).replace('\t', " ");
        }
        self
    }

    /// The line without styles.
    pub(super) fn plain(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }
}

impl Span {
    /// Another text in the style of this one.
    pub(super) fn paint(&self, text: &str) -> String {
        if text.is_empty() {
            String::new()
        } else {
            paint(self.style, text)
        }
    }
}

pub(in crate::report) fn markdown(line: &Line) -> String {
    let text: String = line.spans().iter().map(span).collect();
    text.trim().to_owned()
}

/// A table's cell or a heading. Its style has only the meaning of a color.
pub(in crate::report) fn markdown_cell(cell: &Line) -> String {
    markdown(&cell.clone().style(Style::new()))
}

fn span(span: &Span) -> String {
    if span.text.trim().is_empty() {
        return span.text.clone();
    }
    if span.is_code {
        return code(&visible(&span.text));
    }
    let text = words(&span.text);
    if [BOLD, BAD, CAREFUL].contains(&span.style) {
        let bare = text.trim();
        let start = text.find(bare).unwrap_or_default();
        return format!("{}**{bare}**{}", &text[..start], &text[start + bare.len()..]);
    }
    text
}
