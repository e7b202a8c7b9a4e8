//! Volumes and pools of every kind, for the tests of `plan`.

use mite::prelude::*;

/// Nobody runs it: planning sends nothing.
#[journey]
async fn browse(_ctx: &Context) -> mite::Result {
    panic!("a plan runs no journey")
}

#[journey]
async fn buy(_ctx: &Context, _user: String) -> mite::Result {
    panic!("a plan runs no journey")
}

/// Each for one journey at a time.
#[datapool]
fn users() -> impl DataPool<Item = String> {
    RecyclableIterableDataPool::new((0..40).map(|n| format!("user-{n}")))
}

/// Each for one journey.
#[datapool]
fn names() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..1000).map(|n| format!("user-{n}")))
}

/// The lines of a file that the setting `rows` names, each once.
#[datapool]
fn rows(config: &Config) -> mite::Result<CsvDataPool> {
    CsvDataPool::once(config.require::<String>("rows")?)
}

#[scenario]
fn from_a_file() -> Scenario {
    Scenario::builder().run(buy, rows, PerSecond(Constant::new(5, secs(3)))).build()
}

#[scenario]
fn rush_hour() -> Scenario {
    let shape = Ramp::over(secs(60)).from(0) + Constant::new(20, mins(60));
    let now_and_then = Nothing::new(secs(5)) + Once::new() + Nothing::new(secs(5)) + Once::new();
    Scenario::builder()
        .run(browse, NoData, PerSecond(shape))
        .run(buy, users, Constant::new(50, secs(90)) + Constant::new(2.5, secs(0.5)))
        .run(browse, NoData, now_and_then)
        .threshold("errors rate < 0.1%")
        .build()
}

#[scenario]
fn sign_ups() -> Scenario {
    Scenario::builder()
        .run(buy, names, PerSecond(Constant::new(20, secs(90))).poisson().at_most(7))
        .build()
}

#[scenario]
fn too_many() -> Scenario {
    Scenario::builder().run(buy, names, PerSecond(Constant::new(20, secs(90)))).build()
}

/// More each second, and no end.
#[scenario]
fn stairs() -> Scenario {
    let stairs = volume_fn(|start: Duration, _| start.as_secs() / 10);
    Scenario::builder().run(browse, NoData, stairs).build()
}

#[scenario]
fn nonsense() -> Scenario {
    let model = volume_fn(|start: Duration, _| 2.5 - start.as_secs_f64());
    Scenario::builder().run(browse, NoData, PerSecond(model)).build()
}

#[scenario]
fn less_than_one() -> Scenario {
    Scenario::builder().run(browse, NoData, Constant::new(0.5, secs(60))).build()
}

#[scenario]
fn search() -> Scenario {
    let search = FindMax::per_second(10).up_to(500).until("http p99 < 300ms");
    Scenario::builder().run(browse, NoData, search).build()
}

#[scenario]
fn bad_search() -> Scenario {
    let search = FindMax::per_second(10).up_to(500).until("http p99 < 300msec");
    Scenario::builder().run(browse, NoData, search).build()
}

mite::main!();
