//! Rules about JavaScript and TypeScript.

use super::{RuleRow, row};
use crate::linters::config_files::Tool;
use crate::linters::table::WantedSetting::{Biome, Eslint, EslintOption, Value};

pub const ROWS: &[RuleRow] = &[
    row(
        &["console `console.log` `console.log()`"],
        "log statement call leave left commit committed production debug debugging",
        &[Eslint("no-console"), Biome("suspicious.noConsole"), Biome("suspicious.noConsoleLog")],
    )
    .forbids()
    .of_one_language(),
    // What to use in place of it is the same everywhere.
    row(
        &["`any` any+type any+types"],
        "type typescript explicit unknown with guard wherever possible dynamic content instead specific precise define generic",
        &[Eslint("@typescript-eslint/no-explicit-any"), Biome("suspicious.noExplicitAny")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["strict", "typescript mode"],
        "mode compiler option enable keep check checking type setting configuration config",
        &[Value(Tool::TypeScript, "compilerOptions.strict", Some("true"))],
    )
    .demands(),
    row(
        &["`const`", "`let`"],
        "prefer over variable reassigned",
        &[Eslint("prefer-const"), Biome("style.useConst")],
    )
    .demands()
    .of_one_language(),
    row(
        &["`var`"],
        "declaration keyword variable declare `const` `let` const let or",
        &[Eslint("no-var"), Biome("suspicious.noVar"), Biome("style.noVar")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`===`"],
        "=== == != !== strict equality comparison compare operator over",
        &[
            EslintOption("eqeqeq", "always"),
            Eslint("eqeqeq"),
            Biome("suspicious.noDoubleEquals"),
        ],
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
        "component module named",
        &[Eslint("import/no-default-export"), Biome("style.noDefaultExport")],
    )
    .forbids()
    .of_one_language(),
    row(
        &["named", "export"],
        "default over only module",
        &[Eslint("import/no-default-export"), Biome("style.noDefaultExport")],
    )
    .demands()
    .of_one_language(),
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
        &["`import type` type+only type+import type+imports"],
        "import type only for separate value from with interface",
        &[
            Eslint("@typescript-eslint/consistent-type-imports"),
            Biome("style.useImportType"),
            Value(Tool::TypeScript, "compilerOptions.verbatimModuleSyntax", Some("true")),
        ],
    )
    .demands()
    .of_one_language(),
    row(
        &["`node:`"],
        "prefix protocol built builtin in module import node js",
        &[
            Eslint("unicorn/prefer-node-protocol"),
            Eslint("n/prefer-node-protocol"),
            Eslint("import/enforce-node-protocol-usage"),
            Biome("style.useNodejsImportProtocol"),
        ],
    )
    .demands()
    .of_one_language(),
    row(
        &["`require` `require()`"],
        "call commonjs import",
        &[
            Eslint("@typescript-eslint/no-require-imports"),
            Eslint("@typescript-eslint/no-var-requires"),
            Biome("style.noCommonJs"),
        ],
    )
    .forbids()
    .of_one_language(),
    row(
        &["`@ts-ignore` `// @ts-ignore`"],
        "comment",
        &[
            Eslint("@typescript-eslint/ban-ts-comment"),
            Biome("suspicious.noTsIgnore"),
        ],
    )
    .forbids()
    .of_one_language(),
    row(
        &["switch", "exhaustive exhaustively exhaustiveness"],
        "statement check case union",
        &[Eslint("@typescript-eslint/switch-exhaustiveness-check")],
    )
    .demands()
    .of_one_language(),
    row(
        &["nested", "ternary ternaries"],
        "operator expression",
        &[
            Eslint("no-nested-ternary"),
            Eslint("unicorn/no-nested-ternary"),
            Biome("style.noNestedTernary"),
            Biome("nursery.noNestedTernary"),
        ],
    )
    .forbids(),
    row(
        &["curly brace", "brace", "if control block statement"],
        "curly control structure block if else loop for while single line statement even",
        &[EslintOption("curly", "all"), Biome("style.useBlockStatements")],
    )
    .demands(),
    row(
        &["template", "literal string"],
        "concatenation over string",
        &[Eslint("prefer-template"), Biome("style.useTemplate")],
    )
    .demands(),
    row(
        &["optional+chaining"],
        "operator over `&&` && access",
        &[Eslint("@typescript-eslint/prefer-optional-chain"), Biome("complexity.useOptionalChain")],
    )
    .demands()
    .of_one_language(),
    row(
        &["nullish+coalescing `??`"],
        "operator over `||` || nullish coalescing",
        &[Eslint("@typescript-eslint/prefer-nullish-coalescing")],
    )
    .demands()
    .of_one_language(),
    row(
        &["parameter argument", "reassign"],
        "function",
        &[Eslint("no-param-reassign"), Biome("style.noParameterAssign")],
    )
    .forbids(),
    row(
        &["`dangerouslySetInnerHTML`"],
        "prop react",
        &[Eslint("react/no-danger"), Biome("security.noDangerouslySetInnerHtml")],
    )
    .forbids()
    .of_one_language(),
];
