//! Checks files in a target: can they be read, and are they as their store wrote them?
//!
//! Input: a tree. Output: a row and findings for each checks file. Not here: what the checks find (`lint`), and whether they are the
//! store's current ones, which only the store knows.

use super::{VerifiedFile, VerifyInput, VerifyReport};
use crate::checks_delivery::ENTRY_POINT;
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::tree::{Mode, Tree, TreeEntry};
use lessonbook_store::ChecksFile;
use lessonbook_store::checks_file::CHECKS_FOLDER;

/// Adds every checks file of the stores that are checked.
pub(super) fn checks_files(input: VerifyInput<'_>, tree: &Tree, report: &mut VerifyReport) {
    for (path, entry) in tree.under(CHECKS_FOLDER) {
        let Some(store) = ChecksFile::store_in_path(path) else {
            continue;
        };
        if input.name.is_some_and(|name| name != store) {
            continue;
        }
        let (file, findings) = read(path, store, entry);
        report.findings.extend(findings);
        let bytes = entry.content.as_deref().unwrap_or_default();
        report.files.push(VerifiedFile {
            path: path.to_owned(),
            entry_point: ENTRY_POINT.to_owned(),
            store: store.to_owned(),
            line: usize::from(file.is_some()),
            end: bytes.split_inclusive(|byte| *byte == b'\n').count(),
            ok: true, // findings decide it
            reformatted: file
                .is_some_and(|file| file.is_unedited(bytes) && file.to_yaml().as_bytes() != bytes),
            through: None,
        });
    }
}

/// The file, if it can be read, and what is wrong with it.
fn read(path: &str, store: &str, entry: &TreeEntry) -> (Option<ChecksFile>, Vec<Finding>) {
    let invalid = |what: &str| {
        let finding = Finding::new(Code::ChecksInvalid, format!("`{path}` {what}"));
        (
            None,
            vec![
                finding
                    .at(Location::file(path))
                    .effect("`lint` runs none of its checks")
                    .help("restore the file from the git history"),
            ],
        )
    };
    if !matches!(entry.mode, Mode::File | Mode::Executable) {
        return invalid("is not a regular file");
    }
    let Some(bytes) = entry.content.as_deref() else {
        return invalid("is too large to be a checks file");
    };
    let (file, mut findings) = ChecksFile::parse(path, bytes);
    let Some(file) = file else {
        return (None, findings);
    };
    let edited = if file.name != store {
        Some(format!("it names the store `{}`", file.name))
    } else if !file.is_unedited(bytes) {
        Some("what it says does not match its digest".to_owned())
    } else {
        None
    };
    findings.extend(edited.map(|why| {
        Finding {
            level: Level::Error,
            ..Finding::new(Code::BlockEdited, format!("`{path}` was edited by hand: {why}"))
        }
        .at(Location::file(path))
        .effect("`lint` judges changes by other checks than the store has")
        .help("restore the file from the git history; to keep a change, make it in the store's lesson")
    }));
    (Some(file), findings)
}
