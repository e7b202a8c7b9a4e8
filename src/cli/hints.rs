//! Words of other tools' command lines, and what they are here.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Options of k6, Locust, Gatling, goose, JMeter, wrk, hey and vegeta that mite does not have.
const OPTIONS: [(&[&str], &str); 28] = [
    (
        &["--vus", "-u", "--users", "--num-users", "--concurrency", "--connections", "-c"],
        "how many journeys run at once is `journey test SPEC --volume 10`; in a scenario it is the number beside its journey, `.run(visit, users, 10)`",
    ),
    (
        &["--iterations", "-i", "-n", "--requests"],
        "how many journeys run in all is `.at_most(20)` behind a line of the scenario",
    ),
    (&["-d", "--time", "--run-time", "-z", "--max-duration"], "for how long is `--duration 30s`"),
    (
        &["--stage", "--stages", "--test-plan", "--ramp-up"],
        "stages are pieces of the scenario's volume: `Ramp::over(mins(1)).from(0) + Constant::new(10, mins(5))`",
    ),
    (
        &["--rps", "--rate", "--qps", "--throttle-requests"],
        "journeys a second are a volume of the scenario: `PerSecond(Constant::new(30, mins(1)))`",
    ),
    (
        &["-r", "--hatch-rate", "--increase-rate"],
        "how many journeys start a second at most is `--spawn-rate 10`",
    ),
    (
        &["-e", "--env"],
        "settings are `--add-to-config key:value`, or `MITE_CONF_key=value` in the environment",
    ),
    (
        &["--host", "--base-url", "--url"],
        "the address is a setting that journeys ask for: `--add-to-config shop_url:http://…`, read by `ctx.config().require(\"shop_url\")?`",
    ),
    (
        &["--out", "-o", "--summary-export", "--report-file", "--output"],
        "results are `--json FILE`, `--html FILE`, `--csv FILE` and `--junit FILE`; metrics go by `--prometheus-address`, `--otlp` and `--influxdb`; single messages are `--collector-dir DIR`",
    ),
    (&["--web-port", "--dashboard"], "the page of a run is `--web-address 127.0.0.1:9301`"),
    (
        &["--headless", "--no-web", "--quiet", "--only-summary", "--no-color", "--autostart"],
        "lines in place of the screen are `--no-tui`; a run starts by itself, and colours heed `NO_COLOR`",
    ),
    (
        &["--tag", "--tags", "--exclude-tags"],
        "what is to be known of a run is `--label KEY=VALUE`; what runs is the scenario that SPEC names",
    ),
    (
        &["-f", "--locustfile", "--simulation", "--scenarios"],
        "what runs is the scenario that SPEC names, a function in this binary; `list` shows all",
    ),
    (
        &["--http-debug", "--request-log", "--request-body"],
        "requests with heads and bodies are shown by `journey run SPEC`",
    ),
    (&["--stop-timeout"], "how long journeys may finish is `--graceful-stop 30s`"),
    (&["--reset-stats"], "what is not to be measured is `--warmup 10s`"),
    (&["--loglevel"], "how much is logged is `--log-level debug`"),
    (
        &["--processes", "--workers", "--cpus"],
        "cores in use are `--runners 4`; without it, all of them",
    ),
    (
        &["--master", "--expect-workers", "--manager"],
        "the process that leads a fleet is `controller SPEC --min-runners 4` (feature `nats`)",
    ),
    (
        &["--worker", "--master-host"],
        "a process that makes load for a fleet is `runner --nats nats://…` (feature `nats`)",
    ),
    (
        &["--exit-code-on-error"],
        "errors end a run with exit code 1; how many may be is `--max-errors-threshold 10`",
    ),
    (
        &["--insecure-skip-tls-verify", "--accept-invalid-certs", "--insecure", "-k"],
        "any certificate is accepted with `--add-to-config http_insecure:true`",
    ),
    (
        &["--no-connection-reuse", "--no-vu-connection-reuse", "--disable-keepalive"],
        "connections are a setting: `--add-to-config http_connections:per_request`, or `per_journey`",
    ),
    (&["--max-redirects"], "redirects are a setting: `--add-to-config http_max_redirects:5`"),
    (&["--user-agent"], "the header is a setting: `--add-to-config http_user_agent:name`"),
    (
        &["--timeout"],
        "a setting says how long a request may take: `--add-to-config http_timeout:5`",
    ),
    (&["--co-mitigation"], "it is `--correct-omission 1s`"),
    (&["--thresholds", "--assertions"], "a limit is `--threshold 'http p95 < 1s'`"),
];

/// Commands of other tools, and of ours with a word too few.
const COMMANDS: [(&[&str], &str); 5] = [
    (
        &["run", "test", "start", "attack"],
        "a scenario is run by `scenario test SPEC`, a journey alone by `journey test SPEC`, once by `journey run SPEC`; `list` shows all",
    ),
    (&["inspect", "validate"], "what a scenario will do is shown by `plan SPEC`"),
    (&["cloud", "master", "manager"], "a fleet is led by `controller SPEC` (feature `nats`)"),
    (&["worker", "agent"], "load for a fleet is made by `runner` (feature `nats`)"),
    (&["new", "init", "har"], "that is `cargo mite new NAME`, and `cargo mite import har FILE`"),
];

fn tip(table: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, tip)| *tip)
}

/// Says what a word of another tool is here, in place of the word that looks most like it:
/// `--users`, and not that `--runners` has some of its letters. Whether it is known.
pub(super) fn translate(error: &mut clap::Error) -> bool {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => {
            let word = text(ContextKind::InvalidArg).unwrap_or_default();
            let word = word.split(['=', ' ']).next().unwrap_or_default();
            tip(&OPTIONS, word).map(str::to_owned)
        }
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            // A module and a name: what `list` shows.
            let spec = (word.contains(':') && !word.contains("://")).then(|| {
                format!(
                    "a scenario is run by `scenario test {word}`, a journey by `journey test {word}`"
                )
            });
            spec.or_else(|| tip(&COMMANDS, word).map(str::to_owned))
        }
        _ => None,
    };
    let Some(tip) = tip else { return false };
    // The usage is that of the option that was meant.
    for kind in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedCommand,
        ContextKind::Usage,
    ] {
        error.remove(kind);
    }
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::args::Args;

    /// The names of all options and commands.
    fn ours(command: &clap::Command, found: &mut BTreeSet<String>) {
        for option in command.get_arguments() {
            found.extend(option.get_long().map(|long| format!("--{long}")));
            found.extend(option.get_short().map(|short| format!("-{short}")));
        }
        for below in command.get_subcommands() {
            found.insert(below.get_name().to_owned());
            ours(below, found);
        }
    }

    fn of(words: &[&str]) -> String {
        let mut error = Args::read([&["shop"], words].concat()).expect_err("it is no command");
        let known = translate(&mut error);
        assert_eq!(known, !words.contains(&"--duratoin"));
        error.render().to_string()
    }

    #[test]
    fn a_word_of_another_tool_is_none_of_ours_and_what_it_leads_to_is() {
        let mut known = BTreeSet::new();
        ours(&Args::definition(), &mut known);
        let mut faults = Vec::new();
        for (words, tip) in OPTIONS.iter().chain(&COMMANDS) {
            faults.extend(
                words.iter().filter(|word| known.contains(**word)).map(|w| (*w).to_owned()),
            );
            let named = tip.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let named = named.filter(|word| word.starts_with("--"));
            // Without the feature `nats` there is no fleet, and the tip says so.
            let missing = named.filter(|word| !known.contains(*word) && !tip.contains("feature"));
            faults.extend(missing.map(|word| format!("{tip}: {word}")));
        }
        // Commands of one level are words of another: `journey run`, `scenario test`.
        faults.retain(|word| !["run", "test"].contains(&word.as_str()));
        assert_eq!(faults, [""; 0]);
        let all: Vec<_> = OPTIONS.iter().flat_map(|(words, _)| *words).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "each is there once");
    }

    #[test]
    fn what_looks_alike_is_not_suggested_where_it_is_known_what_was_meant() {
        let of_k6 = of(&["scenario", "test", "shop:rush_hour", "--iterations", "10"]);
        assert!(of_k6.contains("tip: how many journeys run in all is `.at_most(20)`"), "{of_k6}");
        assert!(!of_k6.contains("--duration"), "{of_k6}");
        let with_value = of(&["scenario", "test", "shop:rush_hour", "--vus=10"]);
        assert!(with_value.contains("--volume 10"), "{with_value}");
        let short = of(&["journey", "test", "shop:buy", "-d", "10s"]);
        assert!(short.contains("tip: for how long is `--duration 30s`"), "{short}");
        let command = of(&["run", "script.js"]);
        assert!(command.contains("tip: a scenario is run by `scenario test SPEC`"), "{command}");
        assert!(!command.contains("runner"), "{command}");
        let spec = of(&["scenario", "shop:rush_hour"]);
        assert!(spec.contains("`scenario test shop:rush_hour`"), "{spec}");
        let other = of(&["scenario", "test", "--duratoin", "3s"]);
        assert!(other.contains("a similar argument exists: '--duration'"), "{other}");
    }
}
