//! What a node answers.

use epione_types::{ChainId, Hash, TxId, UnixMs};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a node stands. Fields that this client does not know are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NodeStatus {
    /// The chain.
    pub chain: ChainId,
    /// Name of the consortium.
    pub name: String,
    /// Name of the node.
    pub node: String,
    /// Version of the program.
    pub version: String,
    /// Whether the genesis permits shortened periods.
    #[serde(default)]
    pub demo: bool,
    /// Height of the last finalized block.
    pub height: u64,
    /// Time of that block.
    pub time: UnixMs,
    /// Milliseconds since the node saw a block become final.
    pub last_final_ms: u64,
    /// Events in the log.
    pub event_size: u64,
    /// Root of the authenticated state after that block.
    pub state_root: Hash,
    /// Root of the event tree after that block.
    pub event_root: Hash,
    /// The other nodes as this one sees them.
    #[serde(default)]
    pub peers: NodePeers,
    /// Whether the node votes: `votes`, `follows`, `asks` or `forgot`.
    #[serde(default)]
    pub voting: String,
    /// None if the node follows the chain; else why not.
    #[serde(default)]
    pub not_ready: Option<String>,
}

/// The other nodes as one of them sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NodePeers {
    /// How many it is configured to talk to, itself not counted.
    pub known: u64,
    /// How many of them are connected to it now.
    pub connected: u64,
}

/// How far a transaction came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TxStatus {
    /// In the mempool.
    Accepted,
    /// Final, and durable on the node that says so.
    Final,
}

/// A transaction that the node took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxAnswer {
    /// The transaction.
    pub id: TxId,
    /// How far it came.
    pub status: TxStatus,
    /// Height of its block, once final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Its position in the block, once final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Time of its block, once final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<UnixMs>,
    /// Per call what became of it, once final.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<CallResult>,
}

impl TxAnswer {
    /// The first call that the ledger refused, with its position.
    #[must_use]
    pub fn refused(&self) -> Option<(usize, &CallResult)> {
        self.results.iter().enumerate().find(|(_, result)| result.code != 0)
    }
}

/// What became of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallResult {
    /// 0 for success, else `module << 16 | reject number`.
    pub code: u32,
    /// Name of the reject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is wrong and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryAnswer {
    /// The value.
    pub value: Value,
    /// Height as of which it holds.
    pub height: u64,
    /// Block time as of which it holds.
    pub time: UnixMs,
    /// `state` if agreed by all, `rows` if derived by this node.
    pub source: String,
}

/// Which block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockAt {
    /// The one at this height.
    Height(u64),
    /// The last finalized one.
    Latest,
}

impl std::fmt::Display for BlockAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Height(height) => height.fmt(f),
            Self::Latest => f.write_str("latest"),
        }
    }
}
