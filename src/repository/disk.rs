//! A store's folder, read as a value; files written without surprises.
//!
//! Input: folders and bytes. Output: a store's [`Files`]; files on disk, each whole or not at all. Not here: what the
//! files mean (`store/`) and git (`local`, `store_commit`).

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use super::path_safety;
use lessonbook_base::edit::FileState;
use lessonbook_base::tree::Mode;
use lessonbook_store::Files;

/// A store is the folder that holds this file.
pub const TARGETS: &str = "targets.yaml";
/// The folders of a store that are read.
pub const FOLDERS: [&str; 2] = ["lessons", "templates"];
/// Files over this size are not read whole ...
pub(super) const TOO_LARGE: u64 = 16 * 1024 * 1024;
/// ... but up to here, which is more than the store's check lets pass.
pub(super) const CUT: u64 = 2 * 1024 * 1024;

/// The folder, or the nearest of its parents, that holds `targets.yaml`.
pub fn find_store(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start
        .ancestors()
        .find(|folder| folder.join(TARGETS).is_file())
        .map(Path::to_owned)
}

/// Reads a store: `targets.yaml` and everything below `lessons/` and `templates/`, by relative path. Hidden files and what
/// editors leave behind are skipped. A link inside the store is read; one that leads out of it, to a folder or nowhere is an
/// error, for a lesson that silently stays away is worse. A file over 16 MB is cut at 2 MB.
pub fn read_store(dir: &Path) -> anyhow::Result<Files> {
    let root = dir
        .canonicalize()
        .with_context(|| format!("there is no folder {}", dir.display()))?;
    let mut files = Files::new();
    if !root.join(TARGETS).exists() {
        bail!("{} is no store: it holds no {TARGETS}", root.display());
    }
    read_file(&root, TARGETS, &mut files)?;
    for folder in FOLDERS {
        if root.join(folder).symlink_metadata().is_ok() {
            read_folder(&root, folder, &mut files)?;
        }
    }
    Ok(files)
}

/// Whether a file's name says that it is not meant to be read: hidden, or left behind by an editor or a file manager.
pub(super) fn skipped(name: &str) -> bool {
    name.starts_with('.')
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
        || ["Thumbs.db", "desktop.ini"].contains(&name)
}

fn read_folder(root: &Path, folder: &str, files: &mut Files) -> anyhow::Result<()> {
    let path = root.join(folder);
    if path.is_symlink() {
        bail!("{folder} is a link to a folder; put the files themselves into the store");
    }
    let entries = fs::read_dir(&path).with_context(|| format!("{folder} can't be read"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("{folder} can't be read"))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if skipped(&name) {
            continue;
        }
        let relative = format!("{folder}/{name}");
        let is_folder = entry
            .file_type()
            .with_context(|| format!("{relative} can't be read"))?
            .is_dir();
        if is_folder {
            read_folder(root, &relative, files)?;
        } else {
            let bytes = read_checked(root, &entry.path(), &relative)?;
            files.insert(relative, bytes);
        }
    }
    Ok(())
}

fn read_file(root: &Path, relative: &str, files: &mut Files) -> anyhow::Result<()> {
    let bytes = read_checked(root, &root.join(relative), relative)?;
    files.insert(relative.to_owned(), bytes);
    Ok(())
}

fn read_checked(root: &Path, path: &Path, relative: &str) -> anyhow::Result<Vec<u8>> {
    let real = path
        .canonicalize()
        .with_context(|| format!("{relative} can't be read (a link that leads nowhere?)"))?;
    if !real.starts_with(root) {
        bail!(
            "{relative} is a link that leads out of the store, to {}; put the file itself there",
            real.display()
        );
    }
    let unreadable = || format!("{relative} can't be read");
    let found = fs::metadata(&real).with_context(unreadable)?;
    if found.is_dir() {
        bail!("{relative} is a link to a folder; put the files themselves into the store");
    }
    if !found.is_file() {
        bail!("{relative} is no regular file");
    }
    let mut bytes = Vec::new();
    let limit = if found.len() > TOO_LARGE { CUT } else { TOO_LARGE };
    fs::File::open(&real)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .with_context(unreadable)?;
    Ok(bytes)
}

/// Makes an empty folder, in the place of one that holds a file of this name; gives `false`, and touches nothing, where the
/// folder holds anything else.
pub fn replace_marked(dir: &Path, mark: &str) -> anyhow::Result<bool> {
    let unmade = || format!("{} can't be made", dir.display());
    if dir.is_symlink() || dir.exists() && !dir.is_dir() {
        return Ok(false);
    }
    if dir.join(mark).is_file() {
        // The folder itself stays: it may be the one that the user stands in.
        let unreplaced = || format!("{} can't be replaced", dir.display());
        for entry in dir.read_dir().with_context(unreplaced)? {
            let path = entry.with_context(unreplaced)?.path();
            let removed = if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(unreplaced)?;
        }
    } else if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Ok(false);
    }
    fs::create_dir_all(dir).with_context(unmade)?;
    Ok(true)
}

/// Writes a new file, with the folders above it; refuses where anything has the name already, be it a link that leads nowhere.
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        bail!("{} exists already", path.display());
    }
    let unwritable = || format!("{} can't be written", path.display());
    let folder = folder_of(path);
    fs::create_dir_all(folder).with_context(unwritable)?;
    let file = filled(folder, bytes).with_context(unwritable)?;
    file.persist_noclobber(path)
        .map_err(|error| error.error)
        .with_context(unwritable)?;
    Ok(())
}

/// Reads a file that a user named.
pub fn read_named(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} can't be read", path.display()))
}

/// Replaces a file, or makes it: readers see the old bytes or the new ones, never a part. Permissions are kept. Where the path
/// is a link, the file that it leads to is replaced and the link stays.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let unwritable = || format!("{} can't be written", path.display());
    let path = if path.is_symlink() {
        path.canonicalize().with_context(unwritable)?
    } else {
        path.to_owned()
    };
    replace(&path, bytes).with_context(unwritable)
}

/// Writes files below a folder and gives the paths that changed; a file that holds the bytes already is not touched. Nothing is
/// written unless every path is fit: inside the folder, not git's own, and through no link.
pub fn write_folder<'a>(
    out: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a FileState)>,
) -> anyhow::Result<Vec<String>> {
    let files: Vec<_> = files.into_iter().collect();
    for (path, state) in &files {
        check_target(out, path)?;
        if !matches!(state.mode, Mode::File | Mode::Executable) {
            bail!("{path} is no regular file");
        }
    }
    let mut changed = Vec::new();
    for (path, state) in files {
        // Again, for a file that was just written may stand where this one wants a folder.
        check_target(out, path)?;
        let target = out.join(path);
        let unwritable = || format!("{} can't be written", target.display());
        if fs::read(&target).is_ok_and(|held| held == state.bytes) {
            if set_executable(&target, state.mode).with_context(unwritable)? {
                changed.push(path.to_owned());
            }
            continue;
        }
        fs::create_dir_all(folder_of(&target)).with_context(unwritable)?;
        replace(&target, &state.bytes).with_context(unwritable)?;
        set_executable(&target, state.mode).with_context(unwritable)?;
        changed.push(path.to_owned());
    }
    Ok(changed)
}

/// A path below a folder that can be written without following a link or replacing anything but a regular file.
pub(super) fn check_target(out: &Path, path: &str) -> anyhow::Result<()> {
    if let Some(why) = path_safety::refused(path) {
        bail!("{why}");
    }
    let mut at = out.to_owned();
    let parts: Vec<Component<'_>> = Path::new(path).components().collect();
    for (nth, part) in parts.iter().enumerate() {
        at.push(part);
        let Ok(found) = at.symlink_metadata() else {
            return Ok(());
        };
        let last = nth + 1 == parts.len();
        if found.is_symlink() {
            bail!("{} is a link; {path} is not written through it", at.display());
        }
        if last && !found.is_file() {
            bail!("{} is no regular file", at.display());
        }
        if !last && !found.is_dir() {
            bail!("{} is no folder, so {path} can't be written", at.display());
        }
    }
    Ok(())
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = filled(folder_of(path), bytes)?;
    match fs::metadata(path) {
        Ok(found) => fs::set_permissions(file.path(), found.permissions())?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A temporary file with these bytes, and the permissions that any new file would have.
fn filled(folder: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let permissions = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions); // less the umask; the default is 0600
    let mut file = builder.prefix(".lessonbook-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// Gives a file the executable bit that the mode asks for; says whether that changed anything.
#[cfg(unix)]
fn set_executable(path: &Path, mode: Mode) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(path)?.permissions();
    let old = permissions.mode();
    let new = if mode == Mode::Executable {
        old | ((old & 0o444) >> 2) // whoever may read it may run it
    } else {
        old & !0o111
    };
    if new == old {
        return Ok(false);
    }
    permissions.set_mode(new);
    fs::set_permissions(path, permissions)?;
    Ok(true)
}

#[cfg(not(unix))]
fn set_executable(_path: &Path, _mode: Mode) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests;
