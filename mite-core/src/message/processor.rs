//! What users attach to see every message of a run.

use crate::error::Result;
use crate::message::{Message, MessageRef};

/// Gets every message of a run, decoded.
///
/// ```
/// use mite::prelude::*;
/// use mite::Message;
///
/// /// Counts slow transactions.
/// #[derive(Default)]
/// struct SlowOnes(u64);
///
/// impl MessageProcessor for SlowOnes {
///     fn process(&mut self, message: &Message) -> mite::Result {
///         if message.kind() == "http_metrics" && message.get("total_time").unwrap_or(0.0) > 1.0 {
///             self.0 += 1;
///         }
///         Ok(())
///     }
///     fn finish(&mut self) -> mite::Result {
///         println!("{} slow ones", self.0);
///         Ok(())
///     }
/// }
/// ```
#[doc(alias("listener", "event_hook"))]
pub trait MessageProcessor: Send {
    /// Takes one message, on a thread of the processor's own. An `Err` is counted,
    /// shown, and fails the run, which goes on, as the other processors do. After a
    /// panic there are no more. One that hangs is named after 5 s. Messages that one is
    /// too slow for (64 MB may wait, and at the end the journeys' `--graceful-stop` or
    /// ten seconds are left) are lost to it, counted, shown, and fail the run.
    fn process(&mut self, message: &Message) -> Result;

    /// Called once, after the last message.
    fn finish(&mut self) -> Result {
        Ok(())
    }
}

/// Gets every message of a run as it is encoded: one msgpack map each.
pub trait RawMessageProcessor: Send {
    /// Takes one message.
    fn process(&mut self, message: &[u8]) -> Result;

    /// Called once, after the last message.
    fn finish(&mut self) -> Result {
        Ok(())
    }
}

/// A processor of either kind.
pub enum Processor {
    /// Gets messages decoded.
    Decoded(Box<dyn MessageProcessor>),
    /// Gets messages as bytes.
    Raw(Box<dyn RawMessageProcessor>),
}

/// What a `#[processor]` function may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message processor",
    note = "implement `MessageProcessor` (gets `&Message`) or `RawMessageProcessor` (gets `&[u8]`), or return a `mite::Result` of one"
)]
pub trait IntoProcessor<M> {
    /// The processor, or why there is none.
    fn into_processor(self) -> Result<Processor>;
}

#[doc(hidden)]
pub struct Decoded;
#[doc(hidden)]
pub struct Raw;
#[doc(hidden)]
pub struct Fallible<M>(M);

impl<P: MessageProcessor + 'static> IntoProcessor<Decoded> for P {
    fn into_processor(self) -> Result<Processor> {
        Ok(Processor::Decoded(Box::new(self)))
    }
}

impl<P: RawMessageProcessor + 'static> IntoProcessor<Raw> for P {
    fn into_processor(self) -> Result<Processor> {
        Ok(Processor::Raw(Box::new(self)))
    }
}

impl<P: IntoProcessor<M>, M> IntoProcessor<Fallible<M>> for Result<P> {
    fn into_processor(self) -> Result<Processor> {
        self?.into_processor()
    }
}

impl Processor {
    /// Hands it one message. One that wants bytes gets them where they lie.
    pub fn process(&mut self, message: MessageRef<'_>) -> Result {
        match self {
            Self::Decoded(p) => p.process(&message.to_message()),
            Self::Raw(p) => p.process(message.bytes()),
        }
    }

    /// Tells it that there are no more.
    pub fn finish(&mut self) -> Result {
        match self {
            Self::Decoded(p) => p.finish(),
            Self::Raw(p) => p.finish(),
        }
    }
}
