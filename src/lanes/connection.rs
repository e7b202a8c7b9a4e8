//! What people are told of connections to the server.

use mite_nats::{Connect, Event};

use crate::terminal::log::{self, Level};

/// The same, for a purpose of several, and what happens to it is logged.
pub(crate) fn told(connect: Connect, purpose: &'static str) -> Connect {
    connect.purpose(purpose).observer(tell)
}

/// Says what happens to the connection.
fn tell(purpose: &str, event: &Event) {
    let level = match event {
        Event::Connected | Event::Closed => Level::Debug,
        Event::Waiting(_) => Level::Info,
        // Each failed try of many.
        Event::Failed(_) => Level::Debug,
        Event::Disconnected | Event::SlowConsumer | Event::Refused(_) => Level::Warn,
    };
    match purpose {
        "" => log::log(level, event),
        purpose => log::log(level, format_args!("{event} ({purpose})")),
    }
}
