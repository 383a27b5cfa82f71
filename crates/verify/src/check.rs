//! From the genesis to the event.

use crate::{At, Change, Fault, Proved, Receipt, Signed, receipt::Known};
use epione_types::{
    ChainId, Committee, Entry, Genesis, ModuleId, Origin, TxResult, decode, inclusion_root,
    limits::EVENT_BODY_BYTES_MAX,
};

/// What the verifier knows by itself, from the genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The chain: hash of the genesis.
    pub chain: ChainId,
    /// Blocks per epoch.
    pub epoch_blocks: u64,
    /// The founding validators.
    pub committee: Committee,
}

/// Who certifies, and since when.
struct Office {
    since_epoch: u64,
    committee: Committee,
}

impl Anchor {
    /// The anchor of a genesis, whose founding validators are `committee`.
    #[must_use]
    pub fn of(genesis: &Genesis, committee: Committee) -> Self {
        Self { chain: genesis.chain(), epoch_blocks: genesis.epoch_blocks, committee }
    }

    pub(crate) fn epoch(&self, height: u64) -> Result<u64, Fault> {
        height.checked_div(self.epoch_blocks).ok_or(Fault::Anchor)
    }

    /// Whether the block at `height` is the last one of its epoch.
    pub(crate) const fn ends_epoch(&self, height: u64) -> bool {
        matches!(height.saturating_add(1).checked_rem(self.epoch_blocks), Some(0))
    }
}

/// What `bytes` prove to who knows `anchor`.
///
/// # Errors
/// [`Fault`]: the first thing that is wrong.
pub fn verify(bytes: &[u8], anchor: &Anchor) -> Result<Proved, Fault> {
    let receipt = Receipt::from_bytes(bytes)?;
    if !anchor.committee.is_canonical() || anchor.epoch_blocks == 0 {
        return Err(Fault::Anchor);
    }
    if receipt.chain != anchor.chain {
        return Err(Fault::Chain { found: receipt.chain, expected: anchor.chain });
    }
    let codes = codes(&receipt.entry)?;
    let (office, changes) = office(&receipt, anchor)?;
    let epoch = anchor.epoch(receipt.stem.height)?;
    if epoch < office.since_epoch {
        return Err(Fault::Order(At::Block));
    }
    let known = Known {
        chain: anchor.chain,
        epoch,
        committee: &office.committee,
        next_committee_hash: receipt.next_committee_hash,
    };
    let header = receipt.stem.header(At::Block, known)?;
    if receipt.tree_size != header.event_size {
        return Err(Fault::TreeSize { tree_size: receipt.tree_size, event_size: header.event_size });
    }
    let root = inclusion_root(receipt.entry.leaf(), receipt.position, receipt.tree_size, &receipt.path)?;
    if root != header.event_root {
        return Err(Fault::Inclusion);
    }
    let voters = receipt.certificate.check(At::Block, &header, &office.committee)?;
    Ok(Proved {
        chain: anchor.chain,
        position: receipt.position,
        event_size: header.event_size,
        entry: receipt.entry,
        codes,
        block: header.hash(),
        height: header.height,
        time: header.time,
        signed: Signed { voters, validators: office.committee.keys.len() },
        changes,
    })
}

/// Goes through the changes of the validators.
fn office(receipt: &Receipt, anchor: &Anchor) -> Result<(Office, Vec<Change>), Fault> {
    let mut office = Office { since_epoch: 0, committee: anchor.committee.clone() };
    let mut changes = Vec::with_capacity(receipt.links.len());
    for (at, link) in (1..).map(At::Change).zip(receipt.links.iter()) {
        let height = link.stem.height;
        let epoch = anchor.epoch(height)?;
        if !anchor.ends_epoch(height) {
            return Err(Fault::NotLast { at, height });
        }
        if epoch < office.since_epoch {
            return Err(Fault::Order(at));
        }
        if !link.committee.is_canonical() {
            return Err(Fault::Committee(at));
        }
        if link.committee == office.committee {
            return Err(Fault::NoChange(at));
        }
        let next_committee_hash = Some(link.committee.hash());
        let known = Known { chain: anchor.chain, epoch, committee: &office.committee, next_committee_hash };
        let header = link.stem.header(at, known)?;
        let voters = link.certificate.check(at, &header, &office.committee)?;
        let validators = office.committee.keys.len();
        let committee = link.committee.clone();
        changes.push(Change { height, time: header.time, signed: Signed { voters, validators }, committee });
        office = Office { since_epoch: epoch.saturating_add(1), committee: link.committee.clone() };
    }
    Ok((office, changes))
}

/// The codes of a transaction's calls, if the event is the result of a transaction.
pub(crate) fn codes(entry: &Entry) -> Result<Option<Vec<u32>>, Fault> {
    if entry.version != Entry::VERSION {
        return Err(Fault::EntryVersion(entry.version));
    }
    let is_result = matches!(entry.origin, Origin::Tx { .. });
    if is_result != (entry.module == ModuleId(0) && entry.number == TxResult::NUMBER) {
        return Err(Fault::Result);
    }
    if !is_result {
        return Ok(None);
    }
    let result: TxResult = decode(&entry.body, EVENT_BODY_BYTES_MAX).map_err(|_malformed| Fault::Result)?;
    Ok(Some(result.codes.into_vec()))
}
