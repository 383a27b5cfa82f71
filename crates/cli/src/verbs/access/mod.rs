//! `epione access`: records of others. Searching, requesting, opening; emergencies; doubting a purpose; disclosing.

mod challenge;
mod commands;
mod emergency;
mod locate;
mod request;
mod rules;

use super::{act, contents as octets, options};
use crate::{Failure, Modules, Output};
use clap::{ArgMatches, Command};
use epione_modules::consent::LegalBasis;
use serde_json::{Value, json};

pub(super) fn command() -> Command {
    let examples = [
        "epione access locate --custodian org1… --purpose TREAT --link-token 5f2c… --relationship check-in \\\n      \
         --evidence 'at desk 4 since nine' --key practitioner.key",
        "epione access request unit1… --purpose TREAT --evidence 'referred by org1…' --key practitioner.key --open --out records/",
        "epione access list --subject sub1…",
    ];
    options::group("access", "Records of others: who asks, what is decided, what is released", &examples)
        .subcommands(commands::all())
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("locate", matches)) => locate::locate(modules, matches, out).await,
        Some(("request", matches)) => request::request(modules, matches, out).await,
        Some(("open", matches)) => request::open(matches, out).await,
        Some(("list", matches)) => request::list(matches, out).await,
        Some(("disclose", matches)) => request::disclose(matches, out).await,
        Some(("break-glass", matches)) => emergency::break_glass(modules, matches, out).await,
        Some(("countersign", matches)) => emergency::countersign(modules, matches, out).await,
        Some(("review", matches)) => emergency::review(modules, matches, out).await,
        Some(("challenge", matches)) => challenge::challenge(modules, matches, out).await,
        Some(("answer", matches)) => challenge::answer(modules, matches, out).await,
        Some(("evidence", matches)) => challenge::evidence(matches, out).await,
        _ => Err(Failure::Usage("say what to do with records of others; see `epione access --help`".to_owned())),
    }
}

/// The law that requires a disclosure, if one is named: `--law` with the order or report of `--authority`.
async fn law(act: &act::Act, matches: &ArgMatches) -> Result<Option<Value>, Failure> {
    let Some(basis) = options::optional::<LegalBasis>(matches, "law") else { return Ok(None) };
    let authority: String = options::required(matches, "authority")?;
    Ok(Some(json!({ "basis": basis, "authority": act.commit("evidence", &authority).await? })))
}
