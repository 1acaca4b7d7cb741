//! A pause: nothing is written to any target, and the report shows who paused, why, and how to lift the pause.
//!
//! Input: a file's bytes, a variable's value, who changed the file last. Output: a [`Pause`] with its sentences. Not here: reading
//! files and variables (`repository/pause`, `run/pause`), and when to check.

use serde::Serialize;

/// The file that pauses a store, in the folder with `targets.yaml`.
pub const FILE: &str = "PAUSE";
/// The variable that pauses a run; a repository's variable of this name reaches it in a workflow.
pub const VARIABLE: &str = "LESSONBOOK_PAUSE";
/// The most characters of a reason, because every deferred target's line shows it.
const LONGEST: usize = 300;

/// The reason if the file can't be read.
pub const UNREADABLE: &str = "the file can't be read";
/// The reason if the file is a symbolic link, because it could lead to any file.
pub const LINK: &str = "PAUSE is a symbolic link, which is not followed";
/// The reason if it is a folder, a pipe or a device.
pub const NO_FILE: &str = "PAUSE is not a regular file";
/// The reason if the file is too large to be a note of a person.
pub const LARGE: &str = "the file is too large to be shown";

/// Why nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// What pauses.
    pub by: PauseSource,
    /// Where the pause is set, in words that help to find it.
    pub place: String,
    /// Who paused, as far as that is known.
    pub who: String,
    /// The reason.
    pub why: String,
}

/// What pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseSource {
    /// The file in the store's folder.
    File,
    /// The file in the commit from which the store is read.
    Commit,
    /// The file on the default branch of the store's home.
    Home,
    /// The variable of the environment.
    Variable,
    /// The variable in a workflow: the repository's, the organization's, or one that the workflow sets itself.
    WorkflowVariable,
}

impl Pause {
    /// The pause that a variable requests; `None` for empty, `0` or `false`. Any text but `1`, `true`, `yes` and `on` is the reason.
    pub fn from_variable(value: &str, in_workflow: bool) -> Option<Self> {
        let value = value.trim();
        if ["", "0", "false"].iter().any(|no| value.eq_ignore_ascii_case(no)) {
            return None;
        }
        let plain = ["1", "true", "yes", "on"]
            .iter()
            .any(|yes| value.eq_ignore_ascii_case(yes));
        let (by, place, who) = if in_workflow {
            let who =
                "someone who may set variables of this workflow's repository (GitHub's audit log names them)";
            (PauseSource::WorkflowVariable, "the repository variable", who)
        } else {
            (
                PauseSource::Variable,
                "the variable",
                "the person who set it in this environment",
            )
        };
        Some(Pause {
            by,
            place: format!("{place} {VARIABLE}"),
            who: who.to_owned(),
            why: reason(if plain { b"" } else { value.as_bytes() }),
        })
    }

    /// How to lift the pause, as one sentence.
    pub fn way_out(&self) -> String {
        match self.by {
            PauseSource::File => format!(
                "delete {}, and commit the deletion if the file was committed",
                self.place
            ),
            PauseSource::Commit => {
                "delete the file PAUSE, commit the deletion, and use that commit".to_owned()
            }
            PauseSource::Home => format!(
                "delete {}: on GitHub, or with `git rm {FILE}` and a push",
                self.place
            ),
            PauseSource::Variable => format!("unset {VARIABLE}"),
            PauseSource::WorkflowVariable => format!(
                "`gh variable delete {VARIABLE}`, or on GitHub: Settings, Secrets and variables, Actions, Variables"
            ),
        }
    }

    /// Why a target is paused, as one clause.
    pub fn clause(&self) -> String {
        format!("paused by {}: {}", self.who, self.why)
    }
}

/// The text of a file or variable on one line, without invisible characters and without text that looks like a secret.
pub fn reason(bytes: &[u8]) -> String {
    if bytes.contains(&0) {
        return "the file is not text".to_owned();
    }
    let text = lessonbook_base::text::redact(&String::from_utf8_lossy(bytes));
    let text = text.trim_start_matches('\u{feff}').replace(char::is_control, " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return "no reason is given".to_owned();
    }
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text,
    }
}

/// Who changed the file last: a name, a commit, and the day in UTC. `time`: seconds since 1970.
pub fn who(name: &str, commit: &str, time: i64) -> String {
    let short = commit.get(..7).unwrap_or(commit);
    let name = name.replace(char::is_control, " ");
    match jiff::Timestamp::from_second(time) {
        Ok(time) => {
            let day = time.to_zoned(jiff::tz::TimeZone::UTC).date();
            format!("{} ({short} of {day})", name.trim())
        }
        Err(_) => format!("{} ({short})", name.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_pauses_unless_it_says_no() {
        for no in ["", "  ", "0", "false", "FALSE"] {
            assert_eq!(Pause::from_variable(no, false), None, "{no:?}");
        }
        for yes in ["1", "true", "on", "no", "00"] {
            assert!(Pause::from_variable(yes, false).is_some(), "{yes:?}");
        }
        let bare = Pause::from_variable("1", true).map(|pause| pause.why);
        assert_eq!(bare.as_deref(), Some("no reason is given"));
        let with_reason = Pause::from_variable(" release week ", false).map(|pause| pause.why);
        assert_eq!(with_reason.as_deref(), Some("release week"));
    }

    #[test]
    fn a_reason_is_one_line_that_steers_nothing() {
        assert_eq!(
            reason(b"\xef\xbb\xbfStop.\r\n\r\n\x1b[2JSee #7\n"),
            "Stop. [2JSee #7"
        );
        assert_eq!(reason(b"\n \n"), "no reason is given");
        assert_eq!(reason(&[b'x'; 1000]).chars().count(), LONGEST + 1);
        assert_eq!(reason("ä".repeat(1000).as_bytes()).chars().count(), LONGEST + 1);
    }

    #[test]
    fn who_is_a_name_a_commit_and_a_day() {
        let who = who("Dana", "0123456789", 1_767_603_600);
        assert_eq!(who, "Dana (0123456 of 2026-01-05)");
    }
}
