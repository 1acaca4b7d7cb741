//! GraphQL: checked queries, partial answers, texts that are not bytes, moves of refs.

use serde_json::{Value, json};

use super::client::{Client, shop};
use super::github::{Github, Protection, Role};

/// The query of a nightly run for each repository.
const STATE: &str = r#"
fragment state on Repository {
  id nameWithOwner isArchived isDisabled isEmpty isFork visibility viewerPermission
  repositoryTopics(first: 20) { nodes { topic { name } } }
  defaultBranchRef { name target { ... on Commit { oid tree { oid } committedDate } } }
  f0: object(expression: "HEAD:CLAUDE.md") { ... on Blob { oid byteSize isBinary isTruncated text } }
  d0: object(expression: "HEAD:.github") { ... on Tree { oid entries { name path mode type oid } } }
  ours: ref(qualifiedName: "refs/heads/lessonbook/acme") {
    target { ... on Commit { oid tree { oid } message parents(first: 2) { nodes { oid } } history(first: 5) { totalCount } author { user { login } } } }
  }
  pullRequests(headRefName: "lessonbook/acme", first: 5, orderBy: { field: CREATED_AT, direction: DESC }) {
    nodes {
      id number url state isDraft title body baseRefName headRefOid mergeable mergeStateStatus reviewDecision createdAt closedAt mergedAt
      labels(first: 20) { nodes { name } }
      autoMergeRequest { enabledAt } mergeQueueEntry { position }
      latestOpinionatedReviews(first: 10) { nodes { state author { login } } }
      commits(last: 50) { nodes { commit { oid author { user { login } } } } }
      comments(last: 50) { nodes { id body author { login } } }
      timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { createdAt actor { login } } } }
    }
  }
}"#;

fn state(client: &Client, names: &[&str]) -> Value {
    let aliases: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let (owner, name) = name.split_once('/').expect("owner/name");
            format!("r{place}: repository(owner: \"{owner}\", name: \"{name}\") {{ ...state }}")
        })
        .collect();
    let query = format!(
        "{STATE} query {{ rateLimit {{ cost remaining }} {} }}",
        aliases.join(" ")
    );
    client.query(&query, &json!({}))
}

#[test]
fn one_query_reads_everything_about_a_repository() {
    let hub = Github::start();
    let first = hub
        .repository("acme/shop")
        .private()
        .topics(&["flask"])
        .file("CLAUDE.md", "Be kind.\n")
        .file(".github/x.md", "x")
        .create();
    let client = Client::new(&hub, &hub.token());
    let head = client.propose("acme/shop", &first);
    hub.repo("acme/shop").label(1, "dana", "lessonbook:hold");
    hub.repo("acme/shop").close(1, "dana");
    let answer = state(&client, &["acme/shop"]);
    assert_eq!(answer["errors"], Value::Null);
    assert_eq!(answer["data"]["rateLimit"]["cost"], 1);
    let shop = &answer["data"]["r0"];
    assert_eq!(shop["visibility"], "PRIVATE");
    assert_eq!(shop["viewerPermission"], "WRITE");
    assert_eq!(shop["repositoryTopics"]["nodes"][0]["topic"]["name"], "flask");
    assert_eq!(shop["defaultBranchRef"]["target"]["oid"], first.as_str());
    assert_eq!(shop["f0"]["text"], "Be kind.\n");
    assert_eq!(shop["d0"]["entries"][0]["name"], "x.md");
    assert_eq!(shop["d0"]["entries"][0]["mode"], 0o100_644);
    assert_eq!(shop["ours"]["target"]["oid"], head.as_str());
    assert_eq!(
        shop["ours"]["target"]["author"]["user"]["login"],
        "lessonbook-bot"
    );
    let pull = &shop["pullRequests"]["nodes"][0];
    assert_eq!(pull["state"], "CLOSED");
    assert_eq!(pull["labels"]["nodes"][0]["name"], "lessonbook:hold");
    assert_eq!(pull["timelineItems"]["nodes"][0]["actor"]["login"], "dana");
    assert_eq!(pull["commits"]["nodes"].as_array().unwrap().len(), 1);
}

#[test]
fn a_missing_repository_does_not_fail_the_others() {
    let (hub, client, _) = shop();
    hub.repository("acme/secret")
        .private()
        .role(super::github::ROBOT, Role::None)
        .create();
    let answer = state(&client, &["acme/none", "acme/shop", "acme/secret"]);
    assert_eq!(answer["data"]["r0"], Value::Null);
    assert_eq!(answer["data"]["r1"]["nameWithOwner"], "acme/shop");
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["type"], &error["path"]),
        (&json!("NOT_FOUND"), &json!(["r0"]))
    );
    assert_eq!(
        error["message"],
        "Could not resolve to a Repository with the name 'acme/none'."
    );
    assert_eq!(answer["errors"][1]["path"], json!(["r2"]));
}

#[test]
fn a_text_lacks_its_bom_and_there_is_none_for_what_is_not_text() {
    let hub = Github::start();
    let bytes: [(&str, &[u8]); 3] = [
        ("CLAUDE.md", b"\xef\xbb\xbfone\r\n"),
        ("bad.md", b"caf\xe9"),
        ("nul.md", b"a\0b"),
    ];
    let mut new = hub.repository("acme/shop");
    for (path, bytes) in bytes {
        new = new.file(path, bytes);
    }
    new.create();
    let client = Client::new(&hub, &hub.token());
    let ask = |path: &str| {
        let query = format!(
            "{{ repository(owner: \"acme\", name: \"shop\") {{ object(expression: \"HEAD:{path}\") {{ ... on Blob {{ text byteSize isBinary isTruncated }} }} }} }}"
        );
        client.query(&query, &json!({}))["data"]["repository"]["object"].clone()
    };
    assert_eq!(
        ask("CLAUDE.md"),
        json!({ "text": "one\r\n", "byteSize": 8, "isBinary": false, "isTruncated": false })
    );
    assert_eq!(ask("bad.md")["text"], Value::Null);
    assert_eq!(ask("nul.md")["isBinary"], true);
    assert_eq!(ask("none.md"), Value::Null);
    hub.most_text(2);
    assert_eq!(ask("CLAUDE.md")["text"], "on");
    assert_eq!(ask("CLAUDE.md")["isTruncated"], true);
}

#[test]
fn an_empty_repository_has_no_default_branch() {
    let hub = Github::start();
    hub.repository("acme/new").empty().create();
    let client = Client::new(&hub, &hub.token());
    let new = &state(&client, &["acme/new"])["data"]["r0"];
    assert_eq!(
        (&new["isEmpty"], &new["defaultBranchRef"], &new["f0"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
}

#[test]
fn repositories_of_an_owner_are_listed_in_pages() {
    let hub = Github::start();
    for number in 0..3 {
        hub.repository(&format!("acme/r{number}")).create();
    }
    let client = Client::new(&hub, &hub.token());
    let query =
        "query($after: String) { organization(login: \"acme\") { repositories(first: 2, after: $after) {
        totalCount nodes { name } pageInfo { hasNextPage endCursor } } } }";
    let page = |after: Value| {
        client.query(query, &json!({ "after": after }))["data"]["organization"]["repositories"].clone()
    };
    let first = page(Value::Null);
    assert_eq!(
        (&first["totalCount"], &first["pageInfo"]["hasNextPage"]),
        (&json!(3), &json!(true))
    );
    let second = page(first["pageInfo"]["endCursor"].clone());
    assert_eq!(
        (&second["nodes"], &second["pageInfo"]["hasNextPage"]),
        (&json!([{ "name": "r2" }]), &json!(false))
    );
    let missing = client.query("{ organization(login: \"none\") { id } }", &json!({}));
    assert_eq!(missing["errors"][0]["type"], "NOT_FOUND");
}

#[test]
fn a_list_wants_a_bound_of_at_most_a_hundred() {
    let (_hub, client, _) = shop();
    let ask = |arguments: &str| {
        client.query(&format!("{{ repository(owner: \"acme\", name: \"shop\") {{ pullRequests{arguments} {{ nodes {{ id }} }} }} }}"), &json!({}))
    };
    assert_eq!(ask("")["errors"][0]["type"], "MISSING_PAGINATION_BOUNDARIES");
    assert_eq!(ask("(first: 101)")["errors"][0]["type"], "EXCESSIVE_PAGINATION");
    assert_eq!(ask("(first: 100)")["errors"], Value::Null);
}

#[test]
fn renamed_repositories_are_followed_and_nodes_found_by_id() {
    let (hub, client, _) = shop();
    hub.repo("acme/shop").rename("acme/store");
    assert_eq!(
        state(&client, &["acme/shop"])["data"]["r0"]["nameWithOwner"],
        "acme/store"
    );
    let strict = client.query(
        "{ repository(owner: \"acme\", name: \"shop\", followRenames: false) { id } }",
        &json!({}),
    );
    assert_eq!(strict["errors"][0]["type"], "NOT_FOUND");
    let ids = json!({ "ids": [hub.repo("acme/store").node_id(), "R_999999"] });
    let nodes = client.query(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { name } } }",
        &ids,
    );
    assert_eq!(nodes["data"]["nodes"], json!([{ "name": "store" }, null]));
    assert_eq!(nodes["errors"][0]["path"], json!(["nodes", 1]));
}

#[test]
fn a_query_over_too_many_repositories_is_502() {
    let (hub, client, _) = shop();
    hub.most_aliases(1);
    let query = "{ a: repository(owner: \"acme\", name: \"shop\") { id } b: repository(owner: \"acme\", name: \"shop\") { id } }";
    let reply = client.try_query(query, &json!({})).unwrap();
    assert_eq!(reply.status, 502);
    assert!(
        reply
            .message()
            .starts_with("Something went wrong while executing your query.")
    );
}

#[test]
fn a_query_that_is_not_in_githubs_schema_is_a_violation() {
    let (hub, client, _) = shop();
    let reply = client.query(
        "{ repository(owner: \"acme\", name: \"shop\") { stars } }",
        &json!({}),
    );
    assert!(
        reply["errors"]
            .to_string()
            .contains("does not have a field `stars`"),
        "{reply}"
    );
    client.query(
        "query($name: String!) { repository(owner: \"acme\", name: $name) { id } }",
        &json!({}),
    );
    assert_eq!(
        hub.violations().last().unwrap(),
        "GraphQL: missing value for non-null variable 'name'"
    );
}

const MOVE: &str = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";

#[test]
fn a_ref_moves_only_from_where_it_was_read() {
    let (hub, client, first) = shop();
    let one = client.propose("acme/shop", &first);
    let two = client.commit("acme/shop", &first, "CLAUDE.md", "two\n");
    let shop = hub.repo("acme/shop");
    let update = |before: &str, after: &str, force: bool| {
        let update = json!({ "name": "refs/heads/lessonbook/acme", "beforeOid": before, "afterOid": after, "force": force });
        client.query(
            MOVE,
            &json!({ "input": { "repositoryId": shop.node_id(), "refUpdates": [update] } }),
        )
    };
    let message = update(&first, &two, true)["errors"][0]["message"].clone();
    assert_eq!(
        message,
        format!("refs/heads/lessonbook/acme is at {one} but expected {first}")
    );
    assert_eq!(
        update(&one, &two, false)["errors"][0]["message"],
        "Update is not a fast forward"
    );
    assert_eq!(update(&one, &two, true)["errors"], Value::Null);
    assert_eq!(shop.head("lessonbook/acme"), Some(two.clone()));
    assert_eq!(shop.pull(1).state, "OPEN");
    let nothing = "0".repeat(40);
    assert_eq!(update(&two, &nothing, true)["errors"], Value::Null);
    assert_eq!(shop.head("lessonbook/acme"), None);
    assert_eq!(
        update(&nothing, &one, false)["errors"],
        Value::Null,
        "made where there is none"
    );
    assert_eq!(shop.head("lessonbook/acme"), Some(one));
}

#[test]
fn several_refs_move_together_or_not_at_all() {
    let (hub, client, first) = shop();
    let one = client.commit("acme/shop", &first, "a", "1");
    let update = |name: &str| json!({ "name": format!("refs/heads/{name}"), "afterOid": one, "beforeOid": "0".repeat(40) });
    let input = json!({ "input": { "repositoryId": hub.repo("acme/shop").node_id(), "refUpdates": [update("x"), update("main")] } });
    assert!(
        client.query(MOVE, &input)["errors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("refs/heads/main is at")
    );
    assert_eq!(hub.repo("acme/shop").head("x"), None);
}

#[test]
fn a_move_without_permission_or_on_an_archived_repository_is_refused_in_graphqls_words() {
    let (hub, client, first) = shop();
    let input = json!({ "input": { "repositoryId": hub.repo("acme/shop").node_id(), "refUpdates": [{ "name": "refs/heads/x", "afterOid": first }] } });
    let other = Client::new(&hub, &hub.classic("eve", &["repo"]));
    let error = other.query(MOVE, &input)["errors"][0].clone();
    assert_eq!(
        (&error["type"], &error["message"]),
        (
            &json!("FORBIDDEN"),
            &json!("eve does not have the correct permissions to execute `UpdateRefs`")
        )
    );
    hub.repo("acme/shop").archive(true);
    let error = client.query(MOVE, &input)["errors"][0].clone();
    assert_eq!(
        (&error["type"], &error["message"]),
        (
            &json!("UNPROCESSABLE"),
            &json!("Repository was archived so is read-only")
        )
    );
}

#[test]
fn a_commit_on_a_branch_is_refused_where_the_branch_went_on() {
    let (hub, client, first) = shop();
    let commit = |expected: &str, file: Value| {
        let input = json!({ "input": {
            "branch": { "repositoryNameWithOwner": "acme/shop", "branchName": "main" }, "expectedHeadOid": expected,
            "message": { "headline": "Change" }, "fileChanges": file,
        } });
        client.query("mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }", &input)
    };
    let add = json!({ "additions": [{ "path": "a.md", "contents": "YQo=" }] });
    assert!(commit(&first, add.clone())["data"]["createCommitOnBranch"]["commit"]["oid"].is_string());
    assert_eq!(hub.repo("acme/shop").text("main", "a.md").as_deref(), Some("a\n"));
    let error = commit(&first, add)["errors"][0].clone();
    assert_eq!(error["type"], "STALE_DATA");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .ends_with("but it did not.  Pull and try again.")
    );
    let head = hub.repo("acme/shop").head("main").unwrap();
    let gone = commit(&head, json!({ "deletions": [{ "path": "none.md" }] }));
    assert!(
        gone["errors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("A path was requested for deletion which does not exist")
    );
}

#[test]
fn a_review_decides_only_where_reviews_are_required() {
    let (hub, client, first) = shop();
    client.propose("acme/shop", &first);
    let shop = hub.repo("acme/shop");
    shop.approve(1, "dana");
    let pull = || state(&client, &["acme/shop"])["data"]["r0"]["pullRequests"]["nodes"][0].clone();
    assert_eq!(pull()["reviewDecision"], Value::Null);
    assert_eq!(
        pull()["latestOpinionatedReviews"]["nodes"][0]["state"],
        "APPROVED"
    );
    shop.protect(
        "main",
        Protection {
            approvals: Some(1),
            ..Protection::default()
        },
    );
    assert_eq!(
        (&pull()["reviewDecision"], &pull()["mergeStateStatus"]),
        (&json!("APPROVED"), &json!("CLEAN"))
    );
    shop.request_changes(1, "dana");
    assert_eq!(
        (&pull()["reviewDecision"], &pull()["mergeStateStatus"]),
        (&json!("CHANGES_REQUESTED"), &json!("BLOCKED"))
    );
}

#[test]
fn a_conflict_is_shown_once_it_is_computed() {
    let (hub, client, first) = shop();
    hub.lazy_mergeable();
    client.propose("acme/shop", &first);
    hub.repo("acme/shop")
        .commit("main")
        .write("CLAUDE.md", "another\n")
        .push();
    let mergeable = || {
        let query =
            "{ repository(owner: \"acme\", name: \"shop\") { pullRequest(number: 1) { mergeable } } }";
        client.query(query, &json!({}))["data"]["repository"]["pullRequest"]["mergeable"].clone()
    };
    assert_eq!(
        (mergeable(), mergeable()),
        (json!("UNKNOWN"), json!("CONFLICTING"))
    );
    hub.repo("acme/shop").commit("main").delete("CLAUDE.md").push();
    assert_eq!((mergeable(), mergeable()), (json!("UNKNOWN"), json!("MERGEABLE")));
}

#[test]
fn an_app_sees_no_permission_of_its_own() {
    let (hub, _, _) = shop();
    let client = Client::new(&hub, &hub.actions_token("acme/shop"));
    let query = "{ viewer { login } repository(owner: \"acme\", name: \"shop\") { viewerPermission } }";
    let answer = client.query(query, &json!({}));
    assert_eq!(
        answer["data"],
        json!({ "viewer": { "login": "github-actions[bot]" }, "repository": { "viewerPermission": null } })
    );
}

#[test]
fn pull_requests_and_comments_are_made_by_mutations_too() {
    let (hub, client, first) = shop();
    let commit = client.commit("acme/shop", &first, "CLAUDE.md", "x\n");
    let id = hub.repo("acme/shop").node_id();
    let make = "mutation($r: ID!, $oid: GitObjectID!) {
        createRef(input: { repositoryId: $r, name: \"refs/heads/x\", oid: $oid }) { ref { name } }
        createPullRequest(input: { repositoryId: $r, baseRefName: \"main\", headRefName: \"x\", title: \"T\" }) { pullRequest { id number } }
    }";
    let answer = client.query(make, &json!({ "r": id, "oid": commit }));
    let pull = &answer["data"]["createPullRequest"]["pullRequest"];
    assert_eq!(pull["number"], 1, "{answer}");
    let say = "mutation($id: ID!) { addComment(input: { subjectId: $id, body: \"hi\" }) { commentEdge { node { body } } }
        closePullRequest(input: { pullRequestId: $id }) { pullRequest { state } } }";
    let answer = client.query(say, &json!({ "id": pull["id"] }));
    assert_eq!(answer["data"]["addComment"]["commentEdge"]["node"]["body"], "hi");
    assert_eq!(
        answer["data"]["closePullRequest"]["pullRequest"]["state"],
        "CLOSED"
    );
    assert_eq!(hub.writes().len(), 4, "two objects and two mutations");
}
