#![allow(unused)]

use mite::prelude::*;

struct Borrowing<'a>(&'a Config);

#[async_trait]
impl DataPool for Borrowing<'static> {
    type Item = ();
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<()>> {
        Ok(Checkout::Later)
    }
    async fn checkin(&self, _id: ItemId) {}
}

#[datapool]
fn pool(config: &Config) -> impl DataPool<Item = ()> {
    Borrowing(config)
}

fn main() {}
