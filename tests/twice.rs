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
fn cargo_refuses_two_versions_of_mite_in_one_tree_and_says_who_asks_for_which() {
    let here = root();
    let scratch = Scratch::new("twice");
    let folder = &scratch.0;
    let newer = folder.join("newer");
    copy(here, &newer);
    let manifest = fs::read_to_string(newer.join("Cargo.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let of_ours = format!("version = \"{version}\"");
    assert!(manifest.contains(&of_ours), "{manifest}");
    let manifest = manifest
        .replace(&of_ours, "version = \"99.0.0\"")
        .replace(&format!("version = \"={version}\""), "version = \"=99.0.0\"");
    fs::write(newer.join("Cargo.toml"), manifest).unwrap();
    let package = |name: &str, dependencies: &str| {
        fs::create_dir_all(folder.join(name).join("src")).unwrap();
        fs::write(folder.join(name).join("src/lib.rs"), "").unwrap();
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
        );
        fs::write(folder.join(name).join("Cargo.toml"), text).unwrap();
    };
    let resolve = |of_journeys: &Path| {
        package(
            "journeys",
            &format!("mite = {{ package = \"mite-load\", path = {of_journeys:?} }}\n"),
        );
        package(
            "shop-load",
            &format!(
                "journeys = {{ path = \"../journeys\" }}\nmite = {{ package = \"mite-load\", path = {here:?} }}\n"
            ),
        );
        let user = folder.join("shop-load");
        fs::copy(here.join("Cargo.lock"), user.join("Cargo.lock")).unwrap();
        let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
        Command::new(cargo)
            .args(["metadata", "--offline", "--format-version", "1", "--manifest-path"])
            .arg(user.join("Cargo.toml"))
            .output()
            .unwrap()
    };
    let once = resolve(here);
    let twice = resolve(&newer);
    assert!(once.status.success(), "{}", String::from_utf8_lossy(&once.stderr));
    let said = String::from_utf8_lossy(&twice.stderr);
    assert!(!twice.status.success(), "{said}");
    for part in [
        // What is wrong, and what to do.
        "package `mite-core` links to the native library `mite`, but it conflicts with a previous package",
        "Try to adjust your dependencies so that only one package uses the `links = \"mite\"` value",
        // Both versions, and whose they are.
        &format!("`mite-core v{version} ("),
        "99.0.0",
        "of package `journeys v0.3.0 (",
        "of package `shop-load v0.3.0 (",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
