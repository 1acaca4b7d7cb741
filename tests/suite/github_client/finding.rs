//! Listings, discovery of repositories, and their settings.

use super::*;
use lessonbook::repository::github::SkipReason;
use lessonbook_base::finding::Code;
use lessonbook_github_standin::Rule;
use lessonbook_pipeline::pull_request::Permission;
use lessonbook_store::Discover;

#[test]
fn a_listing_is_read_once_and_then_cached() {
    let github = Github::start();
    let folder = tempfile::tempdir().unwrap();
    github
        .repository("acme/shop")
        .file("k8s/deployment.yaml", "kind: Deployment\n")
        .file("web/AGENTS.md", "\u{feff}nearer\n")
        .file("src/a.rs", "")
        .create();
    let options = GithubOptions {
        cache: Some(folder.path().to_owned()),
        ..quick()
    };
    let listing = TargetRequest {
        listing: true,
        ..wanted("acme/shop")
    };
    for requests in [4, 1] {
        let remote = wait(hub(&github, options.clone()).read(&[listing], &|_| ()))
            .remove(0)
            .1
            .unwrap();
        let tree = remote.snapshot.unwrap().tree;
        assert!(remote.listed);
        assert_eq!(
            tree.paths().collect::<Vec<_>>(),
            ["k8s/deployment.yaml", "src/a.rs", "web/AGENTS.md"]
        );
        assert_eq!(tree.file("web/AGENTS.md"), Some("\u{feff}nearer\n".as_bytes()));
        assert_eq!(tree.get("src/a.rs").unwrap().content, None);
        let lines = github.lines();
        assert_eq!(github.forget().len(), requests, "{lines:?}");
    }
    wait(async {
        let hub = hub(&github, options);
        let mut remote = read_one(&hub, "acme/shop").await.unwrap();
        assert!(!remote.listed);
        hub.list_paths(&mut remote, &wanted("acme/shop")).await.unwrap();
        assert!(remote.listed && remote.snapshot.unwrap().tree.get("src/a.rs").is_some());
    });
}

#[test]
fn a_listing_that_github_cuts_is_completed() {
    let github = Github::start();
    let mut made = github.repository("acme/mono");
    for at in 0..12 {
        made = made
            .file(&format!("a/{}/f{at}.rs", at % 3), "")
            .file(&format!("top{at}.txt"), "");
    }
    made.create();
    github.most_entries(14);
    let listing = TargetRequest {
        listing: true,
        ..wanted("acme/mono")
    };
    let remote = wait(hub(&github, quick()).read(&[listing], &|_| ()))
        .remove(0)
        .1
        .unwrap();
    assert_eq!(remote.snapshot.unwrap().tree.len(), 24);
}

#[test]
fn repositories_are_found_by_topic_property_and_name() {
    let github = Github::start();
    github.organization("acme");
    for at in 0..120 {
        github
            .repository(&format!("acme/infra-{at:03}"))
            .topics(&["terraform"])
            .property("tier", "1")
            .create();
    }
    github
        .repository("acme/infra-archive")
        .topics(&["terraform"])
        .property("tier", "1")
        .create();
    github
        .repository("acme/infra-two")
        .topics(&["terraform"])
        .property("tier", "2")
        .create();
    github
        .repository("acme/web")
        .topics(&["terraform"])
        .property("tier", "1")
        .create();
    github
        .repository("acme/infra-off")
        .topics(&["terraform", "lessonbook-off"])
        .property("tier", "1")
        .create();
    github
        .repository("acme/infra-old")
        .topics(&["terraform"])
        .property("tier", "1")
        .archived()
        .create();
    github
        .repository("acme/infra-void")
        .topics(&["terraform"])
        .property("tier", "1")
        .empty()
        .create();
    github
        .repository("acme/infra-fork")
        .topics(&["terraform"])
        .property("tier", "1")
        .fork()
        .create();
    let rule = Discover {
        organization: "acme".into(),
        topics: vec!["terraform".into()],
        properties: [("tier".to_owned(), "1".to_owned())].into(),
        include: vec!["infra-*".into()],
        exclude: vec!["*-archive".into()],
        ..Discover::default()
    };
    let found = wait(hub(&github, quick()).discover(&rule)).unwrap();
    let targets: Vec<&str> = found
        .iter()
        .filter(|found| found.left_out.is_none())
        .map(|found| found.name.as_str())
        .collect();
    assert_eq!(
        (targets.len(), targets[0], targets[119]),
        (120, "acme/infra-000", "acme/infra-119")
    );
    let left: Vec<(&str, SkipReason)> = found
        .iter()
        .filter_map(|found| Some((found.name.as_str(), found.left_out?)))
        .collect();
    assert_eq!(
        left,
        [
            ("acme/infra-fork", SkipReason::Fork),
            ("acme/infra-off", SkipReason::OptedOut),
            ("acme/infra-old", SkipReason::Archived),
            ("acme/infra-void", SkipReason::Empty),
        ]
    );
    let with_forks = Discover { forks: true, ..rule };
    let found = wait(hub(&github, quick()).discover(&with_forks)).unwrap();
    assert_eq!(found.iter().filter(|found| found.left_out.is_none()).count(), 121);
    let nobody = Discover {
        organization: "nobody".into(),
        ..Discover::default()
    };
    let finding = wait(hub(&github, quick()).discover(&nobody)).unwrap_err();
    assert_eq!(finding.code, Code::GithubNotFound);
    assert!(finding.message.contains("nobody"), "{}", finding.message);
}

#[test]
fn doctors_facts_name_rules_permissions_and_owners() {
    let github = Github::start();
    github
        .repository("acme/guardrails")
        .file(".github/CODEOWNERS", "* @acme/sre\n")
        .ruleset(
            "all",
            &["~ALL"],
            &[Rule::Creation, Rule::PullRequest { approvals: 2 }],
        )
        .create();
    github.repository("acme/open").create();
    wait(async {
        let hub = hub(&github, quick());
        let facts = hub.settings("acme/guardrails", BRANCH).await.unwrap();
        let kinds = |rules: &Option<Vec<lessonbook_pipeline::pull_request::Rule>>| {
            rules
                .iter()
                .flatten()
                .map(|rule| rule.kind.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&facts.base_rules), ["creation", "pull_request"]);
        assert!(
            facts
                .branch_rules
                .as_ref()
                .unwrap()
                .iter()
                .any(|rule| rule.stops() == Some("creating the branch"))
        );
        assert_eq!(
            (facts.approvals, facts.owners.as_deref()),
            (Some(2), Some("* @acme/sre\n"))
        );
        assert_eq!(
            (facts.permission, facts.default_branch.as_deref()),
            (Permission::Write, Some("main"))
        );
        assert!(facts.grants.contains(&"repo".to_owned()), "{:?}", facts.grants);
        let facts = hub.settings("acme/open", BRANCH).await.unwrap();
        assert_eq!(
            (facts.base_rules, facts.branch_rules),
            (Some(vec![]), Some(vec![]))
        );
        assert_eq!((facts.base_protected, facts.owners), (Some(false), None));
        let gone = hub.settings("acme/gone", BRANCH).await.unwrap_err();
        assert_eq!(gone.code, Code::GithubNotFound);
    });
}
