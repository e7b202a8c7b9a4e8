//! A value of a row reads the same whatever the format of its file, and however it
//! is asked for: as an argument by its name, as a field of a struct, or of a row.

use std::fmt::Debug;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use mite_core::config::Config;
use mite_core::meta::Meta;
use mite_core::msgpack;
use mite_core::pool::any::AnyPool;
use mite_core::pool::{
    Arguments, Checkout, CsvDataPool, DataPool, FileDataPool, JsonLinesDataPool, MsgpackDataPool,
    Row,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

static JOURNEY: Meta = Meta { module: "t", name: "go", file: "t.rs", line: 1, doc: "" };

/// A file that is gone with this.
struct Scratch(PathBuf);

impl Scratch {
    fn new(extension: &str, content: impl AsRef<[u8]>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, n) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("mite-rows-{process}-{n}.{extension}"));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

trait Value: Serialize + DeserializeOwned + Debug + PartialEq + Send + 'static {}
impl<T: Serialize + DeserializeOwned + Debug + PartialEq + Send + 'static> Value for T {}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct One<T> {
    value: T,
}

async fn take<P: DataPool>(pool: &P) -> P::Item {
    match pool.checkout(&Config::new()).await.unwrap() {
        Checkout::Item(_, item) => item,
        _ => panic!("no item"),
    }
}

async fn item(pool: &AnyPool, bare: bool) -> Vec<u8> {
    match pool.checkout(&Config::new(), bare).await.unwrap() {
        Checkout::Item(_, item) => item.to_vec(),
        _ => panic!("no item"),
    }
}

fn argument<T: Value>(item: &[u8], name: &'static str, count: usize) -> Result<T, String> {
    let read = Arguments::new(&JOURNEY, item, count).and_then(|mut a| a.next::<T>(name));
    read.map_err(|e| e.text().to_owned())
}

/// The `value` of the only row of a file, in every way in which it can be had: all
/// give the same, or the same error.
async fn read<F, T: Value>(
    open: fn(PathBuf) -> mite_core::error::Result<FileDataPool<F>>,
    file: &Scratch,
) -> Result<T, String>
where
    FileDataPool<F>: DataPool<Item = Row>,
    FileDataPool<F, One<T>>: DataPool<Item = One<T>>,
    FileDataPool<F>: Typed<One<T>, Pool = FileDataPool<F, One<T>>>,
{
    let path = format!("{}, ", file.0.display());
    let rows = || open(file.0.clone());
    let name = |error: String| error.replacen(&path, "", 1);
    let row = take(&rows().map_err(|e| name(e.text().into()))?).await;
    let from_row = row.get::<T>("value");
    let by_name = argument::<T>(&item(&AnyPool::new(rows().unwrap()), false).await, "value", 2);
    let whole = argument::<One<T>>(&item(&AnyPool::new(rows().unwrap()), false).await, "one", 1);
    let typed = rows().unwrap().into_typed().map_err(|e| name(e.text().into()));
    match (typed, by_name) {
        (Ok(pool), Ok(value)) => {
            let sent = item(&AnyPool::new(pool), true).await;
            assert_eq!(argument(&sent, "one", 1), Ok(One { value: from_row.unwrap() }));
            let typed = take(&rows().unwrap().into_typed().unwrap()).await;
            assert_eq!(typed, One { value });
            assert_eq!(whole.unwrap(), typed);
            Ok(typed.value)
        }
        (Err(typed), Err(by_name)) => {
            let because = by_name.rsplit_once(" (argument `").expect("it names the argument");
            assert!(from_row.is_err());
            let of_the_whole = whole.unwrap_err();
            let because_whole = of_the_whole.rsplit_once(" (argument `").unwrap();
            assert_eq!(because.0, because_whole.0, "{by_name}");
            let because = name(because.0.to_owned());
            // A value of msgpack has no line to look at, so it is shown.
            assert_eq!(typed.split_once(", in {").map_or(&*typed, |(why, _)| why), because);
            Err(because)
        }
        (typed, by_name) => panic!("{:?}, but {by_name:?}", typed.map(drop)),
    }
}

/// What `FileDataPool::typed` does, for any format.
trait Typed<T> {
    type Pool;
    fn into_typed(self) -> mite_core::error::Result<Self::Pool>;
}

macro_rules! typed {
    ($($format:ident)*) => { $(
        impl<T: Value> Typed<T> for FileDataPool<mite_core::pool::$format> {
            type Pool = FileDataPool<mite_core::pool::$format, T>;
            fn into_typed(self) -> mite_core::error::Result<Self::Pool> {
                self.typed()
            }
        }
    )* };
}
typed! { Csv JsonLines Msgpack }

async fn csv<T: Value>(cell: &str) -> Result<T, String> {
    let cell = cell.replace('"', "\"\"");
    read(CsvDataPool::once, &Scratch::new("csv", format!("other,value\nx,\"{cell}\"\n"))).await
}

async fn json<T: Value>(value: &str) -> Result<T, String> {
    let line = format!("{{\"other\": \"x\", \"value\": {value}}}\n");
    read(JsonLinesDataPool::once, &Scratch::new("jsonl", line)).await
}

async fn packed<T: Value>(value: &impl Serialize) -> Result<T, String> {
    #[derive(Serialize)]
    struct Two<V> {
        other: &'static str,
        value: V,
    }
    let row = msgpack::encode(&Two { other: "x", value }).unwrap();
    read(MsgpackDataPool::once, &Scratch::new("msgpack", row)).await
}

/// Text that reads as a value, from every format.
async fn text<T: Value + Clone>(text: &str, value: T) {
    let quoted = serde_json::to_string(text).unwrap();
    assert_eq!(csv(text).await, Ok(value.clone()), "csv {text:?}");
    assert_eq!(json(&quoted).await, Ok(value.clone()), "json {text:?}");
    assert_eq!(packed(&text).await, Ok(value), "msgpack {text:?}");
}

/// Text that does not, and why.
async fn no_text<T: Value>(text: &str, why: &str) {
    let quoted = serde_json::to_string(text).unwrap();
    let named = format!("field `value`: {why}");
    assert_eq!(csv::<T>(text).await, Err(format!("line 2, column 2 (`value`): {why}")));
    assert_eq!(json::<T>(&quoted).await, Err(format!("line 1, {named}")));
    assert_eq!(packed::<T>(&text).await, Err(format!("value 1 (byte 0), {named}")));
}

/// A value of JSON, and the same of msgpack.
async fn value<T: Value>(literal: &str, value: T) {
    assert_eq!(packed::<T>(&value).await.as_ref(), Ok(&value));
    assert_eq!(json(literal).await, Ok(value), "{literal}");
}

/// A value of JSON and of msgpack that is no `T`, at `path`, and why.
async fn no_value<T: Value>(literal: &str, path: &str, why: &str) {
    let value: serde_json::Value = serde_json::from_str(literal).unwrap();
    let named = format!("field `{path}`: {why}");
    assert_eq!(json::<T>(literal).await, Err(format!("line 1, {named}")));
    assert_eq!(packed::<T>(&value).await, Err(format!("value 1 (byte 0), {named}")));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Sized(u8),
    Between { low: i8, high: Option<i8> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Address {
    street: String,
    number: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Id(u64);

/// Bytes, which may be text.
#[derive(Clone, Debug, PartialEq)]
struct Blob(Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Blob;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Blob, E> {
                Ok(Blob(bytes.to_vec()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Blob, E> {
                Ok(Blob(text.into()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[tokio::test]
async fn text_reads_as_any_scalar_from_any_format() {
    text("40", 40u8).await;
    text(" 40 ", 40u8).await;
    text("-128", i8::MIN).await;
    text("65535", u16::MAX).await;
    text("-32768", i16::MIN).await;
    text("4294967295", u32::MAX).await;
    text("-2147483648", i32::MIN).await;
    text("18446744073709551615", u64::MAX).await;
    text("-9223372036854775808", i64::MIN).await;
    text("340282366920938463463374607431768211455", u128::MAX).await;
    text("-170141183460469231731687303715884105728", i128::MIN).await;
    text("1.5", 1.5f32).await;
    text("1e3", 1000.0f64).await;
    text("yes", true).await;
    text("0", false).await;
    text("ß", 'ß').await;
    text("007", "007".to_owned()).await;
    text("a, \"b\"", "a, \"b\"".to_owned()).await;
    text("7", Some(7u16)).await;
    text("7", Some("7".to_owned())).await;
    text("7", Id(7)).await;
    text("Plain", Kind::Plain).await;
    text("Plain", Some(Kind::Plain)).await;
    text("bytes", Blob(b"bytes".to_vec())).await;
    text("127.0.0.1", IpAddr::from([127, 0, 0, 1])).await;
    text("", String::new()).await;
}

#[tokio::test]
async fn text_that_does_not_fit_says_so_in_the_same_words() {
    no_text::<u8>("old", "expected u8, found \"old\"").await;
    no_text::<u8>("256", "expected u8, found \"256\"").await;
    no_text::<u8>("", "expected u8, found \"\"").await;
    no_text::<u128>("-1", "expected u128, found \"-1\"").await;
    no_text::<i64>("1.0", "expected i64, found \"1.0\"").await;
    no_text::<f32>("much", "expected f32, found \"much\"").await;
    no_text::<bool>("maybe", "expected true or false, found \"maybe\"").await;
    no_text::<char>("xy", "expected one character, found \"xy\"").await;
    no_text::<Option<u8>>("old", "expected u8, found \"old\"").await;
    no_text::<Id>("x", "expected u64, found \"x\"").await;
    no_text::<Kind>("Odd", "unknown variant `Odd`, expected one of `Plain`, `Sized`, `Between`")
        .await;
    no_text::<Vec<u8>>("1", "expected a sequence, found \"1\"").await;
    no_text::<(u8, u8)>("1", "expected a tuple of size 2, found \"1\"").await;
    no_text::<Address>("x", "expected struct Address, found \"x\"").await;
}

#[tokio::test]
async fn an_empty_cell_is_null_to_an_option_and_other_empty_text_is_text() {
    assert_eq!(csv::<Option<u8>>("").await, Ok(None));
    assert_eq!(csv::<Option<String>>("").await, Ok(None));
    assert_eq!(json("\"\"").await, Ok(Some(String::new())));
    assert_eq!(packed(&"").await, Ok(Some(String::new())));
    let why = "field `value`: expected u8, found \"\"";
    assert_eq!(json::<Option<u8>>("\"\"").await, Err(format!("line 1, {why}")));
    assert_eq!(packed::<Option<u8>>(&"").await, Err(format!("value 1 (byte 0), {why}")));
}

#[tokio::test]
async fn values_of_json_and_msgpack_read_as_themselves() {
    value("40", 40u8).await;
    value("-128", i8::MIN).await;
    value("18446744073709551615", u64::MAX).await;
    value("-9223372036854775808", i64::MIN).await;
    value("18446744073709551615", u128::from(u64::MAX)).await;
    value("-5", -5i128).await;
    value("7", 7i128).await;
    value("1.5", 1.5f32).await;
    value("1", 1.0f64).await;
    value("true", true).await;
    value("\"ß\"", 'ß').await;
    value("null", None::<u8>).await;
    value("null", ()).await;
    value("[1, \"2\", 3]", vec![1u8, 2, 3]).await;
    value("[\"1\", null]", (1u8, None::<String>)).await;
    value("[1, 2]", [1u8, 2]).await;
    value("\"Plain\"", Kind::Plain).await;
    value("{\"Sized\": \"3\"}", Kind::Sized(3)).await;
    value(
        "{\"Between\": {\"low\": \"-1\", \"high\": 2}}",
        Kind::Between { low: -1, high: Some(2) },
    )
    .await;
    value("{\"number\": \"7\", \"street\": \"x\"}", Address { street: "x".into(), number: 7 })
        .await;
    value("[\"x\", 7]", Address { street: "x".into(), number: 7 }).await;
    value("\"::1\"", "::1".parse::<IpAddr>().unwrap()).await;
    value("{\"a\": [1, {\"b\": null}]}", serde_json::json!({"a": [1, {"b": null}]})).await;
    // What only msgpack has.
    assert_eq!(packed(&u128::MAX).await, Ok(u128::MAX));
    assert_eq!(packed(&i128::MIN).await, Ok(i128::MIN));
    assert_eq!(packed(&Blob(vec![0, 255])).await, Ok(Blob(vec![0, 255])));
    assert_eq!(packed(&Blob(vec![0, 255])).await, Ok(vec![0u8, 255]));
}

#[tokio::test]
async fn values_that_do_not_fit_are_named_by_their_path() {
    no_value::<u8>("300", "value", "expected u8, found 300").await;
    no_value::<u8>("-1", "value", "expected u8, found -1").await;
    no_value::<u128>("-1", "value", "expected u128, found -1").await;
    no_value::<u8>("1.5", "value", "expected u8, found 1.5").await;
    no_value::<u8>("null", "value", "expected u8, found nothing").await;
    no_value::<String>("5", "value", "expected a string, found 5").await;
    no_value::<Kind>("0", "value", "expected enum Kind, found 0").await;
    no_value::<Vec<i64>>("[1, {}]", "value[1]", "expected i64, found a map").await;
    no_value::<(u8,)>("[1, 2]", "value", "expected 1 element in sequence, found 2 elements").await;
    let address = "{\"street\": \"x\", \"number\": \"y\"}";
    no_value::<Address>(address, "value.number", "expected u32, found \"y\"").await;
    no_value::<Vec<Option<Address>>>(
        &format!("[null, {address}]"),
        "value[1].number",
        "expected u32, found \"y\"",
    )
    .await;
    no_value::<Address>("{}", "value", "missing field `street`").await;
}

#[tokio::test]
async fn integers_beyond_64_bits_are_never_rounded() {
    let why = |number: &str| {
        format!(
            "line 1: {number} has more than 64 bits, at column 25; write it as text, \"{number}\", which reads as any number"
        )
    };
    for number in ["18446744073709551616", "-9223372036854775809", &u128::MAX.to_string()] {
        assert_eq!(json::<f64>(number).await, Err(why(number)));
        assert_eq!(json::<u128>(number).await, Err(why(number)));
    }
    assert_eq!(json::<f64>("18446744073709551616.0").await, Ok(2f64.powi(64)));
    assert_eq!(json::<f64>("1e30").await, Ok(1e30));
    assert_eq!(json(&format!("\"{}\"", u128::MAX)).await, Ok(u128::MAX));
    // As mite encodes them and as msgpack has them; none wraps around.
    assert_eq!(packed(&-1i64).await, Ok(-1i128));
    assert!(packed::<u128>(&-1i64).await.is_err());
    let minus_five = msgpack::encode(&-5).unwrap();
    assert!(msgpack::decode::<u128>(&minus_five).is_err());
}

#[test]
fn a_value_nested_too_deep_is_an_error_wherever_it_is_read() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Nested(Vec<Nested>);
    let nested = |depth: usize| [vec![0x91; depth], vec![0x90]].concat();
    // Twice: the newtype and its list.
    assert!(msgpack::decode::<Nested>(&nested(msgpack::DEEPEST / 2 - 1)).is_ok());
    let deep = nested(4000);
    let why = "it is nested more than 128 deep";
    assert_eq!(msgpack::decode::<Nested>(&deep).unwrap_err().to_string(), why);
    assert_eq!(msgpack::decode::<serde_json::Value>(&deep).unwrap_err().to_string(), why);
    assert_eq!(msgpack::show(&deep, 100), "<4001 bytes of msgpack>");
    assert_eq!(msgpack::value_len(&deep), Ok(4001));
    assert_eq!(msgpack::elements(&deep).count(), 1);

    let file = Scratch::new("msgpack", &deep);
    let pool = MsgpackDataPool::recyclable(&file.0).unwrap();
    let path = file.0.display();
    assert_eq!(
        pool.typed::<Nested>().err().unwrap().text(),
        format!("{path}, value 1 (byte 0), {why}, in <4001 bytes of msgpack>")
    );
    let row = Row::from_msgpack(deep).unwrap();
    assert_eq!(serde_json::to_string(&row).unwrap_err().to_string(), why);
    assert_eq!(format!("{row:?}"), "Row(<4001 bytes of msgpack>)");

    let line = [vec![b'['; 4000], vec![b']'; 4000]].concat();
    let file = Scratch::new("jsonl", line);
    assert_eq!(
        JsonLinesDataPool::recyclable(&file.0).err().unwrap().text(),
        format!("{}, line 1: it is nested too deeply, at column 128", file.0.display())
    );
    // A type that goes on for ever takes nothing of a value that does not.
    #[derive(Debug, Serialize, Deserialize)]
    struct Endless(Option<Box<Endless>>);
    assert_eq!(msgpack::decode::<Endless>(&[5]).unwrap_err().to_string(), why);
}

#[tokio::test]
async fn a_hundred_thousand_columns_are_no_trouble() {
    let names: Vec<_> = (0..100_000).map(|n| format!("column{n}")).collect();
    let file = Scratch::new("csv", format!("{}\n{}\n", names.join(","), ["7"; 100_000].join(",")));
    let pool = CsvDataPool::recyclable(&file.0).unwrap();
    let item = item(&AnyPool::new(pool), false).await;
    assert_eq!(argument(&item, "column99999", 2), Ok(7u8));
    let twice = Scratch::new("csv", format!("{},column0\n", names.join(",")));
    let error = CsvDataPool::once(&twice.0).err().unwrap();
    assert!(
        error.text().ends_with(
            ", line 1, column 100001: a second column `column0`; give each its own name"
        )
    );
}

#[test]
fn what_only_msgpack_has_is_written_as_what_comes_nearest() {
    let row = Row::from_msgpack(vec![0x92, 0xd4, 0xff, 9, 0xc4, 1, 7]).unwrap();
    assert_eq!(serde_json::to_string(&row).unwrap(), "[[-1,[9]],[7]]");
}
