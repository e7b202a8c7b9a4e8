//! What the attributes register, and that it does what the functions do.

use std::any::TypeId;
use std::sync::Arc;

use mite::__private::{Meta, function_id};
use mite::prelude::*;
use mite_core::config::Value;
use mite_core::msgpack;
use mite_core::pool::any::PoolRef;
use mite_core::registry::{Kind, Registry};
use mite_core::scenario::JourneyRef;
use serde::{Deserialize, Serialize};

mod run;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    name: String,
    age: Option<u8>,
}

/// Says hello to a row.
///
/// More about it.
#[journey]
async fn greet(ctx: &Context, row: Row, times: u32) -> mite::Result {
    ctx.transaction("greet", async |ctx| {
        ctx.send("hello", fields! { name: row.name, age: row.age, times });
        Ok(())
    })
    .await
}

#[journey]
async fn no_arguments(_ctx: &Context) -> mite::Result {
    mite::bail!("nothing to do", code: 7)
}

mod login {
    use super::*;

    #[journey]
    pub(crate) async fn r#move(_ctx: &Context, r#type: u8) -> mite::Result {
        mite::ensure!(r#type == 1, "type {}", r#type);
        Ok(())
    }

    pub(crate) fn inner() -> TypeId {
        #[journey]
        async fn hidden(_ctx: &Context) -> mite::Result {
            Ok(())
        }
        function_id(hidden)
    }
}

macro_rules! journeys {
    ($($name:ident)*) => { $(
        #[journey]
        async fn $name(_ctx: &Context, _value: u8) -> mite::Result {
            Ok(())
        }
    )* };
}
journeys!(first second);

#[journey]
async fn keeps_an_rc(ctx: &Context, start: u8) -> mite::Result {
    let shared = std::rc::Rc::new(std::cell::Cell::new(start));
    let other = shared.clone();
    ctx.sleep(secs(30)).await;
    other.set(shared.get() + 1);
    ctx.send("counted", fields! { n: shared.get() });
    Ok(())
}

/// Rows.
#[datapool]
fn rows() -> impl DataPool<Item = (Row, u32)> {
    RecyclableIterableDataPool::new([(Row { name: "ann".into(), age: None }, 2)])
}

#[datapool]
fn of_config(config: &Config) -> impl DataPool<Item = (u32,)> {
    IterableDataPool::new([(config.get_or("n", 1u32),)])
}

#[datapool]
fn fallible(config: &Config) -> mite::Result<impl DataPool<Item = (u32,)>> {
    Ok(IterableDataPool::new([(config.require("n")?,)]))
}

#[datapool]
async fn later() -> impl DataPool<Item = u32> {
    tokio::task::yield_now().await;
    IterableDataPool::new([1])
}

#[datapool]
async fn later_of_config(config: &Config) -> mite::Result<impl DataPool<Item = u32>> {
    tokio::task::yield_now().await;
    Ok(IterableDataPool::new([config.require("n")?]))
}

#[datapool]
fn concrete(_: &Config) -> Arc<IterableDataPool<u8>> {
    Arc::new(IterableDataPool::new([9]))
}

#[scenario]
fn plain() -> Scenario {
    Scenario::builder()
        .run(greet, rows, 10)
        .run(keeps_an_rc, concrete, Constant::new(2, secs(60)))
        .journey("registry:login:move", NoData, Once::new())
        .build()
}

#[scenario]
async fn later_plain(config: &Config) -> Scenario {
    tokio::task::yield_now().await;
    config.set("seen", "yes");
    Scenario::builder().run(no_arguments, NoData, 1).build()
}

#[scenario]
fn fallible_scenario(config: &Config) -> mite::Result<Scenario> {
    let n: u32 = config.require("n")?;
    Ok(Scenario::builder().run(no_arguments, NoData, n).build())
}

#[scenario]
async fn later_fallible() -> mite::Result<Scenario> {
    Err(mite::Error::new("no scenario today"))
}

#[config]
fn staging() -> impl Serialize {
    json!({ "app_url": "http://127.0.0.1", "users": 5 })
}

#[config]
fn broken() -> mite::Result<Row> {
    Err(mite::Error::new("no vault"))
}

#[config]
fn no_map() -> Vec<u8> {
    vec![1]
}

struct Seen;

impl mite::MessageProcessor for Seen {
    fn process(&mut self, message: &mite::Message) -> mite::Result {
        Err(mite::Error::new(message.kind()))
    }
}

#[processor]
fn seen() -> impl mite::MessageProcessor {
    Seen
}

struct Raw;

impl mite::RawMessageProcessor for Raw {
    fn process(&mut self, message: &[u8]) -> mite::Result {
        Err(mite::Error::new(message.len().to_string()))
    }
}

#[processor]
fn raw() -> mite::Result<impl mite::RawMessageProcessor> {
    Ok(Raw)
}

fn registry() -> Registry {
    Registry::collect().unwrap()
}

#[test]
fn an_entry_knows_its_place_and_its_documentation() {
    let entry = registry().journey("registry:greet").unwrap();
    let line = include_str!("main.rs").lines().position(|l| l.contains("async fn greet("));
    assert_eq!(
        entry.meta,
        Meta {
            module: "registry",
            name: "greet",
            file: file!(),
            line: line.unwrap() as u32 + 1,
            doc: "Says hello to a row.",
        }
    );
    let undocumented = registry().journey("registry:no_arguments").unwrap();
    assert_eq!(undocumented.meta.doc, "");
}

#[test]
fn everything_is_registered_under_its_module_and_name() {
    let registry = registry();
    let names = |kind| registry.all(kind).map(|e| e.meta().display()).collect::<Vec<_>>();
    assert_eq!(
        names(Kind::Journey),
        [
            "registry:first",
            "registry:greet",
            "registry:keeps_an_rc",
            "registry::login:hidden",
            "registry::login:move",
            "registry:no_arguments",
            "registry:second",
        ]
    );
    assert_eq!(
        names(Kind::Pool),
        [
            "registry:concrete",
            "registry:fallible",
            "registry:later",
            "registry:later_of_config",
            "registry:of_config",
            "registry:rows",
        ]
    );
    assert_eq!(
        names(Kind::Scenario),
        [
            "registry:fallible_scenario",
            "registry:later_fallible",
            "registry:later_plain",
            "registry:plain",
        ]
    );
    assert_eq!(names(Kind::Config), ["registry:broken", "registry:no_map", "registry:staging"]);
    assert_eq!(names(Kind::Processor), ["registry:raw", "registry:seen"]);
}

#[test]
fn a_journey_knows_its_parameters_and_its_arguments() {
    let entry = registry().journey("registry:greet").unwrap();
    let parameters: Vec<_> = entry.parameters.iter().map(|p| (p.name, (p.ty)().id)).collect();
    assert_eq!(parameters, [("row", TypeId::of::<Row>()), ("times", TypeId::of::<u32>())]);
    assert_eq!((entry.arguments)().id, TypeId::of::<(Row, u32)>());
    assert_eq!((entry.arguments)().name, "(registry::Row, u32)");

    let one = registry().journey("registry:login:move").unwrap();
    assert_eq!(one.parameters[0].name, "type");
    assert_eq!((one.arguments)().id, TypeId::of::<(u8,)>());
    let none = registry().journey("registry:no_arguments").unwrap();
    assert_eq!((none.parameters.len(), (none.arguments)().id), (0, TypeId::of::<()>()));
}

#[test]
fn a_pool_knows_the_type_of_its_items() {
    let item = |name: &str| (registry().pool(&format!("registry:{name}")).unwrap().item)().id;
    assert_eq!(item("rows"), TypeId::of::<(Row, u32)>());
    assert_eq!(item("of_config"), TypeId::of::<(u32,)>());
    assert_eq!(item("fallible"), TypeId::of::<(u32,)>());
    assert_eq!(item("later"), TypeId::of::<u32>());
    assert_eq!(item("later_of_config"), TypeId::of::<u32>());
    assert_eq!(item("concrete"), TypeId::of::<u8>());
}

#[test]
fn functions_lead_to_their_entries() {
    let registry = registry();
    let journey = |id| registry.journey_of(id).map(|e| e.meta.name);
    assert_eq!(journey(function_id(greet)), Some("greet"));
    assert_eq!(journey(function_id(login::r#move)), Some("move"));
    assert_eq!(journey(login::inner()), Some("hidden"));
    assert_eq!(journey(function_id(second)), Some("second"));
    assert_eq!(journey(function_id(rows)), None);
    assert_eq!(registry.pool_of(function_id(rows)).map(|e| e.meta.name), Some("rows"));
    assert_eq!(registry.pool_of(function_id(later)).map(|e| e.meta.name), Some("later"));
    assert!(registry.pool_of(function_id(plain)).is_none());
}

#[test]
fn a_scenario_names_functions_that_the_registry_finds() {
    let registry = registry();
    let lines = plain().into_lines();
    let JourneyRef::Function { id, arguments, .. } = lines[0].journeys[0].journey else {
        panic!("a spec")
    };
    assert_eq!(registry.journey_of(id).unwrap().meta.name, "greet");
    assert_eq!(arguments.id, TypeId::of::<(Row, u32)>());
    let PoolRef::Named { function, .. } = lines[0].journeys[0].pool else { panic!("a value") };
    assert_eq!(registry.pool_of(function).unwrap().meta.name, "rows");
    let JourneyRef::Spec(spec) = &lines[2].journeys[0].journey else { panic!("a function") };
    assert_eq!(registry.journey(spec).unwrap().meta.name, "move");
}

#[tokio::test]
async fn all_forms_of_pool_functions_make_their_pool() {
    let config = Config::new();
    config.set("n", 5);
    for (name, expected, bare) in [
        ("of_config", msgpack::encode(&(5,)).unwrap(), false),
        ("fallible", msgpack::encode(&(5,)).unwrap(), false),
        ("later", msgpack::encode(&(1,)).unwrap(), true),
        ("later_of_config", msgpack::encode(&(5,)).unwrap(), true),
        ("concrete", msgpack::encode(&(9,)).unwrap(), true),
    ] {
        let entry = registry().pool(&format!("registry:{name}")).unwrap();
        let pool = (entry.build)(&config).await.unwrap();
        assert_eq!(pool.item, (entry.item)(), "{name}");
        let Checkout::Item(_, data) = pool.checkout(&config, bare).await.unwrap() else {
            panic!("{name} has no item");
        };
        assert_eq!(data, expected, "{name}");
        assert_eq!(pool.checkout(&config, bare).await.unwrap(), Checkout::Exhausted, "{name}");
    }
    let rows = registry().pool("registry:rows").unwrap();
    let pool = (rows.build)(&config).await.unwrap();
    let Checkout::Item(0, data) = pool.checkout(&config, false).await.unwrap() else {
        panic!("no item");
    };
    let decoded: (Row, u32) = msgpack::decode(&data).unwrap();
    assert_eq!(decoded, (Row { name: "ann".into(), age: None }, 2));
}

#[tokio::test]
async fn a_pool_function_that_fails_says_why() {
    for name in ["registry:fallible", "registry:later_of_config"] {
        let entry = registry().pool(name).unwrap();
        let error = (entry.build)(&Config::new()).await.err().unwrap();
        assert!(error.text().starts_with("config `n` is not set"), "{error}");
    }
}

#[tokio::test]
async fn all_forms_of_scenario_functions_make_their_scenario() {
    let config = Config::new();
    config.set("n", 5);
    for (name, lines) in [("plain", 3), ("later_plain", 1), ("fallible_scenario", 1)] {
        let entry = registry().scenario(&format!("registry:{name}")).unwrap();
        let scenario = (entry.build)(&config).await.unwrap();
        assert_eq!(scenario.lines().len(), lines, "{name}");
    }
    assert_eq!(config.get::<String>("seen").as_deref(), Some("yes"));
    let entry = registry().scenario("registry:later_fallible").unwrap();
    let error = (entry.build)(&config).await.err().unwrap();
    assert_eq!(error.text(), "no scenario today");
}

#[test]
fn config_functions_make_settings() {
    let build = |name: &str| (registry().config(name).unwrap().build)();
    assert_eq!(
        build("registry:staging").unwrap(),
        [
            ("app_url".to_owned(), Value::Text("http://127.0.0.1".to_owned())),
            ("users".to_owned(), Value::of(&5).unwrap()),
        ]
    );
    assert_eq!(build("registry:broken").unwrap_err().text(), "no vault");
    assert_eq!(
        build("registry:no_map").unwrap_err().text(),
        "config `registry:no_map` returned [1]; return named values: a struct, a map or `json!({…})`"
    );
}
