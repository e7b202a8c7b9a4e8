//! For authors of protocols and outputs: what a crate needs to attach its state to the
//! context, to have its requests counted, and to send and to get messages.
//!
//! Users of mite depend on the facade crate `mite`. A crate that adds a protocol
//! depends on this one, and should name only what is here and what the facade shows;
//! everything else may change at any time.
//!
//! # A protocol
//!
//! A protocol is an *extension trait* on [`Context`]: a method such as `ctx.ping(…)`,
//! which the journeys' authors import. It does three things.
//!
//! - **It keeps its state** in [extensions](Context::extension): one value of a type for
//!   an execution of a journey (a session), or for a [runner](Context::runner_extension)
//!   (connections, a dialer). Nothing of it is shared between runners, so nothing of it
//!   waits for a lock. What must be closed has an [end](Context::extension_with_end).
//! - **It counts every attempt** with [`Context::exchange`], whatever became of it: also
//!   one that is dropped because its journey is cancelled, which is what a value with a
//!   destructor is for. An attempt that is not counted is a lie about the load. At its
//!   start it takes a [`Begun`] from [`Context::begin`], which knows when the attempt was
//!   meant to start, and whether it belongs to the warm-up.
//! - **It tells of every attempt** with a message, whose fields it writes in the same
//!   call. They are written only if somebody listens, into a buffer of the thread, so
//!   that they cost nothing otherwise.
//!
//! While somebody looks on, it [keeps each exchange in full](Context::note_exchange): a
//! [`Transcript`].
//!
//! Around whatever waits for the world outside it [holds the clock](Context::hold_clock):
//! in a test on virtual time the clock would jump over the wait.
//!
//! A whole protocol, a ping of one line over TCP:
//!
//! ```
#![doc = include_str!("../examples/ping.rs")]
//! ```
//!
//! # An output, a listener
//!
//! Who wants messages of a run implements [`MessageProcessor`], or
//! [`RawMessageProcessor`] for the bytes of each message, and hands it on by a
//! `#[processor]` function. What is inside a process is a [`Tap`] for an [`Interest`],
//! whose far end, the [`Feed`], gives [batches](Batch) of messages.

pub use crate::clock::ClockHold;
pub use crate::config::Config;
pub use crate::error::{Error, OrError, Result};
pub use crate::journey::{Begun, Context, Host, Lanes, Onlooker, Transcript};
pub use crate::label::Label;
pub use crate::message::{
    Batch, Feed, Identity, Interest, Message, MessageProcessor, MessageRef, RawMessageProcessor,
    Tap, Writer,
};
pub use crate::msgpack::Fields;
pub use crate::msgpack::put::{Key, Plain};
pub use crate::span::{Exception, Span, SpanIdentity, SpanKind, SpanValue, Spans, TraceSampling};
pub use crate::stats::{Exchange, Outcome, Phases, Took, tagged};
pub use crate::{bail, ensure, fields, key, put_floats};
