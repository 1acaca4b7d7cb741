//! Reads `rollout`, and the gates that someone opened by hand (`open`).
//!
//! Input: nodes of `targets.yaml`. Output: values, with their defaults.
//! Not here: whether the canaries are targets and the lessons exist (`store::lint`).

use super::exception_fields::required_text;
use super::fields::{Fields, FieldsReader};
use crate::Store;
use crate::rollout::{Release, Rollout};
use crate::source_map::SourceMark;
use crate::words::one_line;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of `rollout`.
pub const ROLLOUT_KEYS: [&str; 4] = ["canary", "quorum", "bake", "give_up"];

/// The keys of an entry of `open`.
pub const OPEN_KEYS: [&str; 4] = ["lesson", "version", "reason", "by"];

/// Reads `rollout`.
pub fn rollout(reader: &mut FieldsReader, node: &YamlNode, store: &mut Store) -> Option<Rollout> {
    const WHAT: &str = "`rollout`";
    let fields = reader.map(node, WHAT, &ROLLOUT_KEYS)?;
    reader.require(&fields, WHAT, "canary");
    let mut canary: Vec<String> = Vec::new();
    for (text, item) in reader.texts(&fields, "canary").unwrap_or_default() {
        let (number, file) = (canary.len().to_string(), &reader.source.file);
        store
            .places
            .mark(SourceMark::Canary, &number, "", file, item.span.clone());
        canary.push(text.to_owned());
    }
    let is_list = |node: &YamlNode| matches!(&node.value, YamlValue::List(items) if items.is_empty());
    if let Some(node) = fields.raw("canary").filter(|node| is_list(node)) {
        let finding = reader
            .finding(
                Code::RolloutWithoutCanaries,
                node.span.clone(),
                "`rollout` has no canary",
            )
            .effect("no target would get new lessons first, so the others would wait forever")
            .help(
                "list names of targets, or globs of names: `canary: [\"acme/canary-*\"]`; or remove `rollout`",
            );
        reader.push(finding);
    }
    Some(Rollout {
        canary,
        quorum: percent(reader, &fields).unwrap_or(Rollout::QUORUM),
        bake: time(reader, &fields, "bake").unwrap_or(Rollout::BAKE),
        give_up: time(reader, &fields, "give_up").unwrap_or(Rollout::GIVE_UP),
    })
}

/// Reads a share such as `80%`, from 1% to 100%.
fn percent(reader: &mut FieldsReader, fields: &Fields) -> Option<u8> {
    const KEY: &str = "quorum";
    let node = reader.value(fields, KEY)?;
    let text = match &node.value {
        YamlValue::Text(text) => text.clone(),
        _ => reader.raw(node).to_owned(),
    };
    let digits = text.strip_suffix('%').filter(|text| {
        !text.starts_with('0') && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    });
    let share = digits.and_then(|digits| digits.parse::<u8>().ok());
    let share = share.filter(|share| *share <= 100);
    if share.is_none() {
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                format!("`{KEY}` can't be `{text}`"),
            )
            .effect("it is unclear when the other targets get a lesson")
            .help("write a share of the canaries from 1% to 100%: `quorum: 80%`");
        reader.push(finding);
    }
    share
}

/// Reads a duration such as `30m`, `24h` or `7d`, in seconds.
fn time(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Option<i64> {
    let node = reader.value(fields, key)?;
    let text = match &node.value {
        YamlValue::Text(text) => text.clone(),
        _ => reader.raw(node).to_owned(),
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let unit = match unit {
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(24 * 3600),
        _ => None,
    };
    // At most five digits, which is about 270 years, so that no sum overflows.
    let count = count.parse::<i64>().ok().filter(|_| digits <= 5);
    let time = count.zip(unit).map(|(count, unit)| count * unit);
    if time.is_none() {
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                format!("`{key}` can't be `{text}`"),
            )
            .effect("it is unclear when the other targets get a lesson")
            .help("write minutes, hours or days: 30m, 24h, 7d");
        reader.push(finding);
    }
    time
}

/// Reads `open`.
pub fn open(reader: &mut FieldsReader, node: &YamlNode, store: &mut Store) {
    const WHAT: &str = "an entry of `open`";
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`open`", "a list");
        return;
    };
    for item in items {
        let Some(fields) = reader.map(item, WHAT, &OPEN_KEYS) else {
            continue;
        };
        reader.require(&fields, WHAT, "lesson");
        reader.require(&fields, WHAT, "version");
        let reason = required_text(reader, &fields, "the entry", "reason", "why");
        let by = required_text(reader, &fields, "the entry", "by", "who decided it");
        let lesson = reader.string(&fields, "lesson");
        let version = version(reader, &fields);
        let (Some(lesson), Some(version)) = (lesson, version) else {
            continue;
        };
        // An entry without a reason or a name opens no gate, which is reported.
        let (Some(reason), Some(by)) = (reason, by) else {
            continue;
        };
        let number = store.open.len().to_string();
        for (mark, field) in [
            (SourceMark::OpeningLesson, "lesson"),
            (SourceMark::OpeningVersion, "version"),
        ] {
            if let Some(node) = fields.raw(field) {
                let file = &reader.source.file;
                store.places.mark(mark, &number, "", file, node.span.clone());
            }
        }
        store.open.push(Release {
            lesson,
            version,
            reason,
            by,
        });
    }
}

/// Reads a lesson's version: six hexadecimal digits.
fn version(reader: &mut FieldsReader, fields: &Fields) -> Option<String> {
    let (text, node) = reader.text(fields, "version")?;
    let text = one_line(text);
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 6 && text.bytes().all(digit) {
        return Some(text);
    }
    let finding = reader
        .finding(
            Code::UnknownValue,
            node.span.clone(),
            format!("`{text}` is not a version of a lesson"),
        )
        .effect("the entry opens no gate")
        .help("write six hexadecimal digits in quotes, as `lessonbook status` shows them; or let `lessonbook release` write the entry");
    reader.push(finding);
    None
}
