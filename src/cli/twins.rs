//! Every option may also be given as a variable: `--runners` as `MITE_RUNNERS`.

use std::ffi::OsString;

use clap::{Arg, Command};

/// Gives every option its variable. One that is empty is as good as unset.
pub(super) fn with_twins(command: Command) -> Command {
    let twin = |option: Arg| match name(&option) {
        Some(name) if !std::env::var_os(&name).is_some_and(|v| v.is_empty()) => option.env(name),
        _ => option,
    };
    command.mut_args(twin).mut_subcommands(with_twins)
}

/// The variable of an option, unless it changes what the command is.
fn name(option: &Arg) -> Option<String> {
    let changes = ["help", "version"].contains(&option.get_id().as_str())
        || (option.get_id() == "json" && !option.get_action().takes_values());
    let long = option.get_long().filter(|_| !changes)?;
    Some(of(long))
}

fn of(long: &str) -> String {
    format!("MITE_{}", long.replace('-', "_").to_uppercase())
}

/// An error about an option names the variable instead, if that is where the
/// value came from.
pub(super) fn blame(
    text: &str,
    words: &[OsString],
    variable: impl Fn(&str) -> Option<OsString>,
) -> String {
    let typed = |long: &str| {
        words.iter().filter_map(|word| word.to_str()?.strip_prefix("--")).any(|word| {
            word.strip_prefix(long).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    };
    // The first one: what comes later is advice.
    let Some(at) = text.find("--") else { return text.to_owned() };
    let rest = &text[at + 2..];
    let long = &rest[..rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(0)];
    let name = of(long);
    if long.is_empty() || typed(long) || variable(&name).is_none_or(|value| value.is_empty()) {
        return text.to_owned();
    }
    // As clap writes it: '--runners <N>'.
    let after = &rest[long.len()..];
    let after = match after.strip_prefix(" <").and_then(|rest| rest.split_once('>')) {
        Some((_, after)) => after,
        None => after,
    };
    format!("{}{name}{after}", &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed(text: &str, words: &[&str]) -> String {
        let words: Vec<_> = words.iter().map(OsString::from).collect();
        let set = |name: &str| match name {
            "MITE_RUNNERS" => Some("abc".into()),
            "MITE_SEED" => Some(OsString::new()),
            _ => None,
        };
        blame(text, &words, set)
    }

    #[test]
    fn the_variable_is_named_if_the_value_is_its() {
        let clap = "error: invalid value 'abc' for '--runners <N>': not a number\n\ntry '--help'";
        assert_eq!(
            blamed(clap, &["bin", "scenario"]),
            "error: invalid value 'abc' for 'MITE_RUNNERS': not a number\n\ntry '--help'"
        );
        let check = "--runners 0 would run nothing; give 1 or more";
        assert_eq!(blamed(check, &["bin"]), "MITE_RUNNERS 0 would run nothing; give 1 or more");
    }

    #[test]
    fn an_option_that_was_typed_is_named_itself() {
        let check = "--runners 0 would run nothing; give 1 or more";
        for typed in ["--runners", "--runners=0"] {
            assert_eq!(blamed(check, &["bin", typed]), check);
        }
        let unset = "--seed and --volume have nothing to say";
        assert_eq!(blamed(unset, &["bin"]), unset);
        assert_eq!(blamed("no option -- here", &["bin"]), "no option -- here");
    }
}
