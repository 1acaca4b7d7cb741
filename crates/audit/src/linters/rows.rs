//! The rules that settings of linters can enforce: the words of each rule, and the settings.
//!
//! Not here: comparing a rule with a row (`table`), and reading settings (`settings`).

use super::wanted_setting::WantedSetting::{
    Biome, Clippy, Eslint, EslintOption, Golangci, Ruff, RustLint, Value,
};
use super::wanted_setting::{Tool, WantedSetting};

/// Words of a rule, and what enforces it.
pub struct RuleRow {
    /// One word of each group must occur.
    pub needs: &'static [&'static str],
    /// Other words that may occur.
    pub allows: &'static str,
    /// Whether it must forbid, or must not; none: either.
    pub is_negative: Option<bool>,
    pub has_number: bool,
    pub names_its_language: bool,
    pub settings: &'static [WantedSetting],
}

const fn row(
    needs: &'static [&'static str],
    allows: &'static str,
    settings: &'static [WantedSetting],
) -> RuleRow {
    RuleRow {
        needs,
        allows,
        is_negative: None,
        has_number: false,
        names_its_language: false,
        settings,
    }
}

impl RuleRow {
    const fn forbids(mut self) -> Self {
        self.is_negative = Some(true);
        self
    }

    const fn demands(mut self) -> Self {
        self.is_negative = Some(false);
        self
    }

    const fn with_number(mut self) -> Self {
        self.has_number = true;
        self
    }

    /// Its words belong to one language.
    const fn of_one_language(mut self) -> Self {
        self.names_its_language = true;
        self
    }
}

/// A key of the section `[*]`.
pub const fn editorconfig(key: &'static str, value: Option<&'static str>) -> WantedSetting {
    Value(Tool::EditorConfig, key, value)
}

pub static ROWS: &[RuleRow] = &[
    row(
        &["space", "indent indentation indented"],
        "level per each",
        &[
            editorconfig("*.indent_size", None),
            Value(Tool::Prettier, "tabWidth", None),
        ],
    )
    .demands()
    .with_number(),
    row(
        &["tab", "indent indentation"],
        "level per each",
        &[
            editorconfig("*.indent_style", Some("tab")),
            Value(Tool::Prettier, "useTabs", Some("true")),
            Value(Tool::Rustfmt, "hard_tabs", Some("true")),
        ],
    )
    .demands(),
    row(
        &["line", "character char column", "length long longer exceed maximum max most limit under below keep width wrap within"],
        "at length long longer exceed maximum max most limit limited under below keep width wide wrap within than more line character char column or less fewer",
        &[
            editorconfig("*.max_line_length", None),
            Value(Tool::Prettier, "printWidth", None),
            Value(Tool::Ruff, "tool.ruff.line-length", None),
            Value(Tool::Python, "tool.black.line-length", None),
            Value(Tool::Flake8, "flake8.max-line-length", None),
            Value(Tool::Rustfmt, "max_width", None),
        ],
    )
    .with_number(),
    row(
        &["single", "quote"],
        "string literal",
        &[
            Value(Tool::Prettier, "singleQuote", Some("true")),
            Value(Tool::Biome, "javascript.formatter.quoteStyle", Some("single")),
            EslintOption("quotes", "single"),
            EslintOption("@stylistic/quotes", "single"),
            Value(Tool::Ruff, "tool.ruff.format.quote-style", Some("single")),
        ],
    )
    .demands(),
    row(
        &["double", "quote"],
        "string literal",
        &[
            Value(Tool::Prettier, "singleQuote", Some("false")),
            Value(Tool::Biome, "javascript.formatter.quoteStyle", Some("double")),
            EslintOption("quotes", "double"),
            EslintOption("@stylistic/quotes", "double"),
            Value(Tool::Ruff, "tool.ruff.format.quote-style", Some("double")),
        ],
    )
    .demands(),
    row(
        &["semicolon"],
        "end statement write add",
        &[
            Value(Tool::Prettier, "semi", Some("false")),
            Value(Tool::Biome, "javascript.formatter.semicolons", Some("asNeeded")),
            EslintOption("semi", "never"),
            EslintOption("@stylistic/semi", "never"),
        ],
    )
    .forbids(),
    row(
        &["semicolon"],
        "end statement terminate",
        &[
            Value(Tool::Prettier, "semi", Some("true")),
            Value(Tool::Biome, "javascript.formatter.semicolons", Some("always")),
            EslintOption("semi", "always"),
            EslintOption("@stylistic/semi", "always"),
        ],
    )
    .demands(),
    row(
        &["trailing", "comma"],
        "multi line multiline object array argument list literal parameter",
        &[
            Value(Tool::Prettier, "trailingComma", Some("all")),
            Value(Tool::Biome, "javascript.formatter.trailingCommas", Some("all")),
        ],
    )
    .demands(),
    row(
        &["newline", "end final trailing single one"],
        "end final trailing single one exactly",
        &[editorconfig("*.insert_final_newline", Some("true"))],
    )
    .demands(),
    row(
        &["trailing", "whitespace"],
        "remove trim strip leave line",
        &[editorconfig("*.trim_trailing_whitespace", Some("true"))],
    ),
    row(
        &["lf unix", "line"],
        "line ending style unix lf",
        &[editorconfig("*.end_of_line", Some("lf"))],
    )
    .demands(),
    row(
        &["console"],
        "log statement call leave left commit committed production debug debugging",
        &[Eslint("no-console"), Biome("suspicious.noConsole"), Biome("suspicious.noConsoleLog")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`any`"],
        "type typescript explicit",
        &[Eslint("@typescript-eslint/no-explicit-any"), Biome("suspicious.noExplicitAny")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["typescript", "strict"],
        "mode compiler option enable enabled keep check checking type setting",
        &[Value(Tool::TypeScript, "compilerOptions.strict", Some("true"))],
    )
    .demands()
    .of_one_language(),
    row(
        &["unused", "variable local"],
        "remove delete leave keep variable local",
        &[
            Value(Tool::TypeScript, "compilerOptions.noUnusedLocals", Some("true")),
            Eslint("@typescript-eslint/no-unused-vars"),
            Eslint("no-unused-vars"),
            Biome("correctness.noUnusedVariables"),
            Ruff("F841"),
        ],
    ),
    row(
        &["unused", "import"],
        "remove delete leave keep",
        &[
            Value(Tool::TypeScript, "compilerOptions.noUnusedLocals", Some("true")),
            Eslint("unused-imports/no-unused-imports"),
            Biome("correctness.noUnusedImports"),
            Ruff("F401"),
        ],
    ),
    row(
        &["`const`", "`let`"],
        "const let prefer over variable reassigned",
        &[Eslint("prefer-const"), Biome("style.useConst")],
    )
    .demands()
    .of_one_language(),
    row(
        &["`var`"],
        "var declaration keyword variable declare",
        &[Eslint("no-var"), Biome("suspicious.noVar"), Biome("style.noVar")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`===`"],
        "=== == != !== strict equality comparison compare operator over",
        &[Eslint("eqeqeq"), Biome("suspicious.noDoubleEquals")],
    )
    .demands()
    .of_one_language(),
    row(
        &["debugger"],
        "statement leave left commit committed production",
        &[Eslint("no-debugger"), Biome("suspicious.noDebugger")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["default", "export"],
        "component module",
        &[Eslint("import/no-default-export"), Biome("style.noDefaultExport")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["import", "sort sorted alphabetical alphabetically"],
        "sort sorted alphabetical alphabetically order group keep at top statement",
        &[
            Ruff("I001"),
            Eslint("simple-import-sort/imports"),
            Eslint("import/order"),
            Value(Tool::Biome, "assist.actions.source.organizeImports", Some("on")),
        ],
    )
    .demands(),
    row(
        &["`print` `print()`"],
        "print statement call leave left commit committed production debug debugging python",
        &[Ruff("T201")],
    )
    .forbids(),
    row(&["bare", "`except` `except:`"], "except clause python write", &[Ruff("E722")])
        .forbids()
        .of_one_language(),
    row(
        &["mutable", "default"],
        "argument parameter value function python",
        &[Ruff("B006")],
    )
    .forbids(),
    row(
        &["wildcard star", "import"],
        "python statement",
        &[Ruff("F403"), Clippy("wildcard_imports")],
    )
    .forbids(),
    row(
        &["type", "hint annotation", "function method signature"],
        "hint annotation function method signature add annotate python parameter return argument",
        &[
            Value(Tool::Mypy, "tool.mypy.disallow_untyped_defs", Some("true")),
            Value(Tool::Mypy, "tool.mypy.strict", Some("true")),
            Value(Tool::Mypy, "mypy.disallow_untyped_defs", Some("true")),
            Value(Tool::Mypy, "mypy.strict", Some("true")),
        ],
    )
    .demands(),
    row(
        &["docstring", "function", "public"],
        "write add give python method",
        &[Ruff("D103")],
    )
    .demands(),
    row(
        &["`unwrap` `unwrap()` `.unwrap()`"],
        "unwrap call production outside test result option library",
        &[Clippy("unwrap_used")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`expect` `expect()` `.expect()`"],
        "expect call production outside test result option library",
        &[Clippy("expect_used")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`dbg!` `dbg!()`"],
        "dbg leave left commit committed macro call",
        &[Clippy("dbg_macro")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`todo!` `todo!()`"],
        "todo leave left commit committed macro call",
        &[Clippy("todo")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`println!` `println!()`"],
        "println macro call library stdout print",
        &[Clippy("print_stdout")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`unsafe`"],
        "unsafe block rust write function",
        &[RustLint("unsafe_code")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["error", "ignore discard unchecked"],
        "ignore discard unchecked return returned value go leave",
        &[Golangci("errcheck")],
    )
    .forbids(),
    row(
        &["floating", "promise"],
        "leave unhandled",
        &[Eslint("@typescript-eslint/no-floating-promises")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["non", "null", "assertion"],
        "operator typescript",
        &[Eslint("@typescript-eslint/no-non-null-assertion"), Biome("style.noNonNullAssertion")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`import type`"],
        "import type only for",
        &[
            Eslint("@typescript-eslint/consistent-type-imports"),
            Biome("style.useImportType"),
            Value(Tool::TypeScript, "compilerOptions.verbatimModuleSyntax", Some("true")),
        ],
    )
    .demands()
    .of_one_language(),
    row(
        &["`eval` `eval()`"],
        "eval call function",
        &[Eslint("no-eval"), Biome("security.noGlobalEval")],
    )
    .forbids(),
];
