//! For tests and measurements: receipts of an invented consortium, and altered receipts.

use crate::{Anchor, Certificate, Link, Receipt, Round, Stem, Vote};
use epione_types::{
    Bytes, ChainId, Committee, Edge, Entry, Hash, Header, List, ModuleId, OpsRange, Origin, Plan, PublicKey, Signature,
    SigningKey, TreeError, TreeHead, TxId, TxResult, UnixMs, encode, finalize_message,
};

/// Blocks per epoch of the invented chain.
pub const EPOCH_BLOCKS: u64 = 1_000;
/// The invented chain.
pub const CHAIN: ChainId = ChainId([0xc4; 32]);

/// Validators with their keys, ascending by public key.
#[derive(Clone, Debug)]
pub struct Validators(Vec<SigningKey>);

impl Validators {
    /// Validators whose keys have these seeds, each byte repeated.
    pub fn of(seeds: impl IntoIterator<Item = u8>) -> Self {
        let mut keys: Vec<SigningKey> = seeds.into_iter().map(|seed| SigningKey::from_seed([seed; 32])).collect();
        keys.sort_unstable_by_key(SigningKey::public);
        Self(keys)
    }

    /// Their public keys.
    #[must_use]
    pub fn committee(&self) -> Committee {
        Committee { keys: List::new(self.0.iter().map(SigningKey::public).collect()).unwrap_or_default() }
    }

    /// The votes of those from `first` on for a block.
    #[must_use]
    pub fn votes(&self, header: &Header, round: Round, first: usize) -> Vec<Vote> {
        let message = finalize_message(&header.chain, header.epoch, round.view, round.parent_view, &header.hash());
        let numbered = (0_u8..).zip(&self.0).skip(first);
        let vote = |(validator, key): (u8, &SigningKey)| {
            let Signature::Ed25519 { bytes, .. } = key.sign(&message) else { return None };
            Some(Vote { validator, signature: bytes })
        };
        numbered.filter_map(vote).collect()
    }

    /// The compact certificate of a block in the round of its header; none without validators.
    #[must_use]
    pub fn certificate(&self, header: &Header) -> Option<Certificate> {
        let round = Round { view: header.view, parent_view: header.parent_view };
        Certificate::of(header, round, &self.committee(), self.votes(header, round, 0))
    }
}

/// What a verifier knows of the invented chain whose founders are `validators`.
#[must_use]
pub fn anchor(validators: &Validators) -> Anchor {
    Anchor { chain: CHAIN, epoch_blocks: EPOCH_BLOCKS, committee: validators.committee() }
}

/// A header of the invented chain.
#[must_use]
pub fn header(height: u64, validators: &Validators, next: Option<&Validators>, tree: TreeHead) -> Header {
    let committee = validators.committee();
    Header {
        version: Header::VERSION,
        state_format: 1,
        chain: CHAIN,
        epoch: height / EPOCH_BLOCKS,
        view: height.saturating_add(7),
        parent_view: height.saturating_add(5),
        proposer: committee.keys.last().copied().unwrap_or(PublicKey::Ed25519([0; 32])),
        height,
        time: UnixMs(height.saturating_mul(1_000).saturating_add(1_800_000_000_000)),
        parent: Hash([4; 32]),
        committee_hash: committee.hash(),
        next_committee_hash: next.map(|next| next.committee().hash()),
        tx_root: Hash([6; 32]),
        event_root: tree.root,
        event_size: tree.size,
        state_root: Hash([8; 32]),
        ops_root: Hash([9; 32]),
        ops_range: OpsRange { start: 10, end: 2_000_000 },
    }
}

/// The change to `next` with the last block of an epoch; none without validators.
#[must_use]
pub fn link(epoch: u64, validators: &Validators, next: &Validators) -> Option<Link> {
    let height = epoch.saturating_add(1).saturating_mul(EPOCH_BLOCKS).saturating_sub(1);
    let header = header(height, validators, Some(next), TreeHead { size: 3, root: Hash([7; 32]) });
    let certificate = validators.certificate(&header)?;
    Some(Link { stem: Stem::of(&header, &validators.committee())?, certificate, committee: next.committee() })
}

/// An event of the invented chain: the result of a transaction of two calls.
#[must_use]
pub fn entry(number: u64) -> Entry {
    let codes = List::new(vec![0, 3 << 16 | 1]).unwrap_or_default();
    let mut id = [0x77; 32];
    for (to, from) in id.iter_mut().zip(number.to_le_bytes()) {
        *to = from;
    }
    Entry {
        version: Entry::VERSION,
        salt: [0x5b; 16],
        origin: Origin::Tx { id: TxId(id) },
        module: ModuleId(0),
        number: TxResult::NUMBER,
        body: Bytes::new(encode(&TxResult { codes })).unwrap_or_default(),
    }
}

/// A tree of events with all that is kept of it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    edge: Edge,
    kept: Vec<Hash>,
}

impl Tree {
    /// The tree of the events 0 to `size` of the invented chain.
    #[must_use]
    pub fn of(size: u64) -> Self {
        let mut tree = Self::default();
        (0..size).for_each(|number| tree.append(entry(number).leaf()));
        tree
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: Hash) {
        self.edge.append(leaf, &mut self.kept);
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.edge.size(), root: self.edge.root() }
    }

    /// The inclusion path of a leaf.
    ///
    /// # Errors
    /// [`TreeError::Outside`].
    pub fn path(&self, position: u64) -> Result<Vec<Hash>, TreeError> {
        let plan = Plan::inclusion(position, self.edge.size())?;
        let at = |at: &u64| usize::try_from(*at).ok().and_then(|at| self.kept.get(at).copied());
        plan.assemble(&plan.positions().iter().filter_map(at).collect::<Vec<_>>())
    }
}

/// The receipt of event `position` under the block at `height`, after `links`; none if there is no such event.
#[must_use]
pub fn receipt(
    (position, height): (u64, u64),
    tree: &Tree,
    validators: &Validators,
    links: Vec<Link>,
) -> Option<Receipt> {
    let header = header(height, validators, None, tree.head());
    Some(Receipt {
        chain: CHAIN,
        links: List::new(links).ok()?,
        stem: Stem::of(&header, &validators.committee())?,
        next_committee_hash: None,
        certificate: validators.certificate(&header)?,
        position,
        tree_size: header.event_size,
        path: List::new(tree.path(position).ok()?).ok()?,
        entry: entry(position),
    })
}

/// The altered receipt with this number: first every bit flipped, then every truncation, every byte appended, then windows
/// swapped or copied over others, bytes inserted or removed, and two bits flipped, by numbers drawn from `number`. None if the
/// alteration changes nothing.
#[must_use]
pub fn mutant(bytes: &[u8], number: usize) -> Option<Vec<u8>> {
    let (len, mut altered) = (bytes.len(), bytes.to_vec());
    let bits = len.saturating_mul(8);
    if number < bits {
        flip(&mut altered, number);
    } else if number < bits.saturating_add(len) {
        altered.truncate(number.saturating_sub(bits));
    } else if let Ok(byte) = u8::try_from(number.saturating_sub(bits).saturating_sub(len)) {
        altered.push(byte);
    } else {
        let mut dice = Dice(u64::try_from(number).unwrap_or(0));
        let (width, one, other) =
            (WIDTHS.get(dice.below(WIDTHS.len())).copied().unwrap_or(1), dice.below(len), dice.below(len));
        match dice.below(5) {
            0 => (0..width).for_each(|at| swap(&mut altered, one.saturating_add(at), other.saturating_add(at))),
            1 => (0..width).for_each(|at| copy(&mut altered, one.saturating_add(at), other.saturating_add(at))),
            2 => altered.insert(one, u8::try_from(dice.below(256)).unwrap_or(0)),
            3 => drop(altered.drain(one..one.saturating_add(width).min(len))),
            _ => [one, other].iter().for_each(|at| flip(&mut altered, at.saturating_mul(8).saturating_add(width % 8))),
        }
    }
    (altered != bytes).then_some(altered)
}

/// Widths of the fields of a receipt, in bytes.
const WIDTHS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 65];

fn flip(bytes: &mut [u8], bit: usize) {
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

fn swap(bytes: &mut [u8], one: usize, other: usize) {
    if one.max(other) < bytes.len() {
        bytes.swap(one, other);
    }
}

fn copy(bytes: &mut [u8], from: usize, to: usize) {
    if let (Some(byte), true) = (bytes.get(from).copied(), to < bytes.len())
        && let Some(place) = bytes.get_mut(to)
    {
        *place = byte;
    }
}

/// SplitMix64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        (mixed ^ (mixed >> 31)).checked_rem(end).and_then(|below| usize::try_from(below).ok()).unwrap_or(0)
    }
}
