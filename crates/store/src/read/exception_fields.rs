//! What exceptions of every kind, acknowledgements and releases have in common: a reason, a name and a last day.
//!
//! Input: the fields of the entry. Output: a text, and findings. Not here: the other fields of each kind.

use super::fields::{Fields, FieldsReader};
use crate::words::one_line;
use crate::yaml::YamlValue;
use lessonbook_base::finding::Code;

pub(super) fn past(
    reader: &mut FieldsReader,
    fields: &Fields,
    until: Option<jiff::civil::Date>,
    today: jiff::civil::Date,
) {
    if let Some(day) = until
        && day < today
        && let Some(node) = fields.raw("until")
    {
        let finding = reader
            .finding(
                Code::ExceptionPast,
                node.span.clone(),
                format!("the exception ended on {day}"),
            )
            .effect("it still applies, so that a date alone changes nothing")
            .help("remove it, or set a later day");
        reader.push(finding);
    }
}

/// The text of a key that an exception, an acknowledgement or a release requires. `owner` and `what` are for the message.
pub(super) fn required_text(
    reader: &mut FieldsReader,
    fields: &Fields,
    owner: &str,
    key: &str,
    what: &str,
) -> Option<String> {
    if fields.raw(key).is_some_and(|node| node.value != YamlValue::Null) {
        let (text, _) = reader.text(fields, key)?;
        let text = one_line(text);
        if !text.is_empty() {
            return Some(text);
        }
    }
    let span = fields
        .raw(key)
        .map_or(fields.span.clone(), |node| node.span.clone());
    let finding = reader
        .finding(
            Code::ExceptionIncomplete,
            span,
            format!("{owner} does not state {what} (`{key}`)"),
        )
        .effect("no one could decide later whether it still applies")
        .help(format!("add `{key}: …`"));
    reader.push(finding);
    None
}
