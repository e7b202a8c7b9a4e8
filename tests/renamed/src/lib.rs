//! Journeys of a crate in which mite has another name.

use load_testing::prelude::*;

#[journey]
pub async fn greet(ctx: &Context, user: String) -> load_testing::Result {
    ctx.send("greeting", fields! { user });
    Ok(())
}

#[datapool]
pub fn users() -> impl DataPool<Item = String> {
    IterableDataPool::new(["bob".to_owned()])
}

#[load_testing::scenario]
pub fn one() -> Scenario {
    Scenario::builder().run(greet, users, 1).build()
}

#[config]
pub fn staging() -> impl serde::Serialize {
    json!({ "n": 1 })
}

#[processor]
pub fn nobody() -> impl MessageProcessor {
    Nobody
}

#[stat]
pub fn orders() -> impl Stat {
    Counter::of("order")
}

struct Nobody;

impl MessageProcessor for Nobody {
    fn process(&mut self, _message: &load_testing::Message) -> load_testing::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn it_runs_under_its_other_name() {
        let run = load_testing::testing::scenario("renamed_load:one").virtual_time().run().await;
        run.assert_passed();
        let users = run.messages_of("greeting").into_iter().map(|m| m.get::<String>("user"));
        assert_eq!(users.collect::<Vec<_>>(), [Some("bob".to_owned())]);
    }
}
