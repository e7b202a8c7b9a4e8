//! nginx, one for each test that wants one.

use std::process::{Child, Command, Stdio};

use super::{Scratch, free_port, wait_for};

pub(crate) struct Nginx {
    child: Child,
    pub(crate) port: u16,
    /// Where it serves files from.
    root: Scratch,
}

impl Nginx {
    /// Starts a server with these directives; `/status` is stub_status.
    pub(crate) fn start(listen: &str, server: &str) -> Self {
        let root = Scratch::new("nginx");
        let port = free_port();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {kind};\n"))
            .collect();
        let config = format!(
            "daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr crit;
             events {{ worker_connections 1024; }}
             http {{
                 access_log off; {temporary}
                 server {{
                     listen 127.0.0.1:{port} {listen};
                     root .;
                     {server}
                     location = /status {{ stub_status; }}
                 }}
             }}"
        );
        std::fs::write(root.0.join("nginx.conf"), config).expect("the scratch can be written to");
        let path = std::env::var("PATH").unwrap_or_default();
        let child = Command::new("nginx")
            .env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"))
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(&root.0)
            .current_dir(&root.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("nginx is missing: run ./test");
        wait_for(port, "nginx");
        Self { child, port, root }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Puts a file under its root.
    pub(crate) fn file(&self, name: &str, content: &[u8]) {
        std::fs::write(self.root.0.join(name), content).expect("the scratch can be written to");
    }

    /// Where it serves files from.
    #[cfg(feature = "html")]
    pub(crate) fn directory(&self) -> &std::path::Path {
        &self.root.0
    }

    /// How many (connections, requests) it has served, without the asking.
    pub(crate) fn served(&self) -> (u64, u64) {
        use std::io::{Read, Write};
        let mut tcp = std::net::TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        tcp.write_all(b"GET /status HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).expect("it answers");
        let mut lines = answer.lines().skip_while(|line| !line.starts_with("server accepts"));
        let counts = lines.nth(1).expect("the status has counts");
        let numbers: Vec<u64> = counts.split_whitespace().flat_map(str::parse).collect();
        (numbers[0] - 1, numbers[2] - 1)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
