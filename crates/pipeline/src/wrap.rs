//! Tidies a rendered text: single blank lines, single spaces, one final newline.
//!
//! Input: the output of a template. Output: the same Markdown as Prettier leaves it. Not here: its content. Lines are not broken: one
//! lesson is one line, so that a diff shows whole lessons. Fenced code, headings and tables are not changed.

/// Collapses blank lines and spaces.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut fence: Option<String> = None;
    let mut blank = true; // swallows blank lines at the start
    for raw in text.lines() {
        let line = raw.trim_end();
        let content = line.trim_start();
        if let Some(open) = &fence {
            // Code is not changed, including spaces at the end of a line.
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
            single_spaces(&mut out, line);
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

/// Writes a line with one space between its words. Spaces in code spans are kept.
fn single_spaces(out: &mut String, line: &str) {
    let content = line.trim_start();
    out.push_str(&line[..line.len() - content.len()]);
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\\' => first.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8),
            '`' => {
                let run = rest.bytes().take_while(|byte| *byte == b'`').count();
                run + closing_run(&rest.as_bytes()[run..], run).unwrap_or(0)
            }
            ' ' => {
                out.push(' ');
                rest = rest.trim_start_matches(' ');
                continue;
            }
            _ => rest.find(['\\', '`', ' ']).unwrap_or(rest.len()),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push('\n');
}

/// The distance from the opening run of a code span to the end of its closing run.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_stays_one_line_and_code_spans_keep_their_spaces() {
        let long = format!(
            "- {} `a  code span`  {}\n",
            "word ".repeat(30).trim(),
            "end ".repeat(30).trim()
        );
        let expected = long.replace("`  end", "` end");
        assert_eq!(tidy(&long), expected);
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
    fn tidying_twice_is_tidying_once() {
        let text = "- one two three\n\n  four\n\npara ".to_owned() + &"word ".repeat(40);
        let once = tidy(&text);
        assert_eq!(tidy(&once), once);
    }
}
