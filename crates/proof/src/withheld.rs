//! Why a lesson may be missing because of a target's git settings: an ignored or untracked file, a filter, another encoding, or
//! a name that differs only in case.
//!
//! Input: the entry points in use, a lesson, and the tree after the proposal. Output: why the lesson may be missing at an
//! entry point. Not here: what merge does there. This file repeats on purpose what `place` decides; both read git's rules
//! with the same parser.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use lessonbook_base::git_rules;
use lessonbook_base::marker::BlocksInFile;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::{EntryPoint, EntryPointKind, Lesson, Severity, Store};

/// Why we can't use a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WithheldReason {
    /// Git does not track it here: each person has a file of their own, or none.
    Private(String),
    /// Git tracks it, but our text could not be read there.
    Unreadable(String),
}

/// The excuses of a target. Each file is examined once.
pub(super) struct Excuses<'a> {
    store: &'a Store,
    tree: &'a Tree,
    /// The folders of always-loaded entry points in use that are not private.
    loaded: BTreeSet<String>,
    known: RefCell<BTreeMap<(String, String), Option<WithheldReason>>>,
}

impl<'a> Excuses<'a> {
    pub fn new(store: &'a Store, rows: &[&EntryPoint], tree: &'a Tree) -> Self {
        let mut excuses = Excuses {
            store,
            tree,
            loaded: BTreeSet::new(),
            known: RefCell::default(),
        };
        let private = |row: &EntryPoint| matches!(excuses.examine(row, ""), Some(WithheldReason::Private(_)));
        let loaded = rows
            .iter()
            .filter(|row| row.kind == EntryPointKind::Always && !private(row));
        excuses.loaded = loaded.map(|row| row.folder.clone()).collect();
        excuses
    }

    /// Why a lesson may be missing at an entry point. A critical one may be missing only where git does not track the file.
    pub fn excuse(&self, row: &EntryPoint, lesson: &Lesson) -> Option<String> {
        match self.reason(row, lesson)? {
            WithheldReason::Private(why) => self.loaded.contains(&row.folder).then_some(why),
            WithheldReason::Unreadable(why) => (lesson.severity != Severity::Critical).then_some(why),
        }
    }

    /// Whether an entry point can't hold a lesson. Then no other file may leave the lesson out because of it.
    pub fn lacks(&self, row: &EntryPoint, lesson: &Lesson) -> bool {
        self.reason(row, lesson).is_some()
    }

    fn reason(&self, row: &EntryPoint, lesson: &Lesson) -> Option<WithheldReason> {
        let topic = if row.kind == EntryPointKind::Scoped {
            lesson.topic.as_str()
        } else {
            ""
        };
        let key = (row.name.clone(), topic.to_owned());
        let known = self.known.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let why = self.examine(row, topic);
            self.known.borrow_mut().insert(key, why.clone());
            why
        })
    }

    /// Examines the file that the entry point would have: its own name, or the second name if the first is someone else's.
    fn examine(&self, row: &EntryPoint, topic: &str) -> Option<WithheldReason> {
        let names = match row.kind {
            EntryPointKind::Scoped => vec![row.file(topic), row.file_beside(topic)],
            _ => return self.reason_for_path(&row.path, true),
        };
        let mut free = names.iter().filter(|name| !self.is_taken(name));
        // If both are someone else's, another finding reports it.
        free.next().and_then(|name| self.reason_for_path(name, false))
    }

    fn is_taken(&self, path: &str) -> bool {
        let foreign = match self.tree.get(path) {
            None => false,
            Some(_) => self
                .tree
                .block(path, &self.store.name)
                .is_none_or(|found| found == BlocksInFile::Nothing),
        };
        foreign || self.same_but_for_case(path)
    }

    fn same_but_for_case(&self, path: &str) -> bool {
        let start = path.split('/').next().unwrap_or(path);
        let roots = self.tree.roots().filter(|root| root.eq_ignore_ascii_case(start));
        let roots: Vec<&str> = roots.collect();
        let below = roots
            .iter()
            .flat_map(|root| self.tree.under(root).map(|(path, _)| path));
        let mut all = below.chain(roots.iter().copied());
        all.any(|other| {
            other
                .get(..path.len())
                .is_some_and(|head| head != path && head.eq_ignore_ascii_case(path))
                && matches!(other.as_bytes().get(path.len()), None | Some(b'/'))
        })
    }

    fn reason_for_path(&self, path: &str, fixed: bool) -> Option<WithheldReason> {
        let tree = self.tree;
        let untracked = tree.local().untracked.contains(path);
        let held = tree.get(path);
        if held.is_none() || untracked {
            if let Some(rule) = git_rules::ignored(tree, path) {
                return Some(WithheldReason::Private(format!(
                    "`{path}` is ignored by git: {rule}"
                )));
            }
            if held.is_none() && untracked {
                return Some(WithheldReason::Private(format!(
                    "`{path}` is in the work tree and not committed"
                )));
            }
        }
        if held.is_some_and(|entry| matches!(entry.mode, Mode::Symlink | Mode::Submodule)) {
            return None;
        }
        if let Some(why) = unreadable(tree, path) {
            return Some(WithheldReason::Unreadable(why));
        }
        (fixed && self.same_but_for_case(path)).then(|| {
            WithheldReason::Unreadable(format!("`{path}` exists with other upper and lower case letters"))
        })
    }
}

/// Why text that we write to a file would not be read there as we wrote it.
pub(super) fn unreadable(tree: &Tree, path: &str) -> Option<String> {
    if let Some(tool) = tree.file(path).and_then(git_rules::encrypted_by) {
        return Some(format!("`{path}` is encrypted with {tool}"));
    }
    let conversion = git_rules::conversion(tree, path);
    if let Some(filter) = conversion.filter {
        return Some(format!("git passes `{path}` through `filter={filter}`"));
    }
    let encoding = conversion.encoding?;
    Some(format!("`{path}` is {encoding} on disk"))
}
