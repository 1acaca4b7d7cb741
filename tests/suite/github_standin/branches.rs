//! Refs, and the rules that forbid to move them.

use serde_json::json;

use super::client::{Client, shop};
use super::github::{Github, Protection, Role, Rule};

#[test]
fn a_ref_is_made_moved_and_deleted() {
    let (hub, client, first) = shop();
    let one = client.commit("acme/shop", &first, "a", "1");
    let two = client.commit("acme/shop", &one, "a", "2");
    assert_eq!(
        client.create_ref("acme/shop", "lessonbook/acme", &one).json["object"]["sha"],
        one.as_str()
    );
    assert_eq!(
        client
            .move_ref("acme/shop", "lessonbook/acme", &two, false)
            .status,
        200
    );
    assert_eq!(
        client.get("/repos/acme/shop/git/ref/heads/lessonbook/acme").json["object"]["sha"],
        two.as_str()
    );
    assert_eq!(
        client
            .get("/repos/acme/shop/git/matching-refs/heads/lessonbook")
            .json
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        client
            .delete("/repos/acme/shop/git/refs/heads/lessonbook/acme")
            .status,
        204
    );
    assert_eq!(
        client
            .get("/repos/acme/shop/git/ref/heads/lessonbook/acme")
            .status,
        404
    );
    assert_eq!(hub.moves().len(), 3);
}

#[test]
fn a_ref_that_exists_is_not_made_and_one_that_does_not_is_not_moved() {
    let (_hub, client, first) = shop();
    assert_eq!(
        client.create_ref("acme/shop", "main", &first).refused(),
        (422, "Reference already exists")
    );
    assert_eq!(
        client.move_ref("acme/shop", "none", &first, true).refused(),
        (422, "Reference does not exist")
    );
    assert_eq!(
        client.delete("/repos/acme/shop/git/refs/heads/none").refused(),
        (422, "Reference does not exist")
    );
    let unknown = "1".repeat(40);
    assert_eq!(
        client.create_ref("acme/shop", "x", &unknown).refused(),
        (422, "Object does not exist")
    );
    assert_eq!(
        client.create_ref("acme/shop", "main/x", &first).refused(),
        (422, "Reference update failed")
    );
}

#[test]
fn a_move_that_leaves_commits_behind_must_be_forced() {
    let (hub, client, first) = shop();
    let one = client.commit("acme/shop", &first, "a", "1");
    let other = client.commit("acme/shop", &first, "a", "2");
    client.create_ref("acme/shop", "x", &one);
    assert_eq!(
        client.move_ref("acme/shop", "x", &other, false).refused(),
        (422, "Update is not a fast forward")
    );
    assert_eq!(client.move_ref("acme/shop", "x", &other, true).status, 200);
    assert!(hub.moves().last().unwrap().forced);
    assert_eq!(hub.lost_commits(), []);
}

#[test]
fn a_persons_commit_left_behind_by_the_program_is_noticed() {
    let (hub, client, first) = shop();
    let one = client.commit("acme/shop", &first, "a", "1");
    client.create_ref("acme/shop", "x", &one);
    let theirs = hub
        .repo("acme/shop")
        .commit("x")
        .by("dana")
        .write("b", "mine")
        .push();
    client.move_ref("acme/shop", "x", &one, true);
    assert_eq!(hub.lost_commits(), [("acme/shop".to_owned(), theirs)]);
}

#[test]
fn an_archived_repository_is_read_only() {
    let hub = Github::start();
    let first = hub.repository("acme/old").archived().create();
    let client = Client::new(&hub, &hub.token());
    assert_eq!(
        client.create_ref("acme/old", "x", &first).refused(),
        (403, "Repository was archived so is read-only.")
    );
    assert_eq!(client.get("/repos/acme/old").json["archived"], true);
}

#[test]
fn a_protected_branch_is_not_pushed_to_and_its_rule_is_named() {
    let (hub, client, first) = shop();
    let shop = hub.repo("acme/shop");
    shop.protect(
        "main",
        Protection {
            approvals: Some(1),
            ..Protection::default()
        },
    );
    shop.role(super::github::ROBOT, Role::Admin);
    let one = client.commit("acme/shop", &first, "a", "1");
    assert_eq!(
        client.move_ref("acme/shop", "main", &one, false).status,
        200,
        "administrators are free"
    );
    shop.role(super::github::ROBOT, Role::Write);
    let two = client.commit("acme/shop", &one, "a", "2");
    assert_eq!(
        client.move_ref("acme/shop", "main", &two, false).refused(),
        (422, "Changes must be made through a pull request.")
    );
    assert_eq!(
        client.get("/repos/acme/shop/branches/main/protection").status,
        404,
        "asked without being an administrator"
    );
    shop.role(super::github::ROBOT, Role::Admin);
    let protection = client.get("/repos/acme/shop/branches/main/protection").json;
    assert_eq!(
        protection["required_pull_request_reviews"]["required_approving_review_count"],
        1
    );
    shop.unprotect();
    assert_eq!(
        client.get("/repos/acme/shop/branches/main/protection").refused(),
        (404, "Branch not protected")
    );
}

#[test]
fn rulesets_bind_any_branch_also_our_own_and_are_listed() {
    let (hub, client, first) = shop();
    let shop = hub.repo("acme/shop");
    let one = client.commit("acme/shop", &first, "a", "1");
    client.create_ref("acme/shop", "lessonbook/acme", &one);
    shop.ruleset(
        "ours",
        &["refs/heads/lessonbook/**"],
        &[Rule::PullRequest { approvals: 1 }, Rule::NonFastForward],
    );
    let two = client.commit("acme/shop", &one, "a", "2");
    let reply = client.move_ref("acme/shop", "lessonbook/acme", &two, false);
    assert_eq!(
        reply.refused(),
        (
            422,
            "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
        )
    );
    let rules = client
        .get("/repos/acme/shop/rules/branches/lessonbook%2Facme")
        .json;
    assert_eq!(
        (&rules[0]["type"], &rules[1]["type"]),
        (&json!("pull_request"), &json!("non_fast_forward"))
    );
    assert_eq!(client.get("/repos/acme/shop/rules/branches/main").json, json!([]));
}

#[test]
fn a_rule_for_names_keeps_branches_out_and_a_bypass_lets_them_in() {
    let hub = Github::start();
    let rule = [Rule::BranchName {
        starts_with: "feature/".to_owned(),
    }];
    let first = hub
        .repository("acme/strict")
        .ruleset("names", &["~ALL"], &rule)
        .create();
    let free = hub
        .repository("acme/free")
        .ruleset("names", &["~ALL"], &rule)
        .bypass(super::github::ROBOT)
        .create();
    let client = Client::new(&hub, &hub.token());
    let reply = client.create_ref("acme/strict", "lessonbook/acme", &first);
    assert!(
        reply.status == 422 && reply.message().starts_with("Repository rule violations found"),
        "{}",
        reply.text
    );
    assert_eq!(client.create_ref("acme/strict", "feature/x", &first).status, 201);
    assert_eq!(
        client.create_ref("acme/free", "lessonbook/acme", &free).status,
        201
    );
}

#[test]
fn rules_for_paths_creation_update_and_deletion_hold() {
    let (hub, client, first) = shop();
    let shop = hub.repo("acme/shop");
    client.create_ref("acme/shop", "old", &first);
    shop.ruleset("all", &["~ALL"], &[Rule::Creation, Rule::Update, Rule::Deletion]);
    let one = client.commit("acme/shop", &first, ".github/x.md", "1");
    assert_eq!(client.create_ref("acme/shop", "new", &one).status, 422);
    assert_eq!(client.move_ref("acme/shop", "old", &one, false).status, 422);
    assert_eq!(client.delete("/repos/acme/shop/git/refs/heads/old").status, 422);
    shop.unprotect();
    shop.ruleset(
        "paths",
        &["~ALL"],
        &[Rule::FilePath {
            starts_with: ".github/".to_owned(),
        }],
    );
    assert_eq!(client.create_ref("acme/shop", "new", &one).status, 422);
    let two = client.commit("acme/shop", &first, "CLAUDE.md", "1");
    assert_eq!(client.create_ref("acme/shop", "new", &two).status, 201);
}

#[test]
fn workflows_need_a_permission_of_their_own() {
    let (hub, _client, first) = shop();
    let client = Client::new(&hub, &hub.classic(super::github::ROBOT, &["repo"]));
    let commit = client.commit("acme/shop", &first, ".github/workflows/ci.yml", "on: push\n");
    let reply = client.create_ref("acme/shop", "x", &commit);
    assert!(
        reply.status == 422 && reply.message().contains("without `workflow` scope"),
        "{}",
        reply.text
    );
    let other = client.commit(
        "acme/shop",
        &first,
        ".github/instructions/a.instructions.md",
        "x\n",
    );
    assert_eq!(client.create_ref("acme/shop", "x", &other).status, 201);
}
