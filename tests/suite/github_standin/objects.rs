//! Blobs, trees, commits, contents.

use serde_json::json;

use super::client::{Client, shop};
use super::github::Github;

#[test]
fn a_tree_is_made_on_another_one_with_modes_content_and_deletions() {
    let (hub, client, _) = shop();
    hub.repo("acme/shop")
        .commit("main")
        .write("old.md", "old")
        .write("docs/a.md", "a")
        .push();
    let base = client.get("/repos/acme/shop/git/trees/main").json["sha"].clone();
    let blob = client.post(
        "/repos/acme/shop/git/blobs",
        &json!({ "content": "aGk=", "encoding": "base64" }),
    );
    let tree = json!([
        { "path": "old.md", "mode": "100644", "type": "blob", "sha": null },
        { "path": "bin/run", "mode": "100755", "type": "blob", "content": "#!/bin/sh\n" },
        { "path": "docs/b.md", "mode": "100644", "type": "blob", "sha": blob.json["sha"] },
    ]);
    let made = client.post(
        "/repos/acme/shop/git/trees",
        &json!({ "base_tree": base, "tree": tree }),
    );
    assert_eq!(made.status, 201);
    let listed = client.get(&format!(
        "/repos/acme/shop/git/trees/{}?recursive=1",
        made.json["sha"].as_str().unwrap()
    ));
    let lines: Vec<String> = listed.json["tree"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["mode"].as_str().unwrap(),
                entry["type"].as_str().unwrap(),
                entry["path"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "100644 blob README.md",
            "040000 tree bin",
            "100755 blob bin/run",
            "040000 tree docs",
            "100644 blob docs/a.md",
            "100644 blob docs/b.md",
        ]
    );
    assert_eq!(listed.json["truncated"], false);
}

#[test]
fn deleting_a_path_that_is_not_there_is_refused() {
    let (_hub, client, first) = shop();
    let entry = json!({ "path": "missing.md", "mode": "100644", "type": "blob", "sha": null });
    let reply = client.post(
        "/repos/acme/shop/git/trees",
        &json!({ "base_tree": first, "tree": [entry] }),
    );
    assert_eq!(reply.refused(), (422, "GitRPC::BadObjectState"));
}

#[test]
fn a_tree_wants_a_known_base_and_either_an_id_or_content() {
    let (_hub, client, first) = shop();
    let post = |body| {
        client
            .post("/repos/acme/shop/git/trees", &body)
            .message()
            .to_owned()
    };
    let unknown = "1".repeat(40);
    assert_eq!(
        post(json!({ "base_tree": unknown, "tree": [] })),
        "base_tree is not a valid tree oid"
    );
    let neither = json!({ "path": "a", "mode": "100644", "type": "blob" });
    assert!(
        post(json!({ "base_tree": first, "tree": [neither] }))
            .starts_with("Must supply either tree.sha or tree.content")
    );
}

#[test]
fn objects_are_in_a_real_repository_that_git_reads() {
    let (hub, client, first) = shop();
    let commit = client.commit("acme/shop", &first, "docs/new.md", "new\n");
    client.create_ref("acme/shop", "topic", &commit);
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git")
            .arg("--git-dir")
            .arg(hub.repo("acme/shop").git_dir())
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    git(&["fsck", "--strict"]);
    assert_eq!(git(&["show", "topic:docs/new.md"]), "new\n");
    assert_eq!(git(&["rev-parse", "HEAD"]).trim(), first);
    hub.repo("acme/shop").delete_branch("topic", "dana");
    client.create_ref("acme/shop", "topic/two", &commit);
    assert_eq!(git(&["branch", "--list"]), "* main\n  topic/two\n");
}

#[test]
fn a_long_listing_is_cut_and_marked_as_truncated() {
    let (hub, client, _) = shop();
    hub.repo("acme/shop")
        .commit("main")
        .write("a/1", "")
        .write("a/2", "")
        .write("b", "")
        .push();
    hub.most_entries(2);
    let reply = client.get("/repos/acme/shop/git/trees/main?recursive=1");
    assert_eq!(
        (
            reply.json["tree"].as_array().unwrap().len(),
            &reply.json["truncated"]
        ),
        (2, &json!(true))
    );
    assert_eq!(
        client.get("/repos/acme/shop/git/trees/main").json["truncated"],
        false
    );
}

#[test]
fn a_blob_comes_as_base64_or_as_its_bytes() {
    let (hub, client, _) = shop();
    hub.repo("acme/shop")
        .commit("main")
        .write("bom.md", "\u{feff}one\r\n")
        .push();
    let tree = client.get("/repos/acme/shop/git/trees/main");
    let oid = tree.json["tree"][1]["sha"].as_str().unwrap();
    let path = format!("/repos/acme/shop/git/blobs/{oid}");
    assert_eq!(client.get(&path).json["content"], "77u/b25lDQo=\n");
    let raw = client.get_with(&path, ("accept", "application/vnd.github.raw+json"));
    assert_eq!(raw.text.as_bytes(), "\u{feff}one\r\n".as_bytes());
    assert_eq!(
        client
            .get("/repos/acme/shop/git/blobs/1111111111111111111111111111111111111111")
            .status,
        404
    );
}

#[test]
fn contents_show_a_file_a_folder_and_the_file_behind_a_link() {
    let hub = Github::start();
    hub.repository("acme/shop")
        .file("docs/a.md", "a\n")
        .file_with("link.md", "120000", "docs/a.md")
        .create();
    let client = Client::new(&hub, &hub.token());
    let names = |reply: super::client::Reply| {
        reply
            .json
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["path"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        client.get("/repos/acme/shop/contents/docs/a.md").json["content"],
        "YQo=\n"
    );
    assert_eq!(
        client.get("/repos/acme/shop/contents/link.md?ref=main").json["content"],
        "YQo=\n"
    );
    assert_eq!(names(client.get("/repos/acme/shop/contents/docs")), ["docs/a.md"]);
    assert_eq!(client.get("/repos/acme/shop/contents/none.md").status, 404);
}

#[test]
fn an_empty_repository_has_no_objects_at_all() {
    let hub = Github::start();
    hub.repository("acme/new").empty().create();
    let client = Client::new(&hub, &hub.token());
    let blob = client.post("/repos/acme/new/git/blobs", &json!({ "content": "x" }));
    assert_eq!(blob.refused(), (409, "Git Repository is empty."));
    assert_eq!(client.get("/repos/acme/new/git/ref/heads/main").status, 409);
    let unknown = "1".repeat(40);
    assert_eq!(client.create_ref("acme/new", "x", &unknown).status, 409);
}

#[test]
fn commits_are_compared() {
    let (hub, client, first) = shop();
    let ours = client.commit("acme/shop", &first, "CLAUDE.md", "x\n");
    client.create_ref("acme/shop", "lessonbook/acme", &ours);
    hub.repo("acme/shop").commit("main").write("b.md", "b").push();
    let reply = client.get("/repos/acme/shop/compare/main...lessonbook/acme");
    assert_eq!(
        (
            reply.json["status"].as_str(),
            reply.json["ahead_by"].as_u64(),
            reply.json["behind_by"].as_u64()
        ),
        (Some("diverged"), Some(1), Some(1))
    );
    assert_eq!(reply.json["files"][0]["filename"], "CLAUDE.md");
    assert_eq!(reply.json["merge_base_commit"]["sha"], first.as_str());
}
