//! `epione key`: makes and shows key files, and replaces keys of an organization on the ledger.

use super::options;
use crate::{
    Failure, Modules, Output,
    draft::{self, Choices, Envelope},
    keys::{KeyFile, Purpose},
    rotation,
    submission::Submission,
};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser, builder::TypedValueParser as _, value_parser};
use epione_types::{ChainId, SignerId};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    let file = |name: &'static str| Arg::new(name).value_name("FILE").value_parser(value_parser!(PathBuf));
    let purposes = PossibleValuesParser::new(Purpose::ALL.map(Purpose::name));
    let new = options::verb(
        "new",
        "Makes a key and writes it to a new file that only its owner can read",
        &[
            "epione key new --purpose root --out root.key",
            "epione key new --purpose identity --signer id1… --out practitioner.key",
        ],
    );
    let show = options::verb("show", "Shows what a key file holds, without the secret", &["epione key show root.key"]);
    options::group("key", "Key files", &["epione key new --purpose operations --signer org1… --out operations.key"])
        .subcommands([
            new.arg(
                Arg::new("purpose")
                    .long("purpose")
                    .required(true)
                    .value_parser(purposes.try_map(|name| name.parse::<Purpose>()))
                    .help("What the key is for; a key serves one purpose only"),
            )
            .arg(file("out").long("out").required(true).help("The file to write; it must not exist"))
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
            ),
            show.arg(file("file").required(true).help("The key file")),
            rotate_command()
                .arg(file("out").long("out").required(true).help("The file for the new key; must not exist")),
        ])
}

fn rotate_command() -> Command {
    let purposes = [Purpose::Root, Purpose::Operations, Purpose::Vote, Purpose::Receipt].map(Purpose::name);
    options::verb(
        "rotate",
        "Makes a key and registers it in the place of the organization's key of the same purpose",
        &[
            "epione key rotate --purpose operations --key operations.key --out operations-2.key",
            "epione key rotate --purpose vote --key root.key --out vote-2.key",
        ],
    )
    .long_about(
        "Makes a key and registers it in the place of the organization's key of the same purpose. The root key replaces any \
         key, the operations key every other but root and vote. The key before is never accepted again. The keys of \
         identities are replaced with the calls of the module `identity`.",
    )
    .arg(
        Arg::new("purpose")
            .long("purpose")
            .required(true)
            .value_parser(PossibleValuesParser::new(purposes).try_map(|name| name.parse::<Purpose>()))
            .help("Which key is replaced"),
    )
    .args([options::key("The key that signs the rotation [env: EPIONE_KEY]"), options::node(), options::timeout()])
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("new", matches)) => new(matches, out),
        Some(("show", matches)) => show(matches, out),
        Some(("rotate", matches)) => rotate(modules, matches, out).await,
        _ => Err(Failure::Usage("give `new`, `show` or `rotate`; see `epione key --help`".to_owned())),
    }
}

fn new(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let missing = |option: &str| Failure::Usage(format!("{option} is missing"));
    let purpose = *matches.get_one::<Purpose>("purpose").ok_or_else(|| missing("--purpose"))?;
    let path = matches.get_one::<PathBuf>("out").ok_or_else(|| missing("--out"))?;
    let signer = matches.get_one::<SignerId>("signer").copied();
    if purpose == Purpose::Root && signer.is_some() {
        return Err(Failure::Usage("--signer does not go with a root key: the key names its organization".to_owned()));
    }
    let mut file = KeyFile::generate(purpose)?;
    file.signer = file.signer.or(signer);
    file.chain = matches.get_one::<ChainId>("chain").copied();
    file.create(path)?;
    Ok(out.result(&public_part(&file))?)
}

fn show(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let path = matches.get_one::<PathBuf>("file").ok_or_else(|| Failure::Usage("FILE is missing".to_owned()))?;
    Ok(out.result(&public_part(&KeyFile::read(path)?))?)
}

/// Registers a new key; it is on disk before it is on the ledger, so that a key in force is never lost.
async fn rotate(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let missing = |option: &str| Failure::Usage(format!("{option} is missing"));
    let purpose = *matches.get_one::<Purpose>("purpose").ok_or_else(|| missing("--purpose"))?;
    let path = matches.get_one::<PathBuf>("out").ok_or_else(|| missing("--out"))?;
    let (key, client) = (options::read_key(matches)?, options::client(matches)?);
    let Some(SignerId::Organization(org)) = key.signer else {
        return Err(Failure::Refused("the key that signs is not one of an organization".to_owned()));
    };
    let mut new = KeyFile::generate(purpose)?;
    (new.signer, new.chain) = (key.signer, key.chain);
    let standing = rotation::standing(&client, org).await?;
    let fields = rotation::fields(org, standing.rotation, &new)?;
    let call = draft::call(modules, "network", "rotate-key", &fields)?;
    let envelope = Envelope::next(&client, &key, Choices::default()).await?;
    let tx = envelope.sign(vec![call], &key)?;
    new.create(path)?;
    let submission = Submission::settle(&client, &tx, options::wait(matches)).await;
    let registered = submission.map_err(Failure::from).and_then(|submission| super::call::report(&submission, out));
    if registered.is_err() {
        let path = path.display();
        out.progress(format_args!(
            "the new key is kept in {path}, but may not be in force: see `epione tx show {}`",
            tx.tx.id()
        ))?;
    }
    registered
}

/// Everything but the secret.
fn public_part(file: &KeyFile) -> Value {
    json!({ "purpose": file.purpose, "signer": file.signer, "chain": file.chain, "public": file.key.public() })
}
