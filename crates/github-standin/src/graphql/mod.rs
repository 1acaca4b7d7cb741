//! The GraphQL API: parses a query, checks it against GitHub's schema, and carries it out.
//!
//! Input: a POST with `query` and `variables`. Output: `data` and `errors`, with status 200, except where GitHub uses another one.
//! Not here: the values (`objects.rs`, `history.rs`) and changes (`mutations.rs`).

mod execute;
mod history;
mod mutations;
mod objects;
mod pulls;
mod run;
mod thing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};

use super::answer::{Answer, Content, refuse, with};
use super::request::Asked;
use super::state::State;

/// Whether a body contains a mutation.
pub fn is_mutation(body: &str) -> bool {
    let Ok(body) = serde_json::from_str::<Value>(body) else {
        return false;
    };
    let parsed = parsed(body["query"].as_str().unwrap_or_default());
    let operations = parsed.as_ref().as_ref().ok().map(|document| &document.operations);
    operations.is_some_and(|operations| operations.iter().any(|operation| operation.is_mutation()))
}

/// A query that GitHub would accept, or what is wrong with it.
type Parsed = Result<Valid<ExecutableDocument>, Vec<String>>;

/// Parses and validates a query. Results are kept, because the tests send the same few queries thousands of times.
fn parsed(query: &str) -> Arc<Parsed> {
    const KEPT: usize = 500;
    static PARSED: Mutex<BTreeMap<String, Arc<Parsed>>> = Mutex::new(BTreeMap::new());
    let kept = || PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = kept().get(query) {
        return Arc::clone(found);
    }
    let parsed = ExecutableDocument::parse_and_validate(schema(), query, "query.graphql");
    let parsed = parsed.map_err(|found| found.errors.iter().map(|error| error.to_json().message).collect());
    let parsed = Arc::new(parsed);
    let mut kept = kept();
    if kept.len() == KEPT {
        kept.clear();
    }
    kept.insert(query.to_owned(), Arc::clone(&parsed));
    parsed
}

/// Answers a query.
pub fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let Some(caller) = asked.caller.clone() else {
        return refuse(401, "This endpoint requires you to be authenticated.");
    };
    let Some(query) = asked.text("query") else {
        return refuse(400, "A query attribute must be specified and must be a string.");
    };
    let parsed = parsed(query);
    let document = match &*parsed {
        Ok(document) => document,
        Err(messages) => return wrong(state, messages),
    };
    let operation = match document.operations.get(asked.text("operationName")) {
        Ok(operation) => operation,
        Err(error) => return wrong(state, &[error.message().to_string()]),
    };
    let given = match &asked.body["variables"] {
        Value::Null => json!({}),
        given => given.clone(),
    };
    let given: JsonMap = serde_json::from_value(given).unwrap_or_default();
    let variables = match apollo_compiler::request::coerce_variable_values(schema(), operation, &given) {
        Ok(variables) => serde_json::to_value(&*variables).expect("JSON"),
        Err(error) => return wrong(state, &[error.message().to_string()]),
    };
    let most = state.settings.most_aliases;
    let mut run = run::Run::new(state, caller, document, variables);
    let data = run.operation(operation);
    let (errors, repositories) = (std::mem::take(&mut run.errors), run.repositories);
    if operation.is_query() && repositories > most {
        return Answer {
            status: 502,
            headers: Vec::new(),
            content: Content::Json(json!({
                "data": null, "errors": [{ "message": "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug." }],
            })),
        };
    }
    let mut body = json!({ "data": data });
    if !errors.is_empty() {
        body["errors"] = errors.into();
    }
    with(200, body)
}

/// The error for a query that GitHub would reject. It is a bug of the program, so it also fails the test.
fn wrong(state: &mut State, messages: &[String]) -> Answer {
    state
        .violations
        .extend(messages.iter().map(|message| format!("GraphQL: {message}")));
    let errors: Vec<Value> = messages
        .iter()
        .map(|message| json!({ "message": message }))
        .collect();
    with(200, json!({ "errors": errors }))
}

/// The part of GitHub's schema that is used. The schema violates GraphQL's rules in places, so it is not validated.
pub fn schema() -> &'static Valid<Schema> {
    static SCHEMA: OnceLock<Valid<Schema>> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let text = include_str!("../../data/schema.graphql");
        let schema = Schema::parse(text, "schema.graphql").unwrap_or_else(|found| found.partial);
        Valid::assume_valid(schema)
    })
}
