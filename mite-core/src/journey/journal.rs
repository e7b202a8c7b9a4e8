//! What an execution did last.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::journey::transcript::Transcript;
use crate::label::Label;
use crate::message::Message;
use crate::meta::Parameter;
use crate::msgpack::{self, Kind};

/// How many messages, and how many exchanges.
const LENGTH: usize = 20;

/// The last things that an execution did; kept for `--debugging` only.
#[derive(Default)]
pub(crate) struct Journal {
    /// The journey's parameters and its encoded data item.
    arguments: (&'static [Parameter], Vec<u8>),
    /// The transactions that are open, in the order they were opened.
    pub(crate) open: Vec<Label>,
    pub(crate) messages: VecDeque<Message>,
    pub(crate) exchanges: VecDeque<Arc<dyn Transcript>>,
}

impl Journal {
    /// Notes what the execution starts with.
    pub(crate) fn start(&mut self, parameters: &'static [Parameter], item: &[u8]) {
        self.arguments = (parameters, item.to_vec());
    }

    /// Notes a message that was sent.
    pub(crate) fn message(&mut self, message: Message) {
        keep(&mut self.messages, message);
    }

    /// Notes an exchange.
    pub(crate) fn exchange(&mut self, transcript: Arc<dyn Transcript>) {
        keep(&mut self.exchanges, transcript);
    }

    /// The journey's arguments, for people: `name = value`.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let (parameters, encoded) = (self.arguments.0, &self.arguments.1);
        listed(parameters, encoded, msgpack::show, msgpack::show_named)
    }
}

/// A journey's arguments as `name = value`, without secrets in any case: for files.
pub(crate) fn masked_arguments(parameters: &'static [Parameter], encoded: &[u8]) -> Vec<String> {
    listed(parameters, encoded, msgpack::masked, msgpack::masked_named)
}

fn listed(
    parameters: &'static [Parameter],
    encoded: &[u8],
    show: fn(&[u8], usize) -> String,
    show_named: fn(&str, &[u8], usize) -> String,
) -> Vec<String> {
    const MOST: usize = 500;
    let show = |value| show(value, MOST);
    let under = |name: &str, value| format!("{name} = {}", show_named(name, value, MOST));
    let named = |name: &str| msgpack::field(encoded, name);
    match (Kind::of(encoded), parameters) {
        (None, _) => Vec::new(),
        (Some(Kind::Array(_)), _) => msgpack::elements(encoded)
            .enumerate()
            .map(|(i, value)| match parameters.get(i) {
                Some(parameter) => under(parameter.name, value),
                None => show(value),
            })
            .collect(),
        (_, parameters) if parameters.iter().any(|p| named(p.name).is_some()) => {
            parameters.iter().filter_map(|p| Some(under(p.name, named(p.name)?))).collect()
        }
        (_, [only]) => vec![under(only.name, encoded)],
        _ => vec![show(encoded)],
    }
}

fn keep<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == LENGTH {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::TypeOf;

    #[test]
    fn arguments_are_shown_by_name() {
        static TWO: [Parameter; 2] = [
            Parameter { name: "user", ty: TypeOf::of::<String> },
            Parameter { name: "n", ty: TypeOf::of::<u8> },
        ];
        let shown = |parameters, item: &serde_json::Value| {
            let encoded = msgpack::encode(item).unwrap();
            Journal { arguments: (parameters, encoded), ..Journal::default() }.arguments()
        };
        let (two, one) = (&TWO[..], &TWO[..1]);
        let json = |text: &str| serde_json::from_str(text).unwrap();
        assert_eq!(shown(two, &json(r#"["bob", 5]"#)), ["user = \"bob\"", "n = 5"]);
        assert_eq!(
            shown(two, &json(r#"{"n": 5, "more": 1, "user": "bob"}"#)),
            ["user = \"bob\"", "n = 5"]
        );
        assert_eq!(shown(one, &json(r#"{"name": "bob"}"#)), ["user = {\"name\":\"bob\"}"]);
        assert_eq!(shown(one, &json("\"bob\"")), ["user = \"bob\""]);
        // Secrets by name, in whatever form the item came.
        static SECRET: [Parameter; 2] = [
            Parameter { name: "user", ty: TypeOf::of::<String> },
            Parameter { name: "api_key", ty: TypeOf::of::<String> },
        ];
        for item in [r#"["bob", "x"]"#, r#"{"api_key": "x", "user": "bob"}"#] {
            assert_eq!(shown(&SECRET, &json(item)), ["user = \"bob\"", "api_key = \"***\""]);
        }
        assert_eq!(shown(&SECRET[1..], &json("\"x\"")), ["api_key = \"***\""]);
        assert_eq!(shown(one, &json(r#"{"token": "x"}"#)), ["user = {\"token\":\"***\"}"]);
        // What does not fit is what there is to see.
        assert_eq!(shown(one, &json(r#"["bob", 5]"#)), ["user = \"bob\"", "5"]);
        assert_eq!(shown(&[], &json("[]")), [""; 0]);
        assert_eq!(Journal::default().arguments(), [""; 0]);
    }
}
