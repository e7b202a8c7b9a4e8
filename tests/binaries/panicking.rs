//! Panics where nobody waits for them, and failures to be looked at.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::OnceLock;

use mite::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Its task panics; it does not look at it.
#[journey]
async fn spawns(ctx: &Context) -> mite::Result {
    tokio::spawn(async { panic!("the task fell over") });
    tokio::task::spawn_local(async { panic!("the local task fell over") });
    tokio::task::spawn_blocking(|| panic!("the blocking task fell over"));
    ctx.sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// Falls over when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("the guard fell over");
    }
}

#[journey]
async fn is_cancelled(_ctx: &Context) -> mite::Result {
    let _guard = Fragile;
    std::future::pending().await
}

#[journey]
async fn panics_twice(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    let _guard = Fragile;
    panic!("the journey fell over");
}

/// A pool whose check-in panics.
struct Gate;

#[async_trait]
impl DataPool for Gate {
    type Item = (u64,);
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(if n < 5 { Checkout::Item(n, (n,)) } else { Checkout::Exhausted })
    }
    async fn checkin(&self, id: ItemId) {
        assert!(id != 2, "the gate is shut");
    }
}

#[journey]
async fn passes(ctx: &Context, _n: u64) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    Ok(())
}

/// Handles its failure.
#[journey]
async fn forgives(ctx: &Context) -> mite::Result {
    let answer = 42;
    let failed = ctx.transaction("try", async |_| mite::bail!("not today", answer: answer)).await;
    let _: mite::Result = failed;
    ctx.sleep(Duration::from_millis(20)).await;
    Ok(())
}

/// Where the server of the scenario listens.
static SERVER: OnceLock<SocketAddr> = OnceLock::new();

/// Asks the server that the scenario has started; blocks its thread meanwhile, as it
/// may: the server has one of its own.
#[journey]
async fn asks(ctx: &Context) -> mite::Result {
    let mut server = std::net::TcpStream::connect(SERVER.get().expect("it was started"))?;
    server.write_all(b"ping")?;
    let mut answer = [0; 4];
    server.read_exact(&mut answer)?;
    mite::ensure!(answer == *b"pong", "{answer:?}");
    ctx.sleep(Duration::from_millis(20)).await;
    Ok(())
}

#[scenario]
async fn served() -> mite::Result<Scenario> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let _ = SERVER.set(listener.local_addr()?);
    tokio::task::spawn_local(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut question = [0; 4];
                client.read_exact(&mut question).await?;
                client.write_all(b"pong").await
            });
        }
    });
    Ok(Scenario::builder().run(asks, NoData, Constant::new(3, secs(1))).build())
}

/// A server whose task panics.
#[scenario]
async fn badly_served() -> Scenario {
    tokio::spawn(async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        panic!("the server fell over");
    });
    Scenario::builder().run(passes, Numbers, Constant::new(1, secs(1))).build()
}

struct Numbers;

#[async_trait]
impl DataPool for Numbers {
    type Item = (u64,);
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
        Ok(Checkout::Item(fastrand::u64(..), (1,)))
    }
    async fn checkin(&self, _id: ItemId) {}
}

/// Configs, processors, pools and scenarios that cannot be made.
#[config]
fn bad_config() -> impl serde::Serialize {
    SERVER.get().expect("no settings").port()
}

#[processor]
fn bad_processor() -> impl MessageProcessor {
    if SERVER.get().is_none() {
        panic!("no processor");
    }
    Ignores
}

struct Ignores;

impl MessageProcessor for Ignores {
    fn process(&mut self, _message: &mite::Message) -> mite::Result {
        Ok(())
    }
}

#[datapool]
fn bad_pool() -> Gate {
    assert!(SERVER.get().is_some(), "no pool");
    Gate
}

#[datapool]
async fn bad_async_pool() -> Gate {
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(SERVER.get().is_some(), "no pool after a while");
    Gate
}

#[scenario]
fn bad_scenario() -> Scenario {
    assert!(SERVER.get().is_some(), "no scenario");
    Scenario::builder().build()
}

mite_tests::scenarios! {
    spawning: spawns, NoData, Once::new();
    cancelled: is_cancelled, NoData, 2;
    twice: panics_twice, NoData, Once::new();
    shut: passes, Gate, 1;
    badly_fed: passes, bad_pool, 1;
    forgiving: forgives, NoData, 1;
}

mite::main!();
