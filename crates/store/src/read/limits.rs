//! Reads the limits of plans and runs from `targets.yaml`.
//!
//! Input: nodes of `policy` and of a target. Output: a [`PathPolicy`] and [`RunLimits`].
//! Not here: refusing a plan that exceeds them.

use super::fields::{Fields, FieldsReader};
use crate::limits::{PathPolicy, RunLimits};
use crate::yaml::YamlNode;
use lessonbook_base::finding::Code;
use lessonbook_base::globs::Glob;

/// The effect of a wrong glob in a path policy.
const POLICY_EFFECT: &str = "it is unclear which files a proposal may change";

/// Reads which files a plan may change, from `policy` or from a target.
pub fn path_policy(reader: &mut FieldsReader, fields: &Fields) -> PathPolicy {
    PathPolicy {
        forbid_paths: paths(reader, fields, "forbid_paths", POLICY_EFFECT).unwrap_or_default(),
        allow_paths: paths(reader, fields, "allow_paths", POLICY_EFFECT),
        max_added_lines: reader.count(fields, "max_added_lines"),
    }
}

/// Reads the limits of a run.
pub fn bounds(reader: &mut FieldsReader, fields: &Fields) -> RunLimits {
    RunLimits {
        max_targets: reader.count(fields, "max_targets"),
        max_files: reader.count(fields, "max_files"),
        max_changed_lines: reader.count(fields, "max_changed_lines"),
    }
}

/// Reads globs of paths: globs of the store's grammar, and plain names of files in the root. `effect` is that of a wrong one.
pub(super) fn paths(
    reader: &mut FieldsReader,
    fields: &Fields,
    key: &str,
    effect: &str,
) -> Option<Vec<String>> {
    if !fields.has(key) {
        return None;
    }
    let mut paths: Vec<String> = Vec::new();
    for (text, node) in reader.texts(fields, key)? {
        if !is_path_glob(reader, key, text, node, effect) {
            continue;
        }
        if !paths.iter().any(|known| known == text) {
            paths.push(text.to_owned());
        }
    }
    Some(paths)
}

/// Whether a node is such a glob.
pub(super) fn is_path_node(reader: &mut FieldsReader, key: &str, node: &YamlNode, effect: &str) -> bool {
    match reader.as_text(node, &format!("`{key}`")) {
        Some(text) => is_path_glob(reader, key, text, node, effect),
        None => false,
    }
}

fn is_path_glob(reader: &mut FieldsReader, key: &str, text: &str, node: &YamlNode, effect: &str) -> bool {
    let in_root = !text.is_empty() && !text.contains(['*', '?', '/']);
    let parsed = if in_root {
        // A plain name has no folder that assistants could disagree about.
        Glob::parse(&format!("x/{text}")).is_ok().then_some(())
    } else {
        None
    };
    let problem = match (parsed, Glob::parse(text)) {
        (Some(()), _) | (_, Ok(_)) => return true,
        (None, Err(problem)) => problem,
    };
    let message = match text {
        "*" | "**" => format!("`{text}` in `{key}` means every file"),
        _ => format!("`{key}` can't contain `{text}`: {}", problem.message),
    };
    let help = match &problem.portable {
        Some(portable) if !in_root => format!("write \"{portable}\""),
        _ => "write files and folders like `CLAUDE.md`, `docs/**` or `**/*.mdc`".to_owned(),
    };
    let finding = reader
        .finding(Code::BadPathGlob, node.span.clone(), message)
        .effect(effect)
        .help(help);
    reader.push(finding);
    false
}
