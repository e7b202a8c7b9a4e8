//! What `console` blocks show is what their commands do. The commands of a page are run by
//! one shell, in a directory of their own, with the examples of a debug build.
//!
//! A line that begins with `> ` directly below a command goes on with it, as in a shell, if
//! the command's quote is open. Lines that are shown come one after the other; `…` is any part of a line, and, alone,
//! any lines. Counts must be equal; a number with a point or a unit is any number. A
//! command succeeds, unless `echo $?` follows.

use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use mite_tests::{Scratch, root, target, without_options};

use crate::page::{Page, pages};

/// An example, with the environment of a command of the book.
pub(crate) fn example(name: &str) -> Command {
    quiet(Command::new(mite_tests::example(name)))
}

pub(crate) fn quiet(command: Command) -> Command {
    let mut command = without_options(command);
    // How busy the machine is, and that this is a debug build, is not what is looked at.
    command.env("MITE_ALLOW_INVALID", "true").env("MITE_MAX_LATENESS", "60s");
    command
}

/// A command, and the lines that are shown of it.
struct Step {
    place: String,
    command: String,
    shown: Vec<String>,
}

/// Whether a single quote is open.
fn quoted(command: &str) -> bool {
    command.matches('\'').count() % 2 == 1
}

fn steps(page: &Page) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.blocks().into_iter().filter(|block| block.info == "console") {
        let mut open = false;
        let first = steps.len();
        for line in block.text.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                let (place, command) = (block.place.clone(), command.to_owned());
                steps.push(Step { place, command, shown: Vec::new() });
                open = line.ends_with('\\') || quoted(line);
                continue;
            }
            assert!(steps.len() > first, "{}: begins without `$ `", block.place);
            let step = steps.last_mut().expect("there is one");
            if open {
                let line = line.strip_prefix("> ").unwrap_or(line);
                write!(step.command, "\n{line}").expect("text");
                open = line.ends_with('\\') || quoted(&step.command);
            } else {
                step.shown.push(line.to_owned());
            }
        }
    }
    steps
}

/// Ports that the page names, and free ones for them.
fn ports() -> Vec<(String, String)> {
    let held: Vec<_> = ["8080", "8443", "8888", "9301"]
        .iter()
        .map(|port| (port, TcpListener::bind("127.0.0.1:0").expect("there are free ports")))
        .collect();
    let number = |l: &TcpListener| l.local_addr().expect("it is bound").port().to_string();
    held.iter().map(|(port, listener)| ((**port).to_owned(), number(listener))).collect()
}

/// The command with programs of this build.
fn runnable(command: &str, ports: &[(String, String)]) -> String {
    let command = command.replace("cargo run --release ", "cargo run ");
    // Those that bring a service are in a package that must be named, the others in none.
    let (named, of_package) =
        ("cargo run -p mite-examples ", ["cookbook", "create", "get", "shop"]);
    for (place, _) in command.match_indices("cargo run ") {
        let rest = &command[place..];
        let name = rest.split("--example ").nth(1).and_then(|rest| rest.split(' ').next());
        let Some(name) = name else { continue };
        assert_eq!(rest.starts_with(named), of_package.contains(&name), "{command}");
    }
    let command = command.replace(named, "cargo run ");
    let mut out = String::new();
    let mut parts = command.split("cargo run --example ");
    out.push_str(parts.next().expect("there is a first"));
    for part in parts {
        let (name, rest) = part.split_once(" -- ").expect("`--` follows the name of an example");
        write!(out, "{} {rest}", mite_tests::example(name).display()).expect("text");
    }
    let mite = target().join("cargo-mite");
    out = out.replace("cargo mite ", &format!("{} mite ", mite.display()));
    ports.iter().fold(out, |out, (port, free)| out.replace(port, free))
}

/// A line as it is compared.
fn plain(line: &str) -> String {
    const UNITS: [&str; 14] =
        ["ns", "us", "µs", "ms", "s", "s,", "ms,", "%", "%,", "B", "kB", "MB", "B/s", "m"];
    let number = |word: &str| {
        let word = word.trim_matches([',', ':', ';', '(', ')']);
        let digits = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        digits && word.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut out: Vec<String> = Vec::new();
    let words: Vec<&str> = line.split_whitespace().collect();
    for (n, word) in words.iter().enumerate() {
        let unit = words.get(n + 1).is_some_and(|next| UNITS.contains(next));
        let before = n.checked_sub(1).and_then(|n| words.get(n)).copied().unwrap_or_default();
        if number(word) && (word.contains('.') || unit) {
            out.push("#".to_owned());
        } else if UNITS.contains(word) && number(before) {
            out.push("unit".to_owned());
        } else {
            out.push((*word).to_owned());
        }
    }
    out.join(" ")
}

/// Whether a line is as it is shown.
fn like(shown: &str, line: &str) -> bool {
    let Some((first, rest)) = shown.split_once('…') else { return shown == line };
    let Some(line) = line.strip_prefix(first) else { return false };
    line.char_indices().any(|(at, _)| like(rest, &line[at..])) || like(rest, "")
}

/// What of the lines that are shown does not come.
fn missing(shown: &[String], said: &str) -> Option<String> {
    let lines: Vec<String> = said.lines().map(plain).filter(|line| !line.is_empty()).collect();
    let (mut at, mut any) = (0, false);
    for line in shown.iter().filter(|line| !line.trim().is_empty()) {
        if line.trim() == "…" {
            any = true;
            continue;
        }
        let wanted = plain(line);
        let found = match any {
            true => lines[at..].iter().position(|line| like(&wanted, line)),
            false => lines.get(at).filter(|line| like(&wanted, line)).map(|_| 0),
        };
        at += match found {
            Some(n) => n + 1,
            None => return Some(line.clone()),
        };
        any = false;
    }
    (!any && at < lines.len() && !shown.is_empty())
        .then(|| format!("the end; `{}` comes", lines[at]))
}

/// Runs the commands of a page; what is not as it is shown.
fn run(page: &Page) -> Vec<String> {
    const MARK: &str = "\u{1}step";
    let steps = steps(page);
    if steps.is_empty() {
        return Vec::new();
    }
    let ports = ports();
    let name = page.name.replace(['/', '.'], "-");
    let place = Scratch::new(&format!("book-{name}"));
    // What a page starts and does not end is ended with its shell.
    let mut script = "exec 2>&1\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n".to_owned();
    for step in &steps {
        let command = runnable(&step.command, &ports);
        // `$?` is the last command's, not that of what marks it.
        writeln!(script, "(exit ${{code:-0}})\n{command}\ncode=$?\necho\necho '{MARK}' $code")
            .expect("text");
    }
    let path = place.write(".script", &script);
    let mut shell = quiet(Command::new("timeout"));
    shell.args(["--kill-after=5", "120", "bash"]).arg(path).current_dir(&place.0);
    shell.env("REPOSITORY", root());
    let ran = shell.output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    drop(place);
    let mut faults = Vec::new();
    let mut parts = said.split(MARK);
    let mut said = parts.next().unwrap_or_default();
    for (n, step) in steps.iter().enumerate() {
        let Some(rest) = parts.next() else {
            faults.push(format!("{}: `{}` did not end:\n{said}", step.place, step.command));
            break;
        };
        let (code, next) = rest.split_once('\n').unwrap_or((rest, ""));
        if std::env::var_os("SHOW_BOOK").is_some() {
            eprintln!("{} $ {} -> {code}\n{said}", step.place, step.command);
        }
        let asked = steps.get(n + 1).is_some_and(|next| next.command.starts_with("echo $?"));
        let with_ports = |line: &String| {
            ports.iter().fold(line.clone(), |line, (port, free)| line.replace(port, free))
        };
        let shown: Vec<String> = step.shown.iter().map(with_ports).collect();
        if code.trim() != "0" && !asked {
            let text = format!("{}: `{}` ends with{code}:\n{said}", step.place, step.command);
            faults.push(text);
        } else if let Some(line) = missing(&shown, said) {
            let text =
                format!("{}: `{}` does not show\n{line}\nbut:\n{said}", step.place, step.command);
            faults.push(text);
        }
        said = next;
    }
    faults
}

#[test]
fn commands_do_what_is_shown() {
    let pages = pages();
    let next = AtomicUsize::new(0);
    let only = std::env::var("BOOK_PAGE").unwrap_or_default();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut faults = Vec::new();
            while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                if page.name.contains(&only) {
                    faults.extend(run(page));
                }
            }
            faults
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic")).collect()
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
}

/// Whether this build has the features that a command needs.
fn is_built(words: &str) -> bool {
    const FLEET: [&str; 8] = [
        "fleet",
        "controller",
        "runner",
        "ctl",
        "collector",
        "recorder",
        "receiver",
        "prometheus-exporter",
    ];
    let of_a_fleet = words.split_whitespace().next().is_some_and(|word| FLEET.contains(&word));
    (cfg!(feature = "nats") || !of_a_fleet)
        && (cfg!(feature = "traces") || !words.contains("--trace"))
}

/// The words of a command that a block of `sh` shows, and the example that takes them.
fn shown(line: &str) -> Option<(&'static str, &str)> {
    let programs = [("BIN ", "shop"), ("get ", "get"), ("target/dist/examples/large ", "large")];
    programs.iter().find_map(|(start, name)| Some((*name, line.strip_prefix(start)?)))
}

/// Blocks with `BIN` in place of a program show how commands are written: their options
/// are there. So are those of the examples by which figures were measured.
#[test]
fn commands_that_only_show_a_shape_have_options_that_exist() {
    let mut looked_at = 0;
    for page in pages() {
        for block in page.blocks().into_iter().filter(|block| block.info == "sh") {
            let text = block.text.replace("\\\n", " ");
            for (name, line) in text.lines().filter_map(shown) {
                let end =
                    [" #", " | ", " >> ", " -- "].iter().filter_map(|end| line.find(end)).min();
                let words = &line[..end.unwrap_or(line.len())];
                if !is_built(words) {
                    continue;
                }
                let program = mite_tests::example(name);
                let mut shell = quiet(Command::new("bash"));
                shell.arg("-c").arg(format!("{} {words} --help", program.display()));
                let said = shell.output().expect("it runs");
                let error = String::from_utf8_lossy(&said.stderr);
                assert!(said.status.success(), "{}: BIN {words}: {error}", block.place);
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 5, "only {looked_at} commands were found");
}

#[test]
fn what_is_shown_is_compared() {
    assert!(like("a … c", "a b b c"));
    assert!(!like("a … c", "a b b d"));
    assert!(!like("abc", "abcd"));
    assert_eq!(plain("p99  12.5 ms   200  3 s"), plain("p99 0.7 µs 200 10 s"));
    assert_ne!(plain("200 journeys"), plain("201 journeys"));
    let shown = ["a".to_owned(), "…".to_owned(), "d 1.5 ms".to_owned()];
    assert_eq!(missing(&shown, "a\nb\nc\nd 7.0 s\n"), None);
    assert_eq!(missing(&shown, "a\nb\nc\n").as_deref(), Some("d 1.5 ms"));
    assert_eq!(missing(&shown[..1], "a\nb\n").as_deref(), Some("the end; `b` comes"));
    assert!(Path::new(&target()).ends_with("debug") || cfg!(not(debug_assertions)));
}
