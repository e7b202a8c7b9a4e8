//! Messages on the wire: frames that fit through any server, and their assembly.
//!
//! A frame is `mite`, the version of the wire (u16), its index and how many there are (u16
//! each), the number of the message (u64), all big-endian, and its part of the message.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

/// What the two sides of a wire must have in common.
pub(crate) const VERSION: u16 = 1;

const MAGIC: &[u8; 4] = b"mite";
const HEADER: usize = 18;

/// Bytes of a message in one frame: well below the megabyte that a server lets through.
const MOST: usize = 256 << 10;

/// Bytes of one message: more is nobody's honest message.
const LARGEST: usize = 256 << 20;

/// Messages that may be incomplete at once; of more, the oldest is given up.
const PARTIAL: usize = 256;

/// Bytes of incomplete messages, besides the one whose frames come; of more, the oldest are
/// given up.
const HELD: usize = 64 << 20;

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// They are something else.
    NotMite,
    /// They are of another version of mite's wire.
    Version(u16),
    /// They are a message, which is none of those that are expected.
    Unreadable,
}

/// Numbers the messages of one sender.
#[derive(Debug)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Begins where no other sender is likely to be.
    pub(crate) fn new(process: u64) -> Self {
        Self(process.rotate_left(32))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }
}

/// The frames of a message.
pub(crate) fn frames(message: u64, body: &[u8]) -> Vec<Bytes> {
    let count = body.len().div_ceil(MOST).max(1);
    assert!(body.len() <= LARGEST, "a message of {} bytes", body.len());
    let frame = |index: usize| {
        let part = &body[index * MOST..body.len().min((index + 1) * MOST)];
        let mut frame = BytesMut::with_capacity(HEADER + part.len());
        frame.put_slice(MAGIC);
        frame.put_u16(VERSION);
        frame.put_u16(index as u16);
        frame.put_u16(count as u16);
        frame.put_u64(message);
        frame.put_slice(part);
        frame.freeze()
    };
    (0..count).map(frame).collect()
}

/// Puts messages together again, of whatever senders; frames may come twice, in another
/// order, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    partial: VecDeque<Partial>,
    /// Bytes of them.
    held: usize,
    /// Messages that were given up.
    pub(crate) lost: u64,
}

#[derive(Debug)]
struct Partial {
    message: u64,
    frames: Vec<Option<Bytes>>,
    missing: usize,
    bytes: usize,
}

impl Assembler {
    /// Takes a frame: the message, if it is complete with it.
    pub(crate) fn take(&mut self, frame: &Bytes) -> Result<Option<Bytes>, Foreign> {
        if frame.len() < HEADER || &frame[..4] != MAGIC {
            return Err(Foreign::NotMite);
        }
        let u16_at = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        if u16_at(4) != VERSION {
            return Err(Foreign::Version(u16_at(4)));
        }
        let (index, count) = (usize::from(u16_at(6)), usize::from(u16_at(8)));
        let message = u64::from_be_bytes(frame[10..HEADER].try_into().expect("eight bytes"));
        if index >= count || count > LARGEST / MOST || frame.len() > HEADER + MOST {
            return Err(Foreign::NotMite);
        }
        let part = frame.slice(HEADER..);
        if count == 1 {
            return Ok(Some(part));
        }
        let at = match self.partial.iter().position(|partial| partial.message == message) {
            Some(at) => at,
            None => {
                if self.partial.len() == PARTIAL {
                    self.give_up(0);
                }
                let frames = vec![None; count];
                self.partial.push_back(Partial { message, frames, missing: count, bytes: 0 });
                self.partial.len() - 1
            }
        };
        let partial = &mut self.partial[at];
        let Some(place) = partial.frames.get_mut(index) else { return Err(Foreign::NotMite) };
        if place.is_none() {
            partial.missing -= 1;
            partial.bytes += part.len();
            self.held += part.len();
            *place = Some(part);
        }
        if partial.missing > 0 {
            let own = partial.bytes;
            while self.held - own > HELD {
                let oldest = usize::from(self.partial[0].message == message);
                self.give_up(oldest);
            }
            return Ok(None);
        }
        let whole = self.partial.remove(at).expect("it is there");
        self.held -= whole.bytes;
        Ok(Some(whole.frames.into_iter().flatten().flatten().collect()))
    }

    /// Messages of which a part has not come, those that were given up among them.
    pub(crate) fn incomplete(&self) -> u64 {
        self.lost + self.partial.len() as u64
    }

    fn give_up(&mut self, at: usize) {
        if let Some(partial) = self.partial.remove(at) {
            self.held -= partial.bytes;
            self.lost += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n * 7 + n / 251) as u8).collect()
    }

    #[test]
    fn a_message_of_any_length_arrives_whatever_the_order() {
        for length in [0, 1, MOST - 1, MOST, MOST + 1, 3 * MOST + 5] {
            let (sent, mut frames) = (body(length), frames(9, &body(length)));
            assert!(frames.iter().all(|frame| frame.len() <= HEADER + MOST));
            assert_eq!(frames.len(), length.div_ceil(MOST).max(1));
            frames.reverse();
            let mut assembler = Assembler::default();
            let last = frames.len() - 1;
            for (n, frame) in frames.iter().enumerate() {
                if n < last {
                    assert_eq!(assembler.take(frame), Ok(None));
                    assert_eq!(assembler.take(frame), Ok(None), "twice is once");
                } else {
                    assert_eq!(assembler.take(frame).unwrap().unwrap(), sent);
                }
            }
            assert!(assembler.partial.is_empty());
        }
    }

    #[test]
    fn messages_that_stay_incomplete_cost_no_more_than_a_bound() {
        let mut assembler = Assembler::default();
        for message in 0..1_000 {
            let frames = frames(message, &body(MOST + 1));
            assert_eq!(assembler.take(&frames[0]), Ok(None));
        }
        assert_eq!((assembler.partial.len(), assembler.lost), (PARTIAL, 1_000 - PARTIAL as u64));
        let second = &frames(999, &body(MOST + 1))[1];
        assert_eq!(assembler.take(second).unwrap().unwrap(), body(MOST + 1));
    }

    #[test]
    fn large_messages_that_stay_incomplete_cost_no_more_than_a_bound_in_bytes() {
        let mut assembler = Assembler::default();
        let large = frames(1, &body(16 * MOST));
        for message in 0..40u64 {
            for frame in &large[1..] {
                let mut frame = frame.to_vec();
                frame[10..HEADER].copy_from_slice(&message.to_be_bytes());
                assert_eq!(assembler.take(&frame.into()), Ok(None));
            }
        }
        let each = 15 * MOST;
        assert_eq!(assembler.partial.len(), HELD / each + 1);
        assert_eq!(assembler.held, assembler.partial.len() * each);
        assert_eq!(assembler.lost, 40 - assembler.partial.len() as u64);
        let mut last = large[0].to_vec();
        last[10..HEADER].copy_from_slice(&39u64.to_be_bytes());
        assert_eq!(assembler.take(&last.into()).unwrap().unwrap(), body(16 * MOST));
        assert_eq!(assembler.held, assembler.partial.len() * each, "of the others alone");
        let mut long = frames(1, &body(2 * MOST))[0].to_vec();
        long.push(0);
        assert_eq!(assembler.take(&long.into()), Err(Foreign::NotMite));
    }

    #[test]
    fn what_is_no_frame_is_refused_and_another_version_is_told() {
        let mut assembler = Assembler::default();
        assert_eq!(assembler.take(&Bytes::from_static(b"hello")), Err(Foreign::NotMite));
        let mut other = frames(1, b"x")[0].to_vec();
        other[5] = 9;
        assert_eq!(assembler.take(&other.into()), Err(Foreign::Version(9)));
        let mut torn = frames(1, b"x")[0].to_vec();
        torn[7] = 1;
        assert_eq!(assembler.take(&torn.into()), Err(Foreign::NotMite));
    }
}
