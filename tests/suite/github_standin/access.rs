//! Tokens, Apps, lists, renamed repositories, pages, tags, limits.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::client::{Client, shop};
use super::github::{APP_KEY, Github, Role};

/// An App's signature that expires after a number of seconds.
fn signed(app: u64, seconds: i64) -> String {
    let text: String = APP_KEY.lines().filter(|line| !line.starts_with("---")).collect();
    let pair = ring::rsa::KeyPair::from_der(&BASE64_STANDARD.decode(text).expect("a signature"))
        .expect("a signature");
    let now = jiff::Timestamp::now().as_second();
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!(
        "{}.{}",
        part(json!({ "alg": "RS256", "typ": "JWT" })),
        part(json!({ "iat": now - 60, "exp": now + seconds, "iss": app.to_string() }))
    );
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    pair.sign(
        &ring::signature::RSA_PKCS1_SHA256,
        &random,
        text.as_bytes(),
        &mut signature,
    )
    .expect("a signature");
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn what_a_token_may_not_see_is_not_there() {
    let hub = Github::start();
    hub.repository("acme/secret")
        .private()
        .role("eve", Role::None)
        .create();
    hub.repository("acme/open").create();
    for token in [
        String::new(),
        hub.classic("eve", &["repo"]),
        hub.classic("dana", &["public_repo"]),
    ] {
        let client = Client::new(&hub, &token);
        assert_eq!(client.get("/repos/acme/secret").refused(), (404, "Not Found"));
        assert_eq!(client.get("/repos/acme/open").status, 200);
    }
    assert_eq!(
        Client::new(&hub, "ghp_wrong").get("/repos/acme/open").refused(),
        (401, "Bad credentials")
    );
}

#[test]
fn a_write_without_permission_is_404_for_classic_tokens_and_403_for_the_others() {
    let hub = Github::start();
    let first = hub.repository("acme/shop").role("eve", Role::Read).create();
    hub.repository("acme/other").create();
    let write = |token: String| {
        let reply = Client::new(&hub, &token).create_ref("acme/shop", "x", &first);
        (reply.status, reply.message().to_owned())
    };
    let refused = |status: u16, message: &str| (status, message.to_owned());
    assert_eq!(write(hub.classic("eve", &["repo"])), refused(404, "Not Found"));
    let personal = "Resource not accessible by personal access token";
    assert_eq!(
        write(hub.fine_grained("dana", &[("contents", Role::Read)], None)),
        refused(403, personal)
    );
    assert_eq!(
        write(hub.fine_grained("dana", &[("contents", Role::Write)], Some(&["acme/other"]))),
        refused(403, personal)
    );
    assert_eq!(
        write(hub.actions_token("acme/other")),
        refused(403, "Resource not accessible by integration")
    );
    assert_eq!(
        write(hub.fine_grained("dana", &[("contents", Role::Write)], None)).0,
        201
    );
}

#[test]
fn an_app_finds_its_installation_and_gets_tokens_that_end() {
    let hub = Github::start();
    let first = hub.repository("acme/shop").private().create();
    hub.repository("acme/hidden").private().create();
    let at = hub.install(
        "lessonbook",
        "acme",
        &[("contents", Role::Write), ("metadata", Role::Read)],
        Some(&["acme/shop"]),
    );
    let app = Client::new(&hub, &signed(at.app, 540));
    assert_eq!(app.get("/app").json["slug"], "lessonbook");
    assert_eq!(
        app.get("/repos/acme/shop/installation").json["id"],
        at.installation
    );
    assert_eq!(app.get("/repos/acme/hidden/installation").status, 404);
    assert_eq!(app.get("/app/installations").json[0]["account"]["login"], "acme");
    let tokens = format!("/app/installations/{}/access_tokens", at.installation);
    let refused = app.post(&tokens, &json!({ "permissions": { "issues": "write" } }));
    assert_eq!(
        refused.refused(),
        (
            422,
            "The permissions requested are not granted to this installation."
        )
    );
    let made = app.post(&tokens, &json!({}));
    assert_eq!(
        (made.status, &made.json["expires_at"]),
        (201, &json!("2026-01-05T10:00:00Z"))
    );
    let client = Client::new(&hub, made.json["token"].as_str().unwrap());
    assert_eq!(client.get("/installation/repositories").json["total_count"], 1);
    assert_eq!(client.create_ref("acme/shop", "x", &first).status, 201);
    assert_eq!(client.get("/repos/acme/hidden").status, 404);
    assert_eq!(
        client.get("/user").refused(),
        (403, "Resource not accessible by integration")
    );
    assert_eq!(
        client.open_pull("acme/shop", "x", "main").refused(),
        (403, "Resource not accessible by integration")
    );
    hub.advance(3600);
    assert_eq!(client.get("/repos/acme/shop").refused(), (401, "Bad credentials"));
}

#[test]
fn a_signature_that_lives_too_long_or_is_over_is_refused() {
    let hub = Github::start();
    hub.organization("acme");
    let at = hub.install("lessonbook", "acme", &[], None);
    let told = |seconds: i64| {
        Client::new(&hub, &signed(at.app, seconds))
            .get("/app")
            .message()
            .to_owned()
    };
    assert!(told(3600).contains("too far in the future"));
    assert!(told(-5).contains("'Expiration time' claim ('exp') must be"));
    assert_eq!(Client::new(&hub, &signed(999, 60)).get("/app").status, 404);
    let mut forged = signed(at.app, 60);
    forged.replace_range(0..2, "ey");
    forged.pop();
    assert_eq!(Client::new(&hub, &forged).get("/app").status, 401);
}

#[test]
fn repositories_of_an_organization_are_listed_in_pages_with_links() {
    let hub = Github::start();
    for number in 0..5 {
        hub.repository(&format!("acme/r{number}"))
            .topics(&["kubernetes"])
            .property("tier", "1")
            .create();
    }
    let client = Client::new(&hub, &hub.token());
    let page = client.get("/orgs/acme/repos?per_page=2&page=2");
    assert_eq!(page.json[0]["name"], "r2");
    let next = format!(
        "<{}/orgs/acme/repos?per_page=2&page=3>; rel=\"next\"",
        hub.api_url()
    );
    assert!(page.header("link").contains(&next), "{}", page.header("link"));
    assert!(
        !client
            .get("/orgs/acme/repos?per_page=2&page=3")
            .header("link")
            .contains("next")
    );
    assert_eq!(page.json[0]["topics"], json!(["kubernetes"]));
    let values = client.get("/orgs/acme/properties/values").json;
    assert_eq!(
        values[0]["properties"][0],
        json!({ "property_name": "tier", "value": "1" })
    );
    assert_eq!(client.get("/users/nobody/repos").status, 404);
}

#[test]
fn an_old_name_leads_to_the_new_one() {
    let (hub, client, _) = shop();
    hub.repo("acme/shop").rename("acme/store");
    let reply = client.get("/repos/acme/shop/git/ref/heads/main");
    assert_eq!(reply.status, 301);
    let place = reply
        .header("location")
        .strip_prefix(&hub.api_url())
        .unwrap()
        .to_owned();
    assert_eq!(client.get(&place).json["ref"], "refs/heads/main");
    assert_eq!(
        client
            .post("/repos/acme/shop/issues", &json!({ "title": "x" }))
            .status,
        307
    );
    assert_eq!(client.get("/repos/acme/store").json["full_name"], "acme/store");
}

#[test]
fn a_known_tag_gives_304_and_costs_nothing() {
    let (_hub, client, _) = shop();
    let first = client.get("/repos/acme/shop");
    let again = client.get_with("/repos/acme/shop", ("if-none-match", first.header("etag")));
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let left = |reply: &super::client::Reply| reply.header("x-ratelimit-remaining").parse::<u64>().unwrap();
    assert_eq!(left(&first), left(&again));
    assert!(left(&client.get("/repos/acme/shop")) < left(&again));
    assert!(!first.header("x-github-request-id").is_empty());
    assert_eq!(first.header("date"), "Mon, 05 Jan 2026 09:00:00 GMT");
}

#[test]
fn the_hourly_limit_ends_with_the_hour() {
    let (hub, client, _) = shop();
    hub.quota(2);
    client.get("/repos/acme/shop");
    client.get("/repos/acme/shop");
    let reply = client.get("/repos/acme/shop");
    assert_eq!((reply.status, reply.header("x-ratelimit-remaining")), (403, "0"));
    assert_eq!(reply.header("x-ratelimit-reset"), (hub.now() + 3600).to_string());
    assert_eq!(
        client.query("{ viewer { login } }", &json!({}))["errors"][0]["type"],
        "RATE_LIMITED"
    );
    assert_eq!(
        client.get("/rate_limit").json["resources"]["core"]["remaining"],
        0
    );
    hub.advance(3600);
    assert_eq!(client.get("/repos/acme/shop").status, 200);
}

#[test]
fn too_much_content_in_a_minute_meets_the_secondary_limit() {
    let (hub, client, _) = shop();
    hub.content_a_minute(1);
    let issue = || client.post("/repos/acme/shop/issues", &json!({ "title": "x" }));
    assert_eq!(issue().status, 201);
    let reply = issue();
    assert_eq!((reply.status, reply.header("retry-after")), (403, "60"));
    assert!(reply.message().contains("secondary rate limit"));
    hub.advance(60);
    assert_eq!(issue().status, 201);
}

#[test]
fn every_request_is_logged_with_whether_it_writes() {
    let (hub, client, first) = shop();
    client.create_ref("acme/shop", "x", &first);
    client.query("{ viewer { login } }", &json!({}));
    assert_eq!(
        hub.lines(),
        ["POST /repos/acme/shop/git/refs 201", "POST /graphql 200"]
    );
    assert_eq!(hub.writes().len(), 1);
    assert_eq!(hub.forget()[0].login.as_deref(), Some("lessonbook-bot"));
    assert_eq!(hub.requests().len(), 0);
}

#[test]
fn a_request_that_is_not_in_githubs_description_is_a_violation() {
    let (hub, client, _) = shop();
    client.post("/repos/acme/shop/git/refs", &json!({ "ref": "refs/heads/x" }));
    client.post(
        "/repos/acme/shop/pulls",
        &json!({ "title": 1, "head": "a", "base": "main", "labels": [] }),
    );
    client.get("/repos/acme/shop/nothing");
    client.get("/repos/acme/shop/pulls?owner=acme");
    let found = hub.violations();
    let about = |text: &str| assert!(found.iter().any(|each| each.contains(text)), "{text}: {found:#?}");
    about("POST /repos/acme/shop/git/refs: body: \"sha\" is a required property");
    about("'labels' was unexpected");
    about("body/title: 1 is not of type \"string\"");
    about("GET /repos/acme/shop/nothing: no such operation");
    about("unknown query parameter owner");
}

#[test]
#[should_panic(expected = "GET /repos/acme/shop/nothing: no such operation")]
fn a_test_with_such_a_request_fails_at_its_end() {
    let (_hub, client, _) = shop();
    client.get("/repos/acme/shop/nothing");
}

#[test]
fn the_program_is_told_where_the_stand_in_is() {
    let hub = Github::start();
    let token = hub.token();
    let [api, graphql, last] = hub.environment(&token);
    assert!(api.1.ends_with("/api/v3") && graphql.1.ends_with("/api/graphql"));
    assert_eq!(last, ("GITHUB_TOKEN", token));
}
