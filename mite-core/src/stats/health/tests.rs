use super::*;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const TICK: Duration = Duration::from_millis(10);

/// A runner that was watched for ten seconds, its loop turning in time but for `lags`.
fn runner(id: u32, lags: &[u64]) -> RunnerHealth {
    let mut health = RunnerHealth::of(id);
    let late: u64 = lags.iter().sum();
    (0..(10_000 - late) / 10).for_each(|_| health.turned(ms(1), TICK));
    lags.iter().for_each(|lag| health.turned(ms(*lag), TICK));
    health.ran(Duration::from_secs(10), ms(4_000), ms(100));
    health
}

fn health(runners: Vec<RunnerHealth>) -> Health {
    Health { runners, cores: 2, ..Health::default() }
}

fn told(health: &Health, measured: Option<u64>) -> Vec<String> {
    symptoms(health, &[], measured.map(ms)).iter().map(Symptom::to_string).collect()
}

#[test]
fn a_loop_that_turns_has_no_symptoms() {
    assert_eq!(told(&health(vec![runner(1, &[]), runner(2, &[40, 90, 300])]), Some(1)), [""; 0]);
}

#[test]
fn lag_is_told_by_time_and_not_by_turns() {
    // One turn that was a second late: a tenth of ten seconds, and all moments of it.
    let one = runner(1, &[1_000]);
    let share = one.loop_lag.share_between(ms(100), Duration::from_secs(60));
    assert!((0.085..0.095).contains(&share), "{share}");
    assert_eq!(one.loop_lag.percentile(99.0).as_millis(), 900);
    // What takes for ever costs no more to tell.
    let mut for_ever = RunnerHealth::of(1);
    for_ever.turned(Duration::from_secs(3_600), TICK);
    assert_eq!(for_ever.loop_lag.count(), 1_000);
}

#[test]
fn a_loop_that_is_late_for_a_hundredth_of_the_time_makes_a_run_invalid() {
    let ill = health(vec![runner(1, &[]), runner(2, &[1_000])]);
    let found = symptoms(&ill, &[], None);
    assert_eq!(found[0].grade(), Grade::Invalid);
    assert_eq!(
        found[0].to_string(),
        "runner 2 was later than 100.00 ms for 9.1 % of the time, 1.000 s at most: so late is what was measured, whatever the server did"
    );
    assert_eq!(found[0].remedy(), "ask for less, or add `--runners` or machines");
    // What needs hardly any of its core does not do too much: it waits.
    let mut idle = RunnerHealth::of(1);
    (0..30).for_each(|_| idle.turned(ms(300), TICK));
    idle.ran(Duration::from_secs(10), ms(200), ms(50));
    let found = symptoms(&health(vec![idle.clone()]), &[], None);
    assert!(found[0].remedy().starts_with("their cores were idle: look for a journey that blocks"));
    // One of them is enough to be asked for less.
    let found = symptoms(&health(vec![idle, runner(2, &[1_000])]), &[], None);
    assert_eq!(found[0].remedy(), "ask for less, or add `--runners` or machines");
    // Half a second in all is a hiccup, however short the run.
    let mut short = RunnerHealth::of(1);
    short.turned(ms(400), TICK);
    short.ran(ms(500), ms(10), ms(0));
    assert_eq!(told(&health(vec![short]), None), [""; 0]);
    // And who accepts more may say so.
    let bounds = Bounds { lag: ms(1_000), ..Bounds::default() };
    assert_eq!(told(&Health { bounds, ..ill }, None), [""; 0]);
}

#[test]
fn lag_that_is_a_part_of_what_was_measured_is_suspect() {
    let mut slow = RunnerHealth::of(1);
    (0..1_000).for_each(|_| slow.turned(ms(8), TICK));
    slow.ran(Duration::from_secs(10), ms(5_000), ms(0));
    let slow = health(vec![slow]);
    assert_eq!(
        told(&slow, Some(40)),
        [
            "runner 1 was later than 8.00 ms for half of the time, which is in what was measured (40.00 ms typically)"
        ]
    );
    assert_eq!(told(&slow, Some(41)), [""; 0]);
    assert_eq!(symptoms(&slow, &[], Some(ms(40)))[0].grade(), Grade::Suspect);
}

#[test]
fn a_journey_that_blocks_for_a_hundredth_of_the_time_makes_a_run_invalid() {
    let ill = health(vec![runner(1, &[1_000]), runner(2, &[])]);
    let blocked = |in_all| [("shop:buy".to_owned(), 3, ms(500), ms(in_all))];
    let found = symptoms(&ill, &blocked(1_000), None);
    // It explains why the loop was late.
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].grade(), Grade::Invalid);
    assert_eq!(
        found[0].to_string(),
        "shop:buy kept its runner from all other work 3 times, for up to 500.00 ms, 5.0 % of all time"
    );
    let seldom = symptoms(&health(vec![runner(1, &[]), runner(2, &[])]), &blocked(199), None);
    assert_eq!(seldom[0].grade(), Grade::Suspect);
    // A run that nobody watched over is all blocked.
    assert_eq!(symptoms(&Health::default(), &blocked(1), None)[0].grade(), Grade::Invalid);
}

#[test]
fn a_full_core_is_suspect_and_the_remedy_goes_by_the_machine() {
    let busy = |id| {
        let mut busy = RunnerHealth::of(id);
        (0..8).for_each(|_| busy.ran(ms(1_000), ms(970), ms(0)));
        (0..2).for_each(|_| busy.ran(ms(1_000), ms(100), ms(0)));
        busy
    };
    let both = health(vec![busy(1), busy(2)]);
    let found = symptoms(&both, &[], None);
    assert_eq!(found[0].grade(), Grade::Suspect);
    assert_eq!(
        found[0].to_string(),
        "2 runners were at 100 % CPU for 8.0 s: the rates are what this generator can do"
    );
    assert_eq!(found[0].remedy(), "add machines, or lighten the journeys");
    let remedy = |health: &Health| symptoms(health, &[], None)[0].remedy();
    assert_eq!(remedy(&health(vec![busy(1)])), "add `--runners`");
    assert_eq!(remedy(&Health { debug_build: true, ..both }), "build with --release");
}

#[test]
fn a_debug_build_is_suspect_whatever_it_measured() {
    let found = symptoms(&Health { debug_build: true, ..Health::default() }, &[], None);
    assert_eq!((&found[..], found[0].grade()), (&[Symptom::DebugBuild][..], Grade::Suspect));
    assert_eq!(
        found[0].to_string(),
        "a debug build takes some four times the CPU, which is in every time and every rate"
    );
    assert_eq!(found[0].remedy(), "build with --release");
}

#[test]
fn a_runner_without_a_core_is_suspect() {
    let mut starved = RunnerHealth::of(2);
    starved.ran(Duration::from_secs(10), ms(4_000), ms(1_500));
    assert_eq!(
        told(&health(vec![runner(1, &[]), starved]), None),
        ["runner 2 was without a core to run on for 15.0 % of the time: other programs had it"]
    );
}

#[test]
fn files_and_ports_are_told_before_they_run_out() {
    let usage = |most| Some(Usage { most, limit: 1_000 });
    let near = Health { files: usage(900), ports: usage(899), ..Health::default() };
    assert_eq!(
        told(&near, None),
        ["900 of 1000 open files: new connections may have failed for it"]
    );
    let both = Health { files: usage(1_000), ports: usage(950), ..Health::default() };
    assert_eq!(told(&both, None).len(), 2);
}

#[test]
fn late_arrivals_make_a_run_invalid() {
    let mut late = runner(1, &[]);
    (0..99).for_each(|_| late.schedule_lag.record(ms(1)));
    late.schedule_lag.record(ms(101));
    let found = symptoms(&health(vec![late]), &[], None);
    assert_eq!(found[0].grade(), Grade::Invalid);
    assert_eq!(
        found[0].to_string(),
        "runner 1 was later than 100.00 ms with 1.0 % of the arrivals, 101.00 ms at most"
    );
}

#[test]
fn stretches_of_a_life_add_up_and_come_apart() {
    let (mut one, two) = (runner(1, &[200]), runner(1, &[]));
    let first = one.clone();
    one.merge(&two);
    assert_eq!((one.time, one.cpu), (Duration::from_secs(20), ms(8_000)));
    let since = one.since(&first);
    assert_eq!((since.time, since.cpu, since.loop_lag.count()), (two.time, two.cpu, 1_000));
    one.clear();
    assert_eq!(one, RunnerHealth::of(1));
}

#[test]
fn arrivals_that_were_late_while_the_network_was_away_are_not_the_generators_doing() {
    let health_of = |own: u64, away: u64| {
        let mut one = runner(1, &[]);
        (0..1_000).for_each(|_| one.lagged(ms(1)));
        (0..own).for_each(|_| one.lagged(ms(300)));
        for _ in 0..away {
            one.lagged(ms(900));
            one.away_lag.record(ms(900));
        }
        symptoms(&health(vec![one]), &[], None)
    };
    let grades = |found: &[Symptom]| found.iter().map(Symptom::grade).collect::<Vec<_>>();
    assert_eq!(grades(&health_of(0, 0)), []);
    let away = health_of(0, 40);
    assert_eq!(grades(&away), [Grade::Suspect]);
    assert_eq!(
        away[0].to_string(),
        "runner 1 was later than 100.00 ms with 100.0 % of the arrivals of the time in which NATS was away, 900.00 ms at most"
    );
    // Its own lateness is told all the same.
    let both = health_of(20, 40);
    assert_eq!(grades(&both), [Grade::Invalid, Grade::Suspect]);
    assert!(both[0].to_string().starts_with("runner 1 was later than 100.00 ms with 2.0 % of"));
}

#[test]
fn clocks_that_have_drifted_apart_are_told() {
    let process = |clock_drift, error| ProcessHealth {
        host: "box".to_owned(),
        pid: 7,
        clock_drift,
        clock_error: ms(error),
        ..ProcessHealth::default()
    };
    let of = |process| told(&Health { processes: vec![process], ..Health::default() }, None);
    assert_eq!(of(process(0.049, 49)), [""; 0]);
    let what = "what it did at one moment is not what others did then";
    assert_eq!(
        of(process(-0.18, 2)),
        [format!(
            "the test time of box (process 7) is 180.00 ms ahead of the controller's, ± 2.00 ms: {what}"
        )]
    );
    assert_eq!(
        of(process(0.0, 50)),
        [format!(
            "the test time of box (process 7) is 0.00 ms behind the controller's, ± 50.00 ms: {what}"
        )]
    );
}
