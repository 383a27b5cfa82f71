//! `epione key`: makes and shows key files, and registers and replaces keys on the ledger.

use super::options;
use crate::{
    Failure, Modules, Output,
    client::Client,
    draft::{self, Choices, Envelope},
    keys::{KeyFile, Purpose},
    rotation,
    submission::Submission,
};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser, builder::TypedValueParser as _, value_parser};
use epione_modules::identity::IdentityKind;
use epione_types::{Call, ChainId, IdentityId, SignedTx, SignerId};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// What is to be done with a new vote key.
pub(crate) const VOTE_KEY_WAITS: &str = "The new vote key votes only after the committee changes, which it does not in \
                                         this release: keep both files, and leave the present one in `keys.vote` of \
                                         node.toml until then.";

pub(super) fn command() -> Command {
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
            new.args([purpose("What the key is for; a key serves one purpose only"), out_file()])
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
            show.arg(
                Arg::new("file")
                    .value_name("FILE")
                    .required(true)
                    .value_parser(value_parser!(PathBuf))
                    .help("The key file"),
            ),
            rotate_command(),
            register_command(),
        ])
        .subcommands(super::tls::commands())
}

fn purpose(help: &'static str) -> Arg {
    let purposes = PossibleValuesParser::new(Purpose::ALL.map(Purpose::name));
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

fn rotate_command() -> Command {
    options::verb(
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
         itself. The key before is never accepted again.\n\nA new vote key is registered at once, but votes only after the \
         committee changes, which it does not in this release: `keys.vote` in node.toml keeps the present key until then, \
         and a node that is started with the new one does not run.",
    )
    .args([purpose("Which key is replaced"), out_file()])
    .args([options::key("The key that signs the rotation [env: EPIONE_KEY]"), options::node(), options::timeout()])
}

fn register_command() -> Command {
    let kind = |name: &str| {
        serde_json::from_value::<IdentityKind>(Value::String(name.to_owned())).map_err(|error| error.to_string())
    };
    options::verb(
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
    .arg(out_file())
    .args([options::key("The operations key that signs [env: EPIONE_KEY]"), options::node(), options::timeout()])
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("new", matches)) => new(matches, out),
        Some(("show", matches)) => show(matches, out),
        Some(("rotate", matches)) => rotate(modules, matches, out).await,
        Some(("register", matches)) => register(modules, matches, out).await,
        Some(("tls", matches)) => super::tls::make(matches, out),
        Some(("register-tls", matches)) => super::tls::register(modules, matches, out).await,
        _ => Err(Failure::Usage("say what to do with which key; see `epione key --help`".to_owned())),
    }
}

fn new(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let purpose = required(matches, "purpose")?;
    let signer = matches.get_one::<SignerId>("signer").copied();
    if purpose == Purpose::Root && signer.is_some() {
        return Err(Failure::Usage("--signer does not go with a root key: the key names its organization".to_owned()));
    }
    let mut file = KeyFile::generate(purpose)?;
    file.signer = file.signer.or(signer);
    file.chain = matches.get_one::<ChainId>("chain").copied();
    file.create(&required::<PathBuf>(matches, "out")?)?;
    Ok(out.result(&public_part(&file))?)
}

fn show(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    Ok(out.result(&public_part(&KeyFile::read(&required::<PathBuf>(matches, "file")?)?))?)
}

/// Replaces a key of the organization or identity that signs.
async fn rotate(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (key, client) = (options::read_key(matches)?, options::client(matches)?);
    let mut new = KeyFile::generate(required(matches, "purpose")?)?;
    (new.signer, new.chain) = (key.signer, key.chain);
    let (module, fields) = match (key.signer, new.purpose) {
        (Some(SignerId::Identity(identity)), Purpose::Identity) => {
            let changes = rotation::identity_standing(&client, identity).await?.changes;
            ("identity", rotation::identity_fields(identity, changes, &key.key.public(), &new))
        }
        (Some(SignerId::Organization(org)), purpose) if purpose != Purpose::Identity => {
            ("network", rotation::fields(org, rotation::standing(&client, org).await?.rotation, &new)?)
        }
        (signer, purpose) => {
            let signer = signer.map_or_else(|| "nobody".to_owned(), |signer| signer.to_string());
            return Err(Failure::Refused(format!("--key is a key of {signer}, which has no {purpose} key to replace")));
        }
    };
    let call = draft::call(modules, module, "rotate-key", &fields)?;
    let enter = Enter { key: &key, client: &client, wait: options::wait(matches) };
    enter.submit(call, &new, &required::<PathBuf>(matches, "out")?, out).await?;
    if new.purpose == Purpose::Vote {
        out.progress(VOTE_KEY_WAITS)?;
    }
    Ok(())
}

/// Registers an identity for the organization that signs.
async fn register(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (key, client) = (options::read_key(matches)?, options::client(matches)?);
    let Some(SignerId::Organization(org)) = key.signer else {
        return Err(Failure::Refused(
            "--key is not a key of an organization, and only those register identities".to_owned(),
        ));
    };
    let mut new = KeyFile::generate(Purpose::Identity)?;
    new.chain = key.chain;
    let fields = rotation::registration_fields(org, required(matches, "kind")?, &new);
    let call = draft::call(modules, "identity", "register", &fields)?;
    let enter = Enter { key: &key, client: &client, wait: options::wait(matches) };
    enter.submit(call, &new, &required::<PathBuf>(matches, "out")?, out).await
}

/// How a new key enters the ledger.
pub(super) struct Enter<'a> {
    pub(super) key: &'a KeyFile,
    pub(super) client: &'a Client,
    pub(super) wait: Duration,
}

impl Enter<'_> {
    /// Submits the call that registers `new`, which is on disk before: a key in force must never be lost.
    async fn submit(&self, call: Call, new: &KeyFile, path: &Path, out: &mut Output) -> Result<(), Failure> {
        let tx = self.sign(call).await?;
        // The identifier of a new identity is known before it is registered.
        let signer = new.signer.unwrap_or(SignerId::Identity(IdentityId(tx.tx.call_id(0).short())));
        KeyFile { signer: Some(signer), ..new.clone() }.create(path)?;
        let entered = self.settle(&tx, out).await;
        if entered.is_err() {
            let (path, id) = (path.display(), tx.tx.id());
            out.progress(format_args!(
                "the new key stays in {path}; whether it is in force tells `epione tx show {id}`"
            ))?;
        }
        entered
    }

    /// The signed transaction with this one call.
    pub(super) async fn sign(&self, call: Call) -> Result<SignedTx, Failure> {
        Envelope::next(self.client, self.key, Choices::default()).await?.sign(vec![call], self.key)
    }

    /// Submits, waits until it is final, and shows what became of it.
    pub(super) async fn settle(&self, tx: &SignedTx, out: &mut Output) -> Result<(), Failure> {
        let submission = Submission::settle(self.client, tx, self.wait).await;
        submission.map_err(Failure::from).and_then(|submission| super::call::report(&submission, out))
    }
}

pub(super) fn required<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Result<T, Failure> {
    matches.get_one::<T>(name).cloned().ok_or_else(|| Failure::Usage(format!("`{name}` is missing")))
}

/// Everything but the secret.
fn public_part(file: &KeyFile) -> Value {
    json!({ "purpose": file.purpose, "signer": file.signer, "chain": file.chain, "public": file.key.public() })
}
