//! Judges the commits of a target by the checks of its lessons, or finds them in the cache.
//!
//! Input: the checks that concern a target; its commits, oldest first. Output: what each commit did, for each lesson. Not here: what
//! a check finds (crate `checks`), and the form of the cache (crate `effect`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::SharedInput;
use crate::repository::commit_history::{HistoryCommit, is_attributes};
use crate::repository::{self, LocalRepository};
use crate::run::tree_checks::ChecksToRun;
use lessonbook_base::finding::Finding;
use lessonbook_base::git_rules::ForeignFiles;
use lessonbook_base::text::redact;
use lessonbook_checks::history::{ChangedFile, CommitContents, CommitHits, FileContent, HistoryJudge};
use lessonbook_checks::linter::Linter;
use lessonbook_checks::tree_hits::{Excuse, JudgedHit, PathExcuse};
use lessonbook_effect::cache::{CommitRecords, EffectCache, JudgingKey, MAX_BYTES};
use lessonbook_effect::record::{CommitRecord, ExcusedPlace, IntroducedPlace, content_key};
use lessonbook_store::{ChecksFile, Store, Target, Visibility};

/// What a run knows about the commits of a target from earlier runs.
pub(super) struct CommitCache {
    file: Option<PathBuf>,
    cache: EffectCache,
    keys: Vec<JudgingKey>,
}

impl CommitCache {
    /// Reads the target's file. What can't be read is judged again.
    pub(super) fn new(shared: &SharedInput, target: &Target, checks: &ChecksToRun) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        // What a job of GitHub Actions caches can be read by everyone who can open a pull request.
        let is_allowed = !shared.is_cache_shared || target.visibility == Visibility::Public;
        let name = JudgingKey::new([&shared.tried.name, &shared.tried.home, &target.name]);
        let folder = shared.cache.as_ref().filter(|_| is_allowed);
        let file = folder.map(|folder| folder.join("effect").join(format!("{}.json", name.word())));
        let bytes = file
            .as_ref()
            .and_then(|file| repository::read_cached(file, MAX_BYTES));
        CommitCache {
            cache: bytes.map_or_else(
                || EffectCache::new(version),
                |bytes| EffectCache::parse(&bytes, version),
            ),
            keys: keys(shared.tried, checks),
            file,
        }
    }

    /// What is known.
    pub(super) fn known(&self) -> BTreeMap<&str, CommitRecords> {
        self.cache.known(&self.keys)
    }

    /// Writes what a whole run learned. That it can't be written is reported, and fails nothing.
    pub(super) fn write(mut self, commits: &[CommitRecords], shared: &SharedInput) {
        let Some(file) = &self.file else {
            return;
        };
        self.cache.learn(&self.keys, commits, shared.context.today);
        if let Err(error) = repository::write_cached(file, &self.cache.to_bytes()) {
            let message = format!("note: the next run judges everything again, because {error:#}");
            shared.context.printer.talk(&message);
        }
    }
}

/// For each lesson, what decides its records.
fn keys(store: &Store, checks: &ChecksToRun) -> Vec<JudgingKey> {
    let entry_points: Vec<&str> = store.entry_points.iter().map(|row| row.path.as_str()).collect();
    let of_lesson = |(number, lesson): (usize, &&lessonbook_store::CheckedLesson)| {
        let mut parts = vec![lesson.id.clone(), entry_points.join("\n")];
        parts.extend(lesson.paths.iter().map(|glob| glob.as_written().to_owned()));
        parts.push("checks".to_owned());
        parts.extend(lesson.checks.iter().map(|check| check.written.clone()));
        parts.push("exceptions".to_owned());
        let excuses = checks.excuses.iter().filter(|excuse| excuse.lesson() == number);
        parts.extend(excuses.map(PathExcuse::written));
        JudgingKey::new(parts)
    };
    checks.origin.iter().enumerate().map(of_lesson).collect()
}

/// Judges commits.
pub(super) struct CommitJudge<'l> {
    judge: HistoryJudge<'l>,
    linter: &'l Linter<'l>,
    store: &'l Store,
    local: &'l LocalRepository,
    /// What people did not write, after the last commit; none: not known.
    foreign: Option<ForeignFiles>,
}

impl<'l> CommitJudge<'l> {
    /// A judge of one target's commits.
    pub(super) fn new(
        (checks, linter): (&'l ChecksToRun, &'l Linter<'l>),
        store: &'l Store,
        local: &'l LocalRepository,
    ) -> Self {
        CommitJudge {
            judge: HistoryJudge::new(linter, &checks.excuses),
            linter,
            store,
            local,
            foreign: None,
        }
    }

    /// Looks at the next commit, also at one that is not judged: it may change what people did not write.
    pub(super) fn see(&mut self, files: &[ChangedFile]) {
        if files.iter().any(|file| is_attributes(&file.path)) {
            self.foreign = None;
        }
    }

    /// What a commit did.
    pub(super) fn commit(
        &mut self,
        commit: &HistoryCommit,
        files: &[ChangedFile],
        contents: &impl CommitContents<Error = Finding>,
    ) -> Result<CommitRecords, Finding> {
        let foreign = match self.foreign.take() {
            Some(foreign) => foreign,
            None => self.local.foreign_files(commit)?,
        };
        let store = self.store;
        // Our own files hold examples of mistakes, and a checks file holds the expressions.
        let is_left_out = |path: &str| {
            foreign.contains(path)
                || ChecksFile::is_path(path)
                || store.entry_points.iter().any(|row| row.owns(path))
        };
        let hits = self.judge.commit(files, commit.day, &is_left_out, contents)?;
        self.foreign = Some(foreign);
        Ok(CommitRecords {
            commit: commit.commit.clone(),
            records: self.records(&hits, files),
        })
    }

    fn records(&self, hits: &CommitHits, files: &[ChangedFile]) -> BTreeMap<usize, CommitRecord> {
        let mut records: BTreeMap<usize, CommitRecord> = BTreeMap::new();
        for lesson in &hits.exposed {
            records.entry(*lesson).or_default().is_exposed = true;
        }
        for judged in hits.introduced.iter().map(|index| &hits.after.hits[*index]) {
            if judged.excuse.is_none() {
                let record = records.entry(judged.hit.lesson).or_default();
                record.introduced.push(introduced(judged, files));
            }
        }
        for judged in hits.newly_excused.iter().map(|index| &hits.after.hits[*index]) {
            let record = records.entry(judged.hit.lesson).or_default();
            record.excused.extend(excused(judged));
        }
        for judged in hits.before.hits.iter().filter(|judged| judged.hit.is_in_text) {
            let before = file(files, &judged.hit.file).and_then(|file| file.before.as_ref());
            if let Some(FileContent::Regular(id)) = before {
                let left = &mut records.entry(judged.hit.lesson).or_default().left;
                let key = content_key(&judged.hit.file, id);
                if !left.contains(&key) {
                    left.push(key);
                }
            }
        }
        let unread = [&hits.before, &hits.after].map(|tree| {
            let paths = tree.unread.iter().map(|(path, _)| path.as_str());
            paths.collect::<std::collections::BTreeSet<&str>>()
        });
        for path in unread.into_iter().flatten() {
            for lesson in self.linter.lessons_of(path) {
                records.entry(lesson).or_default().unread += 1;
            }
        }
        records
    }
}

fn file<'f>(files: &'f [ChangedFile], path: &str) -> Option<&'f ChangedFile> {
    let at = files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
    files.get(at)
}

fn introduced(judged: &JudgedHit, files: &[ChangedFile]) -> IntroducedPlace {
    let hit = &judged.hit;
    let after = file(files, &hit.file).and_then(|file| file.after.as_ref());
    let content = match after {
        Some(FileContent::Regular(id)) if hit.is_in_text => Some(content_key(&hit.file, id)),
        _ => None,
    };
    IntroducedPlace {
        file: hit.file.clone(),
        line: hit.is_in_text.then_some(hit.line),
        detail: redact(&hit.detail),
        content,
    }
}

fn excused(judged: &JudgedHit) -> Option<ExcusedPlace> {
    let (is_comment, reason) = match judged.excuse.as_ref()? {
        Excuse::Comment { reason, .. } => (true, reason),
        Excuse::Exception { reason } => (false, reason),
    };
    Some(ExcusedPlace {
        file: judged.hit.file.clone(),
        is_comment,
        reason: redact(reason),
    })
}
