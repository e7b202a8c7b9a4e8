//! The commands in the files of `deploy/` are commands of mite.

use std::fs;

use mite_tests::root;

use crate::commands::example;

/// The words of a list of YAML in one line, with something in place of variables.
fn words(list: &str) -> Vec<String> {
    let word = |word: &str| {
        let word = word.trim().trim_matches('"');
        match word.split_once("${") {
            Some((_, variable)) if variable.starts_with("SPEC") => "shop:rush_hour".to_owned(),
            Some(_) => "1".to_owned(),
            None => word.to_owned(),
        }
    };
    list.split(',').map(word).collect()
}

#[test]
fn commands_of_manifests_have_options_that_exist() {
    let mut commands = Vec::new();
    for file in ["deploy/fleet/compose.yml", "deploy/kubernetes/fleet.yml"] {
        let text = fs::read_to_string(root().join(file)).expect("it is there");
        for line in text.lines() {
            let list =
                ["command: [", "args: ["].iter().find_map(|key| line.trim().strip_prefix(key));
            let list = list.and_then(|list| list.strip_suffix(']'));
            let Some(words) = list.map(words).filter(|words| words[0] != "--config") else {
                continue;
            };
            let said = example("shop").args(&words).arg("--help").output().expect("it runs");
            let error = String::from_utf8_lossy(&said.stderr);
            assert!(said.status.success(), "{file}: {words:?}: {error}");
            commands.push(words[0].clone());
        }
    }
    commands.sort();
    let all = ["controller", "controller", "prometheus-exporter", "prometheus-exporter"];
    assert_eq!(commands, [&all[..], &["recorder", "runner", "runner"]].concat());
}
