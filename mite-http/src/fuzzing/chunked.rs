//! Bodies in chunks.

use super::{cuts, split};
use crate::h1::Chunks;

/// Chunks come apart in the same way wherever they are cut, to no more bytes than
/// came; and what is put into chunks comes out of them.
pub fn chunked(input: &[u8]) {
    let Some((choice, bytes)) = split(input) else { return };
    let [whole, singly, pieces] = cuts(choice, bytes).map(|cut| decoded(&cut));
    assert_eq!(singly, whole, "byte by byte");
    assert_eq!(pieces, whole, "in pieces");
    if let Ok((data, taken, _)) = &whole {
        assert!(data.len() <= *taken && *taken <= bytes.len());
    }

    let mut encoded = Vec::new();
    for chunk in bytes.chunks(1 + usize::from(choice)) {
        encoded.extend_from_slice(format!("{:X} ;x=\"y\"\r\n", chunk.len()).as_bytes());
        encoded.extend_from_slice(chunk);
        encoded.extend_from_slice(b"\r\n");
    }
    encoded.extend_from_slice(b"0\r\nt: 1\r\n\r\n");
    let length = encoded.len();
    encoded.extend_from_slice(b"HTTP/1.1");
    for cut in cuts(choice, &encoded) {
        assert_eq!(decoded(&cut), Ok((bytes.to_vec(), length, true)));
    }
}

/// The data, how many bytes were taken, and whether that was all.
fn decoded(pieces: &[&[u8]]) -> Result<(Vec<u8>, usize, bool), &'static str> {
    let (mut chunks, mut data, mut taken) = (Chunks::new(), Vec::new(), 0);
    for piece in pieces {
        taken += chunks.decode(piece, &mut data)?;
    }
    Ok((data, taken, chunks.is_done()))
}
