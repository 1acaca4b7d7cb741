//! The first keys of every JSON document: its version, the program's version, and the store.
//!
//! Input: the store, and the document's own keys. Output: one document.

use serde_json::{Map, Value, json};

use lessonbook_store::Store;

/// The version of every JSON that Lessonbook prints. It changes if a key is changed or removed, not if one is added.
pub const FORMAT_VERSION: &str = "1.0";

/// The store of a document.
#[derive(Debug, Clone, Copy)]
pub enum DocumentSubject<'a> {
    /// No store: `verify` runs in a target.
    NoStore,
    /// The store, without a commit.
    Store(&'a Store),
    /// The store at a commit; `None` if it is not in a repository.
    StoreAt(&'a Store, Option<&'a str>),
    /// The store of a saved plan: name, home, commit.
    Named(&'a str, &'a str, Option<&'a str>),
}

/// A document: the envelope's keys, then those of `data`, which is an object.
pub fn envelope(about: DocumentSubject<'_>, data: Value) -> Value {
    let store = match about {
        DocumentSubject::NoStore => Value::Null,
        DocumentSubject::Store(store) => json!({ "name": store.name, "home": store.home }),
        DocumentSubject::StoreAt(store, commit) => named(&store.name, &store.home, commit),
        DocumentSubject::Named(name, home, commit) => named(name, home, commit),
    };
    let mut document = Map::new();
    document.insert("format_version".to_owned(), FORMAT_VERSION.into());
    document.insert("tool_version".to_owned(), env!("CARGO_PKG_VERSION").into());
    document.insert("store".to_owned(), store);
    match data {
        Value::Object(keys) => document.extend(keys),
        other => drop(document.insert("data".to_owned(), other)),
    }
    Value::Object(document)
}

fn named(name: &str, home: &str, commit: Option<&str>) -> Value {
    let commit = commit.map(|id| json!({ "id": id }));
    json!({ "name": name, "home": home, "commit": commit })
}
