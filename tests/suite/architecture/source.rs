//! Reads Rust well enough to see imports, paths, macros and comments.
//!
//! Input: the text of a file. Output: its code without comments, literals and tests, its comments, and its paths. Leaves
//! to others: what they mean (`../architecture.rs`).

use std::path::Path;

/// A file of `src/` or of a crate.
pub struct Source {
    /// Relative to `src/`, with `/`; a file of a crate begins with `crates/NAME/`.
    pub path: String,
    /// As written.
    pub text: String,
    /// The text without comments, literals and tests; line for line.
    pub code: String,
    /// The comments alone; line for line.
    pub comments: String,
    /// Paths such as `a::b::c` with their lines, groups of `use` taken apart.
    pub paths: Vec<(usize, Vec<String>)>,
}

impl Source {
    /// Reads a file.
    pub fn new(path: &str, text: &str) -> Source {
        let (code, comments) = split(text);
        let code = without_tests(&code);
        let paths = paths(&code);
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            comments,
            paths,
        }
    }

    /// The module at the crate's root that the file belongs to.
    pub fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The module at the crate's root that a path of this file leads to.
    pub fn module_of(&self, path: &[String]) -> Option<String> {
        match path[0].as_str() {
            "crate" => path.get(1).cloned(),
            "lessonbook" if self.module() == "main" => path.get(1).cloned(),
            "super" => {
                let mut own: Vec<&str> = self.path.trim_end_matches(".rs").split('/').collect();
                if own.last() == Some(&"mod") {
                    own.pop();
                }
                let up = path.iter().take_while(|name| *name == "super").count();
                own.truncate(own.len().saturating_sub(up));
                own.first()
                    .map(|name| (*name).to_owned())
                    .or_else(|| path.get(up).cloned())
            }
            _ => None,
        }
    }

    /// Whether the file is in one of these homes.
    pub fn stands_in(&self, homes: &[&str]) -> bool {
        homes.iter().any(|home| match home.strip_suffix('*') {
            Some(beginning) => self.path.starts_with(beginning),
            None => self
                .path
                .strip_prefix(home)
                .is_some_and(|rest| rest.starts_with('/') || rest == ".rs"),
        })
    }
}

/// All files of `src/` and of the crates but those that hold tests only.
pub fn sources() -> Vec<Source> {
    fn collect(root: &Path, folder: &Path, into: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                collect(root, &path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
                let relative = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                into.push(Source::new(&relative, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    collect(&root.join("src"), &root.join("src"), &mut sources);
    for name in ["base", "store", "proof", "pipeline", "site"] {
        let folder = root.join("crates").join(name).join("src");
        let mut of_crate = Vec::new();
        collect(&folder, &folder, &mut of_crate);
        for source in &mut of_crate {
            source.path = format!("crates/{name}/{}", source.path);
        }
        sources.append(&mut of_crate);
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        sources.iter().any(|source| source.path == "lib.rs"),
        "no sources below {}",
        root.display()
    );
    sources
}

/// Whether a character can stand in a name.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Code without comments and literals, and comments without code: same lines, blanks in place of the rest.
pub fn split(text: &str) -> (String, String) {
    let (mut code, mut comments) = (String::new(), String::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, is_comment) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            (block_comment(rest), true)
        } else if let Some(length) = literal(rest, code.chars().next_back()) {
            (length, false)
        } else {
            code.push(c);
            comments.push(if c == '\n' { '\n' } else { ' ' });
            rest = &rest[c.len_utf8()..];
            continue;
        };
        for c in rest[..length].chars() {
            let blank = if c == '\n' { '\n' } else { ' ' };
            code.push(blank);
            comments.push(if is_comment { c } else { blank });
        }
        rest = &rest[length..];
    }
    (code, comments)
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of the string or character literal that begins here.
fn literal(rest: &str, before: Option<char>) -> Option<usize> {
    if !before.is_some_and(is_name) {
        let raw = rest
            .trim_start_matches(['b', 'c'])
            .strip_prefix('r')
            .filter(|_| rest.find('r') <= Some(1));
        if let Some(raw) = raw {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            if raw[hashes..].starts_with('"') {
                let start = rest.len() - raw.len() + hashes + 1;
                let end = format!("\"{}", "#".repeat(hashes));
                return Some(
                    rest[start..]
                        .find(&end)
                        .map_or(rest.len(), |at| start + at + end.len()),
                );
            }
        }
    }
    if let Some(body) = rest.strip_prefix('"') {
        return Some(1 + until_quote(body, '"'));
    }
    let body = rest.strip_prefix('\'')?;
    let mut chars = body.chars();
    // `'a'` and `'\n'` are characters, `'a` is a lifetime.
    let is_character = chars.next() == Some('\\') || chars.next() == Some('\'');
    is_character.then(|| 1 + until_quote(body, '\''))
}

fn until_quote(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    body.len()
}

/// Code with every item under `#[cfg(test)]` blanked out.
fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    while let Some(start) = kept.find("#[cfg(test)]") {
        let rest = &kept[start..];
        let end = match (rest.find('{'), rest.find(';')) {
            (Some(brace), semicolon) if semicolon.is_none_or(|at| brace < at) => {
                let mut depth = 0_i32;
                let closes = |c: char| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == '}' && depth == 0
                };
                rest.find(closes).map_or(rest.len(), |at| at + 1)
            }
            (_, semicolon) => semicolon.map_or(rest.len(), |at| at + 1),
        };
        let blank: String = rest[..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        kept = format!("{}{blank}{}", &kept[..start], &kept[start + end..]);
    }
    kept
}

/// Every path of two names or more, and every path of a `use`.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut in_use = false;
    while let Some(c) = code[at..].chars().next() {
        if !is_name(c) {
            at += c.len_utf8();
            continue;
        }
        let name = &code[at..at + code[at..].find(|c| !is_name(c)).unwrap_or(code.len() - at)];
        if name == "use" {
            at += name.len();
            in_use = true;
            continue;
        }
        let mut paths = Vec::new();
        let end = read_path(code, at, &[], &mut paths);
        let line = |at: usize| code[..at].matches('\n').count() + 1;
        let told = paths.into_iter().filter(|(_, path)| in_use || path.len() > 1);
        found.extend(told.map(|(at, path)| (line(at), path)));
        in_use = false;
        at = end.max(at + name.len());
    }
    found
}

/// Reads `a::b`, or `a::{b, c::d}`, from a name on; gives where it ends. Each path comes with the place of its last
/// name.
fn read_path(code: &str, start: usize, before: &[String], into: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut path = before.to_vec();
    let mut at = start;
    let mut last = start;
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        if code[at..].starts_with('{') && !path.is_empty() {
            at += 1;
            while at < code.len() && !code[at..].starts_with('}') {
                if code[at..].starts_with(is_name) {
                    at = read_path(code, at, &path, into);
                    // ` as other` belongs to the name before it.
                    at += code[at..].find([',', '}']).unwrap_or(0);
                } else {
                    at += code[at..].chars().next().map_or(1, char::len_utf8);
                }
            }
            return (at + 1).min(code.len());
        }
        let length = code[at..].find(|c| !is_name(c)).unwrap_or(code.len() - at);
        if length > 0 {
            path.push(code[at..at + length].to_owned());
            last = at;
            at += length;
        }
        let next = code[at..].trim_start();
        if !next.starts_with("::") || next[2..].trim_start().starts_with(['<', '*']) {
            break;
        }
        at = code.len() - next.len() + 2;
    }
    into.push((last, path));
    at
}
