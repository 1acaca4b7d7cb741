//! Code spans that name a path or a glob of the repository.
//!
//! Input: the text of a code span. Output: a [`NamedPath`] or globs; nothing if it may be something else: a module, a route, an address,
//! a branch, a pattern to fill in. Not here: whether it exists (`references`).

use crate::placeholder::is_placeholder;
use lessonbook_base::globs::Glob;
use lessonbook_base::word_list::WordList;

/// A path, without `./` and a final `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// The path.
    pub path: String,
    /// It looks like a path only if its first folder exists: `origin/main` is a branch, and `src/main` may be a file.
    pub needs_root: bool,
}

/// Endings of files that people write by hand.
static ENDINGS: WordList = WordList::new(
    "c cc cfg cpp cs css csproj go gradle h hpp html ini java js json jsonc jsx kt kts lua md mdc mdx mjs cjs mts php props proto py pyi \
rb rs scss sh sln sql svelte swift targets tf toml ts tsx txt vue xml yaml yml",
);

/// Folders whose content is made, not written.
static MADE: WordList = WordList::new(
    ".cache .git .next .nox .nuxt .output .pytest_cache .ruff_cache .tox .turbo .venv .yarn __pycache__ artifacts bin build cache coverage \
dist env htmlcov log logs node_modules obj out output outputs release target temp tmp venv",
);

/// Files that each person has, or that a program of each person writes.
static PERSONAL: WordList = WordList::new("mcp.json settings.local.json launch.json");

/// A path of the repository.
pub fn named_path(span: &str) -> Option<NamedPath> {
    let (span, is_explicit) = match span.strip_prefix("./") {
        Some(rest) => (rest, true),
        None => (span, false),
    };
    let span = without_lines(span);
    let is_folder = span.ends_with('/');
    let path = span.trim_end_matches('/');
    if !(path.contains('/') || is_explicit && is_folder) || !is_plain(path) {
        return None;
    }
    let last = path.rsplit('/').next()?;
    if PERSONAL.has(last) {
        return None;
    }
    let has_ending = last
        .rsplit_once('.')
        .is_some_and(|(stem, ending)| !stem.is_empty() && ENDINGS.has(ending));
    Some(NamedPath {
        path: path.to_owned(),
        needs_root: !has_ending && !is_explicit,
    })
}

/// The globs that a span may mean, from the root or from any folder.
pub fn named_globs(span: &str) -> Option<Vec<Glob>> {
    let span = span.strip_prefix("./").unwrap_or(span);
    let literal = span.replace(['*', '?', '{', '}', ','], "k");
    let ending = span.rsplit_once('.').map(|(_, ending)| ending);
    let is_file = ending.is_some_and(|ending| ENDINGS.has(ending));
    if !span.contains('*') || !is_file || !span.contains('/') || !is_plain(&literal) {
        return None;
    }
    let anywhere = (!span.starts_with("**/")).then(|| format!("**/{span}"));
    let globs: Vec<Glob> = std::iter::once(span.to_owned())
        .chain(anywhere)
        .filter_map(|text| Glob::parse(&text).ok())
        .collect();
    (!globs.is_empty()).then_some(globs)
}

/// `src/a.rs:12` and `src/a.rs#L12` without the line.
fn without_lines(span: &str) -> &str {
    let is_line = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'L'))
    };
    match span.split_once(':').or_else(|| span.split_once("#L")) {
        Some((path, rest)) if is_line(rest) => path,
        _ => span,
    }
}

fn is_plain(path: &str) -> bool {
    let is_char = |c: char| c.is_alphanumeric() || "_-./+()[]".contains(c);
    let mut segments = path.split('/');
    let first = path.split('/').next().unwrap_or_default();
    path.chars().all(is_char)
        && !path.starts_with(['/', '-', '+', '('])
        && !path.contains("..")
        && !path.contains("//")
        && !is_host(first)
        && !path.contains("path/to")
        && segments.all(|segment| {
            let mut words = segment.split(|c: char| !c.is_alphanumeric());
            !segment.is_empty() && segment != "." && !MADE.has(segment) && !words.any(is_placeholder)
        })
}

/// The ends of most hosts that rules name.
static TOP_LEVEL: WordList = WordList::new("com org net io dev ai app co rs sh edu gov so");

/// `github.com`, `docs.rs`: the first part of an address.
fn is_host(first: &str) -> bool {
    let ending = first.rsplit_once('.').filter(|(name, _)| !name.is_empty());
    ending.is_some_and(|(_, ending)| TOP_LEVEL.has(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_path_of_the_repository_is_one() {
        let path = |span: &str| named_path(span).map(|named| (named.path, named.needs_root));
        let some = |path: &str, needs_root| Some((path.to_owned(), needs_root));
        for (span, expected) in [
            ("src/api/client.ts", some("src/api/client.ts", false)),
            ("./docs/style.md", some("docs/style.md", false)),
            ("src/a.rs:12-14", some("src/a.rs", false)),
            ("src/a.rs#L12", some("src/a.rs", false)),
            (
                ".github/workflows/ci.yml",
                some(".github/workflows/ci.yml", false),
            ),
            ("app/[id]/page.tsx", None),
            ("app/[shop]/page.tsx", some("app/[shop]/page.tsx", false)),
            ("packages/core/", some("packages/core", true)),
            ("origin/main", some("origin/main", true)),
            ("./legacy/", some("legacy", false)),
            ("CHANGELOG.md", None),
            ("/api/users.json", None),
            ("../other/a.ts", None),
            ("@/lib/a.ts", None),
            ("~/.config/a.toml", None),
            ("github.com/acme/shop.go", None),
            ("https://acme.dev/a.html", None),
            ("docs/adr/NNN.md", None),
            ("src/my-feature/a.ts", None),
            ("path/to/a.ts", None),
            (".cursor/mcp.json", None),
            ("dist/a.js", None),
            ("<dir>/a.ts", None),
            ("src/{a,b}.ts", None),
            ("a b/c.ts", None),
        ] {
            assert_eq!(path(span), expected, "{span}");
        }
    }

    #[test]
    fn a_glob_has_a_folder_and_an_ending() {
        for (span, count) in [
            ("src/**/*.ts", 2),
            ("**/*.snap.md", 1),
            ("*.ts", 0),
            ("src/*", 0),
            ("foo/*.ts", 0),
            ("src/main.ts", 0),
        ] {
            assert_eq!(named_globs(span).map_or(0, |globs| globs.len()), count, "{span}");
        }
    }
}
