//! A minimal HTTP client.
//!
//! Input: method, path, body. Output: status, headers, body.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::github::Github;

/// A response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub text: String,
    pub json: Value,
}

impl Reply {
    /// The message of an error, or of its first detail.
    pub fn message(&self) -> &str {
        let detail = self.json["errors"][0]["message"].as_str();
        detail
            .or_else(|| self.json["message"].as_str())
            .unwrap_or_default()
    }

    /// Status and message.
    pub fn refused(&self) -> (u16, &str) {
        (self.status, self.message())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A user with a token, or without one.
pub struct Client {
    api: String,
    graphql: String,
    token: Option<String>,
    agent: ureq::Agent,
}

impl Client {
    /// A client with this token; an empty text for none.
    pub fn new(hub: &Github, token: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(5)))
            .build();
        Client {
            api: hub.api_url(),
            graphql: hub.graphql_url(),
            token: (!token.is_empty()).then(|| token.to_owned()),
            agent: config.into(),
        }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, &[]).expect("an answer")
    }

    pub fn get_with(&self, path: &str, header: (&str, &str)) -> Reply {
        self.send("GET", path, None, &[header]).expect("an answer")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, Some(body), &[]).expect("an answer")
    }

    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, Some(body), &[]).expect("an answer")
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None, &[]).expect("an answer")
    }

    /// The complete response to a query.
    pub fn query(&self, query: &str, variables: &Value) -> Value {
        let reply = self.try_query(query, variables).expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json
    }

    pub fn try_query(&self, query: &str, variables: &Value) -> Result<Reply, ureq::Error> {
        let body = json!({ "query": query, "variables": variables });
        self.send_to("POST", &self.graphql, Some(&body), &[])
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Reply, ureq::Error> {
        self.send_to(method, &format!("{}{path}", self.api), body, headers)
    }

    fn send_to(
        &self,
        method: &str,
        url: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(url)
            .header("user-agent", "test");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match body {
            Some(body) => self
                .agent
                .run(request.body(body.to_string()).expect("a request"))?,
            None => self.agent.run(request.body(()).expect("a request"))?,
        };
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let text = response.body_mut().read_to_string()?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers,
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        })
    }

    // ---- The parts of a proposal.

    /// Creates a commit with one file on a branch's commit; returns its id.
    pub fn commit(&self, repo: &str, parent: &str, path: &str, content: &str) -> String {
        let base = self.get(&format!("/repos/{repo}/git/commits/{parent}")).json["tree"]["sha"].clone();
        let entry = json!({ "path": path, "mode": "100644", "type": "blob", "content": content });
        let tree = self.post(
            &format!("/repos/{repo}/git/trees"),
            &json!({ "base_tree": base, "tree": [entry] }),
        );
        let body =
            json!({ "message": format!("Write {path}"), "tree": tree.json["sha"], "parents": [parent] });
        let commit = self.post(&format!("/repos/{repo}/git/commits"), &body);
        commit.json["sha"].as_str().expect("a commit").to_owned()
    }

    pub fn create_ref(&self, repo: &str, branch: &str, oid: &str) -> Reply {
        self.post(
            &format!("/repos/{repo}/git/refs"),
            &json!({ "ref": format!("refs/heads/{branch}"), "sha": oid }),
        )
    }

    pub fn move_ref(&self, repo: &str, branch: &str, oid: &str, force: bool) -> Reply {
        self.patch(
            &format!("/repos/{repo}/git/refs/heads/{branch}"),
            &json!({ "sha": oid, "force": force }),
        )
    }

    pub fn open_pull(&self, repo: &str, head: &str, base: &str) -> Reply {
        self.post(
            &format!("/repos/{repo}/pulls"),
            &json!({ "title": "Lessons", "body": "Why", "head": head, "base": base }),
        )
    }

    /// Creates a branch with a commit of ours and its pull request, number 1; returns the commit.
    pub fn propose(&self, repo: &str, base: &str) -> String {
        let commit = self.commit(repo, base, "CLAUDE.md", "lessons\n");
        assert_eq!(self.create_ref(repo, "lessonbook/acme", &commit).status, 201);
        assert_eq!(self.open_pull(repo, "lessonbook/acme", "main").status, 201);
        commit
    }
}

/// A stand-in with `acme/shop`, a client that may push, and the first commit.
pub fn shop() -> (Github, Client, String) {
    let hub = Github::start();
    let first = hub.repository("acme/shop").file("README.md", "# Shop\n").create();
    let client = Client::new(&hub, &hub.token());
    (hub, client, first)
}
