//! `epione query MODULE QUERY`: asks a node.

use super::options;
use crate::{EXIT_CODES, Failure, Format, Modules, Output, fields};
use clap::{ArgMatches, Command};
use epione_kernel::{QueryDoc, QuerySource, Surface};
use serde_json::json;

pub(super) fn command(modules: Modules) -> Command {
    let examples = ["epione query notary get --help", "epione query notary get --id note1…"];
    options::group("query", "Asks a node about the ledger", &examples)
        .subcommands(modules.iter().map(|module| of_module(module.surface())))
}

fn of_module(surface: &'static Surface) -> Command {
    let example = format!("epione query {} --help", surface.name);
    options::group(surface.name, surface.doc, &[&example])
        .subcommands(surface.queries.iter().map(|query| of_query(surface, query)))
}

fn of_query(surface: &'static Surface, query: &'static QueryDoc) -> Command {
    let item = &query.item.item;
    let fields = fields::of(item);
    let source = match query.source {
        QuerySource::State => "The answer is from the agreed state.",
        QuerySource::Rows => "The answer is from the node's own rows, derived from the agreed events.",
    };
    let (module, given) = (surface.name, fields::example_lines(item));
    let example = format!("Example:\n  epione query {module} {}{given}\n\n{source}\n\n{EXIT_CODES}", item.name);
    Command::new(item.name)
        .about(query.item.doc.split("\n\n").next().unwrap_or_default().replace('\n', " "))
        .long_about(query.item.doc.clone())
        .after_long_help(example)
        .next_help_heading("Fields")
        .args(fields.iter().map(fields::Field::arg))
        .arg(fields::all_at_once())
        .next_help_heading("Options")
        .arg(options::node())
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let missing = |what: &str| Failure::Usage(format!("{what} is missing; see `epione query --help`"));
    let Some((module, matches)) = matches.subcommand() else { return Err(missing("MODULE")) };
    let Some((name, matches)) = matches.subcommand() else { return Err(missing("QUERY")) };
    let surface = modules.iter().find(|known| known.name() == module).map(|known| known.surface());
    let query = surface.and_then(|surface| surface.queries.iter().find(|query| query.item.item.name == name));
    let query = query.ok_or_else(|| Failure::Usage(format!("`{module}` has no query `{name}`")))?;
    let given = fields::given(&fields::of(&query.item.item), matches).map_err(Failure::Usage)?;
    let answer = options::client(matches)?.query(module, name, &given).await?;
    match out.format() {
        Format::Json => out.result(&json!(answer))?,
        Format::Human => {
            out.result(&answer.value)?;
            out.progress(format_args!("(from {} as of height {})", answer.source, answer.height))?;
        }
    }
    Ok(())
}
