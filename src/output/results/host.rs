//! The machine that makes the load.

use mite_results::document::{Host, Text, Tool};

/// This machine, as far as it says what it is.
pub(super) fn this() -> Host {
    let (name, kernel) = names();
    Host {
        name,
        cpus: std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok()),
        os: Some(std::env::consts::OS.into()),
        kernel,
    }
}

#[cfg(unix)]
fn names() -> (Option<Text>, Option<Text>) {
    let names = rustix::system::uname();
    let text = |name: &std::ffi::CStr| Some(Text::from(name.to_string_lossy().into_owned()));
    (text(names.nodename()), text(names.release()))
}

#[cfg(not(unix))]
fn names() -> (Option<Text>, Option<Text>) {
    (std::env::var("HOSTNAME").ok().map(Text::from), None)
}

/// This program, of that version of mite.
pub(super) fn tool(version: &str) -> Tool {
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    Tool {
        name: "mite".into(),
        version: version.into(),
        target: Some(target.into()),
        profile: Some(profile.into()),
    }
}
