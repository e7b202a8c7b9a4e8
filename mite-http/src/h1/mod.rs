//! HTTP/1.1 on one connection, driven in the task of whoever uses it.
//!
//! A connection that waits for its next request holds no buffers: what comes is
//! read into a buffer of the thread's, and only the start of a head that is not
//! whole yet, and the body, are kept.

mod chunked;
mod head;
mod receiving;
mod request;
mod sending;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use mite_net::{Alarm, Deadline, Forward, Stream};
use tokio::io::{AsyncRead, ReadBuf};

use self::chunked::Chunks;
use self::head::Asked;
use self::request::Outgoing;
use crate::cookie::Jar;
use crate::error::{Failure, Kind};
use crate::head::Head;
use crate::hop::Hop;
use crate::trace::Trace;
use crate::wire::Wire;

const NO_ANSWER: &str = "the server closed the connection without an answer";
const CUT_SHORT: &str = "the body was cut short";

/// Most memory that a body gets before its bytes have come: a length that a
/// server states is not one that it sends.
const FIRST_RESERVE: u64 = 1024 * 1024;

/// A head of up to that many bytes is parsed again whenever more of it comes; a
/// longer one only when its end has come, so that it cannot keep the thread busy.
const REPARSED: usize = 8 * 1024;

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
    asked: Asked,
    /// The start of a head.
    partial: Vec<u8>,
    /// What is still to come of the response's body.
    rest: Rest,
    /// What has come of it.
    body: Vec<u8>,
    /// How much of it has come, kept or not.
    received: u64,
    kept: Kept,
    reads: u32,
    keep: bool,
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

/// What is kept of a body.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// So many bytes; more are an error.
    UpTo(u64),
    Nothing,
}

#[derive(Clone, Copy)]
enum Rest {
    None,
    Bytes(u64),
    Chunks(Chunks),
    UntilClose,
}

impl H1 {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            outgoing: Outgoing::default(),
            written: 0,
            sending: Sending::Done,
            asked: Asked::Other,
            partial: Vec::new(),
            rest: Rest::None,
            body: Vec::new(),
            received: 0,
            kept: Kept::UpTo(u64::MAX),
            reads: 0,
            keep: true,
            alarm: Alarm::default(),
        }
    }

    /// Whether the peer has neither closed it nor sent what nobody asked for.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.stream.is_silent()
    }

    /// Whether the last exchange left it ready for another.
    pub(crate) fn is_clean(&self) -> bool {
        self.keep && matches!(self.rest, Rest::None) && matches!(self.sending, Sending::Done)
    }

    /// Makes ready for its next request.
    pub(crate) fn rest(&mut self) {
        if self.outgoing.head.capacity() > KEPT_CAPACITY {
            self.outgoing = Outgoing::default();
        }
    }

    /// Takes a request, for a server or for a proxy; [`head`](Self::head) sends it.
    pub(crate) fn begin(&mut self, hop: &Hop, wire: &Wire, jar: &Jar, proxy: Option<&Forward>) {
        self.outgoing.write(hop, wire, jar, proxy);
        self.written = 0;
        self.sending = Sending::Writing;
        self.asked = Asked::by(&hop.method);
        self.reads = 0;
        self.received = 0;
        self.keep = self.outgoing.keep;
    }

    /// Says what is to be kept of the body.
    pub(crate) fn set_kept(&mut self, kept: Kept) {
        self.kept = kept;
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

    /// The body, if it came with its head.
    pub(crate) fn whole_body(&mut self) -> Option<Bytes> {
        match self.rest {
            Rest::None => Some(std::mem::take(&mut self.body).into()),
            _ => None,
        }
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
        Ok(std::mem::take(&mut self.body).into())
    }

    /// The next piece of the body; none at its end.
    pub(crate) async fn chunk(
        &mut self,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Result<Option<Bytes>, Failure> {
        while self.body.is_empty() && !matches!(self.rest, Rest::None) {
            poll_fn(|cx| match self.poll_more(cx, trace) {
                Poll::Pending => self.alarm.poll(cx, until).map(|()| Err(until.missed().into())),
                ready => ready,
            })
            .await?;
            if until.is_over() {
                return Err(until.missed().into());
            }
        }
        let piece = Bytes::from(std::mem::take(&mut self.body));
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
                match self.take_head(bytes, trace) {
                    // An alarm does not ring while there is always something to read.
                    Ok(None) if until.is_over() => return Poll::Ready(Err(until.missed().into())),
                    Ok(None) => {}
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Err(failure) => return Poll::Ready(Err(failure)),
                }
            }
        })
    }

    /// Takes what came; the head, once it is whole.
    fn take_head(&mut self, bytes: &[u8], trace: &mut Trace) -> Result<Option<Head>, Failure> {
        if self.partial.is_empty() {
            return self.parse(bytes, trace);
        }
        let mut all = std::mem::take(&mut self.partial);
        let new = all.len().saturating_sub(2);
        all.extend_from_slice(bytes);
        if all.len() > REPARSED && all.len() < head::LONGEST && !head::has_end(&all[new..]) {
            self.partial = all;
            return Ok(None);
        }
        self.parse(&all, trace)
    }

    fn parse(&mut self, mut bytes: &[u8], trace: &mut Trace) -> Result<Option<Head>, Failure> {
        while !bytes.is_empty() {
            match head::parse(bytes, self.asked)? {
                Some(parsed) if parsed.is_informational() => bytes = &bytes[parsed.length..],
                Some(parsed) => {
                    trace.status = parsed.status.as_u16();
                    trace.version = parsed.version;
                    self.begin_body(&parsed, &bytes[parsed.length..], trace)?;
                    return Ok(Some(parsed.head(bytes)));
                }
                None => {
                    self.partial.extend_from_slice(bytes);
                    break;
                }
            }
        }
        Ok(None)
    }

    /// Why there is no answer.
    #[cold]
    fn no_head(&mut self, read: Option<io::Error>) -> Failure {
        let sending = std::mem::replace(&mut self.sending, Sending::Done);
        let error = match (sending, read) {
            (Sending::Failed(error) | Sending::Broken(error), _) => error,
            (_, Some(error)) if error.kind() != io::ErrorKind::UnexpectedEof => error,
            _ => return Failure::new(Kind::Closed, NO_ANSWER),
        };
        Failure::of(Kind::Closed, error)
    }
}
