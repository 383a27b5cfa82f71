//! `epione call MODULE CALL`: makes, signs and submits a transaction with one call.

use super::options;
use crate::{
    EXIT_CODES, Failure, Format, Modules, Output,
    client::TxStatus,
    draft::{self, Choices, Envelope},
    fields,
    submission::Submission,
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use epione_kernel::{CallDoc, Surface};
use epione_types::{ChainId, DurationMs, SignedTx, limits::VALIDITY_MS_MAX};
use serde_json::{Value, json};

/// How a signed transaction is submitted without this program.
const CURL: &str = "curl -s --data-binary @- \\
    -H 'Content-Type: application/json' 'http://127.0.0.1:7400/v1/tx?wait=final'";

pub(super) fn command(modules: Modules) -> Command {
    let examples = [
        "epione call notary commit --help",
        "epione call notary withdraw --id note1… --key operations.key --wait",
        "epione call notary withdraw --fields @fields.json --key operations.key --dry-run",
        "epione call notary withdraw --fields @fields.json --key operations.key --dry-run --json > signed.json",
    ];
    options::group("call", "Makes, signs and submits a transaction with one call of a module", &examples)
        .subcommands(modules.iter().map(|module| of_module(module.surface())))
}

fn of_module(surface: &'static Surface) -> Command {
    let example = format!("epione call {} --help", surface.name);
    options::group(surface.name, surface.doc, &[&example])
        .subcommands(surface.calls.iter().map(|call| of_call(surface, call)))
}

fn of_call(surface: &'static Surface, call: &'static CallDoc) -> Command {
    let item = &call.item.item;
    let fields = fields::of(item);
    let about = call.item.doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let command = Command::new(item.name)
        .about(about)
        .long_about(call.item.doc.clone())
        .after_long_help(format!("{}\n{EXIT_CODES}", explained(surface, call)))
        .next_help_heading("Fields")
        .args(fields.iter().map(fields::Field::arg))
        .arg(fields::all_at_once());
    transaction_options(command.next_help_heading("Transaction"))
}

fn transaction_options(command: Command) -> Command {
    let number = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    command.args([
        options::key("The file of the key that signs [env: EPIONE_KEY]"),
        options::key_passphrase_file(),
        options::node(),
        number("chain", "CHAIN")
            .value_parser(value_parser!(ChainId))
            .help("The chain it is for [default: that of the key file, else that of the node]"),
        number("lane", "N")
            .default_value("0")
            .value_parser(value_parser!(u16).range(0..256))
            .help("The nonce lane; lanes are independent of each other"),
        number("seq", "N")
            .value_parser(value_parser!(u64))
            .help("The sequence number in the lane [default: the next, as the node says]"),
        number("valid-for-ms", "MS")
            .default_value("600000")
            .value_parser(value_parser!(u64).range(1..=VALIDITY_MS_MAX))
            .help("How long it may wait for its block, in milliseconds"),
        Arg::new("wait")
            .long("wait")
            .action(ArgAction::SetTrue)
            .help("Wait until it is final, and show what became of it"),
        options::timeout(),
        Arg::new("dry-run")
            .long("dry-run")
            .action(ArgAction::SetTrue)
            .help("Sign and show the transaction, submit nothing; with --json it is just what `POST /v1/tx` takes"),
    ])
}

/// What `--help` says beyond the options.
fn explained(surface: &Surface, call: &CallDoc) -> String {
    let item = &call.item.item;
    let (module, name) = (surface.name, item.name);
    let mut text = format!(
        "Example:\n  epione call {module} {name}{} \\\n    --key operations.key --wait\n\n\
         Signed here, submitted elsewhere:\n  epione call {module} {name} … --key operations.key --dry-run --json | {CURL}\n\n\
         A suspended organization {} make this call.\n",
        fields::example_lines(item),
        if call.while_suspended { "may" } else { "may not" },
    );
    if !surface.rejects.is_empty() {
        text.push_str(&format!("\nWhat the module {} refuses for, in this order:\n", surface.name));
        let width = surface.rejects.iter().map(|reject| reject.name.len()).max().unwrap_or(0);
        for reject in &surface.rejects {
            text.push_str(&format!("  {:width$}  {}\n", reject.name, reject.text));
        }
    }
    text
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let Some((module, matches)) = matches.subcommand() else { return Err(missing("MODULE")) };
    let Some((name, matches)) = matches.subcommand() else { return Err(missing("CALL")) };
    let (_, doc) = draft::find(modules, module, name)?;
    let given = fields::given(&fields::of(&doc.item.item), matches).map_err(Failure::Usage)?;
    let call = draft::call(modules, module, name, &given)?;
    let key = options::read_key(matches)?;
    let client = options::client(matches)?;

    let envelope = Envelope::next(&client, &*key, choices(matches)).await?;
    if key.info().chain.is_none() && matches.get_one::<ChainId>("chain").is_none() {
        out.progress(format_args!("signing for {}, as the node says; name it with --chain", envelope.chain))?;
    }
    let tx = envelope.sign(vec![call], &*key)?;
    if matches.get_flag("dry-run") {
        return Ok(out.result(&drafted(&tx, out.format()))?);
    }
    if !matches.get_flag("wait") {
        let answer = client.submit(&tx).await?;
        return Ok(out.result(&json!(answer))?);
    }
    let submission = Submission::settle(&client, &tx, options::wait(matches)).await?;
    report(&submission, out)
}

fn missing(what: &str) -> Failure {
    Failure::Usage(format!("{what} is missing; see `epione call --help`"))
}

fn choices(matches: &ArgMatches) -> Choices {
    let defaults = Choices::default();
    Choices {
        chain: matches.get_one("chain").copied(),
        lane: matches.get_one("lane").copied().unwrap_or(defaults.lane),
        seq: matches.get_one("seq").copied(),
        valid_for: matches.get_one("valid-for-ms").copied().map_or(defaults.valid_for, DurationMs),
    }
}

/// A signed transaction: for programs just what `POST /v1/tx` takes, for people with its identifier.
pub(crate) fn drafted(tx: &SignedTx, format: Format) -> Value {
    match format {
        Format::Json => json!(tx),
        Format::Human => {
            json!({ "id": tx.tx.id(), "tx": tx.tx, "signature": tx.signature, "bytes": hex::encode(tx.to_bytes()) })
        }
    }
}

/// Shows what became of the transaction; a refused call is a failure.
pub(super) fn report(submission: &Submission, out: &mut Output) -> Result<(), Failure> {
    let answer = &submission.answer;
    let mut value = json!(answer);
    if let Some(object) = value.as_object_mut().filter(|_| answer.status == TxStatus::Final) {
        let events = submission.events.iter().map(|event| match out.format() {
            Format::Json => json!(event),
            Format::Human => json!({ (format!("{}.{}", event.module, event.event)): event.fields }),
        });
        object.insert("events".to_owned(), events.collect());
    }
    out.result(&value)?;
    settled(submission)
}

/// Nothing, if the transaction is final and all of its calls went through.
pub(super) fn settled(submission: &Submission) -> Result<(), Failure> {
    let answer = &submission.answer;
    if answer.status != TxStatus::Final {
        let text = format!("{} is accepted but not final yet; see `epione tx show {}`", answer.id, answer.id);
        return Err(Failure::Unfinished(text));
    }
    match answer.refused() {
        None => Ok(()),
        Some((_, result)) => {
            let name = result.name.as_deref().unwrap_or("unknown");
            let text = result.text.as_deref().unwrap_or("the node gives no reason");
            Err(Failure::Refused(format!("refused with code {} {name}: {text}", result.code)))
        }
    }
}
