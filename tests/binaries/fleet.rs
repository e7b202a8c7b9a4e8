//! Journeys whose numbers are known whoever runs them, for the tests of fleets.

use std::io::Write;

use mite::prelude::*;

/// Waits a little, and fails if its number is one of ten.
#[journey]
async fn visit(ctx: &Context, number: u64) -> mite::Result {
    ctx.transaction("visit", async |ctx| {
        ctx.sleep(Duration::from_millis(20)).await;
        mite::ensure!(number % 10 != 9, "{number} is not let in");
        Ok(())
    })
    .await
}

/// Waits for `hold` milliseconds, 50 if nobody says.
#[journey]
async fn pass(ctx: &Context) -> mite::Result {
    let hold = ctx.config().get_or("hold", 50u64);
    ctx.transaction("pass", async |ctx| {
        ctx.sleep(Duration::from_millis(hold)).await;
        Ok(())
    })
    .await
}

/// Writes its name, before anything else, into the file that `names` says.
#[journey]
async fn enter(ctx: &Context, name: String) -> mite::Result {
    let path = ctx.config().require::<String>("names")?;
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{name}\n").as_bytes())?;
    ctx.sleep(Duration::from_millis(30)).await;
    Ok(())
}

/// Blocks its thread for good.
#[journey]
async fn block(_ctx: &Context) -> mite::Result {
    loop {
        std::thread::park();
    }
}

/// Asks the server that `app_url` says.
#[journey]
async fn ask(ctx: &Context) -> mite::Result {
    let url = ctx.config().require::<String>("app_url")?;
    ctx.http().get(url).send().await?;
    Ok(())
}

/// Records its number.
#[journey]
async fn keep(ctx: &Context, number: u64) -> mite::Result {
    ctx.record("kept", &number)?;
    ctx.sleep(Duration::from_millis(40)).await;
    Ok(())
}

/// Has a number of its own for as long as it runs.
#[journey]
async fn let_in(ctx: &Context, number: u64) -> mite::Result {
    ctx.transaction("let in", async |ctx| {
        mite::ensure!(number < 200, "{number} is nobody's");
        ctx.sleep(Duration::from_millis(20)).await;
        Ok(())
    })
    .await
}

/// Says in which process it runs, after the seconds that `setup` says.
async fn seed(ctx: &Context) -> mite::Result<String> {
    ctx.sleep(Duration::from_secs(ctx.config().get_or("setup", 0u64))).await;
    Ok(format!("made by {}", std::process::id()))
}

/// Says on standard error what the setup made.
#[journey]
async fn tell(ctx: &Context) -> mite::Result {
    let word = ctx.setup::<String>()?;
    ctx.send("debug_console_message", fields! { text: format!("{word}, heard") });
    Ok(())
}

/// Says that it runs.
async fn clean(_ctx: &Context) -> mite::Result {
    println!("cleaned");
    Ok(())
}

#[datapool]
fn numbers() -> impl DataPool<Item = (u64,)> {
    RecyclableIterableDataPool::new((0..200).map(|n| (n,)))
}

#[datapool]
fn guests() -> impl DataPool<Item = (u64,)> {
    RecyclableIterableDataPool::new((0..200).map(|n| (n,)))
}

#[datapool]
fn names() -> impl DataPool<Item = (String,)> {
    IterableDataPool::new((0..5000).map(|n| (format!("name-{n:04}"),)))
}

/// Two hundred journeys that start at once, each with a number of its own.
#[scenario]
fn two_hundred() -> Scenario {
    let each = IterableDataPool::new((0..200u64).map(|n| (n,)));
    Scenario::builder().run(visit, each, 40).build()
}

/// Two thousand numbers that are recorded, each once, `level` at once, or 20.
#[scenario]
fn recorded(config: &Config) -> Scenario {
    let each = IterableDataPool::new((0..2_000u64).map(|n| (n,)));
    Scenario::builder().run(keep, each, config.get_or("level", 20u64)).build()
}

/// Twelve at once.
#[scenario]
fn twelve() -> Scenario {
    Scenario::builder().run(pass, NoData, 12).build()
}

/// One that blocks its thread.
#[scenario]
fn blocks() -> Scenario {
    Scenario::builder().run(block, NoData, 1).build()
}

/// Twelve at once, with data that is used again.
#[scenario]
fn recycled() -> Scenario {
    Scenario::builder().run(visit, numbers, 12).build()
}

/// `rate` a second for `seconds`, a hundred for five if nobody says.
#[scenario]
fn arrivals(config: &Config) -> Scenario {
    let seconds = Duration::from_secs(config.get_or("seconds", 5u64));
    let rate = config.get_or("rate", 100u64) as f64;
    Scenario::builder().run(pass, NoData, PerSecond(Constant::new(rate, seconds))).build()
}

/// Five thousand names, each once, `level` at once, or 40.
#[scenario]
fn all_names(config: &Config) -> Scenario {
    Scenario::builder().run(enter, names, config.get_or("level", 40u64)).build()
}

/// `rate` requests a second for `seconds`.
#[scenario]
fn asking(config: &Config) -> mite::Result<Scenario> {
    let seconds = Duration::from_secs(config.require::<u64>("seconds")?);
    let rate = config.require::<f64>("rate")?;
    Ok(Scenario::builder().run(ask, NoData, PerSecond(Constant::new(rate, seconds))).build())
}

/// Seven of ten wait, three have a number, at once or each second.
#[scenario]
fn mixed(config: &Config) -> Scenario {
    let mix = Mix::new().run(pass, NoData, 7).run(let_in, guests, 3);
    let builder = Scenario::builder();
    match config.get_or("rate", 0u64) {
        0 => builder.mix(mix, Constant::new(12, secs(4))).build(),
        rate => builder.mix(mix, PerSecond(Constant::new(rate as f64, secs(5)))).build(),
    }
}

/// Tells what the setup made.
#[scenario]
fn told() -> Scenario {
    Scenario::builder().setup(seed).teardown(clean).run(tell, NoData, Once::new()).build()
}

/// Sends a megabyte in all, as fast as it can.
#[journey]
async fn chatter(ctx: &Context) -> mite::Result {
    for _ in 0..10 {
        ctx.send("words", fields! { text: "x".repeat(100_000) });
    }
    ctx.sleep(Duration::from_millis(10)).await;
    Ok(())
}

#[scenario]
fn wordy() -> Scenario {
    Scenario::builder().run(chatter, NoData, 1).build()
}

/// Takes a second for each message.
struct Choking;

impl MessageProcessor for Choking {
    fn process(&mut self, _message: &mite::Message) -> mite::Result {
        std::thread::sleep(Duration::from_secs(1));
        Ok(())
    }
}

#[processor]
fn choking() -> impl MessageProcessor {
    Choking
}

mite::main!();
