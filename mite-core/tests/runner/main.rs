//! A runner by itself, with a controller that is scripted.

use tokio::runtime::{Builder, LocalRuntime};

/// A journey of a function without arguments.
macro_rules! entry {
    ($function:ident) => {{
        use std::any::TypeId;

        use mite_core::journey::JourneyEntry;
        use mite_core::meta::{LocalFuture, Meta, TypeOf};

        static ENTRY: JourneyEntry = JourneyEntry {
            meta: Meta {
                module: "tests",
                name: stringify!($function),
                file: file!(),
                line: line!(),
                doc: "",
            },
            parameters: &[],
            arguments: TypeOf::of::<()>,
            function: TypeId::of::<()>,
            start: |ctx, _| -> Result<LocalFuture<'static, Result>> {
                Ok(Box::pin($function(ctx)))
            },
        };
        &ENTRY
    }};
}

mod grants;
mod slewed;
mod terms;

/// What a runner lives on, in virtual time or in real time.
fn runtime(virtual_time: bool) -> LocalRuntime {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(virtual_time)
        .build_local(Default::default())
        .expect("it can be made")
}
