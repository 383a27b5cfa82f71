//! What follows from a final event for this organization.

use crate::{
    catalog::Happened,
    error::Error,
    exchange::{Exchange, event},
    ports::Op,
    tasks::Task,
};
use epione_modules::{
    access::{self, Access},
    challenge::{self, Challenges},
    emergency::{self, Emergency},
    records::{self, Correction, Records},
    subjects::{self, Subjects},
};
use epione_types::{Entry, OrgId, RequestId, UnitId};

impl Exchange {
    /// The changes that follow from the event at `position`.
    pub(super) fn react(&self, position: u64, entry: &Entry) -> Result<Vec<Op>, Error> {
        if let Some(event) = event::<Records>(entry) {
            return self.of_records(position, &event);
        }
        if let Some(event) = event::<Access>(entry) {
            return self.of_access(position, &event);
        }
        if let Some(event) = event::<Emergency>(entry) {
            return self.of_emergency(position, &event);
        }
        if let Some(event) = event::<Subjects>(entry) {
            return self.of_subjects(&event);
        }
        match event::<Challenges>(entry) {
            // The custodian that keeps the tag key tells the patient.
            Some(challenge::Event::Unanswered(of)) if self.catalog.subject(&of.subject)?.is_some() => {
                self.notice(of.subject, position, Happened::Challenge(of.id))
            }
            _ => Ok(Vec::new()),
        }
    }

    fn of_records(&self, position: u64, event: &records::Event) -> Result<Vec<Op>, Error> {
        use records::Event;
        let now = self.now();
        match event {
            Event::Registered(of) => self.of_deal(of.id, 1, (&of.holders, &of.vaults)),
            Event::Redealt(of) => {
                let mut ops = self.of_deal(of.unit, of.edition, (&of.holders, &of.vaults))?;
                for edition in self.catalog.editions(&of.unit)?.into_iter().filter(|edition| *edition < of.edition) {
                    ops.extend(self.catalog.enqueue(Task::Former(of.unit, edition), now)?);
                }
                Ok(ops)
            }
            Event::ErasureGranted(of) => {
                let mut ops = self.catalog.enqueue(Task::Erase(of.unit), of.effective_at)?;
                if self.catalog.source(&of.unit)?.is_some() {
                    ops.extend(self.notice(of.subject, position, Happened::Erasure(of.unit))?);
                }
                Ok(ops)
            }
            Event::ErasureRefused(of) if self.catalog.source(&of.unit)?.is_some() => {
                self.notice(of.subject, position, Happened::Erasure(of.unit))
            }
            Event::Erased(of) => {
                let mut ops = self.catalog.dequeue(&Task::Erase(of.unit))?;
                ops.extend(self.catalog.requeue(Task::Erase(of.unit), now));
                Ok(ops)
            }
            Event::Retagged(of) => {
                let mut ops = self.move_sources(of)?;
                if of.correction == Correction::WrongPatient {
                    let units: Vec<UnitId> = of.units.iter().map(|unit| unit.unit).collect();
                    ops.extend(self.purge_copies(&units)?);
                }
                Ok(ops)
            }
            Event::RotationBegun(of) if of.org == self.org => self.catalog.enqueue(Task::Rotate(of.period), now),
            Event::RotationFinished(of) if of.org != self.org => {
                self.catalog.enqueue(Task::Outdated(of.org, of.period), now)
            }
            Event::KeyLost(of) => self.catalog.enqueue(Task::Replace(of.org), now),
            _ => Ok(Vec::new()),
        }
    }

    /// What follows from a deal: who is named as a vault has it, or gets it; a holder gets its envelope.
    fn of_deal(
        &self,
        unit: UnitId,
        edition: u32,
        (holders, vaults): (&records::Holders, &[OrgId]),
    ) -> Result<Vec<Op>, Error> {
        let now = self.now();
        let is_kept = self.catalog.kept(&unit, edition)?.is_some();
        let mut ops = self.catalog.dequeue(&Task::Settle(unit, edition))?;
        if vaults.contains(&self.org) && !is_kept {
            ops.extend(self.catalog.enqueue(Task::Mend(unit), now)?);
        }
        if holders.iter().any(|holder| holder.org == self.org) && !is_kept && !vaults.contains(&self.org) {
            ops.extend(self.catalog.enqueue(Task::Hold(unit), now)?);
        }
        // Kept at its author's word, but the ledger does not count on it.
        if is_kept && !vaults.contains(&self.org) && self.catalog.source(&unit)?.is_none() {
            ops.extend(self.catalog.enqueue(Task::Settle(unit, edition), now)?);
        }
        Ok(ops)
    }

    fn of_access(&self, position: u64, event: &access::Event) -> Result<Vec<Op>, Error> {
        use access::Event;
        match event {
            Event::Granted(of) => {
                let mut ops = Vec::new();
                if of.org == self.org && of.person.is_none() {
                    ops.extend(self.catalog.enqueue(Task::Receive(of.request), self.now())?);
                }
                if of.custodian == self.org {
                    let what = match of.person {
                        Some(_) => Happened::Granted(of.request, of.org),
                        None => Happened::Disclosed(of.request, of.org),
                    };
                    ops.extend(self.notice(of.subject, position, what)?);
                }
                Ok(ops)
            }
            Event::Denied(of) if of.custodian == self.org && of.person.is_some() => {
                self.notice(of.subject, position, Happened::Denied(of.request, of.org))
            }
            _ => Ok(Vec::new()),
        }
    }

    fn of_subjects(&self, event: &subjects::Event) -> Result<Vec<Op>, Error> {
        use subjects::Event;
        match event {
            Event::Closed(of) if self.catalog.units_of_subject(&of.id)?.is_empty() => {
                self.catalog.forget_subject(&of.id)
            }
            // Who is looked for by an identifier of the one is found as the other.
            Event::Merged(of) => match (self.catalog.subject(&of.id)?, self.catalog.subject(&of.into)?) {
                (Some(from), Some(into)) => {
                    let known = [&from.identifiers[..], &into.identifiers[..]].concat();
                    self.catalog.put_subject(&of.into, &into.tag_key(), &[], &known)
                }
                _ => Ok(Vec::new()),
            },
            Event::Unmerged(of) => match self.catalog.subject(&of.id)? {
                Some(own) => self.catalog.put_subject(&of.id, &own.tag_key(), &[], &own.identifiers),
                None => Ok(Vec::new()),
            },
            _ => Ok(Vec::new()),
        }
    }

    /// The changes that move own units to another subject, as the ledger did.
    fn move_sources(&self, moved: &records::events::Retagged) -> Result<Vec<Op>, Error> {
        let mut ops = Vec::new();
        for unit in moved.units.iter() {
            let Some(source) = self.catalog.source(&unit.unit)? else { continue };
            ops.extend(self.catalog.forget_source(&source));
            let mut next = source.clone();
            (next.subject, next.tag) = (moved.to, unit.label);
            ops.extend(self.catalog.put_source(&next)?);
        }
        Ok(ops)
    }

    fn of_emergency(&self, position: u64, event: &emergency::Event) -> Result<Vec<Op>, Error> {
        use emergency::Event;
        match event {
            Event::GlassBroken(of) if of.custodian == self.org => match of.subject {
                Some(subject) => self.notice(subject, position, Happened::Emergency(of.id)),
                None => Ok(Vec::new()),
            },
            Event::Bound(of) if of.custodian == self.org => {
                self.notice(of.subject, position, Happened::Emergency(of.id))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The changes that have copies of these units deleted: they were written into the chart of another patient.
    fn purge_copies(&self, units: &[UnitId]) -> Result<Vec<Op>, Error> {
        let mut ops = Vec::new();
        for key in self.catalog.keys(crate::ports::Table::Copies, &[])? {
            let (Some(request), Some(unit)) = (key.first_chunk::<16>(), key.last_chunk::<32>()) else { continue };
            let task = Task::Purge(RequestId(*request), UnitId(*unit));
            if units.contains(&UnitId(*unit)) {
                ops.extend(self.catalog.dequeue(&task)?);
                ops.extend(self.catalog.requeue(task, self.now()));
            }
        }
        Ok(ops)
    }
}
