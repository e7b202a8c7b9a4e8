//! What an execution sends: messages of its own, and those that mite makes of it.

use serde::Serialize;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::fields;
use crate::journey::Context;
use crate::message::{Writer, check_name, with_buffer};
use crate::msgpack::Fields;

impl Context {
    /// Sends a message of `kind` to whoever listens. Cannot fail and never waits.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// ctx.send("checked_out", fields! { basket: 3, total: 17.5 });
    /// ```
    pub fn send(&self, kind: &str, fields: Fields) {
        self.lanes().counted().event(kind, fields.unserializable());
        self.tell(kind, |message| message.extend(&fields));
    }

    /// Sends `value` as `data_created`, for the recorder to append to the file
    /// `<name>.msgpack` of its directory. There it can feed the journeys of a
    /// later test.
    ///
    /// A name is that of a file: of 1 to 200 bytes and not all blank, without
    /// `/`, `\`, control characters or a leading dot.
    ///
    /// Never waits: the record is handed to the operating system within
    /// milliseconds, survives whatever kills this process from then on
    /// (`kill -9` too), and is synchronised with the disk at the end of the run.
    /// What cannot be written ends the run, with exit code 4.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # fn journey(ctx: &Context) -> mite::Result {
    /// ctx.record("users", &("bob", 5))?;
    /// let error = ctx.record("../users", &("bob", 5)).unwrap_err();
    /// assert!(error.text().starts_with("\"../users\" cannot be the name of a record"));
    /// # Ok(())
    /// # }
    /// # journey(&Context::for_test()).unwrap();
    /// ```
    ///
    /// # Errors
    /// If `name` is not such a name, or `value` cannot be serialized.
    #[track_caller]
    pub fn record<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result {
        if let Err(why) = check_name(name) {
            return Err(Error::new(why));
        }
        let fields = fields! { name, data: value };
        if fields.unserializable() > 0 {
            let why: String = fields.get("data").unwrap_or_default();
            return Err(Error::new(format!(
                "the value for record `{name}` cannot be serialized: {why}"
            )));
        }
        self.send("data_created", fields);
        Ok(())
    }

    /// Sends a message that is counted elsewhere, if anybody wants its kind.
    #[inline]
    pub(crate) fn tell(&self, kind: &str, fields: impl FnOnce(&mut Writer<'_>)) {
        self.tell_of(kind, Instant::now, |out, _| fields(out));
    }

    /// The same of what happened at a moment, which `fields` get in seconds since 1970.
    #[inline]
    pub(crate) fn tell_of(
        &self,
        kind: &str,
        at: impl FnOnce() -> Instant,
        fields: impl FnOnce(&mut Writer<'_>, f64),
    ) {
        let wanted = self.lanes().wants(kind);
        if wanted || (self.is_observed() && self.journal_of_execution().is_some()) {
            self.write(kind, at(), wanted, fields);
        }
    }

    /// Apart from what is done for each, so that it takes no room on the stack there.
    #[inline(never)]
    fn write(
        &self,
        kind: &str,
        at: Instant,
        wanted: bool,
        fields: impl FnOnce(&mut Writer<'_>, f64),
    ) {
        let time = self.wall_time(at);
        let transaction = self.transaction.as_ref().map(|t| (&t.name, t.id));
        with_buffer(|buffer| {
            let mut writer =
                Writer::new(buffer, kind, time, Some(&self.execution.identity), transaction);
            fields(&mut writer, time);
            let message = writer.finish();
            self.journal(|journal| journal.message(message.to_message()));
            if wanted {
                let warmup = self.runner_host().is_warming_up(|| at);
                self.lanes().send(message, warmup);
            }
        });
    }
}
