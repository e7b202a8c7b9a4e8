//! A mite that another crate hands on.

#![allow(dead_code, unreachable_pub)]

mod kit {
    pub use mite;
}

mod journeys {
    use crate::kit::mite::prelude::*;

    #[journey(crate = crate::kit::mite)]
    pub async fn journey(ctx: &Context, n: u8) -> crate::kit::mite::Result {
        ctx.send("n", fields! { n });
        Ok(())
    }

    #[datapool(crate = crate::kit::mite)]
    pub fn pool() -> impl DataPool<Item = u8> {
        IterableDataPool::new([1])
    }

    #[scenario(crate = crate::kit::mite)]
    pub fn scenario() -> Scenario {
        Scenario::builder().run(journey, pool, 1).build()
    }

    #[config(crate = crate::kit::mite)]
    pub fn config() -> impl serde::Serialize {
        json!({})
    }
}

fn main() {
    let _ = (journeys::scenario(), journeys::config());
}
