//! Pieces of Rust code.

use std::process::{Command, Stdio};

use serde_json::{Number, Value};

/// The type of a number.
pub(crate) fn type_of(number: &Number) -> &'static str {
    match () {
        () if number.is_i64() => "i64",
        () if number.is_u64() => "u64",
        () => "f64",
    }
}

/// Whether what it carries lets somebody in.
pub(crate) fn is_secret_header(name: &str) -> bool {
    ["auth", "token", "secret", "csrf", "xsrf", "session", "api-key", "apikey"]
        .iter()
        .any(|word| name.contains(word))
}

pub(crate) fn count_scalars(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count_scalars).sum(),
        Value::Object(map) => map.values().map(count_scalars).sum(),
        _ => 1,
    }
}

/// A literal that needs no escapes.
pub(crate) fn raw(text: &str) -> String {
    if text.contains('\r') {
        return format!("{text:?}");
    }
    let fences = (0..).map(|n| "#".repeat(n)).find(|fence| !text.contains(&format!("\"{fence}")));
    let fence = fences.unwrap_or_default();
    match fence.is_empty() && !text.contains('\\') {
        true => format!("\"{text}\""),
        false => format!("r{fence}\"{text}\"{fence}"),
    }
}

pub(crate) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// As rustfmt lays it out, if that is there.
pub(crate) fn formatted(text: String) -> String {
    let child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return text };
    if let Some(mut stdin) = child.stdin.take() {
        use std::io::Write;
        let sent = text.clone();
        std::thread::spawn(move || stdin.write_all(sent.as_bytes()));
    }
    match child.wait_with_output() {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap_or(text),
        _ => text,
    }
}
