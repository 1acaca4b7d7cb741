//! A target that was taken out of `targets.yaml` while its block is there.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::Sandbox;

const BOTH: &str = "version: 1\nname: acme\ntargets:\n  ../shop: [app]\n  ../old/web: [app]\n";
const NEITHER: &str = "version: 1\nname: acme\ntargets:\n  ../old/other: [app]\n";

/// Two targets with merged blocks, and a repository that never was one.
fn merged() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["shop", "old/web", "old/other"] {
        sandbox.repository(name, &[("a.py", "x\n"), ("CLAUDE.md", "# C\n")]);
    }
    sandbox.write("store/targets.yaml", BOTH);
    sandbox.write(
        "store/lessons/ops/pin.yaml",
        "title: Pin\nseverity: high\ntags: [app]\npaths: [\"**/*.py\"]\nrule: Pin every version.\nrationale: It bites.\n",
    );
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    for name in ["shop", "old/web"] {
        sandbox.git(name, &["merge", "--quiet", "lessonbook/acme"]);
    }
    sandbox
}

#[test]
fn a_repository_beside_the_store_or_beside_a_target_is_reported_until_its_block_is_removed() {
    let sandbox = merged();
    let check = |sandbox: &Sandbox| sandbox.run_in("store", &["check", "--strict"]);
    assert_eq!((check(&sandbox).code, check(&sandbox).stdout), (0, String::new()));
    sandbox.write("store/targets.yaml", NEITHER);
    let run = check(&sandbox);
    assert_eq!(run.code, 0, "it does not fail --strict: {run:?}");
    for words in [
        "warning[former-target]",
        "`../shop` is not in targets.yaml, but its `CLAUDE.md` holds a block of `acme`",
        "`../old/web` is not in targets.yaml",
        "list `../shop: { enabled: false }`, run `lessonbook sync ../shop`",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    let status = sandbox.run_in("store", &["status"]);
    assert!(
        status.stderr.contains("warning[former-target]: `../old/web`"),
        "{}",
        status.stderr
    );
    // The help works as it is written.
    let again = BOTH.replace("[app]", "{ enabled: false }");
    sandbox.write("store/targets.yaml", &again);
    let run = sandbox.run_in("store", &["sync", "--yes", "../shop"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
    sandbox.write("store/targets.yaml", NEITHER);
    let run = check(&sandbox);
    assert!(!run.stdout.contains("../shop"), "{}", run.stdout);
    assert!(run.stdout.contains("../old/web"), "{}", run.stdout);
}

#[test]
fn blocks_of_another_store_of_the_same_name_links_and_mentions_are_left_alone() {
    let sandbox = merged();
    let text = String::from_utf8(sandbox.read("shop/CLAUDE.md")).unwrap();
    sandbox.write(
        "shop/CLAUDE.md",
        text.replace("Managed by acme.", "Managed by other/rules."),
    );
    sandbox.write(
        "old/web/CLAUDE.md",
        "```md\n<!-- lessonbook:begin acme 0123456789ab -->\n<!-- lessonbook:end acme -->\n```\n",
    );
    sandbox.write("store/targets.yaml", NEITHER);
    let run = sandbox.run_in("store", &["check"]);
    assert!(!run.stdout.contains("former-target"), "{}", run.stdout);
}
