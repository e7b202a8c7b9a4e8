//! What journeys, libraries and programs that they start print while a screen hides the
//! terminal: it goes into a pipe, stands in the log, and is printed again afterwards.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;

use rustix::stdio::{dup2_stderr, dup2_stdout};

/// A line longer than this is several.
const LONGEST: usize = 8_192;

/// Standard output and standard error, as they were.
static BEFORE: Mutex<Option<(OwnedFd, OwnedFd)>> = Mutex::new(None);

/// From now on `take` gets the lines that are printed; nothing happens if it already does.
///
/// # Errors
/// If there can be no pipe, or no thread that reads it.
pub(super) fn capture(take: fn(&str)) -> io::Result<()> {
    let mut before = BEFORE.lock().unwrap_or_else(|e| e.into_inner());
    if before.is_some() {
        return Ok(());
    }
    let own = |stream: &dyn AsFd| stream.as_fd().try_clone_to_owned();
    let (out, err) = (own(&io::stdout())?, own(&io::stderr())?);
    let (reader, writer) = io::pipe()?;
    std::thread::Builder::new().name("printed".into()).spawn(move || read(reader, take))?;
    *before = Some((out, err));
    dup2_stdout(&writer)?;
    dup2_stderr(&writer)?;
    Ok(())
}

/// Prints where it was printed before.
pub(super) fn restore() {
    let before = BEFORE.lock().unwrap_or_else(|e| e.into_inner()).take();
    if let Some((out, err)) = before {
        // They were open a moment ago.
        let _ = (dup2_stdout(&out), dup2_stderr(&err));
    }
}

/// Until nobody can write to the pipe any more.
fn read(mut pipe: PipeReader, take: fn(&str)) {
    let (mut lines, mut bytes) = (Lines::default(), [0; LONGEST]);
    loop {
        match pipe.read(&mut bytes) {
            Ok(n @ 1..) => lines.add(&bytes[..n]).iter().for_each(|line| take(line)),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
        }
    }
    lines.rest().iter().for_each(|line| take(line));
}

/// Cuts bytes into lines.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes end.
    fn add(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut lines = Vec::new();
        let mut from = 0;
        while let Some(end) = self.rest[from..].iter().position(|b| *b == b'\n') {
            lines.push(text(&self.rest[from..from + end]));
            from += end + 1;
        }
        self.rest.drain(..from);
        if self.rest.len() >= LONGEST {
            lines.extend(self.rest());
        }
        lines
    }

    /// What no line end has come for.
    fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        (!rest.is_empty()).then(|| text(&rest))
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches('\r').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_come() {
        let mut lines = Lines::default();
        assert_eq!(lines.add(b"one\ntw"), ["one"]);
        assert_eq!(lines.add(b"o\r\n\n\xffthree"), ["two", ""]);
        assert_eq!(lines.rest().unwrap(), "\u{fffd}three");
        assert_eq!(lines.rest(), None);
        let long = lines.add(&[b'x'; 3 * LONGEST]);
        assert_eq!(long, ["x".repeat(3 * LONGEST)], "memory has a bound");
    }
}
