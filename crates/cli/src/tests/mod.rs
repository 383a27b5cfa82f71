//! The command line against the surface of all modules, key files on a real disk, the client against a fake node.

mod cases;
mod client;
mod draft;
mod events;
mod exchange;
mod hand;
mod keys;
mod output;
mod surface;
mod uri;
mod wallet;

use crate::keys::{KeyFile, Purpose};
use epione_types::{OrgId, SignerId};
use std::{
    env,
    io::{self, Write as _},
    path::Path,
};

/// Whether a program of the system that a test needs is there. CI has them all; elsewhere the test is left out, and says so.
fn needs(name: &str, path: &Path) -> bool {
    let is_there = path.exists();
    assert!(is_there || env::var_os("CI").is_none(), "{name} is missing: {}", path.display());
    if !is_there {
        let _ = writeln!(io::stderr(), "left out: {name} is not installed ({})", path.display());
    }
    is_there
}

/// An operations key with an owner.
fn operations() -> KeyFile {
    let signer = Some(SignerId::Organization(OrgId([7; 16])));
    KeyFile { signer, ..KeyFile::generate(Purpose::Operations).unwrap() }
}
