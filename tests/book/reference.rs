//! The reference of the command line is what `--help` says, that of the settings what the
//! code declares.

use std::collections::HashMap;
use std::fmt::Write;

use mite_tests::root;

use crate::commands::example;
use crate::page::hold;

/// What `--help` says of a command, without what only this machine has.
fn help(words: &[&str]) -> String {
    let mut command = example("quickstart");
    // What these tests set for other commands is no default.
    command.env_remove("MITE_ALLOW_INVALID").env_remove("MITE_MAX_LATENESS");
    let said = command.args(words).arg("--help").output().expect("it runs");
    assert!(said.status.success(), "{words:?} --help");
    let said = String::from_utf8(said.stdout).expect("it is text");
    let lines = said.lines().map(str::trim_end);
    // Each option has a twin, which the page says once.
    let lines: Vec<_> = lines.filter(|line| !line.trim_start().starts_with("[env: ")).collect();
    let mut out = String::new();
    for (n, line) in lines.iter().enumerate() {
        let next = lines[n + 1..].first().copied().unwrap_or_default();
        if !line.is_empty() || !next.is_empty() {
            writeln!(out, "{}", line.replace("Usage: quickstart", "Usage: BIN")).expect("text");
        }
    }
    out
}

/// The commands that a command has.
fn commands(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let rows = rest.lines().take_while(|line| !line.is_empty());
    let names = rows.filter_map(|row| row.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// A section for a command and for each of its own; groups of options that an earlier
/// command has just so are not repeated.
fn describe(words: &[&str], known: &mut HashMap<String, String>, out: &mut String) {
    let help = help(words);
    let title = format!("BIN {}", words.join(" "));
    let title = title.trim_end();
    writeln!(out, "\n## `{title}`\n\n```text").expect("text");
    let mut repeated: Vec<(String, String)> = Vec::new();
    let groups: Vec<&str> = help.trim_end().split("\n\n").collect();
    let mut shown = String::new();
    let mut group = String::new();
    let mut end = |group: &mut String, shown: &mut String| {
        let heading = group.lines().next().unwrap_or_default().trim_end_matches(':').to_owned();
        match known.get(group.trim()) {
            Some(first) if !["Options", "Arguments"].contains(&heading.as_str()) => {
                repeated.push((heading, first.clone()))
            }
            _ => {
                known.insert(group.trim().to_owned(), title.to_owned());
                shown.push_str(group);
            }
        }
        group.clear();
    };
    for part in groups {
        let heads =
            part.lines().next().is_some_and(|line| !line.starts_with(' ') && line.ends_with(':'));
        if heads && !group.is_empty() {
            end(&mut group, &mut shown);
        }
        writeln!(group, "{part}\n").expect("text");
    }
    end(&mut group, &mut shown);
    writeln!(out, "{}\n```", shown.trim_end()).expect("text");
    let mut firsts: Vec<String> = Vec::new();
    for (_, first) in &repeated {
        if !firsts.contains(first) {
            firsts.push(first.clone());
        }
    }
    for first in firsts {
        let of_it = repeated.iter().filter(|(_, of)| *of == first);
        // Without what stands in brackets behind it.
        let names = of_it.map(|(name, _)| name.split(" (").next().unwrap_or_default());
        let names: Vec<_> = names.map(|name| format!("*{name}*")).collect();
        let anchor = first.replace(' ', "-").to_lowercase();
        let names = names.join(", ");
        writeln!(out, "\nAnd the options of [`{first}`](#{anchor}): {names}.").expect("text");
    }
    for name in commands(&help) {
        describe(&[words, &[name.as_str()]].concat(), known, out);
    }
}

#[test]
fn the_command_line_is_what_help_says() {
    let mut page = "\
# The command line

`BIN` is your own binary: `cargo run --release --`, or `target/release/shop-load`. This page
is what `--help` says. Every option has a twin in the environment: `--graceful-stop 5s` is
`MITE_GRACEFUL_STOP=5s`; what is typed is stronger. A binary that is built with the features
`nats` and `traces` has all of these commands and options.
"
    .to_owned();
    describe(&[], &mut HashMap::new(), &mut page);
    hold("reference/command-line.md", &page).unwrap();
}

#[test]
fn the_settings_are_what_the_code_declares() {
    let mut page =
        std::fs::read_to_string(root().join("docs/reference/settings.md")).expect("it is there");
    let (before, rest) = page.split_once("| key | meaning | default |").expect("there is a table");
    let after = rest.split_once("\n\n").expect("something follows").1;
    let mut table = "| key | meaning | default |\n|---|---|---|\n".to_owned();
    for [key, meaning, default] in mite::http::HttpSettings::ROWS {
        writeln!(table, "| `{key}` | {meaning} | {default} |").expect("text");
    }
    page = format!("{before}{table}\n{after}");
    hold("reference/settings.md", &page).unwrap();
}

/// What the page for users of upstream says is the same, is there.
#[test]
fn options_of_upstream_that_are_the_same_are_there() {
    let docs = root().join("docs");
    let read = |name| std::fs::read_to_string(docs.join(name)).expect("it is there");
    let (page, line) = (read("migrate/python-mite.md"), read("reference/command-line.md"));
    let rows = page.lines().filter_map(|row| row.strip_prefix("| `--")?.split_once("` | the same"));
    let mut looked_at = 0;
    for option in rows.flat_map(|(options, _)| options.split("`, `--")) {
        assert!(line.contains(&format!("  --{option}")), "--{option} is said to be the same");
        looked_at += 1;
    }
    assert!(looked_at > 20, "only {looked_at} options were found");
}
