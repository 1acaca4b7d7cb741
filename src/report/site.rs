//! What `site` wrote, or what is stale.
//!
//! Input: a [`SiteSummary`]. Output: a table or JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::findings::{counted, rows};
use super::{Line, TextTable, style};
use lessonbook_base::finding::Finding;

/// At most so many files are listed for a terminal.
const LISTED: usize = 20;

/// What happened to the files of a site.
#[derive(Debug)]
pub struct SiteSummary<'a> {
    /// The folder.
    pub out: &'a Path,
    /// Files that were written or, in a check, are stale.
    pub written: &'a [String],
    /// Files that were deleted or, in a check, should be.
    pub deleted: &'a [String],
    /// Files that the site no longer has, but that someone changed.
    pub kept: &'a [String],
    /// Files that someone else wrote, where the site needs the name.
    pub foreign: &'a [String],
    /// How many files are as they were.
    pub same: usize,
    /// Whether nothing was written.
    pub is_check: bool,
    /// The size of all files.
    pub bytes: usize,
    /// How many targets could not be read.
    pub unread: usize,
    /// Problems of the store, which are shown for people on their own.
    pub findings: &'a [Finding],
}

impl SiteSummary<'_> {
    /// One line.
    pub fn line(&self) -> String {
        let out = self.out.display();
        let files = self.written.len() + self.same + self.foreign.len();
        let stale = self.written.len() + self.deleted.len() + self.foreign.len();
        let unread = match self.unread {
            0 => String::new(),
            unread => format!("; {} could not be read", counted(unread, "target")),
        };
        if self.is_check && stale > 0 {
            return format!("site: {} in {out} stale{unread}", counted(stale, "file"));
        }
        if self.is_check {
            return format!("site: {out} is up to date, {}{unread}", counted(files, "file"));
        }
        format!(
            "site: {} in {out}, {} kB: {} written, {} deleted{unread}",
            counted(files, "file"),
            self.bytes.div_ceil(1000),
            self.written.len(),
            self.deleted.len(),
        )
    }
}

/// For a terminal: the files that changed.
pub fn human(summary: &SiteSummary<'_>) -> String {
    let (write, delete) = if summary.is_check {
        ("stale", "left over")
    } else {
        ("written", "deleted")
    };
    let mut table = TextTable::new(&[]);
    let lists = [
        (summary.written, write, style::GOOD, ""),
        (summary.deleted, delete, style::BAD, ""),
        (
            summary.kept,
            "kept",
            style::CAREFUL,
            "no longer part of the site, but someone changed it",
        ),
        (summary.foreign, "foreign", style::BAD, "`site` did not write it"),
    ];
    for (paths, word, color, note) in lists {
        for path in paths.iter().take(LISTED) {
            table.row([Line::styled(color, word), path.as_str().into(), note.into()]);
        }
        let more = paths.len().saturating_sub(LISTED);
        if more > 0 {
            table.row([
                Line::styled(color, word),
                format!("and {}", counted(more, "more file")).into(),
                "".into(),
            ]);
        }
    }
    table.render()
}

/// For programs.
pub fn json(about: DocumentSubject<'_>, summary: &SiteSummary<'_>) -> Value {
    let data = json!({
        "out": summary.out.to_string_lossy(),
        "check": summary.is_check,
        "stale": summary.is_check && !(summary.written.is_empty() && summary.deleted.is_empty() && summary.foreign.is_empty()),
        "written": summary.written,
        "deleted": summary.deleted,
        "kept": summary.kept,
        "foreign": summary.foreign,
        "same": summary.same,
        "bytes": summary.bytes,
        "targets_unread": summary.unread,
        "findings": rows(summary.findings),
    });
    envelope(about, data)
}
