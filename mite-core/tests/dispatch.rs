//! Who serves the runners: it leaves time for whoever shares its thread, and does what it is
//! told meanwhile.

use std::any::TypeId;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mite_core::config::Config;
use mite_core::control::{Fence, Grant, Progress, Settings, Throttle};
use mite_core::dispatch::{Command, Disconnected, Dispatch, Hub, Notice, Transport};
use mite_core::error::Result as Outcome;
use mite_core::journey::JourneyEntry;
use mite_core::meta::{LocalFuture, Meta, TypeOf};
use mite_core::plan::{self, Plan};
use mite_core::pool::NoData;
use mite_core::pool::any::AnyPool;
use mite_core::volume::{Constant, VolumeKind};
use tokio::sync::mpsc;
use tokio::time::Instant;

const RUNNERS: u32 = 50;

static NEVER: JourneyEntry = JourneyEntry {
    meta: Meta { module: "tests", name: "never", file: file!(), line: line!(), doc: "" },
    parameters: &[],
    arguments: TypeOf::of::<()>,
    function: TypeId::of::<()>,
    start: |_, _| -> Outcome<LocalFuture<'static, Outcome>> { Ok(Box::pin(async { Ok(()) })) },
};

type Asked = Pin<Box<dyn Future<Output = Result<Grant, Disconnected>>>>;

/// Whether the answer has come since it was looked at last.
fn has_come(asked: &mut Asked) -> bool {
    matches!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)))
}

const SETTINGS: Settings = Settings {
    period: Duration::from_secs(1),
    spawn_rate: f64::INFINITY,
    runner_max_journeys: None,
    seed: 0,
    until: None,
    runner_timeout: None,
};

/// A hundred journeys at once.
fn plan() -> Plan {
    let pool = plan::Pool { pool: AnyPool::new(NoData), bare: false, name: "none".into() };
    let part = plan::Part { journey: &NEVER, pool: pool.clone(), weight: 1, once: false };
    let line = plan::Line {
        id: 1,
        journeys: vec![part],
        pool: 0,
        supply: None,
        most: None,
        volume: VolumeKind::Level(Box::new(Constant::new(100, Duration::MAX))),
        duration: None,
    };
    Plan {
        lines: vec![line],
        pools: vec![pool],
        duration: None,
        warmup: None,
        thresholds: Vec::new(),
        series_by: Vec::new(),
        setup: None,
        teardown: None,
    }
}

#[tokio::test]
async fn others_have_their_turn_after_each_answer() {
    let (hub, transports) = Hub::new(RUNNERS);
    let mut asked: Vec<Asked> = Vec::new();
    for (runner, mut transport) in (1..).zip(transports) {
        asked.push(Box::pin(async move {
            transport.request(Progress { runner, number: 1, ..Progress::default() }).await
        }));
    }
    // All ask at once.
    asked.retain_mut(|asked| !has_come(asked));
    assert_eq!(asked.len(), RUNNERS as usize);

    let (_commands, commanded) = mpsc::unbounded_channel();
    let (config, start) = (Config::new(), Instant::now());
    let mut dispatch =
        Dispatch::new(plan(), SETTINGS, config, RUNNERS, start, hub, commanded).unwrap();
    assert_eq!(dispatch.next().await, Some(Notice::LineStarted(1)));
    let mut dispatch = pin!(dispatch.next());
    for turn in 0..RUNNERS as usize * 2 {
        if asked.is_empty() {
            return;
        }
        tokio::select! {
            biased;
            _ = &mut dispatch => panic!("it ended"),
            () = std::future::ready(()) => {}
        }
        asked.retain_mut(|asked| !has_come(asked));
        let answered = RUNNERS as usize - asked.len();
        assert!(answered <= turn + 1, "{answered} were answered by turn {turn}");
        tokio::task::yield_now().await;
    }
    panic!("{} were never answered", asked.len());
}

fn report(runner: u32, number: u64, incarnation: u64) -> Progress {
    let fence = Fence { incarnation, ..Fence::default() };
    Progress { fence, runner, number, grant: number - 1, ..Progress::default() }
}

#[tokio::test(start_paused = true)]
async fn runners_join_a_run_without_any_and_the_load_is_changed_by_hand() {
    tokio::task::LocalSet::new().run_until(joined_and_changed()).await;
}

async fn joined_and_changed() {
    let (hub, transports) = Hub::new(2);
    let (commands, commanded) = mpsc::unbounded_channel();
    let mut dispatch =
        Dispatch::new(plan(), SETTINGS, Config::new(), 0, Instant::now(), hub, commanded).unwrap();
    assert_eq!(dispatch.next().await, Some(Notice::LineStarted(1)));
    let soon = tokio::time::timeout(Duration::from_secs(3), dispatch.next()).await;
    assert!(soon.is_err(), "it waits for runners: {soon:?}");

    for (runner, incarnation) in [(1, 0), (2, 7)] {
        commands.send(Command::Joined { runner, incarnation }).unwrap();
        assert_eq!(dispatch.next().await, Some(Notice::Joined(runner)));
    }
    let asking = async {
        let [mut one, mut two] = <[_; 2]>::try_from(transports).ok().unwrap();
        let mut ask = async |first: bool, report: Progress| {
            let end = if first { &mut one } else { &mut two };
            let grant = end.request(report).await.unwrap();
            grant.lines.first().map_or(0, |line| line.level.top())
        };
        let mut levels = vec![ask(true, report(1, 1, 0)).await, ask(false, report(2, 1, 7)).await];
        for command in [Command::Scale(0.5), Command::Pause, Command::Left(2), Command::Resume] {
            commands.send(command).unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
            let number = levels.len() as u64;
            levels.push(ask(true, report(1, number, 0)).await);
        }
        levels
    };
    let mut notices = Vec::new();
    let levels = tokio::select! {
        levels = asking => levels,
        () = async { loop { notices.extend(dispatch.next().await) } } => unreachable!(),
    };
    assert_eq!(levels, [50, 50, 25, 0, 0, 50]);
    let throttled = |paused, factor| Notice::Throttled(Throttle { paused, factor });
    let expected =
        [throttled(false, 0.5), throttled(true, 0.5), Notice::Left(2), throttled(false, 0.5)];
    assert_eq!(notices, expected);
    assert_eq!(dispatch.report().runners, [1]);
}
