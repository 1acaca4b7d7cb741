//! The stores that plans are made with while lessons wait, each made once.
//!
//! Input: what such a store differs in, and how it is made. Output: the store. Not here: which lessons wait where (`rest`).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use lessonbook_store::{Lesson, Store};

/// Holds the stores that plans of one store are made with: one for each set of lessons that wait.
#[derive(Debug, Default)]
pub struct StoreCache {
    first: OnceCell<Box<SortedLessons>>,
}

/// What another store differs in: lessons in an earlier version or absent, and retired ones that stay.
pub(super) type Label = (BTreeMap<String, Option<Lesson>>, BTreeSet<String>);

#[derive(Debug)]
struct SortedLessons {
    label: Label,
    store: Store,
    next: OnceCell<Box<SortedLessons>>,
}

impl StoreCache {
    /// The store with this label; made where there is none yet.
    pub(super) fn keep(&self, label: Label, make: impl FnOnce() -> Store) -> &Store {
        let mut place = &self.first;
        while let Some(board) = place.get() {
            if board.label == label {
                return &board.store;
            }
            place = &board.next;
        }
        let board = || {
            Box::new(SortedLessons {
                label,
                store: make(),
                next: OnceCell::new(),
            })
        };
        &place.get_or_init(board).store
    }
}
