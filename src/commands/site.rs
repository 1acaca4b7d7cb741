//! `lessonbook site`: writes the catalogue of the store as a static site.
//!
//! Input: a planning of all targets, and the history of the store. Output: files in a folder. Not here: the pages (the crate `site`)
//! and which files in the folder are ours (`repository/site_folder`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit};
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::{self, Progress, UserError};
use crate::repository::lesson_changes::{LessonChanges, lesson_changes};
use crate::repository::site_folder::{self, FolderChange};
use crate::repository::{find_store, new_store};
use crate::run::audit;
use crate::run::effect;
use crate::run::format::Format;
use crate::run::planning::Planning;
use crate::run::target_states;
use lessonbook_base::finding::Finding;
use lessonbook_effect::Effect;
use lessonbook_pipeline::assistant_view::AssistantViews;
use lessonbook_pipeline::redaction::Disclosures;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_site::{SiteInput, SiteTarget};

/// Write the lessons and their coverage as a static site
///
/// Every lesson and every target gets a page, and every topic, severity, tag and owner a list. The pages need no server and no
/// JavaScript. Dates are those of commits, so the same store and targets give the same bytes. Files in DIR that this command did not
/// write are never changed or deleted. --check writes nothing: the exit code is 4 if DIR differs from what would be written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SiteArgs {
    /// The folder to write to, which is created if it does not exist
    #[arg(long, short, value_name = "DIR")]
    pub out: PathBuf,

    /// Leave out what not everyone may read: internal lessons, drafts, incidents, sources, and targets that are not public
    #[arg(long)]
    pub public: bool,

    /// Also show how lessons spread and whether mistakes came back, from the histories of all targets (see `effect`)
    #[arg(long, conflicts_with = "public")]
    pub effect: bool,

    /// The folder with clones of targets on GitHub, each in OWNER/NAME, for --effect
    #[arg(long, value_name = "DIR", requires = "effect")]
    pub clones: Option<PathBuf>,

    /// Write nothing, and fail if the files in DIR are stale
    #[arg(long)]
    pub check: bool,

    /// The address at which the site is published, for complete links in the feed
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,

    /// How to print what was written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook site --out site
  lessonbook site --out site --check
  lessonbook site --out site --effect --clones clones
  lessonbook site --out public --public --url https://acme.github.io/lessons";

/// Writes the site, or compares it with what is in the folder.
pub fn run(args: &SiteArgs, context: &Context) -> anyhow::Result<Exit> {
    let url = args.url.as_deref().map(address).transpose()?;
    let root = context.store_root()?;
    refuse_folder(&args.out, &root)?;
    let planning = if args.public {
        Planning::new(context, &[])?
    } else {
        Planning::for_audit(context)?
    };
    let effect = if args.effect {
        Some(effect::of_all(&planning, args.clones.as_deref(), context)?)
    } else {
        None
    };
    let files = files(&planning, args.public, effect, url, context)?;
    let change = FolderChange::new(&args.out, &files)?;
    if !change.foreign.is_empty() && !args.check {
        return Err(in_the_way(&args.out, &change.foreign).into());
    }
    if !args.check {
        change.carry_out(&args.out, &files)?;
    }
    let summary = report::site::SiteSummary {
        out: &args.out,
        written: &change.written,
        deleted: &change.deleted,
        kept: &change.kept,
        foreign: &change.foreign,
        same: change.same,
        is_check: args.check,
        bytes: files.values().map(Vec::len).sum(),
        unread: unread(&planning),
        findings: &planning.findings,
    };
    match args.format {
        Format::Human => context.printer.data(&report::site::human(&summary))?,
        Format::Json => {
            let page = report::site::json(DocumentSubject::Store(&planning.store), &summary);
            context.printer.data(&format!("{page:#}\n"))?;
        }
    }
    context.printer.talk(&summary.line());
    let errors: Vec<Finding> = planning
        .findings
        .iter()
        .filter(|one| one.is_error())
        .cloned()
        .collect();
    if !errors.is_empty() {
        context.printer.complain(&report::findings::human(&errors));
    }
    let stale = if args.check && change.is_stale() {
        Exit::Stale
    } else {
        Exit::Done
    };
    Ok(Exit::findings_if(!errors.is_empty()).and(stale))
}

/// All files of the site.
fn files(
    planning: &Planning,
    is_public: bool,
    effect: Option<Effect>,
    url: Option<String>,
    context: &Context,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let changes = match &planning.commit {
        Some(commit) => lesson_changes(&planning.root, &commit.commit)?,
        None => LessonChanges::default(),
    };
    let disclosures = is_public.then(|| {
        // Without the targets that `discover:` found: their names are not in the store.
        let (written, _) = lessonbook_store::load(&planning.files, context.today);
        Disclosures::new(&written, planning.plans.iter())
    });
    let findings = if is_public {
        Vec::new()
    } else {
        audit::lasting_findings(planning, effect.as_ref())
    };
    let effects = effect.into_iter().flat_map(|effect| effect.lessons);
    let input = SiteInput {
        store: &planning.store,
        targets: targets(planning, context),
        changes: changes.by_lesson,
        effects: effects.map(|lesson| (lesson.lesson.clone(), lesson)).collect(),
        findings,
        is_history_whole: changes.is_whole,
        disclosures,
        url,
    };
    let site = lessonbook_site::render(&input).map_err(|finding| {
        let page = report::findings::human(std::slice::from_ref(&finding));
        anyhow::Error::from(UserError::new(page.trim_end().to_owned()))
    })?;
    let mut files = site.files;
    let mut index = envelope(DocumentSubject::Store(&planning.store), site.index);
    index["files"] = site_folder::list(&files);
    files.insert(site_folder::INDEX.to_owned(), format!("{index:#}\n").into_bytes());
    Ok(files)
}

/// The targets with their states, what assistants see, and how firmly lessons are kept.
fn targets<'s>(planning: &'s Planning, context: &Context) -> Vec<SiteTarget<'s>> {
    let views = AssistantViews::new(&planning.store);
    let statuses = target_states::statuses(planning, context.now);
    let levels = planning.check_levels();
    let progress = Progress::start(
        &context.printer,
        "reading what assistants see",
        planning.plans.len(),
    );
    let all = planning.plans.iter().zip(statuses).zip(levels);
    all.map(|((plan, status), levels)| {
        progress.now(&plan.target.name);
        let target = planning.store.target(&plan.target.name);
        let snapshot = planning.snapshots.get(&plan.target.name);
        let assistants = target.zip(snapshot);
        let assistants = assistants.map(|(target, snapshot)| views.assistants(target, plan, &snapshot.tree));
        progress.done();
        // Why a lesson waits depends on the hour, and a site must not.
        let is_waiting = status.state == TargetState::Held && !plan.content.waiting.is_empty();
        SiteTarget {
            plan,
            state: status.state,
            why: if is_waiting {
                "a lesson waits for canaries".to_owned()
            } else {
                status.why
            },
            link: status.link,
            assistants: assistants.unwrap_or_default(),
            levels,
        }
    })
    .collect()
}

/// How many targets could not be read.
fn unread(planning: &Planning) -> usize {
    let is_unread = |name: &String| !planning.snapshots.contains_key(name);
    let plans = planning.plans.iter().filter(|plan| plan.target.enabled);
    plans.filter(|plan| is_unread(&plan.target.name)).count()
}

/// The address without a final slash.
fn address(typed: &str) -> anyhow::Result<String> {
    let is_web = typed.starts_with("https://") || typed.starts_with("http://");
    if !is_web || !lessonbook_site::prose::is_safe(typed) {
        let error = UserError::wrong_use(format!("`{typed}` is not the address of a site"));
        return Err(error
            .help("begin with https://, as in --url https://acme.github.io/lessons")
            .into());
    }
    Ok(typed.trim_end_matches('/').to_owned())
}

/// Refuses a folder in which the site's own folders would mix with a store or a repository.
fn refuse_folder(out: &Path, root: &Path) -> anyhow::Result<()> {
    let folder = new_store::absolute(out)?;
    let root = new_store::absolute(root)?;
    let is_content = ["lessons", "templates"]
        .iter()
        .any(|part| folder.starts_with(root.join(part)));
    let is_store = find_store(&folder).is_some_and(|store| store == folder);
    if is_content || is_store || new_store::is_work_tree(&folder) {
        let message = format!(
            "{} is a store, a repository or a part of them, and not the site's own folder",
            out.display()
        );
        return Err(UserError::wrong_use(message)
            .help("name a folder for the site alone: --out site")
            .into());
    }
    Ok(())
}

fn in_the_way(out: &Path, foreign: &[String]) -> UserError {
    let shown = foreign
        .iter()
        .take(5)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let more = match foreign.len().saturating_sub(5) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "{} has files that `site` did not write: {shown}{more}",
        out.display()
    );
    UserError::wrong_use(message).help("nothing was written; name another folder, or move these files away")
}
