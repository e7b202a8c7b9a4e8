//! The controller's end of the wire.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use mite_core::control::{Fence, Grant, Phase, Progress, StoreMark};
use mite_core::dispatch::Command;
use mite_core::error::{Error, Result};
use mite_core::stats::{ConnectionHealth, Standing, Strays};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::connect::Connect;
use crate::earlier::{Begun, Earlier, KEEPING, START, forget};
use crate::frame::{Foreign, Numbers, frames};
use crate::lasts::Lasts;
use crate::leadership::{Claim, Leadership};
use crate::net::Net;
use crate::roster::Roster;
use crate::run_name::RunName;
use crate::store::{self, NatsStore};
use crate::strays::{Reader, StrayCounts};
use crate::subject::Subjects;
use crate::timekeeper;
use crate::wire::{Answer, Bye, Hello, Reply, Start, Tidings, encode};

mod end;
mod subscribed;

pub use end::NatsEnd;
use end::Out;
use subscribed::Subscribed;

/// How long the last words may take.
const LAST: Duration = Duration::from_secs(2);

/// The controller's side of a run's wire; it lives on a thread of its own.
pub struct ControllerSide {
    shared: Arc<Shared>,
    end: Option<NatsEnd>,
    out: mpsc::UnboundedSender<Out>,
    asked: u64,
    earlier: Option<Box<Earlier>>,
    /// The test of an earlier run that this one puts an end to.
    ended: Option<String>,
    tidings: mpsc::UnboundedReceiver<Tidings>,
    net: Net,
}

struct Shared {
    client: Client,
    subjects: Subjects,
    clock: Clock,
    bucket: Arc<Bucket>,
    leadership: Arc<Leadership>,
    /// Whether it is no run that an earlier controller has begun.
    is_new: bool,
    roster: Mutex<Roster>,
    /// Where joiners and leavers are told of, once the run is under way.
    commands: Mutex<Option<mpsc::UnboundedSender<Command>>>,
    numbers: Mutex<Numbers>,
    strays: Arc<StrayCounts>,
}

impl ControllerSide {
    /// Claims the lead of `run`, of which `test` is run, and opens its doors to whom `roster`
    /// takes.
    ///
    /// # Errors
    /// If there can be no connection, or another controller leads.
    pub async fn open(
        connect: Connect,
        run: &RunName,
        test: &str,
        mut roster: Roster,
        claim: Claim,
    ) -> Result<Self> {
        let patience = claim.within;
        let net = Net::connect(connect).await?;
        let clock = Clock::new();
        let bucket = Arc::new(Bucket::open(net.connection(), run).await?);
        let claimed = Leadership::claim(bucket.clone(), clock, run.as_str(), &claim).await?;
        let leadership = Arc::new(claimed.0);
        net.handle().spawn(leadership.clone().renew());
        let begun = match claimed.1 {
            Some(last) => Earlier::read(&bucket, test, last, &mut roster).await?,
            None => Begun::Nothing,
        };
        let (earlier, ended) = match begun {
            Begun::Nothing => (None, None),
            Begun::This(earlier) => (Some(earlier), None),
            Begun::Another(test) => (None, Some(test)),
        };
        let mut lasts = Lasts::open(net.connection(), run).await?;
        let said = match &earlier {
            Some(_) => lasts.read().await?,
            None => {
                forget(&bucket).await?;
                lasts.forget().await?;
                Vec::new()
            }
        };
        let shared = Arc::new(Shared {
            client: net.connection().client().clone(),
            subjects: Subjects::of(run),
            clock,
            bucket,
            leadership,
            is_new: earlier.is_none(),
            roster: Mutex::new(roster),
            commands: Mutex::default(),
            numbers: Mutex::new(Numbers::new(clock.now())),
            strays: Arc::default(),
        });
        let (progress_in, progress) = mpsc::unbounded_channel();
        let (tidings_in, tidings) = mpsc::unbounded_channel();
        let mut reader = Reader::new(&shared.strays);
        for frame in said {
            // What processes have said that have ended since.
            if let Ok(Some(tidings)) = reader.take::<Tidings>(&frame) {
                let process = tidings.update.source;
                if shared.roster().runners_of(process).is_none() {
                    continue;
                }
                shared.roster().heard_of(Instant::now(), process, Standing::Done);
                let _ = tidings_in.send(tidings);
            }
        }
        let (out, outgoing) = mpsc::unbounded_channel();
        let (ready, stands) = oneshot::channel();
        let serving = shared.clone();
        net.handle().spawn(async move {
            let subscribed = Subscribed::to(&serving.client, &serving.subjects).await;
            let Subscribed { hello, progress, counts, last, bye, clock } = match subscribed {
                Ok(subscribed) => subscribed,
                Err(error) => return drop(ready.send(Err(error))),
            };
            // What is asked before the server knows that this listens, nobody answers.
            let _ = serving.client.flush().await;
            let _ = ready.send(Ok(()));
            tokio::spawn(serving.clone().answer(hello));
            tokio::spawn(serving.clone().hear(progress, progress_in));
            tokio::spawn(serving.clone().take(counts, tidings_in.clone(), Standing::Here));
            tokio::spawn(serving.clone().take(last, tidings_in, Standing::Done));
            tokio::spawn(serving.clone().part(bye));
            let of_time = serving.clone();
            let reader = Reader::new(&serving.strays);
            let state = move || {
                let led = (of_time.leadership.run_and_epoch().0, of_time.roster().over());
                // The run goes on with another controller, whatever this one says.
                (!of_time.leadership.is_superseded()).then_some(led)
            };
            let client = serving.client.clone();
            tokio::spawn(timekeeper::tell(client, (clock, reader), serving.clock, state));
            serving.send(outgoing).await;
        });
        stands.await.map_err(|_| Error::new("the thread of NATS ended"))??;
        // A run without any runner waits for one.
        let of_end = shared.clone();
        let has_runners = Box::new(move || of_end.roster().has_runners(Instant::now(), patience));
        let end = NatsEnd { progress, out: out.clone(), has_runners };
        Ok(Self { shared, end: Some(end), out, asked: 0, earlier, ended, tidings, net })
    }

    /// The controller's clock.
    pub fn clock(&self) -> Clock {
        self.shared.clock
    }

    /// The processes of the run.
    pub fn roster(&self) -> MutexGuard<'_, Roster> {
        self.shared.roster()
    }

    /// The end for the dispatch; there is one.
    pub fn end(&mut self) -> Option<NatsEnd> {
        self.end.take()
    }

    /// The run of an earlier controller that this one takes up again, if there is one.
    pub fn earlier(&self) -> Option<&Earlier> {
        self.earlier.as_deref()
    }

    /// The test of a run of that name that another controller began and did not end, and that
    /// is given up for this one.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// Where its control plane keeps what another controller must know.
    pub fn store(&self) -> NatsStore {
        let Shared { bucket, leadership, .. } = &*self.shared;
        NatsStore::new(bucket.clone(), leadership.clone(), self.net.handle())
    }

    /// What runners and controller say of themselves in this run, under this controller.
    pub fn fence(&self) -> Fence {
        let (run, epoch) = self.shared.leadership.run_and_epoch();
        Fence { run, epoch, incarnation: 0 }
    }

    /// Where in the store each controller of the run before this one has ended.
    pub fn ends(&self) -> &[StoreMark] {
        self.shared.leadership.ends()
    }

    /// When it was seen that the server has gone back to an older copy of what it keeps, while
    /// this controller led.
    pub fn went_back(&self) -> Option<Instant> {
        self.shared.leadership.went_back()
    }

    /// How its connection has fared in a test that began at `start`.
    pub fn network(&self, start: Instant) -> ConnectionHealth {
        self.net.connection().events().health(start)
    }

    /// What came and was nothing of this run.
    pub fn strays(&self) -> Strays {
        self.shared.strays.get()
    }

    /// Lets those that wait start; who joins, leaves or is lost from now on is told by
    /// `commands`.
    pub fn start(&self, start: Start, commands: mpsc::UnboundedSender<Command>) {
        *self.shared.commands.lock().unwrap_or_else(|e| e.into_inner()) = Some(commands);
        let shared = self.shared.clone();
        self.net.handle().spawn(async move {
            // Nobody starts that a controller after this one would not know of.
            shared.keep(&start).await;
            shared.roster().start(start);
        });
    }

    /// Notes that the run is over: the next one of its name is another. A server that is
    /// not there cannot be told.
    pub async fn over(&self) {
        let _ = tokio::time::timeout(LAST, self.shared.leadership.over()).await;
    }

    /// Why nothing can be granted at the moment though the server is there, if that is so: it
    /// does not keep what another controller would have to know.
    pub fn trouble(&self) -> Option<String> {
        self.shared.leadership.trouble().filter(|_| self.net.connection().stands())
    }

    /// Asks all processes what they have counted until now: for the how manyth time that
    /// is, which is in what they answer.
    pub fn ask(&mut self) -> u64 {
        self.asked += 1;
        let _ = self.out.send(Out::Ask(self.asked));
        self.asked
    }

    /// What a process had to say, if there is something new.
    pub fn tidings(&mut self) -> Option<Tidings> {
        self.tidings.try_recv().ok()
    }
}

impl Shared {
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn command(&self, command: Command) {
        let commands = self.commands.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(commands) = &*commands {
            // The run may have ended.
            let _ = commands.send(command);
        }
    }

    fn frames(&self, body: &[u8]) -> Vec<Bytes> {
        let message = self.numbers.lock().unwrap_or_else(|e| e.into_inner()).next();
        frames(message, body)
    }

    /// Keeps who takes part, for a controller after this one.
    async fn keep(&self, start: &Start) {
        let kept = encode(&self.roster().kept(start));
        let kept = store::keep(&self.bucket, &self.leadership, START.to_owned(), kept);
        // If that fails, this one goes on, and no other could.
        let _ = tokio::time::timeout(KEEPING, kept).await;
    }

    /// Answers those that ask to be taken.
    async fn answer(self: Arc<Self>, mut hello: Subscriber) {
        let mut reader = Reader::new(&self.strays);
        while let Some(message) = hello.next().await {
            let came = self.clock.now();
            let reply = message.reply.clone();
            let (number, answer) = match reader.take::<Hello>(&message.payload) {
                Ok(None) => continue,
                Ok(Some(hello)) => {
                    let (reply, joined) = self.roster().hello(Instant::now(), &hello);
                    if joined.is_some() {
                        let start = self.roster().started().cloned();
                        if let Some(start) = start {
                            self.keep(&start).await;
                        }
                    }
                    for runner in joined.iter().flat_map(|process| process.ids()) {
                        // Told before its first report can come.
                        self.command(Command::Joined { runner, incarnation: 0 });
                    }
                    (hello.number, reply)
                }
                Err(Foreign::NotMite | Foreign::Unreadable) => continue,
                // It cannot read this either, but says so.
                Err(Foreign::Version(_)) => (0, Reply::Refused(String::new())),
            };
            let Some(subject) = reply else { continue };
            let times = [came, self.clock.now()];
            let answer = encode(&Answer { number, times, reply: answer });
            self.publish(subject.to_string(), &answer).await;
        }
    }

    /// Takes in reports of runners that are known.
    async fn hear(
        self: Arc<Self>,
        mut progress: Subscriber,
        heard: mpsc::UnboundedSender<Progress>,
    ) {
        let mut reader = Reader::new(&self.strays);
        while let Some(message) = progress.next().await {
            if let Ok(Some(progress)) = reader.take::<Progress>(&message.payload) {
                let fence = progress.fence;
                let (run, epoch) = self.leadership.run_and_epoch();
                if fence.run != run || (self.is_new && fence.epoch != epoch) {
                    // Of an earlier run of this name, whose controller is gone: it is given
                    // up, so that it joins this one.
                    self.strays.stranger();
                    let (answers, phase) = (progress.number, Phase::Lost);
                    let lost = Grant { fence, answers, phase, ..Grant::default() };
                    self.publish(self.subjects.grant(progress.runner), &encode(&lost)).await;
                    continue;
                }
                self.roster().heard(Instant::now(), progress.runner);
                // After a server was away: somebody else may lead by now.
                if !self.leadership.known().await {
                    return;
                }
                // One that is not known is told by the controller that all is over.
                let _ = heard.send(progress);
            }
        }
    }

    /// Takes in what processes have counted.
    async fn take(
        self: Arc<Self>,
        mut counts: Subscriber,
        taken: mpsc::UnboundedSender<Tidings>,
        standing: Standing,
    ) {
        let mut reader = Reader::new(&self.strays);
        while let Some(message) = counts.next().await {
            if let Ok(Some(tidings)) = reader.take::<Tidings>(&message.payload) {
                let (process, number) = (tidings.update.source, tidings.update.number);
                if self.roster().runners_of(process).is_none() {
                    // Of another run of this name; it is in none of this one's numbers.
                    self.strays.stranger();
                    continue;
                }
                let _ = taken.send(tidings);
                self.roster().heard_of(Instant::now(), process, standing);
                match (message.reply, standing) {
                    (Some(reply), Standing::Here) => {
                        self.publish(reply.to_string(), &encode(&number)).await;
                    }
                    (Some(reply), _) => drop(self.client.publish(reply, Bytes::new()).await),
                    (None, _) => {}
                }
            }
        }
    }

    /// Notes who goes.
    async fn part(self: Arc<Self>, mut bye: Subscriber) {
        let mut reader = Reader::new(&self.strays);
        while let Some(message) = bye.next().await {
            let said = reader.take(&message.payload);
            if let Ok(Some(Bye { process, runners, in_order })) = said {
                // The numbers of another run's are those of others here.
                let own = self.roster().runners_of(process);
                if own.is_none() {
                    self.strays.stranger();
                }
                let own = own.unwrap_or_default();
                for runner in runners.into_iter().filter(|runner| own.contains(runner)) {
                    self.command(match in_order {
                        true => Command::Left(runner),
                        false => Command::Lost(runner),
                    });
                }
                if let Some(reply) = message.reply {
                    let _ = self.client.publish(reply, Bytes::new()).await;
                }
            }
        }
    }

    /// Sends what the controller has to say, until it says no more.
    async fn send(self: Arc<Self>, mut outgoing: mpsc::UnboundedReceiver<Out>) {
        while let Some(out) = outgoing.recv().await {
            match out {
                Out::Grant(runner, grant) => {
                    self.publish(self.subjects.grant(runner), &encode(&grant)).await;
                }
                Out::Ask(times) => {
                    self.publish(self.subjects.ask(), &encode(&times)).await;
                }
                Out::Nudge(runner) => {
                    let _ = self.client.publish(self.subjects.nudge(runner), Bytes::new()).await;
                }
            }
        }
    }

    /// Whatever is not sent is asked for again.
    async fn publish(&self, subject: String, body: &[u8]) {
        for frame in self.frames(body) {
            let _ = self.client.publish(subject.clone(), frame).await;
        }
    }
}
