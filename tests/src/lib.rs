//! What the tests of mite share: where things are, programs of this build, directories of
//! their own, and servers.

mod command;
mod nginx;
mod place;
mod recording;
mod scratch;
mod server;

pub use command::{command, without_options};
pub use nginx::{Nginx, Requests, nginx};
pub use place::{example, root, target};
pub use recording::{Recording, Sent};
pub use scratch::Scratch;
pub use server::{Server, free_port, get, serve, until};

/// Scenarios of one line each: `name: journey, pool, volume;`.
#[macro_export]
macro_rules! scenarios {
    ($($name:ident: $journey:ident, $pool:expr, $volume:expr;)*) => { $(
        #[scenario]
        fn $name() -> Scenario {
            Scenario::builder().run($journey, $pool, $volume).build()
        }
    )* };
}
