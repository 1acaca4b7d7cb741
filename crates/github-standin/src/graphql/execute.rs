//! Executes a query: selections, fragments and arguments.
//!
//! Input: a [`Run`] and its operation. Output: `data`; errors are in the run. Not here: the values of fields (`objects`, `history`,
//! `pulls`, `mutations`).

use apollo_compiler::ast::Value as Ast;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use serde_json::{Map, Value};

use super::thing::{Arguments, Connection, Found, Node, Problem, Thing, problem, type_of};
use super::{history, mutations, objects, schema};
use crate::graphql::run::Run;

impl<'a> Run<'a> {
    /// Carries out an operation.
    pub fn operation(&mut self, operation: &Operation) -> Value {
        let root = if operation.is_mutation() {
            Thing::Mutation
        } else {
            Thing::Query
        };
        self.fields(&root, &[&operation.selection_set], &mut Vec::new())
            .unwrap_or(Value::Null)
    }

    /// The selected fields of an object; `None` if a field that can't be null is null.
    fn fields(&mut self, thing: &Thing, sets: &[&SelectionSet], path: &mut Vec<Value>) -> Option<Value> {
        let kind = type_of(self.state, thing);
        let mut selected: Vec<(String, Vec<&Field>)> = Vec::new();
        for set in sets {
            self.collect(kind, set, &mut selected);
        }
        let mut out = Map::new();
        for (key, fields) in selected {
            path.push(key.clone().into());
            let value = self.field(thing, kind, &fields, path);
            path.pop();
            out.insert(key, value?);
        }
        Some(Value::Object(out))
    }

    fn collect<'s>(&self, kind: &str, set: &'s SelectionSet, selected: &mut Vec<(String, Vec<&'s Field>)>)
    where
        'a: 's,
    {
        let fits = |wanted: &str| wanted == kind || schema().is_subtype(wanted, kind);
        for selection in &set.selections {
            if self.left_out(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().to_string();
                    match selected.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => selected.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    if fragment.type_condition.as_ref().is_none_or(|wanted| fits(wanted)) {
                        self.collect(kind, &fragment.selection_set, selected);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    if fits(fragment.type_condition()) {
                        self.collect(kind, &fragment.selection_set, selected);
                    }
                }
            }
        }
    }

    fn left_out(&self, selection: &Selection) -> bool {
        let says = |name: &str| {
            let directive = selection.directives().get(name)?;
            let value = &directive.arguments.first()?.value;
            self.value(value).as_bool()
        };
        says("skip") == Some(true) || says("include") == Some(false)
    }

    fn value(&self, value: &Ast) -> Value {
        match value {
            Ast::Null => Value::Null,
            Ast::Enum(name) => name.as_str().into(),
            Ast::Variable(name) => self.variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
            Ast::String(text) => text.as_str().into(),
            Ast::Float(number) => number.try_to_f64().unwrap_or_default().into(),
            Ast::Int(number) => number.try_to_i32().unwrap_or_default().into(),
            Ast::Boolean(yes) => (*yes).into(),
            Ast::List(values) => values
                .iter()
                .map(|value| self.value(value))
                .collect::<Vec<_>>()
                .into(),
            Ast::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.to_string(), self.value(value)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    fn arguments(&self, field: &Field) -> Arguments {
        let mut arguments = Map::new();
        for definition in &field.definition.arguments {
            let given = field.specified_argument_by_name(&definition.name);
            // A variable without a value counts as absent.
            let given = given.filter(|value| match &***value {
                Ast::Variable(name) => self.variables.get(name.as_str()).is_some(),
                _ => true,
            });
            if let Some(value) = given.or(definition.default_value.as_ref()) {
                arguments.insert(definition.name.to_string(), self.value(value));
            }
        }
        arguments
    }

    /// One field's value; `None` if it can't be null and is.
    fn field(
        &mut self,
        thing: &Thing,
        kind: &'static str,
        fields: &[&Field],
        path: &mut Vec<Value>,
    ) -> Option<Value> {
        let field = fields[0];
        let name = field.name.as_str();
        if name == "__typename" {
            return Some(kind.into());
        }
        let arguments = self.arguments(field);
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        let found =
            bounded(name, &arguments, &sets).and_then(|()| self.resolve(thing, kind, name, &arguments));
        let value = match found {
            Ok(node) => self.complete(node, &sets, path),
            Err(problem) => {
                self.report(&problem, path);
                None
            }
        };
        match value {
            None | Some(Value::Null) if field.ty().is_non_null() => None,
            None => Some(Value::Null),
            value => value,
        }
    }

    fn complete(&mut self, node: Node, sets: &[&SelectionSet], path: &mut Vec<Value>) -> Option<Value> {
        match node {
            Node::Null => Some(Value::Null),
            Node::Leaf(value) => Some(value),
            Node::One(thing) => {
                if matches!(thing, Thing::Repo(_)) {
                    self.repositories += 1;
                }
                self.fields(&thing, sets, path)
            }
            Node::Many(nodes) => {
                let mut values = Vec::new();
                for (place, node) in nodes.into_iter().enumerate() {
                    path.push(place.into());
                    let value = self.complete(node, sets, path);
                    path.pop();
                    values.push(value.unwrap_or(Value::Null));
                }
                Some(Value::Array(values))
            }
        }
    }

    fn resolve(&mut self, thing: &Thing, kind: &str, name: &str, arguments: &Arguments) -> Found {
        let found = match thing {
            Thing::Mutation => mutations::field(self, name, arguments)?,
            Thing::Plain(_, fields) => fields
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, node)| node.clone()),
            Thing::Connection(connection) => connection_field(connection, name),
            Thing::Edge(_, node, place) => match name {
                "node" => Some(Node::One((**node).clone())),
                "cursor" => Some(place.to_string().into()),
                _ => None,
            },
            Thing::Commit(..)
            | Thing::Tree(..)
            | Thing::Blob(..)
            | Thing::Entry(..)
            | Thing::GitActor(..)
            | Thing::Ref(..) => history::field(self, thing, name, arguments)?,
            _ => objects::field(self, thing, name, arguments)?,
        };
        found.ok_or_else(|| {
            let what = format!("the stand-in does not support {kind}.{name}");
            self.state.violations.push(what.clone());
            problem("INTERNAL", what)
        })
    }
}

/// GitHub requires `first` or `last`, of at most 100, if the members of a list are requested.
fn bounded(name: &str, arguments: &Arguments, sets: &[&SelectionSet]) -> Result<(), Problem> {
    let lists = sets.iter().any(|set| set.ty.as_str().ends_with("Connection"));
    if !lists {
        return Ok(());
    }
    let asked = ["first", "last"].map(|end| arguments.get(end).and_then(Value::as_i64));
    let members = sets.iter().any(|set| {
        set.fields()
            .any(|field| field.name == "nodes" || field.name == "edges")
    });
    match asked {
        [None, None] if members => Err(problem(
            "MISSING_PAGINATION_BOUNDARIES",
            format!(
                "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            ),
        )),
        [Some(asked), _] | [_, Some(asked)] if !(0..=100).contains(&asked) => Err(problem(
            "EXCESSIVE_PAGINATION",
            format!(
                "Requesting {asked} records on the `{name}` connection exceeds the `first` limit of 100 records."
            ),
        )),
        _ => Ok(()),
    }
}

fn connection_field(connection: &Connection, name: &str) -> Option<Node> {
    let shown = connection.shown.len();
    Some(match name {
        "totalCount" => connection.total.into(),
        "nodes" => Node::Many(connection.shown.iter().cloned().map(Node::One).collect()),
        "edges" => {
            let places = connection.shown.iter().enumerate();
            let edge = |(place, thing): (usize, &Thing)| {
                Thing::Edge(
                    connection.types.1,
                    Box::new(thing.clone()),
                    connection.from + place + 1,
                )
            };
            Node::Many(places.map(edge).map(Node::One).collect())
        }
        "pageInfo" => {
            let cursor = |place: usize| {
                if shown == 0 {
                    Node::Null
                } else {
                    place.to_string().into()
                }
            };
            Node::One(Thing::Plain(
                "PageInfo",
                vec![
                    ("hasNextPage", (connection.from + shown < connection.total).into()),
                    ("hasPreviousPage", (connection.from > 0).into()),
                    ("startCursor", cursor(connection.from + 1)),
                    ("endCursor", cursor(connection.from + shown)),
                ],
            ))
        }
        _ => return None,
    })
}
