//! All metrics of a run, as it stands.

use std::collections::BTreeMap;

use mite_core::error::{Error, Result};
use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::cap::Cap;
use super::family::Family;
use super::histogram::Bounds;
use super::load::{self, Cpu};
use super::spreads::Spreads;
use super::view::View;
use super::{measured, outcome, own, upstream};

/// The variable with upstream's bounds of response times.
const BOUNDS: &str = "MITE_HTTP_HISTOGRAM_BUCKETS";

/// What metrics are made with.
#[derive(Clone, Debug)]
pub(crate) struct MetricSettings {
    bounds: Bounds,
    /// Sets of labels that a metric may have.
    most: usize,
    /// What `--label` said.
    labels: BTreeMap<String, String>,
}

impl MetricSettings {
    /// With so many sets of labels for each metric, and these labels of the run.
    ///
    /// # Errors
    /// If a variable holds what is no list of bounds; the text names it.
    pub(crate) fn new(most: usize, labels: BTreeMap<String, String>) -> Result<Self> {
        let list = std::env::var_os(BOUNDS).map(|list| list.to_string_lossy().into_owned());
        let bounds = Bounds::upstream(list.as_deref()).map_err(|e| {
            Error::new(format!("{BOUNDS}: {e}; write bounds in seconds, such as 0.1,0.5,1"))
        })?;
        Ok(Self { bounds, most, labels })
    }
}

/// All metrics of a run. It sees the run as outputs do, and keeps what it needs.
#[derive(Debug)]
pub(crate) struct Exposition {
    labels: BTreeMap<String, String>,
    spreads: Spreads,
    cpu: Cpu,
    cap: Cap,
    /// What the run is.
    info: Option<Family>,
    /// The test's own, as they were told last.
    own: Vec<Family>,
}

impl Exposition {
    /// Nothing is known yet.
    pub(crate) fn new(settings: MetricSettings) -> Self {
        Self {
            labels: settings.labels,
            spreads: Spreads::new(settings.bounds),
            cpu: Cpu::default(),
            cap: Cap::new(settings.most),
            info: None,
            own: Vec::new(),
        }
    }

    /// The run is about to start.
    pub(crate) fn start(&mut self, info: &RunInfo) -> Vec<Family> {
        let run = crate::output::run_id(info);
        let info = outcome::of_run(info, &run, &self.labels);
        self.info = Some(info.clone());
        vec![info]
    }

    /// How it stands.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) -> Vec<Family> {
        let mut families = self.families(&snapshot.into());
        self.own = own::families(&snapshot.statistics, &families);
        self.own.iter_mut().for_each(|family| self.cap.apply(family));
        families.extend(self.own.iter().cloned());
        families
    }

    /// How it went.
    pub(crate) fn finish(&mut self, summary: &Summary) -> Vec<Family> {
        let mut families = self.families(&summary.into());
        families.extend(self.own.iter().cloned());
        families
    }

    fn families(&mut self, view: &View<'_>) -> Vec<Family> {
        self.spreads.update(view.series);
        let mut families: Vec<Family> = self.info.iter().cloned().collect();
        families.extend(upstream::families(view, &self.spreads));
        families.extend(measured::families(view, &self.spreads));
        families.extend(load::families(view, &mut self.cpu));
        families.extend(outcome::families(view));
        families.retain(|family| !family.rows.is_empty());
        families.iter_mut().for_each(|family| self.cap.apply(family));
        families
    }
}
