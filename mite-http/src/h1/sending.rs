//! How a request is written.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::AsyncWrite;

use super::request::Outgoing;
use super::{H1, Sending};
use crate::trace::Trace;

impl H1 {
    /// Writes what can be written now.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>, trace: &mut Trace) {
        if let Sending::Writing = self.sending {
            loop {
                match self.poll_write(cx) {
                    Poll::Pending => break,
                    Poll::Ready(Ok(())) if self.outgoing.stream.is_none() => {
                        self.sending = Sending::Flushing;
                        break;
                    }
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => {
                        self.sending = Sending::Failed(error);
                        break;
                    }
                }
                match self.outgoing.poll_piece(cx) {
                    Poll::Ready(Ok(())) => self.written = 0,
                    Poll::Ready(Err(error)) => {
                        self.sending = Sending::Broken(error);
                        break;
                    }
                    Poll::Pending => {
                        // Flushed: what was written must not wait for pieces that are
                        // not there yet.
                        if let Poll::Ready(Err(error)) = Pin::new(&mut self.stream).poll_flush(cx) {
                            self.sending = Sending::Failed(error);
                        }
                        break;
                    }
                }
            }
            trace.sent = self.written.saturating_sub(self.outgoing.head_length) as u64;
        }
        if let Sending::Flushing = self.sending {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => {
                    self.sending = Sending::Done;
                    self.outgoing.body = Bytes::new();
                }
                Poll::Ready(Err(error)) => self.sending = Sending::Failed(error),
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Outgoing { head, body, .. } = &self.outgoing;
        let stream = &mut self.stream;
        while self.written < head.len() + body.len() {
            let stream = Pin::new(&mut *stream);
            let written = match head.get(self.written..) {
                Some(head) if body.is_empty() => stream.poll_write(cx, head),
                Some(head) if !head.is_empty() => {
                    stream.poll_write_vectored(cx, &[IoSlice::new(head), IoSlice::new(body)])
                }
                _ => stream.poll_write(cx, &body[self.written - head.len()..]),
            };
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.written += n,
            }
        }
        Poll::Ready(Ok(()))
    }
}
