//! For any interleaving of answers, redirects, closes and errors, what the
//! client has counted is what the server has counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::Probe;
use crate::support::scripted::read_request;

/// What the server does with a request; its URL says so.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Keep,
    Close,
    Error,
    Cut,
    Drop,
}

impl Op {
    const ALL: [Self; 5] = [Self::Keep, Self::Close, Self::Error, Self::Cut, Self::Drop];

    fn letter(self) -> char {
        ['k', 'c', 'e', 'x', 'd'][self as usize]
    }

    fn of(letter: char) -> Self {
        *Self::ALL.iter().find(|op| op.letter() == letter).expect("it is one of them")
    }
}

/// How often each path was answered with each code, and with how many bytes;
/// 0 is no answer.
type Counts = BTreeMap<(String, u16), (u64, u64)>;

fn count(counts: &mut Counts, path: &str, code: u16, bytes: u64) {
    let entry = counts.entry((path.to_owned(), code)).or_default();
    entry.0 += 1;
    entry.1 += bytes;
}

/// Serves `/rrk`: redirected twice, and then what the last letter says.
async fn serve(mut tcp: TcpStream, counts: Arc<Mutex<Counts>>) {
    while let Some(request) = read_request(&mut tcp).await {
        let request = String::from_utf8_lossy(&request);
        let path = request.split(' ').nth(1).expect("a request has a path").to_owned();
        let letter = path.chars().nth(1).expect("a path has a letter");
        let note = |code, bytes| {
            let mut counts = counts.lock().expect("no test panics with it");
            count(&mut counts, &path, code, bytes);
        };
        let (answer, close) = match letter {
            'r' => {
                note(302, 5);
                let to = format!("/{}", &path[2..]);
                (
                    format!("HTTP/1.1 302 F\r\nLocation: {to}\r\nContent-Length: 5\r\n\r\nthere"),
                    false,
                )
            }
            letter => match Op::of(letter) {
                Op::Keep => {
                    note(200, 2);
                    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".to_owned(), false)
                }
                Op::Close => {
                    note(200, 3);
                    let close =
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye";
                    (close.to_owned(), true)
                }
                Op::Error => {
                    note(500, 0);
                    ("HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n".to_owned(), false)
                }
                Op::Cut => {
                    note(200, 4);
                    ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_owned(), true)
                }
                Op::Drop => {
                    note(0, 0);
                    (String::new(), true)
                }
            },
        };
        if tcp.write_all(answer.as_bytes()).await.is_err() || close {
            return;
        }
    }
}

/// Runs the journeys at the same time, each sending its requests one by one.
async fn run(journeys: Vec<Vec<(u8, Op, bool)>>, mode: &str) -> (Counts, Counts) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let origin = format!("http://{}", listener.local_addr().expect("it has an address"));
    let served = Arc::<Mutex<Counts>>::default();
    let seen = served.clone();
    let server = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((tcp, _)) = listener.accept().await {
            connections.spawn(serve(tcp, seen.clone()));
        }
    });
    let mut probe = Probe::with(&[("http_connections", mode), ("http_timeout", "10")]);
    let mut tasks = tokio::task::JoinSet::new();
    for requests in journeys {
        let (http, origin) = (probe.http(), origin.clone());
        tasks.spawn(async move {
            for (redirects, op, post) in requests {
                let path = "r".repeat(usize::from(redirects));
                let url = format!("{origin}/{path}{}", op.letter());
                let request = if post { http.post(url).body("x") } else { http.get(url) };
                // What becomes of it is what is counted.
                let _ = request.send().await;
            }
        });
        probe.next_execution();
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no request panics");
    }
    server.abort();
    let mut counted = Counts::new();
    for message in probe.metrics() {
        let url: String = message.get("effective_url").expect("it has a URL");
        let code = message.get("response_code").expect("it has a code");
        let bytes = message.get("download_size").expect("it has a size");
        count(&mut counted, &url[origin.len()..], code, bytes);
    }
    let served = served.lock().expect("no test panics with it").clone();
    (counted, served)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_clients_counters_are_the_servers(
        journeys in prop::collection::vec(
            prop::collection::vec(
                (0u8..4, prop::sample::select(&Op::ALL[..]), any::<bool>()),
                1..12,
            ),
            1..5,
        ),
        mode in prop::sample::select(vec!["shared", "per_journey", "per_request"]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let (counted, served) = runtime.block_on(run(journeys, mode));
        prop_assert_eq!(counted, served);
    }
}
