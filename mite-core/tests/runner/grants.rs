//! What a runner does with its Grants: journeys of a known length, time that jumps.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mite_core::control::{Fence, Grant, Growth, Item, Items, Level, LineGrant, Phase, Progress};
use mite_core::dispatch::{Disconnected, Transport};
use mite_core::error::{Error, Result};
use mite_core::journey::{Context, Host, JourneyEntry, Lanes};
use mite_core::label::Label;
use mite_core::message::{Feed, Interest, Tap};
use mite_core::pool::PoolKind;
use mite_core::runner::{Line, Pulse, Runner, RunnerSettings};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::runtime;

thread_local! {
    static RUNNING: Cell<i32> = const { Cell::new(0) };
    static HIGHEST: Cell<i32> = const { Cell::new(0) };
    static STARTS: RefCell<Vec<Instant>> = const { RefCell::new(Vec::new()) };
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A second of work.
async fn second(ctx: Context) -> Result {
    struct Down;
    impl Drop for Down {
        fn drop(&mut self) {
            RUNNING.set(RUNNING.get() - 1);
        }
    }
    RUNNING.set(RUNNING.get() + 1);
    let _down = Down;
    HIGHEST.set(HIGHEST.get().max(RUNNING.get()));
    STARTS.with_borrow_mut(|s| s.push(Instant::now()));
    ctx.sleep(millis(1000)).await;
    Ok(())
}

async fn fails(ctx: Context) -> Result {
    ctx.transaction("step", async |ctx| {
        ctx.sleep(millis(1000)).await;
        Err(Error::new("test"))
    })
    .await
}

async fn panics(ctx: Context) -> Result {
    ctx.transaction("outer", async |ctx| {
        ctx.transaction("inner", async |ctx| {
            ctx.sleep(millis(1000)).await;
            let nothing: Vec<u8> = ctx.config().get_or("nothing", Vec::new());
            nothing.first().expect("there is nothing");
            Ok(())
        })
        .await
    })
    .await
}

async fn never_waits(_ctx: Context) -> Result {
    STARTS.with_borrow_mut(|s| s.push(Instant::now()));
    Ok(())
}

async fn never_ends(ctx: Context) -> Result {
    ctx.transaction("forever", async |_| {
        std::future::pending::<()>().await;
        Ok(())
    })
    .await
}

/// Answers each report by a function of it.
struct Script<F> {
    answer: F,
    seen: Rc<RefCell<Vec<Progress>>>,
    nudge: Rc<Notify>,
}

impl<F: FnMut(&Progress) -> Option<Grant>> Transport for Script<F> {
    fn request(&mut self, progress: Progress) -> impl Future<Output = Result<Grant, Disconnected>> {
        let grant = (self.answer)(&progress);
        let number = progress.number;
        self.seen.borrow_mut().push(progress);
        std::future::ready(
            grant.map(|g| Grant { number, answers: number, ..g }).ok_or(Disconnected),
        )
    }
    async fn nudged(&self) {
        self.nudge.notified().await;
    }
}

struct Played {
    seen: Vec<Progress>,
    feed: Feed,
    result: Result<(), Disconnected>,
    took: Duration,
}

impl Played {
    fn kinds(&mut self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for message in self.feed.drain() {
            *kinds.entry(message.kind().to_owned()).or_default() += 1;
        }
        kinds
    }
}

fn play(
    journey: &'static JourneyEntry,
    kind: PoolKind,
    answer: impl FnMut(&Progress) -> Option<Grant>,
) -> Played {
    play_in(true, millis(1000), journey, kind, answer)
}

fn play_in(
    virtual_time: bool,
    period: Duration,
    journey: &'static JourneyEntry,
    kind: PoolKind,
    answer: impl FnMut(&Progress) -> Option<Grant>,
) -> Played {
    runtime(virtual_time).block_on(async move {
        STARTS.take();
        HIGHEST.set(0);
        RUNNING.set(0);
        let (tap, feed) = Tap::new(Interest::Everything, 10 << 20);
        let host = Host::new(1, Label::intern("tests:all"), Lanes::new(Some(tap)));
        let seen = Rc::new(RefCell::new(Vec::new()));
        let script = Script { answer, seen: seen.clone(), nudge: Rc::default() };
        let start = Instant::now();
        let settings = RunnerSettings {
            fence: Fence::default(),
            start,
            period,
            min_delay: millis(1),
            most: None,
            max_lateness: period,
            timeout: None,
        };
        let items = match kind {
            PoolKind::Unlimited => Items::Tickets,
            _ => Items::Arguments,
        };
        let plan = Line { id: 1, journeys: vec![(journey, 1)], kind, items, until: None };
        let runner = Runner::new(Arc::new(host), settings, &[plan], Pulse::default(), script);
        let result = runner.run().await;
        Played { seen: seen.take(), feed, result, took: start.elapsed() }
    })
}

fn hold(level: u32) -> Grant {
    granted(LineGrant {
        line: 1,
        level: Level::fixed(level),
        items: vec![],
        keep: 0,
        exhausted: false,
        arrivals: None,
    })
}

fn granted(line: LineGrant) -> Grant {
    Grant { lines: vec![line], ..Grant::default() }
}

fn phase(phase: Phase) -> Option<Grant> {
    Some(Grant { phase, ..Grant::default() })
}

/// Runs `grant` for so long, then drains until nothing runs, then ends.
fn during(
    length: Duration,
    mut grant: impl FnMut(&Progress) -> Grant,
) -> impl FnMut(&Progress) -> Option<Grant> {
    let mut start = None;
    move |progress| {
        let start = *start.get_or_insert_with(Instant::now);
        if start.elapsed() < length {
            return Some(grant(progress));
        }
        let idle = progress.lines.iter().all(|s| s.running == 0 && s.spare == 0);
        phase(if idle { Phase::Bye } else { Phase::Drain })
    }
}

fn items(ids: std::ops::Range<u64>) -> Vec<Item> {
    ids.map(|id| Item { id, data: vec![0x90].into() }).collect()
}

#[test]
fn a_level_is_held_without_asking_again() {
    let played = play(entry!(second), PoolKind::Unlimited, during(millis(9500), |_| hold(10)));
    assert_eq!(HIGHEST.get(), 10);
    // Ten at once, a second each: started at 0, 1, … 9 and, before the drain, 10.
    assert_eq!(STARTS.take().len(), 100);
    assert!(played.seen.len() < 20, "asked {} times", played.seen.len());
    assert_eq!(played.seen.last().unwrap().lines[0].started, 100);
}

#[test]
fn a_lower_level_cancels_nothing() {
    let start = Rc::new(Cell::new(None));
    let played = play(
        entry!(second),
        PoolKind::Unlimited,
        during(millis(3500), {
            let start = start.clone();
            move |_| {
                let began: Instant = start.get().unwrap_or_else(Instant::now);
                start.set(Some(began));
                hold(if began.elapsed() < millis(900) { 4 } else { 1 })
            }
        }),
    );
    let ended = played.seen.last().unwrap().lines[0].started;
    // 4 at 0 s, all of which finish; then one a second at 1, 2, 3 and 4 s: the
    // runner said at 1.001 s that it had come down, so it asks next at 4.001 s.
    assert_eq!(ended, 8);
    assert_eq!(RUNNING.get(), 0);
}

#[test]
fn growth_starts_one_slot_after_the_other() {
    let growth = Growth { first: millis(100), every: millis(50), slots: 4, offset: 1, of: 2 };
    let level = Level { base: 1, growth: Some(growth) };
    play(
        entry!(second),
        PoolKind::Unlimited,
        during(millis(900), move |_| {
            granted(LineGrant {
                line: 1,
                level,
                items: vec![],
                keep: 0,
                exhausted: false,
                arrivals: None,
            })
        }),
    );
    let starts = STARTS.take();
    let at: Vec<_> = starts.iter().map(|s| (*s - starts[0]).as_millis()).collect();
    assert_eq!(at, [0, 150, 250]);
}

#[test]
fn used_items_come_home() {
    let mut given = false;
    let played = play(
        entry!(second),
        PoolKind::Once,
        during(millis(3000), move |_| {
            let items = if given { vec![] } else { items(0..7) };
            given = true;
            granted(LineGrant {
                line: 1,
                level: Level::fixed(7),
                items,
                keep: 7,
                exhausted: false,
                arrivals: None,
            })
        }),
    );
    let mut used: Vec<_> = played.seen.iter().flat_map(|p| p.lines[0].used.clone()).collect();
    used.sort();
    assert_eq!(used, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(STARTS.take().len(), 7);
    // From 1 s on all seven slots wait for items that do not come.
    let unmet = played.seen.iter().map(|p| p.lines[0].unmet_data).max().unwrap();
    assert!(unmet >= millis(7 * 1900) && unmet <= millis(7 * 2100), "{unmet:?}");
}

#[test]
fn recyclable_items_go_round_in_the_runner() {
    let mut given = false;
    // Its reports do not fall together with the ends of journeys.
    let played = play_in(
        true,
        millis(1001),
        entry!(second),
        PoolKind::Recyclable,
        during(millis(4000), move |_| {
            let items = if given { vec![] } else { items(0..3) };
            given = true;
            granted(LineGrant {
                line: 1,
                level: Level::fixed(2),
                items,
                keep: 3,
                exhausted: false,
                arrivals: None,
            })
        }),
    );
    // Two at 0, 1, 2, 3 and 4 s: it asks for more at 0.001 s and at 1 s, and then once
    // a period.
    assert_eq!(STARTS.take().len(), 10);
    let home: Vec<_> = played
        .seen
        .iter()
        .flat_map(|p| [p.lines[0].used.clone(), p.lines[0].unused.clone()].concat())
        .collect();
    assert_eq!(home.len(), 3, "{home:?}");
}

#[test]
fn fresh_recyclable_items_are_asked_for_before_they_run_out() {
    let mut first = true;
    let answer = during(millis(9500), move |progress| {
        // Ten that are fresh: six were used since the last time.
        let from = progress.lines[0].started + if first { 0 } else { 4 };
        let items = items(from..progress.lines[0].started + 10);
        first = false;
        let level = Level::fixed(2);
        granted(LineGrant { line: 1, level, items, keep: 20, exhausted: false, arrivals: None })
    });
    let played = play_in(true, millis(60_000), entry!(second), PoolKind::Recyclable, answer);
    let started: Vec<_> = played.seen.iter().map(|p| p.lines[0].started).collect();
    assert_eq!(started[..4], [0, 6, 12, 18], "long before a period is over");
    // Nobody waited for them.
    assert!(played.seen.iter().all(|p| p.lines[0].unmet_data.is_zero()));
}

#[test]
fn unused_items_come_home_at_the_end() {
    let mut given = false;
    let played = play(
        entry!(second),
        PoolKind::Once,
        during(millis(500), move |_| {
            let items = if given { vec![] } else { items(0..5) };
            given = true;
            granted(LineGrant {
                line: 1,
                level: Level::fixed(2),
                items,
                keep: 5,
                exhausted: false,
                arrivals: None,
            })
        }),
    );
    let used: Vec<_> = played.seen.iter().flat_map(|p| p.lines[0].used.clone()).collect();
    let mut unused: Vec<_> = played.seen.iter().flat_map(|p| p.lines[0].unused.clone()).collect();
    unused.sort();
    assert_eq!((used, unused), (vec![0, 1], vec![2, 3, 4]));
}

#[test]
fn a_failing_journey_is_reported_and_started_again() {
    let mut played = play(entry!(fails), PoolKind::Unlimited, during(millis(2500), |_| hold(1)));
    let kinds = played.kinds();
    assert_eq!(kinds["error"], 3);
    assert_eq!(kinds["txn"], 6);
}

#[test]
fn a_panic_is_an_exception_of_the_innermost_transaction() {
    let played = play(entry!(panics), PoolKind::Unlimited, during(millis(1500), |_| hold(1)));
    let mut seen = Vec::new();
    for m in played.feed.drain() {
        let transaction: String = m.get("transaction").unwrap();
        seen.push((m.kind().to_owned(), transaction, m.get::<bool>("had_error")));
        if m.kind() == "exception" {
            assert_eq!(m.get::<String>("message").unwrap(), "panic: there is nothing");
            assert_eq!(m.get::<String>("ex_type").unwrap(), "panic");
            assert!(m.get::<String>("location").unwrap().starts_with(file!()));
        }
    }
    let once = [
        ("exception".to_owned(), "__root__ :: outer :: inner".to_owned(), None),
        ("txn".to_owned(), "__root__ :: outer :: inner".to_owned(), Some(true)),
        ("txn".to_owned(), "__root__ :: outer".to_owned(), Some(true)),
        ("txn".to_owned(), "__root__".to_owned(), Some(true)),
    ];
    assert_eq!(seen, [once.clone(), once].concat());
    assert_eq!(played.result, Ok(()));
}

#[test]
fn a_journey_that_never_waits_does_not_keep_grants_out() {
    // Real time: something always runs, so a paused clock would never move.
    let mut answers = 0;
    let answer = move |_: &Progress| {
        answers += 1;
        if answers < 4 { Some(hold(1)) } else { phase(Phase::Bye) }
    };
    let played = play_in(false, millis(5), entry!(never_waits), PoolKind::Unlimited, answer);
    assert_eq!(played.result, Ok(()));
    let started: Vec<_> = played.seen.iter().map(|p| p.lines[0].started).collect();
    assert!(started.is_sorted() && started[3] > started[2] && started[2] > 0, "{started:?}");
}

#[test]
fn what_never_ends_is_cancelled_when_told() {
    let mut asked = 0;
    let played = play(entry!(never_ends), PoolKind::Unlimited, move |_| {
        asked += 1;
        match asked {
            1 => Some(hold(3)),
            2 | 3 => phase(Phase::Drain),
            4 => phase(Phase::Cancel),
            _ => phase(Phase::Bye),
        }
    });
    let running: Vec<_> = played.seen.iter().map(|p| p.lines[0].running).collect();
    assert_eq!(running, [0, 3, 3, 3, 0]);
    // Cancelled transactions are sent, as that and without an error.
    let sent = played.feed.drain();
    let sent: Vec<_> = sent
        .iter()
        .map(|m| (m.kind(), m.get::<bool>("had_error"), m.get::<bool>("cancelled")))
        .collect();
    assert_eq!(sent, [("txn", Some(false), Some(true)); 6]);
    // The last report comes as soon as nothing runs.
    assert_eq!(played.took, millis(3001));
}

#[test]
fn without_a_controller_everything_is_cancelled() {
    let mut asked = 0;
    let played = play(entry!(second), PoolKind::Unlimited, move |_| {
        asked += 1;
        (asked == 1).then(|| hold(5))
    });
    assert_eq!(played.result, Err(Disconnected));
    assert_eq!(HIGHEST.get(), 5);
}
