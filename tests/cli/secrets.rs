//! What is secret: hidden wherever people look and files are kept.

use std::fs;
use std::path::{Path, PathBuf};

use mite_tests::Scratch;

use crate::process::{Ran, answering, command, run};

/// An answer that tells a secret twice.
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nset-cookie: sid=s3cret\r\ncontent-length: 28\r\n\r\n{\"token\":\"s3cret\",\"n\":[1,2]}";

fn config(url: &str) -> String {
    format!("url:{}/x?api_key=s3cret&page=2", url.replace("//", "//bob:s3cret@"))
}

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

fn telling(command: &[&str], url: &str, more: &[&str]) -> Ran {
    let url = config(url);
    run("misbehaving", &[command, &["--add-to-config", &url], more].concat())
}

const JOURNEY: [&str; 4] = ["journey", "run", "misbehaving:tells_secrets", "misbehaving:accounts"];
const SCENARIO: [&str; 3] = ["scenario", "test", "misbehaving:telling"];

#[test]
fn journey_run_hides_secrets_and_words_of_machines() {
    for url in [&answering(ANSWER), NOBODY] {
        telling(&JOURNEY, url, &[])
            .hides("s3cret")
            .shows("x?api_key=***&page=2")
            .shows("> authorization: ***")
            .shows("login={\"password\":\"***\",\"user\":\"bob\"}")
            .shows("session_token=\"***\"")
            .shows("misbehaving: signs in at http://***@127.0.0.1:")
            .hides("__root__")
            .hides("error::Error");
    }
}

#[test]
fn journey_run_shows_secrets_if_it_is_told_to() {
    telling(&JOURNEY, &answering(ANSWER), &["--show-secrets"])
        .shows("x?api_key=s3cret&page=2\n")
        .shows("/x?api_key=s3cret&page=2\" response_code=200")
        .shows("> authorization: Basic Ym9iOnMzY3JldA==")
        .shows("< set-cookie: sid=s3cret")
        .shows("< {\"token\":\"s3cret\",\"n\":[1,2]}")
        .shows("login={\"password\":\"s3cret\",\"user\":\"bob\"}")
        .shows("session_token=\"s3cret\"")
        // What everybody sees never has them.
        .shows("1 x no session at http://***@127.0.0.1:");
}

#[test]
fn debugging_hides_secrets_unless_it_is_told_to_show_them() {
    for url in [&answering(ANSWER), NOBODY] {
        telling(&SCENARIO, url, &["--debugging"])
            .expect(1)
            .hides("s3cret")
            .shows("\n  user = \"bob\"\n  password = \"***\"\n")
            .shows("\n  (the journey)\n")
            .shows("session_token=\"***\"")
            .shows("--user 'bob:***'")
            .shows("x?api_key=***&page=2")
            .hides("__root__")
            .hides("error::Error");
    }
    telling(&SCENARIO, &answering(ANSWER), &["--debugging", "--show-secrets"])
        .expect(1)
        .shows("\n  password = \"s3cret\"\n")
        .shows("--user bob:s3cret")
        .shows("no session at http://bob:s3cret@127.0.0.1:");
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("it is there").map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn no_file_of_results_has_secrets_whatever_is_shown() {
    let folder = Scratch::new("secrets");
    let url = config(NOBODY);
    for (url, told) in [
        (&*url, "http error: POST http://127.0.0.1:9/x?api_key=***&page=2 failed: connect: "),
        (&config(&answering(ANSWER)), "no session at http://***@127.0.0.1:"),
    ] {
        let mut command = command("misbehaving", &SCENARIO);
        command.args(["--add-to-config", url, "--duration", "1200ms", "--runners", "1"]);
        command.args(["--json", "a.json", "--csv", "a.csv", "--junit", "a.xml", "--show-secrets"]);
        command.args(["--report", "--log-level", "debug"]);
        let ran = command.env("GITHUB_STEP_SUMMARY", "a.md").current_dir(&folder.0).output();
        let ran = Ran::of(ran.expect("it can be started"));
        ran.expect(1).shows(&format!(" ERROR {told}")).shows(&format!(" x {told}")).hides("s3cret");
        let files = files(&folder.0);
        assert_eq!(files.len(), 4, "{files:?}");
        for file in files {
            let text = fs::read_to_string(&file).expect("it is text");
            for part in ["s3cret", "__root__", "error::Error"] {
                assert!(!text.contains(part), "{part} in {}:\n{text}", file.display());
            }
        }
    }
}

#[test]
fn collected_messages_have_urls_without_secrets_and_files_are_of_their_owner() {
    let folder = Scratch::new("collected");
    for (more, told) in
        [(None, "x?api_key=***&page=2"), (Some("--show-secrets"), "x?api_key=s3cret&page=2")]
    {
        let mut command = command("misbehaving", &SCENARIO);
        command.args(["--add-to-config", &config(NOBODY), "--duration", "200ms"]).args(more);
        command.args([
            "--collector-dir",
            "all",
            "--json",
            "a.json",
            "--csv",
            "a.csv",
            "--junit",
            "a.xml",
        ]);
        let ran = command.current_dir(&folder.0).output().expect("it can be started");
        Ran::of(ran).expect(1);
        let files = files(&folder.0);
        let collected = files.iter().find(|file| file.ends_with("all/current"));
        let collected = fs::read(collected.expect("there are messages")).expect("it can be read");
        let messages = String::from_utf8_lossy(&collected);
        assert!(messages.contains(told), "{messages}");
        assert_eq!(messages.contains("api_key=s3cret"), more.is_some(), "{messages}");
        #[cfg(unix)]
        for file in files {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        fs::remove_dir_all(folder.0.join("all")).expect("it is there");
    }
}

#[test]
fn mistakes_in_what_is_added_to_the_config_do_not_tell_it() {
    for mistake in ["s3cret", ":s3cret", "=s3cret", "", ":"] {
        run("misbehaving", &["journey", "run", "misbehaving:fine", "--add-to-config", mistake])
            .expect(2)
            .shows("--add-to-config takes KEY:VALUE, such as users:5")
            .hides("s3cret");
    }
    let with = |spec, added| {
        let url = ["--add-to-config", "url:http://127.0.0.1:9/", "--add-to-config", added];
        run("misbehaving", &[&["journey", "run", spec], &url[..]].concat()).hides("s3cret")
    };
    for added in ["http_proxy:ftp://bob:s3cret@h", "http_proxy:http://bob:12/34s3cret@h"] {
        with("misbehaving:gets", added).expect(2).shows("http_proxy");
    }
    with("misbehaving:fine", "users_password:s3cret").expect(0).shows("`users_password`");
}

#[test]
fn a_request_that_failed_is_told_as_a_command_without_secrets() {
    let unavailable = answering(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n");
    for (url, what) in [(&*unavailable, "answered 503"), (NOBODY, "got no answer")] {
        let again = format!("POST /x, which {what}, again (*** hides secrets): curl -X POST ");
        telling(&SCENARIO, url, &["--duration", "500ms"])
            .expect(1)
            .hides("s3cret")
            .shows(&again)
            .shows("--user 'bob:***'")
            .shows("/x?api_key=***&page=2'\n");
    }
}
