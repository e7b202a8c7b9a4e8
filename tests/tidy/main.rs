//! Invariants of ARCHITECTURE.md that a look at the sources can check.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mite_tests::root;

mod floors;
mod imports;

fn sources(folder: &str) -> Vec<(String, String)> {
    fn collect(path: &Path, found: &mut Vec<PathBuf>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).expect("it is a folder") {
                collect(&entry.expect("it can be listed").path(), found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path.to_owned());
        }
    }
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources in {folder}");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).expect("it is below").display().to_string();
            (name, fs::read_to_string(&path).expect("it can be read"))
        })
        .collect()
}

/// A source without its comments, its tests and what its texts say.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let lines = text.lines().filter(|l| !l.trim_start().starts_with("//"));
    lines.map(without_texts).collect::<Vec<_>>().join("\n")
}

fn without_texts(line: &str) -> String {
    line.replace("\\\"", "").split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

#[test]
fn the_core_knows_no_protocol_broker_command_line_or_terminal() {
    let manifest = fs::read_to_string(root().join("mite-core/Cargo.toml")).expect("it is there");
    for name in ["hyper", "http", "reqwest", "nats", "clap", "indicatif", "ratatui", "rustls"] {
        let named =
            manifest.lines().any(|l| l.starts_with(name) || l.contains(&format!("-{name}")));
        assert!(!named, "mite-core depends on {name}");
    }
}

#[test]
fn rooms_stand_on_floors_and_use_those_below() {
    let mut faults = Vec::new();
    for (name, floors) in floors::FLOORS {
        faults.extend(floors::faults(name, &root().join(name).join("src"), floors));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_architecture_shows_the_floors_and_where_things_are() {
    let shown = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    let mut list = String::new();
    for (name, floors) in floors::FLOORS {
        let name = if name == "." { "mite" } else { name };
        for (n, rooms) in floors.iter().enumerate() {
            list.push_str(&format!("{name:<13}{n}  {}\n", rooms.join(" ")));
        }
    }
    assert!(shown.contains(&format!("```text\n{list}```")), "it should show\n{list}");
    let table = shown.split("| where is").nth(1).and_then(|rest| rest.split("\n\n").next());
    let files = table.expect("there is one").lines().skip(2);
    let files = files.map(|row| row.split('`').nth(1).expect("each row names a file"));
    let missing: Vec<_> = files.filter(|file| !root().join(file).is_file()).collect();
    assert_eq!(missing, [""; 0], "these are not there");
}

#[test]
fn lower_floors_have_no_clock_and_no_runtime() {
    let floors = [
        "volume", "pool", "control", "stats", "label", "spec", "ids", "meta", "msgpack", "message",
        "config",
    ];
    for (name, text) in sources("mite-core/src") {
        let floor = name.trim_start_matches("mite-core/src/");
        if !floors.iter().any(|f| floor.starts_with(f))
            || floor.contains("simulation")
            || floor.ends_with("tests.rs")
        {
            continue;
        }
        // It advises people to call it.
        let says = name.contains("stats/findings");
        for word in ["tokio::", "Instant::now", "SystemTime", "std::thread"] {
            let named = code(&text).contains(word) && !(says && word == "tokio::");
            assert!(!named, "{name} names {word}");
        }
    }
}

/// Rooms of mite-core that the pages of `mite` do not show.
const NOT_FOR_USERS: [&str; 11] = [
    "control/",
    "faults.rs",
    "label.rs",
    "msgpack/",
    "panics.rs",
    "secret/",
    "span/",
    "spec.rs",
    "stats/",
    "units.rs",
    "extend.rs",
];

/// What users read on the pages of `mite` is made in other crates, and they depend on `mite`.
#[test]
fn examples_that_users_read_say_mite() {
    // For authors of protocols, and of what is not shown.
    const OTHERS: [&str; 6] = [
        "mite-core/src/journey/transcript.rs",
        "mite-core/src/message/interest.rs",
        "mite-core/src/message/queue.rs",
        "mite-core/src/message/record_name.rs",
        "mite-core/src/message/sender.rs",
        "mite-core/src/message/tap.rs",
    ];
    let mut faults = Vec::new();
    for (file, text) in ["mite-core/src", "mite-http/src", "src"].into_iter().flat_map(sources) {
        let room = file.strip_prefix("mite-core/src/").unwrap_or_default();
        if OTHERS.contains(&&*file) || NOT_FOR_USERS.iter().any(|not| room.starts_with(not)) {
            continue;
        }
        let mut is_example = false;
        for (n, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let Some(doc) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
                continue;
            };
            let doc = doc.trim_start();
            is_example ^= doc.starts_with("```");
            let names = ["mite_core::", "mite_http::", "mite_macros::"];
            if is_example && !doc.starts_with("# ") && names.iter().any(|name| doc.contains(name)) {
                faults.push(format!("{file}:{}: {doc}", n + 1));
            }
        }
    }
    assert_eq!(faults, [""; 0], "users depend on `mite`: `use mite::…`");
}

/// Who searches the documentation for a word of k6, Locust or JMeter finds what it is here.
#[test]
fn words_of_other_tools_find_what_is_here() {
    const WORDS: [&str; 43] = [
        "abortOnFail",
        "arrival_rate",
        "assertion",
        "atOnceUsers",
        "between",
        "catch_response",
        "check",
        "concurrency",
        "constant-arrival-rate",
        "constantConcurrentUsers",
        "constant_pacing",
        "discardResponseBodies",
        "executor",
        "expectedStatuses",
        "feeder",
        "FastHttpUser",
        "group",
        "iterations",
        "listener",
        "LoadTestShape",
        "on_start",
        "pacing",
        "pause",
        "per-vu-iterations",
        "ramp_up",
        "ramping-arrival-rate",
        "ramping-vus",
        "sampler",
        "scenario",
        "SharedArray",
        "shared-iterations",
        "simulation",
        "sleep",
        "spawn_rate",
        "stages",
        "tag",
        "task",
        "think_time",
        "thread_group",
        "threshold",
        "user",
        "vu",
        "weight",
    ];
    let folders = ["mite-core/src", "mite-http/src", "mite-macros/src", "src"];
    let all: String = folders.into_iter().flat_map(sources).map(|(_, text)| text).collect();
    let aliases: Vec<&str> = all
        .split("#[doc(alias")
        .skip(1)
        .filter_map(|rest| rest.split_once(")]"))
        .flat_map(|(words, _)| words.split('"').skip(1).step_by(2))
        .collect();
    let missing: Vec<_> = WORDS
        .into_iter()
        .filter(|word| {
            !aliases.contains(word)
                && !all.contains(&format!("pub fn {word}("))
                && !all.contains(&format!("pub fn {word}<"))
        })
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_registry_alone_names_inventory() {
    for (name, text) in sources("mite-core/src").into_iter().chain(sources("mite-macros/src")) {
        let allowed = ["registry/entry.rs", "registry/mod.rs", "console.rs", "lib.rs"]
            .iter()
            .any(|f| name.ends_with(f));
        let names = code(&text).contains("inventory::") && !name.starts_with("mite-macros");
        assert!(allowed || !names, "{name} names inventory");
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    let members = [
        "",
        "cargo-mite",
        "mite-core",
        "mite-nats",
        "mite-net",
        "mite-http",
        "mite-macros",
        "mite-results",
        "examples",
        "tests",
        "tests/ui",
    ];
    for member in members {
        let path = root().join(member).join("Cargo.toml");
        let manifest = fs::read_to_string(path).expect("it is there");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member} has its own lints");
    }
}

/// Cargo finds no target by itself in packages that say where theirs are.
#[test]
fn every_test_and_every_example_is_built() {
    let manifest = |path: &str| {
        fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    };
    let (tests, ui) = (manifest("tests/Cargo.toml"), manifest("tests/ui/Cargo.toml"));
    let examples = [manifest("Cargo.toml"), manifest("examples/Cargo.toml")].concat();
    let mut missing = Vec::new();
    for (folder, kind, manifest) in [
        ("tests", "test", &tests),
        ("tests/binaries", "example", &tests),
        ("tests/ui/pass", "test", &ui),
        ("examples", "example", &examples),
    ] {
        for entry in fs::read_dir(root().join(folder)).expect("it is a folder") {
            let path = entry.expect("it can be listed").path();
            let is_target =
                path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").is_file();
            let name = path.file_stem().expect("it has a name").display().to_string();
            if is_target && !manifest.contains(&format!("[[{kind}]]\nname = \"{name}\"\n")) {
                missing.push(path.display().to_string());
            }
        }
    }
    assert_eq!(missing, [""; 0], "no [[test]] and no [[example]] of a Cargo.toml is one of these");
}

/// Cargo builds a package's dev-dependencies for its examples too.
#[test]
fn the_quick_start_builds_nothing_that_tests_need() {
    let tree = |edges: &str| -> BTreeSet<String> {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--package", "mite-load", "--prefix", "none"])
            .args(["--edges", edges, "--format", "{p} {f}"])
            .current_dir(root())
            .output()
            .expect("cargo is there");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("it is text");
        text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    };
    let (runs, tests) = (tree("normal,build"), tree("normal,build,dev"));
    assert!(runs.len() > 100, "{runs:#?}");
    let more: Vec<_> = tests.difference(&runs).collect();
    assert_eq!(more, [""; 0], "dev-dependencies of mite-load: they belong into tests/Cargo.toml");
}

#[test]
fn examples_fit_on_a_page_or_two() {
    for (name, text) in sources("examples") {
        assert!(text.lines().count() <= 100, "{name} has {} lines", text.lines().count());
    }
}

#[test]
fn files_have_one_noun_each() {
    let folders = [
        "cargo-mite/src",
        "mite-core/src",
        "mite-nats/src",
        "mite-net/src",
        "mite-http/src",
        "mite-macros/src",
        "mite-results/src",
        "src",
    ];
    for folder in folders {
        for (name, text) in sources(folder) {
            assert!(text.lines().count() <= 450, "{name} has {} lines", text.lines().count());
            for word in ["utils", "helpers", "manager"] {
                assert!(!name.contains(word), "{name} is named for no noun of the domain");
            }
        }
    }
}

#[test]
fn the_readme_shows_the_quick_start_as_it_is() {
    let readme = fs::read_to_string(root().join("README.md")).expect("it is there");
    let example = fs::read_to_string(root().join("examples/quickstart.rs")).expect("it is there");
    let shown = readme.split("```rust\n").nth(1).and_then(|code| code.split("```").next());
    // All but the remarks around it.
    let start = example.find("use mite").expect("it uses the prelude");
    let end = example.find("mite::main!();").expect("it has a main") + "mite::main!();".len();
    assert_eq!(shown.map(str::trim_end), Some(&example[start..end]));
}
