//! A node that loses its vote logs, and nothing else.

use crate::{skewed::Skewed, world::Founder};
use commonware_runtime::Storage as _;

/// More epochs than any scenario has.
const EPOCHS_MAX: u64 = 1_000;

/// Removes the vote logs of a node, by the names that the engine gives them.
pub(crate) async fn forget(context: &Skewed, partition: &str, founder: Founder) {
    let key = founder.peer();
    let key: String = key.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    for epoch in 0..EPOCHS_MAX {
        // An error says that there is none.
        drop(context.remove(&format!("{partition}-votes-{epoch}-{key}"), None).await);
    }
}
