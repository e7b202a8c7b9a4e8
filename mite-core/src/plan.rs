//! A scenario with everything resolved and checked: what can be started.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::ids::LineId;
use crate::journey::{Context, JourneyEntry, Stage};
use crate::panics::{self, CatchPanic};
use crate::pool::any::{AnyPool, PoolRef};
use crate::pool::{PoolKind, Row};
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
    /// The journey.
    pub journey: &'static JourneyEntry,
    /// Index of its pool.
    pub pool: usize,
    /// Its volume.
    pub volume: VolumeKind,
    /// How long it lasts, if it says so: nothing of it starts at that time.
    pub duration: Option<Duration>,
}

/// A pool of a [`Plan`].
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
        let mut duration = Some(Duration::ZERO);
        for (id, mut line) in (1..).zip(scenario.into_lines()) {
            mistakes
                .extend(line.volume.mistakes.iter().map(|m| format!("{}: {}", m.place, m.text)));
            mistakes
                .extend(never_one(&mut line.volume).map(|text| format!("{}: {text}", line.place)));
            duration = duration.zip(line.volume.duration).map(|(a, b)| a.max(b));
            let planned = match resolve(registry, &line) {
                Ok((journey, bare)) => pools
                    .index_of(registry, config, &line, bare)
                    .await
                    .and_then(|pool| check_rows(journey, &pools.planned[pool]).map(|()| pool))
                    .map(|pool| (journey, pool)),
                Err(error) => Err(error),
            };
            match planned {
                Ok((journey, pool)) => {
                    let Volume { kind: volume, duration, .. } = line.volume;
                    lines.push(Line { id, journey, pool, volume, duration });
                }
                Err(error) => mistakes.push(format!("{}: {}", line.place, error.text())),
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

/// The journey of a line, and whether its pool's items are bare.
fn resolve(registry: &Registry, line: &scenario::Line) -> Result<(&'static JourneyEntry, bool)> {
    let journey = match &line.journey {
        JourneyRef::Spec(spec) => registry.journey(spec)?,
        JourneyRef::Function { id, name, .. } => registry.journey_of(*id).ok_or_else(|| {
            let name = Spec::new(name);
            Error::new(format!("`{name}` is not registered as a journey; put #[journey] on it"))
        })?,
    };
    let item = line.pool.item();
    let arguments = (journey.arguments)();
    if item.id == arguments.id || item.is::<Row>() {
        return Ok((journey, false));
    }
    if let [only] = journey.parameters
        && item.id == (only.ty)().id
    {
        return Ok((journey, true));
    }
    let remedy = match journey.parameters.is_empty() {
        true => "a journey without arguments takes `NoData`".to_owned(),
        false => {
            let wanted: Vec<_> = journey
                .parameters
                .iter()
                .map(|p| format!("{}: {}", p.name, (p.ty)().short()))
                .collect();
            format!("its arguments are ({})", wanted.join(", "))
        }
    };
    // Of two types of one name, only their paths tell which is which.
    let (mut given, mut taken) = (item.short(), arguments.short());
    if given == taken || taken == format!("({given},)") {
        (given, taken) = (item.name.to_owned(), arguments.name.to_owned());
    }
    Err(Error::new(format!(
        "the items of pool `{}` are `{given}`, but journey `{}` takes `{taken}`; {remedy}",
        line.pool.name(),
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
    named: HashMap<TypeId, usize>,
}

impl Pools {
    async fn index_of(
        &mut self,
        registry: &Registry,
        config: &Config,
        line: &scenario::Line,
        bare: bool,
    ) -> Result<usize> {
        let (pool, name) = match &line.pool {
            PoolRef::Value(pool) => (pool.clone(), pool.short_name()),
            PoolRef::Named { function, name, .. } => {
                if let Some(&index) = self.named.get(function) {
                    if self.planned[index].bare == bare {
                        return Ok(index);
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
                (pool, name)
            }
        };
        let planned = Pool { pool, bare, name };
        if planned.pool.size() == Some(0) {
            return Err(Error::new(format!(
                "pool {planned} has no items, so none of its journeys would run; it needs one at least"
            )));
        }
        self.planned.push(planned);
        let index = self.planned.len() - 1;
        if let PoolRef::Named { function, .. } = &line.pool {
            self.named.insert(*function, index);
        }
        Ok(index)
    }
}

impl Line {
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
