use super::watching::Run;
use super::*;
use crate::stats::{Labels, StatisticKind};

#[test]
fn statistics_of_ones_own_are_held_against_limits() {
    let limits = [
        "orders count == 12",
        "orders sum == 12",
        "orders rate == 4/s",
        "orders {kind=new} count == 9",
        "orders count {kind!='n*', shop=main} == 3",
        "queue last == 3",
        "queue max == 12",
        "queue min > 2.5",
        "queue mean == 6",
        "paid sum == -7.5",
        "paid rate == -2.5/s",
        "paid count == 3",
        "depth p50 == 2",
        "depth p100 <= 3",
        "depth mean == 2",
        "depth count == 3",
        // Seconds, if the bound is a time.
        "depth p99 == 3000ms",
        // In each of its seconds.
        "orders count == 4 over 1s",
        "queue last >= 3 over 1s",
        // Two of twelve.
        "\"has a price\" failed < 17%",
        "\"has a price\" failed == 2",
        "\"has a price\" failed <= 1 over 1s",
        "\"has a price\" failed > 0.1/s",
        "\"has a price\" count == 12",
    ];
    let mut run = Run::of(&limits);
    for second in 1..=3_u32 {
        run = run.second(|runner| {
            let labels = |kind: &'static str| {
                let mut labels = Labels::new();
                labels.set("kind", kind);
                labels.set("shop", "main");
                labels
            };
            let (value, none) = (f64::from(second), Labels::new());
            runner.statistic(StatisticKind::Counter, "orders", &labels("new"), 3.0, 0.0);
            runner.statistic(StatisticKind::Counter, "orders", &labels("old"), 1.0, 0.0);
            runner.statistic(
                StatisticKind::Gauge,
                "queue",
                &none,
                12.0 / 2_f64.powf(value - 1.0),
                value,
            );
            runner.statistic(StatisticKind::Accumulator, "paid", &none, -2.5, 0.0);
            runner.statistic(StatisticKind::Histogram, "depth", &none, value, 0.0);
            for passed in [1.0, f64::from(second - 1).min(1.0), 1.0, f64::from(3 - second).min(1.0)]
            {
                runner.statistic(StatisticKind::Check, "has a price", &none, passed, 0.0);
            }
        });
    }
    let broken: Vec<_> =
        run.checked().into_iter().filter(|checked| !checked.kept).map(|c| c.to_string()).collect();
    assert_eq!(broken, ["limit `queue mean == 6` broken: 7 of 3 samples"]);
}

#[test]
fn a_statistic_that_never_came_or_has_no_such_figure_is_not_kept() {
    let told = Run::of(&[
        "ordres count < 5",
        "orders {kind=old} count < 5",
        "orders p99 < 5",
        "queue p99 < 5",
        "queue sum < 5",
        "queue failed < 5",
        "both count < 5",
        "never last < 5 over 1s",
    ])
    .second(|runner| {
        let mut labels = Labels::new();
        labels.set("kind", "new");
        runner.statistic(StatisticKind::Counter, "orders", &labels, 1.0, 0.0);
        runner.statistic(StatisticKind::Gauge, "queue", &labels, 1.0, 0.0);
        runner.statistic(StatisticKind::Gauge, "both", &labels, 1.0, 0.0);
        runner.statistic(StatisticKind::Counter, "both", &labels, 1.0, 0.0);
    })
    .told();
    let gauge = "it has last, min, max, mean, stddev, count and rate";
    let never = "no `never` came; there were `orders`, `queue`, `both`";
    assert_eq!(
        told,
        [
            "limit `ordres count < 5` is not shown to be kept: no `ordres` came; did you mean `orders`?".to_owned(),
            "limit `orders {kind=old} count < 5` is not shown to be kept: no orders with kind=\"old\" came; kind was `new`".to_owned(),
            "limit `orders p99 < 5` is not shown to be kept: `orders` is a counter and has no p99; it has count, sum and rate".to_owned(),
            format!("limit `queue p99 < 5` is not shown to be kept: `queue` is a gauge and has no p99; {gauge}"),
            format!("limit `queue sum < 5` is not shown to be kept: `queue` is a gauge and has no sum; {gauge}"),
            format!("limit `queue failed < 5` is not shown to be kept: `queue` is a gauge and has no failed; {gauge}"),
            "limit `both count < 5` is not shown to be kept: `both` is a gauge and a counter; give each a name of its own".to_owned(),
            format!("limit `never last < 5 over 1s` is not shown to be kept: {never}"),
        ]
    );
}

#[test]
fn a_statistic_that_lost_its_labels_is_not_shown_to_be_kept() {
    let limits = crate::stats::Limits { statistics: 2, ..Default::default() };
    let (mut runner, mut board) = (Aggregator::with_limits(limits), Board::default());
    for id in 0..5 {
        let mut labels = Labels::new();
        labels.set("id", id.to_string());
        runner.statistic(StatisticKind::Counter, "orders", &labels, 1.0, 0.0);
    }
    let limits = ["orders {id=0} count < 9", "orders count == 5"];
    board.hold_against(limits.map(|text| Threshold::parse(text).unwrap()).into());
    board.merge(&runner.take());
    let checked = board.checked(secs(1));
    let told: Vec<_> = checked.iter().map(Checked::to_string).collect();
    assert_eq!(
        told,
        [
            "limit `orders {id=0} count < 9` is not shown to be kept: there were more names than are told apart, and 3 are counted without theirs; give fewer names",
            "limit `orders count == 5` kept: 5 of 5 samples",
        ]
    );
}

#[test]
fn a_stretch_in_which_nothing_was_told_has_a_sum_of_nothing() {
    let tell = |runner: &mut Aggregator| {
        runner.statistic(StatisticKind::Counter, "orders", &Labels::new(), 5.0, 0.0);
        runner.statistic(StatisticKind::Gauge, "queue", &Labels::new(), 5.0, 0.0);
    };
    let limits = ["orders sum > 1 over 1s", "orders rate > 1/s over 2s", "queue last > 1 over 1s"];
    let told = Run::of(&limits).second(tell).second(|_| ()).second(tell).told();
    assert_eq!(
        told,
        [
            "limit `orders sum > 1 over 1s` broken: 0 of 0 samples in the worst 1.0 s, until 00:02",
            "limit `orders rate > 1/s over 2s` kept: 2.5/s of 1 sample in the worst 2.0 s, until 00:02",
            "limit `queue last > 1 over 1s` kept: 5 of 1 sample in the worst 1.0 s, until 00:01",
        ]
    );
}
