//! Prints the comparison of two plans, for a terminal, a page and programs.
//!
//! Input: both plans, the names of their files, and the comparison. Output: one string or JSON. Not here: comparing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::style::{BAD, CAREFUL, DIM, GOOD};
use super::{Document, Line, TextTable, View};
use lessonbook_pipeline::compare::{Class, Comparison, Difference, DifferenceKind};
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::redaction::Disclosure;

/// How many lines of a difference are shown without `-v`.
const SHOWN: usize = 8;
/// How many targets are named.
const NAMED: usize = 3;

/// A plan and its file.
#[derive(Debug, Clone, Copy)]
pub struct NamedPlan<'a> {
    /// The plan.
    pub plan: &'a SavedPlan,
    /// The file's name.
    pub file: &'a str,
}

/// The same difference in several targets.
struct DifferenceRow<'a> {
    difference: &'a Difference,
    targets: Vec<&'a str>,
}

/// The differences of a class, each with all targets in which it is the same.
fn rows(comparison: &Comparison, class: Class) -> Vec<DifferenceRow<'_>> {
    let mut rows: Vec<DifferenceRow<'_>> = Vec::new();
    for difference in comparison.of(class) {
        let same = |row: &&mut DifferenceRow<'_>| {
            let known = row.difference;
            known.what == difference.what && known.text == difference.text && known.lines == difference.lines
        };
        let target = difference.target.as_deref();
        match rows.iter_mut().find(same) {
            // A difference of the target itself has a row of its own.
            Some(row) if difference.what != DifferenceKind::Target || target.is_none() => {
                row.targets
                    .extend(target.filter(|target| row.targets.last() != Some(target)));
            }
            _ => rows.push(DifferenceRow {
                difference,
                targets: target.into_iter().collect(),
            }),
        }
    }
    rows.sort_by_key(|row| row.difference.what);
    rows
}

/// The result in a few words.
fn verdict(comparison: &Comparison) -> String {
    let part = |class: Class, word: &str| {
        let gist = comparison.gist(class);
        (!gist.is_empty()).then(|| format!("{word}: {gist}"))
    };
    if comparison.reaches_further() {
        return format!("reaches further: {}", comparison.gist(Class::Wider));
    }
    let rest: Vec<String> = [part(Class::Changed, "changed"), part(Class::Narrower, "narrower")]
        .into_iter()
        .flatten()
        .collect();
    if rest.is_empty() {
        "is the same".to_owned()
    } else {
        format!("reaches no further; {}", rest.join("; "))
    }
}

/// The comparison for a terminal. Differences that neither widen nor narrow the plan are counted, and listed if `verbose`.
pub fn human(old: NamedPlan<'_>, new: NamedPlan<'_>, comparison: &Comparison, verbose: bool) -> String {
    document(old, new, comparison, View::terminal(verbose)).human()
}

/// The comparison for a page or a comment: what reaches further is open, everything else is folded.
pub fn markdown(old: NamedPlan<'_>, new: NamedPlan<'_>, comparison: &Comparison) -> String {
    let title = Line::code(new.file).then(" against ").then(Line::code(old.file));
    let where_else = "Run `lessonbook compare OLD NEW -v` to see them.";
    document(old, new, comparison, View::Page).markdown(title, where_else)
}

fn document(old: NamedPlan<'_>, new: NamedPlan<'_>, comparison: &Comparison, view: View) -> Document {
    let mut document = Document::default();
    let mut table = TextTable::new(&["", "plan", "digest", "made", "store", "size"]);
    for (word, named) in [("old", old), ("new", new)] {
        let [digest, day, store, size] = facts(named.plan);
        let (file, digest) = (Line::code(named.file), Line::code(digest));
        table.row([word.into(), file, digest, day.into(), store.into(), size.into()]);
    }
    document.table(table);
    let verdict = verdict(comparison);
    let end = verdict.find([':', ';']).unwrap_or(verdict.len());
    let style = if comparison.reaches_further() { BAD } else { GOOD };
    let line = Line::styled(style, verdict[..end].to_uppercase());
    document.gap();
    document.line(line.then(&verdict[end..]));
    for (class, style) in [
        (Class::Wider, BAD),
        (Class::Narrower, GOOD),
        (Class::Changed, CAREFUL),
    ] {
        let rows = rows(comparison, class);
        if rows.is_empty() {
            continue;
        }
        if class == Class::Changed && view == View::Brief {
            if comparison.reaches_further() {
                let line = format!("changed: {}", comparison.gist(class));
                document.gap();
                document.line(Line::from(line).then(Line::styled(DIM, "    -v names them")));
            }
            continue;
        }
        let title = Line::styled(style, title(class));
        let content = differences(&rows, class, view);
        if class == Class::Wider || !view.is_page() {
            document.section(title, content);
        } else {
            document.folded(title.then(format!(": {}", comparison.gist(class))), content);
        }
    }
    document
}

/// A table of differences. Lines that the new plan writes or removes follow it.
fn differences(rows: &[DifferenceRow<'_>], class: Class, view: View) -> Document {
    let mut content = Document::default();
    let mut table = TextTable::new(if view.is_page() {
        &["", "where", "difference"]
    } else {
        &[]
    });
    for row in rows {
        let places = Line::names(&row.targets, NAMED);
        let what = row.difference.what.word();
        table.row([what.into(), places, row.difference.text.as_str().into()]);
    }
    content.table(table);
    if class == Class::Wider {
        for row in rows.iter().filter(|row| !row.difference.lines.is_empty()) {
            let mut lines = Document::default();
            lines.diff(diff(row.difference), view.most(SHOWN, usize::MAX));
            // The text begins with the path in a code span, which a folded title can't contain.
            let Difference { name, text, .. } = row.difference;
            let change = text.strip_prefix(&format!("`{name}`")).unwrap_or(text);
            let title = Line::names(&row.targets, NAMED);
            content.folded(title.then(": ").then(Line::code(name)).then(change), lines);
        }
    }
    content
}

fn diff(difference: &Difference) -> String {
    let sign = if difference.what == DifferenceKind::RemovedLines {
        '-'
    } else {
        '+'
    };
    let lines = difference.lines.iter();
    lines.map(|line| format!("{sign} {line}\n")).collect()
}

fn title(class: Class) -> &'static str {
    match class {
        Class::Wider => "Wider",
        Class::Changed => "Changed",
        Class::Narrower => "Narrower",
    }
}

/// Digest, day, store and size of a plan.
fn facts(plan: &SavedPlan) -> [String; 4] {
    let commit = plan.store.commit.as_ref();
    let commit = commit.map_or(String::new(), |commit| {
        format!("@{}", commit.commit.get(..7).unwrap_or(&commit.commit))
    });
    [
        plan.short_digest().to_owned(),
        plan.today.to_string(),
        format!("{}{commit}", plan.store.home),
        counted(plan.targets.len(), "target"),
    ]
}

/// The comparison for a public page: of a target that is not public in both plans it only has the name and the kind of difference.
/// Targets that only `discover:` found are counted, and so are findings.
pub fn for_everybody(old: &SavedPlan, new: &SavedPlan, comparison: &Comparison) -> Comparison {
    let sights = old.sights().and(new.sights());
    let sight = |difference: &Difference| match &difference.target {
        Some(target)
            if difference.what == DifferenceKind::Finding && sights.sight(target) != Disclosure::Shown =>
        {
            Disclosure::Counted
        }
        Some(target) => sights.sight(target),
        None => Disclosure::Shown,
    };
    let mut unnamed: BTreeMap<(Class, DifferenceKind), BTreeSet<&str>> = BTreeMap::new();
    for difference in &comparison.differences {
        if let (Disclosure::Counted, Some(target)) = (sight(difference), &difference.target) {
            let targets = unnamed.entry((difference.class, difference.what)).or_default();
            targets.insert(target);
        }
    }
    let shown = |difference: &Difference| match sight(difference) {
        Disclosure::Shown => difference.clone(),
        Disclosure::Named => Difference {
            name: String::new(),
            text: "is not shown, because the target is not public".to_owned(),
            lines: Vec::new(),
            ..difference.clone()
        },
        Disclosure::Counted => {
            let targets = unnamed.get(&(difference.class, difference.what));
            let number = counted(targets.map_or(0, BTreeSet::len), "target");
            Difference {
                target: None,
                name: String::new(),
                text: format!("is not shown, in {number} that the page does not name"),
                lines: Vec::new(),
                ..difference.clone()
            }
        }
    };
    Comparison {
        differences: comparison.differences.iter().map(shown).collect(),
    }
}

/// The comparison as JSON.
pub fn json(old: NamedPlan<'_>, new: NamedPlan<'_>, comparison: &Comparison) -> Value {
    let side = |named: NamedPlan<'_>| {
        let commit = named.plan.store.commit.as_ref();
        json!({
            "file": named.file,
            "digest": named.plan.digest,
            "today": named.plan.today,
            "store": named.plan.store.name,
            "commit": commit.map(|commit| commit.commit.clone()),
        })
    };
    let data = json!({
        "old": side(old),
        "new": side(new),
        "reaches_further": comparison.reaches_further(),
        "wider": comparison.gist(Class::Wider),
        "changed": comparison.gist(Class::Changed),
        "narrower": comparison.gist(Class::Narrower),
        "differences": comparison.differences,
    });
    let store = &new.plan.store;
    let commit = store.commit.as_ref().map(|commit| commit.commit.as_str());
    envelope(DocumentSubject::Named(&store.name, &store.home, commit), data)
}
