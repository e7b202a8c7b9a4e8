//! Which span, of which trace.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

/// Which span, of which trace, and whether that is sampled. Its text is the value of a
/// `traceparent` (W3C Trace Context, version 00).
///
/// ```
/// use mite_core::extend::SpanIdentity;
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let span = SpanIdentity::read(text.as_bytes()).unwrap();
/// assert_eq!((span.span.get(), span.sampled), (0x00f0_67aa_0ba9_02b7, true));
/// assert_eq!(span.to_string(), text);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanIdentity {
    /// The trace.
    pub trace: NonZeroU128,
    /// The span in it.
    pub span: NonZeroU64,
    /// Whether the trace is kept.
    pub sampled: bool,
}

impl SpanIdentity {
    /// One from the value of a `traceparent`; none if that is malformed.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let mut parts = text.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_lower = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let fits = version == "00"
            && parts.next().is_none()
            && (trace.len(), span.len(), flags.len()) == (32, 16, 2)
            && [trace, span, flags].into_iter().all(is_lower);
        if !fits {
            return None;
        }
        Some(Self {
            trace: NonZeroU128::new(u128::from_str_radix(trace, 16).ok()?)?,
            span: NonZeroU64::new(u64::from_str_radix(span, 16).ok()?)?,
            sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        })
    }
}

impl fmt::Display for SpanIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span, sampled } = self;
        write!(f, "00-{trace:032x}-{span:016x}-{:02x}", u8::from(*sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_traceparent_is_none() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for text in [
            String::new(),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("01-{trace}-00f067aa0ba902b7-01"),
            format!("00-{trace}-00f067aa0ba902b7-01-x"),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-+0f067aa0ba902b7-01"),
        ] {
            assert_eq!(SpanIdentity::read(text.as_bytes()), None, "{text}");
        }
        let unsampled = format!("00-{trace}-00f067aa0ba902b7-00");
        let read = SpanIdentity::read(unsampled.as_bytes()).unwrap();
        assert_eq!((read.sampled, read.to_string()), (false, unsampled));
    }
}
