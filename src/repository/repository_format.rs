//! Checks that a repository on disk is complete and in a format that we support.
//!
//! Input: a target's folder. Output: the finding that refuses it, or `None`.
//! Not here: opening it (`local`). Only git's own small files are read, without `include`s, as git does for this check.

use std::fs;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;
use gix::config::{File, Source};

use super::git_text::shell;
use lessonbook_base::finding::{Code, Finding};

/// Extensions that git accepts at any format version. We support all of them: we never delete an object (`preciousObjects`),
/// report a file that a partial clone lacks (`partialClone`), and read `config.worktree` (`worktreeConfig`).
const ANY_VERSION: &[&str] = &["noop", "preciousobjects", "partialclone", "worktreeconfig"];
/// Extensions of format 1 that we support; of `objectFormat` and `refStorage` only the values in [`VALUES`].
const VERSION_ONE: &[&str] = &[
    "noop-v1",
    "objectformat",
    "refstorage",
    "relativeworktrees",
    "submodulepathconfig",
];
/// Extensions of format 1 that git supports and we do not: objects that we write would lack their id in the other hash.
const NOT_HONOURED: &[&str] = &["compatobjectformat"];
/// A reftable has a finding of its own, in `local`.
const VALUES: &[(&str, &[&str])] = &[
    ("objectformat", &["sha1", "sha256"]),
    ("refstorage", &["files", "reftable"]),
];

/// The parts of a repository.
struct Parts {
    /// The folder that holds its `HEAD`.
    git_dir: PathBuf,
    /// The folder that holds its `config`; linked work trees of one repository share it.
    common_dir: PathBuf,
}

/// Why this folder's repository can't be used. Also `None` if there is no repository: opening it reports that.
pub(super) fn refused(dir: &Path) -> Option<Finding> {
    let git_dir = match git_dir(dir)? {
        Ok(git_dir) => git_dir,
        Err(finding) => return Some(*finding),
    };
    let common_dir = match fs::read_to_string(git_dir.join("commondir")) {
        Ok(path) => git_dir.join(path.trim_end()),
        Err(_) => git_dir.clone(),
    };
    let parts = Parts { git_dir, common_dir };
    let config = parts.read("config", Source::Local)?;
    parts
        .unknown_format(&config)
        .or_else(|| parts.moved_work_tree(dir, &config))
}

/// The folder that holds `HEAD`: the folder itself, its `.git`, or where a `.git` file leads.
fn git_dir(dir: &Path) -> Option<Result<PathBuf, Box<Finding>>> {
    let dot_git = dir.join(".git");
    if dot_git.is_dir() {
        return Some(Ok(dot_git));
    }
    let Ok(text) = fs::read(&dot_git) else {
        return dir.join("HEAD").is_file().then(|| Ok(dir.to_owned()));
    };
    let path = text.strip_prefix(b"gitdir:")?.trim().to_path().ok()?;
    let git_dir = dir.join(path);
    if git_dir.is_dir() {
        return Some(Ok(git_dir));
    }
    let finding = moved(format!(
        "`{}` leads to `{}`, which does not exist",
        dot_git.display(),
        git_dir.display()
    ));
    let is_linked = git_dir.components().any(|part| part.as_os_str() == "worktrees");
    Some(Err(Box::new(finding.help(if is_linked {
        format!(
            "the repository of this work tree was moved or deleted; if it was moved, run this in the repository: git worktree repair {}",
            shell(dir)
        )
    } else {
        "if this is a submodule, run `git submodule update --init` in the repository that contains it; otherwise clone it again".to_owned()
    }))))
}

impl Parts {
    fn read(&self, name: &str, source: Source) -> Option<File> {
        let folder = if source == Source::Worktree {
            &self.git_dir
        } else {
            &self.common_dir
        };
        File::from_path_no_includes(folder.join(name), source).ok()
    }

    /// Git refuses a repository whose format it does not know, because it could miss data there. So do we.
    fn unknown_format(&self, config: &File) -> Option<Finding> {
        let version = config.integer("core.repositoryFormatVersion");
        let version = version.ok().flatten().unwrap_or_default();
        let file = self.common_dir.join("config");
        let finding = |message: String| {
            Finding::new(Code::RepositoryFormat, message).effect(
                "Lessonbook could miss data in such a repository, so nothing is planned for this target",
            )
        };
        if version > 1 {
            let finding = finding(format!(
                "the repository has format {version}; Lessonbook supports 0 and 1"
            ));
            return Some(finding.help(ANOTHER_CLONE));
        }
        let extensions = extensions(config);
        let refused = extensions.iter().find_map(|(name, value)| {
            let known = VERSION_ONE.contains(&&**name);
            match version {
                1 if ANY_VERSION.contains(&&**name) => None,
                1 if !known => Some(format!("Lessonbook does not support `extensions.{name}`")),
                1 => {
                    let (_, values) = VALUES.iter().find(|(extension, _)| extension == name)?;
                    let unknown = !values.iter().any(|known| value.eq_ignore_ascii_case(known));
                    unknown.then(|| format!("Lessonbook does not support `extensions.{name} = {value}`"))
                }
                _ if known || NOT_HONOURED.contains(&&**name) => Some(format!(
                    "`extensions.{name}` needs core.repositoryFormatVersion = 1, which is not set"
                )),
                _ => None,
            }
            .map(|message| (name, message))
        });
        let (name, message) = refused?;
        let unset = format!("git config --file {} --unset extensions.{name}", shell(&file));
        Some(finding(message).help(format!(
            "{ANOTHER_CLONE}; if nothing in the repository depends on the extension, remove it: {unset}"
        )))
    }

    /// The finding for a `core.worktree` whose folder does not exist.
    fn moved_work_tree(&self, dir: &Path, config: &File) -> Option<Finding> {
        let is_linked = self.git_dir != self.common_dir;
        let own = extensions(config)
            .iter()
            .any(|(name, value)| name == "worktreeconfig" && !is_false(value));
        let own = own
            .then(|| self.read("config.worktree", Source::Worktree))
            .flatten();
        let set = |config: &File| config.string("core.worktree");
        let (file, path) = match own.as_ref().and_then(set) {
            Some(path) => (self.git_dir.join("config.worktree"), path),
            // A linked work tree does not get its folder from `core.worktree`.
            None if is_linked => return None,
            None => (self.common_dir.join("config"), set(config)?),
        };
        if config.boolean("core.bare").ok().flatten() == Some(true) {
            return None;
        }
        let place = self.git_dir.join(path.to_path().ok()?);
        if place.is_dir() {
            return None;
        }
        let config = format!("git config --file {}", shell(&file));
        let repair = if dir.join(".git").is_file() {
            format!("{config} core.worktree {}", shell(dir))
        } else {
            format!("{config} --unset core.worktree")
        };
        Some(
            moved(format!(
                "`core.worktree` leads to `{path}`, which is not a folder"
            ))
            .help(format!(
                "if the work tree is in `{}` now, run: {repair}",
                dir.display()
            )),
        )
    }
}

const ANOTHER_CLONE: &str = "make a fresh clone with plain `git clone`, and use its path in targets.yaml";

fn moved(message: String) -> Finding {
    Finding::new(Code::RepositoryMoved, message)
        .effect("git finds no files there, so nothing is planned for this target")
}

/// Every `extensions.*` with its value, the names in lower case, as git compares them.
fn extensions(config: &File) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for section in config.sections_by_name("extensions").into_iter().flatten() {
        let below = section.header().subsection_name();
        let below = below.map_or_else(String::new, |name| format!("{}.", name.to_str_lossy()));
        for name in section.value_names() {
            let value = section
                .value(&name)
                .unwrap_or_default()
                .to_str_lossy()
                .into_owned();
            found.push((format!("{below}{}", name.to_ascii_lowercase()), value));
        }
    }
    found
}

fn is_false(value: &str) -> bool {
    ["false", "no", "off", "0"].contains(&value.to_ascii_lowercase().as_str())
}
