//! Builds a lesson from the flags of `add` and from answers.
//!
//! Input: the flags, and on a terminal answers to what they leave open. Output: a [`Lesson`]. Not here: checking it
//! (`check`).

use super::AddArgs;
use crate::commands::list::{SeverityWord, StatusWord};
use crate::report::{UserError, prompt};
use crate::run::Context;
use lessonbook_base::globs::Glob;
use lessonbook_store::names::{is_device, is_name, name_rule};
use lessonbook_store::{Audience, Incident, Lesson, Severity, Status, Store};

/// The maximum length of an id that is made from a title. A longer one is cut at a word.
const MAX_ID: usize = 48;

/// The lesson that the flags and answers describe.
pub fn lesson(args: &AddArgs, context: &Context, store: &Store) -> anyhow::Result<Lesson> {
    let missing = missing(args);
    if !missing.is_empty() && !prompt::can_ask() {
        return Err(
            UserError::wrong_use(format!("a lesson needs {}", missing.join(", ")))
                .help("pass them as flags, or run `lessonbook add` on a terminal, where it asks for them")
                .into(),
        );
    }
    let ask = Questions { context, store };
    let (topic, id) = match args.name.as_deref() {
        Some(name) => topic_and_id(name)?,
        None => (ask.topic()?, None),
    };
    let title = match &args.title {
        Some(title) => title.trim().to_owned(),
        None => ask.text("Title, a heading for people", "--title")?,
    };
    let id = match id {
        Some(id) => id,
        None => id_from_title(&title)?,
    };
    let severity = match args.severity {
        Some(word) => word.into(),
        None => ask.severity()?,
    };
    let prose = |flag: &Option<String>, question: &str, name: &str| match flag {
        Some(text) => Ok(text.trim().to_owned()),
        None => ask.text(question, name),
    };
    let rule = prose(&args.rule, "Rule, one or two imperative sentences", "--rule")?;
    let rationale = prose(
        &args.rationale,
        "Rationale, the reason for the rule",
        "--rationale",
    )?;
    // Paths and tags are optional, so they are asked for only if the person answers questions anyway.
    let is_interactive = !missing.is_empty();
    let paths = if is_interactive && args.paths.is_empty() {
        ask.paths()?
    } else {
        globs(&args.paths)?
    };
    let tags = if is_interactive && args.tags.is_empty() && args.to.is_empty() {
        ask.tags()?
    } else {
        args.tags.clone()
    };
    Ok(Lesson {
        file: format!("lessons/{topic}/{id}.yaml"),
        id,
        topic,
        title,
        severity,
        paths,
        tags,
        rule,
        rationale,
        bad: example(args.bad.as_deref()),
        good: example(args.good.as_deref()),
        language: args.language.clone().unwrap_or_default(),
        checks: Vec::new(),
        incidents: incidents(&args.incidents)?,
        source: args.source.clone(),
        owner: args.owner.clone(),
        review_by: args.review_by,
        sources: Vec::new(),
        evidence: Vec::new(),
        supersedes: Vec::new(),
        audience: if args.internal {
            Audience::Internal
        } else {
            Audience::Everyone
        },
        status: match args.status {
            StatusWord::Active => Status::Active,
            StatusWord::Draft => Status::Draft,
            StatusWord::Retired => Status::Retired,
        },
        broken: false,
    })
}

/// A text as a name: lower-case letters, digits and single hyphens, cut at a word after at most `max` characters.
pub fn slug(text: &str, max: usize) -> String {
    let mut name = String::new();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'');
    for word in words.map(|word| word.replace('\'', "").to_ascii_lowercase()) {
        if word.is_empty() {
            continue;
        }
        if !name.is_empty() && name.len() + 1 + word.len() > max {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&word);
    }
    name.truncate(max);
    name
}

/// The required parts of a lesson that no flag sets.
fn missing(args: &AddArgs) -> Vec<&'static str> {
    let required = [
        (args.name.is_none(), "its topic (TOPIC or TOPIC/ID)"),
        (args.title.is_none(), "--title"),
        (args.severity.is_none(), "--severity"),
        (args.rule.is_none(), "--rule"),
        (args.rationale.is_none(), "--rationale"),
    ];
    required
        .into_iter()
        .filter(|(is_missing, _)| *is_missing)
        .map(|(_, flag)| flag)
        .collect()
}

/// Topic and id of TOPIC/ID as it was typed; a leading `lessons/` and a final `.yaml` are accepted.
fn topic_and_id(name: &str) -> Result<(String, Option<String>), UserError> {
    let plain = name.strip_prefix("lessons/").unwrap_or(name);
    let plain = plain.strip_suffix(".yaml").unwrap_or(plain).trim_end_matches('/');
    let (topic, id) = match plain.split_once('/') {
        Some((topic, id)) => (topic, Some(id)),
        None => (plain, None),
    };
    if is_name(topic) && id.is_none_or(is_name) {
        return Ok((topic.to_owned(), id.map(str::to_owned)));
    }
    Err(UserError::wrong_use(format!("`{name}` is not a valid name for a lesson"))
        .help(if [Some(topic), id].into_iter().flatten().any(is_device) {
            "Windows reserves `aux`, `con`, `nul`, `prn`, `com1` and similar names for devices; use a longer word"
        } else {
            "write TOPIC/ID, each of lower-case letters, digits and hyphens: kubernetes/liveness-failure-threshold"
        }))
}

fn id_from_title(title: &str) -> Result<String, UserError> {
    let id = slug(title, MAX_ID);
    if !is_name(&id) {
        let error = UserError::wrong_use(format!("no id can be made from the title `{title}`"));
        return Err(error.help("name one: lessonbook add TOPIC/ID"));
    }
    Ok(id)
}

fn globs(written: &[String]) -> Result<Vec<Glob>, UserError> {
    written.iter().map(|text| glob(text)).collect()
}

fn glob(text: &str) -> Result<Glob, UserError> {
    Glob::parse(text).map_err(|problem| {
        let message = format!(
            "`{text}` is not a glob that every assistant reads in the same way: {}",
            problem.message
        );
        let error = UserError::wrong_use(message);
        match problem.portable {
            Some(portable) => error.help(format!("write `{portable}`")),
            None => error.help("write a glob like `**/*.tf`, `charts/**` or `src/{api,web}/*.py`"),
        }
    })
}

/// An example as it is stored in a lesson: without the final newline.
fn example(text: Option<&str>) -> Option<String> {
    let text = text?.trim_end_matches(['\n', '\r']);
    (!text.trim().is_empty()).then(|| text.replace("\r\n", "\n"))
}

fn incidents(words: &[String]) -> Result<Vec<Incident>, UserError> {
    let incident = |three: &[String]| {
        let [date, repository, summary] = three else {
            return Err(UserError::wrong_use(
                "an incident is a date, a repository or `-`, and a sentence",
            ));
        };
        let date = date.parse().map_err(|_| {
            UserError::wrong_use(format!("`{date}` is not a date")).help("write it as YYYY-MM-DD")
        })?;
        Ok(Incident {
            date,
            repository: if repository == "-" {
                String::new()
            } else {
                repository.clone()
            },
            summary: summary.trim().to_owned(),
        })
    };
    words.chunks(3).map(incident).collect()
}

/// Questions to the person at the terminal.
struct Questions<'a> {
    context: &'a Context,
    store: &'a Store,
}

impl Questions<'_> {
    fn text(&self, question: &str, flag: &str) -> anyhow::Result<String> {
        let not_empty = |answer: &str| {
            let valid = (!answer.is_empty()).then_some(());
            valid.ok_or_else(|| "a lesson needs this".to_owned())
        };
        prompt::text(
            &self.context.printer,
            question,
            &format!("pass {flag}"),
            not_empty,
        )
    }

    fn topic(&self) -> anyhow::Result<String> {
        let printer = &self.context.printer;
        let known: Vec<&str> = self.store.topics.keys().map(String::as_str).collect();
        let answers = [known.as_slice(), &["another one"]].concat();
        if !known.is_empty() {
            let chosen = prompt::choose(printer, "Topic", "pass TOPIC/ID", &answers, 0)?;
            if let Some(topic) = known.get(chosen) {
                return Ok((*topic).to_owned());
            }
        }
        let validate = |answer: &str| {
            let valid = is_name(answer).then_some(());
            valid.ok_or_else(|| name_rule(answer).to_owned())
        };
        prompt::text(printer, "Name of the topic", "pass TOPIC/ID", validate)
    }

    fn severity(&self) -> anyhow::Result<Severity> {
        let words = [
            (SeverityWord::Critical, "critical: an outage, a leak or lost data"),
            (SeverityWord::High, "high: breaks something"),
            (SeverityWord::Medium, "medium: costs time"),
            (SeverityWord::Low, "low: good to know"),
        ];
        let answers = words.map(|(_, answer)| answer);
        let chosen = prompt::choose(&self.context.printer, "Severity", "pass --severity", &answers, 2)?;
        Ok(words[chosen].0.into())
    }

    fn paths(&self) -> anyhow::Result<Vec<Glob>> {
        let question = "Paths that it concerns, globs separated by spaces (Enter: every file)";
        let validate = |answer: &str| {
            let mut words = answer.split_whitespace();
            let wrong = words.find_map(|text| Some((text, Glob::parse(text).err()?)));
            match wrong.map(|(text, problem)| (text, problem.portable, problem.message)) {
                None => Ok(()),
                Some((text, Some(portable), _)) => Err(format!("write `{portable}` instead of `{text}`")),
                Some((text, None, message)) => Err(format!("`{text}`: {message}")),
            }
        };
        let answer = prompt::text(&self.context.printer, question, "pass --path", validate)?;
        let written: Vec<String> = answer.split_whitespace().map(str::to_owned).collect();
        Ok(globs(&written)?)
    }

    fn tags(&self) -> anyhow::Result<Vec<String>> {
        let mut known: Vec<&str> = self
            .store
            .targets
            .iter()
            .flat_map(lessonbook_store::Target::all_tags)
            .map(String::as_str)
            .collect();
        known.sort_unstable();
        known.dedup();
        let known = if known.is_empty() {
            "none yet".to_owned()
        } else {
            known.join(" ")
        };
        let question =
            format!("Tags of the targets that it concerns: {known} (Enter: the paths decide alone)");
        let answer = prompt::text(&self.context.printer, &question, "pass --tag", |_| Ok(()))?;
        let tags = answer.split([' ', ',']).filter(|tag| !tag.is_empty());
        Ok(tags.map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_from_the_title_and_cut_at_a_word() {
        for (title, id) in [
            (
                "Liveness probes survive a lost packet",
                "liveness-probes-survive-a-lost-packet",
            ),
            ("Don't `rm -rf` -- ever!", "dont-rm-rf-ever"),
            ("Überall gleich", "berall-gleich"),
            (
                "Never put more than two thousand eight hundred characters in",
                "never-put-more-than-two-thousand-eight-hundred",
            ),
            ("日本語", ""),
        ] {
            assert_eq!(slug(title, MAX_ID), id);
            assert!(slug(title, MAX_ID).len() <= MAX_ID);
        }
        assert_eq!(slug(&"x".repeat(100), MAX_ID).len(), MAX_ID);
    }

    #[test]
    fn a_name_is_a_topic_alone_or_with_an_id_however_it_is_typed() {
        let pair = |topic: &str, id: &str| (topic.to_owned(), (!id.is_empty()).then(|| id.to_owned()));
        assert_eq!(topic_and_id("k8s").unwrap(), pair("k8s", ""));
        assert_eq!(topic_and_id("k8s/").unwrap(), pair("k8s", ""));
        assert_eq!(topic_and_id("k8s/probes").unwrap(), pair("k8s", "probes"));
        assert_eq!(
            topic_and_id("lessons/k8s/probes.yaml").unwrap(),
            pair("k8s", "probes")
        );
        for wrong in ["", "/", "K8s/x", "k8s/Ä", "../x", "k8s/a/b", "k8s/../x"] {
            assert!(topic_and_id(wrong).unwrap_err().is_wrong_use(), "{wrong}");
        }
    }
}
