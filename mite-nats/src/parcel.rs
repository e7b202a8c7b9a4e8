//! Messages on their way, some at a time.
//!
//! A parcel is `mitr`, the version of its form (u16), who sends it (u64), its number among
//! those of that sender and group, from 1 (u64), and how many messages there are (u32), all
//! big-endian, and the messages, one after the other.

use bytes::{BufMut, Bytes, BytesMut};
use mite_core::message::{Message, MessageRef};
use mite_core::msgpack;

/// The form of parcels and of what is said about them.
pub(crate) const VERSION: u16 = 1;

const MAGIC: &[u8; 4] = b"mitr";
const HEADER: usize = 26;

/// Bytes of messages in one parcel, unless a single message has more.
pub(crate) const MOST: usize = 256 << 10;

/// Messages that were sent together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    pub(crate) source: u64,
    pub(crate) number: u64,
    pub(crate) count: u32,
    messages: Bytes,
}

impl Parcel {
    /// What was sent, if it is a parcel of this version.
    pub(crate) fn read(bytes: &Bytes) -> Option<Self> {
        let head = bytes.get(..HEADER)?;
        let (magic, rest) = head.split_at(4);
        let version = u16::from_be_bytes(rest[..2].try_into().ok()?);
        if magic != MAGIC || version != VERSION {
            return None;
        }
        let u64_at = |at: usize| u64::from_be_bytes(head[at..at + 8].try_into().expect("eight"));
        Some(Self {
            source: u64_at(6),
            number: u64_at(14),
            count: u32::from_be_bytes(head[22..].try_into().ok()?),
            messages: bytes.slice(HEADER..),
        })
    }

    /// How many messages there are.
    pub fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// The messages, as they were sent. What is none ends them.
    pub fn messages(&self) -> impl Iterator<Item = Message> {
        let mut rest = self.messages.clone();
        std::iter::from_fn(move || {
            let length = msgpack::value_len(&rest).ok().filter(|length| *length > 0)?;
            Message::from_bytes(rest.split_to(length))
        })
    }
}

/// Makes parcels of messages.
#[derive(Debug)]
pub(crate) struct Packer {
    source: u64,
    /// Parcels that were made.
    number: u64,
    bytes: BytesMut,
    count: u32,
}

impl Packer {
    pub(crate) fn new(source: u64) -> Self {
        Self { source, number: 0, bytes: BytesMut::new(), count: 0 }
    }

    /// Adds a message: the parcel before it, if it would be too large with it.
    pub(crate) fn add(&mut self, message: MessageRef<'_>) -> Option<(Bytes, u32)> {
        let full = self.count > 0 && self.bytes.len() - HEADER + message.bytes().len() > MOST;
        let done = if full { self.take() } else { None };
        if self.count == 0 {
            self.bytes.put_bytes(0, HEADER);
        }
        self.bytes.put_slice(message.bytes());
        self.count += 1;
        done
    }

    /// What there is, and how many messages: nothing if there are none.
    pub(crate) fn take(&mut self) -> Option<(Bytes, u32)> {
        let count = std::mem::take(&mut self.count);
        if count == 0 {
            return None;
        }
        self.number += 1;
        let mut bytes = self.bytes.split();
        let mut head = &mut bytes[..HEADER];
        head.put_slice(MAGIC);
        head.put_u16(VERSION);
        head.put_u64(self.source);
        head.put_u64(self.number);
        head.put_u32(count);
        Some((bytes.freeze(), count))
    }

    /// The number of the parcel that was taken last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use mite_core::fields;

    use super::*;

    fn message(n: usize, length: usize) -> Message {
        Message::new("n", 0.0, None, None, &fields! { n, text: "x".repeat(length) })
    }

    #[test]
    fn messages_arrive_in_order_and_parcels_are_bounded() {
        let mut packer = Packer::new(7);
        let sent: Vec<_> =
            (0..50).map(|n| message(n, n * 1_000)).chain([message(50, MOST)]).collect();
        let mut parcels: Vec<_> = sent.iter().filter_map(|m| packer.add(m.as_ref())).collect();
        parcels.extend(packer.take());
        assert_eq!(packer.take(), None);
        let mut seen = Vec::new();
        for (number, (bytes, count)) in (1..).zip(&parcels) {
            let parcel = Parcel::read(bytes).unwrap();
            assert_eq!((parcel.source, parcel.number, parcel.count), (7, number, *count));
            let messages: Vec<_> = parcel.messages().collect();
            assert_eq!(messages.len() as u64, parcel.count());
            assert!(messages.len() == 1 || bytes.len() <= MOST + HEADER);
            seen.extend(messages.iter().map(|m| m.bytes().clone()));
        }
        let sent: Vec<_> = sent.iter().map(|m| m.bytes().clone()).collect();
        assert_eq!(seen, sent);
        assert!(parcels.len() > 4);
    }

    #[test]
    fn what_is_none_is_refused() {
        let mut packer = Packer::new(7);
        packer.add(message(1, 1).as_ref());
        let (bytes, _) = packer.take().unwrap();
        assert_eq!(Parcel::read(&bytes.slice(..HEADER - 1)), None);
        let mut other = bytes.to_vec();
        other[5] = 9;
        assert_eq!(Parcel::read(&other.clone().into()), None, "of another version");
        other[0] = b'x';
        assert_eq!(Parcel::read(&other.into()), None);
        // A torn one ends where it is torn.
        let torn = Parcel::read(&bytes.slice(..bytes.len() - 1)).unwrap();
        assert_eq!(torn.messages().count(), 0);
    }
}
