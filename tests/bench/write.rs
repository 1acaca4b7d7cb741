//! Writes a generated store, and a target's files beside it: `cargo run --release --example generate -- DIR LESSONS PATHS`.
//!
//! Input: a new folder, how many lessons, how many paths. Output: `DIR/store` and `DIR/target`, in which `git init` and a
//! commit are for whoever runs it (docs/performance.md). With `tree` for the number of paths, the largest real tree's. With `checks` for
//! the number of lessons, two lessons with 30 checks, and a target with their checks file, 5,000 files that they read, and others. With
//! `history` for it, the same lessons, and `DIR/target.stream` for `git fast-import`, with so many commits.

use std::path::Path;

mod check_files;
mod generate;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, lessons, paths] = &arguments[..] else {
        return Err(std::io::Error::other("usage: generate DIR LESSONS PATHS"));
    };
    if lessons == "checks" {
        let paths = paths.parse().map_err(std::io::Error::other)?;
        return write_checks(Path::new(folder), paths);
    }
    if lessons == "history" {
        let commits = paths.parse().map_err(std::io::Error::other)?;
        return write_history(Path::new(folder), commits);
    }
    let wrong = |text: &str| std::io::Error::other(format!("`{text}` is no number"));
    let lessons = lessons.parse().map_err(|_| wrong(lessons))?;
    let folder = Path::new(folder);
    for (path, bytes) in generate::files(lessons, &["../target".to_owned()]) {
        write(&folder.join("store").join(path), &bytes)?;
    }
    let target = folder.join("target");
    let tree = if paths == "tree" {
        generate::large_tree().0
    } else {
        generate::tree(paths.parse().map_err(|_| wrong(paths))?, 0)
    };
    for (path, entry) in tree.iter() {
        write(&target.join(path), entry.content.as_deref().unwrap_or(b"x\n"))?;
    }
    Ok(())
}

/// A store with 30 checks, and a target of so many paths.
fn write_checks(folder: &Path, paths: usize) -> std::io::Result<()> {
    const READ: usize = 5_000;
    for (path, bytes) in check_files::store_files() {
        write(&folder.join("store").join(path), &bytes)?;
    }
    let target = folder.join("target");
    let (path, text) = check_files::checks_file();
    write(&target.join(path), text.as_bytes())?;
    for (path, text) in check_files::files(READ) {
        write(&target.join(path), text.as_bytes())?;
    }
    for number in READ + 1..paths {
        let path = format!("packages/part-{}/module_{number}.rs", number % 400);
        write(&target.join(path), format!("//! Module {number}.\n").as_bytes())?;
    }
    Ok(())
}

/// A store with 30 checks, and a history of so many commits.
fn write_history(folder: &Path, commits: usize) -> std::io::Result<()> {
    for (path, bytes) in check_files::store_files() {
        write(&folder.join("store").join(path), &bytes)?;
    }
    let stream = check_files::history_stream(commits);
    write(&folder.join("target.stream"), stream.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, bytes)
}
