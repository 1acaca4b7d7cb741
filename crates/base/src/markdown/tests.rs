//! Tests of `markdown`.

use proptest::prelude::*;

use super::*;

/// The units in a short notation: shape, words, `code`, `…` for gaps, and what hides them.
fn units(text: &str) -> Vec<String> {
    let page = read(text);
    let mut last = 0;
    for unit in &page.units {
        assert!(unit.range.start >= last, "{text:?}: {:?}", page.units);
        last = unit.range.start;
        assert!(text.get(unit.range.clone()).is_some(), "{text:?}: {unit:?}");
    }
    page.units.iter().map(note).collect()
}

fn note(unit: &TextUnit) -> String {
    let tokens: Vec<String> = unit
        .tokens
        .iter()
        .map(|token| match token {
            VisibleToken::Word(word) => word.clone(),
            VisibleToken::Code(code) => format!("`{code}`"),
            VisibleToken::Gap => "…".to_owned(),
        })
        .collect();
    let shape = match &unit.shape {
        Shape::Paragraph => "p".to_owned(),
        Shape::Item => "i".to_owned(),
        Shape::Heading(level) => format!("h{level}"),
        Shape::Cell => "c".to_owned(),
        Shape::Code(info) => format!("code({info})"),
    };
    let hiding = unit
        .hiding
        .map_or(String::new(), |hiding| format!(" [{hiding:?}]"));
    format!("{shape}: {}{}{hiding}", tokens.join(" "), unit.code)
}

#[track_caller]
fn assert_units(text: &str, expected: &[&str]) {
    assert_eq!(units(text), expected, "{text:?}");
}

#[test]
fn words_are_separated_by_white_space_after_markup_is_removed() {
    assert_units(
        "a*b*c don't\tsplit\nthis &amp; that\\*\n",
        &["p: abc don't split this & that*"],
    );
    assert_units(
        "[a **link**](https://x.y) <https://z.w>",
        &["p: a link https://z.w"],
    );
    assert_units("hard  \nbreak\\\nhere", &["p: hard break here"]);
    assert_units("x `a  b` y`` c`d ``.", &["p: x `a  b` y `c`d` ."]);
    assert_units("Use **.github/** here", &["p: Use .github/ here"]);
    assert_units("a\u{feff}b", &["p: a\u{feff}b"]);
}

#[test]
fn a_part_that_the_page_does_not_show_as_text_is_a_gap() {
    assert_units("a <b>c</b> d", &["p: a … c … d"]);
    assert_units("a<!-- x -->b", &["p: a … b"]);
    assert_units("see ![the *alt* ![in](n)](i.png) here", &["p: see … here"]);
    assert_units("note[^1]\n\n[^1]: below", &["p: note …", "p: below [Footnote]"]);
    assert_units("- [ ] open\n- [x] done", &["i: … open", "i: … done"]);
}

#[test]
fn every_kind_of_unit_is_recognised() {
    assert_units(
        "# One\n\nTwo\n===\n\n- a\n- b\n\n  b2\n\n1. c\n   - d\n\n| e | `f` |\n|---|---|\n| g | |\n",
        &[
            "h1: One", "h1: Two", "i: a", "i: b", "i: b2", "i: c", "i: d", "c: e", "c: `f`", "c: g", "c: ",
        ],
    );
    assert_units(
        "```rust ignore\nfn f() {}\n\n  x\n```\n\n~~~\n```\n~~~\n\n    indented\n\ttab\n",
        &[
            "code(rust ignore): fn f() {}\n\n  x",
            "code(): ```",
            "code(): indented\ntab",
        ],
    );
    assert_units("```\r\na\r\nb\r\n```\r\nc\r\n", &["code(): a\nb", "p: c"]);
    assert_units("# a\rb\r\r<!-- c -->\r\rd", &["h1: a", "p: b", "p: d"]);
}

#[test]
fn quotes_strikes_and_footnotes_hide() {
    assert_units("> a\nlazy\n\nb", &["p: a lazy [Quote]", "p: b"]);
    assert_units("> - a\n\n- > b", &["i: a [Quote]", "i: b [Quote]"]);
    assert_units("> [!WARNING]\n> a", &["p: a [Quote]"]);
    assert_units("a ~~b~~ c", &["p: a b c [Strike]"]);
    assert_units("- ~~a~~\n- b ~c~", &["i: a [Strike]", "i: b c [Strike]"]);
    assert_units("> ```\n> a\n> ```", &["code(): a [Quote]"]);
    assert_units(
        "a[^n]\n\n[^n]: b\n\n    c\n",
        &["p: a …", "p: b [Footnote]", "p: c [Footnote]"],
    );
}

#[test]
fn front_matter_in_the_middle_of_a_text_is_a_rule_and_a_heading_as_on_github() {
    assert_units("a\n\n---\nx: 1\n---\nb", &["p: a", "h2: x: 1", "p: b"]);
    assert_units("+++\nx = 1\n+++\n", &["p: +++ x = 1 +++"]);
}

#[test]
fn text_between_raw_tags_that_may_hide_it_does_not_count() {
    for tag in [
        "details",
        "div",
        "template",
        "noscript",
        "section",
        "svg",
        "DIV class=\"x\"",
        "custom hidden",
        "p style='display:none'",
    ] {
        let name = tag.split(' ').next().unwrap_or_default();
        let text = format!("before\n\n<{tag}>\n\ninside\n\n</{name}>\n\nafter");
        assert_units(&text, &["p: before", "p: inside [Html]", "p: after"]);
        let text = format!("before\n\n<{tag}>\n\ninside\n\n```\ncode\n```");
        assert_units(&text, &["p: before", "p: inside [Html]", "code(): code [Html]"]);
    }
    assert_units(
        "<div>\n<div>\n\na\n\n</div>\n\nb\n\n</div>\n\nc",
        &["p: a [Html]", "p: b [Html]", "p: c"],
    );
    assert_units("x <details>\n\na", &["p: x … [Html]", "p: a [Html]"]);
    assert_units("x <span hidden>a</span> b\n\nc", &["p: x … a … b [Html]", "p: c"]);
    assert_units("> <div>\n\na", &["p: a [Html]"]);
    assert_units("<script>\nif (\"<div>\") {}\n</script>\n\na", &["p: a"]);
    assert_units("<div title=\"</div>\">\n\na", &["p: a [Html]"]);
    assert_units(
        "<div title=\"\n\na\n\n\">\n\n</div>\n\nb",
        &["p: a [Html]", "p: \"> [Html]", "p: b [Html]"],
    );
}

#[test]
fn text_between_tags_that_hide_nothing_counts() {
    assert_units(
        "<laravel-boost-guidelines>\n\na\n\n</laravel-boost-guidelines>",
        &["p: a"],
    );
    assert_units(
        "Vec<T> and Option<u8>\n\na <br> b\n\n<hr>\n\nc",
        &["p: Vec … and Option …", "p: a … b", "p: c"],
    );
    assert_units("<p align=\"center\">\n\na", &["p: a"]);
    assert_units("</div>\n\na", &["p: a"]);
}

#[test]
fn a_comment_that_html_never_closes_hides_what_follows() {
    assert_units("- <!-- x\n\na", &["p: a [Html]"]);
    assert_units(
        "<div>\n<!-- x\n\na\n\n--> b\n\n</div>\n\nc",
        &["p: a [Html]", "p: --> b [Html]", "p: c [Html]"],
    );
    assert_units("<!-->\n\na\n\n<!--->\n\nb", &["p: a", "p: b"]);
}

#[test]
fn raw_blocks_are_hidden_and_marked_as_comments_and_as_unclosed() {
    let hidden = |text| -> Vec<(String, bool, bool)> {
        let page = read(text);
        let parts = |hidden: &Hidden| {
            (
                text[hidden.range.clone()].trim_end().to_owned(),
                hidden.comment,
                hidden.unclosed,
            )
        };
        page.hidden.iter().map(parts).collect()
    };
    let one = |text: &str, comment, unclosed| vec![(text.to_owned(), comment, unclosed)];
    assert_eq!(hidden("a\n\n<!-- b -->\n\nc"), one("<!-- b -->", true, false));
    assert_eq!(
        hidden("<!-- b\n\nc -->\n\nd"),
        one("<!-- b\n\nc -->", true, false)
    );
    assert_eq!(hidden("<!-- b --> c\n"), one("<!-- b --> c", false, false));
    assert_eq!(hidden("<!-- b\n\nc"), one("<!-- b\n\nc", true, true));
    assert_eq!(hidden("<script>\n\nb"), one("<script>\n\nb", false, true));
    assert_eq!(hidden("<pre>\n\nb</pre>"), one("<pre>\n\nb</pre>", false, false));
    assert_eq!(hidden("<div>\nb"), one("<div>\nb", false, false));
    assert_eq!(hidden("- <!-- b\n\nc"), one("<!-- b", true, false));
    assert_eq!(hidden("<?b\n\nc"), one("<?b\n\nc", false, true));
    assert_eq!(hidden("    <!-- b -->\n\n`<!-- c -->`"), vec![]);
}

#[test]
fn a_fence_that_is_never_closed_is_found() {
    let fence = |text: &str| read(text).unclosed_fence.map(|range| range.start);
    assert_eq!(fence("a\n\n```\nb\n"), Some(3));
    assert_eq!(fence("a\n\n```"), Some(3));
    assert_eq!(fence("a\n\n````\nb\n```\n"), Some(3));
    assert_eq!(fence("```\nb\n```x"), Some(0));
    assert_eq!(fence("```\nb\n~~~"), Some(0));
    assert_eq!(fence("```\nb\n    ```\n"), Some(0));
    assert_eq!(fence("```\nb\n> ```\n"), Some(0));
    assert_eq!(fence("```\n```\n\n```\nb"), Some(9));
    for closed in [
        "```\nb\n```",
        "```\nb\n````  \n\n",
        "```\r\nb\r\n   ```\r\n",
        "> ```\n> b\n> ```\n",
        "- ~~~\n  b\n  ~~~",
        "    b",
        "```\nb\n```\na",
    ] {
        assert_eq!(fence(closed), None, "{closed:?}");
    }
}

#[test]
fn units_of_one_item_know_the_outermost_item() {
    let text = "- a\n\n  b\n  - c\n\n      code\n- d\n\ne\n";
    let items: Vec<Option<&str>> = read(text)
        .units
        .into_iter()
        .map(|unit| unit.item.map(|item| text[item].trim_end()))
        .collect();
    let first = Some("- a\n\n  b\n  - c\n\n      code");
    assert_eq!(items, [first, first, first, first, Some("- d"), None]);
}

#[test]
fn ranges_are_those_of_the_source() {
    let text = "# a\n\n- *b* `c`\n  d\n- e\n\npara *f*\n";
    let page = read(text);
    let sources: Vec<&str> = page
        .units
        .iter()
        .map(|unit| text[unit.range.clone()].trim_end())
        .collect();
    assert_eq!(sources, ["# a", "*b* `c`\n  d", "e", "para *f*"]);
}

#[test]
fn an_inline_text_is_one_paragraph_in_which_nothing_is_hidden() {
    let word = |word: &str| VisibleToken::Word(word.to_owned());
    assert_eq!(
        inline("Never set\n`x` *below* 3.\n"),
        (
            vec![
                word("Never"),
                word("set"),
                VisibleToken::Code("x".into()),
                word("below"),
                word("3.")
            ],
            true
        )
    );
    for text in ["a", " a ", "a\nb", "a < b", "[a](b)", "a **/ b", "1.5 x"] {
        assert!(inline(text).1, "{text:?}");
    }
    for text in [
        "",
        "a\n\nb",
        "# a",
        "- a",
        "> a",
        "a <b>c</b>",
        "a <!-- b -->",
        "<!-- b -->",
        "![a](b)",
        "a ~~b~~",
        "    a",
        "```\na\n```",
        "| a |\n|---|",
        "a\n<div>\nb",
        "1. a",
        "[a]: b\nc",
        "[a]: b",
        "a\n---",
        "<!-- x --> a",
        "a\n\n[b]: c",
    ] {
        assert!(!inline(text).1, "{text:?}");
    }
    assert_eq!(inline("a\n\n- b").0, [word("a"), word("b")]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_all_ranges_are_sound(text in "([ \n\r\t>*_`~#|<!\\-\\[\\](){}\"'&;:/a1é^=+.]|-->|<!--|</?div|```|\\[\\^1\\]:?|- |\\| |\n\n){0,60}") {
        let page = read(&text);
        let ranges = page.units.iter().map(|unit| &unit.range);
        let ranges = ranges.chain(page.units.iter().filter_map(|unit| unit.item.as_ref()));
        for range in ranges.chain(page.hidden.iter().map(|hidden| &hidden.range)).chain(&page.unclosed_fence) {
            prop_assert!(text.get(range.clone()).is_some(), "{:?} of {:?}", range, text);
        }
        prop_assert!(page.units.is_sorted_by_key(|unit| unit.range.start));
        inline(&text);
    }
}
