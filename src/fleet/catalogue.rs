//! What a binary could be asked to run, for controller and runners to agree on.

use mite_core::registry::{Entry, Kind, Registry};

/// A line for each journey and each statistic, with what it takes.
pub(super) fn of(registry: &Registry) -> Vec<String> {
    let journeys = registry.all(Kind::Journey).filter_map(|entry| match entry {
        Entry::Journey(journey) => {
            let types: Vec<_> = journey.parameters.iter().map(|p| (p.ty)().name).collect();
            Some(format!("journey {}({})", journey.meta.display(), types.join(", ")))
        }
        _ => None,
    });
    let stats = registry.stats().map(|stat| format!("statistic {}", stat.meta.display()));
    journeys.chain(stats).collect()
}
