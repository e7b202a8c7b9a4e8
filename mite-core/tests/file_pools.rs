//! Pools of the rows of files: what comes out, in which order, and what is said
//! of rows that do not fit.

use std::any::TypeId;
use std::path::{Path, PathBuf};

use mite_core::config::Config;
use mite_core::error::Result;
use mite_core::journey::{Context, JourneyEntry};
use mite_core::meta::{LocalFuture, Meta, Parameter, TypeOf};
use mite_core::msgpack;
use mite_core::plan::Plan;
use mite_core::pool::{
    Arguments, Checkout, CsvDataPool, DataPool, ItemId, JsonLinesDataPool, MsgpackDataPool,
    PoolKind, Row, RowPool, SingleRunDataPoolWrapper,
};
use mite_core::registry::{Entry, Registry};
use mite_core::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// A file that is gone with this.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("mite-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    age: u8,
}

fn user(name: &str, age: u8) -> User {
    User { name: name.into(), age }
}

async fn take<P: DataPool>(pool: &P) -> Checkout<P::Item> {
    pool.checkout(&Config::new()).await.unwrap()
}

fn item<T>(checkout: Checkout<T>) -> (ItemId, T) {
    match checkout {
        Checkout::Item(id, item) => (id, item),
        _ => panic!("no item"),
    }
}

fn concatenated(values: &[impl Serialize]) -> Vec<u8> {
    values.iter().flat_map(|v| msgpack::encode(v).unwrap()).collect()
}

/// The text after the file's name.
fn why<T>(result: Result<T>, file: &Scratch) -> String {
    let text = result.err().expect("an error").text().to_owned();
    let name = file.0.display().to_string();
    text.strip_prefix(&name).unwrap_or_else(|| panic!("{text} names no file")).to_owned()
}

#[tokio::test]
async fn once_gives_each_row_in_order_with_ids_from_one() {
    let file = Scratch::new("once.csv", "name,age\nbob,40\n\"ann, \"\"the\nfirst\"\"\",7\n");
    let pool = CsvDataPool::once(&file).unwrap().typed::<User>().unwrap();
    assert_eq!(pool.kind(), PoolKind::Once);
    assert_eq!(take(&pool).await, Checkout::Item(1, user("bob", 40)));
    pool.checkin(1).await;
    assert_eq!(take(&pool).await, Checkout::Item(2, user("ann, \"the\nfirst\"", 7)));
    assert_eq!(take(&pool).await, Checkout::Exhausted);
    assert_eq!(take(&pool).await, Checkout::Exhausted);
}

#[tokio::test]
async fn recyclable_rows_go_round_with_ids_from_zero() {
    let file = Scratch::new("round.jsonl", "[\"a\"]\n\n[\"b\"]\n");
    let pool = JsonLinesDataPool::recyclable(&file).unwrap().typed::<(String,)>().unwrap();
    assert_eq!(pool.kind(), PoolKind::Recyclable);
    assert_eq!(take(&pool).await, Checkout::Item(0, ("a".into(),)));
    assert_eq!(take(&pool).await, Checkout::Item(1, ("b".into(),)));
    assert_eq!(take(&pool).await, Checkout::Later);
    pool.checkin(1).await;
    pool.checkin(1).await;
    pool.checkin(5).await;
    assert_eq!(take(&pool).await, Checkout::Item(1, ("b".into(),)));
    assert_eq!(take(&pool).await, Checkout::Later);
}

#[tokio::test]
async fn all_formats_give_the_same_users() {
    let users = [user("bob", 40), user("ann", 7)];
    let csv = Scratch::new("same.csv", "\u{feff}name,age\r\nbob,40\r\nann,7");
    let json = Scratch::new(
        "same.jsonl",
        "{\"name\":\"bob\",\"age\":40,\"more\":[1]}\n{\"age\":7,\"name\":\"ann\"}",
    );
    let msgpack = Scratch::new("same.msgpack", concatenated(&users));
    let pools: [Box<dyn DataPool<Item = User>>; 3] = [
        Box::new(CsvDataPool::recyclable(&csv).unwrap().typed().unwrap()),
        Box::new(JsonLinesDataPool::recyclable(&json).unwrap().typed().unwrap()),
        Box::new(MsgpackDataPool::recyclable(&msgpack).unwrap().typed().unwrap()),
    ];
    for pool in pools {
        for expected in &users {
            let got = pool.checkout(&Config::new()).await.unwrap();
            assert_eq!(&item(got).1, expected);
        }
    }
}

#[tokio::test]
async fn a_torn_last_value_is_left_out() {
    let mut content = concatenated(&[user("bob", 40), user("ann", 7)]);
    content.truncate(content.len() - 1);
    let file = Scratch::new("torn.msgpack", content);
    let pool = MsgpackDataPool::once(&file).unwrap();
    assert_eq!(item(take(&pool).await).1.get::<String>("name").unwrap(), "bob");
    assert_eq!(take(&pool).await, Checkout::Exhausted);
    let pool = MsgpackDataPool::recyclable(&file).unwrap();
    take(&pool).await;
    assert_eq!(take(&pool).await, Checkout::Later);
}

#[test]
fn a_row_that_does_not_fit_says_where_and_why() {
    let csv = Scratch::new("misfit.csv", "name,age\n\"bob\nby\",40\nann,old\n");
    let typed = |file| CsvDataPool::recyclable(file)?.typed::<User>();
    assert_eq!(why(typed(&csv), &csv), ", line 4, column 2 (`age`): expected u8, found \"old\"");

    let json = Scratch::new(
        "misfit.jsonl",
        "{\"name\":\"bob\",\"age\":40}\n\n{\"name\":\"ann\",\"age\":\"old\"}\n",
    );
    let typed = |file| JsonLinesDataPool::recyclable(file)?.typed::<User>();
    assert_eq!(why(typed(&json), &json), ", line 3, field `age`: expected u8, found \"old\"");

    #[derive(Serialize)]
    #[serde(untagged)]
    enum Age {
        Number(u8),
        Text(&'static str),
    }
    #[derive(Serialize)]
    struct Any {
        name: &'static str,
        age: Age,
    }
    let (bob, ann) =
        (Any { name: "bob", age: Age::Number(40) }, Any { name: "ann", age: Age::Text("old") });
    let msgpack = Scratch::new("misfit.msgpack", concatenated(&[bob, ann]));
    let typed = |file| MsgpackDataPool::recyclable(file)?.typed::<User>();
    assert_eq!(
        why(typed(&msgpack), &msgpack),
        ", value 2 (byte 15), field `age`: expected u8, found \"old\", in {\"age\":\"old\",\"name\":\"ann\"}"
    );
}

#[tokio::test]
async fn a_later_row_of_once_fails_when_it_is_reached() {
    let file = Scratch::new("late.csv", "name,age\nbob,40\nann,old\n");
    let pool = CsvDataPool::once(&file).unwrap().typed::<User>().unwrap();
    take(&pool).await;
    let error = pool.checkout(&Config::new()).await;
    assert_eq!(why(error, &file), ", line 3, column 2 (`age`): expected u8, found \"old\"");

    let first = Scratch::new("first.csv", "name,age\nann,old\n");
    let typed = CsvDataPool::once(&first).unwrap().typed::<User>();
    assert_eq!(why(typed, &first), ", line 2, column 2 (`age`): expected u8, found \"old\"");
}

#[test]
fn broken_files_are_errors_before_load() {
    let missing = Path::new("no-such-directory/users.csv");
    let error = CsvDataPool::once(missing).err().unwrap();
    let here = std::env::current_dir().unwrap();
    assert_eq!(
        error.text(),
        format!(
            "data file no-such-directory/users.csv cannot be read: there is none in {}",
            here.display()
        )
    );
    let error = MsgpackDataPool::once("/no-such-directory/users.msgpack").err().unwrap();
    assert_eq!(
        error.text(),
        "data file /no-such-directory/users.msgpack cannot be read: there is none; if a test records it, run that one first"
    );
    let directory = MsgpackDataPool::recyclable(std::env::temp_dir()).err().unwrap();
    assert!(directory.text().ends_with("cannot be read: it is a directory"), "{directory}");

    let ragged = Scratch::new("ragged.csv", "a,b\n1,2\n3\n");
    let read = CsvDataPool::recyclable(&ragged);
    assert_eq!(why(read, &ragged), ", line 3: expected 2 columns, found 1");
    let latin = Scratch::new("latin.csv", b"a,b\n1,caf\xe9\n");
    let read = CsvDataPool::recyclable(&latin);
    assert_eq!(
        why(read, &latin),
        ", line 2, column 2 (`b`): expected text in UTF-8, found \"caf\u{fffd}\""
    );
    let twice = Scratch::new("twice.csv", "a,b,a\n");
    let read = CsvDataPool::once(&twice);
    assert_eq!(
        why(read, &twice),
        ", line 1, column 3: a second column `a`; give each its own name"
    );
    let blank = Scratch::new("blank.csv", "");
    assert!(why(CsvDataPool::once(&blank), &blank).starts_with(" is empty; its first line must"));
    let header = Scratch::new("header.csv", "a,b\n");
    assert!(why(CsvDataPool::recyclable(&header), &header).starts_with(" has no rows"));
    let json = Scratch::new("broken.jsonl", "{\"a\":1}\n{\"a\":}\n");
    let read = JsonLinesDataPool::recyclable(&json);
    assert_eq!(why(read, &json), ", line 2: expected one JSON value: expected value, at column 6");
    for (first, how) in
        [("{", "`jq -c .` writes it"), ("[", "`jq -c '.[]'` writes those of a list")]
    {
        let pretty = Scratch::new("pretty.jsonl", format!("{first}\n  \"a\": 1\n"));
        assert_eq!(
            why(JsonLinesDataPool::once(&pretty), &pretty).split_once("; ").unwrap().1,
            format!("each line is a value of its own, as {how}")
        );
    }
    let two = Scratch::new("two.jsonl", "1 2\n");
    assert!(why(JsonLinesDataPool::once(&two), &two).starts_with(", line 1: expected one JSON"));
    let binary = Scratch::new("binary.msgpack", [1, 0xc1, 5]);
    let read = MsgpackDataPool::recyclable(&binary);
    assert_eq!(why(read, &binary), ", byte 1: expected a msgpack value, found something else");
}

#[test]
fn a_file_without_rows_is_an_error_before_load() {
    let torn = &concatenated(&["bob"])[..2];
    let msgpack = [Scratch::new("none.msgpack", ""), Scratch::new("scrap.msgpack", torn)];
    for file in &msgpack {
        assert!(why(MsgpackDataPool::once(file), file).starts_with(" has no rows"));
        assert!(why(MsgpackDataPool::recyclable(file), file).starts_with(" has no rows"));
    }
    let csv = Scratch::new("none.csv", "a,b\n");
    assert!(why(CsvDataPool::once(&csv), &csv).starts_with(" has no rows"));
    let json = Scratch::new("none.jsonl", "\n\n");
    assert!(why(JsonLinesDataPool::once(&json), &json).starts_with(" has no rows"));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let rows = "name,age\nbob,1\n\n\n\"ann\n\nthe first\",2\neve,old\n";
    for (name, text) in [
        ("lf.csv", rows.to_owned()),
        ("crlf.csv", rows.replace('\n', "\r\n")),
        ("bom.csv", format!("\u{feff}{rows}")),
        ("bomquoted.csv", format!("\u{feff}\"name\"{}", &rows[4..].replace('\n', "\r\n"))),
    ] {
        let file = Scratch::new(name, text);
        let typed = CsvDataPool::recyclable(&file).unwrap().typed::<User>();
        assert_eq!(why(typed, &file), ", line 8, column 2 (`age`): expected u8, found \"old\"");
    }
    let open = Scratch::new("open.csv", "a,b\n1,2\n3,\"4\n5,6\n7,8\n");
    let read = CsvDataPool::recyclable(&open);
    assert_eq!(why(read, &open), ", line 3: a quote (\") in this row is never closed");
    let wide = Scratch::new("wide.csv", "a,b\n1,2\n\"3,4\n5\",6,7\n");
    assert_eq!(
        why(CsvDataPool::recyclable(&wide), &wide),
        ", line 3: expected 2 columns, found 3, in a row that goes on to line 4; is a quote (\") in it never closed?"
    );
}

// What journeys make of rows.

fn signin(_ctx: Context, encoded: &[u8]) -> Result<LocalFuture<'static, Result>> {
    static META: Meta = Meta { module: "t", name: "signin", file: "t.rs", line: 1, doc: "" };
    let mut arguments = Arguments::new(&META, encoded, 2)?;
    arguments.next::<String>("username")?;
    arguments.next::<u16>("age")?;
    Ok(Box::pin(async { Ok(()) }))
}

fn greet(_ctx: Context, encoded: &[u8]) -> Result<LocalFuture<'static, Result>> {
    static META: Meta = Meta { module: "t", name: "greet", file: "t.rs", line: 2, doc: "" };
    Arguments::new(&META, encoded, 1)?.next::<User>("user")?;
    Ok(Box::pin(async { Ok(()) }))
}

fn house(_ctx: Context, encoded: &[u8]) -> Result<LocalFuture<'static, Result>> {
    static META: Meta = Meta { module: "t", name: "house", file: "t.rs", line: 3, doc: "" };
    let mut arguments = Arguments::new(&META, encoded, 2)?;
    assert!(arguments.next::<Option<String>>("nick")?.is_none());
    arguments.next::<Option<Address>>("address")?;
    Ok(Box::pin(async { Ok(()) }))
}

fn whole(_ctx: Context, encoded: &[u8]) -> Result<LocalFuture<'static, Result>> {
    static META: Meta = Meta { module: "t", name: "whole", file: "t.rs", line: 4, doc: "" };
    let row: Row = Arguments::new(&META, encoded, 1)?.next("row")?;
    let shown = if row.names().is_empty() { "a list".into() } else { row.names().join(" ") };
    mite_core::ensure!(row.names().is_empty(), "{shown} {:?}", row);
    Ok(Box::pin(async { Ok(()) }))
}

#[derive(Debug, Serialize, Deserialize)]
struct Address {
    number: u32,
}

fn entry<A: 'static>(
    name: &'static str,
    parameters: &'static [Parameter],
    start: fn(Context, &[u8]) -> Result<LocalFuture<'static, Result>>,
) -> Entry {
    Entry::Journey(Box::leak(Box::new(JourneyEntry {
        meta: Meta { module: "t", name, file: "t.rs", line: 1, doc: "" },
        parameters,
        arguments: TypeOf::of::<A>,
        function: TypeId::of::<A>,
        start,
    })))
}

async fn plan(journey: &str, pool: impl DataPool<Item = Row>) -> std::result::Result<(), String> {
    let two = &[
        Parameter { name: "username", ty: TypeOf::of::<String> },
        Parameter { name: "age", ty: TypeOf::of::<u16> },
    ];
    let one = &[Parameter { name: "user", ty: TypeOf::of::<User> }];
    let address = &[
        Parameter { name: "nick", ty: TypeOf::of::<Option<String>> },
        Parameter { name: "address", ty: TypeOf::of::<Option<Address>> },
    ];
    let row = &[Parameter { name: "row", ty: TypeOf::of::<Row> }];
    let age = &[Parameter { name: "age", ty: TypeOf::of::<u8> }];
    let registry = Registry::from_entries([
        entry::<(String, u16)>("signin", two, signin),
        entry::<(User,)>("greet", one, greet),
        entry::<(Option<String>, Option<Address>)>("house", address, house),
        entry::<(Row,)>("whole", row, whole),
        entry::<(u8,)>("aged", age, aged),
        entry::<(Nicked,)>("nicked", one, nicked),
    ])
    .unwrap();
    let scenario = Scenario::builder().journey(journey, pool, 1).build();
    let planned = Plan::new(&registry, &Config::new(), scenario).await;
    planned.map(drop).map_err(|e| e.text().to_owned())
}

#[tokio::test]
async fn rows_feed_arguments_by_name_and_lists_in_order() {
    let named = Scratch::new("named.csv", "age,extra,username\n40,x,bob\n007,,ann\n");
    assert_eq!(plan("t:signin", CsvDataPool::recyclable(&named).unwrap()).await, Ok(()));
    let lists = Scratch::new("lists.msgpack", concatenated(&[("bob", 40), ("ann", 7)]));
    assert_eq!(plan("t:signin", MsgpackDataPool::recyclable(&lists).unwrap()).await, Ok(()));
    let whole = Scratch::new("whole.msgpack", concatenated(&[user("bob", 40)]));
    assert_eq!(plan("t:greet", MsgpackDataPool::once(&whole).unwrap()).await, Ok(()));
    let wrapped = SingleRunDataPoolWrapper::new(MsgpackDataPool::once(&whole).unwrap());
    assert_eq!(plan("t:greet", wrapped).await, Ok(()));
}

#[tokio::test]
async fn rows_that_do_not_fit_are_an_error_before_load() {
    let missing = Scratch::new("missing.csv", "age,user\n40,bob\n");
    let error = plan("t:signin", CsvDataPool::once(&missing).unwrap()).await.unwrap_err();
    assert!(
        error.ends_with(
            "missing.csv, line 2, argument `username: String` of journey t:signin finds no field `username` in its data item; that has `age`, `user`"
        ),
        "{error}"
    );
    let wrong = Scratch::new("wrong.csv", "age,username\n40,bob\nold,ann\n");
    let error = plan("t:signin", CsvDataPool::recyclable(&wrong).unwrap()).await.unwrap_err();
    assert!(
        error.contains(
            "wrong.csv, line 3, column 1 (`age`): expected u16, found \"old\" (argument `age: u16` of journey t:signin)"
        ),
        "{error}"
    );
    let other = Scratch::new("other.msgpack", concatenated(&[("bob", 40, 1)]));
    let error = plan("t:signin", MsgpackDataPool::once(&other).unwrap()).await.unwrap_err();
    assert!(error.contains("takes 2 arguments, but its data item has 3"), "{error}");
    let text = Scratch::new("text.msgpack", "username,age\n");
    assert_eq!(
        refused("t:signin", MsgpackDataPool::recyclable(&text).unwrap()).await,
        format!(
            "text.msgpack, value 1 (byte 0), journey t:signin takes 2 arguments, but its data item has 1: 117; does {} hold msgpack? text would look like that",
            text.0.display()
        )
    );
    let lists = Scratch::new("lists.jsonl", "[1,2]\n");
    assert_eq!(
        refused("t:greet", JsonLinesDataPool::once(&lists).unwrap()).await,
        "lists.jsonl, line 1, journey t:greet takes 1 argument, but its data item has 2: [1,2]"
    );
}

async fn refused(journey: &str, pool: impl DataPool<Item = Row>) -> String {
    let error = plan(journey, pool).await.unwrap_err();
    let (_, after) = error.split_once(&format!("mite-{}-", std::process::id())).unwrap();
    after.to_owned()
}

#[tokio::test]
async fn a_value_inside_another_is_named_by_its_path() {
    let good = "{\"address\":{\"number\":7}}\n{}\n{\"address\":null}\n";
    let json = Scratch::new("good.jsonl", good);
    assert_eq!(plan("t:house", JsonLinesDataPool::recyclable(&json).unwrap()).await, Ok(()));
    let json =
        Scratch::new("nested.jsonl", format!("{good}\n{{\"address\":{{\"number\":\"x\"}}}}\n"));
    let error = refused("t:house", JsonLinesDataPool::recyclable(&json).unwrap()).await;
    assert_eq!(
        error,
        "nested.jsonl, line 5, field `address.number`: expected u32, found \"x\" (argument `address: Option<Address>` of journey t:house)"
    );
    let [seven, text] = [serde_json::json!(7), serde_json::json!("x")]
        .map(|number| serde_json::json!({"address": {"number": number}}));
    let msgpack = Scratch::new("nested.msgpack", concatenated(&[seven, text]));
    let error = refused("t:house", MsgpackDataPool::recyclable(&msgpack).unwrap()).await;
    assert!(
        error.starts_with(
            "nested.msgpack, value 2 (byte 18), field `address.number`: expected u32, found \"x\" ("
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_single_struct_takes_the_whole_row_of_any_format() {
    let csv = Scratch::new("struct.csv", "age,name\n40,bob\n7,ann\n");
    assert_eq!(plan("t:greet", CsvDataPool::recyclable(&csv).unwrap()).await, Ok(()));
    let csv = Scratch::new("structs.csv", "x,age,name\n,40,bob\n,old,ann\n");
    assert_eq!(
        refused("t:greet", CsvDataPool::recyclable(&csv).unwrap()).await,
        "structs.csv, line 3, column 2 (`age`): expected u8, found \"old\" (argument `user: User` of journey t:greet)"
    );
    let json = Scratch::new("struct.jsonl", "{\"name\":\"bob\"}\n");
    assert_eq!(
        refused("t:greet", JsonLinesDataPool::once(&json).unwrap()).await,
        "struct.jsonl, line 1, missing field `age`; it has `name` (argument `user: User` of journey t:greet)"
    );
    let semicolons = Scratch::new("semi.csv", "username;age\nbob;40\n");
    let error = refused("t:signin", CsvDataPool::once(&semicolons).unwrap()).await;
    assert!(
        error.ends_with("that has `username;age`; the columns seem to be separated by ';', and mite reads those separated by commas"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_as_an_argument_is_the_whole_row() {
    let csv = Scratch::new("rows.csv", "age,name\n40,bob\n");
    let error = plan("t:whole", CsvDataPool::once(&csv).unwrap()).await.unwrap_err();
    assert!(error.ends_with("age name Row({\"age\":\"40\",\"name\":\"bob\"})"), "{error}");
    let list = Scratch::new("rows.jsonl", "[1,2]\n[]\n");
    assert_eq!(plan("t:whole", JsonLinesDataPool::recyclable(&list).unwrap()).await, Ok(()));
}

#[tokio::test]
async fn a_row_reads_by_name_and_serializes_as_it_is() {
    let file = Scratch::new("row.csv", "name,age,note\nbob,40,\n");
    let pool = CsvDataPool::once(&file).unwrap();
    let row = item(take(&pool).await).1;
    assert_eq!(row.names(), ["name", "age", "note"]);
    assert_eq!(row.get::<u32>("age").unwrap(), 40);
    assert_eq!(row.get::<Option<u32>>("note").unwrap(), None);
    assert_eq!(row.get::<String>("note").unwrap(), "");
    let error = row.get::<String>("nam").err().unwrap();
    assert_eq!(error.text(), "the row has no `nam`; it has `name`, `age`, `note`");
    assert_eq!(
        serde_json::to_value(&row).unwrap(),
        serde_json::json!({"name": "bob", "age": "40", "note": ""})
    );
}

fn aged(_ctx: Context, encoded: &[u8]) -> Result<LocalFuture<'static, Result>> {
    static META: Meta = Meta { module: "t", name: "aged", file: "t.rs", line: 5, doc: "" };
    Arguments::new(&META, encoded, 1)?.next::<u8>("age")?;
    Ok(Box::pin(async { Ok(()) }))
}

#[tokio::test]
async fn a_line_that_is_a_single_text_reads_in_every_pool() {
    let good = Scratch::new("ages.jsonl", "\"40\"\n7\n");
    let bad = Scratch::new("old.jsonl", "\"old\"\n");
    let misfit = "old.jsonl, line 1, field `age`: expected u8, found \"old\" (argument `age: u8` of journey t:aged)";
    for open in [JsonLinesDataPool::once, JsonLinesDataPool::recyclable] {
        assert_eq!(plan("t:aged", open(&good).unwrap()).await, Ok(()));
        assert_eq!(refused("t:aged", open(&bad).unwrap()).await, misfit);
    }
}

fn nicked(_ctx: Context, encoded: &[u8]) -> Result<LocalFuture<'static, Result>> {
    static META: Meta = Meta { module: "t", name: "nicked", file: "t.rs", line: 6, doc: "" };
    let nick = match Arguments::new(&META, encoded, 2) {
        Ok(mut arguments) => arguments.next::<Option<String>>("nick")?,
        Err(_) => None,
    };
    let row: Row = Arguments::new(&META, encoded, 1)?.next("row")?;
    let user: Nicked = Arguments::new(&META, encoded, 1)?.next("user")?;
    mite_core::ensure!(false, "{nick:?} {:?} {:?}", row.get::<Option<String>>("nick")?, user.nick);
    Ok(Box::pin(async { Ok(()) }))
}

#[derive(Debug, Serialize, Deserialize)]
struct Nicked {
    nick: Option<String>,
    age: u8,
}

#[tokio::test]
async fn an_empty_cell_is_no_value_wherever_it_is_read() {
    let file = Scratch::new("nick.csv", "nick,age\n,40\n");
    for open in [CsvDataPool::once, CsvDataPool::recyclable] {
        let error = plan("t:nicked", open(&file).unwrap()).await.unwrap_err();
        assert!(error.ends_with("None None None"), "{error}");
        let row = item(take(&open(&file).unwrap()).await).1;
        assert_eq!(row.get::<Option<String>>("nick").unwrap(), None);
        let stock = RowPool::new([row]).unwrap();
        let error = plan("t:nicked", stock).await.unwrap_err();
        assert!(error.ends_with("None None None"), "{error}");
        let typed = open(&file).unwrap().typed::<Nicked>().unwrap();
        assert_eq!(item(take(&typed).await).1.nick, None);
    }
    for age in ["40", "\"40\""] {
        let file = Scratch::new("nick.jsonl", format!("{{\"nick\":\"\",\"age\":{age}}}\n"));
        for open in [JsonLinesDataPool::once, JsonLinesDataPool::recyclable] {
            let error = plan("t:nicked", open(&file).unwrap()).await.unwrap_err();
            assert!(error.ends_with("Some(\"\") Some(\"\") Some(\"\")"), "{error}");
        }
    }
}
