//! Targets on GitHub: found, read, planned, and each with its state.
//!
//! Input: a store and the chosen targets. Output: a plan and a [`GithubTarget`] for each. Not here: requests
//! (`repository/github`), states (`pipeline/lifecycle`) and printing.

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Context, branch_rules};
use crate::report::Progress;
use crate::repository::github::{Github, GithubOptions, TargetRequest};
use crate::repository::{self, StoreCommit};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::lifecycle::{self, ProposalPlan, ProposalSituation};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::ProposalState;
use lessonbook_pipeline::pr_body::BodyInput;
use lessonbook_pipeline::pull_request::{Permission, Remote};
use lessonbook_store::{EntryPointKind, Lesson, Store, Target, TargetLocation, target_overrides};

/// What every command takes that reaches GitHub.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "On GitHub")]
pub struct RemoteArgs {
    /// Keep listings of repositories here between runs; else in the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Begin nothing new after this long: 50m, 90s, 2h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub until: Option<Duration>,

    /// Read the store from this commit of its repository, not from its folder: what is uncommitted there is no obstacle
    #[arg(long, value_name = "SHA", help_heading = "The store")]
    pub from_commit: Option<String>,

    /// Only a stable part of the targets: 2/5 is the second of five
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
}

/// A stable part of the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub part: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// Whether a target is in this part: by a hash of its name, so that a new target moves no other.
    pub fn holds(&self, name: &str) -> bool {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(name.to_lowercase());
        let number = digest
            .iter()
            .take(8)
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        usize::try_from(number % self.of as u64).unwrap_or(0) + 1 == self.part
    }
}

/// A target on GitHub.
pub struct GithubTarget {
    /// What GitHub says; its tree holds our files only.
    pub remote: Remote,
    /// Its state, and what it asks for.
    pub life: ProposalPlan,
    /// The proposal and what happens to it, as if our token might do everything: what a saved plan is held to.
    pub expected: ProposalState,
    /// What it would ask for if our token might do everything, where that is more.
    pub withheld: Option<ProposalPlan>,
}

/// Whether there is anything on GitHub to reach.
pub fn is_wanted(store: &Store, chosen: &[Target]) -> bool {
    !store.discover.is_empty()
        || chosen
            .iter()
            .any(|target| matches!(target.place, TargetLocation::Github(_)))
}

/// Starts GitHub for a run; `None` without credentials.
pub fn start(context: &Context, store: &Store) -> Result<Option<Github>, Finding> {
    let options = GithubOptions {
        cache: context.remote.cache.clone().or_else(cache_folder),
        cache_is_shared: is_cache_shared(&variable),
        pace: store.proposal.pace,
        until: context.remote.until,
        ..GithubOptions::default()
    };
    Github::start(&variable, options)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether others may read the cache folder. What a job of GitHub Actions keeps with `actions/cache` can be read by everyone who can open a
/// pull request there, so it is private only where the store is known to be.
fn is_cache_shared(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let in_actions = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let visibility = variable("LESSONBOOK_STORE_VISIBILITY");
    in_actions && visibility.is_none_or(|word| !word.eq_ignore_ascii_case("private"))
}

/// The user's cache folder, as XDG names it.
fn cache_folder() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let home = || {
        std::env::var_os("HOME")
            .filter(|path| !path.is_empty())
            .map(|home| PathBuf::from(home).join(".cache"))
    };
    base.or_else(home).map(|base| base.join("lessonbook"))
}

/// GitHub's pages: the Enterprise Server's in Actions there.
pub fn server() -> String {
    std::env::var("GITHUB_SERVER_URL")
        .ok()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(|| "https://github.com".into())
}

/// Adds what `discover:` finds to the store's targets. Written and discovered: the written entry wins, tags are united.
pub fn discover(github: &Github, store: &mut Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (at, target) in store.targets.iter().enumerate() {
        known.insert(target.name.to_lowercase(), at);
    }
    for rule in store.discover.clone() {
        let found = match github.discover(&rule) {
            Ok(found) => found,
            Err(finding) => {
                findings.push(finding.target(everything_of(&rule.organization)));
                continue;
            }
        };
        for found in found {
            use crate::repository::github::SkipReason;
            if found.left_out.is_some_and(|why| why != SkipReason::OptedOut) {
                continue;
            }
            let at = *known
                .entry(found.name.to_lowercase())
                .or_insert(store.targets.len());
            if at == store.targets.len() {
                let Some(prototype) = store.prototype.clone() else {
                    break;
                };
                store.targets.push(Target {
                    name: found.name.clone(),
                    place: TargetLocation::Github(found.name.clone()),
                    ..prototype
                });
            }
            let Some(target) = store.targets.get_mut(at) else {
                break;
            };
            for tag in &rule.tags {
                if !target.tags.contains(tag) {
                    target.tags.push(tag.clone());
                }
            }
        }
    }
    findings
}

/// The canaries' names that only `discover:` could have found, with why it did not: `found` holds what failed; none: nobody looked.
pub fn unsought(store: &Store, found: Option<&[Finding]>) -> BTreeMap<String, String> {
    let mut unsought = BTreeMap::new();
    let Some(rules) = &store.rollout else {
        return unsought;
    };
    for rule in &store.discover {
        let name = everything_of(&rule.organization);
        let why = match found {
            None => {
                format!("{name} was not looked through, for there are no credentials for GitHub that work")
            }
            Some(findings) => match findings.iter().find(|one| one.target.as_ref() == Some(&name)) {
                Some(finding) => finding.message.clone(),
                None => continue,
            },
        };
        for pattern in rules.undiscovered(&rule.organization, &store.targets) {
            unsought.insert(pattern.to_owned(), why.clone());
        }
    }
    unsought
}

/// The name under which a rule's failure is reported: it stops that owner's written targets, which would else lose the rule's tags.
pub fn everything_of(owner: &str) -> String {
    format!("{owner}/*")
}

/// How many targets are read before they are planned: a run over thousands never holds all of their trees.
const CHUNK: usize = 200;

/// What targets on GitHub are read with.
#[derive(Clone, Copy)]
pub struct GithubReader<'a> {
    /// The run.
    pub context: &'a Context,
    /// The store as it is.
    pub store: &'a Store,
    /// Its commit.
    pub commit: Option<&'a StoreCommit>,
    /// Its folder.
    pub root: &'a std::path::Path,
    /// Earlier versions of lessons that a plan may fall back to.
    pub earlier: &'a [&'a Lesson],
}

/// Makes the plan of a target, and says with which store.
pub type PlanTargetFn<'m, 's> = &'m dyn Fn(&Target, &Remote) -> (TargetPlan, &'s Store);

/// Reads the chosen targets on GitHub, plans each and decides its state.
pub fn plan(
    reach: GithubReader<'_>,
    github: &Github,
    targets: &[&Target],
    make: PlanTargetFn<'_, '_>,
) -> Vec<(TargetPlan, Option<GithubTarget>)> {
    let progress = Progress::start(&reach.context.printer, "reading GitHub", targets.len());
    let mut all = Vec::with_capacity(targets.len());
    let branch = reach.store.branch();
    for chunk in targets.chunks(CHUNK) {
        let wanted: Vec<TargetRequest<'_>> = chunk.iter().map(|target| wanted(reach, target)).collect();
        let read = github.read(&wanted, &|_| {});
        let from = all.len();
        for (target, (_, result)) in chunk.iter().zip(read) {
            progress.now(&target.name);
            all.push(match result {
                Ok(remote) => one(reach, target, remote, make),
                Err(finding) => (TargetPlan::refused(target, None, vec![finding]), None),
            });
            progress.done();
        }
        branch_rules::apply(
            reach.store,
            github,
            &branch,
            all.get_mut(from..).unwrap_or_default(),
        );
    }
    all
}

/// Hears the target's own wishes, plans it, and decides its state.
fn one(
    reach: GithubReader<'_>,
    target: &Target,
    remote: Remote,
    make: PlanTargetFn<'_, '_>,
) -> (TargetPlan, Option<GithubTarget>) {
    let (target, wishes, mut findings) = heard(reach.context, reach.store, target, &remote);
    let (mut plan, store) = make(&target, &remote);
    if let Some(asked) = &remote.asked_as {
        let message = format!("`{asked}` is called `{}` now", remote.name);
        findings.push(Finding::new(Code::TargetRenamed, message).help("write the new name in targets.yaml"));
    }
    if findings.iter().any(Finding::is_error) {
        plan.outcome.state = TargetState::Refused;
    }
    plan.outcome
        .findings
        .extend(findings.into_iter().map(|finding| finding.target(&target.name)));
    let hold = wishes.hold.as_ref().map(target_overrides::Hold::clause);
    // The proposal speaks of what the plan was made with: of lessons that wait, in their earlier versions.
    let (live, exposed) = live(GithubReader { store, ..reach }, &plan, remote, hold.as_deref());
    plan.outcome
        .findings
        .extend(exposed.map(|finding| finding.target(&target.name)));
    (plan, Some(live))
}

/// A target as its repository is and wishes to be: its visibility, and what it asks for as far as that is granted.
pub fn heard(
    context: &Context,
    store: &Store,
    target: &Target,
    remote: &Remote,
) -> (Target, target_overrides::TargetOverrides, Vec<Finding>) {
    let (wishes, mut findings) =
        target_overrides::read(remote.wishes.as_deref().unwrap_or_default(), context.today);
    let mut target = Target {
        visibility: remote.visibility,
        ..target.clone()
    };
    findings.extend(wishes.grant(store, &mut target));
    (target, wishes, findings)
}

fn wanted<'a>(reach: GithubReader<'a>, target: &'a Target) -> TargetRequest<'a> {
    let earlier = reach.earlier.iter().copied();
    TargetRequest {
        name: place_name(target),
        base: target.base.as_deref(),
        store_name: &reach.store.name,
        rows: &reach.store.entry_points,
        listing: needs_listing(reach.store, target) || need_listing(reach.store, earlier, target),
    }
}

/// A target's name at its place.
pub fn place_name(target: &Target) -> &str {
    match &target.place {
        TargetLocation::Github(name) => name,
        TargetLocation::Local(path) => path,
    }
}

/// Whether a plan depends on every path of the repository: where a lesson without tags has paths, or a family's proof needs them.
pub fn needs_listing(store: &Store, target: &Target) -> bool {
    need_listing(store, store.lessons.iter(), target)
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
    reach: GithubReader<'_>,
    plan: &TargetPlan,
    mut remote: Remote,
    hold: Option<&str>,
) -> (GithubTarget, Option<Finding>) {
    let ours = reach.commit.map(|commit| commit.commit.as_str());
    let run = std::env::var("GITHUB_RUN_ID").ok();
    let server = server();
    let is_newer = |theirs: &str| ours.is_some_and(|ours| repository::is_newer(reach.root, ours, theirs));
    let situation = ProposalSituation {
        store: reach.store,
        plan,
        remote: &remote,
        about: &BodyInput {
            store_commit: ours,
            server: &server,
            run: run.as_deref(),
        },
        is_newer: &is_newer,
        hold,
        forks: reach.store.discover.iter().any(|rule| rule.forks),
    };
    let exposed = lifecycle::exposed(&situation);
    let wanted = lifecycle::wanted(&situation);
    let expected = ProposalState::new(&remote, &wanted, &reach.store.name);
    let may = wanted.steps.is_empty() || remote.permission >= Permission::Write;
    let withheld = (!may).then(|| wanted.clone());
    let life = lifecycle::permitted(&situation, wanted);
    if let Some(snapshot) = &mut remote.snapshot {
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

/// A length of time as it is typed: `90s`, `50m`, `2h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || match text.parse::<u64>() {
        Ok(number) => format!("`{text}` has no unit: write {number}s, {number}m or {number}h"),
        Err(_) => format!("`{text}` is not a length of time: write 90s, 50m or 2h"),
    };
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text
        .split_once('/')
        .and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((part, of)) if part >= 1 && part <= of => Ok(Shard { part, of }),
        _ => Err(format!("`{text}` is no part: write 2/5 for the second of five")),
    }
}
