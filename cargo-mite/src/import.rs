//! Journeys from recordings, in the crate of the folder in which this is called.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::code::{self, Code};
use crate::error::{Error, Result};
use crate::literal::count;
use crate::recording::{LeftOut, Recording};
use crate::{curl, har, ident, openapi, shell};

/// Where the journey goes.
pub(crate) struct Target {
    /// Its name, and that of its file.
    pub(crate) name: Option<String>,
    /// Print it, and write nothing.
    pub(crate) stdout: bool,
}

/// Makes a journey of a HAR.
///
/// # Errors
/// If the file holds none, or the journey cannot be written.
pub(crate) fn har(file: &Path, hosts: &[String], target: &Target) -> Result {
    let recording = har::read(file, hosts)?;
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("recorded");
    let source = file.file_name().and_then(|name| name.to_str()).unwrap_or("a HAR");
    write(recording, target, stem, source)
}

/// Makes a journey of commands of curl: of these words, or of standard input if they are
/// `-`.
///
/// # Errors
/// If they are none, or the journey cannot be written.
pub(crate) fn curl(given: &[String], target: &Target) -> Result {
    let mut text = String::new();
    let commands = match given {
        [one] if one == "-" => {
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|e| Error::new(format!("standard input cannot be read: {e}")))?;
            shell::commands(&text)?
        }
        // In quotes, as one word.
        [one] => shell::commands(one)?,
        [one, behind, ..] if one.trim_start().starts_with("curl ") => {
            return Err(Error::new(format!(
                "`{behind}` stands behind the command, which takes all that follows; write `cargo mite import curl --name NAME 'curl …'`"
            )));
        }
        words => vec![words.to_vec()],
    };
    let source = if commands.len() > 1 { "commands of curl" } else { "a command of curl" };
    write(curl::read(&commands)?, target, "recorded", source)
}

/// Makes journeys of the description of a service.
///
/// # Errors
/// If it is none, or they cannot be written.
pub(crate) fn openapi(file: &Path, by_path: bool, target: &Target) -> Result {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("service");
    let name = ident::snake(target.name.as_deref().unwrap_or(stem));
    let (code, deprecated) = openapi::read(file, &name, by_path)?;
    let Some((file, declared)) = place(&code.text, target, &name)? else { return Ok(()) };
    println!(
        "wrote {}: {} in {}",
        file.display(),
        count(code.operations, "operation"),
        count(code.journeys.len(), "journey")
    );
    if deprecated > 0 {
        println!("left out: {}", count(deprecated, "deprecated operation"));
    }
    let commands: Vec<_> =
        code.journeys.iter().map(|(of, keys)| (of.as_str(), keys.as_slice())).collect();
    tell_how(&code.text, &name, declared, &commands);
    Ok(())
}

fn write(mut recording: Recording, target: &Target, otherwise: &str, source: &str) -> Result {
    let name = target.name.as_deref().unwrap_or(otherwise);
    let name = ident::snake(name);
    recording.tell_hidden_apart();
    let code = code::of(&recording, &name, source);
    let Some((file, declared)) = place(&code.text, target, &name)? else { return Ok(()) };
    tell(&recording, &code, &file);
    tell_how(&code.text, &name, declared, &[(&name, &code.required)]);
    Ok(())
}

/// Writes the module `name`: where it is, and whether the library has it. Nothing is written
/// if it is to be printed.
fn place(text: &str, target: &Target, name: &str) -> Result<Option<(PathBuf, bool)>> {
    if target.stdout {
        print!("{text}");
        return Ok(None);
    }
    let file = PathBuf::from(format!("src/{name}.rs"));
    if !Path::new("src").is_dir() {
        return Err(Error::new(
            "there is no folder src here; call this in a crate (`cargo mite new NAME` makes one), or show the journey by --stdout",
        ));
    }
    if file.exists() {
        return Err(Error::new(format!(
            "{} is there already, and is not overwritten; give another name by --name",
            file.display()
        )));
    }
    let cannot = |file: &Path, e| Error::new(format!("{} cannot be written: {e}", file.display()));
    fs::write(&file, text).map_err(|e| cannot(&file, e))?;
    let library = Path::new("src/lib.rs");
    let declared = match fs::read_to_string(library) {
        Ok(text) => {
            fs::write(library, with_module(&text, name)).map_err(|e| cannot(library, e))?;
            true
        }
        Err(_) => false,
    };
    Ok(Some((file, declared)))
}

/// The library with the module, at its place among those below the imports.
fn with_module(text: &str, name: &str) -> String {
    let (head, items) = text.split_at(end_of_head(text));
    let module = |line: &str| Some(line.strip_prefix("pub mod ")?.trim_end().to_owned());
    let modules = items.split_inclusive('\n').map_while(|line| Some((line.len(), module(line)?)));
    let before = modules.take_while(|(_, other)| **other < *format!("{name};"));
    let (before, items) = items.split_at(before.map(|(length, _)| length).sum());
    let above = if head.is_empty() || head.ends_with("\n\n") { "" } else { "\n" };
    let above = if before.is_empty() { above } else { "" };
    let below =
        if items.trim_start().is_empty() || items.starts_with('\n') || module(items).is_some() {
            ""
        } else {
            "\n"
        };
    format!("{head}{before}{above}pub mod {name};\n{below}{items}")
}

/// Behind the documentation, the attributes and the imports at the top of a library.
fn end_of_head(text: &str) -> usize {
    let is_head = |line: &&str| {
        let line = line.trim();
        line.is_empty()
            || line.starts_with("//!")
            || line.starts_with("#![")
            || line.starts_with("use ")
    };
    text.split_inclusive('\n').take_while(is_head).map(str::len).sum()
}

fn tell(recording: &Recording, code: &Code, file: &Path) {
    let requests = recording.steps.iter().map(|step| step.requests.len()).sum();
    println!(
        "wrote {}: {} in {}",
        file.display(),
        count(requests, "request"),
        count(recording.steps.len(), "step")
    );
    if recording.left_out.any() {
        println!("left out: {}", recording.left_out);
    }
    if code.carried > 0 {
        println!("{} of answers used in later requests", count(code.carried, "value"));
    }
    if code.without_files > 0 {
        println!(
            "{} without the files that it sent; look for `multipart` in the journey",
            count(code.without_files, "request")
        );
    }
}

/// How what was written is run: journeys with the settings that each needs.
fn tell_how(text: &str, name: &str, declared: bool, journeys: &[(&str, &[String])]) {
    if !declared {
        println!("add `pub mod {name};` to the crate's library");
    }
    let manifest = fs::read_to_string("Cargo.toml").unwrap_or_default();
    if text.contains("use serde_json") && !manifest.contains("serde_json") {
        println!("add `serde_json = \"1\"` to the dependencies in Cargo.toml");
    }
    let package =
        manifest.lines().find_map(|line| line.trim().strip_prefix("name = \"")?.strip_suffix('"'));
    let package = package.map(|name| format!("{}::", name.replace('-', "_"))).unwrap_or_default();
    println!();
    for (journey, required) in journeys {
        let config = required.iter().map(|key| format!(" --add-to-config {key}:…"));
        println!(
            "    cargo run -- journey run {package}{name}:{journey}{}",
            config.collect::<String>()
        );
    }
}

impl LeftOut {
    fn any(&self) -> bool {
        self.files > 0 || !self.hosts.is_empty() || self.others > 0 || self.unread > 0
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.files > 0 {
            parts.push(format!("{} (pictures, styles, scripts)", count(self.files, "file")));
        }
        if !self.hosts.is_empty() {
            let hosts = self.hosts.iter().map(|(host, n)| format!("{host}: {n}"));
            let hosts: Vec<_> = hosts.collect();
            parts.push(format!(
                "requests to other hosts ({}; --host takes one in)",
                hosts.join(", ")
            ));
        }
        if self.others > 0 {
            parts.push(format!(
                "{} that the browser made on its own or gave up",
                count(self.others, "request")
            ));
        }
        if self.unread > 0 {
            let answers = count(self.unread, "answer");
            parts.push(format!("{answers} too large to be looked through for what is used later"));
        }
        match parts.is_empty() {
            true => f.write_str("it is empty"),
            false => f.write_str(&parts.join(", ")),
        }
    }
}
