use super::super::unanswered::Culprit;
use super::*;
use crate::stats::health::Symptom;

mod of_fleets;

fn pool(items: Option<u64>) -> Option<PoolStatus> {
    Some(PoolStatus { name: "`shop:users` (users.csv)".into(), items, used_up: false })
}

fn unmet(reason: Reason, pool: Option<PoolStatus>) -> Finding {
    let (journey, missing) = ("shop:buy".into(), Duration::from_millis(3_200));
    Finding::Unmet { line: 1, journey, pool, peak: 10, reason, missing }
}

/// Every finding there is, with its weight and its whole text.
#[test]
fn every_finding_says_what_it_is_and_what_to_do() {
    use Weight::{Fails, Lost, Note};
    let text = |text: &str| text.to_owned();
    let below = "scenario 1 (shop:buy): 3.2 s of journey time below its volume: ";
    let journey = text("shop:buy");
    let processor = text("shop:slow");
    let table = [
        (
            unmet(Reason::Data, pool(Some(3))),
            Note,
            format!(
                "{below}its data pool `shop:users` (users.csv) has 3 items for a volume of 10; give it at least 10, or lower the volume"
            ),
        ),
        (
            unmet(Reason::Data, pool(Some(10))),
            Note,
            format!(
                "{below}its data pool `shop:users` (users.csv) had no item to give; give the pool more items, or ask for less than 10 at once"
            ),
        ),
        (
            unmet(Reason::Data, None),
            Note,
            format!(
                "{below}its data pool had no item to give; give the pool more items, or ask for less"
            ),
        ),
        (
            unmet(Reason::Supply, pool(None)),
            Note,
            format!(
                "{below}its data pool `shop:users` (users.csv) gave items more slowly than they were used; make it faster, or ask for less"
            ),
        ),
        (
            unmet(Reason::Cap, None),
            Note,
            format!(
                "{below}the runners were full; raise --runner-max-journeys, or give more --runners"
            ),
        ),
        (unmet(Reason::Spawn, None), Note, format!("{below}--spawn-rate held it back")),
        (
            unmet(Reason::Moving, pool(None)),
            Note,
            format!(
                "{below}it, or its data, was on its way to a runner; journeys that take no time use data up faster than it travels"
            ),
        ),
        (unmet(Reason::Moving, None), Note, format!("{below}it was on its way to a runner")),
        (unmet(Reason::NoRunner, None), Note, format!("{below}there was no runner")),
        (
            Finding::FailsAtOnce {
                journey: journey.clone(),
                failed: 5_000,
                ended: 5_500,
                typical: Duration::from_micros(90),
            },
            Note,
            text(
                "shop:buy failed 5000 of 5500 times, and half of its journeys were over within 0.09 ms: one that fails at once is started again at once, so the rates are not those of the volume that was asked for; mend it, or let it wait before it fails",
            ),
        ),
        (
            Finding::PaceMissed {
                journey: journey.clone(),
                blocks: 100,
                late: 80,
                by: Duration::from_millis(2_500),
                reached: 0.5,
            },
            Note,
            text(
                "shop:buy went at 50 % of the pace of its fixed_separation or average_separation: 80 of 100 blocks took longer than that, by 2.500 s on average; give it a longer separation, and for the same rate more journeys at once",
            ),
        ),
        (
            Finding::Health(Symptom::Blocked {
                journey: journey.clone(),
                times: 1,
                longest: Duration::from_millis(1_200),
                share: 0.051,
            }),
            Note,
            text(
                "shop:buy kept its runner from all other work 1 time, for up to 1.200 s, 5.1 % of all time; use async calls, or tokio::task::spawn_blocking",
            ),
        ),
        (
            Finding::NothingStarted,
            Fails,
            text("no journey was started; --allow-empty accepts that"),
        ),
        (Finding::OnlyErrors { errors: 2 }, Fails, text("2 errors and nothing that succeeded")),
        (
            Finding::Unserializable { values: 2 },
            Note,
            text("2 values in messages could not be serialized and were sent as the reason"),
        ),
        (
            Finding::ValuesRefused { statistic: text("orders {kind=\"new\"}"), times: 2 },
            Note,
            text(
                "statistic orders {kind=\"new\"} was told 2 times what is no value for it; a value is a finite number, of a counter not below 0, and in its field of each message",
            ),
        ),
        (
            Finding::MessagesLost { messages: 1 },
            Note,
            text("1 message lost: whoever listened was too slow"),
        ),
        (
            Finding::Saturated { requests: 2 },
            Note,
            text("2 requests took more than an hour; percentiles count an hour"),
        ),
        (
            Finding::PoolWasEmpty { line: 2, journey: journey.clone(), pool: "`users`".into() },
            Note,
            text(
                "scenario 2 (shop:buy): its data pool `users` had no items left, so none of it ran",
            ),
        ),
        (
            Finding::BelowItsWeight {
                line: 2,
                journey: journey.clone(),
                pool: "`users`".into(),
                passed: 3,
                used_up: true,
            },
            Note,
            text(
                "scenario 2: shop:buy was started less often than its weight in the mix says: its data pool `users` had nothing for it 3 times, and was used up; give it more items",
            ),
        ),
        (
            Finding::ItemsInDoubt {
                items: 3,
                some: vec!["user = \"ann\"".to_owned(), "user = \"bob\"".to_owned()],
            },
            Note,
            text(
                "3 data items with a runner that was lost; whether they were used is in doubt: user = \"ann\"; user = \"bob\"; and 1 more",
            ),
        ),
        (
            Finding::LoadChanged {
                paused: Duration::from_millis(6_000),
                scaled: Duration::from_secs(90),
                least: 0.1,
                most: 2.0,
            },
            Note,
            text(
                "load was changed by hand: paused for 6.0 s, ×0.1 to ×2 of what is planned for 1 min 30 s; rates are over the time in which it was not paused",
            ),
        ),
        (
            Finding::KindsNeverSent { kinds: vec!["txn".into(), "note".into()] },
            Note,
            text("no message of type `txn` or `note` was sent, which --collector-filter names"),
        ),
        (
            Finding::KeysNeverAsked { keys: vec!["usres".into(), "n".into()] },
            Note,
            text("no code asked for the config of `usres`, `n`; is it spelt as in the code?"),
        ),
        (
            Finding::Interrupted {
                signal: 2,
                after: Duration::from_millis(12_300),
                planned: Some(Duration::from_secs(60)),
            },
            Note,
            text("ended by SIGINT after 12.3 s of 1 min 00 s"),
        ),
        (
            Finding::Interrupted { signal: 15, after: Duration::from_secs(125), planned: None },
            Note,
            text("ended by SIGTERM after 2 min 05 s"),
        ),
        (
            Finding::Cancelled { executions: 3 },
            Note,
            text(
                "3 journeys still ran when the test was over and were cancelled; --graceful-stop gives them longer",
            ),
        ),
        (
            Finding::Hopeless { times: 1_000, why: "connect: refused".into() },
            Fails,
            text(
                "nothing succeeded and the same failure came 1000 times, so the run was ended: connect: refused; --keep-going goes on all the same",
            ),
        ),
        (
            Finding::OutputFailed { output: "summary".into(), why: "no space left".into() },
            Fails,
            text("the summary failed: no space left"),
        ),
        (
            Finding::PoolFailed { pool: "users".into(), given: None, why: "gone".into() },
            Fails,
            text("pool `users` failed, its journeys end: gone"),
        ),
        (
            Finding::PoolFailed { pool: "users".into(), given: Some(1), why: "row 2".into() },
            Fails,
            text("pool `users` failed after 1 item, and its journeys end with them: row 2"),
        ),
        (
            Finding::VolumeInvalid { line: 1, journey: journey.clone(), why: "-1 journeys".into() },
            Fails,
            text("scenario line 1 (shop:buy) ended: -1 journeys"),
        ),
        (
            Finding::RunnerLost {
                runner: 2,
                process: String::new(),
                from: Duration::from_secs(3),
                to: Duration::from_millis(7_500),
            },
            Fails,
            text(
                "runner 2 ended before its time; what it ran is lost, and what it did from 3.0 s to 7.5 s of the test is in no number",
            ),
        ),
        (
            Finding::Deposed { why: "the disk is full".into() },
            Lost,
            text(
                "this controller stopped, and its runners with it unless another one leads them: the disk is full",
            ),
        ),
        (Finding::NoRunnerLeft, Fails, text("every runner ended before its time")),
        (
            Finding::Unanswered(Unanswered::Overdue {
                culprit: Culprit::VolumeModel { line: 2, journey: journey.clone() },
                after: Duration::from_secs(5),
            }),
            Fails,
            text(
                "volume model of line 2 (shop:buy) has not answered for 5 s, so the line keeps its volume; a model should compute, not wait",
            ),
        ),
        (
            Finding::Unanswered(Unanswered::Overdue {
                culprit: Culprit::Checkin { pool: "shop:users".into() },
                after: Duration::from_secs(5),
            }),
            Fails,
            text(
                "check-in of data pool `shop:users` has not answered for 5 s; put a timeout on what it waits for",
            ),
        ),
        (
            Finding::Unanswered(Unanswered::Never {
                culprit: Culprit::Checkout { pool: "shop:users".into() },
            }),
            Fails,
            text(
                "check-out of data pool `shop:users` never answered, so nothing of it ran; return `Checkout::Later` where there is nothing yet, and put a timeout on what it waits for",
            ),
        ),
        (
            Finding::Unanswered(Unanswered::NotCheckedIn { pool: "shop:users".into(), items: 1 }),
            Fails,
            text(
                "1 item not checked in to data pool `shop:users`, which did not answer before the end; put a timeout on what its check-in waits for",
            ),
        ),
        (
            Finding::Unanswered(Unanswered::Unscheduled {
                line: 2,
                journey: journey.clone(),
                windows: 1,
            }),
            Fails,
            text(
                "volume model of line 2 (shop:buy) did not answer for 1 window, so nobody knows which arrivals they had, and none started; a model should compute, not wait",
            ),
        ),
        (
            Finding::Unanswered(Unanswered::Late { line: 2, journey: journey.clone(), windows: 3 }),
            Note,
            text(
                "volume model of line 2 (shop:buy) answered too late for 3 windows, so the line kept the volume that it had; a model should compute, not wait",
            ),
        ),
        (
            Finding::StillRunning { journey, executions: 1 },
            Fails,
            text(
                "1 of shop:buy still ran at the end and could not be cancelled: something in it blocks its thread",
            ),
        ),
        (
            Finding::Fault { what: text("a task panicked, at src/shop.rs:5: no"), times: 1 },
            Fails,
            text("a task panicked, at src/shop.rs:5: no"),
        ),
        (
            Finding::Fault { what: text("a task panicked, at src/shop.rs:5: no"), times: 3 },
            Fails,
            text("a task panicked, at src/shop.rs:5: no (3 times)"),
        ),
        (
            Finding::TeardownFailed {
                name: "shop:clean".into(),
                why: "no (at src/shop.rs:5)".into(),
            },
            Fails,
            text(
                "teardown `shop:clean` failed, so what the setup made may still be there: no (at src/shop.rs:5)",
            ),
        ),
        (
            Finding::ProcessorFailed {
                processor: processor.clone(),
                times: 2,
                why: "even (src/shop.rs:4)".into(),
            },
            Fails,
            text("message processor shop:slow failed 2 times: even (src/shop.rs:4)"),
        ),
        (
            Finding::ProcessorPanicked {
                processor: processor.clone(),
                why: "panic: no (src/shop.rs:5)".into(),
            },
            Fails,
            text(
                "message processor shop:slow got no more messages after a panic: no (src/shop.rs:5)",
            ),
        ),
        (
            Finding::ProcessorMissed { processor: processor.clone(), messages: 12, slow: true },
            Fails,
            text("message processor shop:slow was too slow: 12 messages did not reach it"),
        ),
        (
            Finding::ProcessorMissed { processor, messages: 1, slow: false },
            Fails,
            text("message processor shop:slow: 1 message did not reach it"),
        ),
        (
            Finding::ListenerPanicked { listener: "screen".into() },
            Fails,
            text("the screen panicked"),
        ),
        (
            Finding::ListenerLeft { listener: "screen".into(), waiting: 2, keeps: false },
            Fails,
            text("the screen did not come to an end and was left behind, with 2 messages waiting"),
        ),
        (
            Finding::ListenerLeft { listener: "recorder".into(), waiting: 1, keeps: true },
            Lost,
            text("the recorder did not come to an end and was left behind, with 1 message waiting"),
        ),
        (
            Finding::NotRecorded { messages: 2, why: "it has no `data`".into() },
            Fails,
            text("2 messages not recorded: it has no `data`"),
        ),
        (
            Finding::RecordsRemoved { records: 3, file: "r/users.msgpack".into() },
            Fails,
            text("3 records written to r/users.msgpack before somebody else removed or cut it"),
        ),
        (
            Finding::RecordsUnwritten {
                why: "r/users.msgpack: full".into(),
                written: 1,
                unwritten: 2,
            },
            Lost,
            text(
                "records cannot be written to r/users.msgpack: full; 1 record written, 2 not; --recorder-dir names another directory",
            ),
        ),
        (
            Finding::RecordsLost { records: 2 },
            Lost,
            text("2 records lost: they came faster than they could be written"),
        ),
        (
            Finding::MessagesUncollected {
                directory: "c".into(),
                why: "full".into(),
                written: 1,
                unwritten: 2,
            },
            Lost,
            text("messages cannot be collected in c: full; 1 message written, 2 not"),
        ),
        (
            Finding::CollectedLost { directory: "c".into(), messages: 2 },
            Lost,
            text("2 messages missing in c: they came faster than they could be written"),
        ),
    ];
    for (finding, weight, text) in table.into_iter().chain(of_fleets::table()) {
        assert_eq!((finding.to_string(), finding.weight()), (text, weight));
        // As it comes from a process elsewhere.
        let json = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding, "{json}");
    }
}

#[test]
fn a_text_of_any_length_is_cut_and_its_remedy_is_not() {
    let why = "page ".repeat(20_000);
    let text = Finding::Hopeless { times: 1_000, why }.to_string();
    assert!(text.len() < 4_200, "{}", text.len());
    assert!(text.starts_with("nothing succeeded and the same failure came 1000 times"), "{text}");
    assert!(
        text.contains("…") && text.ends_with("page ; --keep-going goes on all the same"),
        "{text}"
    );
}

#[test]
fn what_code_of_the_test_said_is_without_secrets() {
    let why = "no pool at postgres://bob:pw@h/?password=pw".to_owned();
    let failed = Finding::PoolFailed { pool: "shop:rows".into(), given: None, why };
    assert_eq!(
        failed.to_string(),
        "pool `shop:rows` failed, its journeys end: no pool at postgres://***@h/?password=***"
    );
}
