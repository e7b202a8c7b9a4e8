//! What a GET costs from `get` to the response, over loopback: with the server's
//! part and the kernel's. For mite's own part count instructions.

mod measure;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Batch, Identity, Interest, Tap};
use mite_http::HttpContext;

/// As nginx answers.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\
Date: Sat, 21 Nov 2026 21:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\
Connection: keep-alive\r\n\r\nhi";

fn serve(mut tcp: TcpStream) {
    let mut request = [0; 4096];
    while tcp.read(&mut request).is_ok_and(|n| n > 0) {
        if tcp.write_all(ANSWER).is_err() {
            return;
        }
    }
}

fn main() {
    let bench = measure::Bench::from_args();
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let url = format!("http://{}/", listener.local_addr().expect("a listener has an address"));
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            std::thread::spawn(|| serve(tcp));
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs no more than memory");
    let host = Arc::new(Host::new(1, Label::intern("bench"), Lanes::new(None)));
    let identity = Identity::alone("bench", "bench:get");
    let get = async |ctx: &Context| {
        let response = ctx.http().get(&url).send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
    };
    let ctx = Context::new(host.clone(), identity.clone());
    bench.run("request: GET", || runtime.block_on(get(&ctx)));
    bench.run("request: GET of a new session", || {
        runtime.block_on(get(&Context::new(host.clone(), identity.clone())));
    });
    // As a collector takes messages: many at once.
    let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
    let host = Host::new(1, Label::intern("bench"), Lanes::new(Some(tap)));
    let ctx = Context::new(Arc::new(host), identity);
    let (mut batch, mut sent) = (Batch::default(), 0);
    bench.run("request: GET, collected", || {
        sent += 1;
        if sent % 256 == 0 {
            feed.wait(&mut batch);
        }
        runtime.block_on(get(&ctx));
    });
}
