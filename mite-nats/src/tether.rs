//! Programs that end when the one that started them does, however that ends.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to end once it is told to; then it is killed.
const LAST_WAIT: Duration = Duration::from_secs(8);

/// Runs a program until it ends, or until standard input is closed, as it also is when
/// whoever holds its other end is killed. A directory of its own goes with it then.
#[cfg(unix)]
const WATCH: &str = r#"directory=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
{ cat <&3; kill "$child"; sleep 5; kill -9 "$child"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"; status=$?
kill "$watcher"; wait "$watcher"
[ -z "$directory" ] || kill -0 "$PPID" || rm -rf -- "$directory"
exit "$status""#;

/// A program that is told to end when this process does, even if it is killed: its standard
/// input says so. It has a process group of its own, so that an interrupt of the terminal is
/// not for it. `directory` is removed with it if nobody is left to do so.
#[cfg(unix)]
pub fn tethered(program: impl AsRef<OsStr>, directory: Option<&Path>) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", WATCH, "sh"]).arg(directory.unwrap_or(Path::new(""))).arg(program);
    command.stdin(Stdio::piped()).process_group(0);
    command
}

/// The same, where it ends only with who is asked to.
#[cfg(not(unix))]
pub fn tethered(program: impl AsRef<OsStr>, _directory: Option<&Path>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Ends [tethered] programs, and waits for that.
pub fn end_tethered(children: &mut [Child]) {
    if cfg!(unix) {
        children.iter_mut().for_each(|child| drop(child.stdin.take()));
        let until = Instant::now() + LAST_WAIT;
        let mut left = || children.iter_mut().any(|child| matches!(child.try_wait(), Ok(None)));
        while left() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    for child in children {
        // It may have ended.
        let _ = child.kill();
        let _ = child.wait();
    }
}
