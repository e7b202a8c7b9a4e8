//! Journeys, pools and volumes that misbehave.

use crate::process::{misbehave, misbehave_judged, run};

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
    misbehave_judged("blocking", &["--runners", "1"])
        .expect(3)
        .shows("misbehaving:blocks")
        .shows("block");
}

#[test]
fn a_loop_that_is_blocked_for_ever_does_not_keep_the_run_from_ending() {
    misbehave_judged(
        "blocking_for_ever",
        &["--runners", "2", "--duration", "1s", "--graceful-stop", "200ms"],
    )
    .expect(3)
    .shows("1 of misbehaving:blocks_for_ever still ran at the end");
}

#[test]
fn what_never_ends_is_cancelled_and_counted() {
    let options = ["--duration", "1500ms", "--graceful-stop", "200ms"];
    // A run of which nothing came is not green, unless it may be.
    misbehave("endless", &options)
        .expect(1)
        .shows("3 cancelled")
        .shows("error: nothing came of 3 journeys: all were cancelled when the test was over; --duration or --graceful-stop gives them longer");
    misbehave("endless", &[&options[..], &["--allow-empty"]].concat())
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
        .shows("its data pool `misbehaving:few` has 5 items for a volume of 10");
}

#[test]
fn lines_of_the_log_name_their_journey_and_are_limited() {
    let ran = misbehave("logging", &["--duration", "2s", "--runners", "1", "--keep-going"])
        .expect(1)
        .shows("[misbehaving:logs 1] misbehaving: item 5 is odd \\u{1b}[2J")
        .shows(" lines left out at tests/binaries/misbehaving.rs:")
        .shows(": 10 a second are shown of one place, 100 of all")
        .hides("nobody wants to know");
    let lines = ran.err.matches("item 5 is odd").count();
    assert!((20..=40).contains(&lines), "{lines}");
}

#[test]
fn lines_of_the_context_are_limited_each_place_for_itself_and_none_is_forgotten() {
    let ran = misbehave("talking", &["--duration", "1500ms", "--runners", "1"]).expect(0);
    let started = ran.row("JOURNEYS", "misbehaving:talks")[0];
    let ran = ran
        .shows("[misbehaving:talks 1] the first asks http://h/?token=")
        .hides("hunter5")
        .hides("\x1b[2J");
    let shown = ran.err.matches("] and again").count() as u64;
    assert!((10..=30).contains(&shown), "{shown}");
    let left_out: u64 = ran
        .err
        .lines()
        .filter_map(|line| {
            line.split_once(" left out at tests/binaries/misbehaving.rs:")?.0.split("WARN  ").nth(1)
        })
        .filter_map(|lines| {
            lines
                .trim_end_matches("s")
                .trim_end_matches(" line")
                .replace(',', "")
                .parse::<u64>()
                .ok()
        })
        .sum();
    assert_eq!(shown + left_out, started, "{}", ran.err);
}

#[test]
fn what_comes_from_outside_is_cut_escaped_and_masked() {
    let ran = misbehave("logging", &["--duration", "500ms", "--runners", "1"]).expect(1);
    ran.shows("\nERRORS\n").shows("xxx…\n").hides("\x1b").hides("hunter");
}

#[test]
fn a_run_without_hope_ends_by_itself_unless_it_is_told_to_go_on() {
    let url = ["--add-to-config", "url:http://127.0.0.1:9/", "--runners", "1"];
    misbehave("getting", &[&url[..], &["--duration", "60s"]].concat())
        .expect(1)
        .shows("nothing succeeded and the same failure came ")
        .shows("; --keep-going goes on all the same");
    misbehave("getting", &[&url[..], &["--duration", "3s", "--keep-going"]].concat())
        .expect(1)
        .hides("nothing succeeded");
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
fn an_error_is_told_when_it_first_comes_and_not_only_at_the_end() {
    let ran = misbehave("throwing", &["--duration", "2500ms", "--keep-going"]).expect(1);
    let told = "ERROR ParseIntError: invalid digit found in string (in misbehaving:throws, at ";
    let lines: Vec<_> = ran.err.lines().filter(|line| line.contains(told)).collect();
    assert_eq!(lines.len(), 1, "{}", ran.err);
    // Before the test was over.
    let over = ran.err.find("starts no more journeys").expect("it is told");
    assert!(ran.err.find(told).is_some_and(|at| at < over), "{}", ran.err);
}

/// What the journey makes good is an error all the same, and told as the others are.
#[test]
fn an_error_that_the_journey_handles_is_told_at_once_and_once_with_its_transaction() {
    let spec = ["scenario", "test", "panicking:forgiving", "--duration", "1500ms"];
    let ran = run("panicking", &spec).expect(1);
    let told = "ERROR not today (in panicking:forgives, try, at tests/binaries/panicking.rs:";
    assert_eq!(ran.err.matches(told).count(), 1, "{}", ran.err);
    let over = ran.err.find("starts no more journeys").expect("it is told");
    assert!(ran.err.find(told).is_some_and(|at| at < over), "{}", ran.err);
    // No journey failed, and the run did.
    assert_eq!(ran.row("JOURNEYS", "panicking:forgives")[2], 0);
}

/// As long as a header may be; what it leads to is not there any more.
#[test]
fn a_redirect_of_any_length_does_not_cost_the_report() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("url:http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        assert_ne!(client.read(&mut [0; 4096]).unwrap(), 0);
        let path = "a\u{202e}".repeat(65_529 / 4);
        let head = format!("HTTP/1.1 302 Found\r\nlocation: /{path}\r\ncontent-length: 0\r\n\r\n");
        client.write_all(head.as_bytes()).unwrap();
    });
    let ran = misbehave("getting", &["--add-to-config", &url, "--duration", "300ms"]);
    server.join().unwrap();
    let ran =
        ran.expect(1).shows("JOURNEYS").shows("REQUESTS").shows("\nERRORS\n").hides("panicked");
    let longest = ran.screen().lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(5_000), "{longest:?}");
    ran.hides("\u{202e}");
}

#[test]
fn journey_logging_has_a_line_of_errors_for_each_journey() {
    let lines = |more: &[&str]| {
        let ran = misbehave("failing_thrice", more).expect(1);
        let of_journeys =
            ran.err.lines().filter_map(|line| line.split_once("INFO    misbehaving:"));
        let of_journeys: Vec<_> = of_journeys.map(|(_, line)| line.to_owned()).collect();
        (ran.err.contains(" in flight | last 2"), of_journeys, ran)
    };
    let both = vec!["fails: 3 errors".to_owned(), "fine: 0 errors".to_owned()];
    let (totals, journeys, ran) = lines(&["--journey-logging"]);
    assert_eq!((totals, &journeys), (true, &both), "{}", ran.screen());
    // In the end, too: started, finished, failed, cancelled, errors.
    assert_eq!(ran.row("JOURNEYS", "misbehaving:fails"), [3, 0, 3, 0, 3]);
    let (totals, journeys, ran) = lines(&["--journey-logging", "--hide-constant-logs"]);
    assert_eq!((totals, &journeys), (false, &both), "{}", ran.screen());
    let (totals, journeys, ran) = lines(&["--hide-constant-logs"]);
    assert_eq!((totals, journeys), (false, vec![]), "{}", ran.screen());
    let (totals, journeys, ran) = lines(&[]);
    assert_eq!((totals, journeys), (true, vec![]), "{}", ran.screen());
    assert_eq!(ran.row("JOURNEYS", "misbehaving:fails"), [3, 0, 3, 0]);
}
