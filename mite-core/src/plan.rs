//! A scenario with everything resolved and checked: what can be started.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::ids::LineId;
use crate::journey::{Context, JourneyEntry, Stage};
use crate::panics::{self, CatchPanic};
use crate::pool::any::{AnyPool, PoolRef};
use crate::pool::{self, PoolKind, Row, Supply};
use crate::registry::Registry;
use crate::scenario::{self, JourneyRef, Limit, Scenario};
use crate::spec::Spec;
use crate::stats::Threshold;
use crate::volume::{Volume, VolumeKind};

/// A scenario that can be started.
pub struct Plan {
    /// Its lines.
    pub lines: Vec<Line>,
    /// The pools that the lines name by index.
    pub pools: Vec<Pool>,
    /// How long it lasts, if every line says so.
    pub duration: Option<Duration>,
    /// How long the warm-up is, if the scenario says so.
    pub warmup: Option<Duration>,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
    /// Tags whose values make series of their own.
    pub series_by: Vec<String>,
    /// What runs once before load starts.
    pub setup: Option<Stage>,
    /// What runs once after load has ended.
    pub teardown: Option<Stage>,
}

/// A line of a [`Plan`].
pub struct Line {
    /// Its number, from 1 in the scenario's order.
    pub id: LineId,
    /// Its journey, or those of a mix.
    pub journeys: Vec<Part>,
    /// Index of its pool.
    pub pool: usize,
    /// The same, if it is one that says which journey its items are for.
    pub supply: Option<Arc<Supply>>,
    /// How many journeys it starts in all, at most.
    pub most: Option<u64>,
    /// Its volume.
    pub volume: VolumeKind,
    /// How long it lasts, if it says so: nothing of it starts at that time.
    pub duration: Option<Duration>,
}

/// A journey of a [`Line`].
#[derive(Clone)]
pub struct Part {
    /// The journey.
    pub journey: &'static JourneyEntry,
    /// Its own pool: that of the line, or one of those that feed its mix.
    pub pool: Pool,
    /// How often it is started, against the others of its line: in lowest terms.
    pub weight: u64,
    /// Whether each item of its pool is used once, also of a pool that takes it back.
    pub once: bool,
}

/// A pool of a [`Plan`].
#[derive(Clone)]
pub struct Pool {
    /// The pool.
    pub pool: AnyPool,
    /// Whether its items are the single argument itself, not a tuple of it.
    pub bare: bool,
    /// What to call it.
    pub name: String,
}

/// Its name, and what it reads from: `` `shop:users` (users.csv) ``.
impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name)?;
        self.pool.source().map_or(Ok(()), |source| write!(f, " ({source})"))
    }
}

impl Plan {
    /// Resolves journeys and pools, and checks that they fit.
    ///
    /// # Errors
    /// All mistakes of the scenario together, each with its source line, or the
    /// error of a pool that cannot be made.
    pub async fn new(registry: &Registry, config: &Config, mut scenario: Scenario) -> Result<Self> {
        let mut mistakes = Vec::new();
        let mut lines = Vec::new();
        let mut pools = Pools::default();
        if scenario.lines().is_empty() {
            return Err(Error::new(
                "the scenario has no journeys; add one with `.journey(\"module:name\", pool, volume)`",
            ));
        }
        let mut thresholds = Vec::new();
        let limits = scenario.take_thresholds();
        let warmup = scenario.warmup();
        let series_by = scenario.take_series_by();
        let (setup, teardown) = (scenario.take_setup(), scenario.take_teardown());
        let mistake = |(place, text): (_, String)| format!("{place}: {text}");
        mistakes.extend(scenario.take_mistakes().into_iter().map(mistake));
        let mut duration = Some(Duration::ZERO);
        for (id, mut line) in (1..).zip(scenario.into_lines()) {
            mistakes
                .extend(line.volume.mistakes.iter().map(|m| format!("{}: {}", m.place, m.text)));
            mistakes
                .extend(never_one(&mut line.volume).map(|text| format!("{}: {text}", line.place)));
            duration = duration.zip(line.volume.duration).map(|(a, b)| a.max(b));
            let journeys = pools.parts(registry, config, &line, &mut mistakes).await;
            if let Some(journeys) = journeys {
                let (pool, supply) = pools.feed(&journeys, line.most);
                let Volume { kind: volume, duration, .. } = line.volume;
                let most = line.most;
                lines.push(Line { id, journeys, pool, supply, most, volume, duration });
            }
        }
        for Limit { threshold, place } in limits {
            match threshold {
                Ok(threshold) => thresholds.push(threshold),
                Err(error) => mistakes.push(format!("{place}: {error}").replace('\n', "\n  ")),
            }
        }
        let setup = only(setup, "setup", &mut mistakes);
        let teardown = only(teardown, "teardown", &mut mistakes);
        match mistakes.as_slice() {
            [] => Ok(Self {
                lines,
                pools: pools.planned,
                duration,
                warmup,
                thresholds,
                series_by,
                setup,
                teardown,
            }),
            [one] => Err(Error::new(one)),
            many => Err(Error::new(format!("{} mistakes:\n  {}", many.len(), many.join("\n  ")))),
        }
    }
}

/// The only one of its kind, if there is any.
fn only(mut stages: Vec<Stage>, what: &str, mistakes: &mut Vec<String>) -> Option<Stage> {
    if let [_, second, ..] = stages.as_slice() {
        mistakes.push(format!(
            "{}: this is a second {what}; call both from one function, and give that",
            second.place
        ));
    }
    stages.pop()
}

/// What is wrong with a volume that asks for something, but never for one journey.
fn never_one(volume: &mut Volume) -> Option<String> {
    let VolumeKind::Level(model) = &mut volume.kind else { return None };
    // None at all is meant so, as of a line that a setting leaves out.
    let peak = model.peak().filter(|peak| *peak > 0.0 && *peak <= 1.0)?;
    if peak == 1.0 {
        // Where a ramp ends belongs to what comes after it.
        let pieces = model.pieces(Duration::ZERO, Duration::MAX).unwrap_or_default();
        let stays = pieces.iter().any(|piece| piece.from >= 1.0);
        return (!stays).then(|| {
            "this volume arrives at 1 only as it ends, so that no journey is run; let it go higher, or stay there".to_owned()
        });
    }
    Some(format!(
        "this volume is {peak} at most, and of that the whole journeys are run: none; let it reach 1"
    ))
}

/// The journey of a part of a line, and whether its pool's items are bare.
fn resolve(registry: &Registry, part: &scenario::Part) -> Result<(&'static JourneyEntry, bool)> {
    let journey = match &part.journey {
        JourneyRef::Spec(spec) => registry.journey(spec)?,
        JourneyRef::Function { id, name, .. } => registry.journey_of(*id).ok_or_else(|| {
            let name = Spec::new(name);
            Error::new(format!("`{name}` is not registered as a journey; put #[journey] on it"))
        })?,
    };
    let item = part.pool.item();
    let arguments = (journey.arguments)();
    if item.id == arguments.id || item.is::<Row>() {
        return Ok((journey, false));
    }
    if let [only] = journey.parameters
        && item.id == (only.ty)().id
    {
        return Ok((journey, true));
    }
    let wanted = journey.parameters.iter().map(|p| format!("{}: {}", p.name, (p.ty)().short()));
    let wanted = wanted.collect::<Vec<_>>().join(", ");
    if item.id == TypeId::of::<()>() {
        return Err(Error::new(format!(
            "journey `{}` takes arguments ({wanted}), so it needs a data pool, and has none (`{}`)",
            journey.meta.display(),
            part.pool.name(),
        )));
    }
    let remedy = match wanted.is_empty() {
        true => "a journey without arguments takes `NoData`".to_owned(),
        false => format!("its arguments are ({wanted})"),
    };
    // Of two types of one name, only their paths tell which is which.
    let (mut given, mut taken) = (item.short(), arguments.short());
    if given == taken || taken == format!("({given},)") {
        (given, taken) = (item.name.to_owned(), arguments.name.to_owned());
    }
    Err(Error::new(format!(
        "the items of pool `{}` are `{given}`, but journey `{}` takes `{taken}`; {remedy}",
        part.pool.name(),
        journey.meta.display(),
    )))
}

/// Whether a pool's rows have the journey's arguments, as far as that is known
/// before load.
fn check_rows(journey: &JourneyEntry, pool: &Pool) -> Result {
    if !pool.pool.has_rows() {
        return Ok(());
    }
    let ctx = Context::silent();
    pool.pool.check_rows(|row| (journey.start)(ctx.clone(), row).map(drop))
}

/// The pools of a run: one instance for each `#[datapool]` function.
#[derive(Default)]
struct Pools {
    planned: Vec<Pool>,
    named: HashMap<TypeId, Pool>,
}

impl Pools {
    /// The journeys of a line with their pools; none if there are mistakes in it.
    async fn parts(
        &mut self,
        registry: &Registry,
        config: &Config,
        line: &scenario::Line,
        mistakes: &mut Vec<String>,
    ) -> Option<Vec<Part>> {
        let before = mistakes.len();
        if line.journeys.is_empty() {
            let remedy = "add some with `.run(journey, pool, weight)`";
            mistakes.push(format!("{}: this mix has no journeys; {remedy}", line.place));
        }
        let mut parts = Vec::with_capacity(line.journeys.len());
        for part in &line.journeys {
            match self.part(registry, config, part, line.once).await {
                Ok(part) => parts.push(part),
                Err(error) => mistakes.push(format!("{}: {}", part.place, error.text())),
            }
        }
        let weights: Vec<f64> = line.journeys.iter().map(|part| part.weight).collect();
        if mistakes.len() > before {
            return None;
        }
        for (part, weight) in parts.iter_mut().zip(pool::whole(&weights)) {
            part.weight = weight;
        }
        Some(parts)
    }

    async fn part(
        &mut self,
        registry: &Registry,
        config: &Config,
        part: &scenario::Part,
        once: bool,
    ) -> Result<Part> {
        if let Some(mistake) = scenario::mistake_of_weight(part.weight) {
            return Err(Error::new(mistake));
        }
        let (journey, bare) = resolve(registry, part)?;
        let pool = self.instance(registry, config, &part.pool, bare).await?;
        check_rows(journey, &pool)?;
        match pool.pool.kind() {
            PoolKind::Unlimited if once => Err(Error::new(
                "`.once_per_item()` needs items, and this line has no data; say how many journeys it starts with `.at_most(n)`",
            )),
            PoolKind::Custom if once => Err(Error::new(format!(
                "`.once_per_item()` is for pools of mite's own; {pool} is the test's own, and decides itself how often it gives an item: let it say `Checkout::Exhausted`"
            ))),
            _ => Ok(Part { journey, pool, weight: 1, once }),
        }
    }

    /// The index of the pool that feeds these journeys, which may say which of them its
    /// items are for.
    fn feed(&mut self, journeys: &[Part], most: Option<u64>) -> (usize, Option<Arc<Supply>>) {
        let is_plain = match journeys {
            [only] => !only.is_changed_by_once(),
            // Each runner chooses.
            mix => mix.iter().all(|part| part.pool.pool.kind() == PoolKind::Unlimited),
        };
        if is_plain && most.is_none() {
            return (self.index_of(&journeys[0].pool), None);
        }
        let member = |part: &Part| {
            let Part { pool: Pool { pool, bare, name }, weight, once, .. } = part.clone();
            pool::Member { weight, pool, bare, once, name }
        };
        let supply = Arc::new(Supply::new(journeys.iter().map(member).collect(), most));
        let name = match journeys {
            [only] => only.pool.name.clone(),
            _ => "mix".to_owned(),
        };
        self.planned.push(Pool { pool: supply.clone().into_pool(), bare: false, name });
        (self.planned.len() - 1, Some(supply))
    }

    /// Lines that share a pool share its index.
    fn index_of(&mut self, pool: &Pool) -> usize {
        let index = self.planned.iter().position(|planned| planned.pool.is(&pool.pool));
        index.unwrap_or_else(|| {
            self.planned.push(pool.clone());
            self.planned.len() - 1
        })
    }

    /// A pool, which may be the only one that its function has made.
    async fn instance(
        &mut self,
        registry: &Registry,
        config: &Config,
        pool: &PoolRef,
        bare: bool,
    ) -> Result<Pool> {
        let (pool, name) = match pool {
            PoolRef::Value(pool) => (pool.clone(), pool.short_name()),
            PoolRef::Named { function, name, .. } => {
                if let Some(pool) = self.named.get(function) {
                    if pool.bare == bare {
                        return Ok(pool.clone());
                    }
                    return Err(Error::new(format!(
                        "pool `{name}` feeds one journey with its items as they are and another with them as tuples; give each a pool of its own"
                    )));
                }
                let entry = registry.pool_of(*function).ok_or_else(|| {
                    Error::new(format!("`{name}` is not registered as a data pool; put #[datapool] on it, or call it: `{}()`", name.rsplit(':').next().unwrap_or(name)))
                })?;
                let name = entry.meta.display();
                panics::install_hook();
                let pool = CatchPanic(Box::pin(async { (entry.build)(config).await }))
                    .await
                    .map_err(|panic| {
                        let (text, place) = (panic.text(), panic.location());
                        Error::new(format!("pool `{name}` panicked: {text} (at {place})"))
                    })?
                    .map_err(|e| {
                        Error::new(format!("pool `{name}` cannot be made: {}", e.text()))
                    })?;
                let pool = Pool { pool, bare, name: name.clone() };
                if pool.pool.size() != Some(0) {
                    self.named.insert(*function, pool.clone());
                }
                (pool.pool, name)
            }
        };
        let pool = Pool { pool, bare, name };
        if pool.pool.size() == Some(0) {
            return Err(Error::new(format!(
                "pool {pool} has no items, so none of its journeys would run; it needs one at least"
            )));
        }
        Ok(pool)
    }
}

impl Part {
    /// Whether its pool would use an item again if that were not forbidden.
    fn is_changed_by_once(&self) -> bool {
        self.once && self.pool.pool.kind() == PoolKind::Recyclable
    }

    /// Whether it has arguments to be fed with.
    pub fn has_data(&self) -> bool {
        self.pool.pool.kind() != PoolKind::Unlimited
    }

    /// How its items may be used in this line.
    pub fn kind(&self) -> PoolKind {
        match self.pool.pool.kind() {
            PoolKind::Recyclable if self.once => PoolKind::Once,
            kind => kind,
        }
    }
}

impl Line {
    /// What to call it: by its journey, or by those of its mix.
    pub fn name(&self) -> String {
        let names: Vec<_> = self.journeys.iter().map(|part| part.journey.meta.display()).collect();
        match names.as_slice() {
            [only] => only.clone(),
            [all @ .., last] => format!("mix of {} and {last}", all.join(", ")),
            [] => String::new(),
        }
    }

    /// How many journeys it starts in all, at most, if that is known.
    pub fn in_all(&self) -> Option<u64> {
        let items = match self.journeys.as_slice() {
            [only] if only.once => only.pool.pool.counted(),
            _ => None,
        };
        items.into_iter().chain(self.most).min()
    }

    /// Each journey's share of those that it starts, in the same order.
    pub fn shares(&self) -> Vec<f64> {
        let sum: u64 = self.journeys.iter().map(|part| part.weight).sum();
        self.journeys.iter().map(|part| part.weight as f64 / sum as f64).collect()
    }

    /// How the runner may use this line's items, and whether they are data.
    pub fn use_of_items(&self, pools: &[Pool]) -> (PoolKind, bool) {
        let kind = pools[self.pool].pool.kind();
        match (&self.volume, kind) {
            // Tickets are items without data, each used once.
            (VolumeKind::Tickets(_), PoolKind::Unlimited) => (PoolKind::Once, false),
            (VolumeKind::Tickets(_), PoolKind::Recyclable) => (PoolKind::Once, true),
            (_, kind) => (kind, kind != PoolKind::Unlimited),
        }
    }
}
