//! The six attributes, by name.

/// One of the attributes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Attribute {
    Journey,
    Datapool,
    Scenario,
    Config,
    Processor,
    Stat,
}

impl Attribute {
    const ALL: [Self; 6] =
        [Self::Journey, Self::Datapool, Self::Scenario, Self::Config, Self::Processor, Self::Stat];

    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Journey => "journey",
            Self::Datapool => "datapool",
            Self::Scenario => "scenario",
            Self::Config => "config",
            Self::Processor => "processor",
            Self::Stat => "stat",
        }
    }

    /// What a function with it is, in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Journey => "a journey",
            Self::Datapool => "a data pool function",
            Self::Scenario => "a scenario function",
            Self::Config => "a config function",
            Self::Processor => "a processor function",
            Self::Stat => "a stat function",
        }
    }

    /// The one that `attribute` is, written `journey`, `mite::journey`, or with
    /// another name of mite's before it.
    pub(crate) fn of(attribute: &syn::Attribute) -> Option<Self> {
        let path = attribute.path();
        let name = path.segments.last()?;
        let of_mite = match path.segments.len() {
            1 => true,
            2 => path.segments[0].ident == "mite" || crate::root::is_name(&path.segments[0].ident),
            _ => false,
        };
        Self::ALL.into_iter().find(|a| name.ident == a.name()).filter(|_| of_mite)
    }
}
