//! A few requests to oneself, before load.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use mite_core::extend::{Context, Host, Identity, Label, Lanes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::HttpContext;

/// The first dials, the next ones find a connection.
const REQUESTS: usize = 3;

/// A machine on which it takes longer has other worries.
const LONGEST: Duration = Duration::from_millis(200);

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/// Makes some requests to a socket of this thread's own, which nobody counts. The first
/// request of a thread takes some hundred microseconds more than the others: its code is
/// not in the caches, and not in the page table. It would start its connection as much
/// later than it was meant to. No byte goes to a service.
#[doc(hidden)]
pub async fn rehearse() {
    // Where there is no loopback, the first request is late, as it would have been.
    let _ = tokio::time::timeout(LONGEST, rehearsal()).await;
}

/// How many requests were answered.
async fn rehearsal() -> io::Result<usize> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let answers = async {
        let (mut stream, _) = listener.accept().await?;
        let mut head = Vec::new();
        while stream.read_buf(&mut head).await? > 0 {
            if head.ends_with(b"\r\n\r\n") {
                head.clear();
                stream.write_all(ANSWER).await?;
            }
        }
        io::Result::Ok(0)
    };
    let asks = async {
        let host = Host::new(0, Label::intern("rehearsal"), Lanes::default());
        let identity = Identity::alone("rehearsal", "rehearsal");
        let ctx = Context::new(Arc::new(host), identity);
        let mut answered = 0;
        for _ in 0..REQUESTS {
            let ask = async |ctx: &Context| Ok(ctx.http().get(&*url).send().await?);
            answered += usize::from(ctx.transaction("rehearsal", ask).await.is_ok());
        }
        Ok(answered)
    };
    tokio::select! {
        ended = answers => ended,
        answered = asks => answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_answered() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build_local(Default::default()).unwrap();
        assert_eq!(runtime.block_on(rehearsal()).unwrap(), REQUESTS);
    }
}
