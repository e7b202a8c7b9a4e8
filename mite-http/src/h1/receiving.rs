//! How a body is read.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use mite_net::{Deadline, tls_failure};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::incoming::{FIRST_RESERVE, Rest};
use super::{CUT_SHORT, H1, READ};
use crate::error::{Failure, Kind};
use crate::trace::Trace;

impl H1 {
    pub(super) fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Poll<Result<(), Failure>> {
        self.poll_send(cx, trace);
        loop {
            if self.incoming.is_whole() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_read_once(cx, trace))?;
            if until.is_over() {
                return Poll::Ready(Err(until.missed().into()));
            }
        }
    }

    /// Goes on sending, and reads once.
    pub(super) fn poll_more(
        &mut self,
        cx: &mut Context<'_>,
        trace: &mut Trace,
    ) -> Poll<Result<(), Failure>> {
        self.poll_send(cx, trace);
        self.poll_read_once(cx, trace)
    }

    fn poll_read_once(
        &mut self,
        cx: &mut Context<'_>,
        trace: &mut Trace,
    ) -> Poll<Result<(), Failure>> {
        let read = match self.incoming.rest {
            Rest::None => return Poll::Ready(Ok(())),
            // Pieces take no more room than they have bytes.
            Rest::Bytes(left) if !self.incoming.is_in_pieces() => {
                ready!(self.poll_read_straight(cx, left, trace))?
            }
            _ => ready!(self.poll_read_through(cx, trace))?,
        };
        match read {
            Ok(0) if self.incoming.take_end() => {}
            Ok(0) => return Poll::Ready(Err(Failure::new(Kind::Body, CUT_SHORT))),
            Ok(_) => self.reads += 1,
            Err(error) => return Poll::Ready(Err(self.cut_short(error))),
        }
        Poll::Ready(Ok(()))
    }

    /// Why the body does not go on.
    #[cold]
    fn cut_short(&self, error: io::Error) -> Failure {
        if let Some(tls) = tls_failure(&error) {
            return tls.into();
        }
        if error.kind() != io::ErrorKind::UnexpectedEof {
            return Failure::of(Kind::Body, error);
        }
        // Without close_notify, a stream of TLS may have been truncated by an attacker.
        let cause = match self.incoming.rest {
            Rest::UntilClose => {
                "the body was cut short, or nobody can tell: it ends with the connection, and that without the close_notify of TLS"
            }
            _ => CUT_SHORT,
        };
        // Its own text is of the manual of rustls.
        Failure::new(Kind::Body, cause)
    }

    /// Reads into the body itself, and nothing beyond it.
    fn poll_read_straight(
        &mut self,
        cx: &mut Context<'_>,
        left: u64,
        trace: &mut Trace,
    ) -> Poll<Result<io::Result<usize>, Failure>> {
        let before = self.incoming.body.len();
        let body = &mut self.incoming.body;
        if body.capacity() == body.len() {
            let room = (body.len() as u64).max(FIRST_RESERVE).min(left);
            body.reserve_exact(room as usize);
        }
        let room = (body.capacity() - body.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut body = (&mut *body).limit(room);
        let read = ready!(pin!(self.stream.read_buf(&mut body)).poll(cx));
        if let Ok(n) = read {
            self.incoming.rest = Rest::Bytes(left - n as u64);
            self.incoming.account(before, trace)?;
            self.incoming.settle();
        }
        Poll::Ready(Ok(read))
    }

    /// Reads into the buffer of the thread, and takes what is there.
    fn poll_read_through(
        &mut self,
        cx: &mut Context<'_>,
        trace: &mut Trace,
    ) -> Poll<Result<io::Result<usize>, Failure>> {
        READ.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            if let Err(error) = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                return Poll::Ready(Ok(Err(error)));
            }
            let bytes = buffer.filled();
            Poll::Ready(self.incoming.take_body(bytes, trace).map(|()| Ok(bytes.len())))
        })
    }
}
