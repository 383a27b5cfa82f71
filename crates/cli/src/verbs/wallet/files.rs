//! Wallets without a ledger: made, and restored from paper.

use super::{CODE_FILE, key, options};
use crate::{
    Failure, Format, Output,
    keys::Wallet,
    secret::{SecretError, SecretSource, Terminal},
};
use clap::ArgMatches;
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What is said to the backup code.
const KEEP: &str = "Write this code on paper and keep it where you keep what must not be lost. It is not shown again. \
                    Whoever has it has the wallet; without it and the file the keys are lost.";

pub(super) fn new(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let path: PathBuf = options::required(matches, "out")?;
    let wallet = Wallet::generate()?;
    write(&wallet, &path, matches)?;
    let code = wallet.code();
    // The code goes nowhere but into memory that is wiped: not through a JSON value.
    let mut text = Zeroizing::new(String::with_capacity(code.len().saturating_add(KEEP.len()).saturating_add(64)));
    match out.format() {
        Format::Human => {
            text.push_str("backup code  ");
            text.push_str(&code);
            text.push('\n');
            text.push_str(KEEP);
            text.push('\n');
        }
        Format::Json => {
            text.push_str("{\"code\":\"");
            text.push_str(&code);
            text.push_str("\"}\n");
        }
    }
    Ok(out.text(&text)?)
}

pub(super) fn restore(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let path: PathBuf = options::required(matches, "out")?;
    let source = SecretSource::new(options::optional(matches, CODE_FILE), Terminal::Asked);
    let code = source.find("wallet-code", "Backup code of the wallet").map_err(|error| match error {
        SecretError::Missing { .. } => {
            Failure::Usage(format!("no backup code: name a file with it by --{CODE_FILE}, or run it on a terminal"))
        }
        error => Failure::Secret(error),
    })?;
    let wallet = Wallet::of_code(code.expose()).map_err(|error| Failure::Refused(error.to_string()))?;
    write(&wallet, &path, matches)?;
    Ok(out.result(&json!({ "wallet": path }))?)
}

fn write(wallet: &Wallet, path: &Path, matches: &ArgMatches) -> Result<(), Failure> {
    let protection = key::protection(matches, options::PASSPHRASE_FILE, "the wallet")?;
    Ok(wallet.file().create(path, &protection)?)
}
