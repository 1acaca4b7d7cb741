//! One walk through a document for many checks.
//!
//! Input: checks, then the documents of one file. Output: a [`StructureResult`] for each check.
//!
//! Checks are grouped by the last key of `each`, so a map whose key no check names costs one look-up.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Strike, evaluate, found_values};
use super::identity::{element_label, kind_and_name};
use super::{Demand, MAX_HITS, PlaceIdentity, PlaceStep, StructureCheck, StructureHit, StructureResult};
use crate::document::{Document, Node, Value};
use crate::path::{KeyPattern, Segment};

/// Checks that share one walk.
pub struct StructureGroup<'c> {
    checks: Vec<&'c StructureCheck>,
    /// Paths that end in a key without `*`.
    by_key: BTreeMap<&'c str, Vec<EachPath<'c>>>,
    /// Other paths.
    general: Vec<EachPath<'c>>,
    /// Every node that a check is about is listed, not only hits.
    lists_places: bool,
}

/// One path of `each`, and whose it is.
struct EachPath<'c> {
    check: usize,
    segments: &'c [Segment],
}

impl<'c> StructureGroup<'c> {
    /// Groups checks; results have their order.
    pub fn new(checks: impl IntoIterator<Item = &'c StructureCheck>) -> Self {
        let checks: Vec<&StructureCheck> = checks.into_iter().collect();
        let mut by_key: BTreeMap<&str, Vec<EachPath>> = BTreeMap::new();
        let mut general = Vec::new();
        for (number, check) in checks.iter().enumerate() {
            if check.each.is_empty() {
                general.push(EachPath {
                    check: number,
                    segments: &[],
                });
            }
            for path in &check.each {
                let selector = EachPath {
                    check: number,
                    segments: path.segments(),
                };
                match path.segments().last() {
                    Some(Segment::Key {
                        key: KeyPattern::Exact(key),
                        ..
                    }) => by_key.entry(key).or_default().push(selector),
                    _ => general.push(selector),
                }
            }
        }
        Self {
            checks,
            by_key,
            general,
            lists_places: false,
        }
    }

    /// The same, except that results list every place that a check judges.
    #[must_use]
    pub fn listing_places(mut self, lists_places: bool) -> Self {
        self.lists_places = lists_places;
        self
    }

    /// Runs the checks over the documents of one file.
    pub fn run(&self, documents: &[Document]) -> Vec<StructureResult> {
        let mut walk = DocumentWalk {
            group: self,
            judgements: self.checks.iter().map(|_| Judgement::default()).collect(),
            document: (None, None),
            trail: Vec::new(),
            around: Vec::new(),
            maps: 0,
        };
        for document in documents {
            walk.document = kind_and_name(&document.root);
            walk.node(&document.root);
        }
        walk.judgements.into_iter().map(Judgement::result).collect()
    }
}

/// What is collected for one check.
#[derive(Default)]
struct Judgement {
    result: StructureResult,
    /// Places that are reported already, with the condition; an alias leads to a place again.
    places: BTreeSet<(usize, usize, usize)>,
    undecided: BTreeSet<(usize, usize)>,
    /// Nodes that the check is about, where they are listed.
    judged: BTreeMap<(usize, usize), PlaceIdentity>,
    /// The number of the last map that was judged: two paths can lead to one map.
    map: usize,
}

impl Judgement {
    fn result(mut self) -> StructureResult {
        self.result.undecided = self.undecided.len();
        self.result.judged = self.judged.into_values().collect();
        self.result.hits.sort_by_key(|hit| hit.span.start);
        self.result
    }
}

/// A step from the root: a key, and whether elements of lists follow.
struct TrailStep<'d> {
    key: &'d str,
    /// The elements of lists below the key on the way to the node.
    elements: Vec<&'d Node>,
}

struct DocumentWalk<'g, 'c, 'd> {
    group: &'g StructureGroup<'c>,
    judgements: Vec<Judgement>,
    document: (Option<String>, Option<String>),
    /// The first step is the root, with an empty key.
    trail: Vec<TrailStep<'d>>,
    around: Vec<&'d Node>,
    maps: usize,
}

impl<'d> DocumentWalk<'_, '_, 'd> {
    fn node(&mut self, root: &'d Node) {
        self.trail.clear();
        self.around.clear();
        self.trail.push(TrailStep {
            key: "",
            elements: Vec::new(),
        });
        self.visit(root);
    }

    /// Readers bound the depth of a document, and with it this recursion.
    fn visit(&mut self, node: &'d Node) {
        match &node.value {
            Value::Map(map) => {
                self.judge(node);
                self.around.push(node);
                for entry in &map.entries {
                    self.trail.push(TrailStep {
                        key: &entry.key,
                        elements: Vec::new(),
                    });
                    self.visit(&entry.node);
                    self.trail.pop();
                }
                self.around.pop();
            }
            Value::List(list) => {
                for item in &list.items {
                    self.element(Some(item));
                    self.visit(item);
                    self.element(None);
                }
            }
            Value::Unknown(_) => self.count_unknown(node),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    /// Enters or leaves an element of a list.
    fn element(&mut self, item: Option<&'d Node>) {
        if let Some(step) = self.trail.last_mut() {
            match item {
                Some(item) => step.elements.push(item),
                None => drop(step.elements.pop()),
            }
        }
    }

    /// Runs every check whose `each` leads to this map.
    fn judge(&mut self, node: &'d Node) {
        self.maps += 1;
        let group = self.group;
        let key = self.trail.last().map_or("", |step| step.key);
        let named = group.by_key.get(key).map_or(&[][..], Vec::as_slice);
        for selector in named.iter().chain(&group.general) {
            let judgement = &self.judgements[selector.check];
            if judgement.map == self.maps || judgement.result.more || !self.selects(selector) {
                continue;
            }
            self.judgements[selector.check].map = self.maps;
            let verdict = evaluate(group.checks[selector.check], node, &self.around);
            if verdict.is_about && group.lists_places {
                self.list(selector.check, node);
            }
            for strike in verdict.strikes {
                self.report(selector.check, strike);
            }
            if verdict.undecided {
                let place = (node.span.start, node.span.end);
                self.judgements[selector.check].undecided.insert(place);
            }
        }
    }

    /// Lists a node that a check is about.
    fn list(&mut self, check: usize, node: &'d Node) {
        let place = PlaceIdentity {
            kind: self.document.0.clone(),
            name: self.document.1.clone(),
            steps: steps(&self.trail),
            path: String::new(),
            values: found_values(self.group.checks[check], node),
        };
        let span = (node.span.start, node.span.end);
        self.judgements[check].judged.insert(span, place);
    }

    /// A value that is decided elsewhere where a check names a map: the check can't look into it.
    fn count_unknown(&mut self, node: &'d Node) {
        let group = self.group;
        let key = self.trail.last().map_or("", |step| step.key);
        for selector in group.by_key.get(key).into_iter().flatten() {
            if self.selects(selector) {
                let place = (node.span.start, node.span.end);
                self.judgements[selector.check].undecided.insert(place);
            }
        }
    }

    /// Whether a path leads to the node at the end of the trail: all positions in the path at once, so that several `**`
    /// cost no more than one.
    fn selects(&self, selector: &EachPath) -> bool {
        let Some((root, keys)) = self.trail.split_first() else {
            return false;
        };
        // The two most common paths of checks that are asked for every map.
        match selector.segments {
            [] => return keys.is_empty(),
            [Segment::AnyDepth] => return true,
            _ => {}
        }
        let mut segments = selector.segments;
        if let Some((Segment::Elements, rest)) = segments.split_first() {
            if root.elements.is_empty() {
                return false;
            }
            segments = rest;
        }
        let end = 1u128 << segments.len();
        let mut positions = skip_any_depth(1, segments);
        for step in keys {
            let mut next = 0u128;
            for (number, segment) in segments.iter().enumerate() {
                if positions & (1 << number) == 0 {
                    continue;
                }
                match segment {
                    Segment::AnyDepth => next |= 1 << number,
                    Segment::Key { key, elements } => {
                        let list = !*elements || !step.elements.is_empty();
                        next |= u128::from(list && key.matches(step.key)) << (number + 1);
                    }
                    Segment::Elements => {}
                }
            }
            positions = skip_any_depth(next, segments);
            if positions == 0 {
                return false;
            }
        }
        positions & end != 0
    }

    fn report(&mut self, check: usize, strike: Strike) {
        let span = strike.span;
        let place = (span.start, span.end, strike.condition);
        let judgement = &mut self.judgements[check];
        if !judgement.places.insert(place) {
            return;
        }
        if judgement.result.hits.len() == MAX_HITS {
            judgement.result.more = true;
            return;
        }
        let hit = StructureHit {
            span,
            line: strike.line,
            message: strike.message,
            identity: PlaceIdentity {
                kind: self.document.0.clone(),
                name: self.document.1.clone(),
                steps: steps(&self.trail),
                path: condition_path(self.group.checks[check], strike.condition),
                values: strike.values,
            },
        };
        self.judgements[check].result.hits.push(hit);
    }
}

/// A position before `**` is also one after it.
fn skip_any_depth(mut positions: u128, segments: &[Segment]) -> u128 {
    for (number, segment) in segments.iter().enumerate() {
        if matches!(segment, Segment::AnyDepth) && positions & (1 << number) != 0 {
            positions |= 1 << (number + 1);
        }
    }
    positions
}

fn steps(trail: &[TrailStep]) -> Vec<PlaceStep> {
    let mut steps = Vec::new();
    for (number, step) in trail.iter().enumerate() {
        if number > 0 {
            steps.push(PlaceStep::Key(step.key.to_owned()));
        }
        let elements = step.elements.iter();
        steps.extend(elements.map(|item| PlaceStep::Element(element_label(item))));
    }
    steps
}

fn condition_path(check: &StructureCheck, number: usize) -> String {
    let (Demand::Forbid(conditions) | Demand::Require(conditions)) = &check.demand;
    let condition = conditions.get(number);
    condition.map_or_else(String::new, |condition| condition.path.text().to_owned())
}
