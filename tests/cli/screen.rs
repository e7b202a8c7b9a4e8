//! The full-screen terminal, in a terminal that tmux makes and a person types at.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use mite_tests::{Scratch, command};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A shell in a window of tmux, whose server is this one's alone.
struct Window {
    socket: PathBuf,
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]);
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Window {
    /// A shell that controls jobs, in a window of so many columns and rows.
    fn open(name: &str, (columns, rows): (u16, u16)) -> Self {
        let name = format!("mite-{name}-{}", std::process::id());
        let window = Self { socket: std::env::temp_dir().join(name) };
        let (x, y) = (columns.to_string(), rows.to_string());
        // No files of the person who runs the tests, and a prompt that can be waited for.
        let shell = "env -u CI -u NO_COLOR -u RUST_BACKTRACE PS1='ready> ' LC_ALL=C.UTF-8 bash --norc --noprofile -i";
        window.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &x, "-y", &y, shell]);
        window.tmux(&["set", "-g", "status", "off"]);
        window.until("ready>");
        window
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&self.socket).args(arguments).env_remove("TMUX");
        let output = tmux.output().unwrap_or_else(|e| panic!("tmux is missing ({e}): run ./test"));
        String::from_utf8(output.stdout).expect("it shows text")
    }

    /// What stands on the screen.
    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// What stands on the screen and above it.
    fn scrolled(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-3000"])
    }

    fn types(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Starts an example; afterwards its exit code is shown.
    fn runs(&self, example: &str, arguments: &str) {
        let program = command(example, &[]);
        let program = program.get_program().to_str().expect("the path is text").to_owned();
        let line = format!("env MITE_ALLOW_INVALID=true {program} {arguments}; echo \"code $?\"");
        self.tmux(&["send-keys", "-l", &line]);
        self.types(&["Enter"]);
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    fn until_so(&self, what: &str, so: impl Fn(&str) -> bool) -> String {
        let limit = Instant::now() + LIMIT;
        loop {
            let screen = self.screen();
            if so(&screen) {
                return screen;
            }
            assert!(Instant::now() < limit, "{what} on\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[track_caller]
    fn until(&self, text: &str) -> String {
        self.until_so(&format!("no {text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the program has ended: all that it left, and that the keyboard is as it
    /// was, with lines and an echo.
    #[track_caller]
    fn ends(&self, code: u8) -> String {
        self.until(&format!("code {code}"));
        assert_eq!(self.tmux(&["display", "-p", "#{alternate_on}"]).trim(), "0");
        assert_eq!(self.tmux(&["display", "-p", "#{cursor_flag}"]).trim(), "1");
        let is = |mode: &str| format!("stty -a | grep -q ' {mode}' && ");
        let modes = ["icanon", "echo ", "icrnl ixon"].map(is).concat();
        self.tmux(&["send-keys", "-l", &format!("{modes}echo cooked $((1 + 1))")]);
        self.types(&["Enter"]);
        self.until("cooked 2");
        self.scrolled()
    }
}

/// Text that may be broken anywhere at the end of a row.
fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A run that would take long.
const LONG: &str = "scenario test quickstart:scenario --duration 300s --runners 2 --seed 42";

#[test]
fn a_run_fills_eighty_by_twenty_four_and_q_drains_and_judges() {
    let window = Window::open("small", (80, 24));
    window.runs("quickstart", LONG);
    window.until("10 of 10 in flight");
    let screen = window
        .until_so("no rate", |s| s.contains("quickstart:journey, test1") && s.contains("/s "));
    let lines: Vec<_> = screen.lines().collect();
    assert!(lines[0].contains("quickstart:scenario") && lines[0].contains("of 05:00"), "{screen}");
    assert!(lines[1].trim_start().starts_with('['), "{screen}");
    assert!(screen.contains(" TRANSACTION ") && screen.contains(" GENERATOR "), "{screen}");
    assert!(screen.contains(" ERRORS  none") && screen.contains("q drain"), "{screen}");
    window.types(&["?"]);
    window.until("this page, and back");
    window.types(&["?"]);
    window.types(&["m"]);
    window.until("marked: mark 1");
    // Below the second in which it was set, from the next one on.
    window.until_so("no mark on the axis", |s| {
        s.lines().any(|line| {
            line.starts_with(" events|") && line.contains('^') && line.contains("mark 1")
        })
    });
    window.types(&["Enter"]);
    window.until("of all time");
    window.types(&["Escape"]);
    window.until(" TRANSACTION ");
    window.types(&["q"]);
    let left = window.ends(130);
    for part in ["CUT SHORT", "JOURNEYS", "TRANSACTIONS", " GENERATOR:"] {
        assert!(left.contains(part), "no {part:?} in\n{left}");
    }
    assert!(!left.contains("10 of 10 in flight"), "the screen is gone:\n{left}");
}

#[test]
fn frames_fill_a_hundred_and_sixty_by_fifty_and_sizes_may_change() {
    let window = Window::open("large", (160, 50));
    window.runs("quickstart", LONG);
    window.until("+ LOAD ---");
    let screen = window.until("+ SPECTRUM ");
    for part in
        ["+ RATE ---", "+ TIME, log scale", "+ TRANSACTIONS, by share", "+ LIMITS ---", "+ LOG ---"]
    {
        assert!(screen.contains(part), "no {part:?} in\n{screen}");
    }
    window.tmux(&["resize-window", "-x", "60", "-y", "16"]);
    let screen =
        window.until_so("no small screen", |s| !s.contains("+ LOAD") && s.contains(" load "));
    assert!(screen.lines().all(|line| line.chars().count() <= 60), "{screen}");
    // Too small: lines, and why, once.
    window.tmux(&["resize-window", "-x", "40", "-y", "10"]);
    window.until_so("no reason", |s| without_blanks(s).contains("thescreenneeds60and16"));
    window.until("in flight");
    window.tmux(&["resize-window", "-x", "80", "-y", "24"]);
    window.until(" TRANSACTION ");
    window.types(&["C-c"]);
    window.ends(130);
}

#[test]
fn thousands_of_transactions_are_sorted_and_found() {
    let window = Window::open("many", (100, 30));
    let run = "scenario test catalogue:catalogue --add-to-config pages=2500 --add-to-config length=300 --runners 1";
    window.runs("catalogue", run);
    // Sorted by name, numbers by their value.
    window.until(" TRANSACTION ");
    window.types(&["s"]);
    window.until_so("not sorted by name", |s| {
        let rows = s.lines().skip_while(|line| !line.contains(" TRANSACTION ")).skip(1);
        let rows: Vec<_> =
            rows.filter_map(|line| line.get(1..)?.split("  ").next()).take(3).collect();
        rows == ["catalogue:visit, page 0", "catalogue:visit, page 1", "catalogue:visit, page 2"]
    });
    window.types(&["/", "2", "4", "9", "9", "Enter"]);
    window.until_so("not found", |s| {
        s.lines().filter(|line| line.contains("catalogue:visit, page ")).count() == 1
            && s.contains("catalogue:visit, page 2499")
    });
    window.types(&["q"]);
    let left = window.ends(130);
    assert!(left.contains("… and "), "{left}");
}

#[test]
fn what_is_too_small_from_the_start_has_lines() {
    let window = Window::open("tiny", (40, 10));
    window.runs("quickstart", "scenario test quickstart:scenario --duration 4s --runners 1");
    window.until_so("no bar", |s| s.contains("in flight"));
    let left = window.ends(0);
    assert_eq!(
        without_blanks(&left).matches("theterminalhas40columnsand10rows").count(),
        1,
        "{left}"
    );
    assert!(left.lines().all(|line| line.chars().count() <= 40), "{left}");
}

#[test]
fn a_second_interrupt_a_signal_and_a_closed_terminal_leave_it_as_it_was() {
    let hanging = "scenario test misbehaving:endless --duration 300s --runners 1";
    for (name, end, code) in
        [("twice", &["C-c"][..], 130), ("term", &[][..], 143), ("hup", &[][..], 129)]
    {
        let window = Window::open(name, (80, 24));
        window.runs("misbehaving", hanging);
        window.until("in flight");
        match name {
            "twice" => {
                window.types(end);
                window.until("draining");
                window.types(end);
            }
            signal => {
                let of = window.tmux(&["display", "-p", "#{pane_pid}"]);
                let child = Command::new("pgrep")
                    .args(["-P", of.trim()])
                    .output()
                    .expect("pgrep is a program");
                let child = String::from_utf8(child.stdout).expect("numbers");
                let kill = |name: &str| {
                    let killed =
                        Command::new("kill").args([&format!("-{name}"), child.trim()]).status();
                    assert!(killed.expect("kill is a program").success());
                };
                kill(&signal.to_uppercase());
                window.until("draining");
                kill(&signal.to_uppercase());
            }
        }
        let left = window.ends(code);
        assert!(left.contains("CUT SHORT"), "{left}");
    }
}

#[test]
fn panics_of_journeys_stand_in_it_and_are_told_again_afterwards() {
    let window = Window::open("panic", (80, 24));
    window.runs("misbehaving", "scenario test misbehaving:panicking --duration 5s --runners 1");
    window.until("! errors");
    window.until(" TRANSACTION ");
    let left = window.ends(1);
    let told = left.split("FAILED").next().expect("there is a start");
    assert!(without_blanks(told).contains("failed:thebasketisempty"), "{left}");
}

#[test]
fn what_journeys_print_stands_in_the_log_and_is_printed_again() {
    let window = Window::open("print", (80, 24));
    window.runs("misbehaving", "scenario test misbehaving:shouting --duration 4s --runners 1");
    window.until(" loud and clear");
    let screen = window.until(" GENERATOR ");
    assert!(screen.lines().next().unwrap().contains("misbehaving:shouting"), "{screen}");
    let left = window.ends(0);
    assert!(left.contains("\nshout 1 loud and clear\nshout 2 loud and clear\n"), "{left}");
}

#[test]
fn a_stopped_run_gives_the_terminal_back_and_takes_it_again() {
    let window = Window::open("stop", (80, 24));
    window.runs("quickstart", LONG);
    window.until("10 of 10 in flight");
    window.types(&["C-z"]);
    window.until("Stopped");
    window.types(&["echo a $((1 + 1)) line", "Enter"]);
    window.until("a 2 line");
    window.types(&["fg", "Enter"]);
    window.until("in flight");
    window.types(&["q"]);
    window.until_so("it does not end", |s| s.contains("ready>") && !s.contains(" TRANSACTION "));
}

#[test]
fn no_screen_where_nobody_wants_one() {
    for (name, before, option) in [
        ("option", "", "--no-tui"),
        ("twin", "MITE_NO_TUI=1 ", ""),
        ("ci", "CI=true ", ""),
        ("dumb", "TERM=dumb ", ""),
    ] {
        let window = Window::open(name, (80, 24));
        window.types(&[&format!("export {before} x=1"), "Enter"]);
        window.runs(
            "quickstart",
            &format!("scenario test quickstart:scenario --duration 3s --runners 1 {option}"),
        );
        let left = window.ends(0);
        assert!(without_blanks(&left).contains("inflight|last2.0s:"), "{name}: {left}");
        assert!(left.contains("PASSED"), "{name}: {left}");
    }
}

#[test]
fn what_ends_the_process_at_once_gives_the_terminal_back_first() {
    let window = Window::open("abort", (80, 24));
    window.runs("panicking", "scenario test panicking:twice --runners 1");
    let left = window.ends(134);
    assert!(without_blanks(&left).contains("mendthedestructor"), "{left}");
    let window = Window::open("stops", (80, 24));
    window.types(&["export MITE_POSTMORTEM=true", "Enter"]);
    window.runs("misbehaving", "journey test misbehaving:stops_here --runners 1");
    let left = window.ends(1);
    assert!(left.contains("stopped: breakpoint in journey misbehaving:stops_here"), "{left}");
}

#[test]
fn a_terminal_that_is_closed_drains_the_run_and_its_results_are_written() {
    let scratch = Scratch::new("closed");
    let results = scratch.file("run.json");
    let window = Window::open("closed", (80, 24));
    window.runs("quickstart", &format!("{LONG} --json {results}"));
    window.until("10 of 10 in flight");
    window.tmux(&["kill-server"]);
    let limit = Instant::now() + LIMIT;
    let written = loop {
        match std::fs::read_to_string(&results) {
            Ok(text) if text.ends_with("}\n") => break text,
            _ => assert!(Instant::now() < limit, "no results"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(written.contains("ended by SIGHUP after "), "{written}");
}

#[test]
fn what_comes_out_of_a_pipe_is_not_typed() {
    let window = Window::open("piped", (80, 24));
    window.types(&["export LC_ALL=C", "Enter"]);
    window.tmux(&["send-keys", "-l", "yes q | "]);
    window.runs("quickstart", "scenario test quickstart:scenario --duration 4s --runners 1");
    let screen = window.until("10 of 10 in flight");
    assert!(screen.is_ascii(), "of a locale without UTF-8:\n{screen}");
    let left = window.ends(0);
    assert!(left.contains("PASSED: quickstart:scenario in 4."), "{left}");
}
