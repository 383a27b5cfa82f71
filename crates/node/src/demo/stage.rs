//! Who acts in the story, and what every step needs: to act through one node, and to see it at another.

use crate::demo::{consortium::Consortium, nodes::Nodes};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use epione_cli::{
    Modules,
    client::{BlockAt, Client, TxStatus},
    draft::{self, Choices, Envelope},
    keys::KeyFile,
    secret::SecretSource,
    submission::Submission,
};
use epione_types::{ChainId, OrgId, SignedTx, SignerId, TxId};
use serde_json::Value;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// How long a transaction may take to become final.
const FINAL: Duration = Duration::from_secs(30);
/// How long another node may take to show it.
const SEEN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

/// The organizations, in the order of the genesis. The first four have a node of the same number.
pub(super) const HOSPITAL: usize = 0;
/// See [`HOSPITAL`].
pub(super) const CLINIC: usize = 1;
/// See [`HOSPITAL`].
pub(super) const LABORATORY: usize = 2;
/// See [`HOSPITAL`].
pub(super) const PATIENTS: usize = 3;
/// Has no node: it acts through that of the clinic.
pub(super) const PHARMACY: usize = 4;

/// The stage.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    /// The nodes.
    pub(super) nodes: &'a mut Nodes,
    modules: Modules,
    chain: ChainId,
    actors: Vec<Actor>,
    txs: Vec<TxId>,
}

/// Somebody who signs.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    /// Its name.
    pub(super) name: String,
    /// Its key, which signs its transactions.
    pub(super) key: KeyFile,
    /// Where the keys of an organization stand.
    pub(super) keys: PathBuf,
    /// The node through which it acts.
    pub(super) node: usize,
    /// The next sequence number, as far as this process knows.
    seq: u64,
}

/// A call, by name, with its fields.
#[derive(Clone, Debug)]
pub(super) struct Act {
    /// Module and call.
    pub(super) call: (&'static str, &'static str),
    /// The fields.
    pub(super) fields: Value,
}

/// A query, by name, with its fields, of something that stands on the ledger from a height on.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Module and query.
    pub(super) query: (&'static str, &'static str),
    /// The fields.
    pub(super) fields: Value,
    /// The height as of which the answer is wanted, at least.
    pub(super) height: u64,
}

impl Actor {
    /// Somebody with a key who acts through a node.
    pub(super) fn new(name: &str, key: KeyFile, keys: PathBuf, node: usize) -> Self {
        Self { name: name.to_owned(), key, keys, node, seq: 0 }
    }

    /// Who it is.
    ///
    /// # Errors
    /// If the key names nobody.
    pub(super) fn id(&self) -> Result<SignerId> {
        self.key.signer.with_context(|| format!("the key of {} names no signer", self.name))
    }

    /// The organization that it is.
    ///
    /// # Errors
    /// If it is none.
    pub(super) fn org(&self) -> Result<OrgId> {
        match self.id()? {
            SignerId::Organization(org) => Ok(org),
            SignerId::Identity(_) => Err(anyhow!("{} is not an organization", self.name)),
        }
    }
}

impl<'a> Stage<'a> {
    /// The stage with the organizations of the consortium.
    ///
    /// # Errors
    /// If a key cannot be read.
    pub(super) fn new(modules: Modules, consortium: &Consortium, nodes: &'a mut Nodes) -> Result<Self> {
        let mut actors = Vec::new();
        for organization in &consortium.organizations {
            let keys = organization.folder.join("keys");
            let key = KeyFile::read(&keys.join("operations.key"), &SecretSource::none())?;
            let node = if organization.has_node { actors.len() } else { CLINIC };
            actors.push(Actor::new(&organization.name, key, keys, node));
        }
        Ok(Self { nodes, modules, chain: consortium.chain, actors, txs: Vec::new() })
    }

    /// The transactions that were submitted, in order.
    pub(super) fn into_txs(self) -> Vec<TxId> {
        self.txs
    }

    /// One who acts.
    ///
    /// # Errors
    /// If there is none with this number.
    pub(super) fn actor(&self, actor: usize) -> Result<&Actor> {
        self.actors.get(actor).with_context(|| format!("there is no actor {actor}"))
    }

    /// Somebody else enters the stage; the number of the actor.
    pub(super) fn enter(&mut self, actor: Actor) -> usize {
        self.actors.push(actor);
        self.actors.len().saturating_sub(1)
    }

    /// The actor signs with another key from now on.
    ///
    /// # Errors
    /// If there is no such actor.
    pub(super) fn hand_key(&mut self, actor: usize, key: KeyFile) -> Result<()> {
        let actor = self.actors.get_mut(actor).with_context(|| format!("there is no actor {actor}"))?;
        actor.key = key;
        Ok(())
    }

    /// The client of a node.
    ///
    /// # Errors
    /// If there is no such node.
    pub(super) fn client(&self, node: usize) -> Result<&Client> {
        Ok(&self.nodes.get(node)?.client)
    }

    /// The name of a node's organization.
    ///
    /// # Errors
    /// If there is no such node.
    pub(super) fn place(&self, node: usize) -> Result<String> {
        Ok(self.nodes.get(node)?.files.name.clone())
    }

    /// The signed transaction with one call of an actor.
    ///
    /// # Errors
    /// If the call does not fit its module, or the actor's node does not answer.
    pub(super) async fn sign(&mut self, actor: usize, act: &Act) -> Result<SignedTx> {
        let who = self.actor(actor)?.clone();
        let call = draft::call(self.modules, act.call.0, act.call.1, &act.fields)?;
        let client = self.client(who.node)?;
        let seq = client.next_seq(&who.id()?, 0).await?.max(who.seq);
        let choices = Choices { chain: Some(self.chain), seq: Some(seq), ..Choices::default() };
        let tx = Envelope::next(client, &who.key, choices).await?.sign(vec![call], &who.key)?;
        if let Some(actor) = self.actors.get_mut(actor) {
            actor.seq = seq.saturating_add(1);
        }
        Ok(tx)
    }

    /// An actor makes a call, which becomes final and is not refused.
    ///
    /// # Errors
    /// If it is refused, or not final in time.
    pub(super) async fn does(&mut self, actor: usize, act: Act) -> Result<Submission> {
        let submission = self.submits(actor, &act).await?;
        match submission.answer.refused() {
            None => Ok(submission),
            Some((_, result)) => {
                let (module, call) = act.call;
                let why = result.text.as_deref().unwrap_or("without a reason");
                bail!("{module}.{call} of {} is refused with code {}: {why}", self.actor(actor)?.name, result.code)
            }
        }
    }

    /// An actor makes a call, which becomes final and is refused by the reject of this name.
    ///
    /// # Errors
    /// If it is not refused, or for another reason, or not final in time.
    pub(super) async fn fails(&mut self, actor: usize, act: Act, reject: &str) -> Result<Submission> {
        let submission = self.submits(actor, &act).await?;
        let found = submission.answer.refused().and_then(|(_, result)| result.name.clone());
        ensure!(
            found.as_deref() == Some(reject),
            "{}.{} of {} should be refused with `{reject}`; the result is {}",
            act.call.0,
            act.call.1,
            self.actor(actor)?.name,
            found.as_deref().unwrap_or("success"),
        );
        Ok(submission)
    }

    async fn submits(&mut self, actor: usize, act: &Act) -> Result<Submission> {
        let tx = self.sign(actor, act).await?;
        let (module, call) = act.call;
        self.txs.push(tx.tx.id());
        let node = self.nodes.get(self.actor(actor)?.node)?;
        let submission = Submission::settle(&node.client, &tx, FINAL)
            .await
            .with_context(|| format!("{module}.{call} at {}; see {}", node.files.name, node.files.log.display()))?;
        ensure!(
            submission.answer.status == TxStatus::Final,
            "{module}.{call} ({}) is not final at {} after {FINAL:?}; see {}",
            submission.answer.id,
            node.files.name,
            node.files.log.display()
        );
        Ok(submission)
    }

    /// What a node answers, once it stands at the height.
    ///
    /// # Errors
    /// If it does not get there in time, or refuses the query then.
    pub(super) async fn sees(&self, node: usize, look: Look) -> Result<Value> {
        let (begun, client) = (Instant::now(), self.client(node)?);
        loop {
            let answer = client.query(look.query.0, look.query.1, &look.fields).await;
            let reason = match answer {
                Ok(answer) if answer.height >= look.height => return Ok(answer.value),
                Ok(answer) => format!("it answers as of height {}", answer.height),
                Err(error) => error.to_string(),
            };
            if begun.elapsed() > SEEN {
                let (module, query) = look.query;
                let (files, height) = (&self.nodes.get(node)?.files, look.height);
                let (name, log) = (&files.name, files.log.display());
                bail!(
                    "{name} does not answer {module}.{query} as of height {height} within {SEEN:?}: {reason}; see {log}"
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Height and state root on which all nodes agree: at the height of the one furthest behind.
    ///
    /// # Errors
    /// If they do not agree in time.
    pub(super) async fn agreement(&self) -> Result<(u64, String)> {
        let begun = Instant::now();
        loop {
            let reason = match self.roots().await {
                Ok((height, roots)) if roots.windows(2).all(|pair| pair.first() == pair.last()) => {
                    return Ok((height, roots.into_iter().next().unwrap_or_default()));
                }
                Ok((height, roots)) => bail!("at height {height} the nodes have different state roots: {roots:?}"),
                Err(error) => format!("{error:#}"),
            };
            ensure!(begun.elapsed() <= SEEN, "the nodes do not agree within {SEEN:?}: {reason}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// The height of the node furthest behind, and the state root of each node there.
    async fn roots(&self) -> Result<(u64, Vec<String>)> {
        let mut height = u64::MAX;
        for node in self.nodes.iter() {
            let status = node.client.status().await?;
            ensure!(status.chain == self.chain, "{} follows another chain, {}", node.files.name, status.chain);
            height = height.min(status.height);
        }
        ensure!(height > 0, "a node has no block yet");
        let mut roots = Vec::new();
        for node in self.nodes.iter() {
            roots.push(state_root(&node.client, height).await?);
        }
        Ok((height, roots))
    }
}

/// The state root in the header of the block at `height`.
///
/// # Errors
/// If the node has no such block.
pub(super) async fn state_root(client: &Client, height: u64) -> Result<String> {
    let block = client.block(BlockAt::Height(height)).await?;
    let root = block.pointer("/header/state_root").and_then(Value::as_str);
    root.map(str::to_owned).with_context(|| format!("block {height} of {} names no state root", client.url()))
}
