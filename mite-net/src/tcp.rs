//! TCP connections: several addresses, several sources.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use crate::error::{Error, Kind};

/// How long one address is tried before the next is tried beside it: what
/// RFC 8305 recommends.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Addresses to connect from, in turn.
#[derive(Default)]
pub(crate) struct Locals {
    addresses: Vec<IpAddr>,
    next: AtomicUsize,
}

impl Locals {
    pub(crate) fn new(addresses: &[IpAddr]) -> Self {
        Self { addresses: addresses.to_vec(), next: AtomicUsize::new(0) }
    }

    /// The next one of the family of `to`; none if any will do.
    fn pick(&self, to: SocketAddr) -> io::Result<Option<IpAddr>> {
        if self.addresses.is_empty() {
            return Ok(None);
        }
        let fit: Vec<_> = self.addresses.iter().filter(|a| a.is_ipv4() == to.is_ipv4()).collect();
        if fit.is_empty() {
            let why = format!("http_local_addresses has none that reaches {to}");
            return Err(io::Error::other(why));
        }
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(Some(*fit[n % fit.len()]))
    }
}

/// Connects to the first address that takes it; `tried` is the last one tried.
pub(crate) async fn connect(
    addresses: &[SocketAddr],
    locals: &Locals,
    tried: &mut Option<SocketAddr>,
) -> Result<TcpStream, Error> {
    let attempt = async |to| {
        let tcp = match locals.pick(to)? {
            None => TcpStream::connect(to).await?,
            Some(from) => {
                let socket = match to.is_ipv4() {
                    true => TcpSocket::new_v4()?,
                    false => TcpSocket::new_v6()?,
                };
                let from = SocketAddr::new(from, 0);
                socket.bind(from).map_err(|e| {
                    io::Error::new(e.kind(), format!("{} cannot be connected from: {e}", from.ip()))
                })?;
                socket.connect(to).await?
            }
        };
        // Without Nagle's algorithm: small requests must not wait for the
        // acknowledgement of the last.
        tcp.set_nodelay(true)?;
        Ok(tcp)
    };
    let result = match addresses {
        [only] => {
            *tried = Some(*only);
            attempt(*only).await
        }
        _ => race(addresses, attempt, tried).await,
    };
    result.map_err(|error| Error::of(Kind::Connect, error))
}

/// Happy Eyeballs (RFC 8305): tries addresses with families in turn, the next after a
/// while or as soon as the last has failed, until one succeeds.
async fn race<T, F: Future<Output = io::Result<T>>>(
    addresses: &[SocketAddr],
    mut attempt: impl FnMut(SocketAddr) -> F,
    tried: &mut Option<SocketAddr>,
) -> io::Result<T> {
    let mut waiting = interleaved(addresses).into_iter();
    let mut running: Vec<Pin<Box<F>>> = Vec::new();
    let mut failure = io::Error::other("there is no address to connect to");
    loop {
        match waiting.next() {
            Some(address) => {
                *tried = Some(address);
                running.push(Box::pin(attempt(address)));
            }
            None if running.is_empty() => return Err(failure),
            None => {}
        }
        let mut delay = std::pin::pin!(tokio::time::sleep(ATTEMPT_DELAY));
        let more = waiting.len() > 0;
        let progress = poll_fn(|cx| {
            let mut n = 0;
            while n < running.len() {
                match running[n].as_mut().poll(cx) {
                    Poll::Pending => n += 1,
                    Poll::Ready(Ok(connected)) => return Poll::Ready(Some(Ok(connected))),
                    Poll::Ready(Err(error)) => {
                        drop(running.swap_remove(n));
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
            if more { delay.as_mut().poll(cx).map(|()| None) } else { Poll::Pending }
        });
        match progress.await {
            Some(Ok(connected)) => return Ok(connected),
            Some(Err(error)) => failure = error,
            None => {}
        }
    }
}

/// The addresses with their families in turn, beginning with the first one's.
fn interleaved(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (mut a, mut b): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv4() == first.is_ipv4());
    a.reverse();
    b.reverse();
    let mut out = Vec::with_capacity(addresses.len());
    while !(a.is_empty() && b.is_empty()) {
        out.extend(a.pop());
        out.extend(b.pop());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};
    use tokio::time::{Instant, sleep};

    /// The address that `localhost` is, for a family.
    fn loopback(v6: bool, port: u16) -> SocketAddr {
        match v6 {
            true => (Ipv6Addr::LOCALHOST, port).into(),
            false => (Ipv4Addr::LOCALHOST, port).into(),
        }
    }

    fn ports(addresses: &[SocketAddr]) -> Vec<u16> {
        addresses.iter().map(SocketAddr::port).collect()
    }

    #[test]
    fn families_take_turns() {
        let all = [(true, 1), (true, 2), (true, 3), (false, 4), (false, 5)];
        let all = all.map(|(v6, port)| loopback(v6, port));
        assert_eq!(ports(&interleaved(&all)), [1, 4, 2, 5, 3]);
        assert!(interleaved(&[]).is_empty());
    }

    /// Races ports: what each does, and when, in milliseconds.
    async fn raced(plan: &[(u64, bool)]) -> (Result<u16, u16>, u64, u16) {
        let addresses: Vec<_> = (0..plan.len()).map(|n| loopback(false, n as u16)).collect();
        let (start, mut tried) = (Instant::now(), None);
        let attempt = async |to: SocketAddr| {
            let (after, succeeds) = plan[usize::from(to.port())];
            sleep(Duration::from_millis(after)).await;
            match succeeds {
                true => Ok(to.port()),
                false => Err(io::Error::other(to.port().to_string())),
            }
        };
        let result = race(&addresses, attempt, &mut tried).await;
        let result = result.map_err(|e| e.to_string().parse().unwrap());
        (result, start.elapsed().as_millis() as u64, tried.unwrap().port())
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_address_is_tried_beside_a_slow_one_and_at_once_after_a_failed_one() {
        assert_eq!(raced(&[(10, true), (0, true)]).await, (Ok(0), 10, 0));
        assert_eq!(raced(&[(60_000, true), (10, true)]).await, (Ok(1), 260, 1));
        assert_eq!(raced(&[(300, true), (100, true)]).await, (Ok(0), 300, 1));
        assert_eq!(raced(&[(10, false), (20, true)]).await, (Ok(1), 30, 1));
        assert_eq!(raced(&[(60_000, true), (10, false), (10, true)]).await, (Ok(2), 270, 2));
        assert_eq!(raced(&[(400, false), (10, false)]).await, (Err(0), 400, 1));
    }

    #[test]
    fn sources_take_turns_within_their_family() {
        let from = ["127.0.0.2", "::1", "127.0.0.3"].map(|a| a.parse().unwrap());
        let locals = Locals::new(&from);
        let to = loopback(false, 1);
        let picked: Vec<_> = (0..3).map(|_| locals.pick(to).unwrap().unwrap()).collect();
        assert_eq!(picked, [from[0], from[2], from[0]]);
        assert_eq!(locals.pick(loopback(true, 1)).unwrap(), Some(from[1]));
        assert!(Locals::new(&from[1..2]).pick(to).unwrap_err().to_string().contains("127.0.0.1:1"));
        assert_eq!(Locals::default().pick(to).unwrap(), None);
    }
}
