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

    /// The same of what starts `most` and no more, which goes on until then if it has no
    /// other end.
    pub(super) fn at_most(self, most: u64, is_endless: bool) -> Self {
        match self {
            Self::Exactly(n) => Self::Exactly(n.min(most)),
            Self::About(n) if n < most as f64 => self,
            Self::About(_) => Self::Exactly(most),
            Self::Unknown if is_endless => Self::Exactly(most),
            Self::Unknown => Self::Unknown,
        }
    }

    /// A part of it.
    pub(super) fn share(self, share: f64) -> Self {
        match self.number() {
            _ if share == 1.0 => self,
            Some(n) => Self::About(n * share),
            None => Self::Unknown,
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
