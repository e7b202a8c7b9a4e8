//! What it costs to count.

mod measure;

use std::time::Duration;

use mite_core::label::Label;
use mite_core::stats::{Aggregator, Board, End, Exchange, Outcome, Phases, Took};

fn main() {
    let bench = measure::Bench::from_args();
    let journey = Label::intern("shop:buy");
    let names: Vec<_> = (0..100).map(|i| Label::intern(&format!("__root__ :: step {i}"))).collect();
    let exchange = Exchange {
        protocol: "http",
        name: Label::intern("GET /orders/{id}"),
        status: Some(200),
        outcome: Outcome::Ok,
        took: Duration::from_micros(1234).into(),
        received: 5_000,
        sent: 0,
    };

    let mut counts = Aggregator::default();
    let mut n = 0;
    bench.run("aggregator: transaction", || {
        n += 1;
        let took = Duration::from_nanos(1_000_000 + n % 1000 * 7919);
        counts.transaction(&journey, &names[n as usize % names.len()], took, End::Finished);
    });
    bench.run("aggregator: exchange", || counts.exchange(&journey, Some(&names[0]), &exchange));
    let late = Some(Duration::from_micros(80));
    let arrival = Exchange { took: Took { lag: late, ..exchange.took }, ..exchange.clone() };
    bench.run("aggregator: exchange of an arrival", || {
        counts.exchange(&journey, Some(&names[1]), &arrival)
    });
    // Of a connection that was used before: two phases.
    let phases = Phases {
        first_byte: Some(Duration::from_micros(1_100)),
        body: Some(Duration::from_micros(134)),
        ..Phases::default()
    };
    bench.run("aggregator: exchange with phases", || {
        let (journey, transaction) = (&journey, Some(&names[0]));
        counts.exchange_in_detail(journey, transaction, &exchange, &phases, Default::default);
    });
    bench.run("aggregator: journey", || {
        counts.journey_started(&journey);
        counts.journey_ended(&journey, End::Finished);
    });

    // What a runner counts in one tick, and the board takes over.
    let mut board = Board::default();
    // As in a run of which no file of results is written.
    board.hide_series();
    bench.run("board: merge of 100 series x 10", || {
        for name in &names {
            for i in 0..10 {
                counts.transaction(&journey, name, Duration::from_micros(1000 + i), End::Finished);
            }
        }
        board.merge(&counts.take());
    });
}
