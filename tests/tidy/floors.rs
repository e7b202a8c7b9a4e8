//! The house: which rooms a crate has, and on which floor each stands. A room uses
//! its own floor and those below; no two files import each other in a circle.
//! ARCHITECTURE.md shows this list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::imports::{Crate, Module};

/// The crates, ground up, each with its rooms by floor.
pub(crate) const FLOORS: [(&str, &[&[&str]]); 8] = [
    (
        "mite-core",
        &[
            // Words.
            &[
                "console",
                "faults",
                "event_loop",
                "index",
                "label",
                "spec",
                "ids",
                "clock",
                "meta",
                "secret",
                "msgpack",
                "error",
                "panics",
                "config",
                "units",
            ],
            // What happened.
            &["message", "span", "stats", "stat"],
            // Who acts.
            &["journey"],
            // Wishes.
            &["volume", "pool", "scenario", "registry", "plan"],
            // Decisions.
            &["control"],
            // Deeds.
            &["dispatch", "runner"],
            // What others build on.
            &["extend"],
        ],
    ),
    (
        "mite-net",
        &[
            // Words.
            &[
                "address",
                "credentials",
                "deadline",
                "endpoint",
                "timings",
                "stream",
                "error",
                "form",
                "declaration",
                "settings",
                "shown",
            ],
            // Ways to a server.
            &[
                "identity",
                "unverified",
                "trusted",
                "verdict",
                "dns",
                "tcp",
                "tls",
                "tunnel",
                "socks",
                "proxy",
            ],
            &["dialer"],
        ],
    ),
    (
        "mite-http",
        &[
            // Words, and what was asked for.
            &[
                "additional",
                "body",
                "charset",
                "cookie",
                "encoding",
                "error",
                "head",
                "held",
                "multipart",
                "plan",
                "settings",
                "sse",
                "sweeper",
                "target",
                "trace",
            ],
            &["wire", "hop", "curl", "redirect", "response"],
            // What lies on a connection.
            &["h1", "http2", "connection", "pool", "hosts", "lines", "rest"],
            // What a journey holds.
            &["engine", "session", "client", "line", "prepared", "spans"],
            // One request from start to end.
            &[
                "record",
                "exchange",
                "meter",
                "counted",
                "stream",
                "send",
                "request",
                "verbs",
                "rehearsal",
                "fuzzing",
                "recipes",
                "har",
            ],
            // Pages, and how something is done.
            &["html"],
        ],
    ),
    (
        "mite-macros",
        &[
            // Words.
            &["toml", "manifest", "root", "attribute", "function"],
            // What is wrong.
            &["check", "capture", "body"],
            // What is written.
            &["entry"],
            &["journey", "makers"],
            &["expand"],
        ],
    ),
    (
        "mite-nats",
        &[
            &[
                "identity",
                "place",
                "run_name",
                "tls",
                "refusal",
                "event",
                "clock",
                "frame",
                "lane",
                "listening",
                "parcel",
                "progress",
                "tether",
            ],
            &["audience", "connection", "server", "subject", "wire"],
            &[
                "connect",
                "ctl",
                "roster",
                "raw_consumer",
                "raw_source",
                "record_reader",
                "records",
                "strays",
                "timekeeper",
                "watch",
            ],
            &["bucket", "exposed", "lasts", "net"],
            &["leadership"],
            &["store"],
            &["controller", "earlier", "runner"],
        ],
    ),
    (
        "mite-results",
        &[
            &["escape", "markdown", "units"],
            &["document"],
            &["windows"],
            &["compare", "export"],
            &["page"],
        ],
    ),
    (
        ".",
        &[
            &["history", "pools", "terminal", "typed"],
            &["listener", "output"],
            &["store", "forecast", "lanes", "metrics", "page", "push", "screen", "web"],
            &["run"],
            &["consumers", "fleet"],
            &["testing", "cli"],
        ],
    ),
    (
        "cargo-mite",
        &[
            &["error", "ident", "literal", "recording", "time"],
            &["curl", "har", "openapi", "name", "origin", "shell", "variable"],
            &["code", "new"],
            &["import"],
            &["cli"],
        ],
    ),
];

/// What is wrong with a crate's structure, a line each.
pub(crate) fn faults(name: &str, src: &Path, floors: &[&[&str]]) -> Vec<String> {
    let krate = Crate::read(src);
    let edges = krate.edges();
    let shown = |module: &Module| {
        let path = krate.path(module);
        path.strip_prefix(src).unwrap_or(path).display().to_string()
    };
    let floor = |module: &Module| floors.iter().position(|f| f.contains(&module[0].as_str()));
    let mut faults = Vec::new();
    for (module, targets) in edges.iter().filter(|(module, _)| !module.is_empty()) {
        let Some(from) = floor(module) else {
            faults.push(format!("{name}: {} stands on no floor", shown(module)));
            continue;
        };
        for target in targets {
            if let Some(to) = floor(target).filter(|to| *to > from) {
                faults.push(format!(
                    "{name}: {} (floor {from}) imports {} (floor {to}), which is above it",
                    shown(module),
                    shown(target),
                ));
            }
        }
    }
    for circle in circles(&edges) {
        let files: Vec<_> = circle.iter().map(shown).collect();
        let mut ties = Vec::new();
        for module in &circle {
            for target in edges[module].iter().filter(|t| circle.contains(*t)) {
                ties.push(format!("{} -> {}", shown(module), shown(target)));
            }
        }
        faults.push(format!(
            "{name}: a circle of {}: {}\n    {}",
            files.len(),
            files.join(", "),
            ties.join("\n    ")
        ));
    }
    faults
}

/// Files that can reach each other: the strongly connected components of more than
/// one file.
fn circles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<BTreeSet<Module>> {
    let reach: BTreeMap<_, _> =
        edges.keys().map(|start| (start, reachable(edges, start))).collect();
    let mut circles: Vec<BTreeSet<Module>> = Vec::new();
    for (start, reached) in &reach {
        let circle: BTreeSet<Module> =
            reached.iter().filter(|other| reach[other].contains(*start)).cloned().collect();
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

fn reachable(edges: &BTreeMap<Module, BTreeSet<Module>>, start: &Module) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&Module> = vec![start];
    while let Some(module) = left.pop() {
        for target in edges.get(module).into_iter().flatten() {
            if found.insert(target.clone()) {
                left.push(target);
            }
        }
    }
    found
}
