//! Verbs and what may be around them.
//!
//! Input: a word in lower case. Output: whether it belongs to a list. Not here: phrases and headings (`vocabulary`).

use lessonbook_base::word_list::WordList;

/// Verbs in the form of a command that are rarely nouns. A line each, sorted by what they are about.
static VERBS: WordList = WordList::new("\
add append apply ask assert assign assume attach await
avoid batch begin bind break bring bump call catch cast centralize check choose clean clear close co-locate colocate combine commit compare
compile compose configure confirm consider consult continue convert copy create declare decouple default define delegate delete deploy
derive describe destructure detect disable dispose distinguish divide do document don't drop eliminate embed employ enable encapsulate
enforce ensure escape establish evaluate examine exclude execute expect explain export expose extend extract fail favor favour fetch fill
find finish fix flag follow force forward gate gather generate get give go group guard handle hide identify ignore implement import include
indent inform inherit initialize inject insert inspect install instantiate invoke isolate iterate join keep label launch leave let
limit lint list load localize locate log look lowercase maintain make manage map mark match maximize memoize mention merge migrate minimize
mirror mock monitor move name narrow nest never normalize note obtain omit only open opt optimize order organize override parallelize parse
partition pass perform pick pin place plan point populate prefer prefix prepare preserve prevent prioritize proceed produce profile propagate
propose protect prove provide publish pull push put quote raise re-export re-run reach read rebase rebuild record redact reduce refactor refer
reference register regenerate reject rely remember remove rename render reorder repeat replace report request require rerun
reset resolve respect restart restrict retain retry return reuse revert review rewrite rotate round run sanitize save scan scope search
secure select send separate serialize set share show simplify skip sort specify split stage start state stay stick stop
store stream strip structure suffix suggest support suppress switch sync tag take target teach tell terminate test throw tie
tolerate track transform translate treat trim trust try type understand uninstall unwrap update upgrade use utilize validate verify wait walk warn watch
wire wrap write yield \
abstract accept acknowledge acquire adapt adhere adjust adopt align allocate allow alphabetize analyze anchor annotate answer archive audit authenticate \
base block bootstrap bundle calculate capture carry categorize chain clarify click collapse collect communicate complete concatenate conform connect construct \
contribute coordinate correct count decorate deduplicate defer deliver deprecate determine develop diagnose differentiate discard dispatch display dump \
edit emit enclose encode encrypt end enter enumerate err escalate estimate expand explore express factor fall filter finalize focus fold forbid \
grant grep hardcode harden hash honor honour host incorporate increment index infer inline integrate intercept invalidate justify land lean learn \
leverage lock lower mask measure modify mount mutate navigate notify obey observe offload optimise own pair parameterize patch pause persist phrase pipe \
port position postpone precompute preload prepend print prompt pursue qualify query queue re-check re-read re-use recheck reconcile recover redirect \
refine reflect refrain refresh reload relocate remind replicate reproduce resist resort respond retire retrieve revalidate revise reword roll route \
sample scaffold schedule seed serve shorten sign simulate solve spawn spell squash standardize stash strive stub study submit subscribe substitute \
summarize supply surface swap synchronize tackle tailor throttle tighten time touch trace transfer trigger turn uncomment unify unsubscribe vary version \
view visit weigh whitelist work distribute cover wrap model highlight script shape narrate reserve restate scale screen ship sketch slice source space stack");

/// Of these, those that are nouns as often: `Test generation`, `Support for X`.
static NOUNS_TOO: WordList = WordList::new("\
batch break cast check commit copy default deploy design document drop escape export fix flag force format gate group guard handle
import label lint list load log look map mark match mock monitor name nest note order override pass plan point prefix
profile pull push quote record reference release report request reset return reuse review round run scan scope search set share show sort
split stage start state stop store stream structure suffix support switch sync tag target test track transform trust try type update
upgrade walk watch wire wrap build process change cache debug result output open call catch limit start find search view help access answer audit base block count display dump end filter focus hash host index land lock lower mask \
measure mount pair patch pause phrase pipe port position print prompt query queue sample schedule seed sign stub study supply surface swap time touch trace \
transfer trigger turn version visit work model highlight script shape scale screen ship sketch slice source space stack complete correct abstract own project");

/// Verbs of directives to a tutor or of a program's description, not of a rule for code.
static TUTOR: WordList = WordList::new("\
explain guide teach demonstrate discuss introduce illustrate describe show help provide offer walk cover suggest highlight outline encourage
recommend present summarize compare mention assist");

/// What may follow a verb that is a noun as well.
static OBJECTS: WordList = WordList::new("\
the a an all any each every both either no only it its this that these those your our their new existing one two three for to from with in
on as at by if when after before against into through until unless where what which how exact exactly always never just relevant appropriate
proper properly explicit explicitly clear meaningful descriptive small large complex related shared public private internal external
unused specific types things changes code files tests errors functions data full");

/// Auxiliary verbs, pronouns and the like.
static SMALL: WordList = WordList::new(
    "is are was be been can could may might must should will would not there here so such we you they he she",
);

/// Words before a verb that do not change that it is a command.
static ADVERBS: WordList = WordList::new("\
please always never only also then first instead just simply generally typically usually explicitly carefully immediately finally next
do not don't and otherwise");

/// Whether a word is a command's verb.
pub fn is_verb(word: &str) -> bool {
    VERBS.has(word) || is_noun_too(word)
}

/// Whether it is a noun as often.
pub fn is_noun_too(word: &str) -> bool {
    NOUNS_TOO.has(word)
}

/// Whether it is a verb of a tutor's directive.
pub fn is_tutor(word: &str) -> bool {
    TUTOR.has(word)
}

/// Whether it may follow a verb as its object or the like.
pub fn is_object(word: &str) -> bool {
    OBJECTS.has(word) || word.starts_with(['`', '@', '"']) || word.ends_with('s') || word.ends_with("ly")
}

/// Whether it is an article, pronoun, preposition or the like.
pub fn is_small(word: &str) -> bool {
    OBJECTS.has(word) || SMALL.has(word)
}

/// Whether it may come before a verb.
pub fn is_adverb(word: &str) -> bool {
    ADVERBS.has(word)
}
