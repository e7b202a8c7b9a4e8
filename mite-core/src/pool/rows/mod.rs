//! Rows: of files, of queries, and how they become the arguments of journeys.

mod arguments;
mod columns;
mod csv;
mod csv_records;
mod file_pool;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod header;
pub(crate) mod item;
mod json_lines;
mod misfit;
mod msgpack;
mod origin;
mod packed;
mod reader;
mod row;
mod row_pool;

pub use arguments::Arguments;
pub use file_pool::{
    Csv, CsvDataPool, FileDataPool, JsonLines, JsonLinesDataPool, Msgpack, MsgpackDataPool,
};
pub(crate) use item::NO_ARGUMENTS;
pub use row::Row;
pub use row_pool::RowPool;
