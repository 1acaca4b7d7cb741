//! Lessons with checks, and files to check: 20 structural checks, 10 of text, and manifests, workflows and Terraform of the sizes
//! that real repositories have.
//!
//! Input: how many files. Output: values, the same in every run.

// Each program that includes this file uses a part of it.
#![allow(dead_code)]

use std::fmt::Write as _;

use lessonbook_checks::check::LessonChecks;
use lessonbook_store::{ChecksFile, Files, Lesson, Store};

use super::generate;

const STRUCTURAL: &str = r#"title: Structure
severity: high
paths: ["**/*.yaml", "**/*.yml", "**/*.tf"]
rule: Keep to the structure.
rationale: Figures need checks.
bad: "livenessProbe: { failureThreshold: 1 }"
good: "livenessProbe: { failureThreshold: 5 }"
checks:
  - { each: "**.livenessProbe", forbid: { failureThreshold: { below: 3 } } }
  - { each: "**.env[]", forbid: { name: { matches: '(?i)(password|passwd|secret|token|api_?key)$' }, value: { matches: '.' } } }
  - { each: ["**.containers[]", "**.initContainers[]", ""], forbid: { image: { matches: '^[^:@\s]+(:[0-9]+/[^:@\s]+)?(:latest)?$' } } }
  - { each: ["**.containers[]", "**.initContainers[]"], when: { image: present }, require: { resources.requests.cpu: present, resources.limits.memory: present } }
  - { each: "**.securityContext", forbid: { runAsUser: 0 } }
  - { each: "**.securityContext", forbid: { privileged: true } }
  - { each: "**.containers[]", when: { image: present }, require: { securityContext.allowPrivilegeEscalation: false, securityContext.capabilities.drop: ALL } }
  - { each: "**.spec.containers[]", within: { kind: [Deployment, StatefulSet, DaemonSet] }, when: { image: present }, require: { livenessProbe: present, readinessProbe: present } }
  - { each: "**", when: { kind: Namespace }, require: { 'metadata.labels."pod-security.kubernetes.io/enforce"': present } }
  - { each: "**", forbid: { maxReplicas: { above: 10 } } }
  - { each: "**.rules[]", forbid: { verbs: ["*", delete, deletecollection] } }
  - { each: "**.rules[]", forbid: { resources: ["*", secrets], verbs: { matches: '.' } } }
  - { each: "**", forbid: { uses: { matches: '@', not: { matches: '@([0-9a-f]{40})$' } } } }
  - { when: { jobs: present }, require: { permissions: present } }
  - { forbid: { on.pull_request_target: present } }
  - { each: "jobs.*", when: { steps: present }, require: { timeout-minutes: present } }
  - { each: "resource.aws_security_group.*.ingress", forbid: { cidr_blocks: ["0.0.0.0/0", "::/0"] } }
  - { each: "resource.aws_db_instance.*", require: { storage_encrypted: true, backup_retention_period: { above: 0 } } }
  - { each: ["resource.**", "provider.**"], forbid: { "*password": { matches: '.' } } }
  - { each: "variable.*token*", forbid: { default: { matches: '.' } } }
"#;

const TEXT: &str = r#"title: Text
severity: high
rule: Keep to the text.
rationale: Figures need checks.
bad: chmod 777 file
good: chmod 750 file
checks:
  - { forbid: 'CREATE +(UNIQUE +)?INDEX', unless: 'CONCURRENTLY' }
  - { forbid: 'DRY_RUN["'']?\s*[,:=]\s*["'']?(False|false|0|no)\b' }
  - { forbid: '\bgh pr merge\b|auto-?merge\b' }
  - { forbid: 'kubectl .*(--all-namespaces|\s-A\b)', unless: '\s(-n|--namespace)[ =]' }
  - { forbid: 'http://[a-z]' }
  - { forbid: 'AKIA[0-9A-Z]{16}' }
  - { forbid: '(?i)todo.*remove before' }
  - { forbid: 'curl .*\| *(ba)?sh' }
  - { forbid: 'chmod +777' }
  - { require: '[a-z]' }
"#;

/// A store with the two lessons.
pub fn store_files() -> Files {
    let mut files = generate::files(0, &["../target".to_owned()]);
    files.insert("lessons/checks/structure.yaml".into(), STRUCTURAL.into());
    files.insert("lessons/checks/text.yaml".into(), TEXT.into());
    files
}

/// The store, read.
fn store() -> Store {
    let (store, findings) = lessonbook_store::load(&store_files(), generate::TODAY);
    let wrong = findings.iter().find(|finding| finding.is_error());
    assert!(wrong.is_none(), "the lessons are wrong: {wrong:?}");
    store
}

/// The checks of the two lessons.
pub fn lessons() -> Vec<LessonChecks> {
    let lessons: Vec<LessonChecks> = store().lessons.iter().map(Lesson::lesson_checks).collect();
    assert_eq!(
        lessons.iter().map(|lesson| lesson.checks.len()).sum::<usize>(),
        30
    );
    lessons
}

/// The checks file that a target receives, with its path.
pub fn checks_file() -> (String, String) {
    let store = store();
    let file = ChecksFile::new((&store.name, &store.home), &store.lessons, &[], "../target");
    (ChecksFile::path_for(&store.name), file.to_yaml())
}

/// Paths and texts: of 5,000 files about 3,200 are YAML with 34 MB, as in 31 public repositories, and the others Terraform.
pub fn files(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|number| match number % 25 {
            0..14 => (
                format!("deploy/app-{number}/all.yaml"),
                manifests(number, 1 + number % 24),
            ),
            14..16 => (format!("app-{number}/.github/workflows/ci.yml"), workflow(number)),
            _ => (
                format!("infra/app-{number}/main.tf"),
                terraform(number, 3 + number % 9),
            ),
        })
        .collect()
}

/// One commit of a history: for each path its text before, if there was such a file, and after.
pub type TextChange = (String, Option<String>, String);

/// So many commits: the first one imports 3,500 files, each later one changes three of them. Every tenth makes a mistake in one.
pub fn history(commits: usize) -> Vec<Vec<TextChange>> {
    const FILES: usize = 3_500;
    let mut now = files(FILES);
    let import = now.iter().map(|(path, text)| (path.clone(), None, text.clone()));
    let mut all: Vec<Vec<TextChange>> = vec![import.collect()];
    for commit in 1..commits {
        let mut changes = Vec::with_capacity(3);
        for nth in 0..3 {
            let (path, text) = &mut now[(commit * 31 + nth * 1_009) % FILES];
            let mut after = format!("{text}# Change {commit}.\n");
            if commit.is_multiple_of(10) {
                after = after.replacen("failureThreshold: 5", "failureThreshold: 1", 1);
            }
            changes.push((path.clone(), Some(std::mem::replace(text, after.clone())), after));
        }
        all.push(changes);
    }
    all
}

/// The history as `git fast-import` reads it, one commit a day.
pub fn history_stream(commits: usize) -> String {
    const START: usize = 1_577_880_000;
    let mut stream = String::new();
    for (number, changes) in history(commits).into_iter().enumerate() {
        let time = START + number * 24 * 60 * 60;
        let message = format!("Change {number}");
        let _ = writeln!(
            stream,
            "commit refs/heads/main\ncommitter a <a@example.com> {time} +0000\ndata {}\n{message}",
            message.len()
        );
        for (path, _, after) in changes {
            let _ = writeln!(stream, "M 100644 inline {path}\ndata {}\n{after}", after.len());
        }
        stream.push('\n');
    }
    stream
}

fn manifests(number: usize, documents: usize) -> String {
    let mut text = String::new();
    for document in 0..documents {
        let limits = if (number + document).is_multiple_of(7) {
            ""
        } else {
            "          limits:\n            memory: 512Mi\n"
        };
        let _ = write!(
            text,
            "---\n# Generated for figures.\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}-{document}\n  labels:\n    app.kubernetes.io/name: app-{number}\nspec:\n  replicas: {document}\n  selector:\n    matchLabels:\n      app: app-{number}\n  template:\n    metadata:\n      labels:\n        app: app-{number}\n    spec:\n      containers:\n      - name: main\n        image: registry.example/app:{number}.{document}@sha256:0123456789abcdef\n        env:\n        - name: MODE\n          value: fast\n        - name: PORT\n          value: \"8080\"\n        securityContext:\n          allowPrivilegeEscalation: false\n          capabilities:\n            drop: [ALL]\n        resources:\n          requests:\n            cpu: 100m\n            memory: 256Mi\n{limits}        livenessProbe:\n          httpGet: {{path: /healthz, port: 8080}}\n          failureThreshold: 5\n        readinessProbe:\n          httpGet: {{path: /ready, port: 8080}}\n"
        );
    }
    text
}

fn workflow(number: usize) -> String {
    let mut text = "name: CI\non:\n  pull_request:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n".to_owned();
    for job in 0..4 {
        let _ = write!(
            text,
            "  job-{job}:\n    runs-on: ubuntu-latest\n    timeout-minutes: 10\n    steps:\n"
        );
        for step in 0..8 {
            let _ = write!(
                text,
                "      - uses: actions/step-{step}@0123456789abcdef0123456789abcdef01234567 # v{number}\n      - run: |\n          echo \"${{{{ matrix.x }}}}\"\n          make test-{step}\n"
            );
        }
    }
    text
}

fn terraform(number: usize, blocks: usize) -> String {
    let mut text = "locals {\n  inside = [\"10.0.0.0/8\"]\n}\n".to_owned();
    for block in 0..blocks {
        let _ = write!(
            text,
            "resource \"aws_security_group\" \"g{number}_{block}\" {{\n  name = \"g-${{var.name}}\"\n  ingress {{\n    from_port   = 443\n    to_port     = 443\n    cidr_blocks = local.inside\n  }}\n  tags = merge(var.tags, {{ Name = \"g\" }})\n}}\n\nresource \"aws_db_instance\" \"d{number}_{block}\" {{\n  storage_encrypted       = true\n  backup_retention_period = var.days\n}}\n\n"
        );
    }
    text
}
