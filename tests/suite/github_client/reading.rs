//! Reading of targets, and the number of requests for it.

use super::*;
use lessonbook_base::finding::Code;
use lessonbook_github_standin::{Fault, Match};
use lessonbook_pipeline::pull_request::{Permission, PullState, Review};
use lessonbook_store::Visibility;

/// A number of repositories, each with a Copilot file.
fn fleet(github: &Github, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|at| format!("acme/r{at:03}")).collect();
    for name in &names {
        let made = github
            .repository(name)
            .file(".github/copilot-instructions.md", "Be kind.\n");
        made.file("k8s/deployment.yaml", "kind: Deployment\n").create();
    }
    names
}

fn all(names: &[String]) -> Vec<TargetRequest<'_>> {
    names.iter().map(|name| wanted(name)).collect()
}

#[test]
fn a_hundred_targets_take_two_requests_and_no_write() {
    let github = Github::start();
    let names = fleet(&github, 100);
    // A busy machine needs its time: a request without an answer in time would be sent again.
    let options = GithubOptions {
        timeout: Duration::from_secs(30),
        ..quick()
    };
    let hub = hub(&github, options);
    let told = std::cell::Cell::new(0);
    let read = wait(hub.read(&all(&names), &|done| told.set(done)));
    let order: Vec<&String> = read.iter().map(|(name, _)| name).collect();
    assert_eq!(order, names.iter().collect::<Vec<_>>());
    assert!(read.iter().all(|(_, remote)| remote.is_ok()));
    assert_eq!(told.get(), 100);
    assert_eq!(github.lines(), ["POST /graphql 200", "POST /graphql 200"]);
    assert_eq!((hub.spent().requests, hub.spent().writes), (2, 0));
}

#[test]
fn a_thousand_targets_take_twenty_requests() {
    let github = Github::start();
    let names = fleet(&github, 1000);
    let options = GithubOptions {
        timeout: Duration::from_secs(30),
        ..quick()
    };
    let hub = hub(&github, options);
    let read = wait(hub.read(&all(&names), &|_| ()));
    assert!(read.iter().all(|(_, remote)| remote.is_ok()));
    assert_eq!((hub.spent().requests, hub.spent().writes), (20, 0));
}

#[test]
fn a_target_is_read_with_base_permission_visibility_topics_and_own_settings() {
    let github = Github::start();
    let first = github
        .repository("acme/shop")
        .private()
        .topics(&["kubernetes"])
        .file("README.md", "# Shop\n")
        .file("CLAUDE.md", "Be kind.\n")
        .file(".github/lessonbook.yaml", "hold: {}\n")
        .create();
    let remote = wait(read_one(&hub(&github, quick()), "acme/shop")).unwrap();
    assert_eq!(
        (remote.name.as_str(), remote.requested_name.as_deref()),
        ("acme/shop", None)
    );
    assert_eq!(
        (remote.visibility, remote.permission),
        (Visibility::Private, Permission::Write)
    );
    assert_eq!(remote.topics, ["kubernetes"]);
    assert_eq!(remote.wishes.as_deref(), Some(b"hold: {}\n".as_slice()));
    assert_eq!(
        (remote.default_branch.as_deref(), remote.pull),
        (Some("main"), None)
    );
    let snapshot = remote.snapshot.unwrap();
    assert_eq!(
        (snapshot.base.branch.as_str(), snapshot.base.commit),
        ("main", first)
    );
    assert_eq!((snapshot.base.time > 0, snapshot.branch), (true, None));
    assert_eq!(snapshot.tree.file("CLAUDE.md"), Some(b"Be kind.\n".as_slice()));
    let paths: Vec<&str> = snapshot.tree.paths().collect();
    assert_eq!(paths, [".github/lessonbook.yaml", "CLAUDE.md", "README.md"]);
}

#[test]
fn bytes_are_read_as_they_are() {
    let github = Github::start();
    let long = "A line of the reference file.\n".repeat(100);
    let cases: [(&str, &[u8]); 6] = [
        ("CLAUDE.md", b"\xef\xbb\xbf# With a mark\r\n"),
        ("AGENTS.md", b"not \xff UTF-8\n"),
        (
            "GEMINI.md",
            b"no final newline, \r\n and two kinds of them\n\n\n.",
        ),
        (".github/copilot-instructions.md", b""),
        (".github/instructions/a.instructions.md", b"nul \0 inside"),
        ("docs/ai-lessons.md", long.as_bytes()),
    ];
    github.most_text(1000);
    let mut made = github.repository("acme/shop");
    for (path, bytes) in cases {
        made = made.file(path, bytes);
    }
    made.create();
    let folder = tempfile::tempdir().unwrap();
    let options = GithubOptions {
        cache: Some(folder.path().to_owned()),
        ..quick()
    };
    for raw in [4, 0] {
        let remote = wait(read_one(&hub(&github, options.clone()), "acme/shop")).unwrap();
        let tree = remote.snapshot.unwrap().tree;
        for (path, bytes) in cases {
            assert_eq!(tree.file(path), Some(bytes), "{path}");
        }
        let seen = github.forget();
        let blobs = seen
            .iter()
            .filter(|seen| seen.path.contains("/git/blobs/"))
            .count();
        assert_eq!(
            (seen.len(), blobs),
            (raw + 1, raw),
            "the second time from the cache"
        );
    }
}

#[test]
fn modes_links_and_families_are_read_down_to_any_depth() {
    let github = Github::start();
    let rule = "---\napplyTo: \"**\"\n---\n\nText.\n";
    github
        .repository("acme/shop")
        .file_with("AGENTS.md", "120000", "CLAUDE.md")
        .file_with("CLAUDE.md", "100755", "#!/bin/cat\n")
        .file(".github/instructions/a.instructions.md", rule)
        .file(".github/instructions/b/c.instructions.md", rule)
        .file(".github/instructions/b/c/d/e.instructions.md", rule)
        .file(".github/instructions/notes.txt", "no rule")
        .file(".rules", "hides\n")
        .create();
    let github_requests = || github.forget().len();
    let remote = wait(read_one(&hub(&github, quick()), "acme/shop")).unwrap();
    let tree = remote.snapshot.unwrap().tree;
    let link = tree.get("AGENTS.md").unwrap();
    assert_eq!(
        (link.mode, link.content.as_deref()),
        (Mode::Symlink, Some(b"CLAUDE.md".as_slice()))
    );
    assert_eq!(tree.get("CLAUDE.md").unwrap().mode, Mode::Executable);
    for path in [
        "a.instructions.md",
        "b/c.instructions.md",
        "b/c/d/e.instructions.md",
    ] {
        let path = format!(".github/instructions/{path}");
        assert_eq!(tree.file(&path), Some(rule.as_bytes()), "{path}");
    }
    let notes = tree.get(".github/instructions/notes.txt").unwrap();
    assert_eq!(notes.content, None, "named, not read");
    assert!(tree.get(".rules").is_some());
    assert_eq!(
        github_requests(),
        3,
        "one query, one listing, one blob for the deepest file"
    );
}

#[test]
fn a_name_that_differs_in_case_only_makes_the_whole_listing_needed() {
    let github = Github::start();
    github
        .repository("acme/shop")
        .file("Claude.md", "mine\n")
        .file("src/a.rs", "")
        .create();
    let remote = wait(read_one(&hub(&github, quick()), "acme/shop")).unwrap();
    assert!(remote.listed);
    assert!(remote.snapshot.unwrap().tree.get("src/a.rs").is_some());
}

#[test]
fn batches_that_are_too_large_are_halved_and_none_is_lost() {
    let github = Github::start();
    let names = fleet(&github, 60);
    github.most_aliases(20);
    let hub = hub(&github, quick());
    let read = wait(hub.read(&all(&names), &|_| ()));
    assert!(read.iter().all(|(_, remote)| remote.is_ok()));
    assert!(github.requests().iter().any(|seen| seen.status == 502));
    assert!(github.requests().len() < 20, "{:?}", github.lines());
}

#[test]
fn an_error_in_one_repository_does_not_stop_the_others() {
    let github = Github::start();
    let mut names = fleet(&github, 3);
    github.repository("acme/old").archived().create();
    github.repository("acme/void").empty().create();
    github.repository("acme/before").create();
    github.repo("acme/before").rename("acme/after");
    names.extend(["acme/nowhere", "acme/old", "acme/void", "acme/before"].map(str::to_owned));
    let hub = hub(&github, quick());
    let read = wait(hub.read(&all(&names), &|_| ()));
    let codes: Vec<Option<Code>> = read
        .iter()
        .map(|(_, read)| read.as_ref().err().map(|finding| finding.code))
        .collect();
    assert_eq!(
        codes,
        [None, None, None, Some(Code::GithubNotFound), None, None, None]
    );
    let get = |at: usize| read[at].1.as_ref().unwrap();
    assert!(get(4).archived);
    assert!(get(5).empty && get(5).snapshot.is_none());
    assert_eq!(
        (get(6).name.as_str(), get(6).requested_name.as_deref()),
        ("acme/after", Some("acme/before"))
    );
    assert_eq!(github.requests().len(), 1);
}

#[test]
fn a_configured_base_that_does_not_exist_is_reported() {
    let github = Github::start();
    github.repository("acme/shop").create();
    github
        .repo("acme/shop")
        .commit("develop")
        .write("CLAUDE.md", "later\n")
        .push();
    let hub = hub(&github, quick());
    let on = |base| TargetRequest {
        base: Some(base),
        ..wanted("acme/shop")
    };
    let mut read = wait(hub.read(&[on("develop"), on("gone")], &|_| ()));
    let gone = read.remove(1).1.unwrap_err();
    assert_eq!(
        (gone.code, gone.target.as_deref()),
        (Code::BaseUnclear, Some("acme/shop"))
    );
    let snapshot = read.remove(0).1.unwrap().snapshot.unwrap();
    assert_eq!(snapshot.base.branch, "develop");
    assert_eq!(snapshot.tree.file("CLAUDE.md"), Some(b"later\n".as_slice()));
}

#[test]
fn our_branch_and_its_proposal_are_read_in_the_same_request() {
    let github = Github::start();
    github.repository("acme/shop").create();
    let hub = hub(&github, quick());
    wait(async {
        assert_eq!(propose(&hub, "acme/shop", "Be kind.\n").await.failed, None);
        github.repo("acme/shop").label(1, "dana", "lessonbook:hold");
        github.forget();
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        assert_eq!(github.forget().len(), 1);
        let branch = remote.snapshot.as_ref().unwrap().branch.clone().unwrap();
        assert_eq!(Some(branch.head.clone()), github.repo("acme/shop").head(BRANCH));
        assert_eq!(
            (branch.ours, branch.merged, branch.foreign.len()),
            (true, false, 0)
        );
        assert_eq!(branch.digest.as_deref(), Some("0123456789abcdef"));
        assert_eq!(branch.touched, ["CLAUDE.md"]);
        assert_eq!(branch.tree.file("CLAUDE.md"), Some(b"Be kind.\n".as_slice()));
        assert_ne!(remote.branch_tree, remote.base_tree);
        let pull = remote.pull.unwrap();
        assert_eq!(pull.held_since, Some(github.now()));
        assert_eq!(
            (pull.number, pull.state, pull.review),
            (1, PullState::Open, Review::None)
        );
        assert_eq!((pull.head, pull.base_branch.as_str()), (branch.head, "main"));
        assert_eq!(
            (pull.labels.as_slice(), pull.conflicting),
            ([String::from("lessonbook:hold")].as_slice(), Some(false))
        );

        // A person's commit, and a review.
        github
            .repo("acme/shop")
            .commit(BRANCH)
            .by("dana")
            .message("Mine")
            .write("x.md", "mine\n")
            .push();
        github.repo("acme/shop").approve(1, "dana");
        let remote = read_one(&hub, "acme/shop").await.unwrap();
        let branch = remote.snapshot.unwrap().branch.unwrap();
        assert!(
            !branch.ours && branch.foreign[0].ends_with("Mine (dana)"),
            "{:?}",
            branch.foreign
        );
        assert_eq!(branch.touched, ["CLAUDE.md", "x.md"]);
        assert_eq!(remote.pull.unwrap().review, Review::Approved);

        // Closed by a person.
        github.repo("acme/shop").close(1, "dana");
        let pull = read_one(&hub, "acme/shop").await.unwrap().pull.unwrap();
        assert_eq!(
            (pull.state, pull.closed_by.as_deref()),
            (PullState::Closed, Some("dana"))
        );
        assert!(pull.closed.is_some());
    });
}

#[test]
fn a_branch_without_a_proposal_or_with_a_long_history_is_compared() {
    let github = Github::start();
    github.repository("acme/shop").create();
    for at in 0..103 {
        let message = if at == 7 { "Mine" } else { MESSAGE };
        let text = format!("{at}\n");
        github
            .repo("acme/shop")
            .commit(BRANCH)
            .message(message)
            .write("CLAUDE.md", text)
            .push();
    }
    let remote = wait(read_one(&hub(&github, quick()), "acme/shop")).unwrap();
    let branch = remote.snapshot.unwrap().branch.unwrap();
    // A commit with a copy of our message is not ours: twenty are listed, and one line counts the others.
    assert_eq!((branch.ours, branch.foreign.len()), (false, 21));
    assert_eq!(
        (branch.touched.as_slice(), remote.pull),
        ([String::from("CLAUDE.md")].as_slice(), None)
    );
}

#[test]
fn a_read_without_a_response_is_repeated() {
    for fault in [
        Fault::Status(500),
        Fault::Html(502),
        Fault::Reset,
        Fault::CutBody,
        Fault::Hang,
        Fault::Answer(200, vec![], "<html>maintenance</html>".into()),
    ] {
        let github = Github::start();
        github.repository("acme/shop").create();
        github.fail(Match::any(), fault.clone());
        let read = wait(read_one(&hub(&github, quick()), "acme/shop"));
        assert!(read.is_ok(), "{fault:?}: {read:?}");
        assert_eq!(github.requests().len(), 2, "{fault:?}");
    }
}

#[test]
fn a_file_that_is_too_large_is_named_with_its_size_and_never_fetched() {
    let github = Github::start();
    let large = "a line of text\n".repeat(100_000);
    github
        .repository("acme/shop")
        .file("CLAUDE.md", &large)
        .file("AGENTS.md", "Be kind.\n")
        .file(".github/instructions/b/c/d/e.instructions.md", &large)
        .create();
    let remote = wait(read_one(&hub(&github, quick()), "acme/shop")).unwrap();
    let tree = remote.snapshot.unwrap().tree;
    for path in ["CLAUDE.md", ".github/instructions/b/c/d/e.instructions.md"] {
        let entry = tree.get(path).unwrap();
        assert_eq!(
            (entry.content.as_deref(), entry.unread),
            (None, Some(1_500_000)),
            "{path}"
        );
    }
    assert_eq!(tree.file("AGENTS.md"), Some(b"Be kind.\n".as_slice()));
    let seen = github.forget();
    assert!(seen.iter().all(|seen| !seen.path.contains("/git/blobs/")));
}
