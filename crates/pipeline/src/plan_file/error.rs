//! Why a file can't be used as a saved plan.
//!
//! Input: the file's text. Output: a [`PlanFileError`] with a message and a help text. Not here: the file's name, and the exit code
//! (`commands`).

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{FORMAT, FORMAT_VERSION};

/// A file that starts like JSON may be a damaged plan. Then the location of the error helps.
const LIKE_JSON: &str = "starts like JSON";

const FILE: &str = "name the file that `lessonbook plan --out FILE` wrote";

/// Why a file is not a usable plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanFileError {
    /// It is not JSON, or only the beginning of it.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the file seems to be. Its content is not shown, because it may be secret.
        kind: &'static str,
        /// Whether the file ends too early.
        cut: bool,
    },
    /// It is JSON, but another document.
    Foreign {
        /// What it seems to be.
        what: String,
        /// A help text.
        help: String,
    },
    /// It has another format version.
    Version {
        /// Its `format_version`.
        format_version: String,
        /// The version of lessonbook that wrote it, if the file names it.
        tool_version: Option<String>,
    },
    /// It was changed after it was written.
    Edited {
        /// The digest in the file.
        stated: String,
        /// The digest of its content.
        found: String,
    },
    /// Something in it violates the format or contradicts itself.
    Damaged {
        /// The reason.
        why: String,
        /// The version of lessonbook that wrote it, if its format is newer.
        newer: Option<String>,
    },
}

impl PlanFileError {
    /// The error for text that the parser could not read.
    pub(super) fn not_json(bytes: &[u8], error: &serde_json::Error) -> Self {
        PlanFileError::NotJson {
            line: error.line().max(1),
            column: error.column().max(1),
            kind: kind_of(bytes),
            cut: error.is_eof() && bytes.trim_ascii_start().starts_with(b"{"),
        }
    }

    /// Whether the wrong file was named, or one of another version, and not a damaged plan.
    pub fn is_wrong_file(&self) -> bool {
        matches!(
            self,
            PlanFileError::NotJson { .. } | PlanFileError::Foreign { .. } | PlanFileError::Version { .. }
        )
    }

    /// The message, which continues after the file's name.
    pub fn message(&self) -> String {
        match self {
            PlanFileError::NotJson {
                line,
                column,
                cut: true,
                ..
            } => format!("ends in the middle, line {line}, column {column}"),
            PlanFileError::NotJson {
                line, column, kind, ..
            } if *kind == LIKE_JSON => {
                format!("is not a saved plan: it {kind} but is not JSON, line {line}, column {column}")
            }
            PlanFileError::NotJson { kind, .. } => format!("is not a saved plan: it {kind}"),
            PlanFileError::Foreign { what, .. } => format!("is not a saved plan: {what}"),
            PlanFileError::Version {
                format_version,
                tool_version,
            } => {
                let by = tool_version
                    .as_ref()
                    .map(|version| format!(", written by lessonbook {version}"))
                    .unwrap_or_default();
                format!(
                    "is a plan of format version {format_version}{by}; this is lessonbook {}, which reads {}",
                    env!("CARGO_PKG_VERSION"),
                    readable()
                )
            }
            PlanFileError::Edited { stated, .. } if stated.is_empty() => "has no digest".to_owned(),
            PlanFileError::Edited { stated, found } => {
                format!(
                    "was edited after it was written: its digest is {}, but its content has the digest {}",
                    super::short(stated),
                    super::short(found)
                )
            }
            PlanFileError::Damaged { why, .. } => format!("contradicts itself: {why}"),
        }
    }

    /// The help text.
    pub fn help(&self) -> String {
        const CREATE_NEW: &str = "create a new one: `lessonbook plan --out FILE`";
        match self {
            PlanFileError::NotJson { cut: true, .. } => format!("copy the whole file again, or {CREATE_NEW}"),
            PlanFileError::NotJson { .. } => {
                format!("name the file that `lessonbook plan --out` wrote, or {CREATE_NEW}")
            }
            PlanFileError::Foreign { help, .. } => help.clone(),
            PlanFileError::Version { tool_version, .. } => match tool_version {
                Some(version) => format!("use lessonbook {version}, or {CREATE_NEW} with this one"),
                None => CREATE_NEW.to_owned(),
            },
            PlanFileError::Edited { .. } => {
                format!(
                    "use the file as it was written, or change the store and {CREATE_NEW}; a saved plan can't be edited by hand"
                )
            }
            PlanFileError::Damaged { newer, .. } => match newer {
                Some(version) => {
                    format!("use lessonbook {version}, which wrote it, or {CREATE_NEW} with this one")
                }
                None => CREATE_NEW.to_owned(),
            },
        }
    }
}

/// The header of a document that is a saved plan of a version that we read.
pub(super) struct Head {
    /// The digest in the file; empty if there is none.
    pub digest: String,
    /// The version of lessonbook that wrote it, if its format is newer than ours.
    pub newer: Option<String>,
}

/// The keys by which a document is recognised; all other keys are ignored.
#[derive(Deserialize)]
struct Keys {
    format: Option<Value>,
    format_version: Option<Value>,
    tool_version: Option<Value>,
    digest: Option<Value>,
    targets: Option<IgnoredAny>,
}

/// Reads the header of a document.
pub(super) fn head(text: &[u8]) -> Result<Head, PlanFileError> {
    let foreign = |what: String, help: &str| {
        Err(PlanFileError::Foreign {
            what,
            help: help.to_owned(),
        })
    };
    let is_object = text.trim_ascii_start().starts_with(b"{");
    let keys: Keys = match serde_json::from_slice(text) {
        Ok(keys) if is_object => keys,
        Err(error) if !error.is_data() => return Err(PlanFileError::not_json(text, &error)),
        Err(_) if is_object => return foreign("it contains a key twice".to_owned(), FILE),
        _ => return foreign("it is JSON, but not an object".to_owned(), FILE),
    };
    match &keys.format {
        Some(Value::String(format)) if format == FORMAT => {}
        Some(_) => return foreign(format!("its `format` is not \"{FORMAT}\""), FILE),
        None if keys.format_version.is_some() && keys.targets.is_some() => {
            return foreign(
                "it is output of `--format json`, which can't be applied".to_owned(),
                "create one with `lessonbook plan --out FILE`",
            );
        }
        None => return foreign(format!("it is JSON, but has no `format: \"{FORMAT}\"`"), FILE),
    }
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    let version = text(&keys.format_version).unwrap_or_else(|| "unknown".to_owned());
    let version = shown(&version, |c| {
        c.is_ascii_digit() || c == '.' || c.is_ascii_lowercase()
    })
    .to_owned();
    let tool_version = text(&keys.tool_version).filter(|version| shown(version, is_of_version) == version);
    if major(&version) != major(FORMAT_VERSION) {
        return Err(PlanFileError::Version {
            format_version: version,
            tool_version,
        });
    }
    Ok(Head {
        digest: text(&keys.digest)
            .map(|digest| shown_digest(&digest))
            .unwrap_or_default(),
        newer: tool_version.filter(|_| is_newer(&version)),
    })
}

/// Whether a version with our major number is newer than the one that we write.
fn is_newer(version: &str) -> bool {
    let minor = |version: &str| {
        version
            .split_once('.')
            .and_then(|(_, minor)| minor.parse::<u64>().ok())
    };
    minor(version) > minor(FORMAT_VERSION)
}

fn major(version: &str) -> Option<u64> {
    let (major, minor) = version.split_once('.')?;
    minor.parse::<u64>().ok()?;
    major.parse().ok()
}

/// What bytes that are not JSON seem to be.
fn kind_of(bytes: &[u8]) -> &'static str {
    let text = bytes.trim_ascii_start();
    if bytes.is_empty() {
        "is empty"
    } else if text.is_empty() {
        "contains only white space"
    } else if bytes.contains(&0) || std::str::from_utf8(bytes).is_err() {
        "is a binary file"
    } else if text.starts_with(b"#!") {
        "is a script"
    } else if text.starts_with(b"{") || text.starts_with(b"[") {
        LIKE_JSON
    } else {
        "is text, but not JSON"
    }
}

/// Text of a file, shown only if it has the expected form. A file that was named by mistake must not appear in a log.
fn shown(word: &str, fits: fn(char) -> bool) -> &str {
    let fits = word.len() <= 80 && word.chars().all(fits);
    if fits { word } else { "something else" }
}

/// A digest in our form, or words that no digest equals.
fn shown_digest(stated: &str) -> String {
    let is_hex = |hex: &str| !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match stated.strip_prefix("sha256:") {
        Some(hex) if is_hex(hex) => stated.to_owned(),
        _ => "something else".to_owned(),
    }
}

fn is_of_version(c: char) -> bool {
    c.is_ascii_alphanumeric() && !c.is_ascii_uppercase() || matches!(c, '.' | '-' | '+')
}

fn readable() -> String {
    format!("{}.x", major(FORMAT_VERSION).unwrap_or_default())
}
