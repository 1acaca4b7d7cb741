//! The language of a lesson's examples: as it is written, or guessed from the lesson's paths.
//!
//! Input: the fields of a lesson, or its globs. Output: the word after a fence. Not here: the examples (`lesson`).

use super::fields::FieldsReader;
use crate::words::one_line;
use lessonbook_base::finding::Code;

/// The language of the examples, which is written after a fence.
pub(super) fn language(reader: &mut FieldsReader, fields: &super::fields::Fields) -> Option<String> {
    let (text, node) = reader.text(fields, "language")?;
    let text = one_line(text);
    let fits = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "+#.-_".contains(c));
    if !fits {
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                "`language` must be one word, like yaml, hcl or python",
            )
            .effect("it is written after the fence of the examples")
            .help("write the language's name, like `language: yaml`");
        reader.push(finding);
        return None;
    }
    Some(text)
}

/// The language of the first path with a known ending.
pub(super) fn guess_language(paths: &[lessonbook_base::globs::Glob]) -> String {
    paths
        .iter()
        .flat_map(lessonbook_base::globs::Glob::expanded)
        .find_map(|glob| language_of(glob))
        .unwrap_or_default()
        .to_owned()
}

fn language_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    if name.starts_with("Dockerfile") || name.ends_with("Dockerfile") {
        return Some("dockerfile");
    }
    if name.starts_with("Makefile") {
        return Some("makefile");
    }
    Some(match name.rsplit_once('.')?.1 {
        "yaml" | "yml" => "yaml",
        "tf" | "tfvars" | "hcl" => "hcl",
        "py" | "pyi" => "python",
        "rs" => "rust",
        "js" | "mjs" | "cjs" | "jsx" => "javascript",
        "ts" | "mts" | "cts" => "typescript",
        "tsx" => "tsx",
        "go" => "go",
        "java" => "java",
        "kt" | "kts" => "kotlin",
        "rb" => "ruby",
        "php" => "php",
        "cs" => "csharp",
        "c" | "h" => "c",
        "cc" | "cpp" | "hpp" => "cpp",
        "swift" => "swift",
        "sh" | "bash" => "bash",
        "ps1" => "powershell",
        "sql" => "sql",
        "json" => "json",
        "toml" => "toml",
        "ini" | "cfg" => "ini",
        "xml" => "xml",
        "html" => "html",
        "css" => "css",
        "md" => "markdown",
        "dockerfile" => "dockerfile",
        "proto" => "protobuf",
        "lua" => "lua",
        _ => return None,
    })
}
