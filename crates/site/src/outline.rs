//! What is in a site, and at which address: everything that its readers may see.
//!
//! Input: a [`SiteInput`]. Output: a [`SiteOutline`]. All other modules read from here, so that what is left out here is nowhere.
//!
//! In a public site a target that is not known to be public is only counted. Of lessons, drafts and internal ones are left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::address::{encoded, folders};
use crate::coverage_sum::CoverageSum;
use crate::input::{LessonChange, SiteInput, SiteTarget};
use lessonbook_pipeline::redaction::Disclosure;
use lessonbook_proof::Placement;
use lessonbook_store::{Audience, Lesson, Severity, Status};

/// The content of a site.
pub struct SiteOutline<'a> {
    /// What it is made from. Only for what needs no redaction.
    pub input: &'a SiteInput<'a>,
    /// What every page shows.
    pub head: SiteHead<'a>,
    /// The lessons, by topic, severity and id.
    pub lessons: Vec<OutlineLesson<'a>>,
    /// The targets, in the order of `targets.yaml`.
    pub targets: Vec<OutlineTarget<'a>>,
    /// Where each lesson is in the list.
    by_id: BTreeMap<&'a str, usize>,
    /// The folders of topics, tags and owners.
    pub groups: GroupFolders<'a>,
    /// The names of the entry points, in the order of the table.
    pub entry_points: Vec<&'a str>,
}

/// What every page shows.
#[derive(Debug, Serialize)]
pub struct SiteHead<'a> {
    /// The store's name.
    pub name: &'a str,
    /// Where the store is.
    pub home: &'a str,
    /// Whether everyone may read the site.
    pub is_public: bool,
    /// Whether there is a feed.
    pub has_feed: bool,
    /// Whether there is a timeline of merges: histories of targets were read.
    pub has_timeline: bool,
    /// How many lessons it shows.
    pub lessons: usize,
    /// How many targets it shows.
    pub targets: usize,
    /// How many targets are counted and not named.
    pub hidden_targets: usize,
}

/// A lesson.
pub struct OutlineLesson<'a> {
    /// The lesson.
    pub lesson: &'a Lesson,
    /// The file of its page.
    pub path: String,
    /// The title of its topic.
    pub topic_title: &'a str,
    /// Its placements, for each target that asks for it.
    pub placements: Vec<(usize, Vec<&'a Placement>)>,
    /// How much of it is present.
    pub sum: CoverageSum,
    /// The history of its file, newest first.
    pub changes: &'a [LessonChange],
}

/// A target.
pub struct OutlineTarget<'a> {
    /// The target.
    pub target: &'a SiteTarget<'a>,
    /// The file of its page.
    pub path: String,
    /// Its placements.
    pub placements: Vec<&'a Placement>,
    /// How much is present.
    pub sum: CoverageSum,
}

/// The folders of groups of lessons.
#[derive(Default)]
pub struct GroupFolders<'a> {
    topics: BTreeMap<&'a str, String>,
    tags: BTreeMap<&'a str, String>,
    owners: BTreeMap<&'a str, String>,
}

/// A kind of group of lessons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// By topic.
    Topic,
    /// By severity.
    Severity,
    /// By tag.
    Tag,
    /// By owner.
    Owner,
}

impl GroupKind {
    /// Every kind, in the order of the first page.
    pub const ALL: [GroupKind; 4] = [
        GroupKind::Topic,
        GroupKind::Severity,
        GroupKind::Tag,
        GroupKind::Owner,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            GroupKind::Topic => "topic",
            GroupKind::Severity => "severity",
            GroupKind::Tag => "tag",
            GroupKind::Owner => "owner",
        }
    }

    /// The folder of all its groups.
    pub fn folder(self) -> &'static str {
        match self {
            GroupKind::Topic => "topics",
            GroupKind::Severity => "severities",
            GroupKind::Tag => "tags",
            GroupKind::Owner => "owners",
        }
    }
}

impl GroupFolders<'_> {
    /// The page of a group, from the site's root.
    pub fn path(&self, kind: GroupKind, name: &str) -> String {
        let folders = match kind {
            GroupKind::Topic => Some(&self.topics),
            GroupKind::Tag => Some(&self.tags),
            GroupKind::Owner => Some(&self.owners),
            GroupKind::Severity => None,
        };
        let folder = folders
            .and_then(|folders| folders.get(name))
            .map_or(name, String::as_str);
        format!("{}/{folder}/index.html", kind.folder())
    }

    /// The same as the address in a link.
    pub fn href(&self, kind: GroupKind, name: &str) -> String {
        encoded(&self.path(kind, name))
    }
}

impl<'a> SiteOutline<'a> {
    /// Leaves out what readers may not see, and gives the rest addresses.
    pub fn new(input: &'a SiteInput<'a>) -> Self {
        let store = input.store;
        let mut lessons: Vec<&Lesson> = store
            .lessons
            .iter()
            .filter(|lesson| is_shown(input, lesson))
            .collect();
        lessons.sort_by_key(|lesson| (&lesson.topic, std::cmp::Reverse(lesson.severity), &lesson.id));
        let shown: BTreeSet<&str> = lessons.iter().map(|lesson| lesson.id.as_str()).collect();
        let lesson_folders = folders(shown.iter().copied());
        let all_targets: Vec<&SiteTarget> = input
            .targets
            .iter()
            .filter(|target| is_named(input, target))
            .collect();
        let target_folders = folders(all_targets.iter().map(|target| target.plan.target.name.as_str()));
        let mut by_lesson: BTreeMap<&str, Vec<(usize, Vec<&Placement>)>> = BTreeMap::new();
        let mut targets = Vec::with_capacity(all_targets.len());
        for (at, target) in all_targets.iter().enumerate() {
            let cells = target.plan.proof.coverage.placements.iter();
            let placements: Vec<&Placement> = cells
                .filter(|cell| shown.contains(cell.lesson.as_str()))
                .collect();
            let mut sum = CoverageSum::default();
            for placement in &placements {
                sum.add(placement, target.state);
                let lines = by_lesson.entry(placement.lesson.as_str()).or_default();
                match lines.last_mut() {
                    Some((last, cells)) if *last == at => cells.push(placement),
                    _ => lines.push((at, vec![placement])),
                }
            }
            let folder = target_folders.get(target.plan.target.name.as_str());
            targets.push(OutlineTarget {
                target,
                path: page_of("targets", folder.map_or("", String::as_str)),
                placements,
                sum,
            });
        }
        let lessons: Vec<OutlineLesson> = lessons
            .into_iter()
            .map(|lesson| {
                let placements = by_lesson.remove(lesson.id.as_str()).unwrap_or_default();
                let mut sum = CoverageSum::default();
                for (at, cells) in &placements {
                    for cell in cells {
                        sum.add(cell, all_targets[*at].state);
                    }
                }
                let folder = lesson_folders.get(lesson.id.as_str());
                OutlineLesson {
                    lesson,
                    path: page_of("lessons", folder.map_or("", String::as_str)),
                    topic_title: store.topics.get(&lesson.topic).unwrap_or(&lesson.topic),
                    placements,
                    sum,
                    changes: input
                        .changes
                        .get(&lesson.id)
                        .map(Vec::as_slice)
                        .unwrap_or_default(),
                }
            })
            .collect();
        let groups = GroupFolders {
            topics: folders(lessons.iter().map(|lesson| lesson.lesson.topic.as_str())),
            tags: folders(
                lessons
                    .iter()
                    .flat_map(|lesson| lesson.lesson.tags.iter().map(String::as_str)),
            ),
            owners: folders(lessons.iter().filter_map(|lesson| lesson.lesson.owner.as_deref())),
        };
        SiteOutline {
            head: SiteHead {
                name: &store.name,
                home: &store.home,
                is_public: input.disclosures.is_some(),
                has_feed: lessons.iter().any(|lesson| !lesson.changes.is_empty()),
                has_timeline: !input.effects.is_empty(),
                lessons: lessons.len(),
                targets: targets.len(),
                hidden_targets: input.targets.len() - targets.len(),
            },
            entry_points: store.entry_points.iter().map(|row| row.name.as_str()).collect(),
            by_id: lessons
                .iter()
                .enumerate()
                .map(|(at, lesson)| (lesson.lesson.id.as_str(), at))
                .collect(),
            input,
            lessons,
            targets,
            groups,
        }
    }

    /// The address of a lesson's page, from the site's root; none: it is not in the site.
    pub fn lesson_href(&self, id: &str) -> Option<String> {
        self.by_id.get(id).map(|at| encoded(&self.lessons[*at].path))
    }

    /// The names of all groups of a kind, in order. Severities are ordered from most to least severe.
    pub fn group_names(&self, kind: GroupKind) -> Vec<&str> {
        match kind {
            GroupKind::Topic => self.groups.topics.keys().copied().collect(),
            GroupKind::Tag => self.groups.tags.keys().copied().collect(),
            GroupKind::Owner => self.groups.owners.keys().copied().collect(),
            GroupKind::Severity => {
                let is_used = |severity: &Severity| {
                    self.lessons
                        .iter()
                        .any(|lesson| lesson.lesson.severity == *severity)
                };
                let used = Severity::ALL.into_iter().filter(is_used);
                used.map(Severity::word).collect()
            }
        }
    }
}

impl OutlineLesson<'_> {
    /// Whether the lesson is in a group.
    pub fn is_in(&self, kind: GroupKind, name: &str) -> bool {
        match kind {
            GroupKind::Topic => self.lesson.topic == name,
            GroupKind::Severity => self.lesson.severity.word() == name,
            GroupKind::Tag => self.lesson.tags.iter().any(|tag| tag == name),
            GroupKind::Owner => self.lesson.owner.as_deref() == Some(name),
        }
    }
}

/// The path of a page with a folder of its own. It is not an address yet: names may hold any letter.
fn page_of(kind: &str, folder: &str) -> String {
    format!("{kind}/{folder}/index.html")
}

fn is_shown(input: &SiteInput, lesson: &Lesson) -> bool {
    let is_private = lesson.audience == Audience::Internal || lesson.status == Status::Draft;
    input.disclosures.is_none() || !is_private
}

/// Whether the site may name a target. A target that could not be read is not known to be public.
fn is_named(input: &SiteInput, target: &SiteTarget) -> bool {
    let plan = target.plan;
    input.disclosures.as_ref().is_none_or(|disclosures| {
        plan.target.base.is_some() && disclosures.sight(&plan.target.name) == Disclosure::Shown
    })
}
