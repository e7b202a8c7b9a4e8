//! What a message costs whoever sends it, and whoever reads it.

mod measure;

use mite_core::fields;
use mite_core::label::Label;
use mite_core::message::{Identity, Message};

fn main() {
    let bench = measure::Bench::from_args();
    let identity = Identity::alone("shop:peak", "shop:buy");
    let transaction = Label::intern("__root__ :: pay");
    let make = || {
        let fields = fields! { start_time: 1.5e9, end_time: 1.6e9, had_error: false };
        Message::new("txn", 1.7e9, Some(&identity), Some((&transaction, 9)), &fields)
    };
    bench.run("message: make a txn", make);
    let message = make();
    bench.run("message: read a field", || message.get::<f64>("end_time"));
    bench.run("message: take one from bytes", || Message::from_bytes(message.bytes().clone()));
}
