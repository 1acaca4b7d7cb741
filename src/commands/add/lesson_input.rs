//! From flags and answers to a lesson.
//!
//! Input: the flags of `add`, and on a terminal answers to what they leave open. Output: a [`Lesson`]. Not here:
//! everything that `check` says about it.

use super::AddArgs;
use crate::commands::list::{SeverityWord, StatusWord};
use crate::report::{UserError, prompt};
use crate::run::Context;
use lessonbook_base::globs::Glob;
use lessonbook_store::read::{is_name, name_rule};
use lessonbook_store::writable::is_device;
use lessonbook_store::{Audience, Incident, Lesson, Severity, Status, Store};

/// Longer ids are cut at a word.
const ID: usize = 48;

/// The lesson that the flags and answers describe.
pub fn lesson(args: &AddArgs, context: &Context, store: &Store) -> anyhow::Result<Lesson> {
    let missing = missing(args);
    if !missing.is_empty() && !prompt::can_ask() {
        return Err(
            UserError::wrong_use(format!("a lesson needs {}", missing.join(", ")))
                .help("say them as flags, or start `lessonbook add` on a terminal, where it asks")
                .into(),
        );
    }
    let ask = Questions { context, store };
    let (topic, id) = match args.name.as_deref() {
        Some(name) => split(name)?,
        None => (ask.topic()?, None),
    };
    let title = match &args.title {
        Some(title) => title.trim().to_owned(),
        None => ask.text("Title, a heading for people", "--title")?,
    };
    let id = match id {
        Some(id) => id,
        None => id_of(&title)?,
    };
    let severity = match args.severity {
        Some(word) => word.into(),
        None => ask.severity()?,
    };
    let prose = |flag: &Option<String>, question: &str, name: &str| match flag {
        Some(text) => Ok(text.trim().to_owned()),
        None => ask.text(question, name),
    };
    let rule = prose(&args.rule, "Rule, an imperative sentence or two", "--rule")?;
    let rationale = prose(&args.rationale, "Rationale, why it holds", "--rationale")?;
    // Whoever answers questions anyway is asked whom it concerns, too.
    let asked = !missing.is_empty();
    let paths = if asked && args.paths.is_empty() {
        ask.paths()?
    } else {
        globs(&args.paths)?
    };
    let tags = if asked && args.tags.is_empty() && args.to.is_empty() {
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

/// A text as a name: small letters, digits and single hyphens, cut at a word.
pub fn slug(text: &str, longest: usize) -> String {
    let mut name = String::new();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'');
    for word in words.map(|word| word.replace('\'', "").to_ascii_lowercase()) {
        if word.is_empty() {
            continue;
        }
        if !name.is_empty() && name.len() + 1 + word.len() > longest {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&word);
    }
    name.truncate(longest);
    name
}

/// What no flag says and no lesson does without.
fn missing(args: &AddArgs) -> Vec<&'static str> {
    let needed = [
        (args.name.is_none(), "its topic (TOPIC or TOPIC/ID)"),
        (args.title.is_none(), "--title"),
        (args.severity.is_none(), "--severity"),
        (args.rule.is_none(), "--rule"),
        (args.rationale.is_none(), "--rationale"),
    ];
    needed
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, flag)| flag)
        .collect()
}

/// Topic and id of what was typed; `lessons/` before and `.yaml` behind do no harm.
fn split(name: &str) -> Result<(String, Option<String>), UserError> {
    let plain = name.strip_prefix("lessons/").unwrap_or(name);
    let plain = plain.strip_suffix(".yaml").unwrap_or(plain).trim_end_matches('/');
    let (topic, id) = match plain.split_once('/') {
        Some((topic, id)) => (topic, Some(id)),
        None => (plain, None),
    };
    if is_name(topic) && id.is_none_or(is_name) {
        return Ok((topic.to_owned(), id.map(str::to_owned)));
    }
    Err(UserError::wrong_use(format!("`{name}` is no name for a lesson"))
        .help(if [Some(topic), id].into_iter().flatten().any(is_device) {
            "Windows takes `aux`, `con`, `nul`, `prn`, `com1` and their like for devices; use a longer word"
        } else {
            "TOPIC/ID, each of small letters, digits and hyphens: kubernetes/liveness-failure-threshold"
        }))
}

fn id_of(title: &str) -> Result<String, UserError> {
    let id = slug(title, ID);
    if !is_name(&id) {
        let trouble = UserError::wrong_use(format!("the title `{title}` makes no id"));
        return Err(trouble.help("say one: lessonbook add TOPIC/ID"));
    }
    Ok(id)
}

fn globs(written: &[String]) -> Result<Vec<Glob>, UserError> {
    written.iter().map(|text| glob(text)).collect()
}

fn glob(text: &str) -> Result<Glob, UserError> {
    Glob::parse(text).map_err(|problem| {
        let message = format!(
            "`{text}` is no glob that every assistant reads alike: {}",
            problem.message
        );
        let trouble = UserError::wrong_use(message);
        match problem.portable {
            Some(portable) => trouble.help(format!("write `{portable}`")),
            None => trouble.help("like `**/*.tf`, `charts/**` or `src/{api,web}/*.py`"),
        }
    })
}

/// An example as a lesson holds it: without the final newline.
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
            UserError::wrong_use(format!("`{date}` is no date")).help("write it as YYYY-MM-DD")
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
        let some = |answer: &str| {
            let given = (!answer.is_empty()).then_some(());
            given.ok_or_else(|| "a lesson can't do without".to_owned())
        };
        prompt::text(&self.context.printer, question, &format!("say {flag}"), some)
    }

    fn topic(&self) -> anyhow::Result<String> {
        let printer = &self.context.printer;
        let known: Vec<&str> = self.store.topics.keys().map(String::as_str).collect();
        let answers = [known.as_slice(), &["another one"]].concat();
        if !known.is_empty() {
            let chosen = prompt::choose(printer, "Topic", "say TOPIC/ID", &answers, 0)?;
            if let Some(topic) = known.get(chosen) {
                return Ok((*topic).to_owned());
            }
        }
        let fits = |answer: &str| {
            let name = is_name(answer).then_some(());
            name.ok_or_else(|| name_rule(answer).to_owned())
        };
        prompt::text(printer, "Name of the topic", "say TOPIC/ID", fits)
    }

    fn severity(&self) -> anyhow::Result<Severity> {
        let words = [
            (SeverityWord::Critical, "critical: an outage, a leak or lost data"),
            (SeverityWord::High, "high: breaks something"),
            (SeverityWord::Medium, "medium: costs time"),
            (SeverityWord::Low, "low: good to know"),
        ];
        let answers = words.map(|(_, answer)| answer);
        let chosen = prompt::choose(&self.context.printer, "Severity", "say --severity", &answers, 2)?;
        Ok(words[chosen].0.into())
    }

    fn paths(&self) -> anyhow::Result<Vec<Glob>> {
        let question = "Paths it concerns, globs with spaces between (enter: every file)";
        let fits = |answer: &str| {
            let mut words = answer.split_whitespace();
            let wrong = words.find_map(|text| Some((text, Glob::parse(text).err()?)));
            match wrong.map(|(text, problem)| (text, problem.portable, problem.message)) {
                None => Ok(()),
                Some((text, Some(portable), _)) => Err(format!("write `{portable}` instead of `{text}`")),
                Some((text, None, message)) => Err(format!("`{text}`: {message}")),
            }
        };
        let answer = prompt::text(&self.context.printer, question, "say --path", fits)?;
        let written: Vec<String> = answer.split_whitespace().map(str::to_owned).collect();
        Ok(globs(&written)?)
    }

    fn tags(&self) -> anyhow::Result<Vec<String>> {
        let mut known: Vec<&str> = self
            .store
            .targets
            .iter()
            .flat_map(|target| &target.tags)
            .map(String::as_str)
            .collect();
        known.sort_unstable();
        known.dedup();
        let known = if known.is_empty() {
            "none yet".to_owned()
        } else {
            known.join(" ")
        };
        let question = format!("Tags of the targets it concerns: {known} (enter: by paths alone)");
        let answer = prompt::text(&self.context.printer, &question, "say --tag", |_| Ok(()))?;
        let tags = answer.split([' ', ',']).filter(|tag| !tag.is_empty());
        Ok(tags.map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_makes_an_id_and_a_long_one_is_cut_at_a_word() {
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
            assert_eq!(slug(title, ID), id);
            assert!(slug(title, ID).len() <= ID);
        }
        assert_eq!(slug(&"x".repeat(100), ID).len(), ID);
    }

    #[test]
    fn a_name_is_a_topic_alone_or_with_an_id_however_it_is_typed() {
        let pair = |topic: &str, id: &str| (topic.to_owned(), (!id.is_empty()).then(|| id.to_owned()));
        assert_eq!(split("k8s").unwrap(), pair("k8s", ""));
        assert_eq!(split("k8s/").unwrap(), pair("k8s", ""));
        assert_eq!(split("k8s/probes").unwrap(), pair("k8s", "probes"));
        assert_eq!(split("lessons/k8s/probes.yaml").unwrap(), pair("k8s", "probes"));
        for wrong in ["", "/", "K8s/x", "k8s/Ä", "../x", "k8s/a/b", "k8s/../x"] {
            assert!(split(wrong).unwrap_err().is_wrong_use(), "{wrong}");
        }
    }
}
