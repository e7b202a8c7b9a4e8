//! What a package calls mite: read from its `Cargo.toml`.
//!
//! The registry's crate for this, proc-macro-crate, brings five others, asks Cargo at each
//! build, and takes the name of a package for that of its library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::toml::{Entry, entries};

/// The name of the package, and that of its library.
const PACKAGE: &str = "mite-load";
const LIBRARY: &str = "mite";

/// What mite is, seen from a package.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// The package itself.
    Itself,
    /// A dependency: its name in code.
    Name(String),
    Nothing,
}

/// A dependency, as far as it matters for its name.
#[derive(Default)]
struct Dependency {
    package: Option<String>,
    is_of_workspace: bool,
}

/// Looks for mite in the manifest of `folder`; `None` if that cannot be read.
pub(crate) fn find(folder: &Path) -> Option<Found> {
    let manifest = read(folder)?;
    let is_itself = |(key, value): &Entry| key == &["package", "name"] && value == PACKAGE;
    if manifest.iter().any(is_itself) {
        return Some(Found::Itself);
    }
    let mut of_workspace = None;
    for (key, mut dependency) in dependencies(&manifest, is_section) {
        if dependency.is_of_workspace {
            let all = of_workspace.get_or_insert_with(|| workspace(folder, &manifest));
            if let Some(inherited) = all.as_mut().and_then(|all| all.remove(&key)) {
                dependency = inherited;
            }
        }
        match dependency.package {
            // A name of its own holds as it is written.
            Some(package) if package == PACKAGE => return Some(Found::Name(key.replace('-', "_"))),
            None if key == PACKAGE => return Some(Found::Name(LIBRARY.to_owned())),
            _ => {}
        }
    }
    Some(Found::Nothing)
}

fn read(folder: &Path) -> Option<Vec<Entry>> {
    entries(&fs::read_to_string(folder.join("Cargo.toml")).ok()?)
}

/// The name of a table of dependencies, and what follows: `None` if it is none.
fn is_section(key: &[String]) -> Option<&[String]> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "dev_dependencies"];
    let key = match key {
        [target, _, rest @ ..] if target == "target" => rest,
        key => key,
    };
    let (kind, rest) = key.split_first()?;
    KINDS.contains(&kind.as_str()).then_some(rest)
}

fn is_of_workspace(key: &[String]) -> Option<&[String]> {
    key.strip_prefix(&["workspace".to_owned(), "dependencies".to_owned()])
}

fn dependencies(
    manifest: &[Entry],
    section: impl Fn(&[String]) -> Option<&[String]>,
) -> BTreeMap<String, Dependency> {
    let mut found = BTreeMap::<String, Dependency>::new();
    for (key, value) in manifest {
        let Some([name, options @ ..]) = section(key) else { continue };
        let dependency = found.entry(name.clone()).or_default();
        match options {
            [option] if option == "package" => dependency.package = Some(value.clone()),
            [option] if option == "workspace" => dependency.is_of_workspace = value == "true",
            _ => {}
        }
    }
    found
}

/// The dependencies of the workspace that a package belongs to.
fn workspace(folder: &Path, manifest: &[Entry]) -> Option<BTreeMap<String, Dependency>> {
    let is_root = |manifest: &[Entry]| manifest.iter().any(|(key, _)| key[0] == "workspace");
    let named = manifest.iter().find(|(key, _)| key == &["package", "workspace"]);
    let root = match named {
        Some((_, path)) => read(&folder.join(PathBuf::from(path)))?,
        None => folder.ancestors().filter_map(read).find(|manifest| is_root(manifest))?,
    };
    Some(dependencies(&root, is_of_workspace))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("mite-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("member")).unwrap();
            Self(path)
        }

        fn write(&self, folder: &str, text: &str) {
            fs::write(self.0.join(folder).join("Cargo.toml"), text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn name(name: &str) -> Found {
        Found::Name(name.to_owned())
    }

    #[test]
    fn mite_is_found_however_it_is_written() {
        let folder = Folder::new("manifest");
        let head = "[package]\nname = \"shop-load\"\nversion = \"0.1.0\"\n";
        for (text, expected) in [
            ("[dependencies]\nmite-load = \"0.1\"", name("mite")),
            (
                "[dependencies]\nmite-load = { version = \"0.1\", features = [\n  \"nats\",\n] }",
                name("mite"),
            ),
            ("[dependencies]\nmite-load.path = '..'", name("mite")),
            ("[dependencies.mite-load]\nversion = '0.1'", name("mite")),
            ("[dependencies]\nmite = { package = \"mite-load\", version = \"0.1\" }", name("mite")),
            ("[dependencies]\nload = { path = '..', package = 'mite-load' }", name("load")),
            ("[dependencies]\nload-testing.package = \"mite-load\"", name("load_testing")),
            ("[dependencies.load]\npath = \"..\"\npackage = \"mite-load\" # so", name("load")),
            ("dependencies = { load = { package = \"mite-load\" } }", Found::Nothing),
            ("[dependencies]\nmite_load = { package = \"mite-load\" }", name("mite_load")),
            ("[dev-dependencies]\nload = { package = \"mite-load\" }", name("load")),
            ("[target.'cfg(unix)'.dependencies]\nload = { package = \"mite-load\" }", name("load")),
            ("[target.x86_64-unknown-linux-gnu.dependencies.mite-load]", name("mite")),
            // Another crate, whose name is mite's library's.
            ("[dependencies]\nmite = \"0.0.4\"", Found::Nothing),
            ("[build-dependencies]\nmite-load = \"0.1\"", Found::Nothing),
            ("[features]\nmite-load = []", Found::Nothing),
            ("[dependencies]\nserde = \"1\"", Found::Nothing),
        ] {
            let text = match text.starts_with("dependencies") {
                true => format!("{head}{text}"),
                false => format!("{head}\n{text}\n"),
            };
            folder.write("", &text);
            assert_eq!(find(&folder.0), Some(expected), "{text}");
        }
        folder.write("", "[package]\nname = \"mite-load\"\n");
        assert_eq!(find(&folder.0), Some(Found::Itself));
        folder.write("", "[package");
        assert_eq!(find(&folder.0), None, "it is no TOML");
        assert_eq!(find(&folder.0.join("nowhere")), None);
    }

    #[test]
    fn a_workspace_names_it_for_its_members() {
        let folder = Folder::new("workspace");
        let member = |text: &str| {
            folder.write("member", text);
            find(&folder.0.join("member"))
        };
        folder.write("", "[workspace]\nmembers = ['member']\n[workspace.dependencies]\nload = { package = \"mite-load\", version = \"0.1\" }\nmite-load = \"0.1\"\n");
        assert_eq!(member("[dependencies]\nload.workspace = true"), Some(name("load")));
        assert_eq!(
            member("[dependencies]\nload = { workspace = true, features = ['nats'] }"),
            Some(name("load"))
        );
        assert_eq!(member("[dependencies]\nmite-load.workspace = true"), Some(name("mite")));
        assert_eq!(member("[dependencies]\nload = '0.1'"), Some(Found::Nothing));
        // A workspace that is named, and a package that is its own.
        let named = "[package]\nworkspace = '..'\n[dependencies]\nload.workspace = true";
        assert_eq!(member(named), Some(name("load")));
        let own = "[workspace.dependencies]\nx.package = 'mite-load'\n[dependencies]\nx.workspace = true\nload.workspace = true";
        assert_eq!(member(own), Some(name("x")));
    }
}
