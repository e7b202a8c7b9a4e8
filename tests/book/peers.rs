//! Scripts of other tools in the book, and ours beside them: against one server they send
//! the same requests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{Method, Uri};
use axum::routing::{get, post};
use axum::{Json, Router, extract::Path};
use mite_tests::{Scratch, root, serve};
use serde_json::json;

use crate::commands::{example, quiet};

type Requests = BTreeMap<String, usize>;

/// A shop that knows what it was asked. There is one at a time: other tools end by their own
/// clocks, and do less on a machine that does everything at once.
struct Shop {
    url: String,
    asked: Arc<Mutex<Requests>>,
    _alone: MutexGuard<'static, ()>,
}

impl Shop {
    fn open() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = Arc::new(Mutex::new(Requests::new()));
        let counts = asked.clone();
        let count = move |method: Method, uri: Uri| {
            *counts.lock().expect("whole").entry(format!("{method} {uri}")).or_default() += 1;
        };
        let (logins, items, orders) = (count.clone(), count.clone(), count);
        let app = Router::new()
            .route("/login", post(async move |method, uri, _form: Bytes| logins(method, uri)))
            .route(
                "/items/{id}",
                get(async move |method, uri, Path(id): Path<u32>| {
                    items(method, uri);
                    Json(json!({"price": id * 10}))
                }),
            )
            .route(
                "/orders",
                post(async move |method, uri, _order: Bytes| {
                    orders(method, uri);
                    (axum::http::StatusCode::CREATED, Json(json!({"id": 1})))
                }),
            );
        Self { url: serve(app), asked, _alone: alone }
    }

    /// What it was asked since this was asked last.
    fn asked(&self) -> Requests {
        std::mem::take(&mut *self.asked.lock().expect("whole"))
    }
}

#[track_caller]
fn passed(output: Output) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}:\n{said}", output.status);
}

/// What ours sends: a login, three looks and an order, twenty times.
fn ours(shop: &Shop) -> Requests {
    let mut ours = example("cookbook");
    let address = format!("shop_url:{}", shop.url);
    ours.args(["scenario", "test", "cookbook:visit:visits", "--add-to-config", &address]);
    passed(ours.output().expect("it runs"));
    let wanted = [
        ("GET /items/1", 20),
        ("GET /items/2", 20),
        ("GET /items/3", 20),
        ("POST /login", 20),
        ("POST /orders", 20),
    ];
    let asked = shop.asked();
    assert_eq!(asked, wanted.map(|(what, n)| (what.to_owned(), n)).into());
    asked
}

fn peers(name: &str) -> PathBuf {
    root().join("tests/book/peers").join(name)
}

/// Python with these directories in its path.
fn python(paths: &[PathBuf]) -> Command {
    for path in paths {
        assert!(path.is_dir(), "{} is missing: run tests/install-tools", path.display());
    }
    let mut python = quiet(Command::new("python3"));
    python
        .env("PYTHONPATH", std::env::join_paths(paths).expect("they can be joined"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(std::env::temp_dir());
    python
}

#[test]
fn locust_sends_the_same_requests() {
    let shop = Shop::open();
    let ours = ours(&shop);
    let mut theirs = python(&[root().join("target/tools/locust")]);
    theirs
        .args(["-m", "locust", "--headless", "-u", "5", "-r", "5", "--run-time", "10s"])
        .args(["--exit-code-on-error", "1", "--host", &shop.url, "-f"])
        .arg(peers("locustfile.py"));
    passed(theirs.output().expect("it runs"));
    assert_eq!(shop.asked(), ours);
}

/// The real one, with a stand-in for its HTTP client, which has to be compiled.
#[test]
fn upstream_sends_the_same_requests() {
    let shop = Shop::open();
    let ours = ours(&shop);
    let place = Scratch::new("book-upstream");
    let paths = [root().join("target/tools/upstream"), peers(""), peers("stand_in")];
    let mut theirs = python(&paths);
    theirs.current_dir(&place.0).args(["-m", "mite", "scenario", "test", "mite_shop:visits"]);
    theirs.arg(format!("--add-to-config=shop_url:{}", shop.url));
    let ran = theirs.output().expect("it runs");
    passed(ran);
    assert_eq!(shop.asked(), ours);
}

#[test]
#[ignore = "goose is compiled first, for two minutes"]
fn goose_sends_the_same_requests() {
    let shop = Shop::open();
    let ours = ours(&shop);
    let mut theirs = quiet(Command::new("cargo"));
    theirs
        .args(["run", "--quiet", "--", "--users", "5", "--increase-rate", "5", "--iterations", "4"])
        .args(["--host", &shop.url])
        .current_dir(peers("goose"))
        .env("CARGO_TARGET_DIR", root().join("target/tools/goose"));
    passed(theirs.output().expect("it runs"));
    assert_eq!(shop.asked(), ours);
}

/// k6 is a program of its own; its script runs in Node.js with stand-ins for its modules.
#[test]
fn the_script_of_k6_sends_the_same_requests() {
    let shop = Shop::open();
    let ours = ours(&shop);
    let mut theirs = quiet(Command::new("node"));
    theirs.arg(peers("stand_in/k6/run.mjs")).arg(peers("k6.js")).arg(&shop.url);
    passed(theirs.output().expect("node runs"));
    assert_eq!(shop.asked(), ours);
}

/// Gatling's engine cannot be had here: its script is compiled against its types, and one with
/// a name that it does not have is not.
#[test]
fn the_script_of_gatling_is_of_gatlings_types() {
    let tools = root().join("target/tools/gatling");
    let compiler = tools.join("node_modules/typescript/bin/tsc");
    assert!(compiler.is_file(), "{} is missing: run tests/install-tools", compiler.display());
    let script = std::fs::read_to_string(peers("gatling.ts")).expect("it is there");
    let compile = |name: &str, text: &str| {
        // Where the types are found.
        let place = tools.join(name);
        std::fs::write(&place, text).expect("it can be written");
        let mut node = quiet(Command::new("node"));
        node.arg(&compiler).arg(&place).args(["--noEmit", "--strict"]);
        node.args(["--module", "nodenext", "--moduleResolution", "nodenext"]);
        let ran = node.output().expect("node runs");
        drop(std::fs::remove_file(&place));
        ran
    };
    passed(compile("visit.mts", &script));
    let wrong = compile("wrong.mts", &script.replace("percentile(95)", "percentile('95')"));
    let said = String::from_utf8_lossy(&wrong.stdout);
    assert!(said.contains("error TS2345") && said.contains("wrong.mts(31,"), "{said}");
}
