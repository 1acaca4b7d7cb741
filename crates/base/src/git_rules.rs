//! The rules of `.gitignore` and `.gitattributes` for a path: whether git ignores it, and whether git converts its content.
//!
//! Input: a [`Tree`] with the content of its `.gitignore` and `.gitattributes` files, and what a clone adds ([`LocalState`]).
//! Output: the rule that applies to a path, with its file and line.
//! Not here: the findings about it (`pipeline/`), and reading the files (`repository/`).

use std::path::Path;

use gix_attributes::{Search as Attributes, StateRef};
use gix_glob::pattern::Case;
use gix_ignore::Search as Ignores;
use gix_ignore::search::Ignore;

use crate::tree::{LocalState, Tree};

/// The names of the files that contain rules; each applies to its folder and everything below.
pub const FILES: [&str; 2] = [".gitignore", ".gitattributes"];

/// Whether a path is a file with rules that apply to one of these paths, so that its content must be read.
pub fn is_rule_file<'p>(path: &str, mut paths: impl Iterator<Item = &'p str>) -> bool {
    let (folder, name) = path
        .rsplit_once('/')
        .map_or(("", path), |(folder, name)| (folder, name));
    FILES.contains(&name)
        && paths.any(|below| {
            folder.is_empty()
                || below
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
        })
}

/// The folders from the root down to the one that contains a path; the root is empty.
fn folders_above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(path.match_indices('/').map(|(at, _)| &path[..at]))
}

/// The paths of the files of this name that apply to a path, from the root down.
pub fn rule_files(path: &str, name: &str) -> Vec<String> {
    let join = |folder: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    folders_above(path).map(join).collect()
}

/// Why git ignores a path that it does not track: `.gitignore, line 3 (`CLAUDE.md`)`. `None` if it does not ignore it.
pub fn ignored(tree: &Tree, path: &str) -> Option<String> {
    let local = tree.local();
    let mut search = Ignores::default();
    for (source, bytes) in &local.excludes {
        add_ignores(&mut search, bytes, source, None);
    }
    for file in rule_files(path, ".gitignore") {
        if let Some(bytes) = tree.file(&file) {
            add_ignores(&mut search, bytes, &file, Some(Path::new("")));
        }
    }
    if search.patterns.is_empty() {
        return None;
    }
    // A path below an ignored folder can't be included again, so the topmost ignored folder decides.
    let folders = folders_above(path).skip(1).map(|folder| (folder, true));
    folders.chain([(path, false)]).find_map(|(part, is_folder)| {
        let found = search.pattern_matching_relative_path(part.into(), Some(is_folder), case(local))?;
        if found.pattern.is_negative() {
            return None;
        }
        let file = found.source.unwrap_or(Path::new("")).display();
        Some(format!(
            "{file}, line {} (`{}`)",
            found.sequence_number, found.pattern
        ))
    })
}

/// With a root, the patterns apply below the folder of `source`. The crate computes that folder from the two paths and opens neither.
fn add_ignores(search: &mut Ignores, bytes: &[u8], source: &str, root: Option<&Path>) {
    let parse = Ignore {
        support_precious: false,
    };
    // It fails only for a source without a parent folder or with a name that is not UTF-8; these are plain paths.
    let _added = search.add_patterns_buffer(bytes, source, root, parse);
}

/// How git changes a file's content between the repository and the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversion {
    /// The program that changes it: `git-crypt`, `lfs`, …
    pub filter: Option<String>,
    /// The encoding on disk, if it is not UTF-8.
    pub encoding: Option<String>,
}

/// How git converts a file, except for line endings, which change no word.
pub fn conversion(tree: &Tree, path: &str) -> Conversion {
    let local = tree.local();
    let mut search = Attributes::default();
    let mut names = gix_attributes::search::MetadataCollection::default();
    // The order is git's: a later file wins. Only files that apply to the whole repository can define macros.
    let mut add = |bytes: &[u8], source: &str, root: bool, macros: bool| {
        let root = root.then(|| Path::new(""));
        let _added = search.add_patterns_buffer(bytes, source.into(), root, &mut names, macros);
    };
    add(b"[attr]binary -diff -merge -text", "[builtin]", false, true);
    for (source, bytes) in &local.attributes_below {
        add(bytes, source, false, true);
    }
    for file in rule_files(path, ".gitattributes") {
        if let Some(bytes) = tree.file(&file) {
            add(bytes, &file, true, file == ".gitattributes");
        }
    }
    for (source, bytes) in &local.attributes_above {
        add(bytes, source, false, true);
    }
    let mut outcome = gix_attributes::search::Outcome::default();
    outcome.initialize_with_selection(&names, ["filter", "working-tree-encoding"]);
    search.pattern_matching_relative_path(path.into(), case(local), Some(false), &mut outcome);
    let mut conversion = Conversion::default();
    for found in outcome.iter_selected() {
        let StateRef::Value(value) = found.assignment.state else {
            continue;
        };
        let value = String::from_utf8_lossy(value.as_bstr()).into_owned();
        match found.assignment.name.as_str() {
            "filter" if !value.is_empty() => conversion.filter = Some(value),
            "working-tree-encoding" if !is_utf8(&value) => conversion.encoding = Some(value),
            _ => {}
        }
    }
    conversion
}

/// Which files people did not write here, as `.gitattributes` says it for GitHub: `linguist-vendored`, `linguist-generated`.
#[derive(Debug)]
pub struct ForeignFiles {
    search: Attributes,
    names: gix_attributes::search::MetadataCollection,
}

impl ForeignFiles {
    /// Reads the files `.gitattributes` of a tree, as far as their content is there.
    pub fn new(tree: &Tree) -> Self {
        let mut files: Vec<(&str, &[u8])> = Vec::new();
        for path in tree
            .paths()
            .filter(|path| path.rsplit('/').next() == Some(".gitattributes"))
        {
            files.extend(tree.file(path).map(|bytes| (path, bytes)));
        }
        // A file of a deeper folder wins, and the last one that is added does.
        files.sort_by_key(|(path, _)| (path.matches('/').count(), *path));
        let (mut search, mut names) = (
            Attributes::default(),
            gix_attributes::search::MetadataCollection::default(),
        );
        for (path, bytes) in files {
            let _added = search.add_patterns_buffer(
                bytes,
                path.into(),
                Some(Path::new("")),
                &mut names,
                path == ".gitattributes",
            );
        }
        ForeignFiles { search, names }
    }

    /// Whether a file is marked as vendored or generated.
    pub fn contains(&self, path: &str) -> bool {
        let mut outcome = gix_attributes::search::Outcome::default();
        outcome.initialize_with_selection(&self.names, ["linguist-vendored", "linguist-generated"]);
        self.search
            .pattern_matching_relative_path(path.into(), Case::Sensitive, Some(false), &mut outcome);
        outcome.iter_selected().any(|found| match found.assignment.state {
            StateRef::Set => true,
            StateRef::Value(value) => value.as_bstr() == "true",
            StateRef::Unset | StateRef::Unspecified => false,
        })
    }
}

fn is_utf8(encoding: &str) -> bool {
    encoding.is_empty()
        || ["utf-8", "utf8"]
            .iter()
            .any(|name| encoding.eq_ignore_ascii_case(name))
}

fn case(local: &LocalState) -> Case {
    if local.ignore_case {
        Case::Fold
    } else {
        Case::Sensitive
    }
}

/// Tools that encrypt files in a repository, and the first bytes of their files.
const CIPHERTEXTS: [(&str, &[u8]); 8] = [
    ("git-crypt", b"\0GITCRYPT\0"),
    ("transcrypt", b"U2FsdGVkX1"),
    ("OpenSSL", b"Salted__"),
    ("age", b"age-encryption.org/v1"),
    ("age", b"-----BEGIN AGE ENCRYPTED FILE-----"),
    ("GnuPG", b"-----BEGIN PGP MESSAGE-----"),
    ("Ansible Vault", b"$ANSIBLE_VAULT;"),
    ("SOPS", b"ENC[AES256_GCM,"),
];

/// The tool that encrypted a file, recognised by its first bytes, because git's attributes may not mention it.
pub fn encrypted_by(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = text.trim_ascii_start();
    let begins = |(_, head): &&(&str, &[u8])| start.starts_with(head) || text.starts_with(head);
    if let Some((tool, _)) = CIPHERTEXTS.iter().find(begins) {
        return Some(tool);
    }
    // SOPS wraps a file that is neither YAML nor JSON in its own JSON.
    let holds = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    (start.starts_with(b"{") && holds(b"\"sops\"") && holds(b"ENC[AES256_GCM,")).then_some("SOPS")
}

#[cfg(test)]
mod tests;
