//! The parts of a file that a tool writes: blocks between two comments, and wrapper tags.
//!
//! Input: a file's text. Output: the bytes of blocks of any tool, and of lines that hold a tag alone. Not here: files that a tool
//! writes as a whole (`lessonbook_base::generated`).
//!
//! A mention is not a block: a marker counts only alone on its line, at its first column, outside a code fence, with its match.

use std::ops::Range;

/// Tags that tools wrap their text in, without comments.
const TOOL_TAGS: [&str; 4] = [
    "laravel-boost-guidelines",
    "skills_system",
    "available_skills",
    "rulesync",
];

/// What a tool's marker says when the text between belongs to people.
const FOR_PEOPLE: [&str; 3] = ["manual", "custom", "user content"];

/// Parts of a text that are not a person's Markdown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ManagedParts {
    /// Blocks of tools, with their marker lines: the bytes, and the words of the first marker.
    pub blocks: Vec<(Range<usize>, String)>,
    /// Lines with nothing but a tag, whose text around is a person's.
    pub tags: Vec<Range<usize>>,
}

struct ToolMarker {
    range: Range<usize>,
    words: String,
    /// The name without its word for begin or end, in lower case.
    name: String,
    opens: bool,
}

/// Finds them.
pub fn parts(text: &str) -> ManagedParts {
    let mut parts = ManagedParts::default();
    let mut open: Vec<ToolMarker> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if in_fence(line, &mut fence) {
            continue;
        }
        let line = line.trim_end();
        if let Some(marker) = marker(line, range.clone()) {
            if marker.opens {
                open.push(marker);
            } else if let Some(begin) = open.iter().rposition(|begin| begin.name == marker.name) {
                let begin = open.swap_remove(begin);
                open.truncate(
                    open.iter()
                        .take_while(|other| other.range.start < begin.range.start)
                        .count(),
                );
                if !FOR_PEOPLE.iter().any(|word| begin.name.contains(word)) {
                    let whole = begin.range.start..range.end;
                    parts
                        .blocks
                        .retain(|(inner, _)| !(inner.start >= whole.start && inner.end <= whole.end));
                    parts.blocks.push((whole, begin.words));
                }
            }
        } else if is_tag(line) {
            parts.tags.push(range);
        }
    }
    let blocks = &parts.blocks;
    parts.tags.retain(|tag| {
        !blocks
            .iter()
            .any(|(block, _)| block.start <= tag.start && tag.end <= block.end)
    });
    parts
}

/// Whether a line is a fence or inside one.
fn in_fence(line: &str, fence: &mut Option<(char, usize)>) -> bool {
    let body = line.trim();
    let sign = body.chars().next().filter(|c| matches!(c, '`' | '~'));
    let length = sign.map_or(0, |sign| body.chars().take_while(|c| *c == sign).count());
    match (*fence, sign) {
        (None, Some(sign)) if length >= 3 => {
            // Backticks in the info string make it a code span.
            if sign == '`' && body[length..].contains('`') {
                return false;
            }
            *fence = Some((sign, length));
            true
        }
        (Some((opener, long)), Some(sign))
            if sign == opener && length >= long && body.trim_matches(sign).is_empty() =>
        {
            *fence = None;
            true
        }
        (open, _) => open.is_some(),
    }
}

/// A marker: a comment alone on its line whose words hold a word for begin or end, or a tool's tag.
fn marker(line: &str, range: Range<usize>) -> Option<ToolMarker> {
    if let Some(tag) = tag_name(line).filter(|tag| TOOL_TAGS.contains(&tag.as_str())) {
        return Some(ToolMarker {
            range,
            words: line.to_owned(),
            name: tag,
            opens: !line.starts_with("</"),
        });
    }
    let words = line.strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    let small = words.to_lowercase();
    if words.contains("-->") || words.len() > 200 {
        return None;
    }
    let splits = |c: char| !(c.is_alphanumeric() || c == '.' || c == '/');
    let mut name: Vec<&str> = small.split(splits).filter(|part| !part.is_empty()).collect();
    if let Some(closed) = small.strip_prefix('/') {
        return Some(ToolMarker {
            range,
            words: words.to_owned(),
            name: head(closed),
            opens: false,
        });
    }
    let begins = |part: &&str| matches!(*part, "begin" | "start");
    let ends = |part: &&str| matches!(*part, "end" | "stop");
    let opens = name.iter().position(begins);
    let closes = name.iter().position(ends);
    let (opens, at) = match (opens, closes) {
        (Some(at), None) => (true, at),
        (None, Some(at)) => (false, at),
        // A marker of the form `<!-- agentsync:managed NAME -->` ends with `<!-- /agentsync:managed NAME -->`.
        (None, None) if small.contains(':') && name.contains(&"managed") => {
            return Some(ToolMarker {
                range,
                words: words.to_owned(),
                name: head(&small),
                opens: true,
            });
        }
        _ => return None,
    };
    name.remove(at);
    // Our own markers end with a digest at the beginning only.
    if name.first() == Some(&"lessonbook") {
        name.truncate(2);
    }
    let digest = |part: &&str| part.len() >= 8 && part.chars().all(|c| c.is_ascii_hexdigit());
    name.retain(|part| !digest(part));
    name.truncate(3);
    Some(ToolMarker {
        range,
        words: words.to_owned(),
        name: name.join(" "),
        opens,
    })
}

fn head(words: &str) -> String {
    words.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// A line with nothing but one opening or closing tag that is not HTML which hides or formats text.
fn is_tag(line: &str) -> bool {
    const TEXT_TAGS: [&str; 7] = ["pre", "script", "style", "textarea", "table", "svg", "code"];
    tag_name(line.trim()).is_some_and(|name| !TEXT_TAGS.contains(&name.as_str()))
}

fn tag_name(line: &str) -> Option<String> {
    let inner = line.strip_prefix('<')?.strip_suffix('>')?;
    if inner.contains(['<', '>']) {
        return None;
    }
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name = inner.split([' ', '/']).next()?;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    plain.then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_any_tool_are_found_and_mentions_are_not() {
        for block in [
            "<!-- BEGIN:nextjs-agent-rules -->\n- x\n<!-- END:nextjs-agent-rules -->\n",
            "<!-- nx configuration start-->\n- x\n<!-- nx configuration end-->\n",
            "<!-- BACKLOG.MD GUIDELINES START -->\n- x\n<!-- BACKLOG.MD GUIDELINES END -->\n",
            "<!-- agentsync:managed A -->\n- x\n<!-- /agentsync:managed A -->\n",
            "<!-- totem:generated:start -->\n- x\n<!-- totem:generated:end -->\n",
            "<laravel-boost-guidelines>\n- x\n</laravel-boost-guidelines>\n",
            "<!-- lessonbook:begin acme 0123456789ab -->\n- x\n<!-- lessonbook:end acme -->\n",
        ] {
            let text = format!("# Rules\n\n{block}- y\n");
            let found = parts(&text);
            assert_eq!(found.blocks.len(), 1, "{block}");
            assert_eq!(&text[found.blocks[0].0.clone()], block);
        }
        for text in [
            "Keep <!-- BEGIN x --> where it is.\n<!-- END x -->\n",
            "```\n<!-- BEGIN x -->\n<!-- END x -->\n```\n",
            "<!-- BEGIN x -->\nno end\n",
            "<!-- MANUAL ADDITIONS START -->\n- x\n<!-- MANUAL ADDITIONS END -->\n",
        ] {
            assert_eq!(parts(text).blocks, [], "{text}");
        }
        assert_eq!(parts("<rules>\n- x\n</rules>\n").tags, [0..8, 12..21]);
    }
}
