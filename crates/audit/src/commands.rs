//! Commands that a repository defines itself, and those that a rule names.
//!
//! Input: a code span, or a tree with the content of the files that define commands. Output: a [`ProjectCommand`], and whether a tree
//! defines it. Not here: commands of other programs, which no file of a repository defines.

use std::collections::BTreeSet;

use crate::placeholder::is_placeholder;
use crate::toml;
use lessonbook_base::tree::Tree;
use lessonbook_checks::document::Value;
use lessonbook_checks::read::FileFormat;

/// A command that a file of the repository must define.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProjectCommand {
    /// `make NAME`.
    Make(String),
    /// `npm run NAME`, and the same of pnpm, yarn and bun.
    Script(String),
    /// `just NAME`.
    Just(String),
    /// `cargo … -p NAME`.
    Crate(String),
    /// A script of the repository, by its path: `./scripts/test.sh`, `python scripts/a.py`.
    File(String),
}

/// Whether a file of this name defines commands.
pub fn is_definition(name: &str) -> bool {
    is_makefile(name) || is_justfile(name) || matches!(name, "package.json" | "Cargo.toml")
}

fn is_makefile(name: &str) -> bool {
    matches!(name, "Makefile" | "makefile" | "GNUmakefile") || has_ending(name, "mk")
}

fn is_justfile(name: &str) -> bool {
    name.eq_ignore_ascii_case("justfile") || name == ".justfile" || has_ending(name, "just")
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own == ending)
}

impl ProjectCommand {
    /// What a code span runs, if a file of the repository must define it.
    pub fn parse(span: &str) -> Option<Self> {
        let first = span.split(['|', ';', '>', '&']).next().unwrap_or_default();
        let mut words: Vec<&str> = first.split_whitespace().collect();
        let is_setting = |word: &&str| word.contains('=') && !word.starts_with('-');
        words = words.into_iter().skip_while(is_setting).collect();
        let (program, rest) = words.split_first()?;
        let name = |word: &str| is_name(word).then(|| word.to_owned());
        let plain = |rest: &[&str]| {
            rest.iter()
                .find(|word| !word.starts_with('-'))
                .map(|word| (*word).to_owned())
        };
        match *program {
            "make"
                if !rest
                    .iter()
                    .any(|word| word.starts_with("-C") || word.starts_with("-f")) =>
            {
                let target = rest
                    .iter()
                    .find(|word| !word.starts_with('-') && !word.contains('='))?;
                name(target).map(ProjectCommand::Make)
            }
            "just" if !rest.first()?.starts_with('-') => name(rest.first()?).map(ProjectCommand::Just),
            "npm" | "pnpm" | "yarn" | "bun" => {
                let run = rest.iter().position(|word| matches!(*word, "run" | "run-script"));
                let script = match run {
                    Some(at) => plain(&rest[at + 1..])?,
                    None if *program == "npm" && matches!(*rest.first()?, "test" | "start") => {
                        (*rest.first()?).to_owned()
                    }
                    None => return None,
                };
                // yarn and bun also run programs of packages by this word.
                let is_script = matches!(*program, "npm" | "pnpm") || script.contains(':');
                (is_script && is_name(&script) && !rest.contains(&"--if-present"))
                    .then_some(ProjectCommand::Script(script))
            }
            "cargo" => {
                let at = rest.iter().position(|word| matches!(*word, "-p" | "--package"))?;
                name(rest.get(at + 1)?)
                    .filter(|name| {
                        !name.contains(['@', ':'])
                            && !matches!(
                                *rest.first().unwrap_or(&""),
                                "update" | "tree" | "add" | "install"
                            )
                    })
                    .map(ProjectCommand::Crate)
            }
            "bash" | "sh" | "python" | "python3" | "node" | "source" => script(&plain(rest)?),
            "uv" | "poetry" if rest.first() == Some(&"run") => {
                let inner: Vec<&str> = rest[1..]
                    .iter()
                    .copied()
                    .filter(|word| !word.starts_with('-'))
                    .collect();
                let inner = match inner.split_first() {
                    Some((&("python" | "python3"), rest)) => rest.first().copied(),
                    Some((first, _)) => Some(*first),
                    None => None,
                };
                script(inner?)
            }
            _ if program.starts_with("./") => script(program),
            _ => None,
        }
    }

    /// What it is, with what should define it.
    pub fn words(&self) -> String {
        match self {
            ProjectCommand::Make(name) => format!("the target `{name}` of a Makefile"),
            ProjectCommand::Script(name) => format!("the script `{name}` of a package.json"),
            ProjectCommand::Just(name) => format!("the recipe `{name}` of a justfile"),
            ProjectCommand::Crate(name) => format!("the crate `{name}`"),
            ProjectCommand::File(path) => format!("the script {path}"),
        }
    }
}

/// A path of a script in the repository.
fn script(word: &str) -> Option<ProjectCommand> {
    let path = word.strip_prefix("./").unwrap_or(word);
    let is_here = word.starts_with("./") || path.contains('/') && path.rsplit('/').next()?.contains('.');
    let is_plain = !path.is_empty()
        && !path.starts_with(['/', '~', '.', '-'])
        && path
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !path.ends_with('/')
        && !path.contains("..")
        && !path
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_placeholder);
    (is_here && is_plain).then(|| ProjectCommand::File(path.to_owned()))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && !word.ends_with([':', '.', ','])
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-:./@".contains(c))
        && !word.contains("...")
}

/// The commands that the files of a tree define.
#[derive(Debug, Default)]
pub struct DefinedCommands {
    make: CommandNames,
    scripts: CommandNames,
    just: CommandNames,
    crates: CommandNames,
}

#[derive(Debug, Default)]
struct CommandNames {
    names: BTreeSet<String>,
    /// A file could not be read, or names commands that only its program knows.
    is_open: bool,
}

impl DefinedCommands {
    /// Reads a tree.
    pub fn new(tree: &Tree) -> Self {
        let mut defined = DefinedCommands::default();
        for (path, _) in tree.iter() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let reader: (&mut CommandNames, fn(&str, &mut CommandNames)) = match name {
                "package.json" => (&mut defined.scripts, package_scripts),
                "Cargo.toml" => (&mut defined.crates, crate_name),
                name if is_makefile(name) => (&mut defined.make, make_targets),
                name if is_justfile(name) => (&mut defined.just, just_recipes),
                _ => continue,
            };
            match tree.file(path).map(std::str::from_utf8) {
                Some(Ok(text)) => reader.1(text, reader.0),
                _ => reader.0.is_open = true,
            }
        }
        defined
    }

    /// Whether the tree defines a command; none if that is not known. A script's path is not looked up here.
    pub fn has(&self, command: &ProjectCommand) -> Option<bool> {
        let (names, name) = match command {
            ProjectCommand::Make(name) => (&self.make, name),
            ProjectCommand::Script(name) => (&self.scripts, name),
            ProjectCommand::Just(name) => (&self.just, name),
            ProjectCommand::Crate(name) => (&self.crates, name),
            ProjectCommand::File(_) => return None,
        };
        match names.names.contains(name) {
            true => Some(true),
            false if names.is_open => None,
            false => Some(false),
        }
    }
}

fn make_targets(text: &str, found: &mut CommandNames) {
    for line in text.lines() {
        if line.starts_with(['\t', '#']) {
            continue;
        }
        let word = line.split_whitespace().next().unwrap_or_default();
        if matches!(word, "include" | "-include" | "sinclude") {
            // Files with the ending `.mk` are read wherever they are.
            let files = line.split_whitespace().skip(1);
            found.is_open |= files
                .clone()
                .any(|file| !has_ending(file, "mk") || file.contains('$'));
            continue;
        }
        let Some((head, rest)) = line.split_once(':') else {
            continue;
        };
        if rest.starts_with('=') || rest.starts_with(":=") || head.contains('=') {
            continue;
        }
        found.is_open |= head.contains(['%', '$']);
        let phony = if head.trim() == ".PHONY" { rest } else { "" };
        let names = head.split_whitespace().chain(phony.split_whitespace());
        found.names.extend(names.map(str::to_owned));
    }
}

fn just_recipes(text: &str, found: &mut CommandNames) {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("import" | "import?" | "mod" | "mod?") => found.is_open = true,
            Some("alias") => found.names.extend(words.next().map(str::to_owned)),
            Some(first) if !line.starts_with([' ', '\t', '#', '[']) && line.contains(':') => {
                let name = first.trim_start_matches('@');
                found
                    .names
                    .insert(name.split(':').next().unwrap_or(name).to_owned());
            }
            _ => {}
        }
    }
}

fn package_scripts(text: &str, found: &mut CommandNames) {
    let Ok(documents) = FileFormat::Json.read(text) else {
        found.is_open = true;
        return;
    };
    for document in documents {
        let Value::Map(root) = &document.root.value else {
            continue;
        };
        for scripts in root.values("scripts") {
            if let Value::Map(scripts) = &scripts.value {
                found
                    .names
                    .extend(scripts.entries.iter().map(|entry| entry.key.clone()));
            }
        }
    }
}

/// The names that `-p` can take: the crate itself, and what it depends on.
fn crate_name(text: &str, found: &mut CommandNames) {
    for entry in toml::entries(text) {
        let section = entry.section.as_str();
        match section.rsplit_once("dependencies.") {
            Some((_, name)) => drop(found.names.insert(name.to_owned())),
            None if section.ends_with("dependencies") => {
                let name = entry.key.split('.').next().unwrap_or_default();
                found.names.insert(name.to_owned());
            }
            None if section == "package" && entry.key == "name" => drop(found.names.insert(entry.value)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessonbook_base::tree::Mode;

    #[test]
    fn a_span_is_a_command_of_the_repository_only_if_a_file_of_it_must_define_it() {
        use ProjectCommand::{Crate, File, Just, Make, Script};
        let some = |command: fn(String) -> ProjectCommand, name: &str| Some(command(name.to_owned()));
        for (span, expected) in [
            ("make lint", some(Make, "lint")),
            ("make -j4 test V=1", some(Make, "test")),
            ("make -C docs html", None),
            ("make", None),
            ("npm run build:all", some(Script, "build:all")),
            ("npm test", some(Script, "test")),
            ("npm install", None),
            ("pnpm --filter web run lint && x", some(Script, "lint")),
            ("pnpm lint", None),
            ("yarn run tsc", None),
            ("yarn run test:unit", some(Script, "test:unit")),
            ("npm run <script>", None),
            ("npm run lint:*", None),
            ("npm run lint --if-present", None),
            ("just fmt", some(Just, "fmt")),
            ("just --list", None),
            ("CI=1 cargo test -p core-lib", some(Crate, "core-lib")),
            ("cargo test", None),
            ("./scripts/test.sh --all", some(File, "scripts/test.sh")),
            ("./gradlew check", some(File, "gradlew")),
            ("python tools/a.py", some(File, "tools/a.py")),
            ("python -m pytest", None),
            ("uv run pytest", None),
            ("uv run scripts/gen.py", some(File, "scripts/gen.py")),
            ("git push", None),
            ("./xxx", None),
            ("node dist", None),
        ] {
            assert_eq!(ProjectCommand::parse(span), expected, "{span}");
        }
    }

    #[test]
    fn files_define_commands_and_what_only_their_program_knows_leaves_them_open() {
        let mut tree = Tree::new();
        let make = "A := b\nX:=y\n.PHONY: lint\nlint: dep\n\techo a: b\ntest build::\n";
        tree.load("Makefile", Mode::File, make);
        tree.load(
            "web/package.json",
            Mode::File,
            "{ \"scripts\": { \"build:all\": \"x\" } }",
        );
        tree.load(
            "justfile",
            Mode::File,
            "set shell := [\"bash\"]\nfmt *args:\n  a: b\n@quiet x='1': fmt\nalias f := fmt\n",
        );
        tree.load("a/Cargo.toml", Mode::File, "[package]\nname = \"core-lib\"\n");
        let defined = DefinedCommands::new(&tree);
        let has = |span: &str| defined.has(&ProjectCommand::parse(span).expect(span));
        for span in [
            "make lint",
            "make test",
            "make build",
            "npm run build:all",
            "just fmt",
            "just quiet",
            "just f",
            "cargo test -p core-lib",
        ] {
            assert_eq!(has(span), Some(true), "{span}");
        }
        for span in [
            "make fmt",
            "make a",
            "make X",
            "npm run build",
            "just a",
            "cargo test -p core",
        ] {
            assert_eq!(has(span), Some(false), "{span}");
        }
        for (path, text) in [
            ("b/Makefile", "%.o: %.c\n"),
            ("b/justfile", "import 'x'\n"),
            ("b/package.json", "{"),
        ] {
            tree.load(path, Mode::File, text);
        }
        tree.list("b/Cargo.toml", Mode::File);
        let defined = DefinedCommands::new(&tree);
        for span in ["make fmt", "npm run build", "just a", "cargo test -p core"] {
            let command = ProjectCommand::parse(span).expect(span);
            assert_eq!(defined.has(&command), None, "{span}");
        }
    }
}
