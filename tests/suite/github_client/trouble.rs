//! Lost responses, limits, deadlines: the same result, or a clear error.

use std::time::Instant;

use super::*;
use lessonbook::repository::github::GithubError;
use lessonbook_base::finding::Code;
use lessonbook_github_standin::{Fault, Match};
use lessonbook_pipeline::pull_request::WriteReceipt;

/// Faults that lose the response of a request that was carried out, or that keep it from being carried out.
fn faults() -> Vec<Fault> {
    vec![
        Fault::LostAnswer,
        Fault::BadGatewayAfter,
        Fault::CutBody,
        Fault::HangAfter,
        Fault::Reset,
        Fault::Html(502),
    ]
}

#[test]
fn a_proposal_is_the_same_whichever_response_is_lost() {
    for fault in faults() {
        for nth in 1..=4 {
            let github = Github::start();
            github.repository("acme/shop").create();
            let hub = hub(&github, quick());
            github.fail(Match::writes().nth(nth), fault.clone());
            let done = wait(propose(&hub, "acme/shop", "Be kind.\n"));
            let shop = github.repo("acme/shop");
            let about = format!("{fault:?} at write {nth}: {:#?}", github.lines());
            assert_eq!((&done.failed, done.wrote.len()), (&None, 2), "{about}");
            assert_eq!(shop.pulls().len(), 1, "{about}");
            assert_eq!(shop.head(BRANCH), Some(shop.pull(1).head_oid), "{about}");
            assert_eq!(shop.log(BRANCH).len(), 2, "{about}");
            assert_eq!(github.doubled(), Vec::<String>::new(), "{about}");
        }
    }
}

#[test]
fn an_update_and_its_end_are_the_same_whichever_response_is_lost() {
    for fault in faults() {
        for nth in 1..=6 {
            let github = Github::start();
            github.repository("acme/shop").create();
            let hub = hub(&github, quick());
            wait(async {
                propose(&hub, "acme/shop", "One.\n").await;
                let remote = read_one(&hub, "acme/shop").await.unwrap();
                let head = remote
                    .snapshot
                    .as_ref()
                    .unwrap()
                    .branch
                    .as_ref()
                    .unwrap()
                    .head
                    .clone();
                let to = commit(&remote, "Two.\n");
                let say = Step::Say {
                    number: 1,
                    key: "gone".into(),
                    text: "Not needed.".into(),
                };
                github.fail(Match::writes().nth(nth), fault.clone());
                let steps = [
                    Step::MoveBranch {
                        from: head,
                        to,
                        force: true,
                    },
                    say,
                    Step::Close { number: 1 },
                ];
                let done = hub.carry_out(&remote, BRANCH, &steps, None).await;
                let about = format!("{fault:?} at write {nth}: {:#?}", github.lines());
                assert_eq!((&done.failed, done.wrote.len()), (&None, 3), "{about}");
                let WriteReceipt::Branch { commit } = &done.wrote[0] else {
                    panic!("{about}");
                };
                let end = hub
                    .carry_out(
                        &remote,
                        BRANCH,
                        &[Step::DeleteBranch { from: commit.clone() }],
                        None,
                    )
                    .await;
                assert_eq!(end.failed, None, "{about}");
                let shop = github.repo("acme/shop");
                assert_eq!(
                    (shop.pull(1).state, shop.pull(1).comments.len()),
                    ("CLOSED", 1),
                    "{about}"
                );
                assert_eq!(shop.head(BRANCH), None, "{about}");
                assert_eq!(github.closed_by_move(), [], "{about}");
            });
        }
    }
}

#[test]
fn a_run_that_was_cut_off_after_any_write_is_finished_by_the_next() {
    for writes in 0..4 {
        let github = Github::start();
        github.repository("acme/shop").create();
        let steps = wait(async {
            let hub = hub(&github, quick());
            let remote = read_one(&hub, "acme/shop").await.unwrap();
            let steps = [
                Step::CreateBranch(commit(&remote, "One.\n")),
                open(Metadata::default()),
            ];
            github.cut_off_after_writes(writes);
            let done = hub.carry_out(&remote, BRANCH, &steps, None).await;
            assert!(
                matches!(done.failed, Some(GithubError::Down(_))),
                "{:?}",
                done.failed
            );
            steps
        });
        github.heal();
        github.advance(3600);
        wait(async {
            let hub = hub(&github, quick());
            let remote = read_one(&hub, "acme/shop").await.unwrap();
            let done = hub.carry_out(&remote, BRANCH, &steps, None).await;
            assert_eq!((done.failed, done.wrote.len()), (None, 2));
        });
        assert_eq!(github.repo("acme/shop").pulls().len(), 1);
        assert_eq!(github.repo("acme/shop").log(BRANCH).len(), 2);
    }
}

#[test]
fn labels_are_left_for_the_next_run_where_reviewers_could_not_be_asked() {
    let github = Github::start();
    github
        .repository("acme/shop")
        .role("dana", github::Role::Write)
        .create();
    let hub = hub(&github, quick());
    let done = wait(async {
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let metadata = Metadata {
            labels: vec!["guardrails".into()],
            reviewers: vec!["dana".into()],
            ..Metadata::default()
        };
        let reviewers = Match::rest("POST", "/repos/*/requested_reviewers");
        github.fail(reviewers, Fault::Secondary(403, Some(600)));
        let steps = [Step::CreateBranch(commit(&remote, "One.\n")), open(metadata)];
        hub.carry_out(&remote, BRANCH, &steps, None).await
    });
    assert_eq!((done.failed, done.wrote.len(), done.warnings.len()), (None, 2, 1));
    assert_eq!(github.repo("acme/shop").pull(1).labels, Vec::<String>::new());
}

#[test]
fn limits_of_every_kind_are_waited_out() {
    for fault in [Fault::Secondary(403, Some(1)), Fault::Secondary(429, Some(1))] {
        for which in [Match::reads(), Match::writes().nth(3)] {
            let github = Github::start();
            github.repository("acme/shop").create();
            let hub = hub(&github, quick());
            github.fail(which, fault.clone());
            let start = Instant::now();
            let done = wait(propose(&hub, "acme/shop", "Be kind.\n"));
            assert_eq!((done.failed, done.wrote.len()), (None, 2), "{fault:?}");
            assert!(start.elapsed() >= Duration::from_millis(900), "{fault:?}");
            assert!(hub.spent().waited >= Duration::from_millis(900));
            assert!(
                hub.spent().gap >= Duration::from_millis(500),
                "slower from now on"
            );
        }
    }
}

#[test]
fn a_limit_that_takes_too_long_defers_and_loses_nothing() {
    for fault in [
        Fault::Secondary(403, Some(600)),
        Fault::Secondary(403, None),
        Fault::RateLimited,
        Fault::TooQuick,
        Fault::Primary(1_767_603_600 + 1800),
    ] {
        let github = Github::start();
        github.repository("acme/shop").create();
        github.repository("acme/next").create();
        let hub = hub(&github, quick());
        github.fail(Match::graphql("repository"), fault.clone());
        wait(async {
            let read = hub
                .read(&[wanted("acme/shop"), wanted("acme/next")], &|_| ())
                .await;
            for (name, read) in read {
                let finding = read.unwrap_err();
                assert_eq!(finding.code, Code::GithubLimited, "{fault:?} {name}: {finding:?}");
            }
        });
        assert_eq!(
            github.requests().len(),
            1,
            "{fault:?}: nothing more is sent into a limit"
        );
    }
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    github.fail(Match::rest("POST", "/repos/*/pulls"), Fault::Secondary(403, None));
    let done = wait(propose(&hub, "acme/shop", "Be kind.\n"));
    assert!(
        matches!(done.failed, Some(GithubError::Limited { until: Some(_) })),
        "{:?}",
        done.failed
    );
    assert!(done.failed.unwrap().is_for_now());
    assert_eq!(
        done.wrote.len(),
        1,
        "the branch stands, and the next run opens the proposal"
    );
}

#[test]
fn where_nothing_remains_no_request_is_sent_to_be_refused() {
    let github = Github::start();
    github.real_clock();
    github.quota(3);
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    let done = wait(propose(&hub, "acme/shop", "Be kind.\n"));
    match done.failed {
        Some(GithubError::Limited { until: Some(until) }) => assert!(until > github.now(), "{until}"),
        other => panic!("{other:?}"),
    }
    let seen = github.requests();
    assert!(seen.iter().all(|seen| seen.status < 400), "{:?}", github.lines());
    assert!(seen.len() <= 4, "{:?}", github.lines());
}

#[test]
fn a_deadline_ends_the_writing_and_the_time_is_reported() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let options = GithubOptions {
        pace: Duration::from_millis(400),
        until: Some(Duration::from_secs(1)),
        ..quick()
    };
    let hub = hub(&github, options);
    let done = wait(propose(&hub, "acme/shop", "Be kind.\n"));
    assert!(
        matches!(done.failed, Some(GithubError::Limited { until: Some(_) })),
        "{:?}",
        done.failed
    );
    let writes = github.writes().len();
    assert!((1..4).contains(&writes), "{writes}");
}

#[test]
fn a_run_that_is_stopped_writes_nothing_more() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    let done = wait(async {
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        github.latency(300);
        let steps = [
            Step::CreateBranch(commit(&remote, "Be kind.\n")),
            open(Metadata::default()),
        ];
        let stop = async {
            tokio::time::sleep(Duration::from_millis(450)).await;
            hub.stopper().stop();
        };
        let (done, ()) = futures_util::future::join(hub.carry_out(&remote, BRANCH, &steps, None), stop).await;
        done
    });
    assert_eq!((done.failed, done.wrote.len()), (Some(GithubError::Stopped), 0));
    let lines: Vec<&str> = vec![
        "POST /repos/acme/shop/git/trees 201",
        "POST /repos/acme/shop/git/commits 201",
    ];
    let seen: Vec<String> = github.writes().iter().map(github::Seen::line).collect();
    assert_eq!(seen, lines, "the one in flight is answered, the next is not sent");
}

#[test]
fn a_server_that_does_not_answer_is_a_finding_and_not_a_panic() {
    let pairs = [
        ("GITHUB_API_URL", "http://127.0.0.1:9".to_owned()),
        ("GITHUB_TOKEN", "ghp_x".to_owned()),
    ];
    let hub = GithubConnection::from_env(&env(&pairs), quick())
        .unwrap()
        .unwrap();
    let finding = wait(read_one(&hub, "acme/shop")).unwrap_err();
    assert_eq!(
        (finding.code, finding.target.as_deref()),
        (Code::GithubDown, Some("acme/shop"))
    );
}
