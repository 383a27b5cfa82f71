//! What can be seen of the network: own ports, peers, clocks, versions.

use super::Finding;
use crate::{
    config::Config,
    demo::is_free,
    genesis::{self, Checked},
};
use epione_cli::client::{Client, ClientError, NodePeers, NodeStatus};
use epione_consensus::is_global;
use futures::future::join_all;
use serde_json::Value;
use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};
use tokio::net::TcpStream;

const CONNECT: Duration = Duration::from_secs(3);
/// A header that is so far ahead of a validator's clock waits, in milliseconds (design §4 "Time").
const CLOCK_MS_MAX: u64 = 2_000;
/// The `Date` of an answer is cut to a second, and the answer takes its time.
const DATE_MS: u64 = 1_500;

/// Own ports, then every peer.
pub(super) async fn examine(config: &Config, checked: &Checked, node: Option<&Client>) -> Vec<Finding> {
    let mut findings = own(config, checked, node).await;
    let own = epione_cli::keys::KeyInfo::read(&config.keys.vote).map(|(info, _)| info.public).ok();
    let mut addresses = Vec::new();
    for (key, published) in genesis::nodes(checked).unwrap_or_default() {
        if own == Some(key) {
            continue;
        }
        let configured = config.consensus.peers.iter().find(|peer| peer.key == key);
        addresses.push(configured.map_or(published, |peer| peer.address.to_string()));
    }
    let mine = format!("http://{}", config.http.listen);
    let urls: Vec<String> = interfaces(checked).into_iter().filter(|url| *url != mine).collect();
    // All at once: a member that does not answer costs the time of one.
    findings.extend(private(config, &addresses).await);
    let links = join_all(addresses.iter().map(|address| reachable(address)));
    let answers = join_all(urls.iter().map(|url| interface(url, checked)));
    let (links, answers) = tokio::join!(links, answers);
    findings.extend(links);
    findings.extend(answers.into_iter().flatten());
    findings
}

/// The own ports are free, or this node holds them.
async fn own(config: &Config, checked: &Checked, node: Option<&Client>) -> Vec<Finding> {
    let listen = config.http.listen;
    let (runs, url) = match node {
        Some(client) => (client.status().await, client.url()),
        None if is_free(listen) => return stopped(config),
        None => {
            let found = format!("not asked: {listen} is served over TLS, under a name that the certificate says");
            let advice = "give `--node https://NAME:PORT`, and `--ca FILE` if the system does not trust its authority";
            return vec![Finding::warning("node", found, advice)];
        }
    };
    match runs {
        Ok(status) if status.chain == checked.file.chain && status.node == config.name.as_str() => {
            vec![Finding::good("node", standing(&status)), follows(&status), connected(status.peers)]
        }
        Ok(status) => {
            let found = format!("at {url} runs the node `{}` of {}", status.node, status.chain);
            vec![Finding::problem("http.listen", found, "give each node an address of its own")]
        }
        Err(error) if config.http.tls.is_some() && !is_free(listen) => {
            vec![Finding::problem("node", error.to_string(), "compare name and authority with its certificate")]
        }
        Err(_) => stopped(config),
    }
}

/// The node does not run: nobody else may listen where it will.
fn stopped(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::good("node", "does not run")];
    findings.extend(config.listens().into_iter().map(|(name, address)| port(name, address)));
    findings
}

fn port(name: &str, address: SocketAddr) -> Finding {
    if is_free(address) {
        Finding::good(name, format!("{address} is free"))
    } else {
        let advice = "stop the program that listens there, or choose another port; `ss -ltnp` shows who it is";
        Finding::problem(name, format!("{address} is in use, or no address of this machine"), advice)
    }
}

fn standing(status: &NodeStatus) -> String {
    format!("runs version {}, height {}, last block {} ms ago", status.version, status.height, status.last_final_ms)
}

fn follows(status: &NodeStatus) -> Finding {
    match &status.not_ready {
        None => Finding::good("chain", "the node follows it"),
        Some(reason) => Finding::problem("chain", reason.as_str(), "look at the log of the node"),
    }
}

/// Whether the node sees the others: what it says itself, not what can be reached from here.
pub(super) fn connected(peers: NodePeers) -> Finding {
    let (about, NodePeers { known, connected }) = ("peers", peers);
    let found = format!("{connected} of {known} are connected to the node");
    let advice = "see below which can be reached; those that can may refuse the vote key or the genesis of this node";
    match connected {
        all if all >= known => Finding::good(about, found),
        0 => Finding::problem(about, found, advice),
        _ => Finding::warning(about, found, advice),
    }
}

/// The peers at private addresses, which the engine refuses unless it is told to take them.
async fn private(config: &Config, peers: &[String]) -> Option<Finding> {
    if config.consensus.allow_private_addresses {
        return None;
    }
    let found: Vec<bool> = join_all(peers.iter().map(|address| leads_to_private(address))).await;
    let refused: Vec<&str> = peers.iter().zip(found).filter(|(_, is)| *is).map(|(peer, _)| peer.as_str()).collect();
    if refused.is_empty() {
        return None;
    }
    let found = format!("it is false, but peers have private addresses: {}", refused.join(", "));
    let advice = "set it to true and start the node again: until then it connects to none of them";
    Some(Finding::problem("consensus.allow_private_addresses", found, advice))
}

async fn leads_to_private(address: &str) -> bool {
    match tokio::time::timeout(CONNECT, tokio::net::lookup_host(address)).await {
        Ok(Ok(mut found)) => found.any(|address| !is_global(address.ip())),
        Ok(Err(_)) | Err(_) => false,
    }
}

async fn reachable(address: &str) -> Finding {
    let about = format!("peer {address}");
    let advice = "ask the member whether its node runs, and look at the firewalls on both sides";
    match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Finding::good(about, "reachable"),
        Ok(Err(error)) => Finding::warning(about, error.to_string(), advice),
        Err(_) => Finding::warning(about, format!("no answer within {CONNECT:?}"), advice),
    }
}

/// The HTTP interfaces that the members publish.
fn interfaces(checked: &Checked) -> Vec<String> {
    let api = |member: &Value| member.pointer("/addresses/api").and_then(Value::as_str).map(str::to_owned);
    genesis::members(checked).iter().filter_map(api).collect()
}

/// Chain, version and clock of a peer.
async fn interface(url: &str, checked: &Checked) -> Vec<Finding> {
    let about = format!("interface {url}");
    let client = match Client::new(url) {
        Ok(client) => client,
        Err(ClientError::Plain(_)) => {
            let advice = "have the member publish the https:// URL of the proxy before its node";
            return vec![Finding::warning(about, "not asked: http:// to another machine is not encrypted", advice)];
        }
        Err(_) => return vec![Finding::warning(about, "this is no URL", "have the member set its addresses")],
    };
    let status = match client.status().await {
        Ok(status) => status,
        Err(error) => return vec![Finding::warning(about, error.to_string(), "fine if it is not open to you")],
    };
    let mut findings = vec![if status.chain == checked.file.chain {
        Finding::good(&about, standing(&status))
    } else {
        let found = format!("follows another chain, {}", status.chain);
        Finding::problem(&about, found, "compare the genesis files of both members")
    }];
    if status.version != env!("CARGO_PKG_VERSION") {
        let found = format!("version {} there, {} here", status.version, env!("CARGO_PKG_VERSION"));
        findings.push(Finding::warning(&about, found, "run the release that the members agreed on"));
    }
    if let Ok(Some(theirs)) = client.time_of_day().await {
        findings.push(clock(&about, theirs, SystemTime::now()));
    }
    findings
}

/// The own clock against that of a peer, which is told to the second.
pub(super) fn clock(about: &str, theirs: SystemTime, ours: SystemTime) -> Finding {
    let about = format!("clock, {about}");
    let ahead = ours.duration_since(theirs).map(|ahead| ahead.as_millis()).unwrap_or(0);
    let behind = theirs.duration_since(ours).map(|behind| behind.as_millis()).unwrap_or(0);
    let within = |ms: u128, limit: u64| ms <= u128::from(limit);
    let advice = "synchronize this machine and the other one by NTP; votes wait for clocks that lag";
    // Ours is read after theirs: it looks ahead by up to a second more.
    if within(ahead, CLOCK_MS_MAX.saturating_add(DATE_MS)) && within(behind, CLOCK_MS_MAX) {
        Finding::good(about, "agrees with ours")
    } else if behind > ahead {
        Finding::problem(about, format!("{behind} ms ahead of ours"), advice)
    } else {
        Finding::problem(about, format!("{ahead} ms behind ours"), advice)
    }
}
