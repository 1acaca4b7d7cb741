//! Parts of a Markdown page on GitHub: in a job's summary, or as a comment.
//!
//! Input: text, also from other people. Output: code blocks that their content can't end, folded parts, and a page that is never
//! too long and lists what it leaves out. Not here: the content of the page (`plan_markdown`).

use super::sanitize::visible;
use lessonbook_base::markdown;
use lessonbook_pipeline::gfm_escape;

/// How many characters a page holds; GitHub takes 65,536 in a comment.
pub const MOST: usize = 60_000;
/// The room for the list of what is left out.
const REST: usize = 2_000;

/// A fenced code block that the text can't end. Invisible characters are spelled out.
pub fn fence(language: &str, text: &str) -> String {
    let text = shown(text);
    // Tildes are used, because backticks are more common in texts. A fence ends with as many of them as it begins with.
    let longest = text.split(|c| c != '~').map(str::len).max().unwrap_or_default();
    let fence = "~".repeat(3.max(longest + 1));
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// A code span on one line that the text can't end. For a table's cell use [`gfm_escape::code`].
pub fn span(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = visible(&text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let ticks = "`".repeat(longest + 1);
    // Markdown removes a blank on both sides. It separates a backtick of the text from ours.
    let edge = text.is_empty() || text.starts_with('`') || text.ends_with('`');
    let blank = if edge { " " } else { "" };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

/// Makes each line safe to show, and keeps the line ends.
fn shown(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        visible(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A folded part. `summary` is HTML: use [`name`] for other people's names.
pub fn details(summary: &str, body: &str) -> String {
    format!(
        "<details><summary>{summary}</summary>\n\n{}\n\n</details>\n\n",
        body.trim_end_matches('\n')
    )
}

/// Other people's name in HTML: GitHub does not interpret text in `code`.
pub fn name(text: &str) -> String {
    let text = visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "<code>{}</code>",
        gfm_escape::cut(&text.replace(['\n', '\t'], " "), 200)
    )
}

/// Other people's text, escaped for a paragraph or a table's cell: code spans are kept, globs do not become emphasis.
pub fn words(text: &str) -> String {
    let text = gfm_escape::quiet(&visible(&text.replace('\n', " "))).replace('\t', " ");
    let spans = markdown::read(&text).code_spans;
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let in_code = spans.iter().any(|span| span.contains(&at));
        let acts = c == '|' || !in_code && matches!(c, '*' | '_' | '~' | '[' | ']');
        if acts && before != '\\' {
            out.push('\\');
        }
        out.push(c);
        before = if before == '\\' { ' ' } else { c };
    }
    out
}

/// Adds a list, table or paragraph, with a blank line before and after it. Otherwise Markdown would join it with the text above.
pub fn blocks(out: &mut String, text: &str) {
    let text = text.trim_matches('\n');
    if text.is_empty() {
        return;
    }
    while !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    out.push_str(text);
    out.push_str("\n\n");
}

/// A row of a table; the cells must be Markdown.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<&str> = cells.into_iter().collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A page that is being built.
#[derive(Debug, Default)]
pub struct MarkdownPage {
    text: String,
    length: usize,
    left_out: Vec<String>,
}

impl MarkdownPage {
    /// An empty page.
    pub fn new() -> Self {
        MarkdownPage::default()
    }

    /// Whether a part with this many characters fits.
    pub fn has_room(&self, characters: usize) -> bool {
        self.length + characters + REST <= MOST
    }

    /// Adds a part and returns `true`. A part that does not fit is left out and listed at the end, and the result is `false`. A part is
    /// a block of its own, with a blank line before it.
    pub fn part(&mut self, name: &str, text: &str) -> bool {
        let is_apart = self.text.is_empty() || self.text.ends_with("\n\n") || text.is_empty();
        let gap = match (is_apart, self.text.ends_with('\n')) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n\n",
        };
        self.add(name, &format!("{gap}{text}"))
    }

    /// Adds a row to the table that the page ends with.
    pub fn table_row(&mut self, name: &str, row: &str) -> bool {
        self.add(name, row)
    }

    fn add(&mut self, name: &str, text: &str) -> bool {
        let length = text.chars().count();
        let fits = self.has_room(length);
        if fits {
            self.length += length;
            self.text.push_str(text);
        } else {
            self.left_out.push(name.to_owned());
        }
        fits
    }

    /// How many characters are left.
    pub fn room(&self) -> usize {
        (MOST - REST).saturating_sub(self.length)
    }

    /// Adds a name to the list of what is left out.
    pub fn leave_out(&mut self, name: String) {
        self.left_out.push(name);
    }

    /// The finished page. `where_else` tells the reader how to see the rest: "Run `lessonbook show plan.json -v` to see them."
    pub fn finish(mut self, where_else: &str) -> String {
        if self.left_out.is_empty() {
            return self.text;
        }
        let mut named = String::new();
        let mut number = 0;
        for name in &self.left_out {
            let name = gfm_escape::code(name);
            if named.chars().count() + name.chars().count() > REST - 300 {
                break;
            }
            named.push_str(if number == 0 { "" } else { ", " });
            named.push_str(&name);
            number += 1;
        }
        let more = match self.left_out.len() - number {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.text.push_str(&format!(
            "\n**Left out, because a page has at most {MOST} characters:** {named}{more}. {where_else}\n"
        ));
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_fence_ends_it() {
        assert_eq!(fence("diff", "+ a\n"), "~~~diff\n+ a\n~~~\n");
        assert_eq!(fence("", "x"), "~~~\nx\n~~~\n");
        assert_eq!(
            fence("", "~~~\n~~~~ x\n```\n"),
            "~~~~~\n~~~\n~~~~ x\n```\n~~~~~\n"
        );
        assert_eq!(fence("", "a\r\n\u{202e}b\n"), "~~~\na\n\\u{202e}b\n~~~\n");
    }

    #[test]
    fn nothing_in_a_code_span_ends_it() {
        assert_eq!(span("@dana  says\nso"), "`@dana says so`");
        assert_eq!(span("a `b` c"), "``a `b` c``");
        assert_eq!(span("`@dana`` x"), "``` `@dana`` x ```");
    }

    #[test]
    fn a_page_is_never_too_long_and_names_what_it_leaves_out() {
        let mut page = MarkdownPage::new();
        for at in 0..500 {
            page.part(&format!("acme/r{at:03}"), &("é".repeat(997) + "\n\n"));
        }
        assert!(page.part("small", "s"));
        let text = page.finish("Look elsewhere.");
        assert!(text.chars().count() <= MOST, "{}", text.chars().count());
        assert!(
            text.contains("`acme/r058`, ") && !text.contains("acme/r057"),
            "{}",
            &text[text.len() - 3000..]
        );
        assert!(text.ends_with(" more. Look elsewhere.\n"));
        let mut short = MarkdownPage::new();
        short.part("all", "text\n");
        assert_eq!(short.finish("x"), "text\n");
    }

    #[test]
    fn words_of_others_do_nothing() {
        assert_eq!(name("<b>@dana & co"), "<code>&lt;b&gt;@dana &amp; co</code>");
        assert_eq!(
            words("`a|*b`: **/*.yaml, a_b"),
            "`a\\|*b`: \\*\\*/\\*.yaml, a\\_b"
        );
        let text = words("see @dana | #1 <img src=x>");
        assert!(
            !text.contains("@dana")
                && !text.contains("#1 ")
                && text.contains("\\|")
                && text.contains("&lt;img"),
            "{text}"
        );
    }
}
