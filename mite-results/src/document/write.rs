//! To a file, whose place is taken before load.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Document;

/// The place of a file that is written at the end of a run.
///
/// It is taken before load, so that a folder that is missing or full of
/// someone else's files is said then. What is written comes under a temporary
/// name beside it, readable by its owner alone, and is renamed when it is
/// complete: a reader never sees half of it, and an old file stays until then.
/// What is not a regular file, such as `/dev/stdout`, is written to as it is.
///
/// Dropped without being written, it leaves nothing behind.
#[derive(Debug)]
pub struct Reserved {
    path: PathBuf,
    /// `None` once renamed, and for what is not a regular file.
    temporary: Option<PathBuf>,
    file: File,
}

impl Reserved {
    /// Takes the place at `path`.
    ///
    /// # Errors
    /// When a file cannot be made there; the text names it.
    pub fn take(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        take(path).map_err(|e| named(path, &e))
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a reader never sees half of it, and it may be replaced later.
    pub fn is_file(&self) -> bool {
        self.temporary.is_some()
    }

    /// Writes the results, in the order that the format has.
    ///
    /// # Errors
    /// When they break a rule of the format, or cannot be written; an old file
    /// is still there then.
    pub fn write(self, mut document: Document) -> io::Result<()> {
        document.sort();
        document.check().map_err(|fault| named(&self.path, &io::Error::other(fault)))?;
        let mut bytes = serde_json::to_vec(&document).map_err(|e| named(&self.path, &e.into()))?;
        bytes.push(b'\n');
        self.write_bytes(&bytes)
    }

    /// Writes the file of another format.
    ///
    /// # Errors
    /// When it cannot be written; an old file is still there then.
    pub fn write_bytes(mut self, bytes: &[u8]) -> io::Result<()> {
        self.finish(bytes).map_err(|e| named(&self.path, &e))
    }

    fn finish(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        if let Some(temporary) = &self.temporary {
            // Renamed before its bytes are on disk, a crash could leave it empty.
            self.file.sync_all()?;
            fs::rename(temporary, &self.path)?;
            self.temporary = None;
        }
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // There is nobody left to tell, and nothing depends on it.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn take(path: &Path) -> io::Result<Reserved> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Reserved { path: path.to_owned(), temporary: None, file });
        }
        // A file that may not be written must not be replaced either.
        Ok(_) => drop(OpenOptions::new().append(true).open(path)?),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    // Through a symbolic link, what it points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_string_lossy().into_owned();
    for n in 0..100_u32 {
        let temporary = path.with_file_name(format!(".{name}.{}-{n}.tmp", std::process::id()));
        match create(&temporary) {
            Ok(file) => return Ok(Reserved { path, temporary: Some(temporary), file }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "100 temporary files are beside it"))
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn named(path: &Path, e: &io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("{} cannot be written: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for a test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("mite-results-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder for the test");
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).expect("it is there");
            entries.map(|e| e.expect("listed").file_name().display().to_string()).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_place_is_taken_and_then_written() {
        let folder = Folder::new("written");
        let path = folder.0.join("run.json");
        let place = Reserved::take(&path).expect("it can be taken");
        assert!(!path.exists());
        assert_eq!(folder.names().len(), 1);
        place.write(Document::default()).expect("it can be written");
        assert_eq!(folder.names(), ["run.json"]);
        assert_eq!(Document::read(&path).expect("sound"), Document::default());
    }

    #[cfg(unix)]
    #[test]
    fn others_cannot_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("mode");
        let path = folder.0.join("run.json");
        fs::write(&path, "old").expect("written");
        Reserved::take(&path).and_then(|place| place.write_bytes(b"new")).expect("written");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_old_file_stays_until_the_new_one_is_complete() {
        let folder = Folder::new("old");
        let path = folder.0.join("run.json");
        fs::write(&path, "old").expect("written");
        let place = Reserved::take(&path).expect("it can be taken");
        assert_eq!(fs::read_to_string(&path).expect("there"), "old");
        drop(place);
        assert_eq!(fs::read_to_string(&path).expect("there"), "old");
        assert_eq!(folder.names(), ["run.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_keeps_pointing() {
        let folder = Folder::new("link");
        let (target, link) = (folder.0.join("target.json"), folder.0.join("link.json"));
        fs::write(&target, "old").expect("written");
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        Reserved::take(&link).and_then(|place| place.write_bytes(b"new")).expect("written");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read_to_string(&target).expect("there"), "new");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_written_to_as_it_is() {
        Reserved::take("/dev/null").and_then(|place| place.write_bytes(b"x")).expect("written");
        assert!(!fs::metadata("/dev/null").expect("there").is_file());
    }

    #[test]
    fn what_cannot_be_taken_names_its_path() {
        let folder = Folder::new("taken");
        for path in [folder.0.clone(), folder.0.join("missing/run.json")] {
            let text = Reserved::take(&path).expect_err("no file can be there").to_string();
            let start = format!("{} cannot be written: ", path.display());
            assert!(text.starts_with(&start), "{text}");
        }
    }

    #[test]
    fn a_document_that_breaks_a_rule_is_not_written() {
        let folder = Folder::new("rule");
        let path = folder.0.join("run.json");
        let mut document = Document::default();
        document.windows.length_s.push(1.into());
        let place = Reserved::take(&path).expect("it can be taken");
        let text = place.write(document).expect_err("it breaks a rule").to_string();
        assert!(text.ends_with("windows.length_s: 1 entries, but windows.t_s has 0"), "{text}");
        assert!(folder.names().is_empty());
    }
}
