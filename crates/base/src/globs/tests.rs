//! Tests of `globs`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

#[allow(clippy::print_stdout)] // a skipped test says so
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus")),
        PathBuf::from,
    );
    let there = folder.join("globs.tsv").is_file();
    if !there {
        println!("skipped: no corpus at {}", folder.display());
    }
    there.then_some(folder)
}

fn matches(dialect: Dialect, pattern: &str, path: &str) -> bool {
    let matcher = Matcher::new(dialect, &[pattern]);
    let mut indices = vec![7];
    matcher.matching(path, &mut indices);
    assert_eq!(indices == [0], matcher.is_match(path), "{pattern} {path}");
    matcher.is_match(path)
}

fn problem(text: &str) -> GlobProblem {
    Glob::parse(text).expect_err(text)
}

#[test]
fn globs_of_the_grammar_are_read() {
    for text in [
        "**/*.tf",
        "charts/**",
        ".github/workflows/*.yml",
        "**/.env",
        "src/app/(group)/page.tsx",
        "a b/**/c?.md",
        "**/*",
        "docs/**/intro.md",
        "naïve/**",
        "a$b/c#d.md",
    ] {
        let glob = Glob::parse(text).expect(text);
        assert_eq!(
            (glob.as_written(), glob.expanded()),
            (text, &[text.to_owned()][..])
        );
    }
}

#[test]
fn braces_expand_in_source_order_without_duplicates() {
    let expanded = |text| Glob::parse(text).expect(text).expanded().join(" ");
    assert_eq!(expanded("{b,a,b}/*.{ts,tsx,ts}"), "b/*.ts b/*.tsx a/*.ts a/*.tsx");
    assert_eq!(expanded("{**/,}x/y"), "**/x/y x/y");
    assert_eq!(expanded("**/*.{yml,yaml}"), "**/*.yml **/*.yaml");
    assert_eq!(expanded("src/{,a}b"), "src/b src/ab");
    assert_eq!(expanded("**/{ab,a}{,b}"), "**/ab **/abb **/a");
    let eight = "{1,2,3,4,5,6,7,8}";
    assert_eq!(
        Glob::parse(&format!("a/{eight}{eight}")).map(|glob| glob.expanded().len()),
        Ok(64)
    );
    let over = problem(&format!("a/{eight}{eight}{{1,2}}"));
    assert_eq!(over.message, "the braces expand to more than 64 globs");
}

/// glob, the bytes that are wrong, a part of the message, a part of the readings, the portable spelling
#[rustfmt::skip]
const PROBLEMS: &[(&str, &str, &str, &str, Option<&str>)] = &[
    ("", "", "empty", "", None),
    ("  ", "  ", "empty", "", None),
    (" a/b", " a/b", "white space", "VS Code: ignored", Some("a/b")),
    ("a/b ", "a/b ", "white space", "", Some("a/b")),
    ("a/\nb", "\n", "line breaks", "", None),
    ("a/\u{7}b", "\u{7}", "control", "", None),
    ("a/\u{2028}b", "\u{2028}", "line breaks", "", None),
    ("\"a/b\"", "\"", "quotation", "", Some("a/b")),
    ("'**/*.ts'", "'", "quotation", "", Some("**/*.ts")),
    ("a/don't", "'", "quotation", "", None),
    ("src\\x\\*.cs", "\\", "backslash", "Copilot CLI", Some("src/x/*.cs")),
    ("**/*.[Tt]s", "[", "brackets", "one of the characters", Some("**/*.{T,t}s")),
    ("app/[slug]/*", "[", "brackets", "is not matched", None),
    ("app/[a-z]/*", "[", "brackets", "", None),
    ("app/[!a]/*", "[", "brackets", "", None),
    ("app/]", "]", "brackets", "", None),
    ("*", "*", "leave `paths` out", "GitHub's documentation, Claude Code, Cursor: the root only", None),
    ("**", "**", "leave `paths` out", "every file", None),
    ("!a/b", "!", "can't be negated", "Cline", None),
    ("#a/b", "#", "comment", "Copilot CLI", None),
    ("a/b #c", "#", "comment", "", None),
    ("/src/**", "/", "must not begin with `/`", "absolute", Some("src/**")),
    ("//src", "//", "must not begin with `/`", "", Some("**/src")),
    ("./src/**", "./", "must not begin with `./`", "VS Code: matches nothing", Some("src/**")),
    ("./*.tf", "./", "must not begin with `./`", "", Some("**/*.tf")),
    ("src/@(a|b)/*", "@(", "list of patterns", "Copilot CLI", None),
    ("*.tf", "*.tf", "at least one `/`", "Copilot in VS Code, Copilot CLI: any folder · GitHub's documentation, Claude Code, Cursor: the root only", Some("**/*.tf")),
    ("Makefile", "Makefile", "at least one `/`", "any folder", Some("**/Makefile")),
    ("src/", "/", "names a folder", "", Some("src/**")),
    ("src//x", "//", "two slashes", "", None),
    ("src/./x", ".", "`.`", "", None),
    ("../x/y", "..", "`..`", "", None),
    ("a/../b", "..", "`..`", "", None),
    ("src/**.ts", "**.ts", "a whole folder name", "", None),
    ("src/a**/b", "a**", "a whole folder name", "", None),
    ("a/***", "***", "a whole folder name", "", None),
    ("src*/x", "src*", "first folder `src*`", "VS Code: any folder", None),
    ("*/x.tf", "*", "first folder `*`", "", None),
    ("?/x.tf", "?", "first folder `?`", "", None),
    ("a/b,c/d", ",", "a separate list item", "Claude Code: one", None),
    ("a/b}", "}", "no `{`", "", None),
    ("a/{b,c", "{", "no `}`", "", None),
    ("a/{b,{c,d}}", "{", "can't be nested", "", None),
    ("a/{b}", "{b}", "at least two", "Copilot CLI: the braces", Some("a/b")),
    ("a/{}b", "{}", "at least two", "", Some("a/b")),
    ("*.{ts,tsx}", "*.{ts,tsx}", "its braces expand to `*.ts`: a glob needs at least one", "any folder", Some("**/*.{ts,tsx}")),
    ("{a,*}/x", "{a,*}/x", "expand to `*/x`", "", None),
    ("{src/,}*.rs", "{src/,}*.rs", "expand to `*.rs`", "", None),
    ("a/x{**,b}", "a/x{**,b}", "expand to `a/x**`", "", None),
    ("a/{b,..}/c", "a/{b,..}/c", "expand to `a/../c`", "", None),
    ("{a,}/b", "{a,}/b", "two slashes", "", None),
];

#[test]
fn everything_outside_the_grammar_is_refused_with_bytes_reason_and_spelling() {
    for &(text, wrong, message, readings, portable) in PROBLEMS {
        let problem = problem(text);
        let at = problem.span.clone();
        assert_eq!(text.get(at), Some(wrong), "{text}: {problem:?}");
        assert!(problem.message.contains(message), "{text}: {problem:?}");
        assert!(!problem.message.ends_with('.'), "{text}: {problem:?}");
        assert!(problem.readings.contains(readings), "{text}: {problem:?}");
        assert_eq!(problem.portable.as_deref(), portable, "{text}");
    }
}

#[test]
fn a_glob_of_a_thousand_bytes_is_refused_quickly() {
    for text in ["./".repeat(50_000), "{a,b}".repeat(50_000), "[".repeat(50_000)] {
        let problem = problem(&text);
        assert_eq!(problem.message, "the glob is longer than 1024 bytes");
    }
}

#[rustfmt::skip]
const DIALECTS: &[(&str, &str, [bool; 6])] = &[
    // pattern, path, then: portable, GitHub's documentation, VS Code, CLI, Claude rules, Cursor
    ("**/*.tf", "main.tf",            [true, true, true, true, true, true]),
    ("**/*.tf", "a/b/main.tf",        [true, true, true, true, true, true]),
    ("**/*.tf", "a/b/main.TF",        [false, false, true, false, false, false]),
    ("src/**", "src/a/b.rs",          [true, true, true, true, true, true]),
    ("src/**", "lib/src/a.rs",        [false, false, true, false, false, false]),
    ("src/**", "src",                 [false, false, false, false, false, false]),
    ("*.cs", "a.cs",                  [true, true, true, true, true, true]),
    ("*.cs", "x/a.cs",                [false, false, true, true, false, false]),
    ("Makefile", "x/Makefile",        [false, false, true, true, false, false]),
    ("**", "x/y",                     [true, true, true, true, true, true]),
    ("**/*", "x/.y",                  [true, true, true, true, true, true]),
    ("*", "x",                        [true, true, true, true, true, true]),
    ("*", "x/y",                      [false, false, true, true, false, false]),
    ("src/*.py", "src/foo/bar.py",    [false, false, false, false, false, false]),
    ("/src/**", "src/a",              [false, false, false, false, false, false]),
    ("/**/a", "src/a",                [false, false, true, false, false, false]),
    ("./src/**", "src/a",             [false, false, false, false, false, false]),
    ("a/**/b", "a/b",                 [true, true, true, true, true, true]),
    ("a/**/b", "a/x/.y/b",            [true, true, true, true, true, true]),
    ("**/.env", "x/.env",             [true, true, true, true, true, true]),
    ("**/*.{ts,tsx}", "x/a.tsx",      [true, true, true, true, true, true]),
    ("**/*.{ts,}", "x/a.",            [true, true, true, true, true, true]),
    ("**/{a,{b,c}}.md", "x/c.md",     [true, true, true, true, true, true]),
    ("**/*.[Tt]ests.ps1", "x/a.tests.ps1", [true, true, true, true, true, true]),
    ("app/[slug]/*", "app/[slug]/x",  [false, false, false, false, false, false]),
    ("app/[slug]/*", "app/s/x",       [true, true, true, true, true, true]),
    ("app/\\[slug]/*", "app/[slug]/x", [true, true, true, true, true, true]),
    ("app/(group)/$id.tsx", "app/(group)/$id.tsx", [true, true, true, true, true, true]),
    ("a/@(b|c)", "a/@(b|c)",          [true, true, true, false, true, true]),
    ("#a/b", "#a/b",                  [true, true, true, false, true, true]),
    ("!a/b", "!a/b",                  [false, false, false, false, false, false]),
    ("!a/b", "x",                     [false, false, false, false, false, false]),
    ("", "",                          [false, false, false, false, false, false]),
];

#[test]
fn each_assistant_has_its_own_dialect() {
    for &(pattern, path, expected) in DIALECTS {
        let read = Dialect::ALL.map(|dialect| matches(dialect, pattern, path));
        assert_eq!(read, expected, "{pattern} {path}");
    }
}

#[test]
fn an_invalid_pattern_matches_nothing_and_is_listed() {
    let monster = "{a,b}".repeat(100_000);
    let patterns = ["**/*.rs", "[z-a]/x", "!x", "{a,b", "", &monster, "src/**"];
    for dialect in Dialect::ALL {
        let matcher = Matcher::new(dialect, &patterns);
        assert_eq!(matcher.invalid(), [1, 2, 3, 4, 5], "{dialect:?}");
        let mut into = vec![9];
        matcher.matching("src/a.rs", &mut into);
        assert_eq!(into, [0, 6], "{dialect:?}");
        matcher.matching("doc", &mut into);
        assert!(into.is_empty());
    }
}

#[test]
fn a_list_is_split_at_commas_outside_braces() {
    assert_eq!(
        split_list("**/*.{ts,tsx},**/*.md , a/b,,"),
        ["**/*.{ts,tsx}", "**/*.md", "a/b"]
    );
    assert_eq!(split_list("a}, b"), ["a}", "b"]);
    assert_eq!(split_list("a/{b, c"), ["a/{b, c"]);
    assert!(split_list(" , ").is_empty());
}

#[test]
fn the_index_counts_a_path_once_per_glob_and_keeps_the_first() {
    let globs =
        ["**/*.{md,*}", "docs/**", "**/*.rs", "{docs,docs/a}/**"].map(|text| Glob::parse(text).expect(text));
    let index = Index::new(&globs.iter().collect::<Vec<_>>());
    for _ in 0..2 {
        let hits = index.hits(["docs/b.md", "docs/a/c.md", "README"].into_iter());
        let read: Vec<_> = hits
            .iter()
            .map(|hit| (hit.count, hit.example.as_deref()))
            .collect();
        let docs = (2, Some("docs/b.md"));
        assert_eq!(read, [docs, docs, (0, None), docs]);
    }
    assert!(Index::new(&[]).hits(["a"].into_iter()).is_empty());
}

const NASTY: &[&str] = &[
    "a.rs",
    ".hidden",
    ".github/workflows/ci.yml",
    "src/a.rs",
    "src/.hidden",
    "src/.d/x.rs",
    "src/d/a.rs",
    "src/d/d2/.rs",
    "src/d/d2/b.rs",
    "src/d/d2/d3/ab.md",
    "src/src/a.rs",
    "src/SRC/A.RS",
    "lib/src/a.rs",
    "lib/name[chromium].png",
    "lib/(group)/$id.tsx",
    "lib/{a,b}/x.md",
    "lib/a\\b/x.md",
    "lib/\"q\"/it's.md",
    "a b/c d.rs",
    "a b/ .rs",
    "na\u{ef}ve/\u{e9}.rs",
    "src/\u{1f980}.rs",
    "src/new\nline.rs",
    "src/tab\there",
    "src/-a.rs",
    "src/!a.rs",
    "src/#a.rs",
    "src/a.rs.rs",
    "src/x*y.rs",
    "src/x?y.rs",
    ":(top)/a.rs",
];

#[test]
fn git_matches_the_same_paths() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let git = |arguments: &[&str], input: &str| {
        let mut child = Command::new("git")
            .current_dir(folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git");
        child
            .stdin
            .take()
            .expect("input")
            .write_all(input.as_bytes())
            .expect("write");
        let output = child.wait_with_output().expect("git");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    git(&["init", "-q"], "");
    let blob = git(&["hash-object", "-w", "--stdin"], "");
    let index = NASTY.iter().fold(String::new(), |mut lines, path| {
        write!(lines, "100644 {}\t{path}\0", blob.trim()).expect("string");
        lines
    });
    git(&["update-index", "-z", "--index-info"], &index);

    // The last segment of each of these is never a folder's whole name, because git reads such a pathspec as the folder.
    let firsts = ["**", "src", "lib", "a b", "na\u{ef}ve", ".github"];
    let middles = [
        "", "**/", "*/", "?/", "d*/", ".*/", "d/**/", "**/d?/", "*/*/", "**/**/",
    ];
    let lasts = [
        "**", "*", "*.rs", "?.rs", "??.rs", "*.*", ".*", "a*.r?", "*a*", "**/*.md", "a.rs", "-*", "#*", "(*",
        "* *", "*.*.rs", "**/*",
    ];
    let mut compared = 0;
    let mut matched = 0;
    for first in firsts {
        for middle in middles {
            for last in lasts {
                let text = format!("{first}/{middle}{last}");
                let glob = Glob::parse(&text).expect(&text);
                let ours = Matcher::new(Dialect::Portable, glob.expanded());
                let theirs = git(&["ls-files", "-z", &format!(":(top,glob){text}")], "");
                let mut theirs: Vec<&str> = theirs.split_terminator('\0').collect();
                let mut found: Vec<&str> = NASTY.iter().copied().filter(|path| ours.is_match(path)).collect();
                theirs.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, theirs, "{text}");
                let hits = Index::new(&[&glob]).hits(NASTY.iter().copied());
                assert_eq!(hits[0].count, theirs.len(), "{text}");
                compared += 1;
                matched += found.len();
            }
        }
    }
    assert!(
        compared > 1_000 && matched > 1_000,
        "{compared} globs matched {matched} paths"
    );
}

#[test]
fn every_scope_of_the_corpus_matches_as_many_files_as_git_counted() {
    let Some(corpus) = corpus() else { return };
    let rows = std::fs::read_to_string(corpus.join("globs.tsv")).expect("globs.tsv");
    let mut compared = 0;
    for row in rows.lines().skip(1) {
        let [repository, _, _, text, count] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("a row of five columns: {row}");
        };
        let listing = format!("trees/{}.txt", repository.replace('/', "__"));
        let tree = std::fs::read_to_string(corpus.join(listing)).expect(repository);
        let expected: usize = count.parse().expect(row);
        let matcher = Matcher::new(Dialect::Portable, &[text]);
        assert!(matcher.invalid().is_empty(), "{row}");
        assert_eq!(
            tree.lines().filter(|path| matcher.is_match(path)).count(),
            expected,
            "{row}"
        );
        if let Ok(glob) = Glob::parse(text) {
            let hits = Index::new(&[&glob]).hits(tree.lines());
            assert_eq!(hits[0].count, expected, "{row}");
        }
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}
