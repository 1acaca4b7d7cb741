//! The page of each target, and the list of targets.
//!
//! Input: the outline. Output: `targets/index.html` and `targets/NAME/index.html`.

use serde::Serialize;

use crate::address::encoded;
use crate::coverage_sum::CoverageSum;
use crate::engine::Engine;
use crate::matrix::{LineHead, PlacementMatrix};
use crate::named_link::NamedLink;
use crate::outline::{OutlineTarget, SiteHead, SiteOutline};
use crate::prose;
use lessonbook_base::finding::Finding;
use lessonbook_proof::Placement;
use lessonbook_store::Severity;

/// The values of the template of a target.
#[derive(Serialize)]
struct TargetPage<'a> {
    site: &'a SiteHead<'a>,
    root: &'static str,
    target: TargetLine<'a>,
    tags: &'a [String],
    visibility: &'static str,
    /// In a public site neither reasons nor findings are shown: they may name other repositories and lessons.
    why: &'a str,
    link: &'a str,
    sums: Vec<SeveritySum>,
    matrix: PlacementMatrix<'a>,
    assistants: Vec<AssistantLine<'a>>,
    exempt: Vec<ExemptLine<'a>>,
    left_out: Vec<LeftOutLine<'a>>,
    findings: Vec<FindingLine<'a>>,
    failed: Vec<&'a str>,
}

/// A target in a list.
#[derive(Serialize)]
pub struct TargetLine<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its page, from the site's root.
    pub href: String,
    /// Its state.
    pub state: &'static str,
    /// All placements.
    pub sum: CoverageSum,
    /// Those of critical lessons.
    pub critical: CoverageSum,
}

#[derive(Serialize)]
struct SeveritySum {
    severity: &'static str,
    sum: CoverageSum,
}

#[derive(Serialize)]
struct AssistantLine<'a> {
    name: &'a str,
    is_used: bool,
    current: usize,
    proposed: usize,
    copies: usize,
}

#[derive(Serialize)]
struct ExemptLine<'a> {
    lesson: NamedLink<'a>,
    entry_point: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct LeftOutLine<'a> {
    lesson: NamedLink<'a>,
    why: &'a str,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    level: &'static str,
    code: String,
    message: &'a str,
    effect: &'a str,
    help: &'a str,
}

/// The values of the template of the list.
#[derive(Serialize)]
struct TargetsPage<'a> {
    site: &'a SiteHead<'a>,
    root: &'static str,
    targets: Vec<TargetLine<'a>>,
}

/// The pages.
pub fn pages(engine: &Engine, outline: &SiteOutline) -> Result<Vec<(String, Vec<u8>)>, Finding> {
    let list = TargetsPage {
        site: &outline.head,
        root: "../",
        targets: outline.targets.iter().map(line).collect(),
    };
    let mut pages = vec![(
        "targets/index.html".to_owned(),
        engine.render("targets.html.tera", &list)?,
    )];
    for one in &outline.targets {
        let values = page(outline, one);
        pages.push((one.path.clone(), engine.render("target.html.tera", &values)?));
    }
    Ok(pages)
}

/// A target in a list.
pub fn line<'a>(one: &OutlineTarget<'a>) -> TargetLine<'a> {
    TargetLine {
        name: &one.target.plan.target.name,
        href: encoded(&one.path),
        state: one.target.state.word(),
        sum: one.sum,
        critical: sum(one, Severity::Critical),
    }
}

fn sum(one: &OutlineTarget, severity: Severity) -> CoverageSum {
    let mut sum = CoverageSum::default();
    let placements = one
        .placements
        .iter()
        .filter(|placement| placement.severity == severity);
    placements.for_each(|placement| sum.add(placement, one.target.state));
    sum
}

fn page<'a>(outline: &'a SiteOutline, one: &'a OutlineTarget) -> TargetPage<'a> {
    let is_public = outline.head.is_public;
    let plan = one.target.plan;
    let link = |id: &'a str| NamedLink {
        name: id,
        href: outline.lesson_href(id).unwrap_or_default(),
    };
    let exempt = one.placements.iter().filter_map(|placement| {
        // Why a lesson waits depends on the hour, and a site must not.
        let waits = || placement.waits.as_ref().map(|_| "waits for canaries");
        let reason = placement.exempt.as_deref().or_else(waits)?;
        Some(ExemptLine {
            lesson: link(&placement.lesson),
            entry_point: &placement.entry_point,
            reason: if is_public { "" } else { reason },
        })
    });
    let left_out = plan.content.left_out.iter().filter(|_| !is_public);
    let findings = plan.outcome.findings.iter().filter(|_| !is_public);
    let failed = plan.proof.invariants.iter().filter(|invariant| !invariant.holds);
    let sums = Severity::ALL.into_iter().map(|severity| SeveritySum {
        severity: severity.word(),
        sum: sum(one, severity),
    });
    TargetPage {
        site: &outline.head,
        root: "../../",
        target: line(one),
        tags: if is_public { &[] } else { &plan.target.tags },
        visibility: plan.target.visibility.word(),
        why: if is_public { "" } else { &one.target.why },
        link: one
            .target
            .link
            .as_deref()
            .filter(|link| prose::is_safe(link))
            .unwrap_or_default(),
        sums: sums.filter(|line| line.sum.asked > 0).collect(),
        matrix: PlacementMatrix::new(lines(outline, one), &outline.entry_points),
        assistants: one
            .target
            .assistants
            .iter()
            .map(|view| AssistantLine {
                name: &view.assistant,
                is_used: view.watched,
                current: view.current.lessons.len(),
                proposed: view.proposed.lessons.len(),
                copies: view.proposed.copies(),
            })
            .collect(),
        exempt: exempt.collect(),
        left_out: left_out
            .map(|excluded| LeftOutLine {
                lesson: link(&excluded.lesson),
                why: &excluded.why,
            })
            .collect(),
        findings: findings
            .map(|finding| FindingLine {
                level: finding.level.word(),
                code: finding.code.to_string(),
                message: &finding.message,
                effect: finding.effect.as_deref().unwrap_or_default(),
                help: finding.help.as_deref().unwrap_or_default(),
            })
            .collect(),
        failed: failed.map(|invariant| &*invariant.name).collect(),
    }
}

/// One row for each lesson. The placements of a plan are in the order of lessons.
fn lines<'a>(outline: &SiteOutline, one: &OutlineTarget<'a>) -> Vec<(LineHead<'a>, Vec<&'a Placement>)> {
    let mut lines: Vec<(LineHead, Vec<&Placement>)> = Vec::new();
    for placement in &one.placements {
        match lines.last_mut() {
            Some((head, placements)) if head.name == placement.lesson.as_str() => placements.push(placement),
            _ => {
                let head = LineHead {
                    name: &placement.lesson,
                    href: outline.lesson_href(&placement.lesson).unwrap_or_default(),
                    severity: placement.severity.word(),
                    level: one.target.levels.level(&placement.lesson),
                    state: one.target.state,
                    shows_state: false,
                };
                lines.push((head, vec![placement]));
            }
        }
    }
    lines
}
