//! Tests of `marker`.

use proptest::prelude::*;

use super::*;

const HASH: &str = "3f2a9c0d1e4b";

fn block(inner: &str) -> String {
    format!("{}\n{inner}{}\n", begin("acme", HASH), end("acme"))
}

fn found(text: &str) -> BlocksInFile {
    find(text.as_bytes(), "acme")
}

/// Checks the text of our block, and the text between its marker lines.
#[track_caller]
fn assert_block(text: &str, whole: &str, inner: &str) {
    let BlocksInFile::Block(block) = found(text) else {
        panic!("{:?} in {text:?}", found(text));
    };
    assert_eq!((&text[block.range], &text[block.inner]), (whole, inner));
    assert_eq!(block.hash, HASH);
}

#[track_caller]
fn assert_unbalanced(text: &str, expected: &str, expected_line: usize) {
    match found(text) {
        BlocksInFile::Unbalanced { why, line, .. } => {
            assert!(why.contains(expected), "{why}");
            assert_eq!(line, expected_line, "{why}");
        }
        other => panic!("{other:?} in {text:?}"),
    }
}

#[test]
fn a_block_is_found_between_hand_written_text() {
    let ours = block("\n- **rule** `id`\n\n");
    let inner = "\n- **rule** `id`\n\n";
    for above in [
        "",
        "# Title\n\n",
        "text\n",
        "- item\n",
        "> quote\n",
        "---\na: b\n---\n",
        "---\n\ntext\n\n---\n",
        "| a |\n|---|\n",
        "```\ncode\n```\n",
        "<!-- c -->\n",
        "<div>\n",
        "- ```\n  open in an item\n",
        "    code\n",
        "\u{feff}",
    ] {
        for below in [
            "",
            "text\n",
            "no final newline",
            "\n```\nopen below",
            "<!-- open below",
            "---\n",
        ] {
            assert_block(&format!("{above}{ours}{below}"), &ours, inner);
        }
    }
}

#[test]
fn line_endings_trailing_blanks_and_a_missing_one_do_not_matter() {
    let crlf = block("a\n").replace('\n', "\r\n");
    assert_block(&format!("x\r\n{crlf}y"), &crlf, "a\r\n");
    let mac = block("a\n").replace('\n', "\r");
    assert_block(&format!("x\r{mac}y"), &mac, "a\r");
    let blanks = block("a\n").replace("-->\n", "--> \t\n");
    assert_block(&blanks, &blanks, "a\n");
    let open_end = block("a\n");
    let open_end = open_end.trim_end();
    assert_block(open_end, open_end, "a\n");
    let empty = block("");
    assert_block(&empty, &empty, "");
}

#[test]
fn ranges_count_the_bytes_of_a_file_that_is_not_utf8() {
    let ours = block("caf\u{e9} a\n");
    let mut file = b"\xff\xfe\xff latin \xe9\n\n".to_vec();
    let start = file.len();
    file.extend(ours.as_bytes());
    file.extend(b"\xff");
    let BlocksInFile::Block(found) = find(&file, "acme") else {
        panic!("no block");
    };
    assert_eq!(found.range, start..start + ours.len());

    let mut swallowed = b"\xff\xff\n\n\xff\n```\n\xff".to_vec();
    swallowed.extend(b"\n");
    swallowed.extend(ours.as_bytes());
    assert_eq!(find(&swallowed, "acme"), BlocksInFile::Swallowed { by: 4 });
}

#[test]
fn a_file_without_our_markers_has_no_block() {
    for text in [
        "",
        "text",
        "<!-- lessonbook:begin other 3f2a9c0d1e4b -->\na\n<!-- lessonbook:end other -->\n",
        "<!-- lessonbook:begin acme2 3f2a9c0d1e4b -->\na\n<!-- lessonbook:end acme2 -->\n",
        "The line `<!-- lessonbook:begin acme 3f2a9c0d1e4b -->` opens it.\n",
        "Nothing between lessonbook:begin acme and lessonbook:end acme is edited by hand.\n",
        "- `<!-- lessonbook:begin acme 3f2a9c0d1e4b -->` opens a block, `lessonbook:end acme` closes it.\n",
        "```html\n<!-- lessonbook:begin acme HASH -->\n<!-- lessonbook:end acme -->\n```\n",
        "<!-- lessonbook:v1 name=acme -->\n",
        "<!-- nx configuration start-->\n<!-- nx configuration end-->\n",
    ] {
        assert_eq!(found(text), BlocksInFile::Nothing, "{text:?}");
    }
}

#[test]
fn a_marker_in_any_disguise_is_damaged() {
    for damaged in [
        "It ends with <!-- lessonbook:end acme -->\n",
        " <!-- lessonbook:end acme -->\n",
        "\t<!-- lessonbook:begin acme 3f2a9c0d1e4b -->\n",
        "> <!-- lessonbook:end acme -->\n",
        "- <!-- lessonbook:begin acme 3f2a9c0d1e4b -->\n",
        "1. <!-- lessonbook:end acme -->\n",
        "    <!-- lessonbook:end acme -->\n",
        "\\<!-- lessonbook:end acme -->\n",
        "\\<\\!-- lessonbook\\:begin acme 3f2a9c0d1e4b --\\>\n",
        "&lt;!-- lessonbook:end acme --&gt;\n",
        "&#60;!-- lessonbook&#x3a;end acme --&#62;\n",
        "<!-- lessonbook:end acme --> text\n",
        "<!-- lessonbook:end acme --><!-- x -->\n",
        "<!-- keep: lessonbook:begin acme 3f2a9c0d1e4b, generated -->\n",
        "<!-- lessonbook:END acme -->\n",
        "<!-- LessonBook:Begin Acme 3f2a9c0d1e4b -->\n",
        "<!--lessonbook:begin acme 3f2a9c0d1e4b-->\n",
        "<!--  lessonbook : begin   acme   3f2a9c0d1e4b -->\n",
        "<!--\nlessonbook:begin acme 3f2a9c0d1e4b\n-->\n",
        "<!-- lessonbook:begin\nacme 3f2a9c0d1e4b -->\n",
        "<!-- lessonbook:\u{a0}begin acme -->\n",
        "<!-- lesson\u{200b}book:end acme -->\n",
        "\u{feff}text\n\u{feff}<!-- lessonbook:end acme -->\n",
        "{/* lessonbook:begin acme 3f2a9c0d1e4b */}\n",
        "// lessonbook:end acme\n",
        "# lessonbook:end acme\n",
        "[//]: # (lessonbook:end acme)\n",
        "[comment]: # (lessonbook:end acme)\n",
        "lessonbook:end acme\n",
        "**lessonbook:end acme**\n",
        "`<!-- lessonbook:end acme -->`\n",
        "- `<!-- lessonbook:begin acme 3f2a9c0d1e4b -->`\n",
        "<!-- lessonbook:begin -->\n",
        "---\nlessonbook:begin acme: x\n---\n",
    ] {
        for text in [damaged.to_owned(), format!("# T\r\n\r\n{damaged}more\n")] {
            assert!(
                matches!(found(&text), BlocksInFile::Unbalanced { .. }),
                "{text:?}: {:?}",
                found(&text)
            );
        }
        let other = damaged.replace("acme", "other").replace("Acme", "Other");
        if damaged.contains("cme") {
            assert_eq!(found(&other), BlocksInFile::Nothing, "{other:?}");
        }
        let ours = block("a\n");
        let beside = format!("{ours}\n{damaged}");
        assert!(
            matches!(found(&beside), BlocksInFile::Unbalanced { .. }),
            "{beside:?}"
        );
    }
    let lines = format!("# T\n\n {}\ntext\n > {}\n", begin("acme", HASH), end("acme"));
    let BlocksInFile::Unbalanced { why, line, help } = found(&lines) else {
        panic!("{lines:?}");
    };
    assert_eq!(
        (line, why.contains("; line 5 is damaged, too")),
        (3, true),
        "{why}"
    );
    assert!(
        help.contains(&begin("acme", HASH)) && help.contains(&end("acme")),
        "{help}"
    );
}

#[test]
fn a_block_that_someone_put_into_a_fence_is_swallowed() {
    let inner = "\n- rule\n";
    let ours = format!(
        "{}\n{inner}{}\n",
        begin("acme", &content_hash(&[], inner)),
        end("acme")
    );
    assert_eq!(
        found(&format!("x\n\n```md\n{ours}```\n")),
        BlocksInFile::Swallowed { by: 3 }
    );
    let signed = block("- Keep it. (`probe`, critical)\n");
    assert_eq!(
        found(&format!("~~~\n{signed}~~~\n")),
        BlocksInFile::Swallowed { by: 1 }
    );
}

#[test]
fn blocks_that_overlap_are_unusable() {
    let other = |inner: &str| {
        format!("<!-- lessonbook:begin other 000000000000 -->\n{inner}<!-- lessonbook:end other -->\n")
    };
    let (ours, theirs) = (block("a\n"), other("b\n"));
    let (begin, end) = (begin("acme", HASH), end("acme"));
    for text in [
        block(&theirs),
        block(&theirs.replace('<', "  <")),
        block(&format!("a\n{}", theirs.lines().next().unwrap_or_default()).replace("-->", "-->\n")),
        other(&ours),
        format!(
            "{begin}\na\n<!-- lessonbook:begin other 000000000000 -->\nb\n{end}\n<!-- lessonbook:end other -->\n"
        ),
        format!(
            "<!-- lessonbook:begin other 000000000000 -->\n{begin}\nb\n<!-- lessonbook:end other -->\n{end}\n"
        ),
    ] {
        let BlocksInFile::Unbalanced { why, .. } = found(&text) else {
            panic!("{:?} in {text:?}", found(&text));
        };
        assert!(why.contains("overlap"), "{why}");
        let theirs = find(text.as_bytes(), "other");
        assert!(
            !matches!(theirs, BlocksInFile::Block(_)),
            "{theirs:?} in {text:?}"
        );
    }
    let example = block(&format!("```md\n{theirs}```\n"));
    assert!(matches!(found(&example), BlocksInFile::Block(_)));
}

#[test]
fn the_block_of_another_store_is_ordinary_text() {
    let theirs = "<!-- lessonbook:begin other 000000000000 -->\nb\n<!-- lessonbook:end other -->\n";
    let ours = block("a\n");
    assert_block(&format!("{theirs}{ours}{theirs}"), &ours, "a\n");
}

#[test]
fn an_example_in_a_closed_fence_is_not_a_block() {
    let ours = block("- rule\n");
    for example in [
        format!("Docs:\n\n```md\n{ours}```\n\nmore\n"),
        format!("~~~\n{ours}~~~\n"),
        format!("````md\n```yaml\na: b\n```\n{ours}````\n"),
        format!("```\n{}```\n", begin("acme", HASH) + "\n"),
        format!("```\n{}```\n", end("acme") + "\n"),
        format!("```\n{}```\n", block("```yaml\na: b\n```\n")),
        format!("<pre>\n{ours}</pre>\n"),
        format!("```\n{ours}```\n\n```js\nx\n```\n"),
        format!("```\n{ours}{ours}```\n"),
    ] {
        assert_eq!(found(&example), BlocksInFile::Nothing, "{example:?}");
    }
    let real = block("- real\n");
    assert_block(&format!("```md\n{ours}```\n\n{real}"), &real, "- real\n");
    assert_block(&format!("{real}\n```md\n{ours}```\n"), &real, "- real\n");
}

#[test]
fn markers_in_an_example_of_our_own_block_do_not_end_it() {
    let inner = format!("- rule\n\n```md\n{}```\n\nmore\n", block("x\n"));
    let ours = block(&inner);
    assert_block(&ours, &ours, &inner);
}

#[test]
fn a_block_below_a_fence_or_comment_that_is_never_closed_is_swallowed() {
    let plain = block("- rule\n");
    let fenced = block("- rule\n\n```yaml\na: b\n```\n\n- more\n");
    let twice = block("```yaml\na: b\n```\n\n```yaml\nc: d\n```\n");
    let comment = block("<!-- prettier-ignore -->\n- rule\n");
    for ours in [plain, fenced, twice, comment] {
        for (above, line) in [
            ("# T\n\n```bash\nfoo\n\n", 3),
            ("```\n", 1),
            ("a\n\n~~~\n", 3),
            ("```\nx\n```\n\n```\ny\n", 5),
            ("# T\n\n<!-- note\n\n", 3),
            ("<!--\n", 1),
            ("<script>\n", 1),
            ("---\na: b\n---\n\n```\n", 5),
            ("\u{feff}a\r\n\r\n```\r\n", 3),
        ] {
            for below in ["", "text\n", "\n```js\ncode\n```\n", "\n```\ncode\n```\n"] {
                let text = format!("{above}{ours}{below}");
                assert_eq!(found(&text), BlocksInFile::Swallowed { by: line }, "{text:?}");
            }
        }
    }
    let closed_behind = format!("<!-- note\n\n{}\n-->\n", block("- rule\n"));
    assert_eq!(found(&closed_behind), BlocksInFile::Swallowed { by: 1 });
}

#[test]
fn markers_that_do_not_pair_up_are_reported_with_their_line() {
    let (begin, end) = (begin("acme", HASH), end("acme"));
    let ours = block("a\n");
    assert_unbalanced(&format!("x\n\n{begin}\ny\n"), "no end marker", 3);
    assert_unbalanced(&format!("x\n{end}\n"), "no begin marker", 2);
    assert_unbalanced(&format!("{end}\n{begin}\n"), "no begin marker", 1);
    assert_unbalanced(&format!("{ours}{end}\n"), "no begin marker", 4);
    assert_unbalanced(&format!("{begin}\n{ours}"), "inside the block", 2);
    assert_unbalanced(
        &format!("{begin}\n{begin}\n{end}\n{end}\n"),
        "inside the block",
        2,
    );
    assert_unbalanced(&format!("{ours}\n{ours}"), "second block", 5);
    assert_unbalanced(&format!("\u{feff}a\r\n{end}"), "no begin marker", 2);
    assert_unbalanced(&format!("{begin}\n```\na\n{end}\n"), "never closes", 4);
    assert_unbalanced(&format!("{begin}\n<!-- a\n{end}\n"), "never closes", 3);
    assert_unbalanced(&format!("<!-- lessonbook:begin acme -->\na\n{end}\n"), "hash", 1);
    assert_unbalanced(
        &format!("<!-- lessonbook:begin acme 3F2A9C0D1E4B -->\na\n{end}\n"),
        "hash",
        1,
    );
    assert_unbalanced(
        &format!("```\n{end}\n```\n").repeat(100),
        "more than 64 markers",
        3 * 64 + 2,
    );
}

#[test]
fn the_hash_is_the_same_for_texts_that_differ_in_layout() {
    let text = "## Head\n\n- **Never** set `a b`\n  below *3*.\n- two\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```yaml\na: b\n  c\n```\n\npara &amp; text\n";
    let same = [
        text.replace('\n', "\r\n"),
        text.replace("- ", "* "),
        text.replace("- ", "+ "),
        text.replace("- two", "\n- two"),
        text.replace("set `a b`\n  below", "set `a b` below"),
        text.replace("**Never**", "__Never__").replace("*3*", "_3_"),
        text.replace("| x | y |\n|---|---|", "|   x | y  |\n| ---: | - |"),
        text.replace("```", "~~~~"),
        text.replace("## Head", "Head\n---"),
        text.replace("&amp;", "&"),
        format!("\n\n{}\n\n", text.replace("\n\n", "\n\n\n")),
        text.replace("\n  c\n", "\n    c\n"),
        text.replace("\n  c\n", "\n\tc  \n"),
        format!("{}\n\n{text}\n{}\n", UNFORMATTED[0], UNFORMATTED[1]),
    ];
    let hash = content_hash(&[], text);
    assert_eq!(hash.len(), 12);
    assert!(
        hash.bytes()
            .all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
    );
    for other in same {
        assert_eq!(content_hash(&[], &other), hash, "{other}");
    }
}

#[test]
fn the_hash_differs_for_every_change_of_content() {
    let text = "## Head\n\n- Never set `a` below 3. [x](https://a.b)\n- two\n\n```yaml\na: b\n```\n\npara\n";
    let changed = [
        text.replace("Never", "Always"),
        text.replace("Never set", "Neverset"),
        text.replace("`a`", "a"),
        text.replace("`a`", "`b`"),
        text.replace("a: b", "a:  b"),
        text.replace("a: b", "a: b\nc: d"),
        text.replace("a: b", "a: b\n  c: d"),
        text.replace("yaml", "toml"),
        text.replace("## ", "### "),
        text.replace("## Head", "Head"),
        text.replace("- two", "\n  two"),
        text.replace("- two", "two"),
        text.replace("para", "> para"),
        text.replace("para", "~~para~~"),
        text.replace("para", "para <b>"),
        text.replace("para", "<!-- obey -->\n\npara"),
        text.replace("para", "para\n\npara"),
        text.replace("https://a.b", "https://evil.example"),
        text.replace("para", ""),
        String::new(),
    ];
    let hash = content_hash(&[], text);
    let mut hashes = vec![hash];
    for other in changed {
        hashes.push(content_hash(&[], &other));
    }
    let comment = |words: &str| content_hash(&[], &format!("<!-- {words} -->\n"));
    hashes.extend([comment("a"), comment("b")]);
    let front = |key: &str, value| content_hash(&[(key.to_owned(), value)], text);
    hashes.push(front("a", FrontMatterValue::Scalar("b".into())));
    hashes.push(front("ab", FrontMatterValue::Scalar(String::new())));
    hashes.push(front("a", FrontMatterValue::List(vec!["b".into()])));
    hashes.push(front("a", FrontMatterValue::List(vec![])));
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}

#[test]
fn marker_text_in_a_lesson_is_escaped_only_outside_code() {
    let escaped = |text: &str| escape(text).unwrap_or_else(|| "-".to_owned());
    assert_eq!(
        escaped("see <!-- lessonbook:end acme --> here"),
        "see \\<!-- lessonbook:end acme --> here"
    );
    assert_eq!(
        escaped("<!-- lessonbook:x -->\n\na <!-- lessonbook:y -->"),
        "\\<!-- lessonbook:x -->\n\na \\<!-- lessonbook:y -->"
    );
    assert_eq!(
        escaped("`<!-- lessonbook:x -->` <!-- lessonbook:y"),
        "`<!-- lessonbook:x -->` \\<!-- lessonbook:y"
    );
    assert_eq!(
        escaped("\\\\<!-- lessonbook:x -->"),
        "\\\\\\<!-- lessonbook:x -->"
    );
    for text in [
        "a",
        "<!-- other -->",
        "`<!-- lessonbook:x -->`",
        "```\n<!-- lessonbook:x -->\n```",
        "\\<!-- lessonbook:x -->",
        "    <!-- lessonbook:x -->",
    ] {
        assert_eq!(escape(text), None, "{text:?}");
    }
    let (tokens, whole) = markdown::inline(&escaped("see <!-- lessonbook:end acme --> here"));
    let words = ["see", "<!--", "lessonbook:end", "acme", "-->", "here"];
    assert_eq!(tokens, words.map(|word| VisibleToken::Word(word.to_owned())));
    assert!(whole);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_a_block_found_is_framed_by_its_markers(parts in prop::collection::vec(prop_oneof![
        Just(b"<!-- lessonbook:begin acme 3f2a9c0d1e4b -->\n".to_vec()),
        Just(b"<!-- lessonbook:end acme -->\n".to_vec()),
        Just(b"```\n".to_vec()),
        Just(b"<!--\n".to_vec()),
        Just(b"-->\n".to_vec()),
        Just(b"---\r\n".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ], 0..14)) {
        let bytes = parts.concat();
        match find(&bytes, "acme") {
            BlocksInFile::Block(block) => {
                prop_assert!(bytes[block.range.clone()].starts_with(b"<!-- lessonbook:begin acme"));
                prop_assert!(bytes[block.inner.end..block.range.end].starts_with(b"<!-- lessonbook:end acme"));
                prop_assert!(block.range.start < block.inner.start && block.inner.start <= block.inner.end);
            }
            BlocksInFile::Unbalanced { line, .. } | BlocksInFile::Swallowed { by: line } => prop_assert!(line > 0),
            BlocksInFile::Nothing => {}
        }
    }

    #[test]
    fn a_block_between_any_texts_without_fences_is_found(
        above in "([a-z #>*|:.+é\t\r\n-]|---\n|- |    ){0,60}",
        below in "([a-z #>*|:.+é\t\r\n-]|---\n|- |    ){0,60}",
        crlf in any::<bool>(),
        inner in "([a-z #>*:.-]|\n|\n```yaml\na: b\n```\n|- ){0,20}",
    ) {
        let mut above = above;
        if !above.is_empty() {
            above.push('\n');
        }
        let mut ours = block(&format!("\n{inner}\n"));
        if crlf {
            ours = ours.replace('\n', "\r\n");
        }
        let text = format!("{above}{ours}{below}");
        let BlocksInFile::Block(found) = find(text.as_bytes(), "acme") else {
            panic!("{:?} in {text:?}", find(text.as_bytes(), "acme"));
        };
        prop_assert_eq!(found.range, above.len()..above.len() + ours.len());
    }
}
