//! A node that takes the place of others in the mempools of all.
//!
//! Whenever it offers transactions, it also offers some in the name of other members, with the nonces these will use next,
//! signed by a key of its own; and some in the name of members that do not exist. All signatures are good. A node that took
//! them in would refuse the members' own transactions, and have no room in the end.

use crate::{
    record::Record,
    world::{self, Founder},
};
use commonware_cryptography::ed25519;
use commonware_p2p::{Recipients, Sender as _, simulated::Sender};
use commonware_runtime::deterministic;
use epione_kernel::{Domain as _, Numbered as _};
use epione_modules::notary::{self, Commit, Kind, Notary};
use epione_types::{
    Bytes, Call, Hash, List, Nonce, OrgId, SignedTx, SignerId, SigningKey, Tx, UnixMs, encode, limits::VALIDITY_MS_MAX,
};

/// The channel of transactions.
pub(crate) const TXS: usize = 6;
/// Lives of the others whose lanes are squatted, and numbers in each.
const LANES: u16 = 3;
const NUMBERS: u64 = 40;
/// Transactions of one message.
const MESSAGE_TXS: usize = 100;

/// Adds to what a founder's node sends.
#[derive(Clone)]
pub(crate) struct Squatter {
    founder: Founder,
    nodes: u32,
    record: Record,
    link: Sender<ed25519::PublicKey, deterministic::Context>,
}

impl Squatter {
    /// A founder of a consortium of `nodes` that squats, and sends through this link.
    pub(crate) fn new(
        (founder, nodes): (Founder, u32),
        record: Record,
        link: Sender<ed25519::PublicKey, deterministic::Context>,
    ) -> Self {
        Self { founder, nodes, record, link }
    }

    /// Takes note of a message that its node sends, and adds its own.
    pub(crate) fn heard(&self, channel: usize, recipients: &Recipients<ed25519::PublicKey>) {
        if channel != TXS {
            return;
        }
        let txs: Vec<SignedTx> = self.claimed().filter_map(|(signer, nonce)| self.tx(signer, nonce)).collect();
        self.record.squat(txs.iter().map(|tx| tx.tx.id()));
        // No message is longer than an honest node's: else its node would be blocked for it.
        for txs in txs.chunks(MESSAGE_TXS) {
            self.link.clone().send(recipients.clone(), bytes::Bytes::from(encode(txs)), false);
        }
    }

    /// The signers and nonces that it claims.
    fn claimed(&self) -> impl Iterator<Item = (SignerId, Nonce)> {
        let strangers = (0..=u8::MAX).map(|byte| SignerId::Organization(OrgId([byte; 16])));
        let strangers = strangers.map(|signer| (signer, Nonce { lane: 0, seq: 1 }));
        let others = world::founders(self.nodes).filter(|one| *one != self.founder);
        let nonces = || (1..=LANES).flat_map(|lane| (1..=NUMBERS).map(move |seq| Nonce { lane, seq }));
        strangers.chain(others.flat_map(move |other| nonces().map(move |nonce| (other.signer(), nonce))))
    }

    fn tx(&self, signer: SignerId, nonce: Nonce) -> Option<SignedTx> {
        let call = notary::Call::Commit(Commit { commitment: Hash::default(), kind: Kind::Document });
        let body = Bytes::new(call.body()).ok()?;
        let call = Call { module: Notary::ID, call: call.number(), body };
        let (chain, now) = self.record.replica(|replica| (replica.chain(), replica.time()));
        let tx = Tx {
            version: Tx::VERSION,
            chain,
            signer,
            nonce,
            salt: [9; 16],
            valid_until: UnixMs(now.0.saturating_add(VALIDITY_MS_MAX / 2)),
            calls: List::new(vec![call]).ok()?,
        };
        Some(tx.sign(&SigningKey::from_seed([9; 32])))
    }
}
