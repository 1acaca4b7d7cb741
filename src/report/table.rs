//! Prints tables: with aligned columns that fit the terminal, or as Markdown.
//!
//! Input: a head, rows of cells. Output: lines with their colors, or a Markdown table. The crates for tables were tried
//! (`tabled`, `comfy-table`): with colors they need ten more crates, and the widths of columns would still be computed here.

use super::line::{Line, markdown_cell};
use super::sanitize::{cut, width};
use super::style;

/// The width of lines if the terminal's width is unknown.
pub const COLUMNS: usize = 100;

/// The widest table. The program sets it once, from the kind of stdout.
static WIDEST: std::sync::OnceLock<usize> = std::sync::OnceLock::new();

/// Makes tables as wide as the terminal. If stdout is a file or a pipe, nothing is cut, because a program may read it.
pub fn fit_stdout() {
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let widest = match (is_terminal, terminal) {
        (true, width) => width.filter(|width| *width >= 40).unwrap_or(COLUMNS),
        (false, _) => usize::MAX,
    };
    let _ = WIDEST.set(widest); // the first call counts
}

/// The width at which lines are wrapped, and to which tables are cut.
pub(super) fn widest() -> usize {
    WIDEST.get().copied().unwrap_or(COLUMNS)
}

/// The least width of a column that can shrink.
const LEAST: usize = 12;
/// The most characters of a table on a page.
const PAGE: usize = 10_000;

/// Rows of cells under a head.
#[derive(Debug, Clone, Default)]
pub struct TextTable {
    head: Vec<Line>,
    rows: Vec<Vec<Line>>,
    right: Vec<usize>,
    can_shrink: Vec<usize>,
    indent: usize,
    most: Option<usize>,
}

impl TextTable {
    /// An empty table with these columns.
    pub fn new(head: &[&'static str]) -> Self {
        TextTable::with_head(head.iter().map(|word| (*word).into()))
    }

    /// An empty table with these columns, whose names may come from users.
    pub fn with_head(head: impl IntoIterator<Item = Line>) -> Self {
        TextTable {
            head: head
                .into_iter()
                .map(|text| text.visible().style(style::BOLD))
                .collect(),
            ..TextTable::default()
        }
    }

    /// Shows only the first rows, and counts the others.
    #[must_use]
    pub fn most(mut self, rows: usize) -> Self {
        self.most = Some(rows);
        self
    }

    /// Aligns a column's text to the right, for numbers.
    #[must_use]
    pub fn right(mut self, column: usize) -> Self {
        self.right.push(column);
        self
    }

    /// Allows a column to shrink if the table is too wide; of several, the widest shrinks first.
    #[must_use]
    pub fn can_shrink(mut self, column: usize) -> Self {
        self.can_shrink.push(column);
        self
    }

    /// Indents the table.
    #[must_use]
    pub fn indent(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Line>) {
        self.rows.push(cells.into_iter().map(Line::visible).collect());
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each with a line end; empty if there are no rows. A head without any text is left out.
    pub fn render(&self) -> String {
        self.indented(0)
    }

    /// The same, with a further indentation.
    pub(super) fn indented(&self, columns: usize) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let indent = self.indent + columns;
        let widths = self.widths(indent);
        let mut lines = String::new();
        if self.has_head() {
            self.line(&self.head, &widths, indent, &mut lines);
        }
        for row in self.shown() {
            self.line(row, &widths, indent, &mut lines);
        }
        match self.rows.len() - self.shown().len() {
            0 => {}
            more => {
                let margin = " ".repeat(indent);
                lines.push_str(&format!("{margin}and {more} more; -v lists all\n"));
            }
        }
        lines
    }

    /// The table as Markdown. If it is too long for a page, the other rows are counted.
    pub(super) fn markdown(&self) -> String {
        let count = self.columns();
        let marks = (0..count).map(|column| {
            if self.right.contains(&column) {
                "--:|"
            } else {
                "---|"
            }
        });
        let mut out = format!(
            "{}|{}\n",
            markdown_row(&self.head, count),
            marks.collect::<String>()
        );
        let (mut length, mut shown) = (0, 0);
        for row in self.shown() {
            let row = markdown_row(row, count);
            length += row.chars().count();
            if length > PAGE {
                break;
            }
            shown += 1;
            out.push_str(&row);
        }
        match self.rows.len() - shown {
            0 => {}
            more => out.push_str(&format!("\nAnd {more} more.\n")),
        }
        out
    }

    fn shown(&self) -> &[Vec<Line>] {
        let most = self.most.unwrap_or(usize::MAX).min(self.rows.len());
        &self.rows[..most]
    }

    fn has_head(&self) -> bool {
        self.head.iter().any(|word| !word.is_empty())
    }

    fn columns(&self) -> usize {
        let rows = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        rows.max(self.head.len())
    }

    fn widths(&self, indent: usize) -> Vec<usize> {
        let count = self.columns();
        let mut widths = vec![0; count];
        let lines = std::iter::once(&self.head).chain(self.shown());
        for (column, cell) in lines.flat_map(|line| line.iter().enumerate()) {
            widths[column] = widths[column].max(cell.width());
        }
        let gaps = 2 * count.saturating_sub(1) + indent;
        while widths.iter().sum::<usize>() + gaps > widest() {
            let over = widths.iter().sum::<usize>() + gaps - widest();
            let widest = self.can_shrink.iter().copied().filter(|column| *column < count);
            match widest.max_by_key(|column| widths[*column]) {
                Some(column) if widths[column] > LEAST => {
                    // If several columns shrink, they do so in small steps; a single column in one step.
                    let step = if self.can_shrink.len() == 1 { over } else { 1 };
                    widths[column] = widths[column].saturating_sub(step).max(LEAST);
                }
                _ => break,
            }
        }
        widths
    }

    fn line(&self, cells: &[Line], widths: &[usize], indent: usize, into: &mut String) {
        let mut line = " ".repeat(indent);
        for (column, cell) in cells.iter().enumerate() {
            let painted = cut_line(cell, widths[column]);
            let space = " ".repeat(widths[column].saturating_sub(cell.width()));
            if column > 0 {
                line.push_str("  ");
            }
            if self.right.contains(&column) {
                line.push_str(&space);
                line.push_str(&painted);
            } else {
                line.push_str(&painted);
                line.push_str(&space);
            }
        }
        into.push_str(line.trim_end_matches(' '));
        into.push('\n');
    }
}

/// The line with its styles, cut to a number of columns.
fn cut_line(line: &Line, columns: usize) -> String {
    let is_cut = line.width() > columns;
    // The sign of the cut takes one column.
    let mut room = if is_cut {
        columns.saturating_sub(1)
    } else {
        columns
    };
    let mut out = String::new();
    for span in line.spans() {
        let length = width(&span.text);
        if length > room {
            let marked = format!("{}…", span.text);
            out.push_str(&span.paint(&cut(&marked, room + 1)));
            break;
        }
        room -= length;
        out.push_str(&span.paint(&span.text));
    }
    out
}

fn markdown_row(cells: &[Line], count: usize) -> String {
    let missing = count.saturating_sub(cells.len());
    let cells = cells.iter().map(markdown_cell);
    let cells: Vec<String> = cells.chain(std::iter::repeat_n(String::new(), missing)).collect();
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(table: &TextTable) -> String {
        anstream::adapter::strip_str(&table.render()).to_string()
    }

    #[test]
    fn columns_line_up_by_what_a_terminal_shows() {
        let mut table = TextTable::new(&["lesson", "copies"]).right(1);
        table.row(["日本".into(), "9".into()]);
        table.row([Line::styled(style::BAD, "probes"), "12".into()]);
        assert_eq!(plain(&table), "lesson  copies\n日本         9\nprobes      12\n");
    }

    #[test]
    fn a_table_that_is_too_wide_cuts_the_column_that_can_shrink() {
        let mut table = TextTable::new(&["id", "title"]).can_shrink(1);
        table.row(["probes".into(), "x".repeat(200).into()]);
        for line in plain(&table).lines() {
            assert!(width(line) <= COLUMNS, "{line}");
        }
        assert!(plain(&table).contains("xx…\n"));
    }

    #[test]
    fn of_two_columns_that_can_shrink_the_widest_does_first() {
        let mut table = TextTable::new(&["a", "b"]).can_shrink(0).can_shrink(1);
        table.row(["short".into(), "x".repeat(200).into()]);
        assert!(plain(&table).contains("short  xxx"));
    }

    #[test]
    fn a_cell_is_one_line_without_hidden_characters() {
        let mut table = TextTable::new(&[""]);
        table.row(["a\nb\u{202e}".into()]);
        assert_eq!(plain(&table), "a\\nb\\u{202e}\n");
    }

    #[test]
    fn an_empty_table_prints_nothing() {
        assert_eq!(TextTable::new(&["id"]).render(), "");
    }
}
