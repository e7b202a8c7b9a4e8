//! Single executions as traces, in OpenTelemetry's words: a span for a journey, for each
//! transaction in it and for each request, of those executions that are sampled.

mod identity;
mod record;
mod spans;

pub use identity::SpanIdentity;
pub use record::{Exception, Span, SpanKind, SpanValue};
pub use spans::{Spans, TraceSampling};
pub(crate) use spans::{TraceNumbers, span_number};
