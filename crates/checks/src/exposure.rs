//! Which lessons a change gives something to judge: the exposure against which introduced hits are counted.
//!
//! Input: the places that structural checks judge before and after a change, or its changed paths. Output: the lessons of which at
//! least one place is new or has another value. Not here: whether a place is a hit (`structure`, `linter`).
//!
//! Places are paired as hits are (`pairing`): over the whole change by what they are, so that a move is free; then, in one file,
//! without names, so that a rename is free. For text checks the place is the file, because every line of it is judged.

use std::collections::{BTreeMap, BTreeSet};

use crate::change_check::ChangeCheck;
use crate::check::CheckKind;
use crate::file_check::FileVerb;
use crate::judged_place::JudgedPlace;
use crate::linter::{ChangedPath, Linter, PathMatchers, portable};

/// Places with the file that each is in.
pub(crate) type PlacesInFiles<'c> = Vec<(&'c str, JudgedPlace)>;

/// The lessons with a place after a change that was not there before it.
pub(crate) fn lessons_with_new_places<'c>(
    before: &PlacesInFiles<'c>,
    after: &PlacesInFiles<'c>,
) -> BTreeSet<usize> {
    let named = |(_, place): &(&str, JudgedPlace)| (place.lesson, place.check, place.named, "");
    let (before, after) = without_pairs(before, after, named);
    let nameless =
        |(file, place): &(&'c str, JudgedPlace)| (place.lesson, place.check, place.nameless, *file);
    let (_, new) = without_pairs(&before, &after, nameless);
    new.into_iter().map(|(_, place)| place.lesson).collect()
}

/// Both lists without the entries that have a partner with the same key.
fn without_pairs<'c, K: Ord>(
    before: &PlacesInFiles<'c>,
    after: &PlacesInFiles<'c>,
    key: impl Fn(&(&'c str, JudgedPlace)) -> K,
) -> (PlacesInFiles<'c>, PlacesInFiles<'c>) {
    let mut free: BTreeMap<K, usize> = BTreeMap::new();
    for place in before {
        *free.entry(key(place)).or_default() += 1;
    }
    let mut take = |place: &(&'c str, JudgedPlace)| match free.get_mut(&key(place)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let new = after.iter().filter(|place| !take(place)).copied().collect();
    // What is left of each key was not used; which of several equal places it is makes no difference.
    let mut left = |place: &&(&'c str, JudgedPlace)| match free.get_mut(&key(place)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let old = before.iter().filter(|place| left(place)).copied().collect();
    (old, new)
}

impl Linter<'_> {
    /// The lessons whose file checks or change checks have something to say about a change.
    pub(crate) fn lessons_about_paths(&self, changed: &[ChangedPath]) -> BTreeSet<usize> {
        let mut lessons = BTreeSet::new();
        for (number, _, _, check) in self.all() {
            let scope = PathMatchers::new(check);
            let is_any = |is_about: &dyn Fn(&ChangedPath) -> bool| {
                changed
                    .iter()
                    .any(|path| is_about(path) && scope.holds(path.path))
            };
            let is_exposed = match &check.kind {
                CheckKind::Text(_) | CheckKind::Structure(_) => false,
                CheckKind::File(file) => match file.verb {
                    FileVerb::Forbid => is_any(&|path| path.after && !path.before),
                    FileVerb::Require => {
                        let matcher = file.matcher();
                        is_any(&|path| matcher.is_match(path.path))
                    }
                },
                CheckKind::Change(ChangeCheck::Needs { changed, .. }) => {
                    let starts = portable(changed);
                    is_any(&|path| starts.is_match(path.path))
                }
                CheckKind::Change(ChangeCheck::Untouched(_)) => is_any(&|_| true),
            };
            if is_exposed {
                lessons.insert(number);
            }
        }
        lessons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(named: u64, nameless: u64) -> JudgedPlace {
        JudgedPlace {
            lesson: 3,
            check: 0,
            named,
            nameless,
        }
    }

    #[test]
    fn moves_and_renames_are_no_exposure_and_copies_and_new_values_are() {
        let before = vec![("a.yaml", place(1, 10)), ("a.yaml", place(2, 10))];
        let exposed = |after: PlacesInFiles| !lessons_with_new_places(&before, &after).is_empty();
        assert!(!exposed(vec![("b.yaml", place(1, 10)), ("c.yaml", place(2, 10))]));
        assert!(!exposed(vec![("a.yaml", place(7, 10)), ("a.yaml", place(2, 10))]));
        assert!(!exposed(vec![("a.yaml", place(2, 10))]));
        assert!(exposed(vec![("b.yaml", place(7, 10))]));
        assert!(exposed(vec![
            ("a.yaml", place(1, 10)),
            ("a.yaml", place(2, 10)),
            ("a.yaml", place(2, 10))
        ]));
        assert!(exposed(vec![("a.yaml", place(1, 10)), ("a.yaml", place(8, 80))]));
    }
}
