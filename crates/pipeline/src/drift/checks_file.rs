//! Changes that people made to the checks file since it was merged.
//!
//! Input: the file as it is, as the plan leaves it, and as we merged it last. Output: a [`Drift`], or nothing. Not here: restoring it
//! (`checks_delivery`).

use super::{ChangedLine, Drift, DriftInput, DriftKind};
use crate::merge::{BlockState, WrittenFile};
use lessonbook_base::edit::Edit;
use lessonbook_base::text_diff;
use lessonbook_base::tree::Mode;
use lessonbook_store::ChecksFile;

impl DriftInput<'_> {
    /// What a person did to the checks file.
    pub(super) fn drift_of_checks(&self, file: &WrittenFile, edit: Option<&Edit>) -> Option<Drift> {
        let planned = edit
            .and_then(|edit| edit.after.as_ref())
            .map(|state| &state.bytes);
        let drift = |kind: DriftKind, evidence: &str| Drift {
            path: file.path.clone(),
            entry_point: file.entry_point.clone(),
            kind,
            line: 1,
            known: true,
            evidence: evidence.to_owned(),
            lines: Vec::new(),
            by_hand: true,
            restores: false,
        };
        match file.state {
            BlockState::Reformatted => Some(drift(DriftKind::Reformatted, "it says the same checks")),
            BlockState::Edited => {
                let now = self.tree.file(&file.path)?;
                let planned = planned?;
                let evidence = match ChecksFile::parse(&file.path, now).0 {
                    Some(_) => "what it says does not match its digest",
                    None => "it can't be read as checks, so `lint` runs none of them",
                };
                let found = drift(DriftKind::Edited, evidence);
                Some(self.edited_checks(now, planned, found))
            }
            BlockState::New | BlockState::Refused => {
                let entry = self.tree.get(&file.path);
                let kind = match entry.map(|entry| entry.mode) {
                    None => DriftKind::Deleted,
                    Some(Mode::Symlink) => DriftKind::Link,
                    Some(_) => return None,
                };
                let was = self.merged_checks(&file.path)?;
                Some(Drift {
                    restores: planned.is_some_and(|planned| planned.as_slice() == was),
                    ..drift(kind, "it was merged with a proposal of ours")
                })
            }
            _ => None,
        }
    }

    /// The file as we merged it last, if that is known.
    fn merged_checks(&self, path: &str) -> Option<&[u8]> {
        match self.past {
            Some(past) => past.tree.file(path),
            None => self.merged?.file(path),
        }
    }

    fn edited_checks(&self, now: &[u8], planned: &[u8], drift: Drift) -> Drift {
        let text = |bytes: &[u8]| String::from_utf8_lossy(&ChecksFile::without_digest(bytes)).into_owned();
        let here = text(now);
        let mut lost = text_diff::lost_lines(&here, &text(planned));
        let was = self.merged_checks(&drift.path);
        if let Some(was) = was {
            let by_hand = text_diff::lost_lines(&here, &text(was));
            lost.retain(|line| by_hand.contains(line));
        }
        let line = |at: usize| {
            let text = here.lines().nth(at)?.trim_end().to_owned();
            Some(ChangedLine { number: at + 1, text })
        };
        let lines: Vec<ChangedLine> = lost.into_iter().filter_map(line).collect();
        let stated = ChecksFile::stated_digest(now);
        Drift {
            line: lines.first().map_or(1, |line| line.number),
            lines,
            by_hand: was.is_some(),
            restores: stated.is_some() && stated == ChecksFile::stated_digest(planned),
            ..drift
        }
    }
}
