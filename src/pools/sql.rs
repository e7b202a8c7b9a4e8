//! Pools of the rows of a query.

use futures_util::{StreamExt, TryStreamExt};
use mite_core::async_trait;
use mite_core::config::Config;
use mite_core::error::{Error, Result};
use mite_core::pool::{Checkout, DataPool, ItemId, PoolKind, Row, RowStock};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
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
pub struct SqlDataPool(Items);

enum Items {
    Once(Feed<Row>),
    Recyclable(RowStock),
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
        match &self.0 {
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
    /// If the database cannot be reached, or the query fails.
    pub async fn once(self) -> Result<SqlDataPool> {
        Ok(SqlDataPool(Items::Once(self.feed().await?)))
    }

    /// All rows, and those that came back after them, for ever. Ids count from 0.
    ///
    /// # Errors
    /// If the database cannot be reached, or the query fails or finds nothing.
    pub async fn recyclable(self) -> Result<SqlDataPool> {
        let nothing = format!("the query `{}` finds no rows", self.query);
        let stock = RowStock::new(self.feed().await?.collect().await?)?;
        match stock.is_empty() {
            true => Err(empty(&nothing)),
            false => Ok(SqlDataPool(Items::Recyclable(stock))),
        }
    }

    async fn feed(self) -> Result<Feed<Row>> {
        let minimum = self.preload_minimum.min(self.max_size);
        Feed::start("sql-pool", minimum, async move |outlet: &Outlet<Row>| {
            let done = match self.url.split_once(':').map(|(scheme, _)| scheme) {
                Some("sqlite") => self.sqlite(outlet).await,
                Some("postgres" | "postgresql") => self.postgres(outlet).await,
                _ => {
                    return Err(Error::new(
                        "the address of a database begins with sqlite: or postgres://",
                    ));
                }
            };
            // The address may hold a password.
            done.map_err(|e| Error::new(format!("the query `{}` failed: {e}", self.query)))
        })
        .await
    }

    async fn sqlite(&self, outlet: &Outlet<Row>) -> sqlx::Result<()> {
        let mut connection = SqliteConnection::connect(&self.url).await?;
        let mut rows = raw_sql(AssertSqlSafe(self.query.clone())).fetch(&mut connection);
        let mut left = self.max_size;
        while left > 0
            && let Some(row) = rows.try_next().await?
            && outlet.put(row_of(&row, sqlite_value)?).await
        {
            left -= 1;
        }
        Ok(())
    }

    async fn postgres(&self, outlet: &Outlet<Row>) -> sqlx::Result<()> {
        let mut connection = PgConnection::connect(&self.url).await?;
        // Not prepared: then every value comes as text, of whatever type it is.
        let mut rows = raw_sql(AssertSqlSafe(self.query.clone())).fetch(&mut connection);
        let mut left = self.max_size;
        while left > 0
            && let Some(row) = rows.next().await
            && outlet.put(row_of(&row?, postgres_value)?).await
        {
            left -= 1;
        }
        Ok(())
    }
}

fn malformed(why: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(why.to_string().into())
}

/// A row as a map of its columns.
fn row_of<R: sqlx::Row>(
    row: &R,
    value: fn(&R, usize, &mut Vec<u8>) -> sqlx::Result<()>,
) -> sqlx::Result<Row> {
    let columns = row.columns();
    let mut map = Vec::new();
    rmp::encode::write_map_len(&mut map, columns.len() as u32).map_err(malformed)?;
    for (n, column) in columns.iter().enumerate() {
        if columns[..n].iter().any(|other| other.name() == column.name()) {
            return Err(malformed(format!(
                "two columns are called `{}`; tell them apart with AS",
                column.name()
            )));
        }
        rmp::encode::write_str(&mut map, column.name()).map_err(malformed)?;
        value(row, n, &mut map)?;
    }
    Row::from_msgpack(map).map_err(malformed)
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
        match &self.0 {
            Items::Once(feed) => feed.checkout().await,
            Items::Recyclable(stock) => stock.checkout(config).await,
        }
    }

    async fn checkin(&self, id: ItemId) {
        if let Items::Recyclable(stock) = &self.0 {
            stock.checkin(id).await;
        }
    }

    fn kind(&self) -> PoolKind {
        match &self.0 {
            // A checkout may wait for the database.
            Items::Once(_) => PoolKind::Custom,
            Items::Recyclable(stock) => stock.kind(),
        }
    }

    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        match &self.0 {
            Items::Once(feed) => feed.peek().map_or(Ok(()), |row| check(&row)),
            Items::Recyclable(stock) => stock.check_rows(check),
        }
    }
}
