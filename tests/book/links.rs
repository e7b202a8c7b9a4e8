//! The book is built, and what its pages link to is there.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use mite_tests::root;

use crate::page::pages;

/// Builds the book into a directory that is made anew.
fn build(to: &Path) {
    let mdbook = root().join("target/tools/mdbook/bin/mdbook");
    assert!(mdbook.is_file(), "mdbook is missing: run tests/install-tools");
    drop(fs::remove_dir_all(to));
    let built =
        Command::new(mdbook).arg("build").arg(root().join("docs")).arg("-d").arg(to).output();
    let built = built.expect("it runs");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
}

fn htmls(folder: &Path, found: &mut HashMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            htmls(&path, found);
        } else if path.extension().is_some_and(|e| e == "html") {
            let text = fs::read_to_string(&path).expect("it is text");
            found.insert(path, text);
        }
    }
}

/// `a/b/../c` as `a/c`.
fn straight(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

#[test]
fn the_book_is_built_and_its_links_lead_somewhere() {
    let book = root().join("target/book");
    build(&book);
    let mut pages = HashMap::new();
    htmls(&book, &mut pages);
    let mut faults = Vec::new();
    let mut followed = 0;
    for (page, text) in &pages {
        let main = text.split("<main>").nth(1).and_then(|rest| rest.split("</main>").next());
        let main = main.unwrap_or_default();
        for link in ["href=\"", "src=\""].iter().flat_map(|key| main.split(key).skip(1)) {
            let link = link.split('"').next().expect("there is a part before");
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => straight(&page.with_file_name("").join(file)),
            };
            let there = match pages.get(&target) {
                Some(text) => anchor.is_empty() || text.contains(&format!("id=\"{anchor}\"")),
                None => target.is_file() && target.starts_with(&book),
            };
            if !there {
                faults.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(followed > 50, "only {followed} links were found");
    faults.sort();
    assert!(faults.is_empty(), "these lead nowhere:\n{}", faults.join("\n"));
}

/// Files of the repository that a page names in code.
#[test]
fn files_that_pages_name_are_there() {
    const FOLDERS: [&str; 6] = ["benches/", "deploy/", "docs/", "examples/", "mite-", "tests/"];
    let mut faults = Vec::new();
    let mut found = 0;
    for page in pages() {
        let words = page.text.split(|c: char| c.is_whitespace() || "`:()',\"|;".contains(c));
        for word in words.filter(|word| word.contains('/')) {
            let Some(_) = FOLDERS.iter().find(|folder| word.starts_with(**folder)) else {
                continue;
            };
            // `mite-http/src/{h1,…}` is several.
            let word = word.split('{').next().unwrap_or(word).trim_end_matches(['.', '…']);
            found += 1;
            if !root().join(word).exists() {
                faults.push(format!("docs/{}: {word}", page.name));
            }
        }
    }
    assert!(found > 20, "only {found} were found");
    assert_eq!(faults, [""; 0], "these are not in the repository");
}
