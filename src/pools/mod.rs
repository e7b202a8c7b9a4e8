//! Pools of what other systems hold; each is a feature of its own.

mod feed;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "sql")]
mod sql;

#[cfg(feature = "s3")]
pub use s3::{S3DataPool, S3Objects};
#[cfg(feature = "sql")]
pub use sql::{SqlDataPool, SqlQuery};
