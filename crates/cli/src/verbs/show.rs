//! `epione status`, `epione tx show`, `epione block show`.

use super::options;
use crate::{Failure, Output, client::BlockAt};
use clap::{Arg, ArgMatches, Command, value_parser};
use epione_types::TxId;
use serde_json::Value;

pub(super) fn commands() -> [Command; 3] {
    let status = options::verb(
        "status",
        "Shows where a node stands: chain, height, times, roots",
        &["epione status", "epione status --node http://127.0.0.1:7402 --json"],
    );
    let id = Arg::new("id").value_name("ID").required(true).value_parser(value_parser!(TxId)).help("tx1…");
    let tx_show = options::verb(
        "show",
        "Shows a transaction: what became of it, or, with exit code 5, that it still waits",
        &["epione tx show tx1…"],
    );
    let height = Arg::new("height").value_name("HEIGHT|latest").required(true).value_parser(block_at);
    let height = height.help("Height of the block, or the last one");
    let block_show =
        options::verb("show", "Shows a finalized block", &["epione block show latest", "epione block show 12 --json"]);
    [
        status.arg(options::node()),
        options::group("tx", "Transactions", &["epione tx show tx1…"]).subcommand(tx_show.arg(id).arg(options::node())),
        options::group("block", "Blocks", &["epione block show latest"])
            .subcommand(block_show.arg(height).arg(options::node())),
    ]
}

pub(super) async fn status(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let status = options::client(matches)?.status_json().await?;
    Ok(out.result(&status)?)
}

pub(super) async fn tx(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let matches = matches.subcommand_matches("show").unwrap_or(matches);
    let Some(id) = matches.get_one::<TxId>("id") else { return Err(missing("ID")) };
    let tx = options::client(matches)?.tx(id).await?;
    out.result(&tx)?;
    match tx.get("status").and_then(Value::as_str) {
        Some("accepted") => Err(Failure::Unfinished(format!("{id} is accepted but not final yet"))),
        _ => Ok(()),
    }
}

pub(super) async fn block(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let matches = matches.subcommand_matches("show").unwrap_or(matches);
    let Some(at) = matches.get_one::<BlockAt>("height") else { return Err(missing("HEIGHT")) };
    let block = options::client(matches)?.block(*at).await?;
    Ok(out.result(&block)?)
}

fn missing(what: &str) -> Failure {
    Failure::Usage(format!("{what} is missing"))
}

fn block_at(text: &str) -> Result<BlockAt, String> {
    match text {
        "latest" => Ok(BlockAt::Latest),
        height => height.parse().map(BlockAt::Height).map_err(|_digits| "neither a height nor `latest`".to_owned()),
    }
}
