//! What a scenario will do, before a request is sent.

use mite_tests::Scratch;

use crate::process::run;

fn plan(spec: &str, options: &[&str]) -> crate::process::Ran {
    let spec = format!("planned:{spec}");
    run("planned", &[&["plan", &spec], options].concat())
}

#[test]
fn a_plan_says_lines_phases_data_and_runners() {
    let options = ["--time-per-journey", "2s", "--cost-per-journey", "40ms"];
    let shown = plan("rush_hour", &options).expect(0).out;
    let expected = "\
planned:rush_hour: 3 lines, 1 h 1 min

1  planned:browse: journeys per second, evenly
  from               to  per second  arrivals
  0 s             1 min      0 → 20       600
  1 min        1 h 1 min         20    72,000

2  planned:buy, from data pool `planned:users`: journeys at once
";
    // The columns are as wide as they need to be; the words are what counts.
    let squeezed = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let shown = squeezed(&shown);
    assert_eq!(shown[..squeezed(expected).len()], squeezed(expected));
    for line in [
        "0 s 1 min 30 s 50",
        "1 min 30 s 1 min 30.5 s 2",
        "3 planned:browse: single journeys",
        "5 s",
        "10 s",
        // 72,600 arrivals, two single ones, and 50 for 90 s and 2 for half a second,
        // of two seconds each.
        "journeys about 74,853",
        "at most per second 20, first at 1 min",
        // 40 of the open model, and the 50.
        "at most at once 90, first at 1 min",
        "data pool `planned:users` 50 needed (one for each at once), 40 there: 10 too few",
        // 20 + 25 a second at 40 ms each, at 70 % of a core.
        "runners 3 (45 a second at 40 ms each, 70 % of a core)",
        "must hold errors rate < 0.1%",
    ] {
        assert!(shown.iter().any(|shown| shown == line), "{line}: {shown:#?}");
    }
}

#[test]
fn a_plan_as_json_has_the_same_numbers() {
    let json = plan("rush_hour", &["--json", "--runner-max-journeys", "30"]).expect(0).out;
    let plan: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(plan["plan"], 1);
    assert_eq!(plan["duration_s"], 3660.0);
    assert_eq!(plan["lines"][0]["volume"], "per_second");
    let first = serde_json::json!({ "from_s": 0.0, "to_s": 60.0, "from": 0.0, "to": 20.0 });
    assert_eq!(plan["lines"][0]["phases"][0], first);
    assert_eq!(
        plan["lines"][0]["journeys"],
        serde_json::json!({ "number": 72_600, "exact": true })
    );
    assert_eq!(plan["lines"][1]["journeys"], serde_json::Value::Null);
    assert_eq!(plan["lines"][2]["due_s"], serde_json::json!([5.0, 10.0]));
    assert_eq!(plan["data"][0]["missing"], 10);
    assert_eq!(plan["data"][0]["lines"], serde_json::json!([2]));
    // How many of the open model run at once was not said.
    assert_eq!(plan["runners"]["needed"], serde_json::Value::Null);
    assert_eq!(plan["runners"]["at_once_per_runner"], 30);
}

#[test]
fn of_rows_that_are_used_once_a_plan_says_when_they_are_used_up() {
    plan("too_many", &[]).expect(0).shows(
        "1,800 needed (one for each journey), 1,000 there: 800 too few, used up at 50.025 s",
    );
    plan("too_many", &["--duration", "40s"]).expect(0).shows("800 needed").shows("there: enough");
    plan("sign_ups", &[])
        .expect(0)
        .shows("journeys per second, at random times, 7 at once at most")
        .shows("about 1,800 needed");
}

#[test]
fn models_of_the_tests_own_are_asked() {
    let shown = plan("stairs", &["--duration", "25s"]).expect(0);
    let shown = shown.shows("10 s").shows("20 s").shows("25 s");
    shown.shows("at most at once  2, first at 20 s");
    // An hour of it, where it has no end.
    plan("stairs", &[])
        .expect(0)
        .shows("no end")
        .shows("at most at once  359, first at 59 min 50 s");
    plan("nonsense", &[])
        .expect(2)
        .shows("the volume is -0.5; journeys per second cannot be negative");
}

#[test]
fn what_could_not_start_has_no_plan() {
    plan("less_than_one", &[])
        .expect(2)
        .shows("tests/binaries/planned.rs:")
        .shows("this volume is 0.5 at most");
    plan("gone", &[]).expect(2).shows("no scenario `planned:gone`");
    plan("stairs", &["--time-per-journey", "0s"]).expect(2).shows("must be above zero");
}

#[test]
fn a_search_has_its_greatest_rate_and_what_decides() {
    let options = ["--cost-per-journey", "7ms"];
    let shown = plan("search", &options).expect(0);
    let shown = shown.shows("a search for the greatest rate: until `http p99 < 300ms` breaks");
    shown.shows("at most per second  500").shows("runners             5 (500 a second");
}

#[test]
fn a_limit_of_a_search_that_does_not_parse_is_shown_with_a_caret_before_load() {
    for command in
        [&["plan", "planned:bad_search"][..], &["scenario", "test", "planned:bad_search"]]
    {
        run("planned", command)
            .expect(2)
            .shows("tests/binaries/planned.rs:")
            .shows("http p99 < 300msec")
            .shows("^");
    }
}

#[test]
fn rows_of_a_file_that_are_used_once_are_counted() {
    let scratch = Scratch::new("plan");
    let setting = format!("rows:{}", scratch.file("users.csv"));
    let of = |rows: u32| {
        let lines: String = (0..rows).map(|n| format!("user-{n}\n")).collect();
        scratch.write("users.csv", &format!("_user\n{lines}"));
        plan("from_a_file", &["--add-to-config", &setting]).expect(0)
    };
    // The thirteenth arrival, at 2.5 s, finds nothing.
    of(12).shows("15 needed (one for each journey), 12 there: 3 too few, used up at 2.5 s");
    of(15).shows("15 needed (one for each journey), 15 there: enough");
}
