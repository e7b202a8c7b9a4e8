//! The book in `docs/`: it is built, its links lead somewhere, its programs are files that
//! compile, its commands do what it shows. Blocks of Rust are tests of the library
//! (`src/lib.rs`, `mod book`).

use std::fs;

mod commands;
#[cfg(all(feature = "nats", feature = "traces"))]
mod deploy;
mod links;
mod metrics;
mod page;
mod peers;
#[cfg(all(feature = "nats", feature = "traces"))]
mod reference;
mod words;

use mite_tests::root;
use page::{files, hold, pages};

#[test]
fn every_page_is_in_the_summary() {
    let listed: Vec<_> = pages().into_iter().map(|page| page.name).collect();
    let missing: Vec<_> = files().into_iter().filter(|name| !listed.contains(name)).collect();
    assert_eq!(missing, [""; 0], "docs/SUMMARY.md does not list these");
}

#[test]
fn every_block_says_what_it_is() {
    const KNOWN: [&str; 11] = [
        "rust",
        "rust,no_run",
        "console",
        "sh",
        "text",
        "json",
        "python",
        "javascript",
        "typescript",
        "yaml",
        "toml",
    ];
    let mut faults = Vec::new();
    for page in pages() {
        for block in page.blocks() {
            if !KNOWN.contains(&block.info) {
                faults.push(format!("{}: `{}`", block.place, block.info));
            }
        }
        // rustdoc takes them for Rust.
        let outside = page.text.split("\n```").step_by(2).collect::<String>();
        let indented = outside.split("\n\n").find(|text| text.starts_with("    "));
        faults.extend(indented.map(|text| format!("docs/{}: indented: {text}", page.name)));
    }
    assert_eq!(faults, [""; 0], "one of {KNOWN:?}");
}

#[test]
fn every_block_of_rust_is_compiled() {
    let read = |path| fs::read_to_string(root().join(path)).expect("it is there");
    let library = read("src/lib.rs") + &read("mite-http/src/lib.rs").replace("../../docs/", "");
    for page in pages() {
        // A block that is a whole file is compiled where that file is.
        let mut parts = page.blocks().into_iter().filter(|block| block.info.starts_with("rust"));
        let needed = parts.any(|block| source(block.text).is_none());
        let listed = library.contains(&format!("\"{}\"", page.name));
        assert_eq!(
            listed, needed,
            "`mod book` of src/lib.rs or mite-http/src/lib.rs: {}",
            page.name
        );
    }
}

/// The file that a block shows, which its first line names.
fn source(text: &str) -> Option<&str> {
    let first = text.lines().next()?;
    let path = first.strip_prefix("// ").or_else(|| first.strip_prefix("# "))?;
    let path = path.split_whitespace().next()?;
    (path.starts_with("examples/") || path.starts_with("tests/")).then_some(path)
}

#[test]
fn programs_are_shown_as_they_are() {
    let mut faults = Vec::new();
    let mut shown = 0;
    for page in pages() {
        let mut text = page.text.clone();
        for block in page.blocks() {
            let Some(path) = source(block.text) else { continue };
            let file = fs::read_to_string(root().join(path))
                .unwrap_or_else(|e| panic!("{}: {path}: {e}", block.place));
            text = text.replace(&format!("\n{}```", block.text), &format!("\n{file}```"));
            shown += 1;
        }
        faults.extend(hold(&page.name, &text).err());
    }
    assert!(shown > 0, "no page shows a program");
    assert_eq!(faults, [""; 0]);
}
