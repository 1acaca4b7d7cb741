//! Checks every REST request against GitHub's own description of its API.
//!
//! Input: method, path, query and body. Output: what is not in the description. Not here: what the request does.

use std::sync::OnceLock;

use serde_json::Value;

/// Parameters that may hold slashes.
const MANY: &[&str] = &["{ref}", "{path}", "{basehead}", "{branch}"];

struct Operation {
    method: String,
    path: Vec<String>,
    query: Vec<(String, jsonschema::Validator, Value)>,
    body: Option<jsonschema::Validator>,
    body_required: bool,
}

/// The parts of a request that are not in GitHub's description.
pub fn check(method: &str, path: &[String], query: &[(String, String)], body: &str) -> Vec<String> {
    let fitting = operations()
        .iter()
        .filter(|operation| operation.method == method && fits(&operation.path, path));
    let literal = |operation: &&Operation| {
        operation
            .path
            .iter()
            .filter(|part| !part.starts_with('{'))
            .count()
    };
    let Some(operation) = fitting.max_by_key(literal) else {
        return vec!["no such operation in GitHub's description (the part in use)".to_owned()];
    };
    let mut found = Vec::new();
    for (name, value) in query {
        match operation.query.iter().find(|(known, ..)| known == name) {
            None => found.push(format!("unknown query parameter {name}")),
            Some((_, validator, schema)) if !validator.is_valid(&typed(value, schema)) => {
                found.push(format!("query parameter {name}={value}"));
            }
            Some(_) => {}
        }
    }
    let empty = matches!(body.trim(), "" | "null" | "{}");
    match (&operation.body, serde_json::from_str::<Value>(body)) {
        (None, _) if !empty => found.push("a body where none is known".to_owned()),
        (Some(_), _) if empty && operation.body_required => found.push("no body".to_owned()),
        (Some(_), Err(error)) if !empty => found.push(format!("body: {error}")),
        (Some(schema), Ok(value)) if !empty => {
            found.extend(
                schema
                    .iter_errors(&value)
                    .map(|error| format!("body{}: {error}", error.instance_path())),
            );
        }
        _ => {}
    }
    found
}

fn fits(template: &[String], path: &[String]) -> bool {
    match (template.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), Some((part, parts))) if MANY.contains(&first.as_str()) => {
            fits(rest, parts) || (!part.is_empty() && fits(template, parts))
        }
        (Some((first, rest)), Some((part, parts))) => {
            (first == part || (first.starts_with('{') && !part.is_empty())) && fits(rest, parts)
        }
        _ => false,
    }
}

/// A query's text as the type that the schema asks for.
fn typed(text: &str, schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().map_or_else(|_| text.into(), Into::into),
        Some("boolean") => text.parse::<bool>().map_or_else(|_| text.into(), Into::into),
        Some("array") => Value::from(text.split(',').collect::<Vec<_>>()),
        _ => text.into(),
    }
}

fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let text = include_str!("../data/openapi.json");
        let whole: Value = serde_json::from_str(text).expect("JSON");
        let compile = |schema: &Value| jsonschema::draft202012::new(schema).expect("a schema");
        let mut operations = Vec::new();
        for (path, item) in whole["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("an item") {
                let parameters = operation["parameters"].as_array().expect("parameters");
                let body = operation.get("requestBody");
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.split('/').skip(1).map(str::to_owned).collect(),
                    query: parameters
                        .iter()
                        .filter(|parameter| parameter["in"] == "query")
                        .map(|parameter| {
                            let schema = &parameter["schema"];
                            let name = parameter["name"].as_str().expect("a name");
                            (name.to_owned(), compile(schema), schema.clone())
                        })
                        .collect(),
                    body: body.map(|body| compile(&body["schema"])),
                    body_required: body.is_some_and(|body| body["required"] == true),
                });
            }
        }
        operations
    })
}
