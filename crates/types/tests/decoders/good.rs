//! Good values, by the name of the property that is for them. They are also what fuzzing begins with.

use epione_types::{
    Block, Bytes, Call, ChainId, Entry, Genesis, GenesisModule, Hash, Header, List, ModuleId, Nonce, OpsRange, OrgId,
    Origin, PublicKey, SignedTx, SignerId, SigningKey, Text, Tx, TxId, UnixMs, encode, testing::SoftPasskey,
};

/// Names of properties, each with the bytes of a good value.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let signed = signed();
    let batch = vec![signed.clone(), signed.clone()];
    let text = OrgId([7; 16]).to_string();
    let key = SigningKey::from_seed([5; 32]).public().to_string();
    vec![
        ("tx", signed.to_bytes()),
        ("tx_json", serde_json::to_vec(&signed).unwrap()),
        ("tx", by_passkey(&signed).to_bytes()),
        ("tx_json", serde_json::to_vec(&by_passkey(&signed)).unwrap()),
        ("batch", encode(&batch)),
        ("block", encode(&block(batch))),
        ("entry", encode(&entry())),
        ("genesis", encode(&genesis())),
        ("identifier", text.into_bytes()),
        ("identifier", key.into_bytes()),
        ("identifier", passkey().public().to_string().into_bytes()),
    ]
}

fn signed() -> SignedTx {
    let call =
        |module, body: &[u8]| Call { module: ModuleId(module), call: 1, body: Bytes::new(body.to_vec()).unwrap() };
    let tx = Tx {
        version: Tx::VERSION,
        chain: ChainId([1; 32]),
        signer: SignerId::Organization(OrgId([2; 16])),
        nonce: Nonce { lane: 3, seq: 4 },
        salt: [5; 16],
        valid_until: UnixMs(1_800_000_000_000),
        calls: List::new(vec![call(1, b"one"), call(3, &[0xab; 33])]).unwrap(),
    };
    tx.sign(&SigningKey::from_seed([6; 32]))
}

fn passkey() -> SoftPasskey {
    SoftPasskey::new(&[8; 32], "wallet.example.org").unwrap()
}

fn by_passkey(signed: &SignedTx) -> SignedTx {
    SignedTx { tx: signed.tx.clone(), signature: passkey().sign(&signed.tx.signing_bytes()) }
}

fn block(txs: Vec<SignedTx>) -> Block {
    let (zero, tx_root) = (Hash::default(), Block::tx_root(&txs));
    let header = Header {
        version: Header::VERSION,
        state_format: 1,
        chain: ChainId([1; 32]),
        epoch: 0,
        view: 9,
        parent_view: 8,
        proposer: PublicKey::Ed25519([7; 32]),
        height: 3,
        time: UnixMs(1_800_000_000_000),
        parent: zero,
        committee_hash: zero,
        next_committee_hash: Some(zero),
        tx_root,
        event_root: zero,
        event_size: 4,
        state_root: zero,
        ops_root: zero,
        ops_range: OpsRange { start: 1, end: 2 },
    };
    Block { header, txs: List::new(txs).unwrap() }
}

fn entry() -> Entry {
    Entry {
        version: Entry::VERSION,
        salt: [1; 16],
        origin: Origin::Call { id: TxId([2; 32]), index: 3 },
        module: ModuleId(3),
        number: 1,
        body: Bytes::new(vec![4; 40]).unwrap(),
    }
}

fn genesis() -> Genesis {
    let part = GenesisModule { module: ModuleId(1), body: Bytes::new(vec![5; 20]).unwrap() };
    Genesis {
        version: Genesis::VERSION,
        state_format: 1,
        name: Text::new("Lake Region").unwrap(),
        time: UnixMs(1_800_000_000_000),
        salt: [6; 16],
        demo: true,
        epoch_blocks: 100,
        modules: List::new(vec![part]).unwrap(),
    }
}
