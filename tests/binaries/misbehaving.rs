//! Journeys that do what journeys should not, for the tests of the command line.

use mite::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Fails with a declared error, deep inside.
#[journey]
async fn fails(ctx: &Context, user: String) -> mite::Result {
    ctx.transaction("outer", async |ctx| {
        ctx.send("about_to_fail", fields! { user });
        ctx.transaction("inner", async |_| mite::bail!("no such user {user}", user: user)).await
    })
    .await
}

/// Parses what is no number.
#[journey]
async fn throws(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    "seven".parse::<u8>()?;
    Ok(())
}

#[journey]
async fn panics(ctx: &Context) -> mite::Result {
    ctx.transaction("step", async |ctx| {
        ctx.sleep(Duration::from_millis(20)).await;
        let empty: Vec<u8> = Vec::new();
        assert_eq!(empty.len(), 1, "the basket is empty");
        Ok(())
    })
    .await
}

/// Asks one server and another, and takes what comes.
#[journey]
async fn asks_both(ctx: &Context) -> mite::Result {
    for key in ["url", "other_url"] {
        let url: String = ctx.config().require(key)?;
        if let Err(e) = ctx.http().get(&url).send().await {
            log::info!("no response: {e}");
        }
    }
    Ok(())
}

/// Marks its moments.
#[journey]
async fn marks(ctx: &Context) -> mite::Result {
    ctx.mark("deployed v2");
    ctx.sleep(Duration::from_millis(100)).await;
    ctx.mark("rolled back\nfrom /?token=abcdef");
    Ok(())
}

/// Keeps its runner's loop to itself for a second and a half.
#[journey]
async fn blocks(ctx: &Context) -> mite::Result {
    ctx.transaction("block", async |_| {
        std::thread::sleep(Duration::from_millis(1500));
        Ok(())
    })
    .await
}

/// Keeps its runner's loop to itself for half a second.
#[journey]
async fn blocks_briefly(ctx: &Context) -> mite::Result {
    ctx.transaction("block", async |_| {
        std::thread::sleep(Duration::from_millis(500));
        Ok(())
    })
    .await
}

/// Needs a core for half of its time.
#[journey]
async fn crunches(ctx: &Context) -> mite::Result {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(10) {
        std::hint::spin_loop();
    }
    ctx.sleep(Duration::from_millis(10)).await;
    Ok(())
}

/// Needs a core for ten milliseconds.
#[journey]
async fn burns(ctx: &Context) -> mite::Result {
    ctx.transaction("burn", async |_| {
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(10) {
            std::hint::spin_loop();
        }
        Ok(())
    })
    .await
}

/// Never gives its loop back.
#[journey]
async fn blocks_for_ever(_ctx: &Context) -> mite::Result {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[journey]
async fn never_ends(ctx: &Context) -> mite::Result {
    ctx.transaction("wait", async |_| {
        std::future::pending::<()>().await;
        Ok(())
    })
    .await
}

/// Returns at once, without ever waiting.
#[journey]
async fn never_waits(_ctx: &Context) -> mite::Result {
    Ok(())
}

#[journey]
async fn fine(ctx: &Context) -> mite::Result {
    ctx.transaction("fine", async |ctx| {
        ctx.sleep(Duration::from_millis(50)).await;
        Ok(())
    })
    .await
}

/// Takes as long as it is told to, more or less.
#[journey]
async fn works(ctx: &Context) -> mite::Result {
    let work = ctx.config().get_or("work_ms", 100u64);
    ctx.transaction("work", async |ctx| {
        ctx.sleep(Duration::from_millis(work + fastrand::u64(..work / 10))).await;
        Ok(())
    })
    .await
}

#[journey]
async fn gets(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.http().get(url).header("x-test", "it's me").send().await?;
    ctx.sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// Keeps no secret, and fails.
#[journey]
async fn tells_secrets(ctx: &Context, user: String, password: String) -> mite::Result {
    let login = std::collections::BTreeMap::from([("user", &user), ("password", &password)]);
    ctx.send("signs_in", fields! { login, session_token: &password });
    let url: String = ctx.config().require("url")?;
    log::warn!("signs in at {url}");
    let request = ctx.http().post(&url).basic_auth("bob", &password).json(&login);
    let answered = request.send().await;
    ctx.sleep(Duration::from_millis(20)).await;
    let body = format!(r#"{{"token": "{password}"}}"#);
    mite::ensure!(answered.is_err(), "no session at {url}, but {body}", body: body, login: login);
    answered?;
    Ok(())
}

#[datapool]
fn accounts() -> impl DataPool<Item = (String, String)> {
    RecyclableIterableDataPool::new([("bob".to_owned(), "s3cret".to_owned())])
}

#[journey]
async fn stops_here(ctx: &Context) -> mite::Result {
    ctx.transaction("before", async |ctx| {
        ctx.send("reached", fields! { line: 1 });
        mite::breakpoint();
        Ok(())
    })
    .await
}

#[journey]
async fn reads_config(ctx: &Context) -> mite::Result {
    let n = ctx.config().get_or("n", 1);
    let name: String = ctx.config().require("name")?;
    ctx.send("config", fields! { n, name });
    Ok(())
}

#[journey]
async fn sets_config(ctx: &Context) -> mite::Result {
    ctx.config().set("n", 5);
    Ok(())
}

#[datapool]
fn names() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..100).map(|n| format!("user-{n}")))
}

#[datapool]
fn numbers() -> impl DataPool<Item = (u64,)> {
    RecyclableIterableDataPool::new((0..10u64).map(|n| (n,)))
}

/// A pool of five for more journeys than that.
#[datapool]
fn few() -> impl DataPool<Item = String> {
    RecyclableIterableDataPool::new((0..5).map(|n| format!("user-{n}")))
}

/// A pool that breaks at the third checkout.
struct Breaking(AtomicU64);

#[async_trait]
impl DataPool for Breaking {
    type Item = (String,);
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            n @ 0..2 => Ok(Checkout::Item(n, (format!("user-{n}"),))),
            _ => mite::bail!("the account service is gone"),
        }
    }
    async fn checkin(&self, _id: ItemId) {}
}

#[journey]
async fn greets(ctx: &Context, user: String) -> mite::Result {
    ctx.send("greeting", fields! { user });
    ctx.sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// Writes to the log, from the journey, and fails with what no terminal should get.
#[journey]
async fn logs(ctx: &Context) -> mite::Result {
    log::warn!("item {} is odd \x1b[2J", 5);
    log::debug!("nobody wants to know");
    ctx.sleep(Duration::from_millis(1)).await;
    mite::bail!("{}\x1b]0;owned\x07 at http://bob:hunter2@h/?token=hunter3", "x".repeat(70_000), password: "hunter4")
}

/// Says more than any terminal holds, and records each time that it did.
#[journey]
async fn babbles(ctx: &Context) -> mite::Result {
    ctx.send("debug_console_message", fields! { text: "all is well, ".repeat(80) });
    ctx.record("said", &1)?;
    ctx.sleep(Duration::from_millis(10)).await;
    Ok(())
}

/// Prints by itself, on both streams.
#[journey]
async fn shouts(ctx: &Context) -> mite::Result {
    static SHOUTS: AtomicU64 = AtomicU64::new(1);
    let n = SHOUTS.fetch_add(1, Ordering::Relaxed);
    if n.is_multiple_of(2) {
        println!("shout {n} loud and clear");
    } else {
        eprintln!("shout {n} loud and clear");
    }
    ctx.sleep(Duration::from_millis(40)).await;
    Ok(())
}

/// Writes to the log at two places, by the context, at one of them all the time.
#[journey]
async fn talks(ctx: &Context) -> mite::Result {
    static TURNS: AtomicU64 = AtomicU64::new(0);
    let turn = TURNS.fetch_add(1, Ordering::Relaxed);
    if turn == 0 {
        ctx.log(format_args!("the first asks http://h/?token=hunter5 {}", "\x1b[2J"));
    }
    ctx.log("and again");
    ctx.sleep(Duration::from_millis(5)).await;
    Ok(())
}

mite_tests::scenarios! {
    failing: fails, names, 2;
    throwing: throws, NoData, 2;
    panicking: panics, NoData, 2;
    blocking: blocks, NoData, Once::new();
    blocking_briefly: blocks_briefly, NoData, Once::new();
    idle: fine, NoData, Nothing::new(secs(1));
    bailing: throws, NoData, 1;
    crunching: crunches, NoData, 60;
    flooding: burns, NoData, PerSecond(Constant::new(300, secs(3)));
    blocking_for_ever: blocks_for_ever, NoData, Once::new();
    endless: never_ends, NoData, 3;
    spinning: never_waits, NoData, 2;
    good: fine, NoData, 3;
    babbling: babbles, NoData, 3;
    logging: logs, NoData, 5;
    talking: talks, NoData, 2;
    working: works, NoData, Constant::new(20, secs(10));
    shouting: shouts, NoData, 1;
    planned: fine, NoData, Constant::new(3, secs(3600));
    getting: gets, NoData, 2;
    breaking: greets, Breaking(AtomicU64::new(0)), 1;
    negative: fine, NoData, volume_fn(|start, _| if start < secs(1) { 1.0 } else { -1.0 });
    wrong_volumes: fine, NoData, Constant::new(-5, secs(10)) + Ramp::over(secs(5));
    less_than_one: fine, NoData, 0.5;
    arrives_at_one: fine, NoData, Nothing::new(secs(0.1)) + Ramp::over(secs(0.2)).to(1);
    stays_at_one: fine, NoData, Ramp::over(secs(0.1)).from(0) + Constant::new(1, secs(0.04));
    never_one: fine, NoData, Ramp::over(secs(5)).from(0).to(0.9);
    starving: greets, few, 10;
    telling: tells_secrets, accounts, 1;
    once: greets, names, Once::new();
}

/// Three names, each used once.
#[datapool]
fn three() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..3).map(|n| format!("user-{n}")))
}

/// Lines that end each for a reason of their own.
#[scenario]
fn ending() -> Scenario {
    Scenario::builder()
        .run(fine, NoData, Constant::new(1, Duration::from_millis(300)))
        .run(greets, three, 1)
        .run(greets, names, Once::new())
        .run(fine, NoData, 1)
        .run(fine, NoData, Nothing::new(secs(60)) + Constant::new(1, secs(1)))
        .build()
}

/// One that fails three times, beside one that does not.
#[scenario]
fn failing_thrice() -> Scenario {
    Scenario::builder()
        .run(fails, three, 1)
        .run(fine, NoData, Constant::new(1, Duration::from_millis(3_500)))
        .build()
}

#[scenario]
fn limited() -> Scenario {
    Scenario::builder()
        .run(fine, NoData, 2)
        .threshold("transactions max {transaction=fine} < 1ms")
        .threshold("journeys count > 1")
        .build()
}

#[scenario]
fn wrong_limits() -> Scenario {
    Scenario::builder()
        .run(fine, NoData, Constant::new(-5, secs(10)))
        .threshold("journeys rte > 3/s")
        .build()
}

#[scenario]
fn nothing() -> Scenario {
    Scenario::builder().build()
}

#[scenario]
fn mismatched() -> Scenario {
    Scenario::builder()
        .journey("misbehaving:greets", numbers, 1)
        .journey("misbehaving:gone", NoData, 1)
        .build()
}

#[scenario]
fn configured(config: &Config) -> mite::Result<Scenario> {
    let users: u32 = config.require("users")?;
    Ok(Scenario::builder().run(fine, NoData, users).build())
}

/// A config that replaces the environment.
#[config]
fn staging() -> impl serde::Serialize {
    json!({"name": "from staging", "n": 7, "users": 2})
}

/// Says which greetings it saw; fails at the third.
#[derive(Default)]
struct Greetings(u32);

impl MessageProcessor for Greetings {
    fn process(&mut self, message: &mite::Message) -> mite::Result {
        if message.kind() == "greeting" {
            self.0 += 1;
            mite::ensure!(self.0 != 3, "three is too many");
            println!("saw {}", message.get::<String>("user").unwrap_or_default());
        }
        Ok(())
    }
    fn finish(&mut self) -> mite::Result {
        println!("{} greetings", self.0);
        Ok(())
    }
}

#[processor]
fn greetings() -> impl MessageProcessor {
    Greetings::default()
}

/// Takes a tenth of a second for each message.
struct Sleepy;

impl MessageProcessor for Sleepy {
    fn process(&mut self, _message: &mite::Message) -> mite::Result {
        std::thread::sleep(Duration::from_millis(100));
        Ok(())
    }
}

#[processor]
fn sleepy() -> impl MessageProcessor {
    Sleepy
}

/// Panics at the first message.
struct Fragile;

impl RawMessageProcessor for Fragile {
    fn process(&mut self, message: &[u8]) -> mite::Result {
        assert!(message.is_empty(), "glass is broken");
        Ok(())
    }
}

#[processor]
fn fragile() -> impl RawMessageProcessor {
    Fragile
}

/// Says that it is alive, again and again.
#[journey]
async fn chatters(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    println!("alive");
    Ok(())
}

#[journey]
async fn stops_later(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(300)).await;
    mite::breakpoint();
    Ok(())
}

#[scenario]
fn stopping() -> Scenario {
    Scenario::builder().run(chatters, NoData, 4).run(stops_later, NoData, 1).build()
}

mite::main!();
