//! Reads a store's folder, and writes files atomically.
//!
//! Input: folders and bytes. Output: a store's [`Files`]; files on disk, each complete or not written at all.
//! Not here: what the files mean (`store/`) and git (`local`, `store_commit`).

use std::fs;
use std::io::{Read as _, Write};
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
/// Files over this size are not read completely.
pub(super) const TOO_LARGE: u64 = 16 * 1024 * 1024;
/// How much of such a file is read. It is more than the store's check accepts, so the check still reports the file.
pub(super) const CUT: u64 = 2 * 1024 * 1024;

/// The folder, or the nearest of its parents, that holds `targets.yaml`.
pub fn find_store(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start
        .ancestors()
        .find(|folder| folder.join(TARGETS).is_file())
        .map(Path::to_owned)
}

/// Reads a store: `targets.yaml` and everything below `lessons/` and `templates/`, by relative path. Hidden files and the
/// backup files of editors are skipped. A link to a file inside the store is followed. Any other link is an error: skipping
/// it would silently drop a lesson. A file over 16 MB is cut at 2 MB.
pub fn read_store(dir: &Path) -> anyhow::Result<Files> {
    let root = dir
        .canonicalize()
        .with_context(|| format!("there is no folder {}", dir.display()))?;
    let mut files = Files::new();
    if !root.join(TARGETS).exists() {
        bail!("{} is not a store: it has no {TARGETS}", root.display());
    }
    read_file(&root, TARGETS, &mut files)?;
    for folder in FOLDERS {
        if root.join(folder).symlink_metadata().is_ok() {
            read_folder(&root, folder, &mut files)?;
        }
    }
    Ok(files)
}

/// Whether a file is skipped because of its name: it is hidden, or an editor or a file manager left it behind.
pub(super) fn is_skipped(name: &str) -> bool {
    name.starts_with('.')
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
        || ["Thumbs.db", "desktop.ini"].contains(&name)
}

fn read_folder(root: &Path, folder: &str, files: &mut Files) -> anyhow::Result<()> {
    let path = root.join(folder);
    if path.is_symlink() {
        bail!("{folder} is a link to a folder; copy the files into the store instead");
    }
    let entries = fs::read_dir(&path).with_context(|| format!("{folder} can't be read"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("{folder} can't be read"))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if is_skipped(&name) {
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
        .with_context(|| format!("{relative} can't be read (is it a broken link?)"))?;
    if !real.starts_with(root) {
        bail!(
            "{relative} is a link that leads out of the store, to {}; copy the file into the store instead",
            real.display()
        );
    }
    let unreadable = || format!("{relative} can't be read");
    let found = fs::metadata(&real).with_context(unreadable)?;
    if found.is_dir() {
        bail!("{relative} is a link to a folder; copy the files into the store instead");
    }
    if !found.is_file() {
        bail!("{relative} is not a regular file");
    }
    let mut bytes = Vec::new();
    let limit = if found.len() > TOO_LARGE { CUT } else { TOO_LARGE };
    fs::File::open(&real)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .with_context(unreadable)?;
    Ok(bytes)
}

/// Creates an empty folder. An existing folder is emptied if it holds the marker file; otherwise, unless it is empty already,
/// nothing is changed and `false` is returned.
pub fn replace_marked(dir: &Path, mark: &str) -> anyhow::Result<bool> {
    let not_created = || format!("{} can't be created", dir.display());
    if dir.is_symlink() || dir.exists() && !dir.is_dir() {
        return Ok(false);
    }
    if dir.join(mark).is_file() {
        // The folder itself is kept: it may be the user's current folder.
        let not_replaced = || format!("{} can't be replaced", dir.display());
        for entry in dir.read_dir().with_context(not_replaced)? {
            let path = entry.with_context(not_replaced)?.path();
            let removed = if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(not_replaced)?;
        }
    } else if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Ok(false);
    }
    fs::create_dir_all(dir).with_context(not_created)?;
    Ok(true)
}

/// Writes a new file, with the folders above it. It is an error if anything exists at the path, even a broken link.
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        bail!("{} exists already", path.display());
    }
    let unwritable = || format!("{} can't be written", path.display());
    let folder = folder_of(path);
    fs::create_dir_all(folder).with_context(unwritable)?;
    let file = temporary_file(folder, &|file| file.write_all(bytes)).with_context(unwritable)?;
    file.persist_noclobber(path)
        .map_err(|error| error.error)
        .with_context(unwritable)?;
    Ok(())
}

/// Reads a file that a user named.
pub fn read_named(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} can't be read", path.display()))
}

/// Reads a file of a cache; none if there is none, if it is larger than `most` bytes, or if it can't be read.
pub fn read_cached(path: &Path, most: u64) -> Option<Vec<u8>> {
    let found = fs::metadata(path).ok()?;
    (found.is_file() && found.len() <= most)
        .then(|| fs::read(path).ok())
        .flatten()
}

/// Writes a file of a cache, and the folders above it.
pub fn write_cached(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let unwritable = || format!("{} can't be written", path.display());
    fs::create_dir_all(folder_of(path)).with_context(unwritable)?;
    write_atomic(path, bytes)
}

/// Creates or replaces a file: other programs see the old bytes or the new ones, never a part. Permissions are kept. If the
/// path is a link, the file that it leads to is replaced and the link is kept.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_atomic_with(path, &|file| file.write_all(bytes))
}

/// The same for a content that is written in parts.
pub fn write_atomic_with(path: &Path, content: &Content<'_>) -> anyhow::Result<()> {
    let unwritable = || format!("{} can't be written", path.display());
    let path = if path.is_symlink() {
        path.canonicalize().with_context(unwritable)?
    } else {
        path.to_owned()
    };
    replace(&path, content).with_context(unwritable)
}

/// Writes a content.
type Content<'a> = dyn Fn(&mut dyn Write) -> std::io::Result<()> + 'a;

/// Writes files below a folder and returns the paths that changed; a file that holds the same bytes already is not touched.
/// Nothing is written unless every path is allowed: inside the folder, not in `.git`, and not through a link.
pub fn write_folder<'a>(
    out: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a FileState)>,
) -> anyhow::Result<Vec<String>> {
    let files: Vec<_> = files.into_iter().collect();
    for (path, state) in &files {
        check_target(out, path)?;
        if !matches!(state.mode, Mode::File | Mode::Executable) {
            bail!("{path} is not a regular file");
        }
    }
    let mut changed = Vec::new();
    for (path, state) in files {
        // Checked again, because a file that was just written may have the name of a folder that this one needs.
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
        replace(&target, &|file| file.write_all(&state.bytes)).with_context(unwritable)?;
        set_executable(&target, state.mode).with_context(unwritable)?;
        changed.push(path.to_owned());
    }
    Ok(changed)
}

/// Checks that a path below a folder can be written without following a link or replacing anything but a regular file.
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
            bail!("{} is not a regular file", at.display());
        }
        if !last && !found.is_dir() {
            bail!("{} is not a folder, so {path} can't be written", at.display());
        }
    }
    Ok(())
}

fn replace(path: &Path, content: &Content<'_>) -> std::io::Result<()> {
    let file = temporary_file(folder_of(path), content)?;
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

/// A temporary file with this content, and the permissions that any new file would have.
fn temporary_file(folder: &Path, content: &Content<'_>) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let permissions = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions); // the umask applies; tempfile's default is 0600
    let mut file = builder.prefix(".lessonbook-").tempfile_in(folder)?;
    let mut buffer = std::io::BufWriter::new(&mut file);
    content(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    Ok(file)
}

/// Sets or removes the executable bit, as the mode requires. Returns whether that changed anything.
#[cfg(unix)]
fn set_executable(path: &Path, mode: Mode) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(path)?.permissions();
    let old = permissions.mode();
    let new = if mode == Mode::Executable {
        old | ((old & 0o444) >> 2) // everyone who may read the file may run it
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
