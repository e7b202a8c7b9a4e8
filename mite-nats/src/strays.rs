//! Messages that are none which somebody waits for: counted, and otherwise ignored.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use mite_core::stats::Strays;
use serde::de::DeserializeOwned;

use crate::frame::{Assembler, Foreign};
use crate::wire;

/// What came to this end of the wire and was nothing for it.
#[derive(Debug, Default)]
pub(crate) struct StrayCounts(Mutex<Strays>);

impl StrayCounts {
    fn lock(&self) -> MutexGuard<'_, Strays> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Until now.
    pub(crate) fn get(&self) -> Strays {
        *self.lock()
    }

    /// It was from a process that does not take part.
    pub(crate) fn stranger(&self) {
        self.lock().strangers += 1;
    }
}

/// Makes values of what comes by one subject.
#[derive(Debug)]
pub(crate) struct Reader {
    assembler: Assembler,
    /// Messages of which a part has not come, as they were counted.
    incomplete: u64,
    strays: Arc<StrayCounts>,
}

impl Reader {
    pub(crate) fn new(strays: &Arc<StrayCounts>) -> Self {
        Self { assembler: Assembler::default(), incomplete: 0, strays: strays.clone() }
    }

    /// The value that a frame completes; what is none is counted.
    pub(crate) fn take<T: DeserializeOwned>(
        &mut self,
        frame: &Bytes,
    ) -> Result<Option<T>, Foreign> {
        let value = wire::take(&mut self.assembler, frame);
        let mut strays = self.strays.lock();
        let incomplete = self.assembler.incomplete();
        strays.incomplete = (strays.incomplete + incomplete).saturating_sub(self.incomplete);
        self.incomplete = incomplete;
        match value {
            Ok(_) => {}
            Err(Foreign::NotMite) => strays.foreign += 1,
            Err(Foreign::Version(_)) => strays.versions += 1,
            Err(Foreign::Unreadable) => strays.unreadable += 1,
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::frames;
    use crate::wire::encode;

    #[test]
    fn what_is_no_value_is_counted_by_kind() {
        let strays: Arc<StrayCounts> = Arc::default();
        let (mut one, mut other) = (Reader::new(&strays), Reader::new(&strays));
        let sound = &frames(1, &encode(&7_u64))[0];
        assert_eq!(one.take::<u64>(sound), Ok(Some(7)));
        assert!(strays.get().is_empty());
        assert_eq!(one.take::<u64>(&Bytes::from_static(b"hello")), Err(Foreign::NotMite));
        assert_eq!(one.take::<String>(sound), Err(Foreign::Unreadable));
        let mut newer = sound.to_vec();
        newer[5] = 9;
        assert_eq!(other.take::<u64>(&newer.into()), Err(Foreign::Version(9)));
        let long = frames(2, &encode(&"x".repeat(600 << 10)));
        assert_eq!(other.take::<String>(&long[1]), Ok(None));
        assert_eq!(one.take::<String>(&long[0]), Ok(None));
        strays.stranger();
        let counted =
            Strays { foreign: 1, versions: 1, unreadable: 1, incomplete: 2, strangers: 1 };
        assert_eq!(strays.get(), counted);
        // One of them is completed after all.
        assert_eq!(other.take::<String>(&long[0]), Ok(None));
        assert!(other.take::<String>(&long[2]).is_ok_and(|text| text.is_some()));
        assert_eq!(strays.get().incomplete, 1);
    }
}
