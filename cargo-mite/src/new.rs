//! New crates of load tests.

use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use crate::error::{Error, Result};
use crate::{name, origin};

/// What to make.
pub(crate) struct New {
    /// The folder; its last part is the name.
    pub(crate) path: PathBuf,
    /// The service to test, if it is not the crate's own.
    pub(crate) url: Option<String>,
    /// Where mite lies.
    pub(crate) mite: Option<PathBuf>,
}

/// Files of every crate.
const ALWAYS: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("../templates/Cargo.toml.txt")),
    (".gitignore", include_str!("../templates/gitignore.txt")),
    (".github/workflows/load-test.yml", include_str!("../templates/github.yml")),
    (".gitlab-ci.yml", include_str!("../templates/gitlab.yml")),
    ("README.md", include_str!("../templates/README.md")),
    ("src/main.rs", include_str!("../templates/main.rs.txt")),
];

/// Files of one that has a service of its own.
const OF_SHOP: [(&str, &str); 3] = [
    ("src/lib.rs", include_str!("../templates/shop/lib.rs.txt")),
    ("src/service.rs", include_str!("../templates/shop/service.rs.txt")),
    ("tests/journeys.rs", include_str!("../templates/shop/journeys.rs.txt")),
];

/// Files of one that tests a service elsewhere.
const OF_URL: [(&str, &str); 2] = [
    ("src/lib.rs", include_str!("../templates/url/lib.rs.txt")),
    ("tests/journeys.rs", include_str!("../templates/url/journeys.rs.txt")),
];

/// What stands beside a dependency on a folder.
const OF_A_FOLDER: &str =
    "# Sources on this machine: they must be there wherever this is built, in CI too.\n";

/// Makes the crate, and says what to do with it.
///
/// # Errors
/// If its name is none, its folder is not empty, or cannot be written.
pub(crate) fn make(new: &New) -> Result {
    let New { path, url, mite } = new;
    // `.` has no last part, and `..` another one than is typed.
    let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
    let file_name = whole.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let crate_name = name::identifier(file_name)?;
    let url = url.as_deref().map(service).transpose()?;
    let mite = origin::dependency(mite.as_deref())?;
    check_empty(path)?;
    let (kind, journey, scenario): (&[_], _, _) = match url {
        None => (&OF_SHOP, "order", "rush_hour"),
        Some(_) => (&OF_URL, "visit", "steady"),
    };
    let url = url.map(|url| url.as_str().trim_end_matches('/').to_owned()).unwrap_or_default();
    let whence = if mite.contains("path = ") { OF_A_FOLDER } else { "" };
    for (file, template) in ALWAYS.iter().chain(kind) {
        let text = template
            .replace("{{name}}", file_name)
            .replace("{{crate}}", &crate_name)
            .replace("{{journey}}", journey)
            .replace("{{scenario}}", scenario)
            .replace("{{where}}", whence)
            .replace("{{mite}}", &mite)
            .replace("{{url}}", &url);
        write(&path.join(file), &text)?;
    }
    let shown = path.display();
    let enter = if path.as_os_str() == "." { String::new() } else { format!("    cd {shown}\n") };
    let made = if enter.is_empty() { file_name.to_owned() } else { shown.to_string() };
    println!("made {made}\n\n{enter}    cargo test\n    cargo run --release -- scenario test");
    Ok(())
}

fn service(text: &str) -> Result<Url> {
    let refuse = |why: String| {
        Error::new(format!("--for {text}: {why}; give one such as https://shop.example.com"))
    };
    if !text.contains("://") {
        return Err(Error::new(format!(
            "--for {text}: it does not begin with https:// or http://; write https://{text}"
        )));
    }
    let url = Url::parse(text).map_err(|e| refuse(format!("that is no address ({e})")))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme => return Err(refuse(format!("`{scheme}` is neither http nor https"))),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it has a query, which belongs to a request".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it has a password in it, which belongs into the config".to_owned()));
    }
    Ok(url)
}

fn check_empty(path: &Path) -> Result {
    let told = path.display();
    // A repository that was made, or cloned, and has nothing in it yet.
    let is_one = |entry: &std::io::Result<fs::DirEntry>| {
        entry.as_ref().map_or(true, |entry| entry.file_name() != ".git")
    };
    match fs::read_dir(path).map(|entries| entries.filter(is_one).count()) {
        Ok(0) => Ok(()),
        Ok(_) => Err(Error::new(format!(
            "{told} is not empty, and nothing in it is overwritten; give another name"
        ))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::new(format!("{told} cannot be used: {e}"))),
    }
}

fn write(file: &Path, text: &str) -> Result {
    let cannot = |e| Error::new(format!("{} cannot be written: {e}", file.display()));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    fs::write(file, text).map_err(cannot)
}
