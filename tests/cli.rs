//! The command line, as a person uses it: whole processes, their screens and
//! their exit codes.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn binary(name: &str) -> PathBuf {
    // target/debug/deps/cli-… → target/debug/examples/NAME
    let here = std::env::current_exe().expect("a test is a program");
    let path = here.parent().and_then(|deps| deps.parent()).expect("it lies in target/…/deps");
    let path = path.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: cargo test builds it, unless told not to",
        path.display()
    );
    path
}

fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary(name));
    command.args(arguments).stdin(Stdio::null());
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("MITE_")) {
        command.env_remove(key);
    }
    command
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).expect("it prints text"),
            err: String::from_utf8(output.stderr).expect("it prints text"),
        }
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Everything that a person sees.
    fn screen(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    #[track_caller]
    fn shows(self, text: &str) -> Self {
        let screen = self.screen();
        assert!(screen.contains(text), "no {text:?} in:\n{screen}");
        self
    }

    #[track_caller]
    fn hides(self, text: &str) -> Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} in:\n{screen}");
        self
    }
}

fn run(name: &str, arguments: &[&str]) -> Ran {
    Ran::of(command(name, arguments).output().expect("it can be started"))
}

fn misbehave(scenario: &str, more: &[&str]) -> Ran {
    let spec = format!("misbehaving:{scenario}");
    run("misbehaving", &[&["scenario", "test", &spec], more].concat())
}

#[test]
fn the_quick_start_runs_ten_at_once() {
    let ran = Ran::of(
        command(
            "quickstart",
            &["scenario", "test", "quickstart:scenario", "--duration", "3s", "--runners", "2"],
        )
        .env("MITE_CONF_test_msg", "hello there")
        .output()
        .unwrap(),
    )
    .expect(0);
    // Ten at once, half a second each, for three seconds.
    let row = ran.out.lines().find(|l| l.contains("test1")).expect("a row for the transaction");
    let count: u32 = row.split_whitespace().find_map(|w| w.parse().ok()).expect("a count");
    assert!((50..=70).contains(&count), "{row}");
    let line = ran.err.lines().find(|l| l.contains("in flight")).expect("a line at two seconds");
    assert!(line.contains(" 10 in flight"), "{line}");
}

#[test]
fn journey_run_runs_exactly_once_and_shows_its_messages() {
    let ran = Ran::of(
        command("quickstart", &["journey", "run", "quickstart:journey", "quickstart:datapool"])
            .env("MITE_CONF_test_msg", "hello there")
            .output()
            .unwrap(),
    )
    .expect(0)
    .shows("content=\"hello there\"")
    .shows("sum=2");
    let sent = ran.out.lines().filter(|l| l.starts_with("test_message time")).count();
    assert_eq!(sent, 1, "{}", ran.out);
}

#[test]
fn journey_run_without_a_pool_runs_exactly_once() {
    let ran = run("misbehaving", &["journey", "run", "misbehaving:fine"]).expect(0);
    let roots = ran.out.lines().filter(|l| l.contains("transaction=\"__root__\"")).count();
    assert_eq!(roots, 1, "{}", ran.out);
}

#[test]
fn journey_test_runs_until_the_pool_is_empty() {
    let ran = run(
        "misbehaving",
        &[
            "journey",
            "test",
            "misbehaving:greets",
            "misbehaving:names",
            "--volume",
            "25",
            "--report",
        ],
    )
    .expect(0);
    assert!(ran.out.contains("greeting"), "{}", ran.out);
    assert!(ran.out.contains("100"), "{}", ran.out);
    // That the pool is used up is how it ends, not a finding.
    ran.hides("FINDINGS");
}

#[test]
fn list_shows_everything_with_its_place() {
    run("quickstart", &["list"])
        .expect(0)
        .shows("quickstart:journey")
        .shows("arg1: i64")
        .shows("quickstart:datapool")
        .shows("examples/quickstart.rs:");
    let json = run("quickstart", &["list", "--json"]).expect(0).out;
    let list: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert!(json.contains("\"quickstart:scenario\""), "{list}");
}

#[test]
fn an_unknown_name_gets_the_nearest_and_exit_code_2() {
    run("quickstart", &["scenario", "test", "quickstart:scenari"])
        .expect(2)
        .shows("no scenario `quickstart:scenari`")
        .shows("`quickstart:scenario`");
    run("quickstart", &["journey", "run", "quickstart:jurney"])
        .expect(2)
        .shows("`quickstart:journey`");
}

#[test]
fn both_spellings_work() {
    run("quickstart", &["journey", "run", "quickstart.journey", "quickstart::datapool"]).expect(0);
}

#[test]
fn every_mistake_of_a_scenario_is_shown_at_once() {
    misbehave("mismatched", &[])
        .expect(2)
        .shows("2 mistakes")
        .shows("the items of pool `misbehaving:numbers` are `(u64,)`")
        .shows("journey `misbehaving:greets` takes `(alloc::string::String,)`")
        .shows("tests/binaries/misbehaving.rs:")
        .shows("no journey `misbehaving:gone`");
    misbehave("wrong_volumes", &[]).expect(2).shows("-5").shows("`.to(");
    misbehave("nothing", &[]).expect(2).shows("no journeys");
}

#[test]
fn a_pool_on_the_command_line_has_its_whole_name() {
    run("misbehaving", &["journey", "test", "misbehaving:greets", "misbehaving::numbers"])
        .expect(2)
        .shows("the items of pool `misbehaving:numbers` are `(u64,)`");
}

#[test]
fn a_missing_setting_says_how_to_set_it() {
    misbehave("configured", &[]).expect(2).shows("--add-to-config users:VALUE");
    misbehave("configured", &["--add-to-config", "users:2", "--duration", "300ms"]).expect(0);
    misbehave("configured", &["--add-to-config", "users:many"])
        .expect(2)
        .shows("config `users` is \"many\"");
    misbehave("configured", &["--add-to-config", "users"]).expect(2).shows("users");
}

#[test]
fn settings_come_from_every_source_by_strength() {
    let journey = ["journey", "run", "misbehaving:reads_config"];
    let ran = |more: &[&str], n: &str| {
        let mut command = command("misbehaving", &[&journey, more].concat());
        command.env("MITE_CONF_name", "from the environment").env("MITE_JSON_CONF_n", n);
        Ran::of(command.output().unwrap())
    };
    ran(&[], "3").expect(0).shows("name=\"from the environment\"").shows("n=3");
    ran(&["--add-to-config", "name:given: here"], "3").expect(0).shows("name=\"given: here\"");
    ran(&["--config", "misbehaving:staging"], "3")
        .expect(0)
        .shows("name=\"from staging\"")
        .shows("n=7");
    ran(&[], "{").expect(2).shows("MITE_JSON_CONF_n");
    run("misbehaving", &["journey", "run", "misbehaving:sets_config"])
        .expect(1)
        .shows("config is read-only in a journey");
}

#[test]
fn failures_are_shown_once_each_with_count_and_place() {
    let ran = misbehave("throwing", &["--duration", "500ms"])
        .expect(1)
        .shows("invalid digit found in string")
        .shows("tests/binaries/misbehaving.rs:");
    assert_eq!(ran.out.matches("invalid digit found in string").count(), 1, "{}", ran.out);
}

#[test]
fn a_journey_that_fails_without_waiting_is_a_finding() {
    misbehave("failing", &[])
        .expect(1)
        .shows("misbehaving:fails failed 100 of 100 times, and half of its journeys were over");
}

#[test]
fn a_panic_takes_nothing_down() {
    let ran =
        misbehave("panicking", &["--duration", "500ms"]).expect(1).shows("the basket is empty");
    // The panic is reported by mite, not printed by the panic hook each time.
    assert_eq!(ran.screen().matches("the basket is empty").count(), 1, "{}", ran.screen());
}

#[test]
fn a_blocked_loop_is_reported_by_the_name_of_the_journey() {
    misbehave("blocking", &["--runners", "1"]).expect(0).shows("misbehaving:blocks").shows("block");
}

#[test]
fn a_loop_that_is_blocked_for_ever_does_not_keep_the_run_from_ending() {
    misbehave(
        "blocking_for_ever",
        &["--runners", "2", "--duration", "1s", "--graceful-stop", "200ms"],
    )
    .expect(1)
    .shows("1 of misbehaving:blocks_for_ever still ran at the end");
}

#[test]
fn what_never_ends_is_cancelled_and_counted() {
    misbehave("endless", &["--duration", "500ms", "--graceful-stop", "200ms"])
        .expect(0)
        .shows("3 cancelled");
}

#[test]
fn a_journey_that_never_waits_leaves_room_for_the_end() {
    misbehave("spinning", &["--duration", "500ms"]).expect(0);
}

#[test]
fn a_pool_that_fails_ends_its_scenario_and_fails_the_run() {
    misbehave("breaking", &[]).expect(1).shows("the account service is gone");
}

#[test]
fn a_negative_volume_ends_its_scenario_with_an_error() {
    misbehave("negative", &[]).expect(1).shows("-1");
}

#[test]
fn a_pool_that_is_too_small_is_shown() {
    misbehave("starving", &["--duration", "1s"])
        .expect(0)
        .shows("its data pool had no item to give");
}

#[test]
fn an_unreachable_server_is_counted_and_the_run_goes_on() {
    let url = "url:http://127.0.0.1:9/";
    misbehave("getting", &["--add-to-config", url, "--duration", "500ms"])
        .expect(1)
        .shows("connect")
        .shows("GET /");
}

#[test]
fn settings_of_the_http_client_are_checked_before_load() {
    let url = ["--add-to-config", "url:http://127.0.0.1:9/", "--duration", "200ms"];
    misbehave("getting", &[&url[..], &["--add-to-config", "http_timeout:soon"]].concat())
        .expect(2)
        .shows("http_timeout");
    misbehave("getting", &[&url[..], &["--add-to-config", "http_insecure:true"]].concat())
        .expect(1)
        .shows("certificates are not verified");
}

#[test]
fn malformed_options_are_usage_errors() {
    let test = ["scenario", "test", "quickstart:scenario"];
    for (more, text) in [
        (vec!["--duration", "10x"], "10x"),
        (vec!["--spawn-rate", "fast"], "fast"),
        (vec!["--runners", "0"], "--runners 0 would run nothing; give 1 or more"),
        (vec!["--runners", "-1"], "'--runners <N>': `-1` is not a whole number; give 1 or more"),
        (vec!["--duration", "-5s"], "'--duration <TIME>': `-5s` is not a duration; write 500ms"),
        (
            vec!["--duration", "9999999999999999999"],
            "'--duration <TIME>': `9999999999999999999` is longer than a test can be",
        ),
        (
            vec!["--delay-start-seconds", "9999999999999999999"],
            "'--delay-start-seconds <TIME>': `9999999999999999999` is longer than a test can be",
        ),
        (vec!["--no-such-option"], "--no-such-option"),
        (vec!["--message-processors", "quickstart:nobody"], "quickstart:nobody"),
        (vec!["--benchmark-percentiles", "50"], "50"),
    ] {
        run("quickstart", &[&test[..], &more].concat()).expect(2).shows(text);
    }
    run("quickstart", &["--version"]).expect(0).shows(env!("CARGO_PKG_VERSION"));
    run("quickstart", &["--help"]).expect(0).shows("scenario");
}

#[test]
fn processors_see_every_message_and_their_failures_are_their_own() {
    misbehave(
        "starving",
        &["--duration", "200ms", "--message-processors", "misbehaving:greetings"],
    )
    .expect(1)
    .shows("saw user-0")
    .shows("greetings")
    .shows("error: message processor misbehaving:greetings failed 1 time: mite::Error: three is too many (tests/binaries/misbehaving.rs:");
}

#[test]
fn a_processor_that_panics_is_switched_off_and_fails_the_run() {
    let specs = "misbehaving:fragile,misbehaving:greetings";
    let ran = misbehave("once", &["--message-processors", specs])
        .expect(1)
        .shows("error: message processor misbehaving:fragile got no more messages after a panic: glass is broken (tests/binaries/misbehaving.rs:")
        // The others go on, and the panic hook has nothing to print.
        .shows("saw user-0")
        .hides("thread '");
    assert_eq!(ran.out.matches("glass is broken").count(), 1, "{}", ran.out);
}

#[test]
fn debugging_stops_at_the_first_failure_and_shows_everything() {
    let ran = Ran::of(
        command("misbehaving", &["scenario", "test", "misbehaving:failing", "--debugging"])
            .env("MITE_POSTMORTEM", "echo post mortem of {pid} by $PPID")
            .output()
            .unwrap(),
    )
    .expect(1)
    .shows("journey misbehaving:fails failed")
    .shows("no such user user-")
    .shows("tests/binaries/misbehaving.rs:")
    .shows("__root__ :: outer :: inner")
    .shows("about_to_fail");
    let arguments = ran.err.lines().skip_while(|line| *line != "arguments").nth(1);
    let arguments = arguments.expect("a section of arguments");
    assert!(["  user = \"user-0\"", "  user = \"user-1\""].contains(&arguments), "{arguments}");
    let line = ran.out.lines().find(|l| l.starts_with("post mortem of")).expect("the command ran");
    let words: Vec<_> = line.split(' ').collect();
    assert_eq!(words[3], words[5], "{{pid}} is this process: {line}");
}

#[test]
fn debugging_shows_exchanges_as_curl_commands() {
    let url = "url:http://127.0.0.1:9/some/path";
    misbehave("getting", &["--add-to-config", url, "--debugging"])
        .expect(1)
        .shows("curl ")
        .shows("http://127.0.0.1:9/some/path")
        .shows("x-test: it");
}

#[test]
fn debugging_stops_at_a_panic() {
    misbehave("panicking", &["--debugging"])
        .expect(1)
        .shows("the basket is empty")
        .shows("__root__ :: step");
}

#[test]
fn a_breakpoint_stops_on_demand() {
    run("misbehaving", &["journey", "run", "misbehaving:stops_here"])
        .expect(1)
        .shows("breakpoint in journey misbehaving:stops_here at tests/binaries/misbehaving.rs:");
    run("misbehaving", &["journey", "run", "misbehaving:stops_here", "--debugging"])
        .expect(1)
        .shows("reached")
        .shows("__root__ :: before");
}

#[test]
fn a_breakpoint_stops_every_runner() {
    let ran = Ran::of(
        command("misbehaving", &["scenario", "test", "misbehaving:stopping"])
            .env("MITE_POSTMORTEM", "echo begins; sleep 0.5; echo ends")
            .output()
            .unwrap(),
    )
    .expect(1);
    let during = ran.out.split("begins").nth(1).and_then(|rest| rest.split("ends").next());
    let during = during.expect("the command ran");
    // Polls that were under way may finish.
    assert!(during.matches("alive").count() <= 4, "{}", ran.out);
    assert!(ran.out.contains("alive"), "{}", ran.out);
}

#[test]
fn a_stopped_run_is_not_ended_by_its_duration() {
    let ran = Ran::of(
        command(
            "misbehaving",
            &[
                "scenario",
                "test",
                "misbehaving:failing",
                "--debugging",
                "--duration",
                "300ms",
                "--graceful-stop",
                "100ms",
            ],
        )
        .env("MITE_POSTMORTEM", "sleep 4; echo looked at it")
        .output()
        .unwrap(),
    );
    ran.expect(1).shows("looked at it").hides("JOURNEYS");
}

#[test]
fn a_slow_processor_changes_no_rate_and_is_not_waited_for_after_an_interrupt() {
    let start = Instant::now();
    let run = UnderWay::start(&[
        "scenario",
        "test",
        "misbehaving:good",
        "--duration",
        "1s",
        "--message-processors",
        "misbehaving:sleepy",
    ]);
    std::thread::sleep(Duration::from_millis(2500));
    run.interrupt();
    run.end(Duration::from_secs(20)).expect(1).shows("in 1.").shows("was left behind");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn an_interrupt_during_the_start_delay_starts_nothing() {
    let run =
        UnderWay::start(&["scenario", "test", "misbehaving:good", "--delay-start-seconds", "60"]);
    std::thread::sleep(Duration::from_millis(700));
    run.interrupt();
    run.end(Duration::from_secs(20)).expect(0).shows("0 journeys");
}

/// A run that is under way; ended by its own id if the test ends first.
struct UnderWay(Child);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl UnderWay {
    fn start(arguments: &[&str]) -> Self {
        let child = command("misbehaving", arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        Self(child)
    }

    fn interrupt(&self) {
        self.signal("-INT");
    }

    fn signal(&self, signal: &str) {
        let killed = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(killed.expect("kill is a program").success());
    }

    fn end(mut self, limit: Duration) -> Ran {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("it is our child") {
                break status;
            }
            assert!(start.elapsed() < limit, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let (mut out, mut err) = (String::new(), String::new());
        self.0.stdout.take().map(|mut s| s.read_to_string(&mut out));
        self.0.stderr.take().map(|mut s| s.read_to_string(&mut err));
        Ran { code: status.code().expect("it ended by itself"), out, err }
    }
}

#[test]
fn the_first_interrupt_drains_and_reports() {
    let run = UnderWay::start(&["scenario", "test", "misbehaving:good"]);
    std::thread::sleep(Duration::from_millis(700));
    run.interrupt();
    run.end(Duration::from_secs(20))
        .expect(0)
        .shows("stopping")
        .shows("fine")
        .hides("cancelled now");
}

#[test]
fn a_termination_drains_and_reports() {
    let run = UnderWay::start(&["scenario", "test", "misbehaving:good"]);
    std::thread::sleep(Duration::from_millis(700));
    run.signal("-TERM");
    run.end(Duration::from_secs(20))
        .expect(0)
        .shows("stopping")
        .shows("JOURNEYS")
        .hides("cancelled now");
}

#[test]
fn the_second_interrupt_ends_at_once_and_reports() {
    let run = UnderWay::start(&["scenario", "test", "misbehaving:endless"]);
    std::thread::sleep(Duration::from_millis(700));
    run.interrupt();
    std::thread::sleep(Duration::from_millis(300));
    run.interrupt();
    run.end(Duration::from_secs(20)).shows("ending now").shows("3 cancelled");
}

#[test]
fn a_reader_that_goes_away_does_not_hang_the_run() {
    let mut run =
        UnderWay::start(&["journey", "test", "misbehaving:fine", "--duration", "1s", "--report"]);
    drop(run.0.stdout.take());
    run.end(Duration::from_secs(20)).expect(0).hides("panicked");
}

#[test]
fn a_runner_takes_no_more_journeys_than_it_may() {
    let full = [
        "--runners",
        "1",
        "--runner-max-journeys",
        "1",
        "--duration",
        "1s",
        "--graceful-stop",
        "0",
    ];
    misbehave("endless", &full)
        .expect(0)
        .shows("1 journey (1 cancelled)")
        .shows("the runners were full; raise --runner-max-journeys");
}

#[test]
fn the_shop_runs_and_some_orders_fail() {
    let ran = run("shop", &["scenario", "test", "shop:rush_hour", "--duration", "4s"]);
    let numbers = |name: &str| -> Vec<u64> {
        let rows = ran.out.lines().skip_while(|line| !line.starts_with("TRANSACTIONS"));
        let row = rows.take_while(|line| !line.is_empty()).find(|l| l.trim().starts_with(name));
        let row = row.unwrap_or_else(|| panic!("no {name} in:\n{}", ran.out)).trim();
        row[name.len()..].split_whitespace().map_while(|n| n.parse().ok()).collect()
    };
    let [browse, sign_up, log_in, order] = ["Browse", "Sign up", "Log in", "Order"].map(numbers);
    assert!(browse[0] > 0 && browse[1] == 0, "{browse:?}");
    // Each step is taken by those only who got through the one before.
    assert!(sign_up[0] >= log_in[0] && log_in[0] >= order[0] && order[0] > 0, "{}", ran.out);
    assert_eq!((sign_up[1], log_in[1]), (0, 0));
    match order[1] {
        0 => ran.expect(0).hides("ERRORS"),
        n => ran.expect(1).shows("ERRORS").shows(&format!("{n} x mite::Error: sold out")),
    };
}
