//! How many, as far as that is known.

/// A number of journeys, as far as it is known before load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Count {
    /// Exactly so many.
    Exactly(u64),
    /// On average, or if journeys take as long as was said.
    About(f64),
    /// It depends on what journeys do.
    Unknown,
}

impl Count {
    /// The number, if one is known.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Exactly(n) => Some(n as f64),
            Self::About(n) => Some(n),
            Self::Unknown => None,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a.saturating_add(b)),
            (a, b) => match a.number().zip(b.number()) {
                Some((a, b)) => Self::About(a + b),
                None => Self::Unknown,
            },
        }
    }
}
