//! Parses a pull request from a response into a [`Pull`].
//!
//! Input: [`PullNode`]s. Output: the pull request of our proposal. Not here: what it means for the proposal.

use super::graphql_types::{Nodes, PullNode};
use lessonbook_pipeline::lifecycle::HOLD;
use lessonbook_pipeline::pull_request::{Pull, PullState, Review};

/// The open pull request, else the newest. Pull requests from forks are ignored: anyone can use our branch's name there.
pub(super) fn newest<'p>(pulls: impl Iterator<Item = &'p PullNode> + Clone) -> Option<&'p PullNode> {
    let mut own = pulls.filter(|pull| !pull.is_cross_repository);
    own.clone()
        .find(|pull| pull.state == "OPEN")
        .or_else(|| own.next())
}

/// A pull request.
pub(super) fn pull(node: &PullNode) -> Pull {
    let reviews = node.latest_opinionated_reviews.as_ref();
    let is_review =
        |state: &str| reviews.is_some_and(|reviews| reviews.shown().any(|review| review.state == state));
    let closed = node
        .timeline_items
        .shown()
        .last()
        .and_then(|event| event.actor.as_ref());
    let state = match node.state.as_str() {
        "OPEN" => PullState::Open,
        "MERGED" => PullState::Merged,
        _ => PullState::Closed,
    };
    Pull {
        id: node.id.clone(),
        number: node.number,
        url: node.url.clone(),
        state,
        draft: node.is_draft,
        title: node.title.clone(),
        body: node.body.clone(),
        base_branch: node.base_ref_name.clone(),
        head: node.head_ref_oid.clone(),
        locked: node.locked,
        held_since: held_since(node),
        requested: reviewers_and_assignees(node),
        labels: node
            .labels
            .iter()
            .flat_map(Nodes::shown)
            .map(|label| label.name.clone())
            .collect(),
        conflicting: match node.mergeable.as_str() {
            "MERGEABLE" => Some(false),
            "CONFLICTING" => Some(true),
            _ => None,
        },
        // If no review is required, GitHub returns no decision, so the reviews themselves are read.
        review: match node.review_decision.as_deref() {
            Some("APPROVED") => Review::Approved,
            Some("CHANGES_REQUESTED") => Review::ChangesRequested,
            None if is_review("CHANGES_REQUESTED") => Review::ChangesRequested,
            None if is_review("APPROVED") => Review::Approved,
            _ => Review::None,
        },
        about_to_merge: node.auto_merge_request.is_some() || node.is_in_merge_queue,
        opened: node.created_at.as_second(),
        closed: node.closed_at.map(jiff::Timestamp::as_second),
        closed_by: closed
            .filter(|_| state == PullState::Closed)
            .map(|actor| actor.login.clone()),
    }
}

/// When the label that holds the pull request was last added.
fn held_since(node: &PullNode) -> Option<i64> {
    let events = node.labeled.iter().flat_map(Nodes::shown);
    let hold = events.filter(|event| event.label.name.eq_ignore_ascii_case(HOLD));
    hold.last().map(|event| event.created_at.as_second())
}

/// Reviewers that were requested or have reviewed, and assignees: logins, and the slugs of teams.
fn reviewers_and_assignees(node: &PullNode) -> Option<Vec<String>> {
    let requests = node.review_requests.as_ref()?.shown();
    let requested = requests.filter_map(|request| {
        let one = request.requested_reviewer.as_ref()?;
        one.login.clone().or_else(|| one.slug.clone())
    });
    let reviews = node.latest_opinionated_reviews.iter().flat_map(Nodes::shown);
    let did = reviews.filter_map(|review| Some(review.author.as_ref()?.login.clone()));
    let assigned = node.assignees.as_ref()?.shown().map(|one| one.login.clone());
    Some(requested.chain(did).chain(assigned).collect())
}
