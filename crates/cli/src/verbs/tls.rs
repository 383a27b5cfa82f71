//! `epione key tls` and `register-tls`: the certificate with which an organization shows itself to others.

use super::{
    key::Enter,
    options::{self, required},
};
use crate::{Failure, Modules, Output, draft, rotation};
use clap::{Arg, ArgMatches, Command, value_parser};
use epione_peer::{
    Files,
    identity::{Made, Validity, key_of_file},
};
use epione_types::SignerId;
use serde_json::json;
use std::path::PathBuf;

/// How long a certificate is valid unless another time is given, in days.
const DAYS: &str = "730";

pub(super) fn commands() -> [Command; 2] {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").required(true).value_parser(value_parser!(PathBuf)).help(help)
    };
    let make = options::verb(
        "tls",
        "Makes a TLS key and its certificate for links to other organizations",
        &["epione key tls --out keys/tls/2"],
    )
    .long_about(
        "Makes a TLS key and its self-signed certificate for links to other organizations, in two new files: NAME.pem and \
         NAME.key. Made in the folder `peer.certificates` of a node, they stand by there at once; they are in force when the \
         ledger names the key (`epione key register-tls`), without an interruption. Then remove the files of the key before: \
         when all nodes have the block, which takes seconds.",
    )
    .arg(path("out", "The files without their ending: NAME for NAME.pem and NAME.key, which must not exist"))
    .arg(
        Arg::new("name")
            .long("name")
            .value_name("TEXT")
            .default_value("Epione node")
            .help("The name in the certificate, for those who read it; it means nothing"),
    )
    .arg(
        Arg::new("days")
            .long("days")
            .value_name("N")
            .default_value(DAYS)
            .value_parser(value_parser!(u32).range(1..=3650))
            .help("How long the certificate is valid, in days"),
    );
    let register = options::verb(
        "register-tls",
        "Registers the key of a TLS certificate in the place of the one before",
        &["epione key register-tls --certificate keys/tls/2.pem --key operations.key"],
    )
    .long_about(
        "Registers the key of a TLS certificate for the organization that signs, in the place of the one before, which is \
         refused from then on. The node of the organization must have the new certificate and its key by then.",
    )
    .arg(path("certificate", "The certificate"))
    .args([options::key("The operations key that signs [env: EPIONE_KEY]"), options::key_passphrase_file(), options::node(), options::timeout()]);
    [make, register]
}

pub(super) fn make(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name: PathBuf = required(matches, "out")?;
    // Added to the name: one with a dot in it stays whole.
    let with = |ending: &str| {
        let mut path = name.clone().into_os_string();
        path.push(ending);
        PathBuf::from(path)
    };
    let files = Files { certificate: with(".pem"), key: with(".key") };
    let made = Made::new(&required::<String>(matches, "name")?, Validity::days(required(matches, "days")?))?;
    made.create(&files)?;
    Ok(out.result(&json!({ "certificate": files.certificate, "private_key": files.key, "tls": made.key() }))?)
}

pub(super) async fn register(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let tls = key_of_file(&required::<PathBuf>(matches, "certificate")?)?;
    let (key, client) = (options::read_key(matches)?, options::client(matches)?);
    let Some(SignerId::Organization(org)) = key.info().signer else {
        return Err(Failure::Refused("--key is not a key of an organization, and only those have TLS keys".to_owned()));
    };
    let rotation = rotation::standing(&client, org).await?.rotation;
    let fields = json!({ "org": org, "rotation": rotation, "key": { "tls": tls } });
    let call = draft::call(modules, "network", "rotate-key", &fields)?;
    let enter = Enter { key: &*key, client: &client, matches };
    enter.settle(&enter.sign(call).await?, out).await
}
