//! The rules of many files, with those that say the same brought together.
//!
//! Input: the readings of files, and the lessons that a store has. Output: an [`ImportResult`]. Not here: reading a file
//! (`read_file`), and which clusters become lessons.
//!
//! First come rules that are the same word for word. Then each of these is compared with the representatives of clusters so far,
//! never with other members, so that no chain of small changes joins two rules that differ. Rules on one subject with other numbers,
//! another polarity or another force stay apart and are reported as a disagreement.

use std::collections::{BTreeMap, BTreeSet};

use lessonbook_store::Severity;
use serde::Serialize;

use crate::candidate::{Candidate, Citation, FileReading};
use crate::guess;
use crate::known::{KnownIndex, KnownLesson};
use crate::signals::Confidence;
use crate::wording::{Rarity, RuleWords, SubjectIndex, difference, name_other_things};

/// Subjects that share this much are the same.
pub(crate) const SAME_SUBJECT: f32 = 0.72;
/// Texts that share this much, too, say the same.
pub(crate) const SAME_TEXT: f32 = 0.75;

/// A rule with every place where it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cluster {
    /// A name that stays the same as long as the words do.
    pub id: String,
    /// The rule, as its first place has it.
    pub rule: String,
    /// A heading for people.
    pub title: String,
    /// Why it holds, as far as it is written somewhere.
    pub rationale: String,
    /// How sure it is that this is a rule.
    pub confidence: Confidence,
    /// Its severity: a guess.
    pub severity: Severity,
    /// The reason for the guess.
    pub severity_reason: String,
    /// What it is about.
    pub topic: String,
    /// The paths that it concerns; empty: all.
    pub paths: Vec<String>,
    /// A remark on its paths, for people.
    pub scope_note: Option<String>,
    /// Whether its paths can't be written in the grammar of the store.
    pub scope_is_lost: bool,
    /// Where it is written, in order.
    pub citations: Vec<Citation>,
    /// In how many repositories.
    pub repositories: usize,
    /// The lesson of the store that says it already.
    pub lesson: Option<String>,
}

/// Two clusters on one subject that do not say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The id of one cluster.
    pub one: String,
    /// The id of the other.
    pub other: String,
    /// What is different.
    pub difference: String,
}

/// What an import yields.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ImportResult {
    /// The rules, those of most repositories first.
    pub clusters: Vec<Cluster>,
    /// The pairs that contradict each other.
    pub disagreements: Vec<Disagreement>,
    /// The files, by repository and path.
    pub files: Vec<FileReading>,
    /// For each file and each of its candidates, the cluster, and whether it is that cluster's first citation.
    #[serde(skip)]
    pub membership: Vec<Vec<(usize, bool)>>,
}

/// The places of one normalised text: file and candidate.
type TextPlaces = Vec<(usize, usize)>;

struct TextGroup {
    normal: String,
    words: RuleWords,
    places: TextPlaces,
    repositories: usize,
}

/// Brings rules together. The order of the files does not matter.
pub fn bring_together(mut files: Vec<FileReading>, known: &[KnownLesson]) -> ImportResult {
    files.sort_by(|a, b| (&a.repository, &a.path).cmp(&(&b.repository, &b.path)));
    files.dedup_by(|next, first| next.repository == first.repository && next.path == first.path);
    let groups = groups(&files);
    let known = KnownIndex::new(known);
    let rarity = Rarity::new(groups.iter().map(|group| &group.words));
    let (members, pairs) = join(&groups, &rarity, &files);
    let mut clusters: Vec<(Cluster, Vec<usize>)> = members
        .into_iter()
        .map(|members| (cluster(&members, &groups, &files, &known), members))
        .collect();
    let texts: Vec<String> = clusters.iter().map(|(cluster, _)| cluster.id.clone()).collect();
    let mut disagreements: Vec<Disagreement> = pairs
        .into_iter()
        .map(|(one, other, difference)| {
            let (one, other) = (
                texts[one].clone().min(texts[other].clone()),
                texts[one].clone().max(texts[other].clone()),
            );
            Disagreement {
                one,
                other,
                difference: difference.to_owned(),
            }
        })
        .filter(|pair| pair.one != pair.other)
        .collect();
    disagreements.sort_by(|a, b| (&a.one, &a.other).cmp(&(&b.one, &b.other)));
    disagreements.dedup();
    clusters.sort_by(|(a, _), (b, _)| {
        let key = |cluster: &Cluster| (cluster.repositories, cluster.citations.len(), cluster.confidence);
        key(b).cmp(&key(a)).then_with(|| a.id.cmp(&b.id))
    });
    let mut membership: Vec<Vec<(usize, bool)>> = files
        .iter()
        .map(|file| vec![(0, false); file.candidates.len()])
        .collect();
    for (at, (cluster, members)) in clusters.iter().enumerate() {
        let first = &cluster.citations[0];
        for &(file, candidate) in members.iter().flat_map(|group| &groups[*group].places) {
            let is_first = files[file].repository == first.repository
                && files[file].path == first.path
                && files[file].candidates[candidate].line == first.line
                && files[file].candidates[candidate].rule == cluster.rule;
            membership[file][candidate] = (at, is_first);
        }
    }
    ImportResult {
        clusters: clusters.into_iter().map(|(cluster, _)| cluster).collect(),
        disagreements,
        files,
        membership,
    }
}

/// Rules that are the same word for word, those of most repositories first.
fn groups(files: &[FileReading]) -> Vec<TextGroup> {
    let mut by_text: BTreeMap<String, TextPlaces> = BTreeMap::new();
    for (file, reading) in files.iter().enumerate() {
        for (at, candidate) in reading.candidates.iter().enumerate() {
            by_text
                .entry(guess::normal(&candidate.rule))
                .or_default()
                .push((file, at));
        }
    }
    let mut groups: Vec<TextGroup> = by_text
        .into_iter()
        .map(|(normal, places)| {
            let repositories: BTreeSet<&str> = places
                .iter()
                .map(|(file, _)| files[*file].repository.as_str())
                .collect();
            TextGroup {
                words: RuleWords::new(&normal),
                repositories: repositories.len(),
                normal,
                places,
            }
        })
        .collect();
    groups.sort_by(|a, b| {
        b.repositories
            .cmp(&a.repositories)
            .then_with(|| a.normal.cmp(&b.normal))
    });
    groups
}

type Pair = (usize, usize, &'static str);

/// The groups of each cluster, the representative first, and the pairs of clusters that do not agree.
fn join(groups: &[TextGroup], rarity: &Rarity, files: &[FileReading]) -> (Vec<Vec<usize>>, Vec<Pair>) {
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut index = SubjectIndex::default();
    let mut pairs: Vec<Pair> = Vec::new();
    let subjects: Vec<Vec<u32>> = groups
        .iter()
        .map(|group| rarity.numbers(&group.words.subject))
        .collect();
    for (at, group) in groups.iter().enumerate() {
        let rarest = rarity.rarest(&subjects[at], SAME_SUBJECT);
        let mut best: Option<(f32, usize)> = None;
        let mut apart: Vec<Pair> = Vec::new();
        for cluster in index.near(&rarest) {
            let other = &groups[clusters[cluster][0]];
            let overlap = rarity.overlap(&subjects[at], &subjects[clusters[cluster][0]]);
            if overlap < SAME_SUBJECT || name_other_things(&group.words.subject, &other.words.subject) {
                continue;
            }
            match difference(&group.words.stance, &other.words.stance) {
                // Steps and levels in one file are not a disagreement.
                Some(difference) if !share_a_file(group, other, files) => {
                    apart.push((cluster, 0, difference));
                }
                Some(_) => {}
                None => {
                    let ratio = group.words.ratio(&other.words);
                    if ratio >= SAME_TEXT && best.is_none_or(|(known, _)| ratio > known) {
                        best = Some((ratio, cluster));
                    }
                }
            }
        }
        let own = if let Some((_, cluster)) = best {
            clusters[cluster].push(at);
            cluster
        } else {
            index.add(rarest, clusters.len());
            clusters.push(vec![at]);
            clusters.len() - 1
        };
        pairs.extend(
            apart
                .into_iter()
                .map(|(other, _, difference)| (own, other, difference)),
        );
    }
    (clusters, pairs)
}

fn share_a_file(one: &TextGroup, other: &TextGroup, files: &[FileReading]) -> bool {
    let of = |group: &TextGroup| -> BTreeSet<(String, String)> {
        let places = group.places.iter();
        places
            .map(|(file, _)| (files[*file].repository.clone(), files[*file].path.clone()))
            .collect()
    };
    !of(one).is_disjoint(&of(other))
}

fn cluster(
    members: &[usize],
    groups: &[TextGroup],
    files: &[FileReading],
    known: &KnownIndex<'_>,
) -> Cluster {
    let representative = &groups[members[0]];
    let mut places: Vec<(usize, usize)> = representative.places.clone();
    places.sort_by_key(|(file, at)| (*file, files[*file].candidates[*at].line, *at));
    let candidate = |(file, at): &(usize, usize)| &files[*file].candidates[*at];
    let first = candidate(&places[0]);
    let all: Vec<(usize, usize)> = members
        .iter()
        .flat_map(|group| groups[*group].places.iter().copied())
        .collect();
    let rule = first.rule.clone();
    let mut citations: Vec<Citation> = all
        .iter()
        .map(|place| Citation {
            repository: files[place.0].repository.clone(),
            path: files[place.0].path.clone(),
            line: candidate(place).line,
            wording: Some(candidate(place).rule.clone()).filter(|wording| *wording != rule),
        })
        .collect();
    // The place that the rule is taken from is the first one; its words are the cluster's.
    let home = (
        files[places[0].0].repository.clone(),
        files[places[0].0].path.clone(),
        first.line,
    );
    citations.sort();
    citations.dedup();
    if let Some(at) = citations.iter().position(|citation| {
        citation.wording.is_none()
            && (&citation.repository, &citation.path, citation.line) == (&home.0, &home.1, home.2)
    }) {
        citations[..=at].rotate_right(1);
    }
    let every: Vec<&Candidate> = all.iter().map(candidate).collect();
    let (paths, scope_note) = scope(&every);
    let repositories: BTreeSet<&str> = citations
        .iter()
        .map(|citation| citation.repository.as_str())
        .collect();
    let worst = every.iter().max_by(|a, b| {
        a.severity
            .cmp(&b.severity)
            .then_with(|| b.severity_reason.cmp(&a.severity_reason))
    });
    let worst = worst.copied().unwrap_or(first);
    let rationale = every
        .iter()
        .map(|candidate| candidate.rationale.as_str())
        .filter(|text| !text.is_empty());
    let title = every
        .iter()
        .find_map(|candidate| candidate.title.clone())
        .filter(|title| !title.is_empty());
    let id = guess::id(&rule);
    let texts: Vec<&str> = members
        .iter()
        .map(|group| groups[*group].normal.as_str())
        .collect();
    Cluster {
        title: title.unwrap_or_else(|| guess::title(&rule)),
        rationale: rationale
            .min_by_key(|text| (std::cmp::Reverse(text.len()), *text))
            .unwrap_or_default()
            .to_owned(),
        confidence: every
            .iter()
            .map(|candidate| candidate.confidence)
            .max()
            .unwrap_or(first.confidence),
        severity: worst.severity,
        severity_reason: worst.severity_reason.clone(),
        topic: first.topic.clone(),
        paths,
        scope_note,
        scope_is_lost: every.iter().any(|candidate| candidate.scope_is_lost),
        repositories: repositories.len(),
        lesson: known.lesson(&texts, &citations),
        citations,
        rule,
        id,
    }
}

/// The paths of a rule that is written in several places: all paths of all places, or none where one place has none.
fn scope(places: &[&Candidate]) -> (Vec<String>, Option<String>) {
    let mut paths: Vec<String> = places
        .iter()
        .flat_map(|candidate| candidate.paths.clone())
        .collect();
    paths.sort();
    paths.dedup();
    let differ = places.iter().any(|candidate| candidate.paths != places[0].paths);
    let note = places
        .iter()
        .filter_map(|candidate| candidate.scope_note.clone())
        .min();
    if !differ {
        return (paths, note);
    }
    if places.iter().any(|candidate| candidate.paths.is_empty()) {
        let note = format!(
            "in some places for all paths, in others for {} only",
            paths.join(", ")
        );
        return (Vec::new(), Some(note));
    }
    (
        paths,
        Some("the places name different paths; these are all of them".to_owned()),
    )
}
