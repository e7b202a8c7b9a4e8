//! What the person at the screen has chosen, and what keys do to it.

use std::time::Duration;

use super::keyboard::Key;
use super::model::{Model, Sort};

/// What fills the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    #[default]
    Main,
    Help,
    /// A transaction, by the place of its series.
    Transaction(usize),
    /// An error, by its place in the list.
    Error(usize),
    /// All lines of the log that are kept.
    Log,
}

/// Which panel the keys are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    #[default]
    Transactions,
    Errors,
    Log,
}

/// What a key asks of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// To end the run, as Ctrl-C does.
    Stop,
    /// To mark this moment.
    Mark,
    /// To stop the process, as Ctrl-Z does.
    Suspend,
    /// To draw everything anew.
    Redraw,
}

/// Lines that a page may be scrolled.
const LONGEST: usize = 500;

/// Windows that figures may be over; the last is the whole run.
const WINDOWS: [Option<u64>; 5] = [Some(10), Some(30), Some(60), Some(300), None];

/// What the person has chosen.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) view: View,
    pub(super) focus: Focus,
    /// The chosen row, by the place of its series.
    pub(super) row: Option<usize>,
    /// The chosen error.
    pub(super) error: usize,
    pub(super) sort: Sort,
    /// What names are to hold.
    pub(super) find: String,
    pub(super) is_typing: bool,
    window: usize,
    /// Whether service times are shown where there are response times.
    pub(super) service: bool,
    /// What is shown while the display stands still.
    pub(super) frozen: Option<Box<Model>>,
    /// What was said last to the person.
    pub(super) said: Option<String>,
    /// The address of the page, if there is one.
    pub(super) page: Option<String>,
    /// Lines further up, in what is longer than the screen.
    pub(super) scrolled: usize,
}

impl State {
    /// Nothing chosen yet.
    pub(super) fn new(page: Option<String>) -> Self {
        Self {
            view: View::Main,
            focus: Focus::Transactions,
            row: None,
            error: 0,
            sort: Sort::Share,
            find: String::new(),
            is_typing: false,
            window: 2,
            service: false,
            frozen: None,
            said: None,
            page,
            scrolled: 0,
        }
    }

    /// How long the window is; `None` for the whole run.
    pub(super) fn window(&self) -> Option<Duration> {
        WINDOWS[self.window].map(Duration::from_secs)
    }

    /// The row that is looked at.
    pub(super) fn opened(&self) -> Option<usize> {
        match self.view {
            View::Transaction(at) => Some(at),
            _ => None,
        }
    }

    /// A key was pressed, `live` being what is known.
    pub(super) fn press(&mut self, key: Key, live: &Model) -> Option<Act> {
        match key {
            Key::Ctrl('c') => return Some(Act::Stop),
            Key::Ctrl('z') => return Some(Act::Suspend),
            Key::Ctrl('l') => return Some(Act::Redraw),
            _ if self.is_typing => {
                self.type_in(key);
                return None;
            }
            _ => {}
        }
        self.said = None;
        let frozen = self.frozen.take();
        let act = self.choose(key, frozen.as_deref().unwrap_or(live));
        self.frozen = frozen;
        if key == Key::Char('f') {
            self.frozen = match self.frozen {
                Some(_) => None,
                None => Some(Box::new(live.clone())),
            };
        }
        act
    }

    fn type_in(&mut self, key: Key) {
        match key {
            Key::Char(c) => self.find.push(c),
            Key::Backspace => drop(self.find.pop()),
            Key::Enter => self.is_typing = false,
            Key::Escape => {
                self.is_typing = false;
                self.find.clear();
            }
            _ => {}
        }
    }

    fn choose(&mut self, key: Key, model: &Model) -> Option<Act> {
        match key {
            Key::Char('q') => return Some(Act::Stop),
            Key::Char('m') => return Some(Act::Mark),
            Key::Char('?') => {
                self.view = if self.view == View::Help { View::Main } else { View::Help };
            }
            Key::Escape if self.view != View::Main => self.view = View::Main,
            Key::Escape => self.find.clear(),
            Key::Enter if self.view == View::Main => self.open(model),
            Key::Tab => self.focus = self.neighbour(1),
            Key::BackTab => self.focus = self.neighbour(2),
            Key::Char('/') => {
                self.view = View::Main;
                self.focus = Focus::Transactions;
                self.is_typing = true;
            }
            Key::Char('s') => self.sort = self.sort.next(),
            Key::Char('r') => self.service = !self.service,
            Key::Char('+') => self.window = (self.window + 1).min(WINDOWS.len() - 1),
            Key::Char('-') => self.window = self.window.saturating_sub(1),
            Key::Char('w') => {
                self.said = self.page.as_ref().map(|page| format!("the page is at {page}"));
            }
            Key::Up | Key::Char('k') => self.step(model, -1),
            Key::Down | Key::Char('j') => self.step(model, 1),
            Key::PageUp => self.step(model, -10),
            Key::PageDown => self.step(model, 10),
            Key::Home => self.step(model, isize::MIN / 2),
            Key::End => self.step(model, isize::MAX / 2),
            _ => {}
        }
        None
    }

    fn neighbour(&self, steps: usize) -> Focus {
        const ALL: [Focus; 3] = [Focus::Transactions, Focus::Errors, Focus::Log];
        let at = ALL.iter().position(|focus| *focus == self.focus).unwrap_or(0);
        ALL[(at + steps) % ALL.len()]
    }

    fn open(&mut self, model: &Model) {
        self.scrolled = 0;
        self.view = match self.focus {
            Focus::Transactions => match self.chosen_row(&model.order(self.sort, &self.find)) {
                Some(at) => View::Transaction(at),
                None => View::Main,
            },
            Focus::Errors if model.failures.is_empty() => View::Main,
            Focus::Errors => View::Error(self.error.min(model.failures.len() - 1)),
            Focus::Log => View::Log,
        };
    }

    /// Of these rows the chosen one: the first if none of them is.
    pub(super) fn chosen_row(&self, order: &[usize]) -> Option<usize> {
        self.row.filter(|row| order.contains(row)).or(order.first().copied())
    }

    /// Moves a page by some lines; to its start, but not to its end, which is not known.
    fn scroll(&mut self, steps: isize) {
        self.scrolled = match steps {
            ..-1_000 => 0,
            1_000.. => self.scrolled,
            steps => self.scrolled.saturating_add_signed(steps).min(LONGEST),
        };
    }

    fn step(&mut self, model: &Model, steps: isize) {
        let moved = |at: usize, len: usize| {
            let at = at.min(len.saturating_sub(1)) as isize;
            at.saturating_add(steps).clamp(0, len.saturating_sub(1) as isize) as usize
        };
        match (self.view, self.focus) {
            // A log is read from its end.
            (View::Log, _) => self.scroll(steps.saturating_neg()),
            (View::Help | View::Transaction(_) | View::Error(_), _) => self.scroll(steps),
            (View::Main, Focus::Transactions) => {
                let order = model.order(self.sort, &self.find);
                let chosen = self.chosen_row(&order);
                let at = order.iter().position(|row| Some(*row) == chosen).unwrap_or(0);
                self.row = order.get(moved(at, order.len())).copied();
            }
            (View::Main, Focus::Errors) => self.error = moved(self.error, model.failures.len()),
            (View::Main, Focus::Log) => {}
        }
    }
}
