//! The targets of a document: which may be shown, and a table of those.

use crate::report::findings::counted;
use crate::report::impact::{gathered, is_private, remark, repositories, word};
use crate::report::style::{BAD, BOLD, CAREFUL, DIM, GOOD, REMOVED};
use crate::report::{Document, Line, TextTable, View};
use lessonbook_pipeline::changes::ChangeKind;
use lessonbook_pipeline::impact::{Fit, Impact, ImpactState, TargetDiff};

/// How many targets a terminal lists without `-v`, and a page.
const LISTED: (usize, usize) = (40, 200);

/// Which targets may be shown, which may only be named, and which are only counted.
pub(super) struct ShownTargets<'d> {
    pub(super) shown: Vec<&'d TargetDiff>,
    named: Vec<&'d TargetDiff>,
    /// Private targets that only `discover:` found.
    counted: Vec<&'d TargetDiff>,
}

impl<'d> ShownTargets<'d> {
    /// For a user who has access to all targets.
    pub(super) fn all(impact: &'d Impact) -> Self {
        ShownTargets {
            shown: impact.targets.iter().collect(),
            named: Vec::new(),
            counted: Vec::new(),
        }
    }

    /// For a page; `open` if everyone can read it.
    pub(super) fn on_page(impact: &'d Impact, open: bool) -> Self {
        let all = impact.targets.iter();
        let (hidden, shown): (Vec<_>, Vec<_>) = all.partition(|diff| open && is_private(diff));
        let (counted, named) = hidden.into_iter().partition(|diff| diff.found);
        ShownTargets {
            shown,
            named,
            counted,
        }
    }

    pub(super) fn of(&self, state: ImpactState) -> impl Iterator<Item = &'d TargetDiff> {
        let shown = self.shown.iter().copied();
        shown.filter(move |diff| diff.state == state)
    }

    pub(super) fn gathered(
        &self,
        of: impl Fn(&'d TargetDiff) -> &'d Vec<Fit>,
    ) -> Vec<(&'d Fit, Vec<&'d str>)> {
        gathered(self.shown.iter().copied(), of)
    }
}

/// One row for each target.
pub(super) fn table(shown: &ShownTargets<'_>, view: View) -> Document {
    let verbose = view == View::Verbose;
    let is_quiet = |diff: &TargetDiff| matches!(diff.state, ImpactState::Same | ImpactState::StillRefused);
    let listed = shown.shown.iter().filter(|diff| verbose || !is_quiet(diff));
    let mut table = TextTable::new(&["repository", "", "files", "+", "-", "lessons"])
        .right(2)
        .right(3)
        .right(4)
        .can_shrink(5)
        .most(view.most(LISTED.0, LISTED.1));
    let (mut number, mut files) = (0, 0);
    for diff in listed {
        number += 1;
        files += diff.files.len();
        table.row(row(diff));
    }
    let mut content = Document::default();
    content.table(table);
    let quiet = [
        (ImpactState::Same, "unchanged"),
        (ImpactState::StillRefused, "refused as before"),
    ];
    let quiet = quiet.into_iter().filter_map(|(state, word)| {
        let number = shown.of(state).count();
        (!verbose && number > 0).then(|| format!("{} {word}", repositories(number)))
    });
    let quiet: Vec<String> = quiet.collect();
    if !quiet.is_empty() {
        content.line(Line::styled(DIM, quiet.join(", ")));
    }
    if !view.is_page() || number == 0 {
        return content;
    }
    let mut document = Document::default();
    let title = format!("{}, {}", repositories(number), counted(files, "file"));
    document.folded(title, content);
    document
}

fn row(diff: &TargetDiff) -> [Line; 6] {
    let (word, bad) = word(diff);
    let style = match diff.state {
        _ if bad => BAD,
        ImpactState::Update | ImpactState::Gone => CAREFUL,
        _ => DIM,
    };
    let (added, removed) = diff.counts();
    let number = |sign: &str, number: usize| {
        if number == 0 {
            String::new()
        } else {
            format!("{sign}{number}")
        }
    };
    let files = match diff.files.len() {
        0 => String::new(),
        files => counted(files, "file"),
    };
    let lessons = diff.lessons.iter().map(|change| {
        let sign = match change.kind {
            ChangeKind::Added => "+",
            ChangeKind::Changed => "~",
            ChangeKind::Removed => "-",
            ChangeKind::Moved => ">",
            ChangeKind::Unchanged => "=",
        };
        Line::from(format!("{sign} ")).then(Line::code(&change.lesson))
    });
    let lessons = Line::join(lessons.take(4), ", ").then(match diff.lessons.len() {
        0..=4 => String::new(),
        all => format!(" and {} more", all - 4),
    });
    let what = [lessons, remark(diff).into()];
    [
        Line::code(&diff.target).style(BOLD),
        Line::styled(style, word),
        files.into(),
        Line::styled(GOOD, number("+", added)),
        Line::styled(REMOVED, number("-", removed)),
        Line::join(what.into_iter().filter(|part| !part.is_empty()), "; "),
    ]
}

/// On the page of a public store: its private targets.
pub(super) fn not_shown(shown: &ShownTargets<'_>) -> Document {
    let states = [
        (ImpactState::Refused, "it fails in "),
        (ImpactState::Update, "changes in "),
        (ImpactState::Gone, "no longer targets: "),
        (ImpactState::Unread, "not looked at: "),
    ];
    let mut parts = Vec::new();
    for (state, word) in states {
        let names = shown.named.iter().filter(|diff| diff.state == state);
        let names: Vec<&str> = names.map(|diff| diff.target.as_str()).collect();
        if !names.is_empty() {
            parts.push(Line::from(word).then(Line::names(&names, 30)));
        }
    }
    for (state, word) in states
        .into_iter()
        .filter(|(state, _)| *state != ImpactState::Gone)
    {
        let number = shown.counted.iter().filter(|diff| diff.state == state).count();
        if number > 0 {
            let number = repositories(number);
            parts.push(format!("{word}{number} that only `discover:` found").into());
        }
    }
    let mut document = Document::default();
    if !parts.is_empty() {
        let head = "Private repositories, which this page only names: ";
        document.line(Line::from(head).then(Line::join(parts, "; ")).then("."));
    }
    document
}
