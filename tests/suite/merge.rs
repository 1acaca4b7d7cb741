//! Hand-written bytes: every byte outside our block is kept, and removing the block restores the file.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;
use std::path::PathBuf;

use library::{Book, Ready, bare, codes, failed, in_order, refused_for, story, text, tree};
use proptest::prelude::*;

use crate::support::library;
use lessonbook_base::finding::Code;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::merge::BlockState;
use lessonbook_pipeline::plan::TargetPlan;

const BEGIN: &[u8] = b"<!-- lessonbook:begin acme ";
const END: &[u8] = b"<!-- lessonbook:end acme -->";

/// The same store at three times: at first, with another wording, and disabled.
fn times(path: &str) -> [Book; 3] {
    let name = match path {
        "AGENTS.md" => "agents",
        "CLAUDE.md" => "claude",
        _ => "copilot",
    };
    let first = Book::new(&[library::PROBE, library::SECRETS, library::NAMES]).uses(name);
    let second = first.clone().change(
        "review/secrets",
        "passwords and keys",
        "passwords, tokens and keys",
    );
    let off = first.clone().target("{ tags: [app], enabled: false }");
    [first, second, off]
}

thread_local! {
    /// The three times for each path, prepared once.
    static READY: BTreeMap<&'static str, [Ready; 3]> = PATHS
        .iter()
        .map(|path| (*path, times(path).map(|book| Ready::new(&book))))
        .collect();
}

const PATHS: [&str; 3] = ["AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md"];

/// Checks without our own code that `after` is `before` with one block: delete it, and at most two line endings before and one after it,
/// and the file is as it was.
fn is_with_block(before: &[u8], after: &[u8]) -> bool {
    let places = |needle: &[u8]| -> Vec<usize> {
        let found = after.windows(needle.len()).enumerate();
        found
            .filter(|(_, part)| *part == needle)
            .map(|(at, _)| at)
            .collect()
    };
    let ends = places(END);
    places(BEGIN).into_iter().any(|begin| {
        ends.iter()
            .filter(|end| **end > begin)
            .any(|end| is_without(before, &after[..begin], &after[end + END.len()..]))
    })
}

/// Whether head and tail are the file, apart from two line endings at the end of one and at the start of the other.
fn is_without(before: &[u8], head: &[u8], tail: &[u8]) -> bool {
    let mut heads = vec![head];
    let mut tails = vec![tail];
    for at in 0..2 {
        let head = heads[at.min(heads.len() - 1)];
        heads.extend(head.strip_suffix(b"\r\n").or_else(|| head.strip_suffix(b"\n")));
        let tail = tails[at.min(tails.len() - 1)];
        tails.extend(tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")));
    }
    heads
        .iter()
        .any(|head| tails.iter().any(|tail| [*head, *tail].concat() == before))
}

/// Adds the block, changes it, removes it; after each step a second run has nothing to do. The error describes what went wrong.
fn round_trip(path: &str, bytes: &[u8]) -> Result<(), String> {
    READY.with(|ready| round_trip_with(&ready[path], path, bytes))
}

fn round_trip_with([first, second, off]: &[Ready; 3], path: &str, bytes: &[u8]) -> Result<(), String> {
    let before = tree(&[(path, bytes)]);
    let step = |book: &Ready, tree: &Tree, what: &str| -> Result<Tree, String> {
        let plan = book.plan(tree);
        if plan.outcome.state == TargetState::Refused {
            return Err(format!("{what} is refused: {}", story(&plan)));
        }
        let after = tree.with(&plan.content.edits);
        let again = book.plan(&after);
        if again.outcome.state != TargetState::UpToDate {
            return Err(format!("{what} does not rest: {}", story(&again)));
        }
        Ok(after)
    };
    let inserted = step(first, &before, "inserting")?;
    if !is_with_block(bytes, inserted.file(path).unwrap_or_default()) {
        return Err(format!("inserting loses bytes:\n{}", text(&inserted, path)));
    }
    let updated = step(second, &inserted, "updating")?;
    if !is_with_block(bytes, updated.file(path).unwrap_or_default()) {
        return Err(format!("updating loses bytes:\n{}", text(&updated, path)));
    }
    if updated == inserted {
        return Err("updating changes nothing".into());
    }
    let removed = step(off, &updated, "removing")?;
    if removed.file(path) != Some(bytes) {
        return Err(format!(
            "removing does not restore the file:\n{:?}\n{:?}",
            String::from_utf8_lossy(bytes),
            removed.file(path).map(String::from_utf8_lossy)
        ));
    }
    Ok(())
}

fn corpus() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    let mut folders = vec![root.join("instructions"), root.join("markdown-extra")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("skipped: there is no corpus at {}", folder.display());
            return None;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|ending| ending != "tsv") {
                files.push(path);
            }
        }
    }
    files.sort();
    Some(files)
}

#[test]
fn every_real_instruction_file_keeps_its_bytes_and_is_restored() {
    let Some(files) = corpus() else { return };
    assert!(files.len() > 300, "only {} files", files.len());
    let mut wrong = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let path = PATHS[at % 3];
        if let Err(why) = round_trip(path, &bytes) {
            wrong.push(format!(
                "{} as {path}: {}",
                file.display(),
                why.lines().take(8).collect::<Vec<_>>().join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn files_of_every_shape_keep_their_bytes_and_are_restored() {
    let shapes: &[(&str, &[u8])] = &[
        ("empty", b""),
        ("only a line ending", b"\n"),
        ("only blank lines", b"\r\n\r\n"),
        ("spaces without an ending", b"   "),
        ("only a byte order mark", b"\xef\xbb\xbf"),
        ("only front matter", b"---\napplyTo: \"**\"\n---\n"),
        ("only front matter, unfinished", b"---\nname: x\n---"),
        ("only a heading", b"# Mine\n"),
        ("only a heading, unfinished", b"# Mine"),
        ("only a heading, CRLF, unfinished", b"\r\n# Mine"),
        ("a heading with text right below it", b"# Mine\nText\n"),
        ("heading and text", b"# Mine\n\nText\n"),
        ("an underlined heading", b"Mine\n====\n\nText"),
        ("an underlined heading, unfinished", b"Mine\r\n===="),
        ("front matter and heading", b"---\nname: x\n---\n\n# Mine\n\nText\n"),
        ("front matter, no heading", b"---\nname: x\n---\nText\n"),
        ("front matter that never ends", b"---\nname: x\n\nText\n"),
        ("text only", b"Text\n"),
        ("text only, unfinished", b"Text"),
        ("CRLF", b"# Mine\r\n\r\nText\r\n"),
        ("CRLF with a byte order mark", b"\xef\xbb\xbf# Mine\r\n\r\nText"),
        ("mixed endings", b"# Mine\r\n\nText\r\nmore\n"),
        ("old Mac endings", b"# Mine\r\rText\r"),
        ("old Mac endings and a fence that never ends", b"# Mine\r```"),
        ("old Mac heading only", b"# Mine\r"),
        ("invalid UTF-8", b"# M\xffine\n\n\xc3\x28 Text\n"),
        ("a NUL byte", b"# M\0ne\n"),
        ("a pointer", b"@AGENTS.md\n"),
        ("a pointer, unfinished", b"@./AGENTS.md"),
        ("another tool's block", b"<!-- BEGIN:nextjs-agent-rules -->\n# Next\n<!-- END:nextjs-agent-rules -->\n"),
        ("another store's block", b"# Mine\n\n<!-- lessonbook:begin other 0123456789ab -->\n\nTheirs\n\n<!-- lessonbook:end other -->\n"),
        ("marker text in a sentence", b"# Mine\n\nThe line `<!-- lessonbook:begin acme 0123456789ab -->` opens a block, `<!-- lessonbook:end acme -->` ends it.\n"),
        ("marker text in a fence", b"# Mine\n\n```md\n<!-- lessonbook:begin acme 0123456789ab -->\n<!-- lessonbook:end acme -->\n```\n"),
        ("a fence that never ends", b"# Mine\n\n```sh\nmake\n"),
        ("a comment that never ends", b"# Mine\n\n<!-- to be written\n"),
        ("a comment first", b"<!--\n# not a heading\n-->\nText\n"),
        ("a rule first", b"---\n\nText\n"),
        ("a rule first and another below", b"---\n\nText\n\n---\n\nMore\n"),
        ("a list first", b"- one\n- two\n===\n"),
        ("an indented heading", b"    # code\n\nText\n"),
        ("HTML first", b"<p align=center>\n<img src=x>\n</p>\n\n# Mine\n"),
        ("details that never end", b"<details>\n\n# Mine\n"),
        ("a heading in a closing comment", b"# Mine <!-- x\n--> Text\n"),
        ("a second-level heading", b"## Mine\n\nText\n"),
    ];
    let mut wrong = Vec::new();
    for (name, bytes) in shapes {
        if let Err(why) = round_trip("AGENTS.md", bytes) {
            wrong.push(format!("{name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let fixed = prop::sample::select(vec![
        &b""[..],
        b" ",
        b"# Mine",
        b"#",
        b"## Part",
        b"Text",
        b"===",
        b"---",
        b"- item",
        b"  more of it",
        b"    code",
        b"```",
        b"```md",
        b"~~~",
        b"> quote",
        b"| a | b |",
        b"| - | - |",
        b"<!-- note -->",
        b"<!-- to be",
        b"-->",
        b"<details>",
        b"</details>",
        b"@AGENTS.md",
        b"name: x",
        b"<!-- lessonbook:begin other 0123456789ab -->",
        b"<!-- lessonbook:end other -->",
        b"say `<!-- lessonbook:end acme -->` in prose",
        b"  <!-- lessonbook:begin other 0123456789ab -->",
        b"\xff\xc3\x28",
        b"\xe2\x98\x83 snow",
        b"\tindented",
    ]);
    prop_oneof![
        9 => fixed.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let ending = prop::sample::select(vec![&b"\n"[..], b"\n", b"\n", b"\r\n", b"\r\n", b"\r"]);
    let main = ending.clone();
    let lines = prop::collection::vec((line(), ending, prop::bool::weighted(0.85)), 0..9);
    (prop::bool::weighted(0.15), main, lines, any::<bool>()).prop_map(|(bom, main, lines, finished)| {
        let mut bytes = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        let last = lines.len();
        for (at, (line, own, usual)) in lines.into_iter().enumerate() {
            bytes.extend(line);
            if at + 1 < last || finished {
                bytes.extend(if usual { main } else { own });
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_kept_and_restored(bytes in bytes(), at in 0..3usize) {
        let path = PATHS[at];
        prop_assume!(lessonbook_base::text::not_text(&bytes).is_none());
        let done = round_trip(path, &bytes);
        prop_assert!(done.is_ok(), "{:?}: {}", String::from_utf8_lossy(&bytes), done.unwrap_err());
    }
}

/// The plan writes nothing to a path, and the finding gives the reason.
fn is_not_written(plan: &TargetPlan, path: &str, code: Code) {
    assert!(
        plan.content.edits.iter().all(|edit| edit.path != path),
        "{}",
        story(plan)
    );
    assert!(codes(plan).contains(&code), "{}", story(plan));
}

#[test]
fn a_file_with_crlf_gets_a_block_with_crlf() {
    let after = times("AGENTS.md")[0].applied(&tree(&[("AGENTS.md", "# Mine\r\n\r\nText\r\n")]));
    let text = text(&after, "AGENTS.md");
    assert!(
        text.contains("passwords") && !text.replace("\r\n", "").contains('\n'),
        "{text:?}"
    );
}

#[test]
fn a_block_that_people_moved_stays_where_it_is() {
    let [first, second, _] = times("AGENTS.md");
    let after = first.applied(&tree(&[("AGENTS.md", "# Mine\n\nText\n")]));
    let whole = text(&after, "AGENTS.md");
    let at = whole.find("<!-- lessonbook:begin").unwrap();
    let end = whole.find("<!-- lessonbook:end acme -->\n").unwrap() + END.len() + 1;
    let moved = format!("{}{}\n{}", &whole[..at - 1], &whole[end..], &whole[at..end]);
    assert!(moved.starts_with("# Mine\n\nText\n\n<!--"), "{moved}");
    let moved = tree(&[("AGENTS.md", moved)]);
    let plan = first.plan(&moved);
    assert!(plan.outcome.state == TargetState::UpToDate, "{}", story(&plan));
    let later = text(&second.applied(&moved), "AGENTS.md");
    assert!(
        later.starts_with("# Mine\n\nText\n\n<!--") && later.contains("tokens"),
        "{later}"
    );
}

#[test]
fn a_file_with_only_our_text_is_deleted_and_one_with_another_byte_stays() {
    let [first, _, off] = times("AGENTS.md");
    let made = first.applied(&bare());
    let gone = off.applied(&made);
    assert_eq!(gone, bare());
    let named = off.plan(&made);
    let deleted = named
        .proof
        .invariants
        .iter()
        .find(|invariant| invariant.name == "deleted-by-name")
        .unwrap();
    assert!(deleted.evidence.contains("`AGENTS.md`"), "{}", deleted.evidence);
    let ours = text(&made, "AGENTS.md");
    for foreign in [
        format!("{ours}x"),
        format!("{ours} "),
        format!("{ours}\n"),
        format!("\n{ours}"),
        format!("\u{feff}{ours}"),
    ] {
        let kept = off.applied(&tree(&[("AGENTS.md", &foreign)]));
        assert!(kept.get("AGENTS.md").is_some(), "{foreign:?}");
        assert!(!text(&kept, "AGENTS.md").contains("lessonbook"), "{foreign:?}");
    }
}

#[test]
fn scoped_files_are_created_and_deleted_whole_and_keep_added_text() {
    for (name, path) in [
        (
            "copilot-scoped",
            ".github/instructions/kubernetes.instructions.md",
        ),
        ("claude-rules", ".claude/rules/kubernetes.md"),
        ("cursor-rules", ".cursor/rules/kubernetes.mdc"),
    ] {
        let book =
            Book::new(&[library::PROBE, library::SECRETS, library::IMAGES]).uses(&format!("copilot, {name}"));
        let off = book.clone().target("{ tags: [app], enabled: false }");
        let made = book.applied(&bare());
        assert_eq!(off.applied(&made), bare(), "{name}");
        let mut touched = made.clone();
        let added = format!("{}\nOur own rule.\n", text(&made, path));
        touched.load(path, Mode::File, added);
        let plan = book.plan(&touched);
        assert!(
            plan.outcome.state == TargetState::UpToDate,
            "{name}: {}",
            story(&plan)
        );
        // New globs change the front matter; added text stays.
        let wider = book.clone().change("kubernetes/images", "charts/**", "helm/**");
        let wide = wider.applied(&touched);
        assert!(text(&wide, path).ends_with("\nOur own rule.\n"), "{name}");
        let rest = off.applied(&touched);
        assert!(
            text(&rest, path).ends_with("Our own rule.\n") && !text(&rest, path).contains("lessonbook"),
            "{name}"
        );
    }
}

#[test]
fn front_matter_that_people_removed_from_a_scoped_file_is_restored() {
    let path = ".github/instructions/kubernetes.instructions.md";
    let book = Book::new(&[library::PROBE]).uses("copilot, copilot-scoped");
    let made = book.applied(&bare());
    let whole = text(&made, path);
    let mut bared = made.clone();
    bared.load(path, Mode::File, whole.split_once("---\n\n").unwrap().1);
    let plan = book.plan(&bared);
    assert!(
        codes(&plan).contains(&Code::FrontMatterEdited),
        "{}",
        story(&plan)
    );
    assert_eq!(book.applied(&bared), made);
}

type Format = fn(&str) -> String;

#[test]
fn an_edited_block_is_overwritten_and_a_reformatted_one_is_kept() {
    let [first, second, _] = times("AGENTS.md");
    let after = first.applied(&tree(&[("AGENTS.md", "# Mine\n\nText\n")]));
    let whole = text(&after, "AGENTS.md");
    let edited = tree(&[("AGENTS.md", whole.replace("passwords", "some passwords"))]);
    let plan = first.plan(&edited);
    assert!(codes(&plan).contains(&Code::BlockEdited), "{}", story(&plan));
    assert_eq!(text(&first.applied(&edited), "AGENTS.md"), whole);
    let formats: &[(&str, Format)] = &[
        ("asterisks as bullets", |text| text.replace("\n- ", "\n* ")),
        ("plus signs as bullets, wider", |text| {
            text.replace("\n- ", "\n+   ").replace("\n  ", "\n    ")
        }),
        ("blank lines between items", |text| text.replace("\n- ", "\n\n- ")),
        ("long lines broken", |text| text.replace(" Why:", "\n  Why:")),
        ("no blank lines at the ends", |text| {
            text.replace(" -->\n\nManaged", " -->\nManaged")
                .replace("\n\n<!-- lessonbook:end", "\n<!-- lessonbook:end")
        }),
        ("CRLF", |text| text.replace('\n', "\r\n")),
        ("no final newline", |text| text.trim_end().to_owned()),
    ];
    for (name, format) in formats {
        let formatted = format(&whole);
        assert_ne!(formatted, whole, "{name}");
        let tree = tree(&[("AGENTS.md", &formatted)]);
        let plan = first.plan(&tree);
        assert!(
            plan.outcome.state == TargetState::UpToDate,
            "{name}: {}",
            story(&plan)
        );
        // The next change of content is written in our own layout, and a second run changes nothing.
        let updated = second.applied(&tree);
        assert!(
            second.plan(&updated).outcome.state == TargetState::UpToDate,
            "{name}"
        );
    }
}

#[test]
fn a_reformatted_file_with_only_our_text_is_still_deleted() {
    let [first, _, off] = times("AGENTS.md");
    let made = first.applied(&bare());
    let formatted = text(&made, "AGENTS.md").replace("\n- ", "\n* ");
    assert_eq!(off.applied(&tree(&[("AGENTS.md", formatted)])), bare());
    // An edited file is not deleted, because a person wrote in it.
    let edited = tree(&[(
        "AGENTS.md",
        text(&made, "AGENTS.md").replace("passwords", "my passwords"),
    )]);
    is_not_written(&off.plan(&edited), "AGENTS.md", Code::BlockEdited);
}

#[test]
fn markers_that_do_not_pair_up_are_refused_with_their_line() {
    let [first, _, off] = times("AGENTS.md");
    let whole = text(
        &first.applied(&tree(&[("AGENTS.md", "# Mine\n\nText\n")])),
        "AGENTS.md",
    );
    let begin = whole.lines().find(|line| line.contains(":begin")).unwrap();
    let end = "<!-- lessonbook:end acme -->";
    let broken = [
        ("no end", whole.replace(end, "")),
        ("no begin", whole.replace(begin, "")),
        ("two blocks", format!("{whole}\n{begin}\n\nx\n\n{end}\n")),
        ("nested", whole.replace(end, &format!("{begin}\n{end}\n{end}"))),
        ("no hash", whole.replace(begin, "<!-- lessonbook:begin acme -->")),
    ];
    for (name, bytes) in broken {
        for book in [&first, &off] {
            let plan = book.plan(&tree(&[("AGENTS.md", &bytes)]));
            assert!(plan.content.edits.is_empty(), "{name}");
            refused_for(&plan, Code::MarkerUnbalanced, "AGENTS.md");
            let place = plan
                .outcome
                .findings
                .iter()
                .find(|f| f.code == Code::MarkerUnbalanced)
                .unwrap();
            assert!(place.at.as_ref().is_some_and(|at| at.line > 1), "{name}");
        }
    }
}

#[test]
fn another_stores_block_is_never_touched() {
    let other = "<!-- lessonbook:begin other 0123456789ab -->\n\nTheirs\n\n<!-- lessonbook:end other -->\n";
    for bytes in [
        other.to_owned(),
        format!("# Mine\n\n{other}"),
        format!("{other}\nText\n"),
    ] {
        round_trip("AGENTS.md", bytes.as_bytes()).unwrap();
    }
}

#[test]
fn an_executable_file_stays_executable() {
    let [first, ..] = times("AGENTS.md");
    let mut before = bare();
    before.load("AGENTS.md", Mode::Executable, "# Mine\n");
    let after = first.applied(&before);
    assert_eq!(after.get("AGENTS.md").unwrap().mode, Mode::Executable);
}

#[test]
fn a_link_to_a_managed_entry_point_is_covered_and_never_written_through() {
    let book = Book::new(library::ALL).uses("agents, claude");
    let mut before = tree(&[("AGENTS.md", "# Mine\n")]);
    before.load("CLAUDE.md", Mode::Symlink, "AGENTS.md");
    let plan = book.plan(&before);
    in_order(&plan);
    assert_eq!(
        plan.content
            .edits
            .iter()
            .map(|edit| edit.path.as_str())
            .collect::<Vec<_>>(),
        ["AGENTS.md"]
    );
    let state = plan
        .content
        .files
        .iter()
        .find(|file| file.path == "CLAUDE.md")
        .unwrap()
        .state;
    assert_eq!(state, BlockState::Link);
    let cell = plan
        .proof
        .coverage
        .placements
        .iter()
        .find(|cell| cell.entry_point == "claude")
        .unwrap();
    assert!(
        cell.is_covered() && cell.proposed.through.as_deref() == Some("CLAUDE.md"),
        "{cell:?}"
    );
    assert!(book.plan(&before.with(&plan.content.edits)).outcome.state == TargetState::UpToDate);
}

#[test]
fn a_link_to_anything_else_is_a_finding_and_not_covered() {
    let book = Book::new(library::ALL).uses("copilot, claude");
    for (to, file) in [
        ("docs/claude.md", true),
        ("nowhere.md", false),
        ("../outside.md", false),
        ("/etc/passwd", false),
        ("AGENTS.md", true),
    ] {
        let mut before = bare();
        if file {
            before.load(to, Mode::File, "# Mine\n");
        }
        before.load("CLAUDE.md", Mode::Symlink, to);
        let plan = book.plan(&before);
        assert!(
            plan.outcome.state == TargetState::Refused,
            "{to}: {}",
            story(&plan)
        );
        assert!(
            plan.content
                .edits
                .iter()
                .all(|edit| edit.path != "CLAUDE.md" && edit.path != to),
            "{to}"
        );
        assert!(
            failed(&plan).contains(&"critical-everywhere"),
            "{to}: {}",
            story(&plan)
        );
        assert!(
            codes(&plan).contains(&Code::EntryPointIsLink),
            "{to}: {}",
            story(&plan)
        );
    }
}

#[test]
fn a_folder_that_is_a_file_or_a_link_stops_the_files_below_it() {
    let book = Book::new(library::ALL).uses("copilot, claude");
    for mode in [Mode::File, Mode::Symlink, Mode::Submodule] {
        let mut before = bare();
        before.load(".github", mode, "elsewhere");
        let plan = book.plan(&before);
        is_not_written(&plan, ".github/copilot-instructions.md", Code::EntryPointBlocked);
        assert!(plan.outcome.state == TargetState::Refused, "{}", story(&plan));
    }
    let plan = book.plan(&tree(&[("CLAUDE.md/README.md", "x")]));
    is_not_written(&plan, "CLAUDE.md", Code::EntryPointBlocked);
}

#[test]
fn a_large_file_pointer_another_encoding_and_a_case_variant_are_findings() {
    let book = Book::new(library::ALL).uses("copilot, claude");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
    is_not_written(
        &book.plan(&tree(&[("CLAUDE.md", pointer)])),
        "CLAUDE.md",
        Code::LfsPointer,
    );
    for foreign in [
        &b"\xff\xfe#\0 \0M\0i\0n\0e\0"[..],
        b"\xfe\xff\0#\0 \0M",
        b"\0#\0 \0M\0i\0n\0e",
    ] {
        is_not_written(
            &book.plan(&tree(&[("CLAUDE.md", foreign)])),
            "CLAUDE.md",
            Code::NotText,
        );
    }
    for variant in ["Claude.md", "claude.md", "CLAUDE.MD"] {
        is_not_written(
            &book.plan(&tree(&[(variant, "# Mine\n")])),
            "CLAUDE.md",
            Code::CaseVariant,
        );
    }
    let plan = book.plan(&tree(&[(".GitHub/copilot-instructions.md", "# Mine\n")]));
    is_not_written(&plan, ".github/copilot-instructions.md", Code::CaseVariant);
}

#[test]
fn a_scoped_name_in_use_is_kept_and_ours_gets_another_name() {
    for (name, path, beside) in [
        (
            "copilot-scoped",
            ".github/instructions/kubernetes.instructions.md",
            ".github/instructions/kubernetes.lessons.instructions.md",
        ),
        (
            "claude-rules",
            ".claude/rules/kubernetes.md",
            ".claude/rules/kubernetes.lessons.md",
        ),
        (
            "cursor-rules",
            ".cursor/rules/kubernetes.mdc",
            ".cursor/rules/kubernetes.lessons.mdc",
        ),
    ] {
        let book = Book::new(library::ALL).uses(&format!("copilot, {name}"));
        let before = tree(&[(path, "---\napplyTo: \"x\"\n---\nTheirs\n")]);
        let plan = book.plan(&before);
        in_order(&plan);
        is_not_written(&plan, path, Code::NameTaken);
        let after = before.with(&plan.content.edits);
        assert!(text(&after, beside).contains("failureThreshold"), "{name}");
        assert!(book.plan(&after).outcome.state == TargetState::UpToDate, "{name}");
        let off = book.clone().target("{ tags: [app], enabled: false }");
        assert_eq!(off.applied(&after), before, "{name}");
        // Both names are in use: nothing is written, and the plan reports it.
        let both = tree(&[(path, "Theirs\n"), (beside, "Theirs too\n")]);
        refused_for(
            &book.plan(&both),
            Code::EntryPointBlocked,
            "hold hand-written text",
        );
    }
}

#[test]
fn a_foreign_key_or_text_above_the_front_matter_of_our_file_is_refused() {
    let path = ".github/instructions/kubernetes.instructions.md";
    let book = Book::new(&[library::PROBE]).uses("copilot, copilot-scoped");
    let made = book.applied(&bare());
    let whole = text(&made, path);
    for (name, bytes) in [
        (
            "excludeAgent",
            whole.replacen("---\n", "---\nexcludeAgent: code-review\n", 1),
        ),
        ("text above", format!("Note\n{whole}")),
        ("a blank line above", format!("\n{whole}")),
    ] {
        let mut touched = made.clone();
        touched.load(path, Mode::File, bytes);
        let plan = book.plan(&touched);
        assert!(
            plan.outcome.state == TargetState::Refused,
            "{name}: {}",
            story(&plan)
        );
        is_not_written(&plan, path, Code::FrontMatterForeign);
        let cell = plan
            .proof
            .coverage
            .placements
            .iter()
            .find(|cell| cell.entry_point == "copilot-scoped")
            .unwrap();
        assert!(!cell.is_covered_now(), "{name}");
    }
}

#[test]
fn an_import_is_relative_to_its_file_and_written_only_if_nothing_else_hides_the_other() {
    let book = Book::new(library::ALL).uses("dot-claude");
    let before = tree(&[("AGENTS.md", "# Mine\n")]);
    let inside = text(&book.applied(&before), ".claude/CLAUDE.md");
    assert!(inside.contains("\n\n@../AGENTS.md\n\n"), "{inside}");
    assert!(
        inside.find("# Lessons from") < inside.find('@'),
        "the title is first: {inside}"
    );
    let hidden = tree(&[("AGENTS.md", "# Mine\n"), ("CLAUDE.md", "# Other\n")]);
    let inside = text(&book.applied(&hidden), ".claude/CLAUDE.md");
    assert!(!inside.contains('@'), "{inside}");
    // Where CLAUDE.md leads to it, the new file must, too.
    let led = tree(&[("AGENTS.md", "# Mine\n"), ("CLAUDE.md", "@AGENTS.md\n")]);
    let inside = text(&book.applied(&led), ".claude/CLAUDE.md");
    assert!(inside.contains("@../AGENTS.md"), "{inside}");
}

#[test]
fn a_file_of_ours_has_a_title_until_people_write_above_our_block() {
    let book = Book::new(library::ALL).uses("agents");
    for before in [bare(), tree(&[("AGENTS.md", "")]), tree(&[("AGENTS.md", "\n")])] {
        let made = book.applied(&before);
        let ours = text(&made, "AGENTS.md");
        assert!(ours.contains("\n# Lessons from acme: edit them there"), "{ours}");
        let mut below = made.clone();
        below.load("AGENTS.md", Mode::File, format!("{ours}\nOur own rule.\n"));
        assert_eq!(book.plan(&below).outcome.state, TargetState::UpToDate);
        let mut above = made.clone();
        above.load("AGENTS.md", Mode::File, format!("# Agents\n\n{ours}"));
        let demoted = text(&book.applied(&above), "AGENTS.md");
        assert!(demoted.contains("\nManaged by acme. Edit it there;"), "{demoted}");
        assert_eq!(demoted.matches("\n# ").count(), 0, "{demoted}");
    }
}

#[test]
fn a_new_claude_file_beside_an_agents_file_imports_it() {
    let book = Book::new(library::ALL).uses("claude");
    let before = tree(&[("AGENTS.md", "# Mine\n")]);
    let after = book.applied(&before);
    let inside = text(&after, "CLAUDE.md");
    assert!(inside.lines().any(|line| line == "@AGENTS.md"), "{inside}");
    // People wrote a CLAUDE.md without the import, so none is added.
    let decided = book.applied(&tree(&[("AGENTS.md", "# Mine\n"), ("CLAUDE.md", "# Other\n")]));
    assert!(!text(&decided, "CLAUDE.md").contains("@AGENTS.md"));
    // The import is removed with the file that it imports.
    let mut alone = after.clone();
    alone.remove("AGENTS.md");
    assert!(!text(&book.applied(&alone), "CLAUDE.md").contains("@AGENTS.md"));
}
