//! How encoded bodies are decoded.

use std::io::Read;

use bytes::Bytes;

use crate::error::{Failure, Kind};

/// The encodings that are offered and decoded.
pub(crate) const ACCEPTED: &str =
    if cfg!(feature = "compression") { "gzip, deflate, br, zstd" } else { "gzip, deflate" };

/// Undoes a `Content-Encoding`, the last of its codings first, until one that
/// was not offered. What comes out may have `limit` bytes.
pub(crate) fn decode(encoding: &[u8], body: Bytes, limit: u64) -> Result<Bytes, Failure> {
    let mut body = body;
    for coding in encoding.rsplit(|b| *b == b',').map(<[u8]>::trim_ascii) {
        if body.is_empty() {
            break;
        }
        let coding = match &*coding.to_ascii_lowercase() {
            b"identity" | b"" => continue,
            b"gzip" | b"x-gzip" => "gzip",
            b"deflate" => "deflate",
            #[cfg(feature = "compression")]
            b"br" => "br",
            #[cfg(feature = "compression")]
            b"zstd" => "zstd",
            _ => break,
        };
        body = undo(coding, &body, limit)?;
    }
    Ok(body)
}

fn undo(coding: &'static str, body: &[u8], limit: u64) -> Result<Bytes, Failure> {
    let broken = |error: &dyn std::fmt::Display| {
        let cause = format!("the body is not the {coding} that its header says: {error}");
        Failure::new(Kind::Body, cause)
    };
    let mut decoded = Vec::with_capacity(body.len().saturating_mul(4).min(limit as usize));
    let result = match coding {
        "gzip" => read(flate2::read::MultiGzDecoder::new(body), limit, &mut decoded),
        // The standard means zlib by it; some servers send the bare stream.
        "deflate" if is_zlib(body) => {
            read(flate2::read::ZlibDecoder::new(body), limit, &mut decoded)
        }
        "deflate" => read(flate2::read::DeflateDecoder::new(body), limit, &mut decoded),
        #[cfg(feature = "compression")]
        "br" => read(brotli_decompressor::Decompressor::new(body, 4096), limit, &mut decoded),
        #[cfg(feature = "compression")]
        _ => {
            let mut rest = body;
            let mut result = Ok(());
            // A body may be several frames, one after the other.
            while !rest.is_empty() && result.is_ok() {
                result = match ruzstd::decoding::StreamingDecoder::new(&mut rest) {
                    Ok(frame) => read(frame, limit, &mut decoded),
                    Err(error) => return Err(broken(&error)),
                };
            }
            result
        }
        #[cfg(not(feature = "compression"))]
        _ => return Err(broken(&"the feature `compression` of mite-http is off")),
    };
    result.map_err(|error| broken(&error))?;
    if decoded.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(decoded.into())
}

fn read(from: impl Read, limit: u64, into: &mut Vec<u8>) -> std::io::Result<()> {
    let room = limit.saturating_add(1).saturating_sub(into.len() as u64);
    from.take(room).read_to_end(into).map(|_| ())
}

fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0)
}

/// The failure of a body that has more bytes than are kept.
pub(crate) fn too_large(limit: u64) -> Failure {
    let cause = format!(
        "the body has more than {limit} bytes; raise http_max_body, or discard_body() if only its size counts"
    );
    Failure::new(Kind::Body, cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const TEXT: &[u8] = b"hello \0 world";
    const NONE: u64 = u64::MAX;

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn gzip_is_undone_and_broken_gzip_is_an_error() {
        let packed = gzip(TEXT);
        assert_eq!(decode(b"GZIP", packed.clone(), NONE).unwrap(), TEXT);
        assert_eq!(decode(b"lzma", packed.clone(), NONE).unwrap(), packed);
        assert_eq!(decode(b"gzip", Bytes::new(), NONE).unwrap(), Bytes::new());
        assert_eq!(decode(b"gzip, gzip", gzip(&packed), NONE).unwrap(), TEXT);
        let cut = packed.clone().split_to(15);
        assert_eq!(decode(b"gzip", cut, NONE).unwrap_err().kind, Kind::Body);
    }

    #[test]
    fn deflate_is_undone_with_and_without_its_wrapper() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(TEXT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
        raw.write_all(TEXT).unwrap();
        for packed in [zlib.finish().unwrap(), raw.finish().unwrap()] {
            assert_eq!(decode(b"deflate", packed.into(), NONE).unwrap(), TEXT);
        }
    }

    #[test]
    fn what_unpacks_to_more_than_the_limit_is_an_error() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 10_000);
        let failure = decode(b"gzip", bomb.clone(), (1 << 20) - 1).unwrap_err();
        assert!(failure.cause.contains("more than 1048575 bytes"), "{}", failure.cause);
        assert_eq!(decode(b"gzip", bomb, 1 << 20).unwrap().len(), 1 << 20);
    }

    #[cfg(feature = "compression")]
    #[test]
    fn zstd_and_br_are_undone_and_broken_ones_are_errors() {
        // Made by `zstd` and by httpbin; "hello, zstd\n" and "hello, br\n" in one frame or two.
        let zstd =
            ruzstd::encoding::compress_to_vec(TEXT, ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(decode(b"zstd", zstd.clone().into(), NONE).unwrap(), TEXT);
        let twice = [zstd.clone(), zstd.clone()].concat();
        assert_eq!(decode(b"zstd", twice.into(), NONE).unwrap(), [TEXT, TEXT].concat());
        for coding in [&b"zstd"[..], b"br"] {
            let broken = Bytes::from_static(b"\xff\xff\xff\xff\xff\xff");
            assert_eq!(decode(coding, broken, NONE).unwrap_err().kind, Kind::Body);
        }
        assert_eq!(decode(b"zstd", zstd.into(), 5).unwrap_err().kind, Kind::Body);
    }
}
