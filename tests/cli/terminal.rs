//! A program at a terminal, typed to as a person does.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::process::command;

/// What Ctrl-C types.
pub(crate) const CTRL_C: &str = "\x03";

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(20);

/// An example under way at a terminal of its own, which `script` makes. Both end
/// with this.
pub(crate) struct Terminal {
    script: Child,
    shown: Receiver<Vec<u8>>,
    screen: String,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

impl Terminal {
    /// Starts `name`; the arguments are words without quotes.
    pub(crate) fn start(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_after("", name, arguments, environment)
    }

    /// Starts `name` in a window of so many rows and columns.
    fn start_sized((rows, columns): (u16, u16), name: &str, arguments: &[&str]) -> Self {
        let size = format!("stty rows {rows} cols {columns}; ");
        Self::start_after(&size, name, arguments, &[("TERM", "xterm"), ("MITE_NO_TUI", "true")])
    }

    fn start_after(
        before: &str,
        name: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let example = command(name, arguments);
        let program = example.get_program().to_str().expect("the path is text");
        let mut script = Command::new("script");
        for (key, value) in example.get_envs() {
            if value.is_none() {
                script.env_remove(key);
            }
        }
        let mut script = script
            .args([
                "-qec",
                &format!("{before}exec '{program}' {}", arguments.join(" ")),
                "/dev/null",
            ])
            .env("SHELL", "/bin/sh")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("script is missing ({e}): run ./test"));
        let (show, shown) = channel();
        let mut output = script.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                if show.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { script, shown, screen: String::new() }
    }

    pub(crate) fn types(&mut self, text: &str) {
        let keyboard = self.script.stdin.as_mut().expect("it is piped");
        keyboard.write_all(text.as_bytes()).expect("it reads what is typed");
        keyboard.flush().expect("it reads what is typed");
    }

    /// Waits until the screen has shown `text`.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) {
        let limit = Instant::now() + LIMIT;
        while !self.screen.contains(text) {
            let left = limit.saturating_duration_since(Instant::now());
            match self.shown.recv_timeout(left) {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no {text:?} on:\n{}", self.screen),
            }
        }
    }

    /// Waits until the program has ended: its exit code and all that it showed.
    pub(crate) fn end(mut self) -> (i32, String) {
        let limit = Instant::now() + LIMIT;
        while let Ok(bytes) =
            self.shown.recv_timeout(limit.saturating_duration_since(Instant::now()))
        {
            self.screen.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert!(Instant::now() < limit, "it does not end:\n{}", self.screen);
        let status = self.script.wait().expect("it is our child");
        (status.code().expect("it ended by itself"), std::mem::take(&mut self.screen))
    }
}

/// Whatever is on the screen at any moment is either the bar or what was printed.
#[test]
fn what_a_journey_prints_and_the_bar_do_not_share_a_line() {
    let (rows, columns) = (12, 80);
    let mut terminal = Terminal::start_sized(
        (rows, columns),
        "misbehaving",
        &["scenario", "test", "misbehaving:shouting", "--duration", "3500ms"],
    );
    let mut seen = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
    let (mut with_bar, mut last) = (0, 0);
    while let Ok(bytes) = terminal.shown.recv_timeout(LIMIT) {
        terminal.screen.push_str(&String::from_utf8_lossy(&bytes));
        seen.process(&bytes);
        let lines: Vec<String> = seen.screen().rows(0, columns).collect();
        let bars: Vec<_> =
            lines.iter().filter(|line| line.contains("journeys in flight")).collect();
        for bar in &bars {
            assert!(bar.starts_with('[') && bar.ends_with(" of 1 journeys in flight"), "{bar:?}");
            assert!(!bar.contains("shout"), "{lines:#?}");
        }
        assert!(bars.len() <= 1, "{lines:#?}");
        with_bar += bars.len();
        // In one piece and in order, each on a line of its own.
        let shouts = lines.iter().filter(|line| line.starts_with("shout"));
        for shout in shouts {
            let number = shout.trim_start_matches("shout ").trim_end_matches(" loud and clear");
            let number: u32 = match number.parse() {
                Ok(number) => number,
                // Half of it has been printed so far.
                Err(_) if "shout 1000 loud and clear".len() > shout.len() => continue,
                Err(_) => panic!("{shout:?} in {lines:#?}"),
            };
            last = last.max(number);
        }
    }
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(with_bar > 10 && last > 20, "{with_bar} with the bar, {last} shouts:\n{screen}");
    let left = seen.screen().contents();
    assert!(!left.contains(" of 1 journeys in flight"), "{left}");
    let all: Vec<_> = (1..=last).map(|n| format!("shout {n} loud and clear\r\n")).collect();
    assert!(all.iter().all(|shout| screen.contains(shout)), "{screen}");
    assert!(left.contains(" on 2 runners"), "{left}");
}
