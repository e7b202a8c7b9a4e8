//! What a run will do, checked before anything starts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mite_core::config::Config;
use mite_core::control::{Item, WelcomeLine};
use mite_core::error::{Error, Result};
use mite_core::faults::Faults;
use mite_core::ids::LineId;
use mite_core::journey::JourneyEntry;
use mite_core::label::Label;
use mite_core::meta::LocalFuture;
use mite_core::plan::{self, Plan};
use mite_core::pool::{ChosenItem, PoolKind, Shortage, Supply};
use mite_core::registry::Registry;
use mite_core::runner::Line;
use mite_core::scenario::Scenario;
use mite_core::stats::{Finding, PoolStatus, Search, Subject, Threshold, VolumeStatus};
use mite_core::units;
use mite_core::volume::VolumeKind;

use super::background::Background;
use super::request::RunRequest;
use crate::forecast::{Forecast, Terms};
use crate::terminal::log::{self, Level};

/// Resolves a scenario, and says what can be seen to go wrong. What the functions of its
/// pools have spawned lives as long as the last thing that is returned, off this thread.
///
/// # Errors
/// If it cannot be run; the text says why.
pub(super) async fn plan(
    mut request: RunRequest,
    faults: &Arc<Faults>,
) -> Result<(RunRequest, Plan, Option<Background>)> {
    let scenario = std::mem::take(&mut request.scenario);
    let config = request.config.clone();
    let (mut plan, pools) = match request.virtual_time {
        // What a pool's function spawns is on the clock of the test.
        true => (Plan::new(&request.registry, &config, scenario).await?, None),
        false => {
            let registry = std::mem::take(&mut request.registry);
            let plan = move || -> LocalFuture<'static, (Registry, Result<Plan>)> {
                Box::pin(async move {
                    let plan = Plan::new(&registry, &config, scenario).await;
                    (registry, plan)
                })
            };
            let (pools, (registry, plan)) = Background::with(faults.clone(), plan)?;
            request.registry = registry;
            (plan?, Some(pools))
        }
    };
    check_http(&request.config)?;
    warn_of_small_pools(&plan);
    let warmup = request.settings.warmup.or(plan.warmup).unwrap_or_default();
    check_warmup(warmup, shorter(request.settings.duration, plan.duration))?;
    request.settings.warmup = Some(warmup);
    tell_of_nothing(&plan, request.settings.allow_empty);
    if !warmup.is_zero() && searches(&plan).next().is_some() {
        return Err(Error::new(
            "`FindMax` measures every rate that it holds, so nothing is counted apart: leave out the warm-up (--warmup)",
        ));
    }
    let of_scenario = std::mem::take(&mut plan.thresholds);
    let all = of_scenario.into_iter().chain(request.thresholds).collect();
    request.thresholds = match searches_errors(&plan) {
        // They are looked for, and no fault of what is tested.
        true => all,
        false => Threshold::complete(all),
    };
    request.settings.series_by.append(&mut plan.series_by);
    check_tags(&mut request.settings.series_by, &request.thresholds)?;
    Ok((request, plan, pools))
}

/// Something must be left to be measured.
fn check_warmup(warmup: Duration, planned: Option<Duration>) -> Result {
    match planned.filter(|planned| warmup >= *planned && !warmup.is_zero()) {
        None => Ok(()),
        Some(planned) => Err(Error::new(format!(
            "the warm-up takes {}, and load is asked for for {}, so that nothing would be measured; make the warm-up (--warmup) shorter, or the load longer",
            units::long_time(warmup),
            units::long_time(planned)
        ))),
    }
}

/// Whether the greatest rate is searched for at which there are few errors.
fn searches_errors(plan: &Plan) -> bool {
    let is_of_errors = |limit: &Threshold| limit.selection.subject == Subject::Errors;
    searches(plan).any(|search| search.limits().iter().any(is_of_errors))
}

/// What the lines search for.
fn searches(plan: &Plan) -> impl Iterator<Item = Search> {
    plan.lines.iter().filter_map(|line| match &line.volume {
        VolumeKind::Rate(rate) => rate.model.search(),
        VolumeKind::Level(_) | VolumeKind::Tickets(_) => None,
    })
}

/// What a scenario would do.
///
/// # Errors
/// If it cannot be run, or a volume model of its own says no numbers.
pub(crate) fn forecast(
    test: String,
    registry: Registry,
    (scenario, background): (Scenario, Background),
    config: &Config,
    terms: Terms,
) -> Result<Forecast> {
    check_http(config)?;
    let config = config.clone();
    let forecast = move || -> LocalFuture<'static, Result<Forecast>> {
        Box::pin(async move {
            let plan = Plan::new(&registry, &config, scenario).await?;
            Forecast::new(test, plan, &terms)
        })
    };
    let (_pools, forecast) = Background::with(background.faults.clone(), forecast)?;
    forecast
}

/// A limit on a tag that is not told apart would never have a sample.
fn check_tags(series_by: &mut Vec<String>, thresholds: &[Threshold]) -> Result {
    series_by.sort();
    series_by.dedup();
    for threshold in thresholds {
        if let Some(tag) = threshold.tags().find(|tag| !series_by.iter().any(|t| t == tag)) {
            return Err(Error::new(format!(
                "limit `{threshold}`: http cannot be selected by `{tag}`; it can by journey, transaction, name, method and status, and by a tag of requests with --series-by {tag}"
            )));
        }
    }
    Ok(())
}

/// A wrong setting of the HTTP client is better told now than by every request.
#[cfg(feature = "http")]
fn check_http(config: &Config) -> Result {
    let settings = mite_http::HttpSettings::from_config(config)?;
    settings.check()?;
    if let Some(notice) = settings.notice() {
        log::log(Level::Warn, notice);
    }
    Ok(())
}

#[cfg(not(feature = "http"))]
fn check_http(_config: &Config) -> Result {
    Ok(())
}

/// Each item is used by one journey at a time, so fewer items than journeys at
/// once leave some waiting.
fn warn_of_small_pools(plan: &Plan) {
    for line in &plan.lines {
        let VolumeKind::Level(volume) = &line.volume else { continue };
        let Some(peak) = volume.peak() else { continue };
        for (part, share) in line.journeys.iter().zip(line.shares()) {
            let of_it = (peak * share) as u64;
            if part.kind() == PoolKind::Recyclable
                && let Some(items) = part.pool.pool.size().filter(|items| *items < of_it)
            {
                log::log(
                    Level::Warn,
                    format_args!(
                        "scenario {} ({}): its volume goes up to {of_it}, but its data pool {} has {}, each for one journey at a time: give it at least {of_it}, or lower the volume",
                        line.id,
                        part.journey.meta.display(),
                        part.pool,
                        units::count(items, "item"),
                    ),
                );
            }
        }
    }
}

/// A line that asks for nothing may be left out on purpose, but a whole test?
fn tell_of_nothing(plan: &Plan, allowed: bool) {
    let asks_for_nothing = |line: &&plan::Line| matches!(&line.volume, VolumeKind::Level(volume) if volume.peak() == Some(0.0));
    let idle: Vec<_> = plan.lines.iter().filter(asks_for_nothing).collect();
    let level = match idle.len() == plan.lines.len() && !allowed {
        true => Level::Warn,
        false => Level::Info,
    };
    for line in idle {
        let (id, journey) = (line.id, line.name());
        log::log(
            level,
            format_args!(
                "scenario {id} ({journey}): its volume is 0 at all times, so none of it will run"
            ),
        );
    }
}

/// A line of the scenario, as people know it.
pub(super) struct LineInfo {
    /// Its journey, or those of its mix together.
    pub(super) journey: Label,
    /// Each of them.
    parts: Vec<PartInfo>,
    /// What feeds them, if that says which is next.
    supply: Option<Arc<Supply>>,
    /// Its data pool, unless it has none.
    pub(super) pool: Option<PoolStatus>,
    pub(super) volume: VolumeStatus,
    most: Option<u64>,
}

/// A journey of a line, as people know it.
struct PartInfo {
    entry: &'static JourneyEntry,
    journey: String,
    share: f64,
    /// Its data pool, unless it has none.
    pool: Option<String>,
}

impl PartInfo {
    fn of((part, share): (&plan::Part, f64)) -> Self {
        Self {
            entry: part.journey,
            journey: part.journey.meta.display(),
            share,
            pool: part.has_data().then(|| part.pool.to_string()),
        }
    }

    fn pool(&self) -> String {
        let pool = self.pool.as_ref().map(|pool| format!(", from data pool {pool}"));
        pool.unwrap_or_default()
    }
}

impl LineInfo {
    /// A data item of the line, for people; none if it has no arguments.
    pub(super) fn shown(&self, item: &Item) -> Option<String> {
        let (member, data) = match self.supply {
            Some(_) => ChosenItem::decode(&item.data).map(|item| (item.member, item.data))?,
            None => (0, item.data.clone()),
        };
        let arguments = self.parts.get(member)?.entry.shown_arguments(&data);
        (!arguments.is_empty()).then(|| arguments.join(", "))
    }

    /// The journeys of a mix that were not started as often as they weigh.
    pub(super) fn shortages(&self, line: LineId) -> Vec<Finding> {
        let Some(supply) = self.supply.as_ref().filter(|_| self.parts.len() > 1) else {
            return Vec::new();
        };
        let shortages = supply.shortages();
        let short = |(part, shortage): (&PartInfo, Shortage)| {
            let Shortage { passed, used_up } = shortage;
            (used_up || passed > 0).then(|| Finding::BelowItsWeight {
                line,
                journey: part.journey.clone(),
                pool: part.pool.clone().unwrap_or_default(),
                passed,
                used_up,
            })
        };
        self.parts.iter().zip(shortages).filter_map(short).collect()
    }
}

/// `12.5`, `0.333`.
fn percent(share: f64) -> String {
    units::significant(share * 100.0, 3)
}

/// What is started of it, for people.
impl fmt::Display for LineInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts.as_slice() {
            [only] => write!(f, "{}{}", only.journey, only.pool())?,
            parts => {
                let one = |part: &PartInfo| {
                    format!("{} ({} %{})", part.journey, percent(part.share), part.pool())
                };
                let all: Vec<_> = parts.iter().map(one).collect();
                write!(f, "a mix of {}", all.join(", "))?;
            }
        }
        match self.most {
            Some(most) => write!(f, "; {} in all at most", units::count(most, "journey")),
            None => Ok(()),
        }
    }
}

impl LineInfo {
    pub(super) fn of(line: &plan::Line) -> Self {
        let mut with_data = line.journeys.iter().filter(|part| part.has_data());
        let names: Vec<_> = with_data.clone().map(|part| part.pool.to_string()).collect();
        let items = match line.journeys.as_slice() {
            [only] => only.pool.pool.size(),
            _ => None,
        };
        Self {
            journey: Label::intern(&line.name()),
            parts: line.journeys.iter().zip(line.shares()).map(PartInfo::of).collect(),
            supply: line.supply.clone(),
            most: line.most,
            pool: with_data.next().is_some().then(|| PoolStatus {
                name: names.join(" and "),
                items,
                used_up: false,
            }),
            volume: match &line.volume {
                VolumeKind::Level(volume) => {
                    VolumeStatus { once: None, most: volume.peak(), duration: line.duration }
                }
                VolumeKind::Rate(rate) => {
                    VolumeStatus { once: None, most: rate.model.peak(), duration: line.duration }
                }
                VolumeKind::Tickets(due) => {
                    VolumeStatus { once: Some(due.len() as u64), ..Default::default() }
                }
            },
        }
    }
}

/// The first of two ends, where there may be none.
pub(super) fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// What each runner is told of the lines of a test that ends after `duration`, if not
/// before: nothing starts then any more, also before the controller has said so.
pub(super) fn welcome_lines(plan: &Plan, duration: Option<Duration>) -> Vec<WelcomeLine> {
    let until = |line: WelcomeLine| WelcomeLine { until: shorter(line.until, duration), ..line };
    WelcomeLine::of(plan).into_iter().map(until).collect()
}

/// Those lines, with the journeys of this binary.
///
/// # Errors
/// If a journey is not registered under its name.
pub(crate) fn lines_of_runners(lines: &[WelcomeLine], registry: &Registry) -> Result<Vec<Line>> {
    lines.iter().map(|line| Line::of(registry, line)).collect()
}
