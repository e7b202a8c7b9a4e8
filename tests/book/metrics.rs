//! docs/metrics.md has a row for each metric that is served, and for no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mite_tests::root;

use crate::page::pages;

/// Names of metrics in quotes, outside of tests.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("it is text");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(code.split("\"mite_").skip(1).filter_map(|rest| named(rest, '"')));
    }
}

/// The name that goes on here, up to `end`.
fn named(rest: &str, end: char) -> Option<String> {
    let (name, _) = rest.split_once(end)?;
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !name.is_empty();
    is_name.then(|| format!("mite_{name}"))
}

#[test]
fn every_metric_has_its_row() {
    let mut served = BTreeSet::new();
    collect(&root().join("src/metrics"), &mut served);
    let page = pages().into_iter().find(|page| page.name == "metrics.md").expect("it is there");
    let rows = page.text.lines().filter(|line| line.starts_with("| `mite_"));
    let cells = rows.filter_map(|line| line.split(" | ").next());
    let told: BTreeSet<_> =
        cells.flat_map(|cell| cell.split("`mite_").skip(1)).filter_map(|r| named(r, '`')).collect();
    assert!(served.len() > 30, "{served:?}");
    assert_eq!(served, told);
}
