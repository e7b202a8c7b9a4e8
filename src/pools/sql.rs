//! Pools of the rows of a query.

use std::str::FromStr;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use mite_core::async_trait;
use mite_core::config::Config;
use mite_core::error::{Error, Place, Result};
use mite_core::msgpack::{self, Fields};
use mite_core::pool::{Checkout, DataPool, ItemId, PoolKind, Row, RowPool};
use serde::{Serialize, Serializer};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow, SqliteValueRef};
use sqlx::{
    AssertSqlSafe, Column as _, Connection, Decode, Row as _, Sqlite, TypeInfo, ValueRef, raw_sql,
};

use super::feed::{AHEAD, Feed, Outlet, empty};

/// The rows of a query, from SQLite or PostgreSQL.
///
/// A column feeds the journey's argument of its name. The query runs on a
/// thread of its own; a slow database holds up nothing but its own journeys.
///
/// ```no_run
/// use mite::prelude::*;
///
/// #[journey]
/// async fn sign_in(ctx: &Context, username: String, age: u8) -> mite::Result {
///     Ok(())
/// }
///
/// #[datapool]
/// async fn users(config: &Config) -> mite::Result<SqlDataPool> {
///     let url: String = config.require("database")?; // sqlite:users.db, postgres://user@host/db
///     SqlDataPool::query(&url, "SELECT username, age FROM users").recyclable().await
/// }
/// ```
pub struct SqlDataPool {
    items: Items,
    source: String,
}

enum Items {
    Once(Feed<Row>),
    Recyclable(RowPool),
}

/// A query that becomes a [`SqlDataPool`].
#[must_use = "a query does nothing until `.once()` or `.recyclable()`"]
pub struct SqlQuery {
    url: String,
    query: String,
    max_size: u64,
    preload_minimum: u64,
}

impl SqlDataPool {
    /// The rows that `query` finds in the database at `url`: `sqlite:PATH` or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub fn query(url: impl Into<String>, query: impl Into<String>) -> SqlQuery {
        let (url, query) = (url.into(), query.into());
        SqlQuery { url, query, max_size: u64::MAX, preload_minimum: 1 }
    }

    /// How many rows a recyclable pool holds; one that is read as it goes does
    /// not know.
    pub fn size(&self) -> Option<usize> {
        match &self.items {
            Items::Once(_) => None,
            Items::Recyclable(stock) => Some(stock.len()),
        }
    }
}

impl SqlQuery {
    /// Takes the first `rows` rows at most.
    pub fn max_size(mut self, rows: u64) -> Self {
        self.max_size = rows;
        self
    }

    /// Has `rows` rows at hand, or all if they are fewer, before load starts; 1
    /// if not called. Only for [`once`](Self::once): a recyclable pool has all.
    pub fn preload_minimum(mut self, rows: u64) -> Self {
        self.preload_minimum = rows.max(1);
        self
    }

    /// Each row once, read as they are needed. Ids count from 1.
    ///
    /// # Errors
    /// If the database cannot be reached, or the query fails or finds nothing.
    pub async fn once(self) -> Result<SqlDataPool> {
        let source = self.source();
        let mut feed = self.feed().await?;
        match feed.is_empty() {
            true => Err(empty(&format!("{source} finds no rows"))),
            false => Ok(SqlDataPool { items: Items::Once(feed), source }),
        }
    }

    /// All rows, and those that came back after them, for ever. Ids count from 0.
    ///
    /// # Errors
    /// If the database cannot be reached, or the query fails or finds nothing.
    pub async fn recyclable(self) -> Result<SqlDataPool> {
        let source = self.source();
        let stock = RowPool::new(self.feed().await?.collect().await?)?;
        match stock.is_empty() {
            true => Err(empty(&format!("{source} finds no rows"))),
            false => Ok(SqlDataPool { items: Items::Recyclable(stock), source }),
        }
    }

    async fn feed(self) -> Result<Feed<Row>> {
        let minimum = self.preload_minimum.min(self.max_size);
        Feed::start("sql-pool", minimum, async move |outlet: &Outlet<Row>| {
            let done = match self.url.split_once(':').map(|(scheme, _)| scheme) {
                Some("sqlite") => self.sqlite(outlet).await,
                Some("postgres" | "postgresql") => self.postgres(outlet).await,
                _ => Err(unknown(&self.url)),
            };
            done.map_err(failed)
        })
        .await
    }

    /// What its rows are rows of.
    fn source(&self) -> String {
        format!("the query `{}`", self.query)
    }

    async fn sqlite(&self, outlet: &Outlet<Row>) -> Result<(), String> {
        let options = SqliteConnectOptions::from_str(&self.url)
            .map_err(|e| format!("the address `{}` cannot be read: {e}", self.url))?;
        let file = options.get_filename().to_owned();
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(|e| match file.exists() {
            true => format!("the database {} cannot be opened: {e}", file.display()),
            false => format!("there is no database file {}", file.display()),
        })?;
        let rows = raw_sql(AssertSqlSafe(self.query.clone())).fetch(&mut connection);
        self.pass_on(rows, sqlite_value, outlet).await
    }

    async fn postgres(&self, outlet: &Outlet<Row>) -> Result<(), String> {
        // The address may hold a password.
        let options = PgConnectOptions::from_str(&self.url)
            .map_err(|e| format!("the address of the database cannot be read: {e}"))?;
        let connected = PgConnection::connect_with(&options).await;
        let mut connection = connected.map_err(|e| {
            let (host, port) = (options.get_host(), options.get_port());
            format!("the database at {host}:{port} cannot be reached: {e}")
        })?;
        // Not prepared: then every value comes as text, of whatever type it is.
        let rows = raw_sql(AssertSqlSafe(self.query.clone())).fetch(&mut connection);
        self.pass_on(rows, postgres_value, outlet).await
    }

    async fn pass_on<R: sqlx::Row>(
        &self,
        mut rows: impl Stream<Item = sqlx::Result<R>> + Unpin,
        put: Put<R>,
        outlet: &Outlet<Row>,
    ) -> Result<(), String> {
        let source: Arc<str> = self.source().into();
        let mut number = 0;
        while number < self.max_size
            && let Some(row) = rows.next().await
        {
            number += 1;
            let row = row.map_err(|e| match number {
                1 => format!("{source} failed: {e}"),
                _ => format!("{source} failed after {} rows: {e}", number - 1),
            })?;
            let row = row_of(&row, put).map_err(|e| format!("{source}, row {number}, {e}"))?;
            if !outlet.put(row.numbered(&source, number)).await {
                break;
            }
        }
        Ok(())
    }
}

/// It says all there is to say; where in mite it was made helps nobody.
fn failed(why: String) -> Error {
    Error::new(why).at(Place { file: "".into(), line: 0 })
}

fn unknown(url: &str) -> String {
    // All but what comes before `://` may hold a password.
    let shown = match url.split_once("://") {
        Some((scheme, _)) => format!("`{scheme}://…` does not"),
        None if url.contains('@') => "this one does not".to_owned(),
        None => format!("`{url}` does not; for a file write `sqlite:{url}`"),
    };
    format!("the address of a database begins with sqlite: or postgres://; {shown}")
}

fn malformed(why: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(why.to_string().into())
}

/// What becomes of a value: it is put under its column's name.
type Put<R> = fn(&R, usize, &mut Column<'_>) -> sqlx::Result<()>;

/// A column of the row that is being made.
struct Column<'a> {
    fields: &'a mut Fields,
    name: &'a str,
}

impl Column<'_> {
    fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> sqlx::Result<()> {
        self.fields.insert(self.name, value);
        Ok(())
    }
}

/// Bytes, which serialize as such.
struct Blob<'a>(&'a [u8]);

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A row of its columns; or which column is wrong, and why.
fn row_of<R: sqlx::Row>(row: &R, put: Put<R>) -> Result<Row, String> {
    let columns = row.columns();
    let mut fields = Fields::new();
    for (n, column) in columns.iter().enumerate() {
        let name = column.name();
        put(row, n, &mut Column { fields: &mut fields, name })
            .map_err(|e| format!("column `{name}`: {e}"))?;
        if fields.len() == n {
            return Err(format!("two columns are called `{name}`; tell them apart with AS"));
        }
    }
    Ok(fields.into())
}

fn sqlite_value(row: &SqliteRow, n: usize, column: &mut Column<'_>) -> sqlx::Result<()> {
    let value = row.try_get_raw(n)?;
    if value.is_null() {
        return column.put(&());
    }
    let kind = value.type_info().name().to_owned();
    // SQLite has no truth values, but columns that are declared to hold them.
    let is_truth = row.column(n).type_info().name() == "BOOLEAN";
    match kind.as_str() {
        "INTEGER" | "BOOLEAN" => {
            let number: i64 = decoded(value)?;
            if is_truth { column.put(&(number != 0)) } else { column.put(&number) }
        }
        "REAL" => column.put(&decoded::<f64>(value)?),
        "BLOB" => column.put(&Blob(decoded(value)?)),
        _ => column.put(decoded::<&str>(value)?),
    }
}

fn decoded<'r, T: Decode<'r, Sqlite>>(value: SqliteValueRef<'r>) -> sqlx::Result<T> {
    T::decode(value).map_err(sqlx::Error::Decode)
}

fn postgres_value(row: &PgRow, n: usize, column: &mut Column<'_>) -> sqlx::Result<()> {
    let value = row.try_get_raw(n)?;
    if value.is_null() {
        return column.put(&());
    }
    let kind = value.type_info().name().to_owned();
    let text = value.as_str().map_err(sqlx::Error::Decode)?;
    match kind.as_str() {
        "BOOL" => column.put(&(text == "t")),
        "INT2" | "INT4" | "INT8" | "OID" => column.put(&text.parse::<i64>().map_err(malformed)?),
        "FLOAT4" | "FLOAT8" => column.put(&text.parse::<f64>().map_err(malformed)?),
        "JSON" | "JSONB" => {
            if let Some((_, number)) = msgpack::integer_beyond_64_bits(text) {
                return Err(malformed(format!(
                    "{number} has more than 64 bits; select it as text"
                )));
            }
            column.put(&serde_json::from_str::<serde_json::Value>(text).map_err(malformed)?)
        }
        "BYTEA" => {
            let hex = text.strip_prefix("\\x").ok_or_else(|| malformed("bytes not in hex"))?;
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).map_err(malformed);
            let bytes = (0..hex.len()).step_by(2).map(byte).collect::<sqlx::Result<Vec<u8>>>()?;
            column.put(&Blob(&bytes))
        }
        // Numbers of any length, dates, and what else there is: as it is written.
        _ => column.put(text),
    }
}

#[async_trait]
impl DataPool for SqlDataPool {
    type Item = Row;

    async fn checkout(&self, config: &Config) -> Result<Checkout<Row>> {
        match &self.items {
            Items::Once(feed) => feed.checkout().await,
            Items::Recyclable(stock) => stock.checkout(config).await,
        }
    }

    async fn checkin(&self, id: ItemId) {
        if let Items::Recyclable(stock) = &self.items {
            stock.checkin(id).await;
        }
    }

    /// As many as are fetched ahead.
    fn spares(&self) -> u32 {
        AHEAD as u32
    }

    fn kind(&self) -> PoolKind {
        match &self.items {
            // A checkout may wait for the database.
            Items::Once(_) => PoolKind::Custom,
            Items::Recyclable(stock) => stock.kind(),
        }
    }

    fn source(&self) -> Option<String> {
        Some(self.source.clone())
    }

    fn size(&self) -> Option<u64> {
        SqlDataPool::size(self).map(|size| size as u64)
    }

    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        match &self.items {
            Items::Once(feed) => feed.peek().map_or(Ok(()), |row| check(&row)),
            Items::Recyclable(stock) => stock.check_rows(check),
        }
    }
}
