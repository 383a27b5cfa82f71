//! The command lines of archives.

use super::{config_file, given, path};
use crate::archive::{ExportOptions, ImportOptions, VerifyOptions};
use anyhow::Result;
use clap::{Arg, ArgMatches, Command, value_parser};
use epione_cli::verbs::verb;
use std::path::PathBuf;

pub(super) fn commands() -> [Command; 3] {
    [export_command(), verify_command(), import_command()]
}

fn export_command() -> Command {
    let about = "Writes the history that a stopped node keeps into an archive: blocks, certificates and events";
    verb("export", about, &["epione export --config lakeside-hospital/node.toml --to lakeside-2026"])
        .long_about(
            "Writes the history that a stopped node keeps into a folder: the genesis, all blocks with their \
             transactions, the certificates and the events, up to the last certified block, with a manifest of the \
             files. What was written is verified before the manifest is: a folder without one is no archive. A member \
             that leaves takes it along; it is verified without any node. It contains what the log of every member \
             contains: keep it like that.",
        )
        .arg(path("config", "The configuration of the node").required(true))
        .arg(path("to", "The folder of the archive; it must be empty, or not exist yet").required(true))
}

fn verify_command() -> Command {
    let about = "Verifies an archive without a node: says what it proves, by whom and under which assumption";
    let examples =
        ["epione verify-archive lakeside-2026 --genesis genesis.json", "epione verify-archive lakeside-2026"];
    let dir = Arg::new("dir").value_name("DIR").required(true).value_parser(value_parser!(PathBuf));
    verb("verify-archive", about, &examples)
        .long_about(
            "Verifies an archive without a node and without a data directory, from the genesis alone: that the files \
             are those of the manifest, the chain of the blocks, the signature of every transaction, the certificates \
             and every change of the validators, and that the events are those that the blocks name. The first thing \
             that is wrong is named, with file and block, and the exit code is 1. The roots of the state are not \
             checked: `epione import`, then `epione audit` do that.",
        )
        .arg(dir.help("The folder of the archive"))
        .arg(path(
            "genesis",
            "The genesis file of the chain [default: that of the archive, whose chain must then be compared]",
        ))
}

fn import_command() -> Command {
    let about = "Makes the data directory of a node from an archive";
    verb("import", about, &["epione import --from lakeside-2026 --config lakeside-hospital/node.toml"])
        .long_about(
            "Verifies an archive and makes the data directory of a node from it, which must be empty or not exist yet. \
             The node then runs the blocks when it starts, as if it had fetched them from the others, and goes on with \
             what came since; `epione audit` runs them before. An import that is interrupted leaves no data \
             directory.",
        )
        .arg(path("from", "The folder of the archive").required(true))
        .arg(path("config", "The configuration of the node").required(true))
}

/// What was given to `epione export`.
///
/// # Errors
/// If an option is missing.
pub(crate) fn export(matches: &ArgMatches) -> Result<ExportOptions> {
    Ok(ExportOptions { config: config_file(matches)?, to: given(matches, "to")? })
}

/// What was given to `epione verify-archive`.
///
/// # Errors
/// If the folder is missing.
pub(crate) fn verify_archive(matches: &ArgMatches) -> Result<VerifyOptions> {
    Ok(VerifyOptions { dir: given(matches, "dir")?, genesis: matches.get_one("genesis").cloned() })
}

/// What was given to `epione import`.
///
/// # Errors
/// If an option is missing.
pub(crate) fn import(matches: &ArgMatches) -> Result<ImportOptions> {
    Ok(ImportOptions { config: config_file(matches)?, from: given(matches, "from")? })
}
