//! `epione record`: puts records, reads them, shows their history, and ends them.

mod contents;
mod erase;
mod history;

use super::{act, contents as octets, options};
use crate::{Failure, Modules, Output};
use clap::{Arg, ArgAction, ArgMatches, Command};
use epione_modules::records::RefusalGround;
use epione_types::{IdentityId, Quarter, RequestId, SubjectId, UnitId};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    let examples = [
        "epione record put --subject sub1… --category laboratory --class normal --care 2026-Q4 --retain-until 2036-Q4 blood.json",
        "epione record get unit1… --out blood.json",
        "epione record history unit1…",
    ];
    options::group("record", "Records: put, read, their history, and their end", &examples).subcommands([
        put_command(),
        get_command(),
        history_command(),
        erase_command(),
        redeal_command(),
        certificate_command(),
    ])
}

fn unit() -> Arg {
    options::positional::<UnitId>("unit", "UNIT", "The record: unit1…")
}

fn put_command() -> Command {
    let command = options::verb(
        "put",
        "Puts a file as a record of a patient: sealed, in shares, on the ledger",
        &["epione record put --subject sub1… --category laboratory --class normal --care 2026-Q4 \\\n      \
           --retain-until 2036-Q4 --encounter visit-17 blood.json"],
    );
    let command = command
        .long_about(
            "Hands a file to the node of the own organization, which encrypts it, keeps it at two vaults at least, deals the \
             shares of its key and registers it. Answers with the identifier of the record when that is final. On the ledger \
             category and class are a tag that tells nothing to who has not the patient's key.",
        )
        .args([
            options::value::<SubjectId>("subject", "SUB", "The patient at this organization").required(true),
            options::value::<String>("category", "TEXT", "What it is, such as `laboratory`; consents name it").required(true),
            options::value::<String>("class", "TEXT", "How sensitive it is, such as `normal`; consents name it").required(true),
            options::value::<Quarter>("care", "QUARTER", "When the care took place, such as 2026-Q4").required(true),
            options::value::<Quarter>("retain-until", "QUARTER", "The last quarter in which it must be kept").required(true),
            options::value::<String>("encounter", "TEXT", "The visit it belongs to; a claim discloses exactly one"),
            options::value::<IdentityId>("author", "ID", "Who wrote it"),
            options::value::<UnitId>("supersedes", "UNIT", "The record whose place it takes"),
            options::flag("restricted", "Special rules restrict it, such as 42 CFR Part 2"),
            options::flag("locked", "Only the patient's consent opens it, not even an emergency"),
            options::flag("self-paid", "The patient paid for it: no health plan gets it"),
            options::positional::<PathBuf>("file", "FILE", "The record, octet for octet"),
        ]);
    act::asking(command)
}

fn get_command() -> Command {
    let command = options::verb(
        "get",
        "Reads a record of the own organization, or the copy of another's under a grant",
        &["epione record get unit1… --out blood.json", "epione record get unit1… --request req1…"],
    );
    let command = command.args([
        unit(),
        options::value::<RequestId>("request", "REQ", "The grant under which a record of another was opened"),
        options::out_file("The file for it; must not exist. Several items become FILE-1, FILE-2 … [default: shown]"),
    ]);
    act::asking(command)
}

fn history_command() -> Command {
    let command = options::verb(
        "history",
        "Shows the versions of a record, who asked for it, what was decided, and which shares were released",
        &["epione record history unit1…", "epione record history --subject sub1…"],
    );
    let command = command
        .arg(unit().required(false).required_unless_present("subject"))
        .arg(options::value::<SubjectId>("subject", "SUB", "All records of this patient").conflicts_with("unit"))
        .arg(options::value::<IdentityId>("viewer", "ID", "Only what this holder or representative may see"));
    act::asking(command)
}

fn erase_command() -> Command {
    let command = options::verb(
        "erase",
        "Asks for the erasure of records, as the patient; or decides on it, as the custodian",
        &[
            "epione record erase unit1… --key patient.key",
            "epione record erase unit1… --decide grant --key operations.key",
            "epione record erase unit1… --decide refuse --ground legal-duty --key operations.key",
            "epione record erase unit1… --cancel --key patient.key",
        ],
    );
    let command = command
        .long_about(
            "Without --decide, --cancel or --retention-over it asks the custodian to erase the records. The patient signs, or \
             who acts for the patient; the custodian for a patient without a wallet, with --attested. What is granted takes \
             effect after a delay; `epione record erasure-certificate` then tells what is proved.",
        )
        .args([
            unit().action(ArgAction::Append).num_args(1..).help("The records: unit1…, at most 16, of one patient"),
            options::text("attested", "What the patient asked for on paper; kept at the node"),
            Arg::new("decide")
                .long("decide")
                .value_name("grant|refuse|restrict")
                .value_parser(["grant", "refuse", "restrict"])
                .conflicts_with("attested")
                .help("The custodian's decision; `restrict` keeps them for the patient's consent alone"),
            options::named::<RefusalGround>("ground", "NAME", "Why it is refused: legal-duty, public-health, research, \
                                                               legal-claims, not-entitled")
                .requires("decide"),
            options::flag("cancel", "Takes a request or an erasure back that is not in force yet")
                .conflicts_with_all(["decide", "attested"]),
            options::flag("retention-over", "Erases what need not be kept any longer, by the custodian alone")
                .conflicts_with_all(["decide", "attested", "cancel"]),
        ]);
    act::signing(command)
}

fn redeal_command() -> Command {
    let command = options::verb(
        "redeal",
        "Deals the shares of a record again, under a new key, to the members that are there now",
        &["epione record redeal unit1…"],
    );
    act::asking(command.arg(unit()))
}

fn certificate_command() -> Command {
    let command = options::verb(
        "erasure-certificate",
        "Shows what is proved of the erasure of a record, and what is outstanding",
        &["epione record erasure-certificate unit1…"],
    );
    act::asking(command.arg(unit()))
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("put", matches)) => contents::put(matches, out).await,
        Some(("get", matches)) => contents::get(matches, out).await,
        Some(("history", matches)) => history::history(matches, out).await,
        Some(("erase", matches)) => erase::erase(modules, matches, out).await,
        Some(("redeal", matches)) => erase::redeal(matches, out).await,
        Some(("erasure-certificate", matches)) => erase::certificate(matches, out).await,
        _ => Err(Failure::Usage("say what to do with records; see `epione record --help`".to_owned())),
    }
}
