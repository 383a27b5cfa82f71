//! The certificates of the node: for clients, and for links to other organizations.

use super::Finding;
use crate::config::Config;
use epione_peer::{Identity, Refusal, load_folder};
use std::time::Duration;

/// How long before its end a certificate is worth a word.
const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The certificate for clients can be used. Whether they trust it only they know.
pub(super) fn clients(config: &Config) -> Option<Finding> {
    let about = "http.tls";
    let files = config.http.tls.as_ref()?.files();
    Some(match Identity::load(&files) {
        Ok(_) => Finding::good(about, files.certificate.display().to_string()),
        Err(error) => {
            Finding::problem(about, format!("{:#}", anyhow::Error::from(error)), "a node does not start without it")
        }
    })
}

/// Nobody from elsewhere reads what this node knows.
pub(super) fn readers(config: &Config) -> Option<Finding> {
    let listen = config.http.listen;
    let found = format!("whoever reaches {listen} reads all that this node knows: clients are not authenticated");
    let advice = "let a firewall or a proxy decide who reaches it, or listen on a loopback address";
    (!listen.ip().is_loopback()).then(|| Finding::warning("http clients", found, advice))
}

/// There is a certificate for links, and it is good for a while.
pub(super) fn links(config: &Config) -> Vec<Finding> {
    let about = "peer.certificates";
    let folder = config.peer.certificates.display();
    let make = format!("make one with `epione key tls --out {folder}/NAME`, then `epione key register-tls`");
    let Some(_) = config.peer.listen else {
        let found = "`peer.listen` is not set: other organizations have no link to this node";
        return vec![Finding::warning(about, found, "set it, and publish the address with `network set-addresses`")];
    };
    match load_folder(&config.peer.certificates) {
        Err(error) => vec![Finding::problem(about, format!("{:#}", anyhow::Error::from(error)), make)],
        Ok(found) if found.is_empty() => vec![Finding::problem(about, format!("{folder} has none"), make)],
        Ok(found) => found.iter().map(|identity| dated(about, identity, &make)).collect(),
    }
}

fn dated(about: &str, identity: &Identity, make: &str) -> Finding {
    let key = identity.key();
    match (identity.examine(Duration::ZERO), identity.examine(SOON)) {
        (Ok(()), Ok(())) => Finding::good(about, key.to_string()),
        (Ok(()), Err(Refusal::Expired)) => Finding::warning(about, format!("{key} expires within 30 days"), make),
        (Ok(()), Err(refusal)) | (Err(refusal), _) => Finding::problem(about, format!("{key}: {refusal}"), make),
    }
}
