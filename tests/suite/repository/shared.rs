//! Repositories that a group shares: what we make there, colleagues can write to.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;

/// The mode of everything in a repository, by path.
fn modes(sandbox: &Sandbox, path: &str) -> BTreeMap<String, u32> {
    fn walk(folder: &Path, found: &mut BTreeMap<String, u32>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let mode = path.metadata().expect("a mode").permissions().mode() & 0o7777;
            found.insert(path.display().to_string(), mode);
            if path.is_dir() {
                walk(&path, found);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&sandbox.path(path), &mut found);
    found
}

/// Proposes, and gives the modes of what is new: folders, objects, other files.
fn made(sandbox: &Sandbox, path: &str) -> [BTreeSet<u32>; 3] {
    let before = modes(sandbox, path);
    created(&propose(sandbox, path, "CLAUDE.md", "# App\n\nLessons.\n"));
    let mut kinds = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    let new = modes(sandbox, path);
    for (path, mode) in new.into_iter().filter(|(path, _)| !before.contains_key(path)) {
        let kind = match () {
            () if Path::new(&path).is_dir() => 0,
            () if path.contains("/objects/") => 1,
            () => 2,
        };
        kinds[kind].insert(mode);
    }
    kinds
}

fn shared(value: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git(".", &["clone", "--quiet", "--bare", "app", "bare.git"]);
    sandbox.git("bare.git", &["config", "core.logAllRefUpdates", "true"]);
    sandbox.git("bare.git", &["config", "core.sharedRepository", value]);
    (sandbox, "bare.git".to_owned())
}

#[test]
fn folders_objects_references_and_logs_get_the_permissions_that_the_repository_asks_for() {
    // As git itself makes them, whatever the umask.
    for (value, folder, object, file) in [
        ("group", 0o2775, 0o444, 0o664),
        ("true", 0o2775, 0o444, 0o664),
        ("all", 0o2775, 0o444, 0o664),
        ("0660", 0o2770, 0o440, 0o660),
        ("0640", 0o2750, 0o440, 0o640),
        ("umask", 0o755, 0o444, 0o644),
    ] {
        let (sandbox, path) = shared(value);
        let [folders, objects, files] = made(&sandbox, &path);
        assert_eq!(folders, BTreeSet::from([folder]), "{value}: folders");
        assert_eq!(objects, BTreeSet::from([object]), "{value}: objects");
        assert_eq!(files, BTreeSet::from([file]), "{value}: references and logs");
        assert_eq!(sandbox.git(&path, &["fsck", "--strict", "--no-dangling"]), "");
    }
}

#[test]
fn a_deleted_branch_leaves_a_list_of_references_that_colleagues_can_write() {
    let (sandbox, path) = shared("group");
    created(&propose(&sandbox, &path, "CLAUDE.md", "# App\n\nLessons.\n"));
    sandbox.git(&path, &["pack-refs", "--all"]);
    let head = sandbox.git(&path, &["rev-parse", BRANCH]);
    let outcome = open(&sandbox, &path).remove_branch(BRANCH, &head);
    assert_eq!(outcome, Ok(WriteOutcome::Removed));
    let mode = modes(&sandbox, &path)[&sandbox.path("bare.git/packed-refs").display().to_string()];
    assert_eq!(mode & 0o660, 0o660, "{mode:o}");
}

#[test]
fn a_value_that_git_does_not_know_is_refused_before_anything_is_written() {
    let (sandbox, path) = shared("0066");
    let before = sandbox.files(&path);
    let snapshot = snapshot(&sandbox, &path);
    let edits = [edit(&snapshot, "CLAUDE.md", Some("new\n"))];
    let finding = try_propose(&sandbox, &path, &snapshot, &edits).expect_err("refused");
    assert_eq!(code(&finding), "repository-unwritable");
    assert!(finding.message.contains("core.sharedRepository"), "{finding:?}");
    assert!(sandbox.files(&path) == before, "something was written");
    let help = finding.help.expect("a way out");
    let command = &help[help.find("git config").expect("a command")..];
    assert_eq!(sandbox.shell(".", command).code, 0, "{help}");
    made(&sandbox, &path);
}

#[test]
fn a_broken_object_that_was_there_already_stops_the_branch() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.write("new", "new\n");
    let blob = sandbox.git("app", &["hash-object", "-w", "../new"]);
    let file = sandbox.path(&format!("app/.git/objects/{}/{}", &blob[..2], &blob[2..]));
    std::fs::remove_file(&file).expect("removed");
    std::fs::write(&file, "").expect("emptied, as by a power cut");
    let snapshot = snapshot(&sandbox, "app");
    let edits = [edit(&snapshot, "CLAUDE.md", Some("new\n"))];
    let finding = try_propose(&sandbox, "app", &snapshot, &edits).expect_err("refused");
    assert_eq!(code(&finding), "repository-unreadable");
    assert!(
        !sandbox
            .try_git("app", &["rev-parse", "--verify", BRANCH])
            .status
            .success()
    );
}
