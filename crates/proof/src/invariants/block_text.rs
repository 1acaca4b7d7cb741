//! The text of a block besides its lessons: none of it may be unknown, or do something.
//!
//! Input: the files as the plan would leave them. Output: a finding for each piece of text that is neither a lesson's nor on
//! the allow-list, and for text that does something (loads a file, runs a command) unless a lesson's own words contain it. Not
//! here: the allow-list (`frame`), and what a lesson may say (`check` decides that, with the store's exceptions).

use super::{FileView, InvariantInput};
use crate::LessonWording;
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::text;
use lessonbook_store::{Lesson, Store};

/// How many pieces of one file are reported, because one cause often has many.
const SHOWN: usize = 5;

/// Reports unknown text and text that does something, in every block of the plan.
pub(super) fn known_and_quiet(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) {
    for (_, file) in facts.proposed.ours() {
        unknown(facts, file, findings);
        acting(facts, file, findings);
    }
}

fn unknown(facts: &InvariantInput<'_>, file: &FileView, findings: &mut Vec<Finding>) {
    for foreign in facts.frame.foreign(&file.view, facts.words).iter().take(SHOWN) {
        let message = format!(
            "`{}`: line {}, `{}`, belongs to no lesson: {}",
            file.path, foreign.line, foreign.text, foreign.why
        );
        let place = Location {
            line: foreign.line,
            text: foreign.text.clone(),
            ..Location::file(&file.path)
        };
        findings.push(
            Finding::new(Code::UnknownBlockText, message)
                .at(place)
                .effect("it could reverse, limit or hide the rules next to it, so nothing is proposed here")
                .help(
                    "remove it from the template (docs/findings.md lists what a template may add), or write it outside the block",
                ),
        );
    }
}

fn acting(facts: &InvariantInput<'_>, file: &FileView, findings: &mut Vec<Finding>) {
    let acting = |block: &str| acting_in(facts.store, facts.words, block);
    for suspect in file.view.acting(acting) {
        let mut finding = Finding::new(suspect.code, format!("`{}`: {}", file.path, suspect.message))
            .effect(&suspect.effect)
            .help(format!(
                "remove it from the template, `home` or the title that contains it; {}",
                suspect.help
            ));
        finding.level = Level::Error;
        findings.push(finding);
    }
}

/// Text of a block that does something and is not in a lesson's own words.
pub(crate) fn acting_in(
    store: &Store,
    words: &[LessonWording<'_>],
    block: &str,
) -> Vec<text::SuspiciousText> {
    let mut hosts: Vec<&str> = store.policy.hosts.iter().map(String::as_str).collect();
    hosts.extend(host(&store.home));
    let mut suspects = text::injections(block, &hosts);
    suspects.retain(|suspect| {
        let shown = block.get(suspect.span.clone()).map(one_line).unwrap_or_default();
        let is_import = |path: &str| {
            let path = path.trim_start_matches("../");
            store.entry_points.iter().any(|row| row.owns(path))
        };
        let ours = suspect.code == Code::TextImports && shown.strip_prefix('@').is_some_and(is_import);
        let own = |words: &LessonWording<'_>| own_words(store, words.lesson, suspect.code, &shown);
        !ours && !words.iter().any(own)
    });
    suspects
}

/// Whether a lesson's own text contains this. A title is also part of the frame, so there only an exception allows it.
fn own_words(store: &Store, lesson: &Lesson, code: Code, shown: &str) -> bool {
    let accepted = || {
        store.exceptions.iter().any(|exception| {
            exception.lesson == lesson.id && exception.accepts.as_deref() == Some(code.name())
        })
    };
    let mut texts = vec![lesson.rule.as_str(), &lesson.rationale];
    texts.extend(
        [&lesson.bad, &lesson.good, &lesson.source]
            .into_iter()
            .flatten()
            .map(String::as_str),
    );
    for incident in &lesson.incidents {
        texts.extend([incident.summary.as_str(), &incident.repository]);
    }
    texts.into_iter().any(|text| one_line(text).contains(shown))
        || one_line(&lesson.title).contains(shown) && accepted()
}

fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://")?.1;
    rest.split(['/', '?', '#', ':'])
        .next()
        .filter(|host| !host.is_empty())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
