//! `epione bench members`: what a change of the validators costs the chain, and how soon a node without its disk votes again.
//!
//! Four validators and an observer, each with a node. The observer becomes a validator in the middle of the load; then a node loses
//! its disk and comes back under a new vote key, by the commands that an operator types.

use super::{
    load::{Load, Signed},
    report::Machine,
    seconds_of,
};
use crate::{
    demo::{After, Consortium, DemoOptions, Nodes, Place},
    init,
};
use anyhow::{Context as _, Result, ensure};
use epione_cli::{Modules, Output};
use serde_json::{Value, json};
use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};
use tokio::process::Command;

/// The observer that becomes a validator: the node after those of the validators.
const FIFTH: usize = 4;
/// The node that loses its disk.
const LOST: usize = 3;
/// The lane of what the members decide; the load takes lower ones.
const LANE: &str = "100";
/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(300);

/// What was asked of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemberOptions {
    /// Transactions of each of the three loads: before, through and after the change.
    pub(crate) txs: usize,
    /// Transactions of one POST.
    pub(crate) batch: usize,
    /// Connections that post at once.
    pub(crate) connections: usize,
}

/// Runs the measurement in a temporary folder.
///
/// # Errors
/// If the nodes cannot run, a command of the operator fails, or something submitted does not become final.
pub(crate) async fn run(modules: Modules, options: MemberOptions, out: &mut Output) -> Result<()> {
    let place = Place::open(&DemoOptions { dir: None, after: After::End, base_port: None })?;
    // Those with a node come first.
    let mut organizations = init::demo();
    organizations.insert(FIFTH, "name=Regulator,kind=regulator,jurisdiction=CH,role=observer".parse()?);
    let consortium = Consortium::found(modules, &place, organizations)?;
    let mut nodes = Nodes::new(&consortium)?;
    nodes.start(out).await?;
    let measured = measure(&consortium, &mut nodes, options, out).await;
    nodes.stop(out).await?;
    place.close(measured.is_ok(), out)?;
    Ok(out.result(&measured?)?)
}

async fn measure(
    consortium: &Consortium,
    nodes: &mut Nodes,
    options: MemberOptions,
    out: &mut Output,
) -> Result<Value> {
    let load = Load::new(consortium.nodes.iter().map(|node| node.url.clone()).collect())?;
    let mut signed = Signed::new(consortium)?;
    out.progress(format_args!("{} transactions with four validators", options.txs))?;
    let before = rate(&load, &mut signed, options).await?;
    out.progress("The same while a fifth takes its seat")?;
    decide(consortium).await?;
    ensure!(load.voting(FIFTH).await? == "follows", "the fifth has its seat already: ask for more transactions");
    let through = rate(&load, &mut signed, options).await?;
    ensure!(load.voting(FIFTH).await? == "votes", "the fifth has no seat yet: ask for more transactions");
    out.progress("The same with five validators")?;
    let after = rate(&load, &mut signed, options).await?;
    out.progress("A node loses its disk and comes back under a new vote key")?;
    let back = lose(consortium, nodes, &load, out).await?;
    Ok(json!({
        "tx_per_s_before": before,
        "tx_per_s_through_change": through,
        "tx_per_s_after": after,
        "share_kept": through / before,
        "share_kept_of_rate_after": through / after,
        "lost_disk_to_voting_s": back.as_secs_f64(),
        "conditions": {
            "machine": Machine::here(),
            "nodes": "four validators and an observer that becomes the fifth, all on this machine with the load",
            "txs_of_each_load": options.txs,
            "txs_on_the_chain_when_the_disk_was_lost": options.txs * 3,
            "txs_per_post": options.batch,
            "connections": options.connections,
        },
    }))
}

/// Transactions per second, from the first POST until the last is final.
async fn rate(load: &Load, signed: &mut Signed, options: MemberOptions) -> Result<f64> {
    let txs = signed.txs(options.txs);
    let begun = Instant::now();
    load.post_all(txs, options.batch, options.connections).await?;
    load.settled(LIMIT).await?;
    Ok(seconds_of(options.txs, begun.elapsed()))
}

/// The members decide that the observer becomes a validator.
async fn decide(consortium: &Consortium) -> Result<()> {
    let url = &consortium.nodes.first().context("there is no node")?.url;
    let fifth = consortium.organizations.get(FIFTH).context("there is no fifth")?.id;
    let fields = json!({ "change": { "change-role": { "org": fifth, "role": "validator" } } }).to_string();
    let call = async |voter: usize, call: &str, fields: &str| {
        let folder = &consortium.organizations.get(voter).context("there is no such member")?.folder;
        let key = folder.join("keys/operations.key");
        let key = key.to_string_lossy();
        let by = ["--key", &key, "--lane", LANE, "--node", url, "--wait"];
        operator(&[&["--json", "call", "network", call, "--fields", fields][..], &by].concat()).await
    };
    let proposed = call(0, "propose", &fields).await?;
    let proposal = proposed.pointer("/events/0/fields/id").and_then(Value::as_str);
    let vote = json!({ "proposal": proposal.context("the proposal has no identifier")?, "approve": true }).to_string();
    for voter in 0..FIFTH {
        call(voter, "vote", &vote).await?;
    }
    Ok(())
}

/// A node is killed, its data removed, its vote key replaced; how long it then takes from its start until it votes.
async fn lose(consortium: &Consortium, nodes: &mut Nodes, load: &Load, out: &mut Output) -> Result<Duration> {
    let url = &consortium.nodes.first().context("there is no node")?.url;
    let node = nodes.get_mut(LOST)?;
    node.kill().await?;
    let folder = node.files.config.parent().context("a configuration has no folder")?;
    fs::remove_dir_all(folder.join("data"))?;
    let key = |name: &str| folder.join("keys").join(name).to_string_lossy().into_owned();
    let (root, new) = (key("root.key"), key("vote-2.key"));
    let begun = Instant::now();
    operator(&[
        "--json",
        "key",
        "rotate",
        "--purpose",
        "vote",
        "--no-passphrase",
        "--key",
        &root,
        "--out",
        &new,
        "--node",
        url,
    ])
    .await?;
    name_key(&node.files.config)?;
    node.start()?;
    node.until_ready(begun, out).await?;
    load.votes(LOST, LIMIT).await?;
    Ok(begun.elapsed())
}

/// Names the new vote key in the configuration.
fn name_key(config: &Path) -> Result<()> {
    let text = fs::read_to_string(config)?;
    let named = text.replace("keys/vote.key", "keys/vote-2.key");
    ensure!(named != text, "{} names no vote key", config.display());
    Ok(fs::write(config, named)?)
}

/// Runs a command of this program; what it answers.
async fn operator(arguments: &[&str]) -> Result<Value> {
    let program = env::current_exe().context("the path of this program is not known")?;
    let done = Command::new(program).args(arguments).kill_on_drop(true).output().await?;
    ensure!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).with_context(|| format!("{arguments:?} answers with no JSON"))
}
