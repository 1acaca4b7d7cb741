//! A small checker of HTML and XML, strict enough for pages that templates make.
//!
//! Input: a page. Output: what is wrong with it, and its links, elements and attributes. It accepts less than a browser: every
//! element is closed, every attribute is quoted and once, and `<` and `&` in text are escaped.

use std::collections::BTreeSet;

/// Elements without an end.
const VOID: [&str; 7] = ["meta", "link", "br", "input", "img", "hr", "base"];

/// A tag, with its name and attributes.
#[derive(Debug, Default)]
struct HtmlTag<'p> {
    whole: &'p str,
    name: &'p str,
    attributes: Vec<(&'p str, &'p str)>,
    is_end: bool,
    is_closed: bool,
}

/// What is wrong with a page.
pub fn faults(page: &str) -> Vec<String> {
    let (tags, mut faults) = read(page);
    let is_html = page.starts_with("<!doctype html>");
    let mut open: Vec<&str> = Vec::new();
    let mut heading = 0;
    for tag in &tags {
        if tag.is_end {
            if open.pop() != Some(tag.name) {
                faults.push(format!("</{}> closes nothing", tag.name));
            }
            continue;
        }
        let mut names = BTreeSet::new();
        faults.extend(
            tag.attributes
                .iter()
                .filter(|(name, _)| !names.insert(*name))
                .map(|(name, _)| format!("{} twice in {}", name, tag.whole)),
        );
        if is_html
            && let Some(level) = tag
                .name
                .strip_prefix('h')
                .and_then(|level| level.parse::<usize>().ok())
        {
            if level > heading + 1 {
                faults.push(format!("{} follows h{heading}", tag.name));
            }
            heading = level;
        }
        let is_void = is_html && VOID.contains(&tag.name);
        if !tag.is_closed && !is_void {
            open.push(tag.name);
        }
    }
    faults.extend(open.iter().map(|name| format!("<{name}> is not closed")));
    if is_html {
        let mut seen = BTreeSet::new();
        let ids = tags
            .iter()
            .flat_map(|tag| &tag.attributes)
            .filter(|(name, _)| *name == "id");
        faults.extend(
            ids.filter(|(_, id)| !seen.insert(*id))
                .map(|(_, id)| format!("id {id} twice")),
        );
        for (name, count) in [("h1", 1), ("main", 1), ("title", 1)] {
            let is_one = |tag: &&HtmlTag| tag.name == name && !tag.is_end;
            // A picture has a title of its own.
            if tags.iter().filter(is_one).count() < count {
                faults.push(format!("no {name}"));
            }
        }
        let tables = tags
            .iter()
            .filter(|tag| tag.name == "table" && !tag.is_end)
            .count();
        let captions = tags
            .iter()
            .filter(|tag| tag.name == "caption" && !tag.is_end)
            .count();
        if tables != captions {
            faults.push(format!("{tables} tables and {captions} captions"));
        }
        let heads = tags.iter().filter(|tag| tag.name == "th" && !tag.is_end);
        faults.extend(
            heads
                .filter(|tag| !tag.attributes.iter().any(|(name, _)| *name == "scope"))
                .map(|tag| format!("no scope in {}", tag.whole)),
        );
    }
    faults
}

/// The links to other pages and parts of pages.
pub fn links(page: &str) -> Vec<String> {
    let links = values(page, "href").into_iter().chain(values(page, "src"));
    links.filter(|link| !link.contains(':')).collect()
}

/// The values of an attribute.
pub fn values(page: &str, attribute: &str) -> Vec<String> {
    let (tags, _) = read(page);
    let all = tags.iter().flat_map(|tag| &tag.attributes);
    all.filter(|(name, _)| *name == attribute)
        .map(|(_, value)| value.replace("&amp;", "&"))
        .collect()
}

/// The ids of a page.
pub fn ids(page: &str) -> BTreeSet<String> {
    values(page, "id").into_iter().collect()
}

/// The start tags of an element.
pub fn elements(page: &str, name: &str) -> Vec<String> {
    let (tags, _) = read(page);
    let found = tags.iter().filter(|tag| tag.name == name && !tag.is_end);
    found.map(|tag| tag.whole.to_owned()).collect()
}

/// Attributes that run a script or set a style.
pub fn handlers(page: &str) -> Vec<String> {
    let (tags, _) = read(page);
    let all = tags.iter().flat_map(|tag| &tag.attributes);
    all.filter(|(name, _)| name.starts_with("on") || *name == "style")
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// The path to which a relative link in a page leads.
pub fn resolved(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Reads the tags of a page, and reports what is no tag and no text.
fn read(page: &str) -> (Vec<HtmlTag<'_>>, Vec<String>) {
    let (mut tags, mut faults) = (Vec::new(), Vec::new());
    let mut rest = page;
    for head in ["<!doctype html>", "<?xml version=\"1.0\" encoding=\"utf-8\"?>"] {
        rest = rest.strip_prefix(head).unwrap_or(rest);
    }
    while let Some(start) = rest.find('<') {
        text_faults(&rest[..start], &mut faults);
        rest = &rest[start..];
        let Some(end) = tag_end(rest) else {
            faults.push(format!(
                "a tag without an end: {}",
                &rest.chars().take(40).collect::<String>()
            ));
            return (tags, faults);
        };
        tags.push(tag(&rest[..end], &mut faults));
        rest = &rest[end..];
    }
    text_faults(rest, &mut faults);
    (tags, faults)
}

/// Where a tag ends; `>` in quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = false;
    text.char_indices().find_map(|(at, c)| {
        quote ^= c == '"';
        (c == '>' && !quote).then_some(at + 1)
    })
}

fn tag<'p>(whole: &'p str, faults: &mut Vec<String>) -> HtmlTag<'p> {
    let inner = &whole[1..whole.len() - 1];
    let (is_end, inner) = inner
        .strip_prefix('/')
        .map_or((false, inner), |inner| (true, inner));
    let (is_closed, inner) = inner
        .strip_suffix('/')
        .map_or((false, inner), |inner| (true, inner));
    let end = inner.find(char::is_whitespace).unwrap_or(inner.len());
    let (name, mut rest) = inner.split_at(end);
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        faults.push(format!("no tag: {whole}"));
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').unwrap_or(quoted.len());
            value = &quoted[..end];
            rest = quoted.get(end + 1..).unwrap_or_default();
            text_faults(value, faults);
        } else if rest.starts_with('=') {
            faults.push(format!("an attribute without quotes: {whole}"));
            break;
        }
        attributes.push((name, value));
    }
    HtmlTag {
        whole,
        name,
        attributes,
        is_end,
        is_closed,
    }
}

/// `&` that begins no reference.
fn text_faults(text: &str, faults: &mut Vec<String>) {
    for (at, _) in text.match_indices('&') {
        let reference = text[at + 1..].split(';').next().unwrap_or_default();
        let is_known = ["amp", "lt", "gt", "quot", "#39"].contains(&reference);
        if !is_known {
            let shown: String = text[at..].chars().take(20).collect();
            faults.push(format!("`&` is not escaped: {shown}"));
        }
    }
    if text.contains('<') {
        faults.push(format!("`<` in an attribute: {text}"));
    }
}
