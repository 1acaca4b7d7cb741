//! A problem as data: a code, a level, a place, what it would do to whom, and a way out.
//!
//! Input: what a check saw. Output: a value that every report can print. Not here: wording of the page around
//! it (`report/`) and the long explanation of each code (`docs/findings.md`, one heading per code; a test counts them).

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Said for completeness; changes no exit code.
    Note,
    /// Works, but somebody should look; exit 1 only with `--strict`.
    Warning,
    /// Stops what it concerns; exit 1.
    Error,
}

impl Level {
    /// The word that is printed.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// A place in a text file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Location {
    /// The file as the user would name it: relative to the store, or `target: path`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters to underline; at least 1.
    pub length: usize,
    /// The line itself, without its ending.
    pub text: String,
    /// What to say beside the underline; may be empty.
    pub label: String,
}

impl Location {
    /// The place of a byte range in a text. A range past the end points at the last line's end.
    pub fn in_text(file: &str, text: &str, span: Range<usize>) -> Self {
        let start = floor_char(text, span.start);
        let end = floor_char(text, span.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let shown = text[line_start..line_end].trim_end_matches('\r');
        Location {
            file: file.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            length: text[start..end.min(line_end).max(start)].chars().count().max(1),
            text: shown.trim_start_matches('\u{feff}').to_owned(),
            label: String::new(),
        }
    }

    /// The first character of a file.
    pub fn file(file: &str) -> Self {
        Location {
            file: file.to_owned(),
            line: 1,
            column: 1,
            length: 1,
            text: String::new(),
            label: String::new(),
        }
    }

    /// Says something beside the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A mechanical mend that `check --fix` may make: replace a byte range of a store's file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Fix {
    /// The file, relative to the store.
    pub file: String,
    /// Bytes of the file to replace.
    pub span: Range<usize>,
    /// What to put there.
    pub replacement: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Finding {
    /// Which problem.
    pub code: Code,
    /// How much it weighs.
    pub level: Level,
    /// One sentence, no full stop: what is wrong.
    pub message: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// What it would do to whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// A way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The target it concerns; none: the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The lesson it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesson: Option<String>,
    /// The mechanical mend, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding of the code's own level, with nothing but a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Finding {
            code,
            level: code.level(),
            message: one_line(message.into()),
            at: None,
            effect: None,
            help: None,
            target: None,
            lesson: None,
            fix: None,
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Location) -> Self {
        self.at = Some(Location {
            file: one_line(place.file),
            ..place
        });
        self
    }

    /// Says what it would do to whom.
    #[must_use]
    pub fn effect(mut self, effect: impl Into<String>) -> Self {
        self.effect = Some(one_line(effect.into()));
        self
    }

    /// Says a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(help.into()));
        self
    }

    /// Says which target.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Says which lesson.
    #[must_use]
    pub fn lesson(mut self, lesson: impl Into<String>) -> Self {
        self.lesson = Some(lesson.into());
        self
    }

    /// Offers a mechanical mend.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Whether this stops what it concerns.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// Whether `check --strict` fails for it. Some warnings appear without a change of the store, because a day has passed or the
    /// check runs on another machine, or in the middle of a change that takes two steps. They would fail everybody's next pull request.
    pub fn fails_strict(&self) -> bool {
        let exempt = matches!(
            self.code,
            Code::ReviewOverdue
                | Code::ExceptionPast
                | Code::AcknowledgePast
                | Code::OpeningPast
                | Code::OneSidedTag
                | Code::TargetMissing
        );
        match self.level {
            Level::Error => true,
            Level::Warning => !exempt,
            Level::Note => false,
        }
    }
}

/// Sentences and places are one line each. A line end in them comes from a name that someone chose, and could forge a line of a log.
fn one_line(text: String) -> String {
    if text.contains(['\n', '\r']) {
        text.replace('\n', "\\n").replace('\r', "\\r")
    } else {
        text
    }
}

/// Puts findings in the order that every report shows: by file and place, then target, then code.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| {
            let at = f.at.as_ref().map(|p| (p.file.clone(), p.line, p.column));
            (f.target.clone(), at, f.code.name(), f.message.clone())
        };
        key(a).cmp(&key(b))
    });
}

macro_rules! codes {
    ($($variant:ident $name:literal $level:ident $title:literal;)*) => {
        /// Which problem. The name is stable: scripts and exceptions refer to it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable name, in kebab-case.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The level that a finding of this code has.
            pub fn level(self) -> Level {
                match self { $(Code::$variant => Level::$level,)* }
            }

            /// One line that says what the code means.
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }
        }
    };
}

codes! {
    // The file as such.
    InvalidUtf8 "invalid-utf8" Error "a file of the store is not UTF-8";
    EmptyFile "empty-file" Error "a file of the store is empty";
    FileTooLarge "file-too-large" Error "a file of the store is larger than a lesson can be";
    YamlSyntax "yaml-syntax" Error "a file of the store is not YAML";
    TabIndentation "tab-indentation" Error "YAML is indented with a tab";
    AliasBomb "alias-bomb" Error "YAML aliases unfold to more than a lesson can hold";
    TextCut "text-cut" Error "text of which YAML reads a part only";
    DuplicateKey "duplicate-key" Error "a key stands twice in one map";
    // The shape of the data.
    UnknownKey "unknown-key" Error "a key that Lessonbook does not know";
    WrongType "wrong-type" Error "a value of another type than the key takes";
    MissingField "missing-field" Error "a required key is missing";
    UnknownValue "unknown-value" Error "a word that this key does not take";
    UnknownSeverity "unknown-severity" Error "a severity that does not exist";
    UnknownEntryPoint "unknown-entry-point" Error "an entry point that does not exist";
    UnknownAssistant "unknown-assistant" Error "an assistant that does not exist";
    BadDate "bad-date" Error "a date that is not YYYY-MM-DD";
    UnsupportedVersion "unsupported-version" Error "a version of targets.yaml that this Lessonbook does not read";
    BadStoreName "bad-store-name" Error "a store name that can't stand in markers and branch names";
    // Lessons.
    BadId "bad-id" Error "a lesson's file name is not an id";
    BadTopic "bad-topic" Error "a folder's name is not a topic";
    MisplacedFile "misplaced-file" Error "a file under lessons/ that is not `lessons/<topic>/<id>.yaml`";
    DuplicateId "duplicate-id" Error "two lessons have the same id";
    EmptyRule "empty-rule" Error "a rule without words";
    NotOneParagraph "not-one-paragraph" Error "a rule or rationale that is more than one paragraph";
    LongRule "long-rule" Warning "a rule of more than 240 characters";
    GlobNotPortable "glob-not-portable" Error "a glob that assistants read differently";
    GlobMatchesNothing "glob-matches-nothing" Warning "a glob that matches no file in any local target";
    SupersedesNobody "supersedes-nobody" Error "`supersedes` names a lesson that does not exist";
    SupersedesActive "supersedes-active" Error "`supersedes` names a lesson that is not retired";
    SupersedesCircle "supersedes-circle" Error "lessons supersede each other in a circle";
    ReviewOverdue "review-overdue" Warning "a lesson's review date has passed";
    // Text.
    HiddenCharacter "hidden-character" Error "a character that people can't see and assistants obey";
    SuspiciousCharacter "suspicious-character" Warning "an unusual character that is easily overlooked";
    LikelySecret "likely-secret" Error "text that looks like a password or key";
    TextImports "text-imports" Error "`@path` outside code, which several readers replace by a file";
    TextPipesToShell "text-pipes-to-shell" Warning "text that tells to run a download";
    TextOverrides "text-overrides" Warning "text that tells an assistant to ignore other instructions";
    UnknownHost "unknown-host" Warning "an address on a host that nobody named";
    RawHtml "raw-html" Error "HTML outside code, which vanishes when rendered";
    AngleBrackets "angle-brackets" Error "`<word>` outside code, which vanishes when rendered";
    DoubleUnderscore "double-underscore" Error "`__word__` outside code, which turns bold";
    UnbalancedEmphasis "unbalanced-emphasis" Error "a `*` or `_` outside code that pairs with nothing, or with the wrong thing";
    GlobOutsideCode "glob-outside-code" Error "a glob outside code, whose stars turn into emphasis";
    MarkerText "marker-text" Error "text of the store that writes a block's marker";
    MarkerEscaped "marker-escaped" Note "marker text in a lesson, which is escaped";
    // Targets and policy.
    BadTarget "bad-target" Error "a target that is neither owner/name nor a path";
    TargetMissing "target-missing" Error "a local target that does not exist; a warning in `check`";
    TargetNotARepository "target-not-a-repository" Error "a local target that is no git repository";
    TargetTwice "target-twice" Error "a target that is written twice";
    TargetNeedsGithub "target-needs-github" Warning "a target on GitHub that nobody looked at: there are no credentials";
    OneSidedTag "one-sided-tag" Warning "a tag that only lessons or only targets use";
    CriticalReachesNobody "critical-reaches-nobody" Error "a critical lesson that concerns no target";
    CriticalPlacedNowhere "critical-placed-nowhere" Error "a redundancy policy that asks `none` for critical lessons";
    NoAlwaysEntryPoint "no-always-entry-point" Error "a target without an entry point that is always loaded";
    ExceptionIncomplete "exception-incomplete" Error "an exception without reason or name";
    ExceptionForNobody "exception-for-nobody" Error "an exception for a lesson, target or entry point that does not exist";
    ExceptionPast "exception-past" Warning "an exception whose date has passed";
    AcknowledgeForNobody "acknowledge-for-nobody" Error "an acknowledged failure of a target that does not exist";
    AcknowledgePast "acknowledge-past" Warning "an acknowledged failure whose date has passed";
    BadPathGlob "bad-path-glob" Error "a glob in `forbid_paths` or `allow_paths` that can't be read";
    PathNotAllowed "path-not-allowed" Error "a plan that touches a file that targets.yaml forbids or does not allow";
    TooManyLines "too-many-lines" Error "a plan that adds more lines than targets.yaml allows in one target";
    RunTooLarge "run-too-large" Error "a run that would write more than targets.yaml allows in all targets together";
    RolloutWithoutCanaries "rollout-without-canaries" Error "a rollout that names no canary";
    CanaryForNobody "canary-for-nobody" Error "a canary that is no target";
    OpeningForNobody "opening-for-nobody" Error "a gate is opened for a lesson that does not exist";
    OpeningPast "opening-past" Warning "a gate is opened for a version of a lesson that is no more";
    StoreHistoryMissing "store-history-missing" Error "the store's history does not say what a waiting lesson said before";
    TooManyFiles "too-many-files" Error "a plan that changes more files than the policy allows in one target";
    WishRefused "wish-refused" Warning "a target's own file asks for something that is not granted";
    WishUnclear "wish-unclear" Warning "a target's own file that can't be read in whole";
    WishPast "wish-past" Note "a target's own file asks to wait until a day that has passed";
    EntryPointsCollide "entry-points-collide" Error "two entry points write the same file";
    NotWritable "not-writable" Error "an entry point outside the area that Lessonbook may write";
    BadEntryPoint "bad-entry-point" Error "an entry point whose definition contradicts itself";
    // Templates.
    TemplateError "template-error" Error "a template that does not compile or render";
    TemplateTooLarge "template-too-large" Error "a template that does or writes more than a block can hold";
    TemplateVariable "template-variable" Error "a template that uses a variable that does not exist";
    // Repositories.
    Reftable "reftable" Error "a repository whose references are stored as a reftable";
    RepositoryFormat "repository-format" Error "a repository in a format that Lessonbook does not know";
    RepositoryMoved "repository-moved" Error "a repository whose parts are not where its settings say";
    NotOurs "not-ours" Error "a repository that belongs to another user";
    EmptyRepository "empty-repository" Error "a repository without a commit";
    BaseUnclear "base-unclear" Error "a repository whose base branch is in doubt";
    BaseMoved "base-moved" Error "the base branch moved while we worked";
    RepositoryUnreadable "repository-unreadable" Error "an object of the repository can't be read";
    RepositoryUnwritable "repository-unwritable" Error "a repository that can't be written to";
    LfsPointer "lfs-pointer" Error "an entry point that is stored in Git LFS";
    EntryPointTooLarge "entry-point-too-large" Error "an entry point that is larger than Lessonbook reads";
    NotText "not-text" Error "an entry point in another encoding than UTF-8";
    CaseVariant "case-variant" Error "a file whose name differs from an entry point's in case only";
    PathNormalForm "path-normal-form" Warning "a glob whose letters are composed in another way than those of a file's path";
    EntryPointIsLink "entry-point-is-link" Warning "an entry point that is a symbolic link to a file that we do not manage";
    EntryPointBlocked "entry-point-blocked" Error "an entry point's path that is taken by something that is no file";
    EntryPointIgnored "entry-point-ignored" Warning "an entry point that the target's git ignores";
    EntryPointUntracked "entry-point-untracked" Warning "an entry point where the work tree holds a file that is not committed";
    ContentFiltered "content-filtered" Error "an entry point that is encrypted, or that a filter of git changes";
    Shadowed "shadowed" Warning "a file that hides an entry point from a reader";
    GeneratedElsewhere "generated-elsewhere" Warning "an entry point that another tool writes";
    EntryPointNotManaged "entry-point-not-managed" Note "an entry point of an assistant that is not in use";
    PlanRefused "plan-refused" Error "a target that its saved plan refuses";
    PlanExceeded "plan-exceeded" Error "a run that would do more than the plan that was approved";
    PlanStale "plan-stale" Error "a saved plan that does not fit its target any more";
    BranchForeign "branch-foreign" Error "commits on our branch that a person made or changed";
    BranchCheckedOut "branch-checked-out" Error "our branch is checked out";
    // GitHub.
    GithubSetup "github-setup" Error "credentials or an address of GitHub that can't be used";
    GithubNotFound "github-not-found" Error "a repository that GitHub does not show to our token";
    GithubForbidden "github-forbidden" Error "something that our token may not do";
    GithubRefused "github-refused" Error "a change that GitHub, or a rule of the repository, refuses";
    GithubDown "github-down" Error "GitHub did not answer, or not as it should";
    GithubLimited "github-limited" Warning "left for the next run, for GitHub takes no more requests now";
    TargetRenamed "target-renamed" Warning "a target that has another name on GitHub now";
    RecordUnwritable "record-unwritable" Error "the record of a run can't be written, so nothing more is";
    Paused "paused" Note "a file PAUSE in the store: nothing is written to any target";
    ProposalUnmarked "proposal-unmarked" Warning "a proposal without some of its labels, reviewers, assignees or comments";
    ProposalExposed "proposal-exposed" Warning "a proposal that was written for fewer people than can read it now";
    // Blocks.
    MarkerUnbalanced "marker-unbalanced" Error "markers of our name that do not pair up";
    BlockEdited "block-edited" Warning "a block that somebody edited by hand";
    BlockDeleted "block-deleted" Warning "a block of ours that somebody took out";
    BlockMissing "block-missing" Error "an entry point that should hold a block, and holds none";
    BlockReformatted "block-reformatted" Note "a block with the same words in other bytes";
    FrontMatterForeign "front-matter-foreign" Error "front matter in our scoped file that is not ours";
    FrontMatterEdited "front-matter-edited" Warning "front matter in our scoped file that somebody changed";
    DriftStops "drift-stops" Error "our text was changed in a target whose `on_drift` is `stop`";
    NameTaken "name-taken" Error "a name that another store, or a file of the repository, has already";
    HandCopy "hand-copy" Note "hand-written text that says a lesson too";
    // The proof.
    LessonNotCovered "lesson-not-covered" Error "a lesson that does not stand where the policy asks for it";
    UnknownBlockText "unknown-block-text" Error "text in a block that belongs to no lesson and to no known frame";
    NotPlaceable "not-placeable" Error "a lesson's text that would be read otherwise once it is in a block";
    LessonBroken "lesson-broken" Error "a lesson with an error concerns the target";
    LessonLeaves "lesson-leaves" Error "a critical lesson that stands in a block now and would not after the plan";
    LessonNotCut "lesson-not-cut" Error "a lesson to be withdrawn that can't be taken out of a block cleanly";
    NotASubset "not-a-subset" Error "a withdrawal that would do more than take one lesson out";
    LessonWithdrawn "lesson-withdrawn" Warning "a lesson that was withdrawn from a target, and that the store still holds active";
    BlockSwallowed "block-swallowed" Error "a block that text around it hides from readers";
    LimitExceeded "limit-exceeded" Error "a file, chain or family over a reader's limit";
    AdviceExceeded "advice-exceeded" Warning "a file over a vendor's advice";
    BudgetExceeded "budget-exceeded" Warning "what can't shrink is over the block's budget";
    BytesLost "bytes-lost" Error "a byte outside our block would change";
    OutsideWritableArea "outside-writable-area" Error "an edit outside the area that Lessonbook may write";
    WouldShadow "would-shadow" Error "a new file that would hide another entry point from its readers";
    InternalInPublic "internal-in-public" Error "internal text in a public target";
    NotAtRest "not-at-rest" Error "a second run would change something again";
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Code::ALL.iter().find(|code| code.name() == name);
        known
            .copied()
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no finding's code")))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "title: é\nrule: ☃ here\n";
        let at = text.find("here").unwrap_or_default();
        let place = Location::in_text("a.yaml", text, at..at + 4);
        assert_eq!(
            (place.line, place.column, place.length, place.text.as_str()),
            (2, 9, 4, "rule: ☃ here")
        );
    }

    #[test]
    fn a_place_outside_the_text_or_inside_a_character_does_not_panic() {
        let text = "é";
        for start in 0..5 {
            for end in 0..5 {
                let place = Location::in_text("a", text, start..end);
                assert!(place.line == 1 && place.length >= 1);
            }
        }
    }
}
