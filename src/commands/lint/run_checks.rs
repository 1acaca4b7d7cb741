//! Runs the checks over one repository.
//!
//! Input: a [`LintJob`]. Output: a [`LintReport`] with everything that a report shows. Not here: which repositories there are
//! (`jobs`), and the words of a finding (`findings`).

use super::LintArgs;
use super::comparison::comparison;
use super::findings::{Shown, describe};
use super::jobs::LintJob;
use crate::report::UserError;
use crate::report::lint::{LintCounts, LintReport};
use crate::repository::change_trees::ChangeTrees;
use crate::repository::{self, LocalRepository};
use crate::run::Context;
use crate::run::tree_checks::{ChecksToRun, all_hits, checks_for, is_judged};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_checks::linter::Linter;
use lessonbook_checks::tree_hits::{FileBytes, PathExcuse, TreeHits, new_hits};
use lessonbook_store::ChecksFile;

/// Runs the checks and describes what they find.
pub(super) fn run(job: &LintJob, args: &LintArgs, context: &Context) -> anyhow::Result<LintReport> {
    let name = job
        .from_store
        .as_ref()
        .map_or_else(|| job.dir.display().to_string(), |from| from.target.name.clone());
    let local = LocalRepository::open(&job.dir, &name).map_err(|finding| not_opened(job, finding))?;
    let compared = comparison(args, &local, &job.dir)?;
    let before = compared.before.as_ref().map(|point| point.commit.as_str());
    let trees = local.change_trees(before, compared.end).map_err(stop)?;
    let (files, mut findings) = checks_files(job, args, &trees)?;
    let is_readable = findings.is_empty();
    if job.from_store.is_none() {
        findings.extend(edited(args, &trees));
    }
    let checks = ChecksToRun::new(&files);
    let linter = Linter::new(&checks.lessons);
    let counted = Counted {
        trees: &trees,
        linter: &linter,
        excuses: &checks.excuses,
        today: context.today,
    };
    let (old, new) = if args.all {
        (
            TreeHits::default(),
            all_hits(&trees, &linter, &checks.excuses, context.today).map_err(stop)?,
        )
    } else {
        counted.change()?
    };
    let added = new_hits(&old, &new);
    let shown = Shown {
        lessons: &checks.origin,
        old: &old,
        new: &new,
        added: &added,
        read: &|path| trees.read_after(path),
    };
    findings.extend(describe(&shown).map_err(stop)?);
    name_files(job, &mut findings);
    let changed = if args.all { Vec::new() } else { trees.changed() };
    let excused = new.hits.iter().filter(|judged| judged.excuse.is_some()).count();
    let is_excused = |index: &&usize| new.hits[**index].excuse.is_some();
    let counts = LintCounts {
        lessons: checks.lessons.len(),
        files: new.read,
        changed: changed.len(),
        new: added.iter().filter(|index| !is_excused(index)).count(),
        old: new.hits.len() - added.len(),
        excused,
        undecided: new.undecided,
        unread: new.unread.len(),
        binary: new.binary,
    };
    Ok(LintReport {
        name,
        prefix: job.prefix.clone(),
        is_target: job.from_store.is_some(),
        stores: files
            .iter()
            .map(|file| (file.name.clone(), file.home.clone()))
            .collect(),
        base: compared.before.map(|point| (point.commit, point.name)),
        all: args.all,
        is_readable,
        lessons: checks.origin.iter().map(|lesson| (*lesson).clone()).collect(),
        findings,
        counts,
    })
}

/// The error for a folder that is not a repository's top folder. Without a store, `targets.yaml` does not name it, so the help differs.
fn not_opened(job: &LintJob, finding: Finding) -> anyhow::Error {
    if job.from_store.is_some() || finding.code != Code::TargetNotARepository {
        return stop(finding);
    }
    let help = match repository::find_top(&job.dir) {
        Some(top) => format!(
            "name the top folder of the repository: `lessonbook lint {}`",
            top.display()
        ),
        None => {
            "run `lessonbook lint` in a repository that receives lessons, or name its top folder".to_owned()
        }
    };
    UserError::wrong_use(finding.message).help(help).into()
}

/// An error of the repository ends the run: nothing could be checked.
fn stop(finding: Finding) -> anyhow::Error {
    let trouble = UserError::new(finding.message);
    match finding.help {
        Some(help) => trouble.help(help).into(),
        None => trouble.into(),
    }
}

/// The checks files before the change; with `--all`, those that are there. In a store, what it would write for the target.
fn checks_files(
    job: &LintJob,
    args: &LintArgs,
    trees: &ChangeTrees,
) -> anyhow::Result<(Vec<ChecksFile>, Vec<Finding>)> {
    if let Some(from) = &job.from_store {
        let file = checks_for(&from.store, &from.target, trees.paths_after());
        return Ok((vec![file], Vec::new()));
    }
    let (mut files, mut findings) = (Vec::new(), Vec::new());
    for path in side(args, trees) {
        let bytes = if args.all {
            trees.read_after(path)
        } else {
            trees.read_before(path)
        };
        let (file, found) = match bytes.map_err(stop)? {
            Some(FileBytes::Whole(bytes)) => ChecksFile::parse(path, &bytes),
            Some(FileBytes::TooLarge(size)) => {
                let finding = Finding::new(Code::ChecksInvalid, format!("`{path}` has {size} bytes"));
                (
                    None,
                    vec![finding.at(Location::file(path)).effect("none of its checks runs")],
                )
            }
            None => continue,
        };
        files.extend(file);
        findings.extend(found);
    }
    Ok((files, findings))
}

fn side<'t>(args: &LintArgs, trees: &'t ChangeTrees) -> Vec<&'t str> {
    let mut paths = if args.all {
        trees.paths_after()
    } else {
        trees.paths_before()
    };
    paths.retain(|path| ChecksFile::is_path(path));
    paths
}

/// A note for each checks file that the change itself edits: it does not judge itself by that.
fn edited(args: &LintArgs, trees: &ChangeTrees) -> Vec<Finding> {
    if args.all {
        return Vec::new();
    }
    let changed = trees
        .changed()
        .into_iter()
        .filter(|path| ChecksFile::is_path(path.path));
    let mut findings = Vec::new();
    for path in changed {
        let (what, effect) = match (path.before, path.after) {
            (false, _) => ("adds", "its checks run from the next change on"),
            (true, true) => ("edits", "this change is judged by the file as it was before"),
            (true, false) => ("deletes", "this change is still judged by it; later ones are not"),
        };
        findings.push(
            Finding::new(Code::ChecksEdited, format!("this change {what} `{}`", path.path))
                .at(Location::file(path.path))
                .effect(effect)
                .help("the store writes this file: change the lesson there"),
        );
    }
    findings
}

/// What reads both sides.
struct Counted<'a, 'l> {
    trees: &'a ChangeTrees<'a>,
    linter: &'a Linter<'l>,
    excuses: &'a [PathExcuse],
    today: jiff::civil::Date,
}

impl Counted<'_, '_> {
    /// The hits of the files that change, before and after.
    fn change(&self) -> anyhow::Result<(TreeHits, TreeHits)> {
        let (mut old, mut new) = (TreeHits::default(), TreeHits::default());
        let changed = self.trees.changed();
        for path in changed.iter().filter(|path| is_judged(self.linter, path.path)) {
            if path.before {
                self.add(
                    &mut old,
                    path.path,
                    self.trees.read_before(path.path).map_err(stop)?,
                );
            }
            if path.after {
                self.add(
                    &mut new,
                    path.path,
                    self.trees.read_after(path.path).map_err(stop)?,
                );
            }
        }
        old.add_paths(self.excuses, self.linter.paths(&self.trees.paths_before()));
        new.add_paths(self.excuses, self.linter.paths(&self.trees.paths_after()));
        new.add_paths(self.excuses, self.linter.change(&changed));
        Ok((old, new))
    }

    fn add(&self, hits: &mut TreeHits, path: &str, bytes: Option<FileBytes>) {
        if let Some(bytes) = bytes {
            hits.add_file(self.linter, self.excuses, self.today, path, &bytes);
        }
    }
}

/// Files as they can be opened from here, or as files of a target.
fn name_files(job: &LintJob, findings: &mut [Finding]) {
    for finding in findings {
        if let Some(from) = &job.from_store {
            finding.target = Some(from.target.name.clone());
        }
        if let Some(place) = &mut finding.at {
            place.file.insert_str(0, &job.prefix);
        }
    }
}
