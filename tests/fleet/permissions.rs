//! A fleet whose roles may do no more than deploy/nats/permissions.conf says.

use std::time::Duration;

use mite_nats::Identity;
use mite_tests::root;

use crate::consumer::Process;
use crate::process::Started;
use crate::server::{Nats, Scratch, until};

fn server() -> Nats {
    let deploy = root().join("deploy/nats/permissions.conf");
    let scratch = Scratch::new("nats");
    let text = std::fs::read_to_string(deploy).expect("it is there");
    scratch.write("permissions.conf", &text);
    Nats::of("include \"permissions.conf\"", scratch)
}

/// The options of one with this role, whose password is its name.
fn by<'a>(nats: &'a Nats, role: &'a str) -> [&'a str; 6] {
    ["--nats", &nats.url, "--nats-user", role, "--nats-password", role]
}

fn start(nats: &Nats, role: &str, words: &[&str]) -> Started {
    Started::new("fleet", &[words, &by(nats, role)].concat())
}

fn consume(nats: &Nats, role: &str, command: &str) -> Process {
    let mut process = Process::start("fleet", &[&[command][..], &by(nats, role)].concat());
    process.says(" of run mite at nats://127.0.0.1:");
    process
}

#[test]
fn each_role_may_do_what_it_has_to() {
    let nats = server();
    let (collector, recorder) =
        (consume(&nats, "consumer", "collector"), consume(&nats, "recorder", "recorder"));
    let runners = [(); 2].map(|()| start(&nats, "runner", &["runner", "--runners", "1"]));
    let by_exporter = by(&nats, "exporter");
    let words = ["prometheus-exporter", "--prometheus-address", ":0"];
    let mut exporter = Process::start("fleet", &[&words[..], &by_exporter].concat());
    exporter.says("no controller leads");
    let words = ["controller", "fleet:recorded", "--min-runners", "2", "--json", "run.json"];
    let controller = start(&nats, "controller", &words);
    controller.says("scenario 1 (fleet:keep) starts");
    let ask = |words: &[&str]| {
        let said = Process::start("fleet", &[words, &by(&nats, "operator")].concat());
        said.ends_with(0)
    };
    until("a status", || ask(&["ctl", "status"]).contains("2 runners").then_some(()));
    assert!(ask(&["ctl", "rate", "×2"]).contains("the load is ×2"));
    exporter.says("run `mite` is exported");
    let ran = controller.ended().expect(0);
    assert_eq!(ran.results()["totals"]["journeys"]["finished"], 2_000);
    let mut said = vec![ran.err];
    said.extend(runners.into_iter().map(|runner| runner.ended().expect(0).err));
    let path = collector.directory().join("collector_data/current");
    let (of_collector, file) = collector.ends_with_keeping(0, &path);
    assert!(file.len() > 100_000);
    let path = recorder.directory().join("recorder_data/kept.msgpack");
    let (of_recorder, file) = recorder.ends_with_keeping(0, &path);
    // Numbers up to 127 take a byte, up to 255 two, and more three.
    assert_eq!(file.len(), 128 + 2 * 128 + 3 * (2_000 - 256));
    exporter.says("run `mite` is over");
    exporter.signal("-TERM");
    said.extend([of_collector, of_recorder, exporter.ends_with(0)]);
    for text in said {
        assert!(!text.contains("NATS refused"), "{text}");
    }
}

#[tokio::test]
async fn no_role_may_do_what_another_has_to() {
    let nats = server();
    for (role, subject) in [
        ("runner", "mite.mite.grant.1"),
        ("runner", "mite.mite.ctl"),
        ("runner", "mite.mite.over"),
        ("runner", "$JS.API.STREAM.DELETE.mite_mite_records"),
        ("consumer", "mite.mite.ctl"),
        ("consumer", "mite.mite.counts"),
        ("consumer", "mite.mite.raw.collector"),
        ("recorder", "mite.mite.record"),
        ("recorder", "$JS.API.STREAM.DELETE.mite_mite_records"),
        ("recorder", "mite.mite.ctl"),
        ("operator", "mite.mite.progress"),
        ("operator", "mite.mite.over"),
        ("exporter", "mite.mite.metrics"),
        ("exporter", "mite.mite.ctl"),
        ("controller", "mite.mite.progress"),
        ("controller", "other.subject"),
    ] {
        let identity = Identity::User { name: role.into(), password: role.into() };
        let connection = nats.connect().identity(identity).connect().await.unwrap();
        connection.client().publish(subject, "x".into()).await.unwrap();
        let refused = async {
            while connection.events().refused() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let refused = tokio::time::timeout(Duration::from_secs(30), refused).await;
        assert!(refused.is_ok(), "{role} may publish {subject}");
    }
    for (role, subject) in [
        ("runner", "mite.mite.raw.collector"),
        ("runner", "mite.mite.counts"),
        ("consumer", "mite.mite.progress"),
        ("consumer", "_INBOX.>"),
        // What others are answered: records that are fetched, too.
        ("runner", "_INBOX.>"),
        ("runner", "_INBOX.recorder.>"),
        ("runner", "_INBOX.controller.>"),
        ("recorder", "_INBOX.runner.>"),
        ("operator", "_INBOX.controller.>"),
        ("recorder", "mite.mite.raw.*"),
        ("operator", "mite.mite.welcome.1"),
        ("exporter", "mite.mite.welcome.1"),
        ("runner", "mite.mite.metrics"),
    ] {
        let identity = Identity::User { name: role.into(), password: role.into() };
        let connection = nats.connect().identity(identity).connect().await.unwrap();
        let _subscribed = connection.client().subscribe(subject).await.unwrap();
        let refused = async {
            while connection.events().refused() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let refused = tokio::time::timeout(Duration::from_secs(30), refused).await;
        assert!(refused.is_ok(), "{role} may subscribe {subject}");
    }
}
