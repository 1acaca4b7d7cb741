//! Whose commits are on our branch on GitHub: a person's content with our message is not our commit.

use super::{BRANCH, COPILOT, World};

/// A proposal whose commit a person replaced by another one with our message, force-pushed; then a lesson changes.
fn replaced(claude: impl FnOnce(&str) -> String, newer_base: bool) {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    if newer_base {
        shop.commit("main").write("src/new.py", "x = 1\n").push();
    }
    let message = shop.log(BRANCH)[0].clone();
    let files = [COPILOT, "CLAUDE.md"].map(|path| shop.text(BRANCH, path).unwrap());
    let theirs = shop
        .commit(BRANCH)
        .onto(&shop.head("main").unwrap())
        .by("dana")
        .message(&message)
        .write(COPILOT, &files[0])
        .write("CLAUDE.md", claude(&files[1]))
        .push();
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    assert_eq!(world.state(), "edited");
    let run = world.sync();
    assert_eq!(
        shop.head(BRANCH).as_deref(),
        Some(theirs.as_str()),
        "{}",
        run.stdout
    );
    assert_eq!(world.pulls()[0].comments.len(), 1);
    world.rests();
}

#[test]
fn an_amended_commit_on_github_is_a_persons() {
    replaced(|text| format!("{text}\nMy careful paragraph.\n"), false);
}

#[test]
fn a_rebased_commit_on_github_is_a_persons() {
    replaced(str::to_owned, true);
}

#[test]
fn our_commit_on_github_is_ours_in_a_clone_too() {
    let world = World::shop();
    world.sync();
    let git_dir = world.hub.repo("acme/shop").git_dir();
    let git_dir = git_dir.to_str().unwrap();
    world
        .sandbox
        .git(".", &["clone", "--quiet", "--mirror", git_dir, "clone.git"]);
    let local = lessonbook::repository::LocalRepository::open(&world.sandbox.path("clone.git"), "clone.git");
    let snapshot = local.unwrap().snapshot(None, "acme", &|_| false).unwrap();
    let branch = snapshot.branch.unwrap();
    assert!(branch.ours, "{:?}", branch.foreign);
}
