//! Pools of the rows of a file.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::console::console;
use crate::error::{Error, Result};
use crate::pool::rows::csv::CsvRows;
use crate::pool::rows::header::Header;
use crate::pool::rows::json_lines::JsonLinesRows;
use crate::pool::rows::msgpack::MsgpackRows;
use crate::pool::rows::packed::{FreeList, Rows};
use crate::pool::rows::reader::{Place, ReadRows, failed};
use crate::pool::rows::row::{Misfit, Row};
use crate::pool::{Checkout, DataPool, ItemId, PoolKind};

/// A file of msgpack values, one after the other: what the recorder writes.
///
/// A map feeds a journey by the names of its arguments, a list in its order.
/// A last value that is torn, because its writer was killed, is left out.
///
/// ```no_run
/// use mite::prelude::*;
///
/// /// The users that `create:users` recorded, for `signin(ctx, username: String)`.
/// fn users() -> mite::Result<MsgpackDataPool> {
///     MsgpackDataPool::recyclable("recorder_data/users.msgpack")
/// }
/// ```
pub type MsgpackDataPool<T = Row> = FileDataPool<Msgpack, T>;

/// A file of comma-separated values whose first line names the columns.
///
/// A column feeds the journey's argument of its name, and reads as its type; an
/// empty cell of what may be missing, an `Option`, is `None`.
///
/// ```no_run
/// use mite::prelude::*;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { name: String, age: u8 }
///
/// /// Each line once; the file may be larger than memory.
/// fn users() -> mite::Result<CsvDataPool<User>> {
///     CsvDataPool::once("users.csv")?.typed()
/// }
/// ```
pub type CsvDataPool<T = Row> = FileDataPool<Csv, T>;

/// A file with one JSON value a line.
///
/// An object feeds a journey by the names of its arguments, a list in its order.
///
/// ```no_run
/// use mite::prelude::*;
///
/// fn orders() -> mite::Result<JsonLinesDataPool> {
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
    /// The path, as errors show it.
    name: Arc<str>,
    items: Items,
    read: fn(Row) -> Result<T, Box<Misfit>>,
    format: PhantomData<F>,
}

enum Items {
    Recyclable { rows: Rows, header: Option<Arc<Header>>, free: Mutex<FreeList> },
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
        warn(reader.skipped());
        if rows.len() == 0 {
            return Err(no_rows(path));
        }
        rows.shrink();
        let free = Mutex::new(FreeList::new(rows.len()));
        Ok(Self::of(path, Items::Recyclable { rows, header: reader.header(), free }))
    }

    /// The rows of the file `path`, each once. Ids count from 1. The file is
    /// read as the rows are needed, and may be larger than memory.
    ///
    /// # Errors
    /// If the file cannot be read, has no rows, or its first row is not one. A
    /// later one that is not ends the journeys once those before it are used.
    pub fn once(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut rows = F::open(path)?;
        let mut first = Vec::new();
        let Some(place) = rows.next(&mut first)? else {
            warn(rows.skipped());
            return Err(no_rows(path));
        };
        let stream = Stream { rows, ahead: Some((first, place)), given: 0 };
        Ok(Self::of(path, Items::Once(Mutex::new(stream))))
    }

    fn of(path: &Path, items: Items) -> Self {
        Self {
            path: path.to_owned(),
            name: path.display().to_string().into(),
            items,
            read: Ok,
            format: PhantomData,
        }
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
    /// # use mite::prelude::*;
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
            name: self.name,
            items: self.items,
            read: Row::read,
            format: PhantomData,
        };
        match &typed.items {
            Items::Recyclable { rows, header, .. } => {
                for (row, number) in rows.iter().zip(0..) {
                    let row = Row::with_header(row.to_vec(), header.clone());
                    (typed.read)(row).map_err(|why| typed.misfit(number, &why))?;
                }
            }
            Items::Once(stream) => {
                let stream = stream.lock().unwrap_or_else(|e| e.into_inner());
                if let Some((row, place)) = &stream.ahead {
                    let row = Row::with_header(row.clone(), stream.rows.header());
                    (typed.read)(row).map_err(|why| typed.misfit_at(*place, &why))?;
                }
            }
        }
        Ok(typed)
    }
}

impl<F: Format, T> FileDataPool<F, T> {
    /// Where row `n` is, counted from 0. Only an error makes that matter: the file
    /// is read again up to it.
    fn locate(&self, n: u64) -> Place {
        self.find(n).unwrap_or(Place::Row(n + 1))
    }

    fn find(&self, n: u64) -> Option<Place> {
        // What is not kept, such as a pipe, cannot be read again.
        if !std::fs::metadata(&self.path).ok()?.is_file() {
            return None;
        }
        let mut reader = F::open(&self.path).ok()?;
        let mut row = Vec::new();
        for _ in 0..n {
            reader.next(&mut row).ok()??;
            row.clear();
        }
        reader.next(&mut row).ok()?
    }

    /// Rows of the file, up to the first that is none. It is read from its beginning, and
    /// what is not kept, such as a pipe, cannot be read twice.
    fn count(&self) -> Option<u64> {
        if !std::fs::metadata(&self.path).ok()?.is_file() {
            return None;
        }
        let mut reader = F::open(&self.path).ok()?;
        let (mut rows, mut row) = (0, Vec::new());
        while let Ok(Some(_)) = reader.next(&mut row) {
            rows += 1;
            row.clear();
        }
        Some(rows)
    }

    /// The error of row `n`, counted from 0.
    fn misfit(&self, n: u64, why: &Misfit) -> Error {
        self.misfit_at(self.locate(n), why)
    }

    fn misfit_at(&self, place: Place, why: &Misfit) -> Error {
        let mut text = format!(", {place}, {why}");
        if let Place::Value(..) = place {
            text.push_str(&format!(", in {}", why.row.shown()));
        }
        failed(&self.name, place.line().unwrap_or(0), text)
    }
}

fn no_rows(path: &Path) -> Error {
    Error::new(format!("{} has no rows; a data pool needs one at least", path.display()))
}

fn warn(skipped: Option<String>) {
    if let Some(what) = skipped {
        console().warn(&what);
    }
}

#[async_trait]
impl<F: Format, T: Serialize + Send + 'static> DataPool for FileDataPool<F, T> {
    type Item = T;

    async fn checkout(&self, _config: &Config) -> Result<Checkout<T>> {
        match &self.items {
            Items::Recyclable { rows, header, free } => {
                let item = free.lock().unwrap_or_else(|e| e.into_inner()).take();
                let Some(item) = item else { return Ok(Checkout::Later) };
                let row = Row::with_header(rows.get(item).to_vec(), header.clone());
                (self.read)(row)
                    .map(|row| Checkout::Item(item.into(), row))
                    .map_err(|why| self.misfit(item.into(), &why))
            }
            Items::Once(stream) => {
                let mut stream = stream.lock().unwrap_or_else(|e| e.into_inner());
                let Some((row, place)) = stream.next()? else { return Ok(Checkout::Exhausted) };
                let row = Row::with_header(row, stream.rows.header()).placed(&self.name, place);
                (self.read)(row)
                    .map(|row| Checkout::Item(stream.given, row))
                    .map_err(|why| self.misfit_at(place, &why))
            }
        }
    }

    async fn checkin(&self, id: ItemId) {
        if let Items::Recyclable { free, .. } = &self.items {
            free.lock().unwrap_or_else(|e| e.into_inner()).put_back(id);
        }
    }

    fn kind(&self) -> PoolKind {
        match self.items {
            Items::Recyclable { .. } => PoolKind::Recyclable,
            Items::Once(_) => PoolKind::Once,
        }
    }

    fn source(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    fn size(&self) -> Option<u64> {
        match &self.items {
            Items::Recyclable { rows, .. } => Some(rows.len().into()),
            Items::Once(_) => None,
        }
    }

    fn counted(&self) -> Option<u64> {
        match &self.items {
            Items::Recyclable { rows, .. } => Some(rows.len().into()),
            Items::Once(_) => self.count(),
        }
    }

    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        match &self.items {
            Items::Recyclable { rows, header, .. } => {
                for (row, number) in rows.iter().zip(0..) {
                    let row = Row::with_header(row.to_vec(), header.clone());
                    if check(&row).is_err() {
                        check(&row.placed(&self.name, self.locate(number)))?;
                    }
                }
                Ok(())
            }
            Items::Once(stream) => {
                let stream = stream.lock().unwrap_or_else(|e| e.into_inner());
                stream.ahead.as_ref().map_or(Ok(()), |(row, place)| {
                    let row = Row::with_header(row.clone(), stream.rows.header());
                    check(&row.placed(&self.name, *place))
                })
            }
        }
    }
}

impl Stream {
    fn next(&mut self) -> Result<Option<(Vec<u8>, Place)>> {
        let ahead = self.ahead.take();
        let next = match ahead {
            Some(first) => first,
            None => {
                let mut row = Vec::new();
                let Some(place) = self.rows.next(&mut row)? else {
                    warn(self.rows.skipped());
                    return Ok(None);
                };
                (row, place)
            }
        };
        self.given += 1;
        Ok(Some(next))
    }
}
