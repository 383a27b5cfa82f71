//! From the genesis to the last block.

use super::{Batch, Damage, Fault, Manifest, Record, Segment, Verified, events, record::Records};
use crate::{Anchor, At, Certificate, Change, Round, Signed};
use epione_types::{Block, Committee, Frontier, Hash, Header, Tx, TxFault, UnixMs};

/// Verifies an archive, segment by segment.
#[derive(Debug)]
pub struct Verifier<'a> {
    anchor: &'a Anchor,
    manifest: &'a Manifest,
    office: Office,
    /// The block before; none before the first one.
    before: Option<Before>,
    tree: Frontier,
    signatures: Batch,
    txs: u64,
    certificates: u64,
    changes: Vec<Change>,
}

/// Who certifies.
#[derive(Debug)]
struct Office {
    committee: Committee,
    hash: Hash,
}

/// What of a block the next one is held against.
#[derive(Debug)]
struct Before {
    height: u64,
    time: UnixMs,
    hash: Hash,
    signed: Option<Signed>,
}

impl Office {
    fn of(committee: Committee) -> Self {
        Self { hash: committee.hash(), committee }
    }
}

impl<'a> Verifier<'a> {
    /// Begins to verify the archive with this manifest, for who knows `anchor`.
    ///
    /// # Errors
    /// [`Fault::Anchor`]; [`Fault::Chain`] if the manifest is that of another chain.
    pub fn new(anchor: &'a Anchor, manifest: &'a Manifest) -> Result<Self, Damage> {
        if !anchor.committee.is_canonical() || anchor.epoch_blocks == 0 {
            return Err(Damage::of(Manifest::GENESIS, Fault::Anchor));
        }
        if manifest.chain != anchor.chain {
            let fault = Fault::Chain { found: manifest.chain, expected: anchor.chain };
            return Err(Damage::of(Manifest::NAME, fault));
        }
        Ok(Self {
            anchor,
            manifest,
            office: Office::of(anchor.committee.clone()),
            before: None,
            tree: Frontier::default(),
            signatures: Batch::default(),
            txs: 0,
            certificates: 0,
            changes: Vec::new(),
        })
    }

    /// Verifies the next segment, whose file has these bytes; its records. Of a damaged file the block that is wrong is
    /// named rather than the sum.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn segment(&mut self, segment: &Segment, bytes: &[u8]) -> Result<Vec<Record>, Damage> {
        let damage = |height, fault| Damage { file: segment.name(), height, fault };
        let too_long = u64::try_from(bytes.len()).unwrap_or(u64::MAX) > segment.content.bytes;
        if too_long {
            segment.content.check(bytes).map_err(|fault| damage(None, fault))?;
        }
        let mut records = Vec::new();
        for record in Records::of(bytes).map_err(|fault| damage(None, fault))? {
            let next = self.height().saturating_add(1);
            let record = record.map_err(|fault| damage(Some(next), fault))?;
            self.block(&record).map_err(|fault| damage(Some(next), fault))?;
            if self.signatures.is_full() {
                self.check_signatures().map_err(|(height, fault)| damage(Some(height), fault))?;
            }
            records.push(record);
        }
        self.check_signatures().map_err(|(height, fault)| damage(Some(height), fault))?;
        segment.content.check(bytes).map_err(|fault| damage(None, fault))?;
        if self.height() != segment.last {
            return Err(damage(None, Fault::End { found: self.height(), expected: segment.last }));
        }
        Ok(records)
    }

    /// What all segments prove together.
    ///
    /// # Errors
    /// [`Fault::Uncertified`] if the last block has no certificate; [`Fault::Head`].
    pub fn finish(self) -> Result<Verified, Damage> {
        let Self { anchor, manifest, before, tree, txs, certificates, changes, .. } = self;
        let wrong = |height, head| Damage::of(Manifest::NAME, Fault::Head { height, head, events: tree.size() });
        let Some(Before { height, time, hash, signed }) = before else { return Err(wrong(0, Hash::default())) };
        if (height, hash, tree.size()) != (manifest.height, manifest.head, manifest.events) {
            return Err(wrong(height, hash));
        }
        let last = manifest.segments.last().map(Segment::name).unwrap_or_default();
        let signed = signed.ok_or(Damage { file: last, height: Some(height), fault: Fault::Uncertified })?;
        let chain = anchor.chain;
        Ok(Verified { chain, height, time, head: hash, txs, events: tree.size(), certificates, signed, changes })
    }

    /// Height of the last block that was verified; zero before the first.
    fn height(&self) -> u64 {
        self.before.as_ref().map_or(0, |before| before.height)
    }

    fn block(&mut self, record: &Record) -> Result<(), Fault> {
        let header = &record.block.header;
        self.check_place(header)?;
        self.check_committees(record)?;
        self.check_txs(&record.block)?;
        self.check_events(record)?;
        let signed = record.certificate.as_ref().map(|votes| self.check_certificate(header, votes)).transpose()?;
        if let Some(successors) = &record.successors {
            let change = Change {
                height: header.height,
                time: header.time,
                signed: signed.clone().ok_or(Fault::Uncertified)?,
                committee: successors.clone(),
            };
            self.changes.push(change);
            self.office = Office::of(successors.clone());
        }
        self.before = Some(Before { height: header.height, time: header.time, hash: header.hash(), signed });
        Ok(())
    }

    /// Whether the block stands where it belongs.
    fn check_place(&self, header: &Header) -> Result<(), Fault> {
        if header.version != Header::VERSION {
            return Err(Fault::HeaderVersion(header.version));
        }
        if header.chain != self.anchor.chain {
            return Err(Fault::Chain { found: header.chain, expected: self.anchor.chain });
        }
        if header.height != self.height().saturating_add(1) {
            return Err(Fault::Height(header.height));
        }
        let epoch = self.anchor.epoch(header.height).map_err(|_endless| Fault::Anchor)?;
        if header.epoch != epoch {
            return Err(Fault::Epoch { found: header.epoch, expected: epoch });
        }
        // The block before the first one is that of the genesis, whose header depends on the release that began the
        // chain: it is bound by the certificate alone.
        let Some(before) = &self.before else { return Ok(()) };
        if header.parent != before.hash {
            return Err(Fault::Parent { found: header.parent, expected: before.hash });
        }
        if header.time <= before.time {
            return Err(Fault::Time);
        }
        Ok(())
    }

    fn check_committees(&self, record: &Record) -> Result<(), Fault> {
        let header = &record.block.header;
        if header.committee_hash != self.office.hash {
            return Err(Fault::Committee);
        }
        if !self.office.committee.keys.contains(&header.proposer) {
            return Err(Fault::Proposer);
        }
        if header.next_committee_hash.is_some() != self.anchor.ends_epoch(header.height) {
            return Err(Fault::NextCommittee);
        }
        let named = header.next_committee_hash.filter(|next| *next != self.office.hash);
        let is_right = match &record.successors {
            None => named.is_none(),
            Some(successors) => successors.is_canonical() && named == Some(successors.hash()),
        };
        is_right.then_some(()).ok_or(Fault::Successors)
    }

    fn check_txs(&mut self, block: &Block) -> Result<(), Fault> {
        if Block::tx_root(&block.txs) != block.header.tx_root {
            return Err(Fault::TxRoot);
        }
        for (index, signed) in block.txs.iter().enumerate() {
            let tx = &signed.tx;
            let refused = |why| Err(Fault::Tx { index, why: Box::new(why) });
            if tx.version != Tx::VERSION {
                return refused(TxFault::Version(tx.version));
            }
            if tx.chain != self.anchor.chain {
                return refused(TxFault::Chain { expected: self.anchor.chain, found: tx.chain });
            }
            if tx.calls.is_empty() {
                return refused(TxFault::NoCalls);
            }
            self.signatures.add((block.header.height, index), signed);
            self.txs = self.txs.saturating_add(1);
        }
        Ok(())
    }

    fn check_signatures(&mut self) -> Result<(), (u64, Fault)> {
        let why = Box::new(TxFault::Signature(epione_types::KeyError::Signature));
        self.signatures.check().map_err(|(height, index)| (height, Fault::Tx { index, why }))
    }

    fn check_events(&mut self, record: &Record) -> Result<(), Fault> {
        let header = &record.block.header;
        events::check(header.height, self.tree.size(), &record.events, &record.block.txs)?;
        record.events.iter().for_each(|entry| self.tree.append(entry.leaf()));
        if self.tree.size() != header.event_size {
            return Err(Fault::EventSize { found: self.tree.size(), expected: header.event_size });
        }
        if self.tree.root() != header.event_root {
            return Err(Fault::EventRoot);
        }
        Ok(())
    }

    fn check_certificate(&mut self, header: &Header, certificate: &Certificate) -> Result<Signed, Fault> {
        let committee = &self.office.committee;
        let voters = certificate.check(At::Named, header, committee).map_err(Fault::Certificate)?;
        // The last block of an epoch is proposed again until it is final.
        let may_be_again = |round: &Round| self.anchor.ends_epoch(header.height) && round.view > header.view;
        if !certificate.round.as_ref().is_none_or(may_be_again) {
            return Err(Fault::Again);
        }
        self.certificates = self.certificates.saturating_add(1);
        Ok(Signed { voters, validators: committee.keys.len() })
    }
}
