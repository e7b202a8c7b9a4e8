//! `list`: what is in this binary.

use mite_core::error::Result;
use mite_core::meta::Meta;
use mite_core::registry::{Entry, Kind, Registry};
use serde_json::{Value, json};

use crate::terminal::console;

/// Shows everything that is registered.
///
/// # Errors
/// If standard output cannot be written.
pub(crate) fn show(registry: &Registry, as_json: bool) -> Result {
    let printed = console::print(match as_json {
        true => format!("{:#}", to_json(registry)),
        false => to_text(registry),
    });
    match printed {
        // A reader that has gone (`list | head`) has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Journey, "journeys"),
    (Kind::Pool, "data_pools"),
    (Kind::Scenario, "scenarios"),
    (Kind::Config, "configs"),
    (Kind::Processor, "message_processors"),
    (Kind::Stat, "statistics"),
];

pub(crate) fn to_json(registry: &Registry) -> Value {
    KINDS
        .iter()
        .map(|(kind, key)| {
            let items: Vec<Value> = registry.all(*kind).map(item).collect();
            ((*key).to_owned(), Value::Array(items))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn item(entry: &Entry) -> Value {
    let Meta { file, line, doc, .. } = entry.meta();
    let mut item = json!({
        "name": entry.meta().display(),
        "file": file,
        "line": line,
        "doc": doc,
    });
    match entry {
        Entry::Journey(journey) => {
            let arguments = journey.parameters.iter();
            item["arguments"] =
                arguments.map(|p| json!({ "name": p.name, "type": (p.ty)().name })).collect();
        }
        Entry::Pool(pool) => item["item"] = (pool.item)().name.into(),
        Entry::Scenario(_) | Entry::Config(_) | Entry::Processor(_) | Entry::Stat(_) => {}
    }
    item
}

pub(crate) fn to_text(registry: &Registry) -> String {
    let mut sections = Vec::new();
    for (kind, key) in KINDS {
        let rows: Vec<_> = registry.all(kind).map(|entry| (title(entry), entry.meta())).collect();
        if rows.is_empty() {
            continue;
        }
        let width = rows.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
        let mut lines = vec![key.replace('_', " ")];
        for (title, meta) in rows {
            let row = format!("  {title:<width$}  {}:{}  {}", meta.file, meta.line, meta.doc);
            lines.push(row.trim_end().to_owned());
        }
        sections.push(lines.join("\n"));
    }
    if sections.is_empty() {
        return "nothing is registered in this binary. A crate of journeys that the binary never names is not linked; name it: `mite::main!(the_crate);`, or `use the_crate as _;`".to_owned();
    }
    sections.join("\n\n")
}

fn title(entry: &Entry) -> String {
    let name = entry.meta().display();
    match entry {
        Entry::Journey(journey) => {
            let parameters = journey.parameters.iter();
            let parameters: Vec<_> =
                parameters.map(|p| format!("{}: {}", p.name, (p.ty)().short())).collect();
            format!("{name}({})", parameters.join(", "))
        }
        Entry::Pool(pool) => format!("{name} of {}", (pool.item)().short()),
        Entry::Scenario(_) | Entry::Config(_) | Entry::Processor(_) | Entry::Stat(_) => name,
    }
}
