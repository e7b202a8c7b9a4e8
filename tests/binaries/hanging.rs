//! Code of the test's own that does not answer, for the tests of the command line.

use std::sync::atomic::{AtomicU64, Ordering};

use mite::prelude::*;

#[journey]
async fn fine(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    Ok(())
}

#[journey]
async fn buy(ctx: &Context, _account: u64) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    Ok(())
}

/// A volume of two whose model blocks its thread at the third second.
fn blocking(time: Duration) -> impl VolumeModel {
    volume_fn(move |start, _| {
        if start >= secs(2) {
            std::thread::sleep(time);
        }
        2
    })
}

/// What an item of [`Accounts`] waits for.
#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    /// The eleventh check-out and all later ones never answer.
    Checkout,
    /// They block their thread besides.
    BlockedCheckout,
    /// Check-ins never answer.
    Checkin,
    BlockedCheckin,
    None,
}

struct Accounts(Trouble, AtomicU64);

fn accounts(trouble: Trouble) -> Accounts {
    Accounts(trouble, AtomicU64::new(0))
}

fn block() -> ! {
    loop {
        std::thread::sleep(secs(1));
    }
}

#[async_trait]
impl DataPool for Accounts {
    type Item = (u64,);

    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<(u64,)>> {
        let n = self.1.fetch_add(1, Ordering::Relaxed);
        match self.0 {
            Trouble::Checkout if n >= 10 => std::future::pending().await,
            Trouble::BlockedCheckout if n >= 10 => block(),
            _ => Ok(Checkout::Item(n, (n,))),
        }
    }

    async fn checkin(&self, _id: ItemId) {
        match self.0 {
            Trouble::Checkin => std::future::pending().await,
            Trouble::BlockedCheckin => block(),
            _ => {}
        }
    }
}

/// A pool whose function has started something that blocks its thread.
#[datapool]
async fn spawning() -> Accounts {
    tokio::spawn(async { block() });
    accounts(Trouble::None)
}

/// Never comes back from the first message that it is given.
struct Stuck;

impl MessageProcessor for Stuck {
    fn process(&mut self, _message: &mite::Message) -> mite::Result {
        block()
    }
}

#[processor]
fn stuck() -> impl MessageProcessor {
    Stuck
}

/// Takes every message, says how many transactions there were, and never ends.
struct Endless(u64);

impl MessageProcessor for Endless {
    fn process(&mut self, message: &mite::Message) -> mite::Result {
        self.0 += u64::from(message.kind() == "txn");
        Ok(())
    }
    fn finish(&mut self) -> mite::Result {
        println!("saw {} transactions", self.0);
        block()
    }
}

#[processor]
fn endless() -> impl MessageProcessor {
    Endless(0)
}

macro_rules! scenarios {
    ($($name:ident: $journey:ident, $pool:expr, $volume:expr;)*) => { $(
        /// Beside a line that does nothing wrong.
        #[scenario]
        fn $name() -> Scenario {
            Scenario::builder().run(fine, NoData, 3).run($journey, $pool, $volume).build()
        }
    )* };
}

scenarios! {
    slow_model: fine, NoData, blocking(secs(20));
    late_model: fine, NoData, blocking(secs(1.5));
    hanging_model: fine, NoData, blocking(Duration::MAX);
    panicking_model: fine, NoData, volume_fn(|start, _| if start < secs(2) { 2 } else { panic!("no idea") });
    silent_model: fine, NoData, volume_fn(|_, _| -> u8 { block() });
    checkout: buy, accounts(Trouble::Checkout), 2;
    blocked_checkout: buy, accounts(Trouble::BlockedCheckout), 2;
    checkin: buy, accounts(Trouble::Checkin), 2;
    blocked_checkin: buy, accounts(Trouble::BlockedCheckin), 2;
    spawned: buy, spawning, 2;
    healthy: buy, accounts(Trouble::None), 2;
}

mite::main!();
