//! What is read as what.

use super::*;
use crate::msgpack::{self, EMPTY_CELL};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Address {
    street: String,
    number: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Sized(u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    age: u8,
    score: Option<f64>,
    admin: bool,
    address: Option<Address>,
    kind: Kind,
    tags: Vec<i64>,
    limits: BTreeMap<u16, char>,
}

fn from<T: DeserializeOwned>(json: serde_json::Value) -> Result<T, (String, String)> {
    decode_row(&msgpack::encode(&json).unwrap())
        .map_err(|e| (e.path().to_owned(), e.text().to_owned()))
}

fn user() -> serde_json::Value {
    json!({
        "name": "bob", "age": "40", "score": null, "admin": "yes",
        "address": {"street": "x", "number": "7"}, "kind": {"Sized": "3"},
        "tags": [-1, "2"], "limits": {"5": "x"}, "more": [1],
    })
}

#[test]
fn text_reads_as_any_type_at_any_depth() {
    let bob = User {
        name: "bob".into(),
        age: 40,
        score: None,
        admin: true,
        address: Some(Address { street: "x".into(), number: 7 }),
        kind: Kind::Sized(3),
        tags: vec![-1, 2],
        limits: BTreeMap::from([(5, 'x')]),
    };
    assert_eq!(from(user()), Ok(bob));
    assert_eq!(from(json!("Plain")), Ok(Kind::Plain));
    assert_eq!(from(json!(["x", "7"])), Ok(Address { street: "x".into(), number: 7 }));
    let wide = msgpack::encode(&(u128::MAX, i128::MIN, 1.5f32)).unwrap();
    assert_eq!(decode_row(&wide), Ok((u128::MAX, i128::MIN, 1.5f32)));
    assert_eq!(absent::<Option<u8>>(), Some(None));
    assert_eq!(absent::<u8>(), None);
    assert_eq!(absent::<()>(), None);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nick {
    nick: Option<String>,
    age: u8,
}

#[test]
fn text_of_no_characters_is_what_it_is_whatever_is_beside_it() {
    for age in [json!(40), json!("40")] {
        let row = json!({"nick": "", "age": age});
        assert_eq!(from(row), Ok(Nick { nick: Some(String::new()), age: 40 }));
        let age = msgpack::encode(&age).unwrap();
        let row = [b"\x82\xa4nick", &EMPTY_CELL[..], b"\xa3age", &age].concat();
        assert_eq!(decode_row(&row), Ok(Nick { nick: None, age: 40 }));
    }
    assert_eq!(
        from::<Option<u8>>(json!("")),
        Err((String::new(), "expected u8, found \"\"".into()))
    );
    assert_eq!(decode_row::<Option<u8>>(&EMPTY_CELL), Ok(None));
    assert_eq!(decode_row::<String>(&EMPTY_CELL), Ok(String::new()));
    let error = decode_row::<u8>(&EMPTY_CELL).unwrap_err();
    assert_eq!(error.to_string(), "expected u8, found \"\"");
}

#[test]
fn wide_numbers_read_beside_text() {
    let wide = msgpack::encode(&(u128::MAX, i128::MIN, 7u128, -1i128, "8", "9")).unwrap();
    assert_eq!(decode_row(&wide), Ok((u128::MAX, i128::MIN, 7u128, -1i128, 8u8, 9i128)),);
    assert_eq!(from(json!([5, -5, "5"])), Ok((5u128, -5i128, 5u8)));
    assert_eq!(
        from::<(u128, u8)>(json!([-5, "5"])),
        Err(("[0]".into(), "expected u128, found -5".into()))
    );
}

#[test]
fn a_list_of_another_length_is_a_misfit() {
    let why = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert_eq!(
        from::<(u8,)>(json!([1, 2])),
        Err(why("", "expected 1 element in sequence, found 2 elements"))
    );
    assert_eq!(
        from::<Address>(json!(["x", 7, 9])),
        Err(why("", "expected 2 elements in sequence, found 3 elements"))
    );
    assert_eq!(
        from::<BTreeMap<String, (f64, f64)>>(json!({"p": ["1", 2, 3]})),
        Err(why("p", "expected 2 elements in sequence, found 3 elements"))
    );
    assert_eq!(
        from::<(f64, f64)>(json!([1])),
        Err(why("", "expected a tuple of size 2, found 1 element"))
    );
    assert_eq!(from::<(f64, f64)>(json!([1, "2"])), Ok((1.0, 2.0)));
}

#[test]
fn a_misfit_says_where_and_what_was_expected_and_found() {
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut user = user();
        *user.pointer_mut(pointer).unwrap() = value;
        let (path, text) = from::<User>(user).unwrap_err();
        format!("{path}: {text}")
    };
    assert_eq!(changed("/age", json!("old")), "age: expected u8, found \"old\"");
    assert_eq!(changed("/age", json!(300)), "age: expected u8, found 300");
    assert_eq!(changed("/age", json!(-1)), "age: expected u8, found -1");
    assert_eq!(changed("/age", json!(null)), "age: expected u8, found nothing");
    assert_eq!(changed("/name", json!([])), "name: expected a string, found a list");
    assert_eq!(changed("/address/number", json!("x")), "address.number: expected u32, found \"x\"");
    assert_eq!(changed("/address", json!({"street": "x"})), "address: missing field `number`");
    assert_eq!(changed("/tags/1", json!({})), "tags[1]: expected i64, found a map");
    assert_eq!(changed("/admin", json!("maybe")), "admin: expected true or false, found \"maybe\"");
    assert_eq!(
        changed("/kind", json!("Odd")),
        "kind: unknown variant `Odd`, expected `Plain` or `Sized`"
    );
    let whole = |json| decode_row::<User>(&msgpack::encode(&json).unwrap()).unwrap_err();
    assert!(whole(json!("bob")).is_of_the_whole());
    assert!(!whole(json!({})).is_of_the_whole());
}

#[test]
fn text_is_no_number_where_nobody_said_that_it_may_be() {
    let text = msgpack::encode("40").unwrap();
    assert_eq!(decode_row(&text), Ok(40u8));
    assert_eq!(decode::<u8>(&text).unwrap_err().to_string(), "expected u8, found \"40\"");
    assert_eq!(decode::<String>(&text), Ok("40".into()));
}

#[test]
fn extensions_read_as_rmp_serde_writes_them() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename = "_ExtStruct")]
    struct Stamp((i8, Data));
    #[derive(Debug, PartialEq)]
    struct Data([u8; 3]);
    impl Serialize for Data {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }
    impl<'de> Deserialize<'de> for Data {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            <&[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.try_into().unwrap()))
        }
    }
    let stamp = Stamp((-1, Data([7, 8, 9])));
    let encoded = msgpack::encode(&stamp).unwrap();
    assert_eq!(encoded, [0xc7, 3, 0xff, 7, 8, 9]);
    assert_eq!(decode_row(&encoded), Ok(stamp));
    assert!(decode::<serde_json::Value>(&encoded).is_err());
}

#[test]
fn a_value_that_is_cut_or_none_is_an_error() {
    let cut = |bytes: &[u8]| decode::<Vec<String>>(bytes).unwrap_err().to_string();
    assert_eq!(cut(&[]), "the value ends too early");
    assert_eq!(cut(&[0x92, 0xa1, b'x']), "[1]: the value ends too early");
    assert_eq!(cut(&[0x91, 0xc1]), "[0]: it is not msgpack");
    // So many that no memory would do are not there.
    assert_eq!(cut(&[0xdd, 0xff, 0xff, 0xff, 0xff]), "[0]: the value ends too early");
}

#[test]
fn a_number_of_many_digits_is_shown_in_few() {
    let why = |n: f64| decode::<bool>(&msgpack::encode(&n).unwrap()).unwrap_err().to_string();
    assert_eq!(why(1.5), "expected a boolean, found 1.5");
    assert_eq!(why(5e-320), "expected a boolean, found 5e-320");
    assert_eq!(why(-1.25e300), "expected a boolean, found -1.25e300");
}
