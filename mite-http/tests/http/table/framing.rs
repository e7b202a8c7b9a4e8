//! Heads, lengths, chunks, encodings.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::row::{Gives, Row, answer, body, ok, raw, row};

const CHUNKED: &str = "Transfer-Encoding: chunked\n";
/// Where servers and proxies disagree, a part of a body passes for a response.
const SAFE: &str = "response smuggling: who reads it otherwise sees other responses";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

/// "hello" in a frame of one block that is not compressed.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello";

fn one_chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n0\r\n\r\n"].concat()
}

/// With these transfer codings.
fn coded(codings: &str, bytes: &[u8]) -> [Vec<u8>; 1] {
    [raw("200 OK", format!("Transfer-Encoding: {codings}\n"), bytes)]
}

fn fails(part: &'static str) -> Gives {
    Gives::Fails(part)
}

#[rustfmt::skip] // A row is a line.
pub(super) fn rows() -> Vec<Row> {
    let gz = || gzip(b"hello");
    let hello = || body("hello");
    let plus = |more: &[u8]| [&gz()[..], more].concat();
    let chunks = |bytes: &str| [raw("200 OK", CHUNKED, bytes)];
    vec![
        // Encodings.
        row("two gzips on two lines", [ok("Content-Encoding: gzip\nContent-Encoding: gzip\n", gzip(&gz()))], hello()),
        row("deflate and gzip on one line", [ok("Content-Encoding: deflate, gzip\n", gzip(&zlib(b"hello")))], hello()),
        row("identity on a line before gzip", [ok("Content-Encoding: identity\nContent-Encoding: gzip\n", gz())], hello()),
        row("gzip, identity", [ok("Content-Encoding: gzip, identity\n", gz())], hello()),
        row("an empty item among codings", [ok("Content-Encoding: , gzip,\n", gz())], hello()),
        row("gzip with capitals", [ok("content-encoding:GZip\n", gz())], hello()),
        row("an encoding without a body", [ok("Content-Encoding: gzip\n", "")], body("")),
        row("zeros behind gzip", [ok("Content-Encoding: gzip\n", plus(&[0; 100]))], hello()).curl(fails("(23)"), "gzip itself ignores them; servers that fill up blocks send them"),
        row("something else behind gzip", [ok("Content-Encoding: gzip\n", plus(b"garbage"))], fails("not the gzip that its header says")),
        row("two members of gzip", [ok("Content-Encoding: gzip\n", plus(&gz()))], body("hellohello")).curl(fails("(23)"), "RFC 1952: the members are one file"),
        row("gzip that is cut", [ok("Content-Encoding: gzip\n", &gz()[..15])], fails("answered 200; the body is not the gzip that its header says")).curl(body("hell"), "half a body is none"),
        row("gzip with a wrong sum", [ok("Content-Encoding: gzip\n", [&gz()[..17], &[1; 8][..]].concat())], fails("not the gzip")),
        row("deflate with its wrapper", [ok("Content-Encoding: deflate\n", zlib(b"hello"))], hello()),
        row("deflate without its wrapper", [ok("Content-Encoding: deflate\n", bare_deflate(b"hello"))], hello()),
        row("zstd", [ok("Content-Encoding: zstd\n", ZSTD)], hello()),
        row("a frame of zstd to be skipped", [ok("Content-Encoding: zstd\n", [b"\x51\x2a\x4d\x18\x02\0\0\0xx", ZSTD].concat())], hello()),
        row("an encoding that nobody offered", [ok("Content-Encoding: lzma\n", "x")], body("x")).curl(fails("(61)"), "the body is given as it came, with its header"),
        // Lengths.
        row("a length with a thousand zeros", [raw("200 OK", format!("Content-Length: {}5\n", "0".repeat(1000)), "hello")], hello()),
        row("the same length twice", [raw("200 OK", "Content-Length: 5\nContent-Length: 5\n", "hello")], hello()),
        row("the same length twice on a line", [raw("200 OK", "Content-Length: 5, 5\n", "hello")], hello()),
        row("two lengths", [raw("200 OK", "Content-Length: 5\nContent-Length: 6\n", "hello!")], fails("two different Content-Length: `Content-Length: 5` and `Content-Length: 6`")).curl(Gives::Body(200, b"hello!".to_vec()), SAFE),
        row("a length with a plus", [raw("200 OK", "Content-Length: +5\n", "hello")], fails("no number of bytes: `Content-Length: +5`")).curl(hello(), SAFE),
        row("a length with something behind it", [raw("200 OK", "Content-Length: 5;x\n", "hello")], fails("no number of bytes: `Content-Length: 5;x`")).curl(hello(), SAFE),
        row("a length below zero", [raw("200 OK", "Content-Length: -5\n", "hello")], fails("no number of bytes: `Content-Length: -5`")),
        row("an empty length", [raw("200 OK", "Content-Length:\n", "hello")], fails("no number of bytes")),
        row("a length beyond 64 bits", [raw("200 OK", "Content-Length: 99999999999999999999\n", "hello")], fails("no number of bytes")).curl(hello(), SAFE),
        row("a body that is shorter than its length", [raw("200 OK", "Content-Length: 9\n", "hello")], fails("cut short")),
        row("no length", [raw("200 OK", "", "hello")], hello()),
        row("204 with a length and a body", [raw("204 No Content", "Content-Length: 5\n", "hello")], Gives::Body(204, vec![])),
        row("205 with a body", [answer("205 Reset Content", "", "hello")], Gives::Body(205, b"hello".to_vec())),
        row("the head of a body that was not asked for", [raw("200 OK", "Content-Length: 5\n", "")], body("")).method("HEAD", "").with(&[], &["--head", "--no-include"]),
        // Transfer-Encoding.
        row("chunked and a length", [raw("200 OK", "Transfer-Encoding: chunked\nContent-Length: 5\n", "5\r\nhello\r\n0\r\n\r\n")], fails("`Transfer-Encoding: chunked` and `Content-Length: 5`")).curl(hello(), "RFC 9112, section 6.3: it ought to be handled as an error"),
        row("identity and a length", [raw("200 OK", "Transfer-Encoding: identity\nContent-Length: 5\n", "hello")], fails("`Transfer-Encoding: identity` and `Content-Length: 5`")).curl(hello(), "identity is no transfer coding since RFC 7230"),
        row("chunked and an empty line of Transfer-Encoding", [raw("200 OK", "Transfer-Encoding: chunked\nTransfer-Encoding:\n", "5\r\nhello\r\n0\r\n\r\n")], hello()),
        row("chunks of gzip", coded("gzip, chunked", &one_chunk(&gz())), hello()),
        row("chunks of deflate", coded("deflate, chunked", &one_chunk(&zlib(b"hello"))), hello()),
        row("chunks of gzip on two lines", coded("gzip\nTransfer-Encoding: chunked", &one_chunk(&gz())), hello()),
        row("chunks of gzip of gzip", coded("gzip, x-gzip, chunked", &one_chunk(&gzip(&gz()))), hello()),
        row("chunks of gzip whose content is gzip", coded("gzip, chunked\nContent-Encoding: gzip", &one_chunk(&gzip(&gz()))), hello()),
        row("gzip until the connection closes", coded("gzip", &gz()), hello()),
        row("chunks that are not the gzip that they should be", coded("gzip, chunked", &one_chunk(b"hi")), fails("answered 200; the body is not the gzip that its header says")),
        row("identity, chunked", coded("identity, chunked", &one_chunk(b"hello")), hello()),
        row("chunked, identity", coded("chunked, identity", &one_chunk(b"hello")), hello()),
        row("identity until the connection closes", coded("identity", b"hello"), hello()),
        row("a transfer coding that nobody asked for", coded("lzma, chunked", &one_chunk(b"hi")), fails("nobody asked for: `Transfer-Encoding: lzma, chunked`")),
        row("gzip of chunks", coded("chunked, gzip", &one_chunk(&gz())), fails("chunked is not the last of its transfer codings: `Transfer-Encoding: chunked, gzip`")).curl(hello(), "RFC 9112, section 6.1: chunked comes last"),
        row("chunked, chunked", coded("chunked, chunked", &one_chunk(b"hello")), fails("chunked is not the last of its transfer codings: `Transfer-Encoding: chunked, chunked`")).curl(hello(), "RFC 9112, section 6.1: a body is chunked once"),
        row("the head of a body in a coding that nobody asked for", coded("lzma", b""), body("")).method("HEAD", "").with(&[], &["--head", "--no-include"]),
        row("chunked in HTTP/1.0", [b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"], fails("HTTP/1.0 has no Transfer-Encoding: `Transfer-Encoding: chunked`")).curl(hello(), "RFC 9112, section 6.1: its framing is faulty"),
        row("chunks", chunks("3\r\nhel\r\n2;x=\"y\"\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n"), hello()),
        row("lines of chunks without CR", chunks("5\nhello\n0\n\n"), fails("hexadecimal number: `5\\n`")).curl(hello(), SAFE),
        row("an extension without CR", chunks("5;a\nhello\r\n0\r\n\r\n"), fails("ends without CR: `5;a\\n`")).curl(hello(), SAFE),
        row("a blank before a size", chunks(" 5\r\nhello\r\n0\r\n\r\n"), fails("hexadecimal number: ` `")),
        row("a size with 0x", chunks("0x5\r\nhello\r\n0\r\n\r\n"), fails("hexadecimal number: `0x`")),
        row("a size with many zeros", chunks("00000000000000000000000005\r\nhello\r\n0\r\n\r\n"), hello()).curl(fails("(56)"), "a number may have leading zeros"),
        row("a chunk that is longer than its size", chunks("4\r\nhello\r\n0\r\n\r\n"), fails("longer than its size says: `o`")),
        row("chunks without the last", chunks("5\r\nhello\r\n"), fails("cut short")),
        row("chunks without the last line", chunks("5\r\nhello\r\n0\r\n"), fails("cut short")),
        // Heads.
        row("a line that is folded", [raw("200 OK", "X: a\n b\nContent-Length: 5\n", "hello")], hello()),
        row("a length on a line that is folded", [raw("200 OK", "Content-Length:\n 5\n", "hello")], hello()).curl(fails("(8)"), "RFC 9112, section 5.2: a fold is blanks"),
        row("an encoding on a line that is folded", [raw("200 OK", format!("Content-Encoding:\n\tgzip\nContent-Length: {}\n", gz().len()), gz())], hello()).curl(body(gz()), "RFC 9112, section 5.2: a fold is blanks"),
        row("a first line that is folded", [raw("200 OK", " X: a\nContent-Length: 5\n", "hello")], fails("`X: a`")),
        row("a blank before the colon", [raw("200 OK", "Content-Length : 5\n", "hello")], fails("`Content-Length : 5`")).curl(hello(), SAFE),
        row("a line without a colon", [raw("200 OK", "nothing\nContent-Length: 5\n", "hello")], fails("`nothing`")),
        row("a name with a blank in it", [raw("200 OK", "a b: x\nContent-Length: 5\n", "hello")], fails("`a b: x`")).curl(hello(), SAFE),
        row("a line without a name", [raw("200 OK", ": x\nContent-Length: 5\n", "hello")], fails("`: x`")).curl(hello(), SAFE),
        row("a CR in a value", [raw("200 OK", "X: a\rb\nContent-Length: 5\n", "hello")], fails("`X: a\\rb`")).curl(hello(), SAFE),
        row("a zero byte in a value", [raw("200 OK", "X: a\0b\nContent-Length: 5\n", "hello")], fails("`X: a\\x00b`")),
        row("a control character in a value", [raw("200 OK", "X: a\x01b\nContent-Length: 5\n", "hello")], fails("`X: a\\x01b`")).curl(hello(), "RFC 9110, section 5.5: they are invalid, and dangerous where they are shown"),
        row("lines without CR", [b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"], hello()),
        row("bytes in a value and in the reason", [raw("200 \u{e9}", b"X: \xe9\xff\nContent-Length: 5\n", "hello")], hello()),
        row("no reason", [raw("200", "Content-Length: 5\n", "hello")], hello()),
        row("informational answers first", [[raw("100 Continue", "", ""), raw("103 Early Hints", "Link: x\n", ""), ok("", "hello")].concat()], hello()),
        row("a code of two digits", [answer("20 OK", "", "hello")], fails("it begins with `HTTP/1.1 20 OK`")),
        row("a code below 100", [answer("099 OK", "", "hello")], fails("it begins with `HTTP/1.1 099 OK`")),
        row("a code that has no name", [answer("999 OK", "", "hello")], Gives::Body(999, b"hello".to_vec())),
        row("HTTP/1.2", [b"HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello"], fails("it begins with `HTTP/1.2 200 OK`")),
        row("HTTP/2.0 in the words of HTTP/1", [b"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"], fails("it begins with `HTTP/2.0 200 OK`")).curl(hello(), "it is not HTTP/1.1, whatever it looks like"),
        row("ICY", [b"ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello"], fails("it begins with `ICY 200 OK`")),
        row("HTTP/0.9", [b"hello"], fails("")),
        row("another protocol", [b"SSH-2.0-OpenSSH_9.2\r\n"], fails("it begins with `SSH-2.0-OpenSSH_9.2`")),
        row("an alert of TLS", [b"\x15\x03\x01\0\x02\x02\x46"], fails("is it https:// there?")),
    ]
}
