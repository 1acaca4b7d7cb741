//! Tidies a rendered text: lines of at most 80 columns, single blank lines, one final newline.
//!
//! Comes in: what a template made, with lines of any length. Goes out: the same Markdown as Prettier and markdownlint leave it.
//! Leaves to others: what it says. Fenced code, headings and tables are left as they are.

/// markdownlint's default line length (MD013; DavidAnson/markdownlint doc/md013.md, 2026-11).
const WIDTH: usize = 80;

/// Wraps long lines and gathers blank ones.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut fence: Option<String> = None;
    let mut blank = true; // swallows blank lines at the start
    for raw in text.lines() {
        let line = raw.trim_end();
        let content = line.trim_start();
        if let Some(open) = &fence {
            // Code stays byte for byte, spaces at the end of a line too.
            push(&mut out, raw);
            if content.starts_with(open.as_str()) && content.trim_start_matches(char_of(open)).is_empty() {
                fence = None;
            }
            blank = false;
            continue;
        }
        if line.is_empty() {
            if !blank {
                out.push('\n');
            }
            blank = true;
            continue;
        }
        blank = false;
        fence = opening(content);
        if fence.is_some() || content.starts_with('#') || content.starts_with('|') {
            push(&mut out, line);
        } else {
            wrap(&mut out, line);
        }
    }
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// The fence that a line opens: its run of backticks or tildes.
fn opening(content: &str) -> Option<String> {
    let mark = content.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let run: String = content.chars().take_while(|c| *c == mark).collect();
    let info = &content[run.len()..];
    (run.len() >= 3 && !(mark == '`' && info.contains('`'))).then_some(run)
}

fn char_of(fence: &str) -> char {
    fence.chars().next().unwrap_or('`')
}

/// Breaks one line at spaces outside code spans; what follows a list marker hangs below its text.
fn wrap(out: &mut String, line: &str) {
    let indent = line.len() - line.trim_start().len();
    let hang = indent + marker_width(&line[indent..]);
    let mut column = 0;
    for (nth, piece) in glued(&line[indent..]).into_iter().enumerate() {
        let width = piece.chars().count();
        if nth == 0 {
            out.push_str(&line[..indent]);
            column = indent;
        } else if column + 1 + width > WIDTH && column > hang {
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            column = hang;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(&piece);
        column += width;
    }
    out.push('\n');
}

/// The pieces of a line; one that may not begin a line goes with the piece before it.
fn glued(content: &str) -> Vec<String> {
    let mut glued: Vec<String> = Vec::new();
    for piece in pieces(content) {
        match glued.last_mut() {
            Some(last) if means_something(piece) => {
                last.push(' ');
                last.push_str(piece);
            }
            _ => glued.push(piece.to_owned()),
        }
    }
    glued
}

/// How wide a list marker with its space is; 0 where the line opens no list item.
fn marker_width(content: &str) -> usize {
    if content.starts_with("- ") || content.starts_with("* ") || content.starts_with("+ ") {
        return 2;
    }
    let digits = content.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &content[digits..];
    if digits > 0 && (rest.starts_with(". ") || rest.starts_with(") ")) {
        digits + 2
    } else {
        0
    }
}

/// Splits at spaces, but keeps code spans, links and autolinks whole.
fn pieces(content: &str) -> Vec<&str> {
    let bytes = content.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => {
                let run = bytes[at..].iter().take_while(|b| **b == b'`').count();
                at += run + closing_run(&bytes[at + run..], run).unwrap_or(0);
            }
            b' ' => {
                if at > start {
                    pieces.push(&content[start..at]);
                }
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    if start < content.len() {
        pieces.push(&content[start..]);
    }
    pieces
}

/// How far the run of backticks that closes a code span ends behind its opening run.
fn closing_run(bytes: &[u8], run: usize) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        let here = bytes[at..].iter().take_while(|b| **b == b'`').count();
        if here == run {
            return Some(at + run);
        }
        at += here.max(1);
    }
    None
}

/// Whether a piece would open a list, heading, quote, table, fence, rule or link definition at the start of a line.
fn means_something(piece: &str) -> bool {
    let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
    let listed = digits > 0 && matches!(&piece[digits..], "." | ")");
    let marks = matches!(piece, "-" | "*" | "+") || piece.chars().all(|c| matches!(c, '=' | '-' | '*' | '_'));
    listed || marks || piece.starts_with(['#', '>', '|', '~', '<', ':', '@', '[']) || piece.starts_with("```")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_items_hang_below_their_text_and_code_spans_stay_whole() {
        let long = format!(
            "- {} `a code span with several words` {}\n",
            "word ".repeat(12).trim(),
            "end ".repeat(8).trim()
        );
        let tidied = tidy(&long);
        assert!(tidied.lines().all(|line| line.chars().count() <= 80), "{tidied}");
        assert!(
            tidied.lines().skip(1).all(|line| line.starts_with("  ")),
            "{tidied}"
        );
        assert!(tidied.contains("`a code span with several words`"), "{tidied}");
    }

    #[test]
    fn code_and_headings_keep_their_bytes_and_blank_lines_are_gathered() {
        let text = format!(
            "\n\n# {0}\n\n\n```text\n{0}\n\n\n- x\n```\n\n\n",
            "long ".repeat(30).trim()
        );
        let expected = format!("# {0}\n\n```text\n{0}\n\n\n- x\n```\n", "long ".repeat(30).trim());
        assert_eq!(tidy(&text), expected);
    }

    #[test]
    fn spaces_at_the_end_of_a_line_of_code_stay() {
        let text = "```text\na  \n\t\n```\n";
        assert_eq!(tidy(text), text);
    }

    #[test]
    fn no_line_begins_with_what_would_mean_something_else() {
        for hazard in [
            "-", "+", "*", "#", "1.", "12)", ">", "|", "===", "---", "<!--", "~~~", "[^1]:",
        ] {
            for lead in 60..82 {
                let text = format!("{} {hazard} tail of the sentence\n", "a".repeat(lead));
                let tidied = tidy(&text);
                assert!(
                    tidied.lines().all(|line| !line.starts_with(hazard)),
                    "{hazard} {lead}: {tidied}"
                );
            }
        }
    }

    #[test]
    fn tidying_twice_is_tidying_once() {
        let text = "- one two three\n\n  four\n\npara ".to_owned() + &"word ".repeat(40);
        let once = tidy(&text);
        assert_eq!(tidy(&once), once);
    }
}
