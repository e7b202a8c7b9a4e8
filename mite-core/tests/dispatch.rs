//! Who serves the runners leaves time for whoever shares its thread.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mite_core::config::Config;
use mite_core::control::{Controller, Grant, Line, Progress, Settings};
use mite_core::dispatch::{Disconnected, Dispatch, Hub, Transport};
use mite_core::pool::PoolKind;
use mite_core::volume::{VolumeKind, volume_fn};
use tokio::sync::mpsc;
use tokio::time::Instant;

const RUNNERS: u32 = 50;

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
    };
    let volume = VolumeKind::Level(Box::new(volume_fn(|_, _| 100)));
    let mut controller =
        Controller::new(settings, vec![Line { id: 1, volume, pool: 0 }], vec![PoolKind::Unlimited]);
    let (hub, transports) = Hub::new(RUNNERS);
    let mut asked: Vec<Asked> = Vec::new();
    for (runner, mut transport) in (1..).zip(transports) {
        controller.hello(Duration::ZERO, runner);
        asked.push(Box::pin(async move {
            transport.request(Progress { runner, number: 1, ..Progress::default() }).await
        }));
    }
    // All ask at once.
    asked.retain_mut(|asked| !has_come(asked));
    assert_eq!(asked.len(), RUNNERS as usize);

    let dispatch = Dispatch::new(controller, Vec::new(), Config::new(), Instant::now(), hub);
    let (_commands, commanded) = mpsc::unbounded_channel();
    let mut dispatch = pin!(dispatch.run(commanded, |_, _| ()));
    for turn in 0..RUNNERS as usize * 2 {
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
    assert!(asked.is_empty(), "{} were never answered", asked.len());
}
