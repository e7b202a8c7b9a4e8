//! Reports of runs: what is written, when, and what is made of it again. What a browser
//! makes of them is in `tests/page.rs`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use mite_results::document::Document;
use mite_tests::Scratch;

use crate::process::{UnderWay, misbehave, run, run_judged};

#[test]
fn a_report_holds_the_results_and_is_made_of_them_again() {
    let folder = Scratch::new("report");
    let (json, html) = (folder.file("run.json"), folder.file("run.html"));
    misbehave("good", &["--duration", "1s", "--json", &json, "--html", &html]).expect(0);
    let results = Document::read(&json).expect("results");
    assert_eq!(Document::read(&html).expect("they are in it"), results);
    let page = fs::read_to_string(&html).expect("text");
    assert!(page.contains("<p><b>PASSED</b>, exit code 0</p>"));
    assert!(page.contains("The load generator "));
    assert_eq!(run("misbehaving", &["report", &json]).expect(0).out, page);
    // Of a report, too, and into a file.
    let again = folder.file("again.html");
    run("misbehaving", &["report", &html, "--html", &again]).expect(0);
    assert_eq!(fs::read_to_string(&again).expect("written"), page);
    run_judged("misbehaving", &["compare", &json, &html, "--single-pair"]).hides("SLOWER");
    run("misbehaving", &["export", "--to", "csv", &html]).expect(0).shows("t_s,length_s,kind");
}

#[test]
fn an_interrupted_run_has_a_report_that_says_so() {
    let folder = Scratch::new("report-signal");
    let html = folder.file("run.html");
    let run = UnderWay::start(&["scenario", "test", "misbehaving:planned", "--html", &html]);
    std::thread::sleep(Duration::from_millis(1_500));
    run.interrupt();
    run.end(Duration::from_secs(30)).expect(130);
    let page = fs::read_to_string(&html).expect("written");
    assert!(page.contains("<p><b>FAILED</b>, exit code 130</p>"));
    assert!(page.contains("<td>signal</td>"), "{page}");
}

#[test]
fn a_report_that_cannot_be_written_fails_the_run_as_lost() {
    #[cfg(target_os = "linux")]
    misbehave("good", &["--duration", "500ms", "--html", "/dev/full"])
        .expect(4)
        .shows("error: the results were lost: /dev/full cannot be written: No space left");
}

#[test]
fn what_no_report_can_be_made_of_is_said() {
    let folder = Scratch::new("report-none");
    let page = folder.file("page.html");
    fs::write(&page, "<!doctype html><p>Hello").expect("written");
    run("misbehaving", &["report", &page]).expect(2).shows(
        "page.html is a page without results of mite. Reports with them are written by --html FILE",
    );
    let json = folder.file("run.json");
    run("misbehaving", &["report", &json]).expect(2).shows("run.json: No such file");
    misbehave("good", &["--duration", "200ms", "--json", &json]).expect(0);
    run("misbehaving", &["report", &json, "--html", "/nowhere/report.html"])
        .expect(2)
        .shows("error: --html: /nowhere/report.html cannot be written: No such file");
    assert!(!Path::new("/nowhere").exists());
}
