//! Reads and plans targets on GitHub, and decides the state of each.
//!
//! Input: a store and the chosen targets. Output: a plan and a [`GithubTarget`] for each. Not here: requests
//! (`repository/github`), discovery (`discovery`), the states (`pipeline/lifecycle`) and printing.

pub mod branch_rules;

use crate::run::github_access::server;
use lessonbook_pipeline::target_state::TargetState;

use super::Context;
use crate::report::Progress;
use crate::repository::github::{Github, TargetRequest};
use crate::repository::{self, StoreCommit};
use lessonbook_audit::AuditFiles;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::lifecycle::{self, ProposalPlan, ProposalSituation};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::ProposalState;
use lessonbook_pipeline::pr_body::BodyInput;
use lessonbook_pipeline::pull_request::{Permission, Remote};
use lessonbook_pipeline::{check_level, custom_agents};
use lessonbook_store::{EntryPointKind, Lesson, Store, Target, TargetLocation, target_overrides};

/// A target on GitHub.
pub struct GithubTarget {
    /// The repository as it was read. Its tree contains only instruction files, unless it was read for an audit.
    pub remote: Remote,
    /// The target's state, and the steps that are due.
    pub life: ProposalPlan,
    /// The proposal and the steps that would be due if our token had all permissions. A saved plan records this.
    pub expected: ProposalState,
    /// The steps that would be due if our token had all permissions, if these are more.
    pub withheld: Option<ProposalPlan>,
}

/// How many targets are read before they are planned. It bounds the memory that their trees need.
const CHUNK: usize = 200;

/// The input of reading and planning targets on GitHub.
#[derive(Clone, Copy)]
pub struct GithubReader<'a> {
    /// The run.
    pub context: &'a Context,
    /// The store.
    pub store: &'a Store,
    /// The store's commit.
    pub commit: Option<&'a StoreCommit>,
    /// The store's folder.
    pub root: &'a std::path::Path,
    /// Earlier versions of lessons that a plan may use instead.
    pub earlier: &'a [&'a Lesson],
    /// Which files an audit needs. Then every path is listed, and the listing is kept.
    pub audit: Option<&'a AuditFiles>,
}

/// Plans a target, and returns the plan with the store that it was made with.
pub type PlanTargetFn<'m, 's> = &'m dyn Fn(&Target, &Remote) -> (TargetPlan, &'s Store);

/// Reads the chosen targets on GitHub, plans each and decides its state.
pub fn plan(
    reader: GithubReader<'_>,
    github: &Github,
    targets: &[&Target],
    plan_target: PlanTargetFn<'_, '_>,
) -> Vec<(TargetPlan, Option<GithubTarget>)> {
    let progress = Progress::start(&reader.context.printer, "reading GitHub", targets.len());
    let mut all = Vec::with_capacity(targets.len());
    let branch = reader.store.branch();
    for chunk in targets.chunks(CHUNK) {
        let requests: Vec<TargetRequest<'_>> = chunk.iter().map(|target| request(reader, target)).collect();
        let read = github.read(&requests, &|_| {});
        let from = all.len();
        for (target, (_, result)) in chunk.iter().zip(read) {
            progress.now(&target.name);
            all.push(match result {
                Ok(remote) => one(reader, target, remote, plan_target),
                Err(finding) => (TargetPlan::refused(target, None, vec![finding]), None),
            });
            progress.done();
        }
        branch_rules::apply(
            reader.store,
            github,
            &branch,
            all.get_mut(from..).unwrap_or_default(),
        );
    }
    all
}

/// Applies the target's own settings, plans it, and decides its state.
fn one(
    reader: GithubReader<'_>,
    target: &Target,
    remote: Remote,
    plan_target: PlanTargetFn<'_, '_>,
) -> (TargetPlan, Option<GithubTarget>) {
    let (target, overrides, mut findings) = with_overrides(reader.context, reader.store, target, &remote);
    let (mut plan, store) = plan_target(&target, &remote);
    if let Some(old_name) = &remote.requested_name {
        let message = format!("`{old_name}` was renamed to `{}`", remote.name);
        findings.push(Finding::new(Code::TargetRenamed, message).help("write the new name in targets.yaml"));
    }
    if findings.iter().any(Finding::is_error) {
        plan.outcome.state = TargetState::Refused;
    }
    plan.outcome
        .findings
        .extend(findings.into_iter().map(|finding| finding.target(&target.name)));
    let hold = overrides.hold.as_ref().map(target_overrides::Hold::clause);
    // The pull request describes the store that the plan was made with, in which waiting lessons have earlier versions.
    let (live, exposed) = live(GithubReader { store, ..reader }, &plan, remote, hold.as_deref());
    plan.outcome
        .findings
        .extend(exposed.map(|finding| finding.target(&target.name)));
    (plan, Some(live))
}

/// A target with the visibility of its repository and with the settings in its own file, as far as the store allows them.
pub fn with_overrides(
    context: &Context,
    store: &Store,
    target: &Target,
    remote: &Remote,
) -> (Target, target_overrides::TargetOverrides, Vec<Finding>) {
    let (overrides, mut findings) =
        target_overrides::read(remote.wishes.as_deref().unwrap_or_default(), context.today);
    let mut target = Target {
        visibility: remote.visibility,
        ..target.clone()
    };
    findings.extend(overrides.grant(store, &mut target));
    (target, overrides, findings)
}

fn request<'a>(reader: GithubReader<'a>, target: &'a Target) -> TargetRequest<'a> {
    let earlier = reader.earlier.iter().copied();
    TargetRequest {
        name: location_name(target),
        base: target.base.as_deref(),
        store_name: &reader.store.name,
        rows: &reader.store.entry_points,
        listing: reader.audit.is_some()
            || needs_listing(reader.store, target)
            || need_listing(reader.store, earlier, target),
        scopes: &target.scopes,
        disabled_scopes: &target.disabled_scopes,
        workflows: check_level::needs_workflows(reader.store),
        custom_agents: custom_agents::matter(reader.store),
        audit: reader.audit,
    }
}

/// The name on GitHub or the path on disk.
pub fn location_name(target: &Target) -> &str {
    match &target.place {
        TargetLocation::Github(name) => name,
        TargetLocation::Local(path) => path,
    }
}

/// Whether a plan depends on all paths of the repository: if a lesson without tags has paths, or if the proof of scoped files needs them.
pub fn needs_listing(store: &Store, target: &Target) -> bool {
    // The files of scopes are in folders, and not all of their names are known before. Those of disabled scopes are removed.
    !target.scopes.is_empty()
        || !target.disabled_scopes.is_empty()
        || need_listing(store, store.lessons.iter(), target)
}

fn need_listing<'l>(store: &Store, mut lessons: impl Iterator<Item = &'l Lesson>, target: &Target) -> bool {
    let family = target.uses.iter().any(|used| {
        store
            .entry_point(&used.entry_point)
            .is_some_and(|row| row.kind == EntryPointKind::Scoped)
    });
    lessons.any(|lesson| {
        let tagged = || family && lesson.tags.iter().any(|tag| target.tags.contains(tag));
        lesson.is_active() && !lesson.paths.is_empty() && (lesson.tags.is_empty() || tagged())
    })
}

fn live(
    reader: GithubReader<'_>,
    plan: &TargetPlan,
    mut remote: Remote,
    hold: Option<&str>,
) -> (GithubTarget, Option<Finding>) {
    let ours = reader.commit.map(|commit| commit.commit.as_str());
    let run = std::env::var("GITHUB_RUN_ID").ok();
    let server = server();
    let is_newer = |theirs: &str| ours.is_some_and(|ours| repository::is_newer(reader.root, ours, theirs));
    let situation = ProposalSituation {
        store: reader.store,
        plan,
        remote: &remote,
        about: &BodyInput {
            store_commit: ours,
            server: &server,
            run: run.as_deref(),
        },
        is_newer: &is_newer,
        hold,
        forks: reader.store.discover.iter().any(|rule| rule.forks),
    };
    let exposed = lifecycle::exposed(&situation);
    let full = lifecycle::wanted(&situation);
    let expected = ProposalState::new(&remote, &full, &reader.store.name);
    let may_write = full.steps.is_empty() || remote.permission >= Permission::Write;
    let withheld = (!may_write).then(|| full.clone());
    let life = lifecycle::permitted(&situation, full);
    if let Some(snapshot) = remote.snapshot.as_mut().filter(|_| reader.audit.is_none()) {
        snapshot.tree = snapshot.tree.loaded();
    }
    let live = GithubTarget {
        remote,
        life,
        expected,
        withheld,
    };
    (live, exposed)
}
