//! What the attributes write is allowed where `unsafe` is not.

#![forbid(unsafe_code)]
#![deny(warnings)]

use mite::prelude::*;
use mite_core::registry::{Kind, Registry};

#[journey]
async fn journey(_ctx: &Context, _a: u8) -> mite::Result {
    Ok(())
}

#[datapool]
fn datapool(_config: &Config) -> impl DataPool<Item = (u8,)> {
    IterableDataPool::new([(1,)])
}

#[scenario]
fn scenario() -> Scenario {
    Scenario::builder().run(journey, datapool, 1).build()
}

#[config]
fn config() -> impl serde::Serialize {
    json!({ "a": 1 })
}

#[processor]
fn processor() -> impl mite::MessageProcessor {
    struct Ignore;
    impl mite::MessageProcessor for Ignore {
        fn process(&mut self, _message: &mite::Message) -> mite::Result {
            Ok(())
        }
    }
    Ignore
}

#[stat]
fn stat() -> impl mite::stat::Stat {
    Counter::of("order")
}

#[test]
fn all_six_are_registered() {
    let registry = Registry::collect().unwrap();
    for kind in
        [Kind::Journey, Kind::Pool, Kind::Scenario, Kind::Config, Kind::Processor, Kind::Stat]
    {
        assert_eq!(registry.all(kind).count(), 1, "{kind:?}");
    }
}
