//! Who serves the runners: it leaves time for whoever shares its thread, and does what it is
//! told meanwhile.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mite_core::config::Config;
use mite_core::control::{
    Claim, Fence, Grant, Level, LineProgress, Phase, Progress, Saved, Settings, StoreMark, Throttle,
};
use mite_core::dispatch::{
    Command, Disconnected, Dispatch, Hub, InProcess, Notice, Store, Transport,
};
use mite_core::error::Result as Outcome;
use mite_core::journey::JourneyEntry;
use mite_core::meta::{LocalFuture, Meta, TypeOf};
use mite_core::plan::{self, Plan};
use mite_core::pool::NoData;
use mite_core::pool::any::AnyPool;
use mite_core::stats::Finding;
use mite_core::volume::{Constant, VolumeKind};
use tokio::sync::{Notify, mpsc};
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

impl Disk {
    /// Where the controllers before that one have ended, if there are any.
    fn ends(&self, fence: Fence) -> Vec<StoreMark> {
        let position = self.0.writes.get().into();
        (1..fence.epoch).map(|epoch| StoreMark { epoch, position }).collect()
    }
}

/// Keeps what it is told to keep, when it is told to.
#[derive(Clone, Default)]
struct Disk(Rc<Kept>);

#[derive(Default)]
struct Kept {
    records: RefCell<BTreeMap<String, Saved>>,
    under_way: RefCell<Vec<Saved>>,
    writes: Cell<u32>,
    ended: Notify,
    fails: Cell<bool>,
}

impl Store for Disk {
    fn save(&mut self, records: Vec<Saved>) {
        self.0.writes.set(self.0.writes.get() + 1);
        *self.0.under_way.borrow_mut() = records;
    }

    async fn saved(&mut self) -> Result<u64, String> {
        self.0.ended.notified().await;
        if self.0.fails.get() {
            return Err("the disk is full".to_owned());
        }
        let records = self.0.under_way.take().into_iter();
        self.0.records.borrow_mut().extend(records.map(|record| (record.key(), record)));
        Ok(self.0.writes.get().into())
    }

    fn leads(&self) -> bool {
        true
    }
}

const SECOND: Fence = Fence { run: 1, epoch: 2, incarnation: 0 };
const FIRST: Fence = Fence { epoch: 1, ..SECOND };

/// A dispatch that keeps what it must know again on `disk`, and the end of a runner.
fn kept(fence: Fence, disk: &Disk) -> (Dispatch<Hub, Disk>, InProcess) {
    let (hub, mut transports) = Hub::new(1);
    let (commands, commanded) = mpsc::unbounded_channel();
    let settings = Settings { runner_timeout: Some(Duration::from_secs(10)), ..SETTINGS };
    let start = Instant::now();
    let dispatch = Dispatch::new(plan(), settings, Config::new(), 0, start, hub, commanded);
    let saved: Vec<_> = disk.0.records.borrow().values().cloned().collect();
    if saved.is_empty() {
        commands.send(Command::Joined { runner: 1, incarnation: 0 }).unwrap();
    }
    (dispatch.unwrap().kept(fence, disk.clone(), (&saved, &disk.ends(fence))), transports.remove(0))
}

fn fenced(fence: Fence, number: u64, grant: u64) -> Progress {
    Progress { fence, runner: 1, number, grant, ..Progress::default() }
}

#[tokio::test(start_paused = true)]
async fn grants_wait_until_what_they_follow_from_is_kept_and_another_controller_goes_on_from_it() {
    tokio::task::LocalSet::new().run_until(kept_and_taken_up()).await;
}

async fn kept_and_taken_up() {
    let disk = Disk::default();
    let (mut dispatch, mut runner) = kept(FIRST, &disk);
    let served = async { while dispatch.next().await.is_some() {} };
    let asking = async {
        let grant = {
            let mut asked = pin!(runner.request(fenced(FIRST, 1, 0)));
            let soon = tokio::time::timeout(Duration::from_millis(500), &mut asked).await;
            assert!(soon.is_err(), "it is not durable who is there");
            assert_eq!(disk.0.writes.get(), 1);
            disk.0.ended.notify_one();
            asked.await.unwrap()
        };
        assert_eq!((grant.lines[0].level.top(), grant.answers), (100, 1));
        // Nothing has changed that must be kept.
        let grant = runner.request(fenced(FIRST, 2, 1)).await.unwrap();
        assert_eq!((grant.lines[0].level.top(), disk.0.writes.get()), (100, 1));
    };
    tokio::select! {
        () = asking => {}
        () = served => panic!("it ended"),
    }
    drop(dispatch);

    let (mut dispatch, mut runner) = kept(SECOND, &disk);
    assert_eq!(dispatch.report().runners, [1]);
    let served = async { while dispatch.next().await.is_some() {} };
    let asking = async {
        disk.0.ended.notify_one();
        let told = runner.request(fenced(FIRST, 3, 2)).await.unwrap();
        assert_eq!((told.phase, told.fence, told.answers), (Phase::Claim, SECOND, 3));
        let claim = Claim { level: Level::fixed(100), items: Vec::new() };
        let line = LineProgress { line: 1, running: 90, claim: Some(claim), ..Default::default() };
        let claims = Progress { lines: vec![line], ..fenced(SECOND, 4, 2) };
        let mut asked = pin!(runner.request(claims));
        let grant = tokio::time::timeout(Duration::from_millis(500), &mut asked).await;
        let grant = match grant {
            Ok(grant) => grant,
            Err(_) => {
                disk.0.ended.notify_one();
                asked.await
            }
        };
        assert_eq!(grant.unwrap().lines[0].level.top(), 100);
    };
    tokio::select! {
        () = asking => {}
        () = served => panic!("it ended"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_cannot_keep_anything_grants_nothing() {
    tokio::task::LocalSet::new().run_until(unkept()).await;
}

async fn unkept() {
    let disk = Disk::default();
    disk.0.fails.set(true);
    disk.0.ended.notify_one();
    let (mut dispatch, mut runner) = kept(FIRST, &disk);
    let mut asked = pin!(runner.request(fenced(FIRST, 1, 0)));
    let ended = async { while dispatch.next().await.is_some() {} };
    tokio::select! {
        grant = &mut asked => panic!("{grant:?}"),
        () = ended => {}
    }
    let why = "the disk is full".to_owned();
    assert_eq!(dispatch.findings(), [Finding::Deposed { why }]);
}

#[tokio::test(start_paused = true)]
async fn a_controller_whose_store_has_gone_back_grants_nothing_and_says_why() {
    tokio::task::LocalSet::new().run_until(gone_back()).await;
}

async fn gone_back() {
    let disk = Disk::default();
    let (mut dispatch, mut runner) = kept(FIRST, &disk);
    let served = async { while dispatch.next().await.is_some() {} };
    let asking = async {
        disk.0.ended.notify_one();
        runner.request(fenced(FIRST, 1, 0)).await.unwrap()
    };
    let grant = tokio::select! {
        grant = asking => grant,
        () = served => panic!("it ended"),
    };
    assert_eq!((grant.position, disk.0.writes.get()), (1, 1));
    drop(dispatch);
    // What the next one finds was there before.
    disk.0.writes.set(0);
    let (mut dispatch, mut runner) = kept(SECOND, &disk);
    let seen = StoreMark { epoch: 1, position: grant.position };
    let report = Progress { seen, ..fenced(FIRST, 2, 1) };
    tokio::select! {
        _ = runner.request(report) => panic!("it is answered"),
        () = async { while dispatch.next().await.is_some() {} } => {}
    }
    let [Finding::Deposed { why }] = dispatch.findings() else {
        panic!("{:?}", dispatch.findings())
    };
    assert!(why.starts_with("what is kept of the run is older than what runner 1 was granted: "));
}
