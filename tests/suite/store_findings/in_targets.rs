//! Mistakes in `targets.yaml`, and where each is reported.

/// Mistakes in `targets.yaml`: the start of the line that is replaced, the new line, and the findings with line and column.
pub const IN_TARGETS: &[(&str, &str, &str)] = &[
    ("version", "version: 2", "unsupported-version 1:10"),
    ("version", "", "missing-field 1:1"),
    (
        "exceptions",
        "exceptions: [{ lesson: probe, target: ./app, path: \"x/**\", reason: r, by: d }]",
        "exception-for-nobody 5:24",
    ),
    (
        "exceptions",
        "exceptions: [{ lesson: probe, target: ./app, path: \"*.md\", reason: r, by: d }]",
        "bad-path-glob 5:52",
    ),
    (
        "exceptions",
        "exceptions: [{ lesson: probe, path: \"x/**\", reason: r, by: d }]",
        "missing-field 5:14",
    ),
    (
        "exceptions",
        "exceptions: [{ lesson: probe, target: ./app, entry_point: claude, path: \"x/**\", reason: r, by: d }]",
        "unknown-value 5:59",
    ),
    ("name", "name: Acme Corp", "bad-store-name 2:7"),
    ("name", "name: a--b", "bad-store-name 2:7"),
    ("polisy", "polisy: {}", "unknown-key 5:1"),
    ("use", "use: [copilot, cluade]", "unknown-entry-point 5:16"),
    (
        "use",
        "use: [copilot-scoped, reference, \"agents?\"]",
        "no-always-entry-point 4:3",
    ),
    (
        "redundancy",
        "redundancy: { critical: { always: none } }",
        "critical-placed-nowhere 5:35",
    ),
    (
        "redundancy",
        "redundancy: { critical: { claude: none } }",
        "critical-placed-nowhere 5:35",
    ),
    (
        "redundancy",
        "redundancy: { huge: { always: rule } }",
        "unknown-severity 5:15",
    ),
    (
        "redundancy",
        "redundancy: { low: { claud: rule } }",
        "unknown-entry-point 5:22",
    ),
    (
        "redundancy",
        "redundancy: { low: { always: rules } }",
        "unknown-value 5:30",
    ),
    ("budget", "budget: 120 pages", "unknown-value 5:9"),
    ("proposal", "proposal: { author: nobody }", "unknown-value 5:21"),
    (
        "proposal",
        "proposal: { open_for: some }",
        "unknown-severity 5:23",
    ),
    ("policy", "policy: { max_new_proposals: many }", "wrong-type 5:30"),
    ("policy", "policy: { max_files: -1 }", "wrong-type 5:22"),
    (
        "policy",
        "policy: { forbid_paths: [\"*.md\", \"**\", docs/] }",
        "bad-path-glob 5:26; bad-path-glob 5:34; bad-path-glob 5:40",
    ),
    (
        "  ./app",
        "  ./app: { tags: [kubernetes], allow_paths: [/CLAUDE.md, \"a[b].md\"], max_added_lines: 1.5 }",
        "bad-path-glob 4:46; bad-path-glob 4:58; wrong-type 4:87",
    ),
    ("  ./app", "  ./app: [kubernetes]\n  acme: []", "bad-target 5:3"),
    ("  ./app", "  ./app: [kubernetes]\n  ~/x: []", "bad-target 5:3"),
    ("  ./app", "  ./app: [kubernetes]\n  a/b/c: []", "bad-target 5:3"),
    (
        "  ./app",
        "  ./app: [kubernetes]\n  ./app/: []",
        "target-twice 5:3",
    ),
    (
        "  ./app",
        "  ./app: { tags: [kubernetes], scopes: { x/: [] } }",
        "bad-scope 4:42",
    ),
    // A disabled scope has file names, too: its end must not be taken for that of another one.
    (
        "  ./app",
        "  ./app: { tags: [kubernetes], scopes: { x-y: { enabled: false }, x/y: [] } }",
        "bad-scope 4:67",
    ),
    (
        "  ./app",
        "  ./app: [kubernetes]\n  ./x/../app: []",
        "target-twice 5:3",
    ),
    (
        "  ./app",
        "  acme/App: [kubernetes]\n  Acme/app: []",
        "target-twice 5:3",
    ),
    (
        "  ./app",
        "  ./app: [kubernetes]\n  ./app: []",
        "duplicate-key 5:3",
    ),
    ("  ./app", "  ./app:", "wrong-type 4:8"),
    (
        "  ./app",
        "  ./app: { tags: [kubernetes], enabled: on }",
        "wrong-type 4:41",
    ),
    (
        "  ./app",
        "  ./app: { tags: [kubernetes], visibility: secret }",
        "unknown-value 4:44",
    ),
    (
        "  ./app",
        "  ./app: { tags: [kubernetes], use: [copilot, -claude] }",
        "unknown-value 4:38",
    ),
    (
        "  ./app",
        "  ./app: [kubernetes, terraform]",
        "one-sided-tag 4:23",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, target: ./app, by: dana }",
        "exception-incomplete 6:5",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, target: ./app, by: dana, reason: \"\" }",
        "exception-incomplete 6:55",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: prob, target: ./app, by: dana, reason: x }",
        "exception-for-nobody 6:15",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, target: ./b, by: dana, reason: x }",
        "exception-for-nobody 6:30",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, target: ./app, entry_point: x, by: d, reason: x }",
        "exception-for-nobody 6:50",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, target: ./app, by: d, reason: x, until: 2026-01-01 }",
        "exception-past 6:62",
    ),
    (
        "acknowledge",
        "acknowledge:\n  - { target: ./apq, state: blocked, reason: x }",
        "acknowledge-for-nobody 6:15",
    ),
    (
        "acknowledge",
        "acknowledge:\n  - { target: ./app, state: edited, reason: x }",
        "unknown-value 6:29",
    ),
    (
        "acknowledge",
        "acknowledge:\n  - { target: ./app, state: blocked, reason: x, until: 2026-01-01 }",
        "acknowledge-past 6:56",
    ),
    ("rollout", "rollout: { quorum: 80% }", "missing-field 5:10"),
    (
        "rollout",
        "rollout: { canary: [] }",
        "rollout-without-canaries 5:20",
    ),
    (
        "rollout",
        "rollout: { canary: [./app, ./apq] }",
        "canary-for-nobody 5:28",
    ),
    (
        "rollout",
        "rollout: { canary: [./app], quorum: 0% }",
        "unknown-value 5:37",
    ),
    (
        "rollout",
        "rollout: { canary: [./app], quorum: 101% }",
        "unknown-value 5:37",
    ),
    (
        "rollout",
        "rollout: { canary: [./app], quorum: 80 }",
        "unknown-value 5:37",
    ),
    (
        "rollout",
        "rollout: { canary: [./app], bake: 1w, give_up: soon }",
        "unknown-value 5:35; unknown-value 5:48",
    ),
    (
        "open",
        "open: [{ lesson: prob, version: a1b2c3, reason: x, by: d }]",
        "opening-for-nobody 5:18",
    ),
    (
        "open",
        "open: [{ lesson: probe, version: a1b2c3, reason: x, by: d }]",
        "opening-past 5:34",
    ),
    (
        "open",
        "open: [{ lesson: probe, version: 123456, reason: x, by: d }]",
        "wrong-type 5:34",
    ),
    (
        "open",
        "open: [{ lesson: probe, version: a1b2, reason: x, by: d }]",
        "unknown-value 5:34",
    ),
    (
        "open",
        "open: [{ lesson: probe, version: a1b2c3, by: d }]",
        "exception-incomplete 5:8",
    ),
    (
        "policy",
        "policy: { max_new_proposals_per_hour: many }",
        "wrong-type 5:39",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, accepts: long-rule, by: d, reason: x }",
        "exception-for-nobody 6:31",
    ),
    (
        "exceptions",
        "exceptions:\n  - { lesson: probe, accepts: raw-html, by: d, reason: x }",
        "unknown-value 6:31",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: CLAUDE.md }",
        "entry-points-collide 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: claude.MD }",
        "entry-points-collide 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: .claude/rules/x/own.md }",
        "entry-points-collide 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: .github/workflows/x.md }",
        "not-writable 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: prompt.txt }",
        "not-writable 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: ../x.md }",
        "not-writable 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  claude: { kind: always, path: x.md }",
        "bad-entry-point 6:3",
    ),
    (
        "entry_points",
        "entry_points:\n  agents: { assistants: [{ name: Codex, nested: nearest }] }",
        "missing-field 6:26",
    ),
    (
        "entry_points",
        "entry_points:\n  agents: { assistants: [Codex] }",
        "wrong-type 6:26",
    ),
    (
        "entry_points",
        "entry_points:\n  agents: {}",
        "missing-field 6:11",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: x.md, if_exists: true }",
        "unknown-key 6:36",
    ),
    (
        "entry_points",
        "entry_points:\n  always: { kind: always, path: x.md }",
        "bad-entry-point 6:3",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: scoped, path: x.md, front_matter: claude-rules }",
        "bad-entry-point 6:30",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: scoped, path: \"x/{topic}.md\" }",
        "bad-entry-point 6:3",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: x.md, assistants: [Cursr] }",
        "unknown-assistant 6:49",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: x.md, template: no.md.tera }",
        "template-error 6:3",
    ),
    (
        "entry_points",
        "entry_points:\n  own: { kind: always, path: x.md, limit: 8000 words }",
        "unknown-value 6:43",
    ),
    ("readers", "readers: [Codex]", "unknown-key 5:1"),
    (
        "assistants",
        "assistants: [codex, claud-code]",
        "unknown-assistant 5:21",
    ),
    ("discover", "discover:\n  - { topics: [x] }", "missing-field 6:5"),
];
