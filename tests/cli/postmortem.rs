//! What stops a run for somebody to look at it.

use crate::process::{Ran, command, misbehave, run};

#[test]
fn debugging_stops_at_the_first_failure_and_shows_everything() {
    let ran = Ran::of(
        command("misbehaving", &["scenario", "test", "misbehaving:failing", "--debugging"])
            .env("MITE_POSTMORTEM", "echo post mortem of {pid} by $PPID")
            .output()
            .unwrap(),
    )
    .expect(1)
    .shows("journey misbehaving:fails failed")
    .shows("no such user user-")
    .shows("tests/binaries/misbehaving.rs:")
    .shows("\n  outer :: inner\n")
    .shows("about_to_fail");
    let arguments = ran.err.lines().skip_while(|line| *line != "arguments").nth(1);
    let arguments = arguments.expect("a section of arguments");
    assert!(["  user = \"user-0\"", "  user = \"user-1\""].contains(&arguments), "{arguments}");
    let line = ran.out.lines().find(|l| l.starts_with("post mortem of")).expect("the command ran");
    let words: Vec<_> = line.split(' ').collect();
    assert_eq!(words[3], words[5], "{{pid}} is this process: {line}");
}

#[test]
fn debugging_shows_exchanges_as_curl_commands() {
    let url = "url:http://127.0.0.1:9/some/path";
    misbehave("getting", &["--add-to-config", url, "--debugging"])
        .expect(1)
        .shows("curl ")
        .shows("http://127.0.0.1:9/some/path")
        .shows("x-test: it");
}

#[test]
fn debugging_stops_at_a_panic() {
    misbehave("panicking", &["--debugging"])
        .expect(1)
        .shows("the basket is empty")
        .shows("\n  (the journey)\n  step\n");
}

#[test]
fn a_breakpoint_stops_on_demand() {
    run("misbehaving", &["journey", "run", "misbehaving:stops_here"])
        .expect(1)
        .shows("breakpoint in journey misbehaving:stops_here at tests/binaries/misbehaving.rs:");
    run("misbehaving", &["journey", "run", "misbehaving:stops_here", "--debugging"])
        .expect(1)
        .shows("reached")
        .shows("\n  (the journey)\n  before\n");
}

#[test]
fn a_breakpoint_stops_every_runner() {
    let ran = Ran::of(
        command("misbehaving", &["scenario", "test", "misbehaving:stopping"])
            .env("MITE_POSTMORTEM", "echo begins; sleep 0.5; echo ends")
            .output()
            .unwrap(),
    )
    .expect(1);
    let during = ran.out.split("begins").nth(1).and_then(|rest| rest.split("ends").next());
    let during = during.expect("the command ran");
    // Polls that were under way may finish.
    assert!(during.matches("alive").count() <= 4, "{}", ran.out);
    assert!(ran.out.contains("alive"), "{}", ran.out);
}

#[test]
fn a_stopped_run_is_not_ended_by_its_duration() {
    let ran = Ran::of(
        command(
            "misbehaving",
            &[
                "scenario",
                "test",
                "misbehaving:failing",
                "--debugging",
                "--duration",
                "300ms",
                "--graceful-stop",
                "100ms",
            ],
        )
        .env("MITE_POSTMORTEM", "sleep 4; echo looked at it")
        .output()
        .unwrap(),
    );
    ran.expect(1).shows("looked at it").hides("JOURNEYS");
}

/// As with a debugger: it has the keyboard, and Ctrl-C is for it alone.
#[test]
#[cfg(target_os = "linux")]
fn the_command_has_the_terminal_for_as_long_as_it_likes() {
    use crate::terminal::{CTRL_C, Terminal};
    // The command is shown too, so what it prints must not stand in it as it is.
    let command = "trap 'echo signal $((1 + 1))' INT; \
        test -t 0 && test -t 1 && test -t 2 && echo terminal $((0 + 1)); \
        read word || read word; echo heard $word; exit 7";
    let mut terminal = Terminal::start(
        "misbehaving",
        &["scenario", "test", "misbehaving:failing", "--debugging", "--duration", "1s"],
        &[("MITE_POSTMORTEM", command)],
    );
    terminal.until("terminal 1");
    terminal.types(CTRL_C);
    terminal.until("signal 2");
    terminal.types("well\n");
    terminal.until("heard well");
    let (code, screen) = terminal.end();
    assert_eq!(code, 1, "{screen}");
    assert!(screen.trim_end().ends_with("MITE_POSTMORTEM ended: exit status: 7"), "{screen}");
    for more in ["stopping", "JOURNEYS"] {
        assert!(!screen.contains(more), "{more:?} in:\n{screen}");
    }
}

#[test]
fn debugging_stops_at_a_failure_that_the_journey_handles() {
    run("panicking", &["scenario", "test", "panicking:forgiving", "--debugging"])
        .expect(1)
        .shows("journey panicking:forgives failed")
        .shows("not today")
        .shows("answer: 42")
        .shows("\n  try\n");
}

#[test]
#[cfg(target_os = "linux")]
fn at_a_terminal_a_debugger_is_started_in_the_function_of_the_journey() {
    use crate::terminal::Terminal;
    let folder = mite_tests::Scratch::new("debugger");
    for (name, script) in [("gdb", "exit 9"), ("rust-gdb", "for a; do echo \"[$a]\"; done; exit 3")]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = folder.write(name, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.0.display(), std::env::var("PATH").unwrap());
    let arguments = ["scenario", "test", "misbehaving:failing", "--debugging"];
    let (code, screen) = Terminal::start("misbehaving", &arguments, &[("PATH", &path)]).end();
    assert_eq!(code, 1, "{screen}");
    for text in ["running rust-gdb: rust-gdb -p ", "[-p]", "'misbehaving::fails'", "exit status: 3"]
    {
        assert!(screen.contains(text), "no {text:?} in:\n{screen}");
    }
}

#[test]
#[cfg(unix)]
fn a_stopped_run_ends_with_the_signal_that_asks_it_to() {
    use std::time::Duration;
    let spec = ["scenario", "test", "misbehaving:failing", "--debugging"];
    for (signal, code) in [("-TERM", 143), ("-INT", 130), ("-HUP", 129)] {
        let child = command("misbehaving", &spec)
            .env("MITE_POSTMORTEM", "echo looking; sleep 60; echo late $((1 + 1))")
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut run = crate::process::UnderWay(child);
        run.until_out("looking");
        run.signal(signal);
        run.end(Duration::from_secs(20)).expect(code).hides("late 2");
    }
}

/// Whoever reads has seen enough, as `head` has.
#[test]
fn a_stopped_run_ends_when_nobody_reads_what_it_shows() {
    for (out, err) in [(true, false), (false, true), (true, true)] {
        let closed = || {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            std::process::Stdio::from(writer)
        };
        let open = std::process::Stdio::null;
        let child =
            command("misbehaving", &["journey", "run", "misbehaving:panics", "--debugging"])
                .stdout(if out { closed() } else { open() })
                .stderr(if err { closed() } else { open() })
                .spawn()
                .unwrap();
        crate::process::UnderWay(child).end(std::time::Duration::from_secs(20)).expect(1);
    }
}
