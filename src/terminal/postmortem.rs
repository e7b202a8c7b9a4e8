//! A journey that stopped everything to be looked at: what is shown, and the debugger
//! that gets the process.

use std::io::{self, IsTerminal};
#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
#[cfg(unix)]
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard};

use mite_core::console::Stop;
#[cfg(unix)]
use mite_core::event_loop::EventLoop;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use super::console;

/// The command that is run while everything is stopped, instead of a debugger: `{pid}`
/// in it is this process, `{tid}` the journey's thread.
pub(crate) const COMMAND_VARIABLE: &str = "MITE_POSTMORTEM";

/// Exit code of a stopped run: some journey failed.
const FAILED: i32 = 1;

/// The command that is under way, for a signal to end.
static INSPECTION: Mutex<Option<u32>> = Mutex::new(None);

/// Shows what a journey stopped for, lets a debugger have the process, and ends it.
/// Nothing keeps it from ending: what cannot be written is lost, and a signal ends it
/// also if somebody stopped the terminal.
pub(super) fn stop(stop: &Stop) -> ! {
    let inspection = Inspection::of(stop);
    let owns_keyboard = inspection.as_ref().is_some_and(|inspection| inspection.owns_keyboard);
    end_with_signals(owns_keyboard);
    console::note_now(format_args!("\nstopped: {}", stop.report));
    if let Some(inspection) = inspection {
        let name = inspection.name;
        console::note_now(format_args!("running {name}: {}", inspection.shown));
        match inspection.run() {
            Ok(status) => console::note_now(format_args!("{name} ended: {status}")),
            Err(e) => console::note_now(format_args!(
                "{name} could not be run: {}: {e}",
                inspection.shown
            )),
        }
    }
    std::process::exit(FAILED)
}

/// A command that looks at this process.
struct Inspection {
    /// What to call it.
    name: &'static str,
    /// What people would type.
    shown: String,
    program: PathBuf,
    arguments: Vec<String>,
    /// Whether Ctrl-C is for it alone, as with a debugger at a terminal.
    owns_keyboard: bool,
}

impl Inspection {
    /// The command of the environment, or else a debugger if somebody is there to use
    /// it and one is installed.
    fn of(stop: &Stop) -> Option<Self> {
        let (pid, tid) = (std::process::id(), thread_id());
        let owns_keyboard = io::stdin().is_terminal();
        let asked_for = std::env::var(COMMAND_VARIABLE).ok().filter(|c| !c.trim().is_empty());
        if let Some(command) = asked_for {
            let command = command
                .replace("{pid}", &pid.to_string())
                .replace("{tid}", &tid.unwrap_or(pid).to_string());
            return Some(Self {
                name: COMMAND_VARIABLE,
                shown: command.clone(),
                program: "sh".into(),
                arguments: vec!["-c".to_owned(), command],
                owns_keyboard,
            });
        }
        if !owns_keyboard || !console::is_interactive() {
            return None;
        }
        let known = [
            ("rust-gdb", "gdb", gdb as fn(u32, Option<u32>, &str) -> Vec<String>),
            ("rust-lldb", "lldb", lldb),
        ];
        known.into_iter().find_map(|(name, needs, arguments)| {
            in_path(needs)?;
            Some(Self {
                name,
                shown: format!("{name} -p {pid}"),
                program: in_path(name)?,
                arguments: arguments(pid, tid, &stop.function),
                owns_keyboard,
            })
        })
    }

    fn run(&self) -> io::Result<ExitStatus> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        #[cfg(unix)]
        if !self.owns_keyboard {
            // A group of its own, so that all of it can be ended, whatever it starts.
            command.process_group(0);
        }
        may_be_attached_to();
        // Held meanwhile: a signal that comes as soon as it runs must find it.
        let mut held = inspection();
        let mut child = command.spawn()?;
        *held = Some(child.id());
        drop(held);
        let status = child.wait();
        *inspection() = None;
        status
    }
}

fn inspection() -> MutexGuard<'static, Option<u32>> {
    INSPECTION.lock().unwrap_or_else(|e| e.into_inner())
}

/// Attached, on the journey's thread and in its function.
fn gdb(pid: u32, tid: Option<u32>, function: &str) -> Vec<String> {
    let thread = tid.unwrap_or(pid);
    let go = format!(
        "python exec(\"for t in gdb.selected_inferior().threads():\\n if t.ptid[1] == {thread}: \
         t.switch()\\nf = gdb.newest_frame()\\nwhile f and not (f.name() or '').startswith('{function}'): \
         f = f.older()\\nif f: f.select()\")"
    );
    let quiet = "set pagination off".to_owned();
    [
        vec!["-q".to_owned(), "-p".to_owned(), pid.to_string()],
        [quiet, go, "frame".to_owned()].map(|command| ["-ex".to_owned(), command]).concat(),
    ]
    .concat()
}

fn lldb(pid: u32, tid: Option<u32>, function: &str) -> Vec<String> {
    let thread = tid.unwrap_or(pid);
    let go = format!(
        "script exec(\"p = lldb.debugger.GetSelectedTarget().process\\nfor t in p:\\n if t.GetThreadID() == {thread}: \
         p.SetSelectedThread(t)\\nt = p.GetSelectedThread()\\nn = [f.idx for f in t if '{function}' in (f.GetFunctionName() or '')]\\n\
         if n: t.SetSelectedFrame(n[0])\")"
    );
    [
        "-p".to_owned(),
        pid.to_string(),
        "-o".to_owned(),
        go,
        "-o".to_owned(),
        "frame info".to_owned(),
    ]
    .to_vec()
}

/// A program of that name among those that can be run.
fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// This thread's number, where the system shows it.
fn thread_id() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// A debugger is a child of the process that it looks at, which Linux may forbid
/// unless that process agrees (Yama, `ptrace_scope` 1).
fn may_be_attached_to() {
    #[cfg(target_os = "linux")]
    // A kernel without that restriction does not know the call.
    let _ = rustix::process::set_ptracer(rustix::process::PTracer::Any);
}

/// Ends this process, and the command that looks at it, when a signal asks for it. The
/// run's own thread that hears of signals waits for the end, and this one may be inside
/// the terminal. Ctrl-C is for who owns the keyboard.
#[cfg(unix)]
fn end_with_signals(owns_keyboard: bool) {
    let mut kinds = vec![SignalKind::terminate(), SignalKind::hangup()];
    kinds.extend((!owns_keyboard).then(SignalKind::interrupt));
    let (ready, listening) = channel::<()>();
    std::thread::spawn(move || {
        let events = EventLoop::new()?;
        events.run(async {
            let mut tasks = Vec::new();
            for kind in kinds {
                let mut signals = signal(kind)?;
                tasks.push(tokio::task::spawn_local(async move {
                    if signals.recv().await.is_some() {
                        end(kind, owns_keyboard);
                    }
                }));
            }
            drop(ready);
            for task in tasks {
                let _ = task.await;
            }
            io::Result::Ok(())
        })
    });
    // Dropped once it listens, or because it cannot.
    let _ = listening.recv();
}

/// There, Ctrl-C ends a process unless it says otherwise.
#[cfg(not(unix))]
fn end_with_signals(_owns_keyboard: bool) {}

#[cfg(unix)]
fn end(kind: SignalKind, owns_keyboard: bool) -> ! {
    // Held to the end: the command's end must not be taken for the reason.
    let held = inspection();
    if let Some(id) = *held {
        let whom = if owns_keyboard { id.to_string() } else { format!("-{id}") };
        let _ = Command::new("kill").args(["-TERM", "--", &whom]).status();
    }
    std::process::exit(128 + kind.as_raw_value())
}
