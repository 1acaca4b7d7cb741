//! Cuts a lesson out of one file.
//!
//! Input: a file's bytes, its entry point, and the lesson's id. Output: the bytes without it, or a finding with the line at which it can't
//! be cut. Not here: the text of the block (`cut`), and which files (`withdraw`).

use super::cut;
use crate::merge::{self, managed_file, ownership};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::front_matter;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_store::{EntryPoint, Store};

/// A file without the lesson: the outer `None` if the lesson is not in it, the inner one if the file is deleted.
#[expect(
    clippy::option_option,
    reason = "not there, and nothing left, are two answers"
)]
pub(super) fn cut_file(
    store: &Store,
    row: &EntryPoint,
    path: &str,
    bytes: &[u8],
    id: &str,
) -> Result<Option<Option<Vec<u8>>>, Box<Finding>> {
    let text = String::from_utf8_lossy(bytes);
    if !cut::mentions(&text, id) {
        return Ok(None);
    }
    let block = match marker::find(bytes, &store.name) {
        BlocksInFile::Nothing => return Ok(None),
        BlocksInFile::Block(block) => block,
        found => return Err(Box::new(managed_file::unusable(path, &found).lesson(id))),
    };
    if let Some(finding) = ownership::check(store, row, path, bytes, &block).filter(Finding::is_error) {
        return Err(Box::new(finding.lesson(id)));
    }
    let front = front_matter::split(bytes);
    let inner = &bytes[block.inner.clone()];
    let Ok(inner) = std::str::from_utf8(inner) else {
        return if cut::mentions(&String::from_utf8_lossy(inner), id) {
            Err(not_cut(
                path,
                bytes,
                block.inner.start,
                id,
                "the block holds bytes that are not text",
            ))
        } else {
            Ok(None)
        };
    };
    let rest = match cut::cut(inner, id, store) {
        Ok(None) => return Ok(None),
        Ok(Some(rest)) => rest,
        Err(stuck) => return Err(not_cut(path, bytes, block.inner.start + stuck.at, id, stuck.why)),
    };
    if managed_file::hash_of(row, bytes, front.as_ref(), &block) != block.hash {
        return Err(not_cut(
            path,
            bytes,
            block.range.start,
            id,
            "our block was edited by hand",
        ));
    }
    if !rest.holds_lessons {
        return merge::without(row, path, bytes, &block).map(Some);
    }
    let mut after = bytes.to_vec();
    after.splice(block.inner.clone(), rest.inner.into_bytes());
    let begin = block.range.start..block.inner.start;
    let stated = String::from_utf8_lossy(&after[begin.clone()]).find(&block.hash);
    match (marker::find(&after, &store.name), stated) {
        (BlocksInFile::Block(new), Some(at)) => {
            let hash = managed_file::hash_of(row, &after, front.as_ref(), &new);
            let at = begin.start + at;
            after.splice(at..at + hash.len(), hash.into_bytes());
            Ok(Some(Some(after)))
        }
        _ => Err(not_cut(
            path,
            bytes,
            block.range.start,
            id,
            "without it, our markers would not pair up",
        )),
    }
}

/// The finding for a lesson that is present but can't be cut.
pub(super) fn not_cut(path: &str, bytes: &[u8], at: usize, id: &str, why: &str) -> Box<Finding> {
    let text = String::from_utf8_lossy(bytes);
    let line = text
        .get(at..)
        .map_or(at, |rest| at + rest.len() - rest.trim_start().len());
    let place = Location::in_text(path, &lessonbook_base::text::redact(&text), line..line + 1);
    let message = format!(
        "`{path}`, line {}: {id} can't be removed cleanly: {why}",
        place.line
    );
    Box::new(
        Finding::new(Code::LessonNotCut, message)
            .at(place)
            .lesson(id)
            .effect("nothing is withdrawn in this repository, so its assistants still get the lesson")
            .help("remove the lesson from the block by hand, then run the command again"),
    )
}
