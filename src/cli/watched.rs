//! What a person watches while a run goes on: the screen, or lines and a bar.

use super::args::OutputOptions;
use crate::output::{LineOutput, Output, ProgressOutput, RunControl};
use crate::terminal::console;

/// What decides on it.
pub(super) struct Watched<'a> {
    pub(super) output: &'a OutputOptions,
    pub(super) debugging: bool,
    pub(super) control: &'a RunControl,
    /// The address of the page, if there is one.
    pub(super) page: Option<String>,
}

impl Watched<'_> {
    /// The outputs of it; with `shows_messages` nothing stands over what is printed.
    pub(super) fn outputs(&self, shows_messages: bool) -> Vec<Box<dyn Output>> {
        let lines =
            || LineOutput::new(!self.output.hide_constant_logs, self.output.journey_logging);
        #[cfg(all(unix, feature = "terminal"))]
        if !shows_messages && self.wants_screen() {
            let settings = crate::screen::ScreenSettings {
                ascii: self.output.ascii,
                page: self.page.clone(),
                control: self.control.clone(),
            };
            return vec![Box::new(crate::screen::ScreenOutput::new(settings, lines()))];
        }
        let _ = (
            shows_messages,
            self.debugging,
            self.control,
            self.output.no_tui,
            self.output.ascii,
            &self.page,
        );
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        if console::is_interactive() {
            outputs.push(Box::new(ProgressOutput));
        }
        outputs.extend(lines().map(|lines| Box::new(lines) as Box<dyn Output>));
        outputs
    }

    /// Whether there is a terminal that can show one, and a person who may look at it.
    #[cfg(all(unix, feature = "terminal"))]
    fn wants_screen(&self) -> bool {
        use crate::terminal::size;

        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        !self.output.no_tui
            && !self.debugging
            && !in_ci
            && console::is_interactive()
            && size::moves_cursor()
            && size::of_stderr().is_some()
    }
}
