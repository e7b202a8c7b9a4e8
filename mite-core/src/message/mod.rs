//! What happened, as one msgpack map: made once, the same for every observer.

mod interest;
mod processor;
mod processor_entry;
mod queue;
mod record_name;
mod sender;
mod shown;
mod tap;
mod writer;

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::label::Label;
use crate::msgpack;

pub use interest::{Interest, Wanted};
#[doc(hidden)]
pub use processor::{IntoProcessor, Processor};
pub use processor::{MessageProcessor, RawMessageProcessor};
#[doc(hidden)]
pub use processor_entry::ProcessorEntry;
pub use queue::{Batch, Feed};
#[doc(hidden)]
pub use record_name::check_name;
pub use sender::Identity;
#[doc(hidden)]
pub use sender::Origin;
#[doc(hidden)]
pub use shown::is_moment;
pub use tap::Tap;
pub use writer::Writer;
pub(crate) use writer::with_buffer;

/// The transaction that was current when a message was sent: its full name and its number.
pub type CurrentTransaction<'a> = Option<(&'a Label, u64)>;

/// One message, encoded. Field names are those of upstream mite.
///
/// ```
/// use mite::prelude::*;
/// use mite::Message;
/// let message = Message::new("greeting", 1.5, None, None, &fields! { text: "hello" });
/// assert_eq!(message.kind(), "greeting");
/// assert_eq!(message.get::<String>("text").unwrap(), "hello");
/// assert_eq!(message.get::<f64>("time"), Some(1.5));
/// ```
#[derive(Clone)]
pub struct Message {
    bytes: Bytes,
    /// Where in the bytes the text of its type is. Not a label: threads would contend
    /// for the reference count of one that all messages share.
    kind: (u32, u32),
}

impl Message {
    /// Reads a message that was encoded elsewhere; `None` if `bytes` is not one
    /// whole map with a text under `type`.
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        if msgpack::value_len(&bytes) != Ok(bytes.len()) {
            return None;
        }
        let kind = msgpack::field(&bytes, "type").and_then(msgpack::text)?;
        let start = kind.as_ptr() as usize - bytes.as_ptr() as usize;
        Some(Self { kind: (start as u32, (start + kind.len()) as u32), bytes })
    }

    /// The message where it lies.
    pub fn as_ref(&self) -> MessageRef<'_> {
        MessageRef::with_kind_at(&self.bytes, self.kind)
    }

    /// The message's type, such as `txn`, `error` or what the journey chose.
    pub fn kind(&self) -> &str {
        self.as_ref().kind()
    }

    /// The encoded map.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The field `name`, if there is one and it reads as `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.as_ref().get(name)
    }

    /// The field `name` as it is encoded.
    pub fn get_encoded(&self, name: &str) -> Option<&[u8]> {
        self.as_ref().get_encoded(name)
    }

    /// The whole map as `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> crate::error::Result<T> {
        Ok(msgpack::decode(&self.bytes)?)
    }

    /// The entries, as (encoded key, encoded value).
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        msgpack::entries(&self.bytes)
    }
}

/// A message where it lies, in a buffer with others.
#[derive(Clone, Copy)]
pub struct MessageRef<'a> {
    bytes: &'a [u8],
    kind: &'a str,
    /// Where in the bytes the text of the type is.
    kind_at: usize,
}

impl<'a> MessageRef<'a> {
    /// One whole map, its type, and where in the map that is.
    pub(crate) fn new(bytes: &'a [u8], kind: &'a str, kind_at: usize) -> Self {
        Self { bytes, kind, kind_at }
    }

    /// A message with the text of its type at this place.
    pub(crate) fn with_kind_at(bytes: &'a [u8], (start, end): (u32, u32)) -> Self {
        let kind = &bytes[start as usize..end as usize];
        Self::new(bytes, std::str::from_utf8(kind).unwrap_or_default(), start as usize)
    }

    /// Where in the bytes the text of its type begins and ends.
    pub(crate) fn kind_at(&self) -> (u32, u32) {
        (self.kind_at as u32, (self.kind_at + self.kind.len()) as u32)
    }

    /// The message's type.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// The encoded map.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The field `name`, if there is one and it reads as `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        msgpack::decode(self.get_encoded(name)?).ok()
    }

    /// The field `name` as it is encoded.
    pub fn get_encoded(&self, name: &str) -> Option<&'a [u8]> {
        msgpack::field(self.bytes, name)
    }

    /// A message of its own.
    pub fn to_message(&self) -> Message {
        Message { bytes: Bytes::copy_from_slice(self.bytes), kind: self.kind_at() }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown::write(self.kind(), self.entries(), f)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::msgpack::Fields;

    fn identity() -> Identity {
        Identity::alone("shop:rush", "shop:buy")
    }

    #[test]
    fn the_framework_wins_a_clash_of_names() {
        let fields =
            fields! { r#type: "mine", time: 0, journey: "mine", transaction: 1, own: "kept" };
        let name = Label::intern("__root__ :: a");
        let m = Message::new("k", 7.25, Some(&identity()), Some((&name, 2)), &fields);
        assert_eq!(m.entries().count(), 11);
        assert_eq!(m.get::<String>("type").unwrap(), "k");
        assert_eq!(m.get::<f64>("time"), Some(7.25));
        assert_eq!(m.get::<String>("journey").unwrap(), "shop:buy");
        assert_eq!(m.get::<String>("transaction").unwrap(), "__root__ :: a");
        assert_eq!(m.get::<u64>("transaction_id"), Some(2));
        assert_eq!(m.get::<String>("own").unwrap(), "kept");
    }

    #[test]
    fn outside_a_transaction_its_fields_are_null_not_missing() {
        let m = Message::new("k", 0.0, Some(&identity()), None, &Fields::new());
        assert_eq!(m.get::<Option<String>>("transaction"), Some(None));
        assert_eq!(m.get::<Option<u64>>("transaction_id"), Some(None));
        assert_eq!(m.get::<Option<u64>>("scenario_data_id"), Some(None));
    }

    #[test]
    fn what_was_encoded_reads_back() {
        let m = Message::new("k", 1.0, None, None, &fields! { a: 1 });
        let again = Message::from_bytes(m.bytes().clone()).unwrap();
        assert_eq!((again.kind(), again.get::<i32>("a")), ("k", Some(1)));
        assert!(Message::from_bytes(m.bytes().slice(..m.bytes().len() - 1)).is_none());
        assert!(Message::from_bytes(Bytes::from_static(&[0x80])).is_none());
    }
}
