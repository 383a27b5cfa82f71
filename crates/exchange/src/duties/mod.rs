//! The duties of a node: final events become tasks and notices, tasks become deeds.
//!
//! [`Exchange::step`] reads a page of the event log and writes what follows from it together with its cursor in one step, so that no event is
//! missed or counted twice. [`Exchange::work`] does what is due; a task that fails is tried again later, with growing waits, for ever: it
//! ends only when it is done, or there is nothing left to do.

mod react;
mod work;

use crate::{catalog::Catalog, error::Error, exchange::Exchange, ports::Table};

/// Events that are read at once.
const EVENTS_PAGE: usize = 256;
/// Name of the cursor of the duties.
const CURSOR: &[u8] = b"duties";

impl Exchange {
    /// Reads the next page of final events; whether there may be more.
    ///
    /// # Errors
    /// [`Error::Ledger`], [`Error::Store`]; nothing of the page is noted then.
    pub async fn step(&self) -> Result<bool, Error> {
        let from = self.position()?;
        let events = self.ports.ledger.events(from, EVENTS_PAGE).await?;
        let (mut ops, mut position) = (Vec::new(), from);
        for entry in &events {
            ops.extend(self.react(position, entry)?);
            position = position.saturating_add(1);
        }
        if position > from {
            ops.push(Catalog::put(Table::Cursors, CURSOR, &position));
            self.catalog.write(ops)?;
        }
        Ok(events.len() == EVENTS_PAGE)
    }

    /// How many final events the duties have seen.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn position(&self) -> Result<u64, Error> {
        Ok(self.catalog.get(Table::Cursors, CURSOR)?.unwrap_or(0))
    }
}
