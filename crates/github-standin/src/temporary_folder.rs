//! A temporary folder for the repositories of a test, in memory where the system offers that.
//!
//! Input: `TMPDIR` and the mounted file systems. Output: a folder that is deleted when it is dropped.
//!
//! Tests create and delete a hundred thousand small files. ext4 does not reuse an inode for five seconds after a deletion and searches
//! past all of them (`recently_deleted` in `fs/ext4/ialloc.c`), which takes a quarter of the tests' time.

use std::path::PathBuf;
use std::sync::LazyLock;

use tempfile::TempDir;

/// The least size, in KiB, of a file system in memory that is used.
const LEAST: u64 = 1 << 20;

/// A new folder in `TMPDIR` if that is set, else in memory, else where the system keeps temporary files.
///
/// # Panics
/// If no folder can be created.
pub fn temporary_folder() -> TempDir {
    static PARENT: LazyLock<PathBuf> = LazyLock::new(|| {
        let chosen = std::env::var_os("TMPDIR").is_some();
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        if !chosen && has_usable_shm(&mounts) {
            return PathBuf::from("/dev/shm");
        }
        std::env::temp_dir()
    });
    tempfile::tempdir_in(&*PARENT).expect("a temporary folder")
}

/// Whether `/dev/shm` is large enough, and may contain programs, as hooks are. In containers it often is neither.
fn has_usable_shm(mounts: &str) -> bool {
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    // A later file system at the same place hides the earlier ones.
    let mut at_shm = fields.filter(|fields| fields.get(1) == Some(&"/dev/shm"));
    let [_, _, "tmpfs", options, ..] = at_shm.next_back().unwrap_or_default()[..] else {
        return false;
    };
    let options: Vec<&str> = options.split(',').collect();
    let size = options
        .iter()
        .find_map(|option| option.strip_prefix("size=")?.strip_suffix('k')?.parse().ok());
    options.contains(&"rw") && !options.contains(&"noexec") && size.is_none_or(|size: u64| size >= LEAST)
}

#[cfg(test)]
mod tests {
    use super::has_usable_shm;

    #[test]
    fn a_small_one_and_one_without_programs_are_not_used() {
        let usable = |options: &str| has_usable_shm(&format!("tmpfs /dev/shm tmpfs {options} 0 0\n"));
        assert!(usable("rw,nosuid,nodev,size=24683652k"));
        assert!(usable("rw,nosuid,nodev"), "half of the memory");
        assert!(!usable("rw,nosuid,nodev,size=65536k"), "Docker's default");
        assert!(!usable("rw,nosuid,nodev,noexec,size=24683652k"));
        assert!(!usable("ro,size=24683652k"));
        assert!(!has_usable_shm("tmpfs /tmp tmpfs rw 0 0\n"));
        assert!(!has_usable_shm(""));
    }
}
