//! Pull requests: opened, closed by moves, merged, reopened or not; labels, reviewers, comments, issues.

use serde_json::{Value, json};

use super::client::{Client, shop};
use super::github::{Github, How, Protection};

#[test]
fn a_second_pull_request_from_a_branch_is_refused_with_the_known_words() {
    let (_hub, client, first) = shop();
    client.propose("acme/shop", &first);
    let again = client.open_pull("acme/shop", "acme:lessonbook/acme", "main");
    assert_eq!(
        again.refused(),
        (422, "A pull request already exists for acme:lessonbook/acme.")
    );
    assert_eq!(again.json["errors"][0]["code"], "custom");
}

#[test]
fn a_pull_request_needs_commits_a_head_a_base_and_a_title_that_fits() {
    let (_hub, client, first) = shop();
    client.create_ref("acme/shop", "same", &first);
    assert_eq!(
        client.open_pull("acme/shop", "same", "main").refused(),
        (422, "No commits between main and same")
    );
    let reply = client.open_pull("acme/shop", "none", "main");
    assert_eq!(
        (
            &reply.json["errors"][0]["field"],
            &reply.json["errors"][0]["code"]
        ),
        (&json!("head"), &json!("invalid"))
    );
    assert_eq!(
        client.open_pull("acme/shop", "same", "none").json["errors"][0]["field"],
        "base"
    );
    let long = |title: usize, body: usize| {
        let body =
            json!({ "title": "t".repeat(title), "body": "b".repeat(body), "head": "same", "base": "main" });
        client.post("/repos/acme/shop/pulls", &body).message().to_owned()
    };
    assert_eq!(long(257, 0), "title is too long (maximum is 256 characters)");
    assert_eq!(
        long(256, 65_537),
        "body is too long (maximum is 65536 characters)"
    );
    assert_eq!(long(256, 65_536), "No commits between main and same");
}

#[test]
fn pull_requests_are_found_by_owner_and_branch_and_without_the_owner_all_are() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    hub.repo("acme/shop").commit("other").write("b", "b").push();
    hub.repo("acme/shop").open_pull("dana", "other", "main", "Other");
    let count = |query: &str| {
        client
            .get(&format!("/repos/acme/shop/pulls?{query}"))
            .json
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count("head=acme:lessonbook/acme&state=all"), 1);
    assert_eq!(count("head=acme:none&state=all"), 0);
    assert_eq!(
        count("head=lessonbook/acme"),
        2,
        "GitHub takes no notice of the filter"
    );
    assert_eq!(count("state=closed"), 0);
}

#[test]
fn a_branch_that_is_reset_to_its_base_closes_the_pull_request_for_good() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    client.move_ref("acme/shop", "lessonbook/acme", &first, true);
    let shop = hub.repo("acme/shop");
    assert_eq!(shop.pull(1).state, "CLOSED");
    assert_eq!(hub.closed_by_move(), [("acme/shop".to_owned(), 1)]);
    let next = client.commit("acme/shop", &first, "CLAUDE.md", "other\n");
    client.move_ref("acme/shop", "lessonbook/acme", &next, false);
    let reply = client.patch("/repos/acme/shop/pulls/1", &json!({ "state": "open" }));
    assert_eq!(
        reply.refused(),
        (
            422,
            "state cannot be changed. The lessonbook/acme branch was force-pushed or recreated."
        )
    );
    assert_eq!(reply.json["errors"][0]["field"], "state");
}

#[test]
fn one_forced_move_to_a_commit_on_the_new_base_keeps_the_pull_request_open() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    let base = hub.repo("acme/shop").commit("main").write("b", "b").push();
    let next = client.commit("acme/shop", &base, "CLAUDE.md", "other\n");
    client.move_ref("acme/shop", "lessonbook/acme", &next, true);
    let pull = hub.repo("acme/shop").pull(1);
    assert_eq!((pull.state, pull.head_oid), ("OPEN", next));
    assert_eq!(hub.closed_by_move(), []);
}

#[test]
fn a_closed_pull_request_can_be_reopened_unless_its_branch_was_rewritten() {
    let (hub, client, first) = shop();
    let head = client.propose("acme/shop", &first);
    let set = |state: &str| client.patch("/repos/acme/shop/pulls/1", &json!({ "state": state }));
    assert_eq!(set("closed").json["state"], "closed");
    let next = client.commit("acme/shop", &head, "CLAUDE.md", "more\n");
    client.move_ref("acme/shop", "lessonbook/acme", &next, false);
    let reply = set("open");
    assert_eq!(
        (reply.json["state"].as_str(), reply.json["head"]["sha"].as_str()),
        (Some("open"), Some(next.as_str()))
    );
    client.delete("/repos/acme/shop/git/refs/heads/lessonbook/acme");
    assert_eq!(hub.repo("acme/shop").pull(1).state, "CLOSED");
    assert_eq!(
        set("open").message(),
        "state cannot be changed. The lessonbook/acme branch has been deleted."
    );
    client.create_ref("acme/shop", "lessonbook/acme", &next);
    client.open_pull("acme/shop", "lessonbook/acme", "main");
    assert_eq!(
        set("open").message(),
        "state cannot be changed. There is already an open pull request from lessonbook/acme to main."
    );
}

#[test]
fn a_push_to_the_base_that_holds_the_head_marks_it_merged() {
    let (hub, client, first) = shop();
    let head = client.propose("acme/shop", &first);
    let shop = hub.repo("acme/shop");
    shop.commit("main").onto(&head).write("b", "b").push();
    assert_eq!(shop.pull(1).state, "MERGED");
    assert_eq!(client.get("/repos/acme/shop/pulls/1").json["merged"], true);
}

#[test]
fn people_merge_by_a_merge_commit_or_by_squashing() {
    for how in [How::Merge, How::Squash] {
        let (hub, client, first) = shop();
        let head = client.propose("acme/shop", &first);
        let shop = hub.repo("acme/shop");
        shop.commit("main").write("b", "b").push();
        shop.merge(1, "dana", how);
        assert_eq!(shop.pull(1).state, "MERGED");
        assert_eq!(shop.text("main", "CLAUDE.md").as_deref(), Some("lessons\n"));
        assert_eq!(shop.text("main", "b").as_deref(), Some("b"));
        let holds = client
            .get(&format!("/repos/acme/shop/compare/main...{head}"))
            .json["ahead_by"]
            == 0;
        assert_eq!(holds, how == How::Merge);
        assert_eq!(hub.closed_by_move(), []);
    }
}

#[test]
fn a_merged_branch_is_deleted_if_the_repository_is_set_to_do_so() {
    let hub = Github::start();
    let first = hub.repository("acme/tidy").delete_merged().create();
    let client = Client::new(&hub, &hub.token());
    client.propose("acme/tidy", &first);
    hub.repo("acme/tidy").merge(1, "dana", How::Squash);
    assert_eq!(
        hub.repo("acme/tidy").branches().keys().collect::<Vec<_>>(),
        ["main"]
    );
}

#[test]
fn a_forced_push_disarms_auto_merge_and_a_plain_one_dismisses_approvals_only_where_asked_for() {
    let (hub, client, first) = shop();
    let head = client.propose("acme/shop", &first);
    let shop = hub.repo("acme/shop");
    shop.auto_merge(1, "dana");
    shop.approve(1, "dana");
    let next = client.commit("acme/shop", &head, "CLAUDE.md", "more\n");
    client.move_ref("acme/shop", "lessonbook/acme", &next, false);
    assert_eq!((shop.pull(1).auto_merge, shop.pull(1).approvals), (true, 1));
    shop.protect(
        "main",
        Protection {
            dismiss_stale: true,
            ..Protection::default()
        },
    );
    let other = client.commit("acme/shop", &first, "CLAUDE.md", "other\n");
    client.move_ref("acme/shop", "lessonbook/acme", &other, true);
    assert_eq!((shop.pull(1).auto_merge, shop.pull(1).approvals), (false, 0));
}

#[test]
fn title_and_text_are_rewritten() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    client.patch(
        "/repos/acme/shop/pulls/1",
        &json!({ "title": "Better", "body": "Because" }),
    );
    let pull = hub.repo("acme/shop").pull(1);
    assert_eq!((pull.title.as_str(), pull.body.as_str()), ("Better", "Because"));
}

#[test]
fn an_unknown_label_is_created_and_a_label_is_removed_once() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    let labels = "/repos/acme/shop/issues/1/labels";
    assert_eq!(
        client.post(labels, &json!({ "labels": ["guardrails"] })).json[0]["name"],
        "guardrails"
    );
    assert_eq!(client.delete(&format!("{labels}/guardrails")).json, json!([]));
    assert_eq!(
        client.delete(&format!("{labels}/guardrails")).refused(),
        (404, "Label does not exist")
    );
    let long = client.post(labels, &json!({ "labels": ["x".repeat(51)] }));
    assert_eq!(
        long.refused(),
        (422, "name is too long (maximum is 50 characters)")
    );
    assert_eq!(hub.repo("acme/shop").pull(1).labels, Vec::<String>::new());
}

#[test]
fn reviewers_must_be_collaborators_and_not_the_author() {
    let (hub, client, first) = shop();
    hub.user("eve");
    hub.team("acme", "sre");
    client.propose("acme/shop", &first);
    let ask = |body: Value| client.post("/repos/acme/shop/pulls/1/requested_reviewers", &body);
    assert!(
        ask(json!({ "reviewers": ["eve"] }))
            .message()
            .starts_with("Reviews may only be requested from collaborators.")
    );
    assert_eq!(ask(json!({ "reviewers": [super::github::ROBOT] })).status, 422);
    assert_eq!(ask(json!({ "team_reviewers": ["none"] })).status, 422);
    assert_eq!(
        ask(json!({ "reviewers": ["dana"], "team_reviewers": ["sre"] })).status,
        201
    );
    client.post(
        "/repos/acme/shop/issues/1/assignees",
        &json!({ "assignees": ["dana", "eve"] }),
    );
    let pull = hub.repo("acme/shop").pull(1);
    assert_eq!(
        (pull.reviewers, pull.teams, pull.assignees),
        (
            vec!["dana".to_owned()],
            vec!["sre".to_owned()],
            vec!["dana".to_owned()]
        )
    );
}

#[test]
fn comments_are_made_listed_and_edited() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    hub.repo("acme/shop").comment(1, "dana", "why?");
    let made = client.post(
        "/repos/acme/shop/issues/1/comments",
        &json!({ "body": "because" }),
    );
    client.patch(
        &format!("/repos/acme/shop/issues/comments/{}", made.json["id"]),
        &json!({ "body": "see above" }),
    );
    let listed = client.get("/repos/acme/shop/issues/1/comments").json;
    assert_eq!(
        (&listed[0]["body"], &listed[1]["body"]),
        (&json!("why?"), &json!("see above"))
    );
    let long = client.post(
        "/repos/acme/shop/issues/1/comments",
        &json!({ "body": "x".repeat(65_537) }),
    );
    assert_eq!(long.status, 422);
}

#[test]
fn issues_are_opened_edited_listed_and_closed() {
    let (_hub, client, _) = shop();
    let made = client.post(
        "/repos/acme/shop/issues",
        &json!({ "title": "Dashboard", "body": "1", "labels": ["lessonbook"] }),
    );
    assert_eq!(made.json["number"], 1);
    client.patch("/repos/acme/shop/issues/1", &json!({ "body": "2" }));
    let listed = client
        .get("/repos/acme/shop/issues?labels=lessonbook&state=all")
        .json;
    assert_eq!(listed[0]["body"], "2");
    client.patch("/repos/acme/shop/issues/1", &json!({ "state": "closed" }));
    assert_eq!(client.get("/repos/acme/shop/issues").json, json!([]));
}
