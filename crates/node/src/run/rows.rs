//! Turns final events into rows as they come.

use epione_consensus::Ledger;
use epione_kernel::EventAt;
use epione_projection::{Applied, Projection};
use tokio::sync::watch;

/// Events that become rows in one transaction of the database.
const EVENTS_MAX: usize = 4_096;

/// Runs until the row database fails.
///
/// # Errors
/// If the event log cannot be read or the rows cannot be written.
pub(super) async fn keep(
    ledger: Ledger,
    mut projection: Projection,
    applied: watch::Sender<Applied>,
) -> anyhow::Result<()> {
    let mut growth = ledger.event_size();
    loop {
        growth.mark_unchanged();
        let cursor = projection.cursor();
        let events = ledger.events(cursor, EVENTS_MAX).await?;
        if events.is_empty() {
            growth.changed().await?;
            continue;
        }
        let events = (cursor..)
            .zip(events)
            .map(|(position, event)| {
                let at = EventAt { position, height: event.height, time: event.time, origin: event.entry.origin };
                (at, event.entry)
            })
            .collect::<Vec<_>>();
        let written = tokio::task::spawn_blocking(move || projection.apply(&events).map(|()| projection)).await?;
        projection = written?;
        applied.send_replace(projection.applied());
    }
}
