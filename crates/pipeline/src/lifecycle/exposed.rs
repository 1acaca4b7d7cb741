//! A repository that was made public while a pull request contains internal text: the text is removed before anything else.
//!
//! Input: a situation with our newest pull request. Output: the steps that clean it, and a finding on what remains readable. Not here:
//! what may be written in public (`select`, `render`); the plan follows that already.
//!
//! The branch is rebuilt on the base, because a commit on top would leave the old text in the merged history. GitHub keeps earlier texts
//! and old commits readable, which is reported to the person who runs us and not on the now public page.

use super::{ProposalPlan, ProposalSituation, TargetState, commit, open};
use crate::pr_body::{self, BodyMetadata, EarlierWithdrawals};
use crate::pull_request::{Pull, PullState, PullText, Step};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::Branch;
use lessonbook_store::{Audience, Lesson, Store, Visibility};

/// Where internal text is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exposure {
    text: bool,
    branch: bool,
}

/// The internal text that the newest pull request shows. `None`: none, or the repository is not public.
fn exposure(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
) -> Option<Exposure> {
    let pull = situation.remote.pull.as_ref()?;
    if situation.remote.visibility != Visibility::Public {
        return None;
    }
    let written_for_fewer = match marker.and_then(|marker| marker.seen_by) {
        Some(Visibility::Public) => Some(false),
        Some(_) => Some(true),
        None => None,
    };
    // The metadata records the audience of the text; the branch is inspected itself.
    let shows = |text: &str| shows_internal(situation.store, text);
    let text = written_for_fewer.unwrap_or_else(|| shows(&pull.title) || shows(&pull.body));
    let is_open = pull.state == PullState::Open;
    let branch = branch.is_some_and(|branch| {
        let changed = |path: &str| branch.touched.iter().any(|touched| touched == path);
        written_for_fewer == Some(true)
            || branch
                .tree
                .iter()
                .filter(|(path, _)| changed(path))
                .filter_map(|(_, entry)| entry.content.as_deref())
                .any(|bytes| shows(&String::from_utf8_lossy(bytes)))
    });
    let exposure = Exposure {
        text,
        branch: branch && is_open,
    };
    (exposure.text || exposure.branch).then_some(exposure)
}

/// The steps that an open pull request needs before all others.
pub(super) fn clean(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> Option<ProposalPlan> {
    let exposure = exposure(situation, branch, marker)?;
    let since = Some(pull.opened);
    let why = "the repository is public now, and the pull request contains internal text";
    let closed = closing(situation, pull);
    let Some(branch) = branch else {
        return Some(
            ProposalPlan::does(TargetState::Blocked, format!("{why}: it is closed"), closed).since(since),
        );
    };
    let plan = situation.plan;
    if !branch.ours {
        let why = format!("{why}: its text is cleaned; a person's commits on the branch are kept");
        let steps = text(situation, pull, marker);
        return exposure
            .text
            .then(|| ProposalPlan::does(TargetState::Edited, why, steps).since(since));
    }
    if !plan.holds() || plan.content.edits.is_empty() {
        let mut steps = closed;
        steps.push(Step::DeleteBranch {
            from: branch.head.clone(),
        });
        let state = if plan.holds() {
            TargetState::Stale
        } else {
            TargetState::Refused
        };
        return Some(ProposalPlan::does(state, format!("{why}: it is closed"), steps).since(since));
    }
    let mut steps = Vec::new();
    if exposure.branch {
        steps.push(Step::MoveBranch {
            from: branch.head.clone(),
            to: commit::on_base(situation),
            force: !branch.merged,
        });
    }
    steps.extend(text(situation, pull, marker));
    let life = ProposalPlan {
        otherwise: closed,
        ..ProposalPlan::does(TargetState::Stale, format!("{why}: it is cleaned first"), steps)
    };
    Some(life.since(since))
}

/// The steps that remove the text of a closed or merged pull request, before all others.
pub(super) fn clean_past(
    situation: &ProposalSituation<'_>,
    life: ProposalPlan,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let (Some(pull), Some(marker)) = (&situation.remote.pull, marker) else {
        return life;
    };
    let is_ours = marker.other_home(situation.store).is_none();
    if pull.state == PullState::Open || !is_ours || exposure(situation, None, Some(marker)).is_none() {
        return life;
    }
    let known = |lessons: &[(String, String)]| -> Vec<(String, String)> {
        let is_public = |id: &str| {
            let lesson = situation.store.lesson(id);
            lesson.is_some_and(|lesson| lesson.audience != Audience::Internal)
        };
        lessons.iter().filter(|(id, _)| is_public(id)).cloned().collect()
    };
    let mark = BodyMetadata {
        seen_by: Some(Visibility::Public),
        lessons: known(&marker.lessons),
        withdrawn: Vec::new(),
        ..marker.clone()
    };
    let mut steps = vec![neutral(pull, mark)];
    steps.extend(life.steps.iter().cloned());
    ProposalPlan { steps, ..life }
}

/// Title and text as written for a public repository, also if a person wrote the present ones.
fn text(situation: &ProposalSituation<'_>, pull: &Pull, marker: Option<&BodyMetadata>) -> Vec<Step> {
    let past = marker.map(EarlierWithdrawals::of).unwrap_or_default();
    let (text, new) = pr_body::write(situation.store, situation.plan, situation.about, &past);
    let mark = BodyMetadata {
        told: marker.map(|marker| marker.told.clone()).unwrap_or_default(),
        ..new
    };
    let body = pr_body::replace(&text.body, &mark);
    vec![open::rewrite(pull, &text.title, body)]
}

/// The steps that close a pull request and remove its text.
fn closing(situation: &ProposalSituation<'_>, pull: &Pull) -> Vec<Step> {
    let store = situation.store;
    let new = BodyMetadata::new(
        store,
        situation.plan,
        situation.about.store_commit,
        &EarlierWithdrawals::default(),
    );
    let mark = BodyMetadata {
        lessons: Vec::new(),
        more: Vec::new(),
        closed_by_us: true,
        ..new
    };
    vec![neutral(pull, mark), Step::Close { number: pull.number }]
}

fn neutral(pull: &Pull, mark: BodyMetadata) -> Step {
    let title = "Lessons for AI assistants";
    let body = "This pull request was written while the repository was not public, so Lessonbook removed its text.\n\n";
    let line = mark.of(title, body).line();
    Step::Rewrite {
        number: pull.number,
        text: PullText {
            title: title.to_owned(),
            body: format!("{body}{line}"),
        },
    }
}

/// What remains readable, for the person who runs us.
pub fn finding(situation: &ProposalSituation<'_>) -> Option<Finding> {
    let pull = situation.remote.pull.as_ref()?;
    let marker = BodyMetadata::read(&pull.body, &situation.store.name);
    if marker
        .as_ref()
        .is_some_and(|marker| marker.other_home(situation.store).is_some())
    {
        return None;
    }
    let snapshot = situation.remote.snapshot.as_ref();
    let branch = snapshot.and_then(|snapshot| snapshot.branch.as_ref());
    let exposure = exposure(situation, branch, marker.as_ref())?;
    let server = situation.about.server.trim_end_matches('/');
    let name = &situation.remote.name;
    let mut stays = Vec::new();
    if exposure.text {
        stays.push(format!(
            "earlier versions of its text, under `edited` at {}",
            pull.url
        ));
    }
    stays.push(format!(
        "its old commits, such as {server}/{name}/commit/{}",
        pull.head
    ));
    let by_hand = if exposure.branch && branch.is_some_and(|branch| !branch.ours) {
        "remove it from the branch, which contains a person's commits, or close the pull request and delete the branch; "
    } else {
        ""
    };
    let message = format!(
        "#{} was written while the repository was not public. GitHub shows everyone {}, also once it is cleaned",
        pull.number,
        stays.join(" and ")
    );
    let finding = Finding::new(Code::ProposalExposed, message)
        .effect("the next sync cleans the pull request first; what was readable may have been read")
        .help(format!(
            "{by_hand}delete the earlier versions there (`edited`, a version, *Delete revision from history*); only GitHub Support removes \
             old commits: https://support.github.com/contact. Treat what was readable as known"
        ));
    Some(finding)
}

/// Whether a text contains an incident, a source or an internal lesson of the store that is in no public lesson.
fn shows_internal(store: &Store, text: &str) -> bool {
    let bare = bare(text);
    let is_public = |words: &str| {
        let mut lessons = store
            .lessons
            .iter()
            .filter(|lesson| lesson.audience != Audience::Internal);
        lessons.any(|lesson| {
            self::bare(&format!("{} {} {}", lesson.title, lesson.rule, lesson.rationale)).contains(words)
        })
    };
    // Two words are too few for a reliable match.
    let holds = |words: &str| {
        let words = self::bare(words);
        words.split(' ').count() > 2 && bare.contains(&words) && !is_public(&words)
    };
    let internal = |lesson: &Lesson| {
        lesson.audience == Audience::Internal && (holds(&lesson.rule) || names(text, &lesson.id))
    };
    store.lessons.iter().any(|lesson| {
        internal(lesson)
            || lesson.incidents.iter().any(|incident| holds(&incident.summary))
            || lesson.source.as_deref().is_some_and(holds)
    })
}

/// Whether a text names a lesson by its id in a code span.
fn names(text: &str, id: &str) -> bool {
    text.contains(&format!("`{id}`"))
}

/// Letters and digits in lower case with one space between words, so that Markdown makes no difference.
fn bare(text: &str) -> String {
    let words = text.split(|character: char| !character.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}
