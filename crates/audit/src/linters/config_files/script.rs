//! Settings in scripts such as `eslint.config.js`, read line by line.
//!
//! Input: a script as formatters write it. Output: its rules and options. Not here: anything that a script computes.

/// The shared configurations of which the rules are known.
const SHARED: [(&str, &str); 3] = [
    ("tseslint.configs.", "tseslint.configs."),
    ("js.configs.recommended", "js.configs.recommended"),
    ("eslint.configs.recommended", "js.configs.recommended"),
];

/// `files: ['**/*.test.ts']` and the lines of the same object.
struct Block {
    number: usize,
    indent: usize,
}

/// `'no-console': 'error'` and `"quotes": ["error", "single"]`: `rules.no-console`, `rules.quotes[0]`. The rules after `files:` in the
/// same object begin with `block[1].`, and the patterns are `block[1].files[]`.
pub fn read(text: &str, has_rules: bool, add: &mut impl FnMut(String, &str, usize)) {
    let mut block: Option<Block> = None;
    let mut number = 0;
    // The rule whose list begins on the line before.
    let mut open: Option<(String, usize)> = None;
    for (at, raw) in text.lines().enumerate() {
        let line = raw.trim_start();
        let indent = raw.len() - line.len();
        if line.is_empty() || line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") {
            continue;
        }
        if block.as_ref().is_some_and(|block| indent < block.indent) {
            block = None;
        }
        let prefix = block
            .as_ref()
            .map_or(String::new(), |block| format!("block[{}].", block.number));
        if let Some((key, line_of_key)) = open.take() {
            let level = bare(line.trim_end_matches(','));
            add(format!("{key}[0]"), level, line_of_key);
            continue;
        }
        let shared = SHARED.iter().find_map(|(written, known)| {
            let rest = line.split(written).nth(1)?;
            let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
            Some(format!(
                "{known}{}",
                if known.ends_with('.') { name.as_str() } else { "" }
            ))
        });
        if let Some(shared) = shared.filter(|_| has_rules) {
            add(format!("{prefix}extends[]"), &shared, at + 1);
        }
        let Some((name, rest)) = line.split_once(':') else {
            continue;
        };
        let name = bare(name.trim());
        let is_name = |c: char| c.is_ascii_alphanumeric() || "@/-_".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            continue;
        }
        let rest = rest.trim();
        if has_rules && name == "files" {
            number += 1;
            block = Some(Block { number, indent });
            for pattern in values(rest) {
                add(format!("block[{number}].files[]"), pattern, at + 1);
            }
            continue;
        }
        let key = if has_rules {
            format!("{prefix}rules.{name}")
        } else {
            name.to_owned()
        };
        if rest == "[" {
            open = Some((key, at + 1));
        } else if rest.starts_with('[') {
            for (number, value) in values(rest).into_iter().take(2).enumerate() {
                add(format!("{key}[{number}]"), value, at + 1);
            }
        } else {
            add(key, bare(rest.split(',').next().unwrap_or(rest).trim()), at + 1);
        }
    }
}

fn values(list: &str) -> Vec<&str> {
    let items = list.trim_start_matches('[').split([',', ']']).map(str::trim);
    items.filter(|item| !item.is_empty()).map(bare).collect()
}

fn bare(text: &str) -> &str {
    text.trim().trim_matches(['\'', '"'])
}

#[cfg(test)]
mod tests {
    #[test]
    fn rules_have_the_files_that_they_are_about() {
        let text = "export default [\n  ...tseslint.configs.recommended,\n  {\n    rules: {\n      'no-var': 'error',\n      eqeqeq: [\n        \
             'error',\n        'always',\n      ],\n    },\n  },\n  {\n    files: ['**/*.test.ts'],\n    rules: {\n      \
             'no-console': ['off'],\n    },\n  },\n  { rules: { } },\n  // semi: 'error'\n];\n";
        let mut found = Vec::new();
        super::read(text, true, &mut |key, value, line| {
            found.push(format!("{key} {value} {line}"));
        });
        let expected = [
            "extends[] tseslint.configs.recommended 2",
            "rules.no-var error 5",
            "rules.eqeqeq[0] error 6",
            "block[1].files[] **/*.test.ts 13",
            "block[1].rules.no-console[0] off 15",
        ];
        for one in expected {
            assert!(found.iter().any(|line| line == one), "{one} in {found:#?}");
        }
        assert!(found.iter().all(|line| !line.contains("semi")), "{found:#?}");
    }
}
