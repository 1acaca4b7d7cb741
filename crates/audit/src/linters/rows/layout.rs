//! Rules about layout: white space, lengths, quotes, and names of files.

use super::{RuleRow, row};
use crate::linters::config_files::Tool;
use crate::linters::table::WantedSetting::{
    Biome, EditorConfig, Eslint, EslintOption, Ruff, RuffOption, Value,
};

pub const ROWS: &[RuleRow] = &[
    row(
        &["space", "indent indentation indented"],
        "level per each not tab",
        &[
            EditorConfig("indent_size", None),
            Value(Tool::Prettier, "tabWidth", None),
            Value(Tool::Ruff, "tool.ruff.indent-width", None),
        ],
    )
    .demands()
    .with_number(),
    row(
        &["tab", "indent indentation"],
        "level per each space",
        &[
            EditorConfig("indent_style", Some("tab")),
            Value(Tool::Prettier, "useTabs", Some("true")),
            Value(Tool::Biome, "formatter.indentStyle", Some("tab")),
            Value(Tool::Biome, "javascript.formatter.indentStyle", Some("tab")),
            Value(Tool::Ruff, "tool.ruff.format.indent-style", Some("tab")),
            Value(Tool::Rustfmt, "hard_tabs", Some("true")),
            EslintOption("indent", "tab"),
        ],
    )
    .demands(),
    row(
        &[
            "line",
            "length width character char column",
            "length width long longer exceed maximum max most limit limited under below keep wrap within",
        ],
        "at wide than more or less fewer be",
        &[
            EditorConfig("max_line_length", None),
            Value(Tool::Prettier, "printWidth", None),
            Value(Tool::Biome, "formatter.lineWidth", None),
            Value(Tool::Biome, "javascript.formatter.lineWidth", None),
            Value(Tool::Ruff, "tool.ruff.line-length", None),
            Value(Tool::Python, "tool.black.line-length", None),
            Value(Tool::Flake8, "flake8.max-line-length", None),
            Value(Tool::Rustfmt, "max_width", None),
            Value(Tool::Golangci, "linters.settings.lll.line-length", None),
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
            RuffOption("Q000", "tool.ruff.lint.flake8-quotes.inline-quotes", "single"),
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
            RuffOption("Q000", "tool.ruff.lint.flake8-quotes.inline-quotes", "double"),
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
            Ruff("COM812"),
        ],
    )
    .demands(),
    row(
        &["newline", "end final trailing single one"],
        "end final trailing single one exactly insert",
        &[EditorConfig("insert_final_newline", Some("true")), Ruff("W292")],
    )
    .demands(),
    row(
        &["trailing", "whitespace"],
        "remove trim strip leave line",
        &[
            EditorConfig("trim_trailing_whitespace", Some("true")),
            Ruff("W291"),
        ],
    ),
    row(
        &["lf unix", "line"],
        "line ending style unix lf",
        &[
            EditorConfig("end_of_line", Some("lf")),
            Value(Tool::Prettier, "endOfLine", Some("lf")),
            Value(Tool::Biome, "formatter.lineEnding", Some("lf")),
            Value(Tool::Ruff, "tool.ruff.format.line-ending", Some("lf")),
        ],
    )
    .demands(),
    row(
        &[
            "file",
            "line",
            "under below maximum max exceed limit long longer most at more",
        ],
        "keep length than within be",
        &[
            Value(Tool::Eslint, "rules.max-lines[1]", None),
            Value(Tool::Eslint, "rules.max-lines[1].max", None),
        ],
    )
    .with_number(),
    row(
        &[
            "function method",
            "line",
            "under below maximum max exceed limit long longer most at more",
        ],
        "keep length than within be",
        &[
            Value(Tool::Eslint, "rules.max-lines-per-function[1]", None),
            Value(Tool::Eslint, "rules.max-lines-per-function[1].max", None),
            Value(Tool::Golangci, "linters.settings.funlen.lines", None),
        ],
    )
    .with_number(),
    row(
        &["complexity"],
        "cyclomatic mccabe function method keep under below maximum max exceed limit than most at within be",
        &[
            Value(Tool::Eslint, "rules.complexity[1]", None),
            Value(Tool::Eslint, "rules.complexity[1].max", None),
            Value(Tool::Ruff, "tool.ruff.lint.mccabe.max-complexity", None),
            Value(Tool::Flake8, "flake8.max-complexity", None),
            Value(Tool::Golangci, "linters.settings.cyclop.max-complexity", None),
        ],
    )
    .with_number(),
    row(
        &["kebab+case", "filename name naming"],
        "kebab case name naming",
        &[
            Value(
                Tool::Eslint,
                "rules.unicorn/filename-case[1].case",
                Some("kebabCase"),
            ),
            Value(
                Tool::Eslint,
                "rules.check-file/filename-naming-convention[1]",
                Some("KEBAB_CASE"),
            ),
        ],
    )
    .demands(),
    row(
        &["commented+out"],
        "commented out code leave left commit committed keep remove delete",
        &[Ruff("ERA001")],
    ),
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
            Eslint("@typescript-eslint/no-unused-vars"),
            Biome("correctness.noUnusedImports"),
            Ruff("F401"),
        ],
    ),
    row(
        &["`eval` `eval()` eval"],
        "call function",
        &[Eslint("no-eval"), Biome("security.noGlobalEval"), Ruff("S307")],
    )
    .forbids(),
];
