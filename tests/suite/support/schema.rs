//! Compares JSON Schemas with the values that they describe, in both directions.
//!
//! Input: a schema from `docs/schema/`, and values that the program wrote. Output: the differences. Not here: creating values.

use std::collections::BTreeSet;

use serde_json::Value;

/// A schema that rejects unknown keys; the published one allows them, because a minor version may add keys.
pub struct Closed {
    schema: Value,
    validator: jsonschema::Validator,
    /// The keys that occurred in a value, each as a pointer into the schema.
    seen: BTreeSet<String>,
}

impl Closed {
    /// Closes every object of a schema that names its keys.
    pub fn new(text: &str) -> Self {
        let mut schema: Value = serde_json::from_str(text).expect("a schema is JSON");
        close(&mut schema);
        Closed {
            validator: jsonschema::validator_for(&schema).expect("a schema"),
            schema,
            seen: BTreeSet::new(),
        }
    }

    /// The errors of a value: a missing key, a key that the schema does not describe, another type.
    pub fn errors(&mut self, value: &Value) -> Vec<String> {
        let root = self.schema.clone();
        self.see(value, &root, "");
        let errors = self.validator.iter_errors(value);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    /// The keys of the schema that were in no value.
    pub fn unseen(&self) -> Vec<String> {
        let mut all = BTreeSet::new();
        keys(&self.schema, "", &mut all);
        all.difference(&self.seen).cloned().collect()
    }

    fn see(&mut self, value: &Value, schema: &Value, at: &str) {
        if let Some(name) = schema["$ref"].as_str() {
            let target = name.trim_start_matches('#').to_owned();
            let schema = self.schema.pointer(&target).expect("what `$ref` names").clone();
            return self.see(value, &schema, &target);
        }
        for several in ["anyOf", "oneOf"] {
            for (number, variant) in schema[several].as_array().into_iter().flatten().enumerate() {
                self.see(value, variant, &format!("{at}/{several}/{number}"));
            }
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if let Some(known) = schema["properties"].get(key) {
                        let place = format!("{at}/properties/{key}");
                        self.seen.insert(place.clone());
                        self.see(value, known, &place);
                    } else if schema["additionalProperties"].is_object() {
                        let place = format!("{at}/additionalProperties");
                        self.see(value, &schema["additionalProperties"], &place);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.see(item, &schema["items"], &format!("{at}/items"));
                }
            }
            _ => {}
        }
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object) && map.get("type").is_some() {
                map.entry("additionalProperties").or_insert(false.into());
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn keys(schema: &Value, at: &str, all: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                let place = format!("{at}/{key}");
                if key == "properties" {
                    let named = value.as_object().into_iter().flatten();
                    all.extend(named.map(|(name, _)| format!("{place}/{name}")));
                }
                keys(value, &place, all);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                keys(item, &format!("{at}/{number}"), all);
            }
        }
        _ => {}
    }
}
