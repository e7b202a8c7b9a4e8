//! Pools of the rows of a query.

use std::str::FromStr;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use mite_core::async_trait;
use mite_core::config::Config;
use mite_core::error::{Error, Place, Result};
use mite_core::pool::{Checkout, DataPool, ItemId, PoolKind, Row, RowPool};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, Connection, Decode, Row as _, Sqlite, TypeInfo, ValueRef, raw_sql,
};

use super::feed::{Feed, Outlet, empty};

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
        value: fn(&R, usize, &mut Vec<u8>) -> sqlx::Result<()>,
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
            let row = row_of(&row, value).map_err(|e| format!("{source}, row {number}, {e}"))?;
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

/// A row as a map of its columns; or which column is wrong, and why.
fn row_of<R: sqlx::Row>(
    row: &R,
    value: fn(&R, usize, &mut Vec<u8>) -> sqlx::Result<()>,
) -> Result<Row, String> {
    let columns = row.columns();
    let mut map = Vec::new();
    rmp::encode::write_map_len(&mut map, columns.len() as u32).map_err(|e| e.to_string())?;
    for (n, column) in columns.iter().enumerate() {
        let name = column.name();
        if columns[..n].iter().any(|other| other.name() == name) {
            return Err(format!("two columns are called `{name}`; tell them apart with AS"));
        }
        rmp::encode::write_str(&mut map, name).map_err(|e| e.to_string())?;
        value(row, n, &mut map).map_err(|e| format!("column `{name}`: {e}"))?;
    }
    Row::from_msgpack(map).map_err(|e| e.text().to_owned())
}

fn put<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> sqlx::Result<()> {
    out.extend(mite_core::msgpack::encode(value).map_err(malformed)?);
    Ok(())
}

fn bytes(value: &[u8], out: &mut Vec<u8>) -> sqlx::Result<()> {
    rmp::encode::write_bin(out, value).map_err(malformed)
}

fn sqlite_value(row: &SqliteRow, n: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
    let value = row.try_get_raw(n)?;
    if value.is_null() {
        return put(&(), out);
    }
    let kind = value.type_info().name().to_owned();
    // SQLite has no truth values, but columns that are declared to hold them.
    let is_truth = row.column(n).type_info().name() == "BOOLEAN";
    let decoded = match kind.as_str() {
        "INTEGER" | "BOOLEAN" => {
            let number = <i64 as Decode<Sqlite>>::decode(value).map_err(sqlx::Error::Decode)?;
            return if is_truth { put(&(number != 0), out) } else { put(&number, out) };
        }
        "REAL" => <f64 as Decode<Sqlite>>::decode(value).map(|v| put(&v, out)),
        "BLOB" => <&[u8] as Decode<Sqlite>>::decode(value).map(|v| bytes(v, out)),
        _ => <&str as Decode<Sqlite>>::decode(value).map(|v| put(v, out)),
    };
    decoded.map_err(sqlx::Error::Decode)?
}

fn postgres_value(row: &PgRow, n: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
    let value = row.try_get_raw(n)?;
    if value.is_null() {
        return put(&(), out);
    }
    let kind = value.type_info().name().to_owned();
    let text = value.as_str().map_err(sqlx::Error::Decode)?;
    match kind.as_str() {
        "BOOL" => put(&(text == "t"), out),
        "INT2" | "INT4" | "INT8" | "OID" => put(&text.parse::<i64>().map_err(malformed)?, out),
        "FLOAT4" | "FLOAT8" => put(&text.parse::<f64>().map_err(malformed)?, out),
        "JSON" | "JSONB" => {
            let json: serde_json::Value = serde_json::from_str(text).map_err(malformed)?;
            put(&json, out)
        }
        "BYTEA" => {
            let hex = text.strip_prefix("\\x").ok_or_else(|| malformed("bytes not in hex"))?;
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).map_err(malformed);
            bytes(&(0..hex.len()).step_by(2).map(byte).collect::<sqlx::Result<Vec<u8>>>()?, out)
        }
        // Numbers of any length, dates, and what else there is: as it is written.
        _ => put(text, out),
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
