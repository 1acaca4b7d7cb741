//! Typed access to a YAML tree. It collects findings instead of stopping at the first one.
//!
//! Input: a [`YamlNode`] and its expected type. Output: values, and findings in a [`FieldsReader`].
//! Not here: the keys of each file and their meaning.

use std::ops::Range;

use crate::words::{all_of, listed, nearest, one_line};
use crate::yaml::scalar::day;
use crate::yaml::{SourceFile, YamlNode, YamlValue};
use lessonbook_base::finding::{Code, Finding, Fix, Location};

/// The most findings that are listed for one file.
const MAX_FINDINGS: usize = 500;
/// The end of the last finding's message if there are more.
const MORE: &str = "; more findings of this file are not listed";

/// Reads one file and collects everything that is wrong with it.
pub struct FieldsReader<'s> {
    /// The file.
    pub source: &'s SourceFile,
    /// The findings so far.
    pub findings: Vec<Finding>,
    lesson: Option<String>,
    target: Option<String>,
}

/// The entries of a map whose keys are known words.
pub struct Fields<'n> {
    entries: Vec<(String, &'n YamlNode, &'n YamlNode)>,
    /// The map's first bytes, where a missing key is reported.
    pub span: Range<usize>,
}

impl<'n> Fields<'n> {
    /// The value of a key, including `null`.
    pub fn raw(&self, name: &str) -> Option<&'n YamlNode> {
        self.entries
            .iter()
            .find(|(key, ..)| key == name)
            .map(|(.., value)| *value)
    }

    /// Whether the key is present.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }
}

impl<'s> FieldsReader<'s> {
    /// A reader of one file.
    pub fn new(source: &'s SourceFile) -> Self {
        FieldsReader {
            source,
            findings: Vec::new(),
            lesson: None,
            target: None,
        }
    }

    /// Sets the lesson that the following findings concern.
    pub fn about_lesson(&mut self, id: &str) {
        self.lesson = Some(id.to_owned());
    }

    /// Sets the target that the following findings concern.
    pub fn about_target(&mut self, name: Option<&str>) {
        self.target = name.map(ToOwned::to_owned);
    }

    /// The text of a node as it is written in the file.
    pub fn raw(&self, node: &YamlNode) -> &'s str {
        self.source.text.get(node.span.clone()).unwrap_or_default()
    }

    /// Makes a finding at a span of this file; pass it to [`Self::push`].
    pub fn finding(&self, code: Code, span: Range<usize>, message: impl Into<String>) -> Finding {
        // Computing a location takes time in a long file.
        let place = if self.findings.len() < MAX_FINDINGS {
            self.source.place(span)
        } else {
            Location::file(&self.source.file)
        };
        let mut finding = Finding::new(code, message).at(place);
        finding.lesson.clone_from(&self.lesson);
        finding.target.clone_from(&self.target);
        finding
    }

    /// Adds a finding. For a file with very many, only the first are listed, with at least one error if there is one.
    pub fn push(&mut self, finding: Finding) {
        match self.findings.len() {
            0..MAX_FINDINGS => self.findings.push(finding),
            _ if finding.is_error() && !self.findings.iter().any(Finding::is_error) => {
                self.findings.push(finding);
            }
            _ => {
                if let Some(last) = self.findings.last_mut()
                    && !last.message.ends_with(MORE)
                {
                    last.message.push_str(MORE);
                }
            }
        }
    }

    /// A fix of this file.
    pub fn fix(&self, span: Range<usize>, replacement: impl Into<String>) -> Fix {
        Fix {
            file: self.source.file.clone(),
            span,
            replacement: replacement.into(),
        }
    }

    /// A node as a map with known keys; every other key is reported.
    pub fn map<'n>(&mut self, node: &'n YamlNode, what: &str, keys: &[&str]) -> Option<Fields<'n>> {
        let YamlValue::Map(_) = &node.value else {
            self.wrong_type(node, what, "a map (`key: value`)");
            return None;
        };
        let entries = self.entries(node);
        let mut known = Vec::new();
        for (key, key_node, value) in entries {
            if keys.contains(&key.as_str()) {
                known.push((key, key_node, value));
            } else {
                self.unknown_key(&key, key_node, what, keys);
            }
        }
        Some(Fields {
            entries: known,
            span: node.span.clone(),
        })
    }

    /// The entries of a map whose keys are names that the user chose.
    pub fn entries<'n>(&mut self, node: &'n YamlNode) -> Vec<(String, &'n YamlNode, &'n YamlNode)> {
        let YamlValue::Map(entries) = &node.value else {
            return Vec::new();
        };
        let mut named = Vec::new();
        for (key, value) in entries {
            match &key.value {
                YamlValue::Text(name) => named.push((name.clone(), key, value)),
                YamlValue::Number(_) | YamlValue::Bool(_) => {
                    named.push((self.raw(key).to_owned(), key, value));
                }
                YamlValue::Null | YamlValue::List(_) | YamlValue::Map(_) => {
                    let found = key.value.word();
                    let finding = self
                        .finding(
                            Code::WrongType,
                            key.span.clone(),
                            format!("a key must be a word, found {found}"),
                        )
                        .help("put a key that starts with [ or { in quotes");
                    self.push(finding);
                }
            }
        }
        named
    }

    fn unknown_key(&mut self, key: &str, node: &YamlNode, what: &str, keys: &[&str]) {
        let mut finding = self
            .finding(
                Code::UnknownKey,
                node.span.clone(),
                format!("{what} has no key `{key}`"),
            )
            .effect("its value is not read");
        let renamed = RENAMED
            .iter()
            .find(|(old, new)| *old == key && keys.contains(new));
        finding = match renamed.map(|(_, new)| *new).or_else(|| nearest(key, keys)) {
            Some(meant) if renamed.is_some() => {
                let fix = self.fix(node.span.clone(), meant);
                finding
                    .help(format!("`{key}` was renamed: write `{meant}`"))
                    .fix(fix)
            }
            Some(meant) => {
                let fix = self.fix(node.span.clone(), meant);
                finding.help(format!("did you mean `{meant}`?")).fix(fix)
            }
            None => finding.help(format!("its keys are {}", all_of(keys))),
        };
        self.push(finding);
    }

    /// Reports a value of the wrong type. Text that YAML reads as another type gets quotes by `--fix`.
    pub fn wrong_type(&mut self, node: &YamlNode, what: &str, expected: &str) {
        if node.value == YamlValue::Null && self.is_cut(node) {
            return;
        }
        let raw = self.raw(node);
        let scalar = matches!(node.value, YamlValue::Bool(_) | YamlValue::Number(_));
        let quotes = expected == "text" && scalar && !raw.starts_with('*');
        let found = match &node.value {
            YamlValue::Bool(value) => format!("`{value}`"),
            other => other.word().to_owned(),
        };
        let hint = if quotes { "; put it in quotes" } else { "" };
        let message = if node.value == YamlValue::Null {
            format!("{what} has no value")
        } else {
            format!("{what} must be {expected}, found {found}{hint}")
        };
        let mut finding = self.finding(Code::WrongType, node.span.clone(), message);
        if quotes {
            let fix = self.fix(node.span.clone(), format!("\"{raw}\""));
            finding = finding.help(format!("write \"{raw}\"")).fix(fix);
        } else if node.value == YamlValue::Null {
            finding = finding.help(format!("write {expected}, or remove it"));
        }
        self.push(finding);
    }

    /// Whether a value is empty because YAML reads its text as a comment, tag or anchor, which is reported with better help.
    fn is_cut(&self, node: &YamlNode) -> bool {
        let line = self.source.place(node.span.clone()).line;
        let here = |finding: &Finding| finding.at.as_ref().is_some_and(|at| at.line == line);
        self.findings
            .iter()
            .any(|finding| finding.code == Code::TextCut && here(finding))
    }

    /// The value of a key; an empty value is reported.
    pub fn value<'n>(&mut self, fields: &Fields<'n>, key: &str) -> Option<&'n YamlNode> {
        let node = fields.raw(key)?;
        if node.value == YamlValue::Null {
            self.wrong_type(node, &format!("`{key}`"), "a value");
            return None;
        }
        Some(node)
    }

    /// Reports a required key that is missing.
    pub fn require(&mut self, fields: &Fields, what: &str, key: &str) {
        if !fields.has(key) {
            let finding = self
                .finding(
                    Code::MissingField,
                    fields.span.clone(),
                    format!("{what} has no `{key}`"),
                )
                .help(format!("add `{key}: …`"));
            self.push(finding);
        }
    }

    /// The text of a key.
    pub fn text<'n>(&mut self, fields: &Fields<'n>, key: &str) -> Option<(&'n str, &'n YamlNode)> {
        let node = self.value(fields, key)?;
        Some((self.as_text(node, &format!("`{key}`"))?, node))
    }

    /// The text of a key on one line, without its node.
    pub fn string(&mut self, fields: &Fields, key: &str) -> Option<String> {
        self.text(fields, key).map(|(text, _)| one_line(text))
    }

    /// A node as text.
    pub fn as_text<'n>(&mut self, node: &'n YamlNode, what: &str) -> Option<&'n str> {
        if let YamlValue::Text(text) = &node.value {
            return Some(text);
        }
        self.wrong_type(node, what, "text");
        None
    }

    /// The texts of a list; a single text is reported with a fix.
    pub fn texts<'n>(&mut self, fields: &Fields<'n>, key: &str) -> Option<Vec<(&'n str, &'n YamlNode)>> {
        let node = self.value(fields, key)?;
        self.as_texts(node, &format!("`{key}`"))
    }

    /// The texts of a list as strings.
    pub fn strings(&mut self, fields: &Fields, key: &str) -> Option<Vec<String>> {
        let texts = self.texts(fields, key)?;
        Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
    }

    /// A node as a list of texts.
    pub fn as_texts<'n>(&mut self, node: &'n YamlNode, what: &str) -> Option<Vec<(&'n str, &'n YamlNode)>> {
        let YamlValue::List(items) = &node.value else {
            let raw = self.raw(node);
            let single = matches!(node.value, YamlValue::Text(_)) && !raw.contains(['\n', '*', ',']);
            let mut finding = self.finding(
                Code::WrongType,
                node.span.clone(),
                format!("{what} must be a list, found {}", node.value.word()),
            );
            if single || raw.starts_with('"') && raw.ends_with('"') && !raw.contains('\n') {
                let fix = self.fix(node.span.clone(), format!("[{raw}]"));
                finding = finding.help(format!("write [{raw}]")).fix(fix);
            } else {
                finding = finding.help("write [one, two], or each item on its own line after `- `");
            }
            self.push(finding);
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            if let Some(text) = self.as_text(item, &format!("an item of {what}")) {
                texts.push((text, item));
            }
        }
        Some(texts)
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, fields: &Fields, key: &str) -> Option<bool> {
        let node = self.value(fields, key)?;
        if let YamlValue::Bool(value) = node.value {
            return Some(value);
        }
        self.wrong_type(node, &format!("`{key}`"), "true or false");
        None
    }

    /// A whole number of at least 0.
    pub fn count(&mut self, fields: &Fields, key: &str) -> Option<usize> {
        let node = self.value(fields, key)?;
        if let YamlValue::Number(Some(count)) = node.value
            && let Ok(count) = usize::try_from(count)
        {
            return Some(count);
        }
        self.wrong_type(node, &format!("`{key}`"), "a whole number");
        None
    }

    /// A day.
    pub fn date(&mut self, fields: &Fields, key: &str) -> Option<jiff::civil::Date> {
        let node = self.value(fields, key)?;
        if let YamlValue::Text(text) = &node.value
            && let Some(date) = day(text)
        {
            return Some(date);
        }
        let raw = self.raw(node).to_owned();
        let finding = self
            .finding(
                Code::BadDate,
                node.span.clone(),
                format!("`{key}` must be a date written YYYY-MM-DD, found `{raw}`"),
            )
            .help("write it like 2026-02-17");
        self.push(finding);
        None
    }

    /// The value of a key that has a few choices.
    pub fn word<T: Copy>(
        &mut self,
        fields: &Fields,
        key: &str,
        code: Code,
        words: &[(&str, T)],
    ) -> Option<T> {
        let node = self.value(fields, key)?;
        self.as_word(node, &format!("`{key}`"), code, words)
    }

    /// A node as one of a few words.
    pub fn as_word<T: Copy>(
        &mut self,
        node: &YamlNode,
        what: &str,
        code: Code,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.as_text(node, what)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.unknown_word(node, what, code, text, &names);
        None
    }

    /// Reports a word that is not one of the choices.
    pub fn unknown_word(&mut self, node: &YamlNode, what: &str, code: Code, text: &str, names: &[&str]) {
        let mut finding = self.finding(
            code,
            node.span.clone(),
            format!("{what} can't be `{}`", one_line(text)),
        );
        finding = match nearest(text, names) {
            Some(meant) => {
                let quoted = self.raw(node).starts_with(['"', '\'', '*']);
                let fix = (!quoted && !meant.contains([':', '#'])).then(|| meant.to_owned());
                finding = finding.help(format!("did you mean `{meant}`? Write {}", listed(names)));
                match fix {
                    Some(word) => {
                        let fix = self.fix(node.span.clone(), word);
                        finding.fix(fix)
                    }
                    None => finding,
                }
            }
            None => finding.help(format!("write {}", listed(names))),
        };
        self.push(finding);
    }
}

/// Keys that were renamed: old, new.
const RENAMED: [(&str, &str); 1] = [("shelf", "library_tags")];
