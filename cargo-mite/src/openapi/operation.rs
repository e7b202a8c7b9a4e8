//! What a service can be asked.

use serde_json::Value;

use super::document::Document;
use super::sample;
use crate::error::{Error, Result};
use crate::{ident, literal};

/// One thing that a service can be asked.
#[derive(Debug)]
pub(super) struct Operation {
    /// The journey that it is of: a tag, or a part of the path.
    pub(super) group: String,
    pub(super) name: String,
    pub(super) method: &'static str,
    /// With places in braces.
    pub(super) path: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Body,
    /// What it answers if it goes well, if that is one status.
    pub(super) status: Option<u16>,
    pub(super) auth: Vec<Auth>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) text: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Literal(String),
    /// A setting of the config, maybe with a default.
    Setting {
        key: String,
        default: Option<String>,
    },
}

#[derive(Debug)]
pub(super) enum Body {
    None,
    Json(Value),
    Form(Vec<(String, Text)>),
    /// Texts and files.
    Multipart(Vec<(String, Option<Text>)>),
    Other {
        mime: String,
        text: String,
    },
}

/// How somebody proves who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Auth {
    Bearer,
    Basic,
    Key { place: Place, name: String },
}

/// In the order in which they are tried: what makes something comes before what needs it.
const METHODS: [&str; 8] = ["post", "get", "put", "patch", "delete", "head", "options", "trace"];

/// All that a document describes, and how many were left out since they are deprecated.
///
/// # Errors
/// If a reference leads nowhere, or nothing is described.
pub(super) fn all(document: &Document, by_path: bool) -> Result<(Vec<Operation>, usize)> {
    let (mut operations, mut deprecated) = (Vec::new(), 0);
    for (path, item) in document.root()["paths"].as_object().into_iter().flatten() {
        let item = document.resolve(item)?;
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            if operation["deprecated"] == true {
                deprecated += 1;
                continue;
            }
            let operation = one(document, path, method, item, operation, by_path);
            operations.push(operation.map_err(|error| {
                Error::new(format!("{} {path}: {error}", method.to_ascii_uppercase()))
            })?);
        }
    }
    match operations.is_empty() {
        false => Ok((operations, deprecated)),
        true => {
            Err(Error::new("describes nothing that could be requested: no operation in `paths`"))
        }
    }
}

fn one(
    document: &Document,
    path: &str,
    method: &'static str,
    item: &Value,
    operation: &Value,
    by_path: bool,
) -> Result<Operation> {
    let tag = operation["tags"].get(0).and_then(Value::as_str).filter(|_| !by_path);
    let is_word = |part: &&str| !part.is_empty() && !part.contains('{');
    let of_path = path.split('/').find(is_word).unwrap_or("root");
    let named = operation["operationId"].as_str().or(operation["summary"].as_str());
    let name =
        named.map_or_else(|| format!("{} {path}", method.to_ascii_uppercase()), str::to_owned);
    Ok(Operation {
        group: ident::snake(tag.unwrap_or(of_path)),
        name: name.replace(char::is_control, " "),
        method,
        path: path.to_owned(),
        parameters: parameters(document, path, item, operation)?,
        body: body(document, operation)?,
        status: status(operation),
        auth: auth(document, operation)?,
    })
}

fn parameters(
    document: &Document,
    path: &str,
    item: &Value,
    operation: &Value,
) -> Result<Vec<Parameter>> {
    let mut all: Vec<Parameter> = Vec::new();
    let of = |value: &'_ Value| value["parameters"].as_array().cloned().unwrap_or_default();
    // Those of the operation come in place of those of its path.
    for parameter in of(item).iter().chain(&of(operation)) {
        let parameter = document.resolve(parameter)?;
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let place = match parameter["in"].as_str().unwrap_or_default() {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            "cookie" => Place::Cookie,
            other => return Err(Error::new(format!("parameter {name:?} is in {other:?}"))),
        };
        all.retain(|known| (known.place, &known.name) != (place, &name));
        // The standard says that these are no parameters.
        let is_own =
            ["accept", "content-type", "authorization"].contains(&&*name.to_ascii_lowercase());
        if place == Place::Header && is_own {
            continue;
        }
        let schema = match parameter.get("schema") {
            Some(schema) => document.resolve(schema)?,
            None => &Value::Null,
        };
        let example = parameter["examples"].as_object().and_then(|all| all.values().next());
        let example = example.map(|example| document.resolve(example)).transpose()?;
        let given = parameter.get("example").or(example.and_then(|e| e.get("value")));
        let given = given.or_else(|| sample::given(schema)).map(as_text);
        let is_secret = sample::is_secret(&name)
            || place != Place::Query
                && place != Place::Path
                && literal::is_secret_header(&name.to_ascii_lowercase());
        let text = if place == Place::Path {
            let key = key_of(path, &name);
            Text::Setting { key, default: given }
        } else if is_secret {
            Text::Setting { key: ident::snake(&name), default: None }
        } else if parameter["required"] == true || given.is_some() {
            Text::Literal(match given {
                Some(given) => given,
                None => as_text(&sample::of(document, schema)?),
            })
        } else {
            continue;
        };
        all.push(Parameter { place, name, text });
    }
    // One that the path has and nobody describes.
    for part in path.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        let is_known = |p: &Parameter| p.place == Place::Path && p.name == name;
        if !all.iter().any(is_known) {
            let text = Text::Setting { key: key_of(path, name), default: None };
            all.push(Parameter { place: Place::Path, name: name.to_owned(), text });
        }
    }
    Ok(all)
}

/// The key of the setting for a place in a path: `/orders/{id}` has an `order_id`.
fn key_of(path: &str, name: &str) -> String {
    let before = path.split(&format!("{{{name}}}")).next().unwrap_or_default();
    ident::of_pointer(&format!("/{name}"), &before.replace(['{', '}'], ""))
}

/// A value in a URL, a form or a header; of several the first.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.first().map(as_text).unwrap_or_default(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn setting_or_literal(value: &Value) -> Text {
    let text = as_text(value);
    match sample::setting(&text) {
        Some(key) => Text::Setting { key: key.to_owned(), default: None },
        None => Text::Literal(text),
    }
}

fn body(document: &Document, operation: &Value) -> Result<Body> {
    let Some(body) = operation.get("requestBody") else { return Ok(Body::None) };
    let content = document.resolve(body)?["content"].as_object();
    let kind = |mime: &str| mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = |mime: &str| kind(mime) == "application/json" || kind(mime).ends_with("+json");
    let all = || content.into_iter().flatten();
    let chosen = all().find(|(mime, _)| is_json(mime)).or_else(|| all().next());
    let Some((mime, media)) = chosen else { return Ok(Body::None) };
    let null = Value::Null;
    let schema = media.get("schema").unwrap_or(&null);
    let example = media["examples"].as_object().and_then(|all| all.values().next());
    let example = example.map(|example| document.resolve(example)).transpose()?;
    let value = match media.get("example").or(example.and_then(|example| example.get("value"))) {
        Some(value) => value.clone(),
        None => sample::of(document, schema)?,
    };
    let fields = || value.as_object().into_iter().flatten();
    Ok(match &*kind(mime) {
        _ if is_json(mime) => Body::Json(value),
        "application/x-www-form-urlencoded" => Body::Form(
            fields().map(|(name, value)| (name.clone(), setting_or_literal(value))).collect(),
        ),
        "multipart/form-data" => {
            let properties = &document.resolve(schema)?["properties"];
            let is_file = |name: &str| {
                let property = document.resolve(&properties[name]).unwrap_or(&null);
                let of = match property.get("items") {
                    Some(items) => document.resolve(items).unwrap_or(&null),
                    None => property,
                };
                of["format"] == "binary" || of.get("contentMediaType").is_some()
            };
            let field = |(name, value): (&String, &Value)| {
                (name.clone(), (!is_file(name)).then(|| setting_or_literal(value)))
            };
            Body::Multipart(fields().map(field).collect())
        }
        _ => Body::Other { mime: mime.clone(), text: as_text(&value) },
    })
}

/// The status of success, if the author says one.
fn status(operation: &Value) -> Option<u16> {
    let codes = operation["responses"].as_object().into_iter().flatten();
    codes.filter_map(|(code, _)| code.parse().ok()).find(|code| (200..300).contains(code))
}

fn auth(document: &Document, operation: &Value) -> Result<Vec<Auth>> {
    let required = operation.get("security").unwrap_or(&document.root()["security"]);
    // Any one of them will do; none, if that is one of them.
    let Some(first) = required.as_array().and_then(|all| all.first()).and_then(Value::as_object)
    else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for name in first.keys() {
        let scheme = document.resolve(&document.root()["components"]["securitySchemes"][name])?;
        let text = |key: &str| scheme[key].as_str().unwrap_or_default().to_ascii_lowercase();
        all.push(match (&*text("type"), &*text("scheme")) {
            ("http", "basic") => Auth::Basic,
            ("apikey", _) => Auth::Key {
                place: match &*text("in") {
                    "query" => Place::Query,
                    "cookie" => Place::Cookie,
                    _ => Place::Header,
                },
                name: scheme["name"].as_str().unwrap_or(name).to_owned(),
            },
            ("http" | "oauth2" | "openidconnect", _) => Auth::Bearer,
            // A client certificate is a setting of the client.
            _ => continue,
        });
    }
    Ok(all)
}
