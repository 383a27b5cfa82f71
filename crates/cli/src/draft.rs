//! Transactions as a client makes them: canonical bytes from fields, an envelope, a signature.
//!
//! Everything that is signed is made here from what the user asked for. A node contributes two numbers that it cannot
//! misuse: the next sequence number, and its block time, which can only shorten how long a transaction is valid.

use crate::{
    Failure,
    client::Client,
    keys::{KeyFileError, KeyInfo},
    signer::Signer,
};
use epione_kernel::{BodyError, CallDoc, Module};
use epione_types::{
    Bytes, Call, ChainId, DurationMs, List, Nonce, SignedTx, SignerId, Tx, UnixMs,
    limits::{CALL_BODY_BYTES_MAX, CALLS_PER_TX_MAX, NONCE_LANES, VALIDITY_MS_MAX},
};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a transaction stays valid unless asked otherwise.
pub const VALID_FOR: DurationMs = DurationMs::from_secs(600);

/// The modules that calls are made for.
pub type Modules = &'static [&'static dyn Module];

/// What surrounds the calls of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The chain.
    pub chain: ChainId,
    /// Who signs.
    pub signer: SignerId,
    /// The place in the signer's order.
    pub nonce: Nonce,
    /// Last block time at which the transaction may be included.
    pub valid_until: UnixMs,
}

/// What a user may choose about an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The chain, if the user names one.
    pub chain: Option<ChainId>,
    /// The nonce lane.
    pub lane: u16,
    /// The sequence number, if the user names one.
    pub seq: Option<u64>,
    /// How long the transaction stays valid.
    pub valid_for: DurationMs,
}

impl Default for Choices {
    fn default() -> Self {
        Self { chain: None, lane: 0, seq: None, valid_for: VALID_FOR }
    }
}

impl Envelope {
    /// An envelope for the next transaction of the owner of `key`, with what only a node knows.
    ///
    /// # Errors
    /// [`Failure`] if the key signs no transactions or has no owner, if the node is one of another chain than the key, or
    /// does not answer.
    pub async fn next(client: &Client, key: &dyn Signer, choices: Choices) -> Result<Self, Failure> {
        let key = key.info();
        let signer = signer(&key)?;
        if choices.lane >= NONCE_LANES {
            return Err(Failure::Usage(format!("--lane {} is too high; lanes are numbered 0 to 255", choices.lane)));
        }
        let status = client.status().await?;
        let chain = choices.chain.or(key.chain).unwrap_or(status.chain);
        if chain != status.chain {
            let text = format!("the node at {} is one of {}, not of {chain}", client.url(), status.chain);
            return Err(Failure::Refused(format!("{text}; nothing was signed: check --node and --chain")));
        }
        let seq = match choices.seq {
            Some(seq) => seq,
            None => client.next_seq(&signer, choices.lane).await?,
        };
        let valid_until = valid_until(own_clock(), status.time, choices.valid_for);
        Ok(Self { chain, signer, nonce: Nonce { lane: choices.lane, seq }, valid_until })
    }

    /// The signed transaction with these calls.
    ///
    /// # Errors
    /// [`Failure`] if there are too many calls, the operating system gives no random bytes, or the key does not sign.
    pub fn sign(self, calls: Vec<Call>, key: &dyn Signer) -> Result<SignedTx, Failure> {
        let calls = List::new(calls)
            .map_err(|calls| Failure::Usage(format!("{} calls are more than {CALLS_PER_TX_MAX}", calls.len())))?;
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| Failure::Key(KeyFileError::Random(error)))?;
        let Self { chain, signer, nonce, valid_until } = self;
        let tx = Tx { version: Tx::VERSION, chain, signer, nonce, salt, valid_until, calls };
        let signature = key.sign(&tx.signing_bytes())?;
        Ok(SignedTx { tx, signature })
    }
}

/// Counted by the own clock: block time lags behind after an outage, and a node that names a time far ahead must not make a
/// transaction that stays valid until then. What is valid for more than a day of block time would not be taken at all.
fn valid_until(now: UnixMs, block_time: UnixMs, valid_for: DurationMs) -> UnixMs {
    now.after(valid_for).min(block_time.after(DurationMs(VALIDITY_MS_MAX)))
}

/// The owner of a key that may sign transactions.
fn signer(key: &KeyInfo) -> Result<SignerId, Failure> {
    if !key.purpose.signs_transactions() {
        let text = format!("this is a {} key, and those never sign transactions", key.purpose);
        return Err(Failure::Refused(format!("{text}; give an operations, root or identity key")));
    }
    key.signer.ok_or_else(|| {
        Failure::Refused("the key file names no `Signer`: write a file with `epione key new --signer ID`".to_owned())
    })
}

fn own_clock() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The module and its call of these names.
///
/// # Errors
/// [`Failure::Usage`] with the names that there are.
pub fn find(modules: Modules, module: &str, call: &str) -> Result<(&'static dyn Module, &'static CallDoc), Failure> {
    let names = || modules.iter().map(|module| module.name()).collect::<Vec<_>>().join(", ");
    let found = modules.iter().copied().find(|known| known.name() == module);
    let found = found.ok_or_else(|| Failure::Usage(format!("there is no module `{module}`; there are {}", names())))?;
    let calls = &found.surface().calls;
    let doc = calls.iter().find(|doc| doc.item.item.name == call);
    let names = || calls.iter().map(|doc| doc.item.item.name).collect::<Vec<_>>().join(", ");
    let doc = doc.ok_or_else(|| Failure::Usage(format!("`{module}` has no call `{call}`; it has {}", names())))?;
    Ok((found, doc))
}

/// The call of these names with these fields, checked as far as that needs no state.
///
/// # Errors
/// [`Failure::Usage`] with the field that is missing, unknown or wrong; [`Failure::Refused`] if a rule refuses the call
/// whatever the state.
pub fn call(modules: Modules, module: &str, call: &str, fields: &Value) -> Result<Call, Failure> {
    let (module, doc) = find(modules, module, call)?;
    let number = doc.item.item.number;
    let body = module.call_from_json(number, fields.clone()).map_err(|error| complaint(&error))?;
    match module.check(number, &body) {
        Ok(Ok(())) => {}
        Ok(Err((code, text))) => return Err(Failure::Refused(format!("refused with code {code}: {text}"))),
        Err(error) => return Err(complaint(&error)),
    }
    let body = Bytes::new(body).map_err(|body| {
        Failure::Usage(format!("the call has {} bytes; {CALL_BODY_BYTES_MAX} are the limit", body.len()))
    })?;
    Ok(Call { module: module.id(), call: number, body })
}

fn complaint(error: &BodyError) -> Failure {
    Failure::Usage(format!("fields: {error}"))
}
