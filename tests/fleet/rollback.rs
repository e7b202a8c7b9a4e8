//! A server whose store is an older copy of what it was.

use crate::findings::found;
use crate::names::Names;
use crate::process::Started;
use crate::server::{Nats, Scratch, until};

/// Keeps a copy of what the server has now, and goes on.
fn copied(nats: &mut Nats) -> Scratch {
    nats.kill();
    let copy = nats.copy_of_store();
    nats.go_on();
    copy
}

fn options(names: &Names) -> Vec<String> {
    let of_names = names.setting();
    let words =
        ["--min-runners", "2", "--runner-timeout", "8s", "--add-to-config", "level:8"].into_iter();
    words.chain(["--add-to-config", &of_names]).map(str::to_owned).collect()
}

/// Two runners and their controller, after some hundred names more than are in the copy.
fn copied_while_names_run(
    nats: &mut Nats,
    names: &Names,
    options: &[&str],
) -> (Vec<Started>, Started, Scratch) {
    let runners = (0..2).map(|_| Started::runner(nats, 1)).collect();
    let first = Started::controller(nats, "all_names", options);
    until("some names", || (names.begun() > 200).then_some(()));
    let copy = copied(nats);
    until("more names", || (names.begun() > 900).then_some(()));
    (runners, first, copy)
}

#[test]
fn a_controller_writes_again_what_its_server_has_lost_so_that_the_next_one_knows() {
    let (mut nats, names) = (Nats::start(), Names::new());
    let options = options(&names);
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let (runners, first, copy) = copied_while_names_run(&mut nats, &names, &options);
    nats.kill();
    nats.restore(&copy);
    nats.go_on();
    first.says("the NATS server has gone back to an older copy of what it keeps");
    let before = names.begun();
    until("names after that", || (names.begun() > before + 300).then_some(()));
    first.signal("KILL");
    first.ended();
    assert!(names.begun() < 4_500, "it was killed too late: {} names had begun", names.begun());
    let second = Started::controller(&nats, "all_names", &options);
    second.says("takes it up again");
    let results = second.ended().expect(0).results();
    runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
    assert_eq!(names.each_once(), 5_000);
    assert_eq!(results["totals"]["journeys"]["finished"], 5_000);
}

#[test]
fn a_server_that_goes_back_is_told_and_makes_the_run_suspect() {
    let mut nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let options = ["--runner-timeout", "8s", "--duration", "12s"];
    let controller = Started::controller(&nats, "twelve", &options);
    controller.says("00:02 ");
    let copy = copied(&mut nats);
    controller.says("00:06 ");
    nats.kill();
    nats.restore(&copy);
    nats.go_on();
    let ran = controller.ended().expect(0);
    runner.ended().expect(0);
    let text = &found(&ran, "store_went_back")[..];
    let [text] = text else { panic!("once: {text:?}\n{}{}", ran.out, ran.err) };
    assert!(text.contains(" of the test NATS had gone back to an older copy of "), "{text}");
    assert_eq!(ran.results()["verdict"]["validity"], "suspect", "{}", ran.out);
}

#[test]
fn a_controller_that_finds_less_than_its_runners_were_granted_gives_nothing_more() {
    let (mut nats, names) = (Nats::start(), Names::new());
    let options = options(&names);
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let (runners, first, copy) = copied_while_names_run(&mut nats, &names, &options);
    first.signal("KILL");
    first.ended();
    nats.kill();
    nats.restore(&copy);
    nats.go_on();
    let second = Started::controller(&nats, "all_names", &options);
    second.says("takes it up again");
    let ran = second.ended().expect(4);
    runners.into_iter().for_each(|runner| drop(runner.ended()));
    let [why] = &found(&ran, "deposed")[..] else { panic!("{}{}", ran.out, ran.err) };
    assert!(
        why.contains("is older than what runner ") && why.contains("gone back to an older copy"),
        "{why}"
    );
    let begun = names.each_once();
    assert!((900..5_000).contains(&begun), "{begun}");
}
