//! `cargo mite`, as a person types it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn mite(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_cargo-mite");
    // Cargo calls it so.
    Command::new(program).arg("mite").args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], why: &str) {
    let output = mite(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    let told = text(&output.stderr);
    assert!(told.starts_with(why), "{told}");
}

fn recording(name: &str) -> String {
    format!("{}/tests/recordings/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// As rustfmt leaves it where nothing is set.
#[track_caller]
fn assert_formatted(folder: &Path, files: &[&str]) {
    let settings = ["--edition", "2024", "--check", "--config", "use_small_heuristics=Default"];
    let check = Command::new("rustfmt").args(settings).args(files).current_dir(folder).output();
    let check = check.expect("rustfmt is there");
    assert!(check.status.success(), "{}{}", text(&check.stdout), text(&check.stderr));
}

#[test]
fn a_crate_may_be_made_in_a_repository_that_was_just_cloned() {
    let folder = folder("shop-cloned");
    fs::create_dir(folder.join(".git")).unwrap();
    let output = mite(&folder, &["new", "."]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = "made shop-cloned\n\n    cargo test\n    cargo run --release -- scenario test\n";
    assert_eq!(text(&output.stdout), told);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"shop-cloned\"\n"), "{manifest}");
    refused(&folder, &["new", "."], "error: . is not empty, and nothing in it is overwritten");
}

#[test]
fn a_new_crate_has_all_that_it_needs() {
    let folder = folder("new");
    let output = mite(&folder, &["new", "shop-load"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read = |file: &str| fs::read_to_string(folder.join("shop-load").join(file)).unwrap();
    assert_eq!(read("src/main.rs"), "mite::main!(shop_load);\n");
    assert!(read("Cargo.toml").contains("name = \"shop-load\"\n"));
    assert!(read("tests/journeys.rs").contains("mite::testing::journey(\"shop_load:order\")"));
    // Here it is built from sources, which CI does not have.
    assert!(
        read("Cargo.toml")
            .contains("they must be there wherever this is built, in CI too.\nmite = { package")
    );
    for workflow in [".github/workflows/load-test.yml", ".gitlab-ci.yml"] {
        let line = "cargo run --release -- scenario test shop_load:rush_hour --json results.json --html results.html --junit results.xml";
        assert!(read(workflow).contains(line), "{workflow}");
    }
    let files = [".gitignore", "README.md", "src/lib.rs", "src/service.rs"];
    for text in files.map(read) {
        assert!(!text.is_empty() && !text.contains("{{"), "{text}");
    }
    // As `cargo fmt` leaves it, whatever this repository has set for itself.
    let sources = ["src/lib.rs", "src/main.rs", "tests/journeys.rs"];
    assert_formatted(&folder.join("shop-load"), &sources);
    // Nothing of what somebody wrote is overwritten.
    fs::write(folder.join("shop-load/src/lib.rs"), "// mine").unwrap();
    refused(&folder, &["new", "shop-load"], "error: shop-load is not empty, and nothing in it");
    assert_eq!(read("src/lib.rs"), "// mine");
}

#[test]
fn a_new_crate_may_test_a_service_elsewhere() {
    let folder = folder("new-for");
    let url = "https://shop.example.com/app/";
    assert!(mite(&folder, &["new", "shop", "--for", url]).status.success());
    assert_formatted(&folder.join("shop"), &["src/lib.rs", "src/main.rs", "tests/journeys.rs"]);
    let library = fs::read_to_string(folder.join("shop/src/lib.rs")).unwrap();
    assert!(library.contains("SERVICE: &str = \"https://shop.example.com/app\";\n"), "{library}");
    assert!(!folder.join("shop/src/service.rs").exists());
    for (url, why) in [
        (
            "shop",
            "error: --for shop: it does not begin with https:// or http://; write https://shop",
        ),
        ("http://", "error: --for http://: that is no address"),
        ("ftp://shop", "error: --for ftp://shop: `ftp` is neither http nor https"),
        ("http://a?b=c", "error: --for http://a?b=c: it has a query"),
        ("http://a:b@c", "error: --for http://a:b@c: it has a password in it"),
    ] {
        refused(&folder, &["new", "other", "--for", url], why);
    }
    refused(&folder, &["new", "1st"], "error: `1st` cannot be the name of a crate");
    refused(
        &folder,
        &["new", "a", "--mite", "nowhere"],
        "error: --mite nowhere: there are no sources",
    );
    assert!(!folder.join("other").exists());
}

#[test]
fn a_recording_is_the_journey_that_a_person_would_write() {
    let folder = folder("import");
    let output =
        mite(&folder, &["import", "har", &recording("chrome.har"), "--name", "buy", "--stdout"]);
    let journey = text(&output.stdout);
    let expected = recording("chrome.rs.txt");
    if std::env::var_os("UPDATE_RECORDINGS").is_some() {
        fs::write(&expected, journey).unwrap();
    }
    assert_eq!(
        journey,
        fs::read_to_string(&expected).unwrap(),
        "UPDATE_RECORDINGS=1 writes it anew"
    );
    // As another browser writes it: no types of resources, other zones, a page without a title.
    let output =
        mite(&folder, &["import", "har", &recording("firefox.har"), "--name", "buy", "--stdout"]);
    let journey = text(&output.stdout);
    let transactions: Vec<_> = journey
        .lines()
        .filter_map(|line| line.split_once("transaction(\"")?.1.split_once('"'))
        .map(|t| t.0)
        .collect();
    assert_eq!(transactions, ["GET /", "POST /orders"]);
    assert!(journey.contains("ctx.think(secs(1.5)..secs(2.5)).await;"), "{journey}");
    assert!(journey.contains(".form(&[(\"item\", \"3\")])"), "{journey}");
    assert!(
        journey.contains("get_or(\"api_shop_test_url\", \"http://api.shop.test:8080\")"),
        "{journey}"
    );
}

#[test]
fn an_import_becomes_a_module_of_the_crate() {
    let folder = folder("module");
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"shop-load\"\n").unwrap();
    fs::write(folder.join("src/lib.rs"), "//! Load.\n\nuse mite::prelude::*;\n\nfn a() {}\n")
        .unwrap();
    let output = mite(&folder, &["import", "har", &recording("chrome.har")]);
    let told = text(&output.stdout);
    assert_eq!(
        told,
        "wrote src/chrome.rs: 7 requests in 4 steps
left out: 2 files (pictures, styles, scripts), requests to other hosts (stats.tracker.example: 1; --host takes one in), 2 requests that the browser made on its own or gave up
4 values of answers used in later requests
add `serde_json = \"1\"` to the dependencies in Cargo.toml

    cargo run -- journey run shop_load::chrome:chrome --add-to-config email:… --add-to-config password:…
"
    );
    let library = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    assert_eq!(library, "//! Load.\n\nuse mite::prelude::*;\n\npub mod chrome;\n\nfn a() {}\n");
    // Each at its place, as rustfmt wants it.
    for name in ["a", "zoo", "middle"] {
        let arguments = ["import", "curl", "--name", name, "curl http://a"];
        assert!(mite(&folder, &arguments).status.success());
    }
    let library = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    let modules = "pub mod a;\npub mod chrome;\npub mod middle;\npub mod zoo;\n\nfn a() {}\n";
    assert!(library.ends_with(&format!("use mite::prelude::*;\n\n{modules}")), "{library}");
    refused(
        &folder,
        &["import", "har", &recording("chrome.har")],
        "error: src/chrome.rs is there already",
    );
}

#[test]
fn a_command_of_curl_is_a_journey() {
    let folder = folder("curl");
    let command = [
        "import",
        "curl",
        "--stdout",
        "--name",
        "pay",
        "curl",
        "-u",
        "bob:hunter2",
        "-d",
        "a=1",
        "http://a/pay",
    ];
    let output = mite(&folder, &command);
    let journey = text(&output.stdout);
    for part in [
        "pub async fn pay(",
        ".post(format!(\"{app}/pay\"))",
        "require::<String>(\"password\")",
        ".form(&[(\"a\", \"1\")])",
        ".error_for_status()?;",
    ] {
        assert!(journey.contains(part), "no {part} in {journey}");
    }
    assert!(!journey.contains("hunter2"), "{journey}");
    // All requests of a page, as browsers copy them.
    let all = "curl 'http://a/x' \\\n -H 'x: y' ;\ncurl 'http://a/x?y=1' ;\ncurl 'http://a/z'";
    let output = mite(&folder, &["import", "curl", "--stdout", all]);
    let journey = text(&output.stdout);
    for part in ["3 requests in 3 steps", "\"GET /x\"", "\"GET /x 2\"", "\"GET /z\""] {
        assert!(journey.contains(part), "no {part} in {journey}");
    }
    refused(
        &folder,
        &["import", "curl", "curl 'http://a"],
        "error: a ' of the command is never closed",
    );
    refused(&folder, &["import", "curl", "curl http://a"], "error: there is no folder src here");
    let behind = ["import", "curl", "curl http://a", "--name", "pay"];
    refused(&folder, &behind, "error: `--name` stands behind the command");
}

#[test]
fn what_is_no_recording_says_why() {
    let folder = folder("broken");
    let whole = fs::read_to_string(recording("chrome.har")).unwrap();
    fs::write(folder.join("cut.har"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.join("other.har"), "{\"a\": 1}").unwrap();
    let files = whole.replace("\"_resourceType\": \"document\"", "\"_resourceType\": \"image\"");
    let files = files.replace("\"_resourceType\": \"fetch\"", "\"_resourceType\": \"font\"");
    let files = files.replace("\"_resourceType\": \"xhr\"", "\"_resourceType\": \"image\"");
    fs::write(folder.join("files.har"), files).unwrap();
    refused(&folder, &["import", "har", "cut.har"], "error: cut.har is cut off in line ");
    refused(
        &folder,
        &["import", "har", "other.har"],
        "error: other.har is no HAR: missing field `log`",
    );
    refused(&folder, &["import", "har", "none.har"], "error: none.har cannot be read: ");
    refused(
        &folder,
        &["import", "har", "files.har"],
        "error: files.har holds no request to make load of: ",
    );
}

/// A HAR of these requests, each with its answer.
fn har(entries: &[(&str, &str, &str, &str)]) -> String {
    let entries = entries.iter().map(|(method, header, sent, answer)| {
        let (name, value) = header.split_once(": ").unwrap_or(("x-none", ""));
        format!(
            r#"{{"startedDateTime":"2026-11-25T12:00:00Z","time":1,"request":{{"method":{method:?},"url":"http://a/x",
            "headers":[{{"name":{name:?},"value":{value:?}}}],"postData":{{"mimeType":"application/json","text":{sent:?}}}}},
            "response":{{"status":200,"content":{{"mimeType":"application/json","text":{answer:?}}}}}}}"#
        )
    });
    format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.collect::<Vec<_>>().join(","))
}

#[test]
fn no_secret_of_a_recording_and_no_code_of_it_is_in_the_journey() {
    let folder = folder("secrets");
    let large: Vec<_> = (0..70).map(|n| n.to_string()).collect();
    let large =
        format!(r#"{{"password":"hunter3","id":"ord-77f2a1","all":[{}]}}"#, large.join(","));
    let recording = har(&[
        (
            "POST",
            "x-auth-token: SECRETTOKEN1",
            r#"{"user":{"password":"hunter2"}}"#,
            r#"{"id":"ord-77f2a1","price":19.99}"#,
        ),
        ("POST", "", &large, ""),
        ("PUT", "", r#"{"price":19.99}"#, ""),
        ("PUT\nstd::process::exit(7);\n//", "", "{}", ""),
    ]);
    fs::write(folder.join("a.har"), recording).unwrap();
    let output = mite(&folder, &["import", "har", "a.har", "--stdout"]);
    let journey = text(&output.stdout);
    for secret in ["hunter2", "hunter3", "SECRETTOKEN1", "ord-77f2a1", "exit(7)"] {
        assert!(!journey.contains(secret), "{secret} in {journey}");
    }
    for part in [
        "ctx.config().require(\"password\")?",
        "require::<String>(\"x_auth_token\")?",
        ".replace(\"\\\"{password_2}\\\"\", &json!(password_2).to_string())",
        "price.parse::<f64>()?",
    ] {
        assert!(journey.contains(part), "no {part} in {journey}");
    }
}

/// Each of them would send the secret of another one.
#[test]
fn secrets_that_were_hidden_are_settings_of_their_own() {
    let folder = folder("hidden");
    let entry = |host: &str, headers: &str, sent: &str| {
        format!(
            r#"{{"startedDateTime":"2026-11-25T12:00:00Z","time":1,"request":{{"method":"POST",
            "url":"http://{host}/x?sign=***","headers":[{headers}],
            "postData":{{"mimeType":"application/json","text":{sent:?}}}}},"response":{{"status":200}}}}"#
        )
    };
    let (stars, bearer) = (
        r#"{"name":"authorization","value":"***"}"#,
        r#"{"name":"Authorization","value":"Bearer ***"}"#,
    );
    let entries = [
        entry("a.test", stars, r#"{"password":"***","pins":["***"],"user":"bob"}"#),
        entry("b.a.test", stars, r#"{"password":"[REDACTED]"}"#),
        entry("a.test", bearer, r#"{"password":"***"}"#),
        entry("b.a.test", bearer, "{}"),
    ];
    let all = format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(","));
    fs::write(folder.join("a.har"), all).unwrap();
    let output = mite(&folder, &["import", "har", "a.har", "--stdout"]);
    let journey = text(&output.stdout);
    let required: Vec<_> = journey
        .lines()
        .filter_map(|line| line.split_once(".require(\"")?.1.split_once('"'))
        .map(|found| found.0)
        .collect();
    let expected = [
        "password",
        "pins",
        "user",
        "sign",
        "authorization",
        "b_a_test_password",
        "b_a_test_sign",
        "b_a_test_authorization",
        "token",
        "b_a_test_token",
    ];
    assert_eq!(required, expected, "{journey}");
    for (part, times) in [
        ("\"password\": password", 2),
        ("\"password\": b_a_test_password", 1),
        (".header(\"authorization\", authorization.as_str())", 1),
        (".header(\"authorization\", b_a_test_authorization.as_str())", 1),
        (".bearer_auth(&token)", 1),
        (".bearer_auth(&b_a_test_token)", 1),
    ] {
        assert_eq!(journey.matches(part).count(), times, "{part} in {journey}");
    }
    assert!(!journey.contains("**") && !journey.contains("REDACTED"), "{journey}");
}

fn description(name: &str) -> String {
    format!("{}/tests/openapi/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_description_becomes_a_journey_for_each_tag() {
    let folder = folder("openapi");
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "//! Mine.\n").unwrap();
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"my-load\"\n").unwrap();
    let output = mite(&folder, &["import", "openapi", &description("petstore.yaml")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = "wrote src/petstore.rs: 5 operations in 3 journeys
left out: 1 deprecated operation

    cargo run -- journey run my_load::petstore:login --add-to-config password:…
    cargo run -- journey run my_load::petstore:pets --add-to-config token:…
    cargo run -- journey run my_load::petstore:photos --add-to-config pet_id:… --add-to-config token:…
";
    assert_eq!(text(&output.stdout), told);
    assert_eq!(
        fs::read_to_string(folder.join("src/lib.rs")).unwrap(),
        "//! Mine.\n\npub mod petstore;\n"
    );
    let code = fs::read_to_string(folder.join("src/petstore.rs")).unwrap();
    for expected in [
        "//! Made of petstore.yaml (Pets) by `cargo mite import openapi`",
        "ctx.config().get_or(\"app_url\", \"https://api.pets.example/v1\");",
        // Made before it is asked for.
        "ctx.transaction(\"Take a pet in\", async |ctx| {",
        ".json(&json!({ \"born\": \"2020-02-29\", \"name\": \"Rex\", \"parents\": [] }))",
        ".query(&[(\"limit\", \"20\")])",
        ".header(\"x-shop\", \"north\")",
        "let pet_id: String = ctx.config().get_or(\"pet_id\", \"7\");",
        ".get(format!(\"{app}/pets/{pet_id}\"))",
        ".error_for_status()?;",
        ".text(\"title\", \"text\")",
        ".part(\"photo\", Part::bytes(\"content\").file_name(\"file.bin\"))",
        ".form(&[(\"password\", password.as_str()), (\"user\", \"bob\")])",
        ".expect_status(201)?;",
        ".mix(",
    ] {
        assert!(code.contains(expected), "{expected}\n{code}");
    }
    // Nobody logs in with a token.
    let login = code.split("pub async fn login").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert!(!login.contains("bearer_auth"), "{login}");
    assert_eq!(code.matches(".bearer_auth(&token)").count(), 4);
}

#[test]
fn a_description_of_3_1_in_json_is_read_by_paths_too() {
    let folder = folder("openapi-json");
    let words =
        ["import", "openapi", &description("shop.json"), "--by-path", "--stdout", "--name", "shop"];
    let output = mite(&folder, &words);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let code = text(&output.stdout);
    for expected in [
        "pub async fn orders(ctx: &Context)",
        "\"http://localhost:8080/api\"",
        ".json(&json!({ \"item\": 3, \"note\": null }))",
        ".query(&[(\"api_key\", api_key.as_str())])",
        "ctx.transaction(\"GET /orders/{id}/{part}\", async |ctx| {",
        ".get(format!(\"{app}/orders/{order_id}/{part}\"))",
    ] {
        assert!(code.contains(expected), "{expected}\n{code}");
    }
}

#[test]
fn what_is_no_description_says_why() {
    let folder = folder("openapi-refused");
    let write = |name: &str, content: &str| fs::write(folder.join(name), content).unwrap();
    write("cut.json", "{\"openapi\": \"3.0.0\",\n \"paths\": {");
    write("old.yaml", "swagger: '2.0'\npaths: {}\n");
    write("empty.yaml", "openapi: 3.0.0\npaths: {}\n");
    write(
        "nowhere.yaml",
        "openapi: 3.0.0\npaths: { /a: { get: { parameters: [{ $ref: '#/no' }] } } }\n",
    );
    write("circle.yaml", "openapi: 3.0.0\npaths: { /a: { $ref: '#/paths/~1a' } }\n");
    for (file, why) in [
        ("none.yaml", "error: none.yaml cannot be read: "),
        ("cut.json", "error: cut.json is cut off in line 2"),
        ("old.yaml", "error: old.yaml is of Swagger 2; turn it into OpenAPI 3 first"),
        ("empty.yaml", "error: empty.yaml: describes nothing that could be requested"),
        ("nowhere.yaml", "error: nowhere.yaml: GET /a: \"#/no\" leads nowhere"),
        ("circle.yaml", "error: circle.yaml: \"#/paths/~1a\" leads in a circle"),
    ] {
        refused(&folder, &["import", "openapi", file], why);
    }
}

/// Two hundred megabytes of pictures, and what matters before and behind them.
#[cfg(target_os = "linux")]
#[test]
fn a_large_recording_is_read_in_bounded_memory() {
    use std::io::Write;
    let folder = folder("large");
    let mut file = std::io::BufWriter::new(fs::File::create(folder.join("large.har")).unwrap());
    let entry = |n: u32, path: &str, mime: &str| {
        format!(
            r#"{{"startedDateTime":"2026-11-25T12:{:02}:{:02}Z","time":1,"request":{{"method":"GET","url":"http://a{path}"}},
            "response":{{"status":200,"content":{{"mimeType":"{mime}","text":""#,
            n / 60,
            n % 60
        )
    };
    let film = "A".repeat(1 << 20);
    write!(file, r#"{{"log":{{"entries":["#).unwrap();
    write!(file, r#"{}{{\"id\":\"ord-77f2a1\"}}"}}}}}}"#, entry(0, "/first", "application/json"))
        .unwrap();
    for n in 1..=200 {
        write!(file, r#",{}{film}"}}}}}}"#, entry(n, "/film", "text/plain")).unwrap();
    }
    write!(file, r#",{}x"}}}}}}]}}}}"#, entry(300, "/orders/ord-77f2a1", "text/plain")).unwrap();
    file.into_inner().unwrap();
    assert!(fs::metadata(folder.join("large.har")).unwrap().len() > 200 << 20);
    let program = env!("CARGO_BIN_EXE_cargo-mite");
    // In kilobytes.
    let limited = format!("ulimit -v 260000; exec {program} mite import har large.har --stdout");
    let output = Command::new("sh").args(["-c", &limited]).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let code = text(&output.stdout);
    assert!(
        code.contains("orders/{id}") || code.contains("orders/{first_id}"),
        "{}",
        &code[..2000]
    );
    fs::remove_file(folder.join("large.har")).unwrap();
}
