//! Options that several verbs share.

use crate::{
    EXIT_CODES, Failure,
    client::Client,
    keys,
    secret::{SecretSource, Terminal},
    signer::Signer,
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{env, fmt::Display, path::PathBuf, str::FromStr, time::Duration};

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

/// An option whose value is parsed as `T`.
pub(super) fn value<T>(name: &'static str, shown: &'static str, help: &'static str) -> Arg
where
    T: FromStr<Err: Display> + Clone + Send + Sync + 'static,
{
    let parser = |text: &str| text.parse::<T>().map_err(|error| error.to_string());
    Arg::new(name).long(name).value_name(shown).value_parser(parser).help(help)
}

/// An option whose value is a name of the closed set `T`, as in JSON.
pub(super) fn named<T>(name: &'static str, shown: &'static str, help: &'static str) -> Arg
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let parser =
        |text: &str| serde_json::from_value::<T>(Value::String(text.to_owned())).map_err(|error| error.to_string());
    Arg::new(name).long(name).value_name(shown).value_parser(parser).help(help)
}

/// An option whose value is a text, or that of a file: what is about a person need not stand in a list of processes.
pub(super) fn text(name: &'static str, help: &'static str) -> Arg {
    let parser = |given: &str| match given.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}")),
        None => Ok(given.to_owned()),
    };
    Arg::new(name).long(name).value_name("TEXT|@FILE").value_parser(parser).help(help)
}

/// An option that stands by itself.
pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// What stands without a dash: one value, parsed as `T`.
pub(super) fn positional<T>(name: &'static str, shown: &'static str, help: &'static str) -> Arg
where
    T: FromStr<Err: Display> + Clone + Send + Sync + 'static,
{
    let parser = |text: &str| text.parse::<T>().map_err(|error| error.to_string());
    Arg::new(name).value_name(shown).required(true).value_parser(parser).help(help)
}

/// The file that is written; it must not exist.
pub(super) fn out_file(help: &'static str) -> Arg {
    Arg::new("out").long("out").value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
}

/// The page of a list that is asked for.
pub(super) fn page() -> [Arg; 2] {
    [
        value::<u64>("after", "N", "Only what comes after this position: the `next` of the page before"),
        value::<u32>("limit", "N", "At most this many, 1 to 100 [default: 50]"),
    ]
}

/// The value of an option that must be there.
pub(super) fn required<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Result<T, Failure> {
    optional(matches, name).ok_or_else(|| Failure::Usage(format!("`{name}` is missing")))
}

/// The value of an option, if it is given.
pub(super) fn optional<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Option<T> {
    matches.get_one::<T>(name).cloned()
}

/// All values of an option that may be given several times.
pub(super) fn several<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Vec<T> {
    matches.get_many::<T>(name).into_iter().flatten().cloned().collect()
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
