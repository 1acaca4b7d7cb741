//! The audit of targets on GitHub: their settings, commands and evidence are read, and the dashboard counts what the plans alone prove.

use super::World;

fn lesson(world: &World, id: &str, more: &str, rule: &str) {
    let text = format!("title: T\nseverity: medium\n{more}rule: {rule}\nrationale: It bites.\n");
    world
        .sandbox
        .write(&format!("store/lessons/basics/{id}.yaml"), text);
}

fn world() -> World {
    let world = World::with(
        "",
        "home: acme/lessons\nreport: { issue: true }\ntargets:\n  acme/shop: [all]\n",
    );
    world.repository("lessons");
    let files = [
        ("CLAUDE.md", "# Shop\n"),
        ("web/package.json", "{ \"scripts\": { \"build\": \"tsc\" } }\n"),
        ("src/app.ts", "export {}\n"),
        (
            ".eslintrc.json",
            "{\n  \"rules\": { \"no-console\": \"error\" }\n}\n",
        ),
        ("deploy/web.yaml", "a: 1\nb: 2\n"),
    ];
    let shop = world.hub.repository("acme/shop");
    let shop = files
        .iter()
        .fold(shop, |shop, (path, text)| shop.file(path, text));
    shop.create();
    lesson(
        &world,
        "gone",
        "tags: [all]\n",
        "Run `npm run types` before each commit.",
    );
    lesson(
        &world,
        "kept",
        "tags: [all]\n",
        "Run `npm run build` before a release, and read `src/app.ts`.",
    );
    lesson(
        &world,
        "console",
        "tags: [all]\n",
        "Never leave `console.log` in committed code.",
    );
    lesson(
        &world,
        "mobile",
        "tags: [mobile]\n",
        "Keep the app small enough for slow networks.",
    );
    let evidence = "tags: [all]\nevidence:\n  - acme/shop:deploy/web.yaml#L1-L2@sha256:0000000000000000\n";
    lesson(&world, "probe", evidence, "Give every probe a second chance.");
    world.commit();
    world
}

#[test]
fn settings_commands_and_evidence_are_read_from_github() {
    let world = world();
    let run = world.run(&["audit", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.codes_and_lessons(),
        [
            "command-gone gone",
            "evidence-changed probe",
            "linter-enforces console",
            "never-placed mobile",
        ]
    );
    assert!(world.hub.writes().is_empty(), "{:?}", world.hub.lines());
}

#[test]
fn the_dashboard_counts_findings_that_need_no_more_than_the_plans() {
    let world = world();
    world.sync();
    let issues = world.hub.repo("acme/lessons").issues();
    let body = &issues.first().unwrap().body;
    assert!(body.contains("Audit of the lessons: 1 `never-placed`"), "{body}");
    assert!(!body.contains("command-gone"), "{body}");
}
