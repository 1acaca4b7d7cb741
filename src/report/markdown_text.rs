//! Text for a Markdown page on GitHub: in a job's summary, or as a comment.
//!
//! Input: text, also from other people. Output: escaped text, code blocks that their content can't end, and folded parts.

use super::sanitize::visible;
use lessonbook_base::markdown;
use lessonbook_pipeline::gfm_escape;

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
