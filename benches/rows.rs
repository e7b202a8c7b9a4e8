//! What a journey's data item costs: taking a row from its pool, encoded for a
//! runner, and reading the journey's arguments from it, by name and typed.

mod measure;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Poll, Waker};

use bytes::Bytes;
use mite_core::config::Config;
use mite_core::meta::Meta;
use mite_core::msgpack;
use mite_core::pool::any::AnyPool;
use mite_core::pool::{
    Arguments, Checkout, CsvDataPool, DataPool, JsonLinesDataPool, MsgpackDataPool,
};
use serde::{Deserialize, Serialize};

static JOURNEY: Meta = Meta { module: "shop", name: "buy", file: "shop.rs", line: 1, doc: "" };

#[derive(Serialize, Deserialize)]
struct User {
    id: u32,
    username: String,
    password: String,
    age: Option<u8>,
}

/// Runs what never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// A file that is gone with this.
struct Scratch(PathBuf);

impl Scratch {
    fn new(extension: &str, content: &[u8]) -> Self {
        let name = format!("mite-bench-{}.{extension}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).expect("the directory for temporary files takes files");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

fn by_name(item: &[u8]) -> (String, Option<u8>) {
    let mut arguments = Arguments::new(&JOURNEY, item, 2).expect("the item is a row");
    let username = arguments.next("username").expect("it has a name");
    (username, arguments.next("age").expect("it has an age"))
}

fn whole(item: &[u8]) -> User {
    let mut arguments = Arguments::new(&JOURNEY, item, 1).expect("the item is a row");
    arguments.next("user").expect("it is a user")
}

/// A way of reading an item, and what to call it.
type Read = (&'static str, fn(&[u8]));

fn measure(bench: &measure::Bench, name: &str, pool: impl DataPool, bare: bool, reads: &[Read]) {
    let (pool, config) = (AnyPool::new(pool), Config::new());
    let checkout = || -> Bytes {
        match now(pool.checkout(&config, bare)).expect("the rows are good") {
            Checkout::Item(id, item) => {
                now(pool.checkin(id));
                item
            }
            _ => unreachable!("it came back"),
        }
    };
    bench.run(&format!("{name}: check out"), checkout);
    let item = checkout();
    for (how, read) in reads {
        bench.run(&format!("{name}: read {how}"), || read(&item));
    }
}

fn main() {
    let bench = measure::Bench::from_args();
    let users = (0..1000).map(|id| User {
        id,
        username: format!("user-{id:06}"),
        password: "correct horse".into(),
        age: (id % 2 == 0).then_some(40),
    });
    let (mut csv, mut json, mut packed) =
        ("id,username,password,age\n".to_owned(), String::new(), Vec::new());
    for user in users {
        let age = user.age.map_or_else(String::new, |age| age.to_string());
        csv += &format!("{},{},{},{age}\n", user.id, user.username, user.password);
        json += &serde_json::to_string(&user).expect("it is plain data");
        json += "\n";
        packed.extend(msgpack::encode(&user).expect("it is plain data"));
    }
    let csv = Scratch::new("csv", csv.as_bytes());
    let json = Scratch::new("jsonl", json.as_bytes());
    let packed = Scratch::new("msgpack", &packed);
    let named: &[Read] =
        &[("by name", |item| drop(by_name(item))), ("whole", |item| drop(whole(item)))];
    let typed = &named[1..];
    let rows = "the files are good";
    measure(&bench, "csv", CsvDataPool::recyclable(&csv).expect(rows), false, named);
    measure(&bench, "json", JsonLinesDataPool::recyclable(&json).expect(rows), false, named);
    measure(&bench, "msgpack", MsgpackDataPool::recyclable(&packed).expect(rows), false, named);
    let pool = CsvDataPool::recyclable(&csv).and_then(|pool| pool.typed::<User>());
    measure(&bench, "csv typed", pool.expect(rows), true, typed);
    let pool = JsonLinesDataPool::recyclable(&json).and_then(|pool| pool.typed::<User>());
    measure(&bench, "json typed", pool.expect(rows), true, typed);
    let pool = MsgpackDataPool::recyclable(&packed).and_then(|pool| pool.typed::<User>());
    measure(&bench, "msgpack typed", pool.expect(rows), true, typed);
}
