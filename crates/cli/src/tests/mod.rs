//! The command line against the surface of all modules, key files on a real disk, the client against a fake node.

mod client;
mod draft;
mod events;
mod keys;
mod output;
mod surface;

use crate::keys::{KeyFile, Purpose};
use epione_types::{OrgId, SignerId};

/// An operations key with an owner.
fn operations() -> KeyFile {
    let signer = Some(SignerId::Organization(OrgId([7; 16])));
    KeyFile { signer, ..KeyFile::generate(Purpose::Operations).unwrap() }
}
