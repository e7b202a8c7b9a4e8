//! Where things are.

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in the repository")
}

/// `target/debug`, where the running test was built: it lies in `target/debug/deps`.
pub fn target() -> PathBuf {
    let here = std::env::current_exe().expect("a test is a program");
    here.ancestors().nth(2).expect("it lies in target/…/deps").to_owned()
}

/// The program of an example.
#[track_caller]
pub fn example(name: &str) -> PathBuf {
    let path = target().join("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: cargo build --workspace --examples makes it",
        path.display()
    );
    path
}
