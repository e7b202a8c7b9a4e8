//! Exchanges in full, for whoever looks on.

use std::any::Any;
use std::sync::Arc;

/// One exchange in full: what a protocol keeps of it while somebody looks on, under
/// `--debugging`, in `journey run` and in tests of journeys.
///
/// Texts for people hide what is secret.
///
/// ```
/// use mite_core::extend::{Context, Transcript};
///
/// struct Ping {
///     answer: String,
/// }
///
/// impl Transcript for Ping {
///     fn line(&self) -> String {
///         format!("ping -> {}", self.answer)
///     }
///     fn text(&self) -> String {
///         format!("> PING\n< {}", self.answer)
///     }
/// }
///
/// # let ctx = Context::for_test();
/// // Makes nothing unless somebody looks on.
/// ctx.note_exchange(|| Ping { answer: "PONG".into() });
/// ```
pub trait Transcript: Any + Send + Sync {
    /// On one line, such as a command that repeats it, and how it ended.
    fn line(&self) -> String;

    /// All of it that a person can read, on as many lines as it takes.
    fn text(&self) -> String;
}

/// A protocol that has nothing but a line to show.
impl Transcript for String {
    fn line(&self) -> String {
        self.clone()
    }

    fn text(&self) -> String {
        self.clone()
    }
}

/// Who looks on: called on the runner's thread with each exchange, as it ends.
pub type Onlooker = Arc<dyn Fn(&Arc<dyn Transcript>) + Send + Sync>;
