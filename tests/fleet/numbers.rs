//! Numbers of several processes, added up as they come over a wire.

use std::time::Duration;

use mite_core::label::Label;
use mite_core::stats::{Aggregator, Board, End, RunStatus, Tally, Update};

/// Times that are hard to add up: over six orders of magnitude, most of them short.
fn samples() -> Vec<Duration> {
    let mut rng = fastrand::Rng::with_seed(12);
    (0..40_000)
        .map(|_| Duration::from_micros(10u64.pow(rng.u32(0..6)) + rng.u64(0..1_000)))
        .collect()
}

fn count(aggregator: &mut Aggregator, took: Duration) {
    let journey = Label::intern("fleet:visit");
    aggregator.transaction(&journey, &Label::intern("visit"), took, End::Finished);
    aggregator.journey_ended(&journey, End::Finished);
}

#[test]
fn merged_percentiles_are_those_of_one_process_with_the_same_samples_to_the_bucket() {
    let (mut one, mut fleet) = (Board::default(), Board::default());
    let mut alone = Aggregator::default();
    let mut processes: Vec<_> = (1..=4).map(|n| (Aggregator::default(), Tally::new(n))).collect();
    for (n, took) in samples().into_iter().enumerate() {
        count(&mut alone, took);
        let (runner, tally) = &mut processes[n * 7 % 4];
        count(runner, took);
        if n % 1_000 == 0 {
            tally.absorb(&mut runner.take());
            let update = mite_core::msgpack::encode(tally.update()).expect("it can be encoded");
            // Some get lost, and some come twice.
            for _ in 0..n / 1_000 % 3 {
                let update: Update =
                    mite_core::msgpack::decode(&update).expect("it can be decoded");
                fleet.update(update);
            }
        }
    }
    one.merge(&alone.take());
    for (mut runner, mut tally) in processes {
        tally.absorb(&mut runner.take());
        fleet.update(tally.update().clone());
    }
    let buckets = |board: &Board| {
        let summary = board.summary(RunStatus::default());
        let times = &summary.series[0].total.times;
        (times.count(), times.min(), times.max(), times.recorded(), times.spread())
    };
    assert_eq!(buckets(&one).0, 40_000);
    assert!(buckets(&one).3.len() > 500, "they are in few buckets");
    assert_eq!(buckets(&fleet), buckets(&one));
}
