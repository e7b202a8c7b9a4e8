use super::*;
use mite_core::control::Welcome;

fn hello(process: u64, runners: u32) -> Hello {
    Hello {
        process,
        origin: process,
        version: "1.0".to_owned(),
        catalogue: vec!["journey shop:buy()".to_owned()],
        host: "box".to_owned(),
        pid: process as u32,
        runners,
        ..Hello::default()
    }
}

fn roster(wanted: u32) -> Roster {
    Roster::new("1.0", hello(1, 1).catalogue, wanted)
}

fn first(reply: (Reply, Option<Process>)) -> (RunnerId, bool) {
    match reply {
        (Reply::Start(start), joined) => (start.welcome.runner, joined.is_some()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn runners_are_numbered_when_enough_have_come_and_later_ones_follow() {
    let (mut roster, now) = (roster(3), Instant::now());
    let (reply, _) = roster.hello(now, &hello(7, 2));
    assert_eq!(reply, Reply::Wait { runners: [2, 3] });
    assert!(!roster.is_complete(now));
    roster.hello(now, &hello(8, 1));
    assert!(roster.is_complete(now));
    // One that is not heard any more is not waited for.
    let later = now + SILENT;
    roster.hello(later, &hello(7, 2));
    assert!(!roster.is_complete(later));
    roster.hello(later, &hello(9, 2));
    assert_eq!(roster.number(later), 4);
    let start = Start { at: 5, welcome: Welcome::default(), patience: SILENT };
    roster.start(start);
    assert_eq!(first(roster.hello(later, &hello(9, 2))), (3, false));
    assert_eq!(first(roster.hello(later, &hello(7, 2))), (1, false));
    assert_eq!(first(roster.hello(later, &hello(10, 1))), (5, true));
    assert_eq!(first(roster.hello(later, &hello(10, 1))), (5, false), "it asks again");
    assert!(roster.heard(later, 5) && !roster.heard(later, 6));
}

#[tokio::test(start_paused = true)]
async fn one_that_was_given_up_comes_back_under_another_number_only() {
    let (mut roster, now) = (roster(1), Instant::now());
    roster.hello(now, &hello(7, 2));
    roster.number(now);
    roster.start(Start { at: 5, welcome: Welcome::default(), patience: SILENT });
    assert_eq!(roster.give_up(now + SILENT, SILENT), []);
    let lost = roster.give_up(now + SILENT * 2, SILENT);
    assert_eq!((lost.len(), lost[0].ids()), (1, 1..3));
    assert!(!roster.heard(now, 1));
    assert!(matches!(roster.hello(now, &hello(7, 2)).0, Reply::Refused(_)));
    assert_eq!(first(roster.hello(now, &hello(8, 2))), (3, true));
    assert!(roster.has_runners(now, SILENT));
    roster.heard_of(now, 8, Standing::Done);
    assert!(roster.has_runners(now, SILENT));
    assert!(!roster.has_runners(now + SILENT, SILENT));
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_when_the_run_is_over_has_no_part_in_it() {
    let (mut roster, now) = (roster(1), Instant::now());
    roster.hello(now, &hello(7, 2));
    roster.number(now);
    roster.start(Start { at: 5, welcome: Welcome::default(), patience: SILENT });
    // It came before the start, and never asked again.
    assert_eq!(first(roster.hello(now, &hello(8, 1))), (3, true));
    roster.close(now);
    let (reply, joined) = roster.hello(now, &hello(9, 4));
    assert_eq!((reply, joined), (Reply::Wait { runners: [0, 1] }, None));
    assert_eq!(roster.processes().len(), 2);
    assert_eq!((roster.runners_of(7), roster.runners_of(9)), (Some(1..3), None));
    // One that is given up after the load has still not told.
    roster.heard_of(now, 7, Standing::Done);
    roster.give_up(now + SILENT * 2, SILENT);
    let told = roster.taking_part().map(|process| (process.has_told, process.standing));
    let expected = [(true, Standing::Done), (false, Standing::Lost)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_process_with_more_runners_than_there_can_be_is_refused() {
    let (mut roster, now) = (roster(1), Instant::now());
    let Reply::Refused(why) = roster.hello(now, &hello(1, u32::MAX)).0 else {
        panic!("it is taken")
    };
    assert!(why.contains("4294967295 runners, and may have 4096 at most"), "{why}");
    assert_eq!((roster.gathered(now), roster.refused()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn another_binary_is_refused_with_what_differs() {
    let (mut roster, now) = (roster(1), Instant::now());
    let other = Hello { version: "0.9".to_owned(), ..hello(1, 1) };
    let Reply::Refused(why) = roster.hello(now, &other).0 else { panic!("it fits?") };
    assert!(why.contains("mite 1.0, this runner with mite 0.9"), "{why}");
    let other = Hello { catalogue: vec!["journey shop:sell()".to_owned()], ..hello(1, 1) };
    let Reply::Refused(why) = roster.hello(now, &other).0 else { panic!("it fits?") };
    assert!(
        why.ends_with("only the controller has:\n    journey shop:buy()\n  only this runner has:\n    journey shop:sell()"),
        "{why}"
    );
    assert_eq!((roster.gathered(now), roster.refused()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn containers_of_one_name_and_number_are_told_apart_and_each_keeps_its_name() {
    let (mut roster, now) = (roster(2), Instant::now());
    let of = |process, origin| Hello { origin, pid: 1, ..hello(process, 1) };
    roster.hello(now, &of(7, 70));
    roster.hello(now, &of(8, 80));
    roster.number(now);
    let start = Start { at: 5, welcome: Welcome::default(), patience: SILENT };
    roster.start(start.clone());
    // The first one joins anew, and then a third one comes.
    roster.hello(now, &of(9, 70));
    roster.hello(now, &of(10, 100));
    let names = |roster: &Roster| roster.taking_part().map(Process::name).collect::<Vec<_>>();
    let all = ["box (process 1)", "box (process 1, #2)", "box (process 1)", "box (process 1, #3)"];
    assert_eq!(names(&roster), all);
    let mut restored = Roster::new("1.0", hello(1, 1).catalogue, 2);
    assert!(restored.restore(now, "", &roster.kept(&start)));
    assert_eq!(names(&restored), all);
}
