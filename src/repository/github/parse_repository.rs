//! Parses a response about a repository into a [`Remote`].
//!
//! Input: a [`RepositoryNode`] and the files that were requested. Output: a [`RemoteDraft`]: the remote, and what the response
//! lacks. Not here: fetching the rest (`fetch_missing`).
//!
//! A text in GraphQL is not always a file's bytes: byte order marks and invalid UTF-8 are lost, long texts are cut, and binary
//! files have no text. So every text is hashed as git hashes a blob, and only used if the hash is the file's id.

use super::graphql_types::{
    CommitNode, CompareNode, EntryNode, HistoryNode, ObjectNode, PullNode, RepositoryNode,
};
use super::pulls::{newest, pull};
use super::queries::{OVERRIDES, WantedFiles};
use crate::repository::github::branch_commits::{BranchCommit, branch_commit, history};
use lessonbook_base::snapshot::{Base, Branch, EarlierStates, Snapshot};
use lessonbook_base::tree::{LARGEST, Mode, Tree};
use lessonbook_pipeline::pull_request::{Permission, Remote};
use lessonbook_store::Visibility;

/// A remote, and what is still missing from it.
#[derive(Debug)]
pub(super) struct RemoteDraft {
    pub remote: Remote,
    /// Files whose bytes must be fetched.
    pub missing: Vec<Missing>,
    /// Folders whose entries must be fetched.
    pub folders: Vec<UnopenedFolder>,
    /// Whether a path differs from one of our files only in case: then a complete listing is needed.
    pub odd: bool,
    /// Whether commits or changed files of our branch are missing.
    pub compare: bool,
    /// Whether the response shows only pull requests from forks, and there are more.
    pub pulls: bool,
}

/// The branch that a file is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileOrigin {
    Base,
    Branch,
}

/// A file whose bytes are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub side: FileOrigin,
    pub path: String,
    pub mode: Mode,
    pub oid: String,
    /// Its size, if the response shows it; then it is not too large.
    pub size: Option<u64>,
}

/// A folder whose entries are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnopenedFolder {
    pub side: FileOrigin,
    pub path: String,
    pub oid: String,
}

impl RemoteDraft {
    /// Parses a response. `may` is the permission of the installation, if the token is an App's.
    pub fn from_node(
        node: RepositoryNode,
        requested: &str,
        files: &WantedFiles,
        store_name: &str,
        may: Option<Permission>,
    ) -> Self {
        let topics = node.repository_topics.shown();
        let remote = Remote {
            id: node.id,
            requested_name: (!node.name_with_owner.eq_ignore_ascii_case(requested))
                .then(|| requested.to_owned()),
            name: node.name_with_owner,
            visibility: visibility(&node.visibility),
            topics: topics.map(|topic| topic.topic.name.clone()).collect(),
            archived: node.is_archived,
            disabled: node.is_disabled,
            empty: node.is_empty,
            fork: node.is_fork,
            permission: may.unwrap_or_else(|| permission(node.viewer_permission.as_deref())),
            default_branch: node.default_branch_ref.map(|branch| branch.name),
            base_tree: None,
            branch_tree: None,
            snapshot: None,
            listed: false,
            pull: newest(node.pull_requests.shown()).map(pull),
            wishes: None,
            rules: None,
        };
        let forks = node.pull_requests.shown().all(|pull| pull.is_cross_repository);
        let mut draft = RemoteDraft {
            remote,
            missing: Vec::new(),
            folders: Vec::new(),
            odd: false,
            compare: false,
            pulls: forks && node.pull_requests.total_count > node.pull_requests.nodes.len() as u64,
        };
        let Some(base) = node.base else {
            return draft;
        };
        let Some(commit) = base.target else {
            return draft;
        };
        let tree = draft.fill(&commit, files, FileOrigin::Base);
        let ours = node.ours.and_then(|ours| ours.target);
        let branch = ours.map(|ours| {
            let tree = draft.fill(&ours, files, FileOrigin::Branch);
            draft.remote.branch_tree = Some(ours.tree.oid.clone());
            let shown = newest(node.pull_requests.shown());
            draft.branch(&ours, tree, base.compare.as_ref(), shown, store_name)
        });
        draft.remote.base_tree = Some(commit.tree.oid.clone());
        draft.remote.snapshot = Some(Snapshot {
            base: Base {
                branch: base.name,
                commit: commit.oid,
                time: commit.committed_date.as_second(),
            },
            tree,
            branch,
            past: None,
            earlier: EarlierStates::default(),
            findings: Vec::new(),
        });
        draft
    }

    /// The files of a commit in the response.
    fn fill(&mut self, commit: &CommitNode, files: &WantedFiles, side: FileOrigin) -> Tree {
        let mut tree = Tree::new();
        let file = |alias: String| commit.files.get(&alias).and_then(Option::as_ref);
        self.entries("", commit.tree.entries.as_deref(), files, side, &mut tree);
        for (at, folder) in files.folders.iter().enumerate() {
            let object = file(format!("d{at}")).and_then(|entry| entry.object.as_ref());
            let entries = object.and_then(|object| object.entries.as_deref());
            self.entries(folder, entries, files, side, &mut tree);
        }
        for (at, folder) in files.family_folders().into_iter().enumerate() {
            let object = file(format!("f{at}")).and_then(|entry| entry.object.as_ref());
            let entries = object.and_then(|object| object.entries.as_deref());
            self.family(folder, entries, files, side, &mut tree);
        }
        for (at, path) in files.single.iter().enumerate() {
            if let Some(entry) = file(format!("s{at}")) {
                self.single(path, entry, side, &mut tree);
            }
        }
        tree
    }

    /// Takes only names, except for files with git's rules, whose content is fetched.
    fn entries(
        &mut self,
        folder: &str,
        entries: Option<&[EntryNode]>,
        files: &WantedFiles,
        side: FileOrigin,
        tree: &mut Tree,
    ) {
        for entry in entries.unwrap_or_default() {
            let path = join(folder, &entry.name);
            self.odd |= is_variant(&path, files);
            let Some(mode) = mode(entry.mode) else { continue };
            let is_rules = side == FileOrigin::Base && matches!(mode, Mode::File | Mode::Executable);
            if is_rules && files.rules.contains(&path) {
                self.missing.push(Missing {
                    side,
                    path: path.clone(),
                    mode,
                    oid: entry.oid.clone(),
                    size: entry.object.as_ref().and_then(|object| object.byte_size),
                });
            }
            tree.list(path, mode);
        }
    }

    /// Takes a family's folder with the text of its files, and the folders below it.
    fn family(
        &mut self,
        folder: &str,
        entries: Option<&[EntryNode]>,
        files: &WantedFiles,
        side: FileOrigin,
        tree: &mut Tree,
    ) {
        for entry in entries.unwrap_or_default() {
            let path = join(folder, &entry.name);
            let object = entry.object.as_ref();
            match mode(entry.mode) {
                Some(_) if files.wants(&path) => self.single(&path, entry, side, tree),
                Some(mode) => tree.list(path, mode),
                None => match object.and_then(|object| object.entries.as_deref()) {
                    Some(entries) => self.family(&path, Some(entries), files, side, tree),
                    None => self.folder(path, entry, side),
                },
            }
        }
    }

    /// Takes a file with its content.
    fn single(&mut self, path: &str, entry: &EntryNode, side: FileOrigin, tree: &mut Tree) {
        let Some(mode) = mode(entry.mode) else {
            return self.folder(path.to_owned(), entry, side);
        };
        if mode == Mode::Submodule {
            return tree.list(path, mode);
        }
        let wishes = path == OVERRIDES;
        if wishes && (side == FileOrigin::Branch || mode == Mode::Symlink) {
            return tree.list(path, mode);
        }
        let size = entry.object.as_ref().and_then(|object| object.byte_size);
        if let Some(size) = size.filter(|size| *size > LARGEST as u64) {
            if wishes {
                self.remote.wishes = Some(oversized());
            }
            return tree.list_unread(path, mode, size);
        }
        match entry.object.as_ref().and_then(|object| bytes(object, &entry.oid)) {
            Some(bytes) if wishes => {
                tree.list(path, mode);
                self.remote.wishes = Some(bytes);
            }
            Some(bytes) => tree.load(path, mode, bytes),
            None => {
                tree.list(path, mode);
                self.missing.push(Missing {
                    side,
                    path: path.to_owned(),
                    mode,
                    oid: entry.oid.clone(),
                    size,
                });
            }
        }
    }

    fn folder(&mut self, path: String, entry: &EntryNode, side: FileOrigin) {
        let oid = entry.oid.clone();
        self.folders.push(UnopenedFolder { side, path, oid });
    }

    fn branch(
        &mut self,
        commit: &CommitNode,
        tree: Tree,
        compare: Option<&CompareNode>,
        pull: Option<&PullNode>,
        store_name: &str,
    ) -> Branch {
        let mut branch = Branch {
            head: commit.oid.clone(),
            tree,
            ours: false,
            foreign: Vec::new(),
            merged: false,
            checked_out: None,
            touched: Vec::new(),
            changed_on_base: Vec::new(),
            digest: None,
            home: None,
            withdraws: Vec::new(),
        };
        let Some(compare) = compare else {
            self.compare = true;
            return branch;
        };
        branch.merged = compare.ahead_by == 0;
        let commits: Vec<&HistoryNode> = compare.commits.shown().collect();
        // Check that the comparison is for the same commit as the files: the branch may have moved in between.
        let whole = commits.len() as u64 == compare.ahead_by
            && (branch.merged || commits.last().is_some_and(|last| last.oid == branch.head));
        let entries: Vec<BranchCommit<'_>> = commits.iter().map(|commit| branch_commit(commit)).collect();
        history(&mut branch, &entries, store_name);
        let open = pull.filter(|pull| pull.state == "OPEN" && pull.head_ref_oid == branch.head);
        let paths = open.and_then(|pull| pull.files.as_ref());
        match paths {
            _ if branch.merged => {}
            Some(paths) if paths.total_count == paths.nodes.len() as u64 => {
                branch.touched = paths.shown().map(|file| file.path.clone()).collect();
                branch.touched.sort();
            }
            _ => self.compare = true,
        }
        self.compare |= !whole;
        branch
    }
}

/// A placeholder for a target's own settings that are too large: blanks, which the parser of settings refuses because of
/// their size.
pub(super) fn oversized() -> Vec<u8> {
    vec![b' '; LARGEST + 1]
}

/// A text's bytes, if they are the file's.
fn bytes(object: &ObjectNode, oid: &str) -> Option<Vec<u8>> {
    let text = object.text.as_ref().filter(|_| !object.is_truncated)?;
    is_blob(oid, text.as_bytes()).then(|| text.clone().into_bytes())
}

/// Whether git gives these bytes this id.
pub(super) fn is_blob(oid: &str, bytes: &[u8]) -> bool {
    let Ok(oid) = gix::ObjectId::from_hex(oid.as_bytes()) else {
        return false;
    };
    gix::objs::compute_hash(oid.kind(), gix::objs::Kind::Blob, bytes).is_ok_and(|held| held == oid)
}

/// A file's mode from git's mode as a number; `None` for folders.
pub(super) fn mode(mode: u32) -> Option<Mode> {
    match mode & 0o170_000 {
        0o040_000 => None,
        0o120_000 => Some(Mode::Symlink),
        0o160_000 => Some(Mode::Submodule),
        _ if mode & 0o111 != 0 => Some(Mode::Executable),
        _ => Some(Mode::File),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Whether a path differs only in case from one of our files or folders.
fn is_variant(path: &str, files: &WantedFiles) -> bool {
    let known = files.single.iter().map(String::as_str);
    let folders = files.folders.iter().map(String::as_str);
    known
        .chain(folders)
        .chain(files.family_folders())
        .any(|known| known != path && known.eq_ignore_ascii_case(path))
}

/// Who can read a repository, from GitHub's word for it.
pub(super) fn visibility(word: &str) -> Visibility {
    match word {
        "PRIVATE" => Visibility::Private,
        "INTERNAL" => Visibility::Internal,
        _ => Visibility::Public,
    }
}

/// A permission, from GitHub's word for it.
pub(super) fn permission(word: Option<&str>) -> Permission {
    match word {
        Some("ADMIN") => Permission::Admin,
        Some("MAINTAIN") => Permission::Maintain,
        Some("WRITE") => Permission::Write,
        Some("TRIAGE") => Permission::Triage,
        Some("READ") => Permission::Read,
        _ => Permission::None,
    }
}
