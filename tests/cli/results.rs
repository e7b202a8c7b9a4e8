//! The results of runs as files, comparisons of them, and exports.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mite_tests::Scratch;
use serde_json::Value;

use crate::process::{Ran, UnderWay, command, misbehave, misbehave_judged, run, run_judged};

/// The results in a file, which keep the schema in docs/.
#[track_caller]
fn read(path: &str) -> Value {
    let text = fs::read_to_string(path).expect("it was written");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    let schema = include_str!("../../docs/mite-run.schema.json");
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let schema = serde_json::from_str(schema).expect("it is JSON");
    compiler.add_resource("mite-run.json", schema).expect("it is a resource");
    let index = compiler.compile("mite-run.json", &mut schemas).expect("it is a schema");
    schemas.validate(&document, index).unwrap_or_else(|e| panic!("{e:#}"));
    document
}

/// The series of a kind and name.
#[track_caller]
fn series<'a>(document: &'a Value, kind: &str, name: Option<&str>) -> &'a Value {
    let all = document["series"].as_array().expect("there are some");
    let found = all.iter().find(|s| s["kind"] == kind && s["name"].as_str() == name);
    found.unwrap_or_else(|| panic!("no {kind} {name:?} in {all:#?}"))
}

#[test]
fn what_journeys_did_is_in_the_file_and_its_windows() {
    let folder = Scratch::new("results-counts");
    let json = folder.file("run.json");
    run(
        "misbehaving",
        &[
            "journey",
            "test",
            "misbehaving:greets",
            "misbehaving:names",
            "--volume",
            "7",
            "--json",
            &json,
            "--label",
            "branch=main",
            "--spawn-rate",
            "50",
            "--seed",
            "11",
            "--add-to-config",
            "password:secret-value",
        ],
    )
    .expect(0);
    let text = fs::read_to_string(&json).unwrap();
    assert!(!text.contains("secret-value"), "{text}");
    let run = read(&json);
    assert_eq!(run["totals"]["journeys"]["started"], 100);
    assert_eq!(run["totals"]["journeys"]["finished"], 100);
    assert_eq!(run["run"]["test"], "misbehaving:greets");
    assert_eq!(
        (&run["run"]["seed"], &run["run"]["labels"]["branch"]),
        (&11.into(), &"main".into())
    );
    assert_eq!(run["run"]["settings"]["spawn_rate"], "50");
    assert_eq!(run["run"]["config_keys"][0], "password");
    assert_eq!(
        (&run["verdict"]["passed"], &run["verdict"]["exit_code"]),
        (&true.into(), &0.into())
    );
    assert_eq!(run["verdict"]["ended_by"], "plan");
    let line = &run["lines"][0];
    assert_eq!((&line["started"], &line["journey"]), (&100.into(), &"misbehaving:greets".into()));
    assert_eq!((&line["pool"]["items"], &line["pool"]["taken"]), (&100.into(), &100.into()));
    // Every window counts, and no sample is in two.
    for (kind, name) in [("journey", None), ("all_journeys", None)] {
        let series = series(&run, kind, name);
        assert_eq!((&series["count"], &series["failed"]), (&100.into(), &0.into()));
        let windows = &run["windows"]["series"][series["id"].to_string()]["count"];
        let windows: u64 = windows.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(windows, 100, "{kind}");
    }
    let started = run["windows"]["started"].as_array().unwrap();
    assert_eq!(started.iter().map(|n| n.as_u64().unwrap()).sum::<u64>(), 100);
    let events = run["events"].as_array().unwrap();
    let text = "line 1 (misbehaving:greets) begins no more: its data is used up";
    assert!(events.iter().any(|e| e["kind"] == "phase" && e["text"] == text), "{events:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&json).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing else is left");
}

/// A server that counts what it is asked; it ends with the test.
fn server() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let count = count.clone();
            std::thread::spawn(move || {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while matches!(stream.read(&mut byte), Ok(1)) {
                    head.push(byte[0]);
                    if head.ends_with(b"\r\n\r\n") {
                        head.clear();
                        count.fetch_add(1, Ordering::SeqCst);
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                        if stream.write_all(answer).is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    (url, asked)
}

#[test]
fn requests_are_those_that_the_server_had() {
    let folder = Scratch::new("results-requests");
    let (url, asked) = server();
    let [json, csv, junit] = ["run.json", "run.csv", "run.xml"].map(|name| folder.file(name));
    let out = command(
        "misbehaving",
        &[
            "scenario",
            "test",
            "misbehaving:getting",
            "--duration",
            "1500ms",
            "--add-to-config",
            &format!("url:{url}"),
            "--threshold",
            "http p99 < 50s",
            "--json",
            &json,
            "--csv",
            &csv,
            "--junit",
            &junit,
        ],
    )
    .env("GITHUB_STEP_SUMMARY", folder.file("summary.md"))
    .output()
    .unwrap();
    Ran::of(out).expect(0);
    let (run, asked) = (read(&json), asked.load(Ordering::SeqCst));
    assert!(asked > 0);
    for kind in ["all_requests", "request"] {
        let all = run["series"].as_array().unwrap();
        let series = all.iter().find(|series| series["kind"] == kind).unwrap();
        assert_eq!((&series["count"], &series["codes"]["200"]), (&asked.into(), &asked.into()));
        assert_eq!(series["received_bytes"], asked * 2);
        assert_eq!(series["service"]["count"], asked);
    }
    assert_eq!(run["totals"]["requests"], asked);
    let limits = run["verdict"]["limits"].as_array().unwrap();
    let limit = limits.iter().find(|limit| limit["expression"] == "http p99 < 50s").unwrap();
    assert_eq!((&limit["limit"], &limit["unit"]), (&50.0.into(), &"s".into()));
    assert_eq!((&limit["samples"], &limit["ok"]), (&asked.into(), &true.into()));
    let table = fs::read_to_string(&csv).unwrap();
    assert!(table.starts_with("t_s,length_s,kind,"), "{table}");
    let report = fs::read_to_string(&junit).unwrap();
    assert!(report.starts_with("<?xml") && report.contains("http p99 &lt; 50s"), "{report}");
    let summary = fs::read_to_string(folder.file("summary.md")).unwrap();
    let grade = if cfg!(debug_assertions) { ", SUSPECT" } else { "" };
    let title = format!("### misbehaving:getting: passed{grade} (exit 0)\n");
    assert!(summary.starts_with(&title), "{summary}");
    assert_eq!(run_export("csv", &json).out, table, "--csv and export write the same");
    let gitlab: Value = serde_json::from_str(&run_export("gitlab", &json).out).unwrap();
    assert_eq!(gitlab["metrics"]["http_reqs"]["count"], asked);
}

fn run_export(format: &str, json: &str) -> Ran {
    run("misbehaving", &["export", "--to", format, json]).expect(0)
}

#[test]
fn failures_are_in_the_file_of_a_run_that_failed() {
    let folder = Scratch::new("results-failures");
    let json = folder.file("run.json");
    misbehave("failing", &["--json", &json, "--keep-going"]).expect(1);
    let run = read(&json);
    assert_eq!(
        (&run["verdict"]["passed"], &run["verdict"]["exit_code"]),
        (&false.into(), &1.into())
    );
    let journeys = &run["totals"]["journeys"];
    assert_eq!((&journeys["started"], &journeys["failed"]), (&100.into(), &100.into()));
    let failures = run["failures"].as_array().unwrap();
    let counts = failures.iter().map(|failure| failure["count"].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), journeys["errors"].as_u64().unwrap());
    assert_eq!(failures[0]["journey"], "misbehaving:fails");
    assert!(failures[0]["location"].as_str().unwrap().contains("misbehaving.rs:"));
}

#[test]
fn an_interrupted_run_writes_them_too() {
    let folder = Scratch::new("results-signal");
    let json = folder.file("run.json");
    let run = UnderWay::start(&["scenario", "test", "misbehaving:planned", "--json", &json]);
    std::thread::sleep(Duration::from_millis(1_500));
    run.interrupt();
    run.end(Duration::from_secs(30)).expect(130);
    let run = read(&json);
    assert_eq!(run["verdict"]["ended_by"], "signal");
    assert_eq!(
        (&run["verdict"]["exit_code"], &run["verdict"]["passed"]),
        (&130.into(), &false.into())
    );
    assert_eq!(run["run"]["planned_s"], 3600.0);
    let events = run["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["kind"] == "signal"), "{events:?}");
    let journeys = &run["totals"]["journeys"];
    assert!(journeys["finished"].as_u64().unwrap() > 0, "{journeys}");
}

#[test]
fn an_invalid_run_says_so_in_its_file_and_is_not_compared() {
    let folder = Scratch::new("results-invalid");
    let json = folder.file("run.json");
    misbehave_judged("blocking_briefly", &["--json", &json]).expect(3);
    let document = read(&json);
    let verdict = &document["verdict"];
    assert_eq!((&verdict["validity"], &verdict["exit_code"]), (&"invalid".into(), &3.into()));
    let reasons = verdict["reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|reason| reason["code"] == "blocked"), "{reasons:?}");
    let blocked = &document["generator"]["blocked"][0];
    assert_eq!(blocked["journey"], "misbehaving:blocks_briefly");
    assert!(blocked["max_s"].as_f64().unwrap() >= 0.3, "{blocked}");
    run_judged("misbehaving", &["compare", "--json", &json, &json])
        .expect(3)
        .shows("A is invalid: misbehaving:blocks_briefly kept its runner");
}

#[test]
fn a_place_that_cannot_be_had_is_said_before_load() {
    for option in ["--json", "--html", "--csv", "--junit"] {
        misbehave("good", &[option, "/nowhere/at/all/run"])
            .expect(2)
            .shows(&format!("error: {option}: /nowhere/at/all/run cannot be written: No such file"))
            .hides("JOURNEYS");
    }
    misbehave("good", &["--json", "/tmp"]).expect(2).shows("--json: /tmp cannot be written");
    misbehave("good", &["--label", "main"]).expect(2).shows("--label `main` is not KEY=VALUE");
}

#[test]
fn results_that_cannot_be_written_fail_the_run_as_lost() {
    let folder = Scratch::new("results-gone");
    let json = folder.file("run.json");
    let mut run = UnderWay::start(&[
        "scenario",
        "test",
        "misbehaving:good",
        "--duration",
        "2s",
        "--json",
        &json,
    ]);
    let out = run.0.stdout.take();
    std::thread::sleep(Duration::from_millis(700));
    fs::remove_dir_all(&folder.0).unwrap();
    run.0.stdout = out;
    run.end(Duration::from_secs(30))
        .expect(4)
        .shows(&format!("error: the results were lost: {json} cannot be written"))
        .shows("JOURNEYS");
    #[cfg(target_os = "linux")]
    misbehave("good", &["--duration", "500ms", "--json", "/dev/full"])
        .expect(4)
        .shows("error: the results were lost: /dev/full cannot be written: No space left");
}

/// A run of ten seconds, of so many milliseconds a transaction.
fn works(folder: &Scratch, name: &str, milliseconds: u32) -> String {
    let json = folder.file(name);
    let work = format!("work_ms:{milliseconds}");
    misbehave(
        "working",
        &["--json", &json, "--seed", "1", "--allow-invalid", "--add-to-config", &work],
    )
    .expect(0);
    json
}

#[test]
fn runs_are_compared_and_exported() {
    let folder = Scratch::new("results-compare");
    let (a, b) = std::thread::scope(|scope| {
        let b = scope.spawn(|| works(&folder, "b.json", 300));
        (works(&folder, "a.json", 150), b.join().unwrap())
    });
    // How busy this machine is is not the point.
    let compare =
        |files: &[&str]| run("misbehaving", &[&["compare", "--allow-invalid"], files].concat());
    compare(&[&a, &a, "--single-pair"]).expect(0).hides("SLOWER");
    compare(&[&a, &b]).expect(1).shows("SLOWER");
    let page = folder.file("compared.html");
    compare(&[&a, &b, "--html", &page]).expect(1).shows("SLOWER");
    let read = |path| mite_results::document::Document::read(path).expect("results");
    assert_eq!(read(&page), read(&b), "the candidate is in it");
    let html = fs::read_to_string(&page).expect("written");
    assert!(html.contains("<h2>Comparison</h2>\n<p class=\"verdict bad\"><b>SLOWER"), "{html}");
    assert!(html.contains("<script type=\"application/json\" id=\"base\">"));
    compare(&[&a, &b, "--html", "/nowhere/x.html"])
        .expect(2)
        .shows("error: --html: /nowhere/x.html");
    compare(&[&b, &a]).expect(0).shows("FASTER");
    compare(&[&a, &a, "--", &b, &b]).expect(1).shows("SLOWER");
    let markdown = compare(&[&a, &b, "--markdown"]).expect(1);
    assert!(markdown.out.contains("| "), "{}", markdown.out);
    let json = compare(&[&a, &b, "--json"]).expect(1);
    let _: Value = serde_json::from_str(&json.out).expect("it is JSON");
    for format in ["bmf", "gab"] {
        let exported = run_export(format, &a);
        let _: Value = serde_json::from_str(&exported.out).expect(format);
    }
    let log = run_export("hlog", &a).out;
    assert!(log.contains("\nTag=misbehaving:works/work,"), "{log}");
    assert!(run_export("junit", &a).out.starts_with("<?xml"));
    // Another test is no later version of the same one.
    let other = folder.file("other.json");
    misbehave("good", &["--duration", "1s", "--json", &other]).expect(0);
    compare(&[&a, &other]).expect(3).shows("different tests").shows("--allow-different");
}

#[test]
fn moments_that_a_journey_marks_are_logged_and_in_the_file() {
    let folder = Scratch::new("results-marks");
    let json = folder.file("run.json");
    run("misbehaving", &["journey", "run", "misbehaving:marks", "--json", &json])
        .expect(0)
        .shows("INFO  mark at 00:00: deployed v2")
        .shows("INFO  mark at 00:00: rolled back from /?token=***");
    let run = read(&json);
    let events = run["events"].as_array().unwrap().iter();
    let marks: Vec<_> = events.filter(|event| event["kind"] == "mark").collect();
    let texts: Vec<_> = marks.iter().map(|mark| mark["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["deployed v2", "rolled back from /?token=***"]);
    let [first, second] = [0, 1].map(|n: usize| marks[n]["t_s"].as_f64().unwrap());
    assert!(second - first >= 0.1, "{first} {second}");
    assert_eq!(run["truncated"]["events"], 0);
}

#[test]
fn what_is_no_file_of_results_is_said() {
    let folder = Scratch::new("results-wrong");
    let [text, other] = ["text.json", "other.json"].map(|name| folder.file(name));
    fs::write(&text, "{\"metrics\": {}}").unwrap();
    fs::write(&other, "{\"format\": \"mite.run\", \"version\": 9}").unwrap();
    for words in [&["compare", &text, &text][..], &["export", "--to", "bmf", &text]] {
        run("misbehaving", words)
            .expect(2)
            .shows(&format!("error: {text} is not a file of results of mite"));
    }
    run("misbehaving", &["export", "--to", "bmf", &other]).expect(2).shows("is of version 9");
    run("misbehaving", &["compare", "/nowhere/a.json", &text])
        .expect(2)
        .shows("/nowhere/a.json: No such file");
    run("misbehaving", &["compare", &text]).expect(2).shows("two files of results at least");
    run("misbehaving", &["export", "--to", "xls", &text])
        .expect(2)
        .shows("`xls` is no format; there are bmf");
    run("misbehaving", &["compare", &text, &text, "--margin", "3"])
        .expect(2)
        .shows("`3` is no share; write 3% or 0.03");
}
