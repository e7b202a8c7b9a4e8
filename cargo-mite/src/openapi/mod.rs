//! Journeys from the description of a service: OpenAPI 3.0 and 3.1, as JSON or YAML.

use std::path::Path;

use serde_json::Value;

mod code;
mod document;
mod operation;
mod sample;

pub(crate) use code::Code;
use document::Document;

use crate::error::{Error, Result};

/// Journeys of the service that `file` describes, in the module `name`: one for each tag, or
/// `by_path` for each first part of a path. And how many operations were left out, since
/// they are deprecated.
///
/// # Errors
/// If it describes nothing that can be requested, or a reference leads nowhere.
pub(crate) fn read(file: &Path, name: &str, by_path: bool) -> Result<(Code, usize)> {
    let document = Document::read(file)?;
    let told = file.display();
    let all = operation::all(&document, by_path);
    let (operations, deprecated) = all.map_err(|error| Error::new(format!("{told}: {error}")))?;
    let file = file.file_name().and_then(|name| name.to_str()).unwrap_or("a description");
    let source = match document.root()["info"]["title"].as_str() {
        Some(title) => format!("{file} ({title})"),
        None => file.to_owned(),
    };
    let code = code::of(&operations, name, &source, &server(document.root()));
    Ok((code, deprecated))
}

/// Where the service is: its first server, with the defaults of its variables.
fn server(root: &Value) -> String {
    let server = &root["servers"][0];
    let mut url = server["url"].as_str().unwrap_or("/").to_owned();
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        let default = variable["default"].as_str().unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    let url = url.trim_end_matches('/');
    match url.contains("://") {
        true => url.to_owned(),
        // Where the description lies, which nobody knows.
        false => format!("http://localhost:8080{url}"),
    }
}
