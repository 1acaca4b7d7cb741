//! The past of the demo's repositories: a mistake that is made again and again, and a lesson that one of them merged.
//!
//! Input: the demo's folder. Output: forty commits each in `shop` and `cluster`; in `shop` the proposal of one lesson is merged in
//! between. Not here: the first commit of each repository.

use std::collections::BTreeSet;
use std::path::Path;

use crate::repository::{self, FIRST_DAY, LocalRepository, NewCommit};
use crate::run::Context;
use crate::run::lessons_and_targets::only;
use lessonbook_pipeline::Planner;

/// The lesson that `shop` merged.
pub(super) const LESSON: &str = "liveness-failure-threshold";

/// A commit every four days, and the lesson in the middle.
const DAYS: i64 = 4 * 24 * 60 * 60;
const COMMITS: i64 = 40;
const MERGE: i64 = 20;
/// The one commit after the merge that makes the mistake again.
const AGAIN: i64 = 31;

/// The day after the last commit, on which the demo takes place: what it prints does not depend on the day of the run.
pub(super) const TODAY: i64 = FIRST_DAY + (COMMITS + 1) * DAYS;

/// Adds the past. `store`: the folder of the store, which must be there.
pub(super) fn add(dir: &Path, store: &Path, context: &Context) -> anyhow::Result<()> {
    let early: Vec<NewCommit> = (0..MERGE).map(|number| shop(number, number % 2 == 0)).collect();
    repository::append(&dir.join("shop"), &early)?;
    repository::append(&dir.join("shop"), &[merge(dir, store, context)?])?;
    let late: Vec<NewCommit> = (MERGE..COMMITS)
        .map(|number| shop(number, number == AGAIN))
        .collect();
    repository::append(&dir.join("shop"), &late)?;
    let all: Vec<NewCommit> = (0..COMMITS).map(cluster).collect();
    repository::append(&dir.join("cluster"), &all)
}

fn shop(number: i64, is_mistake: bool) -> NewCommit {
    let name = format!("worker-{:02}", number + 1);
    deployment(number, &format!("k8s/{name}.yaml"), &name, is_mistake)
}

/// The cluster's people never merged the lesson.
fn cluster(number: i64) -> NewCommit {
    let name = format!("job-{:02}", number + 1);
    deployment(
        number,
        &format!("apps/{name}/deployment.yaml"),
        &name,
        number % 2 == 1,
    )
}

fn deployment(number: i64, path: &str, name: &str, is_mistake: bool) -> NewCommit {
    let threshold = if is_mistake { 1 } else { 5 };
    let text = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  selector:
    matchLabels: {{ app.kubernetes.io/name: {name} }}
  template:
    metadata:
      labels: {{ app.kubernetes.io/name: {name} }}
    spec:
      containers:
        - name: main
          image: registry.example.com/{name}:1.0.{number}
          livenessProbe:
            httpGet: {{ path: /healthz, port: 8000 }}
            failureThreshold: {threshold}
"
    );
    NewCommit {
        files: vec![(path.to_owned(), text.into_bytes())],
        message: format!("Add {name}\n"),
        time: FIRST_DAY + (number + 1) * DAYS,
    }
}

/// The proposal of one lesson, as `sync` would make it, merged by a squash.
fn merge(dir: &Path, store: &Path, context: &Context) -> anyhow::Result<NewCommit> {
    let files = repository::read_store(store)?;
    let (store, _) = lessonbook_store::load(&files, context.today);
    let store = only(&store, &BTreeSet::from([LESSON]));
    let stopped = |finding: lessonbook_base::finding::Finding| anyhow::anyhow!(finding.message);
    let planner = Planner::new(&store).map_err(stopped)?;
    let mut files = Vec::new();
    let mut message = String::new();
    for target in store.targets.iter().filter(|target| target.name == "../shop") {
        let wants = |path: &str| Planner::wants(&store, path);
        let snapshot = LocalRepository::open(&dir.join("shop"), &target.name)
            .and_then(|shop| shop.snapshot(target.base.as_deref(), &store.name, &wants))
            .map_err(stopped)?;
        let plan = planner.plan(target, &snapshot);
        message.clone_from(&plan.proposal.message);
        files.extend(plan.content.edits.into_iter().filter_map(|edit| {
            let after = edit.after?;
            Some((edit.path, after.bytes.to_vec()))
        }));
    }
    Ok(NewCommit {
        files,
        message,
        time: FIRST_DAY + MERGE * DAYS + DAYS / 2,
    })
}
