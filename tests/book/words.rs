//! What the tables of the pages for people of other tools say in mite's words, in one
//! piece: so that it is no slip.

use mite::http::HttpSettings;
use mite::prelude::*;

static PAID: QueueDataPool<(u64,)> = QueueDataPool::bounded(10);

/// What stands in a journey. It is compiled, and not run: no service is there.
async fn journey(ctx: &Context, shop: &str) -> mite::Result {
    ctx.http().default_header("authorization", "Bearer 1");
    ctx.http().on_response(|_response, extra| extra.insert("cache", "hit"));
    let request = ctx.http().get(format!("{shop}/x")).header("a", "b").cookie("a", "b");
    let request = request.basic_auth("user", "secret").no_redirects().tag("region", "eu");
    ctx.log(request.to_curl());
    let response = request.send().await?;
    response.expect_status(200)?;
    response.error_for_status()?;
    mite::ensure!(response.history().is_empty(), "redirected", to: response.url().as_str());
    let _: (_, _, serde_json::Value) = (response.text()?, response.headers(), response.json()?);
    ctx.http()
        .get(shop)
        .max_redirects(5)
        .without_header("accept-encoding")
        .discard_body()
        .send()
        .await?;
    ctx.fixed_separation(secs(5), async { Ok(()) }).await?;
    ctx.average_separation(secs(5), secs(1), async { Ok(()) }).await?;
    let (one, other) = tokio::join!(ctx.http().get(shop).send(), ctx.http().get(shop).send());
    let _ = (one?, other?);
    ctx.sleep(secs(1)).await;
    ctx.think(ThinkTime::exponential(secs(2))).await;
    match ctx.random().pick_weighted(&[("look", 3.0), ("buy", 1.0)]) {
        &"buy" => PAID.push((ctx.id(),))?,
        _ => ctx.mark("only looked"),
    }
    mite::bail!("text", field: 1)
}

/// What stands in a scenario: each volume of the tables, alone.
#[test]
fn volumes_of_the_tables_make_sense() {
    async fn buy(_ctx: &Context) -> mite::Result {
        Ok(())
    }
    let _ = (journey, buy);
    let line = || Scenario::builder();
    let stages = Ramp::over(mins(1)).from(0) + Constant::new(10, mins(5));
    let stages = stages + Ramp::over(mins(1)).to(0);
    let scenarios = [
        line().journey("a:b", NoData, stages),
        line().journey("a:b", NoData, Ramp::over(secs(10)).from(0).to(5)),
        line().journey("a:b", NoData, PerSecond(Constant::new(100.0 / 60.0, secs(60)))),
        line().journey("a:b", NoData, PerSecond(Ramp::over(secs(60)).from(0).to(50))),
        line().journey("a:b", NoData, PerSecond(Constant::new(20, secs(60))).poisson()),
        line().journey("a:b", NoData, Nothing::new(secs(5)) + Once::new()),
        line().journey("a:b", NoData, volume_fn(|_, _| Err::<u32, _>(StopVolumeModel))),
        line().journey("a:b", NoData, FindMax::per_second(10).up_to(20).until("http p99 < 1s")),
        line().journey("a:b", NoData, 5).at_most(5).threshold("http failed < 1%"),
        line().journey("a:b", NoData, PerSecond(volume_fn(|_, _| 5)).at_most(10)),
        line().journey(
            "a:b",
            NoData,
            PerSecond(Constant::new(5, secs(60)) + Constant::new(10, secs(60))),
        ),
        line().journey("a:b", NoData, 1).threshold("\"has a price\" failed < 1%"),
        line().journey("a:b", NoData, 1).threshold("transactions p95 < 1s"),
        line()
            .journey("a:b", NoData, 1)
            .threshold("journeys rate > 1/s")
            .threshold("http rate > 1/s"),
        line().journey("a:b", NoData, 1).threshold("journeys p95 < 1s"),
        line().journey("a:b", NoData, 5).threshold("errors rate < 10% abort after 30s"),
        line().journey("a:b", NoData, 5).threshold("http p95 {transaction=\"x\"} < 500ms"),
        line().journey("a:b", NoData, 5).threshold("errors rate < 1%").series_by("region"),
        line().journey("a:b", &PAID, 5).threshold("http p95 {time=service} < 500ms"),
    ];
    for (n, scenario) in scenarios.into_iter().enumerate() {
        let mut scenario = scenario.build();
        assert!(scenario.take_mistakes().is_empty(), "{n}");
        for limit in scenario.take_thresholds() {
            assert!(limit.threshold.is_ok(), "{n}: {:?}", limit.threshold);
        }
        let [line] = scenario.lines() else { panic!("{n}: one line") };
        let mistakes: Vec<_> = line.volume.mistakes.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(mistakes, [""; 0], "{n}");
    }
    let config = Config::new();
    HttpSettings::new().client_cert("a.pem", "b.pem").ca("c.pem").apply(&config);
    assert_eq!(config.get_or("http_cert", ""), "a.pem");
}
