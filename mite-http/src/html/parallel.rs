//! Several things at once, within one task.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Futures, so many of which run at once; each that ends may bring more.
pub(super) struct Parallel<F> {
    most: usize,
    waiting: VecDeque<F>,
    active: Vec<Pin<Box<F>>>,
}

impl<F: Future> Parallel<F> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, waiting: VecDeque::new(), active: Vec::new() }
    }

    pub(super) fn push(&mut self, future: F) {
        self.waiting.push_back(future);
    }

    /// The result of the next that ends; none if there is none.
    pub(super) async fn next(&mut self) -> Option<F::Output> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let room = self.most.saturating_sub(self.active.len()).min(self.waiting.len());
        self.active.extend(self.waiting.drain(..room).map(Box::pin));
        let ended = self.active.iter_mut().enumerate().find_map(|(i, future)| {
            match future.as_mut().poll(cx) {
                Poll::Ready(output) => Some((i, output)),
                Poll::Pending => None,
            }
        });
        match ended {
            Some((i, output)) => {
                drop(self.active.swap_remove(i));
                Poll::Ready(Some(output))
            }
            None if self.active.is_empty() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_run_at_once_and_who_ends_first_comes_first() {
        let mut parallel = Parallel::new(2);
        let start = Instant::now();
        for ms in [30, 10, 10, 10] {
            parallel.push(async move {
                sleep(Duration::from_millis(ms)).await;
                (ms, start.elapsed().as_millis())
            });
        }
        let mut ended = Vec::new();
        while let Some(one) = parallel.next().await {
            ended.push(one);
        }
        assert_eq!(ended.len(), 4);
        assert_eq!(ended[0], (10, 10));
        assert_eq!(ended.iter().map(|(_, at)| *at).max(), Some(30));
    }
}
