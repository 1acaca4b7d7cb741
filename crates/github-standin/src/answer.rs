//! Responses, and GitHub's errors.
//!
//! Input: a result. Output: status, headers, content. Not here: pages, `ETag`s, limits and connections (`server.rs`).

use serde_json::{Value, json};

/// The content of a response.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Nothing.
    None,
    /// JSON.
    Json(Value),
    /// A list that is split into pages; with a key, it is an object with this key and `total_count`.
    List(Vec<Value>, Option<&'static str>),
    /// Bytes of a type.
    Raw(Vec<u8>, &'static str),
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
    /// The rest.
    pub content: Content,
}

/// A response of success, or of an error.
pub type Rest = Result<Answer, Answer>;

/// 200 with JSON.
pub fn ok(value: Value) -> Answer {
    with(200, value)
}

/// 201 with JSON.
pub fn created(value: Value) -> Answer {
    with(201, value)
}

/// 204.
pub fn nothing() -> Answer {
    Answer {
        status: 204,
        headers: Vec::new(),
        content: Content::None,
    }
}

/// A list.
pub fn list(values: Vec<Value>) -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        content: Content::List(values, None),
    }
}

/// A list below a key.
pub fn list_below(key: &'static str, values: Vec<Value>) -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        content: Content::List(values, Some(key)),
    }
}

/// JSON with a status.
pub fn with(status: u16, value: Value) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        content: Content::Json(value),
    }
}

/// An error with a message.
pub fn refuse(status: u16, message: impl Into<String>) -> Answer {
    with(
        status,
        json!({ "message": message.into(), "documentation_url": "https://docs.github.com/rest", "status": status.to_string() }),
    )
}

/// 404.
pub fn not_found() -> Answer {
    refuse(404, "Not Found")
}

/// 422 about a field: `missing_field`, `invalid`, `already_exists`.
pub fn invalid(resource: &str, field: &str, code: &str) -> Answer {
    validation(json!({ "resource": resource, "field": field, "code": code }))
}

/// 422 with a message.
pub fn custom(resource: &str, message: impl Into<String>) -> Answer {
    validation(json!({ "resource": resource, "code": "custom", "message": message.into() }))
}

/// 422 with a message about a field.
pub fn custom_field(resource: &str, field: &str, message: impl Into<String>) -> Answer {
    validation(json!({ "resource": resource, "code": "custom", "field": field, "message": message.into() }))
}

fn validation(error: Value) -> Answer {
    with(
        422,
        json!({
            "message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com/rest", "status": "422",
        }),
    )
}
