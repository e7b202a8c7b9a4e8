//! What happened, as one msgpack map: made once, the same for every observer.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::fields::Fields;
use crate::label::Label;
use crate::msgpack;

/// Who sends: one execution of one journey.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The spec that was given on the command line.
    pub test: Label,
    /// Which runner, from 1.
    pub runner_id: u32,
    /// The journey's registered name.
    pub journey: Label,
    /// Which execution of this runner, from 1.
    pub context_id: u64,
    /// Which line of the scenario, from 1.
    pub scenario_id: u32,
    /// The data item in use; none without a data pool.
    pub scenario_data_id: Option<u64>,
}

/// The transaction that was current when a message was sent: its full name and its number.
pub type CurrentTransaction<'a> = Option<(&'a Label, u64)>;

/// One message, encoded. Field names are those of upstream mite.
///
/// ```
/// use mite_core::{fields, message::Message};
/// let message = Message::new("greeting", 1.5, None, None, &fields! { text: "hello" });
/// assert_eq!(message.kind(), "greeting");
/// assert_eq!(message.get::<String>("text").unwrap(), "hello");
/// assert_eq!(message.get::<f64>("time"), Some(1.5));
/// ```
#[derive(Clone)]
pub struct Message {
    bytes: Bytes,
    /// Where in the bytes the text of its type is. Not a label: one that all
    /// messages share would be counted up and down by every thread that has one.
    kind: (u32, u32),
}

/// Whether the framework writes a field of this name; a sender's field gives way.
fn is_ours(name: &[u8], with_identity: bool) -> bool {
    match name {
        b"type" | b"time" => true,
        b"test" | b"runner_id" | b"journey" | b"context_id" | b"scenario_id"
        | b"scenario_data_id" | b"transaction" | b"transaction_id" => with_identity,
        _ => false,
    }
}

/// How many fields the framework writes, without an identity and with one.
const OURS: [u32; 2] = [2, 10];

/// What those fields take at most, but for the names in them.
const OURS_SIZE: usize = 180;

impl Message {
    /// Makes a message of `kind`, sent at `time` (seconds since 1970).
    ///
    /// With an identity, the identity and transaction fields are written too,
    /// null where there is none.
    pub fn new(
        kind: &str,
        time: f64,
        identity: Option<&Identity>,
        transaction: CurrentTransaction<'_>,
        fields: &Fields,
    ) -> Self {
        let theirs = || {
            fields.iter().filter(|(key, _)| {
                msgpack::text_bytes(key).is_none_or(|k| !is_ours(k, identity.is_some()))
            })
        };
        let count = theirs().count();
        let names = identity.map_or(0, |id| id.test.as_str().len() + id.journey.as_str().len())
            + transaction.map_or(0, |(name, _)| name.as_str().len());
        let mut out = Vec::with_capacity(OURS_SIZE + kind.len() + names + fields.size());
        let entries = OURS[usize::from(identity.is_some())] + count as u32;
        let start = write(&mut out, kind, time, identity, transaction, entries)
            .expect("writing to memory cannot fail");
        match fields.all() {
            Some(all) if count == fields.len() => out.extend_from_slice(all),
            _ => theirs().for_each(|(key, value)| {
                out.extend_from_slice(key);
                out.extend_from_slice(value);
            }),
        }
        Self { kind: (start as u32, (start + kind.len()) as u32), bytes: out.into() }
    }

    /// Reads a message that was encoded elsewhere; `None` if `bytes` is not one
    /// whole map with a text under `type`.
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        if msgpack::value_len(&bytes) != Ok(bytes.len()) {
            return None;
        }
        let kind = msgpack::entries(&bytes)
            .find(|(key, _)| msgpack::text(key) == Some("type"))
            .and_then(|(_, value)| msgpack::text(value))?;
        let start = kind.as_ptr() as usize - bytes.as_ptr() as usize;
        Some(Self { kind: (start as u32, (start + kind.len()) as u32), bytes })
    }

    /// The message's type, such as `txn`, `error` or what the journey chose.
    pub fn kind(&self) -> &str {
        let (start, end) = self.kind;
        std::str::from_utf8(&self.bytes[start as usize..end as usize]).unwrap_or_default()
    }

    /// The encoded map.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The field `name`, if there is one and it reads as `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        msgpack::decode(self.get_encoded(name)?).ok()
    }

    /// The field `name` as it is encoded.
    pub fn get_encoded(&self, name: &str) -> Option<&[u8]> {
        self.entries().find(|(key, _)| msgpack::text(key) == Some(name)).map(|(_, value)| value)
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

/// Writes the framework's fields; says where the text of the type begins.
fn write(
    out: &mut Vec<u8>,
    kind: &str,
    time: f64,
    identity: Option<&Identity>,
    transaction: CurrentTransaction<'_>,
    entries: u32,
) -> Result<usize, rmp::encode::ValueWriteError> {
    use rmp::encode::{write_f64, write_map_len, write_str, write_uint};
    const NIL: u8 = 0xc0;
    write_map_len(out, entries)?;
    write_str(out, "type")?;
    write_str(out, kind)?;
    let start = out.len() - kind.len();
    write_str(out, "time")?;
    write_f64(out, time)?;
    let Some(id) = identity else { return Ok(start) };
    write_str(out, "test")?;
    write_str(out, id.test.as_str())?;
    write_str(out, "runner_id")?;
    write_uint(out, id.runner_id.into())?;
    write_str(out, "journey")?;
    write_str(out, id.journey.as_str())?;
    write_str(out, "context_id")?;
    write_uint(out, id.context_id)?;
    write_str(out, "scenario_id")?;
    write_uint(out, id.scenario_id.into())?;
    write_str(out, "scenario_data_id")?;
    match id.scenario_data_id {
        Some(n) => drop(write_uint(out, n)?),
        None => out.push(NIL),
    }
    write_str(out, "transaction")?;
    match transaction {
        Some((name, _)) => write_str(out, name.as_str())?,
        None => out.push(NIL),
    }
    write_str(out, "transaction_id")?;
    match transaction {
        Some((_, n)) => drop(write_uint(out, n)?),
        None => out.push(NIL),
    }
    Ok(start)
}

/// One line for a person: `type time key=value …`.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind())?;
        for (key, value) in self.entries() {
            match msgpack::text(key) {
                Some("type") => {}
                Some(key) => write!(f, " {key}={}", msgpack::show(value, 200))?,
                None => write!(f, " {}={}", msgpack::show(key, 40), msgpack::show(value, 200))?,
            }
        }
        Ok(())
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

    fn identity() -> Identity {
        Identity {
            test: Label::intern("shop:rush"),
            runner_id: 2,
            journey: Label::intern("shop:buy"),
            context_id: 9,
            scenario_id: 1,
            scenario_data_id: None,
        }
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
