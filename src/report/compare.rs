//! Prints the comparison of two plans, for a terminal, a page and programs.
//!
//! Input: both plans, the names of their files, and the comparison. Output: one string or JSON. Not here: comparing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::markdown_page::{MarkdownPage, details, fence, name, row, words};
use super::sanitize::visible;
use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use super::table::TextTable;
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
                row.targets.extend(target);
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

/// `acme/a, acme/b, acme/c and 4 more`.
fn places(row: &DifferenceRow<'_>) -> String {
    let shown = row.targets[..row.targets.len().min(NAMED)].join(", ");
    match row.targets.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
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
    let mut table = TextTable::new(&[]);
    for (word, named) in [("old", old), ("new", new)] {
        let mut cells = vec![word.to_owned(), visible(named.file).into_owned()];
        cells.extend(facts(named.plan));
        table.row(cells.iter().map(|cell| cell.as_str().into()));
    }
    let mut out = table.render();
    let style = if comparison.reaches_further() { BAD } else { GOOD };
    let (first, rest) = {
        let verdict = verdict(comparison);
        let end = verdict.find([':', ';']).unwrap_or(verdict.len());
        (verdict[..end].to_uppercase(), verdict[end..].to_owned())
    };
    out.push_str(&format!("\n{}{rest}\n", paint(style, &first)));
    let mut hidden = Vec::new();
    for (class, style) in [
        (Class::Wider, BAD),
        (Class::Narrower, GOOD),
        (Class::Changed, CAREFUL),
    ] {
        let rows = rows(comparison, class);
        if rows.is_empty() {
            continue;
        }
        if class == Class::Changed && !verbose {
            hidden.push(comparison.gist(class));
            continue;
        }
        out.push_str(&format!("\n{}\n", paint(style, title(class))));
        for row in &rows {
            one(&mut out, row, class == Class::Wider, verbose);
        }
    }
    if !hidden.is_empty() && comparison.reaches_further() {
        out.push_str(&format!(
            "\nchanged: {}{}\n",
            hidden.join(", "),
            paint(DIM, "    -v names them")
        ));
    }
    out
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
        format!("{}{commit}", visible(&plan.store.home)),
        counted(plan.targets.len(), "target"),
    ]
}

fn one(out: &mut String, row: &DifferenceRow<'_>, with_lines: bool, verbose: bool) {
    let Difference {
        what, text, lines, ..
    } = row.difference;
    let places = places(row);
    let line = if *what == DifferenceKind::Target {
        format!("{} {}", paint(BOLD, &visible(&places)), visible(text))
    } else if places.is_empty() {
        visible(text).into_owned()
    } else {
        format!("{}   {}", visible(text), paint(DIM, &visible(&places)))
    };
    out.push_str(&format!("  {:<10}  {line}\n", what.word()));
    if !with_lines {
        return;
    }
    let (sign, style) = if *what == DifferenceKind::RemovedLines {
        ('-', BAD)
    } else {
        ('+', GOOD)
    };
    let most = if verbose { lines.len() } else { SHOWN };
    for line in lines.iter().take(most) {
        let line = format!("{sign} {}", visible(line));
        out.push_str(&format!("              {}\n", paint(style, line.trim_end())));
    }
    if lines.len() > most {
        let more = counted(lines.len() - most, "more line");
        out.push_str(&format!(
            "              {}\n",
            paint(DIM, &format!("and {more} (-v shows them)"))
        ));
    }
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

/// The comparison for a page or a comment: what reaches further is open, everything else is folded.
pub fn markdown(old: NamedPlan<'_>, new: NamedPlan<'_>, comparison: &Comparison) -> String {
    let mut page = MarkdownPage::new();
    let mut head = format!("## {} against {}\n\n", name(new.file), name(old.file));
    let sign = if comparison.reaches_further() {
        "⚠️"
    } else {
        "✅"
    };
    head.push_str(&format!(
        "{sign} **The new plan {}**\n\n| | digest | made | store | |\n|---|---|---|---|---|\n",
        words(&verdict(comparison))
    ));
    for (word, named) in [("old", old), ("new", new)] {
        let [digest, day, store, size] = facts(named.plan);
        let (digest, store) = (name(&digest), words(&store));
        head.push_str(&row([word, &digest, &day, &store, &size]));
    }
    head.push('\n');
    page.part("the head", &head);
    let wider = rows(comparison, Class::Wider);
    if !wider.is_empty() {
        page.part("the table", "### Wider\n\n| | | where |\n|---|---|---|\n");
        for row in &wider {
            page.table_row(&row.difference.name, &cells(row));
        }
        for row in wider.iter().filter(|row| !row.difference.lines.is_empty()) {
            page.part(&row.difference.name, &folded_lines(row));
        }
    }
    for class in [Class::Narrower, Class::Changed] {
        let rows = rows(comparison, class);
        if rows.is_empty() {
            continue;
        }
        let mut body = String::from("| | | where |\n|---|---|---|\n");
        for row in &rows {
            body.push_str(&cells(row));
        }
        let summary = format!("{}: {}", title(class), comparison.gist(class));
        page.part(title(class), &details(&summary, &body));
    }
    page.finish("Run `lessonbook compare OLD NEW -v` to see them.")
}

fn cells(of: &DifferenceRow<'_>) -> String {
    let places = of.targets.iter().take(NAMED).map(|target| name(target));
    let mut places = places.collect::<Vec<_>>().join(", ");
    if of.targets.len() > NAMED {
        places.push_str(&format!(" and {} more", of.targets.len() - NAMED));
    }
    row([of.difference.what.word(), &words(&of.difference.text), &places])
}

fn folded_lines(row: &DifferenceRow<'_>) -> String {
    let sign = if row.difference.what == DifferenceKind::RemovedLines {
        '-'
    } else {
        '+'
    };
    let text: String = row
        .difference
        .lines
        .iter()
        .map(|line| format!("{sign} {line}\n"))
        .collect();
    // A summary is HTML, in which Markdown's code spans are not interpreted.
    let Difference {
        name: path,
        text: message,
        ..
    } = row.difference;
    let change = message.strip_prefix(&format!("`{path}`")).unwrap_or(message);
    let summary = format!("{}: {}{}", name(&places(row)), name(path), words(change));
    details(&summary, &fence("diff", &text))
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
