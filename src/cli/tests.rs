use std::any::TypeId;
use std::ffi::OsString;

use mite_core::config::{Config, ConfigEntry, Value};
use mite_core::error::Result;
use mite_core::journey::{Context, JourneyEntry};
use mite_core::meta::{LocalFuture, Meta, Parameter, TypeOf};
use mite_core::pool::PoolEntry;
use mite_core::registry::Entry;
use mite_core::scenario::{Scenario, ScenarioEntry};

use super::args::tests::options;
use super::look::LookOptions;
use super::*;

fn meta(name: &'static str, doc: &'static str) -> Meta {
    Meta { module: "shop", name, file: "src/shop.rs", line: 7, doc }
}

fn nothing(_: Context, _: &[u8]) -> Result<LocalFuture<'static, Result>> {
    Ok(Box::pin(async { Ok(()) }))
}

fn registry() -> Registry {
    static PARAMETERS: [Parameter; 2] = [
        Parameter { name: "user", ty: TypeOf::of::<String> },
        Parameter { name: "tags", ty: TypeOf::of::<Vec<Option<String>>> },
    ];
    static BUY: JourneyEntry = JourneyEntry {
        meta: Meta { module: "shop", name: "buy", file: "src/shop.rs", line: 7, doc: "Buys." },
        parameters: &PARAMETERS,
        arguments: TypeOf::of::<(String, Vec<Option<String>>)>,
        function: TypeId::of::<u8>,
        start: nothing,
    };
    let browse = JourneyEntry {
        meta: meta("browse", ""),
        parameters: &[],
        arguments: TypeOf::of::<()>,
        function: TypeId::of::<u16>,
        start: nothing,
    };
    let users = PoolEntry {
        meta: meta("users", "Everybody."),
        item: TypeOf::of::<(String,)>,
        function: TypeId::of::<u32>,
        build: |_| Box::pin(async { unreachable!("no test runs a pool") }),
    };
    let empty = ScenarioEntry {
        meta: meta("empty", ""),
        build: |_| Box::pin(async { Ok(Scenario::default()) }),
    };
    let panics = ScenarioEntry {
        meta: meta("panics", ""),
        build: |config| Box::pin(async { panic!("no {:?}", config.get::<u8>("n")) }),
    };
    let staging = ConfigEntry {
        meta: meta("staging", ""),
        build: || Ok(vec![("app_url".into(), Value::Text("http://staging".into()))]),
    };
    Registry::from_entries([
        Entry::Journey(&BUY),
        Entry::Journey(Box::leak(Box::new(browse))),
        Entry::Pool(Box::leak(Box::new(users))),
        Entry::Scenario(Box::leak(Box::new(empty))),
        Entry::Scenario(Box::leak(Box::new(panics))),
        Entry::Config(Box::leak(Box::new(staging))),
    ])
    .unwrap()
}

#[test]
fn the_list_is_for_people() {
    assert_eq!(
        list::to_text(&registry()),
        "\
journeys
  shop:browse()                                      src/shop.rs:7
  shop:buy(user: String, tags: Vec<Option<String>>)  src/shop.rs:7  Buys.

data pools
  shop:users of (String,)  src/shop.rs:7  Everybody.

scenarios
  shop:empty   src/shop.rs:7
  shop:panics  src/shop.rs:7

configs
  shop:staging  src/shop.rs:7"
    );
    let nothing = list::to_text(&Registry::default());
    assert!(nothing.contains("`mite::main!(the_crate);`"), "{nothing}");
}

#[test]
fn the_list_is_for_programs() {
    let found = list::to_json(&registry());
    assert_eq!(
        found["journeys"][1],
        serde_json::json!({
            "name": "shop:buy",
            "arguments": [
                { "name": "user", "type": "alloc::string::String" },
                {
                    "name": "tags",
                    "type": "alloc::vec::Vec<core::option::Option<alloc::string::String>>",
                },
            ],
            "file": "src/shop.rs",
            "line": 7,
            "doc": "Buys.",
        })
    );
    assert_eq!(found["data_pools"][0]["item"], "(alloc::string::String,)");
    assert_eq!(found["message_processors"], serde_json::json!([]));
}

fn config(env: &[(&str, &str)], spec: Option<&str>, added: &[&str]) -> Result<Config> {
    let env = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let added: Vec<_> = added.iter().map(|text| (*text).to_owned()).collect();
    config_sources::load(env, spec, &added, &registry()).map(|sources| sources.config)
}

#[test]
fn config_comes_from_the_environment_and_the_command_line() {
    let env = [
        ("MITE_CONF_users", "5"),
        ("MITE_CONF_Key", "text"),
        ("MITE_JSON_CONF_list", "[1, 2]"),
        ("MITE_JSON_CONF_users", "6"),
        ("MITE_RUNNERS", "not a setting of the test"),
        ("PATH", "/bin"),
    ];
    let found = config(&env, None, &["Key:a:b", "empty:"]).unwrap();
    assert_eq!(found.keys(), ["Key", "empty", "list", "users"]);
    assert_eq!(found.get::<u32>("users"), Some(6));
    assert_eq!(found.get::<Vec<u8>>("list"), Some(vec![1, 2]));
    assert_eq!(found.get::<String>("Key").as_deref(), Some("a:b"));
    assert_eq!(found.get::<String>("empty").as_deref(), Some(""));
}

#[test]
fn a_config_function_and_the_environment_add_up_and_the_environment_is_stronger() {
    let env = [("MITE_CONF_users", "5"), ("MITE_CONF_app_url", "http://here")];
    let found = config(&env[..1], Some("shop.staging"), &[]).unwrap();
    assert_eq!(found.keys(), ["app_url", "users"]);
    assert_eq!(found.get::<String>("app_url").as_deref(), Some("http://staging"));
    let found = config(&env, Some("shop.staging"), &["users:6"]).unwrap();
    assert_eq!(found.get::<String>("app_url").as_deref(), Some("http://here"));
    assert_eq!(found.get::<u32>("users"), Some(6));
    // As good as unset.
    assert_eq!(config(&[], Some(""), &[]).unwrap().keys(), [""; 0]);
}

#[test]
fn what_is_added_may_have_an_equals_sign_instead() {
    let found = config(&[], None, &["a=b:c", "d:e=f", "url=http://h:80/"]).unwrap();
    let get = |key| found.get::<String>(key).unwrap();
    assert_eq!(
        (get("a"), get("d"), get("url")),
        ("b:c".into(), "e=f".into(), "http://h:80/".into())
    );
}

#[test]
fn what_was_typed_is_known() {
    let env = [("MITE_CONF_users", "5"), ("MITE_JSON_CONF_list", "[]")]
        .map(|(k, v)| (k.into(), v.into()));
    let added = ["users:6".to_owned(), "n:1".to_owned()];
    let sources = config_sources::load(env, Some("shop.staging"), &added, &registry()).unwrap();
    assert_eq!(sources.typed, ["list", "n", "users"]);
}

#[test]
fn variables_of_upstream_and_of_python_are_told_what_to_write() {
    let names = ["MITE_EVAL_CONF_n", "PYTHONBREAKPOINT", "PATH", "MITE_CONF_x"].map(OsString::from);
    assert_eq!(
        config_sources::foreign_variables(names.clone(), false),
        [
            "MITE_EVAL_CONF_n is not read: there is no Python to evaluate it; write MITE_JSON_CONF_n with JSON, or MITE_CONF_n with text"
        ]
    );
    assert_eq!(
        config_sources::foreign_variables(names, true)[1],
        "PYTHONBREAKPOINT is not read: MITE_POSTMORTEM names what --debugging starts, with {pid} in it"
    );
}

#[test]
fn a_source_that_cannot_be_read_is_named() {
    let text = |result: Result<Config>| result.map(drop).unwrap_err().to_string();
    let bad = text(config(&[("MITE_JSON_CONF_n", "{x")], None, &[]));
    assert!(bad.starts_with("MITE_JSON_CONF_n is not JSON: "), "{bad}");
    assert!(bad.ends_with("; for plain text set MITE_CONF_n instead"), "{bad}");
    for added in ["hunter2", ":hunter"] {
        assert_eq!(
            text(config(&[], None, &[added])),
            "--add-to-config takes KEY:VALUE, such as users:5; what was given (7 characters) has no key before a colon"
        );
    }
    let unknown = text(config(&[], Some("shop:stagin"), &[]));
    assert!(unknown.starts_with("no config `shop:stagin`: the nearest are `shop:staging`"));
}

fn alone(spec: &str) -> test::Alone {
    test::Alone { spec: spec.to_owned(), pool: None, scenario: None }
}

fn error(exit: Result<ExitCode>) -> String {
    exit.unwrap_err().to_string()
}

#[test]
fn a_test_that_cannot_start_says_why() {
    assert_eq!(
        error(test::scenario_test(registry(), Some("shop:empty"), options(""))),
        "scenario `shop:empty` (src/shop.rs:7) has no journeys; add one with `.journey(…)` or `.run(…)`"
    );
    let panics = error(test::scenario_test(registry(), Some("shop:panics"), options("")));
    let expected = format!("scenario `shop:panics` panicked: no None (at {}:", file!());
    assert!(panics.starts_with(&expected), "{panics}");
    assert_eq!(
        error(test::journey_test(registry(), &alone("shop:buy"), 1, options(""))),
        "journey `shop:buy` takes arguments (user, tags), so it needs a data pool: give one after its name, or a scenario that has one with --scenario; `list` shows all"
    );
    assert_eq!(
        error(test::journey_test(registry(), &alone("shop:browse"), 0, options(""))),
        "--volume 0 would run nothing; give 1 or more"
    );
    let unknown = error(test::journey_run(
        registry(),
        &alone("shop:by"),
        LookOptions::default(),
        options(""),
    ));
    assert!(unknown.starts_with("no journey `shop:by`: the nearest are `shop:buy`"), "{unknown}");
    let unknown = error(test::journey_run(
        registry(),
        &alone("shop:browse"),
        LookOptions::default(),
        options("--message-processors shop:slow"),
    ));
    assert!(unknown.starts_with("no message processor `shop:slow`"), "{unknown}");
}
