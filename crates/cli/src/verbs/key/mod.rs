//! `epione key`: makes and shows keys in files and on tokens, and registers and replaces keys on the ledger.

mod new;

mod files;
mod ledger;

pub(super) use ledger::Enter;
pub(super) use new::{no_passphrase, protection};

use super::options::{self, required};
use crate::{Failure, Modules, Output, keys::Purpose, signer::TokenUri};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser, builder::TypedValueParser as _, value_parser};
use epione_modules::identity::IdentityKind;
use epione_types::{ChainId, SignerId};
use serde_json::Value;
use std::path::PathBuf;

/// The option that names the passphrase of a new key beside that of a present one.
const NEW_PASSPHRASE_FILE: &str = "new-passphrase-file";

pub(super) fn command() -> Command {
    let examples = ["epione key new --purpose operations --signer org1… --out operations.key"];
    options::group("key", "Keys in files and on tokens", &examples)
        .subcommands([
            new_command(),
            show_command(),
            passphrase_command(),
            list_command(),
            rotate_command(),
            register_command(),
        ])
        .subcommands(super::tls::commands())
}

fn new_command() -> Command {
    options::verb(
        "new",
        "Makes a key and writes it to a new file that only its owner can read",
        &[
            "epione key new --purpose root --out root.key",
            "epione key new --purpose identity --signer id1… --out practitioner.key",
            "epione key new --purpose operations --signer org1… --out operations.key \\\n      --pkcs11 'pkcs11:token=hospital;object=operations?module-path=/usr/lib/softhsm/libsofthsm2.so'",
        ],
    )
    .long_about(
        "Makes a key and writes it to a new file that only its owner can read: PKCS#8, encrypted under a passphrase, as \
         `openssl pkey -in FILE` reads it. With --pkcs11 the token makes the key and never hands it out; the file then says \
         where it is, and nothing secret.",
    )
    .args([purpose("What the key is for; a key serves one purpose only"), out_file()])
    .arg(
        Arg::new("signer")
            .long("signer")
            .value_name("ID")
            .value_parser(value_parser!(SignerId))
            .help("Whose key it is; a root key founds an organization and names it itself"),
    )
    .arg(
        Arg::new("chain")
            .long("chain")
            .value_name("CHAIN")
            .value_parser(value_parser!(ChainId))
            .help("The chain it is used on; it then signs for no other"),
    )
    .arg(options::passphrase_file(options::PASSPHRASE_FILE, "The file with the passphrase for it, or with the PIN of the token"))
    .args(new::options(options::PASSPHRASE_FILE))
}

fn show_command() -> Command {
    options::verb("show", "Shows what a key file holds, without the secret", &["epione key show root.key"])
        .arg(key_file())
}

fn passphrase_command() -> Command {
    options::verb(
        "passphrase",
        "Changes the passphrase of a key file",
        &["epione key passphrase operations.key", "epione key passphrase vote.key --new-passphrase-file vote.passphrase"],
    )
    .long_about(
        "Changes the passphrase of a key file. The key stays the same: whoever has an old copy and knows its passphrase \
         still has the key, and `epione key rotate` is what helps.",
    )
    .arg(key_file())
    .arg(options::passphrase_file(options::PASSPHRASE_FILE, "The file with the present passphrase"))
    .arg(options::passphrase_file(NEW_PASSPHRASE_FILE, "The file with the new passphrase"))
    .arg(new::no_passphrase(NEW_PASSPHRASE_FILE))
}

fn list_command() -> Command {
    options::verb(
        "list",
        "Lists the Ed25519 keys on a token",
        &["epione key list 'pkcs11:token=hospital?module-path=/usr/lib/softhsm/libsofthsm2.so'"],
    )
    .arg(
        Arg::new("uri")
            .value_name("URI")
            .required(true)
            .value_parser(value_parser!(TokenUri))
            .help("The token, as a PKCS#11 URI"),
    )
    .arg(options::passphrase_file(options::PASSPHRASE_FILE, "The file with the PIN"))
}

fn key_file() -> Arg {
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    file.help("The key file")
}

fn purpose(help: &'static str) -> Arg {
    // A wallet has its own verbs, which show how it is restored.
    let purposes = Purpose::ALL.into_iter().filter(|purpose| *purpose != Purpose::Wallet).map(Purpose::name);
    let purposes = PossibleValuesParser::new(purposes);
    let purposes = purposes.try_map(|name| name.parse::<Purpose>());
    Arg::new("purpose").long("purpose").required(true).value_parser(purposes).help(help)
}

fn out_file() -> Arg {
    Arg::new("out")
        .long("out")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The file for the new key; it must not exist")
}

/// What signs, what is made, and where the passphrases of both come from.
fn entering(command: Command, key: &'static str) -> Command {
    command
        .args([options::key(key), options::key_passphrase_file(), options::node(), options::timeout()])
        .arg(options::passphrase_file(
            NEW_PASSPHRASE_FILE,
            "The file with the passphrase for the new key, or with the PIN of its token",
        ))
        .args(new::options(NEW_PASSPHRASE_FILE))
}

fn rotate_command() -> Command {
    let command = options::verb(
        "rotate",
        "Makes a key and registers it in the place of the one of the same purpose",
        &[
            "epione key rotate --purpose operations --key operations.key --out operations-2.key",
            "epione key rotate --purpose vote --key root.key --out vote-2.key",
            "epione key rotate --purpose identity --key practitioner.key --out practitioner-2.key",
        ],
    )
    .long_about(
        "Makes a key and registers it in the place of the one of the same purpose, whose owner signs. The root key of an \
         organization replaces any key, its operations key every other but root and vote; the key of an identity replaces \
         itself. The key before is never accepted again.\n\nA new vote key is registered at once, but takes its seat with the \
         next epoch (`epione network committee`): until then the node votes with the present one. Then name the new file in \
         `keys.vote` and start the node again.",
    )
    .args([purpose("Which key is replaced"), out_file()]);
    entering(command, "The file of the key that signs the rotation [env: EPIONE_KEY]")
}

fn register_command() -> Command {
    let kind = |name: &str| {
        serde_json::from_value::<IdentityKind>(Value::String(name.to_owned())).map_err(|error| error.to_string())
    };
    let command = options::verb(
        "register",
        "Makes a key and registers an identity with it: a practitioner, person, service or device",
        &["epione key register --kind practitioner --key operations.key --out practitioner.key"],
    )
    .long_about(
        "Makes a key and registers an identity with it, for which the organization that signs answers. On the ledger an \
         identity is a random number and its keys: no name. The key file then names the identity.",
    )
    .arg(
        Arg::new("kind")
            .long("kind")
            .required(true)
            .value_name("person|practitioner|service|device")
            .value_parser(kind)
            .help("What the identity stands for"),
    )
    .arg(out_file());
    entering(command, "The file of the operations key that signs [env: EPIONE_KEY]")
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("new", matches)) => files::new(matches, out),
        Some(("show", matches)) => files::show(matches, out),
        Some(("passphrase", matches)) => files::passphrase(matches, out),
        Some(("list", matches)) => files::list(matches, out),
        Some(("rotate", matches)) => ledger::rotate(modules, matches, out).await,
        Some(("register", matches)) => ledger::register(modules, matches, out).await,
        Some(("tls", matches)) => super::tls::make(matches, out),
        Some(("register-tls", matches)) => super::tls::register(modules, matches, out).await,
        _ => Err(Failure::Usage("say what to do with keys; see `epione key --help`".to_owned())),
    }
}
