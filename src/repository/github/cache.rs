//! Caches immutable data between runs: listings by the id of their tree, and bytes by the id of their blob.
//!
//! Input: an id. Output: the cached content, if it matches the id. Not here: reading from GitHub.
//!
//! Each entry is a file of its own that is written atomically, so two runs can share the folder, and it may be deleted at any
//! time. A program that can write to the folder can't choose what a run reads: the id of the tree or blob is computed from the
//! content, and a file with another id is ignored.
//! The folder contains names and texts of private repositories, so only its owner may read it. If other people can read it
//! anyway (a cache of GitHub Actions), only data of public repositories is cached.

use std::fs;
use std::path::{Path, PathBuf};

use super::parse_repository::is_blob;
use super::tree_id::is_listing_of;
use crate::repository::github::tree_id::CachedPath;
use lessonbook_base::tree::Mode;
use lessonbook_store::Visibility;

/// The folder; `None` for no cache.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    /// Whether other people can read the folder, so that nothing private is cached.
    shared: bool,
}

const HEAD: &str = "lessonbook listing 2";

impl Cache {
    pub fn new(folder: Option<PathBuf>, shared: bool) -> Self {
        Cache { folder, shared }
    }

    /// Whether data of a repository with this visibility may be cached.
    fn may_keep(&self, seen_by: Visibility) -> bool {
        !self.shared || seen_by == Visibility::Public
    }

    /// The listing of a tree.
    pub fn listing(&self, oid: &str) -> Option<Vec<CachedPath>> {
        let text = fs::read(self.file("trees", oid)?).ok()?;
        let text = String::from_utf8(text).ok()?;
        let (head, body) = text.split_once('\n')?;
        if head != HEAD {
            return None;
        }
        let listing: Vec<CachedPath> = body.split_terminator('\0').map(parse).collect::<Option<_>>()?;
        is_listing_of(oid, &listing).then_some(listing)
    }

    /// Caches a listing of a repository with this visibility. If that fails, the run continues without it.
    pub fn keep_listing(&self, oid: &str, listing: &[CachedPath], seen_by: Visibility) {
        if self.folder.is_none() || !self.may_keep(seen_by) || !is_listing_of(oid, listing) {
            return;
        }
        let body: String = listing
            .iter()
            .map(|entry| format!("{} {} {}\0", entry.mode.octal(), entry.oid, entry.path))
            .collect();
        self.keep("trees", oid, format!("{HEAD}\n{body}").as_bytes());
    }

    /// The bytes of a blob.
    pub fn blob(&self, oid: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.file("blobs", oid)?).ok()?;
        is_blob(oid, &bytes).then_some(bytes)
    }

    /// Caches a blob of a repository with this visibility.
    pub fn keep_blob(&self, oid: &str, bytes: &[u8], seen_by: Visibility) {
        if self.may_keep(seen_by) {
            self.keep("blobs", oid, bytes);
        }
    }

    /// An earlier refusal of a proposal by GitHub: the time, in seconds since 1970, and GitHub's message. `key` identifies the
    /// proposal and the rules.
    pub fn refusal(&self, key: &str) -> Option<(i64, String)> {
        let text = fs::read_to_string(self.file("refused", key)?).ok()?;
        let (at, words) = text.split_once('\n')?;
        Some((at.parse().ok()?, words.to_owned()))
    }

    /// Caches a refusal.
    pub fn keep_refusal(&self, key: &str, at: i64, words: &str, seen_by: Visibility) {
        if self.may_keep(seen_by) {
            self.keep("refused", key, format!("{at}\n{words}").as_bytes());
        }
    }

    fn keep(&self, kind: &str, oid: &str, bytes: &[u8]) {
        if let Some(file) = self.file(kind, oid) {
            let _kept = put(&file, bytes);
        }
    }

    /// `FOLDER/trees/ab/cdef…`.
    fn file(&self, kind: &str, oid: &str) -> Option<PathBuf> {
        let digits = oid.len() >= 40 && oid.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.folder.as_ref().filter(|_| digits)?;
        Some(folder.join(kind).join(oid.get(..2)?).join(oid.get(2..)?))
    }
}

fn parse(line: &str) -> Option<CachedPath> {
    let mut parts = line.splitn(3, ' ');
    let mode = match parts.next()? {
        "100644" => Mode::File,
        "100755" => Mode::Executable,
        "120000" => Mode::Symlink,
        "160000" => Mode::Submodule,
        _ => return None,
    };
    Some(CachedPath {
        mode,
        oid: parts.next()?.to_owned(),
        path: parts.next()?.to_owned(),
    })
}

fn put(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // tempfile creates it with mode 0600.
    let mut held = tempfile::NamedTempFile::new_in(folder)?;
    held.write_all(bytes)?;
    held.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    const OID: &str = "ce013625030ba8dba906f756967f9e9ca394464a"; // of the blob "hello\n"
    const TREE: &str = "f15dc23b32734ffe95b8abb0d4e044e21079e6f9"; // of the listing below, by `git write-tree`

    fn listing() -> Vec<CachedPath> {
        let entry = |path: &str, mode| CachedPath {
            path: path.into(),
            mode,
            oid: OID.into(),
        };
        vec![
            entry("a b\nc.md", Mode::File),
            entry("run", Mode::Executable),
            entry("sub", Mode::Submodule),
            entry("ä/link", Mode::Symlink),
        ]
    }

    fn cache(folder: &Path) -> Cache {
        Cache::new(Some(folder.to_owned()), false)
    }

    #[test]
    fn cached_content_is_returned_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(&folder.path().join("x/y"));
        assert_eq!(cache.listing(TREE), None);
        cache.keep_listing(TREE, &listing(), Visibility::Private);
        assert_eq!(cache.listing(TREE), Some(listing()));
        cache.keep_blob(OID, b"hello\n", Visibility::Private);
        assert_eq!(cache.blob(OID).as_deref(), Some(b"hello\n".as_slice()));
        let nothing = Cache::default();
        nothing.keep_listing(TREE, &listing(), Visibility::Public);
        assert_eq!(nothing.listing(TREE), None);
    }

    #[test]
    fn a_damaged_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.keep_listing(TREE, &listing(), Visibility::Public);
        let file = cache.file("trees", TREE).unwrap();
        let whole = fs::read(&file).unwrap();
        for cut in [0, 10, whole.len() - 2] {
            fs::write(&file, &whole[..cut]).unwrap();
            assert_eq!(cache.listing(TREE), None, "{cut}");
        }
        cache.keep_blob(OID, b"hellO\n", Visibility::Public);
        assert_eq!(cache.blob(OID), None);
    }

    #[test]
    fn a_forged_listing_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.keep_listing(TREE, &listing(), Visibility::Public);
        let file = cache.file("trees", TREE).unwrap();
        // Complete and well-formed, but another path: a pull request that can write the cache could put it there.
        let other = fs::read_to_string(&file).unwrap().replace("run", "ran");
        fs::write(&file, other).unwrap();
        assert_eq!(cache.listing(TREE), None);
        // A listing that does not match its id is not cached either.
        fs::remove_file(&file).unwrap();
        cache.keep_listing(TREE, &listing()[1..], Visibility::Public);
        assert!(!file.exists());
    }

    #[test]
    fn a_shared_cache_keeps_nothing_private() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()), true);
        for seen_by in [Visibility::Private, Visibility::Internal] {
            cache.keep_listing(TREE, &listing(), seen_by);
            cache.keep_blob(OID, b"hello\n", seen_by);
            cache.keep_refusal(OID, 1, "no", seen_by);
            assert_eq!((cache.listing(TREE), cache.blob(OID)), (None, None));
            assert_eq!(cache.refusal(OID), None);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        cache.keep_listing(TREE, &listing(), Visibility::Public);
        cache.keep_refusal(OID, 1, "no\nand no", Visibility::Public);
        assert_eq!(cache.listing(TREE), Some(listing()));
        assert_eq!(cache.refusal(OID), Some((1, "no\nand no".to_owned())));
    }

    #[test]
    fn an_id_can_not_lead_out_of_the_folder() {
        let cache = cache(Path::new("/cache"));
        assert_eq!(
            cache.file("trees", "../../../../etc/passwd/../../../../../../etc"),
            None
        );
        assert_eq!(cache.file("trees", ""), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(&folder.path().join("cache"));
        cache.keep_blob(OID, b"hello\n", Visibility::Private);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode(&folder.path().join("cache")), 0);
        assert_eq!(mode(&cache.file("blobs", OID).unwrap()), 0);
    }
}
