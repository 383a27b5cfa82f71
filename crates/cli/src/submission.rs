//! A transaction from submission to finality, with the events that it caused.

use crate::client::{Client, ClientError, LedgerEvent, TxAnswer, TxStatus};
use epione_types::{Origin, SignedTx, TxId};
use std::time::Duration;

/// Most events that are searched for those of one transaction.
const SEARCH_MAX: u64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// A transaction after submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// What the node answered.
    pub answer: TxAnswer,
    /// The events of its calls, if it is final; none if there were too many others in between.
    pub events: Vec<LedgerEvent>,
}

impl Submission {
    /// Submits `tx`, waits at most `wait` until it is final, and reads the events of its calls.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn settle(client: &Client, tx: &SignedTx, wait: Duration) -> Result<Self, ClientError> {
        let first = client.status().await?.event_size;
        let answer = client.submit_final(tx, wait).await?;
        if answer.status != TxStatus::Final {
            return Ok(Self { answer, events: Vec::new() });
        }
        let end = client.status().await?.event_size;
        let events = events_of(client, answer.id, first..end).await?;
        Ok(Self { answer, events })
    }

    /// The text in the field `field` of the first event that has one.
    #[must_use]
    pub fn event_field(&self, field: &str) -> Option<&str> {
        self.events.iter().find_map(|event| event.fields.get(field)?.as_str())
    }
}

/// The events in `range` that the calls of transaction `tx` emitted.
async fn events_of(client: &Client, tx: TxId, range: std::ops::Range<u64>) -> Result<Vec<LedgerEvent>, ClientError> {
    let mut found = Vec::new();
    if range.is_empty() || range.end.saturating_sub(range.start) > SEARCH_MAX {
        return Ok(found);
    }
    let mut stream = client.events(range.start).await?;
    while let Some(event) = stream.next(Some(PATIENCE)).await? {
        let is_last = event.position.saturating_add(1) >= range.end;
        if matches!(event.origin, Origin::Call { id, .. } if id == tx) {
            found.push(event);
        }
        if is_last {
            break;
        }
    }
    Ok(found)
}
