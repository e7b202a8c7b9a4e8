//! Journeys of a crate that has mite by another's re-export.

use kit::mite::prelude::*;

#[journey(crate = kit::mite)]
pub async fn greet(ctx: &Context, user: String) -> kit::mite::Result {
    ctx.transaction("greet", async |ctx| {
        ctx.send("greeting", fields! { user });
        Ok(())
    })
    .await
}

#[datapool(crate = kit::mite)]
pub fn users() -> impl DataPool<Item = String> {
    IterableDataPool::new(["bob".to_owned()])
}

#[scenario(crate = kit::mite)]
pub fn one() -> Scenario {
    Scenario::builder().run(greet, users, 1).build()
}

#[config(crate = kit::mite)]
pub fn staging() -> impl serde::Serialize {
    json!({ "n": 1 })
}

#[processor(crate = kit::mite)]
pub fn nobody() -> impl MessageProcessor {
    Nobody
}

#[stat(crate = kit::mite)]
pub fn greetings() -> impl Stat {
    Counter::of("greeting")
}

struct Nobody;

impl MessageProcessor for Nobody {
    fn process(&mut self, _message: &kit::mite::Message) -> kit::mite::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn it_runs_through_another_crate() {
        let run = kit::mite::testing::scenario("handed_on:one").virtual_time().run().await;
        run.assert_passed();
        assert_eq!(run.messages_of("greeting").len(), 1);
    }
}
