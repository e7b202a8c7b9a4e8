//! What of pages is not fetched, told once: or the load would be less than it looks.

use std::sync::{Mutex, PoisonError};

use mite_core::journey::Context;
use tokio::time::Instant;

/// Lines that are told of a run; hosts beyond that are not.
const MOST: usize = 20;

/// What was told, and of which run: its start.
static TOLD: Mutex<Vec<(Instant, String)>> = Mutex::new(Vec::new());

/// Tells in the log, once in a run, what is left out for this `reason`.
pub(super) fn tell(ctx: &Context, reason: &str, text: impl FnOnce() -> String) {
    if is_new(ctx.runner_host().start, reason) {
        ctx.log(text());
    }
}

fn is_new(run: Instant, reason: &str) -> bool {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let of_run = told.iter().filter(|(of, _)| *of == run);
    if told.iter().any(|(of, known)| *of == run && known == reason) || of_run.count() >= MOST {
        return false;
    }
    // Tests of a process have many runs.
    if told.len() >= 10 * MOST {
        told.retain(|(of, _)| *of == run);
    }
    told.push((run, reason.to_owned()));
    true
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_reason_is_told_once_in_a_run_and_so_many_in_all() {
        let run = Instant::now() + Duration::from_secs(1_000);
        assert!(is_new(run, "cdn.test"));
        assert!(!is_new(run, "cdn.test"));
        assert!(is_new(run + Duration::from_secs(1), "cdn.test"), "another run");
        let more = (0..50).filter(|n| is_new(run, &n.to_string())).count();
        assert_eq!(more, MOST - 1);
    }
}
