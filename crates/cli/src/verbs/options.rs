//! Options that several verbs share.

use crate::{
    EXIT_CODES, Failure,
    client::Client,
    keys,
    secret::{SecretSource, Terminal},
    signer::Signer,
};
use clap::{Arg, ArgMatches, Command, value_parser};
use std::{env, path::PathBuf, time::Duration};

/// Where a node listens unless configured otherwise.
pub(super) const NODE: &str = "http://127.0.0.1:7400";

/// A command with its help: what it does, examples of it, and the exit codes.
#[must_use]
pub fn verb(name: impl Into<clap::builder::Str>, about: &str, examples: &[&str]) -> Command {
    let examples: String = examples.iter().map(|example| format!("  {example}\n")).collect();
    Command::new(name).about(about.to_owned()).after_long_help(format!("Examples:\n{examples}\n{EXIT_CODES}"))
}

/// A command that only groups others.
#[must_use]
pub fn group(name: impl Into<clap::builder::Str>, about: &str, examples: &[&str]) -> Command {
    verb(name, about, examples).subcommand_required(true).arg_required_else_help(true)
}

pub(super) fn node() -> Arg {
    Arg::new("node").long("node").value_name("URL").help(format!(
        "The node to ask; http:// on this machine only, else https:// [env: EPIONE_NODE] [default: {NODE}]"
    ))
}

/// For the verbs that ask a node.
pub(super) fn ca() -> Arg {
    Arg::new("ca").long("ca").value_name("FILE").global(true).value_parser(value_parser!(PathBuf)).help(
        "Certificates (PEM) of the authorities to trust for https:// [env: EPIONE_CA] [default: those of the system]",
    )
}

pub(super) fn key(help: &'static str) -> Arg {
    Arg::new("key").long("key").value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
}

/// The option that names the passphrase of the key that signs.
pub(super) const PASSPHRASE_FILE: &str = "passphrase-file";

pub(super) fn passphrase_file(name: &'static str, help: &'static str) -> Arg {
    let file = Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf));
    file.help(format!("{help} [default: a credential of the service, else asked for]"))
}

pub(super) fn key_passphrase_file() -> Arg {
    passphrase_file(PASSPHRASE_FILE, "The file with the passphrase of that key, or with the PIN of its token")
}

pub(super) fn timeout() -> Arg {
    Arg::new("timeout-ms")
        .long("timeout-ms")
        .value_name("MS")
        .default_value("30000")
        .value_parser(value_parser!(u64).range(1..=120_000))
        .help("How long to wait for finality, in milliseconds")
}

/// The client of the node that was named.
pub(super) fn client(matches: &ArgMatches) -> Result<Client, Failure> {
    let named = matches.get_one::<String>("node").cloned();
    let url = named.or_else(|| env::var("EPIONE_NODE").ok()).unwrap_or_else(|| NODE.to_owned());
    let ca = matches.try_get_one::<PathBuf>("ca").ok().flatten().cloned();
    let ca = ca.or_else(|| env::var_os("EPIONE_CA").map(PathBuf::from));
    Ok(Client::trusting(&url, ca.as_deref())?)
}

/// Where the passphrase or PIN of the key that signs comes from.
pub(super) fn secrets(matches: &ArgMatches) -> SecretSource {
    SecretSource::new(matches.get_one::<PathBuf>(PASSPHRASE_FILE).cloned(), Terminal::Asked)
}

/// What signs with the key whose file was named.
pub(super) fn read_key(matches: &ArgMatches) -> Result<Box<dyn Signer>, Failure> {
    let named = matches.get_one::<PathBuf>("key").cloned();
    let path = named.or_else(|| env::var_os("EPIONE_KEY").map(PathBuf::from));
    let path = path.ok_or_else(|| Failure::Usage("--key FILE is missing: the key that signs".to_owned()))?;
    if path.as_os_str().as_encoded_bytes().starts_with(b"pkcs11:") {
        let text = "--key is a PKCS#11 URI, which does not tell whose key it is and what for: write a file that does, with \
                    `epione key new --purpose … --signer … --pkcs11 URI --existing --out FILE`, and name that";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(keys::open(&path, &secrets(matches))?)
}

pub(super) fn wait(matches: &ArgMatches) -> Duration {
    Duration::from_millis(matches.get_one("timeout-ms").copied().unwrap_or(30_000))
}
