//! What never changes, kept between runs: listings by the id of their tree, and bytes by the id of their blob.
//!
//! Input: an id. Output: what is kept under it, if it is what the id says. Not here: asking GitHub.
//!
//! Each entry is a file of its own, put in place in one move: two runs at once don't disturb each other, and the folder may be
//! deleted at any time. Whoever can write to the folder can't choose what a run reads: the id of the tree or blob is computed again from
//! the content, and a file that has another one counts as none.
//! The folder holds names and texts of private repositories, so only its owner may read it. Where others can read it all the same (a cache
//! of GitHub Actions), it keeps what is public and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use super::parse_repository::is_blob;
use super::tree_id::is_listing_of;
use lessonbook_base::tree::Mode;
use lessonbook_store::Visibility;

/// One path of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CachedPath {
    pub path: String,
    pub mode: Mode,
    pub oid: String,
}

/// The folder; none: nothing is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    /// Whether others can read the folder, so that nothing private is kept.
    shared: bool,
}

const HEAD: &str = "lessonbook listing 2";

impl Cache {
    pub fn new(folder: Option<PathBuf>, shared: bool) -> Self {
        Cache { folder, shared }
    }

    /// Whether something of a repository that these can read may be kept.
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

    /// Keeps a listing of a repository that these can read. That it can't be kept is no reason to stop.
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

    /// Keeps a blob of a repository that these can read.
    pub fn keep_blob(&self, oid: &str, bytes: &[u8], seen_by: Visibility) {
        if self.may_keep(seen_by) {
            self.keep("blobs", oid, bytes);
        }
    }

    /// What GitHub said when it refused a proposal: when, in seconds since 1970, and its words. `key` says which proposal, under which rules.
    pub fn refusal(&self, key: &str) -> Option<(i64, String)> {
        let text = fs::read_to_string(self.file("refused", key)?).ok()?;
        let (at, words) = text.split_once('\n')?;
        Some((at.parse().ok()?, words.to_owned()))
    }

    /// Keeps what GitHub said.
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
    // 0600, as tempfile makes them.
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
    fn what_is_kept_comes_back_as_it_was() {
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
    fn a_damaged_file_counts_as_none() {
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
    fn a_listing_that_somebody_else_put_there_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.keep_listing(TREE, &listing(), Visibility::Public);
        let file = cache.file("trees", TREE).unwrap();
        // Whole, well-formed, and without the script: what a pull request that may write the cache would put there.
        let other = fs::read_to_string(&file).unwrap().replace("run", "ran");
        fs::write(&file, other).unwrap();
        assert_eq!(cache.listing(TREE), None);
        // Nor is one kept that is not what GitHub calls it.
        fs::remove_file(&file).unwrap();
        cache.keep_listing(TREE, &listing()[1..], Visibility::Public);
        assert!(!file.exists());
    }

    #[test]
    fn where_others_can_read_it_nothing_private_is_kept() {
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
