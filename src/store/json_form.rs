//! Msgpack as JSON and back, without losing anything.
//!
//! What JSON has no words for is an object with a single key that begins with
//! `$`: `{"$bytes": "<base64>"}`, `{"$ext": [type, "<base64>"]}`,
//! `{"$float": "NaN"}`, `{"$text": "<base64>"}` (text that is not UTF-8),
//! `{"$map": [[key, value], …]}` (keys that are not text, or come twice, or
//! begin with `$`), `{"$msgpack": "<base64>"}` (nested too deeply for JSON).
//! A number keeps its value, not its width: a float of 4 bytes comes back as 8.

use std::collections::HashSet;
use std::fmt;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mite_core::msgpack::{self, Kind};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

/// Readers of JSON, serde_json among them, give up at 128.
const DEEPEST: usize = 100;

const NOWHERE: &str = "writing to memory cannot fail";

/// Appends one whole encoded value as JSON, on one line.
pub(crate) fn to_json(value: &[u8], out: &mut Vec<u8>) {
    write(value, 0, out);
}

fn write(value: &[u8], depth: usize, out: &mut Vec<u8>) {
    if depth == DEEPEST {
        return tagged("$msgpack", value, out);
    }
    // Nobody hands over what is not a value.
    match Kind::of(value).unwrap_or(Kind::Nil) {
        Kind::Nil => out.extend_from_slice(b"null"),
        Kind::Bool(false) => out.extend_from_slice(b"false"),
        Kind::Bool(true) => out.extend_from_slice(b"true"),
        Kind::Float32(n) => float(n.into(), out),
        Kind::Float(n) => float(n, out),
        Kind::Unsigned(n) => number(n, out),
        Kind::Signed(n) => number(n, out),
        Kind::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => string(text, out),
            Err(_) => tagged("$text", bytes, out),
        },
        Kind::Bytes(bytes) => tagged("$bytes", bytes, out),
        Kind::Extension(kind, data) => {
            let data = BASE64.encode(data);
            write!(out, "{{\"$ext\":[{kind},\"{data}\"]}}").expect(NOWHERE);
        }
        Kind::Array(_) => {
            out.push(b'[');
            list(msgpack::elements(value), out, |v, out| write(v, depth + 1, out));
            out.push(b']');
        }
        Kind::Map(_) => map(value, depth, out),
    }
}

fn list<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    for (n, item) in items.enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

fn map(value: &[u8], depth: usize, out: &mut Vec<u8>) {
    let mut keys = Keys::default();
    let plain = msgpack::entries(value).all(|(key, _)| {
        msgpack::text(key).is_some_and(|key| !key.starts_with('$') && keys.is_new(key))
    });
    if plain {
        out.push(b'{');
        list(msgpack::entries(value), out, |(key, value), out| {
            string(msgpack::text(key).unwrap_or_default(), out);
            out.push(b':');
            write(value, depth + 1, out);
        });
        return out.push(b'}');
    }
    // Three levels of JSON for one of msgpack.
    if depth + 3 > DEEPEST {
        return tagged("$msgpack", value, out);
    }
    out.extend_from_slice(b"{\"$map\":[");
    list(msgpack::entries(value), out, |(key, value), out| {
        out.push(b'[');
        write(key, depth + 3, out);
        out.push(b',');
        write(value, depth + 3, out);
        out.push(b']');
    });
    out.extend_from_slice(b"]}");
}

/// The keys of a map so far, behind a small Bloom filter: hashing them all would take
/// longer than writing them.
#[derive(Default)]
struct Keys<'a> {
    bits: u64,
    keys: Vec<&'a str>,
    many: HashSet<&'a str>,
}

impl<'a> Keys<'a> {
    fn is_new(&mut self, key: &'a str) -> bool {
        if self.keys.len() == 64 {
            self.many.extend(self.keys.drain(..));
        }
        if !self.many.is_empty() {
            return self.many.insert(key);
        }
        let at = |n: usize| key.as_bytes().get(n).copied().map_or(0, usize::from);
        let mix = at(0) + 3 * at(key.len() / 2) + 7 * at(key.len().wrapping_sub(1)) + key.len();
        let bit = 1 << (mix % 64);
        let new = self.bits & bit == 0 || !self.keys.contains(&key);
        self.bits |= bit;
        self.keys.push(key);
        new
    }
}

fn number(n: impl serde::Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, &n).expect(NOWHERE);
}

fn string(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect(NOWHERE);
}

fn float(n: f64, out: &mut Vec<u8>) {
    let text = match n {
        n if n.is_finite() => return serde_json::to_writer(out, &n).expect(NOWHERE),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        n if n.to_bits() == f64::NAN.to_bits() => "NaN".to_owned(),
        n => format!("NaN:{:016x}", n.to_bits()),
    };
    write!(out, "{{\"$float\":\"{text}\"}}").expect(NOWHERE);
}

fn tagged(tag: &str, bytes: &[u8], out: &mut Vec<u8>) {
    write!(out, "{{\"{tag}\":\"{}\"}}", BASE64.encode(bytes)).expect(NOWHERE);
}

/// Encodes one line of JSON.
///
/// # Errors
/// If it is not one JSON value, or one that begins with `$` and is none of ours,
/// or has an integer that msgpack has no room for.
pub(crate) fn from_json(line: &str) -> Result<Vec<u8>, String> {
    if let Some((at, number)) = msgpack::integer_beyond_64_bits(line) {
        return Err(format!(
            "{number} is beyond the integers of msgpack (from {} to {}), at column {}; as a float it is {number}.0, as text \"{number}\"",
            i64::MIN,
            u64::MAX,
            at + 1
        ));
    }
    let value: Encoded = serde_json::from_str(line)
        .map_err(|e| e.to_string().replace(" at line 1 column ", ", at column "))?;
    Ok(value.0)
}

/// A JSON value, encoded as it is read, so that its keys stay in order.
struct Encoded(Vec<u8>);

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Encoder)
    }
}

struct Encoder;

fn encoded<E: de::Error>(value: &(impl serde::Serialize + ?Sized)) -> Result<Encoded, E> {
    msgpack::encode(value).map(Encoded).map_err(E::custom)
}

impl<'de> Visitor<'de> for Encoder {
    type Value = Encoded;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Encoded, E> {
        encoded(&())
    }
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Encoded, E> {
        encoded(&v)
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Encoded, E> {
        encoded(&v)
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Encoded, E> {
        encoded(&v)
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Encoded, E> {
        encoded(&v)
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Encoded, E> {
        encoded(v)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Encoded, A::Error> {
        let (mut count, mut body) = (0, Vec::new());
        while let Some(Encoded(item)) = items.next_element()? {
            count += 1;
            body.extend(item);
        }
        let mut out = Vec::with_capacity(body.len() + 5);
        rmp::encode::write_array_len(&mut out, count).expect(NOWHERE);
        out.extend(body);
        Ok(Encoded(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Encoded, A::Error> {
        let (mut count, mut body) = (0, Vec::new());
        while let Some(key) = map.next_key::<String>()? {
            let Encoded(value) = map.next_value()?;
            if key.starts_with('$') {
                let alone = count == 0 && map.next_key::<String>()?.is_none();
                return match alone {
                    true => untag(&key, &value).map(Encoded).map_err(de::Error::custom),
                    false => Err(de::Error::custom(format!(
                        "`{key}` must be alone in its object; write other keys that begin with $ as {{\"$map\": [[key, value], …]}}"
                    ))),
                };
            }
            count += 1;
            rmp::encode::write_str(&mut body, &key).expect(NOWHERE);
            body.extend(value);
        }
        let mut out = Vec::with_capacity(body.len() + 5);
        rmp::encode::write_map_len(&mut out, count).expect(NOWHERE);
        out.extend(body);
        Ok(Encoded(out))
    }
}

fn untag(tag: &str, value: &[u8]) -> Result<Vec<u8>, String> {
    let wrong =
        |expected: &str| format!("`{tag}` takes {expected}, not {}", msgpack::show(value, 60));
    let bytes = |value: &[u8]| {
        msgpack::text(value)
            .and_then(|text| BASE64.decode(text).ok())
            .ok_or_else(|| wrong("text in base64"))
    };
    let mut out = Vec::new();
    match tag {
        "$bytes" => {
            rmp::encode::write_bin(&mut out, &bytes(value)?).expect(NOWHERE);
        }
        "$text" => {
            let bytes = bytes(value)?;
            rmp::encode::write_str_len(&mut out, bytes.len() as u32).expect(NOWHERE);
            out.extend(bytes);
        }
        "$msgpack" => {
            out = bytes(value)?;
            if msgpack::value_len(&out) != Ok(out.len()) {
                return Err(wrong("one msgpack value"));
            }
        }
        "$float" => {
            let bits = |text: &str| u64::from_str_radix(text.strip_prefix("NaN:")?, 16).ok();
            let float = match msgpack::text(value) {
                Some("NaN") => f64::NAN,
                Some("Infinity") => f64::INFINITY,
                Some("-Infinity") => f64::NEG_INFINITY,
                other => other
                    .and_then(bits)
                    .map(f64::from_bits)
                    .ok_or_else(|| wrong("NaN, Infinity or -Infinity"))?,
            };
            rmp::encode::write_f64(&mut out, float).expect(NOWHERE);
        }
        "$ext" => {
            let parts: Vec<_> = msgpack::elements(value).collect();
            let [kind, data] = parts[..] else { return Err(wrong("[type, base64]")) };
            let kind: i8 = msgpack::decode(kind).map_err(|_| wrong("a type from -128 to 127"))?;
            let data = bytes(data)?;
            rmp::encode::write_ext_meta(&mut out, data.len() as u32, kind).expect(NOWHERE);
            out.extend(data);
        }
        "$map" => {
            let pairs: Vec<_> = msgpack::elements(value)
                .map(|pair| msgpack::elements(pair).collect::<Vec<_>>())
                .collect();
            if pairs.iter().any(|pair| pair.len() != 2)
                || !matches!(Kind::of(value), Some(Kind::Array(_)))
            {
                return Err(wrong("[[key, value], …]"));
            }
            rmp::encode::write_map_len(&mut out, pairs.len() as u32).expect(NOWHERE);
            pairs.iter().flatten().for_each(|part| out.extend_from_slice(part));
        }
        _ => return Err(format!("`{tag}` is none of $bytes, $ext, $float, $map, $msgpack, $text")),
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
