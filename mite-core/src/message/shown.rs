//! Messages for people.

use std::fmt;
use std::time::Duration;

use crate::error::without_path;
use crate::label::without_root;
use crate::{msgpack, units};

/// Most characters of a value.
const MOST: usize = 200;

/// Fields of messages that are seconds since 1970.
const MOMENTS: [&str; 4] = ["time", "start_time", "end_time", "intended_start_time"];

/// Messages of failures, whose text begins with a type.
const FAILURES: [&str; 2] = ["error", "exception"];

/// The end of the year 9999: what is later is no time.
const END_OF_TIME: f64 = 253_402_300_800.0;

/// The time of a field that is seconds since 1970.
pub fn is_moment(name: &str, seconds: f64) -> bool {
    MOMENTS.contains(&name) && (0.0..END_OF_TIME).contains(&seconds)
}

/// On one line: `type key=value …`. Times are such as people read, names of transactions
/// are without the one that is around every journey, and secrets are hidden.
pub(super) fn write<'m>(
    kind: &str,
    entries: impl Iterator<Item = (&'m [u8], &'m [u8])>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "{kind}")?;
    for (key, value) in entries {
        match msgpack::text(key) {
            Some("type") => {}
            Some(key @ ("message" | "stacktrace")) if FAILURES.contains(&kind) => {
                let text = msgpack::text(value).map(without_path).unwrap_or_default();
                let value = msgpack::encode(&*text).unwrap_or_default();
                write!(f, " {key}={}", msgpack::show(&value, MOST))?;
            }
            Some(key) => field(key, value, f)?,
            None => write!(f, " {}={}", msgpack::show(key, 40), msgpack::show(value, MOST))?,
        }
    }
    Ok(())
}

fn field(key: &str, value: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if key == "transaction"
        && let Some(name) = msgpack::text(value)
    {
        return match without_root(name) {
            "" => Ok(()),
            inner => write!(f, " {key}={inner:?}"),
        };
    }
    // Whole numbers are counts, whatever they are called.
    if let Ok(seconds) = msgpack::decode::<f64>(value)
        && msgpack::decode::<i64>(value).is_err()
    {
        if is_moment(key, seconds) {
            return write!(f, " {key}={}", units::moment(seconds));
        }
        if key.ends_with("_time")
            && let Ok(time) = Duration::try_from_secs_f64(seconds)
        {
            return write!(f, " {key}={:?}", units::short_time(time));
        }
    }
    write!(f, " {key}={}", msgpack::show_named(key, value, MOST))
}

#[cfg(test)]
mod tests {
    use crate::fields;
    use crate::label::Label;
    use crate::message::{Identity, Message};
    use crate::msgpack::Fields;

    #[test]
    fn people_see_times_names_and_no_secrets() {
        let fields = fields! {
            start_time: 1_764_098_903.25,
            total_time: 0.001_234_567,
            dns_time: 0.0,
            wait_time: 5,
            ratio: 0.123_456,
            time_left: 1.5,
            access_token: "abc",
            login: serde_json::json!({"name": "bob", "password": "x"}),
            at: "http://bob:pw@h/?api_key=1",
        };
        let message = Message::new("k", 0.007, None, None, &fields);
        assert_eq!(
            message.to_string(),
            "k time=1970-01-01T00:00:00.007Z start_time=2025-11-25T19:28:23.250Z \
             total_time=\"1.23 ms\" dns_time=\"0.00 ms\" wait_time=5 ratio=0.123456 time_left=1.5 \
             access_token=\"***\" login={\"name\":\"bob\",\"password\":\"***\"} \
             at=\"http://***@h/?api_key=***\""
        );
    }

    #[test]
    fn failures_say_what_sort_they_are_without_paths() {
        let shown = |kind, text: &str| {
            let fields = fields! { message: text, stacktrace: text };
            Message::new(kind, 0.0, None, None, &fields).to_string()
        };
        let text = "mite_http::error::Error: GET http://h/?token=x failed";
        let plain = r#""http error: GET http://h/?token=*** failed""#;
        let exception = shown("exception", text);
        assert!(exception.ends_with(&format!("message={plain} stacktrace={plain}")), "{exception}");
        assert!(shown("error", "mite::Error: no").ends_with(r#"message="no" stacktrace="no""#));
        // What journeys send is theirs.
        assert!(shown("k", "a::B: no").ends_with(r#"stacktrace="a::B: no""#));
    }

    #[test]
    fn the_transaction_around_every_journey_is_not_named() {
        let identity = Identity::alone("shop:rush", "shop:buy");
        let shown = |name: &str| {
            let name = Label::intern(name);
            Message::new("k", 0.0, Some(&identity), Some((&name, 2)), &Fields::new()).to_string()
        };
        assert!(!shown("__root__").contains("transaction="), "{}", shown("__root__"));
        let inner = shown("__root__ :: pay :: card");
        assert!(inner.contains(" transaction=\"pay :: card\" transaction_id=2"), "{inner}");
        assert!(shown("alone").contains(" transaction=\"alone\""));
    }
}
