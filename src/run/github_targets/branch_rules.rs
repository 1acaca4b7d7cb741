//! Blocks proposals that a rule on our branch forbids.
//!
//! Input: plans and states of targets on GitHub. Output: the same, `blocked` if a rule forbids what would be written. Not here: reading
//! rules (`repository/github/rules`), and what they mean (`pipeline/lifecycle/ruled`).

use super::GithubTarget;
use crate::repository::github::{Github, RulesQuery};
use lessonbook_pipeline::lifecycle;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::{Proposal, Store};

/// Reads the rules on our branch of each target that would be written, and keeps only the steps that they allow.
pub fn apply(store: &Store, github: &Github, branch: &str, all: &mut [(TargetPlan, Option<GithubTarget>)]) {
    let mut due: Vec<(&TargetPlan, &mut GithubTarget)> = all
        .iter_mut()
        .filter_map(|(plan, live)| Some((&*plan, live.as_mut()?)))
        .filter(|(_, live)| lifecycle::writes(&live.life.steps))
        .collect();
    if due.is_empty() {
        return;
    }
    let queries: Vec<RulesQuery<'_>> = due
        .iter()
        .map(|(plan, live)| RulesQuery {
            remote: &live.remote,
            steps: &live.life.steps,
            want: &plan.content.digest,
        })
        .collect();
    let author = is_author_set(store).then_some(store.proposal.author.1.as_str());
    let rules = github.rules_on(&queries, branch, author);
    for ((_, live), rules) in due.iter_mut().zip(rules) {
        live.remote.rules = Some(rules);
        live.life = lifecycle::ruled(live.life.clone(), &live.remote, branch);
    }
}

/// Whether the store sets an author for its commits. Without one, GitHub's default is used, because GitHub signs an App's commits only
/// then.
pub fn is_author_set(store: &Store) -> bool {
    store.proposal.author != Proposal::default().author
}
