//! The command line of `epione org`.

use super::{given, new_passphrase, no_passphrase, path, protection};
use crate::init::{Entry, Spec};
use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use epione_cli::verbs::{group, verb};
use std::net::SocketAddr;

/// Where a node serves HTTP unless configured otherwise.
const HTTP: &str = "127.0.0.1:7400";

pub(super) fn command() -> Command {
    let example = "epione org new --genesis genesis.json --dir bayview --name \"Bayview Clinic\" --kind clinic \\\n      \
                   --jurisdiction US-WI --role validator --consensus 203.0.113.5:7401";
    let new = verb("new", "Makes what an organization needs to enter a consortium that exists", &[example])
        .long_about(
            "Makes what an organization needs to enter a consortium that exists: keys, a TLS certificate, the configuration \
             of its node, a copy of the genesis, and `admission.json`, which has no secret in it: the organization, with a \
             signature of each of its keys. A member proposes it (`epione call network propose --fields \
             @admission.json`), the members vote. Asks no node; overwrites nothing.",
        )
        .arg(path("genesis", "The genesis of the chain, as all members have it").required(true))
        .arg(path("dir", "The new folder for it all").required(true))
        .next_help_heading("Organization")
        .arg(text("name", "NAME", "The legal name, which is public").required(true))
        .arg(text("kind", "KIND", "What it is: hospital, clinic, laboratory, pharmacy, payer …").required(true))
        .arg(text("jurisdiction", "CODE", "Where it is established: CH, US-WI").required(true))
        .arg(text("role", "ROLE", "What it does in the network: validator, member or observer").required(true))
        .next_help_heading("Node")
        .arg(address("consensus", "Where the other nodes reach this one"))
        .arg(address("peer", "Where they reach it for secure links [default: the next port]"))
        .arg(address("http", "Where it serves HTTP on its machine").default_value(HTTP))
        .arg(text("api", "URL", "The URL of its interface, if others may use it"))
        .arg(Arg::new("no-node").long("no-node").action(ArgAction::SetTrue).help("The organization runs no node"))
        .next_help_heading("Keys")
        .args([new_passphrase("The file with the passphrase for all keys [default: asked for]"), no_passphrase()]);
    group("org", "An organization that is to become a member", &[example]).subcommand(new)
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn address(name: &'static str, help: &'static str) -> Arg {
    text(name, "IP:PORT", help).value_parser(value_parser!(SocketAddr))
}

/// What was given to `epione org new`.
///
/// # Errors
/// If something is missing or does not fit, or there is no passphrase.
pub(crate) fn entry(matches: &ArgMatches) -> Result<Entry> {
    let matches = matches.subcommand_matches("new").unwrap_or(matches);
    let organization = Spec {
        name: given(matches, "name")?,
        kind: given(matches, "kind")?,
        jurisdiction: given(matches, "jurisdiction")?,
        role: given(matches, "role")?,
        has_node: !matches.get_flag("no-node"),
        consensus: matches.get_one("consensus").copied(),
        peer: matches.get_one("peer").copied(),
        api: matches.get_one("api").cloned(),
    };
    organization.fit_node()?;
    Ok(Entry {
        genesis: given(matches, "genesis")?,
        dir: given(matches, "dir")?,
        organization,
        http: given(matches, "http")?,
        protection: protection(matches)?,
    })
}
