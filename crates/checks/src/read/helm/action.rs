//! The actions of a template: what is between `{{` and `}}`.
//!
//! Input: the text of a template. Output: [`TemplateAction`]s in the order of the file.

use std::ops::Range;

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateAction {
    /// Its bytes with the braces.
    pub span: Range<usize>,
    /// It writes nothing itself: `if`, `range`, `end`, an assignment, a comment.
    pub control: bool,
    /// It is a comment.
    pub comment: bool,
    /// The number after `nindent` or `indent`: the column of the lines that it inserts.
    pub indent: Option<usize>,
}

/// All actions. One that is not closed ends with the file.
pub fn actions(text: &str) -> Vec<TemplateAction> {
    let mut actions = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let start = at + found;
        let end = end(text, start + 2);
        actions.push(TemplateAction::new(text, start..end));
        at = end;
    }
    actions
}

impl TemplateAction {
    fn new(text: &str, span: Range<usize>) -> Self {
        const CONTROL: [&str; 10] = [
            "if", "else", "end", "range", "with", "define", "break", "continue", "fail", "/*",
        ];
        let whole = text[span.clone()].trim_start_matches('{').trim_end_matches('}');
        let inner = whole.trim_start_matches('-').trim_end_matches('-').trim();
        let word = inner
            .split(|char: char| char.is_whitespace() || char == '(')
            .next();
        let comment = inner.starts_with("/*");
        let assigns = inner.starts_with('$')
            && inner
                .split_whitespace()
                .nth(1)
                .is_some_and(|operator| matches!(operator, ":=" | "="));
        Self {
            span,
            control: comment || assigns || word.is_some_and(|word| CONTROL.contains(&word)),
            comment,
            indent: indent(inner),
        }
    }
}

/// The byte after the `}}` that ends an action; braces in its texts and comments end nothing.
fn end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return at + 2,
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text[at + 2..].find("*/").map_or(bytes.len(), |end| at + end + 4);
            }
            quote @ (b'"' | b'`' | b'\'') => at = text_end(bytes, at, quote),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The byte after the text that begins with this quotation mark. Only a text in backquotes has several lines.
fn text_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != b'`' => at += 1,
            b'\n' if quote != b'`' => return start + 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    start + 1
}

fn indent(inner: &str) -> Option<usize> {
    const MAX: usize = 200;
    let (_, behind) = inner.rsplit_once("indent")?;
    let digits = behind.trim_start();
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    digits[..len].parse().ok().filter(|columns| *columns <= MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_end_where_go_ends_them() {
        let text = "a: {{ \"}}\" | quote }}\n{{- /* }} */ -}}\n{{ `}}\n` }}\nb: {{ it's }}{{x";
        let written: Vec<&str> = actions(text)
            .iter()
            .map(|action| &text[action.span.clone()])
            .collect();
        let expected = [
            "{{ \"}}\" | quote }}",
            "{{- /* }} */ -}}",
            "{{ `}}\n` }}",
            "{{ it's }}",
            "{{x",
        ];
        assert_eq!(written, expected);
    }

    #[test]
    fn control_writes_nothing() {
        for (text, control, indent) in [
            ("{{- if .Values.a }}", true, None),
            ("{{ else if (eq .a 1) }}", true, None),
            ("{{- $x := .Values.a -}}", true, None),
            ("{{/* nothing */}}", true, None),
            ("{{- toYaml .Values.a | nindent 12 }}", false, Some(12)),
            ("{{ include \"a\" . | indent 4 }}", false, Some(4)),
            ("{{ .Values.endpoint }}", false, None),
            ("{{ $x }}", false, None),
        ] {
            let all = actions(text);
            assert_eq!((all[0].control, all[0].indent), (control, indent), "{text}");
        }
    }
}
