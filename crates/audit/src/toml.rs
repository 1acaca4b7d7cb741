//! The keys of a settings file in TOML or INI with their lines, as far as an audit needs them.
//!
//! Input: a file's text. Output: [`TomlEntry`]s; a list has one for each item. Not here: values that span lines in other ways, and
//! inline tables, which are kept as written.

/// A value in a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TomlEntry {
    /// `tool.ruff.lint`; empty before the first section.
    pub section: String,
    /// The key, without quotes.
    pub key: String,
    /// The value, without quotes.
    pub value: String,
    /// The line of the value, from 1.
    pub line: usize,
    /// Whether it is an item of a list.
    pub is_item: bool,
}

/// All values, in the order of the file.
pub fn entries(text: &str) -> Vec<TomlEntry> {
    let mut entries = Vec::new();
    let mut section = String::new();
    let mut open: Option<String> = None;
    for (at, raw) in text.lines().enumerate() {
        let line = without_comment(raw).trim();
        let (key, value) = match (&open, line.strip_prefix('[')) {
            (Some(key), _) => (key.clone(), line),
            (None, Some(head)) if !line.contains('=') || line.ends_with(']') => {
                section = bare(head.trim_matches(['[', ']']).trim()).replace(['"', '\''], "");
                continue;
            }
            (None, _) => match line.split_once('=') {
                Some((key, value)) => (bare(key.trim()), value.trim()),
                None => continue,
            },
        };
        let list = match &open {
            Some(_) => Some(value),
            None => value.strip_prefix('['),
        };
        let mut add = |value: &str, is_item: bool| {
            entries.push(TomlEntry {
                section: section.clone(),
                key: key.clone(),
                value: bare(value),
                line: at + 1,
                is_item,
            });
        };
        let Some(list) = list else {
            add(value, false);
            continue;
        };
        let (items, is_closed) = match list.rsplit_once(']') {
            Some((items, _)) => (items, true),
            None => (list, false),
        };
        let items = items.split(',').map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .for_each(|item| add(item, true));
        open = (!is_closed).then_some(key);
    }
    entries
}

/// A text without the quotes around it.
fn bare(text: &str) -> String {
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    });
    quoted.unwrap_or(text).to_owned()
}

/// A line up to a `#` or `;` outside quotes that begins a comment.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#' | ';') if before.is_whitespace() => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_items_of_lists_have_their_lines() {
        let text = "top = 1\n[tool.ruff]\nline-length = 88 # wide\n[tool.ruff.lint]\nselect = [\n  \"E\", # errors\n  'F',\n]\n\
             ignore = [\"E501\"]\n[lints.clippy]\nunwrap_used = { level = \"deny\" }\n[[bin]]\nname = \"a#b\"\n";
        let all: Vec<String> = entries(text)
            .iter()
            .map(|one| format!("{} {} {} {}", one.section, one.key, one.value, one.line))
            .collect();
        assert_eq!(
            all,
            [
                " top 1 1",
                "tool.ruff line-length 88 3",
                "tool.ruff.lint select E 6",
                "tool.ruff.lint select F 7",
                "tool.ruff.lint ignore E501 9",
                "lints.clippy unwrap_used { level = \"deny\" } 11",
                "bin name a#b 13",
            ]
        );
    }

    #[test]
    fn an_editorconfig_is_read_with_its_sections() {
        let text = "root = true\n\n[*]\nindent_style = space\n[*.{md,txt}]\nindent_size=4\n; old\n";
        let all: Vec<String> = entries(text)
            .iter()
            .map(|one| format!("{}|{}|{}|{}", one.section, one.key, one.value, one.line))
            .collect();
        assert_eq!(
            all,
            [
                "|root|true|1",
                "*|indent_style|space|4",
                "*.{md,txt}|indent_size|4|6"
            ]
        );
    }
}
