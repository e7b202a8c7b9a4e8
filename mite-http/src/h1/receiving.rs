//! How a body is read.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use mite_net::Deadline;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::chunked::Chunks;
use super::head::{Ends, Parsed};
use super::{CUT_SHORT, FIRST_RESERVE, H1, Kept, READ, Rest};
use crate::encoding;
use crate::error::{Failure, Kind};
use crate::trace::Trace;

impl H1 {
    /// Takes what came of the body with its head.
    pub(super) fn begin_body(
        &mut self,
        parsed: &Parsed,
        bytes: &[u8],
        trace: &mut Trace,
    ) -> Result<(), Failure> {
        self.keep &= parsed.keep;
        self.rest = match parsed.ends {
            Ends::After(length) => {
                let first = length.min(FIRST_RESERVE) as usize;
                self.body = Vec::with_capacity(first);
                Rest::Bytes(length)
            }
            Ends::WithLastChunk => Rest::Chunks(Chunks::new()),
            Ends::WithConnection => Rest::UntilClose,
        };
        self.take_body(bytes, trace)
    }

    /// Counts what came behind the first `before` bytes, and drops it if it is
    /// not to be kept.
    fn account(&mut self, before: usize, trace: &mut Trace) -> Result<(), Failure> {
        self.received += (self.body.len() - before) as u64;
        trace.received = self.received;
        match self.kept {
            Kept::UpTo(limit) if self.received > limit => return Err(encoding::too_large(limit)),
            Kept::UpTo(_) => {}
            Kept::Nothing => self.body.clear(),
        }
        Ok(())
    }

    fn take_body(&mut self, bytes: &[u8], trace: &mut Trace) -> Result<(), Failure> {
        let before = self.body.len();
        let taken = match &mut self.rest {
            Rest::None => 0,
            Rest::Bytes(left) => {
                let here = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                self.body.extend_from_slice(&bytes[..here]);
                *left -= here as u64;
                here
            }
            Rest::Chunks(chunks) => {
                let taken = chunks.decode(bytes, &mut self.body);
                if let Err(why) = taken {
                    self.account(before, trace)?;
                    return Err(Failure::new(Kind::Body, format!("the body is broken: {why}")));
                }
                taken.unwrap_or_default()
            }
            Rest::UntilClose => {
                self.body.extend_from_slice(bytes);
                bytes.len()
            }
        };
        self.account(before, trace)?;
        // More than the response is an answer to nothing.
        self.keep &= taken == bytes.len();
        self.settle();
        Ok(())
    }

    /// Notes that nothing more is to come, if so.
    fn settle(&mut self) {
        let done = match &self.rest {
            Rest::None | Rest::Bytes(0) => true,
            Rest::Chunks(chunks) => chunks.is_done(),
            Rest::Bytes(_) | Rest::UntilClose => false,
        };
        if done {
            self.rest = Rest::None;
        }
    }

    pub(super) fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Poll<Result<(), Failure>> {
        self.poll_send(cx, trace);
        loop {
            if let Rest::None = self.rest {
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
        let read = match self.rest {
            Rest::None => return Poll::Ready(Ok(())),
            Rest::Bytes(left) => ready!(self.poll_read_straight(cx, left, trace))?,
            _ => ready!(self.poll_read_through(cx, trace))?,
        };
        match read {
            Ok(0) if matches!(self.rest, Rest::UntilClose) => self.rest = Rest::None,
            Ok(0) => return Poll::Ready(Err(Failure::new(Kind::Body, CUT_SHORT))),
            Ok(_) => self.reads += 1,
            Err(error) => return Poll::Ready(Err(Failure::of(Kind::Body, error))),
        }
        Poll::Ready(Ok(()))
    }

    /// Reads into the body itself, and nothing beyond it.
    fn poll_read_straight(
        &mut self,
        cx: &mut Context<'_>,
        left: u64,
        trace: &mut Trace,
    ) -> Poll<Result<io::Result<usize>, Failure>> {
        let before = self.body.len();
        let body = &mut self.body;
        if body.capacity() == body.len() {
            let room = (body.len() as u64).max(FIRST_RESERVE).min(left);
            body.reserve_exact(room as usize);
        }
        let room = (body.capacity() - body.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut body = (&mut *body).limit(room);
        let read = ready!(pin!(self.stream.read_buf(&mut body)).poll(cx));
        if let Ok(n) = read {
            self.rest = Rest::Bytes(left - n as u64);
            self.account(before, trace)?;
            self.settle();
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
            Poll::Ready(self.take_body(bytes, trace).map(|()| Ok(bytes.len())))
        })
    }
}
