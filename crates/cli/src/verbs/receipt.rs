//! `epione receipt get` and `epione receipt verify`.

use super::options;
use crate::{Failure, Format, Modules, Output};
use clap::{Arg, ArgMatches, Command, value_parser};
use epione_types::{Entry, Origin, TxId};
use epione_verify::{Anchor, Proved, Receipt, verify};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

pub(super) fn command() -> Command {
    let get = options::verb(
        "get",
        "Gets the receipt of a transaction or of an event from a node",
        &["epione receipt get tx1… --out my.receipt", "epione receipt get 41 --out event-41.receipt"],
    );
    let id = Arg::new("id").value_name("ID").required(true).value_parser(subject);
    let out = Arg::new("out").long("out").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let get = get
        .arg(id.help("The transaction (tx1…), for its result, or the position of an event"))
        .arg(out.help("The file to write; it must not exist yet"))
        .arg(options::node());
    let about = "Verifies a receipt offline: says what it proves, by whom and under which assumption";
    let check = options::verb("verify", about, &["epione receipt verify my.receipt --genesis genesis.json"]).long_about(
        "Verifies a receipt without a node and without a data directory, from the genesis alone: the event, its place in the \
         log, the certificate of the block, and every change of the validators since the genesis. Says what is proved, by whom \
         and under which assumption. The exit code is 1 if anything is wrong, down to a single bit.",
    );
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let genesis =
        Arg::new("genesis").long("genesis").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let check = check.arg(file.help("The receipt")).arg(genesis.help("The genesis file of the chain"));
    options::group(
        "receipt",
        "Receipts: proofs that hold without a node",
        &["epione receipt get tx1… --out my.receipt"],
    )
    .subcommand(get)
    .subcommand(check)
}

/// What a receipt is asked for.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Tx(TxId),
    Event(u64),
}

fn subject(text: &str) -> Result<Subject, String> {
    if let Ok(position) = text.parse() {
        return Ok(Subject::Event(position));
    }
    text.parse()
        .map(Subject::Tx)
        .map_err(|error| format!("neither the position of an event nor a transaction: {error}"))
}

pub(super) async fn get(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (Some(of), Some(path)) = (matches.get_one::<Subject>("id"), matches.get_one::<PathBuf>("out")) else {
        return Err(Failure::Usage("ID or --out is missing".to_owned()));
    };
    let id = match of {
        Subject::Tx(id) => id.to_string(),
        Subject::Event(position) => position.to_string(),
    };
    let bytes = options::client(matches)?.receipt(&id).await?;
    let receipt =
        Receipt::from_bytes(&bytes).map_err(|fault| Failure::Refused(format!("the node gave no receipt: {fault}")))?;
    let is_asked = match of {
        Subject::Tx(id) => receipt.entry.origin == (Origin::Tx { id: *id }),
        Subject::Event(position) => receipt.position == *position,
    };
    if !is_asked {
        return Err(Failure::Refused(format!("the node gave the receipt of event {} instead", receipt.position)));
    }
    let file = fs::File::create_new(path).and_then(|mut file| file.write_all(&bytes));
    file.map_err(|error| Failure::Refused(format!("{}: {error}", path.display())))?;
    let told = json!({
        "file": path.display().to_string(),
        "bytes": bytes.len(),
        "position": receipt.position,
        "height": receipt.stem.height,
        "chain": receipt.chain,
    });
    Ok(out.result(&told)?)
}

/// What was given to `epione receipt verify`: the receipt and the genesis.
#[must_use]
pub fn to_verify(matches: &ArgMatches) -> Option<(&Path, &Path)> {
    let matches = matches.subcommand_matches("verify")?;
    let path = |name: &str| matches.get_one::<PathBuf>(name).map(PathBuf::as_path);
    Some((path("file")?, path("genesis")?))
}

/// Verifies the receipt in `path` and says what it proves.
///
/// # Errors
/// [`Failure::Refused`] if the file cannot be read or proves nothing.
pub fn verify_file(modules: Modules, path: &Path, anchor: &Anchor, out: &mut Output) -> Result<(), Failure> {
    let unread = |error: std::io::Error| Failure::Refused(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let most = u64::try_from(Receipt::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unread)?;
    let proved = verify(&bytes, anchor).map_err(|fault| {
        let number = fault.number();
        Failure::Refused(format!("{} proves nothing (fault {number}): {fault}", path.display()))
    })?;
    let event = in_words(modules, &proved.entry);
    match out.format() {
        Format::Json => Ok(out.result(&shown(&proved, &event))?),
        Format::Human => {
            let mut text = proved.words().join("\n");
            if let Some(event) = event {
                text = format!("{text}\nThe event in words: {event}");
            }
            Ok(out.text(&format!("{text}\n"))?)
        }
    }
}

fn shown(proved: &Proved, event: &Option<Value>) -> Value {
    let changes: Vec<Value> = proved
        .changes
        .iter()
        .map(|change| {
            json!({ "height": change.height, "voters": change.signed.voters, "validators": change.committee.keys })
        })
        .collect();
    json!({
        "chain": proved.chain,
        "position": proved.position,
        "event_size": proved.event_size,
        "origin": proved.entry.origin,
        "event": event,
        "codes": proved.codes,
        "block": proved.block,
        "height": proved.height,
        "time": proved.time,
        "voters": proved.signed.voters,
        "validators": proved.signed.validators,
        "changes": changes,
        "words": proved.words(),
        "assumption": proved.assumption(),
    })
}

/// Module, name and fields of the event of a module; none for the result of a transaction, and for what this program does not
/// know.
fn in_words(modules: Modules, entry: &Entry) -> Option<Value> {
    let module = modules.iter().find(|module| module.id() == entry.module)?;
    let doc = module.surface().events.iter().find(|doc| doc.item.number == entry.number)?;
    let fields = module.event_to_json(entry.number, &entry.body).ok()?;
    Some(json!({ "module": module.name(), "event": doc.item.name, "fields": fields }))
}
