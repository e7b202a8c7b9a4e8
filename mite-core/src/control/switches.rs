//! Rules that tests switch off.

/// Rules that tests switch off, to see what they are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switches {
    /// What was worked out once is compared with what would be worked out now; no rule.
    pub(super) audit: bool,
    /// A level is taken before it is given.
    pub(super) bound: bool,
    /// Spare items are recalled.
    pub(super) recall: bool,
    /// Items of a lost runner that may have been used are not given again.
    pub(super) doubt: bool,
    /// Grants bring again what may never have arrived.
    pub(super) repeat: bool,
    /// Items come home only from a lease that the runner has seen.
    pub(super) leases: bool,
    /// Runners report again what was not answered.
    pub(super) cumulative: bool,
    /// Grants bring again windows that were not reported as taken.
    pub(super) windows: bool,
    /// A window is split among those who were there when it was sealed.
    pub(super) sealed: bool,
    /// Arrivals of a lost runner are counted as lost.
    pub(super) lost: bool,
    /// A line of arrivals ends when all of them are decided.
    pub(super) played: bool,
    /// A volume is followed where its parts meet, and not where windows begin alone.
    pub(super) joints: bool,
    /// Who has been silent for long gets no more arrivals.
    pub(super) silent: bool,
    /// The controller waits longer than a runner's own term.
    pub(super) margin: bool,
    /// A second life of a runner waits until the first is surely over.
    pub(super) lives: bool,
    /// After a restart nothing is given until every runner has said what it holds.
    pub(super) claims: bool,
    /// A runner stops when its term is over.
    pub(super) term: bool,
    /// Grants wait until what they follow from is durable.
    pub(super) saved: bool,
    /// A write fails once another controller has taken over.
    pub(super) checked: bool,
    /// A controller sends nothing once its own lease on the run is over.
    pub(super) lease: bool,
    /// A controller asks whether runners know more than it.
    pub(super) marks: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            audit: true,
            bound: true,
            recall: true,
            doubt: true,
            repeat: true,
            leases: true,
            cumulative: true,
            windows: true,
            sealed: true,
            lost: true,
            played: true,
            joints: true,
            silent: true,
            margin: true,
            lives: true,
            claims: true,
            term: true,
            saved: true,
            checked: true,
            lease: true,
            marks: true,
        }
    }
}
