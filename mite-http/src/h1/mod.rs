//! HTTP/1.1 on one connection, driven in the task of whoever uses it.
//!
//! A connection that waits for its next request holds no buffers: what comes is
//! read into a buffer of the thread's, and only the start of a head that is not
//! whole yet, and the body, are kept.

mod blame;
mod chunked;
mod head;
mod incoming;
mod receiving;
mod request;
mod sending;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use mite_net::{Alarm, Deadline, Forward, Stream, tls_failure};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Instant;

use self::request::Outgoing;
use crate::cookie::Jar;
use crate::error::{Failure, Kind};
use crate::head::Head;
use crate::hop::Hop;
use crate::trace::Trace;
use crate::wire::Wire;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::chunked::Chunks;
pub(crate) use self::head::Asked;
pub(crate) use self::incoming::Incoming;
pub(crate) use self::incoming::Kept;

const NO_ANSWER: &str = "the server closed the connection without an answer";
const CUT_SHORT: &str = "the body was cut short";

/// Most that a request's buffer keeps while its connection waits.
const KEPT_CAPACITY: usize = 2 * 1024;

const READ_SIZE: usize = 64 * 1024;

thread_local! {
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_SIZE].into());
}

/// One connection. A request is [`begin`](Self::begin), then [`head`](Self::head),
/// then [`body`](Self::body).
pub(crate) struct H1 {
    stream: Stream,
    outgoing: Outgoing,
    /// How much of the request has been written.
    written: usize,
    sending: Sending,
    incoming: Incoming,
    reads: u32,
    alarm: Alarm,
}

enum Sending {
    Writing,
    Flushing,
    Done,
    /// The body that was to be streamed has failed: nothing is to be expected.
    Broken(io::Error),
    /// The server may have answered before it closed, so this waits until it
    /// is known that it has not.
    Failed(io::Error),
}

impl H1 {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            outgoing: Outgoing::default(),
            written: 0,
            sending: Sending::Done,
            incoming: Incoming::new(),
            reads: 0,
            alarm: Alarm::default(),
        }
    }

    /// Whether the peer has neither closed it nor sent what nobody asked for.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.stream.is_silent()
    }

    /// Whether the last exchange left it ready for another.
    pub(crate) fn is_clean(&self) -> bool {
        self.incoming.is_clean() && matches!(self.sending, Sending::Done)
    }

    /// Makes ready for its next request.
    pub(crate) fn rest(&mut self) {
        if self.outgoing.head.capacity() > KEPT_CAPACITY {
            self.outgoing = Outgoing::default();
        }
    }

    /// Takes a request, for a server or for a proxy; [`head`](Self::head) sends it.
    pub(crate) fn begin(
        &mut self,
        hop: &Hop,
        wire: &Wire,
        cookies: (&Jar, Instant),
        proxy: Option<&Forward>,
    ) {
        self.outgoing.write(hop, wire, cookies, proxy);
        self.written = 0;
        self.sending = Sending::Writing;
        self.incoming.begin(Asked::by(&hop.method), self.outgoing.keep);
        self.reads = 0;
    }

    /// Says what is to be kept of the body.
    pub(crate) fn set_kept(&mut self, kept: Kept) {
        self.incoming.set_kept(kept);
    }

    /// Sends the request and waits for the head of the response.
    pub(crate) async fn head(
        &mut self,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Result<Head, Failure> {
        poll_fn(|cx| match self.poll_head(cx, until, trace) {
            Poll::Pending => self.alarm.poll(cx, until).map(|()| Err(until.missed().into())),
            ready => ready,
        })
        .await
    }

    /// Whether all of the body came with its head.
    pub(crate) fn is_whole(&self) -> bool {
        self.incoming.is_whole()
    }

    /// Takes out what has come of the body.
    pub(crate) fn take_body(&mut self) -> Bytes {
        self.incoming.body()
    }

    /// Whether the response came with a single read.
    pub(crate) fn came_at_once(&self) -> bool {
        self.reads == 1
    }

    /// Waits for the rest of the body.
    pub(crate) async fn body(
        &mut self,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Result<Bytes, Failure> {
        poll_fn(|cx| match self.poll_body(cx, until, trace) {
            Poll::Pending => self.alarm.poll(cx, until).map(|()| Err(until.missed().into())),
            ready => ready,
        })
        .await?;
        Ok(self.incoming.body())
    }

    /// The next piece of the body; none at its end.
    pub(crate) async fn chunk(
        &mut self,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Result<Option<Bytes>, Failure> {
        while self.incoming.body.is_empty() && !self.incoming.is_whole() {
            poll_fn(|cx| match self.poll_more(cx, trace) {
                Poll::Pending => self.alarm.poll(cx, until).map(|()| Err(until.missed().into())),
                ready => ready,
            })
            .await?;
            if until.is_over() {
                return Err(until.missed().into());
            }
        }
        let piece = self.incoming.body();
        Ok((!piece.is_empty()).then_some(piece))
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Poll<Result<Head, Failure>> {
        self.poll_send(cx, trace);
        if let Sending::Broken(_) = self.sending {
            return Poll::Ready(Err(self.no_head(None)));
        }
        READ.with_borrow_mut(|buffer| {
            loop {
                let mut buffer = ReadBuf::new(buffer);
                let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
                let bytes = buffer.filled();
                if bytes.is_empty() {
                    return Poll::Ready(Err(self.no_head(read.err())));
                }
                self.reads += 1;
                if self.reads == 1 {
                    trace.note_first_byte();
                }
                match self.incoming.take_head(bytes, trace) {
                    // An alarm does not ring while there is always something to read.
                    Ok(None) if until.is_over() => return Poll::Ready(Err(until.missed().into())),
                    Ok(None) => {}
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Err(failure) => return Poll::Ready(Err(failure)),
                }
            }
        })
    }

    /// Why there is no answer.
    #[cold]
    fn no_head(&mut self, read: Option<io::Error>) -> Failure {
        let sending = std::mem::replace(&mut self.sending, Sending::Done);
        // What TLS says wins over what became of the connection then.
        if let Some(tls) = read.as_ref().and_then(tls_failure) {
            return tls.into();
        }
        let error = match (sending, read) {
            (Sending::Failed(error) | Sending::Broken(error), _) => error,
            (_, Some(error)) if error.kind() != io::ErrorKind::UnexpectedEof => error,
            _ => return Failure::new(Kind::Closed, NO_ANSWER),
        };
        Failure::of(Kind::Closed, error)
    }
}
