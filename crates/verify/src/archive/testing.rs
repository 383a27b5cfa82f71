//! For tests and measurements: archives of an invented chain, and altered archives.

use super::{Content, Manifest, Record, Segment, begin_segment};
use crate::{
    Anchor, Round,
    testing::{CHAIN, Validators, header},
};
use epione_types::{
    Block, Bytes, Call, Entry, Frontier, Hash, Header, List, ModuleId, Nonce, OrgId, Origin, SignedTx, SignerId,
    SigningKey, TreeHead, Tx, TxResult, UnixMs, encode,
};

/// Blocks per epoch of the invented chain.
pub const EPOCH_BLOCKS: u64 = 8;

/// What the invented chain is like.
#[derive(Clone, Debug)]
pub struct Invented {
    /// Number of blocks.
    pub blocks: u64,
    /// Transactions of each block; the one in the middle of three blocks has none.
    pub txs: u64,
    /// The validators of the epochs, in order; the last ones stay.
    pub validators: Vec<Validators>,
    /// Every how many blocks one has a certificate; blocks that must have one do.
    pub certified_every: u64,
}

/// An archive in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InMemory {
    /// The manifest.
    pub manifest: Manifest,
    /// The genesis file, which only the manifest looks at.
    pub genesis: Vec<u8>,
    /// The bytes of the segments.
    pub segments: Vec<Vec<u8>>,
}

impl Invented {
    /// A short chain with a change of the validators, certified now and then.
    #[must_use]
    pub fn short() -> Self {
        let validators = vec![Validators::of(1..=4), Validators::of([1, 2, 3, 9])];
        Self { blocks: 11, txs: 2, validators, certified_every: 3 }
    }

    /// What a verifier knows of the chain.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        Anchor { chain: CHAIN, epoch_blocks: EPOCH_BLOCKS, committee: self.office(0).committee() }
    }

    /// The validators of an epoch.
    #[must_use]
    pub fn office(&self, epoch: u64) -> Validators {
        let at = usize::try_from(epoch).unwrap_or(usize::MAX).min(self.validators.len().saturating_sub(1));
        self.validators.get(at).cloned().unwrap_or_else(|| Validators::of([]))
    }

    /// The records of the chain.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let mut tree = Frontier::default();
        let (mut parent, mut records) = (Hash([4; 32]), Vec::new());
        for height in 1..=self.blocks {
            let record = self.record(height, parent, &mut tree);
            parent = record.block.header.hash();
            records.push(record);
        }
        records
    }

    fn record(&self, height: u64, parent: Hash, tree: &mut Frontier) -> Record {
        let is_quiet = self.txs < 10 && height % 3 == 2;
        let txs: Vec<SignedTx> = (0..if is_quiet { 0 } else { self.txs }).map(|at| tx(height, at)).collect();
        let events = List::new(events(height, &txs)).unwrap_or_default();
        events.iter().for_each(|event| tree.append(event.leaf()));
        let epoch = height / EPOCH_BLOCKS;
        let (own, next) = (self.office(epoch), self.office(epoch.saturating_add(1)));
        let ends_epoch = height.saturating_add(1).is_multiple_of(EPOCH_BLOCKS);
        let head = TreeHead { size: tree.size(), root: tree.root() };
        let header = Header {
            epoch,
            parent,
            tx_root: Block::tx_root(&txs),
            ..header(height, &own, ends_epoch.then_some(&next), head)
        };
        let changes = ends_epoch && next.committee() != own.committee();
        let is_certified = changes || height == self.blocks || height.is_multiple_of(self.certified_every.max(1));
        Record {
            certificate: own.certificate(&header).filter(|_| is_certified),
            successors: changes.then(|| next.committee()),
            block: Block { header, txs: List::new(txs).unwrap_or_default() },
            events,
        }
    }

    /// Signs a changed block again, and all that follow: each names the one before.
    pub fn seal(&self, records: &mut [Record]) {
        let mut parent: Option<Hash> = None;
        for record in records {
            let header = &mut record.block.header;
            if let Some(parent) = parent {
                header.parent = parent;
            }
            parent = Some(header.hash());
            if let Some(certificate) = &mut record.certificate {
                let own = Round { view: header.view, parent_view: header.parent_view };
                let (office, round) = (self.office(header.epoch), certificate.round.unwrap_or(own));
                let votes = office.votes(header, round, 0);
                if let Some(made) = crate::Certificate::of(header, round, &office.committee(), votes) {
                    *certificate = made;
                }
            }
        }
    }
}

impl InMemory {
    /// The archive with these records, so many in a segment.
    #[must_use]
    pub fn of(records: &[Record], per_segment: usize) -> Self {
        let genesis = b"{\"about\": \"an invented chain\"}\n".to_vec();
        let (mut segments, mut files, mut first) = (Vec::new(), Vec::new(), 1_u64);
        for records in records.chunks(per_segment.max(1)) {
            let mut bytes = begin_segment();
            for record in records {
                // Invented records are short.
                let _ = record.append(&mut bytes);
            }
            let last = first.saturating_add(u64::try_from(records.len()).unwrap_or(0)).saturating_sub(1);
            files.push(Segment { first, last, content: Content::of(&bytes) });
            segments.push(bytes);
            first = last.saturating_add(1);
        }
        let last = records.last().map(|record| &record.block.header);
        let manifest = Manifest {
            chain: CHAIN,
            height: first.saturating_sub(1),
            head: last.map(Header::hash).unwrap_or_default(),
            events: last.map_or(0, |header| header.event_size),
            genesis: Content::of(&genesis),
            segments: files,
        };
        Self { manifest, genesis, segments }
    }

    /// What the archive proves to who knows `anchor`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, anchor: &Anchor) -> Result<super::Verified, super::Damage> {
        let mut verifier = super::Verifier::new(anchor, &self.manifest)?;
        for (segment, bytes) in self.manifest.segments.iter().zip(&self.segments) {
            verifier.segment(segment, bytes)?;
        }
        verifier.finish()
    }
}

/// Transaction `at` of the block at `height`: one call, 226 bytes, as long as that of a notary entry; every third has a
/// second call.
fn tx(height: u64, at: u64) -> SignedTx {
    let number = height.saturating_mul(10_000).saturating_add(at);
    let call = |body: &[u8]| Call { module: ModuleId(3), call: 1, body: Bytes::new(body.to_vec()).unwrap_or_default() };
    let commitment = Hash::sha256(&[&number.to_le_bytes()]);
    let body = [&commitment.0[..], &[0]].concat();
    let mut calls = vec![call(&body)];
    if number % 3 == 1 {
        calls.push(call(&[0; 16]));
    }
    let tx = Tx {
        version: Tx::VERSION,
        chain: CHAIN,
        signer: SignerId::Organization(OrgId([1; 16])),
        nonce: Nonce { lane: 0, seq: number },
        salt: commitment.truncated(),
        valid_until: UnixMs(1_900_000_000_000),
        calls: List::new(calls).unwrap_or_default(),
    };
    let seed = u8::try_from(at % 50).unwrap_or(0);
    tx.sign(&SigningKey::from_seed([seed; 32]))
}

/// The events of a block: one of the genesis in the first, one of scheduled work in every fourth; of each transaction
/// its result and an event of its first call. A second call is refused.
fn events(height: u64, txs: &[SignedTx]) -> Vec<Entry> {
    let event = |salt, origin, module, number, body: Vec<u8>| Entry {
        version: Entry::VERSION,
        salt,
        origin,
        module: ModuleId(module),
        number,
        body: Bytes::new(body).unwrap_or_default(),
    };
    let mut events = Vec::new();
    if height == 1 {
        events.push(event([1; 16], Origin::Genesis, 1, 1, vec![1; 40]));
    }
    if height.is_multiple_of(4) {
        events.push(event([2; 16], Origin::Due { height }, 1, 9, vec![2; 20]));
    }
    for signed in txs {
        let id = signed.tx.id();
        let codes = (0_u32..).zip(signed.tx.calls.iter()).map(|(at, _)| if at == 0 { 0 } else { 3 << 16 | 1 });
        let result = TxResult { codes: List::new(codes.collect()).unwrap_or_default() };
        events.push(event(signed.event_salt(0), Origin::Tx { id }, 0, TxResult::NUMBER, encode(&result)));
        events.push(event(signed.event_salt(1), Origin::Call { id, index: 0 }, 3, 1, vec![3; 66]));
    }
    events
}
