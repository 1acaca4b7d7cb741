//! A file that is too large is not read: it stops its own entry point in its own target, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use crate::support::library::{self, Book, in_order, refused_for, tree};
use lessonbook_base::finding::Code;
use lessonbook_base::tree::{LARGEST, Mode};

#[test]
fn a_large_file_at_an_entry_point_in_use_is_refused_and_elsewhere_it_does_not_matter() {
    let mut large = tree(&[("AGENTS.md", "# Mine\n")]);
    large.list_unread("CLAUDE.md", Mode::File, 20_000_000);
    large.list_unread("src/AGENTS.md", Mode::File, 20_000_000);
    let used = Book::new(library::ALL).uses("claude").plan(&large);
    refused_for(&used, Code::EntryPointTooLarge, "`CLAUDE.md` has 20000000 bytes");
    assert!(
        used.content.edits.is_empty(),
        "it is never taken for a file that does not exist"
    );
    in_order(&Book::new(library::ALL).uses("copilot").plan(&large));
}

#[test]
fn a_block_makes_no_file_that_could_not_be_read_again() {
    let almost = "x\n".repeat(LARGEST / 2 - 10);
    let plan = Book::new(library::ALL)
        .uses("claude")
        .plan(&tree(&[("CLAUDE.md", almost)]));
    refused_for(&plan, Code::EntryPointTooLarge, "at most 1048576 are read");
}
