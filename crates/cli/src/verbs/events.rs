//! `epione events`: finalized events, past ones first.

use super::options;
use crate::{
    Failure, Format, Output,
    client::{Client, LedgerEvent},
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;
use std::time::Duration;

/// How long past events are awaited: they are there already.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn command() -> Command {
    let examples = [
        "epione events",
        "epione events --from 120 --follow",
        "epione events --json | jq 'select(.module == \"notary\")'",
    ];
    options::verb("events", "Shows finalized events, one per line", &examples)
        .arg(
            Arg::new("from")
                .long("from")
                .value_name("N")
                .default_value("0")
                .value_parser(value_parser!(u64))
                .help("Position of the first event to show"),
        )
        .arg(
            Arg::new("follow")
                .long("follow")
                .action(ArgAction::SetTrue)
                .help("Go on with new events as they come, until interrupted"),
        )
        .arg(options::node())
}

pub(super) async fn run(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let client = options::client(matches)?;
    let from = matches.get_one("from").copied().unwrap_or(0);
    if matches.get_flag("follow") {
        return follow(&client, from, out).await;
    }
    let end = client.status().await?.event_size;
    if from >= end {
        return Ok(());
    }
    let mut events = client.events(from).await?;
    while let Some(event) = events.next(Some(PATIENCE)).await? {
        show(&event, out)?;
        if event.position.saturating_add(1) >= end {
            break;
        }
    }
    Ok(())
}

async fn follow(client: &Client, from: u64, out: &mut Output) -> Result<(), Failure> {
    let mut events = client.events(from).await?;
    let mut next = from;
    while let Some(event) = events.next(None).await? {
        show(&event, out)?;
        next = event.position.saturating_add(1);
    }
    Err(Failure::Unfinished(format!("the node ended the stream; go on with `epione events --follow --from {next}`")))
}

fn show(event: &LedgerEvent, out: &mut Output) -> Result<(), Failure> {
    match out.format() {
        Format::Json => out.result(&json!(event))?,
        Format::Human => out.progress(format_args!(
            "{:>8}  height {:<8}  {}.{}  {}",
            event.position, event.height, event.module, event.event, event.fields
        ))?,
    }
    Ok(())
}
