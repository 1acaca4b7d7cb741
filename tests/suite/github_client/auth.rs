//! Tokens: which one is used, and that none is ever shown.

use std::io::{Read as _, Write as _};

use super::*;
use lessonbook_base::finding::Code;
use lessonbook_github_standin::{Fault, Match, Role};
use lessonbook_pipeline::pull_request::Permission;

const ALL: [(&str, Role); 4] = [
    ("contents", Role::Write),
    ("pull_requests", Role::Write),
    ("issues", Role::Write),
    ("metadata", Role::Read),
];

fn app(github: &Github, id: u64, key: &str) -> Vec<(&'static str, String)> {
    vec![
        ("GITHUB_API_URL", github.api_url()),
        ("GITHUB_GRAPHQL_URL", github.graphql_url()),
        ("LESSONBOOK_APP_ID", id.to_string()),
        ("LESSONBOOK_APP_PRIVATE_KEY", key.to_owned()),
    ]
}

#[test]
fn without_credentials_there_is_no_hub() {
    let none = GithubConnection::from_env(&|_| None, GithubOptions::default()).unwrap();
    assert!(none.is_none());
}

#[test]
fn an_app_gets_one_token_for_each_owner() {
    let github = Github::start();
    github.real_clock();
    for name in ["acme/shop", "acme/web", "dana/api"] {
        github.repository(name).create();
    }
    let installed = github.install("lessonbook", "acme", &ALL, None);
    github.install("lessonbook", "dana", &ALL, None); // a person, not an organization
    let hub = GithubConnection::from_env(&env(&app(&github, installed.app, installed.key)), quick())
        .unwrap()
        .unwrap();
    wait(async {
        let names = ["acme/shop", "dana/api", "acme/web"];
        let read = hub.read(&names.map(wanted), &|_| ()).await;
        for ((name, remote), wanted) in read.iter().zip(names) {
            assert_eq!(name, wanted);
            assert_eq!(remote.as_ref().unwrap().permission, Permission::Write);
        }
        let tokens = |seen: &[github::Seen]| {
            seen.iter()
                .filter(|seen| seen.path.contains("access_tokens"))
                .count()
        };
        assert_eq!(tokens(&github.forget()), 2);
        let done = propose(&hub, "acme/shop", "Be kind.\n").await;
        assert_eq!((done.failed, tokens(&github.requests())), (None, 0));
        assert_eq!(github.repo("acme/shop").pull(1).author, "lessonbook[bot]");
    });
}

#[test]
fn an_apps_token_is_renewed_before_it_ends() {
    let github = Github::start();
    github.real_clock();
    github.repository("acme/shop").create();
    let installed = github.install("lessonbook", "acme", &ALL, None);
    github.token_lifetime(installed.installation, 200); // shorter than the time before which a token is renewed
    let hub = GithubConnection::from_env(&env(&app(&github, installed.app, installed.key)), quick())
        .unwrap()
        .unwrap();
    wait(async {
        read_one(&hub, "acme/shop").await.unwrap();
        read_one(&hub, "acme/shop").await.unwrap();
    });
    let made = github
        .requests()
        .iter()
        .filter(|seen| seen.path.contains("access_tokens"))
        .count();
    assert!(made >= 2, "{:?}", github.lines());
    assert!(
        github.requests().iter().all(|seen| seen.status < 400),
        "{:?}",
        github.lines()
    );
}

#[test]
fn an_app_that_is_not_installed_or_may_not_write_is_reported() {
    let github = Github::start();
    github.real_clock();
    github.repository("acme/shop").create();
    github.repository("beta/api").create();
    let installed = github.install(
        "lessonbook",
        "acme",
        &[("contents", Role::Read), ("pull_requests", Role::Read)],
        None,
    );
    let pairs = app(&github, installed.app, installed.key);
    let hub = GithubConnection::from_env(&env(&pairs), quick())
        .unwrap()
        .unwrap();
    wait(async {
        let mut read = hub.read(&["acme/shop", "beta/api"].map(wanted), &|_| ()).await;
        let finding = read.remove(1).1.unwrap_err();
        assert_eq!(finding.code, Code::GithubNotFound);
        assert!(
            finding.message.contains("not installed for `beta`"),
            "{}",
            finding.message
        );
        assert_eq!(read.remove(0).1.unwrap().permission, Permission::Read);
    });
}

#[test]
fn an_unknown_token_is_reported() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = GithubConnection::from_env(&env(&github.environment("ghp_wrong")), quick())
        .unwrap()
        .unwrap();
    let finding = wait(read_one(&hub, "acme/shop")).unwrap_err();
    assert_eq!(finding.code, Code::GithubSetup);
}

#[test]
fn no_token_is_ever_printed() {
    let github = Github::start();
    github.real_clock();
    github.repository("acme/shop").create();
    let installed = github.install("lessonbook", "acme", &ALL, None);
    let token = github.token();
    let mut said = String::new();
    let echo = |github: &Github, status: u16| {
        // A proxy that shows the request in its error page.
        let seen = github
            .requests()
            .last()
            .and_then(|seen| seen.authorization.clone())
            .unwrap_or_default();
        let page = format!(r#"{{"message":"no: {seen}"}}"#);
        github.fail(Match::any().times(3), Fault::Answer(status, vec![], page));
    };
    for pairs in [
        github.environment(&token).to_vec(),
        app(&github, installed.app, installed.key),
    ] {
        let hub = GithubConnection::from_env(&env(&pairs), quick())
            .unwrap()
            .unwrap();
        wait(async {
            said += &format!("{hub:?} {:?}", read_one(&hub, "acme/shop").await);
            for status in [400, 403, 404, 422, 500, 200] {
                read_one(&hub, "acme/shop").await.ok();
                echo(&github, status);
                said += &format!("{status}: {:?}\n", read_one(&hub, "acme/shop").await);
                github.heal();
                let remote = read_one(&hub, "acme/shop").await.unwrap();
                echo(&github, status);
                let made = [Step::CreateBranch(commit(&remote, "One.\n"))];
                said += &format!(
                    "{status}: {:?}\n",
                    hub.carry_out(&remote, BRANCH, &made, None).await
                );
                github.heal();
            }
        });
    }
    let mut secrets: Vec<String> = github
        .requests()
        .iter()
        .filter_map(|seen| {
            seen.authorization
                .as_deref()?
                .split(' ')
                .nth(1)
                .map(str::to_owned)
        })
        .collect();
    secrets.sort();
    secrets.dedup();
    assert!(
        secrets.len() >= 3,
        "a token, an App's proof, an installation's token: {}",
        secrets.len()
    );
    assert!(said.contains("[token]"), "the page was shown: {said}");
    for secret in secrets.iter().chain([&token]) {
        assert!(!said.contains(secret.as_str()), "{secret} is shown in:\n{said}");
    }
    assert!(!said.contains("PRIVATE KEY"));
}

#[test]
fn a_proxy_opens_a_tunnel_and_sees_no_token() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let mut seen = [0; 2000];
        let read = line.read(&mut seen).unwrap();
        line.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap();
        String::from_utf8_lossy(&seen[..read]).into_owned()
    });
    let pairs = [
        ("GITHUB_API_URL", "https://github.invalid/api/v3".to_owned()),
        ("GITHUB_TOKEN", "ghp_verysecret".to_owned()),
        ("HTTPS_PROXY", format!("http://me:hunter2@127.0.0.1:{port}")),
    ];
    let hub = GithubConnection::from_env(&env(&pairs), quick())
        .unwrap()
        .unwrap();
    let finding = wait(read_one(&hub, "acme/shop")).unwrap_err();
    let seen = proxy.join().unwrap();
    assert!(
        seen.starts_with("CONNECT github.invalid:443 HTTP/1.1\r\n"),
        "{seen}"
    );
    assert!(
        seen.to_lowercase().contains("proxy-authorization: basic "),
        "{seen}"
    );
    assert!(!seen.contains("ghp_"), "{seen}");
    assert!(!format!("{finding:?}").contains("hunter2"), "{finding:?}");
}
