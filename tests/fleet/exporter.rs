//! The metrics of a fleet's runs, served by a process that takes no part in them.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::consumer::Process;
use crate::process::Started;
use crate::server::{Nats, until};

/// What is served at the address that a log names.
#[track_caller]
fn metrics(said: &str) -> String {
    let line = said.lines().find(|line| line.contains(" metrics: http://")).expect("it serves");
    let address = line.split("http://").nth(1).and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.expect("an address");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it can be asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    body.to_owned()
}

/// The names of the metrics of processes.
fn of_processes(names: impl Iterator<Item = String>) -> BTreeSet<String> {
    names.filter(|name| name.starts_with("mite_process_")).collect()
}

#[test]
fn an_exporter_serves_run_after_run_what_each_controller_serves_itself() {
    let nats = Nats::start();
    let options = ["prometheus-exporter", "--nats", &nats.url, "--prometheus-address", ":0"];
    let mut exporter = Process::start("fleet", &options);
    exporter.says("no controller leads run `mite` at nats://127.0.0.1:");
    let none = metrics(&exporter.said());
    assert!(none.ends_with("\nmite_exporter_run{run=\"mite\"} 0\n\n"), "{none}");
    for scenario in ["two_hundred", "twelve"] {
        let runners = [(); 2].map(|()| Started::runner(&nats, 1));
        let options = ["--min-runners", "2", "--prometheus-address", ":0", "--linger", "60s"];
        let options = [&options[..], &["--duration", "4s"]].concat();
        let controller = Started::controller(&nats, scenario, &options);
        let served = || metrics(&controller.said());
        controller.says(" metrics: http://");
        // While it goes on, too.
        let test = format!("test=\"fleet:{scenario}\"");
        until("metrics of the run", || {
            let all = metrics(&exporter.said());
            (all.contains(&test) && all.contains("mite_process_up{")).then_some(())
        });
        controller.says("stays for");
        let own = served();
        assert!(own.contains("mite_run_passed{"), "{own}");
        until("the metrics of the end", || (metrics(&exporter.said()) == own).then_some(()));
        // docs/metrics.md has a row of each metric of processes, and no other.
        let rows = include_str!("../../docs/metrics.md").lines();
        let rows = rows.filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
        let told = rows.flat_map(|cell| cell.split('`')).map(str::to_owned);
        let types = own.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
        let expected = of_processes(types.map(str::to_owned));
        assert_eq!((of_processes(told), expected.len()), (expected, 7));
        let up = own.lines().filter(|line| line.starts_with("mite_process_up{")).count();
        assert_eq!(up, 2, "{own}");
        controller.signal("TERM");
        controller.ended();
        runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
    }
    assert_eq!(exporter.said().matches(" run `mite` is exported").count(), 2);
    exporter.signal("-TERM");
    exporter.ends_with(0);
}
