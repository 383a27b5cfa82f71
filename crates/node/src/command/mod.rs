//! The command line: the tree of commands, and what was given in it.

mod archive;

mod bench;
mod org;

pub(crate) use archive::{export, import, verify_archive};
pub(crate) use bench::{Bench, bench};
pub(crate) use org::entry;

use crate::{
    audit::AuditOptions,
    demo::{After, DemoOptions},
    doctor::DoctorOptions,
    genesis::Terms,
    init::{self, Plan, Spec},
};
use anyhow::{Result, anyhow};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use epione_cli::{
    EXIT_CODES, Failure, Modules,
    client::Client,
    keys::Protection,
    secret::{SecretSource, Terminal},
    verbs::{self, group, verb},
};
use epione_types::{Genesis, Text};
use std::path::PathBuf;

/// HTTP port of the first node of a new consortium.
pub(crate) const BASE_PORT: u16 = 7400;
const EPOCH_BLOCKS: &str = "1000";

/// Options of `epione node`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeOptions {
    /// The configuration.
    pub(crate) config: PathBuf,
    /// Whether the node ends when its standard input is closed.
    pub(crate) stdin: Stdin,
}

/// What the standard input means to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    /// Nothing.
    Ignored,
    /// The life of the parent: the node ends when it is closed.
    Lifeline,
}

/// All commands.
pub(crate) fn tree(modules: Modules) -> Command {
    let json = Arg::new("json").long("json").global(true).action(ArgAction::SetTrue).help("Output for programs: JSON");
    Command::new("epione")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A ledger and exchange for health care, run by its members")
        .after_help("Begin with `epione demo`. Every command explains itself with --help.")
        .after_long_help(format!(
            "Examples:\n  epione demo\n  epione status\n  epione call notary commit --help\n\n{EXIT_CODES}"
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(json)
        .subcommands([
            demo_command(),
            bench::command(),
            init_command(),
            org::command(),
            node_command(),
            doctor_command(),
            audit_command(),
            genesis_command(),
        ])
        .subcommands(archive::commands())
        .subcommand(group("config", "The configuration of a node", &["epione config example > node.toml"]).subcommand(
            verb(
                "example",
                "Prints a commented configuration with every key and its default",
                &["epione config example > node.toml"],
            ),
        ))
        .subcommands(verbs::commands(modules))
        .subcommand(
            verb(
                "completions",
                "Prints a script that completes commands on a shell",
                &[
                    "epione completions bash > /etc/bash_completion.d/epione",
                    "epione completions zsh > ~/.zfunc/_epione",
                ],
            )
            .arg(
                Arg::new("shell")
                    .value_name("SHELL")
                    .required(true)
                    .value_parser(value_parser!(Shell))
                    .help("The shell"),
            ),
        )
}

fn demo_command() -> Command {
    let about = "Runs four organizations on this machine and tells their story";
    verb("demo", about, &["epione demo", "epione demo --once", "epione demo --dir /tmp/demo --once --json"])
        .long_about(
            "Founds a consortium of a hospital, a clinic, a laboratory and a patient association, each with a node, and of \
             a pharmacy without one, unless the folder holds a demonstration already. Runs the four nodes as processes of \
             their own and tells what the members do, checking each step at another node than the one that did it. Then the \
             nodes stay up until Ctrl-C; a later start resumes them.",
        )
        .arg(path("dir", "The folder [default: ./epione-demo; with --once a temporary one]"))
        .arg(
            Arg::new("once")
                .long("once")
                .action(ArgAction::SetTrue)
                .help("End after the story; the exit code tells whether every step did what it says"),
        )
        .arg(base_port("HTTP port of the first node [default: the first free block of eight from 7400]"))
}

fn init_command() -> Command {
    let examples = [
        "epione init --dir consortium --name \"Lake Region\" \\\n      --org \"name=Lakeside Hospital,kind=hospital,jurisdiction=CH,role=validator,consensus=192.0.2.1:7401\" \\\n      --org …",
        "epione init --dir try-out --preset demo",
    ];
    verb("init", "Founds a consortium: keys, genesis and configurations, a folder per organization", &examples)
        .long_about(
            "Founds a consortium: keys, genesis and configurations, a folder per organization. The node of a validator votes; \
             that of a member or observer follows without a vote, with rows, events and an interface of its own. Nothing is \
             overwritten. Give \
             each organization its own folder, take its `root.key` offline, and have every organization compare the chain \
             that `epione genesis show` prints.",
        )
        .arg(path("dir", "The folder of it all").required(true))
        .arg(
            Arg::new("org")
                .long("org")
                .value_name("SPEC")
                .action(ArgAction::Append)
                .value_parser(|text: &str| text.parse::<Spec>().map_err(|error| error.to_string()))
                .conflicts_with("preset")
                .required_unless_present("preset")
                .help(
                    "A founder: name=…,kind=…,jurisdiction=…,role=validator|member|observer; with node=no if it runs no node; \
                     for a node elsewhere also consensus=IP:PORT, peer=IP:PORT and api=URL; repeatable",
                ),
        )
        .arg(
            Arg::new("preset")
                .long("preset")
                .value_parser(["demo"])
                .help("The founders of `epione demo`, with periods that may be shortened"),
        )
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .default_value("Epione consortium")
                .help("Name of the consortium"),
        )
        .arg(
            Arg::new("epoch-blocks")
                .long("epoch-blocks")
                .value_name("N")
                .default_value(EPOCH_BLOCKS)
                .value_parser(value_parser!(u64).range(Genesis::EPOCH_BLOCKS_MIN..))
                .help("Blocks per epoch: the committee changes only at its borders"),
        )
        .arg(base_port("HTTP port of the first node; each node on this machine takes two ports [default: 7400]"))
        .arg(new_passphrase("The file with the passphrase for all keys [default: asked for; with a preset none]"))
        .arg(no_passphrase())
}

fn new_passphrase(help: &'static str) -> Arg {
    path("passphrase-file", help)
}

fn no_passphrase() -> Arg {
    Arg::new("no-passphrase")
        .long("no-passphrase")
        .action(ArgAction::SetTrue)
        .conflicts_with("passphrase-file")
        .help("Do not encrypt the keys: whoever reads a key file, or a backup of it, has the key")
}

fn node_command() -> Command {
    verb("node", "Runs a node until it is told to stop", &["epione node --config lakeside-hospital/node.toml"])
        .long_about("Runs a node until it gets SIGTERM or SIGINT.")
        .arg(path("config", "The configuration").required(true))
        .arg(
            Arg::new("exit-on-stdin-close")
                .long("exit-on-stdin-close")
                .action(ArgAction::SetTrue)
                .help("Also end when the standard input is closed: the parent that holds its other end is gone"),
        )
}

fn doctor_command() -> Command {
    let about = "Looks for what keeps a node from working: clock, disk, ports, peers, versions, keys";
    verb("doctor", about, &["epione doctor --config lakeside-hospital/node.toml"])
        .arg(path("config", "The configuration of the node").required(true))
        .arg(
            Arg::new("node").long("node").value_name("URL").help(
                "The node itself, if it serves HTTPS: at the name in its certificate [default: where it listens]",
            ),
        )
        .arg(path("ca", "Certificates (PEM) of the authorities to trust for it [default: those of the system]"))
}

/// What was given to `epione doctor`.
///
/// # Errors
/// If the configuration is not named, or the node cannot be asked at that URL.
pub(crate) fn doctor(matches: &ArgMatches) -> Result<DoctorOptions> {
    let (url, ca) = (matches.get_one::<String>("node"), matches.get_one::<PathBuf>("ca"));
    let node = url.map(|url| Client::trusting(url, ca.map(PathBuf::as_path))).transpose();
    Ok(DoctorOptions { config: config_file(matches)?, node: node.map_err(Failure::from)? })
}

fn audit_command() -> Command {
    let about = "Runs the chain of a stopped node again and compares all that it keeps with what follows";
    verb("audit", about, &["epione audit --config lakeside-hospital/node.toml"])
        .long_about(
            "Runs every block that a stopped node keeps again, from the genesis, on a state of its own: checks headers, \
             signatures, certificates and every root, compares the event log, the state and the rows of the node with what \
             follows, and checks the laws of all modules. The first thing that is wrong is named, and ends the audit. Like \
             a start of the node, it first completes what a crash has left half written; nothing else in the data directory \
             is changed.",
        )
        .arg(path("config", "The configuration of the node").required(true))
        .arg(path("scratch", "Where the audit keeps its own state meanwhile [default: the folder for temporary files]"))
}

/// What was given to `epione audit`.
///
/// # Errors
/// If the configuration is not named.
pub(crate) fn audit(matches: &ArgMatches) -> Result<AuditOptions> {
    Ok(AuditOptions { config: config_file(matches)?, scratch: matches.get_one("scratch").cloned() })
}

fn genesis_command() -> Command {
    let show = verb(
        "show",
        "Checks a genesis by executing it, and shows its chain and members",
        &["epione genesis show genesis.json"],
    );
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    group("genesis", "The genesis of a chain", &["epione genesis show genesis.json"])
        .subcommand(show.arg(file.help("The genesis file")))
}

fn path(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("PATH").value_parser(value_parser!(PathBuf)).help(help)
}

fn base_port(help: &'static str) -> Arg {
    let port = value_parser!(u16).range(1024..65000);
    Arg::new("base-port").long("base-port").value_name("PORT").value_parser(port).help(help)
}

fn given<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Result<T> {
    let missing = || anyhow!(Failure::Usage(format!("`{name}` is missing")));
    matches.get_one::<T>(name).cloned().ok_or_else(missing)
}

impl NodeOptions {
    /// What was given to `epione node`.
    pub(crate) fn of(matches: &ArgMatches) -> Result<Self> {
        let stdin = if matches.get_flag("exit-on-stdin-close") { Stdin::Lifeline } else { Stdin::Ignored };
        Ok(Self { config: config_file(matches)?, stdin })
    }
}

/// The configuration that was named.
pub(crate) fn config_file(matches: &ArgMatches) -> Result<PathBuf> {
    given(matches, "config")
}

/// The genesis that was named.
pub(crate) fn genesis_file(matches: &ArgMatches) -> Result<PathBuf> {
    given(matches.subcommand_matches("show").unwrap_or(matches), "file")
}

/// The shell that was named.
pub(crate) fn shell(matches: &ArgMatches) -> Result<Shell> {
    given(matches, "shell")
}

/// What was given to `epione init`.
pub(crate) fn plan(matches: &ArgMatches) -> Result<Plan> {
    let specs = matches.get_many::<Spec>("org").into_iter().flatten().cloned().collect::<Vec<_>>();
    let is_demo = matches.get_one::<String>("preset").is_some();
    let name: String = given(matches, "name")?;
    let name = Text::new(name).map_err(|error| anyhow!(Failure::Usage(format!("--name {error}"))))?;
    Ok(Plan {
        dir: given(matches, "dir")?,
        terms: Terms { name, time: init::now(), demo: is_demo, epoch_blocks: given(matches, "epoch-blocks")? },
        organizations: if is_demo { init::demo() } else { specs },
        base_port: matches.get_one("base-port").copied().unwrap_or(BASE_PORT),
        // Those of a preset, which is for trying out, are not encrypted unless a passphrase is given.
        protection: match is_demo && !matches.contains_id("passphrase-file") {
            true => Protection::None,
            false => protection(matches)?,
        },
    })
}

/// What was chosen for new keys.
fn protection(matches: &ArgMatches) -> Result<Protection> {
    let file = matches.get_one::<PathBuf>("passphrase-file").cloned();
    if matches.get_flag("no-passphrase") {
        return Ok(Protection::None);
    }
    let chosen = SecretSource::new(file, Terminal::Asked).choose("New passphrase for all keys");
    Ok(Protection::Passphrase(chosen.map_err(Failure::from)?))
}

/// What was given to `epione demo`.
pub(crate) fn demo(matches: &ArgMatches) -> DemoOptions {
    DemoOptions {
        dir: matches.get_one("dir").cloned(),
        after: if matches.get_flag("once") { After::End } else { After::Stay },
        base_port: matches.get_one("base-port").copied(),
    }
}
