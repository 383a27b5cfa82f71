//! The verbs of a client: those of the modules, generated from their surface, and those of keys, transactions and blocks;
//! and, by hand over both and the exchange of a node, those of wallets, records, consents and access.

mod act;
mod contents;
mod options;

mod access;
mod call;
mod consent;
mod events;
mod key;
mod query;
mod receipt;
mod record;
mod show;
mod tls;
mod wallet;

#[cfg(test)]
pub(crate) use call::drafted;
pub use options::{group, verb};
pub use receipt::{to_verify, verify_file};

use crate::{Failure, Modules, Output};
use clap::{ArgMatches, Command};

/// The commands of all verbs, for the modules of the program.
#[must_use]
pub fn commands(modules: Modules) -> Vec<Command> {
    let [status, tx, block] = show::commands();
    let all = [
        call::command(modules),
        query::command(modules),
        key::command(),
        status,
        tx,
        block,
        events::command(),
        receipt::command(),
        wallet::command(),
        record::command(),
        consent::command(),
        access::command(),
    ];
    all.map(|verb| verb.arg(options::ca())).into()
}

/// Runs the verb `name` with its options.
///
/// # Errors
/// [`Failure`] with the exit code of the process.
pub async fn run(modules: Modules, name: &str, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match name {
        "call" => call::run(modules, matches, out).await,
        "query" => query::run(modules, matches, out).await,
        "key" => key::run(modules, matches, out).await,
        "wallet" => wallet::run(modules, matches, out).await,
        "record" => record::run(modules, matches, out).await,
        "consent" => consent::run(modules, matches, out).await,
        "access" => access::run(modules, matches, out).await,
        "status" => show::status(matches, out).await,
        "tx" => show::tx(matches, out).await,
        "block" => show::block(matches, out).await,
        "events" => events::run(matches, out).await,
        "receipt" => match matches.subcommand() {
            Some(("get", matches)) => receipt::get(matches, out).await,
            _ => Err(Failure::Usage("say what to do with a receipt: `epione receipt get`".to_owned())),
        },
        unknown => Err(Failure::Usage(format!("there is no command `{unknown}`"))),
    }
}
