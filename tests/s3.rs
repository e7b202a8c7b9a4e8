//! Pools of the objects of a bucket, from moto, which speaks S3.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};

use mite::prelude::*;
use mite_tests::{free_port, root, until};

/// A server with one bucket, ended with this.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let tools = root().join("target/tools/moto");
        assert!(tools.exists(), "{} is missing: run tests/install-tools", tools.display());
        let port = free_port();
        let process = Command::new("python3")
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .env("PYTHONPATH", tools)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, port };
        until("moto", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
        server.put("/bucket", b"");
        server
    }

    fn put(&self, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let length = body.len();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn objects(&self, prefix: &str) -> mite::pool::S3Objects {
        self.bucket("bucket", prefix)
    }

    fn bucket(&self, bucket: &str, prefix: &str) -> mite::pool::S3Objects {
        S3DataPool::objects(bucket, prefix)
            .endpoint(format!("http://127.0.0.1:{}", self.port))
            .credentials("id", "secret")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn take(pool: &S3DataPool) -> Checkout<(String, String)> {
    pool.checkout(&Config::new()).await.unwrap()
}

async fn keys(pool: &S3DataPool) -> Vec<String> {
    let mut keys = Vec::new();
    while let Checkout::Item(_, (key, _)) = take(pool).await {
        keys.push(key);
    }
    keys
}

/// One server for all: it takes seconds to start.
#[test]
fn objects_are_keys_and_texts() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for n in 0..1050 {
        server.put(&format!("/bucket/many/{n:04}"), format!("text {n}").as_bytes());
    }
    server.put("/bucket/docs/b%20c", "second é".as_bytes());
    server.put("/bucket/docs/a", b"first");
    server.put("/bucket/docs-not/z", b"other");
    server.put("/bucket/broken/x", b"\xff");
    runtime.block_on(async {
        let pool = server.objects("docs/").once().await.unwrap();
        assert_eq!(take(&pool).await, Checkout::Item(1, ("docs/a".into(), "first".into())));
        assert_eq!(take(&pool).await, Checkout::Item(2, ("docs/b c".into(), "second é".into())));
        assert_eq!(take(&pool).await, Checkout::Exhausted);

        // A prefix is the beginning of a key, whatever follows.
        let pool = server.objects("docs").preload_minimum(50).once().await.unwrap();
        assert_eq!(keys(&pool).await, ["docs-not/z", "docs/a", "docs/b c"]);

        let pool = server.objects("docs/").recyclable().await.unwrap();
        assert_eq!(keys(&pool).await, ["docs/a", "docs/b c"]);
        assert_eq!(take(&pool).await, Checkout::Later);
        pool.checkin(1).await;
        pool.checkin(1).await;
        assert_eq!(keys(&pool).await, ["docs/b c"]);

        // More than one page of a listing, and more than are fetched ahead.
        let many = keys(&server.objects("many/").once().await.unwrap()).await;
        assert_eq!((many.len(), many[1049].as_str()), (1050, "many/1049"));

        let none = "s3://bucket/nothing/ has no objects; a data pool needs one at least";
        let nothing = || server.objects("nothing/");
        assert_eq!(nothing().once().await.err().unwrap().text(), none);
        assert_eq!(nothing().recyclable().await.err().unwrap().text(), none);
        let broken = server.objects("broken/").once().await.err().unwrap();
        assert!(broken.text().contains("object `broken/x` is not text in UTF-8"), "{broken}");
        let error = server.bucket("missing", "").once().await.err().unwrap();
        assert!(error.text().starts_with("s3://missing/ cannot be read: "), "{error}");
    });
}
