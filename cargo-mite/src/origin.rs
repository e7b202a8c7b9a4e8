//! Where a new crate gets mite from.

use std::path::Path;

use crate::error::{Error, Result};

/// The folder of the sources that this was built from.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The value of the dependency on mite, in a `Cargo.toml`: on `given`, on the sources
/// that this was built from, or on a release.
///
/// # Errors
/// If `given` is no folder of mite's sources.
pub(crate) fn dependency(given: Option<&Path>) -> Result<String> {
    if let Some(given) = given {
        if !is_mite(given) {
            return Err(Error::new(format!(
                "--mite {}: there are no sources of mite; give the folder in which its Cargo.toml lies",
                given.display()
            )));
        }
        return path(given);
    }
    match is_mite(Path::new(BUILT_FROM)) {
        true => path(Path::new(BUILT_FROM)),
        false => Ok(format!(
            "{{ package = \"mite-load\", version = \"{}\" }}",
            env!("CARGO_PKG_VERSION")
        )),
    }
}

fn is_mite(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.lines().any(|line| line.trim() == "name = \"mite-load\""))
}

fn path(folder: &Path) -> Result<String> {
    let absolute = folder
        .canonicalize()
        .map_err(|e| Error::new(format!("{} cannot be found: {e}", folder.display())))?;
    // As a literal of TOML, in which a backslash is one.
    Ok(format!("{{ package = \"mite-load\", path = '{}' }}", absolute.display()))
}
