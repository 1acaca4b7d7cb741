//! Rules about Python.

use super::{RuleRow, row};
use crate::linters::config_files::Tool;
use crate::linters::table::WantedSetting::{Clippy, Ruff, RuffOption, Value};

pub const ROWS: &[RuleRow] = &[
    row(
        &["`print` `print()`"],
        "statement call leave left commit committed production debug debugging",
        &[Ruff("T201")],
    )
    .forbids(),
    row(
        &["bare", "except `except` `except:`"],
        "except clause write specific exception type",
        &[Ruff("E722")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["mutable", "default"],
        "argument parameter value function",
        &[Ruff("B006")],
    )
    .forbids(),
    row(
        &["wildcard star", "import"],
        "statement",
        &[Ruff("F403"), Clippy(&["wildcard_imports"])],
    )
    .forbids(),
    row(
        &["type", "hint annotation"],
        "function method signature add annotate parameter return returned argument value full write public everywhere except self cls",
        &[
            Value(Tool::Mypy, "tool.mypy.disallow_untyped_defs", Some("true")),
            Value(Tool::Mypy, "tool.mypy.strict", Some("true")),
            Value(Tool::Mypy, "mypy.disallow_untyped_defs", Some("true")),
            Value(Tool::Mypy, "mypy.strict", Some("true")),
            Ruff("ANN2"),
        ],
    )
    .demands(),
    row(
        &["docstring", "function", "public"],
        "write add give method class",
        &[Ruff("D103")],
    )
    .demands(),
    row(
        &["docstring", "google"],
        "write follow",
        &[RuffOption("D4", "tool.ruff.lint.pydocstyle.convention", "google")],
    )
    .demands(),
    row(
        &["docstring", "numpy"],
        "write follow",
        &[RuffOption("D4", "tool.ruff.lint.pydocstyle.convention", "numpy")],
    )
    .demands(),
    row(
        &["f+strings f+string"],
        "string preferred over `%` % `.format()` interpolation",
        &[Ruff("UP03")],
    )
    .demands(),
    row(
        &["f+strings f+string", "log logging logger"],
        "call statement message",
        &[Ruff("G004")],
    )
    .forbids(),
    row(
        &["pathlib `pathlib` `pathlib.Path`"],
        "`os.path` over module handling operation path manipulation",
        &[Ruff("PTH")],
    )
    .demands(),
    row(
        &["`assert`"],
        "statement production outside test",
        &[Ruff("S101")],
    )
    .forbids(),
    row(
        &["absolute", "import"],
        "relative over",
        &[RuffOption(
            "TID252",
            "tool.ruff.lint.flake8-tidy-imports.ban-relative-imports",
            "all",
        )],
    )
    .demands(),
    row(
        &["relative", "import"],
        "absolute",
        &[RuffOption(
            "TID252",
            "tool.ruff.lint.flake8-tidy-imports.ban-relative-imports",
            "all",
        )],
    )
    .forbids(),
    row(
        &["naive", "datetime"],
        "object value create",
        &[Ruff("DTZ")],
    )
    .forbids(),
    row(
        &["`type: ignore` `# type: ignore`", "bare blanket"],
        "comment",
        &[Ruff("PGH003")],
    )
    .forbids(),
    row(
        &["snake_case `snake_case`", "function method variable"],
        "name naming PascalCase pascalcase class upper_snake_case constant module",
        &[Ruff("N8")],
    )
    .demands(),
];
