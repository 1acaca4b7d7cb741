//! Which hits of a change are new.
//!
//! Input: the hits before and after a change, of the files that changed. Output: for each hit after it, the hit before it that is
//! the same one. Not here: finding the hits (`linter`).
//!
//! Hits are paired over the whole change by lesson and identity, so that moved files and renamed files cost nothing; then what is
//! left, within one file, by identity without names, so that a renamed object costs nothing either. Within these steps a pair in
//! the same file, and on a line nearer to the old one, is preferred: of two equal hits the copy is the new one.

use std::collections::BTreeMap;

use crate::hit::Hit;

/// For each hit of `after`, the index of the same hit in `before`; none: it is new.
pub fn pair(before: &[Hit], after: &[Hit]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; after.len()];
    let mut free = vec![true; before.len()];
    let what = |hit: &Hit| (hit.lesson, hit.check);
    step(before, after, &mut pairs, &mut free, |hit| {
        (what(hit), hit.identity.named.clone(), hit.file.clone())
    });
    step(before, after, &mut pairs, &mut free, |hit| {
        (what(hit), hit.identity.named.clone(), String::new())
    });
    step(before, after, &mut pairs, &mut free, |hit| {
        (what(hit), hit.identity.nameless.clone(), hit.file.clone())
    });
    pairs
}

/// Pairs what has the same key and no partner yet.
fn step<K: Ord>(
    before: &[Hit],
    after: &[Hit],
    pairs: &mut [Option<usize>],
    free: &mut [bool],
    key: impl Fn(&Hit) -> K,
) {
    let mut groups: BTreeMap<K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (index, hit) in before.iter().enumerate().filter(|(index, _)| free[*index]) {
        groups.entry(key(hit)).or_default().0.push(index);
    }
    for (index, hit) in after
        .iter()
        .enumerate()
        .filter(|(index, _)| pairs[*index].is_none())
    {
        groups.entry(key(hit)).or_default().1.push(index);
    }
    for (mut old, mut new) in groups.into_values() {
        // Both lists are in the order of files and lines. Where one is longer, what is left out is at one end or in between:
        // the pairs with the smallest distance are kept.
        while !old.is_empty() && !new.is_empty() {
            let (o, n) = if old.len() == new.len() {
                (0, 0)
            } else {
                nearest(before, after, &old, &new)
            };
            let (o, n) = (old.remove(o), new.remove(n));
            pairs[n] = Some(o);
            free[o] = false;
        }
    }
}

/// The next pair of two lists of different lengths: the first of the shorter list, with the nearest line of the longer one that
/// leaves enough partners for the others.
fn nearest(before: &[Hit], after: &[Hit], old: &[usize], new: &[usize]) -> (usize, usize) {
    let distance = |o: usize, n: usize| {
        let (o, n) = (&before[old[o]], &after[new[n]]);
        (o.file != n.file, o.line.abs_diff(n.line))
    };
    let room = old.len().abs_diff(new.len());
    let candidates = 0..=room;
    if old.len() < new.len() {
        let n = candidates.min_by_key(|n| distance(0, *n)).unwrap_or(0);
        (0, n)
    } else {
        let o = candidates.min_by_key(|o| distance(*o, 0)).unwrap_or(0);
        (o, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit::Identity;

    fn hit(file: &str, line: usize, named: &str, nameless: &str) -> Hit {
        Hit {
            lesson: 0,
            check: 0,
            file: file.to_owned(),
            span: 0..0,
            line,
            detail: String::new(),
            identity: Identity {
                named: named.to_owned(),
                nameless: nameless.to_owned(),
            },
            is_in_text: true,
        }
    }

    #[test]
    fn moves_and_renames_are_not_new_and_copies_are() {
        let before = [
            hit("a.yaml", 3, "Deployment a", "x"),
            hit("a.yaml", 9, "Deployment b", "x"),
        ];
        let moved = [
            hit("b/a.yaml", 3, "Deployment a", "x"),
            hit("c.yaml", 1, "Deployment b", "x"),
        ];
        assert_eq!(pair(&before, &moved), [Some(0), Some(1)]);
        let renamed = [
            hit("a.yaml", 3, "Deployment c", "x"),
            hit("a.yaml", 9, "Deployment b", "x"),
        ];
        assert_eq!(pair(&before, &renamed), [Some(0), Some(1)]);
        let copied = [
            hit("0.yaml", 3, "Deployment a", "x"),
            hit("a.yaml", 3, "Deployment a", "x"),
            hit("a.yaml", 9, "Deployment b", "x"),
        ];
        assert_eq!(pair(&before, &copied), [None, Some(0), Some(1)]);
    }

    #[test]
    fn of_equal_hits_in_one_file_the_one_away_from_the_old_lines_is_new() {
        let before = [hit("a.sql", 1, "x", "x"), hit("a.sql", 9, "x", "x")];
        let after = [
            hit("a.sql", 1, "x", "x"),
            hit("a.sql", 5, "x", "x"),
            hit("a.sql", 10, "x", "x"),
        ];
        assert_eq!(pair(&before, &after), [Some(0), None, Some(1)]);
        assert_eq!(pair(&after, &before), [Some(0), Some(2)]);
    }
}
