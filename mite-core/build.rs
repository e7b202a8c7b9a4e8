//! Nothing is built: `links` in Cargo.toml asks for this file.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
