//! Two copies of mite in one program would not see each other's journeys.

use std::fs;
use std::path::Path;
use std::process::Command;

use mite_tests::{Scratch, root};

/// What Cargo needs to resolve a package: manifests, and files that targets name.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if ["target", ".git", "tests", "docs"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(&name)),
            false => drop(fs::copy(entry.path(), to.join(&name)).unwrap()),
        }
    }
}

#[test]
fn cargo_refuses_mite_twice_in_one_tree_and_names_both() {
    let here = root();
    let scratch = Scratch::new("twice");
    let folder = &scratch.0;
    copy(here, &folder.join("other"));
    fs::create_dir_all(folder.join("user/src")).unwrap();
    fs::write(folder.join("user/src/lib.rs"), "").unwrap();
    let manifest = |other: bool| {
        let other = match other {
            true => "other = { package = \"mite-core\", path = \"../other/mite-core\" }\n",
            false => "",
        };
        format!(
            "[package]\nname = \"user\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nmite = {{ package = \"mite-load\", path = {here:?} }}\n{other}"
        )
    };
    let resolve = |other| {
        fs::write(folder.join("user/Cargo.toml"), manifest(other)).unwrap();
        fs::copy(here.join("Cargo.lock"), folder.join("user/Cargo.lock")).unwrap();
        let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
        Command::new(cargo)
            .args(["metadata", "--offline", "--format-version", "1", "--manifest-path"])
            .arg(folder.join("user/Cargo.toml"))
            .output()
            .unwrap()
    };
    let once = resolve(false);
    let twice = resolve(true);
    assert!(once.status.success(), "{}", String::from_utf8_lossy(&once.stderr));
    let said = String::from_utf8_lossy(&twice.stderr);
    assert!(!twice.status.success());
    assert!(said.contains("links to the native library `mite`"), "{said}");
}
