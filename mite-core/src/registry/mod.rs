//! Every annotated item of the binary, by name.

mod entry;

use std::any::TypeId;
use std::collections::BTreeMap;

use crate::config::ConfigEntry;
use crate::error::{Error, Result};
use crate::journey::JourneyEntry;
use crate::message::ProcessorEntry;
use crate::meta::Meta;
use crate::pool::PoolEntry;
use crate::scenario::ScenarioEntry;
use crate::spec::{Spec, edits};
use crate::stat::StatEntry;

pub use entry::Entry;

/// Every annotated item of the binary.
#[derive(Default)]
pub struct Registry {
    items: BTreeMap<(Kind, Spec), Entry>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `#[journey]`.
    Journey,
    /// `#[datapool]`.
    Pool,
    /// `#[scenario]`.
    Scenario,
    /// `#[config]`.
    Config,
    /// `#[processor]`.
    Processor,
    /// `#[stat]`.
    Stat,
}

impl Kind {
    /// As people say it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Journey => "journey",
            Self::Pool => "data pool",
            Self::Scenario => "scenario",
            Self::Config => "config",
            Self::Processor => "message processor",
            Self::Stat => "statistic",
        }
    }

    /// The attribute that registers it.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Journey => "#[journey]",
            Self::Pool => "#[datapool]",
            Self::Scenario => "#[scenario]",
            Self::Config => "#[config]",
            Self::Processor => "#[processor]",
            Self::Stat => "#[stat]",
        }
    }
}

impl Entry {
    /// Its name and place.
    pub fn meta(&self) -> &'static Meta {
        match self {
            Self::Journey(e) => &e.meta,
            Self::Pool(e) => &e.meta,
            Self::Scenario(e) => &e.meta,
            Self::Config(e) => &e.meta,
            Self::Processor(e) => &e.meta,
            Self::Stat(e) => &e.meta,
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Journey(_) => Kind::Journey,
            Self::Pool(_) => Kind::Pool,
            Self::Scenario(_) => Kind::Scenario,
            Self::Config(_) => Kind::Config,
            Self::Processor(_) => Kind::Processor,
            Self::Stat(_) => Kind::Stat,
        }
    }
}

macro_rules! finders {
    ($($(#[$doc:meta])* $find:ident $kind:ident $entry:ty;)*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// If there is none of that name; the text has the nearest names.
        pub fn $find(&self, spec: &str) -> Result<&'static $entry> {
            match self.find(Kind::$kind, spec)? {
                Entry::$kind(entry) => Ok(entry),
                _ => unreachable!("items are kept under their kind"),
            }
        }
    )* };
}

impl Registry {
    /// Everything that is linked into this binary.
    ///
    /// # Errors
    /// If two items have one name.
    pub fn collect() -> Result<Self> {
        Self::from_entries(inventory::iter::<Entry>.into_iter().copied())
    }

    /// Of these entries, in any order.
    ///
    /// # Errors
    /// If two of one kind have one name; the text has both places.
    pub fn from_entries(entries: impl IntoIterator<Item = Entry>) -> Result<Self> {
        let mut items = BTreeMap::new();
        for entry in entries {
            let meta = entry.meta();
            let key = (entry.kind(), Spec::new(&meta.display()));
            if let Some(first) = items.insert(key, entry) {
                return Err(duplicate(entry.kind(), first.meta(), meta));
            }
        }
        Ok(Self { items })
    }

    /// All items of a kind, sorted by name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.items.iter().filter(move |((k, _), _)| *k == kind).map(|(_, e)| e)
    }

    /// The scenario `spec`, or the only one that there is.
    ///
    /// # Errors
    /// If there is none, or several and none is named; the text has the names.
    pub fn scenario_or_only(&self, spec: Option<&str>) -> Result<&'static ScenarioEntry> {
        if let Some(spec) = spec {
            return self.scenario(spec);
        }
        let names: Vec<_> =
            self.all(Kind::Scenario).map(|entry| entry.meta().display()).take(21).collect();
        match names.as_slice() {
            [] => Err(Error::new(
                "no scenario is registered: write a function with #[scenario], or link the crate that has one: mite::main!(my_journeys)",
            )),
            [only] => self.scenario(only),
            [some @ .., _] if some.len() == 20 => Err(Error::new(format!(
                "there are several scenarios; give the name of one: {}, …",
                some.join(", ")
            ))),
            all => Err(Error::new(format!(
                "there are several scenarios; give the name of one: {}",
                all.join(", ")
            ))),
        }
    }

    finders! {
        /// The journey `spec`.
        journey Journey JourneyEntry;
        /// The data pool `spec`.
        pool Pool PoolEntry;
        /// The scenario `spec`.
        scenario Scenario ScenarioEntry;
        /// The config `spec`.
        config Config ConfigEntry;
        /// The message processor `spec`.
        processor Processor ProcessorEntry;
    }

    /// All statistics that are made of messages, sorted by name.
    pub fn stats(&self) -> impl Iterator<Item = &'static StatEntry> {
        self.all(Kind::Stat).filter_map(|entry| match entry {
            Entry::Stat(entry) => Some(*entry),
            _ => None,
        })
    }

    /// The journey whose function has this type.
    pub fn journey_of(&self, function: TypeId) -> Option<&'static JourneyEntry> {
        self.all(Kind::Journey).find_map(|entry| match entry {
            Entry::Journey(e) if (e.function)() == function => Some(*e),
            _ => None,
        })
    }

    /// The data pool whose function has this type.
    pub fn pool_of(&self, function: TypeId) -> Option<&'static PoolEntry> {
        self.all(Kind::Pool).find_map(|entry| match entry {
            Entry::Pool(e) if (e.function)() == function => Some(*e),
            _ => None,
        })
    }

    fn find(&self, kind: Kind, spec: &str) -> Result<Entry> {
        match self.items.get(&(kind, Spec::new(spec))) {
            Some(entry) => Ok(*entry),
            None => Err(self.unknown(kind, spec)),
        }
    }

    fn unknown(&self, kind: Kind, spec: &str) -> Error {
        let noun = kind.noun();
        if self.items.is_empty() {
            return Error::new(format!(
                "no {noun} `{spec}`: nothing at all is registered in this binary. A crate of journeys that the binary never names is not linked; name it: `mite::main!(the_crate);`, or `use the_crate as _;`"
            ));
        }
        let wanted = Spec::new(spec);
        let mut near: Vec<_> = self
            .all(kind)
            .map(|e| e.meta().display())
            .map(|name| (distance(&wanted.to_string(), &name), name))
            .collect();
        near.sort();
        let advice = match near.len() {
            0 => match self.items.iter().find(|((_, s), _)| *s == wanted) {
                Some(((other, _), _)) => format!("there is a {} of that name", other.noun()),
                None => format!("no {noun} is registered: put {} on a function", kind.attribute()),
            },
            _ => {
                let names: Vec<_> = near.iter().take(3).map(|(_, n)| format!("`{n}`")).collect();
                match self.items.iter().find(|((_, s), _)| *s == wanted) {
                    Some(((other, _), _)) => {
                        format!(
                            "that is a {}; the nearest {noun}s are {}",
                            other.noun(),
                            names.join(", ")
                        )
                    }
                    None => format!("the nearest are {}; `list` shows all", names.join(", ")),
                }
            }
        };
        Error::new(format!("no {noun} `{spec}`: {advice}"))
    }
}

fn duplicate(kind: Kind, a: &Meta, b: &Meta) -> Error {
    let (noun, name) = (kind.noun(), a.display());
    if (a.file, a.line) == (b.file, b.line) {
        return Error::new(format!(
            "{noun} `{name}` is registered twice from {}:{}: the file is compiled twice (`mod x;` in lib.rs and in main.rs?); keep the one in the library and write `use the_lib::x;` in the binary",
            a.file, a.line
        ));
    }
    Error::new(format!(
        "two {noun}s are called `{name}`: {}:{} and {}:{}; rename one",
        a.file, a.line, b.file, b.line
    ))
}

/// Edits between two names (Levenshtein); one with the same last part is nearer.
fn distance(a: &str, b: &str) -> usize {
    let last = |s: &str| s.rsplit([':', '.']).next().unwrap_or(s).to_owned();
    let bonus = if last(a) == last(b) { 0 } else { edits(&last(a), &last(b)) };
    bonus * 4 + edits(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::{LocalFuture, TypeOf};

    fn journey(module: &'static str, name: &'static str, line: u32) -> Entry {
        fn start(_: crate::journey::Context, _: &[u8]) -> Result<LocalFuture<'static, Result>> {
            Ok(Box::pin(async { Ok(()) }))
        }
        Entry::Journey(Box::leak(Box::new(JourneyEntry {
            meta: Meta { module, name, file: "src/x.rs", line, doc: "" },
            parameters: &[],
            arguments: TypeOf::of::<()>,
            function: TypeId::of::<u8>,
            start,
        })))
    }

    #[test]
    fn all_spellings_find_it() {
        let registry = Registry::from_entries([journey("shop::login", "signin", 1)]).unwrap();
        for spec in ["shop::login:signin", "shop.login.signin", "shop:login:signin"] {
            assert_eq!(registry.journey(spec).unwrap().meta.line, 1);
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        let registry = Registry::from_entries([
            journey("shop", "signin", 1),
            journey("shop", "browse", 2),
            journey("other", "far_away", 3),
        ])
        .unwrap();
        let error = registry.journey("shop:sigin").err().unwrap();
        assert!(
            error.text().starts_with("no journey `shop:sigin`: the nearest are `shop:signin`"),
            "{error}"
        );
        let error = registry.scenario("shop:signin").err().unwrap();
        assert_eq!(error.text(), "no scenario `shop:signin`: there is a journey of that name");
    }

    #[test]
    fn an_empty_registry_says_how_to_link() {
        let error = Registry::default().journey("a:b").err().unwrap();
        assert!(error.text().contains("`mite::main!(the_crate);`"), "{error}");
    }

    #[test]
    fn two_of_one_name_are_an_error_with_both_places() {
        let error =
            Registry::from_entries([journey("a", "b", 1), journey("a", "b", 9)]).err().unwrap();
        assert!(error.text().contains("src/x.rs:1 and src/x.rs:9"), "{error}");
        let error =
            Registry::from_entries([journey("a", "b", 1), journey("a", "b", 1)]).err().unwrap();
        assert!(error.text().contains("compiled twice"), "{error}");
    }
}
