//! Files are interchangeable with upstream mite's: the real one, as it is on
//! PyPI, and ours read what the other has written.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mite::Message;
use mite_core::msgpack::Values;
use mite_tests::{Scratch, example, root, without_options};
use serde_json::{Value, json};

/// A directory in which commands run.
struct Place(Scratch);

impl Place {
    fn new(name: &str) -> Self {
        Self(Scratch::new(name))
    }

    /// Ours: a binary of the examples.
    fn ours(&self, name: &str, arguments: &[&str]) -> Command {
        self.command(&example(name), arguments)
    }

    /// Upstream's, with the journeys of `tests/upstream`.
    fn upstream(&self, arguments: &[&str]) -> Command {
        let upstream = root().join("target/tools/upstream");
        assert!(upstream.join("mite").is_dir(), "upstream mite is missing: run ./test");
        let mut command = self.command(Path::new("python3"), &["-m", "mite"]);
        let paths = [upstream, root().join("tests/upstream")];
        command
            .args(arguments)
            .env("PYTHONPATH", std::env::join_paths(paths).unwrap())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1");
        command
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = without_options(Command::new(program));
        command.args(arguments).current_dir(&self.0.0);
        command
    }

    /// Values of a file as upstream shows them and as we do.
    fn shown(&self, file: &str) -> [Vec<Value>; 2] {
        let theirs = self.upstream(&["cat", file]);
        [theirs, self.ours("recording", &["cat", file])].map(|command| {
            let lines = String::from_utf8(output(command, 0).stdout).unwrap();
            lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
        })
    }

    /// Checks that both show the same in `file`, value for value; returns it.
    #[track_caller]
    fn both_show(&self, file: &str) -> Vec<Value> {
        let [theirs, ours] = self.shown(file);
        assert_eq!(theirs.len(), ours.len(), "{file}");
        for (n, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
            assert_eq!(*theirs, with_less_care(ours), "value {n} of {file}");
        }
        ours
    }
}

#[track_caller]
fn output(mut command: Command, code: i32) -> Output {
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// What a command makes of `input`.
fn fed(mut command: Command, input: &str) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// As upstream shows it: bytes as text, and every key as text.
fn with_less_care(value: &Value) -> Value {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(items) => items.iter().map(with_less_care).collect(),
        Value::Object(fields) => {
            if let Some(Value::String(bytes)) = fields.get("$bytes") {
                return String::from_utf8(BASE64.decode(bytes).unwrap()).unwrap().into();
            }
            if let Some(Value::Array(entries)) = fields.get("$map") {
                let entry = |entry: &Value| (text(&entry[0]), with_less_care(&entry[1]));
                return Value::Object(entries.iter().map(entry).collect());
            }
            let field = |(key, value): (&String, &Value)| (key.clone(), with_less_care(value));
            Value::Object(fields.iter().map(field).collect())
        }
        plain => plain.clone(),
    }
}

#[test]
fn upstream_shows_what_we_recorded() {
    let place = Place::new("recorded");
    let exactly = ["scenario", "test", "create:exactly", "--add-to-config", "names:300"];
    output(place.ours("create", &exactly), 0);
    let mut users: Vec<String> = (0..300).map(|n| format!("user-{n}")).collect();
    let shown = place.both_show("recorder_data/users.msgpack");
    let mut found: Vec<_> = shown.iter().map(|u| u["username"].as_str().unwrap()).collect();
    users.sort();
    found.sort();
    assert_eq!(found, users);
}

#[test]
fn upstream_shows_what_we_collected() {
    let place = Place::new("collected");
    let all = ["scenario", "test", "recording:all_names", "--collector-dir", "collected"];
    output(place.ours("recording", &[&all[..], &["--collector-roll", "4000"]].concat()), 1);
    let mut kinds = std::collections::BTreeMap::<String, u32>::new();
    let mut files = 0;
    for file in std::fs::read_dir(place.0.0.join("collected")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if name == "current_start_time" {
            continue;
        }
        files += 1;
        for message in place.both_show(&format!("collected/{name}")) {
            *kinds.entry(message["type"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    // Every kind of message that the scenario makes, in files that rolled over.
    assert!(files >= 4, "{files}");
    assert_eq!((kinds["data_created"], kinds["txn"]), (5000, 10_000));
    assert_eq!(kinds["made"] + kinds["error"], 5000);
}

#[test]
fn we_read_what_upstream_recorded_and_collected() {
    let place = Place::new("theirs");
    let made = ["journey", "test", "users:create", "users:names", "--volume=5"];
    let limits = ["--hide-constant-logs", "--max-errors-threshold=10"];
    output(place.upstream(&[made.as_slice(), &limits].concat()), 0);

    let users = place.both_show("recorder_data/users.msgpack");
    assert_eq!(users.len(), 100);
    assert_eq!(users[99], json!({ "username": "user-99", "password": "secret of user-99" }));

    let shown = place.both_show("collector_data/current");
    let made = json!({ "$bytes": BASE64.encode(b"\0raw") });
    let is_whole = |m: &&Value| m["raw"] == made && m["most"] == u64::MAX && m["least"] == i64::MIN;
    assert_eq!(shown.iter().filter(is_whole).count(), 100);
    // They are messages as ours are.
    let file = std::fs::File::open(place.0.0.join("collector_data/current")).unwrap();
    let (mut values, mut kinds) = (Values::new(file), Vec::new());
    while let Some(value) = values.next().unwrap() {
        let message = Message::from_bytes(value.to_vec().into()).unwrap();
        if message.kind() == "error" {
            let text: String = message.get("message").unwrap();
            assert!(text.ends_with("MiteError: no luck"), "{text}");
        }
        kinds.push(message.kind().to_owned());
    }
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(["made", "data_created", "error", "txn"].map(count), [100, 100, 10, 200]);

    // And what it recorded feeds a load test of ours, by the names of arguments.
    let signin = ["scenario", "test", "create:signin", "--duration", "1s"];
    let screen = String::from_utf8(output(place.ours("create", &signin), 0).stdout).unwrap();
    assert!(screen.contains("Log in"), "{screen}");
}

#[test]
fn both_turn_lines_into_the_same_bytes_and_back() {
    let place = Place::new("uncat");
    let text = "x".repeat(70_000);
    let values = [
        json!(null),
        json!([true, false, [], {}, ""]),
        json!([0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295_u64, 4_294_967_296_u64]),
        json!([u64::MAX, -1, -32, -33, -128, -129, -32_768, -32_769, i32::MIN, i64::MIN]),
        json!([0.1, -0.0, 1e300, 5e-324, 1.0, f64::MAX]),
        json!({ "text": "é ☂ 🦀 \" \\ \n \0", "x": &text[..31], "y": &text[..32] }),
        json!([&text[..255], &text[..256], text, vec![1; 15], vec![1; 16], vec![1; 70_000]]),
        json!({ "a": { "b": { "c": [{ "d": null }] } } }),
    ];
    let lines: String = values.iter().map(|v| format!("{v}\n")).collect();
    let theirs = fed(place.upstream(&["uncat"]), &lines);
    let ours = fed(place.ours("recording", &["uncat", "-"]), &lines);
    assert!(theirs == ours, "{} and {} bytes", theirs.len(), ours.len());
    std::fs::write(place.0.0.join("values"), ours).unwrap();
    assert_eq!(place.both_show("values"), values);
}

#[test]
fn both_show_what_json_has_no_words_for() {
    let place = Place::new("wordless");
    let mut file = Vec::new();
    rmp::encode::write_map_len(&mut file, 3).unwrap();
    rmp::encode::write_uint(&mut file, 7).unwrap();
    rmp::encode::write_bin(&mut file, b"bytes").unwrap();
    rmp::encode::write_sint(&mut file, -7).unwrap();
    rmp::encode::write_f32(&mut file, 0.1).unwrap();
    rmp::encode::write_str(&mut file, "$key").unwrap();
    rmp::encode::write_nil(&mut file).unwrap();
    std::fs::write(place.0.0.join("values"), file).unwrap();
    let bytes = json!({ "$bytes": BASE64.encode("bytes") });
    let map = json!([[7, bytes], [-7, f64::from(0.1_f32)], ["$key", null]]);
    assert_eq!(place.both_show("values"), [json!({ "$map": map })]);
    let [theirs, _] = place.shown("values");
    assert_eq!(theirs, [json!({ "7": "bytes", "-7": f64::from(0.1_f32), "$key": null })]);
}
