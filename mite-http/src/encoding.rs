//! How encoded bodies are decoded.

use std::io::{self, Read};

use bytes::Bytes;

use crate::error::{Failure, Kind};
use crate::held::{Limits, Share};

/// The encodings that are offered and decoded.
pub(crate) const ACCEPTED: &str =
    if cfg!(feature = "compression") { "gzip, deflate, br, zstd" } else { "gzip, deflate" };

/// A body that is larger is decoded by a thread of its own, so that it keeps no loop
/// busy; and one that gets larger.
const SMALL: usize = 16 * 1024;
const SMALL_DECODED: u64 = 256 * 1024;

/// Undoes a `Content-Encoding`, the last of its codings first, until one that
/// was not offered. What comes out may have `limit` bytes.
pub(crate) async fn decode(encoding: &[u8], body: Bytes, limits: Limits) -> Result<Bytes, Failure> {
    if body.len() <= SMALL {
        let small = Limits { each: limits.each.min(SMALL_DECODED), ..limits };
        match decode_now(encoding, body.clone(), small) {
            Err(Wrong::TooLarge | Wrong::Window(_)) if limits.each > SMALL_DECODED => {}
            result => return result.map_err(|wrong| wrong.into_failure(limits)),
        }
    }
    let encoding = encoding.to_vec();
    let decoded = tokio::task::spawn_blocking(move || decode_now(&encoding, body, limits));
    match decoded.await {
        Ok(result) => result.map_err(|wrong| wrong.into_failure(limits)),
        Err(error) => Err(Failure::of(Kind::Body, error)),
    }
}

/// Why a body cannot be decoded.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// It has more bytes than may be kept of one.
    TooLarge,
    /// To undo its zstd takes so many bytes, more than may be kept of one.
    Window(u64),
    Other(Failure),
}

impl Wrong {
    pub(crate) fn into_failure(self, limits: Limits) -> Failure {
        match self {
            Self::TooLarge => too_large(limits.each),
            Self::Window(size) => Failure::new(
                Kind::Body,
                format!(
                    "the body is zstd with a window of {size} bytes, more than http_max_body, which is {}",
                    limits.each
                ),
            ),
            Self::Other(failure) => failure,
        }
    }
}

/// The same, at once.
pub(crate) fn decode_now(encoding: &[u8], body: Bytes, limits: Limits) -> Result<Bytes, Wrong> {
    let mut body = body;
    for coding in encoding.rsplit(|b| *b == b',').map(<[u8]>::trim_ascii) {
        if body.is_empty() {
            break;
        }
        let coding = match &*coding.to_ascii_lowercase() {
            // Chunks have been put together when they came.
            b"identity" | b"chunked" | b"" => continue,
            b"gzip" | b"x-gzip" => "gzip",
            b"deflate" => "deflate",
            #[cfg(feature = "compression")]
            b"br" => "br",
            #[cfg(feature = "compression")]
            b"zstd" => "zstd",
            _ => break,
        };
        body = undo(coding, &body, limits)?;
    }
    Ok(body)
}

fn undo(coding: &'static str, body: &[u8], limits: Limits) -> Result<Bytes, Wrong> {
    let expected = (body.len() as u64).saturating_mul(4).min(limits.each).min(STEP);
    let bytes = Vec::with_capacity(expected as usize);
    let mut out = Decoded::new(bytes, limits);
    let result = match coding {
        "gzip" => members(body, &mut out),
        // The standard means zlib by it; some servers send the bare stream.
        "deflate" if is_zlib(body) => out.read(flate2::read::ZlibDecoder::new(body)),
        "deflate" => out.read(flate2::read::DeflateDecoder::new(body)),
        #[cfg(feature = "compression")]
        "br" => out.read(brotli_decompressor::Decompressor::new(body, 4096)),
        #[cfg(feature = "compression")]
        _ => frames(body, &mut out),
        #[cfg(not(feature = "compression"))]
        _ => Err(io::Error::other("the feature `compression` of mite-http is off")),
    };
    if out.is_too_large() {
        return Err(Wrong::TooLarge);
    }
    if let Some(size) = out.window {
        return Err(Wrong::Window(size));
    }
    if let Some(failure) = out.too_much {
        return Err(Wrong::Other(failure));
    }
    match result {
        Ok(()) => Ok(out.share.hold(out.bytes)),
        Err(error) => {
            let cause = format!("the body is not the {coding} that its header says: {error}");
            Err(Wrong::Other(Failure::new(Kind::Body, cause)))
        }
    }
}

/// How often the limits are checked while a body is decoded, in bytes.
const STEP: u64 = 1 << 20;

/// What has been decoded, up to one byte beyond the limit.
struct Decoded {
    bytes: Vec<u8>,
    share: Share,
    limits: Limits,
    /// What is wrong if all bodies together are too large.
    too_much: Option<Failure>,
    /// What its zstd takes, if that is too much.
    window: Option<u64>,
    /// Whether it says itself that it is too large.
    says_too_large: bool,
}

impl Decoded {
    fn new(bytes: Vec<u8>, limits: Limits) -> Self {
        let share = Share::default();
        Self { bytes, share, limits, too_much: None, window: None, says_too_large: false }
    }

    fn read(&mut self, mut from: impl Read) -> io::Result<()> {
        while !self.is_done() {
            let room = self.limits.each.saturating_add(1) - self.bytes.len() as u64;
            let read = (&mut from).take(room.min(STEP)).read_to_end(&mut self.bytes)?;
            if read == 0 {
                break;
            }
            self.too_much = self.share.set(self.bytes.capacity() as u64, self.limits).err();
        }
        Ok(())
    }

    fn is_too_large(&self) -> bool {
        self.says_too_large || self.bytes.len() as u64 > self.limits.each
    }

    /// Whether there may be no more, whatever there is.
    fn is_done(&self) -> bool {
        self.is_too_large() || self.too_much.is_some()
    }
}

/// The members of gzip, one after the other (RFC 1952), and perhaps zero padding.
fn members(mut body: &[u8], out: &mut Decoded) -> io::Result<()> {
    loop {
        out.read(flate2::bufread::GzDecoder::new(&mut body))?;
        if out.is_done() || body.iter().all(|b| *b == 0) {
            return Ok(());
        }
    }
}

/// The frames of zstd, one after the other, and those that are to be skipped
/// (RFC 8878, section 3.1.2).
#[cfg(feature = "compression")]
fn frames(mut body: &[u8], out: &mut Decoded) -> io::Result<()> {
    use ruzstd::decoding::errors::FrameDecoderError;
    use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
    /// The window that every decoder should support (RFC 8878).
    const USUAL_WINDOW: u64 = 8 << 20;

    while !body.is_empty() && !out.is_done() {
        if let Some(([0x50..=0x5f, 0x2a, 0x4d, 0x18], rest)) = body.split_first_chunk() {
            let skipped = rest.split_first_chunk().and_then(|(length, rest)| {
                rest.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..)
            });
            body = skipped.ok_or(io::ErrorKind::UnexpectedEof)?;
            continue;
        }
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(out.limits.each.max(USUAL_WINDOW));
        // A frame that is one segment has the size of its content as its window.
        let is_one_segment = body.get(4).is_some_and(|descriptor| descriptor & 0x20 != 0);
        match StreamingDecoder::new_with_decoder(&mut body, decoder) {
            Ok(frame) => out.read(frame)?,
            Err(FrameDecoderError::WindowSizeTooBig { requested, .. }) => {
                out.says_too_large = is_one_segment;
                out.window = Some(requested);
                return Ok(());
            }
            Err(error) => return Err(io::Error::other(error.to_string())),
        }
    }
    Ok(())
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

    fn up_to(each: u64) -> Limits {
        Limits { each, ..Limits::NONE }
    }

    fn decode(encoding: &[u8], body: Bytes, limit: u64) -> Result<Bytes, Failure> {
        let limits = up_to(limit);
        decode_now(encoding, body, limits).map_err(|wrong| wrong.into_failure(limits))
    }

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
        for list in ["identity, gzip", "gzip, identity", "identity,gzip,,identity", " gzip\t"] {
            assert_eq!(decode(list.as_bytes(), packed.clone(), NONE).unwrap(), TEXT, "{list}");
        }
        let cut = packed.clone().split_to(15);
        assert_eq!(decode(b"gzip", cut, NONE).unwrap_err().kind, Kind::Body);
    }

    #[test]
    fn gzip_may_have_members_and_zeros_behind_it_and_nothing_else() {
        let packed = gzip(TEXT);
        let with = |more: &[u8]| Bytes::from([&packed[..], more].concat());
        assert_eq!(decode(b"gzip", with(&packed), NONE).unwrap(), [TEXT, TEXT].concat());
        assert_eq!(decode(b"gzip", with(&[0; 1000]), NONE).unwrap(), TEXT);
        assert_eq!(decode(b"gzip", with(b"\0"), NONE).unwrap(), TEXT);
        for more in [&b"more"[..], b"\0\0x", &packed[..12]] {
            assert_eq!(decode(b"gzip", with(more), NONE).unwrap_err().kind, Kind::Body);
        }
    }

    #[tokio::test]
    async fn what_is_or_gets_large_is_decoded_by_another_thread() {
        let small = gzip(TEXT);
        assert_eq!(super::decode(b"gzip", small.clone(), up_to(NONE)).await.unwrap(), TEXT);
        // It is small on the wire only.
        let zeros = gzip(&vec![0; 1 << 20]);
        assert!(zeros.len() < SMALL);
        assert_eq!(
            super::decode(b"gzip", zeros.clone(), up_to(NONE)).await.unwrap().len(),
            1 << 20
        );
        let failure = super::decode(b"gzip", zeros.clone(), up_to(1 << 19)).await.unwrap_err();
        assert!(failure.cause.contains("more than 524288 bytes"), "{}", failure.cause);
        let failure = super::decode(b"gzip", zeros, up_to(10)).await.unwrap_err();
        assert!(failure.cause.contains("more than 10 bytes"), "{}", failure.cause);
        let random: Vec<u8> =
            (0..100_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
        let large = gzip(&random);
        assert!(large.len() > SMALL);
        assert_eq!(super::decode(b"gzip", large.clone(), up_to(NONE)).await.unwrap(), random);
        let cut = large.slice(..SMALL + 1);
        assert_eq!(super::decode(b"gzip", cut, up_to(NONE)).await.unwrap_err().kind, Kind::Body);
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
        let skipped = [&b"\x5a\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd].concat();
        let around = [&skipped[..], &skipped[..11]].concat();
        for body in [skipped, around] {
            assert_eq!(decode(b"zstd", body.into(), NONE).unwrap(), TEXT);
        }
        let cut = Bytes::from_static(b"\x50\x2a\x4d\x18\x03\0\0\0ab");
        assert_eq!(decode(b"zstd", cut, NONE).unwrap_err().kind, Kind::Body);
        // Whether one frame is too long, or the second.
        for limit in [5, TEXT.len() as u64 + 5] {
            let failure = decode(b"zstd", [&zstd[..], &zstd].concat().into(), limit).unwrap_err();
            assert!(failure.cause.contains(&format!("more than {limit} bytes")), "{failure:?}");
        }
    }

    #[cfg(feature = "compression")]
    #[tokio::test]
    async fn zstd_that_takes_more_than_the_limit_says_so() {
        // One block that is not compressed.
        let block = b"\x29\0\0hello";
        let windowed =
            |exponent: u8| [&b"\x28\xb5\x2f\xfd\0"[..], &[(exponent - 10) << 3], block].concat();
        let decode = async |body: Vec<u8>, limit| {
            super::decode(b"zstd", body.into(), up_to(limit)).await.map_err(|f| f.cause)
        };
        // A window of 8 MiB may be had in any case, a larger one if a body may be so large.
        assert_eq!(decode(windowed(23), 5).await.unwrap(), "hello");
        assert_eq!(decode(windowed(27), 1 << 27).await.unwrap(), "hello");
        assert_eq!(
            decode(windowed(27), (1 << 27) - 1).await.unwrap_err(),
            "the body is zstd with a window of 134217728 bytes, more than http_max_body, which is 134217727"
        );
        let whole = [&b"\x28\xb5\x2f\xfd\xe0"[..], &(1_u64 << 40).to_le_bytes(), block].concat();
        let cause = decode(whole, 1 << 30).await.unwrap_err();
        assert!(cause.starts_with("the body has more than 1073741824 bytes"), "{cause}");
    }
}
