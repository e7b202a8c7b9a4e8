//! `main!` links libraries by their names.

#![deny(warnings)]

// In a module: a test that runs would want arguments.
#[allow(dead_code)]
mod binary {
    mite::main!(serde, tokio,);
}

fn main() {}
