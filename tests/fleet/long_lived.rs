//! Runners that take part in one run after another.

use crate::process::Started;
use crate::server::Nats;

fn stays(nats: &Nats) -> Started {
    Started::new("fleet", &["runner", "--forever", "--nats", &nats.url, "--runners", "1"])
}

#[test]
fn two_runs_after_one_another_have_the_same_runners_and_numbers_of_their_own() {
    let nats = Nats::start();
    let runners = [stays(&nats), stays(&nats)];
    for _ in 0..2 {
        let controller = Started::controller(&nats, "two_hundred", &["--min-runners", "2"]);
        let results = controller.ended().expect(1).results();
        let journeys = &results["totals"]["journeys"];
        let of = |name: &str| journeys[name].as_u64();
        assert_eq!((of("started"), of("failed")), (Some(200), Some(20)), "{journeys}");
        assert_eq!((of("finished"), of("cancelled")), (Some(180), Some(0)), "{journeys}");
        assert_eq!(results["run"]["runners"], 2);
    }
    // The next is of another kind, and has another number of journeys.
    let controller = Started::controller(&nats, "arrivals", &["--min-runners", "2"]);
    let results = controller.ended().expect(0).sound().results();
    let line = &results["lines"][0];
    assert_eq!((&line["scheduled"], &line["started"]), (&500.into(), &500.into()), "{line}");
    for runner in runners {
        runner.signal("TERM");
        let ran = runner.ended().expect(128 + 15);
        assert_eq!(
            ran.err.matches("the run is over; waits for the next").count(),
            3,
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_runner_that_stays_outlives_a_lost_controller_and_takes_part_in_the_next_run() {
    let nats = Nats::start();
    let runner = stays(&nats);
    let options = ["--runner-timeout", "2s", "--max-loop-delay", "500ms", "--wait", "2s"];
    let lost = Started::controller(&nats, "twelve", &options);
    lost.says("00:02 ");
    lost.signal("KILL");
    lost.ended();
    runner.says("no controller of run `mite` has started it");
    let results = Started::controller(&nats, "two_hundred", &[]).ended().expect(1).results();
    assert_eq!(results["totals"]["journeys"]["started"], 200);
    runner.signal("TERM");
    runner.ended().expect(128 + 15);
}
