//! What never changes, kept between runs: listings by the id of their tree, and bytes by the id of their blob.
//!
//! Comes in: an id. Goes out: what was kept under it, if it is whole. Leaves to others: asking GitHub.
//!
//! Each entry is a file of its own, put in place in one move: two runs at once don't disturb each other, and the folder may be
//! deleted at any time. A listing carries a digest and a blob is checked against its id, so a damaged file counts as none.
//! The folder holds names and texts of private repositories: only its owner may read it.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::parse_repository::is_blob;
use lessonbook_base::tree::Mode;

/// One path of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub path: String,
    pub mode: Mode,
    pub oid: String,
}

/// The folder; none: nothing is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

const HEAD: &str = "lessonbook listing 1 ";

impl Cache {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Cache { folder }
    }

    /// The listing of a tree.
    pub fn listing(&self, oid: &str) -> Option<Vec<Listed>> {
        let text = fs::read(self.file("trees", oid)?).ok()?;
        let text = String::from_utf8(text).ok()?;
        let (head, body) = text.split_once('\n')?;
        if head.strip_prefix(HEAD)? != seal(oid, body) {
            return None;
        }
        body.split_terminator('\0').map(parse).collect()
    }

    /// Keeps a listing. That it can't be kept is no reason to stop.
    pub fn keep_listing(&self, oid: &str, listing: &[Listed]) {
        let body: String = listing
            .iter()
            .map(|entry| format!("{} {} {}\0", entry.mode.octal(), entry.oid, entry.path))
            .collect();
        self.keep(
            "trees",
            oid,
            format!("{HEAD}{}\n{body}", seal(oid, &body)).as_bytes(),
        );
    }

    /// The bytes of a blob.
    pub fn blob(&self, oid: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.file("blobs", oid)?).ok()?;
        is_blob(oid, &bytes).then_some(bytes)
    }

    /// Keeps a blob.
    pub fn keep_blob(&self, oid: &str, bytes: &[u8]) {
        self.keep("blobs", oid, bytes);
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

/// What a listing's first line must say: a digest over its id and its lines.
fn seal(oid: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(oid);
    hash.update([0]);
    hash.update(body);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(line: &str) -> Option<Listed> {
    let mut parts = line.splitn(3, ' ');
    let mode = match parts.next()? {
        "100644" => Mode::File,
        "100755" => Mode::Executable,
        "120000" => Mode::Symlink,
        "160000" => Mode::Submodule,
        _ => return None,
    };
    Some(Listed {
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

    fn listing() -> Vec<Listed> {
        let entry = |path: &str, mode| Listed {
            path: path.into(),
            mode,
            oid: OID.into(),
        };
        vec![
            entry("a b\nc.md", Mode::File),
            entry("run", Mode::Executable),
            entry("ä/link", Mode::Symlink),
            entry("sub", Mode::Submodule),
        ]
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().join("x/y")));
        assert_eq!(cache.listing(OID), None);
        cache.keep_listing(OID, &listing());
        assert_eq!(cache.listing(OID), Some(listing()));
        cache.keep_blob(OID, b"hello\n");
        assert_eq!(cache.blob(OID).as_deref(), Some(b"hello\n".as_slice()));
        let nothing = Cache::default();
        nothing.keep_listing(OID, &listing());
        assert_eq!(nothing.listing(OID), None);
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        cache.keep_listing(OID, &listing());
        let file = cache.file("trees", OID).unwrap();
        let whole = fs::read(&file).unwrap();
        for cut in [0, 10, whole.len() - 1] {
            fs::write(&file, &whole[..cut]).unwrap();
            assert_eq!(cache.listing(OID), None, "{cut}");
        }
        let mut other = whole.clone();
        *other.last_mut().unwrap() = b'x';
        fs::write(&file, other).unwrap();
        assert_eq!(cache.listing(OID), None);
        cache.keep_blob(OID, b"hellO\n");
        assert_eq!(cache.blob(OID), None);
    }

    #[test]
    fn an_id_can_not_lead_out_of_the_folder() {
        let cache = Cache::new(Some("/cache".into()));
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
        let cache = Cache::new(Some(folder.path().join("cache")));
        cache.keep_blob(OID, b"hello\n");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode(&folder.path().join("cache")), 0);
        assert_eq!(mode(&cache.file("blobs", OID).unwrap()), 0);
    }
}
