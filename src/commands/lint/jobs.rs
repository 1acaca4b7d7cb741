//! Which repositories `lint` looks at, and whose checks it runs there.
//!
//! Input: the words that were typed, and the store if there is one. Output: a [`LintJob`] for each repository.

use std::path::{Path, PathBuf};

use crate::commands::lint::LintArgs;
use crate::report::UserError;
use crate::repository;
use crate::run::context::from_here;
use crate::run::{Context, targets};
use lessonbook_store::{Store, Target, TargetLocation};

/// A repository to look at.
pub(super) struct LintJob {
    /// Its top folder.
    pub dir: PathBuf,
    /// What is before the names of its files, so that they can be opened from here.
    pub prefix: String,
    /// The store and the target, where the store's own checks are run.
    pub from_store: Option<StoreChecks>,
}

/// The checks of a store for one target.
pub(super) struct StoreChecks {
    /// The target's name.
    pub target: Target,
    /// The store.
    pub store: std::rc::Rc<Store>,
}

/// Words are names of targets if a store was named, or if we are in one that knows them all; else the one word is a folder.
pub(super) fn jobs(args: &LintArgs, context: &Context) -> anyhow::Result<Vec<LintJob>> {
    let named = context.store_dir.is_some();
    let is_here = || args.places.is_empty() || matches!(args.places.as_slice(), [word] if word == ".");
    if !named && is_here() {
        let here = Path::new(".");
        return Ok(vec![plain(
            repository::find_top(here).unwrap_or_else(|| here.to_owned()),
        )]);
    }
    let (root, store) = match context.store_root() {
        Ok(root) => (root, context.load_store()?),
        Err(error) if named => return Err(error),
        Err(_) => return folder(&args.places),
    };
    let (store, findings) = store;
    let chosen = match targets::select(&store, &args.places) {
        Ok(chosen) => chosen,
        Err(_) if !named && args.places.iter().all(|word| Path::new(word).is_dir()) => {
            return folder(&args.places);
        }
        Err(error) => return Err(error),
    };
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    if errors > 0 {
        let message = format!(
            "the store has {}",
            crate::report::findings::counted(errors, "error")
        );
        return Err(UserError::new(message)
            .help("`lessonbook check` shows them")
            .into());
    }
    let mut jobs = Vec::new();
    let shared = std::rc::Rc::new(store.clone());
    for target in chosen.into_iter().filter(|target| target.enabled) {
        let TargetLocation::Local(path) = &target.place else {
            let trouble =
                UserError::wrong_use(format!("`{}` is on GitHub; `lint` reads clones", target.name));
            return Err(trouble
                .help("clone it and run `lessonbook lint` there, or name local targets only")
                .into());
        };
        jobs.push(LintJob {
            dir: root.join(path),
            prefix: format!("{}: ", target.name),
            from_store: Some(StoreChecks {
                target: target.clone(),
                store: shared.clone(),
            }),
        });
    }
    Ok(jobs)
}

fn folder(places: &[String]) -> anyhow::Result<Vec<LintJob>> {
    match places {
        [place] if Path::new(place).is_dir() => Ok(vec![plain(PathBuf::from(place))]),
        [place] => Err(UserError::wrong_use(format!("there is no folder {place}"))
            .help("name the top folder of a repository, or none for the one that you are in")
            .into()),
        _ => Err(UserError::wrong_use("`lint` takes one folder")
            .help("several words are names of targets, which only a store knows: name it with --store DIR")
            .into()),
    }
}

fn plain(dir: PathBuf) -> LintJob {
    LintJob {
        prefix: from_here(&dir),
        dir,
        from_store: None,
    }
}
