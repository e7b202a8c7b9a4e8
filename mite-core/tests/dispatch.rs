//! Who serves the runners leaves time for whoever shares its thread.

use std::any::TypeId;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mite_core::config::Config;
use mite_core::control::{Grant, Progress, Settings};
use mite_core::dispatch::{Disconnected, Dispatch, Hub, Notice, Transport};
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

#[tokio::test]
async fn others_have_their_turn_after_each_answer() {
    let settings = Settings {
        period: Duration::from_secs(1),
        spawn_rate: f64::INFINITY,
        runner_max_journeys: None,
        seed: 0,
        until: None,
    };
    let line = plan::Line {
        id: 1,
        journey: &NEVER,
        pool: 0,
        volume: VolumeKind::Level(Box::new(Constant::new(100, Duration::MAX))),
        duration: None,
    };
    let pool = plan::Pool { pool: AnyPool::new(NoData), bare: false, name: "none".into() };
    let plan = Plan {
        lines: vec![line],
        pools: vec![pool],
        duration: None,
        warmup: None,
        thresholds: Vec::new(),
        series_by: Vec::new(),
        setup: None,
        teardown: None,
    };
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
        Dispatch::new(plan, settings, config, RUNNERS, start, hub, commanded).unwrap();
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
