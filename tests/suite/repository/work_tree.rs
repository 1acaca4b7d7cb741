//! The work tree: read with uncommitted changes, and written only where it has not changed since.

use super::*;

fn standing(sandbox: &Sandbox, places: &[&str]) -> Snapshot {
    open(sandbox, "app")
        .work_tree_snapshot(&everything, places)
        .unwrap_or_else(|finding| panic!("{finding:#?}"))
}

fn app() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "app",
        &[
            ("CLAUDE.md", "# App\n"),
            ("docs/a.md", "a\n"),
            ("docs/b.md", "b\n"),
        ],
    );
    sandbox
}

#[test]
fn what_stands_on_disk_counts_and_untracked_files_only_where_they_are_looked_for() {
    let sandbox = app();
    sandbox.write("app/CLAUDE.md", "# Changed\n");
    sandbox.write("app/docs/new.md", "new\n");
    sandbox.write("app/elsewhere/new.md", "not looked for\n");
    std::fs::remove_file(sandbox.path("app/docs/b.md")).expect("it was there");
    let tree = standing(&sandbox, &["docs", "AGENTS.md"]).tree;
    assert_eq!(tree.file("CLAUDE.md"), Some(&b"# Changed\n"[..]));
    let paths: Vec<&str> = tree.paths().collect();
    assert_eq!(paths, ["CLAUDE.md", "docs/a.md", "docs/new.md"]);
}

#[test]
fn a_file_that_changed_meanwhile_stops_everything() {
    let sandbox = app();
    let snapshot = standing(&sandbox, &[]);
    let edits = [
        edit(&snapshot, "CLAUDE.md", Some("# Ours\n")),
        edit(&snapshot, "docs/a.md", None),
        edit(&snapshot, "AGENTS.md", Some("# Ours\n")),
    ];
    sandbox.write("app/AGENTS.md", "somebody was faster\n");
    let before = sandbox.files("app");
    let error = open(&sandbox, "app")
        .write_work_tree(&edits)
        .expect_err("it was written");
    assert_eq!(
        error.to_string(),
        "AGENTS.md changed during this run, so nothing was written"
    );
    assert_eq!(sandbox.files("app"), before);
}

#[test]
fn a_deleted_file_takes_its_empty_folder_with_it_and_no_other() {
    let sandbox = app();
    let snapshot = standing(&sandbox, &[]);
    let one = [edit(&snapshot, "docs/a.md", None)];
    open(&sandbox, "app").write_work_tree(&one).expect("it fits");
    assert!(sandbox.path("app/docs/b.md").exists());
    let other = [edit(&snapshot, "docs/b.md", None)];
    open(&sandbox, "app").write_work_tree(&other).expect("it fits");
    assert!(!sandbox.path("app/docs").exists() && sandbox.path("app/CLAUDE.md").exists());
}

#[cfg(unix)]
#[test]
fn a_mode_stays_and_links_are_neither_followed_nor_listed_as_files() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let sandbox = app();
    let path = sandbox.path("app/CLAUDE.md");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("ours");
    sandbox.write("outside/secret.md", "secret\n");
    symlink("../outside", sandbox.path("app/linked")).expect("a link");
    symlink("../outside/secret.md", sandbox.path("app/AGENTS.md")).expect("a link");
    let snapshot = standing(&sandbox, &["linked", "linked/secret.md", "AGENTS.md"]);
    assert_eq!(
        snapshot.tree.get("linked").map(|entry| entry.mode),
        Some(Mode::Symlink)
    );
    assert_eq!(
        snapshot.tree.get("AGENTS.md").map(|entry| entry.mode),
        Some(Mode::Symlink)
    );
    assert!(snapshot.tree.get("linked/secret.md").is_none());
    let edits = [edit(&snapshot, "CLAUDE.md", Some("# Ours\n"))];
    open(&sandbox, "app").write_work_tree(&edits).expect("it fits");
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o755);
    let through = [edit(&snapshot, "linked/new.md", Some("# Ours\n"))];
    assert!(open(&sandbox, "app").write_work_tree(&through).is_err());
    assert!(!sandbox.path("outside/new.md").exists());
}

#[test]
fn without_a_commit_nobody_can_say_what_is_tracked() {
    let sandbox = Sandbox::new();
    sandbox.init("app");
    let finding = open(&sandbox, "app")
        .work_tree_snapshot(&everything, &[])
        .expect_err("there is no commit");
    assert_eq!(code(&finding), "empty-repository");
}
