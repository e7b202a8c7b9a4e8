use std::time::Duration;

use mite_core::stats::Threshold;

use super::*;
use crate::run::settings::RunSettings;

fn parse(words: &str) -> std::result::Result<Command, clap::Error> {
    Args::read(std::iter::once("bin").chain(words.split_whitespace())).map(|a| a.command)
}

pub(crate) fn options(words: &str) -> Options {
    match parse(&format!("scenario test a:b {words}")).unwrap() {
        Command::Scenario(ScenarioCommand::Test { options, .. }) => *options,
        other => panic!("{other:?}"),
    }
}

fn refused(words: &str) -> String {
    options(words).check().unwrap_err().to_string()
}

#[test]
fn the_command_line_is_consistent() {
    Args::definition().debug_assert();
}

#[test]
fn every_option_has_its_twin_in_the_environment() {
    fn check(command: &clap::Command) {
        let options = command.get_arguments().filter(|a| !a.is_positional());
        for option in
            options.filter(|a| !["help", "version"].contains(&a.get_id().as_str())).filter(|a| {
                // The form in which a command answers is asked for where it is called.
                a.get_id() != "json" || a.get_action().takes_values()
            })
        {
            let long = option.get_long().expect("every option has a long name");
            let twin = format!("MITE_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(option.get_env().and_then(|e| e.to_str()), Some(&*twin), "--{long}");
        }
        command.get_subcommands().for_each(check);
    }
    check(&Args::definition());
}

#[test]
fn commands_take_their_specs() {
    assert!(matches!(parse("list --json").unwrap(), Command::List { json: true }));
    match parse("journey test a:b a:pool --volume 7").unwrap() {
        Command::Journey(JourneyCommand::Test { spec, pool, volume, .. }) => {
            assert_eq!((&*spec, pool.as_deref(), volume), ("a:b", Some("a:pool"), 7));
        }
        other => panic!("{other:?}"),
    }
    match parse("journey run a:b").unwrap() {
        Command::Journey(JourneyCommand::Run { spec, pool, .. }) => {
            assert_eq!((&*spec, pool), ("a:b", None));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn usage_errors_exit_2_and_help_0() {
    for words in ["", "scenario", "journey test", "fly", "list --fast", "journey run a b c"] {
        let error = parse(words).unwrap_err();
        assert_eq!((error.exit_code(), error.use_stderr()), (2, true), "{words}");
    }
    for words in ["--help", "--version", "scenario test --help"] {
        assert_eq!(parse(words).unwrap_err().exit_code(), 0, "{words}");
    }
}

#[test]
fn what_is_not_given_has_its_default() {
    let mut settings = options("");
    settings.check().unwrap();
    assert!(settings.run.runners >= 1 && settings.run.seed < 1_000_000_000);
    settings.run.runners = 3;
    settings.run.seed = 5;
    assert_eq!(
        settings.run,
        RunSettings {
            runners: 3,
            warmup: None,
            correct_omission: None,
            duration: None,
            seed: 5,
            spawn_rate: 1000.0,
            max_loop_delay: Duration::from_secs(1),
            min_loop_delay: Duration::from_millis(1),
            delay_start_seconds: Duration::ZERO,
            runner_max_journeys: None,
            max_lateness: None,
            graceful_stop: Duration::from_secs(30),
            setup_timeout: Duration::from_secs(60),
            keep_going: false,
            max_loop_lag: Duration::from_millis(100),
            max_loop_block: Duration::from_millis(300),
            allow_invalid: false,
            allow_empty: false,
            series_by: Vec::new(),
            debugging: false,
        }
    );
    assert_eq!(settings.store.records().to_str(), Some("recorder_data"));
    assert!(settings.store.recorder_dir.is_none() && settings.store.collector().is_none());
    assert_eq!(settings.output.log_level, Level::Info);
    assert_eq!(settings.output.message_processors(), [""; 0]);
    assert_eq!(settings.limits.thresholds().unwrap(), []);
    assert_eq!(settings.limits.percentiles().unwrap(), [50.0, 90.0, 98.0, 99.0]);
}

#[test]
fn what_is_given_arrives() {
    let all = "--runners 2 --duration 1h30m --seed 9 --spawn-rate 5.5 --max-loop-delay 500ms \
        --min-loop-delay 0.1 --delay-start-seconds 3 --runner-max-journeys 8 --max-lateness 250ms --warmup 10s --correct-omission 2s --ascii \
        --graceful-stop 1m --setup-timeout 5s --keep-going --max-loop-lag 50ms --max-loop-block 1s --allow-invalid --allow-empty \
        --series-by region,tier --debugging --message-processors a:b,c:d --journey-logging --hide-constant-logs --report \
        --log-level WARNING --max-errors-threshold 4 --max-response-time-threshold 100.5 \
        --mean-response-time-threshold 10 --standard-deviation-response-time-threshold 1 \
        --standard-deviation-req-sec-threshold 2.5 --benchmark-percentiles 99.9:300,50:0";
    let settings = options(all);
    settings.check().unwrap();
    let ms = Duration::from_millis;
    assert_eq!(
        settings.run,
        RunSettings {
            runners: 2,
            warmup: Some(ms(10_000)),
            correct_omission: Some(ms(2_000)),
            duration: Some(ms(5_400_000)),
            seed: 9,
            spawn_rate: 5.5,
            max_loop_delay: ms(500),
            min_loop_delay: ms(100),
            delay_start_seconds: ms(3_000),
            runner_max_journeys: Some(8),
            max_lateness: Some(ms(250)),
            graceful_stop: ms(60_000),
            setup_timeout: ms(5_000),
            keep_going: true,
            max_loop_lag: ms(50),
            max_loop_block: ms(1_000),
            allow_invalid: true,
            allow_empty: true,
            series_by: vec!["region".into(), "tier".into()],
            debugging: true,
        }
    );
    let output = &settings.output;
    assert_eq!(output.message_processors(), ["a:b", "c:d"]);
    assert!(output.journey_logging && output.hide_constant_logs && output.report && output.ascii);
    assert_eq!(output.log_level, Level::Warn);
    let limits: Vec<_> =
        settings.limits.thresholds().unwrap().iter().map(Threshold::to_string).collect();
    assert_eq!(
        limits,
        [
            "errors count <= 4",
            "http max <= 100.5ms",
            "http mean <= 10ms",
            "http stddev <= 1ms",
            "http p99.9 <= 300ms",
            "http rate_stddev <= 2.5/s",
        ]
    );
    assert_eq!(settings.limits.percentiles().unwrap(), [99.9, 50.0]);
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    for (words, text) in [
        ("--runners 0", "--runners 0 would run nothing; give 1 or more"),
        (
            "--collector-roll 7",
            "nothing is collected without a directory; name one with --collector-dir",
        ),
        (
            "--collector-use-json",
            "nothing is collected without a directory; name one with --collector-dir",
        ),
        (
            "--collector-dir c --collector-filter=",
            "--collector-filter names no type of message; name some, such as txn,http_metrics, or leave it out to collect all",
        ),
        (
            "--collector-dir c --collector-filter shop:only_slow",
            "--collector-filter takes types of messages, such as txn,http_metrics, not functions like `shop:only_slow`",
        ),
        (
            "--spawn-rate 0",
            "--spawn-rate 0 would start nothing; give a number above 0, or inf for no limit",
        ),
        (
            "--spawn-rate NaN",
            "--spawn-rate NaN would start nothing; give a number above 0, or inf for no limit",
        ),
        ("--max-loop-delay 0", "--max-loop-delay must be above zero, such as 1s"),
        (
            "--min-loop-delay 2s",
            "--min-loop-delay 2s is above --max-loop-delay 1s; lower the one or raise the other",
        ),
        ("--duration 0s", "--duration 0 would run nothing; give a time such as 10s"),
        ("--runner-max-journeys 0", "--runner-max-journeys 0 would run nothing; give 1 or more"),
        (
            "--mean-response-time-threshold=-1",
            "--mean-response-time-threshold -1 is not a limit; give a number above 0, or 0 for no limit",
        ),
        (
            "--max-response-time-threshold=inf",
            "--max-response-time-threshold inf is more milliseconds than there are",
        ),
        (
            "--benchmark-percentiles 99",
            "--benchmark-percentiles: `99` is not PERCENTILE:MILLISECONDS; write 99:300, or 99:0 for no limit",
        ),
        (
            "--benchmark-percentiles 50:0,101:2",
            "--benchmark-percentiles: `101:2`: a percentile is between 0 and 100",
        ),
    ] {
        assert_eq!(refused(words), text);
    }
    let error = parse("scenario test a:b --duration 10x").unwrap_err().to_string();
    assert!(error.contains("`10x` is not a duration; write 500ms, 10s, 2m, 1h30m"), "{error}");
    assert!(error.contains("--duration <TIME>"), "{error}");
    let error = parse("scenario test a:b --duration 9999999999999999999").unwrap_err().to_string();
    assert!(error.contains("`9999999999999999999` is longer than a test can be"), "{error}");
    let error = parse("scenario test a:b --log-level loud").unwrap_err().to_string();
    assert!(error.contains("error, warn, info, debug"), "{error}");
}

#[test]
fn numbers_of_the_wrong_kind_are_refused_by_name() {
    let whole =
        |text: &str, least: u8| format!("`{text}` is not a whole number; give {least} or more");
    let time = |text: &str| {
        format!("`{text}` is not a duration; write 500ms, 10s, 2m, 1h30m, or a number")
    };
    for (option, value, expected) in [
        ("--volume", "-3", whole("-3", 1)),
        ("--runners", "-1", whole("-1", 1)),
        ("--runners", "abc", whole("abc", 1)),
        ("--runner-max-journeys", "-1", whole("-1", 1)),
        ("--collector-roll", "1.5", whole("1.5", 1)),
        ("--seed", "abc", whole("abc", 0)),
        ("--seed", "-1", whole("-1", 0)),
        ("--max-errors-threshold", "-1", whole("-1", 0)),
        ("--spawn-rate", "fast", "`fast` is not a number; write 10 or 2.5".to_owned()),
        ("--duration", "-5s", time("-5s")),
        ("--graceful-stop", "-1", time("-1")),
        ("--delay-start-seconds", "-1h", time("-1h")),
    ] {
        let error = parse(&format!("journey test a:b {option} {value}")).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let error = error.to_string();
        assert!(error.contains(&expected), "{error}");
        assert!(error.contains(&format!("'{option} <")), "{error}");
    }
    assert_eq!(
        refused("--spawn-rate -5"),
        "--spawn-rate -5 would start nothing; give a number above 0, or inf for no limit"
    );
    assert_eq!(
        refused("--mean-response-time-threshold -1"),
        "--mean-response-time-threshold -1 is not a limit; give a number above 0, or 0 for no limit"
    );
}

#[test]
fn thresholds_are_read_and_all_mistakes_are_told_together() {
    let read = |limits: &[&str]| {
        let words = ["bin", "scenario", "test", "a:b"].into_iter();
        let limits = limits.iter().flat_map(|limit| ["--threshold", limit]);
        match Args::read(words.chain(limits)).unwrap().command {
            Command::Scenario(ScenarioCommand::Test { options, .. }) => options.limits.thresholds(),
            other => panic!("{other:?}"),
        }
    };
    let all: Vec<_> =
        read(&["http p99 {name='a b'} < 1s", "errors rate < 1%\n\n journeys rate > 5/s "])
            .unwrap()
            .iter()
            .map(Threshold::to_string)
            .collect();
    assert_eq!(all, ["http p99 {name='a b'} < 1s", "errors rate < 1%", "journeys rate > 5/s"]);
    assert_eq!(
        read(&["http p99 < 1", "errors rate < 1%", "journeys rte > 5/s"]).unwrap_err().text(),
        "--threshold: p99 of http is a time, and 1 has no unit; write ns, us, ms, s, m or h behind it
  http p99 < 1
             ^
--threshold: there is no statistic `rte`; did you mean `rate`?; journeys have p99, mean, median, min, max, stddev, count, rate, failed, rate_stddev
  journeys rte > 5/s
           ^^^"
    );
}
