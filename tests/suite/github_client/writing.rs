//! Writing of proposals: the content, the number of requests, and what is never written.

use super::*;
use lessonbook::repository::github::{ExistingObject, GithubError};
use lessonbook_github_standin::{How, Role, Rule};
use lessonbook_pipeline::pull_request::WriteReceipt;

#[test]
fn a_new_proposal_takes_four_writes() {
    let github = Github::start();
    let base = github
        .repository("acme/shop")
        .file("README.md", "# Shop\n")
        .create();
    let hub = hub(&github, quick());
    let done = wait(propose(&hub, "acme/shop", "Be kind.\n"));
    let shop = github.repo("acme/shop");
    let head = shop.head(BRANCH).unwrap();
    let url = match &done.wrote[..] {
        [
            WriteReceipt::Branch { commit },
            WriteReceipt::Pull { number: 1, url },
        ] if *commit == head => url.clone(),
        other => panic!("{other:?}"),
    };
    assert!(url.ends_with("/acme/shop/pull/1"), "{url}");
    assert_eq!((done.failed, done.warnings), (None, vec![]));
    assert_eq!((github.writes().len(), hub.spent().writes), (4, 4));
    let pull = shop.pull(1);
    assert_eq!(
        (pull.title.as_str(), pull.body.as_str(), pull.base.as_str()),
        ("A proposal", "Why.\n", "main")
    );
    assert_eq!(shop.text(BRANCH, "CLAUDE.md").as_deref(), Some("Be kind.\n"));
    assert_eq!(shop.text(BRANCH, "README.md").as_deref(), Some("# Shop\n"));
    let message = &shop.log(BRANCH)[0];
    let (ours, digest) = message.split_once("Lessonbook-Commit: ").unwrap();
    assert_eq!((ours, digest.trim_end().len()), (MESSAGE, 32));
    assert_eq!(shop.head("main"), Some(base));
}

#[test]
fn bytes_and_modes_arrive_as_they_were_planned() {
    let github = Github::start();
    github
        .repository("acme/shop")
        .file_with("AGENTS.md", "100755", "old\n")
        .file("GEMINI.md", "ours alone\n")
        .file("other.md", "theirs\n")
        .create();
    let cases: [(&str, Mode, &[u8]); 4] = [
        ("AGENTS.md", Mode::Executable, b"new\r\nwith CRLF\r\n"),
        ("CLAUDE.md", Mode::File, b"\xef\xbb\xbfwith a mark\n"),
        (
            ".github/copilot-instructions.md",
            Mode::File,
            b"not \xff UTF-8, no newline",
        ),
        ("docs/ai-lessons.md", Mode::File, b""),
    ];
    let hub = hub(&github, quick());
    let done = wait(async {
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let mut made = commit(&remote, "");
        made.edits = cases
            .iter()
            .map(|(path, mode, bytes)| edit(path, None, file(*mode, bytes)))
            .collect();
        made.edits
            .push(edit("GEMINI.md", file(Mode::File, "ours alone\n"), None));
        let author = Some(("Lessonbook", "lessonbook@example.com"));
        hub.carry_out(&remote, BRANCH, &[Step::CreateBranch(made)], author)
            .await
    });
    assert_eq!(done.failed, None);
    let shop = github.repo("acme/shop");
    let modes = shop.files(BRANCH);
    for (path, mode, bytes) in cases {
        assert_eq!(shop.file(BRANCH, path).as_deref(), Some(bytes), "{path}");
        assert_eq!(modes[path], mode.octal(), "{path}");
    }
    assert!(!modes.contains_key("GEMINI.md") && modes.contains_key("other.md"));
    let git = std::process::Command::new("git")
        .args(["log", "-1", "--format=%an <%ae> %cn", BRANCH])
        .current_dir(shop.git_dir())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&git.stdout),
        "Lessonbook <lessonbook@example.com> Lessonbook\n"
    );
    let again = wait(read_one(&super::hub(&github, quick()), "acme/shop")).unwrap();
    let tree = again.snapshot.unwrap().branch.unwrap().tree;
    assert!(
        cases
            .iter()
            .all(|(path, _, bytes)| tree.file(path) == Some(*bytes))
    );
}

#[test]
fn paths_that_leave_the_repository_are_never_sent() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    let done = wait(async {
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let mut made = commit(&remote, "x");
        made.edits[0].path = ".git/hooks/pre-commit".into();
        hub.carry_out(&remote, BRANCH, &[Step::CreateBranch(made)], None)
            .await
    });
    assert!(
        matches!(done.failed, Some(GithubError::NotSent(_))),
        "{:?}",
        done.failed
    );
    assert_eq!(github.writes().len(), 0);
}

#[test]
fn labels_reviewers_and_assignees_may_fail_without_losing_the_proposal() {
    let github = Github::start();
    github.organization("acme");
    github.repository("acme/shop").role("dana", Role::Write).create();
    let hub = hub(&github, quick());
    let done = wait(async {
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let metadata = Metadata {
            labels: names(&["guardrails", &"x".repeat(51)]),
            reviewers: names(&["dana", "nobody"]),
            team_reviewers: names(&["no-team"]),
            assignees: names(&["dana"]),
        };
        let steps = [Step::CreateBranch(commit(&remote, "Be kind.\n")), open(metadata)];
        hub.carry_out(&remote, BRANCH, &steps, None).await
    });
    let read = wait(read_one(&super::hub(&github, quick()), "acme/shop")).unwrap();
    let known = read.pull.unwrap();
    assert_eq!(
        known.requested,
        Some(vec!["dana".to_owned(), "dana".to_owned()]),
        "to review, and assigned"
    );
    let pull = github.repo("acme/shop").pull(1);
    assert_eq!(
        (pull.labels, pull.reviewers, pull.assignees),
        (
            vec!["guardrails".into()],
            vec!["dana".into()],
            vec!["dana".into()]
        )
    );
    assert_eq!((done.failed, done.wrote.len()), (None, 2));
    let said: Vec<&str> = done
        .warnings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(
        said[0].contains("`nobody`") && said[1].contains("`no-team`") && said[2].contains("50 characters"),
        "{said:#?}"
    );
    assert!(
        done.warnings
            .iter()
            .all(|finding| finding.target.as_deref() == Some("acme/shop"))
    );
}

#[test]
fn an_update_goes_on_top_and_only_from_the_commit_that_was_read() {
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
        let mut on_top = commit(&remote, "Two.\n");
        on_top.onto.clone_from(&head);
        on_top.onto_tree = remote.branch_tree.clone().unwrap();
        let step = Step::MoveBranch {
            from: head.clone(),
            to: on_top,
            force: false,
        };
        github.forget();
        let done = hub
            .carry_out(&remote, BRANCH, std::slice::from_ref(&step), None)
            .await;
        assert_eq!((done.failed, github.forget().len()), (None, 3));
        let shop = github.repo("acme/shop");
        assert_eq!(
            (shop.log(BRANCH).len(), shop.text(BRANCH, "CLAUDE.md").as_deref()),
            (3, Some("Two.\n"))
        );

        // A person pushed before the second run with the same plan.
        let theirs = shop
            .commit(BRANCH)
            .by("dana")
            .message("Mine")
            .write("x.md", "mine\n")
            .push();
        let done = hub.carry_out(&remote, BRANCH, &[step], None).await;
        assert!(
            matches!(done.failed, Some(GithubError::Stale(_))),
            "{:?}",
            done.failed
        );
        assert_eq!(shop.head(BRANCH), Some(theirs));
        assert_eq!(github.lost_commits(), []);
    });
}

#[test]
fn a_rebuilt_branch_moves_once_and_its_proposal_stays_open() {
    let github = Github::start();
    github.repository("acme/shop").file("CLAUDE.md", "old\n").create();
    let hub = hub(&github, quick());
    wait(async {
        propose(&hub, "acme/shop", "One.\n").await;
        github
            .repo("acme/shop")
            .commit("main")
            .write("CLAUDE.md", "theirs\n")
            .push();
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        assert_eq!(remote.pull.as_ref().unwrap().conflicting, Some(true));
        let head = remote
            .snapshot
            .as_ref()
            .unwrap()
            .branch
            .as_ref()
            .unwrap()
            .head
            .clone();
        let unforced = Step::MoveBranch {
            from: head.clone(),
            to: commit(&remote, "theirs\nTwo.\n"),
            force: false,
        };
        let done = hub.carry_out(&remote, BRANCH, &[unforced], None).await;
        assert_eq!(done.failed, Some(GithubError::NotFastForward));
        let forced = Step::MoveBranch {
            from: head,
            to: commit(&remote, "theirs\nTwo.\n"),
            force: true,
        };
        github.forget();
        let done = hub.carry_out(&remote, BRANCH, &[forced], None).await;
        assert_eq!((done.failed, github.moves().len()), (None, 1));
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        assert_eq!(remote.pull.unwrap().conflicting, Some(false));
        assert_eq!(github.closed_by_move(), []);
    });
}

#[test]
fn what_stands_already_is_found_instead_of_made_twice() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    wait(async {
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let steps = [
            Step::CreateBranch(commit(&remote, "One.\n")),
            open(Metadata::default()),
        ];
        let first = hub.carry_out(&remote, BRANCH, &steps, None).await;
        github.advance(60);
        let second = hub.carry_out(&remote, BRANCH, &steps, None).await;
        assert_eq!(first, second);
        assert_eq!(github.repo("acme/shop").pulls().len(), 1);
        let other = [Step::CreateBranch(commit(&remote, "Other.\n"))];
        let done = hub.carry_out(&remote, BRANCH, &other, None).await;
        assert_eq!(done.failed, Some(GithubError::Exists(ExistingObject::Branch)));
    });
}

#[test]
fn a_proposal_is_rewritten_closed_reopened_and_its_branch_deleted() {
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
        let run = async |step: Step| {
            let done = hub.carry_out(&remote, BRANCH, &[step], None).await;
            done.failed.map_or_else(|| Ok(done.wrote[0].clone()), Err)
        };
        let shop = github.repo("acme/shop");
        run(Step::Rewrite {
            number: 1,
            text: text("New", "Words"),
        })
        .await
        .unwrap();
        assert_eq!(
            (shop.pull(1).title.as_str(), shop.pull(1).body.as_str()),
            ("New", "Words")
        );
        run(Step::Close { number: 1 }).await.unwrap();
        assert_eq!(shop.pull(1).state, "CLOSED");
        assert!(matches!(
            run(Step::Reopen { number: 1 }).await,
            Ok(WriteReceipt::Pull { number: 1, .. })
        ));
        assert_eq!(shop.pull(1).state, "OPEN");
        run(Step::Close { number: 1 }).await.unwrap();
        let gone = Step::DeleteBranch { from: head };
        assert_eq!(run(gone.clone()).await, Ok(WriteReceipt::Done));
        assert_eq!(
            (shop.head(BRANCH), run(gone).await),
            (None, Ok(WriteReceipt::Nothing))
        );
        assert!(matches!(
            run(Step::Reopen { number: 1 }).await,
            Err(GithubError::NotReopened(_))
        ));
    });
}

#[test]
fn a_branch_with_another_persons_commit_is_not_deleted() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    wait(async {
        propose(&hub, "acme/shop", "One.\n").await;
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let from = remote
            .snapshot
            .as_ref()
            .unwrap()
            .branch
            .as_ref()
            .unwrap()
            .head
            .clone();
        let theirs = github
            .repo("acme/shop")
            .commit(BRANCH)
            .by("dana")
            .write("x.md", "mine\n")
            .push();
        let done = hub
            .carry_out(&remote, BRANCH, &[Step::DeleteBranch { from }], None)
            .await;
        assert!(
            matches!(done.failed, Some(GithubError::Stale(_))),
            "{:?}",
            done.failed
        );
        assert_eq!(github.repo("acme/shop").head(BRANCH), Some(theirs));
    });
}

#[test]
fn a_comment_is_written_once_and_edited_if_it_differs() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    wait(async {
        propose(&hub, "acme/shop", "One.\n").await;
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let shop = github.repo("acme/shop");
        shop.comment(1, "dana", "A forgery\n\n<!-- lessonbook:say edited -->");
        let mut said = Vec::new();
        for words in ["You edited it.", "You edited it.", "You edited it twice."] {
            let step = Step::Say {
                number: 1,
                key: "edited".into(),
                text: words.into(),
            };
            said.extend(hub.carry_out(&remote, BRANCH, &[step], None).await.wrote);
        }
        assert_eq!(
            said,
            [WriteReceipt::Done, WriteReceipt::Nothing, WriteReceipt::Done]
        );
        let comments = shop.pull(1).comments;
        assert_eq!(comments.len(), 2);
        assert!(
            comments[1].1.starts_with("You edited it twice.\n"),
            "{comments:?}"
        );
    });
}

#[test]
fn refusals_are_told_apart() {
    let github = Github::start();
    let run = |name: &str, hub: &GithubConnection| {
        wait(async {
            let remote = read_one(hub, name).await.unwrap();
            let steps = [
                Step::CreateBranch(commit(&remote, "One.\n")),
                open(Metadata::default()),
            ];
            hub.carry_out(&remote, BRANCH, &steps, None).await.failed
        })
    };
    github.repository("acme/old").archived().create();
    github
        .repository("acme/ruled")
        .ruleset("all", &["~ALL"], &[Rule::Creation])
        .create();
    github
        .repository("acme/paths")
        .ruleset(
            "no",
            &["~ALL"],
            &[Rule::FilePath {
                starts_with: "CLAUDE".into(),
            }],
        )
        .create();
    github
        .repository("acme/read")
        .role(lessonbook_github_standin::ROBOT, Role::Read)
        .create();
    assert_eq!(
        run("acme/old", &hub(&github, quick())),
        Some(GithubError::Archived)
    );
    assert!(matches!(
        run("acme/ruled", &hub(&github, quick())),
        Some(GithubError::Rule(_))
    ));
    assert!(matches!(
        run("acme/paths", &hub(&github, quick())),
        Some(GithubError::Rule(_))
    ));
    let refused = run("acme/read", &hub(&github, quick()));
    assert!(
        matches!(refused, Some(GithubError::NoPermission { .. })),
        "{refused:?}"
    );
    let token = github.fine_grained(
        "lessonbook-bot",
        &[("contents", Role::Write), ("pull_requests", Role::Read)],
        None,
    );
    github.repository("acme/fine").create();
    let fine = GithubConnection::from_env(&env(&github.environment(&token)), quick())
        .unwrap()
        .unwrap();
    match run("acme/fine", &fine) {
        Some(GithubError::NoPermission { needs }) => assert!(
            needs.replace('_', " ").contains("pull requests: write"),
            "{needs}"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_merged_proposal_leaves_a_branch_that_is_reported_as_merged() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    wait(async {
        propose(&hub, "acme/shop", "One.\n").await;
        github.repo("acme/shop").merge(1, "dana", How::Merge);
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        assert_eq!(
            remote.pull.unwrap().state,
            lessonbook_pipeline::pull_request::PullState::Merged
        );
        assert!(remote.snapshot.unwrap().branch.unwrap().merged);
    });
}
