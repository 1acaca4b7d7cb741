//! Tests of reading a store's folder and of writing files.

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn put(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(folder_of(&path)).expect("folders");
    fs::write(path, bytes).expect("a file");
}

fn state(text: &str) -> FileState {
    FileState {
        mode: Mode::File,
        bytes: text.into(),
    }
}

fn error_text<T: std::fmt::Debug>(result: anyhow::Result<T>) -> String {
    format!("{:#}", result.expect_err("it was not refused"))
}

#[test]
fn a_store_is_found_from_any_folder_below_it() {
    let dir = folder();
    put(dir.path(), TARGETS, b"");
    put(dir.path(), "lessons/a/b.yaml", b"");
    let root = dir.path().canonicalize().expect("a folder");
    assert_eq!(find_store(&root.join("lessons/a")), Some(root.clone()));
    assert_eq!(find_store(&root), Some(root.clone()));
    assert_eq!(find_store(&root.join("nowhere")), None);
}

#[test]
fn a_store_is_read_without_what_editors_leave_behind() {
    let dir = folder();
    for path in [
        "targets.yaml",
        "README.md",
        "lessons/a/one.yaml",
        "lessons/a/_topic.yaml",
        "lessons/a/odd.txt",
        "templates/x.tera",
        "lessons/.DS_Store",
        "lessons/a/.one.yaml.swp",
        "lessons/a/one.yaml~",
        "lessons/a/#one.yaml#",
        "lessons/.git/config",
    ] {
        put(dir.path(), path, path.as_bytes());
    }
    let files = read_store(dir.path()).expect("a store");
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "lessons/a/_topic.yaml",
            "lessons/a/odd.txt",
            "lessons/a/one.yaml",
            "targets.yaml",
            "templates/x.tera"
        ]
    );
    assert_eq!(files["lessons/a/one.yaml"], b"lessons/a/one.yaml");
}

#[test]
fn a_folder_without_targets_is_not_a_store() {
    let dir = folder();
    assert!(error_text(read_store(dir.path())).contains("has no targets.yaml"));
    assert!(error_text(read_store(&dir.path().join("x"))).contains("there is no folder"));
}

#[test]
fn a_file_over_16_megabytes_is_cut() {
    let dir = folder();
    put(dir.path(), TARGETS, b"");
    put(
        dir.path(),
        "lessons/a/large.yaml",
        &vec![b'x'; 16 * 1024 * 1024 + 1],
    );
    put(dir.path(), "lessons/a/big.yaml", &vec![b'x'; 10 * 1024 * 1024]);
    let files = read_store(dir.path()).expect("a store");
    assert_eq!(files["lessons/a/large.yaml"].len(), 2 * 1024 * 1024);
    assert_eq!(files["lessons/a/big.yaml"].len(), 10 * 1024 * 1024);
}

#[cfg(unix)]
#[test]
fn a_link_inside_the_store_is_read_and_others_are_refused() {
    use std::os::unix::fs::symlink;
    let (dir, outside) = (folder(), folder());
    put(dir.path(), TARGETS, b"");
    put(dir.path(), "lessons/a/one.yaml", b"one");
    put(outside.path(), "secret", b"secret");
    let link = dir.path().join("lessons/a/link.yaml");
    for (to, refusal) in [
        (PathBuf::from("one.yaml"), None),
        (outside.path().join("secret"), Some("leads out of the store")),
        (PathBuf::from("nowhere.yaml"), Some("a broken link")),
        (dir.path().join("lessons"), Some("link to a folder")),
    ] {
        symlink(&to, &link).expect("a link");
        let read = read_store(dir.path());
        match refusal {
            None => assert_eq!(read.expect("a store")["lessons/a/link.yaml"], b"one"),
            Some(part) => assert!(error_text(read).contains(part), "{part}"),
        }
        fs::remove_file(&link).expect("removed");
    }
}

#[test]
fn a_new_file_never_replaces_one() {
    let dir = folder();
    let path = dir.path().join("lessons/a/one.yaml");
    write_new(&path, b"first").expect("written");
    assert!(error_text(write_new(&path, b"second")).contains("exists already"));
    assert_eq!(fs::read(&path).expect("read"), b"first");
    #[cfg(unix)]
    {
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).expect("a link");
        assert!(error_text(write_new(&link, b"x")).contains("exists already"));
    }
    let left: Vec<_> = fs::read_dir(folder_of(&path)).expect("read").collect();
    assert_eq!(left.len(), 1, "a temporary file was left behind");
}

#[cfg(unix)]
#[test]
fn replacing_a_file_keeps_its_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = folder();
    put(dir.path(), "one", b"old");
    let path = dir.path().join("one");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).expect("permissions");
    let link = dir.path().join("link");
    symlink("one", &link).expect("a link");
    write_atomic(&link, b"new").expect("written");
    assert_eq!(fs::read(&path).expect("read"), b"new");
    assert!(link.is_symlink());
    let mode = fs::metadata(&path).expect("found").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = folder();
    put(dir.path(), "plain", b"x");
    write_new(&dir.path().join("new"), b"x").expect("written");
    write_atomic(&dir.path().join("atomic"), b"x").expect("written");
    let mode = |name: &str| {
        let found = fs::metadata(dir.path().join(name)).expect("found");
        found.permissions().mode()
    };
    assert_eq!(mode("new"), mode("plain"));
    assert_eq!(mode("atomic"), mode("plain"));
}

#[test]
fn a_folder_is_written_and_a_second_time_nothing_is_touched() {
    let dir = folder();
    let (a, b) = (state("a"), state("b"));
    let files = [("CLAUDE.md", &a), (".github/x.md", &b)];
    let out = dir.path().join("out");
    assert_eq!(
        write_folder(&out, files).expect("written"),
        ["CLAUDE.md", ".github/x.md"]
    );
    assert_eq!(fs::read(out.join(".github/x.md")).expect("read"), b"b");
    assert!(write_folder(&out, files).expect("written").is_empty());
}

#[test]
fn a_path_that_leaves_the_folder_stops_everything() {
    let dir = folder();
    let ok = state("ok");
    for path in ["../x", "/tmp/x", "a/../../x", ".git/hooks/x", "a\\b"] {
        assert!(
            write_folder(dir.path(), [("fine.md", &ok), (path, &ok)]).is_err(),
            "{path}"
        );
    }
    assert_eq!(fs::read_dir(dir.path()).expect("read").count(), 0);
}

#[cfg(unix)]
#[test]
fn a_folder_is_not_written_through_links() {
    use std::os::unix::fs::symlink;
    let (dir, outside) = (folder(), folder());
    symlink(outside.path(), dir.path().join("docs")).expect("a link");
    symlink(outside.path().join("x"), dir.path().join("CLAUDE.md")).expect("a link");
    put(dir.path(), "file", b"");
    let new = state("new");
    assert!(error_text(write_folder(dir.path(), [("docs/a.md", &new)])).contains("is a link"));
    assert!(error_text(write_folder(dir.path(), [("CLAUDE.md", &new)])).contains("is a link"));
    assert!(error_text(write_folder(dir.path(), [("file/a.md", &new)])).contains("is not a folder"));
    assert_eq!(fs::read_dir(outside.path()).expect("read").count(), 0);
}

#[cfg(unix)]
#[test]
fn the_executable_bit_follows_the_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = folder();
    let mut file = state("x");
    file.mode = Mode::Executable;
    write_folder(dir.path(), [("run.md", &file)]).expect("written");
    let mode = || {
        let found = fs::metadata(dir.path().join("run.md")).expect("found");
        found.permissions().mode() & 0o111
    };
    assert_ne!(mode(), 0);
    file.mode = Mode::File;
    assert_eq!(
        write_folder(dir.path(), [("run.md", &file)]).expect("written"),
        ["run.md"]
    );
    assert_eq!(mode(), 0);
}
