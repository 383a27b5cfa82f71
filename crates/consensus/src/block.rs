//! A block as the engine carries it.

use crate::{Era, Eras};
use bytes::{BufMut, Bytes};
use commonware_codec::{
    Buf, DecodeExt as _, EncodeSize, Error as CodecError, FixedSize as _, Read, ReadExt as _, Write,
};
use commonware_consensus::{
    Block as ConsensusBlock, BoundedBlock, CertifiableBlock, Heightable,
    simplex::types::Context,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Digestible, ed25519, sha256::Digest};
use commonware_storage::mmr::Location;
use commonware_utils::range::NonEmptyRange;
use epione_types::{Block, Hash, Header, PublicKey};
use std::sync::Arc;

/// Consensus metadata of a block.
pub type BlockContext = Context<Digest, ed25519::PublicKey>;

/// A block with its canonical bytes and its hash. The hash covers the header; the header's `tx_root` covers the
/// transactions, which is checked when the block is read.
#[derive(Clone, Debug)]
pub struct EngineBlock {
    block: Arc<Block>,
    bytes: Bytes,
    hash: Digest,
    proposer: ed25519::PublicKey,
    /// The passage into another format of the state after this block, on a node that went through it.
    passage: Option<Era>,
}

/// Why a block is not one for the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The bytes are not canonical.
    #[error("not canonical")]
    Malformed,
    /// The proposer's key is not a point of the curve.
    #[error("the proposer is not a key")]
    Proposer,
    /// The transactions are not those that the header names.
    #[error("the transactions are not those of the header")]
    TxRoot,
    /// The range of operations is empty.
    #[error("the range of operations is empty")]
    OpsRange,
}

impl EngineBlock {
    /// Takes a block that this node made.
    ///
    /// # Errors
    /// [`BlockError`] if header and transactions do not fit.
    pub fn new(block: Block) -> Result<Self, BlockError> {
        let bytes = epione_types::encode(&block).into();
        Self::with_bytes(block, bytes)
    }

    fn decode(bytes: Bytes, eras: &Eras) -> Result<Self, BlockError> {
        let block = epione_types::decode(&bytes, Block::BYTES_MAX).map_err(|_malformed| BlockError::Malformed)?;
        let block = Self::with_bytes(block, bytes)?;
        Ok(Self { passage: eras.after_block(&block.hash()).copied(), ..block })
    }

    fn with_bytes(block: Block, bytes: Bytes) -> Result<Self, BlockError> {
        let header = &block.header;
        if header.ops_range.start >= header.ops_range.end {
            return Err(BlockError::OpsRange);
        }
        if Block::tx_root(&block.txs) != header.tx_root {
            return Err(BlockError::TxRoot);
        }
        let proposer = engine_key(&header.proposer).ok_or(BlockError::Proposer)?;
        let hash = Digest::from(header.hash().0);
        Ok(Self { block: Arc::new(block), bytes, hash, proposer, passage: None })
    }

    /// The block.
    #[must_use]
    pub fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.block.header
    }

    /// The hash that consensus certifies.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash(self.hash.0)
    }

    /// Root of the operation log of the state after this block: in the format of the next block.
    pub(crate) fn ops_root(&self) -> Digest {
        Digest::from(self.passage.map_or(self.header().ops_root, |era| era.ops_root).0)
    }

    /// The operations of that log which state sync fetches.
    pub(crate) fn ops_range(&self) -> NonEmptyRange<Location> {
        let range = self.passage.map_or(self.header().ops_range, |era| era.ops_range);
        // INVARIANT: `with_bytes` refuses an empty range, and the log of a state begins with an operation.
        NonEmptyRange::new(Location::new(range.start)..Location::new(range.end))
            .unwrap_or_else(|_empty| epione_kernel::broken("a block with an empty range of operations"))
    }
}

/// An organization's vote key as the engine knows it.
pub(crate) fn engine_key(key: &PublicKey) -> Option<ed25519::PublicKey> {
    ed25519::PublicKey::decode(Bytes::copy_from_slice(key.ed25519()?)).ok()
}

impl PartialEq for EngineBlock {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for EngineBlock {}

impl Write for EngineBlock {
    fn write(&self, buf: &mut impl BufMut) {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX).write(buf);
        buf.put_slice(&self.bytes);
    }
}

impl EncodeSize for EngineBlock {
    fn encode_size(&self) -> usize {
        u32::SIZE + self.bytes.len()
    }
}

impl Read for EngineBlock {
    type Cfg = Eras;

    fn read_cfg(buf: &mut impl Buf, eras: &Eras) -> Result<Self, CodecError> {
        let len = usize::try_from(u32::read(buf)?).unwrap_or(usize::MAX);
        if len > Block::BYTES_MAX {
            return Err(CodecError::InvalidLength(len));
        }
        if buf.remaining() < len {
            return Err(CodecError::EndOfBuffer);
        }
        Self::decode(buf.copy_to_bytes(len), eras).map_err(|error| CodecError::Wrapped("block", error.into()))
    }
}

impl Digestible for EngineBlock {
    type Digest = Digest;
    fn digest(&self) -> Digest {
        self.hash
    }
}

impl Heightable for EngineBlock {
    fn height(&self) -> Height {
        Height::new(self.header().height)
    }
}

impl ConsensusBlock for EngineBlock {
    fn parent(&self) -> Digest {
        Digest::from(self.header().parent.0)
    }
}

impl CertifiableBlock for EngineBlock {
    type Context = BlockContext;
    fn context(&self) -> BlockContext {
        let header = self.header();
        Context {
            round: Round::new(Epoch::new(header.epoch), View::new(header.view)),
            leader: self.proposer.clone(),
            parent: (View::new(header.parent_view), Digest::from(header.parent.0)),
        }
    }
}

impl BoundedBlock for EngineBlock {
    fn max_encode_size(_: &Eras) -> usize {
        u32::SIZE + Block::BYTES_MAX
    }
}
