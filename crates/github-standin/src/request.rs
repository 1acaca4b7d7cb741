//! A request as handlers get it.
//!
//! Input: its parts, decoded. Output: values of the query and the body. Not here: receiving it (`server`).

use std::fmt::Write as _;

use serde_json::Value;

use super::state::Token;

/// A request for the handlers.
pub struct Asked<'a> {
    /// `GET` and so on.
    pub method: &'a str,
    /// The path's parts, decoded.
    pub path: &'a [String],
    /// The query, decoded.
    pub query: &'a [(String, String)],
    /// The body, or null.
    pub body: Value,
    /// The token.
    pub caller: Option<Token>,
    /// The requested media type.
    pub accept: String,
}

impl Asked<'_> {
    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A text in the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }

    /// The user.
    pub fn login(&self) -> String {
        self.caller
            .as_ref()
            .map(|caller| caller.login.clone())
            .unwrap_or_default()
    }
}

/// Encodes special characters as `%20` and the like.
pub fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}
