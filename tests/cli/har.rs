//! What `journey run` writes of its exchanges, and shows of them.

use std::fs;
use std::path::PathBuf;

use mite_tests::root;
use serde_json::Value;

use crate::process::{answering, run};

const JOURNEY: [&str; 4] = ["journey", "run", "misbehaving:tells_secrets", "misbehaving:accounts"];

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nset-cookie: sid=s3cret\r\ncontent-type: application/json\r\ncontent-length: 28\r\n\r\n{\"token\":\"s3cret\",\"n\":[1,2]}";

/// `./test` imports it from there.
fn place() -> PathBuf {
    let directory = root().join("target/har");
    fs::create_dir_all(&directory).expect("target can be written to");
    directory.join("own.har")
}

/// The schema of HAR 1.2, of npm's `har-schema`.
fn check(har: &Value) {
    let schemas = root().join("target/tools/page/node_modules/har-schema/lib");
    let mut compiler = boon::Compiler::new();
    compiler.set_default_draft(boon::Draft::V6);
    let files = fs::read_dir(&schemas)
        .unwrap_or_else(|e| panic!("har-schema is missing ({e}): run ./test"));
    for file in files.map(|file| file.expect("it can be listed").path()) {
        if file.extension().is_some_and(|of| of == "json") {
            let name =
                file.file_name().and_then(|name| name.to_str()).expect("it is text").to_owned();
            let mut schema: Value =
                serde_json::from_slice(&fs::read(&file).expect("it is there")).expect("it is JSON");
            // They name each other by their files.
            schema.as_object_mut().map(|schema| schema.remove("$id"));
            compiler.add_resource(&format!("http://har/{name}"), schema).expect("it is a schema");
        }
    }
    let mut all = boon::Schemas::new();
    let schema = compiler.compile("http://har/har.json", &mut all).expect("it compiles");
    if let Err(error) = all.validate(har, schema) {
        panic!("{error}\n{har:#}");
    }
}

#[test]
fn a_journey_is_written_as_a_har_without_secrets() {
    let (file, server) = (place(), answering(ANSWER));
    let url = format!("url:{}/x?api_key=s3cret&page=2", server.replace("//", "//bob:s3cret@"));
    let words = ["--add-to-config", &url, "--har", file.to_str().expect("it is text")];
    run("misbehaving", &[&JOURNEY[..], &words].concat())
        .shows("own.har: 1 request")
        .hides("s3cret");
    let text = fs::read_to_string(&file).expect("it was written");
    assert!(!text.contains("s3cret"), "{text}");
    let har: Value = serde_json::from_str(&text).expect("it is JSON");
    check(&har);
    let entry = &har["log"]["entries"][0];
    assert_eq!(entry["request"]["method"], "POST");
    assert_eq!(entry["request"]["url"], format!("{server}/x?api_key=***&page=2"));
    assert_eq!(entry["request"]["postData"]["mimeType"], "application/json");
    assert_eq!(
        (&entry["response"]["status"], &entry["response"]["content"]["size"]),
        (&200.into(), &28.into())
    );
    assert_eq!(entry["serverIPAddress"], "127.0.0.1");
}

#[test]
fn without_a_response_the_reason_is_there_and_it_is_a_har_still() {
    let file = place().with_file_name("refused.har");
    let words =
        ["--add-to-config", "url:http://127.0.0.1:9/", "--har", file.to_str().expect("it is text")];
    run("misbehaving", &[&JOURNEY[..], &words].concat()).expect(1);
    let har: Value =
        serde_json::from_slice(&fs::read(&file).expect("it was written")).expect("it is JSON");
    check(&har);
    let response = &har["log"]["entries"][0]["response"];
    assert_eq!(response["status"], 0);
    assert!(response["comment"].as_str().is_some_and(|why| why.contains("refused")), "{response}");
}

#[test]
fn a_place_that_cannot_be_had_is_told_before_anything_runs() {
    run("misbehaving", &[&JOURNEY[..], &["--har", "/nowhere/at/all.har"]].concat())
        .expect(2)
        .shows("error: --har: /nowhere/at/all.har")
        .hides("signs in");
}

#[test]
fn bodies_are_shown_up_to_a_length_that_verbose_raises() {
    let body = "x".repeat(5_000);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{body}");
    let answer: &[u8] = answer.into_bytes().leak();
    let words = |more: &[&'static str]| {
        let server = format!("url:{}/", answering(answer));
        run("misbehaving", &[&JOURNEY[..], &["--add-to-config", &server], more].concat())
    };
    words(&[]).shows("< … 3000 bytes more").hides(&body);
    words(&["-v"]).shows(&body).hides("bytes more");
}
