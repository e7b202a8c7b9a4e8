//! Rows: of files, of queries, and how they become the arguments of journeys.

pub(crate) mod arguments;
mod cells;
mod csv;
mod csv_records;
pub(crate) mod decode;
mod file_pool;
pub(crate) mod item;
mod json_lines;
mod msgpack;
mod packed;
mod reader;
pub(crate) mod row;
mod row_pool;

pub use arguments::Arguments;
pub use file_pool::{
    Csv, CsvDataPool, FileDataPool, JsonLines, JsonLinesDataPool, Msgpack, MsgpackDataPool,
};
pub use row::Row;
pub use row_pool::RowPool;
