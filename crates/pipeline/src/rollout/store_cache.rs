//! The stores with which plans are made while lessons wait, each created once.
//!
//! Input: how such a store differs, and a function that creates it. Output: the store. Not here: which lessons wait where
//! (`non_canary_plan`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use lessonbook_store::{Lesson, Store};

/// The stores with which the plans of one store are made: one for each set of lessons that wait.
#[derive(Debug, Default)]
pub struct StoreCache {
    first: OnceLock<Box<SortedLessons>>,
}

/// How another store differs: lessons in an earlier version or absent, and retired ones that stay.
pub(super) type Label = (BTreeMap<String, Option<Lesson>>, BTreeSet<String>);

#[derive(Debug)]
struct SortedLessons {
    label: Label,
    store: Store,
    next: OnceLock<Box<SortedLessons>>,
}

impl StoreCache {
    /// The store with this label, which is created if it does not exist yet.
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
                next: OnceLock::new(),
            })
        };
        &place.get_or_init(board).store
    }
}
