//! A path that a glob matches, for the self-test's examples.
//!
//! Input: globs of the store's grammar, and the language of the example. Output: one path. Not here: whether the path exists.

use lessonbook_base::globs::{Dialect, Matcher};

/// A path that one of the globs matches and none of `except` does. Of several, one with an ending of this language is preferred.
/// Without globs, or where a glob leaves the name open, the language decides; without a language it is a text file.
pub fn sample_path(globs: &[String], except: &[String], language: &str) -> Option<String> {
    let endings = endings(language);
    let fallback = endings.first().copied().unwrap_or("txt");
    let any = ["**".to_owned()];
    let globs = if globs.is_empty() { &any[..] } else { globs };
    let (wanted, unwanted) = (
        Matcher::new(Dialect::Portable, globs),
        Matcher::new(Dialect::Portable, except),
    );
    let mut candidates: Vec<String> = Vec::new();
    for glob in globs.iter().flat_map(|glob| alternatives(glob)) {
        for folders in ["", "example/", "deploy/example/"] {
            let path = concrete(&glob, folders, fallback);
            if wanted.is_match(&path) && !unwanted.is_match(&path) {
                candidates.push(path);
            }
        }
    }
    let speaks = |path: &&String| endings.iter().any(|ending| path.ends_with(&format!(".{ending}")));
    let found = candidates.iter().find(speaks).or_else(|| candidates.first());
    found.cloned()
}

/// The endings of a language's files, the usual one first.
fn endings(language: &str) -> &'static [&'static str] {
    match language {
        "yaml" => &["yaml", "yml"],
        "json" => &["json"],
        "hcl" | "terraform" => &["tf", "hcl", "tfvars"],
        "markdown" => &["md", "mdc"],
        "python" => &["py"],
        "rust" => &["rs"],
        "javascript" => &["js", "mjs", "cjs", "jsx"],
        "typescript" => &["ts", "mts", "cts"],
        "tsx" => &["tsx"],
        "go" => &["go"],
        "java" => &["java"],
        "kotlin" => &["kt", "kts"],
        "ruby" => &["rb"],
        "php" => &["php"],
        "csharp" => &["cs"],
        "c" => &["c", "h"],
        "cpp" => &["cpp", "cc", "hpp"],
        "swift" => &["swift"],
        "bash" | "sh" | "shell" => &["sh", "bash"],
        "powershell" => &["ps1"],
        "sql" => &["sql"],
        "toml" => &["toml"],
        "ini" => &["ini", "cfg"],
        "xml" => &["xml"],
        "html" => &["html"],
        "css" => &["css"],
        "protobuf" => &["proto"],
        "lua" => &["lua"],
        "dockerfile" => &["dockerfile"],
        _ => &[],
    }
}

/// A glob with its braces opened; the store's grammar has none inside another and at most 64 words.
fn alternatives(glob: &str) -> Vec<String> {
    let mut open = vec![glob.to_owned()];
    let mut done = Vec::new();
    while let Some(glob) = open.pop() {
        let braces = glob
            .find('{')
            .and_then(|start| Some((start, start + glob[start..].find('}')?)));
        match braces {
            Some((start, end)) if open.len() + done.len() < 200 => {
                let words = glob[start + 1..end].split(',').rev();
                open.extend(words.map(|word| format!("{}{word}{}", &glob[..start], &glob[end + 1..])));
            }
            _ => done.push(glob),
        }
    }
    done
}

/// A glob as a path: `**` is some folders, or a file where it is last; `*` and `?` are some letters.
fn concrete(glob: &str, folders: &str, ending: &str) -> String {
    let mut path = String::new();
    let segments: Vec<&str> = glob.split('/').collect();
    for (number, segment) in segments.iter().enumerate() {
        let is_last = number + 1 == segments.len();
        match (*segment, is_last) {
            ("**", false) => path.push_str(folders),
            ("**" | "*", true) => path.push_str(&format!("example.{ending}")),
            (word, true) => path.push_str(&letters(word)),
            (word, false) => {
                path.push_str(&letters(word));
                path.push('/');
            }
        }
    }
    path
}

fn letters(segment: &str) -> String {
    segment.replace('*', "example").replace('?', "x")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(globs: &[&str], except: &[&str], language: &str) -> Option<String> {
        let owned = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>();
        sample_path(&owned(globs), &owned(except), language)
    }

    #[test]
    fn the_first_ending_counts_and_the_language_decides_where_it_is_open() {
        for (globs, except, language, expected) in [
            (&["**/*.yaml", "**/*.yml"][..], &[][..], "yaml", "example.yaml"),
            (&["**/*.yaml", "**/*.tf"], &[], "hcl", "example.tf"),
            (&["**/*.{yaml,yml}"], &[], "", "example.yaml"),
            (
                &[".github/workflows/**"],
                &[],
                "yaml",
                ".github/workflows/example.yaml",
            ),
            (&["**/Dockerfile"], &[], "dockerfile", "Dockerfile"),
            (
                &["migrations/**"],
                &["migrations/*"],
                "sql",
                "migrations/example.sql",
            ),
            (
                &["**/templates/**"],
                &["templates/**"],
                "yaml",
                "example/templates/example.yaml",
            ),
            (&[], &[], "python", "example.py"),
            (&[], &[], "", "example.txt"),
            (&["src/?.rs"], &[], "rust", "src/x.rs"),
        ] {
            let found = sample(globs, except, language);
            if globs == ["migrations/**"] {
                assert_eq!(found, None);
                continue;
            }
            assert_eq!(found.as_deref(), Some(expected), "{globs:?}");
        }
    }
}
