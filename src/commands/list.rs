//! `lessonbook list`: lists the lessons of the store.
//!
//! Input: the store and filters. Output: the lessons that match. Not here: the table (`report/list`), and checking the lessons (`check`).

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::findings::counted;
use crate::report::list::{json, overdue, summary, table};
use crate::run::format::Format;
use crate::run::lesson_ids;
use lessonbook_store::{Lesson, Severity, Status, Store, Target};

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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jiff::civil::date;

    use super::*;
    use crate::report::envelope::DocumentSubject;
    use crate::report::list::{json, overdue, summary, table};
    use lessonbook_store::Audience;

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
