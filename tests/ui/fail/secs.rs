#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(ctx: &Context) -> mite::Result {
    ctx.sleep(1).await;
    ctx.sleep(0.5).await;
    Ok(())
}

#[scenario]
fn scenario() -> Scenario {
    Scenario::builder()
        .run(journey, NoData, Constant::new(1, 60))
        .run(journey, NoData, Nothing::new(5) + Ramp::over(60).from(1).to(5))
        .build()
}

fn main() {}
