//! What is asked for: names, options, settings, and mistakes in them.

use crate::process::{Ran, command, misbehave, run, run as all};

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
fn the_only_scenario_needs_no_name() {
    run("quickstart", &["scenario", "test", "--duration", "200ms"])
        .expect(0)
        .shows("quickstart:scenario on");
    run("quickstart", &["plan"]).expect(0).shows("quickstart:scenario");
    run("staged", &["scenario", "test"])
        .expect(2)
        .shows("there are several scenarios; give the name of one: staged:blocking, staged:broken");
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
        .shows("journey `misbehaving:greets` takes `(String,)`")
        .shows("tests/binaries/misbehaving.rs:")
        .shows("no journey `misbehaving:gone`");
    misbehave("wrong_volumes", &[]).expect(2).shows("-5").shows("`.to(");
    misbehave("nothing", &[]).expect(2).shows("no journeys");
    for (scenario, peak) in [("less_than_one", 0.5), ("never_one", 0.9)] {
        misbehave(scenario, &[])
            .expect(2)
            .shows("tests/binaries/misbehaving.rs:")
            .shows(&format!(": this volume is {peak} at most, and of that the whole journeys are run: none; let it reach 1"));
    }
    misbehave("arrives_at_one", &[])
        .expect(2)
        .shows(": this volume arrives at 1 only as it ends, so that no journey is run; let it go higher, or stay there");
    misbehave("stays_at_one", &[]).expect(0).shows("1 journey");
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
    let staging = ["--config", "misbehaving:staging"];
    ran(&staging, "3").expect(0).shows("name=\"from the environment\"").shows("n=3");
    run("misbehaving", &[&journey[..], &staging].concat())
        .expect(0)
        .shows("name=\"from staging\"")
        .shows("n=7");
    ran(&[], "{").expect(2).shows("MITE_JSON_CONF_n");
    run("misbehaving", &["journey", "run", "misbehaving:sets_config"])
        .expect(1)
        .shows("config is read-only in a journey");
}

#[test]
fn settings_of_the_http_client_are_checked_before_load() {
    let url = ["--add-to-config", "url:http://127.0.0.1:9/", "--duration", "200ms"];
    misbehave("getting", &[&url[..], &["--add-to-config", "http_timeout:soon"]].concat())
        .expect(2)
        .shows("http_timeout");
    // What only a request would find is found before one is sent, too.
    for (setting, text) in [
        ("http_proxy:gopher://bob:s3cretword@h", "a proxy is http://, socks5:// or socks5h://"),
        ("http_proxy:http://bob:s3cret/word@h:1", "written %2F"),
        ("http_ca:no/such.pem", "`http_ca` names no/such.pem"),
        ("http_ca:Cargo.toml", "it must be a PEM file"),
        ("http_cert:no/such.pem", "`http_cert` names no/such.pem"),
        ("http_key:no/such.pem", "without `http_cert`"),
        ("http_user_agent:a\nb", "`http_user_agent` is \"a\\nb\", which no header can hold"),
        ("http_server_name:not a name", "`http_server_name` is \"not a name\""),
        ("http_local_addresses:203.0.113.7", "203.0.113.7, which this machine cannot connect from"),
    ] {
        let ran = misbehave("getting", &[&url[..], &["--add-to-config", setting]].concat());
        ran.expect(2).shows(text).hides("s3cret");
    }
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
        (
            vec!["--duration", "10s", "--warmup", "10s"],
            "the warm-up takes 10.0 s, and load is asked for for 10.0 s, so that nothing would be measured; make the warm-up (--warmup) shorter, or the load longer",
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
fn an_option_before_the_command_is_told_where_to_stand() {
    run("quickstart", &["--log-level=debug", "scenario", "test", "quickstart:scenario"])
        .expect(2)
        .shows("tip: options stand behind the command: scenario test SPEC --log-level=debug");
}

#[test]
fn a_wrong_variable_is_named_and_an_empty_one_is_as_good_as_unset() {
    let with = |name, value| {
        Ran::of(
            command("misbehaving", &["journey", "run", "misbehaving:fine"])
                .env(name, value)
                .output()
                .unwrap(),
        )
    };
    with("MITE_RUNNERS", "many").expect(2).shows("invalid value 'many' for 'MITE_RUNNERS': ");
    with("MITE_SPAWN_RATE", "0").expect(2).shows("error: MITE_SPAWN_RATE 0 would start nothing");
    with("MITE_SPAWN_RATE", "").expect(0);
    with("MITE_EVAL_CONF_n", "1+1").expect(0).shows("write MITE_JSON_CONF_n with JSON");
}

#[test]
fn a_setting_that_no_code_asked_for_is_a_finding() {
    let run = |added| {
        all("misbehaving", &["journey", "run", "misbehaving:fine", "--add-to-config", added])
    };
    run("usres:5").expect(0).shows("- no code asked for the config of `usres`; is it spelt as");
    run("http_timeout:5").expect(0).hides("no code asked");
    // It may be why all failed.
    let failed = |added| {
        all("misbehaving", &["journey", "run", "misbehaving:throws", "--add-to-config", added])
    };
    failed("http_insecrue:true")
        .expect(1)
        .shows("- no code asked for the config of `http_insecrue`");
    failed("users:5").expect(1).hides("no code asked");
}

#[test]
fn no_arrival_is_on_time_to_the_nanosecond() {
    misbehave("good", &["--max-lateness", "0"]).expect(2).shows(
        "error: --max-lateness must be above zero, such as 1s: every arrival is a little late",
    );
}
