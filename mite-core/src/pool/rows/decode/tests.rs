//! What is read as what.

use super::*;
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
    read(&msgpack::encode(&json).unwrap()).map_err(|e| (e.path, e.text))
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
    assert_eq!(read(&wide), Ok((u128::MAX, i128::MIN, 1.5f32)));
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
        assert_eq!(from(row.clone()), Ok(Nick { nick: Some(String::new()), age: 40 }));
        let row = msgpack::encode(&row).unwrap();
        assert_eq!(read_cells(&row), Ok(Nick { nick: None, age: 40 }));
    }
    assert_eq!(
        from::<Option<u8>>(json!("")),
        Err((String::new(), "expected u8, found \"\"".into()))
    );
    let cell = msgpack::encode("").unwrap();
    assert_eq!(read_cells::<Option<u8>>(&cell), Ok(None));
    assert_eq!(read_cells::<String>(&cell), Ok(String::new()));
    assert!(read_cells::<u8>(&cell).is_err());
}

#[test]
fn wide_numbers_read_beside_text() {
    let wide = msgpack::encode(&(u128::MAX, i128::MIN, 7u128, -1i128, "8", "9")).unwrap();
    assert_eq!(read(&wide), Ok((u128::MAX, i128::MIN, 7u128, -1i128, 8u8, 9i128)),);
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
    let whole = |json| read::<User>(&msgpack::encode(&json).unwrap()).unwrap_err();
    assert!(whole(json!("bob")).is_of_the_whole());
    assert!(!whole(json!({})).is_of_the_whole());
}
