//! Why a path can't be written.
//!
//! Input: a path, the planned files, the target's tree. Output: nothing, a symlink to another file of ours, or a finding. Not here:
//! markers inside the file (`merge`).

use crate::available;
use crate::place::PlannedFile;
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::text;
use lessonbook_base::tree::{LARGEST, LARGEST_SUM, Mode, Tree};
use lessonbook_store::{EntryPoint, writable};

/// What prevents writing a path.
pub(super) enum PathConflict {
    /// Nothing.
    None,
    /// A symbolic link to another file that we manage.
    Link,
    Finding(Box<Finding>),
}

/// What prevents writing a path.
pub(super) fn path_conflict(
    files: &[PlannedFile<'_>],
    row: &EntryPoint,
    path: &str,
    tree: &Tree,
) -> PathConflict {
    let refuse = |finding: Finding| PathConflict::Finding(Box::new(finding));
    if let Err(why) = writable::writable(path, row.prompt) {
        return refuse(Finding::new(
            Code::OutsideWritableArea,
            format!("`{path}`: {why}"),
        ));
    }
    for (at, _) in path.match_indices('/') {
        if let Some(entry) = tree.get(&path[..at]) {
            let message = format!(
                "`{}` is a {}, so `{path}` can't be written",
                &path[..at],
                thing(entry.mode)
            );
            return refuse(
                Finding::new(Code::EntryPointBlocked, message)
                    .help("make it a folder, or leave the entry point out of `use`"),
            );
        }
    }
    if let Some(withheld) = available::withheld_path(&row.name, path, tree) {
        // `place` has left out the files that may be missing. Here a lesson would be missing that is required.
        return refuse(Finding {
            level: Level::Error,
            ..withheld.finding
        });
    }
    let Some(entry) = tree.get(path) else {
        let folder = format!("{path}/");
        let blocked = tree
            .under(path)
            .next()
            .is_some_and(|(below, _)| below.starts_with(&folder));
        return if blocked {
            refuse(Finding::new(
                Code::EntryPointBlocked,
                format!("`{path}` is a folder"),
            ))
        } else {
            PathConflict::None
        };
    };
    if let Some(size) = entry.unread {
        return refuse(too_large(path, size));
    }
    match entry.mode {
        Mode::Symlink => link(files, path, entry.content.as_deref().unwrap_or_default(), tree),
        Mode::Submodule => refuse(Finding::new(
            Code::EntryPointBlocked,
            format!("`{path}` is a submodule"),
        )),
        Mode::File | Mode::Executable if entry.content.as_deref().is_some_and(is_lfs_pointer) => refuse(
            Finding::new(Code::LfsPointer, format!("`{path}` is stored in Git LFS"))
                .effect("its text is not in the repository, so nothing can be merged into it")
                .help(format!("stop storing it in LFS: git lfs untrack '{path}'")),
        ),
        Mode::File | Mode::Executable => {
            let Some(why) = entry.content.as_deref().and_then(text::not_text) else {
                return PathConflict::None;
            };
            refuse(
                Finding::new(Code::NotText, format!("`{path}` {why}"))
                    .effect("our block is UTF-8, and a file in two encodings can't be read")
                    .help("save it as UTF-8, or leave the entry point out of `use`"),
            )
        }
    }
}

/// The finding for a file that is not read completely, or would not be after our block is in it.
pub(crate) fn too_large(path: &str, size: u64) -> Finding {
    let message = if size > LARGEST as u64 {
        format!("`{path}` has {size} bytes, but at most {LARGEST} are read")
    } else {
        format!(
            "`{path}` is not read: the instruction files of this repository have more than {LARGEST_SUM} bytes together"
        )
    };
    Finding::new(Code::EntryPointTooLarge, message)
        .effect("nothing can be merged into it, so its assistants get no lesson there; assistants do not read that much either")
        .help("move text that is not instructions to another file, or leave the entry point out of `use`")
}

fn thing(mode: Mode) -> &'static str {
    match mode {
        Mode::File | Mode::Executable => "file",
        Mode::Symlink => "symbolic link",
        Mode::Submodule => "submodule",
    }
}

/// A symlink to a file of ours is covered by that file; a symlink to anything else is a finding. A file that is not in use is not ours.
fn link(files: &[PlannedFile<'_>], path: &str, target: &[u8], tree: &Tree) -> PathConflict {
    let target = String::from_utf8_lossy(target).into_owned();
    let resolved = resolve(path, &target);
    if let Some(resolved) = &resolved
        && files.iter().any(|file| file.entry_point.owns(resolved))
        && tree.file(resolved).is_some()
    {
        return PathConflict::Link;
    }
    let state = match &resolved {
        Some(resolved) if tree.get(resolved).is_some() => "which is not an entry point in use",
        _ => "which is not in this repository",
    };
    let message = format!("`{path}` is a symbolic link to `{target}`, {state}");
    PathConflict::Finding(Box::new(
        Finding::new(Code::EntryPointIsLink, message)
            .effect("nothing is written through a link, so the lessons are missing there")
            .help("make it a regular file, let it link to an entry point in `use`, or add an exception to targets.yaml"),
    ))
}

/// The path to which a relative symlink leads; `None` if it leaves the repository.
pub fn resolve(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') || target.is_empty() {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The first line of a Git LFS pointer file (git-lfs docs/spec.md).
fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/v1\n")
}
