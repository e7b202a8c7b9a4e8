//! httpbin, from PyPI: one for the whole test binary.

use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::{free_port, target, wait_for};

// The server ends when its standard input does, so it cannot outlive the tests.
const SERVE: &str = r#"
import os, sys, threading
from werkzeug.serving import WSGIRequestHandler, run_simple
import httpbin
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
WSGIRequestHandler.protocol_version = "HTTP/1.1"
run_simple("127.0.0.1", int(sys.argv[1]), httpbin.app, threaded=True)
"#;

/// The address of httpbin, such as `http://127.0.0.1:4711`.
pub(crate) fn url() -> &'static str {
    static SERVER: OnceLock<(Child, String)> = OnceLock::new();
    let start = || {
        let python = target().join("tools/python");
        assert!(python.join("httpbin").is_dir(), "httpbin is missing: run ./test");
        let port = free_port();
        let child = Command::new("python3")
            .args(["-c", SERVE, &port.to_string()])
            .env("PYTHONPATH", python)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 is missing: run ./test");
        wait_for(port, "httpbin");
        (child, format!("http://127.0.0.1:{port}"))
    };
    &SERVER.get_or_init(start).1
}
