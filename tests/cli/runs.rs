//! Runs as they should be, from the first start to the summary.

use std::time::Duration;

use crate::process::{Ran, UnderWay, answering, command, misbehave, run};

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
    let count = ran.row("TRANSACTIONS", "test1")[0];
    assert!((50..=70).contains(&count), "{count}");
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
    let names = ["transaction=\"fine\"", "had_error=false"];
    let transactions = ran.out.lines().filter(|line| line.starts_with("txn time=20"));
    let named: Vec<_> = transactions.map(|line| names.map(|name| line.contains(name))).collect();
    // One within the journey, and the journey itself, whose own name says it all.
    assert_eq!(named, [[true, true], [false, true]], "{}", ran.out);
    ran.hides("__root__").hides("time=1");
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
    let found = ran.out.lines().filter(|line| line.starts_with("- "));
    let found: Vec<_> = found.filter(|line| !line.contains("a debug build")).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_log_says_which_lines_there_are_and_when_and_why_each_ends() {
    let ran = misbehave("ending", &["--duration", "2s"]).expect(0);
    let lines = [
        ("fine", "", "its volume is over"),
        ("greets", ", from data pool `misbehaving:three`", "its data is used up"),
        ("greets", ", from data pool `misbehaving:names`", "all its journeys were started"),
        ("fine", "", "the run was stopped"),
        // Its time has not come.
        ("fine", "", "the run was stopped"),
    ];
    for ((journey, pool, why), id) in lines.into_iter().zip(1..) {
        let line = format!("scenario {id} (misbehaving:{journey})");
        let told = [
            Some(format!("INFO  scenario {id}: misbehaving:{journey}{pool}")),
            (id < 5).then(|| format!("INFO  {line} starts")),
            Some(format!("INFO  {line} starts no more journeys: {why}")),
            Some(format!("INFO  {line} has ended")),
        ];
        // Each once, in that order, with nothing else about the line.
        let of_line =
            |text: &&str| text.contains(&line) || text.contains(&format!("scenario {id}:"));
        let said: Vec<_> = ran.err.lines().filter(of_line).collect();
        let told: Vec<_> = told.into_iter().flatten().collect();
        assert_eq!(said.len(), told.len(), "{}", ran.err);
        for (said, told) in said.iter().zip(&told) {
            assert!(said.ends_with(told), "{said:?} is not {told:?}");
        }
    }
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
        "--allow-empty",
    ];
    misbehave("endless", &full)
        .expect(0)
        .shows("1 journey (1 cancelled)")
        .shows("the runners were full; raise --runner-max-journeys");
}

#[test]
fn the_shop_runs_and_some_orders_fail() {
    let ran = run("shop", &["scenario", "test", "shop:rush_hour", "--duration", "4s"]);
    let [browse, sign_up, log_in, order] =
        ["Browse", "Sign up", "Log in", "Order"].map(|name| ran.row("TRANSACTIONS", name));
    assert!(browse[0] > 0 && browse[1] == 0, "{browse:?}");
    // Each step is taken by those only who got through the one before.
    assert!(sign_up[0] >= log_in[0] && log_in[0] >= order[0] && order[0] > 0, "{}", ran.out);
    assert_eq!((sign_up[1], log_in[1]), (0, 0));
    match order[1] {
        0 => ran.expect(0).hides("ERRORS"),
        n => ran.expect(1).shows("ERRORS").shows(&format!("{n} x sold out")),
    };
}

#[test]
fn what_orders_counts_by_itself_is_shown_and_held_against_limits() {
    let ran = run("orders", &["scenario", "test", "orders:evening", "--allow-invalid"]);
    let count = |title: &str, name: &str| ran.row(title, name)[0];
    let orders = ["starter", "main", "dessert"]
        .map(|course| count("COUNTERS", &format!("orders {{course=\"{course}\"}}")));
    let transactions = count("TRANSACTIONS", "order  ");
    assert!(orders[1] > 0 && orders.iter().sum::<u64>() == transactions, "{}", ran.out);
    assert_eq!(count("HISTOGRAMS", "price"), transactions);
    assert_eq!(count("HISTOGRAMS", "seconds {transaction=\"order\"}"), transactions);
    let row = |name: &str| {
        let mut rows = ran.out.lines().filter(|line| line.starts_with(name));
        rows.next().unwrap_or_else(|| panic!("no {name} in {}", ran.out)).to_owned()
    };
    // Starters and mains at 12.50; dessert is not among them.
    let paid = (orders[0] + orders[1]) as f64 * 12.5;
    assert!(row("paid  ").split_whitespace().nth(1) == Some(&paid.to_string()), "{}", ran.out);
    for limit in ["orders {course=main}", "paid sum", "\"tables waiting\" max", "seconds p99"] {
        assert!(row(limit).ends_with("kept"), "{}", ran.out);
    }
}

#[test]
fn a_reader_that_goes_away_does_not_hang_the_run_and_fails_it() {
    let mut run =
        UnderWay::start(&["journey", "test", "misbehaving:fine", "--duration", "1s", "--report"]);
    drop(run.0.stdout.take());
    run.end(Duration::from_secs(20))
        .expect(1)
        .shows("error: the summary failed: Broken pipe")
        .hides("panicked");
}

#[test]
fn journey_run_shows_each_request_and_response_without_secrets() {
    let url = answering(
        b"HTTP/1.1 200 OK\r\nset-cookie: sid=s3cret\r\ncontent-length: 28\r\n\r\n{\"token\":\"s3cret\",\"n\":[1,2]}",
    );
    let url = format!("url:{url}/x?api_key=s3cret&page=2");
    run("misbehaving", &["journey", "run", "misbehaving:gets", "--add-to-config", &url])
        .expect(0)
        .shows("> GET http://127.0.0.1:")
        .shows("/x?api_key=***&page=2")
        .shows("> x-test: it")
        .shows("< HTTP/1.1 200")
        .shows("< set-cookie: ***")
        .shows("< {\"n\":[1,2],\"token\":\"***\"}")
        .shows("= ok in ");
}

#[test]
fn a_test_of_many_shows_no_requests() {
    let url = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let url = format!("url:{url}/");
    let spec = ["scenario", "test", "misbehaving:getting", "--add-to-config", &url];
    run("misbehaving", &[&spec[..], &["--duration", "200ms"]].concat()).hides("> GET");
}
