//! What controller and runners tell each other, as bytes and back.

use std::time::Duration;

use fastrand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::config::Config;
use crate::msgpack;
use crate::pool::PoolKind;
use crate::volume::Piece;

fn some<T>(rng: &mut Rng, mut one: impl FnMut(&mut Rng) -> T) -> Vec<T> {
    (0..rng.usize(0..5)).map(|_| one(rng)).collect()
}

/// Small numbers, large ones, and those at the ends.
fn number(rng: &mut Rng) -> u64 {
    match rng.u8(0..4) {
        0 => [0, u64::MAX][rng.usize(0..2)],
        1 => rng.u64(..),
        _ => rng.u64(0..300),
    }
}

fn small(rng: &mut Rng) -> u32 {
    number(rng) as u32
}

fn time(rng: &mut Rng) -> Duration {
    Duration::from_nanos(number(rng))
}

fn text(rng: &mut Rng) -> String {
    let letters = ["shop", ":", "ü", "\u{1f980}", "\0", " "];
    some(rng, |rng| letters[rng.usize(..letters.len())]).concat()
}

fn fence(rng: &mut Rng) -> Fence {
    Fence { run: number(rng), epoch: number(rng), incarnation: number(rng) }
}

fn config(rng: &mut Rng) -> Config {
    let config = Config::new();
    for _ in 0..rng.usize(0..4) {
        match rng.bool() {
            true => config.set(&text(rng), text(rng)),
            false => config.set(&text(rng), (number(rng), rng.f64(), some(rng, text))),
        }
    }
    config
}

fn progress(rng: &mut Rng) -> Progress {
    Progress {
        fence: fence(rng),
        runner: small(rng),
        number: number(rng),
        grant: number(rng),
        seen: StoreMark { epoch: number(rng), position: number(rng) },
        config_version: number(rng),
        leaving: rng.bool(),
        lines: some(rng, |rng| LineProgress {
            line: small(rng),
            running: small(rng),
            started: number(rng),
            spare: small(rng),
            used: some(rng, number),
            unused: some(rng, number),
            starved: small(rng),
            unmet_data: time(rng),
            unmet_room: time(rng),
            arrivals: rng.bool().then(|| ArrivalProgress {
                taken: number(rng),
                pending: number(rng),
                dropped: dropped(rng),
                cut: number(rng),
            }),
            claim: rng.bool().then(|| Claim { level: level(rng), items: some(rng, number) }),
        }),
    }
}

fn dropped(rng: &mut Rng) -> Dropped {
    let [late, full, capped, no_data, unleased, undelivered] = std::array::from_fn(|_| number(rng));
    Dropped { late, full, capped, no_data, unleased, undelivered }
}

fn arrivals(rng: &mut Rng) -> ArrivalGrant {
    let segment = |rng: &mut Rng| Segment {
        window: number(rng),
        start: time(rng),
        end: time(rng),
        first: number(rng),
        end_k: number(rng),
        pieces: some(rng, |rng| Piece {
            start: time(rng),
            end: time(rng),
            from: rng.f64() * 1e6,
            to: rng.f64(),
        }),
        lead: rng.f64(),
        random: rng.bool().then(|| Strata { seed: number(rng), counts: some(rng, small) }),
        split: Split { seats: small(rng), runners: small(rng), place: small(rng) },
    };
    ArrivalGrant {
        segments: some(rng, segment),
        room: rng.bool().then(|| small(rng)),
        last: rng.bool(),
    }
}

fn level(rng: &mut Rng) -> Level {
    let growth = |rng: &mut Rng| Growth {
        first: time(rng),
        every: time(rng),
        slots: small(rng),
        offset: small(rng),
        of: small(rng),
    };
    Level { base: small(rng), growth: rng.bool().then(|| growth(rng)) }
}

fn grant(rng: &mut Rng) -> Grant {
    let phases = [Phase::Run, Phase::Drain, Phase::Cancel, Phase::Bye];
    Grant {
        fence: fence(rng),
        number: number(rng),
        answers: number(rng),
        position: number(rng),
        config: config(rng).changes_since(0),
        lines: some(rng, |rng| LineGrant {
            line: small(rng),
            level: level(rng),
            items: some(rng, |rng| Item {
                id: number(rng),
                data: some(rng, |rng| rng.u8(..)).into(),
            }),
            keep: small(rng),
            exhausted: rng.bool(),
            arrivals: rng.bool().then(|| arrivals(rng)),
        }),
        phase: phases[rng.usize(..phases.len())],
    }
}

fn welcome(rng: &mut Rng) -> Welcome {
    let kinds = [PoolKind::Recyclable, PoolKind::Once, PoolKind::Custom, PoolKind::Unlimited];
    let items = [Items::Tickets, Items::Arguments, Items::Chosen];
    Welcome {
        fence: fence(rng),
        run: text(rng),
        test: text(rng),
        runner: small(rng),
        lines: some(rng, |rng| WelcomeLine {
            line: small(rng),
            journeys: some(rng, |rng| WelcomeJourney { journey: text(rng), weight: number(rng) }),
            kind: kinds[rng.usize(..kinds.len())],
            items: items[rng.usize(..items.len())],
            until: rng.bool().then(|| time(rng)),
        }),
        config: config(rng).changes_since(0),
        period: time(rng),
        min_delay: time(rng),
        seed: number(rng),
        most: rng.bool().then(|| small(rng)),
        max_lateness: time(rng),
        timeout: rng.bool().then(|| time(rng)),
        graceful_stop: time(rng),
        warmup: time(rng),
        max_block: time(rng),
        debugging: rng.bool(),
        in_detail: rng.bool(),
        series_by: some(rng, text),
        setup: rng.bool().then(|| some(rng, |rng| number(rng) as u8).into()),
    }
}

fn there_and_back<T: Serialize + DeserializeOwned>(value: &T) -> (T, Vec<u8>) {
    let bytes = msgpack::encode(value).unwrap();
    (msgpack::decode(&bytes).unwrap(), bytes)
}

#[test]
fn everything_arrives_as_it_was_sent() {
    for seed in 0..2000 {
        let rng = &mut Rng::with_seed(seed);
        let (progress, grant, welcome) = (progress(rng), grant(rng), welcome(rng));
        assert_eq!(there_and_back(&progress).0, progress, "seed {seed}");
        assert_eq!(there_and_back(&grant).0, grant, "seed {seed}");
        assert_eq!(there_and_back(&welcome).0, welcome, "seed {seed}");
    }
}

#[test]
fn a_line_is_called_as_in_messages_and_an_item_costs_its_bytes() {
    let item = Item { id: 7, data: vec![0x91, 0x05].into() };
    let line = LineGrant { line: 3, items: vec![item], ..LineGrant::default() };
    let (_, bytes) = there_and_back(&line);
    assert!(String::from_utf8_lossy(&bytes).contains("scenario_id"), "{bytes:x?}");
    // An array of two: the id, and two bytes as such.
    let item = [0x92, 0x07, 0xc4, 0x02, 0x91, 0x05];
    assert!(bytes.windows(6).any(|window| window == item), "{bytes:x?}");
}

#[test]
fn what_is_cut_off_is_an_error_and_no_panic() {
    for seed in 0..50 {
        let (_, bytes) = there_and_back(&grant(&mut Rng::with_seed(seed)));
        for end in 0..bytes.len() {
            assert!(msgpack::decode::<Grant>(&bytes[..end]).is_err(), "seed {seed} at {end}");
        }
    }
}
