//! The state of the execution of one query: its token, its variables, and the errors so far.
//!
//! Input: a checked document with its variables. Output: a [`Run`]. Not here: executing the query (`execute`), and the values of fields.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::validation::Valid;
use serde_json::{Value, json};

use super::super::state::{Role, State, Token};
use super::thing::{Arguments, Connection, Node, Problem, Thing, problem};

/// The execution of one query.
pub struct Run<'a> {
    /// The state of the stand-in.
    pub state: &'a mut State,
    /// The token.
    pub caller: Token,
    /// The errors so far.
    pub errors: Vec<Value>,
    /// How many repositories were read.
    pub repositories: usize,
    /// The query.
    pub document: &'a Valid<ExecutableDocument>,
    /// Its variables.
    pub variables: Value,
}

impl<'a> Run<'a> {
    /// A new execution.
    pub fn new(
        state: &'a mut State,
        caller: Token,
        document: &'a Valid<ExecutableDocument>,
        variables: Value,
    ) -> Self {
        Run {
            state,
            caller,
            errors: Vec::new(),
            repositories: 0,
            document,
            variables,
        }
    }

    /// Adds an error with its path.
    pub fn report(&mut self, problem: &Problem, path: &[Value]) {
        let mut error = json!({ "path": path, "message": problem.message });
        if let Some(kind) = problem.kind {
            error["type"] = kind.into();
        }
        self.errors.push(error);
    }

    /// Whether the caller may read this of a repository.
    pub fn may_read(&self, repo: u64, permission: &str) -> Result<(), Problem> {
        self.state
            .may(Some(&self.caller), repo, permission, Role::Read)
            .map_err(|refusal| {
                let message = match refusal.content {
                    super::super::answer::Content::Json(value) => {
                        value["message"].as_str().unwrap_or_default().to_owned()
                    }
                    _ => String::new(),
                };
                problem("FORBIDDEN", message)
            })
    }
}

/// A list, cut by `first`, `last`, `after`, `before`; a cursor is an index.
pub fn connection(
    types: (&'static str, &'static str),
    all: Vec<Thing>,
    arguments: &Arguments,
) -> Option<Node> {
    let place = |name: &str| {
        arguments
            .get(name)
            .and_then(Value::as_str)
            .and_then(|cursor| cursor.parse::<usize>().ok())
    };
    let count = |name: &str| {
        arguments
            .get(name)
            .and_then(Value::as_u64)
            .and_then(|count| usize::try_from(count).ok())
    };
    let total = all.len();
    let mut from = place("after").unwrap_or(0).min(total);
    let mut to = place("before")
        .map_or(total, |before| before.saturating_sub(1))
        .clamp(from, total);
    if let Some(first) = count("first") {
        to = to.min(from + first);
    }
    if let Some(last) = count("last") {
        from = from.max(to.saturating_sub(last));
    }
    let shown = all[from..to].to_vec();
    Some(Node::One(Thing::Connection(Connection {
        types,
        shown,
        from,
        total,
    })))
}
