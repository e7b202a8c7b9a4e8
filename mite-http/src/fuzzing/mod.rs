//! What must be true of every parser of bytes that a server sends, whatever it
//! sends. The targets in fuzz/ call these, and so does a bounded run in the tests.
//! Not public API.
//!
//! The first byte of an input is no part of what is parsed: it chooses how that is
//! cut and what it answers.

mod chunked;
mod content;
mod cookies;
mod events;
mod redirect;
mod response;

pub use chunked::chunked;
pub use content::content;
pub use cookies::cookies;
pub use events::events;
pub use redirect::redirect;
pub use response::response;

/// An input's choice and what is parsed.
fn split(input: &[u8]) -> Option<(u8, &[u8])> {
    input.split_first().map(|(choice, bytes)| (*choice, bytes))
}

/// The ways in which bytes are cut: not at all, into single bytes, and into pieces of
/// a length of the input's choice.
fn cuts(choice: u8, bytes: &[u8]) -> [Vec<&[u8]>; 3] {
    let whole = if bytes.is_empty() { Vec::new() } else { vec![bytes] };
    [whole, bytes.chunks(1).collect(), bytes.chunks(2 + usize::from(choice) % 61).collect()]
}

#[cfg(test)]
#[path = "../../../fuzz/bounded.rs"]
mod bounded;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_the_same_wherever_they_are_cut() {
        bounded::run("http_response", 3000, response);
    }

    #[test]
    fn chunks_are_the_same_wherever_they_are_cut() {
        bounded::run("http_chunked", 6000, chunked);
    }

    #[test]
    fn cookies_stay_with_their_host() {
        bounded::run("http_cookies", 3000, cookies);
    }

    #[test]
    fn redirects_carry_no_secrets_to_another_origin() {
        bounded::run("http_redirect", 3000, redirect);
    }

    #[test]
    fn decoded_content_has_a_limit() {
        bounded::run("http_content", 1500, content);
    }

    #[test]
    fn events_are_the_same_wherever_they_are_cut() {
        bounded::run("http_events", 4000, events);
    }
}
