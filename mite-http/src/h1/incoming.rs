//! A response on its way in: what came is taken apart, wherever it was cut.

use bytes::Bytes;

use super::chunked::Chunks;
use super::head::{self, Asked, Ends, Parsed};
use crate::encoding;
use crate::error::{Failure, Kind};
use crate::head::Head;
use crate::held::{Limits, Share};
use crate::trace::Trace;

/// Most memory that a body gets before its bytes have come: a length that a
/// server states is not one that it sends.
pub(super) const FIRST_RESERVE: u64 = 1024 * 1024;

/// A head of up to that many bytes is parsed again whenever more of it comes; a
/// longer one only when its end has come, so that it cannot keep the thread busy.
const REPARSED: usize = 8 * 1024;

/// A response on its way in. It knows no socket: it is given what was read.
pub(crate) struct Incoming {
    asked: Asked,
    /// The start of a head.
    partial: Vec<u8>,
    /// What is still to come of the response's body.
    pub(super) rest: Rest,
    /// What has come of it.
    pub(super) body: Vec<u8>,
    /// What that counts of all bodies.
    share: Share,
    /// How much of it has come, kept or not.
    received: u64,
    kept: Kept,
    /// Whether the connection can be used for another request.
    keep: bool,
}

/// What is kept of a body.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// So much; more is an error.
    UpTo(Limits),
    /// What has come, until it is taken: it may be without end.
    Pieces,
    Nothing,
}

#[derive(Clone, Copy)]
pub(super) enum Rest {
    None,
    Bytes(u64),
    Chunks(Chunks),
    UntilClose,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self {
            asked: Asked::Other,
            partial: Vec::new(),
            rest: Rest::None,
            body: Vec::new(),
            share: Share::default(),
            received: 0,
            kept: Kept::UpTo(Limits::NONE),
            keep: true,
        }
    }

    /// Awaits the answer to another request, after which the connection can be used
    /// again as far as the request goes.
    pub(crate) fn begin(&mut self, asked: Asked, keep: bool) {
        self.asked = asked;
        self.received = 0;
        self.keep = keep;
    }

    /// Says what is to be kept of the body.
    pub(crate) fn set_kept(&mut self, kept: Kept) {
        self.kept = kept;
    }

    /// Whether each piece is taken when it has come.
    pub(super) fn is_in_pieces(&self) -> bool {
        matches!(self.kept, Kept::Pieces)
    }

    /// Whether all of the response has come.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.rest, Rest::None)
    }

    /// Whether another response can follow.
    pub(crate) fn is_clean(&self) -> bool {
        self.keep && self.is_whole()
    }

    /// Takes out what has come of the body.
    pub(crate) fn body(&mut self) -> Bytes {
        let share = std::mem::take(&mut self.share);
        share.hold(std::mem::take(&mut self.body))
    }

    /// How much memory it holds.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn reserved(&self) -> usize {
        self.body.capacity() + self.partial.capacity()
    }

    /// Takes what came; the head, once it is whole.
    pub(crate) fn take_head(
        &mut self,
        bytes: &[u8],
        trace: &mut Trace,
    ) -> Result<Option<Head>, Failure> {
        self.take_head_reparsing(bytes, trace, REPARSED)
    }

    /// The same, with the length up to which a head is parsed again and again.
    pub(crate) fn take_head_reparsing(
        &mut self,
        bytes: &[u8],
        trace: &mut Trace,
        reparsed: usize,
    ) -> Result<Option<Head>, Failure> {
        if self.partial.is_empty() {
            return self.parse(bytes, trace);
        }
        let mut all = std::mem::take(&mut self.partial);
        let new = all.len().saturating_sub(2);
        all.extend_from_slice(bytes);
        if all.len() > reparsed && all.len() < head::LONGEST && !head::has_end(&all[new..]) {
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

    /// Takes what came of the body with its head.
    fn begin_body(
        &mut self,
        parsed: &Parsed,
        bytes: &[u8],
        trace: &mut Trace,
    ) -> Result<(), Failure> {
        self.keep &= parsed.keep;
        self.rest = match parsed.ends {
            Ends::After(length) => {
                if !self.is_in_pieces() {
                    let first = length.min(FIRST_RESERVE) as usize;
                    self.body = Vec::with_capacity(first);
                }
                Rest::Bytes(length)
            }
            Ends::WithLastChunk => Rest::Chunks(Chunks::new()),
            Ends::WithConnection => Rest::UntilClose,
        };
        self.take_body(bytes, trace)
    }

    /// Counts what came behind the first `before` bytes, and drops it if it is
    /// not to be kept.
    pub(super) fn account(&mut self, before: usize, trace: &mut Trace) -> Result<(), Failure> {
        self.received += (self.body.len() - before) as u64;
        trace.received = self.received;
        match self.kept {
            Kept::UpTo(Limits { each, .. }) if self.received > each => {
                Err(encoding::too_large(each))
            }
            Kept::UpTo(limits) => self.share.set(self.body.capacity() as u64, limits),
            Kept::Pieces => Ok(()),
            Kept::Nothing => {
                self.body.clear();
                Ok(())
            }
        }
    }

    /// Takes what came of the body.
    pub(crate) fn take_body(&mut self, bytes: &[u8], trace: &mut Trace) -> Result<(), Failure> {
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
                    let cause = format!("the body is broken: {why}: `{}`", chunks.line());
                    self.account(before, trace)?;
                    return Err(Failure::new(Kind::Body, cause));
                }
                taken.unwrap_or_default()
            }
            Rest::UntilClose => {
                self.body.extend_from_slice(bytes);
                bytes.len()
            }
        };
        self.account(before, trace)?;
        // Bytes beyond the response answer no request: the connection cannot be used
        // again.
        self.keep &= taken == bytes.len();
        self.settle();
        Ok(())
    }

    /// Notes that nothing more is to come, if so.
    pub(super) fn settle(&mut self) {
        let done = match &self.rest {
            Rest::None | Rest::Bytes(0) => true,
            Rest::Chunks(chunks) => chunks.is_done(),
            Rest::Bytes(_) | Rest::UntilClose => false,
        };
        if done {
            self.rest = Rest::None;
        }
    }

    /// Takes the end of the connection: whether the response may end so.
    pub(crate) fn take_end(&mut self) -> bool {
        if let Rest::UntilClose = self.rest {
            self.rest = Rest::None;
        }
        self.is_whole()
    }
}
