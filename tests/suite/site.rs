//! `site` on real repositories: the catalogue is the same on every run, its pages are whole, and no text in it does anything.
//!
//! Not here: what a page shows of each value, in detail (`templates/site/`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod html;

use std::collections::BTreeMap;

use support::{Run, Sandbox};

use self::html::{faults, ids, links};
use crate::support;

/// Two private targets and one public.
const TARGETS: &str = "\
version: 1
name: acme
home: acme/guardrails
use: [claude, reference, copilot-scoped]
checks: true
targets:
  ../shop: { tags: [kubernetes], visibility: private }
  ../hidden-vault: { tags: [kubernetes], visibility: private }
  ../open: { tags: [kubernetes], visibility: public }
";

const PROBES: &str = "\
title: Probes survive a lost packet
severity: critical
tags: [kubernetes]
paths: [\"**/*.yaml\"]
rule: Never set `failureThreshold` below 3.
rationale: One failed check restarted *every* pod.
bad: |
  failureThreshold: 1
good: |
  failureThreshold: 3
checks:
  - forbid: 'failureThreshold: [12]'
incidents:
  - date: 2026-02-03
    repository: acme/hidden-vault
    summary: All pods restarted at once.
owner: acme/sre
";

const INTERNAL: &str = "\
title: Vault tokens
severity: high
tags: [kubernetes]
audience: internal
rule: Read tokens from the secret vault only.
rationale: A token leaked.
owner: acme/secret-team
";

/// What `check` accepts: HTML is only in code, in references, in examples and in names.
const HOSTILE: &str = "\
title: \"`<script>alert('title')</script>`\"
severity: medium
tags: [kubernetes]
rule: \"Write [this](javascript:alert%281%29) and `</style><script>alert(3)</script>` &lt;img src=x onerror=alert(2)&gt;.\"
rationale: \"See [data](data:text/html,x), [a page](https://example.com/?a=1&b=2) & `</code></pre>`.\"
bad: |
  </code></pre><script>alert(4)</script>
good: |
  שלום
owner: \"a'b\\\"c>&d\"
";

/// HTML that `check` refuses. The lesson is shown even so.
const REFUSED: &str = "\
title: \"<script>alert('title')</script>\"
severity: medium
tags: [kubernetes]
rule: \"Write <img src=x onerror=alert(2)> or </style><script>alert(3)</script>.\"
rationale: \"See <!-- nothing --> this.\"
owner: acme/web
";

fn world() -> Sandbox {
    let world = Sandbox::new();
    for name in ["shop", "hidden-vault", "open"] {
        let file = format!("{name}.yaml");
        world.repository(name, &[(&file, "kind: Pod\n"), ("CLAUDE.md", "# App\n")]);
    }
    world.repository(
        "store",
        &[
            ("targets.yaml", TARGETS),
            ("lessons/kubernetes/probes.yaml", PROBES),
            ("lessons/kubernetes/vault-tokens.yaml", INTERNAL),
        ],
    );
    world
}

fn site(world: &Sandbox, args: &[&str]) -> Run {
    let all: Vec<&str> = ["site"].iter().chain(args).copied().collect();
    world.run_in("store", &all)
}

#[track_caller]
fn written(world: &Sandbox, args: &[&str]) -> BTreeMap<String, String> {
    let run = site(world, args);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let at = args.iter().position(|arg| *arg == "--out").unwrap();
    pages(world, args[at + 1].trim_start_matches("../"))
}

fn pages(world: &Sandbox, folder: &str) -> BTreeMap<String, String> {
    let files = world.files(folder).into_iter();
    files
        .map(|(path, bytes)| {
            let path = path.strip_prefix(world.path(folder)).unwrap();
            let path = path.to_str().unwrap().replace('\\', "/");
            (path, String::from_utf8(bytes).unwrap())
        })
        .collect()
}

#[test]
fn a_second_run_writes_the_same_bytes_and_nothing_else() {
    let world = world();
    let first = written(&world, &["--out", "../site"]);
    assert_eq!(first, written(&world, &["--out", "../again"]));
    let second = site(&world, &["--out", "../site"]);
    assert_eq!(second.stdout, "");
    assert!(
        second.stderr.contains("0 written, 0 deleted"),
        "{}",
        second.stderr
    );
    // The clock has no part in it.
    let later = [("LESSONBOOK_NOW", "2031-04-05T06:07:08Z")];
    let run = world.run_with("store", &["site", "--out", "../site", "--check"], &later);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn every_page_is_whole_and_every_link_leads_somewhere() {
    let world = world();
    world.write("store/lessons/odd/hostile.yaml", HOSTILE);
    world.commit("store", "Add a lesson");
    let pages = written(&world, &["--out", "../site"]);
    let mut faults_in_pages = Vec::new();
    for (path, text) in &pages {
        if path.ends_with("index.html") || path.ends_with("feed.xml") {
            faults_in_pages.extend(faults(text).into_iter().map(|fault| format!("{path}: {fault}")));
        }
        if !path.ends_with("index.html") {
            continue;
        }
        for link in links(text) {
            let (file, id) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                html::resolved(path, file)
            };
            match pages.get(&target) {
                None => faults_in_pages.push(format!("{path}: {link} leads nowhere")),
                Some(text) if !id.is_empty() && !ids(text).contains(id) => {
                    faults_in_pages.push(format!("{path}: {link} leads to no part of the page"));
                }
                Some(_) => {}
            }
        }
    }
    assert_eq!(faults_in_pages, [""; 0]);
    for path in [
        "lessons/probes/index.html",
        "targets/shop/index.html",
        "topics/kubernetes/index.html",
        "severities/critical/index.html",
        "tags/kubernetes/index.html",
        "owners/acme-sre/index.html",
        "coverage/index.html",
        "feed.xml",
        "index.json",
    ] {
        assert!(pages.contains_key(path), "{path}");
    }
}

#[test]
fn a_lesson_shows_its_rule_examples_incidents_checks_places_and_history() {
    let world = world();
    world.write(
        "store/lessons/kubernetes/probes.yaml",
        PROBES.replace("below 3", "below three"),
    );
    world.commit("store", "Spell the number <out>");
    let pages = written(&world, &["--out", "../site"]);
    let page = &pages["lessons/probes/index.html"];
    for part in [
        "<p>Never set <code>failureThreshold</code> below three.</p>",
        "restarted <em>every</em> pod",
        "<code>failureThreshold: 1</code>",
        "2026-02-03",
        "acme/hidden-vault",
        "advisory → detected",
        "none → ",
        "0 of 3 targets it is present",
        "Spell the number &lt;out&gt;",
        "</time> changed <code>",
        "</time> added <code>",
    ] {
        assert!(page.contains(part), "`{part}` is not in:\n{page}");
    }
    let run = world.run_in("store", &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
    let merged = written(&world, &["--out", "../site"]);
    let page = &merged["lessons/probes/index.html"];
    assert!(page.contains("In 1 of 3 targets it is present"), "{page}");
    let feed = &merged["feed.xml"];
    assert!(
        feed.contains("<title>Changed: Probes survive a lost packet</title>"),
        "{feed}"
    );
    assert!(feed.contains("<title>New lesson: Vault tokens</title>"), "{feed}");
    let index: serde_json::Value = serde_json::from_str(&merged["index.json"]).unwrap();
    assert_eq!(index["lessons"][0]["id"], "probes");
    assert_eq!(index["lessons"][0]["page"], "lessons/probes/index.html");
}

#[test]
fn the_history_of_targets_shows_how_a_lesson_spread() {
    let world = world();
    let run = world.run_in("store", &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    for target in ["shop", "open"] {
        world.git(
            target,
            &["merge", "--quiet", "--no-ff", "-m", "Lessons", "lessonbook/acme"],
        );
    }
    let pages = written(&world, &["--out", "../site", "--effect"]);
    let page = &pages["lessons/probes/index.html"];
    assert_eq!(faults(page), [""; 0]);
    for part in [
        "Merged in 2 of 3 targets",
        "1 waiting",
        "2026-01-05: 2 of 3",
        "cannot tell: no exposed commit on one side",
    ] {
        assert!(page.contains(part), "`{part}` is not in:\n{page}");
    }
    assert_eq!(pages, written(&world, &["--out", "../again", "--effect"]));
    // Without the option no history is read, and nothing is said about it.
    let without = written(&world, &["--out", "../without"]);
    assert!(!without["lessons/probes/index.html"].contains("<h2 id=\"effect\">"));
    let public = site(&world, &["--out", "../public", "--effect", "--public"]);
    assert_eq!(public.code, 2, "{}{}", public.stdout, public.stderr);
}

#[test]
fn text_of_lessons_does_nothing() {
    let world = world();
    world.write("store/lessons/odd/hostile.yaml", HOSTILE);
    world.write("store/lessons/odd/refused.yaml", REFUSED);
    world.commit("store", "Add <b>bold</b> \u{202e}words & 'quotes'");
    let run = site(&world, &["--out", "../site"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("error[raw-html]"), "{}", run.stderr);
    let pages = pages(&world, "site");
    for (path, text) in &pages {
        assert!(
            !text.contains('\u{202e}'),
            "{path} has a character that turns text around"
        );
        if !path.ends_with("index.html") {
            continue;
        }
        for script in html::elements(text, "script") {
            assert!(script.contains("filter.js"), "{path}: {script}");
        }
        for tag in ["img", "iframe", "object", "embed", "style", "form", "base"] {
            assert_eq!(html::elements(text, tag), [""; 0], "{path}");
        }
        for link in html::values(text, "href") {
            let is_kept = !link.contains(':') || link.starts_with("https://example.com/?a=1&b=2");
            assert!(is_kept, "{path}: {link}");
        }
        assert_eq!(html::handlers(text), [""; 0], "{path}");
    }
    let page = &pages["lessons/hostile/index.html"];
    assert!(
        page.contains("&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;"),
        "{page}"
    );
    assert!(page.contains("\\u{202e}words"), "{page}");
    assert!(page.contains("שלום"), "{page}");
    let refused = &pages["lessons/refused/index.html"];
    assert!(
        refused.contains("&lt;img src=x onerror=alert(2)&gt;"),
        "{refused}"
    );
}

#[test]
fn a_public_site_names_nothing_private() {
    let world = world();
    world.write(
        "store/lessons/kubernetes/draft-idea.yaml",
        INTERNAL
            .replace("audience: internal", "status: draft")
            .replace("Vault tokens", "Unripe")
            + "source: postmortem 17\n",
    );
    world.commit("store", "Mention the hidden-vault");
    let run = world.run_in("store", &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let pages = written(&world, &["--out", "../public", "--public"]);
    for (path, text) in &pages {
        let all = format!("{path}\n{text}").to_lowercase();
        for word in [
            "vault",
            "shop",
            "secret",
            "unripe",
            "draft-idea",
            "postmortem",
            "2026-02-03",
            "dana",
        ] {
            assert!(!all.contains(word), "`{word}` is in {path}:\n{text}");
        }
    }
    assert!(
        pages["index.html"].contains("and 2 not named here"),
        "{}",
        pages["index.html"]
    );
    assert!(pages.contains_key("targets/open/index.html"));
    assert!(pages.contains_key("lessons/probes/index.html"));
}

#[test]
fn a_template_of_the_store_wins_and_a_mistake_in_it_has_a_place() {
    let world = world();
    let template = "{% extends \"page.html.tera\" %}{% block title %}T{% endblock %}{% block main %}<h1>Ours: {{ target.name }}</h1>{% endblock %}\n";
    world.write("store/templates/site/target.html.tera", template);
    world.write("store/templates/site/style.css", "body { color: teal }\n");
    let pages = written(&world, &["--out", "../site"]);
    assert!(pages["targets/shop/index.html"].contains("<h1>Ours: ../shop</h1>"));
    assert_eq!(pages["style.css"], "body { color: teal }\n");
    assert_eq!(world.run_in("store", &["check"]).code, 0);

    world.write("store/templates/site/target.html.tera", "<p>\n{{ targt.name }}\n");
    let run = site(&world, &["--out", "../other"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("templates/site/target.html.tera:2:4"),
        "{}",
        run.stderr
    );
    assert!(!world.path("other").exists());
}

#[test]
fn check_fails_when_the_site_is_stale_and_writes_nothing() {
    let world = world();
    let missing = site(&world, &["--out", "../site", "--check"]);
    assert_eq!(missing.code, 4, "{}{}", missing.stdout, missing.stderr);
    assert!(!world.path("site").exists());
    written(&world, &["--out", "../site"]);
    assert_eq!(site(&world, &["--out", "../site", "--check"]).code, 0);

    world.write(
        "store/lessons/kubernetes/probes.yaml",
        PROBES.replace("below 3", "below 4"),
    );
    let stale = site(&world, &["--out", "../site", "--check", "--format", "json"]);
    assert_eq!(stale.code, 4, "{}{}", stale.stdout, stale.stderr);
    let page: serde_json::Value = serde_json::from_str(&stale.stdout).unwrap();
    assert_eq!(page["stale"], true);
    let written: Vec<&str> = page["written"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|path| path.as_str())
        .collect();
    assert!(written.contains(&"lessons/probes/index.html"), "{written:?}");
    assert!(!written.contains(&"targets/shop/index.html"), "{written:?}");
}

#[test]
fn files_of_others_are_neither_changed_nor_deleted() {
    let world = world();
    world.write("site/README.md", "mine\n");
    world.write("site/lessons/probes/notes.txt", "mine\n");
    written(&world, &["--out", "../site"]);

    // A lesson's page is deleted with the lesson, but not what someone wrote beside it or into it.
    world.write("site/lessons/vault-tokens/index.html", "edited\n");
    std::fs::remove_file(world.path("store/lessons/kubernetes/probes.yaml")).unwrap();
    std::fs::remove_file(world.path("store/lessons/kubernetes/vault-tokens.yaml")).unwrap();
    let run = site(&world, &["--out", "../site"]);
    assert!(
        run.stdout.contains("deleted  lessons/probes/index.html"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert!(
        run.stdout.contains("kept     lessons/vault-tokens/index.html"),
        "{}",
        run.stdout
    );
    let files = pages(&world, "site");
    assert_eq!(files["README.md"], "mine\n");
    assert_eq!(files["lessons/probes/notes.txt"], "mine\n");
    assert_eq!(files["lessons/vault-tokens/index.html"], "edited\n");
    assert!(!files.contains_key("lessons/probes/index.html"));

    world.write("own/index.html", "mine\n");
    let refused = site(&world, &["--out", "../own"]);
    assert_eq!(refused.code, 2, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("index.html"), "{}", refused.stderr);
    assert_eq!(pages(&world, "own").len(), 1);
}

#[test]
fn a_list_of_files_that_was_edited_deletes_nothing_outside_the_folder() {
    let world = world();
    written(&world, &["--out", "../site"]);
    world.write("precious.txt", "mine\n");
    let index = String::from_utf8(world.read("site/index.json")).unwrap();
    // The hash is that of `mine` and a line end.
    let forged = index.replace(
        "\"files\": {",
        "\"files\": {\n    \"../precious.txt\": \"fcbc800db3f18670\",",
    );
    world.write("site/index.json", forged);
    let run = site(&world, &["--out", "../site"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(world.read("precious.txt"), b"mine\n");
}

#[test]
fn a_store_or_a_repository_is_no_place_for_a_site() {
    let world = world();
    for folder in [".", "lessons/site", "templates", "../shop"] {
        let run = site(&world, &["--out", folder]);
        assert_eq!(run.code, 2, "{folder}: {}{}", run.stdout, run.stderr);
    }
    let run = site(&world, &["--out", "../site", "--url", "javascript:x"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    let inside = site(&world, &["--out", "site"]);
    assert_eq!(inside.code, 0, "{}{}", inside.stdout, inside.stderr);
}

#[test]
fn a_store_without_a_history_or_targets_has_a_site_too() {
    let world = Sandbox::new();
    world.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nuse: [claude]\ntargets: {}\n",
    );
    world.write("store/lessons/kubernetes/probes.yaml", PROBES);
    let pages = written(&world, &["--out", "../site"]);
    assert!(!pages.contains_key("feed.xml"));
    assert!(!pages["index.html"].contains("feed.xml"));
    assert!(
        pages["coverage/index.html"].contains("there are no targets"),
        "{}",
        pages["coverage/index.html"]
    );
    for (path, text) in &pages {
        if path.ends_with("index.html") {
            assert_eq!(faults(text), [""; 0], "{path}");
        }
    }
}
