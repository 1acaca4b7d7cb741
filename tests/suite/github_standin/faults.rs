//! Faults of connections and responses.

use std::time::Duration;

use serde_json::json;

use super::client::{Client, shop};
use super::github::{Fault, Github, Match};

fn pull_body() -> serde_json::Value {
    json!({ "title": "T", "head": "lessonbook/acme", "base": "main" })
}

#[test]
fn a_fault_meets_the_request_that_it_was_planned_for() {
    let (hub, client, _) = shop();
    hub.fail(Match::rest("GET", "/repos/acme/*").nth(2), Fault::Status(500));
    let status = || client.get("/repos/acme/shop").status;
    assert_eq!([status(), status(), status()], [200, 500, 200]);
    hub.fail(Match::rest("GET", "/repos/acme/shop").times(2), Fault::Html(502));
    assert_eq!([status(), status(), status()], [502, 502, 200]);
    hub.fail(Match::reads().always(), Fault::Status(503));
    assert_eq!([status(), status()], [503, 503]);
    hub.heal();
    assert_eq!(status(), 200);
}

#[test]
fn a_page_comes_instead_of_json() {
    let (hub, client, _) = shop();
    hub.fail(Match::any(), Fault::Html(500));
    let reply = client.get("/repos/acme/shop");
    assert!(
        reply.text.starts_with("<!DOCTYPE html>") && reply.header("content-type").starts_with("text/html")
    );
}

#[test]
fn a_lost_answer_means_that_the_work_was_done() {
    for fault in [Fault::LostAnswer, Fault::CutBody] {
        let (hub, client, first) = shop();
        let commit = client.commit("acme/shop", &first, "CLAUDE.md", "x\n");
        client.create_ref("acme/shop", "lessonbook/acme", &commit);
        hub.fail(Match::rest("POST", "/repos/*/pulls"), fault.clone());
        let lost = client.send("POST", "/repos/acme/shop/pulls", Some(&pull_body()), &[]);
        assert!(lost.is_err(), "{fault:?}");
        assert_eq!(hub.repo("acme/shop").pulls().len(), 1);
        let again = client
            .send("POST", "/repos/acme/shop/pulls", Some(&pull_body()), &[])
            .unwrap();
        assert_eq!(again.status, 422);
    }
}

#[test]
fn a_502_may_come_after_the_work_was_done() {
    let (hub, client, first) = shop();
    hub.fail(Match::writes(), Fault::BadGatewayAfter);
    assert_eq!(client.create_ref("acme/shop", "x", &first).status, 502);
    assert_eq!(hub.repo("acme/shop").head("x"), Some(first));
}

#[test]
fn a_reset_does_nothing_and_a_hang_ends_with_the_clients_patience() {
    let (hub, client, first) = shop();
    hub.fail(Match::writes(), Fault::Reset);
    let body = json!({ "ref": "refs/heads/x", "sha": first });
    assert!(
        client
            .send("POST", "/repos/acme/shop/git/refs", Some(&body), &[])
            .is_err()
    );
    assert_eq!(hub.repo("acme/shop").head("x"), None);
    hub.fail(Match::reads(), Fault::Hang);
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(100)))
        .build();
    let url = format!("{}/repos/acme/shop", hub.api_url());
    assert!(ureq::Agent::from(config).get(&url).call().is_err());
    assert_eq!(client.get("/repos/acme/shop").status, 200);
}

#[test]
fn all_kinds_of_limits_are_simulated() {
    let (hub, client, _) = shop();
    hub.fail(Match::any(), Fault::Secondary(429, Some(7)));
    hub.fail(Match::any(), Fault::Secondary(403, None));
    hub.fail(Match::any(), Fault::Primary(hub.now() + 60));
    let replies = [
        client.get("/repos/acme/shop"),
        client.get("/repos/acme/shop"),
        client.get("/repos/acme/shop"),
    ];
    assert_eq!(replies.each_ref().map(|reply| reply.status), [429, 403, 403]);
    assert_eq!(
        replies.each_ref().map(|reply| reply.header("retry-after")),
        ["7", "", ""]
    );
    assert_eq!(replies[2].header("x-ratelimit-remaining"), "0");
    hub.fail(Match::graphql("viewer"), Fault::TooQuick);
    hub.fail(Match::graphql("viewer"), Fault::RateLimited);
    let ask = || client.query("{ viewer { login } }", &json!({}))["errors"][0].clone();
    assert_eq!(ask(), json!({ "message": "was submitted too quickly" }));
    assert_eq!(ask()["type"], "RATE_LIMITED");
}

#[test]
fn after_some_writes_the_line_is_dead_until_it_is_healed() {
    let (hub, client, first) = shop();
    hub.cut_off_after_writes(1);
    assert_eq!(client.create_ref("acme/shop", "x", &first).status, 201);
    assert!(client.send("GET", "/repos/acme/shop", None, &[]).is_err());
    hub.heal();
    assert_eq!(client.get("/repos/acme/shop").status, 200);
}

#[test]
fn requests_at_once_are_counted() {
    let (hub, _, _) = shop();
    hub.latency(100);
    let token = hub.token();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| Client::new(&hub, &token).get("/repos/acme/shop"));
        }
    });
    assert_eq!(hub.most_at_once(), 3);
}

#[test]
fn a_thousand_repositories_are_made_and_read_in_no_time() {
    let hub = Github::start();
    for number in 0..1000 {
        hub.repository(&format!("acme/r{number}"))
            .file("CLAUDE.md", "Be kind.\n")
            .create();
    }
    let client = Client::new(&hub, &hub.token());
    let query =
        "query($after: String) { organization(login: \"acme\") { repositories(first: 100, after: $after) {
        nodes { object(expression: \"HEAD:CLAUDE.md\") { oid } } pageInfo { endCursor hasNextPage } } } }";
    let (mut after, mut count) = (serde_json::Value::Null, 0);
    loop {
        let answer = client.query(query, &json!({ "after": after }));
        let page = &answer["data"]["organization"]["repositories"];
        count += page["nodes"].as_array().unwrap().len();
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!((count, hub.requests().len()), (1000, 10));
}
