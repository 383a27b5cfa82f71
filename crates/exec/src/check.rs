//! What is wrong with a transaction whatever the state.

use crate::Modules;
use epione_kernel::{BodyError, Module};
use epione_types::{
    ChainId, ModuleId, SignedTx, Tx, TxFault, TxId,
    limits::{NONCE_LANES, TX_BYTES_MAX},
};

/// A transaction that is well formed for a chain; its signature may still be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedTx {
    /// The transaction.
    pub tx: SignedTx,
    /// Its identifier.
    pub id: TxId,
    /// Length of its canonical bytes.
    pub len: usize,
}

/// The module with this number.
#[must_use]
pub fn module(modules: Modules, id: ModuleId) -> Option<&'static dyn Module> {
    modules.iter().copied().find(|module| module.id() == id)
}

/// Checks everything that needs neither state nor signature: version, chain, lane, and each call by its module.
///
/// # Errors
/// The first fault.
pub fn check_tx(modules: Modules, chain: &ChainId, signed: SignedTx) -> Result<CheckedTx, TxFault> {
    let tx = &signed.tx;
    if tx.version != Tx::VERSION {
        return Err(TxFault::Version(tx.version));
    }
    if tx.chain != *chain {
        return Err(TxFault::Chain { expected: *chain, found: tx.chain });
    }
    if tx.nonce.lane >= NONCE_LANES {
        return Err(TxFault::Lane(tx.nonce.lane));
    }
    if tx.calls.is_empty() {
        return Err(TxFault::NoCalls);
    }
    for (index, call) in (0_u16..).zip(tx.calls.iter()) {
        let found = module(modules, call.module).ok_or(TxFault::UnknownModule { index, module: call.module })?;
        match found.check(call.call, &call.body) {
            Ok(Ok(())) => {}
            Ok(Err((code, text))) => return Err(TxFault::Check { index, code, text }),
            Err(BodyError::UnknownNumber(call)) => {
                return Err(TxFault::UnknownCall { index, module: found.id(), call });
            }
            Err(BodyError::Malformed(error)) => return Err(TxFault::MalformedCall { index, error }),
            Err(BodyError::Json(_)) => epione_kernel::broken("canonical bytes were read as JSON"),
        }
    }
    let len = signed.to_bytes().len();
    if len > TX_BYTES_MAX {
        return Err(TxFault::Malformed(epione_types::DecodeError::TooLong { len, max: TX_BYTES_MAX }));
    }
    let id = signed.tx.id();
    Ok(CheckedTx { tx: signed, id, len })
}
