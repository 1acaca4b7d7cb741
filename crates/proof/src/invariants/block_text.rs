//! What a block says besides its lessons: nothing that is unknown, and nothing that acts.
//!
//! Input: the files as the plan would leave them. Output: a finding for each piece of text that no lesson and no known frame
//! accounts for, and for text that acts though no lesson's own words bring it. Not here: the allow-list (`frame`), and what a
//! lesson may say (`check` judged that, with the store's exceptions).

use super::{FileView, InvariantInput};
use crate::LessonWording;
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::text;
use lessonbook_store::{Lesson, Store};

/// How many pieces of one file are reported: one cause often has many.
const SHOWN: usize = 5;

/// Reports unknown text and text that acts, in every block of the plan.
pub(super) fn known_and_quiet(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) {
    for (_, file) in facts.proposed.ours() {
        unknown(facts, file, findings);
        acting(facts, file, findings);
    }
}

fn unknown(facts: &InvariantInput<'_>, file: &FileView, findings: &mut Vec<Finding>) {
    for foreign in file.view.foreign(facts.frame, facts.words).iter().take(SHOWN) {
        let message = format!(
            "`{}`: line {}, `{}`, is accounted for by no lesson: {}",
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
                .effect("it could turn round, limit or hide the rules beside it, so nothing is proposed here")
                .help(
                    "take it out of the template (docs/findings.md lists what a template may add), or write it outside the block",
                ),
        );
    }
}

fn acting(facts: &InvariantInput<'_>, file: &FileView, findings: &mut Vec<Finding>) {
    for suspect in acting_in(facts.store, facts.words, file.view.block_text()) {
        let mut finding = Finding::new(suspect.code, format!("`{}`: {}", file.path, suspect.message))
            .effect(suspect.effect)
            .help(format!(
                "take it out of the template, `home` or the title that it comes from; {}",
                suspect.help
            ));
        finding.level = Level::Error;
        findings.push(finding);
    }
}

/// Text of a block that acts and is not a lesson's own.
pub(crate) fn acting_in(
    store: &Store,
    words: &[LessonWording<'_>],
    block: &str,
) -> Vec<text::SuspiciousText> {
    let mut hosts: Vec<&str> = store.policy.hosts.iter().map(String::as_str).collect();
    hosts.extend(host(&store.home));
    let mut suspects = text::injections(block, &hosts);
    suspects.retain(|suspect| {
        let said = block.get(suspect.span.clone()).map(one_line).unwrap_or_default();
        let is_import = |path: &str| store.entry_points.iter().any(|row| row.owns(path));
        let ours = suspect.code == Code::TextImports && said.strip_prefix('@').is_some_and(is_import);
        let own = |words: &LessonWording<'_>| own_words(store, words.lesson, suspect.code, &said);
        !ours && !words.iter().any(own)
    });
    suspects
}

/// Whether a lesson's own text says this. Its title is frame as well, so there only an exception excuses it.
fn own_words(store: &Store, lesson: &Lesson, code: Code, said: &str) -> bool {
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
    texts.into_iter().any(|text| one_line(text).contains(said))
        || one_line(&lesson.title).contains(said) && accepted()
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
