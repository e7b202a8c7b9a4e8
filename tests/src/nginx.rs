//! nginx, which counts what it has served.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Scratch, Server, free_port, get, until};

/// nginx with a quick page (`/hello`), a slow one (`/slow`), and any other missing.
pub struct Nginx {
    /// How it is reached, as `127.0.0.1:PORT`.
    pub address: String,
    pub requests: Requests,
    _server: Server,
}

/// What an nginx has served; it may outlive it.
#[derive(Clone)]
pub struct Requests {
    address: String,
    /// Requests that asked for it.
    asked: Arc<AtomicU64>,
}

/// Starts one.
pub fn nginx() -> Nginx {
    let scratch = Scratch::new("nginx");
    let port = free_port();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    let config = format!(
        "daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr crit;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; {temporary}
             server {{
                 listen 127.0.0.1:{port};
                 keepalive_requests 100000;
                 root .;
                 location = /slow {{ limit_rate 1000; }}
                 location = /status {{ stub_status; }}
             }}
         }}"
    );
    scratch.write("nginx.conf", &config);
    scratch.write("hello", "hello");
    scratch.write("slow", &"x".repeat(2_500));
    let path = std::env::var("PATH").unwrap_or_default();
    let child = Command::new("nginx")
        .env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"))
        .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
        .arg(&scratch.0)
        .current_dir(&scratch.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("nginx is missing: run ./test");
    let address = format!("127.0.0.1:{port}");
    until("nginx", || TcpStream::connect(&address).ok());
    let requests = Requests { address: address.clone(), asked: Arc::default() };
    Nginx { address: address.clone(), requests, _server: Server::of(child, address, scratch) }
}

impl Nginx {
    /// How many requests it has served, without those that asked for it.
    #[track_caller]
    pub fn served(&self) -> u64 {
        self.requests.served()
    }
}

impl Requests {
    /// How many there were, without those that asked for it.
    #[track_caller]
    pub fn served(&self) -> u64 {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let (_, body) = get(&self.address, "/status", "*/*").expect("it answers");
        let text = String::from_utf8(body).expect("it answers in text");
        let counts = text.lines().nth(2).expect("there are counts");
        let requests = counts.split_whitespace().nth(2).expect("there are three");
        requests.parse::<u64>().expect("it is a number") - asked
    }
}
