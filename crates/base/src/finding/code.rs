//! Every kind of finding: a stable name, the usual level, and what it means in one line.
//!
//! Input: nothing; these are the codes. Output: [`Code`]. Not here: a finding itself (`finding`), and the long explanation of each code
//! (`docs/findings.md` has a heading for each; a test compares the two).

use serde::{Deserialize, Serialize};

use super::Level;

macro_rules! codes {
    ($($variant:ident $name:literal $level:ident $title:literal;)*) => {
        /// The kind of a problem. Its name is stable, because scripts and exceptions refer to it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable name, in kebab-case.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The level that a finding of this code has.
            pub fn level(self) -> Level {
                match self { $(Code::$variant => Level::$level,)* }
            }

            /// What the code means, in one line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }
        }
    };
}

codes! {
    // Files of the store.
    InvalidUtf8 "invalid-utf8" Error "a file of the store is not UTF-8";
    EmptyFile "empty-file" Error "a file of the store is empty";
    FileTooLarge "file-too-large" Error "a file of the store is larger than a lesson can be";
    YamlSyntax "yaml-syntax" Error "a file of the store is not YAML";
    TabIndentation "tab-indentation" Error "YAML is indented with a tab";
    AliasBomb "alias-bomb" Error "YAML aliases expand to more than a lesson can hold";
    TextCut "text-cut" Error "text of which YAML reads only a part";
    DuplicateKey "duplicate-key" Error "a key occurs twice in one map";
    // The shape of the data.
    UnknownKey "unknown-key" Error "a key that Lessonbook does not know";
    WrongType "wrong-type" Error "a value whose type its key does not take";
    MissingField "missing-field" Error "a required key is missing";
    UnknownValue "unknown-value" Error "a value that is not one of the key's choices";
    UnknownSeverity "unknown-severity" Error "a severity that does not exist";
    UnknownEntryPoint "unknown-entry-point" Error "an entry point that does not exist";
    UnknownAssistant "unknown-assistant" Error "an assistant that does not exist";
    BadDate "bad-date" Error "a date that is not YYYY-MM-DD";
    UnsupportedVersion "unsupported-version" Error "a version of targets.yaml that this Lessonbook does not read";
    BadStoreName "bad-store-name" Error "a store name that can't be used in markers and branch names";
    // Lessons.
    BadId "bad-id" Error "a lesson's file name is not an id";
    BadTopic "bad-topic" Error "a folder's name is not a topic";
    MisplacedFile "misplaced-file" Error "a file under lessons/ that is not `lessons/<topic>/<id>.yaml`";
    DuplicateId "duplicate-id" Error "two lessons have the same id";
    EmptyRule "empty-rule" Error "a rule that contains no words";
    NotOneParagraph "not-one-paragraph" Error "a rule or rationale that is more than one paragraph";
    LongRule "long-rule" Warning "a rule of more than 240 characters";
    GlobNotPortable "glob-not-portable" Error "a glob that assistants read differently";
    GlobMatchesNothing "glob-matches-nothing" Warning "a glob that matches no file in any local target";
    SupersedesNobody "supersedes-nobody" Error "`supersedes` names a lesson that does not exist";
    SupersedesActive "supersedes-active" Error "`supersedes` names a lesson that is not retired";
    SupersedesCircle "supersedes-circle" Error "lessons supersede each other in a circle";
    ReviewOverdue "review-overdue" Warning "a lesson's review date has passed";
    // Checks.
    CheckShape "check-shape" Error "a check that is none, or more than one, of the four kinds";
    CheckRegex "check-regex" Error "an expression of a check that can't be read";
    CheckPath "check-path" Error "a path of a check that can't be read";
    CheckTooLarge "check-too-large" Error "more checks or conditions than a lesson may have";
    // Text.
    HiddenCharacter "hidden-character" Error "a character that people can't see and assistants read";
    SuspiciousCharacter "suspicious-character" Warning "an unusual character that is easily overlooked";
    LikelySecret "likely-secret" Error "text that looks like a password or key";
    TextImports "text-imports" Error "`@path` outside code, which several assistants replace with a file";
    TextPipesToShell "text-pipes-to-shell" Warning "text with a command that runs a download";
    TextOverrides "text-overrides" Warning "text that tells an assistant to ignore other instructions";
    UnknownHost "unknown-host" Warning "an address on a host that `policy.hosts` does not list";
    RawHtml "raw-html" Error "HTML outside code, which disappears when rendered";
    AngleBrackets "angle-brackets" Error "`<word>` outside code, which disappears when rendered";
    DoubleUnderscore "double-underscore" Error "`__word__` outside code, which becomes bold";
    UnbalancedEmphasis "unbalanced-emphasis" Error "a `*` or `_` outside code that pairs with nothing, or with the wrong thing";
    GlobOutsideCode "glob-outside-code" Error "a glob outside code, whose asterisks become emphasis";
    MarkerText "marker-text" Error "text of the store that contains a block's marker";
    MarkerEscaped "marker-escaped" Note "marker text in a lesson, which is escaped";
    // Targets and policy.
    BadTarget "bad-target" Error "a target that is neither owner/name nor a path";
    FormerTarget "former-target" Warning "a repository on this disk that holds a block and is not in targets.yaml";
    TargetMissing "target-missing" Error "a local target that does not exist; a warning in `check`";
    TargetNotARepository "target-not-a-repository" Error "a local target that is not a git repository";
    BadScope "bad-scope" Error "a scope of a target that is not one folder of it";
    TargetTwice "target-twice" Error "a target that is listed twice";
    TargetNeedsGithub "target-needs-github" Warning "a target on GitHub that was not read, because there are no credentials";
    OneSidedTag "one-sided-tag" Warning "a tag that only lessons or only targets use";
    CriticalReachesNobody "critical-reaches-nobody" Error "a critical lesson that no target receives";
    CriticalPlacedNowhere "critical-placed-nowhere" Error "a redundancy policy that sets `none` for critical lessons";
    NoAlwaysEntryPoint "no-always-entry-point" Error "a target without an entry point that is always loaded";
    ExceptionIncomplete "exception-incomplete" Error "an exception without reason or name";
    ExceptionForNobody "exception-for-nobody" Error "an exception for a lesson, target or entry point that does not exist";
    ExceptionPast "exception-past" Warning "an exception whose date has passed";
    AcknowledgeForNobody "acknowledge-for-nobody" Error "an acknowledged failure of a target that does not exist";
    AcknowledgePast "acknowledge-past" Warning "an acknowledged failure whose date has passed";
    BadPathGlob "bad-path-glob" Error "a glob of paths in targets.yaml or in a check that can't be read";
    PathNotAllowed "path-not-allowed" Error "a plan that touches a file that targets.yaml forbids or does not allow";
    TooManyLines "too-many-lines" Error "a plan that adds more lines than targets.yaml allows in one target";
    RunTooLarge "run-too-large" Error "a run that would write more than targets.yaml allows in all targets together";
    RolloutWithoutCanaries "rollout-without-canaries" Error "a rollout that names no canary";
    CanaryForNobody "canary-for-nobody" Error "a canary that is not a target";
    OpeningForNobody "opening-for-nobody" Error "a gate is opened for a lesson that does not exist";
    OpeningPast "opening-past" Warning "a gate is opened for an old version of a lesson";
    StoreHistoryMissing "store-history-missing" Error "the store's history lacks the previous version of a lesson that waits";
    TooManyFiles "too-many-files" Error "a plan that changes more files than the policy allows in one target";
    WishRefused "wish-refused" Warning "a target's own `.github/lessonbook.yaml` requests something that is not allowed";
    WishUnclear "wish-unclear" Warning "a target's own `.github/lessonbook.yaml` that can't be read completely";
    WishPast "wish-past" Note "a target's own `.github/lessonbook.yaml` asks to hold until a day that has passed";
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
    RepositoryMoved "repository-moved" Error "a repository whose parts are not where its settings point";
    NotOurs "not-ours" Error "a repository that belongs to another user";
    EmptyRepository "empty-repository" Error "a repository without a commit";
    BaseUnclear "base-unclear" Error "a repository whose base branch is unclear";
    BaseMoved "base-moved" Error "the base branch moved during the run";
    RepositoryUnreadable "repository-unreadable" Error "an object of the repository can't be read";
    RepositoryUnwritable "repository-unwritable" Error "a repository that can't be written to";
    LfsPointer "lfs-pointer" Error "an entry point that is stored in Git LFS";
    EntryPointTooLarge "entry-point-too-large" Error "an entry point that is larger than Lessonbook reads";
    NotText "not-text" Error "an entry point that is not UTF-8";
    CaseVariant "case-variant" Error "a file whose name differs from an entry point's only in upper and lower case";
    PathNormalForm "path-normal-form" Warning "a glob whose Unicode normal form differs from that of a file's path";
    EntryPointIsLink "entry-point-is-link" Warning "an entry point that is a symbolic link to a file that we do not manage";
    EntryPointBlocked "entry-point-blocked" Error "an entry point's path that is occupied by something that is not a file";
    EntryPointIgnored "entry-point-ignored" Warning "an entry point that the target's git ignores";
    EntryPointUntracked "entry-point-untracked" Warning "an entry point where the work tree contains a file that is not committed";
    ContentFiltered "content-filtered" Error "an entry point that is encrypted, or that a git filter changes";
    Shadowed "shadowed" Warning "a file that hides an entry point from an assistant";
    GeneratedElsewhere "generated-elsewhere" Warning "an entry point that another tool writes";
    EntryPointNotManaged "entry-point-not-managed" Note "an entry point of an assistant that is not in use";
    NotLoaded "not-loaded" Warning "a custom agent that does not load the instruction files";
    VerificationOverdue "verification-overdue" Note "facts about an assistant in use that were verified too long ago";
    PlanRefused "plan-refused" Error "a target that is refused in its saved plan";
    PlanExceeded "plan-exceeded" Error "a run that would do more than the approved plan";
    PlanStale "plan-stale" Error "a saved plan that no longer applies to its target";
    BranchForeign "branch-foreign" Error "commits on our branch that a person made or changed";
    BranchCheckedOut "branch-checked-out" Error "our branch is checked out";
    // GitHub.
    GithubSetup "github-setup" Error "credentials or an address of GitHub that can't be used";
    GithubNotFound "github-not-found" Error "a repository that GitHub does not show to our token";
    GithubForbidden "github-forbidden" Error "something that our token is not allowed to do";
    GithubRefused "github-refused" Error "a change that GitHub, or a rule of the repository, refuses";
    GithubDown "github-down" Error "GitHub did not answer, or its answer is not valid";
    GithubLimited "github-limited" Warning "left for the next run, because GitHub accepts no more requests now";
    TargetRenamed "target-renamed" Warning "a target that was renamed on GitHub";
    RecordUnwritable "record-unwritable" Error "the audit log can't be written, so nothing more is written to any target";
    Paused "paused" Note "a file PAUSE in the store: nothing is written to any target";
    ProposalUnmarked "proposal-unmarked" Warning "a proposal without some of its labels, reviewers, assignees or comments";
    ProposalExposed "proposal-exposed" Warning "a proposal that more people can read now than when it was written";
    // Blocks.
    MarkerUnbalanced "marker-unbalanced" Error "markers of this store that do not pair up";
    BlockEdited "block-edited" Warning "a block that someone edited by hand";
    BlockDeleted "block-deleted" Warning "a block that someone removed";
    BlockMissing "block-missing" Error "an entry point that should contain a block, and does not";
    BlockReformatted "block-reformatted" Note "a block with the same words in other bytes";
    FrontMatterForeign "front-matter-foreign" Error "front matter in our scoped file that Lessonbook did not write";
    FrontMatterEdited "front-matter-edited" Warning "front matter in our scoped file that someone changed";
    DriftStops "drift-stops" Error "a block was changed in a target whose `on_drift` is `stop`";
    NameTaken "name-taken" Error "a name that another store, or a file of the repository, already uses";
    DuplicateRule "duplicate-rule" Warning "two lessons with the same rule";
    HandCopy "hand-copy" Note "hand-written text that repeats a lesson";
    MovedTextUnknown "moved-text-unknown" Warning "the history does not show which hand-written text a lesson replaced";
    // The proof.
    LessonNotCovered "lesson-not-covered" Error "a lesson that is missing where the policy requires it";
    ScopeMissing "scope-missing" Warning "a scope whose folder holds no tracked file";
    ScopeOwners "scope-owners" Note "the owners of the files of a scope";
    LostInFolder "lost-in-folder" Error "a critical lesson that an assistant does not get in a scope";
    UnknownBlockText "unknown-block-text" Error "text in a block that belongs to no lesson and to no known frame";
    NotPlaceable "not-placeable" Error "a lesson's text that would be read differently in a block";
    LessonBroken "lesson-broken" Error "a lesson with an error concerns the target";
    LessonLeaves "lesson-leaves" Error "a critical lesson that is in a block now and would not be after the plan";
    LessonNotCut "lesson-not-cut" Error "a withdrawn lesson that can't be removed from a block cleanly";
    NotASubset "not-a-subset" Error "a withdrawal that would do more than remove one lesson";
    LessonWithdrawn "lesson-withdrawn" Warning "a lesson that was withdrawn from a target, and that is still active in the store";
    BlockSwallowed "block-swallowed" Error "a block that the text around it hides from assistants";
    LimitExceeded "limit-exceeded" Error "a file, chain or family that exceeds an assistant's limit";
    AdviceExceeded "advice-exceeded" Warning "a file that is larger than its vendor advises";
    BudgetExceeded "budget-exceeded" Warning "a block that exceeds its budget and can't be shortened";
    BytesLost "bytes-lost" Error "a byte outside our block would change";
    OutsideWritableArea "outside-writable-area" Error "an edit outside the area that Lessonbook may write";
    WouldShadow "would-shadow" Error "a new file that would hide another entry point from its assistants";
    InternalInPublic "internal-in-public" Error "internal text in a public target";
    NotAtRest "not-at-rest" Error "a second run would change something again";
    // Checks, tested by their examples and run over files.
    CheckNeedsExamples "check-needs-examples" Error "a lesson with checks, and no examples to test them with";
    CheckDoesNotFire "check-does-not-fire" Error "a `bad` example in which no check finds anything";
    CheckFiresOnGood "check-fires-on-good" Error "a `good` example in which a check finds something";
    CheckUntested "check-untested" Warning "a check that no example makes fire";
    CheckHit "check-hit" Error "a place that a lesson's check forbids; a warning for medium and low lessons";
    CheckExcused "check-excused" Note "a hit that a comment or an exception excuses";
    CheckUnread "check-unread" Note "a file, or a part of one, that checks could not read";
    ChecksEdited "checks-edited" Note "a change of the checks file, which counts once it is merged";
    ChecksFileForeign "checks-file-foreign" Error "a file with the name of our checks file that is not of this store";
    ChecksFileWrong "checks-file-wrong" Error "a checks file that would not say exactly the checks of the lessons that concern the target";
    ChecksInvalid "checks-invalid" Error "a checks file that can't be read";
    AllowIncomplete "allow-incomplete" Warning "a `lessonbook:allow` without an id or a reason";
    AllowWithoutEffect "allow-without-effect" Warning "a `lessonbook:allow` that excuses nothing";
    // The audit of a store over all of its targets.
    NeverPlaced "never-placed" Warning "an active lesson that no target receives";
    PathGone "path-gone" Warning "a path in a rule that exists in no target that receives the lesson";
    CommandGone "command-gone" Warning "a command in a rule that is defined in no target that receives the lesson";
    NearDuplicate "near-duplicate" Warning "two lessons that say nearly the same";
    RulesDisagree "rules-disagree" Warning "two lessons on one subject that contradict each other";
    LinterEnforces "linter-enforces" Warning "a rule that a linter or formatter enforces in every target that receives the lesson";
    AlwaysReduced "always-reduced" Warning "a lesson that a budget shortens or leaves out in every target";
    CheckNeverHit "check-never-hit" Note "checks that found nothing in any commit that could have introduced a place";
    NeverExposed "never-exposed" Note "checks for which no commit of any target changed anything that they judge";
    EvidenceChanged "evidence-changed" Warning "evidence of a lesson whose lines changed or are gone";
    EvidenceMoved "evidence-moved" Note "evidence of a lesson whose lines moved within the file";
    EvidenceUnrecorded "evidence-unrecorded" Note "evidence of a lesson that has no hash yet";
    EvidenceUnread "evidence-unread" Note "evidence of a lesson that can't be compared";
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
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is not the code of a finding")))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
