//! The git part of the stand-in's repositories: objects in a real bare repository on disk.
//!
//! All repositories of a stand-in share one folder of objects, as forks do on GitHub, because tests create a thousand of them.
//! Each repository still only shows its own objects.
//!
//! Input: bytes, trees, commits. Output: their ids and content. Refs are kept in the state and also written to disk, so that the git
//! program sees the same. Not here: which moves of a ref GitHub allows.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::objs::Kind;
use gix::objs::tree::{EntryKind, EntryMode};

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path from the root of the listed tree.
    pub path: String,
    /// The mode in git's format, with six digits.
    pub mode: String,
    /// `blob`, `tree` or `commit`.
    pub kind: &'static str,
    /// Of the object.
    pub oid: String,
}

/// The content of a commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its tree.
    pub tree: String,
    /// Its parents, the first one first.
    pub parents: Vec<String>,
    /// Who wrote it: name and address.
    pub author: (String, String),
    /// Who committed it: name and address.
    pub committer: (String, String),
    /// When it was written and committed, in seconds since 1970.
    pub times: (i64, i64),
    /// The whole message.
    pub message: String,
}

/// The new content of a path: a mode and an object, or nothing.
pub type Change = Option<(String, String)>;

/// A bare repository. Its folder, with refs and a pointer to the objects, is created when it is first needed.
pub struct Git {
    store: gix::Repository,
    dir: PathBuf,
    on_disk: Cell<bool>,
    own: RefCell<BTreeSet<ObjectId>>,
}

/// How many bytes of objects each repository keeps in memory.
const CACHE: usize = 1 << 20;

/// Creates the folder for all objects.
pub fn store(dir: &Path) -> gix::Repository {
    skeleton(dir, "none");
    let mut store = gix::open_opts(dir, gix::open::Options::isolated()).expect("a repository");
    // No program packs objects here, so they need not be searched again.
    store.objects.refresh_never();
    // Every query walks the same commits and trees.
    store.object_cache_size(CACHE);
    store
}

fn skeleton(dir: &Path, default_branch: &str) {
    for folder in ["objects/info", "objects/pack", "refs/heads"] {
        fs::create_dir_all(dir.join(folder)).expect("a folder");
    }
    let config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
    fs::write(dir.join("config"), config).expect("a file");
    fs::write(dir.join("HEAD"), format!("ref: refs/heads/{default_branch}\n")).expect("a file");
}

impl Git {
    /// An empty one, with objects in a store.
    pub fn init(dir: &Path, store: &gix::Repository) -> Self {
        Git {
            store: store.clone(),
            dir: dir.to_owned(),
            on_disk: Cell::new(false),
            own: RefCell::new(BTreeSet::new()),
        }
    }

    /// Its folder, which is created with these refs if necessary, and kept up to date from then on.
    pub fn dir(&self, default_branch: &str, refs: &BTreeMap<String, String>) -> &Path {
        if !self.on_disk.replace(true) {
            skeleton(&self.dir, default_branch);
            let objects = self.store.git_dir().join("objects");
            fs::write(
                self.dir.join("objects/info/alternates"),
                format!("{}\n", objects.display()),
            )
            .expect("a file");
            for (name, oid) in refs {
                self.write_ref(name, Some(oid));
            }
        }
        &self.dir
    }

    /// The id of an object that exists in this repository.
    fn own(&self, oid: &str) -> Option<ObjectId> {
        id(oid).filter(|id| self.own.borrow().contains(id))
    }

    fn keep(&self, id: ObjectId) -> ObjectId {
        self.own.borrow_mut().insert(id);
        id
    }

    /// Makes a branch the default one.
    pub fn set_head(&self, branch: &str) {
        if self.on_disk.get() {
            fs::write(self.dir.join("HEAD"), format!("ref: refs/heads/{branch}\n")).expect("a file");
        }
    }

    /// Writes a ref to disk, or deletes it there.
    pub fn write_ref(&self, name: &str, oid: Option<&str>) {
        if !self.on_disk.get() {
            return;
        }
        let path = self.dir.join(name);
        if let Some(oid) = oid {
            fs::create_dir_all(path.parent().expect("a folder above")).expect("folders");
            fs::write(path, format!("{oid}\n")).expect("a file");
            return;
        }
        fs::remove_file(&path).expect("a ref's file");
        // An empty folder of `a/b` would prevent a later branch `a`.
        for folder in path.ancestors().skip(1) {
            if folder == self.dir.join("refs/heads") || fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }

    /// Writes a blob.
    pub fn blob(&self, bytes: &[u8]) -> String {
        self.keep(self.store.write_blob(bytes).expect("a blob").detach())
            .to_string()
    }

    /// An object's kind and bytes.
    pub fn object(&self, oid: &str) -> Option<(&'static str, Vec<u8>)> {
        let object = self.store.try_find_object(self.own(oid)?).ok()??;
        let kind = match object.kind {
            Kind::Blob => "blob",
            Kind::Tree => "tree",
            Kind::Commit => "commit",
            Kind::Tag => "tag",
        };
        Some((kind, object.data.clone()))
    }

    /// An object's kind.
    pub fn kind(&self, oid: &str) -> Option<&'static str> {
        let header = self.store.try_find_header(self.own(oid)?).ok()??;
        Some(match header.kind() {
            Kind::Blob => "blob",
            Kind::Tree => "tree",
            Kind::Commit => "commit",
            Kind::Tag => "tag",
        })
    }

    /// A blob's size.
    pub fn size(&self, oid: &str) -> Option<u64> {
        let header = self.store.try_find_header(self.own(oid)?).ok()??;
        (header.kind() == Kind::Blob).then(|| header.size())
    }

    /// Whether there is a commit with this id.
    pub fn is_commit(&self, oid: &str) -> bool {
        self.kind(oid) == Some("commit")
    }

    /// A tree with changes. Deleting a path that does not exist is an error, with the path.
    pub fn edit(&self, base: Option<&str>, changes: &BTreeMap<String, Change>) -> Result<String, String> {
        let root = base.map_or_else(gix::objs::Tree::empty, |base| {
            let object = self.store.find_object(id(base).expect("an id")).expect("a tree");
            gix::objs::Tree::from(object.into_tree().decode().expect("a tree"))
        });
        let mut editor = gix::objs::tree::Editor::new(root, &self.store.objects, self.store.object_hash());
        for (path, change) in changes {
            let parts = path.split('/').map(BStr::new);
            if let Some((mode, oid)) = change {
                let oid = id(oid).ok_or_else(|| path.clone())?;
                editor
                    .upsert(parts, entry_kind(mode), oid)
                    .map_err(|_| path.clone())?;
            } else {
                if base.and_then(|base| self.entry(base, path)).is_none() {
                    return Err(path.clone());
                }
                editor.remove(parts).map_err(|_| path.clone())?;
            }
        }
        let written = editor.write(|tree| self.store.write_object(tree).map(|id| self.keep(id.detach())));
        Ok(written.expect("a tree").to_string())
    }

    /// The entries of a tree in git's order; with those of its sub-trees, each tree before its content.
    pub fn entries(&self, tree: &str, recursive: bool) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.collect(tree, "", recursive, &mut entries);
        entries
    }

    fn collect(&self, tree: &str, above: &str, recursive: bool, entries: &mut Vec<Entry>) {
        let object = self.store.find_object(id(tree).expect("an id")).expect("a tree");
        let tree = gix::objs::Tree::from(object.into_tree().decode().expect("a tree"));
        for entry in tree.entries {
            let path = format!("{above}{}", entry.filename);
            let oid = entry.oid.to_string();
            let kind = kind_of(entry.mode);
            entries.push(Entry {
                path: path.clone(),
                mode: format!("{:06o}", entry.mode.value()),
                kind,
                oid: oid.clone(),
            });
            if recursive && kind == "tree" {
                self.collect(&oid, &format!("{path}/"), recursive, entries);
            }
        }
    }

    /// The entry at a path.
    pub fn entry(&self, tree: &str, path: &str) -> Option<Entry> {
        let (first, rest) = match path.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let mut found = self
            .entries(tree, false)
            .into_iter()
            .find(|entry| entry.path == first)?;
        match rest {
            None => {
                path.clone_into(&mut found.path);
                Some(found)
            }
            Some(rest) if found.kind == "tree" => {
                let mut inner = self.entry(&found.oid, rest)?;
                path.clone_into(&mut inner.path);
                Some(inner)
            }
            Some(_) => None,
        }
    }

    /// Every file of a tree with its mode and object.
    pub fn files(&self, tree: &str) -> BTreeMap<String, (String, String)> {
        self.entries(tree, true)
            .into_iter()
            .filter(|entry| entry.kind != "tree")
            .map(|entry| (entry.path, (entry.mode, entry.oid)))
            .collect()
    }

    /// Writes a commit.
    pub fn commit(&self, commit: &Commit) -> String {
        let sign = |who: &(String, String), seconds: i64| gix::actor::Signature {
            name: who.0.as_str().into(),
            email: who.1.as_str().into(),
            time: gix::date::Time::new(seconds, 0),
        };
        let written = self.store.write_object(&gix::objs::Commit {
            tree: id(&commit.tree).expect("an id"),
            parents: commit.parents.iter().filter_map(|oid| id(oid)).collect(),
            author: sign(&commit.author, commit.times.0),
            committer: sign(&commit.committer, commit.times.1),
            encoding: None,
            message: commit.message.as_str().into(),
            extra_headers: Vec::new(),
        });
        self.keep(written.expect("a commit").detach()).to_string()
    }

    /// Reads a commit.
    pub fn read(&self, oid: &str) -> Option<Commit> {
        let object = self.store.try_find_object(self.own(oid)?).ok()??;
        let commit = object.try_into_commit().ok()?;
        let commit = commit.decode().ok()?;
        let (author, committer) = (commit.author().ok()?, commit.committer().ok()?);
        let names = |who: &gix::actor::SignatureRef<'_>| (who.name.to_string(), who.email.to_string());
        Some(Commit {
            tree: commit.tree().to_string(),
            parents: commit.parents().map(|parent| parent.to_string()).collect(),
            author: names(&author),
            committer: names(&committer),
            times: (author.seconds(), committer.seconds()),
            message: commit.message.to_string(),
        })
    }

    /// A commit's tree.
    pub fn tree_of(&self, commit: &str) -> String {
        self.read(commit).expect("a commit").tree
    }

    /// A commit and all its ancestors, the nearest first.
    pub fn history(&self, tip: &str) -> Vec<String> {
        let mut seen = BTreeSet::from([tip.to_owned()]);
        let mut queue = VecDeque::from([tip.to_owned()]);
        let mut history = Vec::new();
        while let Some(next) = queue.pop_front() {
            for parent in self.read(&next).map(|commit| commit.parents).unwrap_or_default() {
                if seen.insert(parent.clone()) {
                    queue.push_back(parent);
                }
            }
            history.push(next);
        }
        history
    }

    /// Whether one commit is another one or its ancestor.
    pub fn contains(&self, tip: &str, commit: &str) -> bool {
        tip == commit || self.history(tip).iter().any(|each| each == commit)
    }

    /// The commits of one that another one lacks, newest first.
    pub fn ahead(&self, head: &str, base: &str) -> Vec<String> {
        let theirs: BTreeSet<String> = self.history(base).into_iter().collect();
        let mut ahead = self.history(head);
        ahead.retain(|commit| !theirs.contains(commit));
        ahead
    }

    /// The best common ancestor.
    pub fn merge_base(&self, a: &str, b: &str) -> Option<String> {
        let of_a: BTreeSet<String> = self.history(a).into_iter().collect();
        self.history(b).into_iter().find(|commit| of_a.contains(commit))
    }

    /// The tree of a merge of two commits; `None` if they conflict.
    pub fn merge(&self, base: &str, head: &str) -> Option<String> {
        match self.merge_base(base, head) {
            Some(common) if common == base => return Some(self.tree_of(head)),
            Some(common) if common == head => return Some(self.tree_of(base)),
            _ => {}
        }
        let output = Command::new("git")
            .args([
                "merge-tree",
                "--write-tree",
                "--allow-unrelated-histories",
                base,
                head,
            ])
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_DIR", self.store.git_dir())
            .stdin(Stdio::null())
            .output()
            .expect("git runs");
        let text = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => {
                self.keep(id(text.trim()).expect("an id"));
                // The objects of the merge belong to this repository, too.
                for entry in self
                    .entries(text.trim(), true)
                    .iter()
                    .filter(|entry| entry.kind != "commit")
                {
                    self.keep(id(&entry.oid).expect("an id"));
                }
                Some(text.trim().to_owned())
            }
            Some(1) => None,
            _ => panic!("git merge-tree: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// Forty digits as an id.
pub fn id(oid: &str) -> Option<ObjectId> {
    ObjectId::from_hex(oid.as_bytes()).ok()
}

/// The id that bytes have as a blob.
pub fn hash(bytes: &[u8]) -> String {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, Kind::Blob, bytes)
        .expect("a hash")
        .to_string()
}

fn entry_kind(mode: &str) -> EntryKind {
    match mode {
        "100755" => EntryKind::BlobExecutable,
        "120000" => EntryKind::Link,
        "160000" => EntryKind::Commit,
        "040000" => EntryKind::Tree,
        _ => EntryKind::Blob,
    }
}

fn kind_of(mode: EntryMode) -> &'static str {
    match mode.kind() {
        EntryKind::Tree => "tree",
        EntryKind::Commit => "commit",
        EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => "blob",
    }
}
