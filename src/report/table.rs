//! Prints tables with aligned columns that fit the terminal.
//!
//! Input: a head, rows of cells. Output: lines with their colors.

use anstyle::Style;

use super::sanitize::{cut, visible, width};
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

/// The widest table. Columns that can shrink are cut until the table fits.
fn widest() -> usize {
    WIDEST.get().copied().unwrap_or(COLUMNS)
}

/// The least width of a column that can shrink.
const LEAST: usize = 12;

/// One cell: a text and its style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCell {
    text: String,
    style: Style,
}

impl TableCell {
    /// A text in a style.
    pub fn styled(style: Style, text: impl Into<String>) -> Self {
        TableCell {
            text: text.into(),
            style,
        }
    }

    /// The cell on one line, with invisible characters spelled out.
    fn one_line(self) -> Self {
        TableCell {
            text: visible(&self.text).replace('\t', " "),
            style: self.style,
        }
    }
}

impl<T: Into<String>> From<T> for TableCell {
    fn from(text: T) -> Self {
        TableCell::styled(Style::new(), text)
    }
}

/// Rows of cells under a head.
#[derive(Debug, Clone, Default)]
pub struct TextTable {
    head: Vec<&'static str>,
    rows: Vec<Vec<TableCell>>,
    right: Vec<usize>,
    can_shrink: Vec<usize>,
    indent: usize,
}

impl TextTable {
    /// An empty table with these columns.
    pub fn new(head: &[&'static str]) -> Self {
        TextTable {
            head: head.to_vec(),
            ..TextTable::default()
        }
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
    pub fn row(&mut self, cells: impl IntoIterator<Item = TableCell>) {
        self.rows
            .push(cells.into_iter().map(TableCell::one_line).collect());
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each with a line end; empty if there are no rows. A head without any text is left out.
    pub fn render(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let widths = self.widths();
        let mut lines = String::new();
        if self.head.iter().any(|word| !word.is_empty()) {
            let head = self.head.iter().map(|word| TableCell::styled(style::BOLD, *word));
            self.line(&head.collect::<Vec<_>>(), &widths, &mut lines);
        }
        for row in &self.rows {
            self.line(row, &widths, &mut lines);
        }
        lines
    }

    fn widths(&self) -> Vec<usize> {
        let count = self
            .rows
            .iter()
            .map(Vec::len)
            .max()
            .unwrap_or(0)
            .max(self.head.len());
        let mut widths = vec![0; count];
        for (column, word) in self.head.iter().enumerate() {
            widths[column] = width(word);
        }
        for (column, cell) in self.rows.iter().flat_map(|row| row.iter().enumerate()) {
            widths[column] = widths[column].max(width(&cell.text));
        }
        let gaps = 2 * count.saturating_sub(1) + self.indent;
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

    fn line(&self, cells: &[TableCell], widths: &[usize], into: &mut String) {
        let mut line = " ".repeat(self.indent);
        for (column, cell) in cells.iter().enumerate() {
            let text = cut(&cell.text, widths[column]);
            let space = " ".repeat(widths[column].saturating_sub(width(&text)));
            let painted = if text.is_empty() {
                String::new()
            } else {
                style::paint(cell.style, &text)
            };
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
        table.row([TableCell::styled(style::BAD, "probes"), "12".into()]);
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
