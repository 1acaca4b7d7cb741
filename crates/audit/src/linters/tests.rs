//! Rules against the files of linters.

use super::languages::LessonFiles;
use super::settings::LinterSettings;
use super::table::enforced_rule;
use lessonbook_base::tree::{Mode, Tree};

/// The setting that enforces a rule for the files of these globs, as `tool: name`.
fn enforced_by(files: &[(&str, &str)], globs: &[&str], rule: &str) -> Option<String> {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.load(*path, Mode::File, text.as_bytes().to_vec());
    }
    let settings = LinterSettings::new(&tree);
    let files = LessonFiles::new(globs, &tree);
    let rule = enforced_rule(rule)?;
    let mut wanted = rule.settings(&files);
    let found = wanted.find_map(|wanted| settings.find(wanted, rule.number(), &files))?;
    Some(format!("{}: {}", found.tool, found.name))
}

#[test]
fn a_setting_counts_for_the_language_of_nearly_all_files() {
    let python = ("pyproject.toml", "[tool.ruff]\nline-length = 100\n");
    let rule = "Keep lines under 100 characters.";
    let ruff = Some("ruff: line-length = 100".to_owned());
    assert_eq!(enforced_by(&[python, ("src/a.py", "")], &[], rule), ruff);
    let mixed = [python, ("src/a.py", ""), ("web/a.ts", "")];
    assert_eq!(enforced_by(&mixed, &[], rule), None);
    assert_eq!(enforced_by(&mixed, &["src/**"], rule), ruff);
    assert_eq!(enforced_by(&mixed, &["web/**"], rule), None);
    let named = "Keep Python lines under 100 characters.";
    assert_eq!(enforced_by(&mixed, &[], named), ruff);
}

#[test]
fn a_section_of_an_editorconfig_counts_for_the_files_that_it_is_about() {
    let config = "[*]\nindent_size = 4\ntrim_trailing_whitespace = true\n[*.md]\ntrim_trailing_whitespace = false\n\
                  [*.{ts,tsx}]\nindent_size = 2\n[Makefile]\nindent_style = tab\n";
    let files = [(".editorconfig", config), ("a.ts", ""), ("lib/b.cs", "")];
    let two = "Use 2-space indentation.";
    assert_eq!(
        enforced_by(&files, &["**/*.ts"], two).as_deref(),
        Some("EditorConfig: indent_size = 2")
    );
    assert_eq!(enforced_by(&files, &[], two), None);
    assert!(enforced_by(&files, &[], "Remove trailing whitespace.").is_some());
    let tabs = [
        (".editorconfig", "[*]\nindent_style = tab\nindent_size = 2\n"),
        ("a.ts", ""),
    ];
    assert_eq!(enforced_by(&tabs, &[], two), None);
}

#[test]
fn ruff_selects_some_rules_by_default_and_ignores_some_in_tests() {
    let of =
        |text: &'static str, rule: &str| enforced_by(&[("pyproject.toml", text), ("a.py", "")], &[], rule);
    let bare = "Never use bare `except`.";
    assert_eq!(
        of("[tool.ruff.lint]\nextend-select = [\"I\"]\n", bare).as_deref(),
        Some("ruff: E7, which ruff selects by default")
    );
    assert_eq!(of("[tool.ruff.lint]\nselect = [\"I\"]\n", bare), None);
    assert_eq!(of("[tool.black]\nline-length = 88\n", bare), None);
    let unused = "Remove unused imports.";
    let init = "[tool.ruff]\nselect = [\"F\"]\n[tool.ruff.per-file-ignores]\n\"__init__.py\" = [\"F401\"]\n";
    assert!(of(init, unused).is_some());
    let sources =
        "[tool.ruff]\nselect = [\"F\"]\n[tool.ruff.per-file-ignores]\n\"src/old/**\" = [\"F401\"]\n";
    assert_eq!(of(sources, unused), None);
    let hints = "Use type hints for all functions.";
    assert!(of("[tool.mypy]\nstrict = true\n", hints).is_some());
    assert_eq!(
        of(
            "[tool.mypy]\nstrict = true\ndisallow_untyped_defs = false\n",
            hints
        ),
        None
    );
}

#[test]
fn a_rule_of_eslint_counts_for_all_sources_or_not_at_all() {
    let of =
        |text: &'static str, rule: &str| enforced_by(&[("eslint.config.js", text), ("a.ts", "")], &[], rule);
    let any = "Never use `any`.";
    let shared = "export default [\n  ...tseslint.configs.recommended,\n];\n";
    assert_eq!(
        of(shared, any).as_deref(),
        Some("ESLint: tseslint.configs.recommended")
    );
    assert_eq!(of(shared, "Never leave floating promises."), None);
    let off = "export default [\n  ...tseslint.configs.recommended,\n  {\n    rules: {\n      \
               '@typescript-eslint/no-explicit-any': 'off',\n    },\n  },\n];\n";
    assert_eq!(of(off, any), None);
    let tests = "export default [\n  ...tseslint.configs.recommended,\n  {\n    files: ['**/*.test.ts'],\n    rules: {\n      \
                 '@typescript-eslint/no-explicit-any': 'off',\n    },\n  },\n];\n";
    assert!(of(tests, any).is_some());
    let part = "export default [\n  {\n    files: ['tools/old/**'],\n    rules: {\n      'no-console': 'error',\n    },\n  },\n];\n";
    assert_eq!(of(part, "Do not use `console.log`."), None);
    let oxlint = [
        (
            ".oxlintrc.json",
            "{\"rules\": {\"typescript/no-explicit-any\": \"error\"}}",
        ),
        ("a.ts", ""),
    ];
    assert!(enforced_by(&oxlint, &[], any).is_some_and(|found| found.starts_with("Oxlint")));
}

#[test]
fn golangci_and_csharp_count_by_what_they_report() {
    let errors = "Never ignore returned errors.";
    let of = |text: &'static str| enforced_by(&[(".golangci.yml", text), ("a.go", "")], &[], errors);
    assert_eq!(
        of("linters:\n  enable: [misspell]\n").as_deref(),
        Some("golangci-lint: errcheck, which golangci-lint enables by default")
    );
    assert_eq!(of("linters:\n  default: none\n"), None);
    assert_eq!(of("linters:\n  disable: [errcheck]\n"), None);
    let scoped = "Use file-scoped namespaces.";
    let of = |text: &'static str| enforced_by(&[(".editorconfig", text), ("a.cs", "")], &[], scoped);
    assert!(of("[*.cs]\ncsharp_style_namespace_declarations = file_scoped:warning\n").is_some());
    assert_eq!(
        of("[*.cs]\ncsharp_style_namespace_declarations = file_scoped:suggestion\n"),
        None
    );
    let diagnostic = "[*.cs]\ncsharp_style_namespace_declarations = file_scoped\ndotnet_diagnostic.IDE0161.severity = error\n";
    assert!(of(diagnostic).is_some());
}
