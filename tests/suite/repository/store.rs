//! The store's own place in git.

use super::*;
use lessonbook::repository::{StoreCommit, read_store, store_commit};

fn look(sandbox: &Sandbox, path: &str) -> Option<StoreCommit> {
    let files = read_store(&sandbox.path(path)).expect("a store");
    store_commit(&sandbox.path(path), &files)
}

fn store(sandbox: &Sandbox, path: &str) {
    for file in [
        "targets.yaml",
        "lessons/a/one.yaml",
        "lessons/a/two.yaml",
        "lessons/.gitkeep",
        "templates/x.tera",
        "README.md",
    ] {
        sandbox.write(&format!("{path}/{file}"), format!("{file}: one\nand two\n"));
    }
}

#[test]
fn a_clean_store_has_commit_branch_and_time() {
    let sandbox = Sandbox::new();
    sandbox.init("store");
    store(&sandbox, "store");
    let commit = sandbox.commit("store", "First");
    sandbox.write("store/README.md", "changed, but no part of the store");
    let found = look(&sandbox, "store").expect("in git");
    assert_eq!(found.commit, commit);
    assert_eq!(found.short(), &commit[..7]);
    assert_eq!(found.branch.as_deref(), Some("main"));
    assert_eq!(
        found.time.to_string(),
        sandbox.git("store", &["log", "-1", "--format=%ct"])
    );
    assert_eq!(found.dirty, [""; 0]);
    sandbox.git("store", &["checkout", "--quiet", "--detach"]);
    assert_eq!(look(&sandbox, "store").expect("in git").branch, None);
}

#[test]
fn changed_new_and_deleted_files_make_a_store_dirty() {
    let sandbox = Sandbox::new();
    sandbox.init("store");
    store(&sandbox, "store");
    sandbox.commit("store", "First");
    sandbox.write("store/targets.yaml", "changed");
    sandbox.write("store/lessons/b/new.yaml", "new");
    std::fs::remove_file(sandbox.path("store/lessons/a/one.yaml")).expect("removed");
    let dirty = look(&sandbox, "store").expect("in git").dirty;
    assert_eq!(
        dirty,
        ["lessons/a/one.yaml", "lessons/b/new.yaml", "targets.yaml"]
    );
}

#[test]
fn line_endings_that_a_checkout_changed_are_no_difference() {
    let sandbox = Sandbox::new();
    sandbox.init("store");
    store(&sandbox, "store");
    sandbox.commit("store", "First");
    let file = "store/lessons/a/one.yaml";
    let text = String::from_utf8(sandbox.read(file)).expect("text");
    sandbox.write(file, text.replace('\n', "\r\n"));
    assert!(look(&sandbox, "store").expect("in git").is_clean());
}

#[test]
fn a_link_inside_the_store_is_as_clean_as_the_file_that_it_leads_to() {
    let sandbox = Sandbox::new();
    sandbox.init("store");
    store(&sandbox, "store");
    let link = sandbox.path("store/lessons/a/link.yaml");
    std::os::unix::fs::symlink("one.yaml", link).expect("a link");
    sandbox.commit("store", "First");
    assert!(look(&sandbox, "store").expect("in git").is_clean());
    sandbox.write("store/lessons/a/one.yaml", "changed");
    let dirty = look(&sandbox, "store").expect("in git").dirty;
    assert_eq!(dirty, ["lessons/a/one.yaml"]);
}

#[test]
fn a_store_in_a_folder_of_a_repository_is_found() {
    let sandbox = Sandbox::new();
    sandbox.init("mono");
    store(&sandbox, "mono/tools/store");
    store(&sandbox, "mono");
    sandbox.commit("mono", "First");
    sandbox.write("mono/targets.yaml", "another store's");
    sandbox.write("mono/tools/store/lessons/a/one.yaml", "changed");
    let dirty = look(&sandbox, "mono/tools/store").expect("in git").dirty;
    assert_eq!(dirty, ["lessons/a/one.yaml"]);
}

#[test]
fn a_store_outside_git_or_without_a_commit_has_no_place() {
    let sandbox = Sandbox::new();
    store(&sandbox, "store");
    assert_eq!(look(&sandbox, "store"), None);
    sandbox.init("store");
    assert_eq!(look(&sandbox, "store"), None);
}

#[test]
fn a_sha256_store_works() {
    let sandbox = Sandbox::new();
    sandbox.git(".", &["init", "--quiet", "--object-format=sha256", "store"]);
    store(&sandbox, "store");
    sandbox.commit("store", "First");
    assert!(look(&sandbox, "store").expect("in git").is_clean());
}
