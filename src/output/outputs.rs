//! The outputs of a run, each on a thread of its own.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use mite_core::error::{Error, Result};
use mite_core::stats::{Finding, RunInfo, Snapshot, Summary};

use super::Output;
use crate::terminal::log::{self, Level};

/// The time limit of an output whose turn comes when the time of all is used up.
const GRACE: Duration = Duration::from_secs(1);

/// The least time limit of one that writes files.
const WRITING: Duration = Duration::from_secs(60);

/// The queue of an output that gets every snapshot: beyond it they are dropped, and the
/// output fails.
const WAITING: usize = 60;

/// The interval at which outputs are polled for their end.
const POLL: Duration = Duration::from_millis(2);

/// The outputs of a run. Nothing waits for one of them but the end, and that within a
/// limit.
pub(crate) struct Outputs {
    workers: Vec<Worker>,
    failures: mpsc::Receiver<Finding>,
}

struct Worker {
    name: &'static str,
    keeps: bool,
    shows_series: bool,
    shows_last: bool,
    mailbox: Arc<Mailbox>,
}

/// A mailbox, in which the latest wins: a snapshot replaces one that was not taken yet,
/// unless all are asked for.
#[derive(Default)]
struct Mailbox {
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Default)]
struct Slot {
    snapshots: VecDeque<Arc<Snapshot>>,
    /// Snapshots that were asked for and dropped.
    dropped: u64,
    summary: Option<Arc<Summary>>,
    /// Nothing more will come.
    is_closed: bool,
    /// The thread is done.
    has_ended: bool,
}

impl Outputs {
    /// Starts each, in order, and a thread for it. If one cannot start, those before
    /// it are dropped again.
    ///
    /// # Errors
    /// If one of them cannot start; the text names it.
    pub(crate) fn start(outputs: Vec<Box<dyn Output>>, info: &RunInfo) -> Result<Self> {
        let (failed, failures) = mpsc::channel();
        let mut started = Self { workers: Vec::new(), failures };
        for mut output in outputs {
            let (name, keeps) = (output.name(), output.keeps());
            let (shows_series, shows_last) = (output.shows_series(), output.shows_last());
            output
                .start(info)
                .map_err(|e| Error::new(format!("the {name} cannot start: {}", e.text())))?;
            let mailbox = Arc::new(Mailbox::default());
            let (inbox, failed) = (mailbox.clone(), failed.clone());
            std::thread::Builder::new()
                .name(name.into())
                .spawn(move || {
                    if let Err(why) = serve(output, &inbox) {
                        // At the end it is told with all else.
                        if !inbox.slot().is_closed {
                            log::log(Level::Error, format_args!("the {name} failed: {why}"));
                        }
                        // The receiver may be gone.
                        let _ = failed.send(failure(name, keeps, why));
                    }
                    inbox.update(|slot| slot.has_ended = true);
                })
                .map_err(|e| Error::new(format!("the thread of the {name} cannot start: {e}")))?;
            started.workers.push(Worker { name, keeps, shows_series, shows_last, mailbox });
        }
        Ok(started)
    }

    /// Whether one of them shows each transaction and request.
    pub(crate) fn show_series(&self) -> bool {
        self.workers.iter().any(|worker| worker.shows_series)
    }

    /// Shows a snapshot; never waits.
    pub(crate) fn show(&self, snapshot: &Arc<Snapshot>) {
        for worker in &self.workers {
            worker.mailbox.update(|slot| slot.push(snapshot, worker.keeps));
        }
    }

    /// Shows the snapshot of what came after the last tick to those that want it.
    pub(crate) fn show_last(&self, snapshot: &Arc<Snapshot>) {
        for worker in self.workers.iter().filter(|worker| worker.shows_last) {
            worker.mailbox.update(|slot| slot.push(snapshot, worker.keeps));
        }
    }

    /// What has failed since this was last asked.
    pub(crate) fn failures(&self) -> Vec<Finding> {
        self.failures.try_iter().collect()
    }

    /// Shows the summary, one output after the other, each with what was found of those
    /// before it; waits for `limit` in all, and a little, and longer for what is kept.
    /// May be dropped: see [`abandoned`](Self::abandoned).
    pub(crate) async fn finish(
        &mut self,
        mut summary: Arc<Summary>,
        limit: Duration,
    ) -> Vec<Finding> {
        let until = Instant::now() + limit;
        let mut findings = Vec::new();
        for worker in &self.workers {
            worker.mailbox.update(|slot| {
                slot.summary = Some(summary.clone());
                slot.is_closed = true;
            });
            // One that is stuck leaves the others some time.
            let least = if worker.keeps { WRITING.max(limit) } else { GRACE };
            let until = until.max(Instant::now() + least);
            while !worker.mailbox.slot().has_ended && Instant::now() < until {
                tokio::time::sleep(POLL).await;
            }
            let mut found = self.failures();
            if !worker.mailbox.slot().has_ended {
                found.push(failure(worker.name, worker.keeps, LEFT.to_owned()));
            }
            if !found.is_empty() {
                let verdict = &mut Arc::make_mut(&mut summary).verdict;
                found.iter().for_each(|finding| verdict.add(finding.clone()));
            }
            findings.extend(found);
        }
        self.workers.clear();
        findings.extend(self.failures());
        findings
    }

    /// What is lost if the process ends now: files that are still being written.
    pub(crate) fn abandoned(&self) -> Vec<Finding> {
        let mut findings = self.failures();
        let kept = self.workers.iter().filter(|s| s.keeps && !s.mailbox.slot().has_ended);
        findings.extend(kept.map(|worker| failure(worker.name, true, ABANDONED.to_owned())));
        findings
    }
}

const LEFT: &str = "it did not come to an end and was left behind";

const ABANDONED: &str = "a second signal ended the run before they were written";

fn failure(name: &str, keeps: bool, why: String) -> Finding {
    let output = name.to_owned();
    match keeps {
        true => Finding::ResultsUnwritten { output, why },
        false => Finding::OutputFailed { output, why },
    }
}

/// What was started is told that it is over, also if the run never came to its end.
impl Drop for Outputs {
    fn drop(&mut self) {
        for worker in self.workers.drain(..).rev() {
            worker.mailbox.update(|slot| slot.is_closed = true);
        }
    }
}

impl Slot {
    fn push(&mut self, snapshot: &Arc<Snapshot>, all: bool) {
        if !all {
            self.snapshots.clear();
        } else if self.snapshots.len() >= WAITING {
            // It is stuck: what it writes would have a gap.
            self.dropped += 1;
            return;
        }
        self.snapshots.push_back(snapshot.clone());
    }
}

impl Mailbox {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn update(&self, change: impl FnOnce(&mut Slot)) {
        change(&mut self.slot());
        self.changed.notify_all();
    }
}

/// Gives an output what comes, until it fails or all is over.
fn serve(mut output: Box<dyn Output>, mailbox: &Mailbox) -> std::result::Result<(), String> {
    loop {
        let mut slot = mailbox.slot();
        while slot.snapshots.is_empty() && !slot.is_closed {
            slot = mailbox.changed.wait(slot).unwrap_or_else(|e| e.into_inner());
        }
        let (snapshots, summary) = (std::mem::take(&mut slot.snapshots), slot.summary.take());
        let (is_closed, dropped) = (slot.is_closed, slot.dropped);
        drop(slot);
        for snapshot in snapshots {
            guarded(|| output.show(&snapshot))?;
        }
        if dropped > 0 {
            return Err(format!("{} was too far behind and missed {dropped} s", output.name()));
        }
        if let Some(summary) = summary {
            guarded(|| output.finish(&summary))?;
        }
        if is_closed {
            return Ok(());
        }
    }
}

/// A panic in an output is a failure of it alone.
fn guarded(call: impl FnOnce() -> io::Result<()>) -> std::result::Result<(), String> {
    match mite_core::caught(call) {
        Ok(done) => done.map_err(|e| e.to_string()),
        Err(panic) => Err(format!("{} ({})", panic.message(), panic.location())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes what it is shown; does what it is told to at a snapshot.
    struct Noted {
        name: &'static str,
        shown: mpsc::Sender<String>,
        at_show: fn() -> io::Result<()>,
    }

    impl Output for Noted {
        fn name(&self) -> &'static str {
            self.name
        }

        fn start(&mut self, info: &RunInfo) -> Result {
            self.note("start");
            match &*info.test {
                "taken" if self.name == "third" => Err(Error::new("port 80 is taken")),
                _ => Ok(()),
            }
        }

        fn show(&mut self, _snapshot: &Arc<Snapshot>) -> io::Result<()> {
            self.note("show");
            (self.at_show)()
        }

        fn finish(&mut self, _summary: &Summary) -> io::Result<()> {
            self.note("finish");
            Ok(())
        }
    }

    impl Noted {
        fn note(&self, what: &str) {
            self.shown.send(format!("{} {what}", self.name)).unwrap();
        }
    }

    impl Drop for Noted {
        fn drop(&mut self) {
            // The test may be over.
            let _ = self.shown.send(format!("{} end", self.name));
        }
    }

    type Shown = mpsc::Receiver<String>;

    fn three(at_show: fn() -> io::Result<()>, test: &str) -> (Result<Outputs>, Shown) {
        let (shown, notes) = mpsc::channel();
        let outputs = ["first", "second", "third"].map(|name| {
            let at_show = if name == "second" { at_show } else { || Ok(()) };
            Box::new(Noted { name, shown: shown.clone(), at_show }) as Box<dyn Output>
        });
        let info = RunInfo { test: test.into(), ..RunInfo::default() };
        (Outputs::start(outputs.into(), &info), notes)
    }

    async fn end(mut outputs: Outputs, limit: Duration) -> Vec<Finding> {
        outputs.finish(Arc::new(Summary::default()), limit).await
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn they_start_and_finish_in_order() {
        let (outputs, notes) = three(|| Ok(()), "shop");
        assert_eq!(end(outputs.unwrap(), LONG).await, []);
        let notes: Vec<_> = notes.iter().filter(|note| !note.ends_with("end")).collect();
        let expected = ["start", "finish"]
            .iter()
            .flat_map(|what| ["first", "second", "third"].map(|name| format!("{name} {what}")));
        assert_eq!(notes, expected.collect::<Vec<_>>());
    }

    #[test]
    fn one_that_cannot_start_ends_those_before_it() {
        let (outputs, notes) = three(|| Ok(()), "taken");
        let Err(error) = outputs else { panic!("it started") };
        assert_eq!(error.text(), "the third cannot start: port 80 is taken");
        let mut ended: Vec<_> = notes.iter().filter(|note| note.ends_with("end")).collect();
        ended.sort();
        assert_eq!(ended, ["first end", "second end", "third end"]);
    }

    #[tokio::test]
    async fn a_panic_or_an_error_costs_that_output_only() {
        let panics: fn() -> io::Result<()> = || panic!("no such column");
        let fails: fn() -> io::Result<()> = || Err(io::Error::other("no space left"));
        for (at_show, why) in
            [(panics, "panic: no such column (src/output/outputs.rs:"), (fails, "no space left")]
        {
            let (outputs, notes) = three(at_show, "shop");
            let outputs = outputs.unwrap();
            outputs.show(&Arc::default());
            let findings = end(outputs, LONG).await;
            let [Finding::OutputFailed { output, why: found }] = &findings[..] else {
                panic!("{findings:?}")
            };
            assert_eq!(output, "second");
            assert!(found.starts_with(why), "{found}");
            let notes: Vec<_> = notes.iter().collect();
            for name in ["first", "third"] {
                assert!(notes.contains(&format!("{name} finish")), "{notes:?}");
            }
            assert!(!notes.contains(&"second finish".to_owned()), "{notes:?}");
        }
    }

    #[tokio::test]
    async fn one_that_is_stuck_is_left_behind_and_misses_what_it_has_no_time_for() {
        let (outputs, notes) = three(
            || {
                std::thread::park();
                unreachable!("nobody wakes it")
            },
            "shop",
        );
        let outputs = outputs.unwrap();
        for _ in 0..1_000 {
            outputs.show(&Arc::default());
        }
        let findings = end(outputs, Duration::from_millis(200)).await;
        assert_eq!(
            findings,
            [Finding::OutputFailed {
                output: "second".into(),
                why: "it did not come to an end and was left behind".into(),
            }],
            "the one after it has had its turn"
        );
        let shown = notes.try_iter().filter(|note| note == "second show").count();
        assert_eq!(shown, 1);
    }

    /// Keeps what it is shown, and cannot write it.
    struct Keeper(Vec<Duration>);

    impl Output for Keeper {
        fn name(&self) -> &'static str {
            "results"
        }

        fn keeps(&self) -> bool {
            true
        }

        fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
            self.0.push(snapshot.status.elapsed);
            Ok(())
        }

        fn finish(&mut self, summary: &Summary) -> io::Result<()> {
            let found = summary.verdict.findings.len();
            Err(io::Error::other(format!("{:?} shown, {found} found", self.0)))
        }
    }

    fn lost(why: &str) -> Finding {
        Finding::ResultsUnwritten { output: "results".into(), why: why.into() }
    }

    #[tokio::test]
    async fn one_that_keeps_is_shown_all_and_what_failed_before_and_its_failure_is_a_loss() {
        struct Failing;
        impl Output for Failing {
            fn name(&self) -> &'static str {
                "summary"
            }
            fn finish(&mut self, _summary: &Summary) -> io::Result<()> {
                Err(io::Error::other("broken pipe"))
            }
        }
        let outputs: Vec<Box<dyn Output>> = vec![Box::new(Failing), Box::new(Keeper(Vec::new()))];
        let outputs = Outputs::start(outputs, &RunInfo::default()).unwrap();
        for second in 1..=3 {
            let mut snapshot = Snapshot::default();
            snapshot.status.elapsed = Duration::from_secs(second);
            match second {
                3 => outputs.show_last(&Arc::new(snapshot)),
                _ => outputs.show(&Arc::new(snapshot)),
            }
        }
        let broken = Finding::OutputFailed { output: "summary".into(), why: "broken pipe".into() };
        assert_eq!(end(outputs, LONG).await, [broken, lost("[1s, 2s, 3s] shown, 1 found")]);
    }

    #[test]
    fn what_is_kept_and_waited_for_no_longer_is_lost() {
        let outputs: Vec<Box<dyn Output>> = vec![Box::new(Keeper(Vec::new()))];
        let outputs = Outputs::start(outputs, &RunInfo::default()).unwrap();
        assert_eq!(outputs.abandoned(), [lost(ABANDONED)]);
    }
}
