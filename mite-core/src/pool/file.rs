//! Pools of the rows of a file.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::csv_rows::CsvRows;
use super::json_lines_rows::JsonLinesRows;
use super::msgpack_rows::MsgpackRows;
use super::packed::{Rota, Rows};
use super::row::{Header, Mismatch, Row};
use super::rows::{Place, ReadRows};
use super::{Checkout, DataPool, ItemId, PoolKind};
use crate::config::Config;
use crate::error::{Error, Result};

/// A file of msgpack values, one after the other: what the recorder writes.
///
/// A map feeds a journey by the names of its arguments, a list in its order.
/// A last value that is torn, because its writer was killed, is left out.
///
/// ```no_run
/// use mite_core::{error::Result, pool::MsgpackDataPool};
///
/// /// The users that `create:users` recorded, for `signin(ctx, username: String)`.
/// fn users() -> Result<MsgpackDataPool> {
///     MsgpackDataPool::recyclable("recorder_data/users.msgpack")
/// }
/// ```
pub type MsgpackDataPool<T = Row> = FileDataPool<Msgpack, T>;

/// A file of comma-separated values whose first line names the columns.
///
/// A column feeds the journey's argument of its name, and reads as its type.
///
/// ```no_run
/// use mite_core::{error::Result, pool::CsvDataPool};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { name: String, age: u8 }
///
/// /// Each line once; the file may be larger than memory.
/// fn users() -> Result<CsvDataPool<User>> {
///     CsvDataPool::once("users.csv")?.typed()
/// }
/// ```
pub type CsvDataPool<T = Row> = FileDataPool<Csv, T>;

/// A file with one JSON value a line.
///
/// An object feeds a journey by the names of its arguments, a list in its order.
///
/// ```no_run
/// use mite_core::{error::Result, pool::JsonLinesDataPool};
///
/// fn orders() -> Result<JsonLinesDataPool> {
///     JsonLinesDataPool::once("orders.jsonl")
/// }
/// ```
pub type JsonLinesDataPool<T = Row> = FileDataPool<JsonLines, T>;

/// A pool of the rows of a file of format `F`, each read as `T`.
///
/// Made by [`recyclable`](Self::recyclable), which holds the file in about its
/// own size, or [`once`](Self::once), which reads it as it goes.
pub struct FileDataPool<F, T = Row> {
    path: PathBuf,
    items: Items,
    read: fn(Row) -> Result<T, Mismatch>,
    /// The column and the reason why a text cannot be read as `T`.
    explain: fn(&str) -> Option<(usize, String)>,
    format: PhantomData<F>,
}

enum Items {
    Recyclable { rows: Rows, header: Option<Arc<Header>>, rota: Mutex<Rota> },
    Once(Mutex<Stream>),
}

/// Rows that are read as they are needed.
struct Stream {
    rows: Box<dyn ReadRows>,
    /// The first row, which is looked at before load starts.
    ahead: Option<(Vec<u8>, Place)>,
    given: ItemId,
}

/// Msgpack values, one after the other.
pub enum Msgpack {}
/// Comma-separated values with a header line.
pub enum Csv {}
/// One JSON value a line.
pub enum JsonLines {}

mod format {
    use super::*;

    pub trait Format: Send + Sync + 'static {
        #[doc(hidden)]
        #[allow(private_interfaces, reason = "only mite's own formats implement it")]
        fn open(path: &Path) -> Result<Box<dyn ReadRows>>;
    }
}
use format::Format;

macro_rules! formats {
    ($($format:ident $rows:ident)*) => { $(
        impl Format for $format {
            #[allow(private_interfaces, reason = "only mite's own formats implement it")]
            fn open(path: &Path) -> Result<Box<dyn ReadRows>> {
                Ok(Box::new($rows::open(path)?))
            }
        }
    )* };
}
formats! { Msgpack MsgpackRows Csv CsvRows JsonLines JsonLinesRows }

impl<F: Format> FileDataPool<F> {
    /// The rows of the file `path` in order, and those that came back after
    /// them, for ever. Ids count from 0.
    ///
    /// # Errors
    /// If the file cannot be read or has no rows.
    pub fn recyclable(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut reader = F::open(path)?;
        let (mut rows, mut row) = (Rows::default(), Vec::new());
        while reader.next(&mut row)?.is_some() {
            rows.push(&row)?;
            row.clear();
        }
        if rows.len() == 0 {
            return Err(Error::new(format!(
                "{} has no rows; a recyclable pool needs one at least",
                path.display()
            )));
        }
        warn(reader.skipped());
        rows.shrink();
        let rota = Mutex::new(Rota::new(rows.len()));
        Ok(Self::of(path, Items::Recyclable { rows, header: reader.header(), rota }))
    }

    /// The rows of the file `path`, each once. Ids count from 1. The file is
    /// read as the rows are needed, and may be larger than memory.
    ///
    /// # Errors
    /// If the file cannot be read, or its first row is not one.
    pub fn once(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut rows = F::open(path)?;
        let mut first = Vec::new();
        let ahead = rows.next(&mut first)?.map(|place| (first, place));
        let stream = Stream { rows, ahead, given: 0 };
        Ok(Self::of(path, Items::Once(Mutex::new(stream))))
    }

    fn of(path: &Path, items: Items) -> Self {
        Self { path: path.to_owned(), items, read: Ok, explain: |_| None, format: PhantomData }
    }

    /// The same rows, each read as a `T`: a struct by the names of its fields,
    /// a tuple in order.
    ///
    /// # Errors
    /// If a row is not a `T`; says where, what was expected and what was found.
    /// All rows of a recyclable pool are looked at, and the first of one that
    /// is read as it goes; a later one fails the pool when it is reached.
    ///
    /// ```
    /// # use mite_core::pool::CsvDataPool;
    /// let path = std::env::temp_dir().join("mite-doc-typed.csv");
    /// std::fs::write(&path, "name,age\nbob,40\nann,old\n").unwrap();
    /// let error = CsvDataPool::recyclable(&path).unwrap().typed::<(String, u8)>().err().unwrap();
    /// assert!(error.text().ends_with("line 3, column 2 (`age`): expected u8, found \"old\""));
    /// # std::fs::remove_file(path).unwrap();
    /// ```
    pub fn typed<T: Serialize + DeserializeOwned + Send + 'static>(
        self,
    ) -> Result<FileDataPool<F, T>> {
        let typed = FileDataPool {
            path: self.path,
            items: self.items,
            read: |row| row.read(),
            explain: |text| {
                let error = serde_json::from_str::<T>(text).err()?;
                let why = error.to_string();
                let at = format!(" at line {} column {}", error.line(), error.column());
                Some((error.column(), why.strip_suffix(&at).unwrap_or(&why).to_owned()))
            },
            format: PhantomData,
        };
        typed.each_known(&mut |row| (typed.read)(row).map(drop))?;
        Ok(typed)
    }
}

impl<F: Format, T> FileDataPool<F, T> {
    /// Shows the rows that are known before load to `check`.
    fn each_known<E: fmt::Display>(
        &self,
        check: &mut dyn FnMut(Row) -> std::result::Result<(), E>,
    ) -> Result {
        match &self.items {
            Items::Recyclable { rows, header, .. } => {
                for (n, row) in rows.iter().enumerate() {
                    check(Row::with_header(row.to_vec(), header.clone()))
                        .map_err(|e| self.misfit(n as u64, &e))?;
                }
            }
            Items::Once(stream) => {
                let stream = stream.lock().unwrap_or_else(|e| e.into_inner());
                if let Some((row, _)) = &stream.ahead {
                    check(Row::with_header(row.clone(), stream.rows.header()))
                        .map_err(|e| self.misfit(0, &e))?;
                }
            }
        }
        Ok(())
    }

    /// The error of row `n`, counted from 0. Only now does its place matter: the
    /// file is read again up to it.
    fn misfit(&self, n: u64, why: &dyn fmt::Display) -> Error {
        let path = self.path.display();
        let again = || {
            let mut reader = F::open(&self.path).ok()?;
            let mut row = Vec::new();
            let mut place = None;
            for _ in 0..=n {
                row.clear();
                place = Some(reader.next(&mut row).ok()??);
            }
            Some((place?, reader.text().and_then(self.explain)))
        };
        Error::new(match again() {
            Some((place, Some((column, why)))) => {
                format!("{path}, {place}, column {column}: {why}")
            }
            Some((place, None)) => format!("{path}, {place}, {why}"),
            None => format!("{path}, row {}, {why}", n + 1),
        })
    }
}

fn warn(skipped: Option<String>) {
    if let Some(what) = skipped {
        eprintln!("warning: {what}");
    }
}

#[async_trait]
impl<F: Format, T: Serialize + Send + 'static> DataPool for FileDataPool<F, T> {
    type Item = T;

    async fn checkout(&self, _config: &Config) -> Result<Checkout<T>> {
        let (id, number, row) = match &self.items {
            Items::Recyclable { rows, header, rota } => {
                let item = rota.lock().unwrap_or_else(|e| e.into_inner()).take();
                let Some(item) = item else { return Ok(Checkout::Later) };
                let row = Row::with_header(rows.get(item).to_vec(), header.clone());
                (item.into(), item.into(), row)
            }
            Items::Once(stream) => {
                let mut stream = stream.lock().unwrap_or_else(|e| e.into_inner());
                let Some(row) = stream.next()? else { return Ok(Checkout::Exhausted) };
                (stream.given, stream.given - 1, row)
            }
        };
        match (self.read)(row) {
            Ok(item) => Ok(Checkout::Item(id, item)),
            Err(why) => Err(self.misfit(number, &why)),
        }
    }

    async fn checkin(&self, id: ItemId) {
        if let Items::Recyclable { rota, .. } = &self.items {
            rota.lock().unwrap_or_else(|e| e.into_inner()).put_back(id);
        }
    }

    fn kind(&self) -> PoolKind {
        match self.items {
            Items::Recyclable { .. } => PoolKind::Recyclable,
            Items::Once(_) => PoolKind::Once,
        }
    }

    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        self.each_known(&mut |row| check(&row).map_err(|e| e.text().to_owned()))
    }
}

impl Stream {
    fn next(&mut self) -> Result<Option<Row>> {
        let mut row = Vec::new();
        match self.ahead.take() {
            Some((first, _)) => row = first,
            None => {
                if self.rows.next(&mut row)?.is_none() {
                    warn(self.rows.skipped());
                    return Ok(None);
                }
            }
        }
        self.given += 1;
        Ok(Some(Row::with_header(row, self.rows.header())))
    }
}
