//! Scripts of other tools in the book, and ours beside them: against one server they send
//! the same requests.

use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{Method, Uri};
use axum::routing::{get, post};
use axum::{Json, Router, extract::Path};
use serde_json::json;

use crate::commands::{example, quiet};
use crate::page::root;

type Requests = BTreeMap<String, usize>;

/// A shop that knows what it was asked.
struct Shop {
    url: String,
    asked: Arc<Mutex<Requests>>,
}

impl Shop {
    fn open() -> Self {
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
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        listener.set_nonblocking(true).expect("it can be");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("it starts").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("it is one");
                axum::serve(listener, app).await
            })
        });
        Self { url, asked }
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

#[test]
fn locust_sends_the_same_requests() {
    let locust = root().join("target/tools/locust");
    assert!(locust.join("locust").is_dir(), "Locust is missing: run tests/install-tools");
    let shop = Shop::open();
    let mut ours = example("cookbook");
    let address = format!("shop_url:{}", shop.url);
    ours.args(["scenario", "test", "cookbook:visit:visits", "--add-to-config", &address]);
    passed(ours.output().expect("it runs"));
    let ours = shop.asked();
    let mut theirs = quiet(Command::new("python3"));
    theirs
        .args(["-m", "locust", "--headless", "-u", "5", "-r", "5", "--run-time", "10s"])
        .args(["--exit-code-on-error", "1", "--host", &shop.url, "-f"])
        .arg(root().join("tests/book/peers/locustfile.py"))
        .env("PYTHONPATH", locust)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(std::env::temp_dir());
    passed(theirs.output().expect("it runs"));
    assert_eq!(shop.asked(), ours);
    let wanted = [
        ("GET /items/1", 20),
        ("GET /items/2", 20),
        ("GET /items/3", 20),
        ("POST /login", 20),
        ("POST /orders", 20),
    ];
    assert_eq!(ours, wanted.map(|(what, n)| (what.to_owned(), n)).into());
}

/// Upstream's HTTP client has to be compiled against libcurl, so its script is only read.
#[test]
fn the_script_of_upstream_is_python_that_finds_its_imports() {
    let upstream = root().join("target/tools/upstream");
    assert!(upstream.join("mite").is_dir(), "upstream mite is missing: run tests/install-tools");
    let mut python = quiet(Command::new("python3"));
    python.env("PYTHONPATH", upstream).env("PYTHONDONTWRITEBYTECODE", "1");
    python.current_dir(root().join("tests/book/peers")).args([
        "-c",
        "import sys, types; sys.modules['acurl'] = types.ModuleType('acurl')\n\
         import mite_shop\n\
         [(spec, pool, volume)] = mite_shop.visits()\n\
         assert spec == 'mite_shop:visit' and callable(mite_shop.visit), spec\n\
         assert volume(1, 2) == 5, volume(1, 2)\n\
         assert mite_shop.users._data[0] == ('user-0', 'secret-0')",
    ]);
    passed(python.output().expect("it runs"));
}
