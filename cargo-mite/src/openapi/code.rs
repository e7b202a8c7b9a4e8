//! Operations as journeys.

use std::fmt::Write as _;

use serde_json::Value;

use super::operation::{Auth, Body, Operation, Place, Text};
use super::sample;
use crate::literal::{count, count_scalars, formatted, raw};

/// Scalars of a body that are written as `json!`; more is written as text, since the macro
/// would be slow to compile.
const MOST_SCALARS: usize = 60;

/// What is written.
pub(crate) struct Code {
    pub(crate) text: String,
    pub(crate) operations: usize,
    /// The journeys, each with the settings that it cannot go without.
    pub(crate) journeys: Vec<(String, Vec<String>)>,
}

/// Journeys of these operations, one for each group, in the module `name`.
pub(super) fn of(operations: &[Operation], name: &str, source: &str, server: &str) -> Code {
    let scenario = format!("{name}_steady");
    let mut groups: Vec<(String, Vec<&Operation>)> = Vec::new();
    for operation in operations {
        match groups.iter_mut().find(|(group, _)| *group == operation.group) {
            Some((_, all)) => all.push(operation),
            None => groups.push((operation.group.clone(), vec![operation])),
        }
    }
    let source = source.replace(char::is_control, " ");
    let mut text = format!(
        "//! Made of {source} by `cargo mite import openapi`, and yours from now on: put what belongs\n//! together in its order, and let one request use what another one answered.\n\nuse mite::prelude::*;\n"
    );
    if operations.iter().any(|of| matches!(of.body, Body::Multipart(_))) {
        text.push_str("use mite::http::{Multipart, Part};\n");
    }
    let mut journeys = Vec::new();
    for (group, operations) in &groups {
        // A journey may not have the name of the scenario.
        let journey = if *group == scenario { format!("{group}_journey") } else { group.clone() };
        let mut writer = Writer { settings: Vec::new(), out: String::new() };
        for (at, operation) in operations.iter().enumerate() {
            writer.operation(operation, at + 1 == operations.len());
        }
        let _ = write!(
            text,
            "\n/// {}.\n#[journey]\npub async fn {journey}(ctx: &Context) -> mite::Result {{\nlet app: String = ctx.config().get_or(\"app_url\", {server:?});\n",
            count(operations.len(), "operation"),
        );
        for (key, default) in &writer.settings {
            let _ = match default {
                Some(default) => {
                    writeln!(text, "let {key}: String = ctx.config().get_or({key:?}, {default:?});")
                }
                None => writeln!(text, "let {key}: String = ctx.config().require({key:?})?;"),
            };
        }
        text.push_str(&writer.out);
        text.push_str("}\n");
        let required = writer.settings.into_iter().filter(|(_, default)| default.is_none());
        journeys.push((journey, required.map(|(key, _)| key).collect()));
    }
    let load = match journeys.as_slice() {
        [(only, _)] => format!("run({only}, NoData, PerSecond(Constant::new(1, secs(30))))"),
        many => {
            let parts: String =
                many.iter().map(|(of, _)| format!(".run({of}, NoData, 1)")).collect();
            format!("mix(Mix::new(){parts}, PerSecond(Constant::new(1, secs(30))))")
        }
    };
    let _ = write!(
        text,
        "\n/// One journey a second for half a minute. Ask whoever runs the service before it is more.\n#[scenario]\npub fn {scenario}() -> Scenario {{\nScenario::builder().{load}.threshold(\"errors rate < 1%\").build()\n}}\n"
    );
    Code { text: formatted(text), operations: operations.len(), journeys }
}

struct Writer {
    /// Keys of the config in the order of their use, maybe with a default.
    settings: Vec<(String, Option<String>)>,
    out: String,
}

impl Writer {
    fn operation(&mut self, operation: &Operation, is_last: bool) {
        let call = self.call(operation);
        let expected = match operation.status {
            Some(status) => format!("expect_status({status})?"),
            None => "error_for_status()?".to_owned(),
        };
        let end = if is_last { "\n" } else { "?;\n" };
        let _ = write!(
            self.out,
            "ctx.transaction({:?}, async |ctx| {{\n{call}.send().await?.{expected};\nOk(())\n}})\n.await{end}",
            operation.name
        );
    }

    fn call(&mut self, operation: &Operation) -> String {
        let mut template = "{app}".to_owned();
        for (at, part) in operation.path.split(['{', '}']).enumerate() {
            let of = |p: &&super::operation::Parameter| p.place == Place::Path && p.name == part;
            match operation.parameters.iter().find(of).filter(|_| at % 2 == 1) {
                Some(parameter) => {
                    let _ = write!(template, "{{{}}}", self.variable(&parameter.text));
                }
                None => template.push_str(part),
            }
        }
        let url = format!("format!({template:?})");
        let mut call = match operation.method {
            "trace" => format!("ctx.http().request(\"TRACE\", {url})"),
            verb => format!("ctx.http().{verb}({url})"),
        };
        let mut query = Vec::new();
        for parameter in &operation.parameters {
            let name = &parameter.name;
            match parameter.place {
                Place::Path => {}
                Place::Query => query.push((name.clone(), parameter.text.clone())),
                Place::Header => {
                    let _ = write!(
                        call,
                        ".header({:?}, {})",
                        name.to_ascii_lowercase(),
                        self.text(&parameter.text)
                    );
                }
                Place::Cookie => {
                    let _ = write!(call, ".cookie({name:?}, {})", self.text(&parameter.text));
                }
            }
        }
        for auth in &operation.auth {
            let setting = |key: &str| Text::Setting { key: key.to_owned(), default: None };
            match auth {
                Auth::Bearer => {
                    let _ = write!(call, ".bearer_auth(&{})", self.variable(&setting("token")));
                }
                Auth::Basic => {
                    let (user, password) =
                        (self.variable(&setting("user")), self.variable(&setting("password")));
                    let _ = write!(call, ".basic_auth(&{user}, &{password})");
                }
                Auth::Key { place, name } => {
                    let key = setting(&crate::ident::snake(name));
                    match place {
                        Place::Query => query.push((name.clone(), key)),
                        Place::Cookie => {
                            let _ = write!(call, ".cookie({name:?}, {})", self.text(&key));
                        }
                        Place::Header | Place::Path => {
                            let _ = write!(
                                call,
                                ".header({:?}, {})",
                                name.to_ascii_lowercase(),
                                self.text(&key)
                            );
                        }
                    }
                }
            }
        }
        if !query.is_empty() {
            let _ = write!(call, ".query(&{})", self.pairs(&query));
        }
        match &operation.body {
            Body::None => {}
            Body::Json(value) if count_scalars(value) <= MOST_SCALARS => {
                let _ = write!(call, ".json(&json!({}))", self.json(value));
            }
            Body::Json(value) => {
                let _ = write!(
                    call,
                    ".header(\"content-type\", \"application/json\").body({})",
                    raw(&without_settings(value).to_string())
                );
            }
            Body::Form(form) => {
                let _ = write!(call, ".form(&{})", self.pairs(form));
            }
            Body::Multipart(fields) => {
                let mut form = "Multipart::new()".to_owned();
                for (name, text) in fields {
                    let _ = match text {
                        Some(text) => write!(form, ".text({name:?}, {})", self.text(text)),
                        None => write!(
                            form,
                            ".part({name:?}, Part::bytes(\"content\").file_name(\"file.bin\"))"
                        ),
                    };
                }
                let _ = write!(call, ".multipart({form})");
            }
            Body::Other { mime, text } => {
                let _ = write!(call, ".header(\"content-type\", {mime:?}).body({})", raw(text));
            }
        }
        call
    }

    /// The variable of a setting.
    fn variable(&mut self, text: &Text) -> String {
        let Text::Setting { key, default } = text else { return String::new() };
        // It has a variable of that name itself.
        let key =
            if matches!(&**key, "app" | "ctx") { format!("{key}_value") } else { key.clone() };
        match self.settings.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) if known.is_none() => known.clone_from(default),
            Some(_) => {}
            None => self.settings.push((key.clone(), default.clone())),
        }
        key
    }

    /// A `&str`.
    fn text(&mut self, text: &Text) -> String {
        match text {
            Text::Literal(text) => format!("{text:?}"),
            setting => format!("{}.as_str()", self.variable(setting)),
        }
    }

    fn pairs(&mut self, pairs: &[(String, Text)]) -> String {
        let pairs = pairs.iter().map(|(name, text)| format!("({name:?}, {})", self.text(text)));
        format!("[{}]", pairs.collect::<Vec<_>>().join(", "))
    }

    /// As `json!` takes it.
    fn json(&mut self, value: &Value) -> String {
        match value {
            Value::String(text) => match sample::setting(text) {
                Some(key) => self.variable(&Text::Setting { key: key.to_owned(), default: None }),
                None => format!("{text:?}"),
            },
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.json(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(map) => {
                let pairs: Vec<_> =
                    map.iter().map(|(key, item)| format!("{key:?}: {}", self.json(item))).collect();
                let line = pairs.join(", ");
                match line.len() {
                    0 => "{}".to_owned(),
                    1..60 if !line.contains('\n') => format!("{{ {line} }}"),
                    // rustfmt leaves what is in a macro as it is.
                    _ => format!("{{\n    {}\n}}", pairs.join(",\n").replace('\n', "\n    ")),
                }
            }
            other => other.to_string(),
        }
    }
}

/// In a text there are no variables: who uses it puts them in.
fn without_settings(value: &Value) -> Value {
    match value {
        Value::String(text) if sample::setting(text).is_some() => "…".into(),
        Value::Array(items) => items.iter().map(without_settings).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), without_settings(value))).collect()
        }
        other => other.clone(),
    }
}
