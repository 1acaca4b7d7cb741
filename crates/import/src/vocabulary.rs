//! The words by which a rule is recognized.
//!
//! Input: a phrase in lower case. Output: whether it belongs to a list. Not here: what follows from it (`signals`).

pub use crate::verbs::{is_adverb, is_noun_too, is_object, is_small, is_tutor, is_verb};
use lessonbook_base::word_list::WordList;

const HARD: [&str; 26] = [
    "must",
    "must not",
    "mustn't",
    "never",
    "always",
    "do not",
    "don't",
    "don’t",
    "shall",
    "cannot",
    "can't",
    "can’t",
    "required",
    "mandatory",
    "forbidden",
    "prohibited",
    "not allowed",
    "not permitted",
    "disallowed",
    "under no circumstances",
    "no exceptions",
    "needs to",
    "need to",
    "has to",
    "have to",
    "may not",
];

const SOFT: [&str; 23] = [
    "permitted only",
    "allowed only",
    "only if",
    "only when",
    "only allowed",
    "should",
    "should not",
    "shouldn't",
    "prefer",
    "preferred",
    "preferably",
    "avoid",
    "ensure",
    "make sure",
    "be sure",
    "recommended",
    "discouraged",
    "ideally",
    "is okay",
    "be careful",
    "try to",
    "no need to",
    "not needed",
];

const CONTRASTS: [&str; 16] = [
    ", no ",
    " only",
    "only ",
    " exactly ",
    "instead of",
    "rather than",
    " over ",
    ", not ",
    "; not ",
    " — not ",
    " (not ",
    "without",
    "unless",
    "at least",
    "at most",
    "no more than",
];

const CONSEQUENCES: [(&str, &str); 30] = [
    ("data loss", "data loss"),
    ("lose data", "data loss"),
    ("corrupt", "corruption"),
    ("deadlock", "deadlock"),
    ("race condition", "race condition"),
    ("production", "production"),
    ("outage", "outage"),
    ("downtime", "downtime"),
    ("silently", "a silent failure"),
    ("silent failure", "a silent failure"),
    ("security", "security"),
    ("vulnerab", "security"),
    ("secret", "secrets"),
    ("credential", "credentials"),
    ("password", "credentials"),
    ("api key", "credentials"),
    ("private key", "credentials"),
    ("leak", "a leak"),
    ("crash", "a crash"),
    ("panic", "a crash"),
    ("injection", "injection"),
    ("locks the", "locks"),
    ("breaks the build", "a broken build"),
    ("will break", "breakage"),
    ("would break", "breakage"),
    ("breaking change", "a breaking change"),
    ("5xx", "errors for users"),
    ("force push", "lost commits"),
    ("force-push", "lost commits"),
    ("irreversib", "what can't be undone"),
];

static UP: WordList = WordList::new("\
rule rules convention conventions guideline guidelines practice practices style styles do don't dos don'ts must never always constraint
constraints principle principles standard standards requirement requirements boundary boundaries pitfall pitfalls gotcha gotchas
important critical naming avoid prohibited forbidden policy policies checklist tips notes caveats warnings warning security handling
etiquette discipline expectations hygiene safety mandatory invariants invariant mistakes anti-patterns antipatterns preferences patterns pattern
formatting documentation testing commits git imports error errors performance quality considerations accessibility types logging
instructions remember validation review");

static DOWN: WordList = WordList::new("\
overview structure architecture commands command stack resources references reference glossary purpose features feature quickstart
examples example links layout directory directories technologies technology related changelog status setup installation install
dependencies environment variables files tree background context introduction about summary capabilities tools modules components
packages services endpoints routes roadmap table contents history license credits contact locations location key keywords
concepts persona role identity expertise output template scripts what deliverables map diagram terminology flow troubleshooting");

const NEGATIVE_HEADS: [&str; 19] = [
    "never",
    "don't",
    "don’t",
    "do not",
    "don'ts",
    "don’ts",
    "avoid",
    "anti-patterns",
    "anti-pattern",
    "antipatterns",
    "anti patterns",
    "forbidden",
    "prohibited",
    "what not to do",
    "not allowed",
    "bad practices",
    "must not",
    "禁止",
    "금지",
];

const POSITIVE_HEADS: [&str; 6] = ["always", "must", "ask first", "always do", "required", "must do"];

const WIDE_UP: [&str; 45] = [
    "规则",
    "规范",
    "约定",
    "原则",
    "注意",
    "必须",
    "禁止",
    "要求",
    "准则",
    "标准",
    "偏好",
    "风格",
    "規則",
    "規約",
    "ルール",
    "方針",
    "注意",
    "禁止",
    "原則",
    "指針",
    "ガイド",
    "スタイル",
    "規範",
    "규칙",
    "원칙",
    "금지",
    "주의",
    "컨벤션",
    "가이드",
    "지침",
    "스타일",
    "필수",
    "최적화",
    "품질",
    "格式",
    "策略",
    "安全",
    "实践",
    "ポリシー",
    "形式",
    "セキュリティ",
    "정책",
    "전략",
    "형식",
    "보안",
];

const WIDE_DOWN: [&str; 20] = [
    "结构",
    "概述",
    "概要",
    "命令",
    "架构",
    "技术栈",
    "简介",
    "目录",
    "構成",
    "構造",
    "コマンド",
    "アーキテクチャ",
    "구조",
    "개요",
    "명령",
    "스택",
    "아키텍처",
    "환경변수",
    "실행",
    "소개",
];

const WIDE_MODALS: [&str; 42] = [
    "而非",
    "请使用",
    "必须",
    "禁止",
    "不要",
    "不得",
    "应当",
    "应该",
    "避免",
    "请勿",
    "务必",
    "优先",
    "不能",
    "不可",
    "严禁",
    "一律",
    "始终",
    "需要",
    "遵守",
    "遵循",
    "必要",
    "必ず",
    "しない",
    "してください",
    "すること",
    "べき",
    "厳禁",
    "避ける",
    "使用する",
    "반드시",
    "금지",
    "하지 않",
    "마세요",
    "말 것",
    "해야",
    "하세요",
    "사용한다",
    "필수",
    "않는다",
    "준수",
    "우선",
    "지양",
];

/// Whether words in lower case hold a word of a heading that speaks for rules, or against them.
pub fn heading_prior(heading: &str) -> (bool, bool) {
    let words = || {
        heading
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-')))
            .filter(|word| !word.is_empty())
    };
    // In these scripts the last noun is what the heading is about: 架构演进要求 are requirements.
    let end = |list: &[&str]| {
        let ends = list
            .iter()
            .filter_map(|part| Some(heading.rfind(part)? + part.len()));
        ends.max().unwrap_or(0)
    };
    let (up, down) = (end(&WIDE_UP), end(&WIDE_DOWN));
    (
        words().any(|word| UP.has(word)) || up > 0 && up >= down,
        words().any(|word| DOWN.has(word)) || down > up,
    )
}

/// The first hard modal, and where.
pub fn hard_modal(text: &str) -> Option<(&'static str, usize)> {
    first_phrase(text, &HARD)
}

/// The first soft modal, and where.
pub fn soft_modal(text: &str) -> Option<(&'static str, usize)> {
    first_phrase(text, &SOFT)
}

/// Whether it sets one thing against another, or sets a bound.
pub fn has_contrast(text: &str) -> bool {
    CONTRASTS.iter().any(|part| text.contains(part))
}

/// Whether a text of Chinese, Japanese or Korean has a modal.
pub fn has_wide_modal(text: &str) -> bool {
    WIDE_MODALS.iter().any(|part| text.contains(part))
}

/// What a text says happens otherwise.
pub fn consequence(text: &str) -> Option<&'static str> {
    let found = CONSEQUENCES.iter().find(|(part, _)| text.contains(part));
    found.map(|(_, name)| *name)
}

/// Whether the words of a heading turn what is listed under it into a prohibition.
pub fn is_negative_head(heading: &str) -> bool {
    let bare = bare(heading);
    let starts = |part: &&str| {
        bare.strip_prefix(*part)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let ends = ["to avoid", "not to do", "not allowed", "not permitted"];
    NEGATIVE_HEADS.iter().any(starts)
        || ends.iter().any(|part| bare.ends_with(part))
        || heading.contains(['❌', '🚫', '⛔'])
}

/// Whether they turn it into a duty.
pub fn is_positive_head(heading: &str) -> bool {
    let bare = bare(heading);
    POSITIVE_HEADS.contains(&bare.as_str()) || bare.starts_with("ask first")
}

fn bare(heading: &str) -> String {
    let bare = heading.trim_matches(|c: char| !c.is_alphanumeric());
    bare.to_lowercase()
}

/// The first of some phrases as whole words, outside code spans.
fn first_phrase(text: &str, phrases: &[&'static str]) -> Option<(&'static str, usize)> {
    let found = phrases
        .iter()
        .filter_map(|phrase| position(text, phrase).map(|at| (*phrase, at)));
    // The longer phrase of two at one place says more.
    found.min_by_key(|(phrase, at)| (*at, usize::MAX - phrase.len()))
}

/// Where a phrase is, as whole words outside code spans.
fn position(text: &str, phrase: &str) -> Option<usize> {
    let at = text.match_indices(phrase).map(|(at, _)| at).find(|&at| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_');
        apart(before) && apart(after) && text[..at].matches('`').count().is_multiple_of(2)
    })?;
    Some(at)
}
