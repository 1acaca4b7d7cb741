//! Rules about Rust, Go and C#.

use super::{RuleRow, row};
use crate::linters::config_files::Tool;
use crate::linters::table::WantedSetting::{CSharp, Clippy, Golangci, RustLint, Value};

pub const ROWS: &[RuleRow] = &[
    row(
        &[
            "`unwrap` `unwrap()` `.unwrap()` `.unwrap`",
            "`expect` `expect()` `.expect()` `.expect`",
        ],
        "call production outside test result option library or",
        &[Clippy(&["unwrap_used", "expect_used"])],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`unwrap` `unwrap()` `.unwrap()`"],
        "call production outside test result option library",
        &[Clippy(&["unwrap_used"])],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`expect` `expect()` `.expect()`"],
        "call production outside test result option library",
        &[Clippy(&["expect_used"])],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`panic!` `panic!()`"],
        "call macro production outside test library",
        &[Clippy(&["panic"])],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`dbg!` `dbg!()`"],
        "leave left commit committed macro call",
        &[Clippy(&["dbg_macro"])],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`todo!` `todo!()`"],
        "leave left commit committed macro call",
        &[Clippy(&["todo"])],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`println!` `println!()`"],
        "macro call library stdout print",
        &[Clippy(&["print_stdout"])],
    )
    .forbids()
    .of_one_language(),
    row(&["`unsafe`"], "block write function", &[RustLint("unsafe_code")])
        .forbids()
        .of_one_language(),
    row(
        &["public", "item function api", "document documented documentation"],
        "doc comment add write have",
        &[RustLint("missing_docs")],
    )
    .demands(),
    row(
        &["error", "ignore discard unchecked"],
        "unchecked return returned value leave",
        &[Golangci("errcheck")],
    )
    .forbids(),
    row(
        &["error", "check"],
        "return returned value explicitly",
        &[Golangci("errcheck")],
    )
    .demands(),
    row(
        &["gofmt `gofmt`"],
        "format run with",
        &[Golangci("gofmt"), Golangci("gofumpt")],
    )
    .demands(),
    row(
        &["file+scoped", "namespace"],
        "declaration scoped over block",
        &[CSharp(
            "csharp_style_namespace_declarations",
            "file_scoped",
            "IDE0161",
        )],
    )
    .demands()
    .of_one_language(),
    row(
        &["brace", "if control block statement"],
        "curly control structure block if else loop for while single line statement even",
        &[CSharp("csharp_prefer_braces", "true", "IDE0011")],
    )
    .demands(),
    row(
        &["nullable"],
        "reference type enable annotation",
        &[Value(Tool::MsBuild, "Nullable", Some("enable"))],
    )
    .demands(),
    row(
        &["warning", "error"],
        "treat as build compiler",
        &[Value(Tool::MsBuild, "TreatWarningsAsErrors", Some("true"))],
    )
    .demands(),
];
