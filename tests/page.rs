//! Pages in a real browser: Chromium, which `tests/install-tools` installs with what drives
//! it. The checks are in `tests/page/*.mjs`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use std::time::Duration;

use hdrhistogram::Histogram;
use mite_results::compare::{Comparison, Named, Settings};
use mite_results::document::{Document, Number, Series, SeriesKind, Times};
use mite_results::page;
use mite_results::windows::{Counts, History, Limits, Load, Rank, SERIES_SCHEMA, TOTAL_SCHEMA};
use mite_tests::{command, root};

/// A folder of its own, for the reports of a test and its pictures.
fn folder(name: &str) -> PathBuf {
    let folder = root().join("target/tmp/page").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("it can be made");
    folder
}

/// The binary whose shop stands still.
fn stalling() -> Command {
    let mut command = command("stalling", &[]);
    command.current_dir(root());
    command
}

/// Runs it, and leaves its report and results in `folder`, by `name`.
fn report(folder: &Path, name: &str, arguments: &[&str], code: i32) {
    let mut command = stalling();
    command.args(arguments).args(["--hide-constant-logs"]);
    let file = |end| folder.join(format!("{name}.{end}"));
    let out = command
        .args(["--json".as_ref(), file("json").as_os_str()])
        .args(["--html".as_ref(), file("html").as_os_str()])
        .output()
        .expect("cargo builds the examples");
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(code), "{}\n{said}", String::from_utf8_lossy(&out.stdout));
}

/// Has a script look at what is in `folder`.
fn look(script: &str, folder: &Path, more: &[&str]) {
    let tools = root().join("target/tools/page/");
    assert!(
        tools.join("node_modules/axe-core").exists(),
        "{} is missing: run tests/install-tools",
        tools.display()
    );
    let out = Command::new("node")
        .arg(root().join("tests/page").join(script))
        .arg(folder)
        .args(more)
        .env("PAGE_TOOLS", &tools)
        .output()
        .expect("node runs; tests/install-tools installs it");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said}\n{}", String::from_utf8_lossy(&out.stderr));
    println!("{said}");
}

fn save(folder: &Path, name: &str, document: &Document) {
    let html = page::report(document);
    assert!(html.len() <= 2_000_000, "{name}: {}", html.len());
    std::fs::write(folder.join(format!("{name}.html")), html).expect("written");
}

#[test]
fn a_report_of_a_stall_is_read_in_every_way() {
    let folder = folder("stall");
    let stall = ["length=16", "stall_at=7", "stall_for=2.5"];
    let config = stall.iter().flat_map(|pair| ["--add-to-config", pair]);
    let limits =
        ["http p99 < 300ms", r#"transactions p99 {transaction="Pay"} < 9s"#, "errors rate < 50%"];
    let mut arguments = vec!["scenario", "test", "stalling:rush_hour"];
    arguments.extend(config);
    arguments.extend(limits.iter().flat_map(|limit| ["--threshold", limit]));
    report(&folder, "stall", &arguments, 1);
    look("report.mjs", &folder, &[]);
}

#[test]
fn reports_of_odd_runs_are_whole_and_harmless() {
    let folder = folder("odd");
    report(
        &folder,
        "harm",
        &[
            "scenario",
            "test",
            "stalling:harm",
            "--duration",
            "2s",
            "--threshold",
            "errors count < 100000",
        ],
        0,
    );
    report(&folder, "failed", &["scenario", "test", "stalling:all_failed"], 1);
    report(
        &folder,
        "brief",
        &[
            "scenario",
            "test",
            "stalling:rush_hour",
            "--duration",
            "300ms",
            "--add-to-config",
            "length=1",
            "--threshold",
            "errors rate < 50%",
        ],
        0,
    );
    save(&folder, "nothing", &Document::default());
    save(&folder, "one", &single());
    save(&folder, "many", &many());
    look("odd.mjs", &folder, &[]);
}

#[test]
fn a_run_is_seen_while_it_goes_on() {
    let folder = folder("live");
    let json = folder.join("run.json");
    let mut run = stalling()
        .args(["scenario", "test", "stalling:rush_hour", "--add-to-config", "length=600"])
        .args(["--web-address", ":0", "--linger", "10m", "--threshold", "http p99 < 300ms"])
        .args(["--json".as_ref(), json.as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo builds the examples");
    let mut said = BufReader::new(run.stderr.take().expect("piped")).lines();
    let address = said.find_map(|line| Some(line.ok()?.split_once("web: ")?.1.to_owned()));
    let rest = std::thread::spawn(move || said.map_while(Result::ok).collect::<Vec<_>>());
    let looked = std::panic::catch_unwind(|| look("live.mjs", &folder, &[&address.expect("told")]));
    // It stays for ten minutes, or until it is ended.
    run.kill().and_then(|()| run.wait()).expect("it can be ended");
    let said = rest.join().expect("read").join("\n");
    assert!(looked.is_ok(), "{said}");
    assert!(said.contains("is marked: deployed <v2>") || said.contains("deployed <v2>"), "{said}");
    // What the page was told at the end is what was written.
    let written = Document::read(&json).expect("written");
    assert!(written.events.iter().any(|event| &*event.kind == "mark"));
}

#[test]
fn two_runs_lie_over_each_other() {
    let folder = folder("overlay");
    let (a, b) = (steady(1, 1.0), steady(2, 1.25));
    let named = |name: &str, document: &Document| {
        vec![Named { name: name.to_owned(), document: document.clone() }]
    };
    let (before, after) = (named("before.json", &a), named("after.json", &b));
    let comparison = Comparison::of(&before, &after, &Settings::default()).expect("they can be");
    let html = page::overlay(&b, &a, &comparison.html(0.05));
    std::fs::write(folder.join("overlay.html"), html).expect("written");
    look("overlay.mjs", &folder, &[]);
}

/// A minute of 300 requests a second, of some 20 ms times a factor.
fn steady(seed: u64, factor: f64) -> Document {
    let second = Duration::from_secs(1);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut history = History::new(Limits::default());
    let mut all = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("bounds");
    for at in 0..60 {
        let mut micros = all.clone();
        micros.reset();
        for _ in 0..300 {
            let time = 20_000.0 * factor * 1.8_f64.powf(random.f64() * 2.0 - 1.0);
            micros.record(time as u64).expect("below an hour");
        }
        all.add(&micros).expect("of one kind");
        let load = Load { required: 6.0, running_min: 6, running_max: 6, ..Load::default() };
        let counts = |schema| Counts::of(schema, &micros, 0, 0);
        let series =
            [(0, Rank::Total, counts(TOTAL_SCHEMA)), (1, Rank::Series, counts(SERIES_SCHEMA))];
        history.add(second * at, second * (at + 1), &load, series);
    }
    let times = Times::of(&all);
    let rate = Number::new(300.0);
    let total =
        Series { id: 0, count: all.len(), rate_per_s: rate, service: times, ..Series::default() };
    let pay = Series {
        id: 1,
        kind: SeriesKind::Transaction,
        journey: Some("shop:buy".into()),
        name: Some("pay".into()),
        ..total.clone()
    };
    let mut document =
        Document { series: vec![total, pay], windows: history.columns(), ..Document::default() };
    document.run.test = "shop:rush_hour".into();
    document.run.elapsed_s = Number::from(second * 60);
    document.run.load_s = Some(Number::from(second * 60));
    document.totals.requests = all.len();
    document.verdict.passed = true;
    document
}

/// A run of one request.
fn single() -> Document {
    let seconds = |s| Number::new(s).expect("finite");
    let quarter = seconds(0.25);
    let times = Times {
        count: 1,
        min_s: quarter,
        mean_s: quarter,
        max_s: quarter,
        p: vec![(seconds(50.0), quarter)],
        ..Times::default()
    };
    let mut document = Document::default();
    document.run.elapsed_s = seconds(0.4);
    document.series = vec![
        Series { id: 0, count: 1, service: Some(times.clone()), ..Series::default() },
        Series {
            id: 1,
            kind: SeriesKind::Transaction,
            journey: Some("shop:buy".into()),
            name: Some("pay".into()),
            count: 1,
            service: Some(times),
            ..Series::default()
        },
    ];
    document
}

/// Ten thousand series.
fn many() -> Document {
    let mut document = single();
    let template = document.series[1].clone();
    document.series.extend((2..10_002).map(|id| Series {
        id,
        name: Some(format!("page {id}").into()),
        ..template.clone()
    }));
    document
}
