//! Budgets and limits in lines, characters and bytes: each works wherever the others do.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::Sandbox;

/// A store whose lessons need more room than any of the budgets, and a target with this setting.
fn world(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "app",
        &[("a.py", "x\n"), ("CLAUDE.md", "# C\r\n\r\nBe kind.\r\n")],
    );
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\nassistants: [claude-code]\n{settings}targets:\n  ../app: [app]\n"),
    );
    for number in 0..20 {
        let severity = if number == 7 { "critical" } else { "high" };
        sandbox.write(
            &format!("store/lessons/ops/l{number:02}.yaml"),
            format!(
                "title: Number {number}\nseverity: {severity}\ntags: [app]\nrule: Überprüfe Fall {number}, bevor du etwas änderst.\n\
                 rationale: Fall {number} hat uns schon einmal einen ganzen Tag gekostet.\n"
            ),
        );
    }
    sandbox
}

/// Our block, as it is written with `\n`.
fn block(sandbox: &Sandbox) -> String {
    let text = sandbox
        .git("app", &["show", "lessonbook/acme:CLAUDE.md"])
        .replace('\r', "");
    let from = text.find("<!-- lessonbook:begin").unwrap();
    text[from..text.find("Be kind").unwrap()].trim_end().to_owned() + "\n"
}

#[test]
fn a_budget_in_any_unit_is_kept_shown_and_stable() {
    for (budget, unit) in [("12 lines", 12), ("900 characters", 900), ("900 bytes", 900)] {
        let sandbox = world(&format!("budget: {{ claude: {budget} }}\n"));
        let plan = sandbox.run_in("store", &["plan"]);
        assert_eq!(plan.code, 0, "{plan:?}");
        let shown = if budget.ends_with("lines") {
            " of 12".to_owned()
        } else {
            format!(" of {budget}")
        };
        assert!(
            plan.stdout.contains("block ") && plan.stdout.contains(&shown),
            "{}",
            plan.stdout
        );
        assert!(
            plan.stdout.contains("shorter, to keep a budget"),
            "{}",
            plan.stdout
        );
        let sync = sandbox.run_in("store", &["sync", "--yes"]);
        assert_eq!(sync.code, 0, "{sync:?}");
        let block = block(&sandbox);
        let size = match budget.rsplit(' ').next().unwrap() {
            "lines" => block.lines().count(),
            "characters" => block.chars().count(),
            _ => block.len(),
        };
        assert!(size <= unit && size * 2 > unit, "{budget}: {size}\n{block}");
        // The critical lesson keeps its reason, and the block says how many lessons are shorter.
        assert!(block.contains("Fall 7 hat uns"), "{block}");
        assert!(block.contains("To keep this short, "), "{block}");
        sandbox.git("app", &["merge", "--quiet", "lessonbook/acme"]);
        let again = sandbox.run_in("store", &["plan", "--exit-code"]);
        assert_eq!(again.code, 0, "{budget}: {}", again.stdout);
        let seen = sandbox.run_in("store", &["entry-points", "claude"]);
        assert!(seen.stdout.contains(budget), "{budget}: {}", seen.stdout);
    }
}

#[test]
fn a_budget_that_critical_lessons_exceed_is_named_in_its_unit() {
    for budget in ["4 lines", "120 characters", "120 bytes"] {
        let sandbox = world(&format!("budget: {{ claude: {budget} }}\n"));
        let plan = sandbox.run_in("store", &["plan"]);
        assert_eq!(plan.code, 0, "{plan:?}");
        let (count, unit) = budget.split_once(' ').unwrap();
        assert!(
            plan.stdout.contains("warning[budget-exceeded]"),
            "{}",
            plan.stdout
        );
        assert!(
            plan.stdout
                .contains(&format!(" {unit} of `claude`, which has a budget of {count}")),
            "{}",
            plan.stdout
        );
    }
}

#[test]
fn a_limit_in_any_unit_is_checked_on_the_final_file() {
    let long = "Be kind to each other.\n".repeat(120);
    for (limit, over, word) in [
        ("60 lines", "cuts-tail", "lines"),
        ("2000 characters", "cuts-tail", "characters"),
        ("2000 bytes", "skips", "bytes"),
    ] {
        let sandbox = world(&format!(
            "use: [own]\nentry_points:\n  own: {{ kind: always, path: prompts/own.md, limit: {limit}, over: {over} }}\n"
        ));
        let targets = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
        sandbox.write(
            "store/targets.yaml",
            targets.replace("../app: [app]", "../web: [app]"),
        );
        sandbox.repository("web", &[("prompts/own.md", &format!("# Own\n\n{long}"))]);
        let plan = sandbox.run_in("store", &["plan"]);
        let (count, _) = limit.split_once(' ').unwrap();
        assert!(plan.stdout.contains("limit-exceeded"), "{limit}: {}", plan.stdout);
        assert!(
            plan.stdout.contains(word) && plan.stdout.contains(count),
            "{limit}: {}",
            plan.stdout
        );
        let fits = targets
            .replace("../app: [app]", "../web: [app]")
            .replace(limit, "9000000 bytes");
        sandbox.write("store/targets.yaml", fits);
        let plan = sandbox.run_in("store", &["plan"]);
        assert!(
            !plan.stdout.contains("limit-exceeded"),
            "{limit}: {}",
            plan.stdout
        );
    }
}
