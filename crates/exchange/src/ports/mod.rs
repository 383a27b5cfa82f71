//! What the exchange needs of the outside world. The node provides it; a simulation provides it deterministically.

mod ambient;
mod keys;
mod ledger;
mod matcher;
mod peers;
mod store;

pub(crate) use ambient::Drawn;
pub use ambient::{Clock, Entropy};
pub use keys::{Keys, KeysError};
pub use ledger::{Head, Ledger, LedgerError, Outcome, Question, read};
pub use matcher::Matcher;
pub use peers::{PeerError, Peers};
pub use store::{Op, Row, Store, StoreError, Table};

use epione_vault::Blobs;
use std::sync::Arc;

/// Everything that the exchange needs of the outside world. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The nodes of other organizations.
    pub peers: Arc<dyn Peers>,
    /// This node's clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Private keys.
    pub keys: Arc<dyn Keys>,
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Ciphertext.
    pub blobs: Arc<dyn Blobs>,
    /// How charts are found.
    pub matcher: Arc<dyn Matcher>,
}
