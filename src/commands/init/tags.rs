//! Proposes tags for a repository from its files: languages, and what it deploys to.
//!
//! Input: a tree. Output: tags in the order of a fixed list.

use lessonbook_base::tree::Tree;

/// Folders whose manifests do not describe the repository: dependencies, examples, test data.
const IGNORED_FOLDERS: [&str; 12] = [
    "node_modules",
    "vendor",
    "third_party",
    "external",
    "fixtures",
    "testdata",
    "test",
    "tests",
    "examples",
    "example",
    "samples",
    "docs",
];

/// The maximum depth of a language's manifest, for monorepos: `services/api/package.json`.
const MAX_DEPTH: usize = 2;

/// File names of manifests, and the tag of their language.
const BY_NAME: [(&[&str], &str); 9] = [
    (
        &[
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "requirements.txt",
            "Pipfile",
        ],
        "python",
    ),
    (&["Cargo.toml"], "rust"),
    (&["go.mod"], "go"),
    (
        &["pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle"],
        "java",
    ),
    (&["Gemfile"], "ruby"),
    (&["composer.json"], "php"),
    (&["Package.swift"], "swift"),
    (&["mix.exs"], "elixir"),
    (&["CMakeLists.txt"], "cpp"),
];

/// Endings of manifests' names, and the tag of their language.
const BY_ENDING: [(&[&str], &str); 1] = [(&[".csproj", ".fsproj", ".vbproj", ".sln", ".slnx"], "dotnet")];

/// The tags that a tree proposes.
pub fn propose(tree: &Tree) -> Vec<&'static str> {
    let files: Vec<(&str, &str, usize)> = tree
        .paths()
        .filter(|path| !is_ignored(path))
        .map(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            (path, name, path.matches('/').count())
        })
        .collect();
    let near = || files.iter().filter(|(_, _, depth)| *depth <= MAX_DEPTH);
    let mut tags: Vec<&'static str> = Vec::new();
    for (names, tag) in BY_NAME {
        if near().any(|(_, name, _)| names.contains(name)) {
            tags.push(tag);
        }
    }
    if near().any(|(_, name, _)| *name == "package.json") {
        let is_typed = |(_, name, _): &(&str, &str, usize)| {
            name.starts_with("tsconfig") && has_extension(name, "json")
                || [".ts", ".tsx", ".mts", ".cts"]
                    .iter()
                    .any(|end| name.ends_with(end))
        };
        let typed = files.iter().any(is_typed);
        tags.push(if typed { "typescript" } else { "javascript" });
    }
    for (endings, tag) in BY_ENDING {
        let has_ending = |name: &str| endings.iter().any(|ending| name.ends_with(ending));
        if near().any(|(_, name, _)| has_ending(name)) {
            tags.push(tag);
        }
    }
    // Files about deployment count at any depth: `deploy/charts/web/Chart.yaml`, `infra/net/main.tf`.
    let kubernetes = [
        "Chart.yaml",
        "kustomization.yaml",
        "kustomization.yml",
        "Kustomization",
    ];
    if files.iter().any(|(_, name, _)| kubernetes.contains(name)) {
        tags.push("kubernetes");
    }
    if files.iter().any(|(_, name, _)| has_extension(name, "tf")) {
        tags.push("terraform");
    }
    tags
}

fn has_extension(name: &str, extension: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|actual| actual == extension)
}

fn is_ignored(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|folder| IGNORED_FOLDERS.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessonbook_base::tree::Mode;

    fn tags(paths: &[&str]) -> Vec<&'static str> {
        let mut tree = Tree::new();
        for path in paths {
            tree.list(*path, Mode::File);
        }
        propose(&tree)
    }

    #[test]
    fn tags_are_proposed_from_manifests() {
        assert_eq!(tags(&["pyproject.toml", "src/app.py"]), ["python"]);
        assert_eq!(tags(&["setup.py"]), ["python"]);
        assert_eq!(tags(&["Cargo.toml", "go.mod"]), ["rust", "go"]);
        assert_eq!(tags(&["package.json", "index.js"]), ["javascript"]);
        assert_eq!(tags(&["package.json", "src/index.ts"]), ["typescript"]);
        assert_eq!(tags(&["package.json", "tsconfig.base.json"]), ["typescript"]);
        assert_eq!(tags(&["App/App.csproj"]), ["dotnet"]);
        assert_eq!(tags(&["All.sln"]), ["dotnet"]);
        assert_eq!(tags(&["deploy/charts/a/web/Chart.yaml"]), ["kubernetes"]);
        assert_eq!(tags(&["k8s/base/kustomization.yaml"]), ["kubernetes"]);
        assert_eq!(tags(&["infra/live/net/main.tf"]), ["terraform"]);
        assert_eq!(tags(&["main.tf", "README.md"]), ["terraform"]);
        assert_eq!(tags(&["README.md"]), Vec::<&str>::new());
    }

    #[test]
    fn dependencies_examples_and_test_data_propose_nothing() {
        let ignored = [
            "node_modules/x/package.json",
            "vendor/a/go.mod",
            "tests/data/Cargo.toml",
            "examples/k8s/Chart.yaml",
            "a/b/c/d/pyproject.toml",
        ];
        assert_eq!(tags(&ignored), Vec::<&str>::new());
    }
}
