//! Raw HTML in Markdown: which tags and comments remain open after it.
//!
//! Input: the pieces of raw HTML of a text, in order. Output: whether the following text may be hidden.
//! Not here: what Markdown reads as raw HTML.
//!
//! This follows the tokenizer of the HTML standard as far as needed to find what is inside what: comments, quoted attributes, and
//! elements whose content is text. A browser repairs more errors; here, an open tag stays open.

/// Elements that collapse, hide or replace their content, or that usually have the attribute `hidden`.
const HIDING: &[&str] = &[
    "article",
    "aside",
    "audio",
    "blockquote",
    "canvas",
    "center",
    "datalist",
    "del",
    "details",
    "dialog",
    "div",
    "fieldset",
    "figure",
    "footer",
    "form",
    "frameset",
    "head",
    "header",
    "iframe",
    "main",
    "math",
    "nav",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "pre",
    "s",
    "script",
    "section",
    "select",
    "strike",
    "style",
    "svg",
    "table",
    "template",
    "textarea",
    "title",
    "video",
    "xmp",
];

/// Elements whose content is text up to their own closing tag.
const TEXT_ONLY: &[&str] = &[
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "style",
    "textarea",
    "title",
    "xmp",
];

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// The tags and comments that raw HTML left open so far.
#[derive(Debug, Default)]
pub(super) struct OpenElements {
    tags: Vec<String>,
    comment: bool,
    text_only: Option<String>,
    /// A tag did not end in its piece, so its attributes may extend over any following text.
    broken: bool,
}

impl OpenElements {
    /// Whether text at this position may be hidden.
    pub(super) fn hides(&self) -> bool {
        self.broken || self.comment || self.text_only.is_some() || !self.tags.is_empty()
    }

    /// Reads the next piece of raw HTML.
    pub(super) fn read(&mut self, piece: &str) {
        let mut rest = piece;
        loop {
            if self.comment {
                let Some((_, behind)) = rest.split_once("-->") else {
                    return;
                };
                self.comment = false;
                rest = behind;
            }
            if let Some(name) = &self.text_only {
                let Some(behind) = behind_closing(rest, name) else {
                    return;
                };
                self.text_only = None;
                rest = behind;
            }
            let Some((_, behind)) = rest.split_once('<') else {
                return;
            };
            rest = self.tag(behind);
        }
    }

    /// Reads a tag after its `<`; returns the text after the tag.
    fn tag<'t>(&mut self, text: &'t str) -> &'t str {
        if let Some(comment) = text.strip_prefix("!--") {
            // `<!-->` and `<!--->` are whole comments.
            let whole = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->"));
            self.comment = whole.is_none();
            return whole.unwrap_or(comment);
        }
        if text.starts_with(['!', '?']) {
            return self.until(text, if text.starts_with("![CDATA[") { "]]>" } else { ">" });
        }
        let (closing, text) = match text.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, text),
        };
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return text;
        }
        let length = text.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/');
        let (name, attributes) = text.split_at(length.unwrap_or(text.len()));
        let name = name.to_ascii_lowercase();
        let Some(end) = end_of_tag(attributes) else {
            self.broken = true;
            return "";
        };
        let (attributes, rest) = (&attributes[..end], &attributes[end + 1..]);
        if closing {
            self.close(&name);
        } else {
            self.open(name, attributes);
        }
        rest
    }

    fn open(&mut self, name: String, attributes: &str) {
        if VOID.contains(&name.as_str()) {
            return;
        }
        if TEXT_ONLY.contains(&name.as_str()) {
            self.text_only = Some(name);
            return;
        }
        let attributes = attributes.to_ascii_lowercase();
        if HIDING.contains(&name.as_str()) || attributes.contains("hidden") || attributes.contains("style") {
            self.tags.push(name);
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(at) = self.tags.iter().rposition(|open| open == name) {
            self.tags.remove(at);
        }
    }

    fn until<'t>(&mut self, text: &'t str, end: &str) -> &'t str {
        if let Some((_, rest)) = text.split_once(end) {
            return rest;
        }
        self.broken = true;
        ""
    }
}

/// The offset of a tag's `>`, outside quoted attributes.
fn end_of_tag(attributes: &str) -> Option<usize> {
    let mut quote = None;
    let end = attributes.char_indices().find(|&(_, c)| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        c == '>' && quote.is_none()
    });
    end.map(|(at, _)| at)
}

/// The text after `</name…>`.
fn behind_closing<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (at, _) = text.match_indices("</").find(|&(at, _)| {
        let start = at + "</".len();
        let found = text.get(start..start + name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    })?;
    let (_, behind) = text[at..].split_once('>')?;
    Some(behind)
}

/// Whether a block of raw HTML is exactly one comment.
pub(super) fn is_comment(block: &str) -> bool {
    let block = block.trim();
    match block.strip_prefix("<!--") {
        Some(rest) => rest.find("-->").is_none_or(|at| at + 3 == rest.len()) || rest == ">" || rest == "->",
        None => false,
    }
}

/// Whether a block of raw HTML continues because it never closes the construct that begins it (CommonMark 0.31.2, §4.6, kinds 1 to 5).
pub(super) fn is_unclosed(block: &str) -> bool {
    let block = block.trim_start();
    let lower = block.to_ascii_lowercase();
    let ends: &[&str] = if lower.starts_with("<!--") {
        &["-->"]
    } else if lower.starts_with("<?") {
        &["?>"]
    } else if lower.starts_with("<![cdata[") {
        &["]]>"]
    } else if lower.starts_with("<!") {
        &[">"]
    } else if ["<script", "<pre", "<style", "<textarea"]
        .iter()
        .any(|tag| lower.starts_with(tag))
    {
        &["</script>", "</pre>", "</style>", "</textarea>"]
    } else {
        return false;
    };
    !ends.iter().any(|end| lower.contains(end))
}
