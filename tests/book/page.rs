//! Pages of the book, and what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use mite_tests::root;

/// A page that SUMMARY.md lists.
pub(crate) struct Page {
    /// Its path in `docs/`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A fenced block.
pub(crate) struct Block<'a> {
    /// The page and line where it begins.
    pub(crate) place: String,
    /// What stands behind its backticks.
    pub(crate) info: &'a str,
    pub(crate) text: &'a str,
}

/// All pages, in the order of the book.
pub(crate) fn pages() -> Vec<Page> {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("it is there");
    let names =
        summary.lines().filter_map(|line| Some(line.split_once("](")?.1.split_once(')')?.0));
    let read = |name: &str| {
        let text = fs::read_to_string(root().join("docs").join(name))
            .unwrap_or_else(|e| panic!("SUMMARY.md lists {name}: {e}"));
        Page { name: name.to_owned(), text }
    };
    names.map(read).collect()
}

/// The Markdown files in `docs/`, by their paths there.
pub(crate) fn files() -> Vec<String> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("it is a folder") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    let docs = root().join("docs");
    let mut found = Vec::new();
    collect(&docs, &mut found);
    let name = |path: &PathBuf| path.strip_prefix(&docs).expect("below").display().to_string();
    found.iter().map(name).filter(|name| name != "SUMMARY.md").collect()
}

impl Page {
    pub(crate) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<(usize, usize, &str)> = None;
        let mut at = 0;
        for (n, line) in self.text.split_inclusive('\n').enumerate() {
            if let Some(info) = line.trim_end().strip_prefix("```") {
                match open.take() {
                    None => open = Some((n + 1, at + line.len(), info)),
                    Some((n, start, info)) => blocks.push(Block {
                        place: format!("docs/{}:{n}", self.name),
                        info,
                        text: &self.text[start..at],
                    }),
                }
            }
            at += line.len();
        }
        assert!(open.is_none(), "docs/{}: a block has no end", self.name);
        blocks
    }
}

/// Holds a file of `docs/` against what it should be, or writes it if the environment has
/// UPDATE_BOOK.
pub(crate) fn hold(name: &str, wanted: &str) -> Result<(), String> {
    let path = root().join("docs").join(name);
    if fs::read_to_string(&path).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    if std::env::var_os("UPDATE_BOOK").is_some() {
        fs::write(&path, wanted).expect("it can be written");
        return Ok(());
    }
    Err(format!(
        "docs/{name} is stale: cargo build --workspace --exclude mite-http --examples && UPDATE_BOOK=1 cargo test -p mite-tests --test book"
    ))
}
