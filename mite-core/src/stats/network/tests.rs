use super::*;
use crate::stats::findings::{Finding, Weight};

fn at(from: u64, to: u64) -> Stretch {
    Stretch { from: Duration::from_millis(from), to: Duration::from_millis(to) }
}

#[test]
fn what_was_away_says_when_and_from_whom() {
    let mut away = NetworkAway {
        connection: "control".into(),
        of: Vec::new(),
        stretches: vec![at(6_000, 9_100), at(12_000, 12_300)],
    };
    assert_eq!(away.to_string(), "NATS was away 2 times, 3.4 s in all: 6.0–9.1 s, 12.0–12.3 s");
    (away.connection, away.of) = ("messages".into(), vec!["box (process 7)".into()]);
    away.stretches = (0..10).map(|n| at(n * 1_000, n * 1_000 + 500)).collect();
    let text = away.to_string();
    assert!(
        text.starts_with(
            "NATS was away from box (process 7) (the connection for messages) 10 times, 5.0 s in all: 0.0–0.5 s, "
        ) && text.ends_with(", 7.0–7.5 s and 2 more"),
        "{text}"
    );
}

#[test]
fn times_of_a_connection_are_bounded_and_none_is_forgotten() {
    let mut own = AwayTimes::default();
    let mut elsewhere = ConnectionHealth::default();
    let ms = Duration::from_millis;
    for n in 0..MOST as u64 + 5 {
        own.begins(n * 10);
        own.ends(n * 10 + 5);
        // Told now and then, and the same thing twice.
        if n % 7 < 2 {
            let told = ConnectionHealth { away: own.last_by(16, ms), slow: n };
            assert!(told.away.past.len() <= 16);
            elsewhere.follow(&told);
            elsewhere.follow(&told);
        }
    }
    // One who has not heard the first ones hears each of the others once.
    let mut later = ConnectionHealth::default();
    (0..2).for_each(|_| later.follow(&ConnectionHealth { away: own.last_by(16, ms), slow: 0 }));
    assert_eq!(later.past().count(), 16);
    own.begins(20_000);
    // By a clock that was set meanwhile: what is known stays.
    elsewhere.follow(&ConnectionHealth { away: own.last_by(16, |at| ms(at + 3)), slow: 1 });
    let all: Vec<_> = elsewhere.until(ms(20_010)).collect();
    assert_eq!((all.len(), elsewhere.slow), (MOST + 1, 1_002));
    assert_eq!(all[MOST - 2..], [at(9_980, 9_985), at(9_990, 10_048), at(20_003, 20_010)]);
    assert!((0..MOST as u64 - 1).all(|n| all[n as usize] == at(n * 10, n * 10 + 5)));
}

#[test]
fn strays_are_told_by_kind() {
    let mut strays = Strays { foreign: 1, ..Strays::default() };
    assert!(strays.to_string().ends_with("is in no number: 1 not of mite"));
    strays.merge(&Strays { versions: 2, incomplete: 3, strangers: 4, ..Strays::default() });
    assert_eq!(
        strays.to_string(),
        "10 messages came over NATS that were no part of this run, and are in no number: 1 not of mite, 2 of another version of mite's wire, 3 incomplete, 4 from processes of another run"
    );
}

/// Each finding of the network, with its weight and its whole text.
#[test]
fn every_finding_of_the_network_says_what_it_is_and_what_to_do() {
    use Weight::{Fails, Note};
    let text = |text: &str| text.to_owned();
    let table = [
        (
            Finding::RunnerLost {
                runner: 3,
                process: "box (process 7)".into(),
                from: Duration::from_secs(3),
                to: Duration::from_secs(4),
            },
            Fails,
            text(
                "runner 3 of box (process 7) ended before its time; what it ran is lost, and what it did from 3.0 s to 4.0 s of the test is in no number",
            ),
        ),
        (
            Finding::NetworkAway(NetworkAway {
                connection: "control".into(),
                of: vec!["box (process 7)".into()],
                stretches: vec![Stretch {
                    from: Duration::from_secs(6),
                    to: Duration::from_millis(9_100),
                }],
            }),
            Note,
            text("NATS was away from box (process 7) 1 time, 3.1 s in all: 6.0–9.1 s"),
        ),
        (
            Finding::NetworkSlow(NetworkSlow {
                connection: "control".into(),
                of: "the controller".into(),
                times: 2,
            }),
            Fails,
            text(
                "the controller took what NATS sent for control more slowly than it came, 2 times at least: some of it is lost; give it a core that others leave to it",
            ),
        ),
        (
            Finding::NetworkSlow(NetworkSlow {
                connection: "messages".into(),
                of: "box (process 7)".into(),
                times: 1,
            }),
            Note,
            text(
                "box (process 7) took what NATS sent for messages more slowly than it came, 1 time at least: some of it is lost; give it a core that others leave to it",
            ),
        ),
        (
            Finding::Strays(Strays { strangers: 2, ..Strays::default() }),
            Note,
            text(
                "2 messages came over NATS that were no part of this run, and are in no number: 2 from processes of another run; give each run a name of its own (--run)",
            ),
        ),
        (
            Finding::MessagesUnreached { group: "collector".into(), messages: 1 },
            Fails,
            text(
                "1 message was sent to collector and reached none of it: the server or its connections were too slow, or one of it was killed",
            ),
        ),
    ];
    for (finding, weight, expected) in table {
        assert_eq!((finding.weight(), finding.to_string()), (weight, expected));
    }
}
