//! Decides which elements of a file (list items, paragraphs) are rules, which belong to a rule, and which are left out.
//!
//! Input: a walk. Output: candidates, and the fate of each element. Not here: how much one element sounds like a
//! rule (`signals`), and records of lessons (`records`).
//!
//! Lead-ins are folded: "Do NOT use:" and a list of elements is one rule. Under a heading that forbids, an item keeps the heading,
//! since without it the rule would say the opposite.

use std::ops::Range;

use crate::inline::{InlineText, inline, one_line, sentences};
use crate::outline::ElementKind;
use crate::passage::{Fate, Omission};
use crate::polarity::{ends_with_colon, is_example_head, is_example_label, is_reason, prefix};
use crate::rule_walk::{NewRule, RuleWalk};
use crate::signals::{Confidence, NoRule, Surrounding, judge};
use crate::vocabulary as words;

/// Items of a folded list are at most this long, in characters.
const SHORT_ITEM: usize = 110;
/// A folded rule is at most this long, in characters.
const LONG_RULE: usize = 900;
/// First words of a lead-in whose list is one rule.
const FOLDING: [&str; 7] = ["use", "include", "follow", "keep", "require", "check", "verify"];

/// Judges every element that has no fate yet.
pub fn run(walk: &mut RuleWalk<'_>) {
    for at in 0..walk.outline.elements.len() {
        if !walk.done[at] {
            walk.element(at);
        }
    }
}

impl RuleWalk<'_> {
    fn element(&mut self, at: usize) {
        let element = &self.outline.elements[at];
        let range = element.range.clone();
        let why = match element.kind {
            ElementKind::Heading(_) => Omission::Heading,
            ElementKind::CodeBlock => Omission::Code,
            ElementKind::MarkdownTable => Omission::Table,
            ElementKind::BlockQuote => Omission::Quote,
            ElementKind::Divider => Omission::Blank,
            ElementKind::FootnoteText => Omission::Footnote,
            ElementKind::Html { .. } if self.text[range.clone()].trim_start().starts_with("<!--") => {
                Omission::Comment
            }
            ElementKind::Html { .. } => Omission::RawHtml,
            _ if element.is_struck => Omission::StruckThrough,
            _ if self.text[range.clone()].contains('\u{1}') => Omission::NotUtf8,
            ElementKind::ListItem => return self.item(at),
            ElementKind::Paragraph => return self.paragraph(at),
        };
        self.omit(at, range, why);
    }

    fn item(&mut self, at: usize) {
        let element = &self.outline.elements[at];
        let range = element.range.clone();
        let text = inline(&self.text[range.clone()]);
        let list = element.list.map(|list| &self.outline.lists[list]);
        let lead_in = list.and_then(|list| list.lead_in);
        // A detail of the rule that it is nested in, unless it is a plain order of its own.
        let owner = element.parent.and_then(|parent| self.owner[parent]);
        let alone = judge(&text, Surrounding::default());
        if let Some(owner) = owner
            && words::hard_modal(&text.plain.to_lowercase()).is_none()
        {
            return self.beside(at, range, owner);
        }
        if self.fold(at, &range, &text) {
            return;
        }
        let lead_words = lead_in.map(|lead| one_line(&self.text[self.outline.elements[lead].range.clone()]));
        let lead_small = lead_words
            .as_deref()
            .map(|lead| inline(lead).plain.to_lowercase());
        let headings = self.headings_above(at);
        if lead_small.as_deref().is_some_and(is_example_head) {
            return self.omit(at, range, Omission::Example);
        }
        let prefix = match prefix(&text, lead_words.as_deref(), &headings, alone.is_ok()) {
            Ok(prefix) => prefix,
            Err(why) => return self.omit(at, range, why),
        };
        let around = Surrounding {
            headings: &headings,
            lead_in: lead_small.as_deref(),
            is_sentence: false,
        };
        let introduces = self.list_led_by(at).is_some() && ends_with_colon(&text.plain);
        match judge(&text, around) {
            Ok(confidence) if !introduces || confidence > Confidence::All => {
                let words = one_line(&self.text[range.clone()]);
                let rule = format!("{prefix}{words}");
                self.add(NewRule {
                    element: at,
                    range,
                    rule,
                    confidence,
                    title: None,
                    topic: None,
                });
            }
            Ok(_) => self.omit(at, range, Omission::LeadIn),
            Err(_) if introduces => self.omit(at, range, Omission::LeadIn),
            Err(why) => self.omit(at, range, Omission::NotARule(why)),
        }
    }

    fn paragraph(&mut self, at: usize) {
        let element = &self.outline.elements[at];
        let range = element.range.clone();
        if let Some(owner) = element.parent.and_then(|parent| self.owner[parent]) {
            return self.beside(at, range, owner);
        }
        let whole = inline(&self.text[range.clone()]);
        if self.fold(at, &range, &whole) {
            return;
        }
        self.done[at] = true;
        let headings = self.headings_above(at);
        let leads = self.list_led_by(at).is_some();
        let text = &self.text[range.clone()];
        let sentences = sentences(text);
        let last = sentences.len().saturating_sub(1);
        let mut previous = self.directly_before(at);
        for (number, sentence) in sentences.into_iter().enumerate() {
            let part = range.start + sentence.start..range.start + sentence.end;
            let markdown = &self.text[part.clone()];
            let text = inline(markdown);
            if let Some(owner) = previous.filter(|_| is_reason(&text.plain)) {
                self.beside(at, part, owner);
                continue;
            }
            let is_lead = leads && number == last && ends_with_colon(&text.plain);
            if is_example_label(&text) {
                self.parts.push((
                    part,
                    Fate::Omitted {
                        why: Omission::Example,
                    },
                ));
                continue;
            }
            let around = Surrounding {
                headings: &headings,
                lead_in: None,
                is_sentence: true,
            };
            let judged = judge(&text, around);
            let is_lead = is_lead && !judged.is_ok_and(|confidence| confidence > Confidence::All);
            match judged {
                Ok(confidence) if !is_lead => {
                    let rule = one_line(markdown);
                    previous = Some(self.add(NewRule {
                        element: at,
                        range: part,
                        rule,
                        confidence,
                        title: None,
                        topic: None,
                    }));
                }
                _ => {
                    let why = match judged {
                        _ if is_lead => Omission::LeadIn,
                        Err(why) => Omission::NotARule(why),
                        Ok(_) => Omission::LeadIn,
                    };
                    self.parts.push((part, Fate::Omitted { why }));
                }
            }
        }
    }

    /// Folds a lead-in and its list into one rule where the items are elements of it, or the steps of one procedure.
    fn fold(&mut self, at: usize, range: &Range<usize>, lead: &InlineText) -> bool {
        if !ends_with_colon(&lead.plain) {
            return false;
        }
        let Some(list) = self.list_led_by(at) else {
            return false;
        };
        let list = &self.outline.lists[list];
        let small = lead.plain.to_lowercase();
        let orders = words::hard_modal(&small).is_some()
            || words::soft_modal(&small).is_some()
            || small
                .split_whitespace()
                .next()
                .is_some_and(|first| FOLDING.contains(&first));
        if !orders || list.items.is_empty() || list.items.len() > 14 {
            return false;
        }
        let is_procedure = list.is_ordered
            && ["must", "required", "steps", "in order"]
                .iter()
                .any(|word| small.contains(word));
        let (mut texts, mut rules) = (Vec::new(), 0);
        for &item in &list.items {
            let range = self.outline.elements[item].range.clone();
            let text = inline(&self.text[range.clone()]);
            let is_nested = self.list_led_by(item).is_some();
            if is_nested || !is_procedure && text.plain.chars().count() > SHORT_ITEM {
                return false;
            }
            let alone = judge(&text, Surrounding::default());
            let is_reference = matches!(alone, Err(NoRule::LinkOnly | NoRule::Interrogative));
            // `- macOS: `./build.sh`` shows how, it is not an element of the rule.
            if is_reference || !is_procedure && text.label.is_some() && text.begins_with_code {
                return false;
            }
            let is_rule = alone.is_ok_and(|confidence| confidence >= Confidence::Default);
            rules += usize::from(is_rule);
            texts.push(one_line(&self.text[range]));
        }
        if !is_procedure && rules * 4 > texts.len() {
            return false;
        }
        let rule = format!("{} {}", one_line(&self.text[range.clone()]), texts.join("; "));
        if rule.chars().count() > LONG_RULE || self.text[range.clone()].contains('\u{1}') {
            return false;
        }
        let headings = self.headings_above(at);
        let around = Surrounding {
            headings: &headings,
            lead_in: None,
            is_sentence: false,
        };
        let whole = inline(&rule);
        let Ok(confidence) = judge(&whole, around) else {
            return false;
        };
        let items = list.items.clone();
        let candidate = self.add(NewRule {
            element: at,
            range: range.clone(),
            rule,
            confidence,
            title: None,
            topic: None,
        });
        for item in items {
            self.done[item] = true;
            self.owner[item] = Some(candidate);
            let range = self.outline.elements[item].range.clone();
            self.parts.push((range, Fate::Candidate { at: candidate }));
        }
        true
    }
}
