//! Deadlines, and the timer of a connection.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// A moment by which something must be done.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    /// How long it may take.
    pub limit: Duration,
}

impl Deadline {
    /// So long after `start`.
    pub fn after(start: Instant, limit: Duration) -> Self {
        Self { at: start + limit, limit }
    }

    /// What it is to miss it.
    pub fn missed(&self) -> Late {
        Late { limit: self.limit }
    }

    /// Awaits what is rare: it costs a timer each time.
    ///
    /// # Errors
    /// Those of what is awaited; [`Late`], as an error of the same type, if it is not
    /// done in time.
    pub async fn limit<T, E: From<Late>>(
        &self,
        what: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match tokio::time::timeout_at(self.at, what).await {
            Ok(result) => result,
            Err(_) => Err(self.missed().into()),
        }
    }

    /// Whether the moment has come.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.at
    }
}

/// Something was not done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Late {
    /// How long it could take.
    pub limit: Duration,
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not done within {:?}", self.limit)
    }
}

impl std::error::Error for Late {}

/// Wakes the task that waits on a connection when a deadline has come.
///
/// The timer is reset lazily: deadlines move on with every request and are hardly ever
/// met, so it stays where it is, and if it fires for a request that is long over, it is
/// set to the deadline of the present one.
#[derive(Debug, Default)]
pub struct Alarm(Option<Armed>);

#[derive(Debug)]
struct Armed {
    sleep: Pin<Box<Sleep>>,
    /// Whom it wakes.
    waker: Waker,
}

impl Alarm {
    /// `Ready` if `deadline` has come; else the task will be woken then.
    pub fn poll(&mut self, cx: &mut Context<'_>, deadline: &Deadline) -> Poll<()> {
        match &mut self.0 {
            Some(armed) if armed.will_ring(cx, deadline) => Poll::Pending,
            Some(armed) => armed.poll(cx, deadline),
            slot => {
                let sleep = Box::pin(tokio::time::sleep_until(deadline.at));
                let waker = cx.waker().clone();
                slot.insert(Armed { sleep, waker }).poll(cx, deadline)
            }
        }
    }
}

impl Armed {
    /// Whether it is set already, for this task and early enough.
    fn will_ring(&self, cx: &Context<'_>, deadline: &Deadline) -> bool {
        !self.sleep.is_elapsed()
            && self.sleep.deadline() <= deadline.at
            && self.waker.will_wake(cx.waker())
    }

    fn poll(&mut self, cx: &mut Context<'_>, deadline: &Deadline) -> Poll<()> {
        self.waker.clone_from(cx.waker());
        let sleep = &mut self.sleep;
        if sleep.deadline() > deadline.at {
            sleep.as_mut().reset(deadline.at);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() == deadline.at {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test(start_paused = true)]
    async fn an_alarm_wakes_the_task_that_polled_it_last() {
        let (start, mut alarm) = (Instant::now(), Alarm::default());
        let first = Deadline::after(start, Duration::from_millis(100));
        // Only looked at: nobody is to be woken.
        let noop = &mut Context::from_waker(Waker::noop());
        assert!(alarm.poll(noop, &first).is_pending());
        let second = Deadline::after(start, Duration::from_millis(300));
        let task = tokio::spawn(async move {
            poll_fn(|cx| alarm.poll(cx, &second)).await;
            start.elapsed()
        });
        assert_eq!(task.await.unwrap(), Duration::from_millis(300));
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_rings_at_each_deadline_earlier_or_later_than_the_last() {
        let (start, mut alarm) = (Instant::now(), Alarm::default());
        let deadline = |ms| Deadline::after(start, Duration::from_millis(ms));
        // Set, and left behind by a request that was done in time.
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx, &deadline(500)))).await.is_pending());
        for ms in [900, 910, 2000] {
            poll_fn(|cx| alarm.poll(cx, &deadline(ms))).await;
            assert_eq!(start.elapsed(), Duration::from_millis(ms));
        }
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx, &deadline(9000)))).await.is_pending());
        poll_fn(|cx| alarm.poll(cx, &deadline(3000))).await;
        assert_eq!(start.elapsed(), Duration::from_millis(3000));
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx, &deadline(2500)))).await.is_ready());
    }
}
