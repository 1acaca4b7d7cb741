//! Lessons whose rule a linter or formatter enforces already, in every target that receives them.
//!
//! Input: the rules, and the settings of linters in the trees. Output: a finding at the setting. Not here: which rules and settings mean
//! the same (`table`, `rows`), and reading settings (`config_files`, `settings`).

mod config_files;
mod languages;
mod rows;
mod settings;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::receivers::Receivers;
use crate::{AuditInput, active, retire, targets};
use config_files::Setting;
use languages::LessonFiles;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::tree::Tree;
use lessonbook_store::Lesson;
use settings::LinterSettings;
use table::EnforcedRule;

pub use config_files::is_config;

/// A finding for each lesson that a setting enforces wherever it is received.
pub fn findings(input: &AuditInput, receivers: &Receivers) -> Vec<Finding> {
    let mut read: BTreeMap<usize, LinterSettings> = BTreeMap::new();
    let mut findings = Vec::new();
    for lesson in active(input.store) {
        let (rule, named) = (
            table::enforced_rule(&lesson.rule),
            table::named_rule(&lesson.rule),
        );
        if rule.is_none() && named.is_none() {
            continue;
        }
        let Some(trees) = receivers.trees(input, lesson) else {
            continue;
        };
        for (at, tree) in &trees {
            read.entry(*at).or_insert_with(|| LinterSettings::new(tree));
        }
        let enforcing: Option<Vec<(usize, &Tree, &Setting)>> = trees
            .into_iter()
            .map(|(at, tree)| {
                let settings = read.get(&at)?;
                let found = named.and_then(|name| settings.named(name));
                let found = found.or_else(|| enforcing(rule.as_ref()?, lesson, tree, settings));
                Some((at, tree, found?))
            })
            .collect();
        findings.extend(enforcing.and_then(|enforcing| finding(input, lesson, &enforcing)));
    }
    findings
}

/// The setting of a target that enforces a rule for all files that the lesson is about.
fn enforcing<'s>(
    rule: &EnforcedRule,
    lesson: &Lesson,
    tree: &Tree,
    settings: &'s LinterSettings,
) -> Option<&'s Setting> {
    let files = LessonFiles::new(&lesson.spellings(), tree);
    let mut wanted = rule.settings(&files);
    wanted.find_map(|wanted| settings.find(wanted, rule.number(), &files))
}

fn finding(input: &AuditInput, lesson: &Lesson, enforcing: &[(usize, &Tree, &Setting)]) -> Option<Finding> {
    let id = &lesson.id;
    let (at, tree, setting) = enforcing.first()?;
    let target = &input.targets[*at].target.name;
    let more = match enforcing.len() - 1 {
        0 => String::new(),
        more => format!(", and a setting enforces it in {} more", targets(more)),
    };
    let message = format!(
        "{} enforces the rule of `{id}` in {target}: `{}`{more}",
        setting.tool, setting.name
    );
    let rule = &lesson.rule;
    let text = tree
        .file(&setting.file)
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let (start, line) = line_of(&text, setting.line);
    let span = start + (line.len() - line.trim_start().len())..start + line.trim_end().len();
    let place = Location::in_text(
        &format!("{target}: {}", setting.file),
        &lessonbook_base::text::redact(&text),
        span,
    );
    Some(
        Finding::new(Code::LinterEnforces, message)
            .at(place.label(format!("the rule: {rule}")))
            .target(target)
            .lesson(id)
            .effect("assistants read the rule in every session, although a program checks it anyway")
            .help(format!(
                "retire it, if that program runs for every change: {}",
                retire(id, &format!("{} enforces it", setting.tool))
            )),
    )
}

/// Where a line begins, and its text.
fn line_of(text: &str, line: usize) -> (usize, &str) {
    let mut start = 0;
    for (number, found) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            return (start, found);
        }
        start += found.len();
    }
    (0, "")
}
