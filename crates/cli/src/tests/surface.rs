//! Every call and every query of every module has a verb; what is given to it becomes what the interface takes.

use crate::{draft, fields, verbs};
use clap::{ArgMatches, Command};
use epione_kernel::Item;
use epione_modules::ALL;
use serde_json::Value;

fn tree() -> Command {
    Command::new("epione")
        .arg(clap::Arg::new("json").long("json").global(true).action(clap::ArgAction::SetTrue).help("JSON"))
        .subcommands(verbs::commands(ALL))
        .term_width(120)
}

/// The command behind `path`.
fn command(path: &[&str]) -> Command {
    let mut tree = tree();
    tree.build();
    path.iter().fold(tree, |command, name| {
        command.find_subcommand(name).unwrap_or_else(|| panic!("there is no verb `{name}` of {path:?}")).clone()
    })
}

/// Module and item of every call and query, with the verb they belong to.
fn items() -> Vec<(&'static str, &'static str, &'static Item)> {
    let mut items = Vec::new();
    for surface in ALL.iter().map(|module| module.surface()) {
        items.extend(surface.calls.iter().map(|call| ("call", surface.name, &call.item.item)));
        items.extend(surface.queries.iter().map(|query| ("query", surface.name, &query.item.item)));
    }
    items
}

/// The arguments that give the fields of `example` one by one.
fn one_by_one(item: &Item) -> Vec<String> {
    let given = fields::of(item).into_iter().filter_map(|field| {
        let value = item.example.get(&field.name).filter(|value| !value.is_null())?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some([format!("--{}", field.option), text])
    });
    given.flatten().collect()
}

/// The fields that these arguments give.
fn parsed(verb: &str, module: &str, item: &Item, arguments: &[String]) -> Value {
    let line = ["epione", verb, module, item.name].into_iter().map(str::to_owned).chain(arguments.iter().cloned());
    let matches = tree().try_get_matches_from(line).unwrap_or_else(|error| panic!("{module} {}: {error}", item.name));
    fields::given(&fields::of(item), innermost(&matches)).unwrap()
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| innermost(matches))
}

fn without_nulls(value: &Value) -> Value {
    let fields = value.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[test]
fn the_commands_are_sound() {
    tree().debug_assert();
}

#[test]
fn every_call_and_query_explains_itself() {
    for (verb, module, item) in items() {
        let help = command(&[verb, module, item.name]).render_long_help().to_string();
        let about = item.schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let first = about.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
        assert!(help.contains(&first), "{module} {}: the help does not say `{first}`:\n{help}", item.name);
        assert!(help.contains(&format!("epione {verb} {module} {}", item.name)), "{help}");
        assert!(help.contains("Exit codes:"), "{help}");
        for field in fields::of(item) {
            assert!(help.contains(&format!("--{} ", field.option)), "{}: {help}", field.option);
        }
        for reject in ALL.iter().filter(|known| verb == "call" && known.name() == module) {
            for reject in &reject.surface().rejects {
                assert!(help.contains(reject.name), "{}: {help}", reject.name);
            }
        }
    }
}

#[test]
fn who_replaces_a_vote_key_is_told_when_it_votes() {
    let help = command(&["key", "rotate"]).render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("takes its seat with the next epoch"), "{help}");
    assert!(help.contains("until then the node votes with the present one"), "{help}");
}

#[test]
fn options_become_the_fields_of_the_interface() {
    for (verb, module, item) in items() {
        let expected = without_nulls(&item.example);
        assert_eq!(parsed(verb, module, item, &one_by_one(item)), expected, "{module} {}", item.name);
        let whole = ["--fields".to_owned(), item.example.to_string()];
        assert_eq!(parsed(verb, module, item, &whole), item.example, "{module} {}", item.name);
    }
}

#[test]
fn options_become_the_canonical_body() {
    for module in ALL {
        for call in &module.surface().calls {
            let item = &call.item.item;
            let given = parsed("call", module.name(), item, &one_by_one(item));
            let expected = module.call_from_json(item.number, item.example.clone()).unwrap();
            // An example need not be acceptable: a refusal comes after the body was made.
            match draft::call(ALL, module.name(), item.name, &given) {
                Ok(made) => {
                    assert_eq!((made.module, made.call, &*made.body), (module.id(), item.number, &expected[..]))
                }
                Err(crate::Failure::Refused(_)) => {}
                Err(error) => panic!("{} {}: {error}", module.name(), item.name),
            }
            assert_eq!(module.call_from_json(item.number, given).unwrap(), expected);
        }
    }
}

#[test]
fn an_option_stands_above_the_whole() {
    let notary = items().into_iter().find(|(verb, module, _)| (*verb, *module) == ("call", "notary")).unwrap();
    let given = ["--fields", "{\"kind\":\"report\",\"commitment\":\"00\"}", "--kind", "dataset"].map(str::to_owned);
    let fields = parsed("call", "notary", notary.2, &given);
    assert_eq!(fields, serde_json::json!({ "kind": "dataset", "commitment": "00" }));
}

#[test]
fn a_field_with_the_name_of_an_option_has_another_one() {
    let (_, _, reveal) =
        items().into_iter().find(|(_, module, item)| (*module, item.name) == ("notary", "reveal")).unwrap();
    let options: Vec<String> = fields::of(reveal).into_iter().map(|field| field.option).collect();
    assert!(options.contains(&"field-key".to_owned()), "{options:?}");
}

#[test]
fn what_is_missing_or_unknown_is_a_usage_error() {
    let refused = |arguments: &[&str]| {
        let line = ["epione", "call", "notary"].iter().chain(arguments);
        let error = tree().try_get_matches_from(line).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    assert!(refused(&["commit", "--kind", "report"]).contains("--commitment"));
    assert!(
        refused(&["commit", "--kind", "novel", "--commitment", "00"]).contains("possible values: document, protocol")
    );
    assert!(refused(&["commit", "--color", "red"]).contains("--color"));
    assert!(refused(&["burn"]).contains("burn"));
}

#[test]
fn the_help_of_a_call_reads_well() {
    let found = command(&["call", "notary", "commit"]).term_width(120).render_long_help().to_string();
    let expected = include_str!("call-notary-commit.txt");
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&found), trimmed(expected), "write this to call-notary-commit.txt if it is better:\n{found}");
}
