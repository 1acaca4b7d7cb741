//! `lessonbook list`: lists the lessons of the store.
//!
//! Input: the store and filters. Output: a table or JSON. Not here: checking the lessons (`check`).

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde::Serialize;

use super::{Context, Exit};
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::findings::counted;
use crate::report::{Line, TextTable, style};
use crate::run::format::Format;
use crate::run::lesson_ids;
use lessonbook_store::{Audience, Incident, Lesson, Severity, Status, Store, Target};

/// List the lessons by topic, severity, tag, owner or status
///
/// Every filter can be repeated. A lesson is listed if it matches at least one value of each filter.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ListArgs {
    /// Only lessons of this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,

    /// Only lessons of this severity
    #[arg(long, value_name = "SEVERITY", value_enum)]
    severity: Vec<SeverityWord>,

    /// Only lessons with this tag
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,

    /// Only lessons of this owner
    #[arg(long, value_name = "OWNER")]
    owner: Vec<String>,

    /// Only lessons of this status
    #[arg(long, value_name = "STATUS", value_enum)]
    status: Vec<StatusWord>,

    /// Only lessons whose review date has passed
    #[arg(long)]
    overdue: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook list
  lessonbook list --topic kubernetes --severity critical --severity high
  lessonbook list --status draft --status retired
  lessonbook list --overdue --format json";

/// The values of `--severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityWord {
    /// An outage, a leak or lost data
    Critical,
    /// Breaks something
    High,
    /// Costs time
    Medium,
    /// Good to know
    Low,
}

impl From<SeverityWord> for Severity {
    fn from(word: SeverityWord) -> Severity {
        match word {
            SeverityWord::Critical => Severity::Critical,
            SeverityWord::High => Severity::High,
            SeverityWord::Medium => Severity::Medium,
            SeverityWord::Low => Severity::Low,
        }
    }
}

/// The values of `--status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusWord {
    /// Written to targets
    Active,
    /// Checked, but not written to targets
    Draft,
    /// Removed from every block
    Retired,
}

impl From<StatusWord> for Status {
    fn from(word: StatusWord) -> Status {
        match word {
            StatusWord::Active => Status::Active,
            StatusWord::Draft => Status::Draft,
            StatusWord::Retired => Status::Retired,
        }
    }
}

/// Lists the lessons.
pub fn run(args: &ListArgs, context: &Context) -> anyhow::Result<Exit> {
    let (store, findings) = context.load_store()?;
    args.check_words(&store)?;
    let mut lessons: Vec<&Lesson> = store
        .lessons
        .iter()
        .filter(|lesson| args.matches(lesson, context.today))
        .collect();
    lessons.sort_by_key(|lesson| (&lesson.topic, std::cmp::Reverse(lesson.severity), &lesson.id));
    let text = match args.format {
        Format::Human => table(&lessons, context.today).render(),
        Format::Json => json(DocumentSubject::Store(&store), &lessons, context.today)?,
    };
    context.printer.data(&text)?;
    context
        .printer
        .talk(&summary(&lessons, store.lessons.len(), context.today));
    let unread = store.unread.len();
    if unread > 0 || findings.iter().any(lessonbook_base::finding::Finding::is_error) {
        let unread = if unread > 0 {
            format!("{} could not be read; ", counted(unread, "file"))
        } else {
            String::new()
        };
        context.printer.talk(&format!(
            "{unread}the store has errors: run `lessonbook check` for details"
        ));
    }
    Ok(Exit::Done)
}

impl ListArgs {
    /// Refuses a filter value that no lesson and no target has, because it is probably a typing error.
    fn check_words(&self, store: &Store) -> anyhow::Result<()> {
        let lessons = || store.lessons.iter();
        let topics = sorted(lessons().map(|lesson| lesson.topic.as_str()).collect());
        let mut tags = sorted(
            lessons()
                .flat_map(|lesson| &lesson.tags)
                .map(String::as_str)
                .collect(),
        );
        // Tags that only targets have are valid, too: lessons may get them later.
        tags.extend(
            store
                .targets
                .iter()
                .flat_map(Target::all_tags)
                .map(String::as_str),
        );
        let owners = sorted(lessons().filter_map(|lesson| lesson.owner.as_deref()).collect());
        for (what, typed, words) in [
            ("topic", &self.topic, topics),
            ("tag", &self.tag, sorted(tags)),
            ("owner", &self.owner, owners),
        ] {
            for word in typed {
                lesson_ids::check_word(what, word, &words)?;
            }
        }
        Ok(())
    }

    fn matches(&self, lesson: &Lesson, today: Date) -> bool {
        let one_of =
            |words: &[String], value: &str| words.is_empty() || words.iter().any(|word| word == value);
        one_of(&self.topic, &lesson.topic)
            && one_of(&self.owner, lesson.owner.as_deref().unwrap_or_default())
            && (self.severity.is_empty()
                || self
                    .severity
                    .iter()
                    .any(|word| Severity::from(*word) == lesson.severity))
            && (self.status.is_empty()
                || self
                    .status
                    .iter()
                    .any(|word| Status::from(*word) == lesson.status))
            && (self.tag.is_empty() || self.tag.iter().any(|tag| lesson.tags.contains(tag)))
            && (!self.overdue || overdue(lesson, today))
    }
}

/// The words in order, each once.
fn sorted(mut words: Vec<&str>) -> Vec<&str> {
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a lesson's review date has passed. A retired lesson needs no review.
fn overdue(lesson: &Lesson, today: Date) -> bool {
    lesson.status != Status::Retired && lesson.review_by.is_some_and(|by| by < today)
}

fn table(lessons: &[&Lesson], today: Date) -> TextTable {
    let mut table = TextTable::new(&[
        "topic",
        "lesson",
        "severity",
        "status",
        "tags",
        "owner",
        "review by",
        "title",
    ])
    .can_shrink(4)
    .can_shrink(7);
    for lesson in lessons {
        let review = lesson.review_by.map(|by| by.to_string()).unwrap_or_default();
        let review_style = if overdue(lesson, today) {
            style::CAREFUL
        } else {
            style::DIM
        };
        let late = if overdue(lesson, today) { " overdue" } else { "" };
        let status = match lesson.status {
            Status::Active => Line::from("active"),
            Status::Draft => Line::styled(style::ASIDE, "draft"),
            Status::Retired => Line::styled(style::DIM, "retired"),
        };
        table.row([
            Line::from(lesson.topic.as_str()),
            Line::styled(style::BOLD, lesson.id.as_str()),
            Line::styled(style::severity(lesson.severity), lesson.severity.word()),
            status,
            Line::from(lesson.tags.join(", ")),
            Line::from(lesson.owner.clone().unwrap_or_default()),
            Line::styled(review_style, review + late),
            Line::from(lesson.title.as_str()),
        ]);
    }
    table
}

/// `3 of 47 lessons: 2 active, 1 draft, 0 retired; 1 overdue`.
fn summary(lessons: &[&Lesson], all: usize, today: Date) -> String {
    let count = |status| lessons.iter().filter(|lesson| lesson.status == status).count();
    let late = lessons.iter().filter(|lesson| overdue(lesson, today)).count();
    let some = if lessons.len() == all {
        String::new()
    } else {
        format!("{} of ", lessons.len())
    };
    format!(
        "{some}{}: {} active, {} draft, {} retired; {late} overdue",
        counted(all, "lesson"),
        count(Status::Active),
        count(Status::Draft),
        count(Status::Retired),
    )
}

fn json(about: DocumentSubject<'_>, lessons: &[&Lesson], today: Date) -> serde_json::Result<String> {
    let data = serde_json::json!({
        "lessons": lessons.iter().map(|lesson| ListedLesson::new(lesson, today)).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&envelope(about, data))? + "\n")
}

/// A lesson for scripts.
#[derive(Serialize)]
struct ListedLesson<'a> {
    id: &'a str,
    topic: &'a str,
    file: &'a str,
    title: &'a str,
    severity: Severity,
    status: Status,
    audience: Audience,
    paths: Vec<&'a str>,
    tags: &'a [String],
    rule: &'a str,
    rationale: &'a str,
    bad: Option<&'a str>,
    good: Option<&'a str>,
    language: &'a str,
    incidents: &'a [Incident],
    source: Option<&'a str>,
    owner: Option<&'a str>,
    review_by: Option<Date>,
    overdue: bool,
    supersedes: &'a [String],
}

impl<'a> ListedLesson<'a> {
    fn new(lesson: &'a Lesson, today: Date) -> Self {
        ListedLesson {
            id: &lesson.id,
            topic: &lesson.topic,
            file: &lesson.file,
            title: &lesson.title,
            severity: lesson.severity,
            status: lesson.status,
            audience: lesson.audience,
            paths: lesson
                .paths
                .iter()
                .map(lessonbook_base::globs::Glob::as_written)
                .collect(),
            tags: &lesson.tags,
            rule: &lesson.rule,
            rationale: &lesson.rationale,
            bad: lesson.bad.as_deref(),
            good: lesson.good.as_deref(),
            language: &lesson.language,
            incidents: &lesson.incidents,
            source: lesson.source.as_deref(),
            owner: lesson.owner.as_deref(),
            review_by: lesson.review_by,
            overdue: overdue(lesson, today),
            supersedes: &lesson.supersedes,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2027, 7, 1);

    #[derive(Debug, Parser)]
    struct JsonSeverity {
        #[command(flatten)]
        args: ListArgs,
    }

    fn lesson(id: &str, severity: Severity, status: Status, tags: &[&str]) -> Lesson {
        Lesson {
            id: id.to_owned(),
            topic: "kubernetes".to_owned(),
            file: format!("lessons/kubernetes/{id}.yaml"),
            title: "Liveness probes survive a lost packet".to_owned(),
            severity,
            paths: Vec::new(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            rule: "Never set it below 3.".to_owned(),
            rationale: "One failed check restarts every pod.".to_owned(),
            bad: None,
            good: None,
            language: String::new(),
            checks: Vec::new(),
            incidents: Vec::new(),
            source: None,
            owner: Some("acme/sre".to_owned()),
            review_by: Some(date(2027, 6, 30)),
            sources: Vec::new(),
            evidence: Vec::new(),
            supersedes: Vec::new(),
            audience: Audience::Everyone,
            status,
            broken: false,
        }
    }

    fn check(typed: &[&str], expected: &[&str]) {
        let lessons = [
            lesson("probes", Severity::Critical, Status::Active, &["kubernetes"]),
            lesson("quotas", Severity::Low, Status::Draft, &["kubernetes", "quota"]),
            lesson("tiller", Severity::High, Status::Retired, &["helm"]),
        ];
        let words = std::iter::once(&"list").chain(typed);
        let args = JsonSeverity::try_parse_from(words).unwrap().args;
        let listed = lessons.iter().filter(|lesson| args.matches(lesson, TODAY));
        let listed: Vec<&str> = listed.map(|lesson| lesson.id.as_str()).collect();
        assert_eq!(listed, expected, "{typed:?}");
    }

    #[test]
    fn every_filter_applies_and_one_value_of_each_is_enough() {
        check(&[], &["probes", "quotas", "tiller"]);
        check(&["--tag", "quota", "--tag", "helm"], &["quotas", "tiller"]);
        check(&["--tag", "kubernetes", "--severity", "low"], &["quotas"]);
        check(
            &["--status", "draft", "--status", "retired"],
            &["quotas", "tiller"],
        );
        check(&["--owner", "acme/web"], &[]);
        check(&["--topic", "kubernetes", "--severity", "critical"], &["probes"]);
    }

    #[test]
    fn a_review_is_overdue_the_day_after_and_never_for_a_retired_lesson() {
        check(&["--overdue"], &["probes", "quotas"]);
        let probes = lesson("probes", Severity::Critical, Status::Active, &[]);
        assert!(!overdue(&probes, date(2027, 6, 30)));
    }

    #[test]
    fn the_table_fits_and_shows_what_is_overdue() {
        let lessons = [lesson(
            "probes",
            Severity::Critical,
            Status::Active,
            &["kubernetes"],
        )];
        let shown: Vec<&Lesson> = lessons.iter().collect();
        let text = anstream::adapter::strip_str(&table(&shown, TODAY).render()).to_string();
        let expected = "\
topic       lesson  severity  status  tags        owner     review by           title
kubernetes  probes  critical  active  kubernetes  acme/sre  2027-06-30 overdue  Liveness probes sur…
";
        assert_eq!(text, expected);
        assert_eq!(
            summary(&shown, 47, TODAY),
            "1 of 47 lessons: 1 active, 0 draft, 0 retired; 1 overdue"
        );
    }

    #[test]
    fn json_contains_all_fields_of_a_lesson() {
        let lesson = lesson("probes", Severity::Critical, Status::Active, &["kubernetes"]);
        let page: serde_json::Value =
            serde_json::from_str(&json(DocumentSubject::NoStore, &[&lesson], TODAY).unwrap()).unwrap();
        assert_eq!(page["format_version"], "1.0");
        let row = &page["lessons"][0];
        assert_eq!(row["severity"], "critical");
        assert_eq!(row["review_by"], "2027-06-30");
        assert_eq!(row["overdue"], true);
        assert_eq!(row["file"], "lessons/kubernetes/probes.yaml");
    }
}
