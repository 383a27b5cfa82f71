//! Command line of Epione: a client of the HTTP interface of a node, key files, and verbs generated from the surface.
//!
//! # The way of a command
//! options ──(`fields`)──▶ fields ──(`draft`: canonical bytes, envelope, signature)──▶ transaction ──(`client`)──▶ node.
//! What is signed is made here; a node never hands over bytes to sign.
//!
//! The library prints nothing by itself: what it has to say goes to an [`Output`].

pub mod client;
pub mod keys;
pub mod secret;
pub mod signer;

pub mod draft;
pub mod rotation;
pub mod submission;

mod failure;
mod fields;
mod output;
mod shape;

pub mod verbs;

mod completions;

#[cfg(test)]
mod tests;

pub use completions::completions;
pub use draft::Modules;
pub use failure::{EXIT_CODES, Failure};
pub use output::{Format, Output, human};
