//! Pools of the rows of a query, from a real SQLite file and a real PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mite::prelude::*;
use mite_tests::{Scratch, free_port};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, raw_sql};

/// Rows of a query, one by one, or the whole lot.
async fn take(pool: &SqlDataPool) -> Checkout<Row> {
    pool.checkout(&Config::new()).await.unwrap()
}

async fn values(pool: &SqlDataPool, column: &str) -> Vec<String> {
    let mut values = Vec::new();
    while let Checkout::Item(_, row) = take(pool).await {
        values.push(row.get(column).unwrap());
    }
    values
}

/// A SQLite file with `rows` rows of a number and a text, gone with this.
struct File(Scratch);

impl File {
    async fn new(name: &str, rows: u32) -> Self {
        let scratch = Scratch::new(name);
        let path = scratch.0.join("users.db");
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let fill = format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, admin BOOLEAN, score REAL, photo BLOB);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO users SELECT i, 'user-' || i, i % 2, i / 2.0, x'00ff' FROM n"
        );
        raw_sql(AssertSqlSafe(fill)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Self(scratch)
    }

    fn query(&self, query: &str) -> mite::pool::SqlQuery {
        SqlDataPool::query(self.url(), query)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.0.file("users.db"))
    }
}

const USERS: &str = "SELECT * FROM users ORDER BY id";

#[tokio::test]
async fn each_row_is_there_once() {
    let file = File::new("once", 3).await;
    let pool = file.query(USERS).preload_minimum(3).once().await.unwrap();
    assert!(
        matches!(take(&pool).await, Checkout::Item(1, row) if row.get::<u8>("id").unwrap() == 1)
    );
    assert_eq!(values(&pool, "name").await, ["user-2", "user-3"]);
    assert_eq!(take(&pool).await, Checkout::Exhausted);
    let none = file.query("SELECT * FROM users WHERE id > 100").once().await.err().unwrap();
    assert_eq!(
        none.text(),
        "the query `SELECT * FROM users WHERE id > 100` finds no rows; a data pool needs one at least"
    );
}

#[tokio::test]
async fn rows_go_round_and_only_what_is_out_comes_back() {
    let file = File::new("round", 3).await;
    let pool = file.query(USERS).recyclable().await.unwrap();
    assert_eq!(values(&pool, "name").await, ["user-1", "user-2", "user-3"]);
    // All out: not the end.
    assert_eq!(take(&pool).await, Checkout::Later);
    for id in [2, 0, 1, 1, 99] {
        pool.checkin(id).await;
    }
    assert_eq!(values(&pool, "name").await, ["user-3", "user-1", "user-2"]);
    let empty = file.query("SELECT * FROM users WHERE id > 100").recyclable().await.err().unwrap();
    assert!(empty.text().contains("finds no rows; a data pool needs one"), "{empty}");
}

#[tokio::test]
async fn the_size_has_a_limit_whatever_is_to_be_preloaded() {
    let file = File::new("limit", 100).await;
    let two = file.query(USERS).preload_minimum(3).max_size(2).recyclable().await.unwrap();
    assert_eq!(two.size(), Some(2));
    assert_eq!(values(&two, "name").await, ["user-1", "user-2"]);
    two.checkin(0).await;
    assert_eq!(values(&two, "name").await, ["user-1"]);
    let ten = file.query(USERS).preload_minimum(50).max_size(10).once().await.unwrap();
    assert_eq!(values(&ten, "name").await.len(), 10);
    let more = file.query(USERS).preload_minimum(500).once().await.unwrap();
    assert_eq!(values(&more, "name").await.len(), 100);
}

#[tokio::test]
async fn more_rows_than_are_fetched_ahead() {
    let file = File::new("ahead", 25_000).await;
    let pool = file.query(USERS).once().await.unwrap();
    let names = values(&pool, "name").await;
    assert_eq!(names.len(), 25_000);
    assert_eq!(names[24_999], "user-25000");
    // Nobody reads this one to its end.
    drop(file.query(USERS).once().await.unwrap());
}

#[tokio::test]
async fn values_keep_their_types() {
    let file = File::new("types", 1).await;
    let pool = file.query("SELECT *, NULL AS empty FROM users").once().await.unwrap();
    let Checkout::Item(1, row) = take(&pool).await else { panic!("no row") };
    assert_eq!(
        row.to_msgpack(),
        [
            &b"\x86\xa2id\x01\xa4name\xa6user-1\xa5admin\xc3\xa5score\xcb\x3f\xe0\0\0\0\0\0\0"[..],
            b"\xa5photo\xc4\x02\0\xff\xa5empty\xc0"
        ]
        .concat()
    );
}

#[tokio::test]
async fn a_query_that_fails_does_so_before_load() {
    let file = File::new("fails", 1).await;
    let error = file.query("SELECT * FROM nobody").once().await.err().unwrap();
    assert!(
        error.text().starts_with("the query `SELECT * FROM nobody` failed: ")
            && error.text().contains("no such table: nobody"),
        "{error}"
    );
    let twice = file.query("SELECT id, id FROM users").recyclable().await.err().unwrap();
    assert_eq!(
        twice.text(),
        "the query `SELECT id, id FROM users`, row 1, two columns are called `id`; tell them apart with AS"
    );
    let text = "SELECT CAST(x'ff' AS TEXT) AS name FROM users";
    let bytes = file.query(text).once().await.err().unwrap();
    let place = format!("the query `{text}`, row 1, column `name`: ");
    assert!(bytes.text().starts_with(&place), "{bytes}");
    let refused = async |url: &str| {
        SqlDataPool::query(url, "SELECT 1").once().await.err().unwrap().text().to_owned()
    };
    assert_eq!(
        refused("sqlite:no-such-directory/x.db").await,
        "there is no database file no-such-directory/x.db"
    );
    let begins = "the address of a database begins with sqlite: or postgres://; ";
    for (url, why) in [
        ("t.db", "`t.db` does not; for a file write `sqlite:t.db`"),
        ("mysql://u:secret@h/d", "`mysql://…` does not"),
        ("u:secret@h/d", "this one does not"),
    ] {
        assert_eq!(refused(url).await, format!("{begins}{why}"));
    }
    let unheard = refused("postgres://mite:secret@127.0.0.1:1/d").await;
    assert!(unheard.starts_with("the database at 127.0.0.1:1 cannot be reached: "), "{unheard}");
    assert!(!unheard.contains("secret"), "{unheard}");
}

// In a whole test.

#[journey]
async fn greet(ctx: &Context, name: String, id: u32) -> mite::Result {
    ctx.send("greeting", fields! { name, id });
    Ok(())
}

#[scenario]
async fn greet_all(config: &Config) -> mite::Result<Scenario> {
    let query = config.get_or("query", USERS.to_owned());
    let users = SqlDataPool::query(config.require::<String>("database")?, query).once().await?;
    Ok(Scenario::builder().run(greet, users, 10).build())
}

#[test]
fn columns_feed_arguments_by_name() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = runtime.block_on(File::new("journeys", 500));
    let url = file.url();
    let test = mite::testing::scenario("sql:greet_all").config("database", url);
    let run = runtime.block_on(test.run());
    run.assert_passed();
    let greetings = run.messages_of("greeting");
    let mut ids: Vec<u32> = greetings.iter().map(|m| m.get("id").unwrap()).collect();
    ids.sort();
    assert_eq!(ids, (1..=500).collect::<Vec<_>>());
}

#[test]
fn a_row_that_does_not_fit_is_told_with_its_query_and_number() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = runtime.block_on(File::new("misfit", 3));
    let url = file.url();
    let query = "SELECT name, CASE id WHEN 2 THEN 'two' ELSE id END AS id FROM users";
    let test = mite::testing::scenario("sql:greet_all").config("database", &url);
    let run = runtime.block_on(test.config("query", query).run());
    let failures = &run.summary().failures;
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(
        failures[0].failure.text,
        format!(
            "the query `{query}`, row 2, field `id`: expected u32, found \"two\" (argument `id: u32` of journey sql:greet)"
        )
    );
    assert_eq!(run.messages_of("greeting").len(), 2);
}

#[test]
fn a_pool_may_be_made_on_another_runtime_than_it_is_used_on() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = runtime().block_on(File::new("runtimes", 5000));
    let pool = runtime().block_on(file.query(USERS).once()).unwrap();
    assert_eq!(runtime().block_on(values(&pool, "name")).len(), 5000);
}

/// A PostgreSQL of its own, ended with this.
struct Postgres {
    server: Child,
    port: u16,
    _scratch: Scratch,
}

impl Postgres {
    fn start() -> Self {
        let scratch = Scratch::new("postgres");
        let directory = &scratch.0;
        let bin = bin();
        // It refuses to run as root.
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(directory, Some(uid), Some(gid)).unwrap();
        }
        let command = |program: &str| {
            let mut command = Command::new(bin.join(program));
            command.current_dir(directory).stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            if let Some((uid, gid)) = user {
                std::os::unix::process::CommandExt::gid(&mut command, gid);
                std::os::unix::process::CommandExt::uid(&mut command, uid);
            }
            command
        };
        let data = directory.join("data");
        let made = command("initdb")
            .args(["-D".as_ref(), data.as_os_str()])
            .args(["-U", "mite", "-A", "trust", "--no-sync"])
            .status();
        assert!(made.expect("initdb runs; tests/install-tools installs it").success());
        let port = free_port();
        let server = command("postgres")
            .args(["-D".as_ref(), data.as_os_str()])
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", "", "-F"])
            .spawn()
            .unwrap();
        Self { server, port, _scratch: scratch }
    }

    fn url(&self) -> String {
        format!("postgres://mite@127.0.0.1:{}/postgres", self.port)
    }

    async fn execute(&self, query: &'static str) {
        let mut connection = loop {
            match sqlx::PgConnection::connect(&self.url()).await {
                Ok(connection) => break connection,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        raw_sql(query).execute(&mut connection).await.unwrap();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its own processes end with it.
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

/// Where the distribution keeps its programs.
fn bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<_> = versions.flatten().map(|version| version.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop().unwrap_or_default()
}

/// Whom to be instead of root.
fn unprivileged() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(Path::new("/proc/self")).unwrap().uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut numbers = line.split(':').skip(2).map(|n| n.parse().unwrap());
    Some((numbers.next()?, numbers.next()?))
}

#[tokio::test]
async fn postgres_gives_the_same_and_every_type() {
    let server = Postgres::start();
    server
        .execute(
            "CREATE TABLE users AS SELECT i AS id, 'user-' || i AS name FROM generate_series(1, 3000) i",
        )
        .await;
    let pool = SqlDataPool::query(server.url(), USERS).preload_minimum(10).once().await.unwrap();
    let names = values(&pool, "name").await;
    assert_eq!((names.len(), names[2999].as_str()), (3000, "user-3000"));
    let ten = SqlDataPool::query(server.url(), USERS).max_size(10).recyclable().await.unwrap();
    assert_eq!(ten.size(), Some(10));

    let types = "SELECT true AS yes, -5::int2 AS small, 9007199254740993::int8 AS large, 0.1::float8 AS float,
        12345678901234567890.5::numeric AS number, '2024-02-29 12:00:00+00'::timestamptz AS at,
        'c9b1d2e0-0000-4000-8000-000000000001'::uuid AS uuid, '\\x00ff'::bytea AS bytes,
        '{\"a\": [1]}'::jsonb AS json, '{1,2}'::int[] AS list, NULL AS nothing";
    let pool = SqlDataPool::query(server.url(), types).once().await.unwrap();
    let Checkout::Item(1, row) = take(&pool).await else { panic!("no row") };
    assert!(row.get::<bool>("yes").unwrap());
    assert_eq!(row.get::<i16>("small").unwrap(), -5);
    assert_eq!(row.get::<i64>("large").unwrap(), 9_007_199_254_740_993);
    assert_eq!(row.get::<f64>("float").unwrap(), 0.1);
    assert_eq!(row.get::<String>("number").unwrap(), "12345678901234567890.5");
    assert_eq!(row.get::<f64>("number").unwrap(), 12_345_678_901_234_567_890.5);
    assert!(row.get::<String>("at").unwrap().starts_with("2024-02-29 "));
    assert_eq!(row.get::<String>("uuid").unwrap(), "c9b1d2e0-0000-4000-8000-000000000001");
    assert_eq!(row.get::<serde_json::Value>("json").unwrap(), json!({"a": [1]}));
    assert_eq!(row.get::<String>("list").unwrap(), "{1,2}");
    assert_eq!(row.get::<Option<u8>>("nothing").unwrap(), None);
    let encoded = row.to_msgpack();
    assert!(encoded.windows(10).any(|w| w == b"\xa5bytes\xc4\x02\0\xff"), "{encoded:x?}");

    let error =
        SqlDataPool::query(server.url(), "SELECT * FROM nobody").once().await.err().unwrap();
    assert!(error.text().contains("relation \"nobody\" does not exist"), "{error}");
    let secret = "postgres://mite:secret@127.0.0.1:1/postgres";
    let error = SqlDataPool::query(secret, "SELECT 1").once().await.err().unwrap();
    assert!(!error.text().contains("secret"), "{error}");
}
