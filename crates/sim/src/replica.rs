//! The chain as an outsider re-executes it, block by block: what all nodes are held to.

use crate::world::{self, Founder};
use epione_exec::{BlockInfo, CheckedTx, Outcome, check_tx, execute};
use epione_kernel::MemoryState;
use epione_modules::network;
use epione_types::{Block, ChainId, DurationMs, Genesis, Hash, Header, Tenure, TxId, UnixMs};
use std::collections::BTreeMap;

/// Where a transaction stands in the chain, and with which codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Height of its block.
    pub height: u64,
    /// Its position in the block.
    pub index: u32,
    /// Per call 0 for success, else the reject's code.
    pub codes: Vec<u32>,
}

/// A chain that was re-executed.
#[derive(Debug)]
pub struct Replica {
    genesis: Genesis,
    state: MemoryState,
    headers: Vec<Header>,
    leaves: Vec<Vec<u8>>,
    places: BTreeMap<TxId, Place>,
}

/// Most founders of a scenario.
const FOUNDERS_MAX: u32 = 16;

/// Every how many blocks the laws are checked; they read the whole state.
const LAWS_EVERY: u64 = 8;

impl Replica {
    /// The chain before its first block.
    #[must_use]
    pub fn new(genesis: Genesis) -> Self {
        Self {
            genesis,
            state: MemoryState::default(),
            headers: Vec::new(),
            leaves: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// Identifier of the chain.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        self.genesis.chain()
    }

    /// Time of the last block.
    #[must_use]
    pub fn time(&self) -> UnixMs {
        self.headers.last().map_or(self.genesis.time, |header| header.time)
    }

    /// Height of the last block.
    #[must_use]
    pub fn height(&self) -> u64 {
        u64::try_from(self.headers.len()).unwrap_or(u64::MAX)
    }

    /// The state after the last block.
    #[must_use]
    pub fn state(&self) -> &MemoryState {
        &self.state
    }

    /// Hash of the committee of the next block.
    fn committee(&self) -> Result<Hash, String> {
        network::committee(&self.state).map(|committee| committee.hash()).map_err(|missing| format!("{missing:?}"))
    }

    /// All committees.
    #[must_use]
    pub fn tenures(&self) -> Vec<Tenure> {
        network::tenures(&self.state).unwrap_or_default()
    }

    /// The founders and joiners of each committee, by the epoch with which it took office.
    #[must_use]
    pub fn committees(&self) -> Vec<(u64, Vec<u32>)> {
        let seats = |tenure: Tenure| {
            let in_office = |founder: &Founder| tenure.committee.keys.contains(&founder.vote_key());
            (tenure.since_epoch, world::founders(FOUNDERS_MAX).filter(in_office).map(|founder| founder.0).collect())
        };
        self.tenures().into_iter().map(seats).collect()
    }

    /// The header of the block at `height`.
    #[must_use]
    pub fn header(&self, height: u64) -> Option<&Header> {
        self.headers.get(usize::try_from(height.checked_sub(1)?).ok()?)
    }

    /// Canonical bytes of every event, in order.
    #[must_use]
    pub fn events(&self) -> &[Vec<u8>] {
        &self.leaves
    }

    /// Where the transaction stands in the chain.
    #[must_use]
    pub fn place(&self, id: &TxId) -> Option<&Place> {
        self.places.get(id)
    }

    /// Number of transactions in the chain.
    #[must_use]
    pub fn tx_count(&self) -> usize {
        self.places.len()
    }

    /// Takes the next block, or compares one that was taken before.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, block: &Block) -> Result<(), String> {
        let (height, found) = (block.header.height, block.header.hash());
        if let Some(known) = self.header(height) {
            let known = known.hash();
            return if known == found { Ok(()) } else { Err(format!("fork at height {height}: {known} and {found}")) };
        }
        if height != self.height() + 1 {
            return Err(format!("block {height} after block {}", self.height()));
        }
        if let Some(parent) = self.headers.last()
            && (parent.hash() != block.header.parent || parent.time >= block.header.time)
        {
            return Err(format!("block {height} does not follow its parent"));
        }
        if self.height() > 0 && self.committee()? != block.header.committee_hash {
            return Err(format!("block {height} names another committee"));
        }
        let outcome = self.execute(block)?;
        self.keep(block, outcome)?;
        let next = self.genesis.ends_epoch(height).then(|| self.committee()).transpose()?;
        if next != block.header.next_committee_hash || block.header.epoch != self.genesis.epoch(height) {
            return Err(format!("block {height} names another epoch or next committee"));
        }
        if height.is_multiple_of(LAWS_EVERY) { self.check_laws() } else { Ok(()) }
    }

    fn execute(&self, block: &Block) -> Result<Outcome, String> {
        let header = &block.header;
        let mut checked: Vec<CheckedTx> = Vec::with_capacity(block.txs.len());
        for tx in block.txs.iter() {
            tx.signature.verify(&tx.tx.signing_bytes()).map_err(|error| format!("a signature {error}"))?;
            checked.push(check_tx(world::modules(), &header.chain, tx.clone()).map_err(|fault| fault.to_string())?);
        }
        let info = BlockInfo::of(&self.genesis, header.chain, (header.height, header.time), None);
        let outcome = execute(world::modules(), info, &self.genesis, &self.state, &checked)
            .map_err(|fault| format!("block {} contains a faulty transaction: {fault}", header.height))?;
        if (outcome.event_root, outcome.event_size) != (header.event_root, header.event_size) {
            return Err(format!("block {}: the events are not those of the header", header.height));
        }
        if Block::tx_root(&block.txs) != header.tx_root {
            return Err(format!("block {}: the transactions are not those of the header", header.height));
        }
        Ok(outcome)
    }

    fn keep(&mut self, block: &Block, outcome: Outcome) -> Result<(), String> {
        self.state.apply(&outcome.writes);
        self.leaves.extend(outcome.entries.iter().map(epione_types::encode));
        for (index, tx) in (0_u32..).zip(outcome.txs) {
            let place = Place { height: block.header.height, index, codes: tx.codes };
            if self.places.insert(tx.id, place).is_some() {
                return Err(format!("{} stands in the chain twice", tx.id));
            }
        }
        self.headers.push(block.header.clone());
        Ok(())
    }

    /// Checks every law of every module.
    ///
    /// # Errors
    /// The law that does not hold.
    pub fn check_laws(&self) -> Result<(), String> {
        for law in world::modules().iter().flat_map(|module| module.laws()) {
            (law.holds)(&self.state).map_err(|why| format!("height {}: {} broken: {why}", self.height(), law.id))?;
        }
        Ok(())
    }

    /// Number of blocks without transactions.
    #[must_use]
    pub fn empty_blocks(&self) -> u64 {
        let none = Block::tx_root(&[]);
        let empty = self.headers.iter().filter(|header| header.tx_root == none).count();
        u64::try_from(empty).unwrap_or(u64::MAX)
    }

    /// Number of blocks by each founder that proposed any.
    #[must_use]
    pub fn blocks_by(&self) -> BTreeMap<u32, usize> {
        let mut blocks = BTreeMap::new();
        for header in &self.headers {
            let proposer = world::founders(FOUNDERS_MAX).find(|founder| founder.vote_key() == header.proposer);
            *blocks.entry(proposer.map_or(u32::MAX, |founder| founder.0)).or_default() += 1;
        }
        blocks
    }

    /// Longest time between two blocks, by their own times.
    #[must_use]
    pub fn longest_gap(&self) -> DurationMs {
        let gaps = self.headers.iter().zip(self.headers.iter().skip(1)).map(|(one, next)| next.time.since(one.time));
        gaps.max().unwrap_or_default()
    }

    /// A digest of head and events.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let head = self.headers.last().map(Header::hash).unwrap_or_default();
        let parts: Vec<&[u8]> = std::iter::once(&head.0[..]).chain(self.leaves.iter().map(Vec::as_slice)).collect();
        Hash::sha256(&parts)
    }
}
