//! Every domain module, in order of execution. The order is part of consensus: append at the end, or write an ADR.
#![deny(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

pub mod network;

pub mod identity;

pub mod notary;

pub mod subjects;

pub mod consent;

pub mod records;

pub mod emergency;

pub mod access;

pub mod challenge;

#[cfg(test)]
mod tests;

use epione_kernel::{Hosted, Module};

static NETWORK: Hosted<network::Network> = Hosted::new();
static IDENTITY: Hosted<identity::Identities> = Hosted::new();
static NOTARY: Hosted<notary::Notary> = Hosted::new();
static SUBJECTS: Hosted<subjects::Subjects> = Hosted::new();
static CONSENT: Hosted<consent::Consents> = Hosted::new();
static RECORDS: Hosted<records::Records> = Hosted::new();
static EMERGENCY: Hosted<emergency::Emergency> = Hosted::new();
static ACCESS: Hosted<access::Access> = Hosted::new();
static CHALLENGE: Hosted<challenge::Challenges> = Hosted::new();

/// The modules.
pub static ALL: &[&dyn Module] =
    &[&NETWORK, &IDENTITY, &NOTARY, &SUBJECTS, &CONSENT, &RECORDS, &EMERGENCY, &ACCESS, &CHALLENGE];
