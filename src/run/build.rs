//! The scenario of a test, made of what is registered.

use mite_core::config::Config;
use mite_core::error::{Error, Place, Result};
use mite_core::journey::JourneyEntry;
use mite_core::message::Processor;
use mite_core::meta::LocalFuture;
use mite_core::pool::NoData;
use mite_core::pool::any::{AnyPool, PoolRef};
use mite_core::registry::Registry;
use mite_core::scenario::{JourneyRef, Line, Part, Scenario, ScenarioEntry};
use mite_core::volume::{Volume, VolumeKind};

use super::Background;

/// Runs a scenario function to its end. A panic in it (a setting that does not
/// read as the type asked for) is a test that cannot start.
///
/// What it has spawned, such as a server, lives as long as the second thing that is
/// returned.
///
/// # Errors
/// If it panics or fails, or the scenario has no journeys.
pub(crate) fn scenario(
    entry: &'static ScenarioEntry,
    config: &Config,
) -> Result<(Scenario, Background)> {
    let name = entry.meta.display();
    let config = config.clone();
    let build = move || -> LocalFuture<'static, Result<Scenario>> {
        Box::pin(async move { (entry.build)(&config).await })
    };
    let (background, scenario) =
        Background::of(build).map_err(|error| match error.type_name() {
            "panic" => {
                let (text, place) = (error.text(), error.location());
                Error::new(format!("scenario `{name}` panicked: {text} (at {place})"))
            }
            _ => Error::new(format!("scenario `{name}` cannot be made: {}", error.text())),
        })?;
    let scenario = scenario
        .map_err(|e| Error::new(format!("scenario `{name}` cannot be made: {}", e.text())))?;
    if scenario.lines().is_empty() {
        return Err(Error::new(format!(
            "scenario `{name}` ({}:{}) has no journeys; add one with `.journey(…)` or `.run(…)`",
            entry.meta.file, entry.meta.line
        )));
    }
    Ok((scenario, background))
}

/// A scenario of one journey, and the name of the test.
///
/// # Errors
/// If there is no such journey or pool, or it needs a pool.
pub(crate) fn alone(
    registry: &Registry,
    spec: &str,
    pool: Option<&str>,
    volume: VolumeKind,
) -> Result<(String, Scenario)> {
    let journey = registry.journey(spec)?;
    let name = journey.meta.display();
    let place = Place { file: journey.meta.file.into(), line: journey.meta.line };
    let (spec, pool) = (JourneyRef::Spec(name.clone()), pool_of(registry, journey, pool)?);
    let line = Line::new(spec, pool, Volume::new(volume, None), place);
    Ok((name, Scenario::from_lines(vec![line])))
}

/// A scenario of one journey as that one has it: with its data pool, unless another is given,
/// its setup and its teardown.
///
/// # Errors
/// If it has no such journey, or there is no such pool.
pub(crate) fn alone_in(
    registry: &Registry,
    (mut scenario, name): (Scenario, String),
    spec: &str,
    pool: Option<&str>,
    volume: VolumeKind,
) -> Result<(String, Scenario)> {
    let journey = registry.journey(spec)?;
    let test = journey.meta.display();
    let is_it = |part: &Part| match &part.journey {
        JourneyRef::Spec(spec) => {
            registry.journey(spec).is_ok_and(|found| std::ptr::eq(found, journey))
        }
        JourneyRef::Function { id, .. } => (journey.function)() == *id,
    };
    let parts = scenario.take_lines().into_iter().flat_map(|line| line.journeys);
    let Some(part) = parts.into_iter().find(is_it) else {
        return Err(Error::new(format!(
            "scenario `{name}` has no journey `{test}`; give one that has it, or leave --scenario out"
        )));
    };
    let pool = match pool {
        Some(pool) => pool_of(registry, journey, Some(pool))?,
        None => part.pool,
    };
    let line = Line::new(part.journey, pool, Volume::new(volume, None), part.place);
    Ok((test, scenario.with_lines(vec![line])))
}

fn pool_of(registry: &Registry, journey: &JourneyEntry, pool: Option<&str>) -> Result<PoolRef> {
    let name = journey.meta.display();
    match pool {
        Some(spec) => {
            let entry = registry.pool(spec)?;
            Ok(PoolRef::Named {
                function: (entry.function)(),
                name: entry.meta.display(),
                item: (entry.item)(),
            })
        }
        None if journey.parameters.is_empty() => Ok(PoolRef::Value(AnyPool::new(NoData))),
        None => {
            let names: Vec<_> = journey.parameters.iter().map(|p| p.name).collect();
            Err(Error::new(format!(
                "journey `{name}` takes arguments ({}), so it needs a data pool: give one after its name, or a scenario that has one with --scenario; `list` shows all",
                names.join(", ")
            )))
        }
    }
}

/// Message processors by their specs, each with its name.
///
/// # Errors
/// If there is no such one, or it cannot be made.
pub(crate) fn processors(
    registry: &Registry,
    specs: &[String],
) -> Result<Vec<(String, Processor)>> {
    let make = |spec: &String| {
        let entry = registry.processor(spec)?;
        let name = entry.meta.display();
        let processor = mite_core::caught(|| (entry.build)())
            .map_err(|panic| {
                let (text, place) = (panic.text(), panic.location());
                Error::new(format!("message processor `{name}` panicked: {text} (at {place})"))
            })?
            .map_err(|e| {
                Error::new(format!("message processor `{name}` cannot be made: {}", e.text()))
            })?;
        Ok((name, processor))
    };
    specs.iter().map(make).collect()
}
