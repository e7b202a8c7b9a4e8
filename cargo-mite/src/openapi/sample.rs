//! A value that fits a schema: its example, or one that is made up.

use serde_json::{Map, Value, json};

use super::document::{Document, reference};
use crate::error::Result;

/// What stands for a setting of the config, in a value: the key follows it.
const SETTING: &str = "\u{1}setting:";

/// How deep what is made up may be.
const DEEPEST: usize = 8;

/// Names whose values are secrets, or end with them.
const SECRETS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "otp", "apikey", "accesstoken", "refreshtoken"];

/// Whether a value of this name is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let plain = name.to_ascii_lowercase().replace(['_', '-', '.'], "");
    SECRETS.iter().any(|secret| plain.ends_with(secret))
}

/// The key of the setting that a text stands for.
pub(super) fn setting(text: &str) -> Option<&str> {
    text.strip_prefix(SETTING)
}

/// A value that fits `schema`; what its author gave as an example or a default comes first.
///
/// # Errors
/// If a reference leads nowhere.
pub(super) fn of(document: &Document, schema: &Value) -> Result<Value> {
    Ok(Sampler { document, path: Vec::new() }.value(schema, "")?.unwrap_or(Value::Null))
}

/// What an author has given as a value: an example, a default, the only one or the first.
pub(super) fn given(schema: &Value) -> Option<&Value> {
    let first = |name: &str| schema.get(name)?.as_array()?.first();
    schema
        .get("example")
        .or_else(|| first("examples"))
        .or_else(|| schema.get("default"))
        .or_else(|| schema.get("const"))
        .or_else(|| first("enum"))
}

struct Sampler<'a> {
    document: &'a Document,
    /// The references that are being followed: one that comes again is a cycle.
    path: Vec<&'a str>,
}

impl<'a> Sampler<'a> {
    /// A value of this name; none where a cycle would go on for ever.
    fn value(&mut self, schema: &'a Value, name: &str) -> Result<Option<Value>> {
        if let Some(reference) = reference(schema) {
            if self.path.contains(&reference) || self.path.len() >= DEEPEST {
                return Ok(None);
            }
            self.path.push(reference);
            let value = self.value(self.document.resolve(schema)?, name);
            self.path.pop();
            return value;
        }
        if is_secret(name) || schema["format"] == "password" {
            return Ok(Some(format!("{SETTING}{}", crate::ident::snake(name)).into()));
        }
        if let Some(given) = given(schema) {
            return Ok(Some(given.clone()));
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut all = self.object(schema)?;
            for part in parts {
                match self.value(part, name)? {
                    Some(Value::Object(part)) => all.extend(part),
                    Some(other) if all.is_empty() && parts.len() == 1 => return Ok(Some(other)),
                    _ => {}
                }
            }
            return Ok(Some(all.into()));
        }
        for choice in ["oneOf", "anyOf"] {
            for one in schema.get(choice).and_then(Value::as_array).into_iter().flatten() {
                match self.value(one, name)? {
                    None | Some(Value::Null) => {}
                    Some(value) => return Ok(Some(value)),
                }
            }
        }
        let value = match kind(schema) {
            "object" => return Ok(Some(self.object(schema)?.into())),
            "array" => {
                let item = self.value(schema.get("items").unwrap_or(&Value::Null), name)?;
                // What would contain itself is empty.
                item.map_or(json!([]), |item| json!([item]))
            }
            "integer" => integer(schema),
            "number" => schema.get("minimum").cloned().unwrap_or(json!(1.5)),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => text(schema).into(),
        };
        Ok(Some(value))
    }

    /// With what must be there; with all if nothing must be. What is only read is left out.
    fn object(&mut self, schema: &'a Value) -> Result<Map<String, Value>> {
        let mut object = Map::new();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.contains(&name.as_str());
            let resolved = self.document.resolve(property)?;
            let is_wanted = is_required || required.is_empty() || given(resolved).is_some();
            if !is_wanted || resolved["readOnly"] == true {
                continue;
            }
            match self.value(property, name)? {
                Some(value) => drop(object.insert(name.clone(), value)),
                None if is_required => drop(object.insert(name.clone(), Value::Null)),
                None => {}
            }
        }
        Ok(object)
    }
}

/// The type; in 3.1 there may be several, and null is none to send.
fn kind(schema: &Value) -> &str {
    let of_list =
        |kinds: &'_ Vec<Value>| -> Option<usize> { kinds.iter().position(|kind| kind != "null") };
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => of_list(kinds).and_then(|at| kinds[at].as_str()).unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

fn integer(schema: &Value) -> Value {
    let least = schema["minimum"].as_i64();
    // In 3.0 it is a flag, in 3.1 a number.
    let above = match &schema["exclusiveMinimum"] {
        Value::Bool(true) => least.map(|least| least + 1),
        Value::Number(above) => above.as_i64().map(|above| above + 1),
        _ => least,
    };
    let most = schema["maximum"].as_i64();
    json!(above.unwrap_or(1).min(most.unwrap_or(i64::MAX)))
}

fn text(schema: &Value) -> String {
    let text = match schema["format"].as_str().unwrap_or_default() {
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T12:00:00Z",
        "time" => "12:00:00Z",
        "duration" => "PT1H",
        "uuid" => "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "email" => "user@example.com",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uri" | "url" | "iri" => "https://example.com/",
        "byte" => "dGV4dA==",
        _ => "text",
    };
    let least = schema["minLength"].as_u64().unwrap_or(0).min(1_000) as usize;
    let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX) as usize;
    let padded = format!("{text:x<least$}");
    padded.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(schemas: &str) -> Value {
        let document = Document::parse(&format!("openapi: 3.1.0\n{schemas}")).unwrap();
        of(&document, &document.root()["of"]).unwrap()
    }

    #[test]
    fn what_the_author_gave_comes_first_and_the_rest_is_made_up() {
        let value = sample(
            "of:
  type: object
  required: [name, tags, size, when, password, kind, ratio]
  properties:
    id: { type: integer, readOnly: true }
    name: { type: string, example: Rex }
    nick: { type: string }
    note: { type: [string, 'null'], default: none }
    tags: { type: array, items: { type: string, enum: [a, b] } }
    size: { type: integer, minimum: 3, exclusiveMinimum: true }
    ratio: { type: number }
    when: { type: string, format: date-time }
    password: { type: string }
    kind: { oneOf: [{ type: 'null' }, { const: dog }] }",
        );
        let expected = json!({
            "name": "Rex", "note": "none", "tags": ["a"], "size": 4, "ratio": 1.5,
            "when": "2026-01-31T12:00:00Z", "password": "\u{1}setting:password", "kind": "dog",
        });
        assert_eq!(value, expected);
        assert_eq!(sample("of: { type: string, minLength: 6, maxLength: 8 }"), "textxx");
        assert_eq!(
            sample(
                "of: { allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }"
            ),
            json!({"a": 1, "b": 2})
        );
    }

    #[test]
    fn what_contains_itself_ends() {
        let value = sample(
            "of: { $ref: '#/node' }
node:
  type: object
  required: [name, next, children]
  properties:
    name: { const: no }
    next: { $ref: '#/node' }
    children: { type: array, items: { $ref: '#/node' } }
    twin: { $ref: '#/node' }",
        );
        assert_eq!(value, json!({"name": "no", "next": null, "children": []}));
    }
}
