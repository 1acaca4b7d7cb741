//! Limits for tera's functions and filters whose result can be much larger than their input.
//!
//! Input: a tera engine. Output: the same with `range`, `replace`, `indent` and `join` replaced by versions that give the same result, but
//! refuse to create more than a template may keep. Not here: all others, whose results are about as large as their input.

use tera::{Error, Kwargs, State, StringInput, Tera, TeraResult, Value};

use super::{MOST_KEPT, kib};

/// The most numbers that `range` returns at once.
const LONGEST_RANGE: i128 = 10_000;

/// Registers the functions and filters. `count` is called with the number of bytes that they create.
pub(super) fn register(
    tera: &mut Tera,
    count: impl Fn(u64) -> TeraResult<()> + Clone + Send + Sync + 'static,
) {
    let counting = count.clone();
    tera.register_function("range", move |args: Kwargs, _: &State| {
        let values = range(&args)?;
        counting(values.len() as u64 * 32)?;
        Ok::<_, Error>(values)
    });
    let counting = count.clone();
    tera.register_filter("replace", move |text: StringInput, args: Kwargs, _: &State| {
        let (from, to) = (args.must_get::<&str>("from")?, args.must_get::<&str>("to")?);
        let text = text.as_str();
        let more = text.matches(from).count().saturating_mul(to.len());
        counting(fits(text.len().saturating_add(more))?)?;
        Ok::<_, Error>(Value::from(text.replace(from, to)))
    });
    let counting = count.clone();
    tera.register_filter("indent", move |text: StringInput, args: Kwargs, _: &State| {
        let result = indent(text.as_str(), &args)?;
        counting(result.len() as u64)?;
        Ok::<_, Error>(Value::from(result))
    });
    tera.register_filter("join", move |items: &[Value], args: Kwargs, _: &State| {
        let between = args.get::<&str>("sep")?.unwrap_or("");
        let mut all = 0;
        for item in items {
            // The size is computed before anything is written, because a list may contain itself many times.
            let size = super::size(item, MOST_KEPT);
            all += size + between.len();
            fits(if size > MOST_KEPT { usize::MAX } else { all })?;
        }
        count(all as u64)?;
        let items: Vec<String> = items.iter().map(|item| format!("{item}")).collect();
        Ok::<_, Error>(Value::from(items.join(between)))
    });
}

fn fits(size: usize) -> TeraResult<u64> {
    // The examples of a lesson may be larger than what a template creates.
    if size > 4 * MOST_KEPT {
        return Err(Error::message(format!(
            "the filter would create a text of more than {}",
            kib(4 * MOST_KEPT)
        )));
    }
    Ok(size as u64)
}

fn range(args: &Kwargs) -> TeraResult<Vec<i128>> {
    let start = args.get::<i128>("start")?.unwrap_or_default();
    let end = args.must_get::<i128>("end")?;
    let step = args.get::<i128>("step_by")?.unwrap_or(1);
    if step == 0 || step > 0 && start > end {
        return Err(Error::message(
            "Function `range` was called with a `step_by` of 0, or with a `start` greater than the `end`",
        ));
    }
    let mut values = Vec::new();
    let mut at = start;
    while step > 0 && at < end || step < 0 && at > end {
        if values.len() as i128 == LONGEST_RANGE {
            return Err(Error::message(format!(
                "Function `range` would return more than {LONGEST_RANGE} numbers"
            )));
        }
        values.push(at);
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    Ok(values)
}

fn indent(text: &str, args: &Kwargs) -> TeraResult<String> {
    let width = args.get::<usize>("width")?.unwrap_or(4).min(1_000);
    let sign = args.get::<&str>("indentation")?.unwrap_or(" ");
    if sign.chars().count() != 1 {
        return Err(Error::message(
            "The `indentation` argument must contain exactly one character",
        ));
    }
    let first = args.get::<bool>("first")?.unwrap_or(false);
    let blank = args.get::<bool>("blank")?.unwrap_or(false);
    let more = text.lines().count().saturating_mul(width * sign.len());
    fits(text.len().saturating_add(more))?;
    let before = sign.repeat(width);
    let mut out = String::with_capacity(text.len() + more);
    for (nth, line) in text.lines().enumerate() {
        if nth > 0 {
            out.push('\n');
        }
        if nth == 0 && first || nth > 0 && (blank || !line.is_empty()) {
            out.push_str(&before);
        }
        out.push_str(line);
    }
    if text.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}
