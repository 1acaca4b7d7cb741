//! The diffs that we show are patches that git applies, and our counts of lines are git's.
//!
//! Input: any texts before and after a change. Output: the files after `git apply`. Not here: which files are changed (`diff.rs`).

use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::tree::Mode;
use proptest::prelude::*;

use super::support::Sandbox;

/// Few different lines, so that many are equal; any ends of line; often none at the end of the file.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "",
        "\t- é",
        "x\ry",
        "--- a/f",
        "+++ b/f",
        "@@ -1 +1 @@",
        "\\ No",
    ]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    let lines = prop::collection::vec((line, end), 0..24);
    (lines, any::<bool>()).prop_map(|(lines, ends)| {
        let text: String = lines.iter().flat_map(|(line, end)| [*line, *end]).collect();
        if ends {
            text
        } else {
            text.trim_end_matches('\n').to_owned()
        }
    })
}

/// A change of a file: a new one, a deleted one, or a changed one. Files without a line can't be told from none in a diff without ids.
fn change() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    let filled = || text().prop_filter("a line", |text| !text.is_empty());
    prop_oneof![
        6 => (text(), text()).prop_map(|(before, after)| (Some(before), Some(after))),
        1 => filled().prop_map(|after| (None, Some(after))),
        1 => filled().prop_map(|before| (Some(before), None)),
    ]
}

fn edit(number: usize, (before, after): &(Option<String>, Option<String>)) -> Edit {
    let state = |text: &Option<String>| {
        text.as_ref().map(|text| FileState {
            mode: Mode::File,
            bytes: text.as_str().into(),
        })
    };
    Edit {
        path: format!("f{number}"),
        before: state(before),
        after: state(after),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn git_applies_what_we_show_and_counts_the_same_lines(changes in prop::collection::vec(change(), 60)) {
        let sandbox = Sandbox::new();
        sandbox.init("repo");
        let changes: Vec<_> = changes.iter().filter(|(before, after)| before != after).collect();
        let edits: Vec<Edit> = changes.iter().enumerate().map(|(number, change)| edit(number, change)).collect();
        for (number, (before, _)) in changes.iter().enumerate() {
            if let Some(before) = before {
                sandbox.write(&format!("repo/f{number}"), before);
            }
        }
        sandbox.write("patch", edits.iter().map(Edit::unified).collect::<String>());
        let counted: String = edits
            .iter()
            .map(|edit| { let (added, removed) = edit.counts(); format!("{added}\t{removed}\t{}\n", edit.path) })
            .collect();
        prop_assert_eq!(sandbox.git("repo", &["apply", "--numstat", "../patch"]), counted.trim_end());
        sandbox.git("repo", &["apply", "--whitespace=nowarn", "../patch"]);
        for (number, (_, after)) in changes.iter().enumerate() {
            let path = format!("repo/f{number}");
            let now = sandbox.path(&path).exists().then(|| sandbox.read(&path));
            prop_assert_eq!(now.as_deref(), after.as_ref().map(String::as_bytes));
        }
    }
}
