//! What a fleet's runners have sent, held against what a server has seen.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::process::Started;
use crate::server::Nats;

/// A server that answers each request at once, and knows when it did.
struct Served {
    url: String,
    /// In seconds since 1970.
    at: Arc<Mutex<Vec<f64>>>,
}

impl Served {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let url = format!("http://{}/", listener.local_addr().expect("it has one"));
        let at: Arc<Mutex<Vec<f64>>> = Arc::default();
        let (known, wall, zero) = (at.clone(), SystemTime::now(), Instant::now());
        let wall = wall.duration_since(UNIX_EPOCH).expect("it is later").as_secs_f64();
        // Until the test's process ends.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let known = known.clone();
                std::thread::spawn(move || {
                    answer(client, || {
                        let now = wall + zero.elapsed().as_secs_f64();
                        known.lock().expect("no thread panics").push(now);
                    })
                });
            }
        });
        Self { url, at }
    }

    /// How many it answered between two times.
    fn between(&self, from: f64, to: f64) -> u64 {
        let at = self.at.lock().expect("no thread panics");
        at.iter().filter(|at| (from..to).contains(*at)).count() as u64
    }
}

fn answer(mut client: TcpStream, mut count: impl FnMut()) {
    let _ = client.set_nodelay(true);
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        head.extend_from_slice(&buffer[..read]);
        while let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            head.drain(..end + 4);
            count();
            if client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
                return;
            }
        }
    }
}

/// Seconds since 1970 of a moment such as `2026-11-26T08:40:01.250Z`, of which only what is
/// below a day counts here.
fn of_day(moment: &str) -> f64 {
    let time = moment.split('T').nth(1).expect("a time").trim_end_matches('Z');
    time.split(':').fold(0.0, |all, part| all * 60.0 + part.parse::<f64>().expect("a number"))
}

#[test]
fn a_server_has_seen_what_was_counted_but_for_the_time_of_which_nothing_is_known() {
    let (nats, served) = (Nats::start(), Served::start());
    let mut runners: Vec<_> = (0..3).map(|_| Started::runner(&nats, 1)).collect();
    let url = format!("app_url:{}", served.url);
    let options = ["--min-runners", "3", "--runner-timeout", "4s", "--add-to-config", &url];
    let of_load = ["--add-to-config", "seconds:14", "--add-to-config", "rate:150"];
    let controller = Started::controller(&nats, "asking", &[&options[..], &of_load].concat());
    controller.says("00:04 ");
    runners.pop().expect("there are three").signal("KILL");
    let ran = controller.ended().expect(1);
    runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
    let results = ran.results();
    let row = &results["generator"]["processes"][0];
    assert_eq!(row["standing"], "lost");
    let known = |key: &str| row[key].as_f64().expect("it is known");
    let (from, to) = (known("unobserved_from_s"), known("unobserved_to_s"));
    // The start of the test on the server's clock, which is that of this machine, too.
    let began = of_day(results["run"]["started"].as_str().expect("a moment"));
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).expect("later").as_secs_f64();
    // That of the day on which it began.
    let midnight = ((wall - began) / 86_400.0).floor() * 86_400.0;
    let all = served.between(0.0, f64::MAX);
    let requests = results["series"].as_array().expect("series").iter();
    let requests = requests.clone().find(|of| of["kind"] == "all_requests").expect("it is there");
    let cancelled = requests["cancelled"].as_u64().unwrap_or(0);
    let counted = results["totals"]["requests"].as_u64().expect("a number") + cancelled;
    // Whatever is missing was done in that time, and no more than a third of it.
    let missing = all.checked_sub(counted).expect("the server has seen each that was counted");
    let most = ((to - from).ceil() as u64 + 1) * 50;
    assert!(missing <= most, "{missing} of {all} are missing, {from}–{to}");
    let counts = &results["windows"]["series"][requests["id"].to_string()]["count"];
    let counts: Vec<u64> =
        counts.as_array().expect("counts").iter().map(|n| n.as_u64().expect("a number")).collect();
    // Before and after, second by second, the two have the same, but for what is under way as
    // a second ends. The zero of test time is where the first seconds agree best.
    let zero = midnight + began;
    let seen = |shift: f64, second: usize| {
        let start = zero + shift + second as f64;
        served.between(start, start + 1.0)
    };
    let before = || 0..(from.floor() as usize);
    let differs =
        |shift: f64| -> u64 { before().map(|n| seen(shift, n).abs_diff(counts[n])).sum() };
    let shifts = (0..400).map(|n| f64::from(n) * 0.01 - 1.0);
    let shift = shifts.min_by_key(|shift| differs(*shift)).expect("there are some");
    for n in before().chain(to.ceil() as usize + 1..13) {
        let (server, client) = (seen(shift, n), counts[n]);
        assert!(server.abs_diff(client) <= 5, "second {n}: {server} and {client}, {counts:?}");
    }
    // A finding names it, with the same times.
    let text = format!("did from {from:.1} s to {to:.1} s of the test is in no number");
    assert!(ran.err.contains(&text), "no {text:?} in {}", ran.err);
}
