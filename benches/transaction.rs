//! What a transaction, a statistic and what an execution of a journey cost while
//! nobody listens, and while all is collected.

mod measure;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use mite_core::fields;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Batch, Identity, Interest, Tap};
use mite_core::meta::Meta;
use mite_core::stat::{ActiveStats, Histogram, IntoStat, StatEntry};

/// Runs what never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn main() {
    let bench = measure::Bench::from_args();
    let host = Arc::new(Host::new(1, Label::intern("shop:peak"), Lanes::new(None)));
    let identity = Identity::alone("shop:peak", "shop:buy");
    bench.run("context: new", || Context::new(host.clone(), identity.clone()));
    let ctx = Context::new(host, identity.clone());
    bench.run("transaction", || now(ctx.transaction("pay", async |_| Ok(()))));
    bench.run("transaction: nested", || {
        now(ctx.transaction("pay", async |ctx| ctx.transaction("card", async |_| Ok(())).await))
    });
    bench.run("statistic: count", || ctx.count("orders", 1));
    bench.run("statistic: count with a label", || ctx.count("orders", 1).with("kind", "new"));
    bench.run("statistic: gauge", || ctx.gauge("queue", 17));
    bench.run("statistic: observe", || ctx.observe("depth", 17));
    static STAT: StatEntry = StatEntry {
        meta: Meta { module: "shop", name: "paid", file: "shop.rs", line: 1, doc: "" },
        build: || Histogram::of("order", "price").label("kind").into_stat(),
    };
    let stats = ActiveStats::build([&STAT], &Arc::default()).expect("it can be made");
    let host = Host::new(1, Label::intern("shop:peak"), Lanes::new(None).with_stats(stats));
    let told = Context::new(Arc::new(host), identity.clone());
    bench.run("message: nobody listens", || ctx.send("order", fields! { kind: "new", price: 17 }));
    bench.run("message: told to a stat", || told.send("order", fields! { kind: "new", price: 17 }));
    // As a collector takes messages: many at once.
    let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
    let host = Host::new(1, Label::intern("shop:peak"), Lanes::new(Some(tap)));
    let ctx = Context::new(Arc::new(host), identity);
    let (mut batch, mut sent) = (Batch::default(), 0);
    bench.run("transaction: collected", || {
        sent += 1;
        if sent % 256 == 0 {
            feed.wait(&mut batch);
        }
        now(ctx.transaction("pay", async |_| Ok(())))
    });
    bench.run("label: intern", || Label::intern("__root__ :: pay"));
}
