//! Discovers, reads and plans targets on GitHub, and decides the state of each.
//!
//! Input: a store and the chosen targets. Output: a plan and a [`GithubTarget`] for each. Not here: requests
//! (`repository/github`), the states (`pipeline/lifecycle`) and printing.

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Context, branch_rules};
use crate::report::Progress;
use crate::repository::github::{Github, GithubOptions, TargetRequest};
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

/// The arguments of commands that use GitHub.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "On GitHub")]
pub struct RemoteArgs {
    /// The folder that keeps listings of repositories between runs [default: the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Start no new target after this time: 50m, 90s, 2h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub until: Option<Duration>,

    /// Read the store from this commit of its repository, and ignore uncommitted changes in its folder
    #[arg(long, value_name = "SHA", help_heading = "The store")]
    pub from_commit: Option<String>,

    /// Only a stable part of the targets: 2/5 is the second of five parts
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
}

/// A stable part of the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The number of the part, from 1.
    pub part: usize,
    /// The number of parts.
    pub of: usize,
}

impl Shard {
    /// Whether a target is in this part. A hash of its name decides, so that a new target does not move the others.
    pub fn contains(&self, name: &str) -> bool {
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
    /// The repository as it was read. Its tree contains only instruction files, unless it was read for an audit.
    pub remote: Remote,
    /// The target's state, and the steps that are due.
    pub life: ProposalPlan,
    /// The proposal and the steps that would be due if our token had all permissions. A saved plan records this.
    pub expected: ProposalState,
    /// The steps that would be due if our token had all permissions, if these are more.
    pub withheld: Option<ProposalPlan>,
}

/// Whether a store or the chosen targets use GitHub.
pub fn uses_github(store: &Store, chosen: &[Target]) -> bool {
    !store.discover.is_empty()
        || chosen
            .iter()
            .any(|target| matches!(target.place, TargetLocation::Github(_)))
}

/// Starts the client for GitHub; `None` without credentials.
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

/// A variable of the environment, if it is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether others may read the cache folder. Everyone who can open a pull request can read what a job of GitHub Actions keeps with
/// `actions/cache`, so the cache is private only if the store is known to be private.
pub fn is_cache_shared(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let in_actions = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let visibility = variable("LESSONBOOK_STORE_VISIBILITY");
    in_actions && visibility.is_none_or(|word| !word.eq_ignore_ascii_case("private"))
}

/// The user's cache folder, as the XDG specification defines it.
pub fn cache_folder() -> Option<PathBuf> {
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

/// The address of GitHub's pages. Actions sets it, also on an Enterprise Server.
pub fn server() -> String {
    std::env::var("GITHUB_SERVER_URL")
        .ok()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(|| "https://github.com".into())
}

/// Adds the targets that `discover:` finds. If a discovered target is also written in `targets.yaml`, that entry is kept, and the tags
/// of the rule are added to it.
pub fn discover(github: &Github, store: &mut Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (at, target) in store.targets.iter().enumerate() {
        known.insert(target.name.to_lowercase(), at);
    }
    for rule in store.discover.clone() {
        let repositories = match github.discover(&rule) {
            Ok(repositories) => repositories,
            Err(finding) => {
                findings.push(finding.target(all_targets_of(&rule.organization)));
                continue;
            }
        };
        for repository in repositories {
            use crate::repository::github::SkipReason;
            if repository.left_out.is_some_and(|why| why != SkipReason::OptedOut) {
                continue;
            }
            let at = *known
                .entry(repository.name.to_lowercase())
                .or_insert(store.targets.len());
            if at == store.targets.len() {
                let Some(prototype) = store.prototype.clone() else {
                    break;
                };
                store.targets.push(Target {
                    name: repository.name.clone(),
                    place: TargetLocation::Github(repository.name.clone()),
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

/// The names of canaries that only `discover:` could find, with the reason why it did not. `failures` are the findings of the
/// discovery; none: it did not run.
pub fn canaries_not_searched(store: &Store, failures: Option<&[Finding]>) -> BTreeMap<String, String> {
    let mut not_searched = BTreeMap::new();
    let Some(rules) = &store.rollout else {
        return not_searched;
    };
    for rule in &store.discover {
        let name = all_targets_of(&rule.organization);
        let why = match failures {
            None => {
                format!("{name} was not searched, because there are no valid credentials for GitHub")
            }
            Some(findings) => match findings.iter().find(|one| one.target.as_ref() == Some(&name)) {
                Some(finding) => finding.message.clone(),
                None => continue,
            },
        };
        for pattern in rules.undiscovered(&rule.organization, &store.targets) {
            not_searched.insert(pattern.to_owned(), why.clone());
        }
    }
    not_searched
}

/// The target name under which a failed discovery rule is reported. The finding stops all targets of this owner in `targets.yaml`,
/// because they would otherwise lose the rule's tags.
pub fn all_targets_of(owner: &str) -> String {
    format!("{owner}/*")
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

/// Parses a duration: `90s`, `50m`, `2h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let message = || match text.parse::<u64>() {
        Ok(number) => format!("`{text}` has no unit: write {number}s, {number}m or {number}h"),
        Err(_) => format!("`{text}` is not a duration: write 90s, 50m or 2h"),
    };
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().map_err(|_| message())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(message()),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

/// A part of the targets, as `--shard` takes it.
pub fn shard(text: &str) -> Result<Shard, String> {
    let parts = text
        .split_once('/')
        .and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((part, of)) if part >= 1 && part <= of => Ok(Shard { part, of }),
        _ => Err(format!(
            "`{text}` is not a part: write 2/5 for the second of five"
        )),
    }
}
