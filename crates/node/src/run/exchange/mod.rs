//! The exchange of records in a running node: its ports over the real world, its duties, and what others may ask of it.

mod ambient;
pub(crate) mod keys;
mod ledger;
mod mount;
mod peers;
mod store;

use ambient::System;
use anyhow::{Context as _, Result};
use epione_consensus::Ledger;
use epione_exchange::{
    Exchange,
    catalog::{Catalog, CatalogMatcher},
    ports::{Entropy, Keys as _, Ports, Store},
};
use epione_peer::{Client, Routes};
use epione_types::{OrgId, SigningKey};
use epione_vault::FileBlobs;
use keys::KeyFolder;
use ledger::ServiceLedger;
use peers::LinkedPeers;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::SqliteStore;

/// How long the duties rest when no block came and nothing is due.
const REST: Duration = Duration::from_millis(500);

/// With what a node takes part in the exchange of records.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Its organization.
    pub(crate) org: OrgId,
    /// The key of its service identity.
    pub(crate) service: SigningKey,
    /// The receipt key of the organization.
    pub(crate) receipt: SigningKey,
    /// The file of the storage key.
    pub(crate) storage: PathBuf,
    /// The folder of the KEM keys.
    pub(crate) kem: PathBuf,
    /// What the organization decides.
    pub(crate) decided: epione_exchange::Settings,
}

/// The exchange over the stores below `data`, this ledger, and links made by `client`.
///
/// # Errors
/// If a store cannot be opened, or a key is missing.
pub(super) fn open(settings: Settings, data: &Path, ledger: &Ledger, client: Client) -> Result<Arc<Exchange>> {
    let folder = data.join("exchange");
    let rows = folder.join("rows.sqlite");
    // A storage key that got lost is not made anew: what lies under the old one could not be read.
    if !fs::exists(&rows)? && !fs::exists(&settings.storage)? {
        keys::create(&settings.storage).with_context(|| format!("the key {}", settings.storage.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("folder {}", folder.display()))?;
    let keys = KeyFolder::open(settings.kem, &settings.storage, settings.receipt)?;
    let (store, entropy): (Arc<dyn Store>, Arc<dyn Entropy>) = (Arc::new(SqliteStore::open(&rows)?), Arc::new(System));
    let storage = keys.storage()?;
    let catalog = Catalog::new(Arc::clone(&store), Arc::clone(&entropy), &storage);
    let ports = Ports {
        ledger: Arc::new(ServiceLedger::new(ledger.clone(), settings.service)),
        peers: Arc::new(LinkedPeers::new(ledger.clone(), client)),
        clock: Arc::new(System),
        entropy,
        keys: Arc::new(keys),
        matcher: Arc::new(CatalogMatcher(catalog)),
        store,
        blobs: Arc::new(FileBlobs::open(folder.join("blobs"))?),
    };
    Ok(Arc::new(Exchange::new(settings.org, ports, settings.decided)?))
}

/// The routes for other organizations with those of the exchange.
pub(super) fn mount(routes: Routes, exchange: &Arc<Exchange>) -> Routes {
    mount::mount(routes, exchange)
}

/// Reacts to final events and does what is due, for ever. What fails is tried again.
pub(super) async fn keep(exchange: Option<Arc<Exchange>>, ledger: Ledger) {
    let Some(exchange) = exchange else { return std::future::pending().await };
    let mut growth = ledger.event_size();
    loop {
        growth.mark_unchanged();
        match exchange.step().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the exchange cannot read final events now"),
        }
        if let Err(error) = exchange.work().await {
            tracing::warn!(%error, "the exchange cannot do what is due now");
        }
        let grown = tokio::time::timeout(REST, growth.changed()).await;
        if let Ok(Err(_closed)) = grown {
            return std::future::pending().await;
        }
    }
}
