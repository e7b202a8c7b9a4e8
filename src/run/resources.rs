//! What a process has a limited number of: open files and local ports.

use std::backtrace::Backtrace;

use mite_core::stats::Usage;

/// How much was used at most, of what there is.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    files: Option<Usage>,
    ports: Option<Usage>,
}

impl Resources {
    /// Raises the limit of open files as far as the system lets this process: each
    /// connection is one. Makes room for them, too.
    pub(crate) fn claim() -> Self {
        read_symbols();
        let files = raise_files();
        make_room(files);
        let ports = port_range();
        let of = |limit| Usage { most: 0, limit };
        let mut claimed = Self { files: files.map(of), ports: ports.map(of) };
        claimed.look();
        claimed
    }

    /// Looks how many are in use.
    pub(crate) fn look(&mut self) {
        for (usage, used) in
            [(&mut self.files, open_files as fn() -> _), (&mut self.ports, used_ports)]
        {
            if let Some(usage) = usage {
                usage.most = usage.most.max(used().unwrap_or(0));
            }
        }
    }

    pub(crate) fn files(&self) -> Option<Usage> {
        self.files
    }

    pub(crate) fn ports(&self) -> Option<Usage> {
        self.ports
    }
}

/// With `RUST_BACKTRACE` the first error of a process reads its symbols, for up to a second:
/// on a runner's loop, all its journeys would wait for it. What was read is kept.
fn read_symbols() {
    drop(Backtrace::capture().to_string());
}

/// Raises the soft limit to the hard one; what it is then, if there is one.
#[cfg(unix)]
fn raise_files() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // It stays as it is where that is not allowed.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn raise_files() -> Option<u64> {
    None
}

/// Room that is made in the table of open files; there may be more of them.
const ROOM: u64 = 65_536;

/// Makes the kernel's table of this process's open files large enough at once. It is
/// doubled when it is full, at 64, 256, 512, 1,024 of them and so on, and whoever opens
/// that file waits until no thread uses the old one (an RCU grace period, 10 to 20 ms):
/// a runner would stand still in the middle of the load.
#[cfg(unix)]
fn make_room(limit: Option<u64>) {
    let last = limit.unwrap_or(ROOM).min(ROOM).saturating_sub(1);
    // Without it load has those pauses, and is told that its loops were late.
    if let Ok(file) = std::fs::File::open("/dev/null") {
        let _ = rustix::io::fcntl_dupfd_cloexec(&file, last as i32);
    }
}

#[cfg(not(unix))]
fn make_room(_limit: Option<u64>) {}

fn open_files() -> Option<u64> {
    // Linux says how many there are since 6.2; before, they are counted.
    match std::fs::metadata("/proc/self/fd").ok()?.len() {
        0 => Some(std::fs::read_dir("/proc/self/fd").ok()?.count() as u64),
        n => Some(n),
    }
}

/// How many local ports there are for connections.
fn port_range() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some((last + 1).saturating_sub(first))
}

/// How many ports are in use on this machine, those included that wait after their
/// connection was closed.
fn used_ports() -> Option<u64> {
    in_use(&std::fs::read_to_string("/proc/net/sockstat").ok()?)
}

/// `TCP: inuse 12 orphan 1 tw 4623 alloc 12 mem 338`
fn in_use(sockstat: &str) -> Option<u64> {
    let line = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"))?;
    let words: Vec<_> = line.split_whitespace().collect();
    let value = |name| words.chunks(2).find(|pair| pair[0] == name)?.get(1)?.parse::<u64>().ok();
    Some(value("inuse")? + value("tw")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_those_of_open_connections_and_of_closed_ones_that_wait() {
        let text =
            "sockets: used 42\nTCP: inuse 12 orphan 1 tw 4623 alloc 12 mem 338\nUDP: inuse 0\n";
        assert_eq!(in_use(text), Some(4_635));
        assert_eq!((in_use(""), in_use("TCP: inuse"), in_use("TCP: tw 7")), (None, None, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_opened_is_counted_and_the_most_is_kept() {
        let mut resources = Resources::claim();
        let before = resources.files().unwrap();
        assert!(before.most >= 3 && before.limit >= before.most, "{before:?}");
        let opened: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        resources.look();
        let most = resources.files().unwrap().most;
        assert!(most >= 53, "{most}");
        drop(opened);
        resources.look();
        assert!(resources.files().unwrap().most >= most);
        assert!(resources.ports().unwrap().limit > 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_table_of_open_files_need_not_grow_under_load() {
        let room = |resources: Resources| resources.files().unwrap().limit.min(ROOM);
        let needed = room(Resources::claim());
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let size = status.lines().find_map(|line| line.strip_prefix("FDSize:")).unwrap();
        let size: u64 = size.trim().parse().unwrap();
        assert!(size >= needed && needed > 64, "{size} for {needed}");
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_of_files_is_raised_to_the_hard_one() {
        use rustix::process::{Resource, getrlimit};
        Resources::claim();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
