//! A network between a process and the server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A way to a server. While it is cut nothing gets through, and nobody is told: what was
/// sent is lost with its connection.
pub(crate) struct Way {
    /// How the server is reached over it.
    pub(crate) url: String,
    cut: Arc<AtomicBool>,
    /// Milliseconds that everything takes longer.
    delay: Arc<AtomicU64>,
}

impl Way {
    /// To a server at an address such as `127.0.0.1:4222`.
    pub(crate) fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let url = format!("nats://{}", listener.local_addr().expect("it has one"));
        let cut = Arc::new(AtomicBool::new(false));
        let of_way = cut.clone();
        let delay = Arc::new(AtomicU64::new(0));
        let of_delay = delay.clone();
        // Until the test's process ends.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if of_way.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let ends = [
                    (client.try_clone().expect("it can"), server.try_clone().expect("it can")),
                    (server, client),
                ];
                for (from, to) in ends {
                    let (cut, delay) = (of_way.clone(), of_delay.clone());
                    std::thread::spawn(move || carry(from, to, &cut, &delay));
                }
            }
        });
        Self { url, cut, delay }
    }

    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// All that is sent from now on takes so much longer to arrive, both ways.
    pub(crate) fn delay(&self, delay: Duration) {
        self.delay.store(delay.as_millis() as u64, Ordering::Relaxed);
    }

    pub(crate) fn mend(&self) {
        self.cut.store(false, Ordering::Relaxed);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, cut: &AtomicBool, delay: &AtomicU64) {
    let (queue, queued) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
    let end = to.try_clone().expect("it can");
    let writer = std::thread::spawn(move || {
        for (due, bytes) in queued {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    let mut buffer = [0; 65_536];
    let mut lost = false;
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        lost |= cut.load(Ordering::Relaxed);
        if lost && !cut.load(Ordering::Relaxed) {
            break;
        }
        let due = Instant::now() + Duration::from_millis(delay.load(Ordering::Relaxed));
        if !lost && queue.send((due, buffer[..read].to_vec())).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_micros(10));
    }
    drop(queue);
    let _ = writer.join();
    let _ = (from.shutdown(Shutdown::Both), end.shutdown(Shutdown::Both));
}
