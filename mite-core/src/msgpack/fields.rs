//! The fields of a message or of an error: names with values of any kind.

use serde::Serialize;

use crate::msgpack;

/// Named values, encoded as msgpack when they are put in. Usually made by
/// [`fields!`](macro@crate::fields).
///
/// ```
/// use mite::Fields;
/// let mut fields = Fields::new();
/// fields.insert("user", "bob");
/// assert_eq!(fields.get::<String>("user").as_deref(), Some("bob"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fields {
    buffer: Vec<u8>,
    /// Where in `buffer` each entry has its key, its value and its end.
    entries: Vec<(usize, usize, usize)>,
    /// A Bloom filter of the names, by their length and their ends: one whose bit is
    /// not set is new, and need not be compared with the others.
    seen: u64,
    unserializable: u32,
}

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `value` under `name`, in place of what was there. A value whose
    /// `Serialize` fails is replaced by the text of that failure, and counted.
    pub fn insert<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) {
        let name = name.strip_prefix("r#").unwrap_or(name);
        if self.entries.capacity() == 0 {
            // Growing from nothing to the size of a common message takes longer
            // than filling it.
            self.entries.reserve(20);
            self.buffer.reserve(400);
        }
        let key = self.buffer.len();
        rmp::encode::write_str(&mut self.buffer, name).expect("writing to memory cannot fail");
        let at = self.buffer.len();
        // A name has one encoding.
        let (before, new) = self.buffer.split_at(key);
        let bit = bit(new);
        if self.seen & bit != 0
            && let Some(taken) = self.entries.iter().position(|&(k, v, _)| before[k..v] == *new)
        {
            self.entries.remove(taken);
        }
        self.seen |= bit;
        self.append(value);
        self.entries.push((key, at, self.buffer.len()));
    }

    /// Adds the entries of `other`, which must serialize to a map, except those
    /// whose names are taken.
    pub fn extend<V: Serialize + ?Sized>(&mut self, other: &V) {
        let mut encoded = Fields::new();
        encoded.append(other);
        self.unserializable += encoded.unserializable;
        if encoded.unserializable > 0 {
            return self.insert("error", msgpack::text(&encoded.buffer).unwrap_or_default());
        }
        for (key, value) in msgpack::entries(&encoded.buffer) {
            if self.iter().any(|(taken, _)| taken == key) {
                continue;
            }
            let start = self.buffer.len();
            self.buffer.extend_from_slice(key);
            let at = self.buffer.len();
            self.buffer.extend_from_slice(value);
            self.entries.push((start, at, self.buffer.len()));
            self.seen |= bit(&self.buffer[start..at]);
        }
    }

    /// Adds all of `other`; a name that is taken gets an underscore behind it,
    /// so that nothing is lost.
    #[doc(hidden)]
    pub fn extend_renamed(&mut self, other: &Fields) {
        for (key, value) in other.iter() {
            let taken = self.iter().any(|(k, _)| k == key);
            let start = self.buffer.len();
            match msgpack::text(key) {
                Some(name) if taken => {
                    rmp::encode::write_str(&mut self.buffer, &format!("{name}_"))
                        .expect("writing to memory cannot fail");
                }
                _ => self.buffer.extend_from_slice(key),
            }
            let at = self.buffer.len();
            self.buffer.extend_from_slice(value);
            self.entries.push((start, at, self.buffer.len()));
            self.seen |= bit(&self.buffer[start..at]);
        }
        self.unserializable += other.unserializable;
    }

    /// The value under `name`, if there is one and it reads as `T`.
    pub fn get<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.iter()
            .find(|(key, _)| msgpack::text(key) == Some(name))
            .and_then(|(_, value)| msgpack::decode(value).ok())
    }

    /// The entries as (encoded name, encoded value), in the order they came.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.entries
            .iter()
            .map(|&(key, value, end)| (&self.buffer[key..value], &self.buffer[value..end]))
    }

    /// The entries as one encoded map.
    pub(crate) fn into_map(self) -> Vec<u8> {
        let mut map = Vec::with_capacity(5 + self.buffer.len());
        rmp::encode::write_map_len(&mut map, self.len() as u32)
            .expect("writing to memory cannot fail");
        self.iter().for_each(|(key, value)| {
            map.extend_from_slice(key);
            map.extend_from_slice(value);
        });
        map
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many values could not be serialized and were replaced by the reason.
    #[doc(hidden)]
    pub fn unserializable(&self) -> u32 {
        self.unserializable
    }

    fn append<V: Serialize + ?Sized>(&mut self, value: &V) {
        self.unserializable += u32::from(!append(&mut self.buffer, value));
    }
}

/// Appends `value`, or the text of why it cannot be encoded; says whether it could.
pub(crate) fn append<V: Serialize + ?Sized>(buffer: &mut Vec<u8>, value: &V) -> bool {
    let at = buffer.len();
    let Err(error) = msgpack::encode_into(buffer, value) else { return true };
    buffer.truncate(at);
    rmp::encode::write_str(buffer, &error.to_string()).expect("writing to memory cannot fail");
    false
}

/// The bit of an encoded name.
fn bit(name: &[u8]) -> u64 {
    let at = |n: usize| u32::from(name.get(n).copied().unwrap_or(0));
    let mix = at(name.len() - 1) * 31 + at(name.len() / 2) * 7 + at(1) + 3 * name.len() as u32;
    1 << (mix % 64)
}

/// Makes [`Fields`](crate::msgpack::Fields): `fields! { a: 1, "content-type": v, user, r#type: t, ..other }`.
///
/// A name alone takes the variable of that name; `..other`, last, adds whatever
/// serializes to a map, and the fields named before it win.
///
/// ```
/// use mite::prelude::*;
/// let user = "bob";
/// let other = std::collections::BTreeMap::from([("user", "eve"), ("role", "admin")]);
/// let f = fields! { n: 1 + 1, "content-type": "text/plain", user, ..other };
/// assert_eq!(f.get::<i64>("n"), Some(2));
/// assert_eq!(f.get::<String>("content-type").unwrap(), "text/plain");
/// assert_eq!(f.get::<String>("user").unwrap(), "bob");
/// assert_eq!(f.get::<String>("role").unwrap(), "admin");
/// ```
#[macro_export]
macro_rules! fields {
    ($($all:tt)*) => {{
        #[allow(unused_mut)]
        let mut fields = $crate::msgpack::Fields::new();
        $crate::__fields!(@fields $($all)*);
        fields
    }};
}

/// What [`fields!`](macro@fields) makes of each field.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    (@$f:ident) => {};
    (@$f:ident ..$other:expr $(,)?) => { $f.extend(&$other); };
    (@$f:ident $name:literal : $value:expr $(, $($rest:tt)*)?) => {
        $f.insert($name, &$value);
        $crate::__fields!(@$f $($($rest)*)?);
    };
    (@$f:ident $name:ident : $value:expr $(, $($rest:tt)*)?) => {
        $f.insert(stringify!($name), &$value);
        $crate::__fields!(@$f $($($rest)*)?);
    };
    (@$f:ident $name:ident $(, $($rest:tt)*)?) => {
        $f.insert(stringify!($name), &$name);
        $crate::__fields!(@$f $($($rest)*)?);
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_wide_numbers_nan_and_odd_keys_survive() {
        #[derive(serde::Serialize)]
        struct Raw(#[serde(serialize_with = "bytes")] Vec<u8>);
        fn bytes<S: serde::Serializer>(v: &[u8], s: S) -> Result<S::Ok, S::Error> {
            s.serialize_bytes(v)
        }
        let other = std::collections::BTreeMap::from([(7, "seven")]);
        let f = fields! { raw: Raw(vec![0, 255]), wide: u128::MAX, nan: f64::NAN, ..other };
        let found: Vec<_> = f.iter().map(|(_, v)| v.to_vec()).collect();
        assert_eq!(found[0], [0xc4, 2, 0, 255]);
        assert_eq!(f.get::<u128>("wide"), Some(u128::MAX));
        assert!(f.get::<f64>("nan").unwrap().is_nan());
        assert_eq!(f.iter().nth(3).unwrap().0, [7]);
    }

    #[test]
    fn a_raw_identifier_loses_its_prefix() {
        let r#type = 3;
        assert_eq!(fields! { r#type }.get::<i32>("type"), Some(3));
        assert_eq!(fields! { r#type: 4 }.get::<i32>("type"), Some(4));
    }

    #[test]
    fn a_failing_serialize_is_sent_as_its_text_and_counted() {
        struct Bad;
        impl Serialize for Bad {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no can do"))
            }
        }
        let f = fields! { ok: 1, bad: Bad };
        assert_eq!(f.unserializable(), 1);
        assert_eq!(f.get::<String>("bad").unwrap(), "no can do");
        assert_eq!(f.get::<i32>("ok"), Some(1));
        let f = fields! { ok: 1, ..Bad };
        assert_eq!(
            (f.unserializable(), f.get::<String>("error").unwrap()),
            (1, "no can do".into())
        );
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let f = fields! { a: 1, b: 2, a: 3 };
        assert_eq!((f.len(), f.get::<i32>("a")), (2, Some(3)));
    }
}
