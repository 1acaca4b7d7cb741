//! A link definition of the team's page turns no word of a lesson into a link, whenever it was written.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use crate::support::library::{Book, bare, in_order, story, text, tree};
use lessonbook_pipeline::target_state::TargetState;

const PAGE: &str = "# App\n\nSee the guide [1], [foo] and the note[^1].\n\n[1]: https://example.com/guide\n[foo]: https://example.com/foo 'Foo'\n[x]: <https://example.com/x>\n[^1]: A note.\n";

fn book(rule: &str) -> Book {
    Book::new(&[crate::support::library::SECRETS])
        .change(
            "review/secrets",
            "Keep passwords and keys out of the repository.",
            rule,
        )
        .uses("claude")
}

#[test]
fn a_lesson_with_brackets_is_placed_beside_definitions_and_comes_to_rest() {
    for rule in [
        "Never read argv[1] before checking argc.",
        "Never use arr[x][1], [foo] or [^1] here.",
        "Write [foo][1] and ![foo] and [foo][].",
        "Keep `argv[1]` and [foo](https://example.com/own) apart.",
        "Use \\[1] and [[1]].",
    ] {
        let book = book(rule).settings("policy: { hosts: [example.com] }");
        let before = tree(&[("CLAUDE.md", PAGE)]);
        let plan = book.plan(&before);
        in_order(&plan);
        let after = before.with(&plan.content.edits);
        assert!(
            text(&after, "CLAUDE.md").ends_with(&PAGE["# App\n".len()..]),
            "{rule}"
        );
        assert_eq!(
            book.plan(&after).outcome.state,
            TargetState::UpToDate,
            "{rule}: {}",
            story(&book.plan(&after))
        );
        // The same where the definitions came after us, and where a line ends with a carriage return.
        let ours = text(&book.applied(&bare()), "CLAUDE.md");
        for joined in [
            format!("{ours}\n{PAGE}"),
            format!("{ours}\n{PAGE}").replace('\n', "\r\n"),
        ] {
            let later = tree(&[("CLAUDE.md", joined)]);
            let plan = book.plan(&later);
            in_order(&plan);
            assert_eq!(
                book.plan(&later.with(&plan.content.edits)).outcome.state,
                TargetState::UpToDate,
                "{rule}"
            );
        }
    }
}

#[test]
fn without_a_definition_no_backslash_is_written() {
    let book = book("Never read argv[1] before checking argc.");
    let after = book.applied(&tree(&[("CLAUDE.md", "# App\n\nSee [1].\n")]));
    assert!(text(&after, "CLAUDE.md").contains("argv[1]"));
    // Nor once the definition is gone.
    let defined = book.applied(&tree(&[("CLAUDE.md", PAGE)]));
    let escaped = text(&defined, "CLAUDE.md");
    assert!(escaped.contains("argv\\[1]"), "{escaped}");
    let gone = tree(&[(
        "CLAUDE.md",
        escaped.replace("[1]: https://example.com/guide\n", ""),
    )]);
    assert_eq!(book.plan(&gone).outcome.state, TargetState::UpToDate);
}
