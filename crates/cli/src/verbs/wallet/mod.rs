//! `epione wallet`: a patient's secret, the keys from it, and what was done to the patient's records.

mod files;
mod link;
mod show;

use super::{act, key, options};
use crate::{
    Failure, Modules, Output,
    keys::{KeyFile, Wallet},
};
use clap::{Arg, ArgMatches, Command, value_parser};
use epione_types::OrgId;
use std::path::PathBuf;

/// The option that names the file with a backup code.
const CODE_FILE: &str = "code-file";
/// The option that names the passphrase of a new file beside that of the wallet.
const NEW_PASSPHRASE_FILE: &str = "new-passphrase-file";

pub(super) fn command() -> Command {
    let examples = ["epione wallet new --out wallet.key", "epione wallet link --wallet wallet.key --custodian org1… …"];
    options::group("wallet", "The wallet of a patient: one secret, and from it a key for each custodian", &examples)
        .subcommands([new_command(), restore_command(), link_command(), show_command()])
}

fn new_command() -> Command {
    let command = options::verb(
        "new",
        "Makes a wallet, and shows once the backup code that restores it",
        &["epione wallet new --out wallet.key"],
    );
    command
        .long_about(
            "Makes a wallet and writes it to a new file that only its owner can read, encrypted under a passphrase. Shows the \
             backup code, this once: write it on paper and keep that. Whoever has the code has the wallet; without file and \
             code the keys are lost, and a custodian must make sure anew who the patient is.",
        )
        .args([options::out_file("The file for the wallet; it must not exist").required(true), passphrase_file(), no_passphrase()])
}

fn restore_command() -> Command {
    let command = options::verb(
        "restore",
        "Writes the file of a wallet again, from its backup code",
        &["epione wallet restore --out wallet.key", "epione wallet restore --code-file code.txt --out wallet.key"],
    );
    command
        .long_about(
            "Asks for the backup code on the terminal, or reads it from a file that only its owner can read, and writes the \
             wallet to a new file. Mistyped characters are found. The keys for the custodians are written again by `epione \
             wallet link`.",
        )
        .arg(
            Arg::new(CODE_FILE)
                .long(CODE_FILE)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The file with the backup code [default: asked for]"),
        )
        .args([options::out_file("The file for the wallet; it must not exist").required(true), passphrase_file(), no_passphrase()])
}

fn link_command() -> Command {
    let command = options::verb(
        "link",
        "Enters a patient with the wallet's key for a custodian, at the node of that custodian",
        &["epione wallet link --wallet wallet.key --custodian org1… --evidence 'passport seen at desk 2' \\\n      \
           --identifier urn:hospital:mrn=4711 --out hospital.key --node http://127.0.0.1:7400"],
    );
    let command = command
        .long_about(
            "Derives the key for that custodian and signs with it that the patient registers, which the custodian's node enters \
             on the ledger together with the patient's pseudonym. Writes the key to a file: it signs consents. If the ledger \
             has the key already, only the file is written again.",
        )
        .args([
            wallet_file(),
            options::value::<OrgId>("custodian", "ORG", "The organization that keeps the patient's records").required(true),
            options::text("evidence", "How the custodian made sure who the patient is; kept at its node"),
            act::several_identifiers("Under what the custodian knows the patient; several times"),
            options::value::<u32>("number", "N", "Which key for this custodian: one more for each that was lost [default: 0]"),
            options::out_file("The file for the key; it must not exist").required(true),
        ]);
    act::asking(command).args([
        wallet_passphrase_file(),
        options::passphrase_file(NEW_PASSPHRASE_FILE, "The file with the passphrase for the new file"),
        key::no_passphrase(NEW_PASSPHRASE_FILE),
    ])
}

fn show_command() -> Command {
    let command = options::verb(
        "show",
        "Shows at which organizations the wallet is known, and what was done to its records",
        &[
            "epione wallet show --wallet wallet.key",
            "epione wallet show --wallet wallet.key --node https://node.example --json",
        ],
    );
    let command = command.long_about(
        "Looks for the wallet's keys at every organization, and shows identity, patient and the log of who asked for the \
         records and what was decided. The node that is asked learns that these pseudonyms are of one patient: ask one that \
         you trust.",
    );
    act::asking(command.arg(wallet_file())).arg(wallet_passphrase_file())
}

fn wallet_file() -> Arg {
    options::value::<PathBuf>("wallet", "FILE", "The file of the wallet").required(true)
}

fn wallet_passphrase_file() -> Arg {
    options::passphrase_file(options::PASSPHRASE_FILE, "The file with the passphrase of the wallet")
}

fn passphrase_file() -> Arg {
    options::passphrase_file(options::PASSPHRASE_FILE, "The file with the passphrase for it")
}

fn no_passphrase() -> Arg {
    key::no_passphrase(options::PASSPHRASE_FILE)
}

/// The wallet whose file was named.
fn read(matches: &ArgMatches) -> Result<Wallet, Failure> {
    let path: PathBuf = options::required(matches, "wallet")?;
    let file = KeyFile::read(&path, &options::secrets(matches))?;
    let purpose = file.purpose;
    Wallet::of_file(file).ok_or_else(|| {
        let text = format!(
            "{}: this is a key for `{purpose}`, not a wallet; make one with `epione wallet new`",
            path.display()
        );
        Failure::Usage(text)
    })
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("new", matches)) => files::new(matches, out),
        Some(("restore", matches)) => files::restore(matches, out),
        Some(("link", matches)) => link::link(modules, matches, out).await,
        Some(("show", matches)) => show::show(matches, out).await,
        _ => Err(Failure::Usage("say what to do with a wallet; see `epione wallet --help`".to_owned())),
    }
}
