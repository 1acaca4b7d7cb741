//! Completion while someone types: the names of the store's lessons, targets, tags, topics and entry points.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::Sandbox;

fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [web]\n  ../warehouse: [depot]\n  acme/infra: [terraform]\n",
    );
    for (path, tag) in [
        ("kubernetes/probe", "web"),
        ("kubernetes/limits", "depot"),
        ("ops/pin", "terraform"),
    ] {
        sandbox.write(
            &format!("store/lessons/{path}.yaml"),
            format!(
                "title: About {path}\nseverity: high\ntags: [{tag}]\nrule: Mind it.\nrationale: It bites.\n"
            ),
        );
    }
    sandbox
}

/// What bash is offered for the last of these words, in the store's folder.
fn offered(sandbox: &Sandbox, folder: &str, words: &[&str]) -> Vec<String> {
    let index = (words.len() - 1).to_string();
    let environment = [
        ("LESSONBOOK_COMPLETE", "bash"),
        ("_CLAP_COMPLETE_INDEX", index.as_str()),
        ("_CLAP_COMPLETE_COMP_TYPE", "9"),
        ("_CLAP_COMPLETE_SPACE", "false"),
        ("_CLAP_IFS", "\n"),
    ];
    let run = sandbox.run_with(folder, &[&["--"], words].concat(), &environment);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn names_of_the_store_complete_where_a_command_takes_them() {
    let sandbox = world();
    for (words, expected) in [
        (&["lessonbook", "withdraw", "p"][..], &["pin", "probe"][..]),
        (&["lessonbook", "status", "--lesson", "l"], &["limits"]),
        (&["lessonbook", "plan", "../"], &["../shop", "../warehouse"]),
        (&["lessonbook", "plan", "../shop", "ac"], &["acme/infra"]),
        (
            &["lessonbook", "list", "--tag", ""],
            &["depot", "terraform", "web"],
        ),
        (&["lessonbook", "list", "--topic", "k"], &["kubernetes"]),
        (&["lessonbook", "add", "o"], &["ops/"]),
        (&["lessonbook", "entry-points", "copilot-"], &["copilot-scoped"]),
        (&["lessonbook", "backtest", "p"], &["pin", "probe"]),
        (&["lessonbook", "compl"], &["completions"]),
    ] {
        assert_eq!(offered(&sandbox, "store", words), expected, "{words:?}");
    }
}

#[test]
fn the_store_is_the_named_one_and_without_a_store_nothing_is_offered_or_said() {
    let sandbox = world();
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let named = ["lessonbook", "--store", "../store", "withdraw", "pr"];
    assert_eq!(offered(&sandbox, "elsewhere", &named), ["probe"]);
    let named = ["lessonbook", "withdraw", "--store=../store", "pr"];
    assert_eq!(offered(&sandbox, "elsewhere", &named), ["probe"]);
    let none = offered(&sandbox, "elsewhere", &["lessonbook", "withdraw", "pr"]);
    assert!(none.is_empty(), "{none:?}");
    // A store that can't be read whole still offers what was read.
    sandbox.write("store/lessons/ops/broken.yaml", "title: [");
    assert_eq!(
        offered(&sandbox, "store", &["lessonbook", "withdraw", "pr"]),
        ["probe"]
    );
}

#[test]
fn the_scripts_of_bash_zsh_and_fish_ask_the_program() {
    let sandbox = world();
    for shell in ["bash", "zsh", "fish"] {
        let run = sandbox.run(&["completions", shell]);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(
            run.stdout.contains(&format!("LESSONBOOK_COMPLETE={shell}"))
                || run.stdout.contains(&format!("LESSONBOOK_COMPLETE=\"{shell}\"")),
            "{}",
            run.stdout
        );
    }
    let unknown = sandbox.run_with(".", &["list"], &[("LESSONBOOK_COMPLETE", "cmd")]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("cmd"), "{}", unknown.stderr);
}

#[test]
fn bash_completes_with_the_installed_script() {
    let sandbox = world();
    let script = sandbox.run(&["completions", "bash"]).stdout;
    sandbox.write("completion.bash", script);
    let program = env!("CARGO_BIN_EXE_lessonbook");
    let folder = std::path::Path::new(program).parent().unwrap().display();
    let typed = format!(
        "export PATH='{folder}':$PATH; . ../completion.bash; COMP_WORDS=(lessonbook withdraw pr); COMP_CWORD=2; COMP_TYPE=9; \
         _clap_complete_lessonbook lessonbook pr withdraw; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    sandbox.write("try.bash", typed);
    let run = sandbox.shell("store", "command -v bash >/dev/null || exit 99; bash ../try.bash");
    if run.code == 99 {
        println!("skipped: there is no bash");
        return;
    }
    assert_eq!((run.code, run.stdout.trim()), (0, "probe"), "{run:?}");
}
