use std::sync::Arc;
use std::time::Duration;

use mite_core::error::Place;
use mite_core::label::Label;
use mite_core::stats::{
    Aggregator, ArrivalStatus, Board, DropReason, End, Exchange, ExemplarDetail, Failure,
    FailureRow, Health, LineStatus, Mark, Outcome, Phase, Phases, RunInfo, RunStatus, RunnerHealth,
    Snapshot, Threshold, Took,
};

use super::*;
use crate::screen::keyboard::Key;
use crate::screen::look::Look;
use crate::screen::model::Model;
use crate::screen::state::State;
use crate::terminal::held::{Kind, Line as LogLine};
use crate::terminal::width;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A shop under load for some seconds, with a stall in the last but one.
struct Shop {
    board: Board,
    runner: Aggregator,
    seconds: u64,
    names: [&'static str; 3],
}

impl Shop {
    fn new(limits: &[&str], names: [&'static str; 3]) -> Self {
        let phase = |from, to, kind, text: &str| Phase {
            from: Duration::from_secs(from),
            to: Some(Duration::from_secs(to)),
            kind,
            text: text.into(),
        };
        let mut board = Board::of(RunInfo {
            test: "shop:rush_hour".into(),
            seed: 42,
            schedule: vec![vec![
                phase(0, 60, "ramp", "0 → 420"),
                phase(60, 2_340, "constant", "420"),
                phase(2_340, 2_400, "ramp", "420 → 0"),
            ]],
            ..RunInfo::default()
        });
        board.hold_against(limits.iter().map(|text| Threshold::parse(text).unwrap()).collect());
        Self { board, runner: Aggregator::default(), seconds: 0, names }
    }

    fn second(&mut self, slow: u64) -> Snapshot {
        let journey = Label::intern("shop:buy");
        let root = Label::intern("__root__");
        self.seconds += 1;
        for n in 0..200u64 {
            let [pay, cart, list] = self.names.map(|name| root.child(name));
            for (transaction, took, request) in [
                (&pay, 20 + n % 10 + slow, "POST /pay"),
                (&cart, 5, "GET /cart"),
                (&list, 2, "GET /"),
            ] {
                let failed = request == "POST /pay" && n < 2;
                let exchange = Exchange {
                    protocol: "http",
                    name: Label::intern(request),
                    status: Some(if failed { 503 } else { 200 }),
                    outcome: Outcome::Ok,
                    took: Took { lag: Some(ms(n % 3)), ..ms(took).into() },
                    received: 1_024,
                    sent: 10,
                };
                let phases = Phases {
                    connect: (n == 0).then_some(ms(1)),
                    first_byte: Some(ms(took).mul_f64(0.75)),
                    body: Some(ms(took).mul_f64(0.25)),
                    ..Phases::default()
                };
                let detail = ExemplarDetail::default;
                self.runner.exchange_in_detail(
                    &journey,
                    Some(transaction),
                    &exchange,
                    &phases,
                    detail,
                );
                let end = if failed { End::Failed } else { End::Finished };
                self.runner.transaction(&journey, transaction, ms(took + 1), end);
            }
            if n < 2 {
                let error = mite_core::error::Error::new("503");
                self.runner.failure(&journey, Some(&root.child(self.names[0])), &error);
            }
            self.runner.journey_started(&journey);
            self.runner.journey_ended(&journey, End::Finished);
        }
        self.board.merge(&self.runner.take());
        let health = RunnerHealth {
            time: Duration::from_secs(self.seconds),
            cpu: ms(380 * self.seconds),
            ..RunnerHealth::of(1)
        };
        let mut snapshot = self.board.snapshot(RunStatus {
            elapsed: Duration::from_secs(self.seconds),
            planned: Some(Duration::from_secs(2_400)),
            runners: 2,
            scenarios: vec![LineStatus {
                id: 1,
                journey: "shop:buy".into(),
                actual: 12,
                started: 200 * self.seconds,
                arrivals: Some(ArrivalStatus {
                    rate: 201.0,
                    scheduled: 200 * self.seconds + 12,
                    dropped: vec![(DropReason::Full, 12)],
                    ..ArrivalStatus::default()
                }),
                ..LineStatus::default()
            }],
            ..RunStatus::default()
        });
        snapshot.status.health = Health { runners: vec![health], ..Health::default() };
        snapshot.failures = vec![FailureRow {
            count: 2 * self.seconds,
            seen: Some((ms(1_000), Duration::from_secs(self.seconds))),
            failure: Arc::new(Failure {
                journey,
                transaction: Some(root.child(self.names[0])),
                ex_type: "Error".into(),
                location: Place { file: "src/buy.rs".into(), line: 41 },
                text: "503".into(),
                message: "POST /pay: 503 Service Unavailable <script>&\"\x1b[2J".into(),
                declared: true,
                folded: false,
                queries: false,
                fields: vec![("token".into(), "s3cret".into()), ("user".into(), "bob".into())],
                stacktrace: None,
            }),
        }];
        snapshot
    }
}

const NAMES: [&str; 3] = ["pay", "cart", "list"];
const LIMITS: [&str; 2] = [r#"http p99 {transaction="pay"} < 300ms"#, "errors rate < 1%"];

fn model(limits: &[&str], names: [&'static str; 3]) -> Model {
    let (mut shop, mut model) = (Shop::new(limits, names), Model::default());
    for second in 1..=70 {
        if second == 40 {
            shop.board.mark(Mark { at: ms(39_500), text: "deployed v2".into() });
        }
        let snapshot = shop.second(if second == 69 { 900 } else { 0 });
        model.take(&snapshot, (Default::default(), Some(0)));
    }
    model
}

const FULL: Look = Look { unicode: true, colours: true };

fn canvas(model: &Model, state: &State, look: &Look, (columns, rows): (u16, u16)) -> Canvas {
    let line = |text: &str, kind| LogLine { text: text.to_owned(), kind };
    let log = [
        line("2025-11-25T12:03:40.000Z INFO  scenario 1 starts", Kind::Calm),
        line(
            "2025-11-25T12:03:41.250Z WARN  runner 2: loop blocked 310 ms by shop:buy",
            Kind::Urgent,
        ),
    ];
    draw(&Scene { model, state, look, log: &log }, Size { rows, columns })
}

fn shown(model: &Model, state: &State, look: &Look, size: (u16, u16)) -> String {
    let canvas = canvas(model, state, look, size);
    let lines = canvas.text();
    assert_eq!(lines.len(), usize::from(size.1));
    for line in &lines {
        assert!(width::width(line) <= size.0.into(), "{line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    lines.join("\n")
}

/// What the screen is when it differs from what it should be, for whoever mends a test.
#[track_caller]
fn assert_shown(found: &str, expected: &str) {
    assert!(found == expected.trim_matches('\n'), "it shows\n{found}\n");
}

#[test]
fn eighty_by_twenty_four() {
    let found = shown(&model(&LIMITS, NAMES), &State::new(None), &FULL, (80, 24));
    assert_shown(&found, include_str!("80x24.txt"));
}

#[test]
fn a_hundred_and_sixty_by_fifty() {
    let found = shown(&model(&LIMITS, NAMES), &State::new(None), &FULL, (160, 50));
    assert_shown(&found, include_str!("160x50.txt"));
}

#[test]
fn sixty_by_sixteen_has_what_matters_most() {
    let found = shown(&model(&LIMITS, NAMES), &State::new(None), &FULL, (60, 16));
    assert_shown(&found, include_str!("60x16.txt"));
}

#[test]
fn of_closed_and_open_lines_the_load_has_room_for_what_was_dropped() {
    let mut model = model(&LIMITS, NAMES);
    let closed = LineStatus { id: 2, actual: 4, required: 4, ..LineStatus::default() };
    model.status.scenarios.push(closed);
    let found = shown(&model, &State::new(None), &FULL, (80, 24));
    let load = " load   4 of 4 + 12 in flight   arrivals 200/s of 201/s   ! dropped 12: no room";
    assert_eq!(found.lines().nth(2), Some(load), "{found}");
}

#[test]
fn without_colours_every_sign_is_there_and_ascii_is_enough() {
    let model = model(&LIMITS, ["pay", "商品 → cart", "list…"]);
    let (plain, ascii) =
        (Look { unicode: true, colours: false }, Look { unicode: false, colours: false });
    let state = State::new(None);
    let coloured = canvas(&model, &state, &FULL, (80, 24));
    let text = painter_text(&coloured, false);
    assert!(!text.contains("\x1b[0;"), "no colours: {text:?}");
    assert_eq!(shown(&model, &state, &plain, (80, 24)), shown(&model, &state, &FULL, (80, 24)));
    for size in [(80, 24), (160, 50), (60, 16)] {
        let found = shown(&model, &state, &ascii, size);
        assert!(found.is_ascii(), "{found}");
        assert!(found.contains("!1.00 %") && found.contains("! dropped 12"), "{found}");
        assert!(size.0 == 60 || found.contains("! http p99"), "{found}");
    }
}

fn painter_text(canvas: &Canvas, colours: bool) -> String {
    crate::screen::painter::difference(None, canvas, colours)
}

#[test]
fn every_size_can_be_drawn_with_any_name() {
    let long: &'static str =
        Box::leak("a name of two hundred characters ".repeat(7).into_boxed_str());
    let names = ["<b>&\"pay\x1b[31m\u{202e}", "שלום עולם مرحبا", long];
    let model = model(&[&LIMITS[..], &["http p50 < 1ms", "http rate > 1/s"]].concat(), names);
    let mut state = State::new(None);
    for key in [Key::Escape, Key::Tab, Key::Tab, Key::Char('?'), Key::Char('?'), Key::Enter] {
        state.press(key, &model);
        for look in [FULL, Look { unicode: false, colours: false }] {
            for (columns, rows) in
                [(20, 5), (1, 1), (40, 10), (60, 16), (80, 24), (119, 35), (120, 36), (300, 90)]
            {
                shown(&model, &state, &look, (columns, rows));
            }
        }
    }
    for (columns, rows) in
        (1..=170).step_by(13).flat_map(|c| (1..=60).step_by(7).map(move |r| (c, r)))
    {
        shown(&model, &State::new(None), &FULL, (columns, rows));
        shown(&Model::default(), &State::new(None), &FULL, (columns, rows));
    }
}

#[test]
fn keys_sort_find_open_freeze_and_choose_windows() {
    let live = model(&LIMITS, NAMES);
    let mut state = State::new(None);
    let at = |state: &State| shown(&live, state, &FULL, (100, 30));
    let first_row = |text: &str| {
        let row = text.lines().find(|line| line.starts_with('>')).expect("one is chosen");
        row[1..].split("  ").next().unwrap().to_owned()
    };
    assert_eq!(first_row(&at(&state)), "shop:buy, pay");
    state.press(Key::Char('j'), &live);
    assert_eq!(first_row(&at(&state)), "shop:buy, cart");
    // By name; what is chosen stays chosen.
    state.press(Key::Char('s'), &live);
    let text = at(&state);
    assert_eq!(first_row(&text), "shop:buy, cart");
    state.press(Key::Char('/'), &live);
    for c in "li q".chars() {
        assert_eq!(state.press(Key::Char(c), &live), None, "it is typed");
    }
    assert!(at(&state).contains("find: li q_") && at(&state).contains("none has such a name"));
    state.press(Key::Backspace, &live);
    state.press(Key::Backspace, &live);
    state.press(Key::Enter, &live);
    assert_eq!(first_row(&at(&state)), "shop:buy, list");
    state.press(Key::Escape, &live);
    assert!(at(&state).contains("shop:buy, cart"));
    // Over ten seconds, then over all.
    state.press(Key::Char('-'), &live);
    state.press(Key::Char('-'), &live);
    assert!(at(&state).lines().nth(4).unwrap().ends_with("10 s"), "{}", at(&state));
    for _ in 0..9 {
        assert_eq!(state.press(Key::Char('+'), &live), None);
    }
    assert!(at(&state).lines().nth(4).unwrap().ends_with("response  all"), "{}", at(&state));
    state.press(Key::Char('r'), &live);
    assert!(at(&state).lines().nth(4).unwrap().ends_with("service  all"), "{}", at(&state));
    state.press(Key::Char('f'), &live);
    assert!(at(&state).contains("FROZEN 01:10"), "{}", at(&state));
    assert_eq!(state.frozen.as_ref().unwrap().status.elapsed, ms(70_000));
    state.press(Key::Char('f'), &live);
    assert!(state.frozen.is_none());
    assert_eq!(state.press(Key::Char('q'), &live), Some(crate::screen::state::Act::Stop));
    assert_eq!(state.press(Key::Ctrl('c'), &live), Some(crate::screen::state::Act::Stop));
    assert_eq!(state.press(Key::Char('m'), &live), Some(crate::screen::state::Act::Mark));
    assert_eq!(state.press(Key::Ctrl('z'), &live), Some(crate::screen::state::Act::Suspend));
    // The page is in the keys, and in the help, where there is one.
    assert!(!at(&state).contains("w page"));
    state.page = Some("http://127.0.0.1:9301/".into());
    assert!(at(&state).contains("w page"));
    state.press(Key::Char('w'), &live);
    assert!(at(&state).contains("the page is at http://127.0.0.1:9301/"));
}

#[test]
fn a_transaction_and_an_error_are_looked_at_in_full_without_secrets() {
    let live = model(&LIMITS, NAMES);
    let pay = live.order(Default::default(), "pay")[0];
    let mut shop = Shop::new(&[], NAMES);
    let mut model = Model::default();
    (0..30).for_each(|_| model.take(&shop.second(0), (Default::default(), Some(pay))));
    let mut state = State::new(None);
    state.press(Key::Enter, &model);
    let text = shown(&model, &state, &FULL, (80, 40));
    for part in ["shop:buy, pay", "6 000 in all", "p99 ", "POST /pay", "200: 5 940, 503: 60"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let parts = text.lines().skip_while(|line| !line.contains("WHERE THE TIME WENT")).skip(1);
    let parts: Vec<_> = parts.take(3).map(|line| line.replace(['#', ' '], "")).collect();
    // Of 6 000, of which 30 opened a connection.
    let expected =
        ["connect0.02%1.00msmax1.00ms", "firstbyte75%18.4msmax21.8ms", "body25%6.12msmax7.25ms"];
    assert_eq!(parts, expected, "{text}");
    let text = shown(&model, &state, &FULL, (140, 40));
    let axis = text.lines().find(|line| line.contains(" 90 ") && line.ends_with(" 99"));
    assert!(axis.is_some() && text.contains("6 000 in all"), "with its spectrum:\n{text}");
    state.press(Key::Escape, &model);
    state.press(Key::Tab, &model);
    state.press(Key::Enter, &model);
    let text = shown(&model, &state, &FULL, (80, 24));
    for part in
        [" 60 x", "in shop:buy, pay, at src/buy.rs:41", "user: bob", "token: ***", r"\u{1b}[2J"]
    {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn ten_thousand_transactions_are_sorted_found_and_bounded() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    let (journey, root) = (Label::intern("j"), Label::intern("__root__"));
    let mut model = Model::default();
    for second in 1..=3u64 {
        for n in 0..9_990u64 {
            let name = root.child(&format!("step {n}"));
            runner.transaction(&journey, &name, ms(1 + n), End::Finished);
        }
        board.merge(&runner.take());
        let elapsed = Duration::from_secs(second);
        let snapshot = board.snapshot(RunStatus { elapsed, ..RunStatus::default() });
        model.take(&snapshot, (Default::default(), None));
    }
    let order = model.order(Default::default(), "");
    assert_eq!(order.len(), 9_990);
    let rows = || model.rows.iter().flatten();
    assert_eq!(rows().filter(|row| row.figures.is_some()).count(), 200);
    assert_eq!(rows().filter(|row| !row.seconds.is_empty()).count(), 20);
    let text = shown(&model, &State::new(None), &FULL, (80, 24));
    assert!(text.contains(">j, step 9989"), "{text}");
    let mut state = State::new(None);
    state.press(Key::End, &model);
    assert!(shown(&model, &state, &FULL, (80, 24)).contains(">j, step 0 "), "the last of all");
    state.find = "step 777".into();
    assert_eq!(model.order(state.sort, &state.find).len(), 11);
}
