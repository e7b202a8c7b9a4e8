//! How a run is run, in words that a controller after this one can hold its own against.

use std::fmt::Debug;
use std::time::Duration;

use mite_core::config::{Config, is_secret};
use mite_core::label::Label;
use mite_core::stats::Threshold;
use mite_nats::Options;

use crate::run::settings::RunSettings;

/// What shapes the load of a run, and what does not.
pub(super) fn of(
    settings: &RunSettings,
    timeout: Duration,
    (config, typed): (&Config, &[String]),
    limits: &[Threshold],
) -> Options {
    // Each is there to be decided on.
    let RunSettings {
        runners: _,
        duration,
        warmup,
        correct_omission,
        seed: _,
        spawn_rate,
        max_loop_delay,
        min_loop_delay,
        delay_start_seconds: _,
        runner_max_journeys,
        max_lateness,
        graceful_stop,
        setup_timeout: _,
        keep_going: _,
        max_loop_lag,
        max_loop_block,
        allow_invalid,
        allow_empty: _,
        series_by,
        debugging,
    } = settings;
    let named = |name: &str, value: &dyn Debug| (name.to_owned(), format!("{value:?}"));
    let mut load = vec![
        named("--duration", duration),
        named("--warmup", warmup),
        named("--spawn-rate", spawn_rate),
        named("--max-loop-delay", max_loop_delay),
        named("--min-loop-delay", min_loop_delay),
        named("--runner-max-journeys", runner_max_journeys),
        named("--max-lateness", max_lateness),
        named("--graceful-stop", graceful_stop),
        named("--max-loop-block", max_loop_block),
        named("--series-by", series_by),
        named("--debugging", debugging),
        named("--runner-timeout", &timeout),
    ];
    // Whoever may read the bucket could find a short value by its fingerprint: of what is
    // secret by its name only that it is given is kept.
    let pairs = config.changes_since(0).pairs.into_iter();
    load.extend(pairs.filter(|(key, _)| typed.contains(key)).map(|(key, value)| {
        let kept = if is_secret(&key) { String::new() } else { fingerprint(&value) };
        (format!("config `{key}`"), kept)
    }));
    let mut limits: Vec<_> = limits.iter().map(ToString::to_string).collect();
    limits.sort();
    let others = vec![
        named("limits", &limits),
        named("--correct-omission", correct_omission),
        named("--max-loop-lag", max_loop_lag),
        named("--allow-invalid", allow_invalid),
    ];
    Options { load, others }
}

/// The same for the same value, in every process of this binary.
fn fingerprint(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    format!("{:016x}", Label::hash_of(&[&text]))
}

/// The names of what is not the same.
pub(super) fn differing(before: &[(String, String)], now: &[(String, String)]) -> Vec<String> {
    let lacks = |all: &[(String, String)], one: &(String, String)| !all.contains(one);
    let changed = before.iter().filter(|one| lacks(now, one));
    let changed = changed.chain(now.iter().filter(|one| lacks(before, one)));
    let mut names: Vec<_> = changed.map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(seconds: u64, hold: &str) -> Options {
        let duration = Some(Duration::from_secs(seconds));
        let settings = RunSettings { duration, seed: seconds, ..RunSettings::default() };
        let config = Config::default();
        config.set("hold", hold);
        config.set("api_token", hold);
        // By the scenario's own code, another one each time.
        config.set("run_id", fastrand::u64(..));
        let typed = ["hold".to_owned(), "api_token".to_owned()];
        of(&settings, Duration::from_secs(10), (&config, &typed), &[])
    }

    #[test]
    fn what_shapes_the_load_is_told_apart_by_name_and_no_value_is_kept_of_the_config() {
        let (before, now) = (options(10, "hunter2"), options(20, "hunter3"));
        assert_eq!(differing(&before.load, &now.load), ["--duration", "config `hold`"]);
        assert_eq!(differing(&before.load, &options(10, "hunter2").load), [""; 0]);
        assert_eq!(differing(&before.others, &now.others), [""; 0]);
        assert!(!format!("{before:?}").contains("hunter2"));
        // Not even by its fingerprint.
        let of_secret = ("config `api_token`".to_owned(), String::new());
        assert!(before.load.contains(&of_secret));
    }
}
