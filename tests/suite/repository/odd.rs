//! Repositories that are damaged, moved, in an unknown format, or cloned under another name: what is read, and what is refused.

use super::*;

fn app(sandbox: &Sandbox) {
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
}

/// The base, or the finding that refuses the target.
fn base(sandbox: &Sandbox, path: &str, wanted: Option<&str>) -> Result<String, Finding> {
    let opened = LocalRepository::open(&sandbox.path(path), path)?;
    let snapshot = opened.snapshot(wanted, "acme", &everything)?;
    Ok(snapshot.base.branch)
}

/// The finding, which must have this code and name this.
fn refused(sandbox: &Sandbox, path: &str, expected: &str, names: &str) -> Finding {
    let finding = base(sandbox, path, None).expect_err(names);
    assert_eq!(code(&finding), expected, "{finding:?}");
    assert!(finding.message.contains(names), "{}", finding.message);
    finding
}

/// Runs the commands of a way out that begin with this.
fn follow(sandbox: &Sandbox, finding: &Finding, begin: &str) {
    let help = finding.help.as_deref().expect("a way out");
    let at = help.find(begin).unwrap_or_else(|| panic!("{help}"));
    let run = sandbox.shell(".", &help[at..]);
    assert_eq!(run.code, 0, "{help}: {}", run.stderr);
}

/// Cuts a file off.
fn cut(sandbox: &Sandbox, path: &str, size: usize) {
    let bytes = sandbox.read(path);
    std::fs::remove_file(sandbox.path(path)).expect("removed");
    sandbox.write(path, &bytes[..size.min(bytes.len())]);
}

#[test]
fn no_other_branch_is_taken_in_the_place_of_one_that_cannot_be_read() {
    let contents = [
        "",
        "garbage\n",
        "ref: refs/heads/gone\n",
        "1234567890123456789012345678901234567890\n",
    ];
    for name in ["main", "trunk"] {
        for content in contents {
            let sandbox = Sandbox::new();
            app(&sandbox);
            sandbox.git("app", &["checkout", "--quiet", "-b", "develop"]);
            sandbox.git("app", &["branch", "--quiet", "--move", "main", name]);
            sandbox.write(&format!("app/.git/refs/heads/{name}"), content);
            let reference = format!("refs/heads/{name}");
            refused(&sandbox, "app", "repository-unreadable", &reference);
            // Whoever names the base is not guessing.
            assert_eq!(base(&sandbox, "app", Some("develop")).expect("a base"), "develop");
        }
    }
}

#[test]
fn an_unreadable_main_is_not_called_a_repository_without_a_commit() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.write("app/.git/refs/heads/main", "");
    refused(&sandbox, "app", "repository-unreadable", "refs/heads/main");
}

#[test]
fn a_broken_branch_that_could_not_be_the_base_stops_nothing() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.write("app/.git/refs/heads/old", "");
    assert_eq!(base(&sandbox, "app", None).expect("a base"), "main");
}

#[test]
fn a_damaged_list_of_references_is_named() {
    for (size, tail) in [(60, ""), (10_000, "garbage"), (0, "")] {
        let sandbox = Sandbox::new();
        app(&sandbox);
        sandbox.git("app", &["pack-refs", "--all"]);
        sandbox.git("app", &["checkout", "--quiet", "-b", "develop"]);
        cut(&sandbox, "app/.git/packed-refs", size);
        let bytes = [sandbox.read("app/.git/packed-refs"), tail.into()].concat();
        sandbox.write("app/.git/packed-refs", bytes);
        refused(&sandbox, "app", "repository-unreadable", "`packed-refs`");
    }
}

#[test]
fn a_head_without_a_name_has_a_way_out_that_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.write("app/.git/HEAD", "");
    let finding = refused(&sandbox, "app", "repository-unreadable", "`HEAD`");
    let help = finding.help.expect("a way out").replace("NAME", "main");
    let at = help.find("echo").expect("a command");
    assert_eq!(sandbox.shell(".", &help[at..]).code, 0);
    assert_eq!(base(&sandbox, "app", None).expect("a base"), "main");
}

#[test]
fn damaged_caches_of_git_are_not_read() {
    let commit_graph = |sandbox: &Sandbox, size| {
        sandbox.git("app", &["commit-graph", "write", "--reachable"]);
        cut(sandbox, "app/.git/objects/info/commit-graph", size);
    };
    let multi_pack_index = |sandbox: &Sandbox, size| {
        sandbox.git("app", &["repack", "--quiet"]);
        sandbox.git("app", &["multi-pack-index", "write"]);
        cut(sandbox, "app/.git/objects/pack/multi-pack-index", size);
    };
    for damage in [commit_graph as fn(&Sandbox, usize), multi_pack_index] {
        for size in [0, 100, 1_000] {
            let sandbox = Sandbox::new();
            app(&sandbox);
            sandbox.write("app/other", "");
            sandbox.commit("app", "Second");
            damage(&sandbox, size);
            created(&propose(&sandbox, "app", "CLAUDE.md", "new\n"));
            damage(&sandbox, size);
            assert!(snapshot(&sandbox, "app").branch.expect("our branch").ours);
            assert_eq!(
                propose(&sandbox, "app", "CLAUDE.md", "new\n"),
                WriteOutcome::Unchanged
            );
        }
    }
}

/// A clone with this remote, on the branch `feature`, without a local `main`.
fn clone_of(sandbox: &Sandbox, remote: &str) {
    app(sandbox);
    sandbox.git(".", &["clone", "--quiet", "--origin", remote, "app", "clone"]);
    sandbox.git("clone", &["checkout", "--quiet", "--no-track", "-b", "feature"]);
    sandbox.write("clone/wip", "");
    sandbox.commit("clone", "Unfinished");
    sandbox.git("clone", &["branch", "--quiet", "--delete", "--force", "main"]);
}

#[test]
fn the_only_remote_counts_whatever_its_name() {
    for remote in ["origin", "upstream", "team/upstream"] {
        let sandbox = Sandbox::new();
        clone_of(&sandbox, remote);
        let snapshot = snapshot(&sandbox, "clone");
        assert_eq!(snapshot.base.branch, "main", "{remote}");
        assert_eq!(snapshot.base.commit, sandbox.git("app", &["rev-parse", "main"]));
    }
}

#[test]
fn of_several_remotes_the_one_that_the_settings_name_counts() {
    let sandbox = Sandbox::new();
    clone_of(&sandbox, "upstream");
    sandbox.repository("other", &[("CLAUDE.md", "# Other\n")]);
    sandbox.git("clone", &["remote", "add", "mine", "../other"]);
    sandbox.git("clone", &["fetch", "--quiet", "mine"]);
    let finding = refused(&sandbox, "clone", "base-unclear", "mine, upstream");
    assert!(finding.help.expect("a way out").contains("`base: NAME`"));
    let finding = base(&sandbox, "clone", Some("main")).expect_err("two branches of that name");
    assert_eq!(code(&finding), "base-unclear");
    assert!(
        finding.message.contains("`mine/main`, `upstream/main`"),
        "{finding:?}"
    );

    let chosen = |expected: &str| {
        let commit = snapshot(&sandbox, "clone").base.commit;
        assert_eq!(commit, sandbox.git(expected, &["rev-parse", "main"]));
    };
    sandbox.git("clone", &["config", "branch.feature.remote", "upstream"]);
    chosen("app");
    sandbox.git("clone", &["config", "branch.main.remote", "mine"]);
    chosen("other");
    sandbox.git(
        ".",
        &["config", "--global", "clone.defaultRemoteName", "upstream"],
    );
    // A test's own process reads no configuration of the sandbox's user.
    sandbox.git("clone", &["config", "clone.defaultRemoteName", "upstream"]);
    chosen("app");
}

#[test]
fn a_head_of_the_remote_that_leads_nowhere_is_not_passed_over() {
    let sandbox = Sandbox::new();
    clone_of(&sandbox, "origin");
    sandbox.git("clone", &["update-ref", "-d", "refs/remotes/origin/main"]);
    refused(&sandbox, "clone", "base-unclear", "`origin/HEAD` names `main`");
    sandbox.write("clone/.git/refs/remotes/origin/HEAD", "");
    refused(&sandbox, "clone", "repository-unreadable", "`origin/HEAD`");
}

fn set(sandbox: &Sandbox, settings: &[&str]) {
    for setting in settings {
        let (key, value) = setting.split_once('=').expect("key=value");
        sandbox.git(".", &["config", "--file", "app/.git/config", key, value]);
    }
}

#[test]
fn an_extension_that_we_do_not_know_is_refused_as_git_does() {
    const ONE: &str = "core.repositoryFormatVersion=1";
    for (settings, names) in [
        (&[ONE, "extensions.fooBar=1"][..], "`extensions.foobar`"),
        (&[ONE, "extensions.foo.bar=1"], "`extensions.foo.bar`"),
        (
            &[ONE, "extensions.compatObjectFormat=sha256"],
            "`extensions.compatobjectformat`",
        ),
        (
            &[ONE, "extensions.objectFormat=sha512"],
            "`extensions.objectformat = sha512`",
        ),
        (
            &[ONE, "extensions.refStorage=chunks"],
            "`extensions.refstorage = chunks`",
        ),
        (
            &["extensions.relativeWorktrees=true"],
            "core.repositoryFormatVersion = 1",
        ),
        (&["core.repositoryFormatVersion=2"], "format 2"),
    ] {
        let sandbox = Sandbox::new();
        app(&sandbox);
        set(&sandbox, settings);
        let finding = refused(&sandbox, "app", "repository-format", names);
        if !names.starts_with("format") {
            follow(&sandbox, &finding, "git config --file");
            assert_eq!(base(&sandbox, "app", None).expect("a base"), "main");
        }
    }
    for settings in [
        &[
            ONE,
            "extensions.noop=1",
            "extensions.preciousObjects=true",
            "extensions.partialClone=origin",
            "extensions.worktreeConfig=true",
            "extensions.relativeWorktrees=true",
            "extensions.objectFormat=sha1",
            "extensions.refStorage=files",
        ][..],
        // Without format 1 git looks at no extension that it does not know.
        &["extensions.fooBar=1", "extensions.preciousObjects=true"],
    ] {
        let sandbox = Sandbox::new();
        app(&sandbox);
        set(&sandbox, settings);
        created(&propose(&sandbox, "app", "CLAUDE.md", "new\n"));
    }
}

#[test]
fn a_work_tree_that_was_moved_is_not_called_another_users() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    set(&sandbox, &["core.worktree=/nowhere"]);
    let finding = refused(&sandbox, "app", "repository-moved", "`/nowhere`");
    follow(&sandbox, &finding, "git config --file");
    assert_eq!(base(&sandbox, "app", None).expect("a base"), "main");

    sandbox.repository("outer", &[("README.md", "")]);
    sandbox.git("outer", &["submodule", "--quiet", "add", "../app", "inner"]);
    std::fs::rename(sandbox.path("outer/inner"), sandbox.path("outer/moved")).expect("moved");
    let finding = refused(&sandbox, "outer/moved", "repository-moved", "core.worktree");
    follow(&sandbox, &finding, "git config --file");
    assert_eq!(base(&sandbox, "outer/moved", None).expect("a base"), "main");
    assert_eq!(sandbox.git("outer/moved", &["status", "--short"]), "");
}

#[test]
fn a_linked_work_tree_whose_repository_was_moved_names_the_repair() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["worktree", "add", "--quiet", "../side"]);
    std::fs::rename(sandbox.path("app"), sandbox.path("app2")).expect("moved");
    let finding = refused(&sandbox, "side", "repository-moved", "which does not exist");
    let help = finding.help.expect("a way out");
    let at = help.find("git worktree repair").expect("a command");
    assert_eq!(sandbox.shell("app2", &help[at..]).code, 0);
    assert_eq!(base(&sandbox, "side", None).expect("a base"), "main");
    // The other way round nothing is lost, and the branch that is checked out in it is still seen.
    sandbox.git("side", &["checkout", "--quiet", "-b", BRANCH]);
    std::fs::rename(sandbox.path("side"), sandbox.path("side2")).expect("moved");
    let branch = snapshot(&sandbox, "side2").branch.expect("our branch");
    assert_eq!(
        branch.checked_out,
        Some(sandbox.path("side2").display().to_string())
    );
}
