//! Encoded bodies.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::split;
use crate::encoding;
use crate::error::Kind;
use crate::held::Limits;

const CODINGS: [&str; 7] = ["gzip", "deflate", "br", "zstd", "x-gzip, deflate", "gzip,, gzip", ""];
const LIMIT: u64 = 64 * 1024;

fn up_to(each: u64) -> Limits {
    Limits { each, ..Limits::NONE }
}

/// What a body decodes to has no more bytes than the limit says; and what was encoded
/// decodes to what it was.
pub fn content(input: &[u8]) {
    let Some((choice, bytes)) = split(input) else { return };
    let body = Bytes::copy_from_slice(bytes);
    let coding = CODINGS[usize::from(choice) % CODINGS.len()];
    match encoding::decode_now(coding.as_bytes(), body.clone(), up_to(LIMIT)) {
        Ok(decoded) => assert!(decoded.len() as u64 <= LIMIT.max(body.len() as u64)),
        Err(wrong) => assert_eq!(wrong.into_failure(up_to(LIMIT)).kind, Kind::Body),
    }
    // Whatever a header says, it is taken or left.
    let header = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let _ = encoding::decode_now(header, body.clone(), up_to(LIMIT));

    let undone = |coding: &str, packed: Vec<u8>| {
        let decoded =
            encoding::decode_now(coding.as_bytes(), packed.into(), up_to(body.len() as u64));
        assert_eq!(decoded.unwrap_or_else(|f| panic!("{coding}: {f:?}")), body, "{coding}");
    };
    let level = Compression::new(u32::from(choice) % 10);
    let done = "a Vec takes all";
    let mut gzip = GzEncoder::new(Vec::new(), level);
    gzip.write_all(bytes).expect(done);
    undone("gzip", gzip.finish().expect(done));
    let mut zlib = ZlibEncoder::new(Vec::new(), level);
    zlib.write_all(bytes).expect(done);
    undone("deflate", zlib.finish().expect(done));
    let mut bare = DeflateEncoder::new(Vec::new(), level);
    bare.write_all(bytes).expect(done);
    undone("deflate", bare.finish().expect(done));
    #[cfg(feature = "compression")]
    {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        undone("zstd", ruzstd::encoding::compress_to_vec(bytes, level));
    }
}
