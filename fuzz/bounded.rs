//! The bounded run of a fuzz target that the tests of a crate take in with `#[path]`:
//! its seeds and a number of inputs made from them, the same each time.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Calls `property` with each seed of a target and with `inputs` that are made from
/// them. The input at which it panics is shown, to become a seed.
pub(crate) fn run(target: &str, inputs: usize, property: fn(&[u8])) {
    let seeds = seeds(target);
    let mut random = fastrand::Rng::with_seed(0x6d_69_74_65);
    let made = (0..inputs).map(|_| mutated(&seeds, &mut random));
    for input in seeds.iter().cloned().chain(made.collect::<Vec<_>>()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| property(&input))) {
            eprintln!("{target}: b\"{}\"", input.escape_ascii());
            resume_unwind(panic);
        }
    }
}

/// The files of a target's directory, sorted by name: directories are in no order.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let files = std::fs::read_dir(&directory).unwrap_or_else(|e| panic!("{directory:?}: {e}"));
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{directory:?} has no seeds");
    paths.iter().map(|path| std::fs::read(path).expect("it can be read")).collect()
}

/// Longest input: each is tried byte by byte.
const LONGEST: usize = 2048;

fn mutated(seeds: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let seed = |random: &mut fastrand::Rng| &seeds[random.usize(..seeds.len())];
    let mut input = seed(random).clone();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(..=input.len());
        let end = (at + 1 + random.usize(..16)).min(input.len());
        match random.u8(..8) {
            0 if at < input.len() => input[at] ^= 1 << random.u8(..8),
            1 if at < input.len() => input[at] = *random.choice(SPECIAL).expect("there are some"),
            2 => input.insert(at, *random.choice(SPECIAL).expect("there are some")),
            3 => input.insert(at, random.u8(..)),
            4 => drop(input.drain(at..end)),
            5 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            6 => {
                let other = seed(random);
                let from = random.usize(..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            // The choice, which is the first byte.
            _ if !input.is_empty() => input[0] = random.u8(..),
            _ => {}
        }
    }
    input.truncate(LONGEST);
    input
}

/// Bytes that mean something to parsers.
const SPECIAL: &[u8] = b"\0\t\n\r \"%,/:;=?@[\\]{}09afAF#.*-_~\x7f\x80\xc3\xef\xff";
